//! Statements: texts that are known when the program is built.

use sqlx::{SqlSafeStr, SqlStr};

/// Which of the two languages a text is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    #[cfg(feature = "sqlite")]
    Sqlite,
    #[cfg(feature = "postgres")]
    Postgres,
}

/// A statement about the rows of one organisation. It is the first parameter (`$1`), and who runs the statement binds it.
///
/// A text that does not say so is no statement: made as a constant it does not compile.
///
/// ```
/// use engage_store::platform::sql::Scoped;
/// const NAME: Scoped = Scoped::new("SELECT name FROM organisations WHERE organisation = $1");
/// ```
///
/// ```compile_fail
/// use engage_store::platform::sql::Scoped;
/// const NAMES: Scoped = Scoped::new("SELECT name FROM organisations");
/// ```
///
/// Every table that is read or changed needs the condition, not only the first:
///
/// ```compile_fail
/// use engage_store::platform::sql::Scoped;
/// const BOTH: Scoped = Scoped::new(
///     "SELECT t.id FROM environments e JOIN scim_tokens t ON t.environment = e.environment WHERE e.organisation = $1",
/// );
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Scoped(Text);

/// A statement over all organisations. Only an [`Unscoped`](super::Unscoped) runs it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Global(Text);

#[derive(Debug, Clone, Copy)]
struct Text {
    #[cfg_attr(not(feature = "sqlite"), expect(dead_code, reason = "the text of the database that is left out"))]
    sqlite: &'static str,
    #[cfg_attr(not(feature = "postgres"), expect(dead_code, reason = "the text of the database that is left out"))]
    postgres: &'static str,
}

impl Text {
    fn of(self, dialect: Dialect) -> &'static str {
        match dialect {
            #[cfg(feature = "sqlite")]
            Dialect::Sqlite => self.sqlite,
            #[cfg(feature = "postgres")]
            Dialect::Postgres => self.postgres,
        }
    }
}

impl Scoped {
    /// A statement that both databases understand.
    ///
    /// # Panics
    /// When the text reaches rows of other organisations: at compile time, for statements are constants. It is seen by the
    /// words: each `FROM`, `JOIN` and `UPDATE` has its `organisation = $1`, an `INSERT` gives `$1` to the column
    /// `organisation` first, and no `OR` stands outside brackets.
    #[must_use]
    pub const fn new(text: &'static str) -> Self {
        Self::two(text, text)
    }

    /// A statement that has a text for SQLite and another for PostgreSQL.
    ///
    /// # Panics
    /// As [`new`](Self::new) does, about either.
    #[must_use]
    pub const fn two(sqlite: &'static str, postgres: &'static str) -> Self {
        assert!(scoped(sqlite.as_bytes()), "a statement without an organisation");
        assert!(scoped(postgres.as_bytes()), "a statement without an organisation");
        Self(Text { sqlite, postgres })
    }

    pub(crate) fn text(&self, dialect: Dialect) -> &'static str {
        self.0.of(dialect)
    }
}

impl Global {
    pub(crate) const fn new(text: &'static str) -> Self {
        Self::two(text, text)
    }

    pub(crate) const fn two(sqlite: &'static str, postgres: &'static str) -> Self {
        Self(Text { sqlite, postgres })
    }

    pub(crate) fn sql(&self, dialect: Dialect) -> SqlStr {
        self.0.of(dialect).into_sql_str()
    }
}

const fn scoped(text: &[u8]) -> bool {
    let sources = count(text, b"FROM ") - count(text, b"FROM json") + count(text, b"JOIN ") + count(text, b"UPDATE ")
        - count(text, b"DO UPDATE ");
    let conditions = count(text, b"organisation = $1");
    let inserts = count(text, b"INSERT INTO ");
    let given = count(text, b"(organisation, ");
    let first = count(text, b"VALUES ($1, ") + count(text, b"SELECT $1, ");
    let asks = sources > 0 || inserts > 0;
    asks && conditions >= sources && inserts <= 1 && given >= inserts && first >= inserts && !loose(text)
}

/// How often a word occurs.
const fn count(mut text: &[u8], word: &[u8]) -> usize {
    let mut found = 0;
    while let Some((_, rest)) = text.split_first() {
        if starts(text, word) {
            found += 1;
        }
        text = rest;
    }
    found
}

const fn starts(mut text: &[u8], mut word: &[u8]) -> bool {
    while let Some((wanted, wanted_rest)) = word.split_first() {
        match text.split_first() {
            Some((there, rest)) if *there == *wanted => {
                text = rest;
                word = wanted_rest;
            }
            _ => return false,
        }
    }
    true
}

/// Whether an `OR` stands outside brackets, where it would undo the condition before it.
const fn loose(mut text: &[u8]) -> bool {
    let mut depth = 0_usize;
    while let Some((letter, rest)) = text.split_first() {
        match *letter {
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 && starts(text, b" OR ") {
            return true;
        }
        text = rest;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: bool) {
        assert_eq!(scoped(text.as_bytes()), expected, "{text}");
    }

    #[test]
    fn each_table_has_its_condition() {
        check("SELECT a FROM t WHERE organisation = $1 AND b = $2", true);
        check("SELECT a FROM t", false);
        check("SELECT 1", false);
        check("SELECT a FROM t WHERE b = $1", false);
        check("DELETE FROM t WHERE organisation = $1", true);
        check("UPDATE t SET a = $2 WHERE organisation = $1", true);
        check("UPDATE t SET a = $2", false);
        check("SELECT a FROM t WHERE organisation = $1 AND EXISTS (SELECT 1 FROM u WHERE u.a = t.a)", false);
        check("SELECT a FROM t JOIN u ON u.organisation = $1 WHERE t.organisation = $1", true);
    }

    #[test]
    fn an_insert_gives_the_organisation_first() {
        check("INSERT INTO t (organisation, a) VALUES ($1, $2)", true);
        check("INSERT INTO t (organisation, a) VALUES ($2, $1)", false);
        check("INSERT INTO t (a, organisation) VALUES ($1, $2)", false);
        check("INSERT INTO t (organisation, a) SELECT $1, value FROM json_each($2)", true);
        check("INSERT INTO t (organisation, a) VALUES ($1, $2) ON CONFLICT (a) DO UPDATE SET b = 1", true);
        check("INSERT INTO t (organisation, a) SELECT $1, a FROM u", false);
    }

    #[test]
    fn nothing_undoes_the_condition() {
        check("SELECT a FROM t WHERE organisation = $1 OR a = $2", false);
        check("SELECT a FROM t WHERE organisation = $1 AND (a = $2 OR a = $3)", true);
    }
}
