//! Suggestions of a near name, as many as somebody reads.

use std::cell::Cell;

use crate::nearest::nearest;

/// How many wrong names of one name space are answered with a suggestion. Each looks at all the names there are, so
/// without a bound a workspace full of wrong names would take quadratic time.
const SUGGESTIONS: usize = 50;

/// What is left to suggest for one name space.
#[derive(Debug)]
pub(super) struct Suggestions(Cell<usize>);

impl Default for Suggestions {
    fn default() -> Self {
        Self(Cell::new(SUGGESTIONS))
    }
}

impl Suggestions {
    /// The nearest of the names, while there are suggestions left.
    pub(super) fn nearest<'a>(&self, name: &str, names: impl IntoIterator<Item = &'a str>) -> Option<String> {
        self.take()?;
        nearest(name, names)
    }

    /// Uses up one suggestion, for who looks on its own.
    pub(super) fn take(&self) -> Option<()> {
        self.0.set(self.0.get().checked_sub(1)?);
        Some(())
    }
}
