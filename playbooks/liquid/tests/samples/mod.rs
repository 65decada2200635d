//! Random templates and inputs that have something to do with each other.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

const NAMES: [&str; 6] = ["a", "b", "c", "x", "y", "é-1"];
const FIELDS: [&str; 8] = ["a", "b", "n", "first", "last", "size", "x", "name"];

fn literal() -> BoxedStrategy<String> {
    let fixed = [
        "nil",
        "true",
        "false",
        "empty",
        "blank",
        "''",
        "' '",
        "'a'",
        "'n'",
        "'ÆØå €'",
        "0",
        "1",
        "-1",
        "2.50",
        "3",
        "'7'",
    ];
    select(fixed.to_vec()).prop_map(str::to_owned).boxed()
}

fn segment() -> BoxedStrategy<String> {
    prop_oneof![
        4 => select(FIELDS.to_vec()).prop_map(|field| format!(".{field}")),
        1 => (-2_i32..3).prop_map(|at| format!("[{at}]")),
        1 => select(FIELDS.to_vec()).prop_map(|field| format!("['{field}']")),
        1 => select(NAMES.to_vec()).prop_map(|name| format!("[{name}]")),
    ]
    .boxed()
}

fn path() -> BoxedStrategy<String> {
    let root = prop_oneof![
        20 => select(NAMES.to_vec()).prop_map(str::to_owned),
        2 => select(vec!["forloop", "tablerowloop", "forloop.parentloop"]).prop_map(str::to_owned),
        1 => select(NAMES.to_vec()).prop_map(|name| format!("[{name}]")),
    ];
    (root, vec(segment(), 0..3)).prop_map(|(root, segments)| root + &segments.concat()).boxed()
}

fn operand() -> BoxedStrategy<String> {
    prop_oneof![
        6 => path(),
        3 => literal(),
        1 => (path(), -1_i32..6).prop_map(|(path, end)| format!("({path}..{end})")),
        1 => (-2_i32..4, 0_i32..6).prop_map(|(first, last)| format!("({first}..{last})")),
    ]
    .boxed()
}

