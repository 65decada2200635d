//! Items, their lines, and the columns in which lines of a kind stand.

use std::ops::Range;

use crate::fmt::columns::Columns;
use crate::fmt::pieces::{Piece, flat, pieces, write};
use crate::source::FileId;
use crate::syntax::errors::Errors;
use crate::syntax::outline::{self, Block, Line, Node, Statement};
use crate::syntax::token::Kind;

const INDENT: &str = "  ";

/// Lays out a text that has no syntax errors.
pub(crate) fn layout(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 4);
    let mut blank = false;
    for node in &outline::read(text, &mut Errors::new(FileId(0))) {
        match node {
            Node::Line(Line::Blank) => blank = true,
            Node::Line(Line::Comment(range)) => {
                separate(&mut out, blank);
                out.push_str(comment(text, range));
                out.push('\n');
                blank = false;
            }
            Node::Line(Line::Statement(_)) => {}
            Node::Item(block) => {
                separate(&mut out, blank);
                item(text, block, &mut out);
                blank = true;
            }
        }
    }
    out
}

fn separate(out: &mut String, blank: bool) {
    if blank && !out.is_empty() {
        out.push('\n');
    }
}

fn comment<'t>(text: &'t str, range: &Range<usize>) -> &'t str {
    text.get(range.clone()).unwrap_or("").trim_end()
}

fn behind(text: &str, range: Option<&Range<usize>>, out: &mut String) {
    if let Some(range) = range {
        out.push_str("  ");
        out.push_str(comment(text, range));
    }
    out.push('\n');
}

fn item(text: &str, block: &Block, out: &mut String) {
    let header = &block.header.range;
    out.push_str(&flat(&pieces(text, header.start, header.end)));
    if !block.opened {
        return behind(text, block.close_comment.as_ref(), out);
    }
    out.push_str(" {");
    behind(text, block.open_comment.as_ref(), out);
    for section in block.body.split_inclusive(|line| matches!(line, Line::Blank)) {
        self::section(text, section, out);
    }
    out.push('}');
    behind(text, block.close_comment.as_ref(), out);
}

/// What a statement is, by the sign that its columns stand around.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Field,
    Part,
    Requirement,
    Plain,
}

/// A statement cut at its sign: what stands left, the sign with what belongs to it, and the rest.
struct Row<'t> {
    form: Form,
    cells: Vec<String>,
    rest: Vec<Piece<'t>>,
}

/// Lines without a blank line between them: statements of one form share their columns.
fn section(text: &str, lines: &[Line], out: &mut String) {
    let row_of = |line: &Line| match line {
        Line::Statement(statement) => Some(row(text, statement)),
        Line::Comment(_) | Line::Blank => None,
    };
    let rows: Vec<Option<Row<'_>>> = lines.iter().map(row_of).collect();
    let columns = |form: Form| {
        let same = rows.iter().flatten().filter(|row| row.form == form);
        Columns::new(same.map(|row| (row.cells.as_slice(), !row.rest.is_empty())))
    };
    let (fields, parts, requirements) = (columns(Form::Field), columns(Form::Part), columns(Form::Requirement));
    for (line, row) in lines.iter().zip(&rows) {
        match (line, row) {
            (Line::Statement(statement), Some(row)) => {
                let columns = match row.form {
                    Form::Field => Some(&fields),
                    Form::Part => Some(&parts),
                    Form::Requirement => Some(&requirements),
                    Form::Plain => None,
                };
                out.push_str(INDENT);
                let start = out.len();
                if let Some(columns) = columns {
                    columns.write(&row.cells, !row.rest.is_empty(), out);
                }
                let column = INDENT.len() + out.get(start..).map_or(0, |line| line.chars().count());
                write(&row.rest, out, column, INDENT.len());
                behind(text, statement.comment.as_ref(), out);
            }
            (Line::Comment(range), _) => {
                out.push_str(INDENT);
                out.push_str(comment(text, range));
                out.push('\n');
            }
            _ => out.push('\n'),
        }
    }
}

fn row<'t>(text: &'t str, statement: &Statement) -> Row<'t> {
    let mut all = pieces(text, statement.range.start, statement.range.end);
    let sign = |at: usize| match all.get(at) {
        Some(Piece::Token(Kind::Symbol, sign)) => *sign,
        _ => "",
    };
    let label = usize::from(matches!(all.get(1), Some(Piece::Group(_))));
    let (form, cuts) = match (sign(1), sign(1 + label), sign(3)) {
        ("->", ..) => (Form::Field, vec![1, 3]),
        (_, ":", _) => (Form::Part, vec![1 + label, 3 + label]),
        (".", _, "=") => (Form::Requirement, vec![3]),
        _ => (Form::Plain, Vec::new()),
    };
    let mut cells = Vec::with_capacity(cuts.len());
    let mut taken = 0;
    for cut in cuts {
        let rest = all.split_off((cut - taken).min(all.len()));
        cells.push(flat(&all));
        taken = cut;
        all = rest;
    }
    Row { form, cells, rest: all }
}
