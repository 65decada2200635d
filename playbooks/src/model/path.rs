//! Paths into structured data: `Results[0].account[0].Name`, `Meeting.ExternalAttendees[*].Email`.

use std::fmt;

use serde_json::Value;

/// Where in structured data a value stands. Never empty.
///
/// `Display` writes the canonical spelling, which the parser of the language reads back to the same path.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Path {
    segments: Vec<Segment>,
}

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Segment {
    /// The value under a key.
    Key(String),
    /// The n-th element of a list, from 0.
    Index(usize),
    /// Every element of a list.
    All,
}

impl Path {
    /// A path of at least one segment; `None` for none.
    pub fn new(segments: Vec<Segment>) -> Option<Self> {
        (!segments.is_empty()).then_some(Self { segments })
    }

    /// The steps, in order.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// What stands at the path. `[*]` gives a list with one entry per element, nested ones flattened; an element in
    /// which the rest of the path leads nowhere gives null there, so that positions stay true.
    ///
    /// ```
    /// use engage_playbooks::{Path, Segment};
    /// let data = serde_json::json!({"guests": [{"mail": "a@x"}, {}]});
    /// let path = Path::new(vec![Segment::Key("guests".into()), Segment::All, Segment::Key("mail".into())]).unwrap();
    /// assert_eq!(path.find(&data), Some(serde_json::json!(["a@x", null])));
    /// ```
    pub fn find(&self, data: &Value) -> Option<Value> {
        let mut here = vec![Some(data)];
        let mut many = false;
        for segment in &self.segments {
            if *segment == Segment::All {
                many = true;
                here = here.into_iter().flatten().filter_map(Value::as_array).flatten().map(Some).collect();
            } else {
                here = here.into_iter().map(|value| value.and_then(|value| segment.step(value))).collect();
            }
        }
        if many {
            return Some(Value::Array(here.into_iter().map(|value| value.cloned().unwrap_or_default()).collect()));
        }
        here.into_iter().flatten().next().cloned()
    }
}

impl Segment {
    fn step<'a>(&self, value: &'a Value) -> Option<&'a Value> {
        match self {
            Self::Key(key) => value.get(key),
            Self::Index(index) => value.get(index),
            Self::All => None,
        }
    }
}

/// Whether a key needs no quotes: a letter or `_`, then letters, digits, `_` and `-`.
fn is_plain_key(key: &str) -> bool {
    let mut characters = key.chars();
    characters.next().is_some_and(|c| c.is_alphabetic() || c == '_')
        && characters.all(|c| c.is_alphanumeric() || c == '_' || c == '-')
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, segment) in self.segments.iter().enumerate() {
            match segment {
                Segment::Key(key) if is_plain_key(key) => {
                    let dot = if position == 0 { "" } else { "." };
                    write!(f, "{dot}{key}")?;
                }
                Segment::Key(key) => write!(f, "[\"{}\"]", key.replace('\\', "\\\\").replace('"', "\\\""))?,
                Segment::Index(index) => write!(f, "[{index}]")?,
                Segment::All => f.write_str("[*]")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn key(name: &str) -> Segment {
        Segment::Key(name.into())
    }

    #[test]
    fn a_path_walks_keys_and_indexes() {
        let path = Path::new(vec![key("Results"), Segment::Index(0), key("account"), Segment::Index(0), key("Name")]);
        let data = json!({"Results": [{"account": [{"Name": "Acme"}]}]});
        assert_eq!(path.unwrap().find(&data), Some(json!("Acme")));
    }

    #[test]
    fn all_flattens_and_keeps_a_place_for_what_is_absent() {
        let path = Path::new(vec![key("a"), Segment::All, key("b"), Segment::All, key("c")]).unwrap();
        let data = json!({"a": [{"b": [{"c": 1}, {}]}, {"b": []}, {"b": [{"c": 3}]}, {}]});
        assert_eq!(path.find(&data), Some(json!([1, null, 3])));
    }

    #[test]
    fn what_is_not_there_is_none() {
        let path = Path::new(vec![key("a"), key("b")]).unwrap();
        assert_eq!(path.find(&json!({"a": [1]})), None);
        assert_eq!(Path::new(Vec::new()), None);
    }
}
