//! What a block that reads asks a CRM through where other blocks read next to it.

use async_trait::async_trait;
use engage_engine::adapter::{
    Adapter, AdapterError, Call, Capabilities, GroupError, Page, Query, Request, WriteGroup, Written,
};
use engage_engine::ids::CrmName;

use super::gate::Gate;
use crate::run::together::Seat;

pub(super) struct Seated<'a> {
    /// Passed by whoever sends.
    pub(super) gate: &'a Gate<'a>,
    /// `None`: nobody else is there.
    pub(super) seat: Option<&'a Seat>,
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl Adapter for Seated<'_> {
    fn crm(&self) -> &CrmName {
        self.gate.crm()
    }

    fn capabilities(&self) -> &Capabilities {
        self.gate.capabilities()
    }

    async fn read(&self, call: &Call, queries: &[Query]) -> Result<Vec<Page>, AdapterError> {
        match self.seat {
            Some(seat) => seat.read(self.gate, call, queries).await,
            None => self.gate.read(call, queries).await,
        }
    }

    async fn write(&self, call: &Call, group: &WriteGroup) -> Result<Vec<Result<Written, AdapterError>>, GroupError> {
        self.gate.write(call, group).await
    }

    fn preview_read(&self, queries: &[Query]) -> Result<Vec<Request>, AdapterError> {
        self.gate.preview_read(queries)
    }

    fn preview_write(&self, group: &WriteGroup) -> Result<Vec<Request>, AdapterError> {
        self.gate.preview_write(group)
    }
}
