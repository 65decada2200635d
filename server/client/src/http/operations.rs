//! The operations, as a table: what each is called, where it is, what it takes and gives.

use reqwest::Method;
use uuid::Uuid;

use super::call::{Call, asked, filled, written};
use super::form::form;
use super::{Client, Error};
use crate::model::{
    Advisors, AllowedOptions, AllowedOptionsQuery, AvailableQuery, AvailableTimeslot, CancelQuery, ClosingDaysQuery,
    CompetenceGroup, CompetenceGroupsQuery, ContentResponse, CreateCompetenceGroup, CreateCustomerType,
    CreateEmployeeSchedule, CreateLabel, CreateLocation, CreateMeeting, CreatePortal, CreateServiceGroup,
    CreateTimeSlot, CreateTopic, CustomerType, Employee, EmployeeCompetenceGroup, EmployeeSchedule,
    EmployeeServiceGroup, EmployeesQuery, File, ICalTexts, LabelPage, LabelRegistration, LabelSearchQuery,
    LabelSearchResult, LabelSuggestQuery, LabelSuggestion, LabelsBody, LabelsQuery, LanguageQuery, Location,
    LocationsQuery, Meeting, MeetingsQuery, OrganizationSettings, Patch, Portal, PortalQuery, PortalsQuery,
    Reservation, Room, RoomsQuery, ServiceGroup, ServiceGroupsQuery, SlideDeck, SlideDeckLocation, SlideFile,
    SlideImagesResponse, SlideTemplate, SlideTemplateDetails, SlotPatchQuery, TemplateContent, TemplateFile,
    TemplatesQuery, TimeSlot, TimeSlotsQuery, Timezone, Topic, TopicsQuery, UpdateCustomerType, UpdateLabel,
    VacanciesQuery, ValidationContent, ValidationFile, ValidationResult,
};

