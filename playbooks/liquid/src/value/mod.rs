//! What templates calculate with. Values of the input are borrowed, never copied; made ones are shared.

mod compare;
mod number;
mod print;

use std::ops::Deref;
use std::rc::Rc;

use serde_json::{Map, Value as Json};

use crate::limits::ITEM_BYTES;
use crate::tree::Literal;

pub(crate) use compare::{contains, equal, order};
pub(crate) use number::Number;
pub(crate) use print::{Sink, print, text as to_text};

/// A value.
#[derive(Clone, Debug)]
pub(crate) enum Value<'v> {
    Nil,
    Bool(bool),
    Number(Number<'v>),
    Text(Text<'v>),
    List(List<'v>),
    /// Whole numbers from the first to the last, both included.
    Range(i64, i64),
    Object(&'v Map<String, Json>),
    /// `empty` and `blank`: they are equal to what is empty or blank.
    Empty,
    Blank,
    /// `forloop` and `tablerowloop`.
    Loop(Rc<Loop<'v>>),
}

/// A text of the input or template, or one that was made.
#[derive(Clone, Debug)]
pub(crate) enum Text<'v> {
    Given(&'v str),
    Made(Rc<str>),
}

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Self::Given(text) => text,
            Self::Made(text) => text,
        }
    }
}

impl From<String> for Text<'_> {
    fn from(text: String) -> Self {
        Self::Made(text.into())
    }
}

/// A list of the input, or one that was made.
#[derive(Clone, Debug)]
pub(crate) enum List<'v> {
    Given(&'v [Json]),
    Made(Rc<[Value<'v>]>),
}

/// Where a loop stands.
#[derive(Debug)]
pub(crate) struct Loop<'v> {
    /// Variable and list as they are written.
    pub(crate) name: &'v str,
    pub(crate) length: usize,
    pub(crate) index0: usize,
    /// The loop around this one.
    pub(crate) parent: Option<Rc<Loop<'v>>>,
    /// Of a table.
    pub(crate) columns: Option<usize>,
}

impl<'v> List<'v> {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Given(list) => list.len(),
            Self::Made(list) => list.len(),
        }
    }

    pub(crate) fn get(&self, at: usize) -> Option<Value<'v>> {
        match self {
            Self::Given(list) => list.get(at).map(Value::from),
            Self::Made(list) => list.get(at).cloned(),
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Value<'v>> + '_ {
        (0..self.len()).filter_map(|at| self.get(at))
    }
}

impl<'v> From<&'v Json> for Value<'v> {
    fn from(json: &'v Json) -> Self {
        match json {
            Json::Null => Self::Nil,
            Json::Bool(bool) => Self::Bool(*bool),
            Json::Number(number) => Self::Number(Number::parse(number.as_str())),
            Json::String(text) => Self::Text(Text::Given(text)),
            Json::Array(list) => Self::List(List::Given(list)),
            Json::Object(object) => Self::Object(object),
        }
    }
}

impl<'v> From<&'v Literal> for Value<'v> {
    fn from(literal: &'v Literal) -> Self {
        match literal {
            Literal::Nil => Self::Nil,
            Literal::Bool(bool) => Self::Bool(*bool),
            Literal::Empty => Self::Empty,
            Literal::Blank => Self::Blank,
            Literal::Number { number, written } => Self::Number(number.with_text(written)),
            Literal::Text(text) => Self::text(text),
        }
    }
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

impl<'v> Value<'v> {
    pub(crate) fn text(text: &'v str) -> Self {
        Self::Text(Text::Given(text))
    }

    pub(crate) fn list(items: Vec<Value<'v>>) -> Self {
        Self::List(List::Made(items.into()))
    }

    /// A count. Nothing that is counted here comes near the end of the numbers.
    pub(crate) fn count(count: usize) -> Self {
        Self::Number(Number::integer(i64::try_from(count).unwrap_or(i64::MAX)))
    }

    /// A field and its value, as a loop over an object gives them.
    pub(crate) fn pair((key, value): (&'v String, &'v Json)) -> Self {
        Self::list(vec![Self::text(key), Self::from(value)])
    }

    /// Everything but nil and false.
    pub(crate) fn is_truthy(&self) -> bool {
        !matches!(self, Self::Nil | Self::Bool(false))
    }

