//! Reads JSON.

use pest::iterators::Pair;
use serde_json::{Map, Number, Value};

use crate::lower::codes::{duplicate_property, excerpt};
use crate::source::Spanned;
use crate::syntax::reader::{Reader, Rule};

impl Reader<'_> {
    /// The first JSON value below a pair.
    pub(super) fn json_in(&mut self, pair: Pair<'_, Rule>) -> Option<Spanned<Value>> {
        let value = pair.into_inner().find(|inner| is_json(inner.as_rule()))?;
        self.json(value)
    }

    /// A JSON value, no deeper than the brackets that the outline lets through.
    pub(super) fn json(&mut self, pair: Pair<'_, Rule>) -> Option<Spanned<Value>> {
        let span = self.span(&pair);
        let value = match pair.as_rule() {
            Rule::text => Value::String(self.name(&pair).value),
            Rule::number => Value::Number(pair.as_str().parse::<Number>().ok()?),
            Rule::boolean => Value::Bool(pair.as_str() == "true"),
            Rule::null => Value::Null,
            Rule::json_list => {
                let mut list = Vec::new();
                for element in pair.into_inner().filter(|inner| is_json(inner.as_rule())) {
                    list.push(self.json(element)?.value);
                }
                Value::Array(list)
            }
            Rule::json_object => self.object(pair)?,
            _ => return None,
        };
        Some(Spanned::new(value, span))
    }

    fn object(&mut self, pair: Pair<'_, Rule>) -> Option<Value> {
        let mut object = Map::new();
        let mut places = std::collections::HashMap::new();
        for entry in pair.into_inner().filter(|inner| inner.as_rule() == Rule::json_entry) {
            let mut inner = entry.into_inner();
            let key = self.name(&inner.next()?);
            let value = self.json(inner.find(|inner| is_json(inner.as_rule()))?)?;
            if let Some(first) = places.get(&key.value) {
                self.errors.push(duplicate_property(&excerpt(&key.value), *first, key.span));
                continue;
            }
            places.insert(key.value.clone(), key.span);
            object.insert(key.value, value.value);
        }
        Some(Value::Object(object))
    }
}

/// Whether a rule is a JSON value.
pub(super) fn is_json(rule: Rule) -> bool {
    matches!(rule, Rule::text | Rule::number | Rule::boolean | Rule::null | Rule::json_list | Rule::json_object)
}
