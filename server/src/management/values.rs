//! Values that are texts on the wire, with what a schema says of them.

use std::borrow::Cow;

use engage_bookme::values::{
    CreationStrategy, DayOfWeek, LevelType, MeetingType, ShowAs, TimeSpan, WhoCanBook, ZoneName,
};
use jiff::Timestamp;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};

use crate::api::scalars;

/// A value as it is on the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Told<T>(pub(super) T);

/// Each of several, as they are on the wire.
pub(super) fn each<T: Copy>(all: &[T]) -> Vec<Told<T>> {
    all.iter().copied().map(Told).collect()
}

/// Says of a member that it is told and never read: it has no place in bodies, and no default.
pub(super) fn only_told(schema: &mut Schema) {
    schema.remove("default");
    schema.insert("readOnly".to_owned(), true.into());
}

/// What stands for a strategy that was not told, which none is.
pub(super) fn strategy() -> Told<CreationStrategy> {
    Told(CreationStrategy::Playbook)
}

macro_rules! texts {
    ($($name:ident: $schema:expr;)+) => {$(
        impl Serialize for Told<$name> {
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                self.0.serialize(to)
            }
        }

        impl JsonSchema for Told<$name> {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                $schema
            }
        }
    )+};
}

/// One of the names of a closed list.
macro_rules! name {
    ($name:ident, $what:literal) => {
        json_schema!({
            "type": "string",
            "description": $what,
            "enum": $name::ALL.iter().map(|name| name.as_str()).collect::<Vec<_>>(),
        })
    };
}

texts! {
    MeetingType: name!(MeetingType, "How people meet. Read in any case.");
    WhoCanBook: name!(WhoCanBook, "Whether customers may book, or staff alone. Read in any case.");
    ShowAs: name!(ShowAs, "How time is shown in a calendar; what is `Free` is in nobody's way. Read in any case.");
    LevelType: name!(LevelType, "A pool of employees. Read in any case.");
    CreationStrategy: name!(CreationStrategy, "How the CRM hears of meetings of a portal. Read in any case.");
    DayOfWeek: name!(DayOfWeek, "A day of the week. Read in any case.");
    TimeSpan: json_schema!({
        "type": "string",
        "description": "A duration, `[d.]hh:mm:ss[.fffffff]`; `hh:mm` is read too.",
        "pattern": r"^(\d+\.)?\d{2}:\d{2}(:\d{2}(\.\d{1,7})?)?$",
        "examples": ["01:30:00"],
    });
    ZoneName: json_schema!({
        "type": "string",
        "description": "A time zone by its name in the IANA database; the name that Windows has for it is read too.",
        "examples": ["Europe/Copenhagen"],
    });
}

impl Serialize for Told<Timestamp> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&scalars::told(self.0))
    }
}

impl JsonSchema for Told<Timestamp> {
    fn schema_name() -> Cow<'static, str> {
        "Instant".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "format": "date-time",
            "description": "An instant (RFC 3339), told in UTC.",
        })
    }
}
