//! Conditions mean on the wire what they mean here, whatever a comparison with null gives: read by an evaluator of
//! `WHERE` that shares nothing with its writer.

use std::collections::BTreeMap;

use engage_engine::condition::matches;
use engage_engine::model::{Condition, Operator};
use engage_engine::value::{Instance, Value};
use proptest::prelude::*;

use super::{entity, metadata, test, text};
use crate::salesforce::filter::filter;

#[derive(Debug, Clone, PartialEq)]
enum Cell {
    Null,
    Flag(bool),
    Number(i64),
    Text(String),
}

/// A row by column, and what a comparison of null with something gives.
struct Row {
    cells: BTreeMap<&'static str, Cell>,
    of_null: Option<bool>,
}

/// True, false, or neither.
type Truth = Option<bool>;

/// "Condition Expression Syntax", as far as it is used.
struct Reader<'a> {
    tokens: std::iter::Peekable<std::vec::IntoIter<String>>,
    row: &'a Row,
}

/// Words, signs, and literals with a quote in front.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let mut token = character.to_string();
        match character {
            ' ' => continue,
            '\'' => loop {
                match characters.next().unwrap() {
                    '\'' => break,
                    '\\' => token.push(characters.next().unwrap()),
                    other => token.push(other),
                }
            },
            '(' | ')' | ',' => {}
            '<' | '>' | '=' | '!' => token.extend(characters.next_if_eq(&'=')),
            _ => {
                while let Some(more) = characters.next_if(|next| !" (),'<>=!".contains(*next)) {
                    token.push(more)
                }
            }
        }
        tokens.push(token);
    }
    tokens
}

impl Reader<'_> {
    fn next(&mut self) -> String {
        self.tokens.next().unwrap()
    }

    fn is(&mut self, word: &str) -> bool {
        self.tokens.next_if(|token| token == word).is_some()
    }

    fn or(&mut self) -> Truth {
        let mut all = vec![self.and()];
        while self.is("OR") {
            all.push(self.and());
        }
        if all.contains(&Some(true)) {
            Some(true)
        } else if all.contains(&None) {
            None
        } else {
            Some(false)
        }
    }

    fn and(&mut self) -> Truth {
        let mut all = vec![self.not()];
        while self.is("AND") {
            all.push(self.not());
        }
        if all.contains(&Some(false)) {
            Some(false)
        } else if all.contains(&None) {
            None
        } else {
            Some(true)
        }
    }

    fn not(&mut self) -> Truth {
        if self.is("NOT") {
            return self.not().map(|truth| !truth);
        }
        if self.is("(") {
            let inner = self.or();
            assert!(self.is(")"));
            return inner;
        }
        let column = self.next();
        let cell = self.row.cells.get(column.as_str()).unwrap().clone();
        let not = self.is("NOT");
        match self.next().as_str() {
            "IN" => {
                let one = self.list().into_iter().any(|operand| same(&cell, &operand));
                self.known(&cell, if not { !one } else { one })
            }
            "LIKE" => {
                let pattern = self.next();
                self.known(
                    &cell,
                    matches!(&cell, Cell::Text(text) if like(&text.to_lowercase(), &pattern[1..].to_lowercase())),
                )
            }
            sign => {
                let operand = literal(&self.next());
                self.compare(&cell, sign, &operand)
            }
        }
    }

    fn list(&mut self) -> Vec<Cell> {
        assert!(self.is("("));
        let mut list = Vec::new();
        while !self.is(")") {
            list.push(literal(&self.next()));
            self.is(",");
        }
        list
    }

    fn known(&self, cell: &Cell, truth: bool) -> Truth {
        if *cell == Cell::Null { self.row.of_null } else { Some(truth) }
    }

    fn compare(&self, cell: &Cell, sign: &str, operand: &Cell) -> Truth {
        match (sign, operand) {
            ("=", Cell::Null) => Some(*cell == Cell::Null),
            ("!=", Cell::Null) => Some(*cell != Cell::Null),
            _ => {
                let order = match (cell, operand) {
                    (Cell::Text(a), Cell::Text(b)) => a.to_lowercase().cmp(&b.to_lowercase()),
                    (Cell::Number(a), Cell::Number(b)) => a.cmp(b),
                    (Cell::Flag(a), Cell::Flag(b)) => a.cmp(b),
                    _ => return self.row.of_null,
                };
                Some(match sign {
                    "=" => order.is_eq(),
                    "!=" => order.is_ne(),
                    "<" => order.is_lt(),
                    "<=" => order.is_le(),
                    ">" => order.is_gt(),
                    ">=" => order.is_ge(),
                    other => panic!("{other}"),
                })
            }
        }
    }
}

