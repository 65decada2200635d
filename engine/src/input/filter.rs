//! Conditions as JSON: `{field, operator, value | values}`, `{and: […]}`, `{or: […]}`, `{not: …}`.

use serde_json::{Map, Value as Json, json};

use super::problem::{self, InputProblem};
use crate::catalog::Entity;
use crate::condition::{self, MAX_DEPTH, TestProblem, TestProblemKind};
use crate::ids::FieldName;
use crate::model::{Condition, Literal, Operator, Test};
use crate::nearest::nearest;
use crate::value::Value;

/// Reads a condition and types it by an entity. Paths of problems begin with `path`.
///
/// # Errors
/// Every problem at once.
pub fn from_json(entity: &Entity, json: &Json, path: &str) -> Result<Condition<Value>, Vec<InputProblem>> {
    let mut reader = Reader { paths: Vec::new(), problems: Vec::new() };
    let written = reader.condition(json, path, 1);
    let typed = written.map(|written| condition::typed(entity, &written));
    match typed {
        Some(Ok(condition)) if reader.problems.is_empty() => return Ok(condition),
        Some(Err(wrong)) => {
            let named = wrong.into_iter().map(|wrong| reader.problem(entity, wrong)).collect::<Vec<_>>();
            reader.problems.extend(named);
        }
        _ => {}
    }
    Err(reader.problems)
}

/// A condition as JSON, in the form that [`from_json`] reads.
pub fn to_json(condition: &Condition<Value>) -> Json {
    let group = |inner: &[Condition<Value>]| Json::Array(inner.iter().map(to_json).collect());
    match condition {
        Condition::And(inner) => json!({ "and": group(inner) }),
        Condition::Or(inner) => json!({ "or": group(inner) }),
        Condition::Not(inner) => json!({ "not": to_json(inner) }),
        Condition::Test(test) => {
            let mut written = Map::new();
            written.insert("field".into(), Json::String(test.field.to_string()));
            written.insert("operator".into(), Json::String(test.operator.to_string()));
            match (test.operator, test.operands.as_slice()) {
                (Operator::IsNull | Operator::IsNotNull, _) => None,
                (Operator::In | Operator::NotIn, operands) => {
                    written.insert("values".into(), Json::Array(operands.iter().map(Value::to_json).collect()))
                }
                (_, operands) => written.insert("value".into(), operands.first().map_or(Json::Null, Value::to_json)),
            };
            Json::Object(written)
        }
    }
}

struct Reader {
    /// Where each test that could be read stands, left to right.
    paths: Vec<String>,
    problems: Vec<InputProblem>,
}

impl Reader {
    fn wrong<T>(&mut self, path: &str, message: impl Into<String>, help: &str) -> Option<T> {
        self.problems.push(InputProblem::new(&problem::FILTER, path, message).help(help));
        None
    }

    /// `None` where it cannot be read, after everything in it has been looked at.
    fn condition(&mut self, json: &Json, path: &str, depth: usize) -> Option<Condition<Literal>> {
        const HELP: &str = "write `{field, operator, value}`, `{and: […]}`, `{or: […]}` or `{not: …}`";
        if depth > MAX_DEPTH {
            let message = format!("the condition has groups more than {MAX_DEPTH} deep");
            self.problems
                .push(InputProblem::new(&problem::TOO_LARGE, path, message).help("use fewer groups inside each other"));
            return None;
        }
        let Json::Object(map) = json else { return self.wrong(path, "a condition is an object", HELP) };
        let mut entries = map.iter();
        match (entries.next(), entries.next()) {
            (Some((key, inner)), None) if key == "not" => {
                let inner = self.condition(inner, &format!("{path}.not"), depth + 1)?;
                Some(Condition::Not(Box::new(inner)))
            }
            (Some((key, inner)), None) if key == "and" || key == "or" => {
                let Json::Array(inner) = inner else {
                    return self.wrong(&format!("{path}.{key}"), format!("`{key}` takes a list"), HELP);
                };
                let conditions = inner.iter().enumerate();
                let read: Vec<_> = conditions
                    .map(|(index, json)| self.condition(json, &format!("{path}.{key}[{index}]"), depth + 1))
                    .collect();
                let read = read.into_iter().collect::<Option<Vec<_>>>()?;
                Some(if key == "and" { Condition::And(read) } else { Condition::Or(read) })
            }
            _ if map.contains_key("field") => self.test(map, path),
            _ => self.wrong(path, "this is neither a comparison nor a group", HELP),
        }
    }

