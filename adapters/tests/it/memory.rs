//! What the simulated CRM has beyond the contract of every adapter.

use engage_adapters::memory::{Calls, Columns, MemoryCrm, Permissions, Rights, Schema};
use engage_engine::adapter::{Adapter, AdapterErrorKind, WriteGroup};
use engage_engine::model::{Choice, EntityDefinition, Field, FieldKind, Model, WireValue};
use engage_engine::{Catalog, FieldName, Identity, SemanticId, Value};

use crate::support::{batch, call, catalog, create, delete, entity, id, instance, memory, one, query, text, update};

fn ada() -> Identity {
    Identity::Employee("ada".to_owned())
}

#[tokio::test]
async fn an_identity_may_do_what_it_was_given_down_to_columns() {
    let some = Rights {
        create: Columns::only(["acct_name"]),
        read: Columns::only(["acct_name"]),
        write: Columns::None,
        delete: false,
    };
    let crm = memory().with_permissions(Permissions::default().grant(&ada(), "acct", some));
    let name = ("Name", text("A"));
    let tries = [
        (create("account", std::slice::from_ref(&name)), true),
        (create("account", &[name.clone(), ("Number", text("1"))]), false),
        (create("contact", &[("LastName", text("L"))]), false),
        (update("account", "a1", std::slice::from_ref(&name)), false),
        (delete("account", "a1"), false),
    ];
    crm.seed(&entity("account"), &instance(&[("Id", id("a1"))])).unwrap();
    for (write, allowed) in tries {
        let results = crm.write(&call(ada()), &batch(vec![write.clone()])).await.unwrap();
        let denied = results[0].as_ref().is_err_and(|error| error.kind == AdapterErrorKind::Denied);
        assert_eq!(!denied, allowed, "{:?}", write.action);
    }
    crm.read(&call(ada()), &[query("account", &["Name"])]).await.unwrap();
    let mut by_number = query("account", &["Name"]);
    by_number.sort = Some((entity("account").position("Number").unwrap(), Default::default()));
    for query in [query("account", &["Number"]), by_number, query("contact", &[])] {
        assert_eq!(crm.read(&call(ada()), &[query]).await.unwrap_err().kind, AdapterErrorKind::Denied);
    }
    // Nobody said anything about the application.
    one(&crm, delete("account", "a1")).await.unwrap();
}

#[tokio::test]
async fn a_deleted_record_clears_optional_references_and_required_ones_keep_it() {
    let crm = memory();
    let contact = instance(&[("Id", id("c1")), ("LastName", text("L")), ("AccountId", id("a1"))]);
    let account = instance(&[("Id", id("a1")), ("Name", text("A")), ("PrimaryId", id("c1"))]);
    crm.seed_all([(&*entity("contact"), &contact), (&*entity("account"), &account)]).unwrap();
    one(&crm, delete("account", "a1")).await.unwrap();
    assert_eq!(crm.dump_text(&catalog()), "contact\n  c1  LastName=\"L\"\n");

    let mut schema = memory().schema().clone();
    schema.tables.get_mut("cont").unwrap().columns.get_mut("cont_acct").unwrap().required = true;
    let crm = MemoryCrm::new(schema).unwrap();
    crm.seed_all([(&*entity("contact"), &contact), (&*entity("account"), &account)]).unwrap();
    let error = one(&crm, delete("account", "a1")).await.unwrap_err();
    assert_eq!(error.kind, AdapterErrorKind::Rejected { field: None });
    assert_eq!(crm.dump(&catalog())["account"].len(), 1);
}

