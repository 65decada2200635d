//! Who wants to know what an execution does: journals before the first write, audit logs after every call.

use async_trait::async_trait;
use uuid::Uuid;

use crate::acting::Identity;
use crate::adapter::AdapterErrorKind;
use crate::catalog::Entity;
use crate::ids::RefId;
use crate::input::Input;
use crate::plan::Plan;

/// What is about to be written: enough to do it again under the same keys.
#[derive(Debug, Clone, Copy)]
pub struct BeforeWrite<'a> {
    /// The run.
    pub run: &'a str,
    /// The block of the run.
    pub block: &'a str,
    /// The operation key from which the keys of the written records come.
    pub operation_key: Uuid,
    /// The input with every record that was found in it by Id.
    pub input: &'a Input,
    /// The plan: writes alone.
    pub plan: &'a Plan,
    /// Whether anything was read on the way here. If not, the same input comes to the same plan whenever it is tried again.
    pub read: bool,
}

/// One call on one entity, for the audit log. No values.
#[derive(Debug, Clone, Copy)]
pub struct Audit<'a> {
    /// The run.
    pub run: &'a str,
    /// As whom.
    pub identity: &'a Identity,
    /// The part.
    pub part: &'a RefId,
    /// The instance; `None` for reads.
    pub position: Option<usize>,
    /// The entity.
    pub entity: &'a Entity,
    /// What was asked for.
    pub action: AuditAction,
    /// The fields asked for or written, by position in the entity.
    pub fields: &'a [usize],
    /// The record, where it is known.
    pub id: Option<&'a str>,
    /// `None`: it was done; else how it failed.
    pub failure: Option<&'a AdapterErrorKind>,
}

/// What a call asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AuditAction {
    /// Records were read.
    Read,
    /// A record was made.
    Create,
    /// A record was changed.
    Update,
    /// A record was made or changed.
    Upsert,
    /// A record was removed.
    Delete,
}

impl AuditAction {
    /// The word for logs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Create => "create",
            Self::Update => "update",
            Self::Upsert => "upsert",
            Self::Delete => "delete",
        }
    }
}

/// Follows an execution. One observer may serve many at once.
#[async_trait]
pub trait Observer: Send + Sync {
    /// Called once, after everything has been read and before the first write; not called when nothing is written.
    ///
    /// A journal makes `before` durable here: once this returns `Ok`, writes go out.
    ///
    /// # Errors
    /// Whatever it fails with ends the execution before anything is written.
    async fn before_write(&self, before: &BeforeWrite<'_>) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        let _ = before;
        Ok(())
    }

    /// Called after every call, once per record written and per entity read, failed ones included. Must not block.
    fn audit(&self, event: &Audit<'_>) {
        let _ = event;
    }
}
