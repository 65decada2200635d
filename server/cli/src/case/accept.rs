//! Writing what happened into a case file: the `expect` of a document is replaced, everything else stays as it is.

/// Replaces the `expect` of one document of a case file, or adds it at the document's end. `None` when the document
/// is not written in lines (JSON, or all in braces), where no line could be replaced without touching others.
///
/// `document` is where the document's first key stands, `old` where the key `expect` does, in bytes; `new` is the new
/// block, `expect:` line included. Comments inside the old block go with it.
pub fn accept(text: &str, document: usize, old: Option<usize>, new: &str) -> Option<String> {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let first = line_at(&lines, document)?;
    let body = lines.get(first..)?;
    if body.first()?.starts_with(['{', '[']) {
        return None;
    }
    let (from, to) = match old {
        Some(key) => {
            let from = line_at(&lines, key)?;
            (from, from + block_length(lines.get(from..)?))
        }
        None => {
            let end = body.iter().position(|line| line.starts_with("---") || line.starts_with("..."));
            let end = first + trimmed(body.get(..end.unwrap_or(body.len()))?);
            (end, end)
        }
    };
    let mut result: String = lines.get(..from)?.concat();
    if !result.is_empty() && !result.ends_with('\n') {
        result.push('\n');
    }
    if body.first()?.ends_with("\r\n") {
        result.push_str(&new.replace('\n', "\r\n"));
    } else {
        result.push_str(new);
    }
    result.push_str(&lines.get(to..)?.concat());
    Some(result)
}

/// The line that begins at an offset; `None` when none does.
fn line_at(lines: &[&str], offset: usize) -> Option<usize> {
    let mut begin = 0;
    lines.iter().position(|line| {
        let here = begin == offset;
        begin += line.len();
        here
    })
}

/// The lines of a block that starts with a key in the first column: until the next key there, without the comments
/// and blank lines that lead to that one.
fn block_length(lines: &[&str]) -> usize {
    let rest = lines.get(1..).unwrap_or_default();
    let body = rest.iter().position(|line| !line.starts_with([' ', '\t']) && !blank(line)).unwrap_or(rest.len());
    1 + trimmed(rest.get(..body).unwrap_or_default())
}

/// The number of lines without the blank lines and unindented comments at the end.
fn trimmed(lines: &[&str]) -> usize {
    lines.iter().rposition(|line| !blank(line)).map_or(0, |last| last + 1)
}

/// Nothing, or a comment in the first column.
fn blank(line: &str) -> bool {
    line.trim().is_empty() || line.starts_with('#')
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEW: &str = "expect:\n  round_trips: 2\n";

    /// With what the reader says of where things stand: in the first document that has a key `kind`.
    fn accepted(text: &str) -> Option<String> {
        let document = text.find("kind").filter(|at| *at == 0 || text.as_bytes()[*at - 1] == b'\n').unwrap_or(0);
        let old = text[document..].find("\nexpect:").map(|at| document + at + 1);
        accept(text, document, old, NEW)
    }

    #[test]
    fn only_the_expectation_changes() {
        let text = "# why\nkind: Case\nexpect:\n  plan: |\n    a\n\n    b\n  # old\n\n# about the input\ninput: {}\n";
        let expected = "# why\nkind: Case\nexpect:\n  round_trips: 2\n\n# about the input\ninput: {}\n";
        assert_eq!(accepted(text).unwrap(), expected);
    }

    #[test]
    fn a_case_without_expectation_gets_one_at_its_end() {
        assert_eq!(accepted("kind: Case\n\n").unwrap(), "kind: Case\nexpect:\n  round_trips: 2\n\n");
        assert_eq!(accepted("kind: Case").unwrap(), "kind: Case\nexpect:\n  round_trips: 2\n");
        let several = "---\nkind: Case\n...\n---\nkind: Case\n";
        assert_eq!(accepted(several).unwrap(), "---\nkind: Case\nexpect:\n  round_trips: 2\n...\n---\nkind: Case\n");
    }

    #[test]
    fn the_ends_of_lines_stay_as_they_are() {
        let text = "kind: Case\r\nexpect: {}\r\n# end\r\n";
        assert_eq!(accepted(text).unwrap(), "kind: Case\r\nexpect:\r\n  round_trips: 2\r\n# end\r\n");
    }

    #[test]
    fn what_is_not_written_in_lines_is_left_alone() {
        assert_eq!(accepted("{\"kind\": \"Case\"}\n"), None);
        assert_eq!(accept("a: b\n", 1, None, NEW), None);
        assert_eq!(accept("a: {expect: {}}\n", 0, Some(4), NEW), None);
    }
}
