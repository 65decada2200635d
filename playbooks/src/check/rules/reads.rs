//! What a template reads of its variables is there.

use std::collections::BTreeSet;

use engage_engine::model::{InputAt, Item, Place, Subject};
use engage_engine::nearest::nearest;
use engage_engine::problem::Problem;

use super::super::flow::Flow;
use super::super::pair::Pair;
use super::fit::INFO;
use crate::model::BlockKind;
use crate::types::{MissingKind, Object, Rest, Shape, Type};

/// A field that is read of an object that has none of the name.
struct Unread<'t> {
    path: String,
    name: &'t str,
    of: &'t Object,
}

/// Finds the fields that a template reads of a variable and that what comes for it does not have. Whether they are tested
/// first does not matter: nobody tests for what is never there.
pub(super) fn check(flow: &Flow<'_, '_>, pair: &Pair<'_>) -> Vec<Problem> {
    let template = flow.shape.block(pair.block).and_then(|block| match &block.kind {
        BlockKind::Template { template } => flow.known.template(template.as_str()),
        _ => None,
    });
    let Some((index, template)) = template else { return Vec::new() };
    let start = pair.path.map_or_else(String::new, ToString::to_string);
    let told = unread(&pair.from, &pair.to, start).into_iter().map(|unread| {
        let Unread { path, name, of } = unread;
        let known: Vec<String> = of.fields.keys().cloned().collect();
        let suggestion = nearest(name, known.iter().map(String::as_str));
        let missing = MissingKind::Field { name: name.to_owned(), suggestion, known };
        let (wrong, help, suggestion) = missing.told();
        let message = format!("`{}` reads `{path}.{name}`, and {wrong} in {}", template.id, pair.source.written());
        let at = flow.at(Place::Input(pair.block, InputAt::Mapping(pair.mapping)));
        let mut problem = Problem::error(INFO.code, at, message).suggest(suggestion);
        problem.help = help;
        let place = Place::TemplateText(offset(&template.source, name));
        problem.related(Subject { item: Item::Template(index), place }, "read here")
    });
    told.collect()
}

fn unread<'t>(from: &'t Type, to: &'t Type, start: String) -> Vec<Unread<'t>> {
    let (mut found, mut open) = (Vec::new(), vec![(from, to, start)]);
    while let Some((from, to, path)) = open.pop() {
        match (&from.shape, &to.shape) {
            (Shape::List(from), Shape::List(to)) => open.push((from, to, format!("{path}[]"))),
            (Shape::Object(of), Shape::Object(read)) => {
                for (name, to) in &read.fields {
                    match of.fields.get(name) {
                        Some(from) => open.push((from, to, format!("{path}.{name}"))),
                        None if matches!(of.rest, Rest::Map(_)) => {}
                        None => found.push(Unread { path: path.clone(), name, of }),
                    }
                }
            }
            _ => {}
        }
    }
    let mut told = BTreeSet::new();
    found.retain(|unread| told.insert((unread.path.clone(), unread.name)));
    found
}

/// Where a template reads a field: where its name stands behind a dot, or as a word.
fn offset(source: &str, name: &str) -> usize {
    let inside = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    let words = |dotted: bool| {
        source.match_indices(name).map(|(at, _)| at).find(|at| {
            let (before, behind) = source.split_at(*at);
            let apart = !behind.get(name.len()..).is_some_and(|rest| rest.starts_with(inside));
            apart && if dotted { before.ends_with('.') } else { !before.ends_with(inside) }
        })
    };
    words(true).or_else(|| words(false)).unwrap_or(0)
}
