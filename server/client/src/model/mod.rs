//! What the Public API sends and takes, as types: those of version 3. What a server shows has every member, as `None` where there is
//! nothing; what is sent leaves out what is `None`.

mod directory;
mod groups;
mod labels;
mod meetings;
#[macro_use]
mod names;
mod patch;
mod portals;
mod present;
mod refused;
mod scalars;
mod schedules;
mod settings;
mod slots;
mod topics;

pub use directory::{Employee, EmployeesQuery, Room, RoomsQuery, VacanciesQuery};
pub use groups::{
    Advisors, CompetenceGroup, CompetenceGroupsQuery, CreateCompetenceGroup, CreateServiceGroup,
    EmployeeCompetenceGroup, EmployeeServiceGroup, Named, ServiceGroup, ServiceGroupsQuery, ServiceLevel,
    ServiceTrigger,
};
pub use labels::{
    CreateLabel, LabelPage, LabelRegistration, LabelSearchQuery, LabelSearchResult, LabelSuggestQuery, LabelSuggestion,
    LabelsQuery, UpdateLabel,
};
pub use meetings::{
    Attendee, CancelQuery, CreateMeeting, CustomField, ICalTexts, LanguageQuery, Meeting, MeetingsQuery,
};
#[cfg(feature = "schema")]
pub use names::insensitive;
pub use names::{
    ActiveFilter, AdvisorChoice, AuthenticationType, BookedBy, CrmCreationStrategy, DayOfWeek, EmployeeType, FieldType,
    MeetingType, TimeSlotStatus, UnknownName,
};
pub use patch::{Op, Patch, PatchOperation};
pub use portals::{CreatePortal, Field, FieldInput, Portal, PortalQuery, PortalsQuery, Validation};
pub use present::{
    ContentResponse, File, LabelsBody, SelectedSlide, Slide, SlideConfiguration, SlideDeck, SlideDeckLocation,
    SlideFile, SlideImage, SlideImagesResponse, SlideTemplate, SlideTemplateDetails, Tag, TemplateContent,
    TemplateFile, TemplateSection, TemplatesQuery, ValidationContent, ValidationFile, ValidationResult,
};
pub use refused::{Details, Reason, Refused};
pub use scalars::{DayTime, Instant, Localized, Malformed, TimeSpan};
pub use schedules::{AvailableMeetingType, CreateEmployeeSchedule, EmployeeSchedule, Workday, WorkdayInput};
pub use settings::{
    AllowedOptions, AllowedOptionsQuery, ClosingDaysQuery, CreateLocation, EmployeeLabel, Location, LocationsQuery,
    MeetingTypeLabel, OrganizationSettings, Timezone,
};
pub use slots::{
    AvailableQuery, AvailableTimeslot, CreateTimeSlot, Reservation, SlotPatchQuery, TimeSlot, TimeSlotsQuery,
};
pub use topics::{CreateCustomerType, CreateTopic, CustomerType, Topic, TopicsQuery, UpdateCustomerType};
