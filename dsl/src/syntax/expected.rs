//! Says what the grammar expected and what it found, in the author's words.

use std::ops::Range;

use engage_engine::problem::Code;
use pest::error::{Error, ErrorVariant, InputLocation};

use crate::diagnostic::Diagnostic;
use crate::lower::codes::{TYPE_SYNONYMS, excerpt};
use crate::syntax::codes;
use crate::syntax::errors::Errors;
use crate::syntax::reader::{Rule, Rules};
use crate::syntax::token::{Kind, Lexer, Token};
use engage_engine::nearest::nearest;

const FIELD_FLAGS: &[&str] = &[
    "required",
    "readonly",
    "public",
    "sensitive",
    "max",
    "write",
    "string",
    "boolean",
    "int",
    "double",
    "decimal",
    "date",
    "datetime",
    "choice",
    "multichoice",
    "ref",
];
const PART_FLAGS: &[&str] = &["readonly", "optional", "root", "replace", "match", "sort", "limit", "where"];
const BLOCK_FLAGS: &[&str] = &["when", "after", "as", "allow", "at"];
const TRANSFORMATIONS: &[&str] = &[
    "identity",
    "extract",
    "project",
    "join",
    "split",
    "serialize",
    "base64decode",
    "default",
    "map",
    "format",
    "where",
    "first",
    "count",
    "require",
];
const REQUIREMENT_FLAGS: &[&str] = &["optional", "deferred"];
const COMPARISONS: &[&str] = &["contains", "starts", "ends", "in", "not", "is"];
const DIRECTIONS: &[&str] = &["asc", "desc"];
/// How words are called elsewhere.
const SYNONYMS: &[(&str, &str)] = &[("ascending", "asc"), ("descending", "desc"), ("like", "contains")];

/// A statement that did not parse: where, and what to say about it.
#[derive(Debug)]
pub(super) struct Failure {
    /// The offending token, in the text that was parsed.
    pub(super) token: Range<usize>,
    /// What may stand in its place, so that the rest makes sense.
    pub(super) repair: Option<Repair>,
    code: Code,
    message: String,
    label: String,
    help: Option<String>,
    suggestion: Option<String>,
}

/// What may stand in the place of the offending token and what belongs to it.
#[derive(Debug, Clone)]
pub(super) struct Repair {
    /// How many bytes it replaces.
    pub(super) length: usize,
    /// The word that was meant, or nothing.
    pub(super) word: String,
}

impl Failure {
    /// Whether it is a word in the place of a flag: what stands before it makes sense.
    pub(super) fn is_flag(&self) -> bool {
        self.code == codes::UNKNOWN_WORD.code
    }

    /// The diagnostic, for a text that starts at `base` in the file; `token` is where the token stands in it.
    pub(super) fn diagnostic(self, token: Range<usize>, errors: &Errors, base: usize, text: &str) -> Diagnostic {
        let end = (base + token.end).min(text.len());
        let span = errors.span((base + token.start).min(end), end);
        let diagnostic = Diagnostic::error(self.code, span, self.message).label(self.label);
        Diagnostic { help: self.help, suggestion: self.suggestion, ..diagnostic }
    }
}

/// Explains why a text did not parse.
pub(super) fn explain(error: &Error<Rule>, source: &str, rules: Rules) -> Failure {
    let at = match error.location {
        InputLocation::Pos(at) | InputLocation::Span((at, _)) => at,
    };
    let expected = match &error.variant {
        ErrorVariant::ParsingError { positives, .. } => positives.as_slice(),
        ErrorVariant::CustomError { .. } => &[],
    };
    let token = Lexer::of(source, at, source.len()).find(|token| token.kind != Kind::Comment);
    if let Some(failure) = misspelt_start(source, token, rules) {
        return failure;
    }
    let word = token.filter(|token| token.kind == Kind::Word).map(|token| token.text(source));
    if let (Some(token), Some(word)) = (token, word)
        && let Some((flags, what)) = flags(expected)
    {
        if nearest(word, flags.iter().copied()).is_none() && meant(word, expected).is_some() {
            return unexpected(source, at, Some(token), expected);
        }
        return unknown_flag(source, token, word, flags, what);
    }
    unexpected(source, at, token, expected)
}

