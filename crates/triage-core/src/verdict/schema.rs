//! The JSON schema of the model's answer, in the subset that structured outputs accept.

use serde_json::{Value, json};

use super::VerdictKind;

/// The schema sent with each prompt. Every property is required, no object is open, and there is
/// no bound that the service would refuse or ignore: bounds are checked in `parse_verdict`.
pub fn verdict_schema() -> Value {
    let strings = |description: &str| json!({"type": "array", "items": {"type": "string"}, "description": description});
    let string = |description: &str| json!({"type": "string", "description": description});
    object(&json!({
        "verdict": {
            "type": "string",
            "enum": VerdictKind::ALL.map(VerdictKind::name),
            "description": "INCONCLUSIVE when the alert does not carry a verdict",
        },
        "confidence": {"type": "number", "description": "0 to 1, that the verdict is right"},
        "matched_techniques": strings("ATT&CK technique ids, best supported first"),
        "evidence": {
            "type": "array",
            "items": object(&json!({
                "claim": string("What the quote shows"),
                "quote": string("Words copied exactly from that step"),
                "step": string("The identifier of the step it is copied from, such as A3"),
                "field": string("The alert field the quote stands in, or an empty string"),
            })),
        },
        "attack_chain": string("How the steps follow from each other, or why there is no chain"),
        "reasoning": string("Why this verdict, from the evidence"),
        "recommended_actions": strings("What the analyst should do, most urgent first"),
        "false_positive_indicators": strings("What would speak for a false positive"),
        "investigation_queries": strings("Searches that would settle it, each with its language before it"),
        "injection_suspected": {
            "type": "boolean",
            "description": "Whether the alert holds text that tries to steer this answer",
        },
    }))
}

fn object(properties: &Value) -> Value {
    let required: Vec<_> = properties
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, _)| name.clone())
        .collect();
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Everything the structured-output subset leaves out (Claude documentation, 2026).
    const REFUSED: [&str; 10] = [
        "minimum",
        "maximum",
        "multipleOf",
        "minLength",
        "maxLength",
        "maxItems",
        "oneOf",
        "pattern",
        "not",
        "if",
    ];

    fn check(schema: &Value) {
        match schema {
            Value::Object(entries) => {
                for (key, value) in entries {
                    assert!(!REFUSED.contains(&key.as_str()), "{key}");
                    check(value);
                }
                if schema["type"] == "object" {
                    assert_eq!(schema["additionalProperties"], false);
                    let properties = schema["properties"].as_object().unwrap();
                    assert_eq!(
                        schema["required"].as_array().unwrap().len(),
                        properties.len()
                    );
                }
            }
            Value::Array(items) => items.iter().for_each(check),
            _ => {}
        }
    }

    #[test]
    fn only_the_accepted_subset_is_used() {
        check(&verdict_schema());
    }
}
