//! The helper for embedders: one text for plan and end state.

use engage_adapters::memory::{MemoryCrm, Schema, presets};
use engage_adapters::snapshot;
use engage_engine::ids::RefId;
use engage_engine::model::{
    EntityDefinition, EntityPattern, Field, FieldKind, FieldRef, FieldRequirement, Model, PatternPart,
};
use engage_engine::plan::{InputShape, plan};
use engage_engine::{Catalog, CrmName, Execution, FieldName, Identity, Input, Operation, SemanticId};

fn slug(text: &str) -> SemanticId {
    SemanticId::new(text).unwrap()
}

fn definition(name: &str, fields: Vec<(&str, FieldKind)>) -> EntityDefinition {
    let field = |(name, kind): (&str, FieldKind)| Field::new(FieldName::new(name).unwrap(), name.to_lowercase(), kind);
    EntityDefinition {
        id: slug(name),
        name: name.to_owned(),
        description: String::new(),
        crm: CrmName::new("dataverse").unwrap(),
        crm_type: name.to_owned(),
        fields: fields.into_iter().map(field).collect(),
        idempotency: None,
        keys: Vec::new(),
        embedded: None,
    }
}

fn family() -> Catalog {
    let text = || FieldKind::String { allowed: Vec::new() };
    let part = |name: &str| PatternPart::new(RefId::new(name).unwrap(), slug(name));
    let at =
        |part: &str, field: &str| FieldRef { part: RefId::new(part).unwrap(), field: FieldName::new(field).unwrap() };
    let pattern = EntityPattern {
        id: slug("family"),
        name: "Family".to_owned(),
        description: String::new(),
        escalation: None,
        parts: vec![part("account"), part("contact")],
        requirements: vec![FieldRequirement {
            dependent: at("contact", "AccountId"),
            sources: vec![at("account", "Id")],
            optional: false,
            deferred: false,
        }],
    };
    let account = FieldKind::Ref { entity: slug("account"), via: None };
    let model = Model {
        definitions: vec![
            definition("account", vec![("Name", text())]),
            definition("contact", vec![("LastName", text()), ("AccountId", account)]),
        ],
        patterns: vec![pattern],
    };
    engage_engine::check(&model).catalog.unwrap()
}

fn empty(catalog: &Catalog) -> MemoryCrm {
    let crm = CrmName::new("dataverse").unwrap();
    MemoryCrm::new(Schema::derive(catalog, &crm)).unwrap().with_capabilities(presets::batch_of(2))
}

#[tokio::test]
async fn one_call_tells_plan_outcome_and_records_the_same_every_time() {
    let catalog = family();
    let input = serde_json::json!({"account": {"Name": "Acme"}, "contact": {"LastName": "Lund"}});
    let of = async |operation, input: &serde_json::Value| {
        let crm = empty(&catalog);
        let text = snapshot::of(&catalog, &crm, "family", operation, input).await;
        assert_eq!(text, snapshot::of(&catalog, &empty(&catalog), "family", operation, input).await);
        text
    };
    let text = of(Operation::Create, &input).await;
    let (plan, rest) = text.split_once("# outcome").unwrap();
    assert!(plan.starts_with("create family on dataverse, as employee\nround trips: 1"), "{plan}");
    insta::assert_snapshot!(rest, @r#"
    account[0] created  bb6bb59e-dcdc-57cf-b38f-8fbaa572993f
    contact[0] created  8038a172-55ed-504f-8ce7-32e25a744e20

    # records
    account
      bb6bb59e-dcdc-57cf-b38f-8fbaa572993f  Name="Acme"
    contact
      8038a172-55ed-504f-8ce7-32e25a744e20  AccountId="bb6bb59e-dcdc-57cf-b38f-8fbaa572993f" LastName="Lund"
    "#);
    let missing = of(Operation::Update, &serde_json::json!({"account": {"Id": "nobody", "Name": "A"}})).await;
    insta::assert_snapshot!(missing.split_once("# stopped").unwrap().1, @r#"
    `account[0]`: the CRM did not do it: not found

    # records
    "#);
    let wrong = of(Operation::Create, &serde_json::json!({"acount": {}})).await;
    insta::assert_snapshot!(wrong, @r#"
    # problems
    acount: `family` has no part `acount`
    "#);
}

#[tokio::test]
async fn plan_and_records_are_one_text() {
    let catalog = family();
    let pattern = catalog.pattern("dataverse", "family").unwrap();
    let input = serde_json::json!({"account": {"Name": "Acme"}, "contact": {"LastName": "Lund"}});
    let input = Input::from_json(pattern, &input).unwrap();
    let capabilities = presets::batch_of(2);
    let plan = plan(pattern, Operation::Create, &InputShape::of(pattern, &input), &capabilities).unwrap();
    let crm = MemoryCrm::new(Schema::derive(&catalog, &pattern.crm)).unwrap().with_capabilities(capabilities);
    Execution::new(pattern, Operation::Create, input, &crm, Identity::Employee("ann".to_owned()))
        .run("run-1")
        .operation_key(uuid::Uuid::nil())
        .execute()
        .await
        .unwrap();
    insta::assert_snapshot!(snapshot::text(&plan, &crm, &catalog), @r#"
    create family on dataverse, as employee
    round trips: 1, depth: 1, server operations: 2
    atomic: yes, once: yes, retry-safe: yes
    guard: not applicable, race: no, over-fetch: no

    stage 1
      #0 create account
           Name <- input

    stage 2
      #1 create contact, after #0
           AccountId <- account.Id (#0)
           LastName <- input

    trip 1
      request 1: transaction, all or nothing
        #0 create account
        #1 create contact

    # records
    account
      bb6bb59e-dcdc-57cf-b38f-8fbaa572993f  Name="Acme"
    contact
      8038a172-55ed-504f-8ce7-32e25a744e20  AccountId="bb6bb59e-dcdc-57cf-b38f-8fbaa572993f" LastName="Lund"
    "#);
}