    /// A text, list or object with nothing in it.
    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Self::Text(text) => text.is_empty(),
            Self::List(list) => list.len() == 0,
            Self::Object(object) => object.is_empty(),
            _ => false,
        }
    }

    /// Bytes that this value holds and did not borrow.
    pub(crate) fn held_bytes(&self) -> usize {
        match self {
            Self::Text(Text::Made(text)) => text.len(),
            // INVARIANT: lists are made of items that were weighed already, so the depth is bounded by the steps
            // that made them; lists within made lists come from the input or are pairs.
            Self::List(List::Made(list)) => list.iter().map(|item| ITEM_BYTES + item.held_bytes()).sum(),
            _ => 0,
        }
    }

    /// The field of an object, or what `first`, `last` and `size` are of values without such a field. None if there
    /// is no such field.
    pub(crate) fn field(&self, name: &str) -> Option<Value<'v>> {
        match (self, name) {
            (Self::Object(object), _) if object.contains_key(name) => object.get(name).map(Self::from),
            (Self::Loop(state), _) => state.field(name),
            (_, "size") => self.size().map(Self::count),
            (Self::Object(_) | Self::List(_) | Self::Range(..), "first") => Some(self.first()),
            (Self::Object(_) | Self::List(_) | Self::Range(..), "last") => Some(self.last()),
            _ => None,
        }
    }

    /// `value[index]`: a field by its name, an item by its number, from the end if negative. None if there is none.
    pub(crate) fn index(&self, index: &Value<'v>) -> Option<Value<'v>> {
        match (self, index) {
            (Self::Object(object), Self::Text(name)) => object.get(&**name).map(Self::from),
            (Self::Loop(state), Self::Text(name)) => state.field(name),
            (Self::List(_) | Self::Range(..), Self::Number(number)) => {
                let (at, length) = (number.index()?, self.length());
                let distance = usize::try_from(at.unsigned_abs()).ok()?;
                let at = if at < 0 { length.checked_sub(distance)? } else { distance };
                (at < length).then(|| self.item(at))
            }
            _ => None,
        }
    }

    /// How many characters, items or fields; none of anything else.
    pub(crate) fn size(&self) -> Option<usize> {
        match self {
            Self::Text(text) => Some(text.chars().count()),
            Self::List(_) | Self::Range(..) | Self::Object(_) => Some(self.length()),
            _ => None,
        }
    }

    pub(crate) fn first(&self) -> Value<'v> {
        match self {
            Self::Object(object) => object.iter().next().map_or(Self::Nil, Self::pair),
            _ => self.item(0),
        }
    }

    pub(crate) fn last(&self) -> Value<'v> {
        match self {
            Self::Object(_) => Self::Nil,
            _ => self.length().checked_sub(1).map_or(Self::Nil, |at| self.item(at)),
        }
    }

    /// How many items a loop over this has, or fields an object.
    pub(crate) fn length(&self) -> usize {
        match self {
            Self::List(list) => list.len(),
            Self::Range(first, last) => {
                let length = i128::from(*last) - i128::from(*first) + 1;
                length.clamp(0, i128::from(i64::MAX)).try_into().unwrap_or(usize::MAX)
            }
            Self::Object(object) => object.len(),
            _ => 0,
        }
    }

    /// The item at `at` of a list or range.
    pub(crate) fn item(&self, at: usize) -> Value<'v> {
        match self {
            Self::List(list) => list.get(at).unwrap_or(Self::Nil),
            Self::Range(first, _) if at < self.length() => {
                let item = i64::try_from(at).ok().and_then(|at| first.checked_add(at));
                item.map_or(Self::Nil, |item| Self::Number(Number::integer(item)))
            }
            _ => Self::Nil,
        }
    }
}

impl<'v> Loop<'v> {
    fn field(&self, name: &str) -> Option<Value<'v>> {
        let (at, length) = (self.index0, self.length);
        let columns = self.columns.unwrap_or(1).max(1);
        let column = at % columns;
        Some(match (name, self.columns.is_some()) {
            ("length", _) => Value::count(length),
            ("index", _) => Value::count(at + 1),
            ("index0", _) => Value::count(at),
            ("rindex", _) => Value::count(length.saturating_sub(at)),
            ("rindex0", _) => Value::count(length.saturating_sub(at + 1)),
            ("first", _) => Value::Bool(at == 0),
            ("last", _) => Value::Bool(at + 1 == length),
            ("name", false) => Value::text(self.name),
            ("parentloop", false) => self.parent.clone().map_or(Value::Nil, Value::Loop),
            ("col", true) => Value::count(column + 1),
            ("col0", true) => Value::count(column),
            ("col_first", true) => Value::Bool(column == 0),
            ("col_last", true) => Value::Bool(column + 1 == columns),
            ("row", true) => Value::count(at / columns + 1),
            _ => return None,
        })
    }
}
