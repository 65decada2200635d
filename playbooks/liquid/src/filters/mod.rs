//! The filters: one table of names, arguments and functions.

mod date;
mod encode;
mod html;
mod list;
mod number;
mod select;
mod text;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::error::RenderErrorKind;
use crate::limits::{ITEM_BYTES, Meter};
use crate::tree;
use crate::value::{Text, Value, to_text};

/// A filter.
#[derive(Debug)]
pub(crate) struct Filter {
    pub(crate) name: &'static str,
    /// How many arguments it takes at least and at most.
    arguments: (usize, usize),
    options: &'static [&'static str],
    pub(crate) run: Run,
    pub(crate) reads: Reads,
}

type Run = for<'v> fn(&mut Call<'_, 'v>) -> Outcome<Value<'v>>;

/// What a filter takes from its input: what the input must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reads {
    Text,
    Number,
    Date,
    /// Some of the items, in some order. A first argument names a field of them.
    Items,
    /// One of the items, found by its place or by a field of it.
    Item,
    /// A field of each item.
    Map,
    /// A figure or answer about the items.
    About,
    /// The items as text.
    Join,
    /// How much it is.
    Size,
    /// The input or the argument.
    Default,
}

/// Why a filter gave no value.
#[derive(Debug)]
pub(crate) enum Failure {
    Reason(&'static str),
    Limit(RenderErrorKind),
}

impl From<RenderErrorKind> for Failure {
    fn from(kind: RenderErrorKind) -> Self {
        Self::Limit(kind)
    }
}

pub(crate) type Outcome<T> = Result<T, Failure>;

fn reason<T>(reason: &'static str) -> Outcome<T> {
    Err(Failure::Reason(reason))
}

/// One use of a filter while rendering.
pub(crate) struct Call<'c, 'v> {
    pub(crate) input: Value<'v>,
    pub(crate) arguments: &'c [Value<'v>],
    pub(crate) options: &'c [(&'v str, Value<'v>)],
    pub(crate) meter: &'c mut Meter<'v>,
    pub(crate) now: Timestamp,
    pub(crate) zone: &'c TimeZone,
}

impl<'v> Call<'_, 'v> {
    fn text(&mut self) -> Outcome<Text<'v>> {
        Ok(to_text(&self.input, self.meter)?)
    }

    /// The argument, or nil.
    fn argument(&self, at: usize) -> Value<'v> {
        self.arguments.get(at).cloned().unwrap_or(Value::Nil)
    }

    fn argument_text(&mut self, at: usize) -> Outcome<Text<'v>> {
        Ok(to_text(&self.argument(at), self.meter)?)
    }

    /// The items of a list and of the lists in it; anything else but nil is its own only item.
    fn items(&mut self) -> Outcome<Vec<Value<'v>>> {
        let mut items = Vec::new();
        flatten(&self.input.clone(), &mut items, self.meter, 0)?;
        Ok(items)
    }
}

fn flatten<'v>(value: &Value<'v>, items: &mut Vec<Value<'v>>, meter: &mut Meter<'_>, depth: usize) -> Outcome<()> {
    let max = meter.limits.depth();
    if depth > max {
        return Err(RenderErrorKind::DepthLimit { max }.into());
    }
    match value {
        Value::Nil if depth == 0 => {}
        Value::List(_) | Value::Range(..) => {
            meter.value(items.len().saturating_add(value.length()).saturating_mul(ITEM_BYTES))?;
            meter.items(value.length())?;
            for at in 0..value.length() {
                flatten(&value.item(at), items, meter, depth + 1)?;
            }
        }
        _ => items.push(value.clone()),
    }
    Ok(())
}

macro_rules! filters {
    ($($name:ident $least:literal..$most:literal $([$($option:literal),*])? $reads:ident $run:path;)*) => {
        /// By name.
        static FILTERS: &[Filter] = &[$(Filter {
            name: stringify!($name),
            arguments: ($least, $most),
            options: &[$($($option),*)?],
            run: $run,
            reads: Reads::$reads,
        }),*];
    };
}

