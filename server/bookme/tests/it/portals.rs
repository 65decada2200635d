//! Portals: their rules, and what may be filled in.

use std::collections::BTreeMap;

use engage_bookme::model::{Field, Portal, Preset, Thing, Validation};
use engage_bookme::values::{AuthenticationType, BookedBy, CreationStrategy, FieldType};
use engage_bookme::{Error, Problems};
use proptest::prelude::*;
use uuid::Uuid;

use crate::world::fields;

pub(crate) fn field(name: &str, field_type: FieldType) -> Field {
    Field {
        id: Uuid::nil(),
        name: name.to_owned(),
        label: name.to_owned(),
        field_type,
        placeholder: None,
        hidden: false,
        description: None,
        default_value: None,
        order: 0,
        options: Vec::new(),
        required: false,
        validations: Vec::new(),
    }
}

pub(crate) fn portal(fields: Vec<Field>) -> Portal {
    Portal {
        name: "Retail".to_owned(),
        authentication_type: AuthenticationType::MitId,
        customer_type_id: None,
        topic_id: None,
        location: None,
        fields,
        logo_url: None,
        logo_height: None,
        styling: None,
        ical_enabled: false,
        crm_mapping_configuration_id: None,
        crm_creation_strategy: None,
        labels: Vec::new(),
    }
}

fn like(pattern: &str) -> Vec<Validation> {
    vec![Validation { pattern: pattern.to_owned(), error_message: Some("not like that".to_owned()) }]
}

fn problems(portal: &Portal) -> Vec<String> {
    let mut problems = Problems::default();
    portal.check(&mut problems);
    problems.into_iter().map(|problem| problem.field).collect()
}

#[test]
fn what_cannot_be_is_told_all_at_once() {
    let wrong = portal(vec![
        Field { validations: like("(?=x)"), ..field("a", FieldType::Text) },
        Field { hidden: true, required: true, ..field("a", FieldType::Text) },
        field("c", FieldType::Dropdown),
        Field { default_value: Some("x".to_owned()), ..field("d", FieldType::Number) },
        field("", FieldType::Text),
    ]);
    assert_eq!(
        problems(&wrong),
        [
            "/fields/0/validations/0/pattern",
            "/fields/1/name",
            "/fields/1/defaultValue",
            "/fields/2/options",
            "/fields/3/defaultValue",
            "/fields/4/name",
            "/fields/4/label",
        ]
    );
    let unmapped = Portal { crm_creation_strategy: Some(CreationStrategy::CrmConfiguration), ..portal(vec![]) };
    assert_eq!(problems(&unmapped), ["/crmMappingConfigurationId"]);
    assert_eq!(portal(vec![]).strategy(), CreationStrategy::Playbook);
    assert_eq!(portal(vec![]).booked_by(), BookedBy::PortalCustomer);
}

fn fill(portal: &Portal, given: &[(&str, &str)]) -> Result<BTreeMap<String, String>, Error> {
    portal.filled_in(&given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
}

#[test]
fn hidden_fields_are_the_servers() {
    let portal = portal(vec![
        Field { hidden: true, default_value: Some("web".to_owned()), ..field("source", FieldType::Text) },
        Field { required: true, ..field("why", FieldType::Text) },
        Field { default_value: Some("5".to_owned()), ..field("count", FieldType::Number) },
        field("empty", FieldType::Text),
    ]);
    let filled = fill(&portal, &[("source", "mine"), ("why", "loan"), ("empty", "")]).unwrap();
    let filled: Vec<(&str, &str)> = filled.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(filled, [("count", "5"), ("source", "web"), ("why", "loan")]);
    assert_eq!(
        fields(fill(&portal, &[("why", ""), ("count", "many"), ("x/y", "1")])),
        ["/customFields/why", "/customFields/count", "/customFields/x~1y",]
    );
}

#[test]
fn presets_hold_what_they_are_for() {
    let cases = [
        (Preset::Cpr, "010203-1234", "0102031234"),
        (Preset::Name, "Åse", "Åse Ø"),
        (Preset::Email, "a.b@x.dk", "a.b@x"),
        (Preset::Phone, "+4512345678", "12345678"),
        (Preset::Url, "www.x.dk", "x dk."),
    ];
    for (preset, right, wrong) in cases {
        let portal = portal(vec![Field { validations: like(preset.pattern()), ..field("f", FieldType::Text) }]);
        assert!(problems(&portal).is_empty());
        fill(&portal, &[("f", right)]).unwrap();
        let refused = fill(&portal, &[("f", wrong)]).unwrap_err();
        assert!(!format!("{refused:?}").contains(wrong), "no value is shown");
    }
    assert!(Field { validations: like(Preset::Cpr.pattern()), ..field("f", FieldType::Text) }.is_sealed());
}

proptest! {
    /// Whatever a pattern and a value are, nobody waits and nothing panics; what was accepted is what was given.
    #[test]
    fn any_pattern_and_any_value(pattern in "\\PC{0,40}", value in "\\PC{0,200}") {
        let portal = portal(vec![Field { validations: like(&pattern), ..field("f", FieldType::Text) }]);
        if problems(&portal).is_empty()
            && let Ok(filled) = fill(&portal, &[("f", &value)])
        {
            prop_assert_eq!(filled.get("f").cloned().unwrap_or_default(), value);
        }
    }
}
