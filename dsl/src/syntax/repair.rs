//! A statement with a misspelt word put right, so that one slip is one finding and the rest is read as it was meant.

use std::ops::Range;

/// The text of a statement, with what was replaced in it, so that places still lead to the author's text.
#[derive(Debug)]
pub(super) struct Repaired {
    pub(super) text: String,
    pub(super) edits: Edits,
}

/// Replacements in the order they were made, each in the text that the ones before had left.
#[derive(Debug, Default)]
pub(super) struct Edits(Vec<Edit>);

#[derive(Debug)]
struct Edit {
    at: usize,
    was: usize,
    is: usize,
}

impl Repaired {
    pub(super) fn new(text: &str) -> Self {
        Self { text: text.to_owned(), edits: Edits::default() }
    }

    /// Puts a word in the place of what stands at a range.
    pub(super) fn replace(&mut self, range: Range<usize>, word: &str) {
        self.edits.0.push(Edit { at: range.start, was: range.len(), is: word.len() });
        self.text.replace_range(range, word);
    }
}

impl Edits {
    /// Where an offset of the repaired text stands in the author's.
    pub(super) fn original(&self, offset: usize) -> usize {
        self.0.iter().rev().fold(offset, |offset, edit| {
            if offset >= edit.at + edit.is {
                offset - edit.is + edit.was
            } else if offset > edit.at {
                offset.min(edit.at + edit.was)
            } else {
                offset
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_lead_back_through_every_replacement() {
        let author = "A -> a requird mx 5";
        let mut repaired = Repaired::new(author);
        repaired.replace(7..14, "required");
        repaired.replace(16..18, "max");
        assert_eq!(repaired.text, "A -> a required max 5");
        for sign in ["A", "5"] {
            let (is, was) = (repaired.text.find(sign).unwrap(), author.find(sign).unwrap());
            assert_eq!(repaired.edits.original(is), was, "{sign}");
        }
        assert_eq!((repaired.edits.original(7), repaired.edits.original(15)), (7, 14));
        assert_eq!((repaired.edits.original(16), repaired.edits.original(19)), (15, 17));
    }
}
