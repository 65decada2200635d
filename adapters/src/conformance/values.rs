//! Joins of text by value: every record once, whatever it is joined to, and nothing that the capability does not say.

use engage_engine::Value;
use engage_engine::adapter::{Query, Row};
use engage_engine::model::{Condition, Direction, Operator};

use super::bench::{Bench, Outcome, id, same, set, shown, shown_all, test, text};

/// Whether the adapter joins text by value at all; what it does not declare `other_fields` holds it to.
fn joins(bench: &Bench) -> bool {
    let limits = &bench.can().join;
    limits.depth > 1 && (limits.any_field || limits.by_value.is_some())
}

/// Two accounts of one name, one that no contact has the name of, and three contacts.
async fn names(bench: &Bench) -> Outcome {
    for (name, number) in [("Mia", Some("1")), ("MIA", Some("2")), ("Nobody", None)] {
        let number = number.map_or(Value::Null, text);
        bench.create("account", &[set("Name", text(name)), set("Number", number)]).await?;
    }
    for (name, mail, rank) in [("mia", Some("1"), 2), ("Mia", None, 1), ("Leo", None, 3)] {
        let mail = mail.map_or(Value::Null, text);
        bench
            .create("contact", &[set("LastName", text(name)), set("Email", mail), set("Rank", Value::Int(rank))])
            .await?;
    }
    Ok(())
}

/// Accounts with the contacts of their name.
fn namesakes(bench: &Bench, contacts: Query) -> Result<Query, String> {
    let joins = vec![bench.join(("account", "Name"), ("contact", "LastName"), contacts)?];
    Ok(Query { joins, ..bench.sorted(bench.query("account", &["Name"])?, "Number", Direction::Descending)? })
}

/// `Mia: mia Mia` for each account, its contacts sorted.
fn told(rows: &[Row]) -> Vec<String> {
    let line = |row: &Row| {
        let mut names = shown_all(row.joined.first().map_or(&[], Vec::as_slice), "LastName");
        names.sort_unstable();
        format!("{}: {}", shown(row, "Name"), names.join(" "))
    };
    rows.iter().map(line).collect()
}

pub(super) async fn each_record_once(bench: &Bench) -> Outcome {
    if !joins(bench) {
        return bench.unasked("text is not joined by value");
    }
    names(bench).await?;
    let rows = bench.rows(namesakes(bench, bench.query("contact", &["LastName"])?)?).await?;
    let all = ["MIA: Mia mia", "Mia: Mia mia", "Nobody: "].map(str::to_owned).to_vec();
    same("accounts by number, each with its namesakes", &told(&rows), &all)?;
    let filter = Some(test("Rank", Operator::GreaterThan, vec![Value::Int(1)])?);
    let some = Query { filter, ..bench.query("contact", &["LastName"])? };
    let rows = bench.rows(namesakes(bench, some)?).await?;
    let some = ["MIA: mia", "Mia: mia", "Nobody: "].map(str::to_owned).to_vec();
    same("a condition on the joined takes them away and not the account", &told(&rows), &some)?;
    let unnumbered = test("Number", Operator::NotEquals, vec![text("1")])?;
    let named = test("Name", Operator::In, vec![text("mia"), text("nobody")])?;
    let filter = Some(Condition::And(vec![unnumbered, named]));
    let rows = bench.rows(Query { filter, ..namesakes(bench, bench.query("contact", &["LastName"])?)? }).await?;
    let few = ["MIA: Mia mia", "Nobody: "].map(str::to_owned).to_vec();
    same("a condition on the accounts, null included", &told(&rows), &few)?;
    let mut by_number = bench.query("account", &["Name"])?;
    by_number.joins =
        vec![bench.join(("account", "Number"), ("contact", "Email"), bench.query("contact", &["LastName"])?)?];
    let mut found = told(&bench.rows(by_number).await?);
    found.sort_unstable();
    let numbered = ["MIA: ", "Mia: mia", "Nobody: "].map(str::to_owned).to_vec();
    same("no value joins nothing", &found, &numbered)
}

