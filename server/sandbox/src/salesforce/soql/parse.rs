//! Recursive descent with a limit on depth.

use super::super::fault::Fault;
use super::function::Of;
use super::lex::{Token, malformed, tokens};
use super::tree::{Call, Condition, Function, Item, Path, Query};

/// Deepest nesting of parentheses and subqueries.
const MAX_DEPTH: usize = 50;

/// Words that end a list of names.
const RESERVED: [&str; 20] = [
    "select", "from", "where", "and", "or", "not", "in", "like", "includes", "excludes", "order", "group", "having",
    "limit", "offset", "with", "for", "using", "update", "typeof",
];

/// A query from its text.
pub(super) fn parse(text: &str) -> Result<Query, Fault> {
    let tokens = tokens(text)?;
    let mut parser = Parser { text, tokens, next: 0, depth: 0 };
    let query = parser.query()?;
    match parser.peek() {
        Token::End => Ok(query),
        _ => Err(parser.unexpected()),
    }
}

/// A condition on its own, as it would stand behind `WHERE`.
pub(super) fn condition(text: &str) -> Result<Condition, Fault> {
    let tokens = tokens(text)?;
    let mut parser = Parser { text, tokens, next: 0, depth: 0 };
    let condition = parser.condition()?;
    match parser.peek() {
        Token::End => Ok(condition),
        _ => Err(parser.unexpected()),
    }
}

pub(super) struct Parser<'t> {
    text: &'t str,
    tokens: Vec<(Token, usize)>,
    pub(super) next: usize,
    depth: usize,
}