    fn test(&mut self, map: &Map<String, Json>, path: &str) -> Option<Condition<Literal>> {
        const KEYS: [&str; 4] = ["field", "operator", "value", "values"];
        let known = self.problems.len();
        for key in map.keys().filter(|key| !KEYS.contains(&key.as_str())) {
            let problem =
                InputProblem::new(&problem::FILTER, format!("{path}.{key}"), format!("a comparison has no `{key}`"));
            self.problems
                .push(problem.help("it has `field`, `operator` and `value` or `values`").suggest(nearest(key, KEYS)));
        }
        let field = self.field(map.get("field"), &format!("{path}.field"));
        let operator = self.operator(map.get("operator"), &format!("{path}.operator"));
        let operands = operator.and_then(|operator| self.operands(map, operator, path));
        let test = Test { field: field?, operator: operator?, operands: operands? };
        if self.problems.len() > known {
            return None;
        }
        self.paths.push(path.to_owned());
        Some(Condition::Test(test))
    }

    fn field(&mut self, json: Option<&Json>, path: &str) -> Option<FieldName> {
        match json.and_then(Json::as_str).and_then(|text| FieldName::new(text).ok()) {
            Some(name) => Some(name),
            None => self.wrong(path, "`field` is the name of a field", "write it as text"),
        }
    }

    fn operator(&mut self, json: Option<&Json>, path: &str) -> Option<Operator> {
        let names = Operator::ALL.map(Operator::name);
        let Some(text) = json.and_then(Json::as_str) else {
            return self.wrong(path, "`operator` is the name of an operator", &names.join(", "));
        };
        let found = Operator::ALL.into_iter().find(|operator| operator.name() == text);
        if found.is_none() {
            let problem = InputProblem::new(&problem::FILTER, path, "there is no such operator");
            self.problems.push(problem.help(format!("use one of {}", names.join(", "))).suggest(nearest(text, names)));
        }
        found
    }

    fn operands(&mut self, map: &Map<String, Json>, operator: Operator, path: &str) -> Option<Vec<Literal>> {
        match (operator, map.get("value"), map.get("values")) {
            (Operator::IsNull | Operator::IsNotNull, None, None) => Some(Vec::new()),
            (Operator::IsNull | Operator::IsNotNull, ..) => {
                self.wrong(path, format!("`{operator}` takes no value"), "leave out `value` and `values`")
            }
            (Operator::In | Operator::NotIn, None, Some(Json::Array(items))) => {
                let path = format!("{path}.values");
                items.iter().map(|item| self.literal(item, &path)).collect()
            }
            (Operator::In | Operator::NotIn, ..) => {
                self.wrong(path, format!("`{operator}` takes a list"), "write `values: […]`")
            }
            (_, Some(value), None) => Some(vec![self.literal(value, &format!("{path}.value"))?]),
            _ => self.wrong(path, format!("`{operator}` takes one value"), "write `value: …`"),
        }
    }

    fn literal(&mut self, json: &Json, path: &str) -> Option<Literal> {
        Some(match json {
            Json::Null => Literal::Null,
            Json::Bool(value) => Literal::Boolean(*value),
            Json::Number(number) => Literal::Number(number.as_str().to_owned()),
            Json::String(text) => Literal::Text(text.clone()),
            // Of lists in lists no type has any, and so no depth is needed.
            Json::Array(items) if items.iter().all(Json::is_string) => Literal::List(
                items.iter().filter_map(Json::as_str).map(|text| Literal::Text(text.to_owned())).collect(),
            ),
            _ => {
                return self.wrong(
                    path,
                    "this is no value to compare with",
                    "write text, a number, a boolean or a list of choices",
                );
            }
        })
    }

    fn problem(&self, entity: &Entity, wrong: TestProblem) -> InputProblem {
        let path = self.paths.get(wrong.test).map_or("", String::as_str);
        if let TestProblemKind::UnknownField { suggestion } = wrong.kind {
            let message = format!("`{}` has no field `{}`", entity.id, wrong.field);
            let problem = InputProblem::new(&problem::UNKNOWN_FIELD, format!("{path}.field"), message);
            return problem.help("use a field of the entity").suggest(suggestion);
        }
        let mut problem = InputProblem::new(&problem::FILTER, path, wrong.to_string()).suggest(wrong.suggestion());
        problem.help = wrong.help();
        problem
    }
}