/// References travel along: one up from the account, one up and a list down from the contact.
pub(super) async fn what_hangs_on_it(bench: &Bench) -> Outcome {
    let limits = &bench.can().join;
    let deep = limits.depth > 1 && limits.many_depth > 1 && limits.max_total > 3;
    if !joins(bench) || !deep {
        return bench.unasked("text is not joined by value");
    }
    let boss = bench.create("contact", &[set("LastName", text("Boss"))]).await?;
    let acme = bench.create("account", &[set("Name", text("Mia")), set("PrimaryId", id(&boss))]).await?;
    bench.create("account", &[set("Name", text("Nobody"))]).await?;
    for (name, account) in [("Mia", Some(&acme)), ("MIA", None)] {
        let account = account.map_or(Value::Null, |account| id(account));
        let contact = bench.create("contact", &[set("LastName", text(name)), set("AccountId", account)]).await?;
        for title in ["a", "b"] {
            bench.create("note", &[set("Title", text(title)), set("ContactId", id(&contact))]).await?;
        }
    }
    let mut contacts = bench.query("contact", &["LastName", "AccountId"])?;
    let notes = bench.query("note", &["Title", "ContactId", "AccountId"])?;
    contacts.joins = vec![
        bench.join(("contact", "AccountId"), ("account", "Id"), bench.query("account", &["Name"])?)?,
        bench.join(("contact", "Id"), ("note", "ContactId"), notes)?,
    ];
    let mut query = namesakes(bench, contacts)?;
    let boss = bench.query("contact", &["LastName"])?;
    query.joins.push(bench.join(("account", "PrimaryId"), ("contact", "Id"), boss)?);
    let rows = bench.rows(query).await?;
    let below = |row: &Row, join: usize, field: &str| {
        let mut shown = shown_all(row.joined.get(join).map_or(&[], Vec::as_slice), field);
        shown.sort_unstable();
        shown.join(" ")
    };
    let mut lines = Vec::new();
    for row in &rows {
        lines.push(format!("{} of {}", shown(row, "Name"), below(row, 1, "LastName")));
        for contact in row.joined.first().into_iter().flatten() {
            let (account, notes) = (below(contact, 0, "Name"), below(contact, 1, "Title"));
            let about = below(contact, 1, "AccountId");
            lines.push(format!("{} at {account} with {notes} about {about}", shown(contact, "LastName")));
        }
    }
    lines.sort_unstable();
    let expected = ["MIA at  with a b about - -", "Mia at Mia with a b about - -", "Mia of Boss", "Nobody of "];
    same("what hangs on namesakes", &lines, &expected.map(str::to_owned).to_vec())
}

/// Values of every type come through such a query as through any.
pub(super) async fn values_of_every_type(bench: &Bench) -> Outcome {
    if !joins(bench) {
        return bench.unasked("text is not joined by value");
    }
    super::reads::values_come_back(bench).await?;
    bench.create("contact", &[set("LastName", text("Boss")), set("Email", text("same"))]).await?;
    let fields =
        ["Name", "Number", "Size", "Score", "Revenue", "Founded", "Seen", "Active", "Stage", "Tags", "PrimaryId"];
    let plain = bench.rows(bench.query("account", &fields)?).await?;
    let names: Vec<String> = shown_all(&plain, "Name");
    for name in &names {
        bench.create("contact", &[set("LastName", text(name))]).await?;
    }
    let mut query = bench.query("account", &fields)?;
    query.joins =
        vec![bench.join(("account", "Name"), ("contact", "LastName"), bench.query("contact", &["LastName"])?)?];
    let rows = bench.rows(query).await?;
    let own = |rows: &[Row]| rows.iter().map(|row| row.values.clone()).collect::<Vec<_>>();
    same("the query's own records", &own(&rows), &own(&plain))?;
    let mut query = bench.query("contact", &["LastName"])?;
    query.joins = vec![bench.join(("contact", "LastName"), ("account", "Name"), bench.query("account", &fields)?)?];
    let rows = bench.rows(query).await?;
    let mut joined: Vec<Row> = rows.iter().flat_map(|row| row.joined.iter().flatten()).cloned().collect();
    joined.sort_by(|a, b| a.id.cmp(&b.id));
    joined.dedup_by(|a, b| a.id == b.id);
    same("the joined records", &own(&joined), &own(&plain))
}

/// What such a query cannot is refused, where it is a form of its own.
pub(super) async fn what_it_cannot(bench: &Bench) -> Outcome {
    if bench.can().join.any_field || bench.can().join.by_value.is_none() {
        return bench.unasked("text is not joined by value");
    }
    names(bench).await?;
    let contacts = || bench.query("contact", &["LastName"]);
    let mut two = namesakes(bench, contacts()?)?;
    two.joins.push(bench.join(("account", "Id"), ("contact", "AccountId"), contacts()?)?);
    bench.refused("two lists beside each other", bench.read(&[two]).await)?;
    let limited = Query { limit: Some(1), ..namesakes(bench, contacts()?)? };
    bench.refused("a limit of its own records", bench.read(&[limited]).await)?;
    let sorted = bench.sorted(contacts()?, "LastName", Direction::Ascending)?;
    bench.refused("a sort of joined records", bench.read(&[namesakes(bench, sorted)?]).await)?;
    let mut numbers = bench.query("account", &["Name"])?;
    numbers.joins = vec![bench.join(("account", "Size"), ("contact", "Rank"), contacts()?)?];
    bench.refused("a join of numbers", bench.read(&[numbers]).await)
}
