//! The audit log: who did what to which record, as whom. Never a value.

use engage_engine::acting::Identity;
use engage_engine::ids::{CrmName, FieldName, RefId, SemanticId};
use engage_engine::run::AuditAction;
use jiff::Timestamp;
use uuid::Uuid;

use crate::run::Tenant;

/// Takes audit records in.
pub trait AuditLog: Send + Sync {
    /// Takes one in. Must not block; what has to be written slowly is queued.
    fn record(&self, record: AuditRecord);
}

/// One call on one entity of a CRM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRecord {
    /// When it was answered.
    pub at: Timestamp,
    /// Whose run.
    pub tenant: Tenant,
    /// The run.
    pub run: Uuid,
    /// The block.
    pub block: RefId,
    /// Who: the employee who acts in the run, by the platform's id; the application where nobody does.
    pub who: Identity,
    /// As whom: the employee, or `None` for the application.
    pub as_whom: Option<String>,
    /// The CRM.
    pub crm: CrmName,
    /// The part of the pattern.
    pub part: RefId,
    /// The entity.
    pub entity: SemanticId,
    /// What was asked for.
    pub action: AuditAction,
    /// The fields asked for or written.
    pub fields: Vec<FieldName>,
    /// The record, where it is known.
    pub id: Option<String>,
    /// `None`: it was done; else how it failed, in a word.
    pub failure: Option<&'static str>,
}

/// A log that keeps nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoAudit;

impl AuditLog for NoAudit {
    fn record(&self, _: AuditRecord) {}
}
