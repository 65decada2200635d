//! A limit lets something through; a sort is by something that every CRM orders alike.

use super::super::definitions::Definitions;
use super::super::shape::{OnCrm, Shape};
use crate::model::Place;
use crate::problem::{Code, CodeInfo, Problem};
use crate::value::FieldType;

pub(in crate::check) const LIMIT: CodeInfo = CodeInfo {
    code: Code("E0325"),
    title: "a limit of nothing",
    explanation: "`limit` is the most records that a part takes, or, on the root of a read, the most matches. With 0 \
                  the part would never have a record.",
    example: "pattern find \"Find events\" {\n  event : event readonly limit 0\n}\n",
    cure: "pattern find \"Find events\" {\n  event : event readonly limit 1\n}\n",
};

pub(in crate::check) const SORT: CodeInfo = CodeInfo {
    code: Code("E0326"),
    title: "a sort by a field that has no order",
    explanation: "CRMs order choices by their own numbers or lists and references by the name of the record or by \
                  nothing. A pattern that runs on every CRM can only sort by text, numbers, booleans, dates and \
                  instants; ties are settled by `Id`.",
    example: "entity event \"Event\" on crm-a event {\n  \
              Status -> status choice { Open = 1, Won = 2 }\n}\n\
              pattern find \"Find events\" {\n  event : event readonly sort Status\n}\n",
    cure: "entity event \"Event\" on crm-a event {\n  Start -> starts_at datetime\n}\n\
           pattern find \"Find events\" {\n  event : event readonly sort Start\n}\n",
};

pub(super) fn limit(shape: &Shape<'_>, _: &Definitions<'_>, problems: &mut Vec<Problem>) {
    for (index, part) in shape.parts().filter(|(_, part)| part.query.limit == Some(0)) {
        let message = format!("`{}` takes no records", part.ref_id);
        let problem = Problem::error(LIMIT.code, shape.at(Place::Limit(index)), message);
        problems.push(problem.help("write the most records it may have, 1 or more, or leave the limit out"));
    }
}

pub(super) fn sort(on: &OnCrm<'_, '_>, problems: &mut Vec<Problem>) {
    for (index, part, _) in on.parts() {
        let Some(field) = part.query.sort.as_ref().and_then(|sort| on.field(index, &sort.field)) else { continue };
        let unordered = match field.field_type {
            FieldType::Ref(_) => !field.name.is_id(),
            FieldType::Choice | FieldType::MultiChoice => true,
            _ => false,
        };
        if unordered {
            let message = format!("`{}` is {} and has no order", field.name, field.field_type);
            let problem = Problem::error(SORT.code, on.at(Place::Sort(index)), message);
            problems.push(problem.help("sort by text, a number, a boolean, a date or an instant"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::finds;

    #[test]
    fn a_limit_is_at_least_one() {
        finds("e event readonly limit 0", &["E0325 Limit(0): `e` takes no records"]);
        finds("e event readonly limit 1", &[]);
    }

    #[test]
    fn choices_and_references_have_no_order() {
        finds("e event readonly sort Start\nf event readonly sort Id", &[]);
        finds("e event readonly sort Status", &["E0326 Sort(0): `Status` is Choice and has no order"]);
        finds("e event readonly sort OwnerId", &["E0326 Sort(0): `OwnerId` is Ref(employee) and has no order"]);
    }
}