impl Parser<'_> {
    pub(super) fn peek(&self) -> &Token {
        self.tokens.get(self.next).map_or(&Token::End, |(token, _)| token)
    }

    pub(super) fn after(&self, steps: usize) -> &Token {
        self.tokens.get(self.next + steps).map_or(&Token::End, |(token, _)| token)
    }

    pub(super) fn at(&self) -> usize {
        self.tokens.get(self.next).or(self.tokens.last()).map_or(0, |(_, at)| *at)
    }

    pub(super) fn fail<T>(&self, message: &str) -> Result<T, Fault> {
        Err(malformed(self.text, self.at(), message))
    }

    pub(super) fn unexpected(&self) -> Fault {
        let found = match self.peek() {
            Token::Word(word) => word.clone(),
            Token::Text(..) => "'".to_owned(),
            Token::Digits(digits) => digits.clone(),
            Token::Sign(sign) => (*sign).to_owned(),
            Token::End => "<EOF>".to_owned(),
        };
        malformed(self.text, self.at(), &format!("unexpected token: '{found}'"))
    }

    pub(super) fn is_word(&self, word: &str) -> bool {
        matches!(self.peek(), Token::Word(found) if found.eq_ignore_ascii_case(word))
    }

    pub(super) fn accept(&mut self, word: &str) -> bool {
        let found = self.is_word(word);
        self.next += usize::from(found);
        found
    }

    pub(super) fn word(&mut self, word: &str) -> Result<(), Fault> {
        if self.accept(word) { Ok(()) } else { Err(self.unexpected()) }
    }

    pub(super) fn accept_sign(&mut self, sign: &str) -> bool {
        let found = matches!(self.peek(), Token::Sign(found) if *found == sign);
        self.next += usize::from(found);
        found
    }

    pub(super) fn sign(&mut self, sign: &str) -> Result<(), Fault> {
        if self.accept_sign(sign) { Ok(()) } else { Err(self.unexpected()) }
    }

    pub(super) fn deeper<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T, Fault>) -> Result<T, Fault> {
        if self.depth >= MAX_DEPTH {
            return self.fail("The query is nested too deeply");
        }
        self.depth += 1;
        let result = work(self);
        self.depth -= 1;
        result
    }

    pub(super) fn name(&mut self) -> Result<String, Fault> {
        match self.peek().clone() {
            Token::Word(word) => {
                self.next += 1;
                Ok(word)
            }
            _ => Err(self.unexpected()),
        }
    }

    pub(super) fn path(&mut self) -> Result<Path, Fault> {
        let at = self.at();
        if RESERVED.iter().any(|word| self.is_word(word)) && !matches!(self.after(1), Token::Sign(".")) {
            return Err(self.unexpected());
        }
        let mut names = vec![self.name()?];
        while self.accept_sign(".") {
            names.push(self.name()?);
        }
        Ok(Path { names, at, of: None })
    }

    /// A path, or a path in a function of one value.
    pub(super) fn field(&mut self) -> Result<Path, Fault> {
        let of = match (self.peek(), self.after(1)) {
            (Token::Word(word), Token::Sign("(")) => Of::named(word),
            _ => return self.path(),
        };
        let Some(of) = of else { return Err(self.unknown_function()) };
        self.next += 2;
        let zoned = self.is_word("converttimezone") && matches!(self.after(1), Token::Sign("("));
        self.next += if zoned { 2 } else { 0 };
        let path = self.path()?;
        if zoned {
            self.sign(")")?;
        }
        self.sign(")")?;
        Ok(Path { of: Some(of), ..path })
    }

    fn unknown_function(&self) -> Fault {
        let Token::Word(word) = self.peek() else { return self.unexpected() };
        malformed(self.text, self.at(), &format!("Not supported by the sandbox: {word}()"))
    }

    /// Whether a function of one value comes next.
    pub(super) fn is_function(&self) -> bool {
        let named = matches!(self.peek(), Token::Word(word) if Of::named(word).is_some());
        named && matches!(self.after(1), Token::Sign("("))
    }

    pub(super) fn paths(&mut self) -> Result<Vec<Path>, Fault> {
        let mut paths = vec![self.path()?];
        while self.accept_sign(",") {
            paths.push(self.path()?);
        }
        Ok(paths)
    }

    pub(super) fn query(&mut self) -> Result<Query, Fault> {
        self.deeper(|parser| {
            parser.word("select")?;
            let mut select = vec![parser.item()?];
            while parser.accept_sign(",") {
                select.push(parser.item()?);
            }
            parser.word("from")?;
            let from = parser.path()?;
            let alias = parser.alias();
            let mine = parser.scope()?;
            let filter = if parser.accept("where") { Some(parser.condition()?) } else { None };
            parser.enforced()?;
            let group = if parser.accept("group") { parser.group()? } else { Vec::new() };
            let having = if parser.accept("having") { Some(parser.condition()?) } else { None };
            let order = if parser.accept("order") { parser.order()? } else { Vec::new() };
            let limit = if parser.accept("limit") { Some(parser.count()?) } else { None };
            let offset = if parser.accept("offset") { Some(parser.count()?) } else { None };
            parser.used()?;
            parser.refuse(&["with", "using", "for", "update"])?;
            Ok(Query { select, from, alias, mine, filter, group, having, order, limit, offset })
        })
    }

    pub(super) fn alias(&mut self) -> Option<String> {
        self.accept("as");
        match self.peek().clone() {
            Token::Word(word) if !RESERVED.iter().any(|reserved| word.eq_ignore_ascii_case(reserved)) => {
                self.next += 1;
                Some(word)
            }
            _ => None,
        }
    }

    fn item(&mut self) -> Result<Item, Fault> {
        if self.accept_sign("(") {
            let query = self.query()?;
            self.sign(")")?;
            return Ok(Item::Children(Box::new(query)));
        }
        if self.is_word("typeof") {
            return self.type_of().map(Item::TypeOf);
        }
        if self.is_word("fields") && matches!(self.after(1), Token::Sign("(")) {
            return self.fields();
        }
        if !matches!(self.after(1), Token::Sign("(")) || self.is_function() {
            let path = self.field()?;
            return Ok(Item::Field { path, alias: self.alias() });
        }
        let call = self.call()?;
        match &call {
            Call { function: Function::Count, path: None, .. } => Ok(Item::Count),
            _ => Ok(Item::Aggregate { call, alias: self.alias() }),
        }
    }

    pub(super) fn call(&mut self) -> Result<Call, Fault> {
        let at = self.at();
        let name = self.name()?;
        let function = match name.to_lowercase().as_str() {
            "count" => Function::Count,
            "count_distinct" => Function::CountDistinct,
            "sum" => Function::Sum,
            "avg" => Function::Avg,
            "min" => Function::Min,
            "max" => Function::Max,
            _ => return Err(malformed(self.text, at, &format!("Not supported by the sandbox: {name}()"))),
        };
        self.sign("(")?;
        let path = if matches!(self.peek(), Token::Sign(")")) { None } else { Some(self.path()?) };
        if path.is_none() && function != Function::Count {
            return Err(self.unexpected());
        }
        self.sign(")")?;
        Ok(Call { function, path, at })
    }
}
