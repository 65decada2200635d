//! What one organisation does, another does not notice.
//!
//! A store with two organisations, whatever they do in whatever order, answers each as a store that it has to itself does.

use engage_store::platform::{
    Alert, AlertReads, Alerts, Audit, AuditEntry, AuditOutcome, AuditReads, BookingConfiguration,
    BookingConfigurationReads, Calendar, CalendarReads, ChangeReads, Condition, Directory, DirectoryReads, Environment,
    Kind, MeetingFilter, MeetingReads, Meetings, MemberReads, MemberRow, Members, NewDocument, NewToken, Organisation,
    OrganisationReads, Organisations, Outbox, OutboxReads, Realm, Service, Sighting, Slot, SlotFilter, StoreError,
    Tenancy, Token, TokenDigest, TokenReads, Tokens, Tx,
};
use proptest::prelude::*;
use serde_json::json;
use uuid::Uuid;

use super::bookings::{filter, meeting, slot};
use super::directory::{content, insert, realm};
use super::outbox::event;
use super::{Answer, Fresh, Stores, at, id};

/// Few names and ids, so that the organisations have the same ones.
const NAMES: u8 = 3;

#[derive(Debug, Clone)]
enum Step {
    Insert(u8, u8, bool),
    Replace(u8, u8),
    Delete(u8),
    Join(u8, u8),
    Leave(u8),
    Tell(u8),
    Alert(u8),
    Close(u8),
    Log(u8),
    Issue(u8),
    Revoke(u8),
    SetUp(u8, u8),
    Take(u8, u8),
    Free(u8),
    Book(u8),
}

fn step() -> impl Strategy<Value = Step> {
    let name = || 0..NAMES;
    prop_oneof![
        4 => (name(), name(), any::<bool>()).prop_map(|(n, name, group)| Step::Insert(n, name, group)),
        2 => (name(), name()).prop_map(|(n, name)| Step::Replace(n, name)),
        1 => name().prop_map(Step::Delete),
        2 => (name(), name()).prop_map(|(group, member)| Step::Join(group, member)),
        1 => name().prop_map(Step::Leave),
        1 => name().prop_map(Step::Tell),
        1 => name().prop_map(Step::Alert),
        1 => name().prop_map(Step::Close),
        1 => name().prop_map(Step::Log),
        1 => name().prop_map(Step::Issue),
        1 => name().prop_map(Step::Revoke),
        2 => (name(), name()).prop_map(|(n, key)| Step::SetUp(n, key)),
        2 => (name(), name()).prop_map(|(n, start)| Step::Take(n, start)),
        1 => name().prop_map(Step::Free),
        1 => name().prop_map(Step::Book),
    ]
}

fn tenancy(organisation: Uuid) -> Tenancy {
    Tenancy { organisation, environment: Environment::Prod }
}

/// Does a step for an organisation; it may fail, and what it says is part of what is compared.
async fn act(store: &Fresh, organisation: u128, step: Step) -> String {
    if let Step::Insert(n, name, group) = step {
        let kind = if group { Kind::Group } else { Kind::User };
        let new = insert(store, realm(organisation), kind, u128::from(n), content(&format!("name {name}")));
        return format!("{:?}", new.await);
    }
    let work = store.database.write((realm(organisation), step), |tx, (realm, step)| {
        Box::pin(async move { perform(tx, realm, step).await })
    });
    format!("{:?}", Answer::<String>::from(work.await))
}

