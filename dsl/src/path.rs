//! The text of paths: dot notation with `[n]`, `[*]` and quoted keys.

use engage_playbooks::{Path, Segment};

/// The longest path, in bytes.
pub const MAX_PATH: usize = 4096;

/// Why a text is not a path, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct PathError {
    /// What is wrong.
    pub message: &'static str,
    /// Byte offset in the text.
    pub at: usize,
}

/// Reads a path.
///
/// ```
/// let path = engage_dsl::path::parse("Meeting.ExternalAttendees[*][\"e-mail address\"]").unwrap();
/// assert_eq!(path.to_string(), "Meeting.ExternalAttendees[*][\"e-mail address\"]");
/// assert_eq!(engage_dsl::path::parse("Meeting..Title").unwrap_err().at, 8);
/// ```
///
/// # Errors
/// [`PathError`] with the offset of the first character that cannot stand there.
pub fn parse(text: &str) -> Result<Path, PathError> {
    if text.len() > MAX_PATH {
        return Err(PathError { message: "a path has at most 4096 bytes", at: MAX_PATH });
    }
    let mut reader = Reader { text, at: 0 };
    let mut segments = Vec::new();
    while reader.at < text.len() {
        segments.push(reader.segment(segments.is_empty())?);
    }
    Path::new(segments).ok_or(PathError { message: "a path may not be empty", at: 0 })
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn take(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        if found {
            self.at += token.len();
        }
        found
    }

    fn fail<T>(&self, message: &'static str) -> Result<T, PathError> {
        Err(PathError { message, at: self.at })
    }

    /// The characters from here on that satisfy a test.
    fn span(&mut self, wanted: fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|c| !wanted(c)).unwrap_or(rest.len());
        self.at += end;
        rest.get(..end).unwrap_or_default()
    }

    fn segment(&mut self, first: bool) -> Result<Segment, PathError> {
        if self.take("[") {
            return self.bracket();
        }
        if !first && !self.take(".") {
            return self.fail("expected `.` or `[`");
        }
        if !self.rest().starts_with(|c: char| c.is_alphabetic() || c == '_') {
            return self.fail("expected a name; quote other keys: `[\"e-mail address\"]`");
        }
        Ok(Segment::Key(self.span(|c| c.is_alphanumeric() || c == '_' || c == '-').to_owned()))
    }

    fn bracket(&mut self) -> Result<Segment, PathError> {
        let segment = if self.take("*") {
            Segment::All
        } else if self.take("\"") {
            Segment::Key(self.quoted()?)
        } else {
            let start = self.at;
            let digits = self.span(|c| c.is_ascii_digit());
            let too_large = PathError { message: "expected a position, `*` or a quoted key", at: start };
            Segment::Index(digits.parse().map_err(|_| too_large)?)
        };
        if self.take("]") { Ok(segment) } else { self.fail("expected `]`") }
    }

    fn quoted(&mut self) -> Result<String, PathError> {
        let mut key = String::new();
        loop {
            key.push_str(self.span(|c| c != '"' && c != '\\'));
            if self.take("\"") {
                return Ok(key);
            }
            if self.take("\\\"") {
                key.push('"');
            } else if self.take("\\\\") {
                key.push('\\');
            } else {
                return self.fail("expected `\"` to end the key; inside it only `\\\"` and `\\\\` are escapes");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_form_reads_and_prints_back() {
        for text in ["a", "Results[0].account[12].Name", "a[*].b[*]", "[\"x y\"].z", "Størrelse.b-c"] {
            assert_eq!(parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn errors_stand_where_they_are() {
        for (text, at) in [("", 0), (".a", 0), ("a.", 2), ("a b", 1), ("a[", 2), ("a[1", 3), ("a[\"b", 4), ("a[-1]", 2)]
        {
            assert_eq!(parse(text).unwrap_err().at, at, "{text}");
        }
        assert!(parse(&"a".repeat(5000)).is_err());
        assert!(parse("a[99999999999999999999999]").is_err());
    }

    proptest! {
        #[test]
        fn print_then_parse_is_identity(keys in prop::collection::vec(prop_oneof![
            any::<String>().prop_map(Segment::Key),
            any::<usize>().prop_map(Segment::Index),
            Just(Segment::All),
        ], 1..8)) {
            let path = Path::new(keys).unwrap();
            let text = path.to_string();
            prop_assume!(text.len() <= MAX_PATH);
            prop_assert_eq!(parse(&text).unwrap(), path);
        }

        #[test]
        fn nothing_panics(text in any::<String>()) {
            let _ = parse(&text);
        }
    }
}
