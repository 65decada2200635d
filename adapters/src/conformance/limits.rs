//! More than an adapter declares is refused, and nothing happens.

use engage_engine::Value;
use engage_engine::adapter::{Back, Query, WriteValue};
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
        fails("one write too many", bench.group(atomic, writes).await.map_err(|failed| failed.error), unsupported)?;
    }
    bench.empty("account").await
}

pub(super) async fn too_many_queries(bench: &Bench) -> Outcome {
    let most = bench.can().read_batch.max;
    if most >= LARGE {
        return Ok(());
    }
    let queries = vec![bench.query("account", &[])?; most + 1];
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
    if !limits.any_field || limits.depth == 0 {
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