async fn perform(tx: &mut Tx, realm: &Realm, step: &Step) -> Answer<String> {
    let of = realm.organisation;
    let n = |n: &u8| id(u128::from(*n));
    match step {
        Step::Insert(..) => Ok(String::new()),
        Step::Replace(record, name) => {
            let found = tx.record(realm, Kind::User, n(record)).await?.ok_or(StoreError::Stale)?;
            let content = content(&format!("name {name}"));
            tx.replace_record(realm, Kind::User, found.id, found.version, &content, at(9)).await.map(|v| v.to_string())
        }
        Step::Delete(record) => done(tx.delete_record(realm, Kind::User, n(record), at(9), at(99)).await),
        Step::Join(group, member) => {
            let member = MemberRow { id: n(member).to_string(), kind: None, display: None };
            tx.add_members(realm, n(group), &[member]).await.map(|count| count.to_string())
        }
        Step::Leave(group) => tx.clear_members(realm, n(group)).await.map(|count| count.to_string()),
        Step::Tell(number) => {
            let mut event = event(u128::from(*number), "anna");
            event.organisation = of;
            done(tx.append_event(&event).await)
        }
        Step::Alert(number) => {
            let seen = Sighting {
                organisation: of,
                id: n(number),
                environment: Environment::Prod,
                kind: format!("kind {number}"),
                subject: String::new(),
                details: json!({}),
            };
            tx.raise_alert(&seen, at(5)).await.map(|alert| alert.count.to_string())
        }
        Step::Close(number) => {
            let closed = tx.close_alert(of, Environment::Prod, &format!("kind {number}"), at(6)).await;
            closed.map(|closed| closed.to_string())
        }
        Step::Log(number) => done(tx.append_audit(&log(of, *number)).await),
        Step::Issue(number) => {
            // Digests are everybody's: two organisations never have the same token.
            let digest = TokenDigest::of(&format!("{of} {number}"));
            let new = NewToken { id: n(number), digest, expires: None };
            done(tx.issue_token(of, Environment::Prod, &new, std::time::Duration::from_secs(60), at(1)).await)
        }
        Step::Revoke(number) => done(tx.revoke_token(of, Environment::Prod, n(number), at(2)).await),
        Step::SetUp(number, key) => {
            let (kind, id, body) = ("topic", n(number), json!({}));
            let new = NewDocument { kind, id, key: Some(format!("key {key}")), body, labels: Vec::new() };
            tx.raise_booking_revision(&tenancy(of)).await?;
            done(tx.insert_document(&tenancy(of), &new, at(1)).await)
        }
        Step::Take(number, start) => {
            let start = i64::from(*start) * 10;
            let slot = slot(u128::from(*number), start, start + 15);
            done(tx.insert_slot(&tenancy(of), &slot, Some(slot.id)).await)
        }
        Step::Free(number) => done(tx.free_slot(&tenancy(of), n(number), at(3)).await),
        Step::Book(number) => {
            let meeting = meeting(u128::from(*number));
            done(tx.insert_meeting(&tenancy(of), &meeting, &[id(100)]).await)
        }
    }
}

fn done(answer: Answer<()>) -> Answer<String> {
    answer.map(|()| "done".to_owned())
}

fn log(organisation: Uuid, number: u8) -> AuditEntry {
    AuditEntry {
        organisation,
        at: at(i64::from(number)),
        actor: "anna".to_owned(),
        source: None,
        correlation: None,
        event: "event".to_owned(),
        outcome: AuditOutcome::Done,
        details: json!({}),
    }
}

