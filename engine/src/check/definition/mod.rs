//! The rules of entity definitions.

mod choices;
mod columns;
mod duplicate_definition;
mod duplicate_field;
mod embedded;
mod flags;
mod idempotency;
mod keys;
mod length;
mod record_id;
mod ref_target;
mod same_on_every_crm;

use super::definitions::{Definitions, Entry};
use crate::problem::{CodeInfo, Problem};

/// Rules that look at all definitions together.
pub(super) const ACROSS: &[fn(&Definitions<'_>, &mut Vec<Problem>)] =
    &[duplicate_definition::check, same_on_every_crm::check];

/// Rules that look at each definition.
pub(super) const EACH: &[fn(&Entry<'_>, &Definitions<'_>, &mut Vec<Problem>)] = &[
    duplicate_field::check,
    columns::check,
    idempotency::check,
    keys::check,
    record_id::check,
    ref_target::check,
    embedded::check,
    flags::check,
    length::check,
    choices::check,
];

/// The codes of these rules.
pub(super) const CODES: &[&CodeInfo] = &[
    &duplicate_definition::INFO,
    &duplicate_field::INFO,
    &columns::SHARED,
    &columns::EMPTY,
    &idempotency::INFO,
    &keys::INFO,
    &record_id::INFO,
    &ref_target::INFO,
    &embedded::INFO,
    &same_on_every_crm::INFO,
    &flags::INFO,
    &length::INFO,
    &choices::INFO,
];
