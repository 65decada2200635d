//! How the lines of a file end: what is written into it ends its lines as it does.

use std::borrow::Cow;

/// How the lines of a file end.
#[derive(Debug, Clone, Copy)]
pub(super) struct LineEnd(&'static str);

impl LineEnd {
    /// That of the first line; where there is none, the plain one.
    pub(super) fn of(text: &str) -> Self {
        let windows = text.split_once('\n').is_some_and(|(line, _)| line.ends_with('\r'));
        Self(if windows { "\r\n" } else { "\n" })
    }

    pub(super) fn as_str(self) -> &'static str {
        self.0
    }

    /// A text of ours with these ends.
    pub(super) fn written(self, text: &str) -> Cow<'_, str> {
        if self.0 == "\n" { Cow::Borrowed(text) } else { Cow::Owned(text.replace('\n', self.0)) }
    }
}
