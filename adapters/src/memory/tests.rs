use engage_engine::adapter::{Adapter, Back, Call, Join, Query, Write, WriteAction, WriteGroup, WriteValue};
use engage_engine::{Catalog, FieldName, Identity, Value};
use std::sync::Arc;

use super::*;
use crate::conformance;

fn crm() -> (MemoryCrm, Catalog) {
    let name: CrmName = "memory".parse().unwrap();
    let catalog = conformance::catalog(&name);
    (MemoryCrm::new(conformance::schema(&name).unwrap()).unwrap().with_catalog(&catalog), catalog)
}

fn call() -> Call {
    Call { identity: Identity::Application, run: "r".into(), timeout: None }
}

fn instance(fields: &[(&str, Value)]) -> engage_engine::Instance {
    fields.iter().map(|(name, value)| (FieldName::new(name).unwrap(), value.clone())).collect()
}

fn text(text: &str) -> Value {
    Value::String(text.into())
}

fn create(catalog: &Catalog, entity: &str, fields: &[(&str, WriteValue)]) -> Write {
    let entity = Arc::clone(catalog.entity("memory", entity).unwrap());
    let mut fields: Vec<_> =
        fields.iter().map(|(name, value)| (entity.position(name).unwrap(), value.clone())).collect();
    fields.sort_by_key(|(position, _)| *position);
    Write { entity, action: WriteAction::Create { id: None }, fields, embedded: Vec::new() }
}

