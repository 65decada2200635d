//! Abstract records as rows of the sandbox.
//!
//! They are created as a client would create them, in the CRM's own words, so that a state that no organisation could be
//! in is refused. What no client may set on a create (when a row was created, whether a case is closed) is set in the
//! rows afterwards.

use std::collections::BTreeMap;
use std::sync::Arc;

use engage_engine::catalog::{Entity, EntityField};
use engage_engine::model::WireValue;
use engage_engine::{FieldName, FieldType, Instance, Value, typing};
use engage_sandbox::schema::{Column, Kind, Table};
use engage_sandbox::store::{Changes, Ref, RowId, Value as Cell};
use serde_json::{Map, Value as Json, json};

use super::harness::Live;
use super::ids::table;

/// What refers comes after what it refers to.
const ORDER: [&str; 11] = [
    "access",
    "employee",
    "account",
    "contact",
    "lead",
    "opportunity",
    "case",
    "meeting",
    "attendee",
    "event-detail",
    "meeting-note",
];

/// A customer with 52 people, and four employees.
pub fn people() -> Json {
    let employee = |id: &str| {
        json!({"Id": id, "EmployeeKey": format!("e-{id}"), "UserName": format!("{id}@bank.example"), "FirstName": id,
            "LastName": "Berg", "Email": format!("{id}@bank.example"), "Alias": id, "AccessId": "advice"})
    };
    let contact =
        |number: u32| json!({"Id": format!("c{number}"), "LastName": format!("N{number}"), "AccountId": "acme"});
    json!({
        "access": [{"Id": "advice", "Name": "Advice"}],
        "employee": [employee("ann"), employee("ben"), employee("cora"), employee("dan")],
        "account": [{"Id": "acme", "Name": "Acme", "Number": "10042"}],
        "contact": (100..152).map(contact).collect::<Vec<_>>(),
    })
}

/// A record to be.
#[derive(Clone)]
struct Record {
    entity: Arc<Entity>,
    name: String,
    id: String,
    fields: Instance,
}

/// Puts records in; ids and references are names.
pub fn seed(live: &Live, state: &Json) {
    let records = records(live, state);
    let mut later = Vec::new();
    for record in records.iter().filter(|record| record.entity.embedded.is_none() || live.crm == "salesforce") {
        let mut sowing = Sowing { live, later: Changes::new() };
        let body = sowing.body(record, &records);
        let definition = live.service().store().schema().table(&record.entity.crm_type).unwrap().clone();
        let collection = if live.crm == "dataverse" { &definition.set } else { &definition.name };
        if definition.name == "Profile" {
            // Administrators make them, and no client.
            let name = Cell::Text(body["Name"].as_str().unwrap().to_owned());
            let values = Changes::from([("Name".to_owned(), Some(name))]);
            live.service().store().write(|tx| tx.insert("Profile", RowId::new(&record.id), values)).unwrap();
            continue;
        }
        let created = live.service().seed(collection, &Json::Object(body));
        created.unwrap_or_else(|error| panic!("{} {}: {error}", record.entity.id, record.name));
        later.push((definition.name, record.id.clone(), sowing.later));
    }
    live.service()
        .store()
        .write(|tx| later.into_iter().try_for_each(|(table, id, changes)| tx.update(&table, &RowId::new(id), changes)))
        .unwrap();
    name_parties(live, &records);
}

fn records(live: &Live, state: &Json) -> Vec<Record> {
    let catalog = &live.loaded.catalog;
    let mut records = Vec::new();
    for name in ORDER {
        let entity = catalog.entity(live.crm, name).unwrap();
        for json in state.get(name).and_then(Json::as_array).into_iter().flatten() {
            let typed = json.as_object().unwrap().iter().map(|(field, json)| {
                let field = entity.field(field).unwrap_or_else(|| panic!("{name} has no {field}"));
                (field.name.clone(), typing::from_json(field, json).unwrap())
            });
            let fields = live.ids.of_instance(catalog, entity, &typed.collect());
            let Some(Value::Id(id)) = fields.get(FieldName::ID).cloned() else { panic!("{name}: a record has no Id") };
            let name = json["Id"].as_str().unwrap().to_owned();
            records.push(Record { entity: Arc::clone(entity), name, id, fields });
        }
    }
    for entity in state.as_object().unwrap().keys() {
        assert!(ORDER.contains(&entity.as_str()), "no order for {entity}");
    }
    records
}

struct Sowing<'a> {
    live: &'a Live,
    /// What is set afterwards.
    later: Changes,
}

