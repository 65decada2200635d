//! Settings of an organisation that the Public API does not have.

use engage_bookme::model::{Kept, Settings};
use engage_bookme::values::{DANISH, LANGUAGES, Languages, ZoneName};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use crate::api::given::Given;
use crate::management::describe::Patches as _;
use crate::management::part::Part;
use crate::management::values::{self, Told};
use crate::openapi::{Described, Shape};

/// The languages in which texts are kept and told.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::management) struct Locales {
    /// Those that are switched on (BCP 47), read in any case. `da-DK` is always among them. Texts of one that is switched off stay,
    /// and are not told.
    #[schemars(transform = values::languages)]
    enabled: Vec<String>,
    /// Those that can be.
    #[serde(skip_deserializing)]
    #[schemars(transform = values::only_told)]
    available: Vec<String>,
    /// The one that stands in for every other.
    #[serde(skip_deserializing)]
    #[schemars(transform = values::only_told)]
    fallback: String,
}

impl Part for Locales {
    type Of = Settings;
    const FIXED: &'static [&'static str] = &["available", "fallback"];

    fn of(kept: &Kept<Settings>) -> Self {
        Self {
            enabled: kept.value.languages.iter().map(str::to_owned).collect(),
            available: LANGUAGES.map(str::to_owned).to_vec(),
            fallback: DANISH.to_owned(),
        }
    }

    fn read(given: &mut Given<'_>, into: &mut Settings) {
        let there = given.value("enabled").map(drop);
        given.needed("enabled", there);
        let tags = given.texts("enabled");
        for (position, tag) in tags.iter().enumerate() {
            if !LANGUAGES.iter().any(|known| known.eq_ignore_ascii_case(tag)) {
                given
                    .wrong(&format!("enabled/{position}"), format!("the language is none of {}", LANGUAGES.join(", ")));
            }
        }
        into.languages = Languages::of(tags.iter().map(String::as_str));
    }
}

/// Settings of bookings beside those of the Public API.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::management) struct BookingSettings {
    /// Minutes between the starts that are offered: 5, 10, 15, 20, 30 or 60.
    #[schemars(extend("enum" = [5, 10, 15, 20, 30, 60]))]
    slot_interval: u8,
    /// The zone of the organisation's clock: any, where the Public API has two.
    time_zone: Told<ZoneName>,
    /// Whether external attendees are invited to the event in the owner's calendar.
    invite_external_attendees: bool,
    /// From where one sets out for a meeting at the customer's place that does not say so.
    #[schemars(length(max = 1000))]
    travel_start_address: Option<String>,
}

impl Part for BookingSettings {
    type Of = Settings;
    const FIXED: &'static [&'static str] = &[];

    fn of(kept: &Kept<Settings>) -> Self {
        let Settings { slot_interval, time_zone, invite_external_attendees, travel_start_address, .. } = &kept.value;
        Self {
            slot_interval: *slot_interval,
            time_zone: Told(time_zone.clone()),
            invite_external_attendees: *invite_external_attendees,
            travel_start_address: travel_start_address.clone(),
        }
    }

    fn read(given: &mut Given<'_>, into: &mut Settings) {
        let default = Settings::default();
        into.slot_interval = match given.number("slotInterval").map(u8::try_from) {
            None => default.slot_interval,
            Some(Ok(minutes)) => minutes,
            Some(Err(_)) => {
                given.wrong("slotInterval", "the interval may be 5, 10, 15, 20, 30 or 60 minutes");
                default.slot_interval
            }
        };
        into.time_zone = given.parsed("timeZone").unwrap_or(default.time_zone);
        into.invite_external_attendees =
            given.flag("inviteExternalAttendees").unwrap_or(default.invite_external_attendees);
        into.travel_start_address = given.text("travelStartAddress");
    }
}

/// What the operations say of themselves.
pub(super) fn described() -> Vec<Described> {
    let locales = Shape::of::<Locales>();
    let told = || json!({"enabled": ["da-DK", "en-GB"], "available": LANGUAGES, "fallback": DANISH});
    let settings = Shape::of::<BookingSettings>();
    let kept = || {
        json!({
            "slotInterval": 30,
            "timeZone": "Europe/Copenhagen",
            "inviteExternalAttendees": false,
            "travelStartAddress": null,
        })
    };
    vec![
        Described::new("Locales_get", "Settings", "Read which languages are switched on").answers(200, locales, told()),
        Described::new("Locales_replace", "Settings", "Switch languages on and off")
            .says("`da-DK` is always on, whether it is sent or not.")
            .takes(locales, json!({"enabled": ["en-GB"]}))
            .answers(200, locales, told())
            .refuses([409]),
        Described::new("BookingSettings_get", "Settings", "Read settings of bookings").answers(200, settings, kept()),
        Described::new("BookingSettings_patch", "Settings", "Change settings of bookings")
            .says("What is removed has its default.")
            .patched(json!([{"op": "replace", "path": "/slotInterval", "value": 15}]))
            .answers(200, settings, kept())
            .refuses([409]),
    ]
}
