//! The simulated CRM: typed tables with the constraints of a schema, and the adapter trait over them.
//!
//! It is the reference implementation: what the trait's contract says, and no more than the capabilities that were
//! switched on. It knows columns and tables; entities it knows only from the calls.

mod cell;
mod dump;
mod ids;
mod permissions;
pub mod presets;
pub(crate) mod preview;
mod read;
mod relate;
mod schema;
mod seed;
mod state;
mod store;
mod table;
mod write;

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use engage_engine::adapter::{
    Adapter, AdapterError, Call, Capabilities, GroupError, Page, Query, Request, WriteGroup, Written,
};
use engage_engine::{Catalog, CrmName, Identity};

pub use ids::{Counter, IdSource};
pub use permissions::{Columns, Permissions, Rights};
pub use schema::{ColumnSchema, ColumnType, EmbeddedSchema, Navigation, Schema, SchemaError, TableSchema, Wire};
pub use seed::SeedError;
pub use state::StateError;

use crate::guard;
use permissions::Action;
use read::Giving;
use store::Store;
use write::Group;

/// How often the CRM was called, and with how much.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Calls {
    /// Read requests.
    pub reads: usize,
    /// Write requests.
    pub writes: usize,
    /// Queries and writes in them; joined queries count.
    pub operations: usize,
}

/// A CRM in memory.
///
/// One value serves any number of concurrent calls; each call sees the tables alone.
///
/// ```
/// use engage_adapters::memory::{MemoryCrm, Schema, presets};
/// let text = "kind: CrmSchema\ncrm: dataverse\ntables:\n  contact:\n    key: contactid\n    columns:\n      lastname: {type: String, required: true}\n";
/// let crm = MemoryCrm::new(Schema::from_yaml(text).unwrap()).unwrap();
/// let crm = crm.with_capabilities(presets::batch_of(2));
/// assert_eq!(crm.calls().reads, 0);
/// ```
pub struct MemoryCrm {
    schema: Schema,
    capabilities: Capabilities,
    permissions: Permissions,
    ids: Box<dyn IdSource>,
    most_rows: Option<usize>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    store: Store,
    calls: Calls,
}

impl MemoryCrm {
    /// An empty CRM with everything switched on and everybody allowed everything.
    ///
    /// # Errors
    /// [`SchemaError::Rule`] when a name in the schema leads nowhere.
    pub fn new(schema: Schema) -> Result<Self, SchemaError> {
        let store = Store::new(&schema)?;
        Ok(Self {
            ids: Box::new(Counter { salesforce: schema.crm.as_str() == "salesforce" }),
            schema,
            capabilities: presets::everything(),
            permissions: Permissions::default(),
            most_rows: None,
            state: Mutex::new(State { store, calls: Calls::default() }),
        })
    }

    /// Does what these capabilities say and refuses everything beyond.
    #[must_use]
    pub fn with_capabilities(mut self, capabilities: Capabilities) -> Self {
        self.capabilities = capabilities;
        self
    }

    /// Tells which table an entity's references mean: without it, a field on a column with several targets shows
    /// whatever the column holds, unless its relationship's name says which target it is.
    #[must_use]
    pub fn with_catalog(self, catalog: &Catalog) -> Self {
        let mut state = self.lock();
        for entity in catalog.entities(self.schema.crm.as_str()) {
            if let Some(table) = state.store.position(&entity.crm_type) {
                state.store.entities.insert(entity.id.to_string(), table);
            }
        }
        drop(state);
        self
    }

    /// Restricts what identities may do.
    #[must_use]
    pub fn with_permissions(mut self, permissions: Permissions) -> Self {
        self.permissions = permissions;
        self
    }

    /// Makes primary keys in another way.
    #[must_use]
    pub fn with_ids(mut self, ids: impl IdSource + 'static) -> Self {
        self.ids = Box::new(ids);
        self
    }

    /// Gives at most so many rows per query, or per join of a row, and says `truncated` when there are more.
    #[must_use]
    pub fn with_most_rows(mut self, most: usize) -> Self {
        self.most_rows = Some(most);
        self
    }

    /// The schema.
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// How often it was called so far.
    pub fn calls(&self) -> Calls {
        self.lock().calls
    }

    /// A panic elsewhere while the lock was held leaves at worst half a write, which the next caller may as well see.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn allow<'a>(&'a self, who: &'a Identity) -> impl Fn(Action, &str, Option<&str>) -> bool + 'a {
        |action, table, column| self.permissions.allow(who, action, table, column)
    }
}

impl fmt::Debug for MemoryCrm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryCrm").field("crm", &self.schema.crm).finish_non_exhaustive()
    }
}

fn operations(queries: &[Query]) -> usize {
    let mut open: Vec<&Query> = queries.iter().collect();
    let mut count = 0;
    while let Some(query) = open.pop() {
        count += 1;
        open.extend(query.joins.iter().map(|join| &join.query));
    }
    count
}

#[async_trait]
impl Adapter for MemoryCrm {
    fn crm(&self) -> &CrmName {
        &self.schema.crm
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn read(&self, call: &Call, queries: &[Query]) -> Result<Vec<Page>, AdapterError> {
        guard::queries(&self.capabilities, queries)?;
        let allow = self.allow(&call.identity);
        let giving = Giving { etags: self.capabilities.etags, most: self.most_rows };
        let mut state = self.lock();
        state.calls.reads += 1;
        state.calls.operations += operations(queries);
        queries.iter().map(|query| state.store.query(query, &allow, giving)).collect()
    }

    async fn write(&self, call: &Call, group: &WriteGroup) -> Result<Vec<Result<Written, AdapterError>>, GroupError> {
        guard::group(&self.capabilities, group)?;
        let allow = self.allow(&call.identity);
        let mut state = self.lock();
        state.calls.writes += 1;
        state.calls.operations += group.writes.len();
        let store = &mut state.store;
        let done = Vec::with_capacity(group.writes.len());
        let mut so_far = Group { allow: &allow, ids: &*self.ids, etags: self.capabilities.etags, done };
        let mut results = Vec::with_capacity(group.writes.len());
        for (position, write) in group.writes.iter().enumerate() {
            let result = store.write(write, &so_far);
            match result {
                Err(error) if group.atomic => {
                    store.roll_back(0);
                    return Err(GroupError { error, culprit: Some(position) });
                }
                result => {
                    so_far.done.push(result.as_ref().ok().map(|written| written.id.clone()));
                    results.push(result);
                }
            }
        }
        store.commit();
        Ok(results)
    }

    fn preview_read(&self, queries: &[Query]) -> Result<Vec<Request>, AdapterError> {
        guard::queries(&self.capabilities, queries)?;
        Ok(preview::read(queries))
    }

    fn preview_write(&self, group: &WriteGroup) -> Result<Vec<Request>, AdapterError> {
        guard::group(&self.capabilities, group)?;
        Ok(preview::write(&self.capabilities, group))
    }
}

#[cfg(test)]
mod tests;
