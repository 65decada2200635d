//! The condition of a part fits the fields it names.

use super::super::shape::OnCrm;
use super::unknown_field;
use crate::condition::{MAX_DEPTH, TestProblemKind, shallow, typed};
use crate::model::Place;
use crate::problem::{Code, CodeInfo, Problem};

pub(in crate::check) const INFO: CodeInfo = CodeInfo {
    code: Code("E0327"),
    title: "a condition does not fit its field",
    explanation: "Each comparison has an operator that the field's type knows and operands of that type. Text can be \
                  searched, numbers, text, dates and instants can be ordered, choices are compared by name, and a \
                  MultiChoice `contains` one. Nothing is compared with null: that is what `is null` is for.",
    example: "entity event \"Event\" on crm-a event {\n  Places -> places int\n}\n\
              pattern find \"Find events\" {\n  event : event readonly where Places contains \"1\"\n}\n",
    cure: "entity event \"Event\" on crm-a event {\n  Places -> places int\n}\n\
           pattern find \"Find events\" {\n  event : event readonly where Places >= 1\n}\n",
};

pub(super) fn check(on: &OnCrm<'_, '_>, problems: &mut Vec<Problem>) {
    for (index, part, entry) in on.parts() {
        let Some(filter) = &part.query.filter else { continue };
        if !shallow(filter) {
            let message = format!("the condition of `{}` has groups more than {MAX_DEPTH} deep", part.ref_id);
            let problem = Problem::error(INFO.code, on.at(Place::Query(index)), message);
            problems.push(problem.help("write it with fewer groups inside each other"));
            continue;
        }
        for wrong in typed(&entry.entity, filter).err().unwrap_or_default() {
            let at = on.at(Place::QueryField(index, wrong.test));
            if let TestProblemKind::UnknownField { suggestion } = wrong.kind {
                problems.push(unknown_field::problem(entry.definition.id.as_str(), &wrong.field, suggestion)(at));
            } else {
                let mut problem = Problem::error(INFO.code, at, wrong.to_string()).suggest(wrong.suggestion());
                problem.help = wrong.help();
                problems.push(problem);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{found, name, with};
    use crate::model::{Condition, Literal, Operator, Test};

    fn test(field: &str, operator: Operator, operands: &[Literal]) -> Condition<Literal> {
        Condition::Test(Test { field: name(field), operator, operands: operands.to_vec() })
    }

    fn filtered(filter: Condition<Literal>) -> Vec<String> {
        let mut model = with("e event readonly");
        model.patterns[0].parts[0].query.filter = Some(filter);
        found(&model)
    }

    #[test]
    fn every_test_is_looked_at_and_counted_left_to_right() {
        let text = |text: &str| Literal::Text(text.into());
        let filter = Condition::And(vec![
            test("Sujbect", Operator::IsNull, &[]),
            Condition::Not(Box::new(test("Places", Operator::Contains, &[text("1")]))),
            Condition::Or(vec![
                test("Status", Operator::In, &[text("Open"), text("Wn")]),
                test("Subject", Operator::Equals, &[Literal::Null]),
                test("Subject", Operator::Equals, &[]),
                test("Start", Operator::GreaterThan, &[text("2026-11-24T09:00:00Z")]),
            ]),
        ]);
        let expected = [
            "E0308 QueryField(0, 0): `event` has no field `Sujbect` (did you mean Subject?)",
            "E0327 QueryField(0, 1): `Places` is Int and cannot be compared by `Contains`",
            "E0327 QueryField(0, 2): `Status`: not one of the allowed values: Open, Won (did you mean Won?)",
            "E0327 QueryField(0, 3): `Subject` is compared with null",
            "E0327 QueryField(0, 4): `Equals` of `Subject` takes one value, found 0",
        ];
        assert_eq!(filtered(filter), expected);
    }

    #[test]
    fn a_bottomless_condition_is_an_error_and_not_a_crash() {
        let mut filter = test("Places", Operator::IsNull, &[]);
        for _ in 0..5_000 {
            filter = Condition::Not(Box::new(filter));
        }
        assert_eq!(filtered(filter), ["E0327 Query(0): the condition of `e` has groups more than 64 deep"]);
    }
}
