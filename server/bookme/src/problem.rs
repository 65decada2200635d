//! What is wrong with what was given, all of it, each with its place.

use crate::Refusal;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where, as a JSON Pointer (RFC 6901) into what was given.
    pub field: String,
    /// What is wrong and what would be right. It shows no value.
    pub message: String,
    /// The word for it, where callers know one.
    pub refusal: Option<Refusal>,
}

/// All that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// Adds one.
    pub fn add(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.0.push(Problem { field: field.into(), message: message.into(), refusal: None });
    }

    /// Adds one that callers have a word for.
    pub fn refuse(&mut self, field: impl Into<String>, message: impl Into<String>, refusal: Refusal) {
        self.0.push(Problem { field: field.into(), message: message.into(), refusal: Some(refusal) });
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Adds a problem where a text is longer than it may be, in characters.
    pub(crate) fn length(&mut self, field: &str, text: &str, most: usize) {
        if text.chars().nth(most).is_some() {
            self.add(field, format!("the text may have {most} characters at most"));
        }
        if text.contains('\0') {
            self.add(field, "the text has a character that is none");
        }
    }

    /// Adds a problem where a text is missing or too long.
    pub(crate) fn name(&mut self, field: &str, text: &str, most: usize) {
        if text.trim().is_empty() {
            self.add(field, "a text is needed");
        }
        self.length(field, text, most);
    }

    /// Adds a problem where there are more than there may be.
    pub(crate) fn count(&mut self, field: &str, count: usize, most: usize) {
        if count > most {
            self.add(field, format!("there may be {most} at most"));
        }
    }
}

impl IntoIterator for Problems {
    type Item = Problem;
    type IntoIter = std::vec::IntoIter<Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// A name as a part of a JSON Pointer.
pub(crate) fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}