/// The words that could stand at the place, where flags may.
fn flags(expected: &[Rule]) -> Option<(&'static [&'static str], &'static str)> {
    // What has to follow is more to the point than what may.
    let due = expected.iter().any(|rule| matches!(rule, Rule::colon | Rule::equals));
    expected.iter().find_map(|rule| match rule {
        Rule::field_flag => Some((FIELD_FLAGS, "flag or type of a field")),
        Rule::part_flag => Some((PART_FLAGS, "flag of a part")),
        Rule::block_flag if !due => Some((BLOCK_FLAGS, "flag of a block")),
        Rule::transformation => Some((TRANSFORMATIONS, "transformation")),
        Rule::requirement_flag => Some((REQUIREMENT_FLAGS, "flag of a requirement")),
        _ => None,
    })
}

fn unknown_flag(source: &str, token: Token, word: &str, flags: &'static [&'static str], what: &str) -> Failure {
    let synonym = TYPE_SYNONYMS.iter().find(|(name, _)| name.eq_ignore_ascii_case(word));
    let synonym = synonym.map(|(_, meant)| meant.to_ascii_lowercase()).filter(|meant| flags.contains(&meant.as_str()));
    let meant = synonym.or_else(|| nearest(word, flags.iter().copied()));
    let length = match meant {
        Some(_) => token.end - token.start,
        None => arguments(source, token.end, flags.contains(&"choice")) - token.start,
    };
    Failure {
        token: token.start..token.end,
        repair: Some(Repair { length, word: meant.clone().unwrap_or_default() }),
        code: codes::UNKNOWN_WORD.code,
        message: format!("`{}` is no {what}", excerpt(word)),
        label: String::new(),
        help: Some(format!("there are {}", listed(flags))),
        suggestion: meant,
    }
}