fn words(text: &'static str) -> Vec<&'static str> {
    text.split_whitespace().collect()
}

/// The argument, or another in place of a literal that the filter could not work with, which is refused.
fn fitting(name: &str, argument: String) -> String {
    let words = ["nil", "true", "false", "empty", "blank"];
    let literal = argument.starts_with(['\'', '-']) || argument.starts_with(|c: char| c.is_ascii_digit());
    match name {
        _ if !literal && !words.contains(&&*argument) => argument,
        "date" | "concat" => "a".to_owned(),
        "slice" | "truncate" | "truncatewords" | "divided_by" | "modulo" => "2".to_owned(),
        _ => argument,
    }
}

fn filter() -> BoxedStrategy<String> {
    let none = "abs capitalize ceil compact downcase escape escape_once first floor join last lstrip newline_to_br \
        reverse round rstrip size sort sort_natural strip strip_html strip_newlines sum truncate \
        truncatewords uniq upcase url_decode url_encode base64_encode base64_decode";
    let one = "append at_least at_most concat date default divided_by find find_index has join map minus modulo \
        plus prepend reject remove remove_first remove_last replace round slice sort split sum times \
        truncate uniq where compact";
    let two = [
        "find",
        "find_index",
        "has",
        "reject",
        "replace",
        "replace_last",
        "slice",
        "truncate",
        "truncatewords",
        "where",
    ];
    prop_oneof![
        select(words(none)).prop_map(str::to_owned),
        (select(words(one)), operand()).prop_map(|(name, argument)| format!("{name}: {}", fitting(name, argument))),
        (select(vec!["map", "where", "sort", "sum", "find"]), select(FIELDS.to_vec()))
            .prop_map(|(name, field)| format!("{name}: '{field}'")),
        (select(two.to_vec()), operand(), operand())
            .prop_map(|(name, one, two)| { format!("{name}: {}, {}", fitting(name, one), fitting(name, two)) }),
        operand().prop_map(|value| format!("default: {value}, allow_false: true")),
        select(vec!["%d.%m.%Y", "%H:%M %Z", "%s", "%-d. %B", "%%"]).prop_map(|format| format!("date: '{format}'")),
    ]
    .boxed()
}

fn chain() -> BoxedStrategy<String> {
    (operand(), vec(filter(), 0..3))
        .prop_map(|(value, filters)| filters.iter().fold(value, |chain, filter| format!("{chain} | {filter}")))
        .boxed()
}

fn condition() -> BoxedStrategy<String> {
    let operators = vec!["==", "!=", "<>", "<", "<=", ">", ">=", "contains"];
    let comparison = prop_oneof![
        operand(),
        (operand(), select(operators), operand())
            .prop_map(|(left, operator, right)| format!("{left} {operator} {right}")),
    ];
    let more = vec((select(vec!["and", "or"]), comparison.clone()), 0..3);
    (comparison, more)
        .prop_map(|(first, more)| more.iter().fold(first, |all, (join, next)| format!("{all} {join} {next}")))
        .boxed()
}

fn leaf() -> BoxedStrategy<String> {
    let names = || select(NAMES.to_vec());
    prop_oneof![
        select(vec!["text ", "\n  ", "é{ }", "{% raw %}{{ a }}{% endraw %}", "{% comment %}{{{% endcomment %}"])
            .prop_map(str::to_owned),
        chain().prop_map(|chain| format!("{{{{ {chain} }}}}")),
        chain().prop_map(|chain| format!("{{{{- {chain} -}}}}")),
        (names(), chain()).prop_map(|(name, chain)| format!("{{% assign {name} = {chain} %}}")),
        (names(), select(vec!["increment", "decrement"])).prop_map(|(name, tag)| format!("{{% {tag} {name} %}}")),
        (operand(), operand(), operand()).prop_map(|(group, one, two)| format!("{{% cycle {group}: {one}, {two} %}}")),
        (operand(), chain())
            .prop_map(|(one, chain)| format!("{{% liquid\n if {one}\n echo {chain}\n endif\n assign x = {chain} %}}")),
    ]
    .boxed()
}

/// Nodes that may stand in a loop if `looping`.
fn body(depth: u32, looping: bool) -> BoxedStrategy<String> {
    let node = if depth == 0 { leaf() } else { prop_oneof![2 => leaf(), 3 => block(depth, looping)].boxed() };
    let breaks = select(vec!["{% break %}", "{% continue %}"]).prop_map(str::to_owned);
    let node = if looping { prop_oneof![12 => node, 1 => breaks].boxed() } else { node };
    vec(node, 0..4).prop_map(|nodes| nodes.concat()).boxed()
}

fn block(depth: u32, looping: bool) -> BoxedStrategy<String> {
    let (inside, turning) = (body(depth - 1, looping), body(depth - 1, true));
    let (inner, turn) = (move || inside.clone(), move || turning.clone());
    let names = || select(NAMES.to_vec());
    let options = select(vec!["", " limit: 2", " offset: 1", " reversed", " offset: continue", " limit: 1 offset: 1"]);
    prop_oneof![
        (condition(), inner(), inner(), condition(), inner()).prop_map(|(one, a, b, two, c)| {
            format!("{{% if {one} %}}{a}{{% elsif {two} %}}{b}{{% else %}}{c}{{% endif %}}")
        }),
        (condition(), inner())
            .prop_map(|(condition, body)| format!("{{% unless {condition} %}}{body}{{% endunless %}}")),
        (condition(), inner()).prop_map(|(condition, body)| format!("{{% if {condition} %}}{body}{{% endif %}}")),
        (operand(), operand(), operand(), inner(), inner()).prop_map(|(subject, one, two, a, b)| {
            format!("{{% case {subject} %}}{{% when {one}, {two} %}}{a}{{% else %}}{b}{{% endcase %}}")
        }),
        (names(), operand(), options, turn()).prop_map(|(name, list, options, body)| {
            format!("{{% for {name} in {list}{options} %}}{body}{{% endfor %}}")
        }),
        (names(), path(), turn(), inner()).prop_map(|(name, list, body, none)| {
            format!("{{% for {name} in {list} %}}{body}{{% else %}}{none}{{% endfor %}}")
        }),
        (names(), operand(), turn()).prop_map(|(name, list, body)| {
            format!("{{% tablerow {name} in {list} cols: 2 %}}{body}{{% endtablerow %}}")
        }),
        (names(), inner()).prop_map(|(name, body)| format!("{{% capture {name} %}}{body}{{% endcapture %}}")),
        inner().prop_map(|body| format!("{{% ifchanged %}}{body}{{% endifchanged %}}")),
    ]
    .boxed()
}

/// Templates that are right.
pub(crate) fn template() -> impl Strategy<Value = String> {
    body(3, false)
}

/// Templates that are mostly wrong: right ones with a piece cut out or put in, and pieces of Liquid in any order.
pub(crate) fn noise() -> impl Strategy<Value = String> {
    let pieces = [
        "{{",
        "}}",
        "{%",
        "%}",
        "{%-",
        "-%}",
        "{{-",
        "-}}",
        " ",
        "\n",
        "if",
        "endif",
        "else",
        "elsif",
        "for",
        "in",
        "endfor",
        "raw",
        "endraw",
        "comment",
        "endcomment",
        "doc",
        "enddoc",
        "liquid",
        "case",
        "when",
        "endcase",
        "#",
        "'",
        "\"",
        "|",
        ":",
        ",",
        "..",
        ".",
        "[",
        "]",
        "(",
        ")",
        "a",
        "é",
        "1",
        "-1.5",
        "date",
        "default",
        "cycle",
        "assign",
        "=",
        "==",
        "and",
        "contains",
        "\u{0}",
    ];
    let scattered = vec(select(pieces.to_vec()), 0..40).prop_map(|pieces| pieces.concat());
    let cut = (template(), any::<prop::sample::Index>(), any::<prop::sample::Index>(), select(pieces.to_vec()));
    let cut = cut.prop_map(|(text, from, to, piece)| {
        let characters: Vec<char> = text.chars().collect();
        let from = from.index(characters.len() + 1);
        let to = (from + to.index(6)).min(characters.len());
        let (before, after) = (characters.iter().take(from), characters.iter().skip(to));
        before.chain(piece.chars().collect::<Vec<_>>().iter()).chain(after).collect()
    });
    prop_oneof![scattered, cut, "\\PC{0,40}"]
}

fn json() -> impl Strategy<Value = Value> {
    let numbers = ["0", "1", "2.50", "-3", "1e3", "0.1", "12345678901234567890.12345", "1e400", "7"];
    let numbers = select(numbers.to_vec()).prop_map(|number| serde_json::from_str::<Value>(number).unwrap_or_default());
    let texts = [
        "",
        " ",
        "a",
        "n",
        "name",
        "Æ\u{301}<b>&amp;</b>",
        "2",
        "1.5",
        "2026-03-29T01:30:00Z",
        "2026-10-25",
        "now",
        "x,y",
    ];
    let leaf = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(Value::from),
        numbers,
        select(texts.to_vec()).prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![vec(inner.clone(), 0..4).prop_map(Value::from), object(&FIELDS, inner)]
    })
}

fn object(names: &'static [&'static str], values: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
    let fields = vec((select(names.to_vec()), values), 0..5);
    fields.prop_map(|fields| {
        Value::Object(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>())
    })
}

/// Inputs.
pub(crate) fn input() -> impl Strategy<Value = Value> {
    object(&NAMES, json())
}
