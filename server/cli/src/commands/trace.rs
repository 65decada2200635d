//! `engage trace`: where every value of a playbook comes from, and where it goes.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use clap::ValueEnum;
use engage_engine::nearest::nearest;
use engage_playbooks::lineage::{Flow, Lineage, Sink, SinkKind, Start};
use serde_json::{Value as Json, json};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::io::Io;
use crate::target::{self, On};
use crate::workspace;

const EXAMPLES: &str = "\
Examples:
  engage trace                             every playbook of the workspace
  engage trace portal-lead --crm salesforce
  engage trace contact.Email               from and to a field, in all playbooks
  engage trace trigger.Meeting.Title --format dot | dot -Tsvg > trace.svg

A sensitive field is marked with `!`. It reaches an AI block only where the block says why it may; anything else is an
error of `engage check`.";

/// Arguments of `engage trace`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// A playbook; or a field (`contact.Email`), a path of an event (`trigger.Meeting.Title`), a block or a column
    #[arg(value_name = "PLAYBOOK|FIELD")]
    pub name: Option<String>,
    /// The workspace and the CRM.
    #[command(flatten)]
    pub on: On,
    /// How to write
    #[arg(long, value_enum, default_value_t = Form::Text, value_name = "FORMAT")]
    pub format: Form,
}

/// The forms of a trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Form {
    /// For people
    Text,
    /// For programs; stable
    Json,
    /// The language of Graphviz
    Dot,
}

/// The flows of one playbook that are told.
struct Traced<'l> {
    lineage: &'l Lineage,
    flows: Vec<&'l Flow>,
}

/// Follows values through playbooks.
///
/// # Errors
/// When the workspace has errors, or nothing has the name.
pub fn run(args: &Args, io: &mut Io<'_>) -> Result<Exit, Failure> {
    let loaded = workspace::load(&args.on.workspace)?;
    let crm = args.on.definitions(&loaded)?;
    let named = args.name.as_deref().map(|name| name.strip_prefix("playbook:").unwrap_or(name));
    let playbook = named.filter(|name| loaded.playbooks().any(|id| id == *name));
    let all: Vec<Lineage> = match playbook {
        Some(id) => vec![Lineage::of(target::shown(&loaded, &crm, id)?)],
        None => {
            let shown =
                loaded.compiled.on(crm.as_str()).filter(|compiled| loaded.closed(compiled.id.as_str()).is_none());
            shown.map(|compiled| Lineage::of(compiled)).collect()
        }
    };
    let field = named.filter(|_| playbook.is_none());
    let flows = |lineage: &'_ Lineage| -> Vec<Flow> {
        match field {
            Some(name) => lineage.about(name).into_iter().cloned().collect(),
            None => lineage.flows.clone(),
        }
    };
    let kept: Vec<Vec<Flow>> = all.iter().map(flows).collect();
    let traced = all.iter().zip(&kept).map(|(lineage, flows)| Traced { lineage, flows: flows.iter().collect() });
    let traced: Vec<Traced<'_>> = traced.filter(|traced| field.is_none() || !traced.flows.is_empty()).collect();
    if let Some(name) = field.filter(|_| traced.is_empty()) {
        return Err(unknown(name, &all));
    }
    match args.format {
        Form::Text => traced.iter().for_each(|traced| io.out(text(traced))),
        Form::Json => {
            io.json(&json!({ "crm": crm.as_str(), "playbooks": traced.iter().map(data).collect::<Vec<_>>() }))
        }
        Form::Dot => io.out(dot(&traced)),
    }
    Ok(Exit::Fine)
}

fn unknown(name: &str, all: &[Lineage]) -> Failure {
    let mut names: Vec<String> = all.iter().map(|lineage| lineage.playbook.to_string()).collect();
    for flow in all.iter().flat_map(|lineage| &lineage.flows) {
        names.extend([flow.start.to_string(), flow.sink.to_string()]);
        names.extend(flow.start.field.clone());
        names.extend(match &flow.sink.kind {
            SinkKind::Record { field, .. } | SinkKind::Search { field } => field.clone(),
            _ => None,
        });
    }
    let failure = Failure::usage(format!("no playbook is called `{name}`, and nothing flows from or to it"));
    failure.suggest(nearest(name, names.iter().map(String::as_str))).help("`engage trace` tells all that flows")
}

fn text(Traced { lineage, flows }: &Traced<'_>) -> String {
    let mut text = format!("{} on {}\n", lineage.playbook, lineage.crm);
    let mut starts: BTreeMap<&Start, Vec<&Flow>> = BTreeMap::new();
    for flow in flows {
        starts.entry(&flow.start).or_default().push(flow);
    }
    for (start, flows) in starts {
        let _ = writeln!(text, "\n  {}", source(start));
        for flow in flows {
            let _ = writeln!(text, "    {}", way(flow));
        }
    }
    text.push('\n');
    text
}

