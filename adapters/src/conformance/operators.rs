//! Conditions: what each operator says of a value and of none.

use engage_engine::Value;
use engage_engine::model::{Condition, Operator};

use super::bench::{Bench, Outcome, ensure, id, same, set, test, text};
use super::reads::full;

/// `small` has size 1, `big` 3, `none` no size.
async fn sizes(bench: &Bench) -> Outcome {
    for (name, number, size) in [("small", Some("abc"), Some(1)), ("big", Some("xBz"), Some(3)), ("none", None, None)] {
        let fields = [
            set("Name", text(name)),
            set("Number", number.map_or(Value::Null, text)),
            set("Size", size.map_or(Value::Null, Value::Int)),
        ];
        bench.create("account", &fields).await?;
    }
    Ok(())
}

async fn leaves(bench: &Bench, what: &str, filter: Condition<Value>, wanted: &[&str]) -> Outcome {
    let wanted: Vec<String> = wanted.iter().map(|name| (*name).to_owned()).collect();
    same(what, &bench.names("account", "Name", Some(filter)).await?, &wanted)
}

pub(super) async fn every_operator(bench: &Bench) -> Outcome {
    use Operator::{
        Contains, EndsWith, Equals, GreaterThan, GreaterThanOrEqual, In, IsNotNull, IsNull, LessThan, LessThanOrEqual,
        NotEquals, NotIn, StartsWith,
    };
    sizes(bench).await?;
    let number = |number| vec![Value::Int(number)];
    let cases: [(&str, Operator, Vec<Value>, &[&str]); 17] = [
        ("Size", Equals, number(1), &["small"]),
        ("Size", NotEquals, number(1), &["big", "none"]),
        ("Size", GreaterThan, number(1), &["big"]),
        ("Size", GreaterThanOrEqual, number(1), &["big", "small"]),
        ("Size", LessThan, number(3), &["small"]),
        ("Size", LessThanOrEqual, number(3), &["big", "small"]),
        ("Size", In, vec![Value::Int(1), Value::Int(2)], &["small"]),
        ("Size", NotIn, vec![Value::Int(1), Value::Int(2)], &["big", "none"]),
        ("Size", IsNull, Vec::new(), &["none"]),
        ("Size", IsNotNull, Vec::new(), &["big", "small"]),
        ("Number", Contains, vec![text("b")], &["big", "small"]),
        ("Number", StartsWith, vec![text("a")], &["small"]),
        ("Number", EndsWith, vec![text("z")], &["big"]),
        ("Number", NotEquals, vec![text("abc")], &["big", "none"]),
        ("Number", GreaterThan, vec![text("abc")], &["big"]),
        ("Number", IsNull, Vec::new(), &["none"]),
        // What a pattern language would take for more than itself.
        ("Number", Contains, vec![text("%")], &[]),
    ];
    for (field, operator, operands, wanted) in cases {
        leaves(bench, &format!("{field} {operator}"), test(field, operator, operands)?, wanted).await?;
    }
    Ok(())
}

/// Every type compares with itself.
pub(super) async fn every_type(bench: &Bench) -> Outcome {
    let full = full()?;
    let fields: Vec<_> = full.iter().map(|(name, value)| set(name, value.clone())).collect();
    bench.create("account", &fields).await?;
    for (name, value) in full {
        let equal = test(name, Operator::Equals, vec![value.clone()])?;
        let rows = bench.names("account", "Number", Some(equal)).await?;
        ensure(rows.len() == 1, || format!("`{name}` does not equal what was written"))?;
        let other = test(name, Operator::NotEquals, vec![value])?;
        let rows = bench.names("account", "Number", Some(other)).await?;
        ensure(rows.is_empty(), || format!("`{name}` differs from what was written"))?;
    }
    let gold = test("Tags", Operator::Contains, vec![Value::Choice("Gold".to_owned())])?;
    let rows = bench.names("account", "Number", Some(gold)).await?;
    same("one of several choices", &rows.len(), &1)
}

pub(super) async fn text_ignores_case(bench: &Bench) -> Outcome {
    sizes(bench).await?;
    leaves(bench, "Equals", test("Number", Operator::Equals, vec![text("XbZ")])?, &["big"]).await?;
    leaves(bench, "In", test("Number", Operator::In, vec![text("XBZ")])?, &["big"]).await?;
    leaves(bench, "NotIn", test("Number", Operator::NotIn, vec![text("XBZ")])?, &["none", "small"]).await?;
    leaves(bench, "StartsWith", test("Number", Operator::StartsWith, vec![text("AB")])?, &["small"]).await?;
    bench.create("account", &[set("Name", text("nordic")), set("Number", text("Ærø åø"))]).await?;
    for (operator, operand) in [
        (Operator::Equals, "æRØ ÅØ"),
        (Operator::In, "ÆRØ ÅØ"),
        (Operator::Contains, "Ø Å"),
        (Operator::StartsWith, "ær"),
        (Operator::EndsWith, "ÅØ"),
    ] {
        let beyond = format!("{operator} beyond ASCII");
        leaves(bench, &beyond, test("Number", operator, vec![text(operand)])?, &["nordic"]).await?;
    }
    Ok(())
}

