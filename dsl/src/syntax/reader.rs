//! Parses statements with the grammar and goes on where one does not parse.

use pest::Parser as _;
use pest::iterators::{Pair, Pairs};

use crate::diagnostic::Diagnostic;
use crate::lower::codes::excerpt;
use crate::source::{Span, Spanned};
use crate::syntax::errors::Errors;
use crate::syntax::expected::Repair;
use crate::syntax::outline::{Block, Line, Statement};
use crate::syntax::repair::{Edits, Repaired};
use crate::syntax::token::{LONG, Lexer};
use crate::syntax::tree::{Item, Name};
use crate::syntax::{KEYWORDS, codes, expected, text};
use engage_engine::nearest::nearest;

#[derive(pest_derive::Parser)]
#[grammar = "grammar.pest"]
struct Grammar;

/// The rules that read one kind of statement.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules {
    /// The whole statement.
    pub(super) whole: Rule,
    /// As much of its head as makes sense, for statements with an error behind it.
    pub(super) head: Option<Rule>,
    /// What the statement belongs to, with its article.
    pub(super) owner: &'static str,
    /// The words that may start it.
    pub(super) words: &'static [&'static str],
}

/// Words that are put right in one statement before it is given up.
const MAX_REPAIRS: usize = 8;

/// Reads the statements of one file.
pub(super) struct Reader<'a> {
    pub(super) text: &'a str,
    pub(super) errors: Errors,
    /// Where the text that is being parsed starts in the file.
    base: usize,
    /// What was put right in that text.
    edits: Edits,
    /// The statement that is being parsed has its error already.
    damaged: bool,
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str, errors: Errors) -> Self {
        Self { text, errors, base: 0, edits: Edits::default(), damaged: false }
    }

    /// Reads an item: by its first word, or by the word that was most likely meant.
    pub(super) fn item(&mut self, block: &Block) -> Option<Item> {
        let header = &block.header.range;
        let keyword = Lexer::of(self.text, header.start, header.end).next()?;
        let written = keyword.text(self.text);
        let span = self.errors.span(keyword.start, keyword.end);
        let known = if KEYWORDS.contains(&written) { Some(written.to_owned()) } else { nearest(written, KEYWORDS) };
        if known.as_deref() != Some(written) && !block.header.damaged {
            let message = format!("`{}` is no kind of item", excerpt(written));
            let next = Lexer::of(self.text, keyword.end, header.end).next().map(|token| token.text(self.text));
            let help = match (written, next) {
                ("/", _) => "a comment starts with `#`",
                (_, Some(":")) | ("-", _) => "this looks like YAML: give the file a name that ends in `.yaml`",
                _ => "a file holds items: `entity`, `pattern`, `playbook`, `capability` and `mapper`",
            };
            let error = Diagnostic::error(codes::UNKNOWN_ITEM.code, span, message).help(help);
            self.errors.push(Diagnostic { suggestion: known.clone(), ..error });
        }
        let known = known?;
        let one_line = known == "mapper";
        if one_line && block.opened {
            let at = self.errors.span(header.start, header.end);
            let error = Diagnostic::error(codes::UNEXPECTED.code, at, "a mapper has no body");
            self.errors.push(error.help("write `mapper UseCase -> pattern`, or `-> pattern.part.Field`"));
        }
        if !block.opened && !block.header.damaged && !one_line {
            let at = self.errors.span(header.start, header.end);
            let error = Diagnostic::error(codes::NO_BODY.code, at, format!("the {known} has no body"));
            self.errors.push(error.label("expected `{` after this").help("add `{ }`, with the statements inside"));
        }
        if let Some(split) = &block.split {
            let at = self.errors.span(split.start, split.end);
            let written = excerpt(self.text.get(split.clone()).unwrap_or(""));
            let error = Diagnostic::error(codes::UNEXPECTED.code, at, format!("expected `{{`, found `{written}`"));
            self.errors.push(error.help("write the header on one line"));
        }
        let Statement { damaged, deep, .. } = block.header;
        let rest = Statement { range: keyword.end..header.end, damaged, deep, comment: None };
        let whole = self.errors.span(header.start, header.end);
        match known.as_str() {
            "entity" => self.entity(whole, &rest, block),
            "pattern" => self.pattern(whole, &rest, block),
            "playbook" => self.playbook(whole, &rest, block),
            "capability" => self.capability(whole, &rest, block),
            _ => self.mapper(whole, &rest),
        }
    }

    /// Reads the statements of a body: all at once where they are right, which saves the grammar's preparations for
    /// each of them, else one by one.
    pub(super) fn body<T>(
        &mut self,
        block: &Block,
        all: Rule,
        rules: Rules,
        build: fn(&mut Self, Pair<'_, Rule>) -> Option<T>,
    ) -> Vec<T> {
        let statements = || {
            block.body.iter().filter_map(|line| match line {
                Line::Statement(statement) => Some(statement),
                Line::Comment(_) | Line::Blank => None,
            })
        };
        let (Some(first), Some(last)) = (statements().next(), statements().next_back()) else { return Vec::new() };
        if statements().all(|statement| !statement.damaged && !statement.deep) {
            let whole = first.range.start..last.range.end;
            if let Ok(pairs) = Grammar::parse(all, self.text.get(whole.clone()).unwrap_or("")) {
                self.start(whole.start, false);
                return pairs.filter_map(|pair| build(self, pair)).collect();
            }
        }
        let one = |reader: &mut Self, mut pairs: Pairs<'_, Rule>| build(reader, pairs.next()?);
        statements().filter_map(|statement| self.statement(statement, rules, one)).collect()
    }

    /// Parses a statement and builds its tree. A misspelt word is reported and read as the one that was meant; after
    /// any other error the head of the statement is kept, so that what refers to it does not fail as well.
    pub(super) fn statement<T>(
        &mut self,
        statement: &Statement,
        rules: Rules,
        build: impl Fn(&mut Self, Pairs<'_, Rule>) -> Option<T>,
    ) -> Option<T> {
        let slice = self.text.get(statement.range.clone()).filter(|_| !statement.deep)?;
        // A header that goes on in another line is read as if it stood on one.
        let joined = (rules.head.is_none() && slice.contains('\n')).then(|| slice.replace('\n', " "));
        let slice = joined.as_deref().unwrap_or(slice);
        self.start(statement.range.start, statement.damaged);
        if statement.damaged {
            return build(self, Grammar::parse(rules.head?, slice).ok()?);
        }
        if let Ok(pairs) = Grammar::parse(rules.whole, slice) {
            return build(self, pairs);
        }
        let source = self.repaired(slice, rules);
        match Grammar::parse(rules.whole, &source) {
            Ok(pairs) => build(self, pairs),
            Err(_) => build(self, Grammar::parse(rules.head?, &source).ok()?),
        }
    }

    /// Prepares for a text that starts at an offset of the file.
    fn start(&mut self, base: usize, damaged: bool) {
        (self.base, self.damaged, self.edits) = (base, damaged, Edits::default());
    }

    /// Reports what is wrong with a statement, slip by slip, and gives it as far as it could be put right.
    fn repaired(&mut self, slice: &str, rules: Rules) -> String {
        let mut repaired = Repaired::new(slice);
        // Something unexpected right behind a word that was put in, or taken out, is the doing of that word.
        let mut put_in = None;
        for repairs in 0..=MAX_REPAIRS {
            let Err(error) = Grammar::parse(rules.whole, &repaired.text) else { break };
            if self.errors.is_full() {
                break;
            }
            let failure = expected::explain(&error, &repaired.text, rules);
            let behind = |at: usize| repaired.text.get(at..failure.token.start).is_none_or(|gap| gap.trim().is_empty());
            if !failure.is_flag() && put_in.is_some_and(|at| failure.token.start <= at || behind(at)) {
                break;
            }
            let (token, repair) = (failure.token.clone(), failure.repair.clone());
            let place = repaired.edits.original(token.start)..repaired.edits.original(token.end);
            let error = failure.diagnostic(place, &self.errors, self.base, self.text);
            self.errors.push(error);
            let Some(Repair { length, word }) = repair.filter(|_| repairs < MAX_REPAIRS) else { break };
            put_in = Some(token.start + word.len());
            repaired.replace(token.start..token.start + length, &word);
        }
        self.edits = repaired.edits;
        repaired.text
    }

    /// Whether the statement that is being read has its error already.
    pub(super) fn is_damaged(&self) -> bool {
        self.damaged
    }

    /// Reports an entry of a block that is none.
    pub(super) fn bad_entry(&mut self, pair: &Pair<'_, Rule>, rules: Rules) {
        if self.damaged {
            return;
        }
        let entry = pair.as_str();
        if let Err(failure) = Grammar::parse(rules.whole, entry) {
            let base = self.base + self.edits.original(pair.as_span().start());
            let failure = expected::explain(&failure, entry, rules);
            let token = failure.token.clone();
            let error = failure.diagnostic(token, &self.errors, base, self.text);
            self.errors.push(error);
        }
    }

    /// The place of a pair in the file.
    pub(super) fn span(&self, pair: &Pair<'_, Rule>) -> Span {
        let span = pair.as_span();
        let length = span.as_str().trim_end_matches(['\n', ' ', '\t', '\r']).len();
        self.place(span.start(), span.start() + length)
    }

    /// The place in the file of a range of the text that is being parsed.
    fn place(&self, start: usize, end: usize) -> Span {
        self.errors.span(self.base + self.edits.original(start), self.base + self.edits.original(end))
    }

    /// The decoded text of a name or a text.
    pub(super) fn name(&mut self, pair: &Pair<'_, Rule>) -> Name {
        let (written, span) = (pair.as_str(), self.span(pair));
        let marked = written.len() >= 2 && written.starts_with(['"', '`']);
        if !marked {
            return Spanned::new(written.to_owned(), span);
        }
        let long = written.len() >= 2 * LONG.len() && written.starts_with(LONG);
        let mark = if long { LONG.len() } else { 1 };
        let inner = written.get(mark..written.len() - mark).unwrap_or("");
        let mut bad = Vec::new();
        let value = if long { text::decode_long(inner, &mut bad) } else { text::decode(inner, &mut bad) };
        for escape in bad {
            let start = pair.as_span().start() + mark + escape.at;
            let at = self.place(start, start + escape.length);
            let error = Diagnostic::error(codes::BAD_ESCAPE.code, at, "unknown escape");
            self.errors.push(error.help("a backslash itself is written `\\\\`, any character `\\u{…}`"));
        }
        Spanned::new(value, span)
    }
}

/// Whether the grammar takes a text as a name.
#[cfg(test)]
pub(super) fn is_name(text: &str) -> bool {
    Grammar::parse(Rule::name, text).is_ok()
}