fn same(a: &Cell, b: &Cell) -> bool {
    match (a, b) {
        (Cell::Text(a), Cell::Text(b)) => a.to_lowercase() == b.to_lowercase(),
        _ => a == b,
    }
}

/// The values of this test hold no wildcards.
fn like(text: &str, pattern: &str) -> bool {
    match (pattern.strip_prefix('%'), pattern.strip_suffix('%')) {
        (Some(_), Some(_)) => text.contains(pattern.trim_matches('%')),
        (Some(end), None) => text.ends_with(end),
        (None, Some(start)) => text.starts_with(start),
        (None, None) => text == pattern,
    }
}

fn literal(token: &str) -> Cell {
    match token {
        "null" => Cell::Null,
        "true" | "false" => Cell::Flag(token == "true"),
        quoted if quoted.starts_with('\'') => Cell::Text(quoted[1..].to_owned()),
        number => Cell::Number(number.parse().unwrap()),
    }
}

fn texts() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["a", "B", "ab", "O'B", "b"]).prop_map(str::to_owned)
}

fn tests() -> impl Strategy<Value = Condition<Value>> {
    use Operator as O;
    let one = prop::sample::select(vec![
        O::Equals,
        O::NotEquals,
        O::GreaterThan,
        O::GreaterThanOrEqual,
        O::LessThan,
        O::LessThanOrEqual,
        O::In,
        O::NotIn,
    ]);
    let words = prop::sample::select(vec![O::Contains, O::StartsWith, O::EndsWith]);
    let nulls = prop::sample::select(vec![O::IsNull, O::IsNotNull]);
    let several = prop::sample::select(vec![O::In, O::NotIn]);
    prop_oneof![
        (one.clone(), texts()).prop_map(|(operator, value)| test("Name", operator, vec![text(&value)])),
        (words, texts()).prop_map(|(operator, value)| test("Name", operator, vec![text(&value)])),
        (one, -2..3_i64).prop_map(|(operator, value)| test("Size", operator, vec![Value::Int(value)])),
        (several, prop::collection::vec(-2..3_i64, 0..3)).prop_map(|(operator, values)| test(
            "Size",
            operator,
            values.into_iter().map(Value::Int).collect()
        )),
        (nulls, prop::sample::select(vec!["Name", "Size", "Active"])).prop_map(|(operator, field)| test(
            field,
            operator,
            Vec::new()
        )),
        (any::<bool>(), any::<bool>()).prop_map(|(equal, flag)| {
            let operator = if equal { Operator::Equals } else { Operator::NotEquals };
            test("Active", operator, vec![Value::Boolean(flag)])
        }),
    ]
}

fn conditions() -> impl Strategy<Value = Condition<Value>> {
    tests().prop_recursive(4, 24, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Condition::And),
            prop::collection::vec(inner.clone(), 0..3).prop_map(Condition::Or),
            inner.prop_map(|inner| Condition::Not(Box::new(inner))),
        ]
    })
}

proptest! {
    #[test]
    fn the_wire_says_what_the_condition_means(
        condition in conditions(),
        name in prop::option::of(texts()),
        size in prop::option::of(-2..3_i64),
        active in any::<bool>(),
        of_null in prop::sample::select(vec![None, Some(false)]),
    ) {
        let metadata = metadata();
        let entity = entity("account");
        let filter = filter(&metadata, metadata.of(&entity).unwrap(), &entity, &condition).unwrap();
        prop_assert!(filter.exact);
        let cells = BTreeMap::from([
            ("Id", Cell::Text("1".into())),
            ("acct_name", name.clone().map_or(Cell::Null, Cell::Text)),
            ("acct_size", size.map_or(Cell::Null, Cell::Number)),
            ("acct_active", Cell::Flag(active)),
        ]);
        let row = Row { cells, of_null };
        let found = filter.text.as_ref().map_or(Some(true), |filter| {
            let mut reader = Reader { tokens: tokens(filter).into_iter().peekable(), row: &row };
            let truth = reader.or();
            assert!(reader.tokens.next().is_none());
            truth
        });
        let record = Instance::from([
            ("Name".parse().unwrap(), name.as_deref().map_or(Value::Null, text)),
            ("Size".parse().unwrap(), size.map_or(Value::Null, Value::Int)),
            ("Active".parse().unwrap(), Value::Boolean(active)),
        ]);
        prop_assert_eq!(found == Some(true), matches(&condition, &record), "{:?}", filter.text);
    }
}
