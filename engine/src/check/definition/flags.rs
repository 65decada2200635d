//! Flags of a field that contradict each other.

use super::super::definitions::{Definitions, Entry};
use crate::model::Place;
use crate::problem::{Code, CodeInfo, Problem};

pub(in crate::check) const INFO: CodeInfo = CodeInfo {
    code: Code("E0211"),
    title: "flags of a field contradict each other",
    explanation: "A read-only field is never written. It can therefore not be required on create, and has no column \
                  to write.",
    example: "entity account \"Account\" on crm-a account {\n  Number -> number required readonly\n}\n",
    cure: "entity account \"Account\" on crm-a account {\n  Number -> number readonly\n}\n",
};

pub(super) fn check(entry: &Entry<'_>, _: &Definitions<'_>, problems: &mut Vec<Problem>) {
    for (index, field) in entry.fields().filter(|(_, field)| field.read_only) {
        if field.required {
            let message = format!("`{}` is read-only and required", field.name);
            let help = "leave out one of the two: a read-only field is never given a value";
            problems.push(Problem::error(INFO.code, entry.at(Place::FieldRequired(index)), message).help(help));
        }
        if field.write.is_some() {
            let message = format!("`{}` is read-only and has a column to write", field.name);
            let problem = Problem::error(INFO.code, entry.at(Place::FieldWrite(index)), message);
            problems.push(problem.help("leave out the column, or the `readonly`"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{entity, found};
    use crate::model::Model;

    #[test]
    fn read_only_goes_with_neither_required_nor_a_write_column() {
        let definitions = vec![entity("account", "A readonly, B required, C readonly required, D readonly write x")];
        let expected = [
            "E0211 FieldWrite(3): `D` is read-only and has a column to write",
            "E0211 FieldRequired(2): `C` is read-only and required",
        ];
        assert_eq!(found(&Model { definitions, patterns: Vec::new() }), expected);
    }
}
