//! Follows an operation of the engine: what is prepared becomes a fact before it is written, every call an audit record.

use std::sync::OnceLock;

use async_trait::async_trait;
use engage_engine::acting::Identity;
use engage_engine::plan::Answer;
use engage_engine::run::{Audit, BeforeWrite, Observer};

use super::{Blocks, failure};
use crate::ports::{AuditRecord, BlockCall};
use crate::run::{BlockFailure, FailureKind};

type Refusal = Box<dyn std::error::Error + Send + Sync>;

/// Why a plan is not carried out.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.message)]
pub(super) struct Withheld(pub(super) BlockFailure);

/// What an earlier attempt did is not known, and it is not done once.
fn in_doubt() -> BlockFailure {
    let message = "an earlier attempt was cut off, and a repeat could write the same twice";
    failure::of(FailureKind::Unknown, "in-doubt", message)
}

pub(super) struct Follow<'a> {
    blocks: &'a Blocks,
    call: &'a BlockCall<'a>,
    once: OnceLock<bool>,
}

impl<'a> Follow<'a> {
    pub(super) fn new(blocks: &'a Blocks, call: &'a BlockCall<'a>) -> Self {
        Self { blocks, call, once: OnceLock::new() }
    }

    /// Whether all that the plan writes can be repeated; `None` where it came to no plan of writes.
    pub(super) fn once(&self) -> Option<bool> {
        self.once.get().copied()
    }
}

#[async_trait]
impl Observer for Follow<'_> {
    async fn before_write(&self, before: &BeforeWrite<'_>) -> Result<(), Refusal> {
        let once = *self.once.get_or_init(|| before.plan.figures.once != Answer::No);
        let attempt = self.call.attempt;
        if attempt.in_doubt && !once {
            return Err(Withheld(in_doubt()).into());
        }
        if attempt.prepared.is_some() {
            // The fact is there; a second would say the same.
            self.call.host.may_send().await?;
            return Ok(());
        }
        let input = before.input.to_json();
        self.blocks.fits(&input).map_err(Withheld)?;
        let again = !before.read && before.plan.figures.once == Answer::Yes;
        if again {
            self.call.host.prepared_again(input).await?
        } else {
            self.call.host.prepared(input).await?
        };
        Ok(())
    }

    fn audit(&self, event: &Audit<'_>) {
        let entity = event.entity;
        let name = |field: &usize| entity.fields.get(*field).map(|field| field.name.clone());
        self.blocks.audit.record(AuditRecord {
            at: self.blocks.time.timestamp(),
            tenant: self.call.key.tenant.clone(),
            run: self.call.key.run,
            block: self.call.attempt.block.clone(),
            who: self.call.beginning.employee.clone().map_or(Identity::Application, Identity::Employee),
            as_whom: match event.identity {
                Identity::Employee(employee) => Some(employee.clone()),
                Identity::Application => None,
            },
            crm: entity.crm.clone(),
            part: event.part.clone(),
            entity: entity.id.clone(),
            action: event.action,
            fields: event.fields.iter().filter_map(name).collect(),
            id: event.id.map(str::to_owned),
            failure: event.failure.map(failure::word),
        });
    }
}