/// Where a value comes from: `record known.contact.Email = contact.emailaddress1 !`.
fn source(start: &Start) -> String {
    let column = start.column.as_ref().map(|column| format!(" = {column}")).unwrap_or_default();
    let field = start.field.as_ref().map(|field| format!(" ({field})")).unwrap_or_default();
    let mark = if start.sensitive { " !" } else { "" };
    format!("{} {start}{field}{column}{mark}", start.kind.name())
}

/// Where it goes, and by which way.
fn way(flow: &Flow) -> String {
    let Flow { start, through, transformations, sink } = flow;
    let arrow = if flow.decides() { "decides" } else { "->" };
    let mut text = format!("{arrow} {} {sink}{}", sink.kind.name(), detail(sink));
    if !through.is_empty() {
        let _ = write!(text, ", via {}", through.iter().map(|block| block.as_str()).collect::<Vec<_>>().join(", "));
    }
    if !transformations.is_empty() {
        let _ = write!(text, " | {}", transformations.join(" | "));
    }
    if let Some(allowed) = flow.allowed() {
        let _ = write!(text, " ! allowed: {}", allowed.reason);
    } else if start.sensitive && !through.is_empty() {
        text.push_str(" !");
    }
    text
}

fn detail(sink: &Sink) -> String {
    match &sink.kind {
        SinkKind::Record { field: Some(field), column: Some(column) } => format!(" ({field}) = {column}"),
        SinkKind::Record { field: Some(field), column: None } | SinkKind::Search { field: Some(field) } => {
            format!(" ({field})")
        }
        SinkKind::Ai { capability, .. } => format!(" ({capability})"),
        SinkKind::Template { template } => format!(" ({template})"),
        SinkKind::Output { name } if name != sink.block.as_str() => format!(" ({name})"),
        SinkKind::Record { .. } | SinkKind::Search { .. } | SinkKind::Output { .. } | SinkKind::Condition => {
            String::new()
        }
    }
}

fn data(Traced { lineage, flows }: &Traced<'_>) -> Json {
    json!({
        "playbook": lineage.playbook.to_string(),
        "sensitive": lineage.sensitive(),
        "flows": flows.iter().map(|flow| json!({
            "start": {
                "kind": flow.start.kind.name(),
                "block": flow.start.block.to_string(),
                "path": flow.start.path,
                "field": flow.start.field,
                "column": flow.start.column.as_ref().map(ToString::to_string),
                "sensitive": flow.start.sensitive,
            },
            "through": flow.through.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "transformations": flow.transformations,
            "sink": sink(&flow.sink),
            "decides": flow.decides(),
            "allowed": flow.allowed().map(|allowed| allowed.reason),
        })).collect::<Vec<_>>(),
    })
}

fn sink(sink: &Sink) -> Json {
    let (field, column) = match &sink.kind {
        SinkKind::Record { field, column } => (field.clone(), column.as_ref().map(ToString::to_string)),
        SinkKind::Search { field } => (field.clone(), None),
        _ => (None, None),
    };
    let names = match &sink.kind {
        SinkKind::Ai { capability: name, .. } | SinkKind::Template { template: name } | SinkKind::Output { name } => {
            Some(name)
        }
        SinkKind::Record { .. } | SinkKind::Search { .. } | SinkKind::Condition => None,
    };
    json!({
        "kind": sink.kind.name(),
        "block": sink.block.to_string(),
        "path": sink.path,
        "field": field,
        "column": column,
        "names": names,
    })
}

fn dot(traced: &[Traced<'_>]) -> String {
    let mut text = String::from("digraph {\n  rankdir=LR\n  node [shape=box, fontname=\"monospace\", fontsize=11]\n");
    let mut nodes: BTreeMap<String, usize> = BTreeMap::new();
    for Traced { lineage, flows } in traced {
        for flow in flows {
            let mut node = |label: String, text: &mut String| {
                let next = nodes.len();
                *nodes.entry(format!("{}\n{label}", lineage.playbook)).or_insert_with(|| {
                    let sensitive = if label.ends_with('!') { ", color=red" } else { "" };
                    let _ = writeln!(text, "  n{next} [label={}{sensitive}]", quoted(&label));
                    next
                })
            };
            let from = node(source(&flow.start), &mut text);
            let to = node(format!("{} {}{}", flow.sink.kind.name(), flow.sink, detail(&flow.sink)), &mut text);
            let style = if flow.decides() { ", style=dashed" } else { "" };
            let label: Vec<&str> =
                flow.through.iter().map(|block| block.as_str()).chain(flow.transformations.iter().copied()).collect();
            let _ = writeln!(text, "  n{from} -> n{to} [label={}{style}]", quoted(&label.join(", ")));
        }
    }
    text + "}\n"
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}