#[tokio::test]
async fn writes_refer_back_and_reads_join() {
    let (crm, catalog) = crm();
    let writes = vec![
        create(&catalog, "account", &[("Name", WriteValue::Value(text("Acme")))]),
        create(
            &catalog,
            "contact",
            &[("LastName", WriteValue::Value(text("Lovelace"))), ("AccountId", WriteValue::Back(Back(0)))],
        ),
    ];
    let written = crm.write(&call(), &WriteGroup { atomic: true, writes }).await.unwrap();
    assert!(written.iter().all(|written| written.as_ref().unwrap().created));
    let account = catalog.entity("memory", "account").unwrap();
    let contact = catalog.entity("memory", "contact").unwrap();
    let plain = |entity: &Arc<engage_engine::catalog::Entity>, select| Query {
        entity: Arc::clone(entity),
        select,
        filter: None,
        sort: None,
        limit: None,
        joins: Vec::new(),
    };
    let mut query = plain(account, vec![account.position("Name").unwrap()]);
    query.joins.push(Join {
        parent_field: account.position("Id").unwrap(),
        child_field: contact.position("AccountId").unwrap(),
        query: plain(contact, vec![contact.position("LastName").unwrap()]),
    });
    let pages = crm.read(&call(), &[query]).await.unwrap();
    assert_eq!(pages[0].rows[0].joined[0][0].values["LastName"], text("Lovelace"));
    insta::assert_snapshot!(crm.dump_text(&catalog), @r#"
    account
      00000000-0000-4000-8000-000000000001  Name="Acme"
    contact
      00000000-0000-4000-8000-000000000002  AccountId="00000000-0000-4000-8000-000000000001" LastName="Lovelace"
    "#);
}

#[tokio::test]
async fn a_failed_atomic_group_leaves_nothing() {
    let (crm, catalog) = crm();
    let writes = vec![
        create(&catalog, "account", &[("Name", WriteValue::Value(text("Acme")))]),
        create(&catalog, "contact", &[]),
    ];
    let failed = crm.write(&call(), &WriteGroup { atomic: true, writes }).await.unwrap_err();
    assert_eq!(failed.culprit, Some(1));
    assert_eq!(crm.dump_text(&catalog), "");
}

#[test]
fn seeds_refer_to_each_other_in_any_order() {
    let (crm, catalog) = crm();
    let id = |text: &str| Value::Id(text.into());
    let contact = instance(&[("Id", id("c1")), ("LastName", text("Lovelace")), ("AccountId", id("a1"))]);
    let account = instance(&[("Id", id("a1")), ("Name", text("Acme")), ("PrimaryId", id("c1"))]);
    let entity = |id: &str| catalog.entity("memory", id).unwrap().as_ref();
    crm.seed_all([(entity("contact"), &contact), (entity("account"), &account)]).unwrap();
    insta::assert_snapshot!(crm.dump_text(&catalog), @r#"
    account
      a1  Name="Acme" PrimaryId="c1"
    contact
      c1  AccountId="a1" LastName="Lovelace"
    "#);
    let error = crm.seed(entity("contact"), &instance(&[("Id", id("c2")), ("AccountId", id("nowhere"))])).unwrap_err();
    insta::assert_snapshot!(error, @"`contact` `c2`, field `AccountId`: the record that it refers to is not there");
}

#[tokio::test]
async fn a_saved_crm_is_the_same_when_loaded() {
    let (crm, catalog) = crm();
    let account = instance(&[
        ("Id", Value::Id("a1".into())),
        ("Name", text("Acme")),
        ("Revenue", Value::Decimal("12.50".parse().unwrap())),
        ("Stage", Value::Choice("Won".into())),
        ("Tags", Value::MultiChoice(vec!["Gold".into(), "Local".into()])),
        ("Founded", Value::Date("1999-01-02".parse().unwrap())),
        ("Score", Value::Double(0.5)),
    ]);
    crm.seed(catalog.entity("memory", "account").unwrap(), &account).unwrap();
    let note = instance(&[("AccountId", Value::Id("a1".into()))]);
    crm.seed(catalog.entity("memory", "note").unwrap(), &note).unwrap();
    let folder = std::env::temp_dir().join(format!("engage-memory-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("crm.json");
    crm.save(&path).unwrap();
    let loaded = MemoryCrm::load(&path).unwrap().with_catalog(&catalog);
    assert_eq!(loaded.dump(&catalog), crm.dump(&catalog));
    let text = std::fs::read_to_string(&path).unwrap();
    loaded.save(&path).unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    std::fs::write(&path, &text[..text.len() / 2]).unwrap();
    let error = MemoryCrm::load(&path).unwrap_err().to_string();
    assert!(error.contains("is no state of a simulated CRM: EOF"), "{error}");
    // A counter at its end would not count the next write.
    for counter in ["@revision", "revision", "made"] {
        let mut state: serde_json::Value = serde_json::from_str(&text).unwrap();
        let top = serde_json::json!(u64::MAX);
        match counter {
            "@revision" => state["tables"]["acct"]["a1"][counter] = top,
            _ => state[counter] = top,
        }
        std::fs::write(&path, state.to_string()).unwrap();
        let error = MemoryCrm::load(&path).unwrap_err().to_string();
        assert!(error.contains("up to 9007199254740992"), "{error}");
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

#[tokio::test]
async fn a_schema_file_of_the_starter_form_is_read() {
    let text = "kind: CrmSchema\ncrm: dataverse\nsource: a page\ntables:\n  appointment:\n    key: activityid\n    inferred: true\n    columns:\n      activityid: {type: Id}\n      statuscode: {type: Choice, choices: {1: Free, 5: Busy}}\n      owner: {type: Ref, targets: [user, team], navigation: {user: owner_user, team: owner_team}}\n      other: {type: Ref, targets: [user], navigation: other}\n    children: {note: Appointment_Note}\n";
    let schema = Schema::from_yaml(text).unwrap();
    assert_eq!(schema.tables["appointment"].columns["statuscode"].choices.len(), 2);
    MemoryCrm::new(schema).unwrap();
    for (bad, why) in [
        ("kind: CrmSchema\ncrm: x\ntables:\n  a: {key: k, colums: {}}\n", "unknown field `colums`"),
        ("kind: CrmSchema\ncrm: x\ntables:\n  a: {key: k}\n  a: {key: k}\n", "`a` stands here twice"),
        ("kind: Case\ncrm: x\n", "unknown variant"),
        ("kind: CrmSchema\ncrm: X!\n", "`X!` is no CRM name"),
        (&format!("kind: {}", "[".repeat(100_000)), "more than 64 deep"),
    ] {
        let error = Schema::from_yaml(bad).unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
    }
    let no_columns = "kind: CrmSchema\ncrm: x\ntables:\n  a: {key: k, keys: [[]]}\n";
    let error = MemoryCrm::new(Schema::from_yaml(no_columns).unwrap()).unwrap_err().to_string();
    assert_eq!(error, "`a`: a key without columns would let one row in");
}
