//! Addresses: segments, keys, parameters.

use super::fault::Fault;
use super::filter::{self, Comparison, Expr, Operand};
use super::lex::{Literal, Token, tokens};
use super::{coerce, guid, nav};
use crate::http::decode;
use crate::schema::Table;
use crate::store::{RowId, State, Value};

/// Longest path, in segments.
const MAX_SEGMENTS: usize = 12;

/// One segment of a path: `name` or `name(arguments)`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Segment {
    pub(crate) name: String,
    pub(crate) arguments: Option<String>,
}

/// Splits a path below the service root.
pub(crate) fn segments(path: &str) -> Result<Vec<Segment>, Fault> {
    let mut parts: Vec<String> = Vec::new();
    let (mut part, mut depth, mut quoted) = (String::new(), 0_usize, false);
    // Quotes may be sent encoded, slashes inside them as well: what is encoded is decoded before it is split, except a slash.
    for c in decode(&path.replace("%2F", "%01").replace("%2f", "%01"), false).ok_or_else(bad)?.chars() {
        match c {
            '\'' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth = depth.checked_sub(1).ok_or_else(bad)?,
            '/' if !quoted && depth == 0 => {
                parts.push(std::mem::take(&mut part));
                continue;
            }
            _ => {}
        }
        part.push(if c == '\u{1}' { '/' } else { c });
    }
    parts.push(part);
    parts.retain(|part| !part.is_empty());
    if parts.len() > MAX_SEGMENTS || quoted || depth > 0 {
        return Err(bad());
    }
    parts.iter().map(|part| segment(part)).collect()
}

fn bad() -> Fault {
    Fault::usage("The request URI is not valid.")
}

fn segment(part: &str) -> Result<Segment, Fault> {
    match part.split_once('(') {
        None => Ok(Segment { name: part.to_owned(), arguments: None }),
        Some((name, rest)) => {
            let inside = rest.strip_suffix(')').ok_or_else(bad)?;
            Ok(Segment { name: name.to_owned(), arguments: Some(inside.to_owned()) })
        }
    }
}

/// How an address names a row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Key {
    Id(RowId),
    Alternate { name: String, values: Vec<(String, Value)> },
}

impl Key {
    /// Reads the arguments of a segment as a key of the table.
    pub(crate) fn parse(table: &Table, arguments: &str, alias: &dyn Fn(&str) -> Option<String>) -> Result<Key, Fault> {
        if let Some(id) = guid::parse(arguments.trim()) {
            return Ok(Key::Id(id));
        }
        let pairs = pairs(arguments, alias).map_err(|_| Key::invalid(table))?;
        // Users and teams are principals: their key is named `ownerid`.
        let id_name = match table.name.as_str() {
            "systemuser" | "team" => "ownerid",
            _ => table.id.as_str(),
        };
        if let [(name, Literal::Guid(id))] = pairs.as_slice()
            && name == id_name
        {
            return Ok(Key::Id(id.clone()));
        }
        let mut values = Vec::new();
        for (name, literal) in &pairs {
            let Some(column) = nav::property(table, name) else { return Err(Key::invalid(table)) };
            let value = coerce::from_literal(column, literal).map_err(|_| Key::invalid(table))?;
            values.push((column.name.clone(), value.ok_or_else(|| Key::invalid(table))?));
        }
        let same = |columns: &Vec<String>| {
            columns.len() == values.len() && columns.iter().all(|column| values.iter().any(|(name, _)| name == column))
        };
        let key = table.keys.iter().find(|(_, columns)| same(columns));
        key.map(|(name, _)| Key::Alternate { name: name.clone(), values }).ok_or_else(|| Key::invalid(table))
    }

    fn invalid(table: &Table) -> Fault {
        Fault::usage(format!(
            "The key in the request URI is not valid for resource 'Microsoft.Dynamics.CRM.{0}'. Ensure that the names and number of key properties match the key of the resource '{0}'.",
            table.name
        ))
    }

    /// The row, if there is one.
    pub(crate) fn find(&self, state: &State, table: &Table) -> Option<RowId> {
        match self {
            Key::Id(id) => state.get(&table.name, id).map(|row| row.id.clone()),
            Key::Alternate { name, values } => {
                let columns = table.keys.get(name)?;
                let ordered: Option<Vec<Value>> = columns
                    .iter()
                    .map(|column| values.iter().find(|(name, _)| name == column).map(|(_, value)| value.clone()))
                    .collect();
                state.with_key(table, name, &ordered?).map(|row| row.id.clone())
            }
        }
    }

    /// The row, or the error for a missing one.
    pub(crate) fn require(&self, state: &State, table: &Table) -> Result<RowId, Fault> {
        self.find(state, table).ok_or_else(|| self.missing(table))
    }

    /// The error for a missing row.
    pub(crate) fn missing(&self, table: &Table) -> Fault {
        match self {
            Key::Id(id) => Fault::no_row(&table.name, id),
            Key::Alternate { .. } => Fault::no_row_for_key(&table.name),
        }
    }
}

/// `name=literal` pairs, as keys and functions have them.
pub(crate) fn pairs(text: &str, alias: &dyn Fn(&str) -> Option<String>) -> Result<Vec<(String, Literal)>, Fault> {
    let mut found = Vec::new();
    let all = tokens(text)?;
    for pair in all.split(|token| *token == Token::Comma) {
        match pair {
            [] if all.is_empty() => {}
            [Token::Name(name), Token::Equals, Token::Literal(literal)] => found.push((name.clone(), literal.clone())),
            [Token::Name(name), Token::Equals, Token::Alias(alias_name)] => {
                // The parser of expressions already knows how an alias is read.
                let expr = filter::parse(&format!("{name} eq @{alias_name}"), alias)?;
                let Expr::Compare(Comparison::Eq, _, Operand::Literal(literal)) = expr else { return Err(bad()) };
                found.push((name.clone(), literal));
            }
            _ => return Err(bad()),
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slashes_in_quotes_do_not_split() {
        let found = segments("/accounts(accountnumber='a/b')/primarycontactid/$ref").unwrap();
        assert_eq!(found.len(), 3);
        assert_eq!(found[0].arguments.as_deref(), Some("accountnumber='a/b'"));
        let encoded = segments("/accounts(accountnumber=%27a%2Fb%27)").unwrap();
        assert_eq!(encoded[0].arguments.as_deref(), Some("accountnumber='a/b'"));
        for broken in ["/accounts(1", "/accounts)", "/a('x", "/%zz"] {
            assert!(segments(broken).is_err(), "{broken}");
        }
    }
}
