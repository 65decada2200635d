//! What the suite has to be told of a CRM beside what the adapter declares.

use std::fmt;
use std::sync::Arc;

use engage_engine::catalog::Catalog;
use engage_engine::ids::CrmName;
use engage_engine::model::{EntityDefinition, Field, FieldKind};

use super::model::{definitions, model};

/// Makes an id in the CRM's form: of an entity, the n-th that nothing has.
type Ids = Arc<dyn Fn(&str, u32) -> String + Send + Sync>;

/// The suite's definitions with a CRM's own names, the form of its ids, and the few things that it does in a way of its
/// own. What is said here is asserted like what the adapter declares.
#[derive(Clone)]
pub struct Terms {
    pub(super) catalog: Catalog,
    ids: Ids,
    /// A create without a required value, and an update that clears one, is refused. Off where the CRM leaves that to
    /// its forms: then both are taken.
    pub insists_on_required: bool,
    /// Embedded records are written by groups that are not atomic too; else those are refused.
    pub embedded_alone: bool,
    /// Groups that are not atomic take references to records whose ids nobody knows yet; else those are refused.
    pub back_references_alone: bool,
}

impl fmt::Debug for Terms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Terms")
            .field("insists_on_required", &self.insists_on_required)
            .field("embedded_alone", &self.embedded_alone)
            .field("back_references_alone", &self.back_references_alone)
            .finish_non_exhaustive()
    }
}

/// Definitions that the suite cannot be about.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the suite cannot be about these definitions: {}", .0.join("; "))]
pub struct TermsError(pub Vec<String>);

impl Terms {
    /// The terms of a CRM that has the tables of [`schema`](super::schema) under their own names, takes any id, and
    /// does everything.
    pub fn plain(crm: &CrmName) -> Self {
        Self::of(super::catalog(crm))
    }

    /// The same with definitions of one's own: those of [`definitions`] with other names of tables, columns,
    /// relationships and collections, and other stored values of choices.
    ///
    /// # Errors
    /// [`TermsError`] with all that is missing or of another type, and all that the checker says.
    pub fn new(crm: &CrmName, given: Vec<EntityDefinition>) -> Result<Self, TermsError> {
        let mut wrong: Vec<String> = definitions(crm).iter().flat_map(|wanted| lacks(wanted, &given)).collect();
        let checked = engage_engine::check(&model(given));
        wrong.extend(checked.problems.iter().map(|problem| problem.message.clone()));
        match checked.catalog.filter(|_| wrong.is_empty()) {
            Some(catalog) => Ok(Self::of(catalog)),
            None => Err(TermsError(wrong)),
        }
    }

    fn of(catalog: Catalog) -> Self {
        let ids = Arc::new(|_: &str, number: u32| format!("00000000-0000-4000-9999-{number:012}"));
        Self { catalog, ids, insists_on_required: true, embedded_alone: true, back_references_alone: true }
    }

    /// How ids look that nothing has: `ids("account", 7)` is always the same, and another than the eighth.
    #[must_use]
    pub fn with_ids(mut self, ids: impl Fn(&str, u32) -> String + Send + Sync + 'static) -> Self {
        self.ids = Arc::new(ids);
        self
    }

    /// What the suite is about, resolved, patterns included: an adapter over the CRM is made for it.
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    pub(super) fn id(&self, entity: &str, number: u32) -> String {
        (self.ids)(entity, number)
    }
}

/// What the definitions given lack of one that the suite knows.
fn lacks(wanted: &EntityDefinition, given: &[EntityDefinition]) -> Vec<String> {
    let id = &wanted.id;
    let Some(own) = given.iter().find(|own| own.id == *id && own.crm == wanted.crm) else {
        return vec![format!("there is no `{id}` on {}", wanted.crm)];
    };
    let mut lacks = Vec::new();
    for field in &wanted.fields {
        match own.fields.iter().find(|own| own.name == field.name) {
            None => lacks.push(format!("`{id}` has no `{}`", field.name)),
            Some(own) if !alike(own, field) => lacks.push(format!("`{id}.{}` is declared otherwise", field.name)),
            Some(_) => {}
        }
    }
    if own.keys != wanted.keys || own.idempotency != wanted.idempotency {
        lacks.push(format!("`{id}` has other keys"));
    }
    let parent = |definition: &EntityDefinition| definition.embedded.as_ref().map(|embedded| embedded.parent.clone());
    if parent(own) != parent(wanted) {
        lacks.push(format!("`{id}` lives elsewhere"));
    }
    lacks
}

fn alike(own: &Field, wanted: &Field) -> bool {
    let flags = |field: &Field| (field.required, field.read_only, field.max_length);
    own.kind.field_type() == wanted.kind.field_type() && flags(own) == flags(wanted) && names(own) == names(wanted)
}

fn names(field: &Field) -> Vec<&str> {
    match &field.kind {
        FieldKind::Choice(choices) | FieldKind::MultiChoice(choices) => {
            let mut names: Vec<&str> = choices.iter().map(|choice| choice.name.as_str()).collect();
            names.sort_unstable();
            names
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn definitions_of_ones_own_have_other_names_and_nothing_else() {
        let crm: CrmName = "other".parse().unwrap();
        let mut own = definitions(&crm);
        own[0].crm_type = "elsewhere".to_owned();
        let terms = Terms::new(&crm, own.clone()).unwrap();
        assert_eq!(terms.catalog().entity("other", "account").unwrap().crm_type, "elsewhere");
        assert_eq!(terms.catalog().patterns("other").count(), 5);
        own[0].fields.remove(0);
        own.pop();
        let TermsError(wrong) = Terms::new(&crm, own).unwrap_err();
        assert!(wrong.contains(&"`account` has no `Name`".to_owned()), "{wrong:?}");
        assert!(wrong.contains(&"there is no `party` on other".to_owned()), "{wrong:?}");
    }
}
