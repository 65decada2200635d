//! Conditions held against the schema.

use super::super::fault::Fault;
use super::super::id;
use super::literal;
use super::path::{End, Names, Resolved, value};
use super::run::Asked;
use super::test::{Test, pieces};
use super::tree::{Condition, Item, Literal, Operand, Path, Query, Sign};
use crate::schema::{Kind, Table};
use crate::store::{Value, fold};

/// Longest literal, in characters.
const MAX_LITERAL: usize = 4000;

/// What conditions are read against.
#[derive(Clone, Copy)]
pub(super) struct Reader<'m, 'a> {
    pub(super) asked: &'a Asked<'m>,
    pub(super) names: Names<'m>,
    pub(super) table: &'m Table,
    pub(super) alias: Option<&'a str>,
}

impl<'m> Reader<'m, '_> {
    pub(super) fn condition(&self, condition: &Condition, top: bool) -> Result<Test<'m>, Fault> {
        let all = |list: &[Condition], top| list.iter().map(|one| self.condition(one, top)).collect::<Result<_, _>>();
        Ok(match condition {
            Condition::And(list) => Test::And(all(list, top)?),
            Condition::Or(list) => Test::Or(all(list, false)?),
            Condition::Not(inner) => Test::Not(Box::new(self.condition(inner, false)?)),
            Condition::Compare { operand: Operand::Call(call), .. } => {
                return Err(self.names.fail("MALFORMED_QUERY", call.at, "Grouped functions are not allowed in WHERE"));
            }
            Condition::Compare { operand: Operand::Path(path), sign, literal, at } => {
                self.compare(self.filterable(path)?, *sign, literal, *at)?
            }
            Condition::In { path, not, list } => {
                let resolved = self.filterable(path)?;
                let list = list.iter().map(|one| self.plain(&resolved, one, path.at));
                Test::In { list: list.collect::<Result<_, _>>()?, path: resolved, not: *not }
            }
            Condition::Includes { path, not, list } => self.includes(path, *not, list)?,
            Condition::Semi { path, not, query } => {
                if !top {
                    let message = "Semi join sub-selects are only allowed at the top level WHERE expressions and not in nested WHERE expressions.";
                    return Err(self.names.fail("MALFORMED_QUERY", path.at, message));
                }
                self.semi(path, *not, query)?
            }
        })
    }

    fn filterable(&self, path: &Path) -> Result<Resolved<'m>, Fault> {
        let resolved = self.names.resolve(self.table, self.alias, path)?;
        match resolved.end {
            End::Column { column, .. } if !column.filterable || column.kind == Kind::Virtual => {
                let message = format!("field '{}' can not be filtered in a query call", column.name);
                Err(self.names.fail("INVALID_FIELD", path.at, &message))
            }
            _ => Ok(resolved),
        }
    }

    fn compare(&self, path: Resolved<'m>, sign: Sign, literal: &Literal, at: usize) -> Result<Test<'m>, Fault> {
        let kind = path.kind();
        if sign == Sign::Like {
            let Literal::Text { pattern, .. } = literal else { return Err(self.mismatch(&path, at)) };
            return match kind {
                Kind::Text => Ok(Test::Like { path, pattern: pieces(pattern) }),
                _ => Err(self.operator(&path, at)),
            };
        }
        if let (Literal::Range(name, days), Kind::Date | Kind::Moment) = (literal, kind) {
            let range = literal::range(name, *days, self.asked.now);
            let (from, to) = range.ok_or_else(|| self.mismatch(&path, at))?;
            return Ok(Test::Range { path, sign, from, to });
        }
        let ordered = !matches!(sign, Sign::Equal | Sign::Unequal);
        if ordered && matches!(kind, Kind::Bool | Kind::Choices) {
            return Err(self.operator(&path, at));
        }
        let to = self.plain(&path, literal, at)?;
        Ok(Test::Compare { path, sign, to })
    }

    /// A literal as the value of the path's type; empty text is null.
    fn plain(&self, path: &Resolved<'m>, literal: &Literal, at: usize) -> Result<Option<Value>, Fault> {
        let value = match (path.kind(), literal) {
            (_, Literal::Null) => return Ok(None),
            (Kind::Ref | Kind::Id, Literal::Text { text, .. }) => {
                let id = id::parse(text).ok_or_else(|| {
                    self.names.fail("INVALID_QUERY_FILTER_OPERATOR", at, &format!("invalid ID field: {text}"))
                })?;
                Value::Id(id)
            }
            (_, Literal::Text { text, .. }) if text.chars().count() > MAX_LITERAL => {
                let message = "Maximum length of a string literal exceeded";
                return Err(self.names.fail("MALFORMED_QUERY", at, message));
            }
            (Kind::Text, Literal::Text { text, .. }) if text.is_empty() => return Ok(None),
            (Kind::Text, Literal::Text { text, .. }) => Value::Text(text.clone()),
            (Kind::Choices, Literal::Text { text, .. }) => Value::Choices(text.split(';').map(str::to_owned).collect()),
            (Kind::Int | Kind::Decimal | Kind::Double, Literal::Number(number)) => Value::Decimal(*number),
            (Kind::Bool, Literal::Bool(bool)) => Value::Bool(*bool),
            (Kind::Date, Literal::Date(date)) => Value::Date(*date),
            (Kind::Moment, Literal::Moment(moment)) => Value::Moment(*moment),
            _ => return Err(self.mismatch(path, at)),
        };
        Ok(Some(value))
    }

    fn mismatch(&self, path: &Resolved<'m>, at: usize) -> Fault {
        let (kind, quoted) = match path.kind() {
            Kind::Text | Kind::Choices => ("string", "should be enclosed in quotes"),
            Kind::Ref | Kind::Id => ("ID", "should be enclosed in quotes"),
            Kind::Int => ("int", "should not be enclosed in quotes"),
            Kind::Bool => ("boolean", "should not be enclosed in quotes"),
            Kind::Date => ("date", "should not be enclosed in quotes"),
            Kind::Moment => ("dateTime", "should not be enclosed in quotes"),
            Kind::Decimal | Kind::Double | Kind::Virtual => ("double", "should not be enclosed in quotes"),
        };
        let message =
            format!("value of filter criterion for field '{}' must be of type {kind} and {quoted}", path.name());
        self.names.fail("INVALID_FIELD", at, &message)
    }

    fn operator(&self, path: &Resolved<'m>, at: usize) -> Fault {
        let message = match path.kind() {
            Kind::Ref | Kind::Id => "invalid operator on id field".to_owned(),
            _ => format!("invalid operator on field '{}'", path.name()),
        };
        self.names.fail("INVALID_QUERY_FILTER_OPERATOR", at, &message)
    }

    fn includes(&self, path: &Path, not: bool, list: &[Literal]) -> Result<Test<'m>, Fault> {
        let resolved = self.filterable(path)?;
        if resolved.kind() != Kind::Choices {
            return Err(self.names.fail(
                "INVALID_QUERY_FILTER_OPERATOR",
                path.at,
                "includes and excludes are only valid on multi-select picklists",
            ));
        }
        let list = list.iter().map(|literal| match literal {
            Literal::Text { text, .. } => Ok(text.split(';').map(|part| fold(part.trim())).collect()),
            _ => Err(self.mismatch(&resolved, path.at)),
        });
        Ok(Test::Includes { list: list.collect::<Result<_, _>>()?, path: resolved, not })
    }

    fn semi(&self, path: &Path, not: bool, query: &Query) -> Result<Test<'m>, Fault> {
        let wrong = |message: &str| self.names.fail("MALFORMED_QUERY", path.at, message);
        let outer = self.filterable(path)?;
        if !matches!(outer.kind(), Kind::Ref | Kind::Id) {
            return Err(wrong("The left operand of a semi join must be an ID or a reference field"));
        }
        let table = self.names.table(&query.from)?;
        if table.name == self.table.name {
            return Err(wrong("The inner and outer selects should not be on the same object type"));
        }
        let [Item::Field { path: field, .. }] = query.select.as_slice() else {
            return Err(wrong("semi join sub-selects can only query one field"));
        };
        if !query.order.is_empty() || query.limit.is_some() || query.offset.is_some() || !query.group.is_empty() {
            return Err(wrong("semi join sub-selects can not have ORDER BY, LIMIT, OFFSET or GROUP BY"));
        }
        let reader = Reader { table, alias: query.alias.as_deref(), ..*self };
        let field = self.names.resolve(table, query.alias.as_deref(), field)?;
        if !matches!(field.kind(), Kind::Ref | Kind::Id) {
            return Err(wrong("semi join sub-selects must query an ID or a reference field"));
        }
        let filter = query.filter.as_ref().map(|filter| reader.condition(filter, false)).transpose()?;
        let state = self.asked.state;
        let rows = state.rows(&table.name).filter(|row| filter.as_ref().is_none_or(|filter| filter.holds(state, row)));
        let ids = rows.filter_map(|row| value(state, row, &field)?.row_id().cloned()).collect();
        Ok(Test::Semi { path: outer, not, ids })
    }
}