impl Sowing<'_> {
    /// What a client would send.
    fn body(&mut self, record: &Record, all: &[Record]) -> Map<String, Json> {
        let schema = self.live.service().store().schema();
        let definition = schema.table(&record.entity.crm_type).unwrap();
        let mut body = Map::from_iter([(definition.id.clone(), json!(record.id))]);
        self.fields(record, definition, &mut body);
        self.placeholders(&record.entity, record, &mut body);
        for parties in all.iter().filter(|other| self.live.crm == "dataverse" && is_party_of(other, record)) {
            let embedded = parties.entity.embedded.as_ref().unwrap();
            let table = schema.table(&parties.entity.crm_type).unwrap();
            let mut party = Map::new();
            let mut own = parties.clone();
            own.fields.retain(|_, value| *value != Value::Id(record.id.clone()));
            self.fields(&own, table, &mut party);
            let collection = body.entry(embedded.collection.clone()).or_insert_with(|| json!([]));
            collection.as_array_mut().unwrap().push(Json::Object(party));
        }
        body
    }

    fn fields(&mut self, record: &Record, definition: &Table, body: &mut Map<String, Json>) {
        let given = record.fields.iter().filter(|(name, value)| !name.is_id() && !value.is_null());
        for (field, value) in given.map(|(name, value)| (record.entity.field(name.as_str()).unwrap(), value)) {
            // What the library only reads a client may still set.
            let name = field.write_column.as_deref().or(field.read_column.as_deref()).unwrap();
            let column = definition.column(name).unwrap();
            let waits = matches!(value, Value::Id(id) if !self.is_there(&record.entity, field, id));
            if column.create && !waits {
                let (name, json) = self.sent(record, field, column, value);
                body.insert(name, json);
            } else {
                self.later.insert(name.to_owned(), Some(self.cell(record, field, column, value)));
            }
        }
    }

    fn is_there(&self, entity: &Entity, field: &EntityField, id: &str) -> bool {
        let (table, id) = (table(&self.live.loaded.catalog, entity, field), RowId::new(id));
        self.live.service().store().read(|state| state.get(&table, &id).is_some())
    }

    /// A value in the CRM's own words.
    fn sent(&self, record: &Record, field: &EntityField, column: &Column, value: &Value) -> (String, Json) {
        match value {
            Value::Id(id) if self.live.crm == "dataverse" => {
                let target = table(&self.live.loaded.catalog, &record.entity, field);
                let set = self.live.service().store().schema().table(&target).unwrap().set.clone();
                (format!("{}@odata.bind", field.via.as_deref().unwrap()), json!(format!("/{set}({id})")))
            }
            Value::Choice(name) => {
                let json = match wire(field, name) {
                    WireValue::Int(number) => json!(number),
                    WireValue::Boolean(flag) => json!(flag),
                    WireValue::Text(text) => json!(text),
                };
                (column.name.clone(), json)
            }
            Value::Decimal(number) => (column.name.clone(), Json::Number(number.to_string().parse().unwrap())),
            other => (column.name.clone(), other.to_json()),
        }
    }

    /// A value as the sandbox keeps it.
    fn cell(&self, record: &Record, field: &EntityField, column: &Column, value: &Value) -> Cell {
        match (value, column.kind) {
            (Value::Id(id), Kind::Ref) => {
                let target = table(&self.live.loaded.catalog, &record.entity, field);
                Cell::Ref(Ref::new(target, RowId::new(id.clone())))
            }
            (Value::String(text), Kind::Text) => Cell::Text(text.clone()),
            (Value::DateTime(moment), Kind::Moment) => Cell::Moment(*moment),
            (Value::Choice(name), _) => match wire(field, name) {
                WireValue::Int(number) => Cell::Int(number),
                WireValue::Boolean(flag) => Cell::Bool(flag),
                WireValue::Text(text) => Cell::Text(text),
            },
            _ => panic!("{}.{} cannot be set afterwards", record.entity.id, field.name),
        }
    }

    /// What the definition asks for and the state does not say.
    fn placeholders(&self, entity: &Entity, record: &Record, body: &mut Map<String, Json>) {
        let needed =
            entity.fields.iter().filter(|field| field.required && !record.fields.contains_key(field.name.as_str()));
        for field in needed {
            let column = field.write_column.clone().unwrap();
            match &field.field_type {
                FieldType::String => body.insert(column, json!(record.name.chars().take(8).collect::<String>())),
                FieldType::Ref(_) if self.live.crm == "dataverse" => {
                    let unit = first(self.live, "businessunit");
                    body.insert(
                        format!("{}@odata.bind", field.via.as_deref().unwrap()),
                        json!(format!("/businessunits({unit})")),
                    )
                }
                FieldType::Ref(_) => body.insert(column, json!(first(self.live, "Profile"))),
                other => panic!("no placeholder for {} {other}", field.name),
            };
        }
    }
}

fn first(live: &Live, table: &str) -> String {
    live.service().store().read(|state| state.rows(table).next().unwrap().id.to_string())
}

fn wire(field: &EntityField, name: &str) -> WireValue {
    field.choices.iter().find(|choice| choice.name == name).unwrap().wire_value()
}

fn is_party_of(party: &Record, parent: &Record) -> bool {
    let of =
        |field: &EntityField| matches!(party.fields.get(field.name.as_str()), Some(Value::Id(id)) if *id == parent.id);
    party.entity.embedded.as_ref().is_some_and(|embedded| {
        let fields = party.entity.fields.iter();
        fields.filter(|field| field.field_type == FieldType::Ref(embedded.parent.clone())).any(of)
    })
}

/// A client cannot say which ids parties get: they are named in the order in which they were sent.
fn name_parties(live: &Live, records: &[Record]) {
    let mut parties: BTreeMap<&str, Vec<&Record>> = BTreeMap::new();
    for record in records.iter().filter(|record| record.entity.embedded.is_some() && live.crm == "dataverse") {
        let parent = records.iter().find(|parent| is_party_of(record, parent)).unwrap();
        parties.entry(&parent.id).or_default().push(record);
    }
    for (parent, parties) in parties {
        let to = Ref::new("appointment", RowId::new(parent));
        let ids: Vec<String> = live
            .service()
            .store()
            .read(|state| state.referring("activityparty", "activityid", &to).map(|row| row.id.to_string()).collect());
        assert_eq!(ids.len(), parties.len());
        ids.iter().zip(parties).for_each(|(id, party)| live.ids.learn(id, &party.name));
    }
}
