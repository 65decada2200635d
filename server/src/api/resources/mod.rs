//! What each operation does: a file for each resource, which says how it is on the wire and what is asked of bookings.

mod customer_types;
mod directory;
mod groups;
mod labels;
mod locations;
mod meetings;
mod options;
mod portals;
mod schedules;
mod settings;
pub(crate) mod slots;
mod topics;

use engage_bookme::model::Label;
use engage_bookme::model::{CompetenceGroup, CustomerType, Location, Portal, Schedule, ServiceGroup, Settings, Topic};

use super::door::Door;
use super::routes::{Does, Serves};
use super::table::Version;
use super::{Api, described, wire};
use crate::openapi::Served;

/// A function as what does an operation.
macro_rules! by {
    ($($what:tt)+) => {
        $crate::api::routes::Does::Call(|state, call| Box::pin($($what)+(state, call)))
    };
}

pub(crate) use by;

impl Serves for Api {
    fn door(&self) -> &Door {
        &self.door
    }

    fn handler(id: &str) -> Option<Does<Self>> {
        handler(id)
    }

    fn described(version: Version) -> &'static Served {
        described::served(version)
    }
}

/// What does the operation of that name; nothing of those that are served elsewhere.
fn handler(id: &str) -> Option<Does<Api>> {
    let handler: Does<Api> = match id {
        "Meetings_list" => by!(meetings::list),
        "Meetings_create" => by!(meetings::create),
        "Meetings_get" => by!(meetings::get),
        "Meetings_patch" | "Meetings_replace" => by!(meetings::patch),
        "Meetings_delete" => by!(meetings::delete),
        "Meetings_generateICal" => by!(meetings::ical),
        "TimeSlots_all" => by!(slots::list),
        "TimeSlots_create" => by!(slots::create),
        "TimeSlots_list" => by!(slots::available),
        "TimeSlots_reserve" => by!(slots::reserve),
        "TimeSlots_get" => by!(slots::get),
        "TimeSlots_patch" => by!(slots::patch),
        "Rooms_vacancies" => by!(directory::vacancies),
        "Topics_list" => by!(topics::list),
        "Topics_create" => by!(wire::create::<Topic>),
        "Topics_get" => by!(wire::get::<Topic>),
        "Topics_patch" => by!(wire::patch::<Topic>),
        "CustomerTypes_list" => by!(wire::list::<CustomerType>),
        "CustomerTypes_create" => by!(wire::create::<CustomerType>),
        "CustomerTypes_get" => by!(wire::get::<CustomerType>),
        "CustomerTypes_update" => by!(customer_types::replace),
        "CustomerTypes_patch" => by!(wire::patch::<CustomerType>),
        "CustomerTypes_delete" => by!(wire::delete::<CustomerType>),
        "Employees_all" => by!(directory::employees),
        "Employees_get" => by!(directory::employee),
        "Rooms_all" => by!(directory::rooms),
        "Rooms_get" => by!(directory::room),
        "Labels_list" => by!(labels::list),
        "Labels_create" => by!(labels::create),
        "Labels_search" => by!(labels::search),
        "Labels_suggest" => by!(labels::suggest),
        "Labels_get" => by!(labels::get),
        "Labels_update" => by!(labels::replace),
        "Labels_merge" => by!(labels::merge),
        "Labels_delete" => by!(wire::delete::<Label>),
        "CompetenceGroups_list" => by!(wire::list::<CompetenceGroup>),
        "CompetenceGroups_create" => by!(wire::create::<CompetenceGroup>),
        "CompetenceGroups_get" => by!(wire::get::<CompetenceGroup>),
        "CompetenceGroups_patch" => by!(wire::patch::<CompetenceGroup>),
        "CompetenceGroups_delete" => by!(wire::delete::<CompetenceGroup>),
        "CompetenceGroups_listForEmployee" => by!(groups::of_employee::<CompetenceGroup>),
        "CompetenceGroups_addEmployee" => by!(groups::add::<CompetenceGroup>),
        "CompetenceGroups_removeEmployee" => by!(groups::remove::<CompetenceGroup>),
        "ServiceGroups_list" => by!(wire::list::<ServiceGroup>),
        "ServiceGroups_create" => by!(wire::create::<ServiceGroup>),
        "ServiceGroups_get" => by!(wire::get::<ServiceGroup>),
        "ServiceGroups_patch" => by!(wire::patch::<ServiceGroup>),
        "ServiceGroups_delete" => by!(wire::delete::<ServiceGroup>),
        "ServiceGroups_advisors" => by!(groups::advisors),
        "ServiceGroups_patchTrigger" => by!(groups::patch_trigger),
        "ServiceGroups_patchLevel" => by!(groups::patch_level),
        "ServiceGroups_listForEmployee" => by!(groups::of_employee::<ServiceGroup>),
        "ServiceGroups_addEmployee" => by!(groups::add::<ServiceGroup>),
        "ServiceGroups_removeEmployee" => by!(groups::remove::<ServiceGroup>),
        "Portals_list" => by!(portals::list),
        "Portals_create" => by!(wire::create::<Portal>),
        "Portals_get" => by!(portals::get),
        "Portals_patch" => by!(wire::patch::<Portal>),
        "Portals_delete" => by!(wire::delete::<Portal>),
        "EmployeeSchedules_list" => by!(wire::list::<Schedule>),
        "EmployeeSchedules_create" => by!(wire::create::<Schedule>),
        "EmployeeSchedules_get" => by!(wire::get::<Schedule>),
        "EmployeeSchedules_getActual" => by!(schedules::actual),
        "EmployeeSchedules_patch" => by!(wire::patch::<Schedule>),
        "EmployeeSchedules_delete" => by!(wire::delete::<Schedule>),
        "OrganizationSettings_get" => by!(settings::get),
        "OrganizationSettings_patch" => by!(wire::patch::<Settings>),
        "OrganizationSettings_delete" => by!(wire::delete::<Settings>),
        "OrganizationSettings_addClosingDays" => by!(settings::add_closing_days),
        "OrganizationSettings_removeClosingDays" => by!(settings::remove_closing_days),
        "Locations_list" => by!(locations::list),
        "Locations_create" => by!(wire::create::<Location>),
        "Locations_get" => by!(wire::get::<Location>),
        "Locations_patch" => by!(wire::patch::<Location>),
        "Locations_delete" => by!(wire::delete::<Location>),
        "Timezones_list" => by!(options::zones),
        "AllowedOptions_get" => by!(options::allowed),
        _ => return None,
    };
    Some(handler)
}
