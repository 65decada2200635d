//! What may be chosen: time zones, and for a topic and a customer type the types of meetings and whom to meet.

use std::sync::Arc;

use engage_bookme::model::{ServiceGroup, Settings};
use engage_bookme::values::{AdvisorChoice, Localized, MeetingType, WhoCanBook, ZONES};
use serde_json::{Value, json};
use uuid::Uuid;

use super::settings::label;
use crate::api::Api;
use crate::api::call::{Answer, Call, Reply};
use crate::api::fault::Fault;
use crate::api::wire::View;

/// A time zone that has a name of Windows.
pub(super) fn zone(zone: &engage_bookme::values::KnownZone) -> Value {
    json!({"id": zone.id, "identifier": zone.windows, "displayName": zone.display_name})
}

pub(super) async fn zones(_: Arc<Api>, _: Call) -> Answer {
    Ok(Reply::Json(ZONES.iter().map(zone).collect()))
}

pub(super) async fn allowed(api: Arc<Api>, mut call: Call) -> Answer {
    let (topic, kind) = (call.query.id("topicId"), call.query.id("customerTypeId"));
    let location = call.query.text("location");
    let (topic, kind) = (call.query.needed("topicId", topic), call.query.needed("customerTypeId", kind));
    let location = call.query.needed("location", location);
    let is_customer = call.query.flag("isCustomerInitiated").unwrap_or(true) || call.is_customer();
    let view = View::of::<Settings>(&api, &mut call).await?;
    call.query.finish()?;
    let (Some(topic), Some(kind), Some(location)) = (topic, kind, location) else {
        return Err(Fault::bad("parameters are needed"));
    };
    let row = api.bookme.configuration_for(&call.tenancy, Some(topic), Some(kind)).await?;
    let row = row.map(|kept| kept.value).filter(|row| !is_customer || row.who_can_book == WhoCanBook::Customers);
    let mut types = row.as_ref().map(|row| row.meeting_types.clone()).unwrap_or_default();
    let mut choices = Vec::new();
    if let Some(row) = &row {
        // A topic of one type is of that type, whatever groups offer.
        if types.len() != 1 {
            types.extend(offered(&api, &call, (topic, kind, &location)).await?);
        }
        if row.offer_fixed_employee {
            choices.push(AdvisorChoice::PrimaryEmployee);
        }
        choices.push(AdvisorChoice::OtherEmployees);
    }
    let settings = api.bookme.settings(&call.tenancy).await?;
    Ok(Reply::Json(json!({
        "meetingTypes": meeting_types(&settings, &types, &view),
        "advisorSelection": advisors(&settings, &choices, &view),
    })))
}

/// What service groups offer that stand in for such a request.
async fn offered(
    api: &Api,
    call: &Call,
    (topic, kind, location): (Uuid, Uuid, &str),
) -> Result<Vec<MeetingType>, Fault> {
    let topics = api.bookme.list::<engage_bookme::model::Topic>(&call.tenancy).await?;
    let mut lineage = vec![topic];
    while let Some(above) = lineage.last().and_then(|id| topics.iter().find(|kept| kept.id == *id)) {
        match above.value.parent_id.filter(|parent| !lineage.contains(parent)) {
            Some(parent) => lineage.push(parent),
            None => break,
        }
    }
    let groups = api.bookme.list::<ServiceGroup>(&call.tenancy).await?;
    let stands_in = |group: &&ServiceGroup| {
        let trigger = &group.service_trigger;
        let place = trigger.locations.is_empty() || trigger.locations.iter().any(|one| one == location);
        let fits = trigger.customer_type_ids.is_empty() || trigger.customer_type_ids.contains(&kind);
        place && fits && (trigger.topic_ids.is_empty() || trigger.topic_ids.iter().any(|id| lineage.contains(id)))
    };
    let all = groups.iter().map(|kept| &kept.value).filter(stands_in);
    Ok(all.flat_map(|group| group.service_level.meeting_types.iter().copied()).collect())
}

fn meeting_types(settings: &Settings, types: &[MeetingType], view: &View) -> Vec<Value> {
    let labels = &settings.meeting_type_labels;
    let found = |name: MeetingType| {
        let known = labels.iter().find(|one| one.name == name);
        (name.as_str(), known.map(|one| &one.label), known.map_or(0, |one| one.order))
    };
    in_order(MeetingType::ALL.iter().filter(|name| types.contains(name)).map(|name| found(*name)).collect(), view)
}

fn advisors(settings: &Settings, choices: &[AdvisorChoice], view: &View) -> Vec<Value> {
    let labels = &settings.employee_labels;
    let found = |name: AdvisorChoice| {
        let known = labels.iter().find(|one| one.name == name);
        (name.as_str(), known.map(|one| &one.label), known.map_or(0, |one| one.order))
    };
    in_order(choices.iter().map(|name| found(*name)).collect(), view)
}

fn in_order(mut all: Vec<(&str, Option<&Localized>, i32)>, view: &View) -> Vec<Value> {
    all.sort_by_key(|(_, _, order)| *order);
    all.into_iter().map(|(name, text, order)| label(view, name, text, order)).collect()
}
