//! What each operation does: a file for each resource, with the types that its requests and answers have on the wire.

mod alerts;
mod audit;
mod clients;
mod connections;
mod credentials;
mod erasures;
mod explanation;
mod holds;
mod labels;
mod me;
mod meeting_configurations;
mod portals;
mod priority;
mod rooms;
mod runs;
mod scim_secrets;
mod settings;
mod skills;
mod tenants;
mod windows;
mod workspace;

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
        scim_secrets::described(),
        tenants::described(),
        clients::described(),
        credentials::described(),
        alerts::described(),
        audit::described(),
        workspace::described(),
        runs::described(),
        connections::described(),
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
        "ScimSecrets_list" => by!(scim_secrets::list),
        "ScimSecrets_create" => by!(scim_secrets::create),
        "ScimSecrets_get" => by!(scim_secrets::get),
        "ScimSecrets_revoke" => by!(scim_secrets::revoke),
        "Alerts_list" => by!(alerts::list),
        "Alerts_get" => by!(alerts::get),
        "Alerts_acknowledge" => by!(alerts::acknowledge),
        "Audit_list" => by!(audit::list),
        "Credentials_list" => by!(credentials::list),
        "Tenants_list" => by!(tenants::list),
        "Tenants_create" => by!(tenants::create),
        "Tenants_get" => by!(tenants::get),
        "Tenants_limit" => by!(tenants::limit),
        "Tenants_enable" => by!(tenants::enable),
        "Tenants_disable" => by!(tenants::disable),
        "Tenants_delete" => by!(tenants::remove),
        "Clients_list" => by!(clients::list),
        "Clients_create" => by!(clients::create),
        "Clients_get" => by!(clients::get),
        "Clients_enable" => by!(clients::enable),
        "Clients_disable" => by!(clients::disable),
        "ClientSecrets_create" => by!(clients::add_secret),
        "ClientSecrets_delete" => by!(clients::remove_secret),
        "Workspace_get" => by!(workspace::overview),
        "WorkspaceProblems_list" => by!(workspace::problems),
        "Workspace_check" => by!(workspace::check),
        "Packages_list" => by!(workspace::packages),
        "Targets_list" => by!(workspace::targets),
        "Definitions_list" => by!(workspace::definitions),
        "Definitions_get" => by!(workspace::definition),
        "Patterns_list" => by!(workspace::patterns),
        "Patterns_get" => by!(workspace::pattern),
        "Patterns_plan" => by!(workspace::plan_pattern),
        "Playbooks_list" => by!(workspace::playbooks),
        "Playbooks_get" => by!(workspace::playbook),
        "Playbooks_plan" => by!(workspace::plan_playbook),
        "WorkspaceTemplates_list" => by!(workspace::templates),
        "WorkspaceTemplates_get" => by!(workspace::template),
        "Capabilities_list" => by!(workspace::capabilities),
        "Capabilities_get" => by!(workspace::capability),
        "Mappers_list" => by!(workspace::mappers),
        "Mappers_get" => by!(workspace::mapper),
        "Runs_list" => by!(runs::list),
        "Runs_get" => by!(runs::get),
        "Runs_values" => by!(runs::values),
        "Runs_retry" => by!(runs::retry),
        "Runs_cancel" => by!(runs::cancel),
        "Connections_list" => by!(connections::list),
        "Connections_test" => by!(connections::test),
        "Connections_verify" => by!(connections::verify),
        _ => return None,
    };
    Some(handler)
}
