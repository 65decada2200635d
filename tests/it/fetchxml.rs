//! Joins by value as FetchXML, over HTTP: one request, and the answer that the simulated CRM gives.

use engage_adapters::targets;
use engage_engine::adapter::Adapter;
use engage_engine::plan::{InputShape, audit, plan};
use engage_engine::{Input, Operation, Plan};
use serde_json::{Value as Json, json};

use crate::environment::{Environment, id};

const MODEL: &str = r#"
entity account "Account" on dataverse account {
  Id        -> accountid
  Name      -> name  required
  Number    -> accountnumber
  Mail      -> emailaddress1
  Revenue   -> revenue  decimal
  Employees -> numberofemployees  int
  OnHold    -> creditonhold  choice { Yes = true, No = false }
  Primary   -> primarycontactid  ref contact via primarycontactid
}

entity contact "Contact" on dataverse contact {
  Id       -> contactid
  LastName -> lastname  required
  Mail     -> emailaddress1
  Born     -> birthdate  date
  Seen     -> lastonholdtime  datetime
  Children -> numberofchildren  int
  Limit    -> creditlimit  decimal
  NoMail   -> donotemail  boolean
  Status   -> familystatuscode  choice { Single = 1, Married = 2 }
  Account  -> parentcustomerid  ref account via parentcustomerid_account
  Boss     -> parentcustomerid  ref contact via parentcustomerid_contact
}

entity remark "Remark" on dataverse annotation {
  Id      -> annotationid
  Title   -> subject
  Contact -> objectid  ref contact via objectid_contact
}

pattern by-mail "People by e-mail" {
  as application "a test"
  account    : account  readonly root
  contacts[] : contact  readonly optional
  primary    : contact  readonly optional
  employer   : account  readonly optional
  remarks[]  : remark   readonly optional

  contacts.Mail    = account.Mail
  account.Primary  = primary.Id   optional
  contacts.Account = employer.Id  optional
  remarks.Contact  = contacts.Id
}

pattern first "The first of them" {
  as application "a test"
  account    : account  readonly root
  contacts[] : contact  readonly optional  sort LastName desc limit 2
  contacts.Mail = account.Mail
}

pattern beside "Two lists" {
  as application "a test"
  account    : account  readonly root
  contacts[] : contact  readonly optional
  staff[]    : contact  readonly optional
  contacts.Mail = account.Mail
  staff.Account = account.Id
}
"#;

fn records() -> Vec<(&'static str, Json)> {
    vec![
        (
            "account",
            json!([
                {"Id": id(2), "Name": "Beta", "Number": "2", "Mail": "beta@acme.example"},
                {"Id": id(3), "Name": "Nobody's", "Number": "3", "Mail": "nobody@acme.example"},
                {"Id": id(4), "Name": "Silent", "Number": "4"},
            ]),
        ),
        (
            "contact",
            json!([
                {"Id": id(21), "LastName": "Åse", "Mail": "team@acme.example", "Born": "1999-12-31", "Children": 2,
                 "Seen": "2026-11-24T09:00:00Z", "Limit": "90071992547.91", "NoMail": true, "Status": "Married"},
                {"Id": id(22), "LastName": "Berg", "Mail": "TEAM@acme.example", "Account": id(2)},
                {"Id": id(23), "LastName": "Dal", "Mail": "other@acme.example"},
                {"Id": id(24), "LastName": "Eng"},
                {"Id": id(25), "LastName": "Fjord", "Mail": "beta@acme.example", "Boss": id(21)},
            ]),
        ),
        (
            "account",
            json!([{"Id": id(1), "Name": "Acme", "Number": "1", "Mail": "team@acme.example", "Revenue": "1234567.89",
                    "Employees": 12, "OnHold": "Yes", "Primary": id(23)}]),
        ),
        (
            "remark",
            json!([
                {"Id": id(31), "Title": "a", "Contact": id(21)}, {"Id": id(32), "Title": "b", "Contact": id(21)},
                {"Id": id(33), "Title": "c", "Contact": id(25)}, {"Id": id(34), "Title": "d", "Contact": id(24)},
            ]),
        ),
    ]
}

