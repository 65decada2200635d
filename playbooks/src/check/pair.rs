//! What comes and where it goes, both typed.

use engage_engine::model::InputAt;

use super::flow::Flow;
use crate::model::{BlockKind, FieldMapping, Path, Segment, Source};
use crate::types::{Shape, Type, into};

/// A value and its place.
pub(super) struct Pair<'m> {
    /// The block's position.
    pub(super) block: usize,
    /// Which of its mappings.
    pub(super) mapping: usize,
    pub(super) source: &'m Source,
    /// The destination.
    pub(super) path: Option<&'m Path>,
    pub(super) from: Type,
    pub(super) to: Type,
    /// It says which records are meant, so that there would be more of them without it.
    pub(super) narrows: bool,
}

/// Every mapping of which both sides are known. One with `[*]` in its destination is looked at twice: the list, which may
/// be absent where the whole part may, and its elements.
pub(super) fn pairs<'m>(flow: &Flow<'_, 'm>) -> Vec<Pair<'m>> {
    let mut found = Vec::new();
    for (position, block, typed) in flow.each() {
        let Some(input) = &typed.input else { continue };
        for (index, mapping) in block.mappings.iter().enumerate() {
            let Some(Some(from)) = typed.values.get(&InputAt::Mapping(index)) else { continue };
            for (from, to) in sides(input, mapping, from) {
                let (source, path) = (&mapping.source, mapping.destination.as_ref());
                let read = matches!(block.kind, BlockKind::Read { .. }) && path.is_some();
                let narrows = read || matches!(from.shape, Shape::Condition(..));
                found.push(Pair { block: position, mapping: index, source, path, from, to, narrows });
            }
        }
    }
    found
}

fn sides(input: &Type, mapping: &FieldMapping, from: &Type) -> Vec<(Type, Type)> {
    let Some(path) = &mapping.destination else { return vec![(from.clone(), input.clone())] };
    let Ok(to) = into(input, path) else { return Vec::new() };
    let Some(all) = path.segments().iter().position(|segment| *segment == Segment::All) else {
        return vec![(from.clone(), to)];
    };
    let Shape::List(element) = &from.shape else {
        // That the source has elements is a rule of its own.
        return Vec::new();
    };
    let before = path.segments().get(..all).unwrap_or_default().to_vec();
    let list = match Path::new(before) {
        None => input.clone(),
        Some(before) => into(input, &before).unwrap_or_else(|_| Type::any()),
    };
    let presence = |of: &Type| Type { optional: of.optional, ..Type::any() };
    // Null leaves a field of an element out; where the element itself goes, it stays null.
    let last = path.segments().len() == all + 1;
    let element = if last { (**element).clone() } else { (**element).clone().read() };
    vec![(presence(from), presence(&list)), (element, to)]
}

/// How a destination is called in messages.
pub(super) fn told(path: Option<&Path>) -> String {
    path.map_or_else(|| "the input".to_owned(), |path| format!("`{path}`"))
}
