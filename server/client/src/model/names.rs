//! Words of closed lists. They are written as they stand here, and read in any case.

/// A word that is not of its list. The word is not repeated: it may be anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is one of {}", .0.join(", "))]
pub struct UnknownName(pub(super) &'static [&'static str]);

/// A pattern that takes each of the words in any case.
#[cfg(feature = "schema")]
#[must_use]
pub fn insensitive<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    let letter = |letter: char| match letter.is_ascii_alphabetic() {
        true => format!("[{}{}]", letter.to_ascii_uppercase(), letter.to_ascii_lowercase()),
        false => letter.to_string(),
    };
    let word = |name: &str| name.chars().map(letter).collect::<String>();
    format!("^({})$", names.into_iter().map(word).collect::<Vec<_>>().join("|"))
}

/// What a list of words is, with what each means, in Markdown.
#[cfg(feature = "schema")]
pub(super) fn told(about: &[&str], names: &[(&str, &[&str])]) -> String {
    let text = |lines: &[&str]| lines.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ");
    let one = |(name, lines): &(&str, &[&str])| format!("* `{name}`: {}", text(lines));
    format!("{}\n\n{}", text(about), names.iter().map(one).collect::<Vec<_>>().join("\n"))
}

/// The schema of a list of words: as they are written; where they are read, in any case.
#[cfg(feature = "schema")]
pub(super) fn schema(description: &str, names: &[&str], versions: serde_json::Value, reads: bool) -> schemars::Schema {
    let mut schema = schemars::json_schema!({"type": "string", "description": description});
    if reads {
        let either = serde_json::json!([{"enum": names}, {"pattern": insensitive(names.iter().copied())}]);
        schema.insert("anyOf".to_owned(), either);
    } else {
        schema.insert("enum".to_owned(), names.into());
    }
    if !versions.is_null() {
        schema.insert("x-names".to_owned(), versions);
    }
    schema
}

/// Words, each with what it means. `versions` says what is otherwise in earlier versions of the API: `since` of a word, words that were
/// there `until` a version, and whether they were in `lower` case.
macro_rules! names {
    (
        $(#[doc = $about:literal])+
        $name:ident in $versions:tt {
            $($(#[doc = $doc:literal])+ $variant:ident = $text:literal),+ $(,)?
        }
    ) => {
        $(#[doc = $about])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[doc = $doc])+ $variant),+
        }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
            const NAMES: &'static [&'static str] = &[$($text),+];

            /// The word, as it is written.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text),+
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::model::UnknownName;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let known = Self::ALL.iter().find(|known| known.as_str().eq_ignore_ascii_case(text));
                known.copied().ok_or($crate::model::names::UnknownName(Self::NAMES))
            }
        }

        impl From<$name> for serde_json::Value {
            fn from(name: $name) -> Self {
                name.as_str().into()
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }

        #[cfg(feature = "schema")]
        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                use $crate::model::names::{schema, told};
                let description = told(&[$($about),+], &[$(($text, &[$($doc),+])),+]);
                let reads = *generator.contract() == schemars::generate::Contract::Deserialize;
                schema(&description, Self::NAMES, serde_json::json!($versions), reads)
            }
        }
    };
}

names! {
    /// How people meet.
    MeetingType in {"lower": "v1"} {
        /// At a location of the organisation.
        Physical = "Physical",
        /// Over video.
        Online = "Online",
        /// By telephone.
        Telephone = "Telephone",
        /// Where the customer is.
        Offsite = "Offsite",
    }
}

names! {
    /// Who booked a meeting.
    BookedBy in {"lower": "v1", "since": {"PortalPartner": "v2", "PortalCustomer": "v2"}} {
        /// Somebody who works for the organisation.
        Employee = "Employee",
        /// The customer.
        Customer = "Customer",
        /// A partner, on a portal.
        PortalPartner = "PortalPartner",
        /// A customer, on a portal.
        PortalCustomer = "PortalCustomer",
    }
}

names! {
    /// Where employees come from who could take a meeting.
    EmployeeType in {"since": {"Local": "v2", "ServiceGroup": "v2"}, "until": {"v1": ["Global"]}} {
        /// Those who are named.
        Explicit = "Explicit",
        /// Those who work at the customer's location and are qualified.
        Local = "Local",
        /// Those of service groups that stand in.
        ServiceGroup = "ServiceGroup",
    }
}

names! {
    /// What a slot of a calendar is.
    TimeSlotStatus in {"since": {"BookedInternalBusy": "v2", "BookedInternalFree": "v2"}} {
        /// Held for five minutes.
        Reserved = "Reserved",
        /// A meeting.
        Booked = "Booked",
        /// Busy.
        Busy = "Busy",
        /// Open outside of hours, for meetings online and by telephone.
        ExtraOpen = "ExtraOpen",
        /// At work, and not at the usual place.
        WorkingFromElsewhere = "WorkingFromElsewhere",
        /// At work outside of hours, for a service group.
        AvailableForWork = "AvailableForWork",
        /// An appointment of the employee's own calendar.
        BusyAppointmentInstance = "BusyAppointmentInstance",
        /// One of a series of appointments.
        BusyAppointmentOccurence = "BusyAppointmentOccurence",
        /// An event of the employee's own calendar.
        BusyEventInstance = "BusyEventInstance",
        /// One of a series of events.
        BusyEventOccurence = "BusyEventOccurence",
        /// Preparation of a meeting.
        PreProcessing = "PreProcessing",
        /// Work after a meeting.
        PostProcessing = "PostProcessing",
        /// On the way.
        TravelTime = "TravelTime",
        /// A meeting among employees that takes their time.
        BookedInternalBusy = "BookedInternalBusy",
        /// A meeting among employees beside which they can be met.
        BookedInternalFree = "BookedInternalFree",
    }
}

names! {
    /// Which labels are meant.
    ActiveFilter in null {
        /// Every label.
        All = "All",
        /// Those that are on something.
        Active = "Active",
        /// Those that are on nothing.
        Inactive = "Inactive",
    }
}

names! {
    /// How people sign in to a portal.
    AuthenticationType in null {
        /// With an account of Microsoft Entra ID.
        AzureAd = "AzureAD",
        /// With the Danish electronic identity.
        MitId = "MitID",
    }
}

names! {
    /// How what is booked on a portal gets into the CRM.
    CrmCreationStrategy in null {
        /// By the mapping that the portal names.
        CrmConfiguration = "CrmConfiguration",
        /// By playbooks.
        Playbook = "Playbook",
    }
}

names! {
    /// Whom a customer may choose to meet.
    AdvisorChoice in null {
        /// His own advisor.
        PrimaryEmployee = "PrimaryEmployee",
        /// Whoever has time.
        OtherEmployees = "OtherEmployees",
    }
}

names! {
    /// A day of the week.
    DayOfWeek in null {
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
}

names! {
    /// What a field of a portal takes.
    FieldType in null {
        /// A line.
        Text = "Text",
        /// A telephone number.
        Phone = "Phone",
        /// An address of e-mail.
        Email = "Email",
        /// A box to tick.
        Checkbox = "Checkbox",
        /// One of several.
        Dropdown = "Dropdown",
        /// A number.
        Number = "Number",
        /// A day.
        Date = "Date",
        /// A time of day.
        Time = "Time",
        /// Several lines.
        TextArea = "TextArea",
        /// Yes or no.
        Boolean = "Boolean",
    }
}
