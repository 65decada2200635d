//! The outline of a file: items, the statements in them, comments and blank lines, found by brackets and line ends
//! alone. What a statement says is not looked at, so that one slip damages one statement.

use std::ops::Range;

use crate::diagnostic::Diagnostic;
use crate::syntax::brackets::{Nest, Open, Owner, item_follows, statement_follows};
use crate::syntax::codes;
use crate::syntax::errors::Errors;
use crate::syntax::token::{Kind, LONG, Lexer, Token};
use crate::syntax::{KEYWORDS, MAX_DEPTH};

/// What a file holds, in order.
#[derive(Debug)]
pub(crate) enum Node {
    Item(Block),
    Line(Line),
}

/// An item: a header and its statements.
#[derive(Debug)]
pub(crate) struct Block {
    pub(crate) header: Statement,
    /// The comment behind the opening brace.
    pub(crate) open_comment: Option<Range<usize>>,
    /// False when there is no `{` at all.
    pub(crate) opened: bool,
    /// Where the header goes on in another line, which it may not.
    pub(crate) split: Option<Range<usize>>,
    pub(crate) body: Vec<Line>,
    /// One past the closing brace; of an item without a body, past its header.
    pub(crate) end: usize,
    /// The comment behind the closing brace.
    pub(crate) close_comment: Option<Range<usize>>,
}

/// A line of a body, or between items.
#[derive(Debug)]
pub(crate) enum Line {
    Statement(Statement),
    Comment(Range<usize>),
    Blank,
}

/// A statement, from its first token to its last.
#[derive(Debug)]
pub(crate) struct Statement {
    pub(crate) range: Range<usize>,
    /// Something in it has been reported already.
    pub(crate) damaged: bool,
    /// It is nested deeper than the grammar may follow.
    pub(crate) deep: bool,
    /// The comment behind it.
    pub(crate) comment: Option<Range<usize>>,
}

/// Finds the outline of a text.
///
/// A forgotten `}` shows only at the end, far from its place. When that happens, the text is read once more with an
/// eye on its indentation, which tells where the author thought the item ended; valid text is never read that way.
pub(crate) fn read(text: &str, errors: &mut Errors) -> Vec<Node> {
    let mut plain = Errors::new(errors.file);
    let mut nodes = Outliner::new(text, &mut plain, false).items();
    if plain.any(codes::UNCLOSED.code) {
        let mut indented = Errors::new(errors.file);
        let other = Outliner::new(text, &mut indented, true).items();
        if indented.len() <= plain.len() {
            (nodes, plain) = (other, indented);
        }
    }
    errors.append(plain);
    nodes
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    Header,
    Body,
}

struct Outliner<'a, 'e> {
    text: &'a str,
    lexer: Lexer<'a>,
    peeked: Option<Token>,
    errors: &'e mut Errors,
    by_indent: bool,
    line_start: usize,
    /// The indentation of the line that is being read.
    indent: usize,
    /// The indentation of the item's header.
    base: usize,
    /// The kind of the item.
    owner: Owner,
    /// Line ends since the last token that is none.
    newlines: usize,
    /// Where the last closed item ended.
    last_close: Option<usize>,
    /// A text without an end has taken the rest of the file, and with it whatever would close a bracket.
    swallowed: bool,
}

impl<'a, 'e> Outliner<'a, 'e> {
    fn new(text: &'a str, errors: &'e mut Errors, by_indent: bool) -> Self {
        let mut lexer = Lexer::new(text);
        let peeked = lexer.next();
        let (line_start, indent, base, newlines, owner) = (0, 0, 0, 1, Owner::Entity);
        Self {
            text,
            lexer,
            peeked,
            errors,
            by_indent,
            line_start,
            indent,
            base,
            owner,
            newlines,
            last_close: None,
            swallowed: false,
        }
    }

    fn advance(&mut self) {
        let Some(token) = self.peeked else { return };
        if token.kind == Kind::Newline {
            self.newlines += 1;
            self.line_start = token.end;
        } else {
            if self.newlines > 0 {
                self.indent = token.start - self.line_start;
            }
            self.newlines = 0;
            // A long text ends on another line than it starts on.
            if token.kind == Kind::Text
                && let Some(at) = token.text(self.text).rfind('\n')
            {
                self.line_start = token.start + at + 1;
            }
        }
        self.peeked = self.lexer.next();
    }

