//! Every text of a JSON document: keys, strings and numbers, and those of documents in strings.

use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

/// How many documents lie in each other at most; what lies deeper is read as plain text.
const MAX_NESTED: usize = 3;

/// One text of a document.
pub(super) struct Text {
    /// Its JSON pointer, or `body`.
    pub(super) place: String,
    pub(super) content: String,
    /// The nearest key above it; empty where there is none.
    pub(super) under: String,
    pub(super) is_key: bool,
}

/// The texts of a body that are not public, in its order. Members that stand twice are all seen.
pub(super) fn strings(body: &str, public: &HashSet<&str>) -> Vec<Text> {
    let mut texts = Vec::new();
    let whole = Text {
        place: "body".to_owned(),
        content: body.to_owned(),
        under: String::new(),
        is_key: false,
    };
    open(whole, "", 0, public, &mut texts);
    texts
}

/// Adds a text, or what is in it where it is a document.
fn open(text: Text, place: &str, nested: usize, public: &HashSet<&str>, texts: &mut Vec<Text>) {
    if public.contains(text.content.as_str()) {
        return;
    }
    let mut inner = Vec::new();
    let is_document =
        nested <= MAX_NESTED && text.content.trim_start().starts_with(['{', '[']) && {
            let mut json = serde_json::Deserializer::from_str(&text.content);
            let walk = Walk {
                place: place.to_owned(),
                under: "",
                texts: &mut inner,
            };
            walk.deserialize(&mut json).is_ok() && json.end().is_ok()
        };
    if !is_document {
        texts.push(text);
        return;
    }
    for text in inner {
        let place = text.place.clone();
        open(text, &place, nested + 1, public, texts);
    }
}

struct Walk<'a> {
    place: String,
    under: &'a str,
    texts: &'a mut Vec<Text>,
}

impl Walk<'_> {
    fn add(self, content: String) {
        self.texts.push(Text {
            place: self.place,
            content,
            under: self.under.to_owned(),
            is_key: false,
        });
    }
}

impl<'de> DeserializeSeed<'de> for Walk<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, number: i64) -> Result<(), E> {
        self.add(number.to_string());
        Ok(())
    }

    fn visit_u64<E>(self, number: u64) -> Result<(), E> {
        self.add(number.to_string());
        Ok(())
    }

    fn visit_f64<E>(self, number: f64) -> Result<(), E> {
        self.add(number.to_string());
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.add(text.to_owned());
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        for place in 0_usize.. {
            let item = Walk {
                place: format!("{}/{place}", self.place),
                under: self.under,
                texts: self.texts,
            };
            if items.next_element_seed(item)?.is_none() {
                break;
            }
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        while let Some(key) = members.next_key::<String>()? {
            let place = format!(
                "{}/{}",
                self.place,
                key.replace('~', "~0").replace('/', "~1")
            );
            self.texts.push(Text {
                place: place.clone(),
                content: key.clone(),
                under: String::new(),
                is_key: true,
            });
            members.next_value_seed(Walk {
                place,
                under: &key,
                texts: self.texts,
            })?;
        }
        Ok(())
    }
}
