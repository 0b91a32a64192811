//! The description of the routes, as an OpenAPI 3.1 document.

use serde_json::{Value, json};

use crate::config::VERSION;

/// The document that `GET /api/openapi.json` serves.
pub fn document() -> Value {
    let mut document: Value = serde_json::from_str(include_str!("openapi.json"))
        .expect("the document beside this file is JSON, as a test shows");
    document["info"]["version"] = json!(VERSION);
    document
}

#[cfg(test)]
mod tests {
    use super::*;
    use triage_core::wire::ProxyCode;

    #[test]
    fn lists_every_error_code() {
        let codes = document()["components"]["schemas"]["ProxyCode"]["enum"].clone();
        let names: Vec<&str> = ProxyCode::ALL.iter().map(|code| code.name()).collect();
        assert_eq!(codes, json!(names));
    }

    #[test]
    fn every_reference_leads_somewhere() {
        fn visit(value: &Value, root: &Value, seen: &mut usize) {
            match value {
                Value::Array(items) => items.iter().for_each(|item| visit(item, root, seen)),
                Value::Object(fields) => {
                    if let Some(Value::String(target)) = fields.get("$ref") {
                        let pointer = target.strip_prefix('#').expect("a local reference");
                        assert!(root.pointer(pointer).is_some(), "{target}");
                        *seen += 1;
                    }
                    fields.values().for_each(|item| visit(item, root, seen));
                }
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
            }
        }
        let document = document();
        let mut seen = 0;
        visit(&document, &document, &mut seen);
        assert!(seen > 10, "{seen}");
    }
}
