//! Work in the background.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use engage_server::work::{Chores, Deaf, Herald, Kept, Listener, Nobody, Relay, WorkMeasures};
use engage_store::platform::{Alert, AlertReads, AuditReads, Event, OutboxReads};
use jiff::Timestamp;
use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::kit::{Customer, Kit, measures};

const HOUR: Duration = Duration::from_secs(3600);

async fn user(customer: &Customer<'_>, name: &str) -> String {
    let made = customer.post("/employees/scim/Users", &json!({"userName": name, "externalId": name})).await;
    assert_eq!(made.status, 201, "{made:?}");
    format!("/employees/scim/Users/{}", made.id())
}

fn off() -> Value {
    json!({"Operations": [{"op": "replace", "path": "active", "value": false}]})
}

/// Hears what it is told, but for the first time that it is told of somebody.
#[derive(Debug, Default, Clone)]
struct Ear {
    deaf_to: Arc<Mutex<Option<String>>>,
    heard: Arc<Mutex<Vec<(String, String)>>>,
}

#[async_trait]
impl Listener for Ear {
    async fn hear(&self, events: &[&Event]) -> Result<(), Deaf> {
        let name = |event: &Event| event.payload["Employee"]["Email"].as_str().unwrap().to_owned();
        let mut deaf_to = self.deaf_to.lock().unwrap();
        if events.iter().any(|event| deaf_to.as_ref() == Some(&name(event))) {
            // Of several nobody knows whose event it was.
            deaf_to.take_if(|_| events.len() == 1);
            return Err(Deaf("not just now".to_owned()));
        }
        self.heard.lock().unwrap().extend(events.iter().map(|event| (name(event), event.kind.clone())));
        Ok(())
    }
}

