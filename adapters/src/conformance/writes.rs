//! Writes: effects, all or nothing, keys, versions.

use engage_engine::Value;
use engage_engine::adapter::{AdapterErrorKind, Back, Record, Write, WriteAction, WriteGroup, WriteValue};
use engage_engine::model::Operator;
use futures_util::future::join_all;

use super::bench::{Bench, Outcome, ensure, fails, id, same, set, shown, shown_all, test, text};

fn not_found(kind: &AdapterErrorKind) -> bool {
    *kind == AdapterErrorKind::NotFound
}

fn duplicate(kind: &AdapterErrorKind) -> bool {
    *kind == AdapterErrorKind::Duplicate
}

fn rejected(kind: &AdapterErrorKind) -> bool {
    matches!(kind, AdapterErrorKind::Rejected { .. })
}

async fn account(bench: &Bench, name: &str, number: &str) -> Result<String, String> {
    bench.create("account", &[set("Name", text(name)), set("Number", text(number))]).await
}

pub(super) async fn update(bench: &Bench) -> Outcome {
    let made = account(bench, "A", "1").await?;
    let written = bench.done(bench.update("account", &made, &[set("Name", text("B"))])?).await?;
    same("an update's `created`", &written.created, &false)?;
    same("an update's id", &written.id, &made)?;
    let rows = bench.rows(bench.query("account", &["Name", "Number"])?).await?;
    same("what was given", &shown_all(&rows, "Name"), &vec!["B".to_owned()])?;
    same("what was not", &shown_all(&rows, "Number"), &vec!["1".to_owned()])?;
    let write = bench.update("account", &bench.nowhere("account"), &[set("Name", text("C"))])?;
    fails("an update of nothing", bench.one(write).await, not_found)
}

pub(super) async fn delete(bench: &Bench) -> Outcome {
    let made = account(bench, "A", "1").await?;
    bench.done(bench.delete("account", &made)?).await?;
    bench.empty("account").await?;
    fails("a second delete", bench.one(bench.delete("account", &made)?).await, not_found)
}

pub(super) async fn null_clears(bench: &Bench) -> Outcome {
    let parent = account(bench, "A", "1").await?;
    let made = bench
        .create("contact", &[set("LastName", text("L")), set("AccountId", id(&parent)), set("Email", text("e"))])
        .await?;
    bench.done(bench.update("contact", &made, &[set("AccountId", Value::Null), set("Email", Value::Null)])?).await?;
    let rows = bench.rows(bench.query("contact", &["AccountId", "Email", "LastName"])?).await?;
    let row = rows.first().ok_or("the record is gone")?;
    let got = [shown(row, "AccountId"), shown(row, "Email"), shown(row, "LastName")];
    same("cleared, cleared, untouched", &got, &["-".to_owned(), "-".to_owned(), "L".to_owned()])
}

pub(super) async fn back_references(bench: &Bench) -> Outcome {
    let atomic = bench.atomic();
    let child = || bench.new_one("contact", &[set("LastName", text("L")), ("AccountId", WriteValue::Back(Back(0)))]);
    if !bench.can().back_references || !atomic && !bench.terms.back_references_alone {
        let writes = vec![bench.new_one("account", &[set("Name", text("A"))])?, child()?];
        let answer = bench.group(atomic, writes).await.map_err(|failed| failed.error);
        bench.refused("a back-reference to a record whose id nobody knows", answer)?;
        bench.empty("account").await?;
    }
    if !bench.refers() {
        return bench.unasked("there are no back-references");
    }
    let writes = vec![bench.referred("account", 1, &[set("Name", text("A"))])?, child()?];
    let results = bench.group(atomic, writes).await.map_err(|failed| format!("a back-reference: {failed}"))?;
    let parent = results.first().and_then(|result| result.as_ref().ok()).ok_or("the parent was not made")?;
    let rows = bench.rows(bench.query("contact", &["AccountId"])?).await?;
    same("the child's reference", &shown_all(&rows, "AccountId"), &vec![parent.id.clone()])?;
    let back = WriteAction::Update { record: Record::Back(Back(0)), etag: None };
    let writes = vec![
        bench.referred("account", 2, &[set("Name", text("B"))])?,
        bench.put("account", back, &[set("Number", text("7"))])?,
    ];
    bench.group(atomic, writes).await.map_err(|failed| format!("an update of an earlier write: {failed}"))?;
    let filter = Some(test("Number", Operator::Equals, vec![text("7")])?);
    same("the record made and changed", &bench.names("account", "Name", filter).await?, &vec!["B".to_owned()])
}

/// The second write fails: there is no such record.
fn half_broken(bench: &Bench) -> Result<Vec<Write>, String> {
    Ok(vec![
        bench.new_one("account", &[set("Name", text("A"))])?,
        bench.update("contact", &bench.nowhere("contact"), &[set("LastName", text("L"))])?,
    ])
}