/// A yes-or-no column is no where nothing is said: the simulated CRM is told.
async fn start(mut records: Vec<(&str, Json)>) -> Environment {
    for (entity, records) in &mut records {
        let (field, no) = match *entity {
            "account" => ("OnHold", json!("No")),
            "contact" => ("NoMail", json!(false)),
            _ => continue,
        };
        for record in records.as_array_mut().unwrap() {
            record.as_object_mut().unwrap().entry(field).or_insert(no.clone());
        }
    }
    let mut environment = Environment::start(MODEL, &records).await;
    environment.memory = environment.memory.with_capabilities(targets::dataverse());
    environment
}

fn by(operator: &str, field: &str, value: Json) -> Json {
    let key = if value.is_array() { "values" } else { "value" };
    json!({"account": {"$filter": {"field": field, "operator": operator, key: value}}})
}

fn numbered() -> Json {
    json!({"account": {"$filter": {"field": "Number", "operator": "IsNotNull"}}})
}

/// A plan that the auditor finds sound.
fn planned(environment: &Environment, pattern: &str, input: &Json) -> Plan {
    let pattern = environment.pattern(pattern);
    let shape = InputShape::of(pattern, &Input::from_json(pattern, input).unwrap());
    let can = targets::dataverse();
    let plan = plan(pattern, Operation::Read, &shape, &can).unwrap();
    assert!(audit::audit(&plan, pattern, &shape, &can).is_empty(), "{plan}");
    plan
}

/// The same answer from both, in as many requests as the plan says; the requests.
async fn same(environment: &Environment, pattern: &str, input: &Json) -> Vec<String> {
    let expected = environment.read(&environment.memory, pattern, input).await.unwrap().to_json();
    environment.running.clear_log();
    let found = environment.read(&environment.crm, pattern, input).await.unwrap().to_json();
    assert_eq!(found, expected, "{pattern} {input}: {found:#}\n{expected:#}");
    let requests = environment.requests();
    assert_eq!(requests.len(), planned(environment, pattern, input).figures.round_trips, "{requests:?}");
    requests
}

async fn environment() -> Environment {
    start(records()).await
}

#[tokio::test]
async fn people_by_e_mail_with_all_that_hangs_on_them_are_one_request() {
    let environment = environment().await;
    let plan = planned(&environment, "by-mail", &numbered()).explain();
    insta::assert_snapshot!(plan);
    let requests = same(&environment, "by-mail", &numbered()).await;
    assert_eq!(requests, ["GET /api/data/v9.2/accounts"]);
    assert!(environment.running.log()[0].target.contains("fetchXml="));
    let input = json!({"account": {"Id": id(1)}});
    let found = environment.read(&environment.crm, "by-mail", &input).await.unwrap().to_json();
    insta::assert_snapshot!(serde_json::to_string_pretty(&found).unwrap());
}

#[tokio::test]
async fn what_a_value_join_does_not_save_is_not_joined_by_value() {
    let environment = environment().await;
    let plan = planned(&environment, "beside", &numbered()).explain();
    assert!(!plan.contains("by value") && plan.contains("listed from #0, Mail = Mail"), "{plan}");
    assert_eq!(same(&environment, "beside", &numbered()).await.len(), 2);
    // Sort and limit of each account's are applied here, and the plan says so.
    let plan = planned(&environment, "first", &numbered()).explain();
    assert!(plan.contains("joined by value to #0, Mail = Mail, over-fetch"), "{plan}");
    assert_eq!(same(&environment, "first", &numbered()).await.len(), 1);
}

#[tokio::test]
async fn conditions_say_the_same_as_anywhere() {
    let environment = environment().await;
    let not_null = json!({"account": {"$filter": {"not": {"field": "Mail", "operator": "IsNotNull"}}}});
    let nested = json!({"account": {"$filter": {"or": [
        {"and": [{"field": "Employees", "operator": "GreaterThan", "value": 3}, {"field": "OnHold", "operator": "Equals", "value": "Yes"}]},
        {"not": {"or": [{"field": "Name", "operator": "StartsWith", "value": "a"}, {"field": "Revenue", "operator": "LessThanOrEqual", "value": "5"}]}},
    ]}}});
    let inputs = [
        by("Equals", "Name", json!("ACME")),
        by("NotEquals", "Mail", json!("team@acme.example")),
        by("Contains", "Name", json!("y's")),
        by("EndsWith", "Name", json!("A")),
        by("In", "Number", json!(["1", "3", " "])),
        by("NotIn", "Mail", json!(["TEAM@acme.example", "x"])),
        by("GreaterThanOrEqual", "Revenue", json!("1234567.89")),
        by("NotEquals", "OnHold", json!("Yes")),
        by("Equals", "Primary", json!(id(23))),
        by("In", "Id", json!([id(1), id(2), id(99)])),
        not_null,
        nested,
    ];
    for input in inputs {
        assert_eq!(same(&environment, "by-mail", &input).await, ["GET /api/data/v9.2/accounts"]);
    }
}