/// Ids and references compare as ids do.
pub(super) async fn references(bench: &Bench) -> Outcome {
    let acme = bench.create("account", &[set("Name", text("Acme"))]).await?;
    let beta = bench.create("account", &[set("Name", text("Beta"))]).await?;
    for (name, account) in [("x", Some(&acme)), ("y", Some(&beta)), ("z", None)] {
        let account = account.map_or(Value::Null, |account| id(account));
        bench.create("contact", &[set("LastName", text(name)), set("AccountId", account)]).await?;
    }
    leaves(bench, "Id Equals", test("Id", Operator::Equals, vec![id(&acme)])?, &["Acme"]).await?;
    leaves(bench, "Id In", test("Id", Operator::In, vec![id(&acme), id(&beta)])?, &["Acme", "Beta"]).await?;
    leaves(bench, "Id NotIn", test("Id", Operator::NotIn, vec![id(&acme)])?, &["Beta"]).await?;
    let cases: [(Operator, Vec<Value>, &[&str]); 5] = [
        (Operator::Equals, vec![id(&acme)], &["x"]),
        (Operator::NotEquals, vec![id(&acme)], &["y", "z"]),
        (Operator::In, vec![id(&acme), id(&beta)], &["x", "y"]),
        (Operator::NotIn, vec![id(&acme), id(&beta)], &["z"]),
        (Operator::IsNull, Vec::new(), &["z"]),
    ];
    for (operator, operands, wanted) in cases {
        let wanted: Vec<String> = wanted.iter().map(|name| (*name).to_owned()).collect();
        let found = bench.names("contact", "LastName", Some(test("AccountId", operator, operands)?)).await?;
        same(&format!("AccountId {operator}"), &found, &wanted)?;
    }
    Ok(())
}

/// Letters that a query language or a pattern takes for more than themselves.
pub(super) async fn what_a_pattern_would_take(bench: &Bench) -> Outcome {
    const LETTERS: [&str; 12] = ["%", "_", "*", "?", "[a]", "^", "\\", "'", "\"", "&", "+", "#"];
    for letter in LETTERS {
        bench.create("account", &[set("Name", text(letter)), set("Number", text(&format!("a{letter}b")))]).await?;
    }
    for letter in LETTERS {
        for (operator, operand) in [
            (Operator::Equals, format!("a{letter}b")),
            (Operator::Contains, letter.to_owned()),
            (Operator::StartsWith, format!("A{letter}")),
            (Operator::EndsWith, format!("{letter}B")),
            (Operator::In, format!("a{letter}b")),
        ] {
            let what = format!("{operator} with `{letter}`");
            leaves(bench, &what, test("Number", operator, vec![text(&operand)])?, &[letter]).await?;
        }
    }
    let trick = "' or '1' eq '1";
    leaves(bench, "a text that ends itself", test("Number", Operator::Equals, vec![text(trick)])?, &[]).await
}

pub(super) async fn groups(bench: &Bench) -> Outcome {
    sizes(bench).await?;
    let small = || test("Size", Operator::Equals, vec![Value::Int(1)]);
    let big = || test("Size", Operator::Equals, vec![Value::Int(3)]);
    leaves(bench, "or", Condition::Or(vec![small()?, big()?]), &["big", "small"]).await?;
    leaves(bench, "and", Condition::And(vec![small()?, big()?]), &[]).await?;
    leaves(bench, "not", Condition::Not(Box::new(small()?)), &["big", "none"]).await?;
    leaves(bench, "an empty and", Condition::And(Vec::new()), &["big", "none", "small"]).await?;
    leaves(bench, "an empty or", Condition::Or(Vec::new()), &[]).await?;
    let named = |name| test("Name", Operator::Equals, vec![text(name)]);
    let mixed = Condition::And(vec![
        Condition::Or(vec![named("small")?, named("none")?]),
        Condition::Not(Box::new(Condition::And(vec![small()?, named("small")?]))),
    ]);
    leaves(bench, "groups in groups", mixed, &["none"]).await
}

pub(super) async fn lists(bench: &Bench) -> Outcome {
    sizes(bench).await?;
    leaves(bench, "In of nothing", test("Size", Operator::In, Vec::new())?, &[]).await?;
    leaves(bench, "NotIn of nothing", test("Size", Operator::NotIn, Vec::new())?, &["big", "none", "small"]).await?;
    let most = bench.can().in_list.min(200);
    let long = (0..most).map(|number| Value::Int(i64::try_from(number).unwrap_or_default() + 3)).collect();
    leaves(bench, "a long list", test("Size", Operator::In, long)?, &["big"]).await
}
