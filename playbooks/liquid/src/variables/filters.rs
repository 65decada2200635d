//! What filters read of their input and arguments, and what of the input their result is.

use super::Use;
use super::flow::Flow;
use super::plot::Origin;
use crate::filters::Reads;
use crate::tree::{Call, Literal, Term};

/// The result of a filter by where its input comes from.
pub(super) fn apply<'t>(flow: &mut Flow<'t>, input: &Origin, call: &'t Call) -> Origin {
    for (_, option) in &call.options {
        let option = flow.term(option);
        flow.mark(&option, Use::Test, true);
    }
    match call.filter.reads {
        Reads::Text => leaf(flow, input, call, Use::Text),
        Reads::Number => leaf(flow, input, call, Use::Number),
        Reads::Date => leaf(flow, input, call, Use::Date),
        Reads::Size => leaf(flow, input, call, Use::Size),
        Reads::Default => {
            let other = call.arguments.first().map(|argument| flow.term(argument)).unwrap_or_default();
            input.clone().join(&other)
        }
        Reads::Join => {
            flow.mark(input, Use::List, true);
            let items = flow.plot.item(input);
            flow.mark(&items, Use::Text, true);
            arguments(flow, call, 0, Use::Text);
            Origin::default()
        }
        Reads::Items | Reads::Item | Reads::Map | Reads::About => items(flow, input, call),
    }
}

/// The value itself is used up; the result is a new one.
fn leaf<'t>(flow: &mut Flow<'t>, input: &Origin, call: &'t Call, used: Use) -> Origin {
    flow.mark(input, used, true);
    flow.mark_items(input, used);
    arguments(flow, call, 0, if used == Use::Number { Use::Number } else { Use::Text });
    Origin::default()
}

/// The arguments from `from` on are used as values.
fn arguments<'t>(flow: &mut Flow<'t>, call: &'t Call, from: usize, used: Use) {
    for argument in call.arguments.iter().skip(from) {
        let argument = flow.term(argument);
        flow.mark(&argument, used, true);
        flow.mark_items(&argument, used);
    }
}

fn items<'t>(flow: &mut Flow<'t>, input: &Origin, call: &'t Call) -> Origin {
    flow.mark(input, Use::List, true);
    let item = flow.plot.item(input);
    match call.filter.name {
        "first" | "last" => return item,
        "reverse" => return input.clone(),
        "slice" => {
            arguments(flow, call, 0, Use::Number);
            return input.clone();
        }
        "concat" => {
            let more = call.arguments.first().map(|argument| flow.term(argument)).unwrap_or_default();
            flow.mark(&more, Use::List, true);
            return input.clone().join(&more);
        }
        _ => {}
    }
    let used = if call.filter.name == "sum" { Use::Number } else { Use::Comparison };
    let field = named_field(flow, &item, call, used);
    arguments(flow, call, 1, Use::Comparison);
    match call.filter.reads {
        Reads::Item => item,
        Reads::Map => Origin { is: Default::default(), items: field.is },
        Reads::About => Origin::default(),
        _ => input.clone(),
    }
}

/// The field that the first argument names, used so unless it is only taken.
fn named_field<'t>(flow: &mut Flow<'t>, item: &Origin, call: &'t Call, used: Use) -> Origin {
    match call.arguments.first() {
        Some(Term::Literal(Literal::Text(name))) => {
            let field = flow.plot.field(item, name);
            if call.filter.reads != Reads::Map {
                flow.mark(&field, used, false);
            }
            field
        }
        // Which field is only known while rendering.
        Some(argument) => {
            let argument = flow.term(argument);
            flow.mark(&argument, Use::Text, true);
            flow.mark(item, Use::Whole, false);
            Origin::default()
        }
        None => {
            flow.mark(item, used, false);
            Origin::default()
        }
    }
}