    fn is(&self, token: Token, text: &str) -> bool {
        token.text(self.text) == text
    }

    fn items(mut self) -> Vec<Node> {
        let mut nodes = Vec::new();
        while let Some(token) = self.peeked {
            match token.kind {
                Kind::Newline | Kind::Comma => self.advance(),
                Kind::Comment => {
                    let range = token.start..token.end;
                    match nodes.last_mut() {
                        Some(Node::Item(block)) if self.newlines == 0 => block.close_comment = Some(range),
                        _ => {
                            self.blank(&mut nodes);
                            nodes.push(Node::Line(Line::Comment(range)));
                        }
                    }
                    self.advance();
                }
                Kind::Close => {
                    self.stray(token);
                    self.advance();
                }
                _ => {
                    self.blank(&mut nodes);
                    let block = self.item();
                    nodes.push(Node::Item(block));
                }
            }
        }
        nodes
    }

    fn blank(&self, nodes: &mut Vec<Node>) {
        if self.newlines > 1 && !nodes.is_empty() {
            nodes.push(Node::Line(Line::Blank));
        }
    }

    fn item(&mut self) -> Block {
        self.base = self.peeked.map_or(0, |token| token.start - self.line_start);
        self.owner = Owner::of(self.peeked.map_or("", |token| token.text(self.text)));
        let header = self.statement(Level::Header);
        let (open_comment, close_comment, split, body) = (None, None, None, Vec::new());
        let end = header.range.end;
        let mut block = Block { header, open_comment, opened: false, split, body, end, close_comment };
        if self.one_line(&block.header) {
            return block;
        }
        let open = self.opening_brace().or_else(|| {
            let (split, open) = self.late_brace()?;
            block.header.range.end = self.text.get(..open).unwrap_or("").trim_end().len();
            block.split = Some(split);
            Some(open)
        });
        let Some(open) = open else {
            if self.lines_follow(&block.header) {
                self.body(&mut block, None);
            }
            return block;
        };
        block.opened = true;
        while self.peeked.is_some_and(|token| token.start <= open) {
            if let Some(token) = self.peeked.filter(|token| token.kind == Kind::Comment) {
                block.body.push(Line::Comment(token.start..token.end));
            }
            self.advance();
        }
        self.body(&mut block, Some(open));
        block
    }

    /// Whether an item is its header: `mapper UseCase -> pattern`.
    fn one_line(&self, header: &Statement) -> bool {
        let mut tokens = Lexer::of(self.text, header.range.start, header.range.end);
        let open = self.peeked.is_some_and(|token| self.is(token, "{"));
        let arrow = tokens.nth(2).is_some_and(|token| self.is(token, "->"));
        (arrow || self.owner == Owner::Mapper) && !open
    }

    /// The `{` of an item whose header goes on in the next line, and the token that it goes on with.
    fn late_brace(&self) -> Option<(Range<usize>, usize)> {
        let tokens =
            || self.peeked.into_iter().chain(self.lexer.clone()).skip_while(|token| token.kind == Kind::Newline);
        if self.starts_an_item(tokens()) {
            return None;
        }
        let mut line = tokens().take_while(|token| !matches!(token.kind, Kind::Newline | Kind::Comment));
        let first = line.next()?;
        line.last().filter(|last| self.is(*last, "{")).map(|open| (first.start..first.end, open.start))
    }

    /// Whether what follows a header without `{` is its body all the same.
    fn lines_follow(&self, header: &Statement) -> bool {
        let keyword = Lexer::of(self.text, header.range.start, header.range.end).next();
        let mut rest =
            self.peeked.into_iter().chain(self.lexer.clone()).skip_while(|token| token.kind == Kind::Newline);
        keyword.is_some_and(|keyword| KEYWORDS.contains(&keyword.text(self.text)))
            && !self.starts_an_item(rest.clone())
            && rest.next().is_some_and(|token| token.kind != Kind::Close)
    }

    /// The `{` of an item, possibly on a later line.
    fn opening_brace(&self) -> Option<usize> {
        let rest = self.peeked.into_iter().chain(self.lexer.clone());
        let next = rest.into_iter().find(|token| !matches!(token.kind, Kind::Newline | Kind::Comment))?;
        self.is(next, "{").then_some(next.start)
    }

