//! Values, paths, filters and conditions.

use std::ops::Range;

use super::lex::{Spanned, Token, lex};
use crate::filters;
use crate::problem::{Finding, ProblemKind};
use crate::tree::{Call, Chain, Comparison, Condition, Join, Literal, Operator, Path, Segment, Term};
use crate::value::Number;

/// Reads the tokens of one tag or output.
pub(super) struct Cursor<'s> {
    source: &'s str,
    tokens: Vec<Spanned<'s>>,
    at: usize,
    /// Where the markup ends.
    end: usize,
    /// How many brackets are open, and how many may be.
    depth: usize,
    max_depth: usize,
}

impl<'s> Cursor<'s> {
    pub(super) fn new(source: &'s str, markup: Range<usize>, max_depth: usize) -> Result<Self, Finding> {
        let tokens = lex(source.get(markup.clone()).unwrap_or_default(), markup.start)?;
        Ok(Self { source, tokens, at: 0, end: markup.end, depth: 0, max_depth })
    }

    pub(super) fn peek(&self) -> Option<Token<'s>> {
        self.tokens.get(self.at).map(|spanned| spanned.token)
    }

    fn peek_after(&self) -> Option<Token<'s>> {
        self.tokens.get(self.at + 1).map(|spanned| spanned.token)
    }

    /// Where the next token stands.
    pub(super) fn span(&self) -> Range<usize> {
        self.tokens.get(self.at).map_or(self.end..self.end, |spanned| spanned.span.clone())
    }

    pub(super) fn advance(&mut self) {
        self.at += 1;
    }

    pub(super) fn take(&mut self, symbol: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Symbol(next)) if next == symbol);
        self.at += usize::from(found);
        found
    }

    pub(super) fn take_word(&mut self, word: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Name(next)) if next == word);
        self.at += usize::from(found);
        found
    }

    /// What stands here is not what was expected.
    pub(super) fn expected(&self, what: &str) -> Finding {
        let span = self.span();
        let found = self.source.get(span.clone()).unwrap_or_default();
        let message = if found.is_empty() {
            format!("{what} is missing")
        } else {
            format!("`{}` stands where {what} is expected", found.escape_debug())
        };
        Finding::syntax(span, message)
    }

    pub(super) fn expect(&mut self, symbol: &str) -> Result<(), Finding> {
        if self.take(symbol) { Ok(()) } else { Err(self.expected(&format!("`{symbol}`"))) }
    }

    /// Nothing more.
    pub(super) fn finish(&self) -> Result<(), Finding> {
        if self.peek().is_none() {
            return Ok(());
        }
        let span = self.span();
        let found = self.source.get(span.clone()).unwrap_or_default();
        Err(Finding::syntax(span, format!("`{}` is too much here", found.escape_debug())))
    }

    /// The source since byte `start`, up to the last token read.
    pub(super) fn written(&self, start: usize) -> &'s str {
        let last = self.at.checked_sub(1).and_then(|at| self.tokens.get(at));
        last.and_then(|last| self.source.get(start..last.span.end)).unwrap_or_default()
    }

    /// The name of a variable that a tag makes.
    pub(super) fn name(&mut self) -> Result<Box<str>, Finding> {
        match self.peek() {
            Some(Token::Name(name)) => {
                self.advance();
                Ok(name.into())
            }
            Some(Token::Number(_)) => {
                Err(self.expected("a name").help("a name begins with a letter: a number is read as one"))
            }
            _ => Err(self.expected("a name")),
        }
    }

    /// A value and its filters.
    pub(super) fn chain(&mut self) -> Result<Chain, Finding> {
        let value = self.term()?;
        let mut filters = Vec::new();
        while self.take("|") {
            filters.push(self.call()?);
        }
        Ok(Chain { value, filters })
    }

    fn call(&mut self) -> Result<Call, Finding> {
        let span = self.span();
        let name = match self.peek() {
            Some(Token::Name(name)) => name,
            _ => return Err(self.expected("a filter")),
        };
        self.advance();
        let unknown = || {
            let finding =
                Finding::new(ProblemKind::UnknownFilter, span.clone(), format!("there is no filter `{name}`"));
            finding.nearest(name, filters::names())
        };
        let filter = filters::find(name).ok_or_else(unknown)?;
        let (mut arguments, mut options) = (Vec::new(), Vec::new());
        if self.take(":") {
            self.argument(&mut arguments, &mut options)?;
            while self.take(",") {
                self.argument(&mut arguments, &mut options)?;
            }
        }
        let call = Call { filter, arguments, options };
        filters::check(&call)
            .map_err(|(message, help)| Finding::new(ProblemKind::Arguments, span, message).help(help))?;
        Ok(call)
    }

    fn argument(&mut self, arguments: &mut Vec<Term>, options: &mut Vec<(Box<str>, Term)>) -> Result<(), Finding> {
        match (self.peek(), self.peek_after()) {
            (Some(Token::Name(name)), Some(Token::Symbol(":"))) => {
                self.at += 2;
                options.push((name.into(), self.term()?));
            }
            _ => arguments.push(self.term()?),
        }
        Ok(())
    }

    /// A literal, a range or a path.
    pub(super) fn term(&mut self) -> Result<Term, Finding> {
        let span = self.span();
        match self.peek() {
            Some(Token::Text(text)) => {
                self.advance();
                Ok(Term::Literal(Literal::Text(text.into())))
            }
            Some(Token::Number(written)) => {
                self.advance();
                let number = Number::parse(written).owned().filter(Number::is_exact);
                let number = number.ok_or_else(|| Finding::syntax(span, "this number has more than 28 digits"))?;
                Ok(Term::Literal(Literal::Number { number, written: written.into() }))
            }
            Some(Token::Symbol("(")) => self.deeper(Self::range),
            Some(Token::Symbol("[")) => self.path(None),
            Some(Token::Name(name)) => self.named(name),
            _ => Err(self.expected("a value")),
        }
    }

    fn named(&mut self, name: &'s str) -> Result<Term, Finding> {
        let alone = !matches!(self.peek_after(), Some(Token::Symbol("." | "[")));
        let literal = match name {
            "nil" | "null" => Literal::Nil,
            "true" => Literal::Bool(true),
            "false" => Literal::Bool(false),
            "empty" => Literal::Empty,
            "blank" => Literal::Blank,
            _ => return self.path(Some(name)),
        };
        if !alone {
            return self.path(Some(name));
        }
        self.advance();
        Ok(Term::Literal(literal))
    }

    /// One bracket deeper, if that is allowed.
    fn deeper<T>(&mut self, read: fn(&mut Self) -> Result<T, Finding>) -> Result<T, Finding> {
        if self.depth >= self.max_depth {
            let message = format!("brackets are nested deeper than {}", self.max_depth);
            return Err(Finding::new(ProblemKind::TooDeep, self.span(), message));
        }
        self.depth += 1;
        let read = read(self);
        self.depth -= 1;
        read
    }

    fn range(&mut self) -> Result<Term, Finding> {
        self.expect("(")?;
        let first = self.term()?;
        if !self.take("..") {
            return Err(self.expected("`..`").help("a range is `(1..5)`; conditions have no brackets"));
        }
        let last = self.term()?;
        self.expect(")")?;
        Ok(Term::Range(Box::new((first, last))))
    }

    fn index(&mut self) -> Result<Segment, Finding> {
        self.expect("[")?;
        let index = self.term()?;
        self.expect("]")?;
        Ok(Segment::Index(index))
    }

    fn path(&mut self, name: Option<&str>) -> Result<Term, Finding> {
        let start = self.span().start;
        let root = match name {
            Some(name) => {
                self.advance();
                Segment::Name(name.into())
            }
            None => self.deeper(Self::index)?,
        };
        let mut segments = Vec::new();
        loop {
            if self.take(".") {
                let Some(Token::Name(name)) = self.peek() else {
                    return Err(self.expected("a field").help("write `[0]` for an item and `['a name']` for a field"));
                };
                self.advance();
                segments.push(Segment::Name(name.into()));
            } else if matches!(self.peek(), Some(Token::Symbol("["))) {
                segments.push(self.deeper(Self::index)?);
            } else {
                break;
            }
        }
        let written = self.written(start).into();
        Ok(Term::Path(Box::new(Path { root, segments, written })))
    }

    /// Comparisons joined by `and` and `or`.
    pub(super) fn condition(&mut self) -> Result<Condition, Finding> {
        let first = self.comparison()?;
        let mut rest = Vec::new();
        loop {
            let join = if self.take_word("and") {
                Join::And
            } else if self.take_word("or") {
                Join::Or
            } else {
                break;
            };
            rest.push((join, self.comparison()?));
        }
        if matches!(self.peek(), Some(Token::Symbol("|"))) {
            let help = "`assign` the filtered value to a variable first";
            return Err(Finding::syntax(self.span(), "a condition has no filters").help(help));
        }
        self.finish()?;
        Ok(Condition { first, rest })
    }

    fn comparison(&mut self) -> Result<Comparison, Finding> {
        let left = self.term()?;
        let operator = match self.peek() {
            Some(Token::Symbol("==")) => Operator::Equal,
            Some(Token::Symbol("!=" | "<>")) => Operator::NotEqual,
            Some(Token::Symbol("<")) => Operator::Less,
            Some(Token::Symbol("<=")) => Operator::LessOrEqual,
            Some(Token::Symbol(">")) => Operator::Greater,
            Some(Token::Symbol(">=")) => Operator::GreaterOrEqual,
            Some(Token::Name("contains")) => Operator::Contains,
            _ => return Ok(Comparison { left, right: None }),
        };
        self.advance();
        Ok(Comparison { left, right: Some((operator, self.term()?)) })
    }
}
