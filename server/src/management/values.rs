//! Values that are texts on the wire, with what a schema says of them.

use std::borrow::Cow;

use engage_bookme::values::{
    CreationStrategy, DayOfWeek, LANGUAGES, LevelType, MeetingType, ShowAs, TimeSpan, WhoCanBook, ZoneName,
};
use engage_client::model as client;
use jiff::Timestamp;
use schemars::generate::Contract;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};
use serde_json::json;

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

/// Says of a list that it is one of languages, in any case.
pub(super) fn languages(schema: &mut Schema) {
    schema.insert("items".to_owned(), json!({"type": "string", "pattern": client::insensitive(LANGUAGES)}));
}

/// What stands for a strategy that was not told, which none is.
pub(super) fn strategy() -> Told<CreationStrategy> {
    Told(CreationStrategy::Playbook)
}

/// One of the names of a closed list: as it is told; where it is read, in any case.
pub(super) fn word(names: &[&str], what: &str, generator: &SchemaGenerator) -> Schema {
    let mut schema = json_schema!({"type": "string", "description": what});
    if *generator.contract() == Contract::Deserialize {
        let either = json!([{"enum": names}, {"pattern": client::insensitive(names.iter().copied())}]);
        schema.insert("anyOf".to_owned(), either);
    } else {
        schema.insert("enum".to_owned(), names.into());
    }
    schema
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

            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                let of: fn(&mut SchemaGenerator) -> Schema = $schema;
                of(generator)
            }
        }
    )+};
}

/// The names of a closed list of bookings, and what they are about.
macro_rules! names {
    ($name:ident, $what:literal) => {
        |generator| word(&$name::ALL.iter().map(|name| name.as_str()).collect::<Vec<_>>(), $what, generator)
    };
}

texts! {
    MeetingType: names!(MeetingType, "How people meet.");
    DayOfWeek: names!(DayOfWeek, "A day of the week.");
    CreationStrategy: names!(CreationStrategy, "How the CRM hears of meetings of a portal.");
    WhoCanBook: names!(WhoCanBook, "Whether customers may book, or staff alone.");
    ShowAs: names!(ShowAs, "How time is shown in a calendar; what is `Free` is in nobody's way.");
    LevelType: names!(LevelType, "A pool of employees.");
    TimeSpan: client::TimeSpan::json_schema;
    ZoneName: |_| json_schema!({
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
        client::Instant::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        client::Instant::json_schema(generator)
    }
}
