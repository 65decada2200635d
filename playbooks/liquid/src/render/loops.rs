//! `for` and `tablerow`.

use std::rc::Rc;

use super::{Flow, Machine, Outcome, Placed, Scope};
use crate::error::{RenderError, RenderErrorKind};
use crate::filters;
use crate::tree::{For, Offset, Term};
use crate::value::{Loop, Value};

/// What a loop goes over and from where to where.
struct Course<'v> {
    items: Value<'v>,
    from: usize,
    length: usize,
    columns: Option<usize>,
}

impl<'v> Machine<'v> {
    pub(super) fn looping(&mut self, line: usize, tag: &'v For) -> Placed<Flow> {
        let place = |kind| RenderError { line, kind };
        let course = self.course(tag).map_err(place)?;
        self.ended.insert(&tag.name, course.from.saturating_add(course.length));
        if course.length == 0 && tag.table.is_none() {
            return tag.otherwise.as_ref().map_or(Ok(Flow::Next), |body| self.body(body));
        }
        if !course.items.is_truthy() {
            return Ok(Flow::Next);
        }
        if tag.table.is_some() {
            self.sink.push("<tr class=\"row1\">\n").map_err(place)?;
        }
        for index0 in 0..course.length {
            self.meter.step().map_err(place)?;
            let flow = self.turn(line, tag, &course, index0);
            self.scopes.pop();
            match flow? {
                Flow::Break => break,
                Flow::Next | Flow::Continue => {}
            }
        }
        if tag.table.is_some() {
            self.sink.push("</tr>\n").map_err(place)?;
        }
        Ok(Flow::Next)
    }

    /// One turn of a loop; its scope is left to the caller to take away.
    fn turn(&mut self, line: usize, tag: &'v For, course: &Course<'v>, index0: usize) -> Placed<Flow> {
        let place = |kind| RenderError { line, kind };
        let at = if tag.reversed { course.length - 1 - index0 } else { index0 };
        let item = course.items.item(course.from + at);
        let parent = self.scopes.iter().rev().find(|scope| scope.state.columns.is_none());
        let parent = parent.map(|scope| scope.state.clone());
        let (length, columns) = (course.length, course.columns);
        let state = Rc::new(Loop { name: &tag.name, length, index0, parent, columns });
        self.scopes.push(Scope { variable: &tag.variable, item, state });
        let Some(columns) = columns else { return self.body(&tag.body) };
        self.sink.push(&format!("<td class=\"col{}\">", index0 % columns + 1)).map_err(place)?;
        let flow = self.body(&tag.body)?;
        self.sink.push("</td>").map_err(place)?;
        if flow != Flow::Break && (index0 + 1).is_multiple_of(columns) && index0 + 1 < length {
            self.sink.push(&format!("</tr>\n<tr class=\"row{}\">", index0 / columns + 2)).map_err(place)?;
        }
        Ok(flow)
    }

    fn course(&mut self, tag: &'v For) -> Outcome<Course<'v>> {
        let list = if tag.otherwise.is_some() { self.asked(&tag.list)? } else { self.term(&tag.list)? };
        let items = match list {
            // A text is its own only item.
            Value::Text(text) if !text.is_empty() => Value::list(vec![Value::Text(text)]),
            Value::Object(object) => {
                self.meter.items(object.len())?;
                Value::list(object.iter().map(Value::pair).collect())
            }
            items => items,
        };
        let from = match &tag.offset {
            None => 0,
            Some(Offset::Continue) => self.ended.get(&*tag.name).copied().unwrap_or(0),
            Some(Offset::At(term)) => self.option("offset", term)?.unwrap_or(0),
        };
        let limit = match &tag.limit {
            None => None,
            Some(term) => self.option("limit", term)?,
        };
        let length = items.length().saturating_sub(from).min(limit.unwrap_or(usize::MAX));
        let columns = match &tag.table {
            None => None,
            Some(table) => Some(self.columns(table.columns.as_ref(), length)?),
        };
        Ok(Course { items, from, length, columns })
    }

    fn columns(&mut self, term: Option<&'v Term>, length: usize) -> Outcome<usize> {
        let Some(term) = term else { return Ok(length.max(1)) };
        let columns = self.term(term)?;
        self.meter.touch(&columns)?;
        let columns = filters::whole_part(&columns);
        usize::try_from(columns).ok().filter(|columns| *columns > 0).ok_or(RenderErrorKind::Option { name: "cols" })
    }

    /// A whole number, as a number or as a text; none if it is nil. Below 0 it is 0.
    fn option(&mut self, name: &'static str, term: &'v Term) -> Outcome<Option<usize>> {
        let value = self.term(term)?;
        self.meter.touch(&value)?;
        let number = match &value {
            Value::Nil => return Ok(None),
            Value::Number(number) if !number.has_fraction() => number.index(),
            Value::Text(text) => text.trim().parse().ok(),
            _ => None,
        };
        let number: i64 = number.ok_or(RenderErrorKind::Option { name })?;
        Ok(Some(usize::try_from(number).unwrap_or(0)))
    }
}
