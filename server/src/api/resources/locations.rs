//! Locations.

use std::sync::Arc;

use engage_bookme::model::{Kept, Location};
use serde_json::json;

use crate::api::Api;
use crate::api::call::{Answer, Call, Reply};
use crate::api::given::Given;
use crate::api::wire::{self, Members, View, Wire};

impl Wire for Location {
    const FIXED: &'static [&'static str] = &["location"];

    fn members(&self, _: &View) -> Members {
        let Self { location, display_name, add_rooms_to_booked_meetings, require_available_room } = self;
        wire::members(json!({
            "location": location,
            "displayName": display_name,
            "addRoomsToBookedMeetings": add_rooms_to_booked_meetings,
            "requireAvailableRoom": require_available_room,
        }))
    }

    fn read(given: &mut Given<'_>, was: Option<&Self>, _: &View) -> Option<Self> {
        let location = match was {
            Some(was) => Some(was.location.clone()),
            None => {
                let sent = given.text("location");
                given.needed("location", sent)
            }
        };
        Some(Self {
            display_name: given.text("displayName"),
            add_rooms_to_booked_meetings: given.flag("addRoomsToBookedMeetings").unwrap_or(false),
            require_available_room: given.flag("requireAvailableRoom").unwrap_or(false),
            location: location?,
        })
    }
}

pub(super) async fn list(api: Arc<Api>, mut call: Call) -> Answer {
    let key = call.query.text("location");
    let search = call.query.text("search").map(|text| text.to_lowercase());
    let view = View::of::<Location>(&api, &mut call).await?;
    call.query.finish()?;
    let all = api.bookme.list::<Location>(&call.tenancy).await?;
    let holds = |text: &str| search.as_deref().is_none_or(|search| text.to_lowercase().contains(search));
    let fits = |kept: &&Kept<Location>| {
        let Location { location, display_name, .. } = &kept.value;
        key.as_ref().is_none_or(|key| key == location)
            && (holds(location) || display_name.as_deref().is_some_and(holds))
    };
    Ok(Reply::Json(all.iter().filter(fits).map(|kept| wire::shown(kept, &view)).collect()))
}