/// Everything that an organisation can be told.
async fn seen(store: &Fresh, organisation: u128) -> Vec<String> {
    let (mut reader, realm, of) = (store.database.reader(), realm(organisation), id(organisation));
    let mut seen = Vec::new();
    for kind in [Kind::User, Kind::Group] {
        seen.push(format!("{:?}", reader.records(&realm, kind, &Condition::all([]), 0, 99).await.unwrap()));
        seen.push(reader.records_count(&realm, kind, &Condition::all([])).await.unwrap().to_string());
        seen.push(reader.deactivated_since(&realm, kind, at(0)).await.unwrap().to_string());
    }
    let named: Vec<String> = (0..NAMES).map(|n| id(u128::from(n)).to_string()).collect();
    for n in 0..NAMES {
        let (name, n) = (format!("name {n}"), id(u128::from(n)));
        seen.push(format!("{:?}", reader.record_by_user_name(&realm, &name).await.unwrap()));
        seen.push(format!("{:?}", reader.tombstone(&realm, Kind::User, &format!("external of {name}")).await.unwrap()));
        seen.push(format!("{:?}", reader.members(&realm, n, None, 99).await.unwrap()));
        seen.push(format!("{:?}", reader.members_among(&realm, n, &named).await.unwrap()));
        seen.push(format!("{:?}", reader.groups_of(&realm, &[n], 99).await.unwrap()));
    }
    seen.push(reader.pending_events(of).await.unwrap().to_string());
    let alerts: Vec<Alert> = reader.alerts(of, false, 99).await.unwrap();
    seen.push(format!("{alerts:?}"));
    let audit = reader.audit_page(of, at(0), at(99), None, 99).await.unwrap();
    seen.push(format!("{:?}", audit.iter().map(|(_, entry)| entry).collect::<Vec<_>>()));
    let tokens: Vec<Token> = reader.tokens(of, Environment::Prod, at(3)).await.unwrap();
    assert!(tokens.iter().filter(|token| token.slot == Some(Slot::Next)).count() <= 1);
    seen.push(format!("{tokens:?}"));
    seen.push(format!("{:?}", reader.organisation(of).await.unwrap()));
    seen.extend(bookings(store, of).await);
    seen
}

async fn bookings(store: &Fresh, of: Uuid) -> Vec<String> {
    let (mut reader, of) = (store.database.reader(), tenancy(of));
    let every = MeetingFilter { employee: Some(id(100)), ..MeetingFilter::default() };
    let whole = SlotFilter { employee: None, ..filter(0, 1_000, 0) };
    let mut seen = vec![
        format!("{:?}", reader.booking_revision(&of).await.unwrap()),
        format!("{:?}", reader.booking_mark(&of).await.unwrap()),
        format!("{:?}", reader.every_document(&of).await.unwrap()),
        format!("{:?}", reader.slots(&of, &whole).await.unwrap()),
        format!("{:?}", reader.slots(&of, &filter(0, 1_000, 0)).await.unwrap()),
        format!("{:?}", reader.meetings(&of, &every, 99).await.unwrap()),
        format!("{:?}", reader.meetings_of_customer(&of, "acme").await.unwrap()),
    ];
    for n in 0..NAMES {
        let n = id(u128::from(n));
        seen.push(format!("{:?}", reader.slot(&of, n).await.unwrap()));
        seen.push(format!("{:?}", reader.meeting(&of, n).await.unwrap()));
        seen.push(format!("{:?}", reader.directory_has(&of, Service::Employees, n).await.unwrap()));
    }
    seen
}

async fn with(organisations: &[u128]) -> Fresh {
    let store = Stores::Memory.fresh().await;
    for n in organisations {
        let new = Organisation { id: id(*n), name: format!("Contoso {n}"), enabled: true, created: at(0) };
        let made = store.database.write(new, |tx, new| {
            Box::pin(async move {
                tx.create_organisation(new).await?;
                tx.open_environment(new.id, Environment::Prod, at(0)).await
            })
        });
        Answer::<()>::unwrap(made.await);
    }
    store
}

async fn check(steps: Vec<(bool, Step)>) {
    let both = with(&[1, 2]).await;
    let alone = [with(&[1]).await, with(&[2]).await];
    for (second, step) in steps {
        let (organisation, own) = if second { (2, &alone[1]) } else { (1, &alone[0]) };
        assert_eq!(act(&both, organisation, step.clone()).await, act(own, organisation, step).await);
    }
    for (organisation, own) in [(1, &alone[0]), (2, &alone[1])] {
        assert_eq!(seen(&both, organisation).await, seen(own, organisation).await);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases / 8, ..ProptestConfig::default() })]

    #[test]
    fn an_organisation_is_alone(steps in prop::collection::vec((any::<bool>(), step()), 0..60)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(check(steps));
    }
}
