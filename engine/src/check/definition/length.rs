//! A longest length belongs to text and leaves room for some.

use super::super::definitions::{Definitions, Entry};
use crate::model::{FieldKind, Place};
use crate::problem::{Code, CodeInfo, Problem};

pub(in crate::check) const INFO: CodeInfo = CodeInfo {
    code: Code("E0212"),
    title: "a length limit that makes no sense",
    explanation: "`max` limits the characters of a String. Other types have no length, a limit of 0 leaves room for \
                  nothing, and an allowed text longer than the limit could never be written.",
    example: "entity account \"Account\" on crm-a account {\n  Employees -> employees int max 5\n}\n",
    cure: "entity account \"Account\" on crm-a account {\n  Employees -> employees int\n}\n",
};

pub(super) fn check(entry: &Entry<'_>, _: &Definitions<'_>, problems: &mut Vec<Problem>) {
    for (index, field) in entry.fields() {
        let Some(max) = field.max_length else { continue };
        let at = entry.at(Place::FieldMax(index));
        let FieldKind::String { allowed } = &field.kind else {
            let message = format!("`{}` is {} and has no length to limit", field.name, field.kind.field_type());
            problems.push(Problem::error(INFO.code, at, message).help("leave out the limit"));
            continue;
        };
        if max == 0 {
            let message = format!("`{}` has room for no character", field.name);
            problems.push(Problem::error(INFO.code, at, message).help("write the greatest number of characters"));
            continue;
        }
        if let Some(text) = allowed.iter().find(|text| text.chars().count() > max as usize) {
            let message = format!("`{text}` is longer than the {max} characters of `{}`", field.name);
            problems.push(Problem::error(INFO.code, at, message).help("raise the limit, or shorten the text"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{entity, found};
    use crate::model::Model;

    #[test]
    fn only_text_has_a_length() {
        let definitions = vec![entity("account", "A max 5, B int max 5, C max 0, D max 3 allowed red|blue")];
        let expected = [
            "E0212 FieldMax(1): `B` is Int and has no length to limit",
            "E0212 FieldMax(2): `C` has room for no character",
            "E0212 FieldMax(3): `blue` is longer than the 3 characters of `D`",
        ];
        assert_eq!(found(&Model { definitions, patterns: Vec::new() }), expected);
    }
}
