//! The registry of labels.

use std::sync::Arc;

use engage_bookme::configuration::{ActiveFilter, LabelUse};
use engage_bookme::model::{DEFAULT_COLOUR, Kept, Label};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::api::Api;
use crate::api::call::{Answer, Call, Reply};
use crate::api::given::{Given, NOTHING};
use crate::api::patch::Patch;
use crate::api::query::Query;
use crate::api::scalars::told;
use crate::api::wire::{Members, by, members};

/// The most labels of a page, or of an answer.
const MOST: usize = 100;

fn shown(found: &LabelUse) -> Members {
    let LabelUse { label, usage_count } = found;
    let Label { label_name, color, description } = &label.value;
    members(json!({
        "id": label.id,
        "labelName": label_name,
        "color": color,
        "description": description,
        "usageCount": usage_count,
        "isActive": found.is_active(),
        "firstSeen": label.created.map(told),
        "lastUpdated": label.modified.map(told),
    }))
}

fn active(query: &mut Query) -> ActiveFilter {
    match query.text("activeFilter").map(|text| text.to_ascii_lowercase()).as_deref() {
        None | Some("all") => ActiveFilter::All,
        Some("active") => ActiveFilter::Active,
        Some("inactive") => ActiveFilter::Inactive,
        Some(_) => {
            query.add("activeFilter", "it is one of `All`, `Active`, `Inactive`");
            ActiveFilter::All
        }
    }
}

/// How many are asked for, from one to as many as there may be.
fn many(query: &mut Query, name: &str, otherwise: usize) -> usize {
    match query.value::<usize>(name) {
        Some(0) => {
            query.add(name, "it is one at least");
            otherwise
        }
        Some(many) => many.min(MOST),
        None => otherwise,
    }
}

pub(super) async fn list(api: Arc<Api>, mut call: Call) -> Answer {
    let number = call.query.value::<usize>("pageNumber").unwrap_or(0);
    let (size, filter) = (many(&mut call.query, "pageSize", 20), active(&mut call.query));
    call.query.finish()?;
    let all = api.bookme.labels(&call.tenancy, filter).await?;
    let items: Value = all.iter().skip(number.saturating_mul(size)).take(size).map(shown).collect();
    Ok(Reply::Json(json!({
        "items": items,
        "pageNumber": number,
        "pageSize": size,
        "totalCount": all.len(),
        "totalPages": all.len().div_ceil(size),
    })))
}

pub(super) async fn search(api: Arc<Api>, mut call: Call) -> Answer {
    let text = call.query.text("q");
    let text = call.query.needed("q", text).unwrap_or_default();
    let threshold = call.query.value::<f64>("threshold").unwrap_or(0.3);
    if !(0.0..=1.0).contains(&threshold) {
        call.query.add("threshold", "it is a number from 0 to 1");
    }
    let (limit, filter) = (many(&mut call.query, "limit", 20), active(&mut call.query));
    call.query.finish()?;
    let found = api.bookme.search_labels(&call.tenancy, &text, threshold, filter, limit).await?;
    let scored = found.iter().map(|(label, score)| {
        let mut all = shown(label);
        all.insert("similarityScore".to_owned(), json!(score));
        all
    });
    Ok(Reply::Json(scored.collect()))
}

pub(super) async fn suggest(api: Arc<Api>, mut call: Call) -> Answer {
    let prefix = call.query.text("prefix");
    let prefix = call.query.needed("prefix", prefix).unwrap_or_default();
    let limit = many(&mut call.query, "limit", 10);
    call.query.finish()?;
    let found = api.bookme.suggest_labels(&call.tenancy, &prefix, limit).await?;
    let suggestion = |LabelUse { label, usage_count }: &LabelUse| json!({"labelName": label.value.label_name, "color": label.value.color, "usageCount": usage_count});
    Ok(Reply::Json(found.iter().map(suggestion).collect()))
}

pub(super) async fn get(api: Arc<Api>, call: Call) -> Answer {
    one(&api, &call, call.id()?).await
}

async fn one(api: &Api, call: &Call, id: Uuid) -> Answer {
    Ok(Reply::Json(Value::Object(shown(&api.bookme.label(&call.tenancy, id).await?))))
}

pub(super) async fn create(api: Arc<Api>, call: Call) -> Answer {
    let sent = call.object()?;
    let mut given = Given::new(&sent, &NOTHING);
    let name = given.text("labelName");
    let name = given.needed("labelName", name);
    let made = written(&mut given).zip(name).map(|((color, description), label_name)| Label {
        label_name,
        color,
        description,
    });
    let label = given.finish(made)?;
    let kept = by(&api, &call).create(&call.tenancy, label).await?;
    Ok(call.created(kept.id, Value::Object(shown(&LabelUse { label: kept, usage_count: 0 }))))
}

/// Colour and description; what is left out has its default.
fn written(given: &mut Given<'_>) -> Option<(String, Option<String>)> {
    let color = given.text("color").unwrap_or_else(|| DEFAULT_COLOUR.to_owned());
    Some((color, given.text("description")))
}

/// A label as it is to be; its name is its own.
fn changed(was: &Label, sent: &Members) -> Result<Label, engage_bookme::Error> {
    let mut given = Given::new(sent, &NOTHING);
    let label_name = given.text("labelName").unwrap_or_else(|| was.label_name.clone());
    let made = written(&mut given).map(|(color, description)| Label { label_name, color, description });
    given.finish(made)
}

pub(super) async fn replace(api: Arc<Api>, call: Call) -> Answer {
    let (id, sent) = (call.id()?, call.object()?);
    let change = move |kept: &Kept<Label>| changed(&kept.value, &sent);
    by(&api, &call).update(&call.tenancy, id, change).await?;
    one(&api, &call, id).await
}

/// The old way to change one: members that are sent, or a patch.
pub(super) async fn merge(api: Arc<Api>, call: Call) -> Answer {
    let (id, sent) = (call.id()?, call.json()?);
    let patch = match &sent {
        Value::Object(members) if !members.contains_key("op") => None,
        _ => Some(Patch::read(sent.clone())?),
    };
    let merged: Members = match sent {
        Value::Object(members) => members,
        _ => Members::new(),
    };
    let change = move |kept: &Kept<Label>| {
        let Label { color, description, .. } = &kept.value;
        let mut is = members(json!({"color": color, "description": description}));
        match &patch {
            Some(patch) => is = patch.applied(&is)?,
            None => is.extend(merged.clone()),
        }
        changed(&kept.value, &is)
    };
    by(&api, &call).update(&call.tenancy, id, change).await?;
    one(&api, &call, id).await
}