async fn until(mut holds: impl AsyncFnMut() -> bool) {
    for _ in 0..200_000 {
        if holds().await {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("it does not come to that");
}

#[tokio::test]
async fn events_are_told_once_in_the_order_of_their_subject_whatever_the_listener_does() {
    let kit = Kit::start().await;
    let contoso = kit.customer("Contoso").await;
    let ann = user(&contoso, "ann").await;
    user(&contoso, "bo").await;
    contoso.patch(&ann, &off()).await;
    let ear = Ear::default();
    *ear.deaf_to.lock().unwrap() = Some("ann".to_owned());
    let (stop, stopped) = watch::channel(false);
    let relay = tokio::spawn(Relay::new(kit.around.clone(), ear.clone()).run(stopped));
    let heard = || ear.heard.lock().unwrap().clone();
    let of = |name: &str, kind: &str| (name.to_owned(), kind.to_owned());
    until(async || heard().len() == 1).await;
    assert_eq!(heard(), [of("bo", "EmployeeProvisioned")], "what is behind an event that was not heard waits for it");
    until(async || kit.database.reader().outbox_depth().await.unwrap().0 == 2).await;
    kit.time.forward(Duration::from_secs(2));
    kit.around.wake.notify_one();
    until(async || heard().len() == 3).await;
    assert_eq!(heard()[1..], [of("ann", "EmployeeProvisioned"), of("ann", "EmployeeDeprovisioned")]);
    until(async || kit.database.reader().outbox_depth().await.unwrap().0 == 0).await;
    user(&contoso, "eve").await;
    until(async || heard().len() == 4).await;
    stop.send(true).unwrap();
    relay.await.unwrap();
    let second = Ear::default();
    let (_stop, stopped) = watch::channel(false);
    tokio::spawn(Relay::new(kit.around.clone(), second.clone()).run(stopped));
    user(&contoso, "joe").await;
    until(async || second.heard.lock().unwrap().len() == 1).await;
}

async fn chores(kit: &Kit) {
    let kept = Kept { silence: 3 * HOUR, audit: 365 * 24 * HOUR };
    let chores = Chores::new(kit.around.clone(), kept, measures(), Arc::new(Nobody));
    chores.plan().await.unwrap();
    chores.look().await.unwrap();
}

#[tokio::test]
async fn who_was_deactivated_is_removed_after_thirty_days_and_not_before() {
    let kit = Kit::start().await;
    let contoso = kit.customer("Contoso").await;
    let (ann, bo) = (user(&contoso, "ann").await, user(&contoso, "bo").await);
    contoso.patch(&ann, &off()).await;
    contoso.delete(&bo).await;
    kit.time.forward(29 * 24 * HOUR);
    chores(&kit).await;
    assert_eq!(contoso.get(&ann).await.status, 200);
    kit.time.forward(2 * 24 * HOUR);
    chores(&kit).await;
    assert_eq!(contoso.get(&ann).await.status, 404);
    let made = contoso.post("/employees/scim/Users", &json!({"userName": "ann", "externalId": "ann"})).await;
    assert_eq!(made.status, 201, "its names are free");
    let people: Vec<Value> =
        contoso.events().await.iter().map(|waiting| waiting.event.payload["Employee"]["Id"].clone()).collect();
    assert_ne!(people.first(), people.last(), "what the platform knew is gone");
    let (from, to) = (Timestamp::UNIX_EPOCH, Timestamp::MAX);
    let audit = kit.database.reader().audit_page(contoso.organisation, from, to, None, 10).await.unwrap();
    let purged: Vec<&str> = audit.iter().map(|(_, entry)| entry.event.as_str()).collect();
    assert_eq!(purged, ["directory.purged", "directory.purged"]);
}

#[tokio::test]
async fn what_is_open_and_what_waits_is_measured() {
    let kit = Kit::start().await;
    let contoso = kit.customer("Contoso").await;
    let mut registry = Registry::default();
    let kept = Kept { silence: 3 * HOUR, audit: 365 * 24 * HOUR };
    let chores = Chores::new(kit.around.clone(), kept, Arc::new(WorkMeasures::of(&mut registry)), Arc::new(Nobody));
    let told = async || {
        chores.plan().await.unwrap();
        chores.look().await.unwrap();
        let mut text = String::new();
        encode(&mut text, &registry).unwrap();
        let told = |line: &&str| !line.starts_with('#');
        text.lines().filter(told).map(str::to_owned).collect::<Vec<_>>()
    };
    user(&contoso, "ann").await;
    kit.time.forward(4 * HOUR);
    let silent = "open_alerts{kind=\"scim.silence\"} 1";
    assert_eq!(told().await, [silent, "outbox_events 1", "outbox_oldest_seconds 14400.0"]);
    contoso.get("/employees/scim/Users").await;
    assert_eq!(
        told().await,
        ["outbox_events 1", "outbox_oldest_seconds 14400.0"],
        "one that is closed is told no more"
    );
}

#[tokio::test]
async fn a_directory_that_falls_silent_is_noticed_until_it_speaks() {
    let kit = Kit::start().await;
    let (contoso, never) = (kit.customer("Contoso").await, kit.customer("Never").await);
    let alerts = async |customer: &Customer<'_>, open| {
        let alerts = kit.database.reader().alerts(customer.organisation, open, 10).await.unwrap();
        alerts.into_iter().map(|alert| (alert.kind, alert.count)).collect::<Vec<_>>()
    };
    contoso.get("/employees/scim/Users").await;
    kit.time.forward(2 * HOUR);
    chores(&kit).await;
    assert_eq!(alerts(&contoso, true).await, []);
    for seen in [1, 2] {
        kit.time.forward(2 * HOUR);
        chores(&kit).await;
        assert_eq!(alerts(&contoso, true).await, [("scim.silence".to_owned(), seen)]);
    }
    contoso.get("/rooms/scim/Users").await;
    assert_eq!(alerts(&contoso, true).await, []);
    assert_eq!(alerts(&contoso, false).await.len(), 1);
    assert_eq!(alerts(&never, false).await, [], "one that never began is no alarm");
}

#[tokio::test]
async fn a_directory_of_which_much_is_refused_is_noticed_before_its_sender_gives_it_up() {
    let kit = Kit::start().await;
    let contoso = kit.customer("Contoso").await;
    let open = async || kit.database.reader().alerts(contoso.organisation, true, 10).await.unwrap();
    let nobody = "/employees/scim/Users/00000000-0000-0000-0000-000000000000";
    for n in 0..39 {
        user(&contoso, &format!("u{n}")).await;
        assert_eq!(contoso.get(nobody).await.status, 404);
    }
    let wrong = async || contoso.post("/employees/scim/Users", &json!({"externalId": "nameless"})).await.status;
    for _ in 0..19 {
        assert_eq!(wrong().await, 400);
    }
    assert_eq!(open().await, [], "a fifth of them is not more than a fifth, and who is not there is an answer");
    assert_eq!(wrong().await, 400);
    let alerts = open().await;
    assert_eq!((alerts.len(), alerts[0].kind.as_str()), (1, "scim.quarantine-risk"));
    assert_eq!(alerts[0].details, json!({"service": "employees", "requests": 98, "failed": 20}));
    for _ in 0..2 {
        kit.time.forward(HOUR);
        contoso.get("/employees/scim/Users").await;
    }
    assert_eq!(open().await, [], "a good hour closes it");
}

/// Hears what it is told but the first time, and keeps what that was.
#[derive(Default)]
struct Told(Mutex<Vec<(uuid::Uuid, String)>>);

#[async_trait]
impl Herald for Told {
    async fn tell(&self, alert: &Alert) -> Result<(), Deaf> {
        let mut told = self.0.lock().unwrap();
        told.push((alert.id, alert.kind.clone()));
        if told.len() == 1 { Err(Deaf("not now".to_owned())) } else { Ok(()) }
    }
}

#[tokio::test]
async fn an_alert_is_told_until_it_is_heard_and_then_no_more() {
    let kit = Kit::start().await;
    let contoso = kit.customer("Contoso").await;
    let (told, kept) = (Arc::<Told>::default(), Kept { silence: 3 * HOUR, audit: 365 * 24 * HOUR });
    let chores = Chores::new(kit.around.clone(), kept, measures(), Arc::<Told>::clone(&told));
    let minute = async || {
        kit.time.forward(Duration::from_secs(60));
        chores.plan().await.unwrap();
        chores.look().await.unwrap();
    };
    contoso.get("/employees/scim/Users").await;
    kit.time.forward(4 * HOUR);
    for _ in 0..5 {
        minute().await;
    }
    let alert = kit.database.reader().alerts(contoso.organisation, true, 10).await.unwrap().remove(0);
    let once = (alert.id, "scim.silence".to_owned());
    assert_eq!(*told.0.lock().unwrap(), [once.clone(), once], "told again, and not after it was heard");
    kit.time.forward(25 * HOUR);
    contoso.get("/employees/scim/Users").await;
    assert_eq!(kit.database.reader().untold_alerts(Timestamp::UNIX_EPOCH, 10).await.unwrap(), []);
}

#[tokio::test]
async fn many_who_go_at_once_are_noticed_and_gone_all_the_same() {
    let kit = Kit::start().await;
    let contoso = kit.customer("Contoso").await;
    let mut users = Vec::new();
    for n in 0..20 {
        users.push(user(&contoso, &format!("u{n}")).await);
    }
    let open = async || kit.database.reader().alerts(contoso.organisation, true, 10).await.unwrap();
    for path in &users[..4] {
        contoso.patch(path, &off()).await;
    }
    assert_eq!(open().await, [], "a fifth of them is not more than a fifth");
    contoso.delete(&users[4]).await;
    let alerts = open().await;
    assert_eq!((alerts.len(), alerts[0].kind.as_str()), (1, "scim.mass-deactivation"));
    assert_eq!(alerts[0].details["deactivated"], 5);
    kit.time.forward(2 * HOUR);
    contoso.delete(&users[5]).await;
    assert_eq!(open().await[0].count, 1, "what was an hour ago does not count");
}
