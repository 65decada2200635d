//! The rules of playbooks and of what they name.

/// A file with a contact, a pattern of it, and more.
macro_rules! with_people {
    ($($text:literal),* $(,)?) => {
        concat!(
            "entity contact \"Contact\" on crm-a contact {\n  Name  -> name required\n  Email -> email\n}\n",
            "pattern people \"People\" {\n  contact : contact\n}\n",
            $($text),*
        )
    };
}

mod absent;
mod acting;
mod allow;
mod capability;
mod condition;
mod cycle;
mod declared;
mod destination;
mod duplicate_block;
mod duplicate_id;
mod elements;
mod figures;
mod fit;
mod fork;
mod forward;
pub(super) mod limits;
mod list_mapping;
mod mapper;
mod needless;
mod no_input;
mod output_name;
mod path;
mod pattern;
mod reads;
mod required;
mod resource;
mod schema;
mod sensitive;
mod settings;
mod template;
mod timetable;
mod transformation;
mod trigger;
mod twice;
mod unknown_block;
mod unused;
mod when;
mod writer;

use engage_engine::problem::{CodeInfo, Problem};

use super::flow::Flow;
use super::known::Known;
use super::shape::Shape;

pub(super) use mapper::unserved;

/// Rules that look at a library whole, or at what is no playbook.
pub(super) const ACROSS: &[fn(&Known<'_>, &mut Vec<Problem>)] =
    &[duplicate_id::check, template::check, capability::check, schema::capabilities, mapper::check];

/// Rules that look at a playbook, whatever the CRM.
pub(super) const SHAPE: &[fn(&Shape<'_>, &Known<'_>, &mut Vec<Problem>)] = &[
    trigger::check,
    duplicate_block::check,
    unknown_block::check,
    forward::check,
    cycle::check,
    pattern::check,
    resource::check,
    settings::check,
    timetable::check,
    schema::body,
    declared::check,
    figures::check,
    fork::check,
    acting::misplaced,
    allow::misplaced,
    no_input::check,
    twice::check,
    elements::check,
    list_mapping::check,
    output_name::check,
    unused::check,
    when::depth,
    writer::check,
];

/// Rules that look at a playbook with the types of one CRM.
pub(super) const FLOW: &[fn(&Flow<'_, '_>, &mut Vec<Problem>)] = &[
    path::check,
    transformation::check,
    needless::check,
    destination::check,
    absent::check,
    fit::check,
    required::check,
    condition::check,
    when::check,
    acting::check,
    sensitive::check,
    allow::needless,
];

const CODES: &[&CodeInfo] = &[
    &duplicate_id::INFO,
    &trigger::INFO,
    &duplicate_block::INFO,
    &unknown_block::INFO,
    &forward::INFO,
    &cycle::INFO,
    &pattern::UNKNOWN,
    &pattern::PART,
    &pattern::NOWHERE,
    &pattern::PARTLY,
    &resource::TEMPLATE,
    &resource::CAPABILITY,
    &resource::VERSION,
    &path::INFO,
    &destination::INFO,
    &fit::INFO,
    &absent::INFO,
    &transformation::INFO,
    &required::INFO,
    &twice::INFO,
    &list_mapping::INFO,
    &elements::INFO,
    &acting::MISSING,
    &acting::NEEDLESS,
    &acting::MISPLACED,
    &sensitive::INFO,
    &allow::MISPLACED,
    &allow::NEEDLESS,
    &condition::INFO,
    &when::INFO,
    &timetable::INFO,
    &settings::INFO,
    &schema::INFO,
    &declared::INFO,
    &limits::INFO,
    &figures::INFO,
    &unused::INFO,
    &output_name::INFO,
    &no_input::INFO,
    &needless::INFO,
    &mapper::INFO,
    &template::INFO,
    &capability::INFO,
    &fork::INFO,
    &fork::UPDATE,
    &writer::INFO,
];

/// Every code of this checker, by code.
///
/// ```
/// assert!(engage_playbooks::check::codes().iter().any(|info| info.code.0 == "E0607"));
/// ```
pub fn codes() -> Vec<CodeInfo> {
    let mut codes: Vec<CodeInfo> = CODES.iter().map(|info| **info).collect();
    codes.sort_by_key(|info| info.code);
    codes
}
