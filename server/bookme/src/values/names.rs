//! Names from closed lists: written in one spelling, read in any case.

use std::fmt;
use std::str::FromStr;

use super::{Malformed, as_text};

macro_rules! names {
    ($($(#[$meta:meta])* $name:ident ($wrong:literal) { $($(#[$of:meta])* $variant:ident = $text:literal),+ $(,)? })+) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$of])* $variant),+
        }

        impl $name {
            /// All of them, in their order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// As it is written.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text),+
                }
            }
        }

        impl FromStr for $name {
            type Err = Malformed;

            fn from_str(text: &str) -> Result<Self, Malformed> {
                let found = Self::ALL.iter().find(|name| name.as_str().eq_ignore_ascii_case(text));
                found.copied().ok_or(Malformed($wrong))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        as_text!($name);
    )+};
}

names! {
    /// How people meet. The order is the one of lists.
    MeetingType("a meeting type is one of `Physical`, `Online`, `Telephone`, `Offsite`") {
        /// At a branch.
        Physical = "Physical",
        /// By video.
        Online = "Online",
        /// By telephone.
        Telephone = "Telephone",
        /// At the customer's place.
        Offsite = "Offsite",
    }

    /// Who booked a meeting.
    BookedBy("who booked is one of `Employee`, `Customer`, `PortalPartner`, `PortalCustomer`") {
        /// Staff.
        Employee = "Employee",
        /// The customer.
        Customer = "Customer",
        /// A partner, in a portal.
        PortalPartner = "PortalPartner",
        /// The customer, in a portal.
        PortalCustomer = "PortalCustomer",
    }

    /// A day of the week.
    DayOfWeek("a day of the week is one of `Monday` to `Sunday`") {
        /// Monday.
        Monday = "Monday",
        /// Tuesday.
        Tuesday = "Tuesday",
        /// Wednesday.
        Wednesday = "Wednesday",
        /// Thursday.
        Thursday = "Thursday",
        /// Friday.
        Friday = "Friday",
        /// Saturday.
        Saturday = "Saturday",
        /// Sunday.
        Sunday = "Sunday",
    }

    /// How somebody signs in to a portal.
    AuthenticationType("an authentication type is `AzureAD` or `MitID`") {
        /// With an account of an organisation: a partner.
        AzureAd = "AzureAD",
        /// With MitID: a citizen.
        MitId = "MitID",
    }

    /// Whom a customer may choose.
    AdvisorChoice("a choice of employees is `PrimaryEmployee` or `OtherEmployees`") {
        /// The customer's own advisor.
        PrimaryEmployee = "PrimaryEmployee",
        /// Others.
        OtherEmployees = "OtherEmployees",
    }

    /// How the CRM hears of a meeting that was booked in a portal.
    CreationStrategy("a strategy is `CrmConfiguration` or `Playbook`") {
        /// By a mapping of fields.
        CrmConfiguration = "CrmConfiguration",
        /// By playbooks.
        Playbook = "Playbook",
    }

    /// What a field of a portal holds.
    FieldType(
        "a field type is one of `Text`, `TextArea`, `Number`, `Date`, `Time`, `Phone`, `Email`, `Checkbox`, `Boolean`, `Dropdown`"
    ) {
        /// A line of text.
        Text = "Text",
        /// Several lines of text.
        TextArea = "TextArea",
        /// A number.
        Number = "Number",
        /// A date, `2026-06-01`.
        Date = "Date",
        /// A time of day, `08:00`.
        Time = "Time",
        /// A telephone number.
        Phone = "Phone",
        /// An e-mail address.
        Email = "Email",
        /// Checked or not: `true`, `false`.
        Checkbox = "Checkbox",
        /// Yes or no: `true`, `false`.
        Boolean = "Boolean",
        /// One of several texts.
        Dropdown = "Dropdown",
    }

    /// A kind of level of the priority configuration.
    LevelType("a level is one of `Explicit`, `Local`, `ServiceGroup`") {
        /// Employees who are named.
        Explicit = "Explicit",
        /// Employees at the location.
        Local = "Local",
        /// Service groups.
        ServiceGroup = "ServiceGroup",
    }

    /// Who may book a topic.
    WhoCanBook("who can book is `Internal` or `Customers`") {
        /// Staff alone.
        Internal = "Internal",
        /// Customers too.
        Customers = "Customers",
    }

    /// How time around a meeting is shown in the calendar.
    ShowAs("time is shown as `Busy`, `Tentative` or `Free`") {
        /// Busy.
        Busy = "Busy",
        /// Tentative; in the way too.
        Tentative = "Tentative",
        /// Free: in nobody's way.
        Free = "Free",
    }

    /// What a stretch of a calendar is.
    SlotStatus(
        "a status is one of `Reserved`, `Booked`, `BookedInternalBusy`, `BookedInternalFree`, `Busy`, `BusyAppointmentInstance`, `BusyAppointmentOccurence`, `BusyEventInstance`, `BusyEventOccurence`, `PreProcessing`, `PostProcessing`, `TravelTime`, `WorkingFromElsewhere`, `ExtraOpen`, `AvailableForWork`"
    ) {
        /// Held by somebody who is about to book.
        Reserved = "Reserved",
        /// A meeting with a customer.
        Booked = "Booked",
        /// An internal meeting, shown as busy.
        BookedInternalBusy = "BookedInternalBusy",
        /// An internal meeting during which others may be met.
        BookedInternalFree = "BookedInternalFree",
        /// An event of the external calendar.
        Busy = "Busy",
        /// One of a series of appointments.
        BusyAppointmentInstance = "BusyAppointmentInstance",
        /// One of a series of appointments that was changed.
        BusyAppointmentOccurence = "BusyAppointmentOccurence",
        /// One of a series of events.
        BusyEventInstance = "BusyEventInstance",
        /// One of a series of events that was changed.
        BusyEventOccurence = "BusyEventOccurence",
        /// Time before a meeting.
        PreProcessing = "PreProcessing",
        /// Time after a meeting.
        PostProcessing = "PostProcessing",
        /// The way to a meeting or back.
        TravelTime = "TravelTime",
        /// At work, not at the usual place.
        WorkingFromElsewhere = "WorkingFromElsewhere",
        /// Extra time for meetings by video and telephone.
        ExtraOpen = "ExtraOpen",
        /// Signed in to a service group.
        AvailableForWork = "AvailableForWork",
    }
}

