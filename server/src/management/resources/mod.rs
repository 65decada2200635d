//! What each operation does: a file for each resource, with the types that its requests and answers have on the wire.

mod erasures;
mod explanation;
mod holds;
mod labels;
mod me;
mod meeting_configurations;
mod portals;
mod priority;
mod rooms;
mod settings;
mod skills;
mod windows;

use engage_bookme::model::MeetingConfiguration;

use super::{Management, part};
use crate::api::resources::by;
use crate::api::routes::Does;
use crate::api::wire;
use crate::openapi::Described;
use labels::{EmployeeLabels, RoomLabels};
use meeting_configurations::Row;
use portals::CrmStrategy;
use priority::PriorityLevels;
use rooms::RoomBookability;
use settings::{BookingSettings, Locales};
use skills::EmployeeSkills;
use windows::DynamicAvailability;

/// What all operations say of themselves.
pub(super) fn described() -> Vec<Described> {
    let groups = [
        me::described(),
        labels::described(),
        skills::described(),
        rooms::described(),
        meeting_configurations::described(),
        priority::described(),
        settings::described(),
        portals::described(),
        windows::described(),
        explanation::described(),
        holds::described(),
        erasures::described(),
    ];
    groups.into_iter().flatten().collect()
}

/// What does the operation of that name.
pub(super) fn handler(id: &str) -> Option<Does<Management>> {
    let handler: Does<Management> = match id {
        "Me_customers" => Does::Choose(|management, choices| Box::pin(me::customers(management, choices))),
        "EmployeeLabels_get" => by!(part::get::<EmployeeLabels>),
        "EmployeeLabels_replace" => by!(part::replace::<EmployeeLabels>),
        "EmployeeLabels_patch" => by!(part::patch::<EmployeeLabels>),
        "EmployeeSkills_get" => by!(part::get::<EmployeeSkills>),
        "EmployeeSkills_replace" => by!(part::replace::<EmployeeSkills>),
        "EmployeeSkills_patch" => by!(part::patch::<EmployeeSkills>),
        "EmployeeSchedules_problems" => by!(skills::problems),
        "RoomLabels_get" => by!(part::get::<RoomLabels>),
        "RoomLabels_replace" => by!(part::replace::<RoomLabels>),
        "RoomLabels_patch" => by!(part::patch::<RoomLabels>),
        "RoomBookability_get" => by!(part::get::<RoomBookability>),
        "RoomBookability_replace" => by!(part::replace::<RoomBookability>),
        "MeetingConfigurations_list" => by!(part::list::<Row>),
        "MeetingConfigurations_create" => by!(part::create::<Row>),
        "MeetingConfigurations_effective" => by!(meeting_configurations::effective),
        "MeetingConfigurations_get" => by!(part::get::<Row>),
        "MeetingConfigurations_replace" => by!(part::replace::<Row>),
        "MeetingConfigurations_patch" => by!(part::patch::<Row>),
        "MeetingConfigurations_delete" => by!(wire::delete::<MeetingConfiguration>),
        "PriorityLevels_get" => by!(part::get::<PriorityLevels>),
        "PriorityLevels_replace" => by!(part::replace::<PriorityLevels>),
        "PriorityLevels_patch" => by!(part::patch::<PriorityLevels>),
        "Locales_get" => by!(part::get::<Locales>),
        "Locales_replace" => by!(part::replace::<Locales>),
        "BookingSettings_get" => by!(part::get::<BookingSettings>),
        "BookingSettings_patch" => by!(part::patch::<BookingSettings>),
        "PortalStrategies_get" => by!(part::get::<CrmStrategy>),
        "PortalStrategies_replace" => by!(part::replace::<CrmStrategy>),
        "DynamicAvailability_get" => by!(part::get::<DynamicAvailability>),
        "DynamicAvailability_replace" => by!(part::replace::<DynamicAvailability>),
        "AvailabilityWindows_list" => by!(windows::list),
        "AvailabilityWindows_create" => by!(windows::create),
        "AvailabilityWindows_delete" => by!(windows::close),
        "Availability_explain" => by!(explanation::explain),
        "Holds_list" => by!(holds::list),
        "Holds_release" => by!(holds::release),
        "Erasures_create" => by!(erasures::create),
        _ => return None,
    };
    Some(handler)
}