pub(super) async fn atomic_rollback(bench: &Bench) -> Outcome {
    let answer = bench.group(true, half_broken(bench)?).await;
    if bench.can().atomic_group.is_none() {
        bench.refused("an atomic group", answer.map_err(|failed| failed.error))?;
    } else {
        let failed = answer.err().ok_or("a group with a failing write was accepted")?;
        same("why", &failed.error.kind, &AdapterErrorKind::NotFound)?;
        ensure(failed.culprit.is_none_or(|culprit| culprit == 1), || format!("the culprit is {:?}", failed.culprit))?;
    }
    bench.empty("account").await
}

pub(super) async fn standing_alone(bench: &Bench) -> Outcome {
    if bench.can().write_batch.max < 2 {
        return bench.unasked("writes do not share requests");
    }
    let mut writes = half_broken(bench)?;
    writes.reverse();
    let results = bench.group(false, writes).await.map_err(|failed| format!("as a whole: {failed}"))?;
    let took: Vec<bool> = results.iter().map(Result::is_ok).collect();
    same("which took effect", &took, &vec![false, true])?;
    same("the record of the other", &bench.names("account", "Name", None).await?, &vec!["A".to_owned()])
}

pub(super) async fn caller_ids(bench: &Bench) -> Outcome {
    let own = bench.terms.id("account", 1);
    let create = || bench.put("account", WriteAction::Create { id: Some(own.clone()) }, &[set("Name", text("A"))]);
    if !bench.can().caller_ids {
        bench.refused("a caller's id", bench.one(create()?).await)?;
        return bench.empty("account").await;
    }
    same("the id", &bench.done(create()?).await?.id, &own)?;
    fails("the same id again", bench.one(create()?).await, duplicate)?;
    same("records", &bench.names("account", "Name", None).await?.len(), &1)
}

pub(super) async fn unique_keys(bench: &Bench) -> Outcome {
    bench.create("meeting", &[set("Key", text("k"))]).await?;
    let again = bench.new_one("meeting", &[set("Key", text("k"))])?;
    fails("a key twice", bench.one(again).await, duplicate)?;
    bench.create("meeting", &[set("Subject", text("no key"))]).await?;
    bench.create("meeting", &[set("Subject", text("no key either"))]).await?;
    same("records", &bench.names("meeting", "Key", None).await?.len(), &3)
}

pub(super) async fn upsert(bench: &Bench) -> Outcome {
    let write = |name| bench.upsert("account", "Number", false, &[set("Name", text(name)), set("Number", text("7"))]);
    if !bench.can().upsert {
        bench.refused("an upsert", bench.one(write("A")?).await)?;
        return bench.empty("account").await;
    }
    let first = bench.done(write("A")?).await?;
    let second = bench.done(write("B")?).await?;
    same("created, then not", &(first.created, second.created), &(true, false))?;
    same("one record", &first.id, &second.id)?;
    same("its name", &bench.names("account", "Name", None).await?, &vec!["B".to_owned()])?;
    let undeclared = bench.upsert("account", "Name", false, &[set("Name", text("C"))])?;
    bench.refused("an upsert by what is no key", bench.one(undeclared).await)
}

pub(super) async fn upsert_only(bench: &Bench) -> Outcome {
    if !bench.can().upsert {
        return bench.unasked("there are no writes by key");
    }
    let write = || bench.upsert("account", "Number", true, &[set("Name", text("B")), set("Number", text("7"))]);
    fails("an update by key of nothing", bench.one(write()?).await, not_found)?;
    bench.empty("account").await?;
    account(bench, "A", "7").await?;
    bench.done(write()?).await?;
    same("its name", &bench.names("account", "Name", None).await?, &vec!["B".to_owned()])
}

pub(super) async fn find(bench: &Bench) -> Outcome {
    let atomic = bench.atomic();
    let made = account(bench, "A", "7").await?;
    let writes = |number| {
        let contact =
            bench.new_one("contact", &[set("LastName", text("L")), ("AccountId", WriteValue::Back(Back(0)))])?;
        Ok::<_, String>(vec![bench.find("account", "Number", text(number))?, contact])
    };
    let answer = bench.group(atomic, writes("7")?).await;
    if !bench.can().find_in_group || !bench.can().back_references {
        bench.refused("a look-up inside a group", answer.map_err(|failed| failed.error))?;
        return bench.empty("contact").await;
    }
    let results = answer.map_err(|failed| format!("a look-up inside a group: {failed}"))?;
    let found = results.first().and_then(|result| result.as_ref().ok()).ok_or("it found nothing")?;
    same("what was found", &(found.id.as_str(), found.created), &(made.as_str(), false))?;
    let rows = bench.rows(bench.query("contact", &["AccountId"])?).await?;
    same("the reference to it", &shown_all(&rows, "AccountId"), &vec![made])?;
    if atomic {
        let answer = bench.group(true, writes("8")?).await.map_err(|failed| failed.error);
        fails("a look-up of nothing", answer, not_found)?;
    }
    same("contacts", &bench.names("contact", "LastName", None).await?.len(), &1)
}

