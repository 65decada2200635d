//! Queries: what comes, in which order, with what joined to it.

use engage_engine::Value;
use engage_engine::adapter::{AdapterErrorKind, JoinSort, Query};
use engage_engine::model::{Direction, Operator};

use super::bench::{Bench, Outcome, ensure, fails, id, same, set, shown, shown_all, test, text};

pub(super) async fn nothing_asked(bench: &Bench) -> Outcome {
    let pages = bench.read(&[]).await.map_err(|error| format!("no query at all: {error}"))?;
    same("pages of no query", &pages.len(), &0)?;
    let atomic = bench.atomic();
    let written = bench.group(atomic, Vec::new()).await.map_err(|error| format!("no write at all: {error}"))?;
    same("results of no write", &written.len(), &0)?;
    bench.empty("account").await
}

/// A value of every type, all of which must come back the same.
pub(super) fn full() -> Result<Vec<(&'static str, Value)>, String> {
    Ok(vec![
        ("Active", Value::Boolean(true)),
        ("Founded", Value::Date("1999-12-31".parse().map_err(|_| "date")?)),
        ("Name", text("Åse & O'Brien %_\"\\ 東京")),
        ("Number", text("N-1")),
        ("Revenue", Value::Decimal("90071992547409.93".parse().map_err(|_| "decimal")?)),
        ("Score", Value::Double(0.25)),
        ("Seen", Value::DateTime("2026-11-24T09:00:00Z".parse().map_err(|_| "instant")?)),
        ("Size", Value::Int(-42)),
        ("Stage", Value::Choice("Won".to_owned())),
        ("Tags", Value::MultiChoice(vec!["Gold".to_owned(), "Local".to_owned()])),
    ])
}

pub(super) async fn values_come_back(bench: &Bench) -> Outcome {
    let full = full()?;
    let fields: Vec<_> = full.iter().map(|(name, value)| set(name, value.clone())).collect();
    let made = bench.create("account", &fields).await?;
    let names: Vec<&str> = full.iter().map(|(name, _)| *name).chain(["PrimaryId"]).collect();
    let rows = bench.rows(bench.query("account", &names)?).await?;
    let row = rows.first().ok_or("the record is not there")?;
    same("the row's id", &row.id, &made)?;
    same("its field Id", &shown(row, "Id"), &made)?;
    for (name, wanted) in &full {
        let got = row.values.get(*name);
        ensure(got.is_some_and(|got| got.same(wanted)), || format!("`{name}` did not come back: {got:?}"))?;
    }
    same("a field without a value", &row.values.get("PrimaryId"), &Some(&Value::Null))
}

pub(super) async fn only_what_is_selected(bench: &Bench) -> Outcome {
    bench.create("account", &[set("Name", text("A")), set("Number", text("1"))]).await?;
    let rows = bench.rows(bench.query("account", &["Name"])?).await?;
    let names: Vec<&str> = rows.iter().flat_map(|row| row.values.keys().map(|name| name.as_str())).collect();
    same("the fields of a row", &names, &vec!["Id", "Name"])
}

