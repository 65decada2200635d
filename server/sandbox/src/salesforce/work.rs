//! One request at work: whose it is, what it may read and write, what it has deleted.

use std::ops::Deref;

use jiff::Timestamp;

use super::Salesforce;
use super::fault::Fault;
use super::model::Model;
use super::profile::{self, Right};
use super::terms::Terms;
use crate::schema::Table;
use crate::store::{Row, RowId, State, Transaction};

/// Most deleted rows that are remembered.
const MAX_BIN: usize = 10_000;

/// A deleted row.
#[derive(Clone, Debug)]
pub(crate) struct Gone {
    pub(crate) table: String,
    pub(crate) row: Row,
    /// When it was deleted.
    pub(crate) at: Timestamp,
}

/// The rows a request works with.
pub(crate) enum Access<'w, 's> {
    /// To read only: any number of requests at the same time.
    Read(&'w State),
    /// To read and write.
    Write(&'w mut Transaction<'s>),
}

/// What one user does in one request.
pub(crate) struct Work<'w, 's> {
    pub(crate) sf: &'w Salesforce,
    /// The organisation as the user sees it.
    pub(crate) model: &'w Model,
    pub(crate) user: RowId,
    access: Access<'w, 's>,
    /// Rows deleted by this transaction.
    pub(super) deleted: Vec<Gone>,
    /// The next write finds its row locked.
    pub(crate) locked: bool,
    /// The composite around it is all or nothing.
    pub(crate) all_or_none: bool,
    /// What the request asks for beside its body.
    pub(crate) terms: Terms,
    /// Scheme and authority under which the client reached us.
    pub(crate) base: String,
    /// Path of the version that is asked for.
    pub(crate) root: String,
    /// What was done inside of a request that holds several, for the log.
    pub(crate) operations: Vec<String>,
}

impl Deref for Work<'_, '_> {
    type Target = State;

    fn deref(&self) -> &State {
        match &self.access {
            Access::Read(state) => state,
            Access::Write(tx) => tx,
        }
    }
}

/// A place to go back to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark(usize, usize);

impl<'w, 's> Work<'w, 's> {
    pub(crate) fn new(sf: &'w Salesforce, model: &'w Model, user: &RowId, access: Access<'w, 's>) -> Work<'w, 's> {
        Work {
            sf,
            model,
            user: user.clone(),
            access,
            deleted: Vec::new(),
            locked: false,
            all_or_none: false,
            terms: Terms::default(),
            base: String::new(),
            root: String::new(),
            operations: Vec::new(),
        }
    }

    pub(crate) fn mark(&self) -> Mark {
        match &self.access {
            Access::Read(_) => Mark(0, 0),
            Access::Write(tx) => Mark(tx.mark(), self.deleted.len()),
        }
    }

    pub(crate) fn back_to(&mut self, mark: Mark) {
        if let Access::Write(tx) = &mut self.access {
            tx.back_to(mark.0);
            self.deleted.truncate(mark.1);
        }
    }

    /// What is deleted can be read by `queryAll` from now on.
    pub(crate) fn finish(self) -> Vec<String> {
        if !self.deleted.is_empty() {
            let mut bin = self.sf.bin();
            bin.extend(self.deleted);
            let surplus = bin.len().saturating_sub(MAX_BIN);
            bin.drain(..surplus);
        }
        self.operations
    }

    /// Writes; refused where the request was taken for one that only reads.
    pub(super) fn tx(&mut self) -> Result<&mut Transaction<'s>, Fault> {
        match &mut self.access {
            Access::Write(tx) => Ok(tx),
            Access::Read(_) => Err(Fault::unsupported("a write by a request that reads")),
        }
    }

    /// An object as the platform knows it, whatever the user sees of it.
    pub(super) fn whole(&self, table: &Table) -> Result<&'w Table, Fault> {
        self.sf.model.table(&table.name).ok_or_else(Fault::not_found)
    }

    pub(super) fn require(&self, table: &Table, right: Right) -> Result<(), Fault> {
        match self.model.may(&table.name, right) {
            true => Ok(()),
            false => Err(profile::refuse(table, right)),
        }
    }
}