fn listed(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

/// The end of what belongs to a flag that nobody knows: texts, numbers and brackets behind it. Braces at the end of a
/// part are its values.
fn arguments(source: &str, from: usize, braces: bool) -> usize {
    let (mut end, mut depth) = (from, 0_usize);
    for token in Lexer::of(source, from, source.len()) {
        match token.kind {
            Kind::Open if depth == 0 && !braces && token.text(source) == "{" => break,
            Kind::Open => depth += 1,
            Kind::Close => depth = depth.saturating_sub(1),
            Kind::Text | Kind::Number => {}
            _ if depth > 0 => {}
            _ => break,
        }
        end = token.end;
    }
    end
}

/// A statement whose second token is wrong because its first is a misspelt word: `descripton "…"`.
fn misspelt_start(source: &str, at: Option<Token>, rules: Rules) -> Option<Failure> {
    let mut tokens = Lexer::of(source, 0, source.len());
    let first = tokens.next().filter(|token| token.kind == Kind::Word)?;
    let word = first.text(source);
    let keyword = at == Some(first);
    if (tokens.next() != at && !keyword) || rules.words.contains(&word) {
        return None;
    }
    // A label of one letter is near to `as`; what tells them apart is what follows.
    let application = at.is_some_and(|at| at.text(source) == "application");
    let meant = nearest(word, rules.words.iter().copied().filter(|word| *word != "as" || application));
    // Where every statement starts with a word of its own, a word that is near to none is no better.
    if meant.is_none() && (!keyword || rules.words.is_empty()) {
        return None;
    }
    Some(Failure {
        token: first.start..first.end,
        repair: meant.clone().map(|word| Repair { length: first.end - first.start, word }),
        code: codes::UNKNOWN_WORD.code,
        message: format!("`{}` starts no statement of {}", excerpt(word), rules.owner),
        label: String::new(),
        help: Some(format!("there are {}", listed(rules.words))),
        suggestion: meant,
    })
}

fn unexpected(source: &str, at: usize, token: Option<Token>, expected: &[Rule]) -> Failure {
    let phrases = phrases(expected);
    let found = found(source, token);
    let message = match phrases.as_slice() {
        [] => format!("unexpected {found}"),
        [one] => format!("expected {one}, found {found}"),
        [head @ .., last] => format!("expected {} or {last}, found {found}", head.join(", ")),
    };
    let end = token.filter(|token| token.kind != Kind::Newline);
    // At the end of a statement there is nothing to mark.
    let token_at = end.map_or(at..at, |token| token.start..token.end);
    let suggestion = suggestion(source, token, expected);
    Failure {
        repair: suggestion.clone().map(|word| Repair { length: token_at.len(), word }),
        token: token_at,
        code: codes::UNEXPECTED.code,
        message,
        label: if phrases.len() == 1 { format!("expected {}", phrases.concat()) } else { String::new() },
        help: help(source, token, expected),
        suggestion,
    }
}

fn found(source: &str, token: Option<Token>) -> String {
    let Some(token) = token else { return "the end of the statement".to_owned() };
    let text = excerpt(token.text(source));
    match token.kind {
        Kind::Newline => "the end of the line".to_owned(),
        Kind::Text => format!("the text `{text}`"),
        Kind::Number => format!("the number `{text}`"),
        _ => format!("`{text}`"),
    }
}

fn help(source: &str, token: Option<Token>, expected: &[Rule]) -> Option<String> {
    let token = token?;
    let written = token.text(source);
    let text_fits = expected.contains(&Rule::text);
    if written.starts_with(['“', '”', '„', '«', '‘', '’', '\'']) {
        return Some("texts stand in straight double quotes: `\"…\"`".to_owned());
    }
    if text_fits && matches!(token.kind, Kind::Word | Kind::Quoted | Kind::Number) {
        return Some("put texts in double quotes: `\"…\"`".to_owned());
    }
    if expected.contains(&Rule::name) && token.kind == Kind::Text {
        return Some("names stand without quotes; put one with unusual characters in backticks".to_owned());
    }
    if written == "=" && compares(expected) {
        return Some("a comparison is written `==`".to_owned());
    }
    if written == ";" || (matches!(written, "->" | ":") && expected.contains(&Rule::EOI)) {
        return Some("a newline or a comma ends a statement".to_owned());
    }
    if written == "/" {
        return Some("a comment starts with `#`".to_owned());
    }
    if matches!(written, "&" | "|") && expected.contains(&Rule::and_word) {
        return Some("conditions are joined by `and` and `or`".to_owned());
    }
    None
}

fn suggestion(source: &str, token: Option<Token>, expected: &[Rule]) -> Option<String> {
    let token = token?;
    let written = token.text(source);
    if written == "=" && compares(expected) {
        return Some("==".to_owned());
    }
    if token.kind != Kind::Word {
        return None;
    }
    meant(written, expected)
}

fn compares(expected: &[Rule]) -> bool {
    expected.iter().any(|rule| matches!(rule, Rule::comparison | Rule::check_comparison))
}

/// The word that a word in the place of some rules was meant to be.
fn meant(written: &str, expected: &[Rule]) -> Option<String> {
    let comparisons = if compares(expected) { COMPARISONS } else { &[] };
    let directions = if expected.contains(&Rule::direction) { DIRECTIONS } else { &[] };
    let known = expected.iter().filter_map(|rule| keyword(*rule)).chain(comparisons.iter().copied());
    let words: Vec<&str> = known.chain(directions.iter().copied()).collect();
    let synonym = SYNONYMS.iter().find(|(word, meant)| *word == written && words.contains(meant));
    let synonym = synonym.map(|(_, meant)| (*meant).to_owned());
    synonym.or_else(|| nearest(written, words)).filter(|meant| meant != written)
}

/// The word that a rule stands for.
fn keyword(rule: Rule) -> Option<&'static str> {
    Some(match rule {
        Rule::on_word => "on",
        Rule::in_word => "in",
        Rule::as_word => "as",
        Rule::application => "application",
        Rule::via_word => "via",
        Rule::or_word => "or",
        Rule::and_word => "and",
        Rule::direction => "desc",
        Rule::pinned | Rule::version_word => "version",
        Rule::replaces => "replaces",
        Rule::optional_word => "optional",
        _ => return None,
    })
}

/// What rules stand for, once each, in a fixed order.
fn phrases(expected: &[Rule]) -> Vec<String> {
    let mut phrases: Vec<String> = Vec::new();
    let value = [Rule::text, Rule::number, Rule::boolean].iter().all(|rule| expected.contains(rule));
    for rule in expected {
        let phrase = match rule {
            Rule::text | Rule::number | Rule::boolean | Rule::null | Rule::list if value => "a value".to_owned(),
            rule => match phrase(*rule) {
                Some(phrase) => phrase,
                None => continue,
            },
        };
        if !phrases.contains(&phrase) {
            phrases.push(phrase);
        }
    }
    phrases.sort_by_key(|phrase| (phrase == END, !phrase.starts_with('`')));
    phrases
}