/// A method for each row: `"Operation" name: METHOD "path" [names of the path] ?(query) {body} -> answer`.
macro_rules! operations {
    (@sent) => {
        None
    };
    (@sent $body:ident $kind:ty) => {
        Some(written($body)?)
    };
    (@path $path:expr) => {
        $path
    };
    (@path $path:expr, $query:ident $kind:ty) => {
        $path + &asked($query)?
    };
    ($(
        $(#[$doc:meta])*
        $id:literal $name:ident: $method:ident $path:literal [$($named:ident: $kind:ty),*] $(?($query:ty))? $({$body:ty})?
            -> $answer:ty;
    )+) => {
        /// What has a method of [`Client`]: name of the operation, method, path below the version. What takes or gives files, or
        /// calendars, has methods beside.
        pub const OPERATIONS: &[(&str, &str, &str)] = &[
            ("Meetings_generateICal", "POST", "/bookme/meetings/{id}/ical"),
            ("OpenApi_get", "GET", "/openapi.yaml"),
            ("Slides_create", "POST", "/present/slides"),
            $(($id, stringify!($method), $path)),+
        ];

        /// The operations, each by its name.
        impl Client {
            $(
                $(#[$doc])*
                ///
                /// # Errors
                /// [`Error`], by what can be done next.
                pub async fn $name(
                    &self
                    $(, $named: $kind)*
                    $(, query: &$query)?
                    $(, body: &$body)?
                ) -> Result<$answer, Error> {
                    let named: &[String] = &[$($named.to_string()),*];
                    let path = operations!(@path filled($path, named) $(, query $query)?);
                    let body = operations!(@sent $(body $body)?);
                    self.json(Call { method: Method::$method, path, body, accept: "application/json" }).await
                }
            )+
        }
    };
}

operations! {
    /// Lists meetings.
    "Meetings_list" meetings_list: GET "/bookme/meetings" [] ?(MeetingsQuery) -> Vec<Meeting>;
    /// Books a meeting.
    "Meetings_create" meetings_create: POST "/bookme/meetings" [] {CreateMeeting} -> Meeting;
    /// Reads a meeting.
    "Meetings_get" meetings_get: GET "/bookme/meetings/{id}" [id: Uuid] -> Meeting;
    /// Changes or moves a meeting.
    "Meetings_patch" meetings_patch: PATCH "/bookme/meetings/{id}" [id: Uuid] {Patch} -> Meeting;
    /// Cancels a meeting.
    "Meetings_delete" meetings_delete: DELETE "/bookme/meetings/{id}" [id: Uuid] ?(CancelQuery) -> ();
    /// Lists slots of calendars.
    "TimeSlots_all" time_slots_all: GET "/bookme/time-slots" [] ?(TimeSlotsQuery) -> Vec<TimeSlot>;
    /// Puts a slot into a calendar.
    "TimeSlots_create" time_slots_create: POST "/bookme/time-slots" [] {CreateTimeSlot} -> TimeSlot;
    /// Looks for times.
    "TimeSlots_list" time_slots_list: GET "/bookme/time-slots/available" [] ?(AvailableQuery) -> Vec<AvailableTimeslot>;
    /// Holds a time for five minutes.
    "TimeSlots_reserve" time_slots_reserve: POST "/bookme/time-slots/reserve" [] {Reservation} -> TimeSlot;
    /// Reads a slot.
    "TimeSlots_get" time_slots_get: GET "/bookme/time-slots/{id}" [id: Uuid] -> TimeSlot;
    /// Changes a slot.
    "TimeSlots_patch" time_slots_patch: PATCH "/bookme/time-slots/{id}" [id: Uuid] ?(SlotPatchQuery) {Patch} -> TimeSlot;
    /// Lists rooms that are free during a slot.
    "Rooms_vacancies" rooms_vacancies: GET "/bookme/room-vacancies" [] ?(VacanciesQuery) -> Vec<Room>;
    /// Lists topics.
    "Topics_list" topics_list: GET "/bookme/meeting-topics" [] ?(TopicsQuery) -> Vec<Topic>;
    /// Makes a topic.
    "Topics_create" topics_create: POST "/bookme/meeting-topics" [] ?(LanguageQuery) {CreateTopic} -> Topic;
    /// Reads a topic.
    "Topics_get" topics_get: GET "/bookme/meeting-topics/{id}" [id: Uuid] ?(LanguageQuery) -> Topic;
    /// Changes a topic.
    "Topics_patch" topics_patch: PATCH "/bookme/meeting-topics/{id}" [id: Uuid] ?(LanguageQuery) {Patch} -> Topic;
    /// Lists customer types.
    "CustomerTypes_list" customer_types_list: GET "/config/customer-types" [] -> Vec<CustomerType>;
    /// Makes a customer type.
    "CustomerTypes_create" customer_types_create: POST "/config/customer-types" [] {CreateCustomerType} -> CustomerType;
    /// Reads a customer type.
    "CustomerTypes_get" customer_types_get: GET "/config/customer-types/{id}" [id: Uuid] -> CustomerType;
    /// Renames a customer type.
    "CustomerTypes_update" customer_types_update: PUT "/config/customer-types/{id}" [id: Uuid] {UpdateCustomerType} -> CustomerType;
    /// Removes a customer type.
    "CustomerTypes_delete" customer_types_delete: DELETE "/config/customer-types/{id}" [id: Uuid] -> ();
    /// Lists employees.
    "Employees_all" employees_all: GET "/config/employees" [] ?(EmployeesQuery) -> Vec<Employee>;
    /// Reads an employee.
    "Employees_get" employees_get: GET "/config/employees/{id}" [id: Uuid] -> Employee;
    /// Lists rooms.
    "Rooms_all" rooms_all: GET "/config/rooms" [] ?(RoomsQuery) -> Vec<Room>;
    /// Reads a room.
    "Rooms_get" rooms_get: GET "/config/rooms/{id}" [id: Uuid] -> Room;
    /// Lists labels, page by page.
    "Labels_list" labels_list: GET "/labels" [] ?(LabelsQuery) -> LabelPage;
    /// Registers a label.
    "Labels_create" labels_create: POST "/labels" [] {CreateLabel} -> LabelRegistration;
    /// Finds labels by what they are like.
    "Labels_search" labels_search: GET "/labels/search" [] ?(LabelSearchQuery) -> Vec<LabelSearchResult>;
    /// Finds labels by how they begin.
    "Labels_suggest" labels_suggest: GET "/labels/suggest" [] ?(LabelSuggestQuery) -> Vec<LabelSuggestion>;
    /// Reads a label.
    "Labels_get" labels_get: GET "/labels/{id}" [id: Uuid] -> LabelRegistration;
    /// Sets colour and description of a label.
    "Labels_update" labels_update: PUT "/labels/{id}" [id: Uuid] {UpdateLabel} -> LabelRegistration;
    /// Removes a label.
    "Labels_delete" labels_delete: DELETE "/labels/{id}" [id: Uuid] -> ();
    /// Lists competence groups.
    "CompetenceGroups_list" competence_groups_list: GET "/config/competence-groups" [] ?(CompetenceGroupsQuery) -> Vec<CompetenceGroup>;
    /// Makes a competence group.
    "CompetenceGroups_create" competence_groups_create: POST "/config/competence-groups" [] {CreateCompetenceGroup} -> CompetenceGroup;
    /// Reads a competence group.
    "CompetenceGroups_get" competence_groups_get: GET "/config/competence-groups/{id}" [id: Uuid] -> CompetenceGroup;
    /// Changes a competence group.
    "CompetenceGroups_patch" competence_groups_patch: PATCH "/config/competence-groups/{id}" [id: Uuid] {Patch} -> CompetenceGroup;
    /// Removes a competence group.
    "CompetenceGroups_delete" competence_groups_delete: DELETE "/config/competence-groups/{id}" [id: Uuid] -> ();
    /// Lists the competence groups of an employee.
    "CompetenceGroups_listForEmployee" competence_groups_list_for_employee: GET "/config/competence-groups/employee/{employeeId}" [employee_id: Uuid] -> Vec<EmployeeCompetenceGroup>;
    /// Puts an employee into competence groups.
    "CompetenceGroups_addEmployee" competence_groups_add_employee: PATCH "/config/competence-groups/employee/{employeeId}/add" [employee_id: Uuid] {[Uuid]} -> Vec<EmployeeCompetenceGroup>;
    /// Takes an employee out of competence groups.
    "CompetenceGroups_removeEmployee" competence_groups_remove_employee: PATCH "/config/competence-groups/employee/{employeeId}/remove" [employee_id: Uuid] {[Uuid]} -> Vec<EmployeeCompetenceGroup>;
    /// Lists service groups.
    "ServiceGroups_list" service_groups_list: GET "/config/service-groups" [] ?(ServiceGroupsQuery) -> Vec<ServiceGroup>;
    /// Makes a service group.
    "ServiceGroups_create" service_groups_create: POST "/config/service-groups" [] {CreateServiceGroup} -> ServiceGroup;
    /// Reads a service group.
    "ServiceGroups_get" service_groups_get: GET "/config/service-groups/{id}" [id: Uuid] -> ServiceGroup;
    /// Changes a service group.
    "ServiceGroups_patch" service_groups_patch: PATCH "/config/service-groups/{id}" [id: Uuid] {Patch} -> ServiceGroup;
    /// Removes a service group.
    "ServiceGroups_delete" service_groups_delete: DELETE "/config/service-groups/{id}" [id: Uuid] -> ();
    /// Lists the service groups of an employee.
    "ServiceGroups_listForEmployee" service_groups_list_for_employee: GET "/config/service-groups/employee/{employeeId}" [employee_id: Uuid] -> Vec<EmployeeServiceGroup>;
    /// Puts an employee into service groups.
    "ServiceGroups_addEmployee" service_groups_add_employee: PATCH "/config/service-groups/employee/{employeeId}/add" [employee_id: Uuid] {[Uuid]} -> Vec<EmployeeServiceGroup>;
    /// Takes an employee out of service groups.
    "ServiceGroups_removeEmployee" service_groups_remove_employee: PATCH "/config/service-groups/employee/{employeeId}/remove" [employee_id: Uuid] {[Uuid]} -> Vec<EmployeeServiceGroup>;
    /// Lists who could take a meeting for a service group.
    "ServiceGroups_advisors" service_groups_advisors: GET "/config/service-groups/{id}/advisors" [id: Uuid] -> Advisors;
    /// Changes when a service group stands in.
    "ServiceGroups_patchTrigger" service_groups_patch_trigger: PATCH "/config/service-groups/{id}/service-trigger" [id: Uuid] {Patch} -> ServiceGroup;
    /// Changes what a service group offers.
    "ServiceGroups_patchLevel" service_groups_patch_level: PATCH "/config/service-groups/{id}/service-level" [id: Uuid] {Patch} -> ServiceGroup;
    /// Lists portals.
    "Portals_list" portals_list: GET "/config/portals" [] ?(PortalsQuery) -> Vec<Portal>;
    /// Makes a portal.
    "Portals_create" portals_create: POST "/config/portals" [] {CreatePortal} -> Portal;
    /// Reads a portal.
    "Portals_get" portals_get: GET "/config/portals/{id}" [id: Uuid] ?(PortalQuery) -> Portal;
    /// Changes a portal.
    "Portals_patch" portals_patch: PATCH "/config/portals/{id}" [id: Uuid] {Patch} -> Portal;
    /// Removes a portal.
    "Portals_delete" portals_delete: DELETE "/config/portals/{id}" [id: Uuid] -> ();
    /// Lists schedules.
    "EmployeeSchedules_list" employee_schedules_list: GET "/bookme/config/employee-schedules" [] -> Vec<EmployeeSchedule>;
    /// Makes a schedule.
    "EmployeeSchedules_create" employee_schedules_create: POST "/bookme/config/employee-schedules" [] {CreateEmployeeSchedule} -> EmployeeSchedule;
    /// Reads a schedule.
    "EmployeeSchedules_get" employee_schedules_get: GET "/bookme/config/employee-schedules/{id}" [id: Uuid] -> EmployeeSchedule;
    /// Reads a schedule with the locations that count.
    "EmployeeSchedules_getActual" employee_schedules_get_actual: GET "/bookme/config/employee-schedules/{id}/actual" [id: Uuid] -> EmployeeSchedule;
    /// Changes a schedule.
    "EmployeeSchedules_patch" employee_schedules_patch: PATCH "/bookme/config/employee-schedules/{id}" [id: Uuid] {Patch} -> EmployeeSchedule;
    /// Puts a schedule back to its defaults.
    "EmployeeSchedules_delete" employee_schedules_delete: DELETE "/bookme/config/employee-schedules/{id}" [id: Uuid] -> ();
    /// Reads the settings.
    "OrganizationSettings_get" organization_settings_get: GET "/bookme/config/organization-settings" [] ?(LanguageQuery) -> OrganizationSettings;
    /// Changes the settings.
    "OrganizationSettings_patch" organization_settings_patch: PATCH "/bookme/config/organization-settings/{id}" [id: Uuid] ?(LanguageQuery) {Patch} -> OrganizationSettings;
    /// Puts the settings back to their defaults.
    "OrganizationSettings_delete" organization_settings_delete: DELETE "/bookme/config/organization-settings/{id}" [id: Uuid] -> ();
    /// Adds days on which nobody is met.
    "OrganizationSettings_addClosingDays" organization_settings_add_closing_days: POST "/bookme/config/organization-settings/{id}/closing-days" [id: Uuid] ?(ClosingDaysQuery) -> OrganizationSettings;
    /// Takes away days on which nobody is met.
    "OrganizationSettings_removeClosingDays" organization_settings_remove_closing_days: DELETE "/bookme/config/organization-settings/{id}/closing-days" [id: Uuid] ?(ClosingDaysQuery) -> ();
    /// Lists locations.
    "Locations_list" locations_list: GET "/bookme/config/locations" [] ?(LocationsQuery) -> Vec<Location>;
    /// Makes a location.
    "Locations_create" locations_create: POST "/bookme/config/locations" [] {CreateLocation} -> Location;
    /// Reads a location.
    "Locations_get" locations_get: GET "/bookme/config/locations/{id}" [id: Uuid] -> Location;
    /// Changes a location.
    "Locations_patch" locations_patch: PATCH "/bookme/config/locations/{id}" [id: Uuid] {Patch} -> Location;
    /// Removes a location.
    "Locations_delete" locations_delete: DELETE "/bookme/config/locations/{id}" [id: Uuid] -> ();
    /// Lists time zones.
    "Timezones_list" timezones_list: GET "/bookme/config/timezones" [] -> Vec<Timezone>;
    /// Reads what may be chosen.
    "AllowedOptions_get" allowed_options_get: GET "/bookme/config/allowed-options" [] ?(AllowedOptionsQuery) -> AllowedOptions;
    /// Makes slides and stores them.
    "Slides_generate" slides_generate: POST "/present/slides/generate" [] {SlideDeck} -> ContentResponse;
    /// Makes a PDF of slides that were stored, and stores it.
    "Slides_pdf" slides_pdf: POST "/present/slides/pdf" [] {SlideDeckLocation} -> ContentResponse;
    /// Lists templates.
    "Templates_all" templates_all: GET "/present/templates" [] ?(TemplatesQuery) -> Vec<SlideTemplate>;
    /// Makes a template of a file that was stored.
    "Templates_upload" templates_upload_stored: POST "/present/templates" [] {TemplateContent} -> SlideTemplateDetails;
    /// Looks at a file that was stored.
    "Templates_validate" templates_validate_stored: POST "/present/templates/validation" [] {ValidationContent} -> Vec<ValidationResult>;
    /// Reads a template, by its id or its name.
    "Templates_get" templates_get: GET "/present/templates/{name}" [name: &str] -> SlideTemplateDetails;
    /// Takes a template out of use.
    "Templates_delete" templates_delete: DELETE "/present/templates/{name}" [name: &str] -> ();
    /// Lists pictures of the slides of a template.
    "Templates_getTemplateSlides" templates_get_template_slides: GET "/present/templates/{name}/slides" [name: &str] -> SlideImagesResponse;
    /// Reads where the picture of a slide is.
    "Templates_getTemplateSlide" templates_get_template_slide: GET "/present/templates/{templateName}/slides/{slideName}" [template: &str, slide: &str] -> String;
    /// Sets the labels of a template.
    "Templates_patchLabels" templates_patch_labels: PATCH "/present/templates/{id}/labels" [id: &str] {LabelsBody} -> SlideTemplate;
}

/// The operations that take or give files, or calendars.
impl Client {
    /// Makes a file for calendars of a meeting.
    ///
    /// # Errors
    /// [`Error`], by what can be done next.
    pub async fn meetings_generate_ical(
        &self,
        id: Uuid,
        query: &LanguageQuery,
        texts: &ICalTexts,
    ) -> Result<String, Error> {
        let path = filled("/bookme/meetings/{id}/ical", &[id.to_string()]) + &asked(query)?;
        self.text(Call { method: Method::POST, path, body: Some(written(texts)?), accept: "text/calendar" }).await
    }

    /// Makes slides: the bytes of a file for PowerPoint.
    ///
    /// # Errors
    /// [`Error`], by what can be done next.
    pub async fn slides_create(&self, deck: &SlideDeck) -> Result<Vec<u8>, Error> {
        let (path, body) = ("/present/slides".to_owned(), Some(written(deck)?));
        Ok(self.bytes(Call { method: Method::POST, path, body, accept: "*/*" }).await?.1)
    }

    /// Makes a PDF of slides that are sent.
    ///
    /// # Errors
    /// [`Error`], by what can be done next.
    pub async fn slides_pdf_of_file(&self, slides: &SlideFile) -> Result<File, Error> {
        let texts = [("name", slides.name.as_deref()), ("category", slides.category.as_deref())];
        self.sent_file("/present/slides/pdf", &texts, &slides.file).await
    }

    /// Uploads a template.
    ///
    /// # Errors
    /// [`Error`], by what can be done next.
    pub async fn templates_upload(&self, template: &TemplateFile) -> Result<SlideTemplateDetails, Error> {
        let texts = [("name", Some(template.name.as_str())), ("category", Some(template.category.as_str()))];
        self.sent_file("/present/templates", &texts, &template.file).await
    }

    /// Looks at a template without storing it.
    ///
    /// # Errors
    /// [`Error`], by what can be done next.
    pub async fn templates_validate(&self, template: &ValidationFile) -> Result<Vec<ValidationResult>, Error> {
        self.sent_file("/present/templates/validation", &[], &template.file).await
    }

    /// The description of the API, in YAML.
    ///
    /// # Errors
    /// [`Error`], by what can be done next.
    pub async fn openapi_get(&self) -> Result<String, Error> {
        let path = "/openapi.yaml".to_owned();
        self.text(Call { method: Method::GET, path, body: None, accept: "application/yaml" }).await
    }

    async fn sent_file<T: serde::de::DeserializeOwned>(
        &self,
        path: &str,
        texts: &[(&str, Option<&str>)],
        file: &[u8],
    ) -> Result<T, Error> {
        let body = Some(form(texts, file));
        self.json(Call { method: Method::POST, path: path.to_owned(), body, accept: "application/json" }).await
    }

    async fn text(&self, call: Call) -> Result<String, Error> {
        let (status, bytes) = self.bytes(call).await?;
        let unreadable = |error| Error::Unreadable { status, source: serde::de::Error::custom(error) };
        String::from_utf8(bytes).map_err(unreadable)
    }
}
