//! A pattern's id is its own.

use std::collections::HashMap;

use crate::model::{Item, Model, Place, Subject};
use crate::problem::{Code, CodeInfo, Problem};

pub(in crate::check) const INFO: CodeInfo = CodeInfo {
    code: Code("E0301"),
    title: "two patterns have one id",
    explanation: "Playbooks, mappers and callers know a pattern by its semantic id, so it is unique in a workspace, \
                  over all its files.",
    example: "pattern find \"Find a contact\" {\n  contact : contact readonly\n}\n\
              pattern find \"Find an account\" {\n  account : account readonly\n}\n",
    cure: "pattern find-contact \"Find a contact\" {\n  contact : contact readonly\n}\n\
           pattern find-account \"Find an account\" {\n  account : account readonly\n}\n",
};

pub(super) fn check(model: &Model, problems: &mut Vec<Problem>) {
    let at = |index| Subject { item: Item::Pattern(index), place: Place::Id };
    let mut first = HashMap::new();
    for (index, pattern) in model.patterns.iter().enumerate() {
        let earlier = *first.entry(&pattern.id).or_insert(index);
        if earlier != index {
            problems.push(
                Problem::error(INFO.code, at(index), format!("there is already a pattern `{}`", pattern.id))
                    .help("give one of the two another id")
                    .related(at(earlier), "first declared here"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{domain, found, pattern};
    use crate::model::Model;

    #[test]
    fn the_second_points_at_the_first() {
        let patterns = vec![pattern("a", "x account"), pattern("b", "x account"), pattern("a", "x account")];
        let found = found(&Model { definitions: domain(), patterns });
        assert_eq!(found, ["E0301 Id: there is already a pattern `a` [Id: first declared here]"]);
    }
}