#[tokio::test]
async fn an_id_in_capitals_is_the_same_id() {
    let crm = memory();
    let contact = instance(&[("Id", id("c-a")), ("LastName", text("L"))]);
    let account = instance(&[("Id", id("a-b")), ("Name", text("A"))]);
    crm.seed_all([(&*entity("contact"), &contact), (&*entity("account"), &account)]).unwrap();
    one(&crm, update("contact", "C-A", &[("AccountId", id("A-B"))])).await.unwrap();
    assert_eq!(crm.dump(&catalog())["contact"][0]["AccountId"], id("a-b"));
    one(&crm, delete("account", "A-b")).await.unwrap();
    assert!(crm.dump(&catalog())["account"].is_empty());
}

#[tokio::test]
async fn calls_are_counted_and_refused_ones_are_not() {
    let crm = memory().with_capabilities(engage_adapters::memory::presets::no_atomic_groups());
    one(&crm, create("account", &[("Name", text("A"))])).await.unwrap();
    crm.read(&call(ada()), &[query("account", &[]), query("contact", &[])]).await.unwrap();
    let group = WriteGroup { atomic: true, writes: vec![create("account", &[])] };
    crm.write(&call(ada()), &group).await.unwrap_err();
    assert_eq!(crm.calls(), Calls { reads: 1, writes: 1, operations: 3 });
}

#[tokio::test]
async fn a_page_that_is_cut_says_so() {
    let crm = memory().with_most_rows(2);
    for name in ["a", "b", "c"] {
        one(&crm, create("account", &[("Name", text(name))])).await.unwrap();
    }
    let pages = crm.read(&call(ada()), &[query("account", &[])]).await.unwrap();
    assert_eq!((pages[0].rows.len(), pages[0].truncated), (2, true));
}

fn ref_to(entity: &str, via: &str) -> FieldKind {
    FieldKind::Ref { entity: SemanticId::new(entity).unwrap(), via: Some(via.to_owned()) }
}

fn definition(id: &str, crm_type: &str, fields: Vec<Field>) -> EntityDefinition {
    EntityDefinition {
        id: SemanticId::new(id).unwrap(),
        name: id.to_owned(),
        description: String::new(),
        crm: "salesforce".parse().unwrap(),
        crm_type: crm_type.to_owned(),
        fields,
        idempotency: None,
        keys: Vec::new(),
        embedded: None,
    }
}

fn field(name: &str, column: &str, kind: FieldKind) -> Field {
    Field::new(FieldName::new(name).unwrap(), column, kind)
}

/// An event whose account is derived from what it is about.
fn derived() -> Catalog {
    let status = vec![Choice { name: "Open".to_owned(), wire: Some(WireValue::Int(1)) }];
    let account =
        Field { write: Some("WhatId".to_owned()), ..field("AccountId", "AccountId", ref_to("account", "What")) };
    let model = Model {
        definitions: vec![
            definition("account", "Account", vec![field("Name", "Name", FieldKind::String { allowed: Vec::new() })]),
            definition("event", "Event", vec![account, field("Status", "Status", FieldKind::Choice(status))]),
        ],
        patterns: Vec::new(),
    };
    engage_engine::check(&model).catalog.unwrap()
}

const DERIVED: &str = "kind: CrmSchema
crm: salesforce
tables:
  Account: {key: Id, columns: {Name: {type: String}}}
  Opportunity: {key: Id}
  Event:
    key: Id
    columns:
      WhatId: {type: Ref, targets: [Account, Opportunity], navigation: What}
      AccountId: {type: Ref, targets: [Account], create: false, update: false, follows: WhatId}
      Status: {type: Choice, choices: {1: Open, 2: Closed}}
";

#[tokio::test]
async fn a_derived_column_follows_the_one_that_is_written() {
    let catalog = derived();
    let files = Schema::from_yaml(DERIVED).unwrap();
    for schema in [files, Schema::derive(&catalog, &"salesforce".parse().unwrap())] {
        let crm = MemoryCrm::new(schema).unwrap().with_catalog(&catalog);
        let entity = |id| catalog.entity("salesforce", id).unwrap();
        let account = crm.seed(entity("account"), &instance(&[("Name", text("A"))])).unwrap();
        crm.seed(entity("event"), &instance(&[("AccountId", id(&account)), ("Status", Value::Choice("Open".into()))]))
            .unwrap();
        assert_eq!(account, "001000000000001AAA");
        assert_eq!(
            crm.dump_text(&catalog),
            "account\n  001000000000001AAA  Name=\"A\"\nevent\n  00U000000000002EAA  AccountId=\"001000000000001AAA\" Status=\"Open\"\n"
        );
    }
}