    /// Reads to the `}` that closes the body; without an `open` one, to the next item at the latest.
    fn body(&mut self, block: &mut Block, open: Option<usize>) {
        loop {
            let Some(token) = self.peeked else {
                let Some(open) = open else { return };
                let end = block.body.iter().rev().find_map(Line::end).unwrap_or(open);
                return self.unclosed(open, "{", end, end, "the file ends here");
            };
            match token.kind {
                Kind::Newline | Kind::Comma => self.advance(),
                Kind::Comment => {
                    self.comment(block, token.start..token.end);
                    self.advance();
                }
                Kind::Close if self.is(token, "}") => {
                    self.advance();
                    self.last_close = Some(token.start);
                    block.end = token.end;
                    return;
                }
                _ if self.newlines > 0 && self.starts_item() => {
                    let Some(open) = open else { return };
                    return self.unclosed(open, "{", token.start, token.end, "the next item starts here");
                }
                _ => {
                    if self.newlines > 1 && !block.body.is_empty() {
                        block.body.push(Line::Blank);
                    }
                    let statement = self.statement(Level::Body);
                    block.body.push(Line::Statement(statement));
                }
            }
        }
    }

    fn comment(&mut self, block: &mut Block, range: Range<usize>) {
        if self.newlines == 0 {
            match block.body.last_mut() {
                Some(Line::Statement(statement)) if statement.comment.is_none() => {
                    return statement.comment = Some(range);
                }
                None if block.open_comment.is_none() => return block.open_comment = Some(range),
                _ => {}
            }
        }
        if self.newlines > 1 && !block.body.is_empty() {
            block.body.push(Line::Blank);
        }
        block.body.push(Line::Comment(range));
    }

    /// Reads to the end of the statement: a newline or comma outside brackets, the brace that opens or closes the
    /// body, or a line that can only be another statement.
    fn statement(&mut self, level: Level) -> Statement {
        let mut nest = Nest::default();
        let start = self.peeked.map_or(0, |token| token.start);
        let (mut end, mut damaged, mut deep) = (start, false, false);
        while let Some(token) = self.peeked {
            if nest.is_empty() && self.ends(level, token) {
                break;
            }
            match token.kind {
                Kind::Newline if self.starts_statement(&nest) => break,
                Kind::Close => match self.close(&mut nest, token) {
                    Closing::Partner => {}
                    Closing::Damage => damaged = true,
                    Closing::Body => break,
                },
                Kind::Open => {
                    let indent = if self.newlines > 0 { token.start - self.line_start } else { self.indent };
                    nest.push(Open { byte: self.byte(token), at: token.start, indent });
                    if nest.opens.len() == MAX_DEPTH + 1 && !deep {
                        self.too_deep(token);
                    }
                    deep |= nest.opens.len() > MAX_DEPTH;
                }
                _ => damaged |= self.bad_token(token, &mut nest),
            }
            if !matches!(token.kind, Kind::Newline | Kind::Comment) {
                end = token.end;
            }
            self.advance();
        }
        if let Some(open) = nest.opens.first() {
            damaged = true;
            let at = self.peeked.map_or(end, |token| token.start).max(end);
            self.unclosed(open.at, open.sign(), end, at, "the statement ends here");
        }
        Statement { range: start..end, damaged, deep, comment: None }
    }

    fn byte(&self, token: Token) -> u8 {
        self.text.as_bytes().get(token.start).copied().unwrap_or(0)
    }

    fn ends(&self, level: Level, token: Token) -> bool {
        match (level, token.kind) {
            (_, Kind::Newline | Kind::Comment) => true,
            (Level::Body, Kind::Comma) => true,
            (Level::Header, Kind::Comma) => self.owner == Owner::Mapper,
            (Level::Header, Kind::Open) => self.is(token, "{"),
            (_, Kind::Close) => self.is(token, "}"),
            _ => false,
        }
    }

    /// Matches a closing bracket with the open ones of the statement.
    fn close(&mut self, nest: &mut Nest, token: Token) -> Closing {
        let opener = match self.byte(token) {
            b'}' => b'{',
            b')' => b'(',
            _ => b'[',
        };
        if opener == b'{' && (nest.count(b'{') == 0 || self.dedents(nest, token)) {
            return Closing::Body;
        }
        if nest.count(opener) == 0 {
            self.stray(token);
            return Closing::Damage;
        }
        let mut closing = Closing::Partner;
        while let Some(open) = nest.pop() {
            if open.byte == opener {
                break;
            }
            if closing == Closing::Partner {
                self.unclosed(open.at, open.sign(), token.start, token.end, "something else is closed here");
            }
            closing = Closing::Damage;
        }
        closing
    }

