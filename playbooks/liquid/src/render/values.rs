//! The values of terms, filters and conditions.

use super::{Absent, Machine, Outcome};
use crate::error::RenderErrorKind;
use crate::filters::{self, Failure};
use crate::tree::{Chain, Comparison, Condition, Join, Operator, Path, Segment, Term};
use crate::value::{Number, Value, contains, equal, order};

impl<'v> Machine<'v> {
    pub(super) fn condition(&mut self, condition: &'v Condition) -> Outcome<bool> {
        let mut holds = self.comparison(&condition.first)?;
        for (join, comparison) in &condition.rest {
            // Read from the right, `a and …` is false and `a or …` true whatever follows.
            if holds == (*join == Join::Or) {
                return Ok(holds);
            }
            holds = self.comparison(comparison)?;
        }
        Ok(holds)
    }

    pub(super) fn comparison(&mut self, comparison: &'v Comparison) -> Outcome<bool> {
        self.meter.step()?;
        let left = self.asked(&comparison.left)?;
        let Some((operator, right)) = &comparison.right else { return Ok(left.is_truthy()) };
        let right = self.asked(right)?;
        let meter = &mut self.meter;
        Ok(match operator {
            Operator::Equal => equal(&left, &right, meter)?,
            Operator::NotEqual => !equal(&left, &right, meter)?,
            Operator::Less => order(&left, &right, meter)?.is_some_and(|order| order.is_lt()),
            Operator::LessOrEqual => order(&left, &right, meter)?.is_some_and(|order| order.is_le()),
            Operator::Greater => order(&left, &right, meter)?.is_some_and(|order| order.is_gt()),
            Operator::GreaterOrEqual => order(&left, &right, meter)?.is_some_and(|order| order.is_ge()),
            Operator::Contains => contains(&left, &right, meter)?,
        })
    }

    pub(super) fn chain(&mut self, chain: &'v Chain) -> Outcome<Value<'v>> {
        let spared = chain.filters.iter().any(|call| call.filter.name == "default");
        let mut value = if spared { self.asked(&chain.value)? } else { self.term(&chain.value)? };
        for call in &chain.filters {
            value = self.filter(value, call)?;
        }
        Ok(value)
    }

    fn filter(&mut self, input: Value<'v>, call: &'v crate::tree::Call) -> Outcome<Value<'v>> {
        self.meter.step()?;
        let arguments = call.arguments.iter().map(|argument| self.term(argument)).collect::<Outcome<Vec<_>>>()?;
        let options = call.options.iter().map(|(name, option)| Ok((&**name, self.term(option)?)));
        let options = options.collect::<Outcome<Vec<_>>>()?;
        [&input].into_iter().chain(&arguments).try_for_each(|value| self.meter.touch(value))?;
        let mut call_now = filters::Call {
            input,
            arguments: &arguments,
            options: &options,
            meter: &mut self.meter,
            now: self.render.now,
            zone: &self.render.zone,
        };
        let value = (call.filter.run)(&mut call_now).map_err(|failure| match failure {
            Failure::Reason(reason) => RenderErrorKind::Filter { name: call.filter.name, reason },
            Failure::Limit(kind) => kind,
        })?;
        self.meter.weigh(&value)?;
        Ok(value)
    }

    /// The value of a term; nil if it is not there, or an error if that is refused.
    pub(super) fn term(&mut self, term: &'v Term) -> Outcome<Value<'v>> {
        match self.find(term)? {
            Some(value) => Ok(value),
            None => match (term, self.render.absent) {
                (Term::Path(path), Absent::Refused) => Err(RenderErrorKind::Missing { path: path.written.to_string() }),
                _ => Ok(Value::Nil),
            },
        }
    }

    /// The value of a term, nil if it is not there: it may be missing where it is only asked for.
    pub(super) fn asked(&mut self, term: &'v Term) -> Outcome<Value<'v>> {
        Ok(self.find(term)?.unwrap_or(Value::Nil))
    }

    fn find(&mut self, term: &'v Term) -> Outcome<Option<Value<'v>>> {
        Ok(Some(match term {
            Term::Literal(literal) => Value::from(literal),
            Term::Range(range) => {
                let (first, last) = (self.term(&range.0)?, self.term(&range.1)?);
                [&first, &last].into_iter().try_for_each(|end| self.meter.touch(end))?;
                Value::Range(filters::whole_part(&first), filters::whole_part(&last))
            }
            Term::Path(path) => return self.path(path),
        }))
    }

    fn path(&mut self, path: &'v Path) -> Outcome<Option<Value<'v>>> {
        self.meter.step()?;
        let mut value = match &path.root {
            Segment::Name(name) => self.variable(name),
            Segment::Index(term) => {
                let name = self.term(term)?;
                self.meter.touch(&name)?;
                // A name that was made lives as long as its value does; what it names is in the input or a variable.
                if let Value::Text(name) = name { self.variable(&name) } else { None }
            }
        };
        for segment in &path.segments {
            let Some(found) = value else { return Ok(None) };
            value = match segment {
                Segment::Name(name) => {
                    if &**name == "size" {
                        self.meter.touch(&found)?;
                    }
                    found.field(name)
                }
                Segment::Index(term) => {
                    let index = self.term(term)?;
                    self.meter.touch(&index)?;
                    found.index(&index)
                }
            };
        }
        Ok(value)
    }

    /// The innermost loop's variable, an assigned one, a counter, or a field of the input.
    fn variable(&self, name: &str) -> Option<Value<'v>> {
        for scope in self.scopes.iter().rev() {
            if scope.variable == name {
                return Some(scope.item.clone());
            }
            let table = scope.state.columns.is_some();
            if name == if table { "tablerowloop" } else { "forloop" } {
                return Some(Value::Loop(scope.state.clone()));
            }
        }
        let counter = || self.counters.get(name).map(|count| Value::Number(Number::integer(*count)));
        let local = self.locals.get(name).cloned().or_else(counter);
        local.or_else(|| self.input.get(name).map(Value::from))
    }
}
