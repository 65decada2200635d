//! Portals, and what they ask.

use std::sync::Arc;

use engage_bookme::model::{Field, Kept, Portal, Validation};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::api::Api;
use crate::api::call::{Answer, Call, Reply};
use crate::api::fault::Fault;
use crate::api::given::Given;
use crate::api::wire::{self, Labels, Members, View, Wire};

fn shown(field: &Field) -> Value {
    let first = field.validations.first();
    json!({
        "id": field.id,
        "name": field.name,
        "label": field.label,
        "type": field.field_type,
        "placeholder": field.placeholder,
        "hidden": field.hidden,
        "validation": {
            "required": field.required,
            "pattern": first.map(|first| &first.pattern),
            "errorMessage": first.and_then(|first| first.error_message.as_ref()),
        },
        "description": field.description,
        "defaultValue": field.default_value,
        "order": field.order,
        "options": field.options,
    })
}

/// A field as it is to be. One that is sent with the id of one that is there keeps it, and what the wire does not show of it.
fn read(given: &mut Given<'_>, was: &[Field], new: Uuid) -> Option<Field> {
    let (name, label) = (given.text("name"), given.text("label"));
    let (name, label) = (given.needed("name", name), given.needed("label", label));
    let field_type = given.parsed("type");
    let field_type = given.needed("type", field_type);
    let sent = given.id("id");
    let before = was.iter().find(|field| Some(field.id) == sent);
    let (required, first) = given.object("validation", |given| Some(validation(given))).unwrap_or_default();
    let others = before.into_iter().flat_map(|before| before.validations.iter().skip(1)).cloned();
    Some(Field {
        id: before.map_or(new, |before| before.id),
        placeholder: given.text("placeholder"),
        hidden: given.flag("hidden").unwrap_or(false),
        description: given.text("description"),
        default_value: given.text("defaultValue"),
        order: given.number("order").unwrap_or(0),
        options: given.texts("options"),
        required,
        validations: first.into_iter().chain(others).collect(),
        name: name?,
        label: label?,
        field_type: field_type?,
    })
}

fn validation(given: &mut Given<'_>) -> (bool, Option<Validation>) {
    let required = given.flag("required").unwrap_or(false);
    let (pattern, error_message) = (given.text("pattern"), given.text("errorMessage"));
    let pattern = pattern.filter(|pattern| !pattern.is_empty());
    (required, pattern.map(|pattern| Validation { pattern, error_message }))
}

impl Wire for Portal {
    fn labelled(&self) -> Option<&[String]> {
        Some(&self.labels)
    }

    fn members(&self, view: &View) -> Members {
        let fields = self.fields.iter().filter(|field| view.whole || view.hidden || !field.hidden);
        wire::members(json!({
            "name": self.name,
            "authenticationType": self.authentication_type,
            "customerTypeId": self.customer_type_id,
            "topicId": self.topic_id,
            "location": self.location,
            "fields": fields.map(shown).collect::<Vec<_>>(),
            "logoUrl": self.logo_url,
            "logoHeight": self.logo_height,
            "styling": self.styling,
            "icalEnabled": self.ical_enabled,
            "crmMappingConfigurationId": self.crm_mapping_configuration_id,
            "crmCreationStrategy": self.strategy(),
            "labels": self.labels,
        }))
    }

    fn read(given: &mut Given<'_>, was: Option<&Self>, view: &View) -> Option<Self> {
        let name = given.text("name");
        let name = given.needed("name", name);
        let authentication_type = given.parsed("authenticationType");
        let authentication_type = given.needed("authenticationType", authentication_type);
        let height = given.number("logoHeight");
        let logo_height = height.and_then(|height| u32::try_from(height).ok());
        if logo_height.is_none() && height.is_some() {
            given.wrong("logoHeight", "it is a number of pixels");
        }
        let before = was.map(|was| was.fields.as_slice()).unwrap_or_default();
        let mut position = 0_u32;
        let fields = given.objects("fields", |given| {
            position += 1;
            read(given, before, Uuid::new_v5(&view.seed, &position.to_be_bytes()))
        });
        let crm_mapping_configuration_id = given.id("crmMappingConfigurationId");
        // What is only implied stays so: it follows the mapping.
        let strategy = given.parsed("crmCreationStrategy");
        let is_implied = was.is_some_and(|was| was.crm_creation_strategy.is_none() && Some(was.strategy()) == strategy);
        Some(Self {
            customer_type_id: given.id("customerTypeId"),
            topic_id: given.id("topicId"),
            location: given.text("location"),
            fields,
            logo_url: given.text("logoUrl"),
            logo_height,
            styling: given.text("styling"),
            ical_enabled: given.flag("icalEnabled").unwrap_or(false),
            crm_mapping_configuration_id,
            crm_creation_strategy: strategy.filter(|_| !is_implied),
            labels: given.texts("labels"),
            name: name?,
            authentication_type: authentication_type?,
        })
    }
}

async fn view(api: &Api, call: &mut Call) -> Result<View, Fault> {
    let hidden = call.query.flag("includeHiddenFields").unwrap_or(false);
    let view = View::of::<Portal>(api, call).await?;
    call.query.finish()?;
    Ok(View { hidden, ..view })
}

pub(super) async fn list(api: Arc<Api>, mut call: Call) -> Answer {
    let asked = Labels::asked(call.query.texts("labels"));
    let view = view(&api, &mut call).await?;
    let all = api.bookme.list::<Portal>(&call.tenancy).await?;
    let fits = |kept: &&Kept<Portal>| asked.are_on(&kept.value.labels);
    Ok(Reply::Json(all.iter().filter(fits).map(|kept| wire::shown(kept, &view)).collect()))
}

pub(super) async fn get(api: Arc<Api>, mut call: Call) -> Answer {
    let id = call.id()?;
    let view = view(&api, &mut call).await?;
    let kept = api.bookme.get::<Portal>(&call.tenancy, id).await?;
    Ok(Reply::Json(wire::shown(&kept, &view)))
}
