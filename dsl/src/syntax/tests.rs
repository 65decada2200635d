use std::time::{Duration, Instant};

use engage_engine::model::{Condition, InputAt, Item, Literal, Model, Operator, Place, Subject};

use engage_playbooks::Library;

use crate::diagnostic::Diagnostic;
use crate::lower;
use crate::render;
use crate::source::{FileId, Source, SourceMap, Sources};
use crate::syntax::{self, MAX_DEPTH, MAX_ERRORS};

fn read(text: &str) -> (Model, SourceMap, Vec<Diagnostic>) {
    let (model, _, map, errors) = read_all(text);
    (model, map, errors)
}

fn read_all(text: &str) -> (Model, Library, SourceMap, Vec<Diagnostic>) {
    let (document, mut errors) = syntax::parse(FileId(0), text);
    let (mut model, mut library, mut map) = (Model::default(), Library::default(), SourceMap::default());
    errors.extend(lower::document(&document, &mut model, &mut library, &mut map));
    map.finish();
    (model, library, map, errors)
}

/// The findings of a text: code, the marked text, message, and the nearest name.
fn findings(text: &str) -> Vec<String> {
    let line = |error: &Diagnostic| {
        let span = error.span.unwrap();
        let marked = &text[span.start as usize..span.end as usize];
        let meant = error.suggestion.as_ref().map_or(String::new(), |meant| format!(" ~ {meant}"));
        format!("{} `{marked}`: {}{meant}", error.code, error.message)
    };
    read(text).2.iter().map(line).collect()
}

fn entity(statement: &str) -> Vec<String> {
    findings(&format!("entity contact on dataverse contact {{\n  {statement}\n}}\n"))
}

fn pattern(statement: &str) -> Vec<String> {
    findings(&format!("pattern p {{\n  {statement}\n}}\n"))
}

fn condition(text: &str) -> Condition<Literal> {
    let (model, _, errors) = read(&format!("pattern p {{ a : b where {text}\n}}"));
    assert_eq!(errors, [], "{text}");
    model.patterns[0].parts[0].query.filter.clone().unwrap()
}

mod hostile;
mod places;
mod playbooks;
mod recovery;