const END: &str = "the end of the statement";

/// What an author calls a rule; `None` for those that only belong to another one.
fn phrase(rule: Rule) -> Option<String> {
    let phrase = match rule {
        Rule::EOI => END,
        Rule::name => "a name",
        Rule::text => "a text in double quotes",
        Rule::number => "a number",
        Rule::boolean => "`true` or `false`",
        Rule::null => "`null`",
        Rule::list => "a list",
        Rule::literal | Rule::value | Rule::wire => "a value",
        Rule::names | Rule::no_names => "names in parentheses: `(Email)`",
        Rule::operands => "values in parentheses: `(\"a\", \"b\")`",
        Rule::open => "`(`",
        Rule::close => "`)`",
        Rule::close_list => "`]`",
        Rule::open_block | Rule::assignments => "`{`",
        Rule::close_block => "`}`",
        Rule::multiple => "`[]`",
        Rule::arrow => "`->`",
        Rule::colon => "`:`",
        Rule::dot => "`.`",
        Rule::equals => "`=`",
        Rule::fixed => "`:=`",
        Rule::otherwise => "`??`",
        Rule::field_flag | Rule::field_mark | Rule::plain_type => "a flag or type",
        Rule::part_flag | Rule::requirement_flag | Rule::part_mark => "a flag",
        Rule::reference => "`part.Field`",
        Rule::json_list => "a list",
        Rule::json_object => "an object",
        Rule::json_entry => "`\"key\": value`",
        Rule::mappings => "`{`",
        Rule::mapping => "`destination: source`",
        Rule::everything => "`*`",
        Rule::path => "a path",
        Rule::source | Rule::output => "a source: `block.Path` or a value",
        Rule::transformation => "a transformation such as `join(\", \")` or `first`",
        Rule::step => "`|`",
        Rule::required => "`!`",
        Rule::index | Rule::every | Rule::key_text => "`[…]`",
        Rule::block_flag => "a flag",
        Rule::declared_type | Rule::plain_text => "a type such as `string` or `ref account`",
        Rule::duration => "a time such as `90s`, `30m` or `2h`",
        Rule::check_operands => "values in parentheses: `(\"a\", \"b\")`",
        Rule::check | Rule::check_all | Rule::check_one | Rule::check_test => "a condition",
        Rule::check_parens | Rule::check_group => "a condition",
        Rule::check_comparison => "a comparison such as `==`, `!=`, `contains`, `in (…)` or `is null`",
        Rule::arguments => "`(`",
        Rule::declared | Rule::portals | Rule::zone | Rule::event_body => "an argument: `note: string`, `portals: […]`",
        Rule::pattern_block | Rule::template_block | Rule::filter_block | Rule::trigger_block => {
            "a block: `read x = …`"
        }
        Rule::ai_block | Rule::output_block | Rule::input_block | Rule::file_block => "a block: `read x = …`",
        Rule::fork | Rule::deadline | Rule::concurrency => "a block: `read x = …`",
        Rule::version_item => "`version 1 { … }`",
        Rule::model | Rule::prompt | Rule::schema | Rule::max_tokens => {
            "`model`, `prompt`, `input`, `output` or `max_tokens`"
        }
        Rule::map_pair | Rule::map_else => "`value: value`",
        Rule::condition | Rule::conjunction | Rule::unary | Rule::test | Rule::parens | Rule::group => "a condition",
        Rule::comparison => "a comparison such as `==`, `!=`, `contains`, `in (…)` or `is null`",
        Rule::description | Rule::key | Rule::idempotency | Rule::embedded | Rule::field => "a field: `Name -> column`",
        Rule::escalation | Rule::part | Rule::requirement => "a part: `label : entity`",
        Rule::assignment => "`Field = value`",
        Rule::choice => "a choice: `Name = value`",
        other => return keyword(other).map(|word| format!("`{word}`")),
    };
    Some(phrase.to_owned())
}
