//! The small CRM that the suite is about: definitions, and the tables below them.
//!
//! Columns are named unlike fields, so that an adapter that takes one for the other is found out.

use engage_engine::catalog::Catalog;
use engage_engine::ids::{CrmName, FieldName, SemanticId};
use engage_engine::model::{Choice, Embedded, EntityDefinition, Field, FieldKind, Model, WireValue};

use super::patterns::patterns;
use crate::memory::{Schema, SchemaError};

/// The definitions of the suite on a CRM, checked: `account`, `contact`, `note`, `meeting` and the embedded `party`, with
/// the patterns that are executed while the wire fails.
///
/// `account.Number` and `contact.Email` are declared keys, `meeting.Key` and `note.Key` carry the key of a create, a note
/// is about an account or a contact (one column), parties live inside their meeting.
///
/// ```
/// let crm = "memory".parse().unwrap();
/// let catalog = engage_adapters::conformance::catalog(&crm);
/// assert!(catalog.entity("memory", "account").is_some());
/// ```
pub fn catalog(crm: &CrmName) -> Catalog {
    // A test below holds that the model has no error.
    engage_engine::check(&model(definitions(crm))).catalog.unwrap_or_default()
}

/// Definitions with the patterns of the suite.
pub(super) fn model(mut definitions: Vec<EntityDefinition>) -> Model {
    definitions.sort_by(|a, b| a.id.cmp(&b.id));
    Model { definitions, patterns: patterns() }
}

/// The tables of the suite on a CRM, as the in-memory CRM reads them.
///
/// # Errors
/// None: a test holds that the schema can be read.
pub fn schema(crm: &CrmName) -> Result<Schema, SchemaError> {
    let mut schema = Schema::from_yaml(include_str!("conformance.schema.yaml"))?;
    schema.crm = crm.clone();
    Ok(schema)
}

/// The definitions of [`catalog`] as they are written, with the names of the in-memory CRM's tables and columns: what an
/// author starts from whose CRM has other names, or none free to choose.
pub fn definitions(crm: &CrmName) -> Vec<EntityDefinition> {
    let entities = [account(), contact(), note(), meeting(), party()];
    let definitions = entities.into_iter().flatten();
    definitions.map(|definition| EntityDefinition { crm: crm.clone(), ..definition }).collect()
}

/// `None` only for a name that is none, which the test of [`catalog`] would find.
fn entity(id: &str, crm_type: &str, fields: Vec<Option<Field>>) -> Option<EntityDefinition> {
    Some(EntityDefinition {
        id: SemanticId::new(id).ok()?,
        name: id.to_owned(),
        description: String::new(),
        crm: CrmName::new("memory").ok()?,
        crm_type: crm_type.to_owned(),
        fields: fields.into_iter().collect::<Option<_>>()?,
        idempotency: None,
        keys: Vec::new(),
        embedded: None,
    })
}

fn field(name: &str, column: &str, kind: FieldKind) -> Option<Field> {
    Some(Field::new(FieldName::new(name).ok()?, column, kind))
}

fn text(name: &str, column: &str) -> Option<Field> {
    field(name, column, FieldKind::String { allowed: Vec::new() })
}

fn required(field: Option<Field>) -> Option<Field> {
    field.map(|field| Field { required: true, ..field })
}

fn reference(name: &str, column: &str, entity: &str, via: &str) -> Option<Field> {
    let kind = FieldKind::Ref { entity: SemanticId::new(entity).ok()?, via: Some(via.to_owned()) };
    field(name, column, kind)
}

fn choice(name: &str, wire: WireValue) -> Choice {
    Choice { name: name.to_owned(), wire: Some(wire) }
}

fn key(entity: Option<EntityDefinition>, name: &str) -> Option<EntityDefinition> {
    let name = FieldName::new(name).ok()?;
    entity.map(|entity| EntityDefinition { keys: vec![vec![name]], ..entity })
}

fn idempotent(entity: Option<EntityDefinition>) -> Option<EntityDefinition> {
    let key = FieldName::new("Key").ok()?;
    entity.map(|entity| EntityDefinition { idempotency: Some(key), ..entity })
}

fn account() -> Option<EntityDefinition> {
    let stages = vec![choice("New", WireValue::Int(1)), choice("Won", WireValue::Int(2))];
    let tags = vec![choice("Gold", WireValue::Text("g".into())), choice("Local", WireValue::Text("l".into()))];
    let fields = vec![
        required(text("Name", "acct_name").map(|field| Field { max_length: Some(40), ..field })),
        text("Number", "acct_no"),
        field("Size", "acct_size", FieldKind::Int),
        field("Score", "acct_score", FieldKind::Double),
        field("Revenue", "acct_revenue", FieldKind::Decimal),
        field("Founded", "acct_founded", FieldKind::Date),
        field("Seen", "acct_seen", FieldKind::DateTime),
        field("Active", "acct_active", FieldKind::Boolean),
        field("Stage", "acct_stage", FieldKind::Choice(stages)),
        field("Tags", "acct_tags", FieldKind::MultiChoice(tags)),
        reference("PrimaryId", "acct_primary", "contact", "acct_primary"),
    ];
    key(entity("account", "acct", fields), "Number")
}

fn contact() -> Option<EntityDefinition> {
    let fields = vec![
        required(text("LastName", "cont_last")),
        text("Email", "cont_mail"),
        field("Rank", "cont_rank", FieldKind::Int),
        reference("AccountId", "cont_acct", "account", "cont_acct"),
    ];
    key(entity("contact", "cont", fields), "Email")
}

fn note() -> Option<EntityDefinition> {
    let fields = vec![
        text("Key", "note_key"),
        text("Title", "note_title"),
        reference("AccountId", "note_about", "account", "note_about_acct"),
        reference("ContactId", "note_about", "contact", "note_about_cont"),
    ];
    idempotent(entity("note", "note", fields))
}

fn meeting() -> Option<EntityDefinition> {
    let fields = vec![text("Subject", "meet_subject"), text("Key", "meet_key")];
    idempotent(entity("meeting", "meet", fields))
}

fn party() -> Option<EntityDefinition> {
    let roles = ["guest", "host", "only"].map(|role| choice(role, WireValue::Text(role.to_owned()))).to_vec();
    let fields = vec![
        reference("MeetingId", "party_meet", "meeting", "party_meet"),
        reference("ContactId", "party_cont", "contact", "party_cont"),
        field("Role", "party_role", FieldKind::Choice(roles)),
    ];
    let embedded = Embedded { parent: SemanticId::new("meeting").ok()?, collection: "meet_parties".to_owned() };
    entity("party", "party", fields).map(|party| EntityDefinition { embedded: Some(embedded), ..party })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_model_and_the_schema_are_sound() {
        let crm = CrmName::new("memory").unwrap();
        let definitions = definitions(&crm);
        assert_eq!(definitions.len(), 5);
        let checked = engage_engine::check(&model(definitions));
        assert!(checked.problems.is_empty(), "{:?}", checked.problems);
        assert_eq!(catalog(&crm).patterns("memory").count(), patterns().len());
        assert_eq!(catalog(&crm).entities("memory").count(), 5);
        let given = schema(&crm).unwrap();
        let derived = Schema::derive(&catalog(&crm), &crm);
        assert!(given.tables.keys().eq(derived.tables.keys()));
        for (name, table) in &given.tables {
            assert_eq!(table.columns, derived.tables[name].columns, "{name}");
        }
    }
}
