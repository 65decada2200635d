//! The heads of `for` and `tablerow`.

use super::expression::Cursor;
use super::lex::Token;
use crate::filters;
use crate::problem::{Finding, ProblemKind};
use crate::tree::{For, Offset, Table, Term};

pub(super) fn loop_over(variable: Box<str>, list: Term, name: Box<str>, table: bool) -> For {
    let table = table.then_some(Table { columns: None });
    For { variable, list, name, limit: None, offset: None, reversed: false, table, body: Vec::new(), otherwise: None }
}

/// `item in list`, and the options.
pub(super) fn loop_head(cursor: &mut Cursor<'_>, table: bool) -> Result<For, Finding> {
    let variable = cursor.name()?;
    if !cursor.take_word("in") {
        return Err(cursor.expected("`in`").help("write `item in list`"));
    }
    let start = cursor.span().start;
    let list = cursor.term()?;
    let name = format!("{variable}-{}", cursor.written(start)).into();
    let mut tag = loop_over(variable, list, name, table);
    loop {
        while cursor.take(",") {}
        if cursor.peek().is_none() {
            return Ok(tag);
        }
        option(cursor, &mut tag)?;
    }
}

fn option(cursor: &mut Cursor<'_>, tag: &mut For) -> Result<(), Finding> {
    let span = cursor.span();
    let Some(Token::Name(name)) = cursor.peek() else { return Err(cursor.expected("an option of the loop")) };
    cursor.advance();
    if name == "reversed" && tag.table.is_none() {
        tag.reversed = true;
        return Ok(());
    }
    let names: &[&str] =
        if tag.table.is_some() { &["limit", "offset", "cols"] } else { &["limit", "offset", "reversed"] };
    if !names.contains(&name) {
        let message = format!("a loop has no option `{name}`");
        return Err(Finding::new(ProblemKind::Arguments, span, message).nearest(name, names.iter().copied()));
    }
    cursor.expect(":")?;
    if name == "offset" && cursor.take_word("continue") {
        tag.offset = Some(Offset::Continue);
        return Ok(());
    }
    let value = cursor.term()?;
    match (name, &mut tag.table) {
        ("cols", Some(table)) => table.columns = Some(value),
        _ if filters::is_no_count(&value) => {
            return Err(Finding::new(ProblemKind::Arguments, span, format!("`{name}` is no whole number")));
        }
        ("offset", _) => tag.offset = Some(Offset::At(value)),
        _ => tag.limit = Some(value),
    }
    Ok(())
}