filters! {
    abs 0..0 Number number::abs;
    append 1..1 Text text::append;
    at_least 1..1 Number number::at_least;
    at_most 1..1 Number number::at_most;
    base64_decode 0..0 Text encode::base64_decode;
    base64_encode 0..0 Text encode::base64_encode;
    base64_url_safe_decode 0..0 Text encode::base64_url_safe_decode;
    base64_url_safe_encode 0..0 Text encode::base64_url_safe_encode;
    capitalize 0..0 Text text::capitalize;
    ceil 0..0 Number number::ceil;
    compact 0..1 Items list::compact;
    concat 1..1 Items list::concat;
    date 1..1 Date date::date;
    default 0..1 ["allow_false"] Default list::default;
    divided_by 1..1 Number number::divided_by;
    downcase 0..0 Text text::downcase;
    escape 0..0 Text html::escape;
    escape_once 0..0 Text html::escape_once;
    find 1..2 Item select::find;
    find_index 1..2 About select::find_index;
    first 0..0 Item list::first;
    floor 0..0 Number number::floor;
    h 0..0 Text html::escape;
    has 1..2 About select::has;
    join 0..1 Join list::join;
    last 0..0 Item list::last;
    lstrip 0..0 Text text::lstrip;
    map 1..1 Map select::map;
    minus 1..1 Number number::minus;
    modulo 1..1 Number number::modulo;
    newline_to_br 0..0 Text html::newline_to_br;
    plus 1..1 Number number::plus;
    prepend 1..1 Text text::prepend;
    reject 1..2 Items select::reject;
    remove 1..1 Text text::remove;
    remove_first 1..1 Text text::remove_first;
    remove_last 1..1 Text text::remove_last;
    replace 1..2 Text text::replace;
    replace_first 1..2 Text text::replace_first;
    replace_last 2..2 Text text::replace_last;
    reverse 0..0 Items list::reverse;
    round 0..1 Number number::round;
    rstrip 0..0 Text text::rstrip;
    size 0..0 Size list::size;
    slice 1..2 Items list::slice;
    sort 0..1 Items list::sort;
    sort_natural 0..1 Items list::sort_natural;
    split 1..1 Text text::split;
    strip 0..0 Text text::strip;
    strip_html 0..0 Text html::strip_html;
    strip_newlines 0..0 Text html::strip_newlines;
    sum 0..1 About select::sum;
    times 1..1 Number number::times;
    truncate 0..2 Text text::truncate;
    truncatewords 0..2 Text text::truncatewords;
    uniq 0..1 Items list::uniq;
    upcase 0..0 Text text::upcase;
    url_decode 0..0 Text encode::url_decode;
    url_encode 0..0 Text encode::url_encode;
    where 1..2 Items select::filter;
}

/// The filter of that name.
pub(crate) fn find(name: &str) -> Option<&'static Filter> {
    FILTERS.iter().find(|filter| filter.name == name)
}

/// The names of all filters.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    FILTERS.iter().map(|filter| filter.name)
}

/// Whether a filter is used as it can be; message and help if not.
pub(crate) fn check(call: &tree::Call) -> Result<(), (String, String)> {
    let Filter { name, arguments: (least, most), options, .. } = *call.filter;
    let count = call.arguments.len();
    if count < least || count > most {
        let takes = match (least, most) {
            (0, 0) => "no arguments".to_owned(),
            (1, 1) => "1 argument".to_owned(),
            _ if least == most => format!("{least} arguments"),
            _ => format!("{least} to {most} arguments"),
        };
        let help = if count < least { format!("write `{name}: …`") } else { "take what is too much away".to_owned() };
        return Err((format!("`{name}` takes {takes}, not {count}"), help));
    }
    if let Some((option, _)) = call.options.iter().find(|(option, _)| !options.contains(&&**option)) {
        return Err((format!("`{name}` has no option `{option}`"), "arguments have no names".to_owned()));
    }
    if let Some(tree::Term::Literal(tree::Literal::Text(format))) = call.arguments.first()
        && name == "date"
    {
        return date::check(format);
    }
    for (at, argument) in call.arguments.iter().enumerate() {
        if let tree::Term::Literal(literal) = argument
            && let Some(fault) = fault(name, at, &Value::from(literal))
        {
            return Err((format!("`{name}`: {fault}"), "whatever the input, this could only fail".to_owned()));
        }
    }
    Ok(())
}

/// Why a filter could never work with an argument that is written in the template.
fn fault(name: &str, at: usize, argument: &Value<'_>) -> Option<&'static str> {
    let is_nil = matches!(argument, Value::Nil);
    let outcome = match (name, at) {
        ("divided_by" | "modulo", _) => number::divisor(argument).map(|_| ()),
        ("slice", 0) | ("truncate" | "truncatewords", 0) => text::whole(argument).map(|_| ()),
        ("slice", _) if !is_nil => text::whole(argument).map(|_| ()),
        ("concat", _) => reason("the argument is no list"),
        _ => Ok(()),
    };
    match outcome {
        Err(Failure::Reason(reason)) => Some(reason),
        _ => None,
    }
}

/// Whether an option of a loop that is written in the template could never work.
pub(crate) fn is_no_count(term: &tree::Term) -> bool {
    match term {
        tree::Term::Literal(tree::Literal::Nil) => false,
        tree::Term::Literal(literal) => text::whole(&Value::from(literal)).is_err(),
        _ => false,
    }
}

/// The whole part of the number that a value is, 0 if it is none.
pub(crate) fn whole_part(value: &Value<'_>) -> i64 {
    text::number(value).truncated()
}
