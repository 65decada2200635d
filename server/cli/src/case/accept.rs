//! Writing what happened into a case file: the `expect` of a document is replaced, everything else stays as it is.

/// Replaces the `expect` of one document of a case file, or adds it at the document's end. `None` when the document
/// is not written in lines (JSON, or all in braces), where no line could be replaced without touching others.
///
/// `expect` is the new block, `expect:` line included. Comments inside the old block go with it.
pub fn accept(text: &str, document: usize, expect: &str) -> Option<String> {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let (start, end) = *bounds(&lines).get(document)?;
    let body = lines.get(start..end)?;
    if body.iter().any(|line| line.starts_with(['{', '['])) {
        return None;
    }
    let (from, to) = match body.iter().position(|line| line.starts_with("expect:")) {
        Some(at) => (start + at, start + at + block_length(body.get(at..)?)),
        None => {
            let end = start + trimmed(body);
            (end, end)
        }
    };
    let mut new: String = lines.get(..from)?.concat();
    if !new.is_empty() && !new.ends_with('\n') {
        new.push('\n');
    }
    if body.iter().any(|line| line.ends_with("\r\n")) {
        new.push_str(&expect.replace('\n', "\r\n"));
    } else {
        new.push_str(expect);
    }
    new.push_str(&lines.get(to..)?.concat());
    Some(new)
}

/// First line and one past the last of every document that is not empty.
fn bounds(lines: &[&str]) -> Vec<(usize, usize)> {
    let mut bounds = Vec::new();
    let mut start = 0;
    for (number, line) in lines.iter().enumerate() {
        if line.starts_with("---") || line.starts_with("...") {
            bounds.push((start, number));
            start = number + 1;
        }
    }
    bounds.push((start, lines.len()));
    // What stands before the first `---` is a document only when something is written there.
    let written =
        |(from, to): &(usize, usize)| lines.get(*from..*to).is_some_and(|body| body.iter().any(|line| !blank(line)));
    if bounds.len() > 1 && bounds.first().is_some_and(|first| !written(first)) {
        bounds.remove(0);
    }
    bounds
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

    #[test]
    fn only_the_expectation_changes() {
        let text = "# why\nkind: Case\nexpect:\n  plan: |\n    a\n\n    b\n  # old\n\n# about the input\ninput: {}\n";
        let expected = "# why\nkind: Case\nexpect:\n  round_trips: 2\n\n# about the input\ninput: {}\n";
        assert_eq!(accept(text, 0, NEW).unwrap(), expected);
    }

    #[test]
    fn a_case_without_expectation_gets_one_at_its_end() {
        assert_eq!(accept("kind: Case\n\n", 0, NEW).unwrap(), "kind: Case\nexpect:\n  round_trips: 2\n\n");
        assert_eq!(accept("kind: Case", 0, NEW).unwrap(), "kind: Case\nexpect:\n  round_trips: 2\n");
    }

    #[test]
    fn the_ends_of_lines_stay_as_they_are() {
        let text = "kind: Case\r\nexpect: {}\r\n# end\r\n";
        assert_eq!(accept(text, 0, NEW).unwrap(), "kind: Case\r\nexpect:\r\n  round_trips: 2\r\n# end\r\n");
    }

    #[test]
    fn documents_are_counted_as_the_reader_counts_them() {
        let text = "# about\n---\nkind: Case\nexpect: {}\n---\nkind: Case\nexpect: {}\n";
        assert_eq!(
            accept(text, 1, NEW).unwrap(),
            "# about\n---\nkind: Case\nexpect: {}\n---\nkind: Case\nexpect:\n  round_trips: 2\n"
        );
    }

    #[test]
    fn what_is_not_written_in_lines_is_left_alone() {
        assert_eq!(accept("{\"kind\": \"Case\"}\n", 0, NEW), None);
        assert_eq!(accept("kind: Case\n", 1, NEW), None);
    }
}
