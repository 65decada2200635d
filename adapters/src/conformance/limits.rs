//! More than an adapter declares is refused, and nothing happens.

use engage_engine::Value;
use engage_engine::adapter::{Back, Query, WriteGroup, WriteValue};
use engage_engine::model::Operator;

use super::bench::{Bench, Outcome, fails, set, test, text, unsupported};

/// Limits beyond this are taken on trust: a test that large proves little.
const LARGE: usize = 5000;

pub(super) async fn too_many_writes(bench: &Bench) -> Outcome {
    let atomic = bench.can().atomic_group.as_ref().map(|group| group.max_writes);
    for (atomic, most) in [(true, atomic), (false, Some(bench.can().write_batch.max))] {
        let Some(most) = most.filter(|most| *most < LARGE) else { continue };
        let one = |_| bench.new_one("account", &[set("Name", text("A"))]);
        let writes = (0..=most).map(one).collect::<Result<Vec<_>, _>>()?;
        let group = WriteGroup { atomic, writes };
        fails("a preview of one write too many", bench.adapter.preview_write(&group), unsupported)?;
        let answer = bench.group(atomic, group.writes).await.map_err(|failed| failed.error);
        fails("one write too many", answer, unsupported)?;
    }
    bench.empty("account").await
}

pub(super) async fn too_many_queries(bench: &Bench) -> Outcome {
    let most = bench.can().read_batch.max;
    if most >= LARGE {
        return Ok(());
    }
    let queries = vec![bench.query("account", &[])?; most + 1];
    fails("a preview of one query too many", bench.adapter.preview_read(&queries), unsupported)?;
    fails("one query too many", bench.read(&queries).await, unsupported)
}

pub(super) async fn too_deep(bench: &Bench) -> Outcome {
    let depth = bench.can().join.depth;
    if depth >= LARGE {
        return Ok(());
    }
    let mut query = bench.query("account", &[])?;
    for _ in 0..=depth {
        let (parent, field, child) = if query.entity.id.as_str() == "account" {
            ("contact", "AccountId", "account")
        } else {
            ("account", "PrimaryId", "contact")
        };
        let join = bench.join((parent, field), (child, "Id"), query)?;
        query = Query { joins: vec![join], ..bench.query(parent, &[])? };
    }
    fails("one join too deep", bench.read(&[query]).await, unsupported)
}

pub(super) async fn too_many_joins(bench: &Bench) -> Outcome {
    let limits = &bench.can().join;
    if limits.depth == 0 {
        return Ok(());
    }
    let to_many = || bench.join(("account", "Id"), ("contact", "AccountId"), bench.query("contact", &[])?);
    let to_one = || bench.join(("contact", "AccountId"), ("account", "Id"), bench.query("account", &[])?);
    let many = limits.max_to_many.min(limits.max_total);
    if many < LARGE {
        let joins = (0..=many).map(|_| to_many()).collect::<Result<_, _>>()?;
        let query = Query { joins, ..bench.query("account", &[])? };
        fails("one join to many too many", bench.read(&[query]).await, unsupported)?;
    }
    let one = limits.max_to_one.min(limits.max_total);
    if one < LARGE {
        let joins = (0..=one).map(|_| to_one()).collect::<Result<_, _>>()?;
        let query = Query { joins, ..bench.query("contact", &[])? };
        fails("one join to one too many", bench.read(&[query]).await, unsupported)?;
    }
    Ok(())
}

/// Each record of a chain refers to the one before.
pub(super) async fn too_long_a_chain(bench: &Bench) -> Outcome {
    let group = bench.can().atomic_group.as_ref().filter(|_| bench.can().back_references);
    // A smaller group of another form may take a longer chain.
    let other = bench.can().other_atomic_group.as_ref();
    let other = other.map_or(0, |group| group.max_writes.min(group.max_depth.unwrap_or(group.max_writes)));
    let most = group.and_then(|group| Some((group.max_depth?.max(other), group.max_writes)));
    let Some(most) = most.filter(|(depth, writes)| depth < writes && *depth < LARGE).map(|(depth, _)| depth) else {
        return Ok(());
    };
    let link = |number: usize| {
        let before = number.checked_sub(1).map(|before| WriteValue::Back(Back(before)));
        let (entity, name, field) = if number.is_multiple_of(2) {
            ("account", "Name", "PrimaryId")
        } else {
            ("contact", "LastName", "AccountId")
        };
        let fields: Vec<_> = [set(name, text("L"))].into_iter().chain(before.map(|back| (field, back))).collect();
        bench.new_one(entity, &fields)
    };
    let chain = (0..=most).map(link).collect::<Result<Vec<_>, String>>()?;
    fails("one reference too many", bench.group(true, chain).await.map_err(|failed| failed.error), unsupported)?;
    bench.empty("account").await
}

pub(super) async fn too_long_a_list(bench: &Bench) -> Outcome {
    let most = bench.can().in_list;
    if most >= LARGE {
        return Ok(());
    }
    let list = (0..=most).map(|number| text(&number.to_string())).collect();
    let filter = Some(test("Name", Operator::In, list)?);
    let query = Query { filter, ..bench.query("account", &[])? };
    fails("a list that is too long", bench.read(&[query]).await, unsupported)
}

/// Joining fields that are not references works where it is declared, and nowhere else.
pub(super) async fn other_fields(bench: &Bench) -> Outcome {
    bench.create("account", &[set("Name", text("a@b")), set("Number", text("1"))]).await?;
    bench.create("contact", &[set("LastName", text("L")), set("Email", text("A@B"))]).await?;
    let mut query = bench.query("account", &["Name"])?;
    query.joins =
        vec![bench.join(("account", "Name"), ("contact", "Email"), bench.query("contact", &["LastName"])?)?];
    let limits = &bench.can().join;
    if !limits.any_field && limits.by_value.is_none() || limits.depth == 0 {
        return fails("a join on text", bench.read(&[query]).await, unsupported);
    }
    let rows = bench.rows(query).await?;
    let joined: Vec<Value> = rows
        .iter()
        .flat_map(|row| row.joined.iter().flatten())
        .filter_map(|row| row.values.get("LastName").cloned())
        .collect();
    super::bench::same("the contact by e-mail, whatever its case", &joined, &vec![text("L")])
}

pub(super) async fn references_forward(bench: &Bench) -> Outcome {
    let atomic = bench.can().atomic_group.is_some();
    let contact = bench.new_one("contact", &[set("LastName", text("L")), ("AccountId", WriteValue::Back(Back(1)))])?;
    let account = bench.new_one("account", &[set("Name", text("A"))])?;
    let answer = bench.group(atomic, vec![contact, account]).await.map_err(|failed| failed.error);
    fails("a reference to a later write", answer, unsupported)?;
    bench.empty("account").await
}
