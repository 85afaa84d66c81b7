//! What can be read of a line that is no record: its id, so that its partner gets an answer (S27).

use crate::bad::BadInput;
use crate::text;
use domain::Name;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use std::fmt;

/// Keeps the first `id`, even of an object that breaks off behind it.
struct Id<'o>(&'o mut Option<String>);

impl<'de> Visitor<'de> for Id<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            if key == "id" && self.0.is_none() {
                *self.0 = Some(map.next_value()?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

/// `bad`, with the id of the line where it has one.
pub(crate) fn peek(line: &str, bad: BadInput) -> BadInput {
    let mut found = None;
    // How far it can be read does not matter: it is bad already.
    let _ = serde_json::Deserializer::from_str(line).deserialize_map(Id(&mut found));
    match found {
        Some(id) if text::id("id", &id).is_ok() => bad.of(&Name::from(id)),
        _ => bad,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bad::Code;

    #[test]
    fn an_id_is_read_from_what_is_broken() {
        let id = |line: &str| peek(line, BadInput::new(Code::Undecodable, "x")).id.map(|id| id.to_string());
        assert_eq!(id(r#"{"id":"7","lines":[{"#), Some("7".into()));
        assert_eq!(id(r#"{"total":5.05,"id":"7"}"#), Some("7".into()));
        for none in [r#"{"id":7}"#, r#"{"id":"a:b"}"#, r#"["id"]"#, "", "{"] {
            assert_eq!(id(none), None, "{none}");
        }
    }
}
