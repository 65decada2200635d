//! How the CRM hears of the meetings of a portal.

use engage_bookme::model::{Kept, Portal};
use engage_bookme::values::CreationStrategy;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use crate::api::given::Given;
use crate::management::part::Part;
use crate::management::values::{self, Told};
use crate::openapi::{Described, Shape};

/// How the CRM hears of the meetings of a portal. One writer does, never both.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::management) struct CrmStrategy {
    /// Which portal.
    #[serde(skip_deserializing)]
    #[schemars(transform = values::only_told)]
    portal_id: Uuid,
    /// How; `null`: by the mapping if there is one, otherwise by playbooks. `CrmConfiguration` needs a mapping.
    crm_creation_strategy: Option<Told<CreationStrategy>>,
    /// The mapping of `CrmConfiguration`.
    crm_mapping_configuration_id: Option<Uuid>,
    /// What that comes to.
    #[serde(skip_deserializing, default = "values::strategy")]
    #[schemars(transform = values::only_told)]
    effective_strategy: Told<CreationStrategy>,
}

impl Part for CrmStrategy {
    type Of = Portal;
    const FIXED: &'static [&'static str] = &["portalId", "effectiveStrategy"];

    fn of(kept: &Kept<Portal>) -> Self {
        Self {
            portal_id: kept.id,
            crm_creation_strategy: kept.value.crm_creation_strategy.map(Told),
            crm_mapping_configuration_id: kept.value.crm_mapping_configuration_id,
            effective_strategy: Told(kept.value.strategy()),
        }
    }

    fn read(given: &mut Given<'_>, into: &mut Portal) {
        into.crm_creation_strategy = given.parsed("crmCreationStrategy");
        into.crm_mapping_configuration_id = given.id("crmMappingConfigurationId");
    }
}

/// What the operations say of themselves.
pub(super) fn described() -> Vec<Described> {
    let shape = Shape::of::<CrmStrategy>();
    let told = || {
        json!({
            "portalId": "0b8a6f6e-2f0a-4c55-9d55-7a5a4c0e0001",
            "crmCreationStrategy": "Playbook",
            "crmMappingConfigurationId": null,
            "effectiveStrategy": "Playbook",
        })
    };
    vec![
        Described::new("PortalStrategies_get", "Portals", "Read how the CRM hears of meetings of a portal").answers(
            200,
            shape,
            told(),
        ),
        Described::new("PortalStrategies_replace", "Portals", "Say how the CRM hears of meetings of a portal")
            .says("It holds for meetings that are booked from then on.")
            .takes(shape, json!({"crmCreationStrategy": "Playbook"}))
            .answers(200, shape, told())
            .refuses([409]),
    ]
}
