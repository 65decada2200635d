//! From conditions to SQL.

use super::{Column, Condition, Given, MemberColumn, Node, Resource, Test};
use crate::platform::StoreError;
use crate::platform::sql::bind::Bind;
use crate::platform::sql::scoped::Dialect;

/// The deepest that conditions nest.
const MAX_DEPTH: usize = 64;
/// The most parameters of a statement; SQLite would take 32,766, PostgreSQL 65,535.
const MAX_BINDS: usize = 2000;

type Sql = Result<String, StoreError>;

impl Condition<Resource> {
    /// The condition as SQL about a row `r`. Its parameters follow those that are there.
    pub(crate) fn render(&self, dialect: Dialect, binds: &mut Vec<Bind>) -> Sql {
        let mut pen = Pen { dialect, binds, negated: false, depth: 0 };
        let sql = pen.node(&self.node)?;
        if binds.len() > MAX_BINDS {
            return Err(StoreError::Refused { what: "a condition of that many terms" });
        }
        Ok(sql)
    }
}

struct Pen<'b> {
    dialect: Dialect,
    binds: &'b mut Vec<Bind>,
    /// Whether a test must be false where it would be unknown: below a `NOT`. Elsewhere both pass over the row, and the
    /// bare comparison is what an index serves.
    negated: bool,
    depth: usize,
}

/// What is compared: its SQL, and whether it is JSON.
struct Operand {
    sql: String,
    json: bool,
}

