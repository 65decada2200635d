//! `contains`, `startswith`, `endswith`: the text is a pattern of SQL's LIKE, `%`, `_`, `[ab]` and `[^ab]` included.

use crate::store::fold;

/// A pattern, matched without case.
#[derive(Clone, Debug)]
pub(crate) struct Pattern(Vec<Part>);

#[derive(Clone, Debug, PartialEq)]
enum Part {
    Char(char),
    One,
    Any,
    Class { chars: Vec<char>, negated: bool },
}

impl Pattern {
    /// The pattern of one of the three functions.
    pub(crate) fn of(function: &str, text: &str) -> Pattern {
        let mut parts = parts(text);
        if function != "startswith" {
            parts.insert(0, Part::Any);
        }
        if function != "endswith" {
            parts.push(Part::Any);
        }
        Pattern(parts)
    }

    /// A pattern as given, as FetchXML's `like` has it.
    pub(crate) fn plain(text: &str) -> Pattern {
        Pattern(parts(text))
    }

    /// Whether the text fits. Linear in text times wildcards: it goes back to the last `%` only.
    pub(crate) fn matches(&self, text: &str) -> bool {
        let text: Vec<char> = fold(text).chars().collect();
        let (mut at, mut part) = (0, 0);
        let mut back: Option<(usize, usize)> = None;
        while at < text.len() {
            match (self.0.get(part), text.get(at)) {
                (Some(Part::Any), _) => {
                    part += 1;
                    back = Some((part, at));
                    continue;
                }
                (Some(single), Some(c)) if single.fits(*c) => {
                    (at, part) = (at + 1, part + 1);
                    continue;
                }
                _ => {}
            }
            let Some((after, from)) = back else { return false };
            back = Some((after, from + 1));
            (part, at) = (after, from + 1);
        }
        self.0.get(part..).unwrap_or_default().iter().all(|part| *part == Part::Any)
    }
}

impl Part {
    fn fits(&self, c: char) -> bool {
        match self {
            Part::Char(wanted) => *wanted == c,
            Part::One => true,
            Part::Any => false,
            Part::Class { chars, negated } => chars.contains(&c) != *negated,
        }
    }
}

fn parts(text: &str) -> Vec<Part> {
    let folded: Vec<char> = fold(text).chars().collect();
    let (mut parts, mut at) = (Vec::new(), 0);
    while let Some(c) = folded.get(at) {
        at += 1;
        parts.push(match c {
            '%' => Part::Any,
            '_' => Part::One,
            '[' => match class(folded.get(at..).unwrap_or_default()) {
                Some((class, length)) => {
                    at += length;
                    class
                }
                None => Part::Char('['),
            },
            other => Part::Char(*other),
        });
    }
    parts
}

fn class(rest: &[char]) -> Option<(Part, usize)> {
    let end = rest.iter().position(|c| *c == ']')?;
    let inside = rest.get(..end)?;
    let (negated, inside) = match inside.split_first() {
        Some(('^', rest)) => (true, rest),
        _ => (false, inside),
    };
    let mut chars = Vec::new();
    let mut at = 0;
    while let Some(c) = inside.get(at) {
        match (inside.get(at + 1), inside.get(at + 2)) {
            (Some('-'), Some(last)) => {
                chars.extend(*c..=*last);
                at += 3;
            }
            _ => {
                chars.push(*c);
                at += 1;
            }
        }
    }
    Some((Part::Class { chars, negated }, end + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards() {
        let contains = |pattern: &str, text: &str| Pattern::of("contains", pattern).matches(text);
        assert!(contains("LAN", "Northland"));
        assert!(!contains("xyz", "Northland"));
        assert!(contains("n_rth", "north"));
        assert!(contains("[m-o]orth", "north") && !contains("[^n]orth", "north"));
        assert!(contains("100[%]", "100% sure") && !contains("100[%]", "1000"));
        assert!(Pattern::of("startswith", "a%c").matches("abcd"));
        assert!(Pattern::of("endswith", "d").matches("abcd") && !Pattern::of("endswith", "c").matches("abcd"));
    }
}
