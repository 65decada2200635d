//! Write groups: all of them or none, and what refers to what.

use engage_engine::Value;
use engage_engine::adapter::{AdapterErrorKind, Back, Write, WriteValue};
use engage_engine::model::Direction;

use super::bench::{Bench, Outcome, ensure, fails, id, same, set, shown_all, text};
use super::embedded::role;

/// A group that fails at its end leaves changes, removals and collections as they were, not only what it made.
pub(super) async fn rollback_of_everything(bench: &Bench) -> Outcome {
    if !bench.atomic() {
        return bench.unasked("there are no groups that are all or nothing");
    }
    let kept = bench.create("account", &[set("Name", text("kept")), set("Number", text("1"))]).await?;
    let gone = bench.create("contact", &[set("LastName", text("gone")), set("AccountId", id(&kept))]).await?;
    let mut meeting = bench.new_one("meeting", &[set("Subject", text("S"))])?;
    meeting.embedded = bench.parties(&[&[role("host")]])?;
    let held = bench.done(meeting).await?.id;
    let mut other_parties = bench.update("meeting", &held, &[set("Subject", text("T"))])?;
    other_parties.embedded = bench.parties(&[&[role("guest")]])?;
    let nowhere = bench.update("account", &bench.nowhere("account"), &[set("Name", text("N"))])?;
    let writes: Vec<Write> = vec![
        bench.update("account", &kept, &[set("Name", text("changed")), set("Number", Value::Null)])?,
        bench.delete("contact", &gone)?,
        other_parties,
        bench.new_one("account", &[set("Name", text("made"))])?,
        nowhere,
    ];
    if writes.len() > bench.can().atomic_group.as_ref().map_or(0, |group| group.max_writes) {
        return bench.unasked("an atomic group takes fewer than five writes");
    }
    let not_found = |kind: &AdapterErrorKind| *kind == AdapterErrorKind::NotFound;
    fails("a group with a failing write", bench.group(true, writes).await.map_err(|f| f.error), not_found)?;
    let one = |text: &str| vec![text.to_owned()];
    same("a changed text", &bench.names("account", "Name", None).await?, &one("kept"))?;
    same("a cleared text", &bench.names("account", "Number", None).await?, &one("1"))?;
    same("a removed record", &bench.names("contact", "LastName", None).await?, &one("gone"))?;
    same("its reference", &bench.names("contact", "AccountId", None).await?, &vec![kept])?;
    same("the parent of a collection", &bench.names("meeting", "Subject", None).await?, &one("S"))?;
    same("a replaced collection", &bench.roles().await?, &one("host"))
}

/// References lead to the write they name, wherever it stands.
pub(super) async fn backs_among_others(bench: &Bench) -> Outcome {
    let atomic = bench.atomic();
    let most = bench.can().atomic_group.as_ref().map_or(bench.can().write_batch.max, |group| group.max_writes);
    if !bench.refers() || most < 5 {
        return bench.unasked("a group has no references to its own writes, or fewer than five writes");
    }
    let contact = |name, back| {
        bench.new_one("contact", &[set("LastName", text(name)), ("AccountId", WriteValue::Back(Back(back)))])
    };
    let writes = vec![
        bench.referred("account", 1, &[set("Name", text("A"))])?,
        contact("a", 0)?,
        bench.referred("account", 2, &[set("Name", text("B"))])?,
        contact("b", 2)?,
        contact("c", 0)?,
    ];
    let results = bench.group(atomic, writes).await.map_err(|failed| format!("a group of five: {failed}"))?;
    let id_of = |position: usize| {
        let written = results.get(position).and_then(|result| result.as_ref().ok());
        written.map(|written| written.id.clone()).ok_or_else(|| format!("write {position} was not done"))
    };
    let query = bench.sorted(bench.query("contact", &["AccountId"])?, "LastName", Direction::Ascending)?;
    let rows = bench.rows(query).await?;
    same("the account of each contact", &shown_all(&rows, "AccountId"), &vec![id_of(0)?, id_of(2)?, id_of(0)?])
}

/// A key is text, and text has no case.
pub(super) async fn keys_ignore_case(bench: &Bench) -> Outcome {
    let made = bench.create("account", &[set("Name", text("A")), set("Number", text("n-ø7"))]).await?;
    let again = bench.new_one("account", &[set("Name", text("B")), set("Number", text("N-Ø7"))])?;
    fails("a key twice, in capitals", bench.one(again).await, |kind| *kind == AdapterErrorKind::Duplicate)?;
    if !bench.can().upsert {
        return bench.unasked("there are no writes by key");
    }
    let write = bench.upsert("account", "Number", false, &[set("Name", text("C")), set("Number", text("N-Ø7"))])?;
    let written = bench.done(write).await?;
    same("the record of a key in capitals", &(written.id.as_str(), written.created), &(made.as_str(), false))
}

/// What an error names is a field of ours: not a column, and never a value.
pub(super) async fn names_of_fields(bench: &Bench) -> Outcome {
    const SECRET: &str = "secret-that-is-far-longer-than-forty-characters";
    let long = bench.new_one("account", &[set("Name", text(SECRET))])?;
    let missing = bench.new_one("account", &[set("Number", text("1"))])?;
    let missing = bench.terms.insists_on_required.then_some(("a create without what is required", missing));
    for (what, write) in [("a text that is too long", long)].into_iter().chain(missing) {
        let error = bench.one(write).await.err().ok_or_else(|| format!("{what}: it was accepted"))?;
        if let AdapterErrorKind::Rejected { field: Some(field) } = &error.kind {
            same(what, field, &"Name".to_owned())?;
        }
        ensure(!format!("{error} {error:?}").contains(SECRET), || format!("{what}: the message shows the value"))?;
    }
    Ok(())
}