impl Pen<'_> {
    fn bind(&mut self, value: impl Into<Bind>) -> String {
        self.binds.push(value.into());
        format!("${}", self.binds.len())
    }

    fn node(&mut self, node: &Node) -> Sql {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(StoreError::Refused { what: "a condition of that depth" });
        }
        let sql = self.written(node);
        self.depth -= 1;
        sql
    }

    fn written(&mut self, node: &Node) -> Sql {
        match node {
            Node::All(nodes) => self.joined(nodes, " AND ", "1 = 1"),
            Node::Any(nodes) => self.joined(nodes, " OR ", "1 = 0"),
            Node::Not(node) => {
                let before = std::mem::replace(&mut self.negated, true);
                let sql = self.node(node)?;
                self.negated = before;
                Ok(format!("NOT ({sql})"))
            }
            Node::Column(column, test) => self.test(Operand { sql: column_sql(*column).to_owned(), json: false }, test),
            Node::Member(column, test) => self.test(Operand { sql: member_sql(*column).to_owned(), json: false }, test),
            Node::Path(path, test) => {
                let sql = self.path(path)?;
                self.test(Operand { sql, json: true }, test)
            }
            Node::Sub(name, test) => {
                let sql = self.sub(name)?;
                self.test(Operand { sql, json: true }, test)
            }
            Node::Value(test) => {
                let sql = self.element().to_owned();
                self.test(Operand { sql, json: true }, test)
            }
            Node::Each(path, inner) => self.each(path, inner),
            Node::Members(inner) => self.memberships("m.group_id = r.id", "m.member_id", inner),
            Node::Groups(inner) => self.memberships("m.member_id = r.id", "m.group_id", inner),
        }
    }

    fn joined(&mut self, nodes: &[Node], word: &str, none: &str) -> Sql {
        let mut parts = Vec::new();
        for node in nodes {
            parts.push(format!("({})", self.node(node)?));
        }
        Ok(if parts.is_empty() { none.to_owned() } else { parts.join(word) })
    }

    /// An attribute as text (SQLite: as what it is).
    fn path(&mut self, path: &[String]) -> Sql {
        match self.dialect {
            #[cfg(feature = "sqlite")]
            Dialect::Sqlite => Ok(format!("json_extract(r.folded, {})", self.bind(sqlite_path(path)?))),
            #[cfg(feature = "postgres")]
            Dialect::Postgres => Ok(format!("(r.folded #>> CAST({} AS text[]))", self.bind(postgres_path(path)?))),
        }
    }

    fn sub(&mut self, name: &str) -> Sql {
        match self.dialect {
            #[cfg(feature = "sqlite")]
            Dialect::Sqlite => {
                let path = self.bind(sqlite_path(&[name.to_owned()])?);
                Ok(format!("CASE e.type WHEN 'object' THEN json_extract(e.value, {path}) END"))
            }
            #[cfg(feature = "postgres")]
            Dialect::Postgres => Ok(format!("(e.value ->> {})", self.bind(name))),
        }
    }

    fn element(&self) -> &'static str {
        match self.dialect {
            #[cfg(feature = "sqlite")]
            Dialect::Sqlite => "e.value",
            #[cfg(feature = "postgres")]
            Dialect::Postgres => "(e.value #>> '{}')",
        }
    }

    fn each(&mut self, path: &[String], inner: &Node) -> Sql {
        let from = match self.dialect {
            #[cfg(feature = "sqlite")]
            Dialect::Sqlite => format!("json_each(r.folded, {}) e", self.bind(sqlite_path(path)?)),
            #[cfg(feature = "postgres")]
            Dialect::Postgres => {
                let at = self.bind(postgres_path(path)?);
                let at = format!("r.folded #> CAST({at} AS text[])");
                format!(
                    "jsonb_array_elements(CASE jsonb_typeof({at}) WHEN 'array' THEN {at} ELSE '[]'::jsonb END) AS e(value)"
                )
            }
        };
        Ok(format!("EXISTS (SELECT 1 FROM {from} WHERE {})", self.inside(inner)?))
    }

    /// Within `EXISTS` a test that is unknown finds nothing, whatever stands around it.
    fn inside(&mut self, inner: &Node) -> Sql {
        let before = std::mem::replace(&mut self.negated, false);
        let sql = self.node(inner)?;
        self.negated = before;
        Ok(sql)
    }

    fn memberships(&mut self, joined: &str, value: &str, inner: &Node) -> Sql {
        let inner = self.inside(inner)?;
        Ok(format!(
            "EXISTS (SELECT 1 FROM (SELECT {value} AS value, lower(m.member_type) AS type, m.display_folded AS display \
             FROM directory_members m WHERE m.organisation = $1 AND m.environment = r.environment \
             AND m.service = r.service AND {joined}) m WHERE {inner})"
        ))
    }

    fn test(&mut self, operand: Operand, test: &Test) -> Sql {
        let sql = match test {
            Test::Pr => return Ok(format!("{} IS NOT NULL", operand.sql)),
            Test::Eq(given) => self.equal(&operand, "=", given)?,
            Test::Ne(given) => self.equal(&operand, "<>", given)?,
            Test::Gt(given) => self.ordered(operand, ">", given)?,
            Test::Ge(given) => self.ordered(operand, ">=", given)?,
            Test::Lt(given) => self.ordered(operand, "<", given)?,
            Test::Le(given) => self.ordered(operand, "<=", given)?,
            Test::Co(text) => self.part(&operand.sql, text, Self::contains),
            Test::Sw(text) if operand.json => self.part(&operand.sql, text, Self::starts),
            Test::Sw(text) => self.part(&operand.sql, text, Self::range),
            Test::Ew(text) => self.part(&operand.sql, text, Self::ends),
        };
        Ok(if self.negated { format!("({sql}) IS TRUE") } else { sql })
    }

    fn equal(&mut self, operand: &Operand, sign: &str, given: &Given) -> Sql {
        // No text that is kept has a zero byte.
        if matches!(given, Given::Text(text) if text.contains('\0')) {
            let same = if sign == "=" { "1 = 0" } else { "IS NOT NULL" };
            return Ok(if sign == "=" { same.to_owned() } else { format!("{} {same}", operand.sql) });
        }
        Ok(format!("{} {sign} {}", operand.sql, self.given(operand, given)?))
    }

    fn ordered(&mut self, operand: Operand, sign: &str, given: &Given) -> Sql {
        let Given::Text(text) = given else {
            return Ok(format!("{} {sign} {}", operand.sql, self.given(&operand, given)?));
        };
        let sql = self.by_code_points(operand);
        // Of texts without a zero byte, more than `a\0b` is more than `a`, and less than it is `a` or less.
        let (text, sign) = match (text.split_once('\0'), sign.starts_with('>')) {
            (None, _) => (text.as_str(), sign),
            (Some((before, _)), true) => (before, ">"),
            (Some((before, _)), false) => (before, "<="),
        };
        Ok(format!("{sql} {sign} {}", self.bind(text)))
    }

    /// Columns are ordered by code points; what comes out of JSON has to be told to.
    fn by_code_points(&self, operand: Operand) -> String {
        match self.dialect {
            #[cfg(feature = "sqlite")]
            Dialect::Sqlite => operand.sql,
            #[cfg(feature = "postgres")]
            Dialect::Postgres if operand.json => format!("{} COLLATE \"C\"", operand.sql),
            #[cfg(feature = "postgres")]
            Dialect::Postgres => operand.sql,
        }
    }

    fn given(&mut self, operand: &Operand, given: &Given) -> Sql {
        match given {
            Given::Text(text) => Ok(self.bind(text)),
            Given::Integer(_) if operand.json => Err(StoreError::Refused { what: "a number compared with JSON" }),
            Given::Integer(number) => Ok(self.bind(*number)),
            Given::Flag(flag) if operand.json => Ok(self.json_flag(*flag)),
            Given::Flag(flag) => Ok(self.bind(*flag)),
        }
    }

    fn json_flag(&mut self, flag: bool) -> String {
        match self.dialect {
            #[cfg(feature = "sqlite")]
            Dialect::Sqlite => self.bind(flag),
            #[cfg(feature = "postgres")]
            Dialect::Postgres => self.bind(if flag { "true" } else { "false" }),
        }
    }

    /// A test about a part of a text: every text has the empty one, and none has a zero byte.
    fn part(&mut self, operand: &str, text: &str, test: fn(&mut Self, &str, &str) -> String) -> String {
        if text.is_empty() {
            format!("{operand} IS NOT NULL")
        } else if text.contains('\0') {
            "1 = 0".to_owned()
        } else {
            test(self, operand, text)
        }
    }

    fn contains(&mut self, operand: &str, text: &str) -> String {
        let text = self.bind(text);
        match self.dialect {
            #[cfg(feature = "sqlite")]
            Dialect::Sqlite => format!("instr({operand}, {text}) > 0"),
            #[cfg(feature = "postgres")]
            Dialect::Postgres => format!("strpos({operand}, {text}) > 0"),
        }
    }

    fn starts(&mut self, operand: &str, text: &str) -> String {
        let text = self.bind(text);
        match self.dialect {
            #[cfg(feature = "sqlite")]
            Dialect::Sqlite => format!("substr({operand}, 1, length({text})) = {text}"),
            #[cfg(feature = "postgres")]
            Dialect::Postgres => format!("starts_with({operand}, {text})"),
        }
    }

    /// What starts with a text lies between it and the next text that does not: an index serves that.
    fn range(&mut self, operand: &str, text: &str) -> String {
        let from = format!("{operand} >= {}", self.bind(text));
        match after(text) {
            Some(next) => format!("({from} AND {operand} < {})", self.bind(next)),
            None => from,
        }
    }

    fn ends(&mut self, operand: &str, text: &str) -> String {
        let text = self.bind(text);
        match self.dialect {
            #[cfg(feature = "sqlite")]
            Dialect::Sqlite => format!("substr({operand}, -length({text})) = {text}"),
            #[cfg(feature = "postgres")]
            Dialect::Postgres => format!("right({operand}, length({text})) = {text}"),
        }
    }
}