pub(super) async fn etags(bench: &Bench) -> Outcome {
    let written = bench.done(bench.new_one("account", &[set("Name", text("A"))])?).await?;
    let update = |etag: &str, name| {
        let action = WriteAction::Update { record: Record::Id(written.id.clone()), etag: Some(etag.to_owned()) };
        bench.put("account", action, &[set("Name", text(name))])
    };
    if !bench.can().etags {
        return bench.refused("a version", bench.one(update("W/\"1\"", "B")?).await);
    }
    let rows = bench.rows(bench.query("account", &[])?).await?;
    let first = rows.first().and_then(|row| row.etag.clone()).ok_or("a row has no version")?;
    ensure(written.etag.as_ref().is_none_or(|etag| *etag == first), || "read and write give two versions".to_owned())?;
    bench.done(update(&first, "B")?).await?;
    fails("the old version", bench.one(update(&first, "C")?).await, |kind| *kind == AdapterErrorKind::Conflict)?;
    let action = WriteAction::Delete { record: Record::Id(written.id.clone()), etag: Some(first) };
    let delete = bench.put("account", action, &[])?;
    fails("a delete of the old version", bench.one(delete).await, |kind| *kind == AdapterErrorKind::Conflict)?;
    same("its name", &bench.names("account", "Name", None).await?, &vec!["B".to_owned()])
}

pub(super) async fn required_and_length(bench: &Bench) -> Outcome {
    let none = bench.new_one("account", &[])?;
    if bench.terms.insists_on_required {
        fails("a create without what is required", bench.one(none).await, rejected)?;
    } else {
        let made = bench.done(none).await?.id;
        same("a name that only forms ask for", &bench.names("account", "Name", None).await?, &vec!["-".to_owned()])?;
        bench.done(bench.delete("account", &made)?).await?;
    }
    let long = bench.new_one("account", &[set("Name", text(&"n".repeat(41)))])?;
    fails("a text that is too long", bench.one(long).await, rejected)?;
    bench.empty("account").await?;
    let made = account(bench, &"ø".repeat(40), "1").await?;
    let cleared = bench.update("account", &made, &[set("Name", Value::Null)])?;
    if bench.terms.insists_on_required {
        return fails("what is required, cleared", bench.one(cleared).await, rejected);
    }
    bench.done(cleared).await?;
    same("a name that is cleared", &bench.names("account", "Name", None).await?, &vec!["-".to_owned()])
}

pub(super) async fn dangling(bench: &Bench) -> Outcome {
    let write =
        bench.new_one("contact", &[set("LastName", text("L")), set("AccountId", id(&bench.nowhere("account")))])?;
    let kind = |kind: &AdapterErrorKind| not_found(kind) || rejected(kind);
    fails("a reference to nothing", bench.one(write).await, kind)?;
    bench.empty("contact").await
}

pub(super) async fn concurrency(bench: &Bench) -> Outcome {
    let one = |number: usize| async move { account(bench, "A", &number.to_string()).await };
    let made = join_all((0..24).map(one)).await;
    let made: Vec<String> = made.into_iter().collect::<Result<_, _>>()?;
    let rows = bench.names("account", "Number", None).await?;
    same("records made at the same time", &rows.len(), &made.len())
}

/// A future that is dropped before its end leaves the adapter in order.
pub(super) async fn dropped_futures(bench: &Bench) -> Outcome {
    let call = bench.call();
    let group =
        WriteGroup { atomic: bench.atomic(), writes: vec![bench.new_one("account", &[set("Name", text("A"))])?] };
    drop(bench.adapter.write(&call, &group));
    let polled = bench.adapter.write(&call, &group);
    let _ = futures_util::FutureExt::now_or_never(polled);
    account(bench, "B", "1").await?;
    let names = bench.names("account", "Name", None).await?;
    ensure(names.contains(&"B".to_owned()) && names.len() <= 2, || format!("{} records", names.len()))
}

/// A preview is what would be sent: something, the same each time, and nothing happens.
pub(super) async fn previews(bench: &Bench) -> Outcome {
    let group =
        WriteGroup { atomic: bench.atomic(), writes: vec![bench.new_one("account", &[set("Name", text("A"))])?] };
    let preview = bench.adapter.preview_write(&group).map_err(|error| format!("a preview: {error}"))?;
    same("requests of a group", &preview.len(), &1)?;
    ensure(bench.adapter.preview_write(&group).ok() == Some(preview), || "two previews differ".to_owned())?;
    bench.empty("account").await?;
    let query = bench.query("account", &["Name"])?;
    let preview = bench.adapter.preview_read(&[query]).map_err(|error| format!("a preview: {error}"))?;
    same("requests of a query", &preview.len(), &1)
}
