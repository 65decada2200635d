//! From the tree as written to the model: names are checked, properties find their place, spans go to the source map.

mod capability;
pub mod codes;
mod entity;
mod pattern;
mod playbook;
pub(crate) mod source;

use engage_engine::ids::{CrmName, FieldName, NameError, RefId, SemanticId};
use engage_engine::model::{Item, Literal, Model, Place, Subject};
use engage_playbooks::Library;

use crate::diagnostic::Diagnostic;
use crate::source::{SourceMap, Span};
use crate::syntax::{self, Document, Name};

pub use playbook::{TRIGGER, ZONE};

/// Adds a document's items to a model and a library, and their places to a source map. An item whose own names are no good is left
/// out; a statement that is no good is left out of its item.
///
/// ```
/// use engage_dsl::engine::model::Model;
/// use engage_dsl::playbooks::Library;
/// use engage_dsl::source::{FileId, SourceMap};
/// use engage_dsl::{lower, syntax};
///
/// let (document, _) = syntax::parse(FileId(0), "pattern lookup \"Look up\" {\n  account : account readonly\n}\n");
/// let (mut model, mut library, mut places) = (Model::default(), Library::default(), SourceMap::default());
/// assert!(lower::document(&document, &mut model, &mut library, &mut places).is_empty());
/// assert_eq!(model.patterns[0].parts[0].ref_id.as_str(), "account");
/// ```
pub fn document(
    document: &Document,
    model: &mut Model,
    library: &mut Library,
    places: &mut SourceMap,
) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for item in &document.items {
        let number = match item {
            syntax::Item::Entity(_) => Item::Definition(model.definitions.len()),
            syntax::Item::Pattern(_) => Item::Pattern(model.patterns.len()),
            syntax::Item::Playbook(_) => Item::Playbook(library.playbooks.len()),
            syntax::Item::Capability(_) => Item::Capability(library.capabilities.len()),
            syntax::Item::Mapper(_) => Item::Mapper(library.mappers.len()),
        };
        let mut lowering = Lowering { item: number, places, found: &mut found };
        match item {
            syntax::Item::Entity(entity) => model.definitions.extend(lowering.entity(entity)),
            syntax::Item::Pattern(pattern) => model.patterns.extend(lowering.pattern(pattern)),
            syntax::Item::Playbook(playbook) => library.playbooks.extend(lowering.playbook(playbook)),
            syntax::Item::Capability(capability) => library.capabilities.extend(lowering.capability(capability)),
            syntax::Item::Mapper(mapper) => library.mappers.extend(lowering.mapper(mapper)),
        }
    }
    if let Some(next) = found.get(syntax::MAX_ERRORS) {
        let note = syntax::codes::too_many(next.span.unwrap_or(Span::new(document.file, 0, 0)));
        found.truncate(syntax::MAX_ERRORS);
        found.push(note);
    }
    found
}

/// One item on its way to the model.
struct Lowering<'a> {
    item: Item,
    places: &'a mut SourceMap,
    found: &'a mut Vec<Diagnostic>,
}

impl Lowering<'_> {
    fn at(&mut self, place: Place, span: Span) {
        self.places.insert(Subject { item: self.item, place }, span);
    }

    /// Lowers for the findings alone: what is made is thrown away, and so are its places.
    fn aside<T>(&mut self, lower: impl FnOnce(&mut Lowering<'_>) -> T) {
        let mut places = SourceMap::default();
        lower(&mut Lowering { item: self.item, places: &mut places, found: self.found });
    }

    fn checked<T>(&mut self, name: &Name, new: fn(&str) -> Result<T, NameError>) -> Option<T> {
        new(&name.value).map_err(|error| self.found.push(codes::bad_name(&error, &name.value, name.span))).ok()
    }

    fn semantic_id(&mut self, name: &Name) -> Option<SemanticId> {
        self.checked(name, SemanticId::new)
    }

    fn crm_name(&mut self, name: &Name) -> Option<CrmName> {
        self.checked(name, CrmName::new)
    }

    fn ref_id(&mut self, name: &Name) -> Option<RefId> {
        self.checked(name, RefId::new)
    }

    fn field_name(&mut self, name: &Name) -> Option<FieldName> {
        self.checked(name, FieldName::new)
    }

    /// The names of a list that are names; `None` when one of them is not.
    fn field_names(&mut self, names: &[Name]) -> Option<Vec<FieldName>> {
        let checked: Vec<Option<FieldName>> = names.iter().map(|name| self.field_name(name)).collect();
        checked.into_iter().collect()
    }

    /// A whole number from 0 to 4294967295.
    fn count(&mut self, number: &Name) -> Option<u32> {
        let count = number.value.parse().ok();
        if count.is_none() {
            let expected = "a whole number from 0 to 4294967295";
            self.found.push(codes::wrong_kind(expected, &format!("`{}`", codes::excerpt(&number.value)), number.span));
        }
        count
    }

    /// Takes a property that may stand once; says so when it stands again.
    fn once<T>(&mut self, slot: &mut Option<(Span, T)>, property: &str, span: Span, value: T) {
        match slot {
            Some((first, _)) => self.found.push(codes::duplicate_property(property, *first, span)),
            None => *slot = Some((span, value)),
        }
    }
}

/// What a literal is, with its article.
fn kind_of(literal: &Literal) -> &'static str {
    match literal {
        Literal::Null => "`null`",
        Literal::Text(_) => "a text",
        Literal::Boolean(_) => "a boolean",
        Literal::Number(_) => "a number",
        Literal::List(_) => "a list",
    }
}