/// Texts that would end what they stand in, were they not quoted.
const HOSTILE: [&str; 12] = [
    "\"/><condition attribute=\"name\" operator=\"not-null\"/><x y=\"",
    "' or '1'='1",
    "</value></condition></filter>",
    "a & b &amp; c &#38;",
    "<![CDATA[x]]>",
    "50%_[a]^-]",
    "tab\tline\nreturn\r.",
    "  blanks  ",
    "]]>--><!--",
    "&own;%own;",
    "東京 🏢 Å",
    "a+b=c&d#e?f%26",
];

#[tokio::test]
async fn hostile_values_are_values() {
    let texts = HOSTILE.iter().enumerate();
    let accounts: Vec<Json> = texts
        .map(|(number, text)| json!({"Id": id(number + 1), "Name": text, "Number": number.to_string(), "Mail": format!("m{number}@x")}))
        .collect();
    let contacts: Vec<Json> = (0..HOSTILE.len())
        .map(|number| json!({"Id": id(number + 101), "LastName": HOSTILE[number].chars().take(50).collect::<String>(), "Mail": format!("M{number}@x")}))
        .collect();
    let environment = start(vec![("contact", json!(contacts)), ("account", json!(accounts))]).await;
    for text in HOSTILE {
        for operator in ["Equals", "NotEquals", "Contains", "StartsWith", "EndsWith"] {
            same(&environment, "by-mail", &by(operator, "Name", json!(text))).await;
        }
        same(&environment, "by-mail", &by("In", "Name", json!([text, "x"]))).await;
        same(&environment, "by-mail", &by("NotIn", "Name", json!([text, "x"]))).await;
    }
    let all = environment.read(&environment.crm, "by-mail", &by("In", "Name", json!(HOSTILE))).await.unwrap();
    assert_eq!(all.results().unwrap().matches.len(), HOSTILE.len());
    // What no XML can hold is looked at here.
    same(&environment, "by-mail", &by("NotEquals", "Name", json!("\u{1}"))).await;
}

#[tokio::test]
async fn more_rows_than_a_page_are_all_there() {
    let contacts: Vec<Json> = (0..5_100)
        .map(|number| json!({"Id": id(number + 1000), "LastName": "L", "Mail": "one@acme.example"}))
        .collect();
    let account = json!([{"Id": id(1), "Name": "Acme", "Number": "1", "Mail": "one@acme.example"}]);
    let environment = start(vec![("contact", json!(contacts)), ("account", account)]).await;
    let found = environment.read(&environment.crm, "by-mail", &json!({"account": {"Id": id(1)}})).await.unwrap();
    let matches = &found.results().unwrap().matches;
    assert_eq!((matches.len(), matches[0].part("contacts").len()), (1, 5_100));
    assert_eq!(environment.requests(), ["GET /api/data/v9.2/accounts"; 2], "the second is the second page");
}

#[tokio::test]
async fn a_long_list_is_cut_there_too() {
    let environment = environment().await;
    let names: Vec<Json> =
        (0..500).map(|number| json!(format!("{number}{}", "&".repeat(60)))).chain([json!("Acme")]).collect();
    let found = environment.read(&environment.crm, "by-mail", &by("In", "Name", json!(names))).await.unwrap();
    assert_eq!(found.results().unwrap().matches[0].part("contacts").len(), 2);
    assert_eq!(environment.requests(), ["POST /api/data/v9.2/$batch"]);
    let shown = environment.crm.preview_read(&[]).unwrap();
    assert!(shown.is_empty());
}
