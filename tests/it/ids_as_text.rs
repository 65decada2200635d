//! References that a CRM has no relationship for, kept as ids in a column of text, over HTTP.

use engage_engine::adapter::Adapter;
use engage_engine::run::{Execution, Outcome};
use engage_engine::{Identity, Input, Operation};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::environment::{Environment, id};

const MODEL: &str = r#"
entity account "Account" on dataverse account {
  Id   -> accountid
  Name -> name  required
}

entity contact "Contact" on dataverse contact {
  Id       -> contactid
  LastName -> lastname    required
  Account  -> employeeid  ref account
}

pattern staff "Staff" {
  as application "a test"
  account    : account
  contacts[] : contact  optional
  contacts.Account = account.Id
}
"#;

async fn create(environment: &Environment, crm: &dyn Adapter, key: u128, input: &Json) -> Outcome {
    let pattern = environment.pattern("staff");
    let input = Input::from_json(pattern, input).unwrap();
    let execution = Execution::new(pattern, Operation::Create, input, crm, Identity::Application);
    execution.operation_key(Uuid::from_u128(key)).clock(&crate::run::Still).execute().await.unwrap()
}

#[tokio::test]
async fn they_are_written_read_joined_and_compared() {
    let environment = Environment::start(MODEL, &[("account", json!([{"Id": id(1), "Name": "Acme"}]))]).await;
    let (crm, memory) = (&environment.crm as &dyn Adapter, &environment.memory as &dyn Adapter);
    let made = json!({"account": {"Name": "New"}, "contacts": [{"LastName": "A"}, {"LastName": "B"}]});
    let known = json!({"account": {"Id": id(1)}, "contacts": [{"LastName": "C"}]});
    for (key, input) in [(1, &made), (2, &known)] {
        create(&environment, memory, key, input).await;
        create(&environment, crm, key, input).await;
    }
    let everybody = json!({"account": {"$filter": {"field": "Name", "operator": "IsNotNull"}}});
    let one = json!({"contacts": {"$filter": {"field": "Account", "operator": "Equals", "value": id(1)}}});
    let others =
        json!({"contacts": {"$filter": {"field": "Account", "operator": "NotEquals", "value": id(1).to_uppercase()}}});
    let listed = json!({"contacts": {"$filter": {"field": "Account", "operator": "In", "values": [id(1), id(9)]}}});
    for (input, matches) in [(everybody, 2), (one, 1), (others, 2), (listed, 1)] {
        let found = environment.read(crm, "staff", &input).await.unwrap().to_json();
        assert_eq!(found["Results"].as_array().unwrap().len(), matches, "{input}: {found}");
        let named = |found: &Json| {
            let names = |part: &Json, name: &str| {
                let mut names: Vec<String> = part.as_array().unwrap().iter().map(|one| one[name].to_string()).collect();
                names.sort_unstable();
                names
            };
            let results = found["Results"].as_array().unwrap().iter();
            let mut named: Vec<_> = results
                .map(|found| (names(&found["account"], "Name"), names(&found["contacts"], "LastName")))
                .collect();
            named.sort_unstable();
            named
        };
        let expected = environment.read(memory, "staff", &input).await.unwrap().to_json();
        assert_eq!(named(&found), named(&expected), "{input}");
    }
}
