//! Everything that is in the CRM, by abstract values: for cases and snapshots.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use engage_engine::catalog::{Catalog, Entity};
use engage_engine::{Instance, SemanticId};

use super::MemoryCrm;
use super::store::{Reader, Store};

impl MemoryCrm {
    /// The records of each entity, by Id. Fields without a value are left out, and so are entities whose table is
    /// not in the schema.
    pub fn dump(&self, catalog: &Catalog) -> BTreeMap<SemanticId, Vec<Instance>> {
        let state = self.lock();
        let crm = self.schema.crm.as_str();
        let entities = catalog.entities(crm);
        entities.filter_map(|entity| Some((entity.id.clone(), state.store.instances(entity)?))).collect()
    }

    /// The same as text made for snapshots: a line per record below a line per entity; entities without records are
    /// left out. It shows values: for test data only.
    pub fn dump_text(&self, catalog: &Catalog) -> String {
        let mut text = String::new();
        for (entity, records) in self.dump(catalog).into_iter().filter(|(_, records)| !records.is_empty()) {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{entity}");
            for record in records {
                let id = record.get(engage_engine::FieldName::ID).map(engage_engine::Value::to_json);
                let id = id.as_ref().and_then(serde_json::Value::as_str).unwrap_or_default();
                let values = record.iter().filter(|(name, _)| !name.is_id());
                let values: Vec<String> = values.map(|(name, value)| format!("{name}={}", value.to_json())).collect();
                let _ = writeln!(text, "  {id}  {}", values.join(" "));
            }
        }
        text
    }
}

impl Store {
    fn instances(&self, entity: &Entity) -> Option<Vec<Instance>> {
        let position = self.table_of(entity).ok()?;
        let table = self.table(position).ok()?;
        let readers: Vec<Reader<'_>> =
            (0..entity.fields.len()).filter_map(|field| self.reader(position, entity, field).ok()).collect();
        let instance = |(id, row)| {
            let value = |reader: &Reader<'_>| (reader.field.name.clone(), reader.value(table, id, row));
            readers.iter().map(value).filter(|(_, value)| !value.is_null()).collect()
        };
        Some(table.rows().iter().map(instance).collect())
    }
}