    /// Whether a `}` stands at the start of a line as far left as the item itself, while the open brace stands
    /// further right.
    fn dedents(&self, nest: &Nest, token: Token) -> bool {
        let first = self.newlines > 0;
        let brace = nest.opens.iter().rev().find(|open| open.byte == b'{');
        let column = token.start - self.line_start;
        self.by_indent && first && column <= self.base && brace.is_some_and(|open| open.indent > self.base)
    }

    /// Reports what is wrong with a token by itself.
    fn bad_token(&mut self, token: Token, nest: &mut Nest) -> bool {
        let span = self.errors.span(token.start, token.end);
        if token.kind == Kind::Stray {
            let code = token.text(self.text).chars().next().map_or(0, u32::from);
            let message = format!("the character U+{code:04X} cannot stand here");
            let error = Diagnostic::error(codes::STRAY_CHARACTER.code, span, message);
            self.errors.push(error.help("delete it, or put a blank in its place; in a text, write `\\u{…}`"));
            return true;
        }
        if !token.closed {
            let long = token.text(self.text).starts_with(LONG);
            let (what, mark) = match token.kind {
                Kind::Text if long => ("text", LONG),
                Kind::Text => ("text", "\""),
                _ => ("name", "`"),
            };
            let message = format!("the {what} has no end: `{mark}` is missing");
            let error = Diagnostic::error(codes::UNTERMINATED.code, span, message).label("starts here");
            self.swallowed |= long;
            let where_to = if long { "" } else { " on the same line" };
            self.errors.push(error.help(format!("close it with `{mark}`{where_to}")));
            // Closing brackets behind the mark went into the text; their partners are on this line.
            while nest.opens.last().is_some_and(|open| open.at >= self.line_start) {
                nest.pop();
            }
            return true;
        }
        false
    }

    fn too_deep(&mut self, token: Token) {
        let span = self.errors.span(token.start, token.end);
        let message = format!("brackets are nested more than {MAX_DEPTH} deep");
        self.errors.push(Diagnostic::error(codes::TOO_DEEP.code, span, message).help("take some of them away"));
    }

    fn stray(&mut self, token: Token) {
        let bracket = token.text(self.text);
        let span = self.errors.span(token.start, token.end);
        let mut error = Diagnostic::error(codes::STRAY_CLOSE.code, span, format!("`{bracket}` closes nothing"));
        if let Some(close) = self.last_close.filter(|_| bracket == "}") {
            error.related.push((self.errors.span(close, close + 1), "the item was closed here".to_owned()));
        }
        self.errors.push(error.help(format!("delete `{bracket}`, or open its partner before it")));
    }

    fn unclosed(&mut self, open: usize, bracket: &str, start: usize, end: usize, why: &str) {
        if self.swallowed {
            return;
        }
        let close = match bracket {
            "{" => "}",
            "(" => ")",
            _ => "]",
        };
        let span = self.errors.span(open, open + 1);
        let mut error = Diagnostic::error(codes::UNCLOSED.code, span, format!("`{bracket}` is never closed"));
        error.label = "opened here".to_owned();
        error.related.push((self.errors.span(start, end.max(start)), why.to_owned()));
        self.errors.push(error.help(format!("add `{close}` before that place")));
    }

    /// Whether the next tokens can only be an item's header: `entity contact "Contact"`.
    fn starts_item(&self) -> bool {
        self.starts_an_item(self.peeked.into_iter().chain(self.lexer.clone()))
    }

    fn starts_an_item(&self, tokens: impl Iterator<Item = Token>) -> bool {
        item_follows(self.text, tokens)
    }

    /// At a line end inside brackets: whether the next line can only be a statement of its own, or an item.
    fn starts_statement(&self, nest: &Nest) -> bool {
        let Some(inner) = nest.opens.last() else { return false };
        item_follows(self.text, self.lexer.clone())
            || statement_follows(self.text, self.lexer.clone(), inner.byte, self.owner)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Closing {
    /// The bracket has a partner.
    Partner,
    /// It has none, or others were left open.
    Damage,
    /// It closes the item.
    Body,
}

impl Line {
    fn end(&self) -> Option<usize> {
        match self {
            Self::Statement(statement) => Some(statement.range.end),
            Self::Comment(_) | Self::Blank => None,
        }
    }
}