#[test]
fn a_stored_choice_without_a_name_shows_the_crms_own() {
    let catalog = derived();
    let more = vec![Choice { name: "Closed".to_owned(), wire: Some(WireValue::Int(2)) }];
    let model = Model {
        definitions: vec![definition("event", "Event", vec![field("Status", "Status", FieldKind::Choice(more))])],
        patterns: Vec::new(),
    };
    let other = engage_engine::check(&model).catalog.unwrap();
    let crm = MemoryCrm::new(Schema::from_yaml(DERIVED).unwrap()).unwrap();
    crm.seed(other.entity("salesforce", "event").unwrap(), &instance(&[("Status", Value::Choice("Closed".into()))]))
        .unwrap();
    assert!(crm.dump_text(&catalog).contains("Status=\"2\""));
}

#[test]
fn schemas_of_one_crm_are_put_together() {
    let parse = |text: &str| Schema::from_yaml(text).unwrap();
    let more = "kind: CrmSchema\ncrm: salesforce\ntables:\n  Account: {key: Id, columns: {Phone: {type: String}}}\n  Lead: {key: Id}\n";
    let both = parse(DERIVED).merge(parse(more)).unwrap();
    assert_eq!(both.tables["Account"].columns.len(), 2);
    assert!(both.tables.contains_key("Lead"));
    let other =
        parse("kind: CrmSchema\ncrm: salesforce\ntables:\n  Account: {key: Id, columns: {Name: {type: Int}}}\n");
    let error = both.clone().merge(other).unwrap_err();
    assert_eq!(error.to_string(), "two schemas cannot be put together: they describe `Account.Name` differently");
    let error = both.merge(parse("kind: CrmSchema\ncrm: dataverse\n")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "two schemas cannot be put together: one is for `salesforce`, the other for `dataverse`"
    );
}

#[test]
fn a_schema_whose_names_lead_nowhere_is_refused() {
    let table = |rest: &str| format!("kind: CrmSchema\ncrm: x\ntables:\n  t: {{key: k, {rest}}}\n");
    for (rest, wanted) in [
        ("keys: [[a]]", "`t`: there is no column `a`"),
        ("columns: {a: {type: Int, follows: b}}", "`t`: there is no column `b`"),
        ("columns: {a: {type: Int, follows: a}}", "`t.a`: what it follows follows something itself"),
        ("columns: {a: {type: Id}}", "`t.a`: only the key is of type `Id`"),
        ("embedded: {in: u, as: rows}", "`t`: there is no table `u` to live in"),
        ("embedded: {in: t, as: rows}", "`t`: no column refers to the parent: name it with `by`"),
    ] {
        let error = MemoryCrm::new(Schema::from_yaml(&table(rest)).unwrap()).unwrap_err();
        assert_eq!(error.to_string(), wanted);
    }
}

#[test]
fn what_would_be_sent_can_be_read() {
    let crm = memory();
    let group = WriteGroup {
        atomic: true,
        writes: vec![create("account", &[("Name", text("A")), ("Stage", Value::Choice("Won".into()))])],
    };
    let requests = crm.preview_write(&group).unwrap();
    insta::assert_snapshot!(format!("{} {}\n{}", requests[0].method, requests[0].target, requests[0].body), @r#"
    WRITE transaction of 1
    [
      {
        "POST": "acct",
        "ref": 0,
        "set": {
          "acct_name": "A",
          "acct_stage": 2
        }
      }
    ]
    "#);
}
