//! Topics of meetings.

use std::sync::Arc;

use engage_bookme::model::Topic;
use serde_json::json;

use crate::api::Api;
use crate::api::call::{Answer, Call, Reply};
use crate::api::given::Given;
use crate::api::wire::{self, Members, View, Wire};

impl Wire for Topic {
    const CREATED: bool = false;

    fn members(&self, view: &View) -> Members {
        let Self { name, unique_topic_id, parent_id, order } = self;
        let mut all = Members::new();
        view.localized(&mut all, ("name", "localizedName"), Some(name));
        all.extend(wire::members(json!({"uniqueTopicId": unique_topic_id, "parentId": parent_id, "order": order})));
        all
    }

    fn read(given: &mut Given<'_>, was: Option<&Self>, view: &View) -> Option<Self> {
        let pair = view.pair("name", "localizedName");
        let name = given.localized(pair, was.map(|was| &was.name), &view.languages);
        let name = given.needed("name", name);
        let unique = given.text("uniqueTopicId");
        let unique = given.needed("uniqueTopicId", unique);
        let (parent_id, order) = (given.id("parentId"), given.number("order").unwrap_or(0));
        Some(Self { name: name?, unique_topic_id: unique?, parent_id, order })
    }
}

pub(super) async fn list(api: Arc<Api>, mut call: Call) -> Answer {
    let asked = call.query.flag("isCustomer");
    let asked = call.query.needed("isCustomer", asked);
    let customer_type = call.query.id("customerTypeId").or_else(|| call.query.id("customerCategoryId"));
    call.query.finish()?;
    let view = View::of::<Topic>(&api, &mut call).await?;
    let is_customer = call.is_customer() || asked.unwrap_or(false);
    let topics = api.bookme.topics(&call.tenancy, is_customer, customer_type).await?;
    Ok(Reply::Json(topics.iter().map(|kept| wire::shown(kept, &view)).collect()))
}