impl From<MeetingType> for engage_availability::MeetingType {
    fn from(meeting_type: MeetingType) -> Self {
        match meeting_type {
            MeetingType::Physical => Self::Physical,
            MeetingType::Online => Self::Online,
            MeetingType::Telephone => Self::Telephone,
            MeetingType::Offsite => Self::OffSite,
        }
    }
}

impl From<engage_availability::MeetingType> for MeetingType {
    fn from(meeting_type: engage_availability::MeetingType) -> Self {
        match meeting_type {
            engage_availability::MeetingType::Physical => Self::Physical,
            engage_availability::MeetingType::Online => Self::Online,
            engage_availability::MeetingType::Telephone => Self::Telephone,
            engage_availability::MeetingType::OffSite => Self::Offsite,
        }
    }
}

impl From<DayOfWeek> for jiff::civil::Weekday {
    fn from(day: DayOfWeek) -> Self {
        match day {
            DayOfWeek::Monday => Self::Monday,
            DayOfWeek::Tuesday => Self::Tuesday,
            DayOfWeek::Wednesday => Self::Wednesday,
            DayOfWeek::Thursday => Self::Thursday,
            DayOfWeek::Friday => Self::Friday,
            DayOfWeek::Saturday => Self::Saturday,
            DayOfWeek::Sunday => Self::Sunday,
        }
    }
}

impl From<ShowAs> for engage_availability::ShowAs {
    fn from(show_as: ShowAs) -> Self {
        match show_as {
            ShowAs::Busy => Self::Busy,
            ShowAs::Tentative => Self::Tentative,
            ShowAs::Free => Self::Free,
        }
    }
}

impl SlotStatus {
    /// Whether it is time of which no two may have the same: what is held, and what is booked and not shown as free.
    #[must_use]
    pub fn is_guarded(self) -> bool {
        matches!(self, Self::Reserved | Self::Booked | Self::BookedInternalBusy)
    }

    /// Whether it is the time of a meeting itself, held or booked.
    #[must_use]
    pub fn is_main(self) -> bool {
        self.is_guarded() || self == Self::BookedInternalFree
    }

    /// Whether it comes from the external calendar as busy.
    #[must_use]
    pub fn is_busy(self) -> bool {
        matches!(
            self,
            Self::Busy
                | Self::BusyAppointmentInstance
                | Self::BusyAppointmentOccurence
                | Self::BusyEventInstance
                | Self::BusyEventOccurence
        )
    }

    /// Whether it is time around a meeting.
    #[must_use]
    pub fn is_around(self) -> bool {
        matches!(self, Self::PreProcessing | Self::PostProcessing | Self::TravelTime)
    }

    /// Whether nothing else may be booked at the same time.
    #[must_use]
    pub fn is_blocking(self, show_as: Option<ShowAs>) -> bool {
        self.is_guarded() || self.is_busy() || (self.is_around() && show_as != Some(ShowAs::Free))
    }
}
