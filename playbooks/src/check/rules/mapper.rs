//! A mapper points at a pattern and a field that are there.

use engage_engine::model::{Item, Place, Subject};
use engage_engine::problem::{Code, CodeInfo, Problem};

use super::super::known::Known;
use super::super::quoted;
use crate::model::Mapper;

pub(in crate::check) const INFO: CodeInfo = CodeInfo {
    code: Code("E0641"),
    title: "a mapper that points at nothing",
    explanation: "A mapper says which pattern serves a use case, and in which field of it the one value \
                  stands that the use case needs back. The pattern of `BookMeMeeting` and of \
                  `InternalBookMeMeeting` takes what is known of a booked meeting, and needs nothing else.",
    example: with_people!("mapper BookMeMeeting -> people.contact.Nmae\n",),
    cure: with_people!("mapper BookMeMeeting -> people.contact.Name\n",),
};

pub(super) fn check(known: &Known<'_>, problems: &mut Vec<Problem>) {
    for (index, mapper) in known.library.mappers.iter().enumerate() {
        let at = |place| Subject { item: Item::Mapper(index), place };
        if mapper.use_case.trim().is_empty() {
            problems.push(Problem::error(INFO.code, at(Place::Whole), "a mapper names its use case").help("name it"));
        }
        let Some(pattern) = known.any_pattern(mapper.pattern.as_str()) else {
            let message = format!("there is no pattern `{}`", mapper.pattern);
            let problem = Problem::error(INFO.code, at(Place::MapperPattern), message);
            let problem = problem.help("name a pattern of the workspace");
            problems.push(problem.suggest(known.nearest_pattern(mapper.pattern.as_str())));
            continue;
        };
        let at = at(Place::MapperField);
        problems.extend(
            field(mapper, pattern, known).map(|(message, help, suggestion)| {
                Problem::error(INFO.code, at, message).help(help).suggest(suggestion)
            }),
        );
    }
}

/// A pattern that booked meetings cannot be written by.
pub(in crate::check) fn unserved(at: Subject, use_case: &str, why: &str) -> Problem {
    let message = format!("the pattern cannot serve `{use_case}`: {why}");
    let help = "let the pattern do with what is known of a booked meeting, or write a playbook in place of the mapper";
    Problem::error(INFO.code, at, message).help(help)
}

/// How the use cases end that need one value back.
const RESOLVER: &str = "Resolver";

/// A value of a pattern, as an example.
fn value_of(pattern: &engage_engine::catalog::Pattern) -> String {
    pattern.parts.first().map_or_else(|| "part.Id".to_owned(), |part| format!("{}.Id", part.ref_id))
}

fn field(
    mapper: &Mapper,
    pattern: &engage_engine::catalog::Pattern,
    known: &Known<'_>,
) -> Option<(String, String, Option<String>)> {
    let Some(field) = &mapper.field else {
        let message = format!("`{}` needs one value back, and no field is named", mapper.use_case);
        let help = format!("name the part and the field: `{}.{}`", pattern.id, value_of(pattern));
        return mapper.use_case.ends_with(RESOLVER).then_some((message, help, None));
    };
    let Some(part) = pattern.part(field.part.as_str()) else {
        let labels = || pattern.parts.iter().map(|part| part.ref_id.as_str());
        let message = format!("`{}` has no part `{}`", pattern.id, field.part);
        let suggestion = known.nearest(field.part.as_str(), labels());
        return Some((message, format!("it has {}", quoted(labels())), suggestion));
    };
    if part.entity.field(field.field.as_str()).is_some() {
        return None;
    }
    let names = || part.entity.fields.iter().map(|field| field.name.as_str());
    let message = format!("`{}` has no field `{}`", part.entity.id, field.field);
    Some((message, format!("it has {}", quoted(names())), known.nearest(field.field.as_str(), names())))
}