/// Null comes before every value; ties sort by Id, upwards in either direction.
pub(super) async fn order(bench: &Bench) -> Outcome {
    for (name, size) in [("b", Some(2)), ("a", Some(2)), ("c", None), ("D", Some(1))] {
        let size = size.map_or(Value::Null, Value::Int);
        bench.create("account", &[set("Name", text(name)), set("Size", size)]).await?;
    }
    let query = bench.query("account", &["Name", "Size"])?;
    let by_id = bench.rows(query.clone()).await?;
    ensure(by_id.is_sorted_by(|a, b| a.id < b.id), || "without a sort rows do not come by Id".to_owned())?;
    let names = bench.rows(bench.sorted(query.clone(), "Name", Direction::Ascending)?).await?;
    same("text by letters, whatever their case", &shown_all(&names, "Name"), &words(&["a", "b", "c", "D"]))?;
    let tied: Vec<String> = by_id
        .iter()
        .filter(|row| row.values.get("Size") == Some(&Value::Int(2)))
        .map(|row| shown(row, "Name"))
        .collect();
    let (up, down) = ([words(&["c", "D"]), tied.clone()].concat(), [tied, words(&["D", "c"])].concat());
    let rows = bench.rows(bench.sorted(query.clone(), "Size", Direction::Ascending)?).await?;
    same("numbers upwards", &shown_all(&rows, "Name"), &up)?;
    let rows = bench.rows(bench.sorted(query, "Size", Direction::Descending)?).await?;
    same("numbers downwards", &shown_all(&rows, "Name"), &down)?;
    let rows = bench.rows(bench.sorted(bench.query("account", &[])?, "Id", Direction::Descending)?).await?;
    ensure(rows.is_sorted_by(|a, b| a.id > b.id), || "Ids downwards".to_owned())
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

pub(super) async fn limits(bench: &Bench) -> Outcome {
    for name in ["a", "b", "c"] {
        bench.create("account", &[set("Name", text(name))]).await?;
    }
    let query = bench.sorted(bench.query("account", &["Name"])?, "Name", Direction::Descending)?;
    let rows = bench.rows(Query { limit: Some(2), ..query.clone() }).await?;
    same("the first two", &shown_all(&rows, "Name"), &words(&["c", "b"]))?;
    let filter = Some(test("Name", Operator::NotEquals, vec![text("c")])?);
    let rows = bench.rows(Query { limit: Some(1), filter, ..query }).await?;
    same("the limit counts what the filter leaves", &shown_all(&rows, "Name"), &words(&["b"]))
}

pub(super) async fn several_queries(bench: &Bench) -> Outcome {
    if bench.can().read_batch.max < 2 {
        return bench.unasked("queries do not share requests");
    }
    bench.create("account", &[set("Name", text("A"))]).await?;
    bench.create("contact", &[set("LastName", text("B"))]).await?;
    let queries = [bench.query("contact", &["LastName"])?, bench.query("account", &["Name"])?];
    let pages = bench.read(&queries).await.map_err(|error| format!("two queries: {error}"))?;
    let got: Vec<String> =
        pages.iter().zip(["LastName", "Name"]).flat_map(|(page, name)| shown_all(&page.rows, name)).collect();
    same("the pages in the order of the queries", &got, &words(&["B", "A"]))
}

/// An account with two contacts, one without any, a contact without an account.
async fn family(bench: &Bench) -> Result<(String, String), String> {
    let acme = bench.create("account", &[set("Name", text("Acme"))]).await?;
    let beta = bench.create("account", &[set("Name", text("Beta"))]).await?;
    for (name, rank, account) in [("x", 3, Some(&acme)), ("y", 1, Some(&acme)), ("z", 2, None)] {
        let account = account.map_or(Value::Null, |account| id(account));
        let fields = [set("LastName", text(name)), set("Rank", Value::Int(rank)), set("AccountId", account)];
        bench.create("contact", &fields).await?;
    }
    Ok((acme, beta))
}

pub(super) async fn to_one(bench: &Bench) -> Outcome {
    let (acme, _) = family(bench).await?;
    let mut query = bench.sorted(bench.query("contact", &["LastName"])?, "LastName", Direction::Ascending)?;
    query.joins = vec![bench.join(("contact", "AccountId"), ("account", "Id"), bench.query("account", &["Name"])?)?];
    if bench.can().join.depth == 0 {
        return bench.refused("a join", bench.read(&[query]).await);
    }
    let rows = bench.rows(query).await?;
    let joined: Vec<Vec<String>> =
        rows.iter().flat_map(|row| &row.joined).map(|rows| shown_all(rows, "Name")).collect();
    same("the account of each contact", &joined, &vec![words(&["Acme"]), words(&["Acme"]), Vec::new()])?;
    let ids: Vec<&str> = rows.iter().flat_map(|row| row.joined.iter().flatten()).map(|row| row.id.as_str()).collect();
    same("its Id", &ids, &vec![acme.as_str(), acme.as_str()])
}

pub(super) async fn to_many(bench: &Bench) -> Outcome {
    family(bench).await?;
    let mut query = bench.sorted(bench.query("account", &["Name"])?, "Name", Direction::Ascending)?;
    let contacts = bench.query("contact", &["LastName"])?;
    query.joins = vec![bench.join(("account", "Id"), ("contact", "AccountId"), contacts)?];
    if bench.can().join.max_to_many == 0 {
        return bench.refused("a join to many", bench.read(&[query]).await);
    }
    let rows = bench.rows(query.clone()).await?;
    let joined: Vec<usize> = rows.iter().flat_map(|row| &row.joined).map(Vec::len).collect();
    same("contacts per account", &joined, &vec![2, 0])?;
    let by_id = |row: &engage_engine::adapter::Row| row.joined.iter().all(|rows| rows.is_sorted_by(|a, b| a.id < b.id));
    ensure(rows.iter().all(by_id), || "joined rows do not come by Id".to_owned())?;
    let filter = Some(test("LastName", Operator::Equals, vec![text("y")])?);
    if let Some(join) = query.joins.first_mut() {
        join.query.filter = filter;
    }
    let rows = bench.rows(query).await?;
    let joined: Vec<usize> = rows.iter().flat_map(|row| &row.joined).map(Vec::len).collect();
    same("contacts per account that the filter leaves, and accounts without any", &joined, &vec![1, 0])
}

pub(super) async fn nested(bench: &Bench) -> Outcome {
    let (acme, _) = family(bench).await?;
    bench.create("note", &[set("Title", text("n")), set("AccountId", id(&acme))]).await?;
    let mut contacts = bench.query("contact", &["LastName"])?;
    contacts.joins =
        vec![bench.join(("contact", "AccountId"), ("account", "Id"), bench.query("account", &["Name"])?)?];
    let mut notes = bench.query("note", &["Title"])?;
    let mut account = bench.query("account", &["Name"])?;
    account.joins = vec![bench.join(("account", "Id"), ("contact", "AccountId"), contacts)?];
    notes.joins = vec![bench.join(("note", "AccountId"), ("account", "Id"), account.clone())?];
    let limits = &bench.can().join;
    let below = |rows: &[engage_engine::adapter::Row]| -> Vec<engage_engine::adapter::Row> {
        rows.iter().flat_map(|row| row.joined.iter().flatten()).cloned().collect()
    };
    let three = limits.depth >= 3 && limits.max_total >= 3 && limits.max_to_one >= 2 && limits.max_to_many >= 1;
    let accounts = if three && limits.many_depth >= 1 && limits.many_below_one {
        below(&bench.rows(notes).await?)
    } else {
        bench.refused("three joins, one below the other", bench.read(&[notes]).await)?;
        if limits.depth < 2 || limits.max_total < 2 || limits.max_to_many < 1 || limits.many_depth < 1 {
            return bench.unasked("there are no joins below a join to many");
        }
        bench.rows(Query { filter: Some(test("Name", Operator::Equals, vec![text("Acme")])?), ..account }).await?
    };
    let contacts = below(&accounts);
    same("first level", &shown_all(&accounts, "Name"), &words(&["Acme"]))?;
    same("second level", &contacts.len(), &2)?;
    same("third level", &shown_all(&below(&contacts), "Name"), &words(&["Acme", "Acme"]))
}

pub(super) async fn sorted_per_parent(bench: &Bench) -> Outcome {
    let (_, beta) = family(bench).await?;
    for (name, rank) in [("p", 9), ("q", 8)] {
        let fields = [set("LastName", text(name)), set("Rank", Value::Int(rank)), set("AccountId", id(&beta))];
        bench.create("contact", &fields).await?;
    }
    let contacts = bench.sorted(bench.query("contact", &["LastName"])?, "Rank", Direction::Ascending)?;
    let mut query = bench.sorted(bench.query("account", &["Name"])?, "Name", Direction::Ascending)?;
    let contacts = Query { limit: Some(1), ..contacts };
    query.joins = vec![bench.join(("account", "Id"), ("contact", "AccountId"), contacts)?];
    let limits = &bench.can().join;
    if limits.max_to_many == 0 || limits.sorted == JoinSort::Local {
        return bench.refused("sort and limit of a joined part", bench.read(&[query]).await);
    }
    let rows = bench.rows(query).await?;
    let joined: Vec<String> =
        rows.iter().flat_map(|row| row.joined.iter().flatten()).map(|row| shown(row, "LastName")).collect();
    same("the first contact of each account", &joined, &words(&["y", "q"]))
}

/// Two fields on one column: the one shows only what it is about.
pub(super) async fn polymorphic(bench: &Bench) -> Outcome {
    let account = bench.create("account", &[set("Name", text("A"))]).await?;
    let contact = bench.create("contact", &[set("LastName", text("C"))]).await?;
    bench.create("note", &[set("Title", text("1")), set("AccountId", id(&account))]).await?;
    let other = bench.create("note", &[set("Title", text("2")), set("ContactId", id(&contact))]).await?;
    let query =
        bench.sorted(bench.query("note", &["AccountId", "ContactId", "Title"])?, "Title", Direction::Ascending)?;
    let rows = bench.rows(query.clone()).await?;
    same("about accounts", &shown_all(&rows, "AccountId"), &vec![account.clone(), "-".to_owned()])?;
    same("about contacts", &shown_all(&rows, "ContactId"), &vec!["-".to_owned(), contact])?;
    let filter = Some(test("AccountId", Operator::IsNull, Vec::new())?);
    same("about no account", &bench.names("note", "Title", filter).await?, &words(&["2"]))?;
    bench.done(bench.update("note", &other, &[set("AccountId", id(&account)), set("ContactId", Value::Null)])?).await?;
    let rows = bench.rows(query).await?;
    same("turned to the account", &shown_all(&rows, "ContactId"), &words(&["-", "-"]))
}

/// Every row comes, or the page says that it is truncated.
pub(super) async fn many_rows(bench: &Bench) -> Outcome {
    const MANY: usize = 300;
    let most = bench.can().write_batch.max.clamp(1, 100);
    let mut made = 0;
    while made < MANY {
        let size = most.min(MANY - made);
        let one = |number: usize| bench.new_one("account", &[set("Name", text(&format!("n{number}")))]);
        let writes = (made..made + size).map(one).collect::<Result<Vec<_>, _>>()?;
        bench.group(false, writes).await.map_err(|error| format!("{size} creates: {error}"))?;
        made += size;
    }
    let pages = bench.read(&[bench.query("account", &[])?]).await.map_err(|error| format!("many rows: {error}"))?;
    let page = pages.first().ok_or("no page")?;
    ensure(page.truncated || page.rows.len() == MANY, || {
        format!("{} of {MANY} rows, without a word", page.rows.len())
    })?;
    ensure(page.rows.is_sorted_by(|a, b| a.id < b.id), || "not by Id".to_owned())
}

pub(super) async fn unknown_names(bench: &Bench) -> Outcome {
    let mut query = bench.query("account", &["Name"])?;
    let mut entity = query.entity.as_ref().clone();
    entity.crm_type = "no_such_table".to_owned();
    query.entity = std::sync::Arc::new(entity);
    fails("a table that is not there", bench.read(&[query]).await, |kind| *kind == AdapterErrorKind::NotFound)
}
