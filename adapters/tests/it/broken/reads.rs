//! Mistakes in reading.

use engage_engine::Value;
use engage_engine::adapter::{Page, Query, Row};
use engage_engine::model::{Condition, Operator, Test};

use super::{Broken, Mistake};

fn each_test(condition: &mut Condition<Value>, change: &mut dyn FnMut(&mut Test<Value>)) {
    match condition {
        Condition::Test(test) => change(test),
        Condition::And(inner) | Condition::Or(inner) => inner.iter_mut().for_each(|inner| each_test(inner, change)),
        Condition::Not(inner) => each_test(inner, change),
    }
}

fn each_row(rows: &mut [Row], change: &mut dyn FnMut(&mut Row)) {
    for row in rows {
        change(row);
        row.joined.iter_mut().for_each(|rows| each_row(rows, change));
    }
}

fn rows(pages: &mut [Page], mut change: impl FnMut(&mut Row)) {
    pages.iter_mut().for_each(|page| each_row(&mut page.rows, &mut change));
}

/// Rows that an operator lets through though they have no value.
fn without_nulls(queries: &[Query], pages: &mut Vec<Page>) {
    for (query, page) in queries.iter().zip(pages) {
        let Some(Condition::Test(test)) = &query.filter else { continue };
        if matches!(test.operator, Operator::NotEquals | Operator::NotIn) {
            page.rows.retain(|row| row.values.get(&test.field).is_none_or(|value| !value.is_null()));
        }
    }
}

/// Compares as a CRM does that only knows the case of ASCII.
fn ascii_case(queries: &[Query], pages: &mut Vec<Page>) {
    for (query, page) in queries.iter().zip(pages) {
        let Some(Condition::Test(test)) = &query.filter else { continue };
        let Some(Value::String(operand)) = test.operands.first() else { continue };
        page.rows.retain(|row| match row.values.get(&test.field) {
            Some(Value::String(text)) => text.to_ascii_lowercase().contains(&operand.to_ascii_lowercase()),
            _ => true,
        });
    }
}

pub(super) fn mistakes() -> Vec<Mistake> {
    vec![
        ("a comparison that null escapes", || Broken::new().sees(without_nulls)),
        ("case of ASCII alone", || Broken::new().sees(ascii_case)),
        ("the limit before the filter", || {
            Broken::new().asks(|query| query.limit = None).gives(|queries, pages| {
                for (query, page) in queries.iter().zip(pages) {
                    let most = query.limit.map_or(usize::MAX, |limit| limit as usize - 1);
                    page.rows.truncate(most);
                }
            })
        }),
        ("no order", || Broken::new().asks(|query| query.sort = None)),
        ("null last", || {
            Broken::new().gives(|queries, pages| {
                for (query, page) in queries.iter().zip(pages) {
                    let Some((field, _)) = query.sort else { continue };
                    let name = query.entity.fields[field].name.clone();
                    page.rows.sort_by_key(|row| row.values.get(&name).is_some_and(Value::is_null));
                }
            })
        }),
        ("ties anyhow", || {
            Broken::new().gives(|_, pages| {
                for page in pages.iter_mut() {
                    page.rows.reverse();
                }
            })
        }),
        ("pages in another order", || Broken::new().gives(|_, pages| pages.reverse())),
        ("a page cut without a word", || {
            Broken::new().gives(|_, pages| pages.iter_mut().for_each(|page| page.rows.truncate(200)))
        }),
        ("an inner join", || {
            Broken::new().gives(|_, pages| {
                for page in pages {
                    page.rows.retain(|row| row.joined.is_empty() || row.joined.iter().any(|rows| !rows.is_empty()));
                }
            })
        }),
        ("joined rows unsorted", || {
            Broken::new().gives(|_, pages| rows(pages, |row| row.joined.iter_mut().for_each(|rows| rows.reverse())))
        }),
        ("the condition of a join lost", || {
            Broken::new().asks(|query| query.joins.iter_mut().for_each(|join| join.query.filter = None))
        }),
        ("the limit of a join lost", || {
            Broken::new().asks(|query| query.joins.iter_mut().for_each(|join| join.query.limit = None))
        }),
        ("a condition on one record takes the row", || {
            Broken::new().gives(|queries, pages| {
                for (query, page) in queries.iter().zip(pages) {
                    let to_one = |join: &engage_engine::adapter::Join| {
                        join.query.entity.fields[join.child_field].name.is_id() && join.query.filter.is_some()
                    };
                    if query.joins.iter().any(to_one) {
                        page.rows.retain(|row| row.joined.iter().all(|rows| !rows.is_empty()));
                    }
                }
            })
        }),
        ("two joins by one reference as one", || {
            Broken::new().asks(|query| {
                if let [first, .., last] = query.joins.as_mut_slice()
                    && (first.parent_field, first.child_field) == (last.parent_field, last.child_field)
                {
                    last.query.filter = first.query.filter.clone();
                }
            })
        }),
        ("null left out of rows", || {
            Broken::new().gives(|_, pages| rows(pages, |row| row.values.retain(|_, value| !value.is_null())))
        }),
        ("more than was selected", || {
            Broken::new().asks(|query| query.select = (0..query.entity.fields.len()).collect())
        }),
        ("no Id among the values", || {
            Broken::new().gives(|_, pages| rows(pages, |row| row.values.retain(|name, _| !name.is_id())))
        }),
        ("decimals through a float", || {
            Broken::new().gives(|_, pages| {
                rows(pages, |row| {
                    for value in row.values.values_mut() {
                        if let Value::Decimal(number) = value {
                            let float: f64 = number.to_string().parse().unwrap();
                            *number = float.to_string().parse().unwrap();
                        }
                    }
                });
            })
        }),
        ("a pattern letter taken for any", || {
            Broken::new().asks(|query| {
                if let Some(filter) = &mut query.filter {
                    each_test(filter, &mut |test| {
                        if matches!(test.operator, Operator::Contains | Operator::StartsWith)
                            && test.operands.iter().any(|operand| *operand == Value::String("_".to_owned()))
                        {
                            test.operands = vec![Value::String(String::new())];
                        }
                    });
                }
            })
        }),
        ("NotIn of nothing holds nothing", || {
            Broken::new().gives(|queries, pages| {
                for (query, page) in queries.iter().zip(pages) {
                    if let Some(Condition::Test(test)) = &query.filter
                        && test.operator == Operator::NotIn
                        && test.operands.is_empty()
                    {
                        page.rows.clear();
                    }
                }
            })
        }),
        ("Not of a comparison loses null", || {
            Broken::new().sees(|queries, pages| {
                for (query, page) in queries.iter().zip(pages) {
                    if let Some(Condition::Not(inner)) = &query.filter {
                        let named = engage_engine::condition::fields(inner);
                        let known = |row: &Row| named.iter().all(|name| !row.values[name.as_str()].is_null());
                        page.rows.retain(known);
                    }
                }
            })
        }),
        ("no versions though they are declared", || Broken::new().gives(|_, pages| rows(pages, |row| row.etag = None))),
        ("joins deeper than declared", || {
            let mut broken = Broken::new();
            broken.can.join.depth = 1;
            broken
        }),
        ("joins more than declared", || {
            let mut broken = Broken::new();
            broken.can.join.max_to_many = 2;
            broken
        }),
        ("sorts below joins though it says not", || {
            let mut broken = Broken::new();
            broken.can.join.sorted = engage_engine::adapter::JoinSort::WireWhenFlat;
            broken
        }),
        ("repeats joins though it says not", || {
            let mut broken = Broken::new();
            broken.can.join.repeats = false;
            broken
        }),
    ]
}