/// The least text that is greater than all that start with this one; none where it is made of the last letter alone.
fn after(text: &str) -> Option<String> {
    let mut letters: Vec<char> = text.chars().collect();
    while let Some(last) = letters.pop() {
        // Between these two lie the surrogates, which are no letters.
        let next = if last == '\u{d7ff}' { Some('\u{e000}') } else { char::from_u32(u32::from(last) + 1) };
        if let Some(next) = next {
            letters.push(next);
            return Some(letters.into_iter().collect());
        }
    }
    None
}

fn column_sql(column: Column) -> &'static str {
    match column {
        Column::Id => "r.id",
        Column::UserName => "r.user_name_folded",
        Column::UserNameExact => "r.user_name",
        Column::ExternalId => "r.external_id",
        Column::DisplayName => "r.display_name_folded",
        Column::Active => "r.active",
        Column::Created => "r.created",
        Column::Modified => "r.modified",
    }
}

fn member_sql(column: MemberColumn) -> &'static str {
    match column {
        MemberColumn::Value => "m.value",
        MemberColumn::Type => "m.type",
        MemberColumn::Display => "m.display",
    }
}

/// Names come from a schema, and neither language of paths can say these.
fn plain(path: &[String]) -> Result<(), StoreError> {
    let odd = |name: &String| name.is_empty() || name.contains(['"', '\\', '\0']);
    if path.is_empty() || path.iter().any(odd) {
        return Err(StoreError::Refused { what: "an attribute of that name" });
    }
    Ok(())
}

#[cfg(feature = "sqlite")]
fn sqlite_path(path: &[String]) -> Sql {
    plain(path)?;
    Ok(path.iter().fold("$".to_owned(), |text, name| format!("{text}.\"{name}\"")))
}

#[cfg(feature = "postgres")]
fn postgres_path(path: &[String]) -> Sql {
    plain(path)?;
    let quoted: Vec<String> = path.iter().map(|name| format!("\"{name}\"")).collect();
    Ok(format!("{{{}}}", quoted.join(",")))
}
