//! More than an adapter declares is refused, and nothing happens.

use engage_engine::Value;
use engage_engine::adapter::{Back, Query, WriteGroup, WriteValue};
use engage_engine::model::Operator;

use super::bench::{Bench, Outcome, set, test, text};

/// Limits beyond this are taken on trust: a test that large proves little.
const LARGE: usize = 5000;

pub(super) async fn too_many_writes(bench: &Bench) -> Outcome {
    let atomic = bench.can().atomic_group.as_ref().map(|group| group.max_writes);
    for (atomic, most) in [(true, atomic), (false, Some(bench.can().write_batch.max))] {
        let Some(most) = most.filter(|most| *most < LARGE) else {
            bench.unasked(if atomic {
                "how many writes are too many at once"
            } else {
                "how many are too many in a batch"
            })?;
            continue;
        };
        let one = |_| bench.new_one("account", &[set("Name", text("A"))]);
        let writes = (0..=most).map(one).collect::<Result<Vec<_>, _>>()?;
        let group = WriteGroup { atomic, writes };
        bench.refused("a preview of one write too many", bench.adapter.preview_write(&group))?;
        let answer = bench.group(atomic, group.writes).await.map_err(|failed| failed.error);
        bench.refused("one write too many", answer)?;
    }
    bench.empty("account").await
}

pub(super) async fn too_many_queries(bench: &Bench) -> Outcome {
    let most = bench.can().read_batch.max;
    if most >= LARGE {
        return bench.unasked("the limit is too large to be tried");
    }
    let queries = vec![bench.query("account", &[])?; most + 1];
    bench.refused("a preview of one query too many", bench.adapter.preview_read(&queries))?;
    bench.refused("one query too many", bench.read(&queries).await)
}

pub(super) async fn too_deep(bench: &Bench) -> Outcome {
    let depth = bench.can().join.depth;
    if depth >= LARGE {
        return bench.unasked("the limit is too large to be tried");
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
    bench.refused("one join too deep", bench.read(&[query]).await)
}

pub(super) async fn too_many_joins(bench: &Bench) -> Outcome {
    let limits = &bench.can().join;
    if limits.depth == 0 {
        return bench.unasked("there are no joins");
    }
    let to_many = || bench.join(("account", "Id"), ("contact", "AccountId"), bench.query("contact", &[])?);
    let to_one = || bench.join(("contact", "AccountId"), ("account", "Id"), bench.query("account", &[])?);
    let (many, one) = (limits.max_to_many.min(limits.max_total), limits.max_to_one.min(limits.max_total));
    if many >= LARGE || one >= LARGE {
        bench.unasked("a limit is too large to be tried")?;
    }
    if many < LARGE {
        let joins = (0..=many).map(|_| to_many()).collect::<Result<_, _>>()?;
        let query = Query { joins, ..bench.query("account", &[])? };
        bench.refused("one join to many too many", bench.read(&[query]).await)?;
    }
    if one < LARGE {
        let joins = (0..=one).map(|_| to_one()).collect::<Result<_, _>>()?;
        let query = Query { joins, ..bench.query("contact", &[])? };
        bench.refused("one join to one too many", bench.read(&[query]).await)?;
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
        return bench.unasked("chains of references have no limit of their own, or one too large to be tried");
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
    bench.refused("one reference too many", bench.group(true, chain).await.map_err(|failed| failed.error))?;
    bench.empty("account").await
}

pub(super) async fn too_long_a_list(bench: &Bench) -> Outcome {
    let most = bench.can().in_list;
    if most >= LARGE {
        return bench.unasked("the limit is too large to be tried");
    }
    let list = (0..=most).map(|number| text(&number.to_string())).collect();
    let filter = Some(test("Name", Operator::In, list)?);
    let query = Query { filter, ..bench.query("account", &[])? };
    bench.refused("a list that is too long", bench.read(&[query]).await)
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
        return bench.refused("a join on text", bench.read(&[query]).await);
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
    let atomic = bench.atomic();
    let contact = bench.new_one("contact", &[set("LastName", text("L")), ("AccountId", WriteValue::Back(Back(1)))])?;
    let account = bench.new_one("account", &[set("Name", text("A"))])?;
    let answer = bench.group(atomic, vec![contact, account]).await.map_err(|failed| failed.error);
    bench.refused("a reference to a later write", answer)?;
    bench.empty("account").await
}
