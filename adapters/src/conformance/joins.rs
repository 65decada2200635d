//! Joins: what conditions, repeats and depth do to them.

use engage_engine::adapter::{JoinSort, Query, Row};
use engage_engine::model::{Direction, Operator};

use super::bench::{Bench, Outcome, id, same, set, shown_all, test, text};

fn below(rows: &[Row]) -> Vec<Row> {
    rows.iter().flat_map(|row| row.joined.iter().flatten()).cloned().collect()
}

/// Acme with the contacts x and y.
async fn acme(bench: &Bench) -> Result<String, String> {
    let acme = bench.create("account", &[set("Name", text("Acme"))]).await?;
    for name in ["x", "y"] {
        bench.create("contact", &[set("LastName", text(name)), set("AccountId", id(&acme))]).await?;
    }
    Ok(acme)
}

/// A condition on the one record that a reference leads to takes that record away, not the row that has it.
pub(super) async fn what_a_filter_leaves_of_one(bench: &Bench) -> Outcome {
    acme(bench).await?;
    if bench.can().join.depth == 0 {
        return bench.unasked("there are no joins");
    }
    for (name, joined) in [("acme", 1), ("other", 0)] {
        let filter = Some(test("Name", Operator::Equals, vec![text(name)])?);
        let account = Query { filter, ..bench.query("account", &["Name"])? };
        let mut query = bench.query("contact", &["LastName"])?;
        query.joins = vec![bench.join(("contact", "AccountId"), ("account", "Id"), account)?];
        let rows = bench.rows(query).await?;
        let counts: Vec<usize> = rows.iter().flat_map(|row| &row.joined).map(Vec::len).collect();
        same("accounts per contact that the filter leaves, contacts without any kept", &counts, &vec![joined; 2])?;
    }
    Ok(())
}

/// Two joins by one reference are two, each with its own condition, if they may be.
pub(super) async fn twice_by_one_reference(bench: &Bench) -> Outcome {
    acme(bench).await?;
    let limits = &bench.can().join;
    if limits.max_to_many < 2 || limits.max_total < 2 || limits.depth == 0 {
        return bench.unasked("there are no two joins to many");
    }
    let named = |name| {
        let filter = Some(test("LastName", Operator::Equals, vec![text(name)])?);
        bench.join(
            ("account", "Id"),
            ("contact", "AccountId"),
            Query { filter, ..bench.query("contact", &["LastName"])? },
        )
    };
    let joins = vec![named("y")?, named("x")?];
    let query = Query { joins, ..bench.query("account", &["Name"])? };
    if !limits.repeats {
        return bench.refused("two joins to many by one reference", bench.read(&[query]).await);
    }
    let rows = bench.rows(query).await?;
    same("each join's own", &shown_all(&below(&rows), "LastName"), &vec!["y".to_owned(), "x".to_owned()])
}

/// Sort and limit two levels down.
pub(super) async fn sorted_below(bench: &Bench) -> Outcome {
    let acme = acme(bench).await?;
    bench.create("note", &[set("Title", text("n")), set("AccountId", id(&acme))]).await?;
    let limits = &bench.can().join;
    if limits.depth < 2 || limits.max_to_many == 0 || limits.max_total < 2 {
        return bench.unasked("there are no joins below a join");
    }
    let contacts = bench.sorted(bench.query("contact", &["LastName"])?, "LastName", Direction::Descending)?;
    let contacts = Query { limit: Some(1), ..contacts };
    let mut account = bench.query("account", &["Name"])?;
    account.joins = vec![bench.join(("account", "Id"), ("contact", "AccountId"), contacts)?];
    let mut notes = bench.query("note", &["Title"])?;
    notes.joins = vec![bench.join(("note", "AccountId"), ("account", "Id"), account)?];
    if !limits.many_below_one {
        return bench.refused("many below a record that a path leads up to", bench.read(&[notes]).await);
    }
    if limits.sorted != JoinSort::Wire {
        return bench.refused("sort and limit below another join", bench.read(&[notes]).await);
    }
    let rows = bench.rows(notes).await?;
    same("the first two levels down", &shown_all(&below(&below(&rows)), "LastName"), &vec!["y".to_owned()])
}
