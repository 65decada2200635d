//! The rules of entity patterns.

mod cardinality;
mod column_clash;
mod condition;
mod cycle;
mod deferred;
mod duplicate_part;
mod duplicate_pattern;
mod embedded;
mod empty;
mod escalation;
mod fixed_and_required;
mod given_twice;
mod match_fields;
mod missing_on_crm;
mod one_requirement;
mod optional_source;
mod read_only_part;
mod read_only_written;
mod replace;
mod root;
mod sort_limit;
mod sources;
mod types;
mod unknown_entity;
mod unknown_field;
mod unknown_part;
mod unused_part;
mod value;

use super::definitions::Definitions;
use super::shape::{OnCrm, Shape};
use crate::model::Model;
use crate::problem::{CodeInfo, Problem};

/// Rules that look at all patterns together.
pub(super) const ACROSS: &[fn(&Model, &mut Vec<Problem>)] = &[duplicate_pattern::check];

/// Rules that look at a pattern, whatever the CRM.
pub(super) const SHAPE: &[fn(&Shape<'_>, &Definitions<'_>, &mut Vec<Problem>)] = &[
    empty::check,
    escalation::check,
    duplicate_part::check,
    unknown_entity::check,
    missing_on_crm::check,
    unknown_part::check,
    sources::check,
    one_requirement::check,
    fixed_and_required::check,
    given_twice::check,
    optional_source::check,
    cardinality::check,
    cycle::check,
    deferred::needless,
    read_only_part::check,
    replace::check,
    root::check,
    sort_limit::limit,
    unused_part::check,
];

/// Rules that look at a pattern on one CRM that defines its entities.
pub(super) const ON_CRM: &[fn(&OnCrm<'_, '_>, &mut Vec<Problem>)] = &[
    unknown_field::check,
    types::check,
    read_only_written::check,
    value::check,
    deferred::required,
    match_fields::check,
    sort_limit::sort,
    condition::check,
    embedded::check,
    column_clash::check,
];

/// The codes of these rules.
pub(super) const CODES: &[&CodeInfo] = &[
    &duplicate_pattern::INFO,
    &empty::INFO,
    &duplicate_part::INFO,
    &unknown_entity::INFO,
    &missing_on_crm::NOWHERE,
    &missing_on_crm::PARTLY,
    &unknown_part::INFO,
    &unknown_field::INFO,
    &types::INFO,
    &read_only_written::INFO,
    &one_requirement::INFO,
    &fixed_and_required::INFO,
    &given_twice::INFO,
    &value::INFO,
    &optional_source::INFO,
    &cardinality::INFO,
    &cycle::INFO,
    &deferred::REQUIRED,
    &deferred::NEEDLESS,
    &sources::INFO,
    &read_only_part::INFO,
    &match_fields::INFO,
    &replace::INFO,
    &root::INFO,
    &sort_limit::LIMIT,
    &sort_limit::SORT,
    &condition::INFO,
    &embedded::INFO,
    &column_clash::INFO,
    &escalation::INFO,
    &unused_part::INFO,
];
