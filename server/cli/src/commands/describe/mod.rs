//! `engage describe`: what a pattern takes and gives, part by part; what starts a playbook, and what its blocks take and
//! give. No CRM is asked.

mod playbook;
mod types;

use std::fmt::Write as _;

use engage_engine::Operation;
use engage_engine::catalog::Pattern;
use engage_engine::describe::{Description, FieldDescription, PartDescription, Provided, describe};

use crate::args::FormatArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::io::Io;
use crate::target::{self, Hints, Named, On, Op};
use crate::workspace;

const EXAMPLES: &str = "\
Examples:
  engage describe internal-meeting --workspace playbooks/packages/starter
  engage describe internal-meeting --op create --crm salesforce --format json
  engage describe portal-lead              a playbook: the event that starts it, what its blocks take and give

With --op only what matters to that operation is shown: the fields that a create or update can write, the Ids that
it needs.";

/// Arguments of `engage describe`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The pattern or the playbook, by its semantic id; `pattern:ID` or `playbook:ID` where both have it
    #[arg(value_name = "NAME")]
    pub name: String,
    /// The operation on a pattern that is meant
    #[arg(long, value_enum, value_name = "OPERATION")]
    pub op: Option<Op>,
    /// The workspace and the CRM.
    #[command(flatten)]
    pub on: On,
    /// How to write.
    #[command(flatten)]
    pub format: FormatArgs,
}

/// Describes a pattern or a playbook on a CRM.
///
/// # Errors
/// When the workspace has errors, or there is no such pattern, playbook or CRM.
pub fn run(args: &Args, io: &mut Io<'_>) -> Result<Exit, Failure> {
    let loaded = workspace::load(&args.on.workspace)?;
    let named = target::named(&loaded, &args.name, Hints { pattern: args.op.is_some(), playbook: false })?;
    let crm = args.on.definitions(&loaded)?;
    match named {
        Named::Pattern(id) => pattern(target::pattern(&loaded, &crm, &id)?, args, io),
        Named::Playbook(id) if args.op.is_some() => {
            return Err(Failure::usage(format!("`--op` is for patterns, and `{id}` is a playbook")));
        }
        Named::Playbook(id) => playbook::describe(target::shown(&loaded, &crm, &id)?, args.format.json(), io),
    }
    Ok(Exit::Fine)
}

fn pattern(pattern: &Pattern, args: &Args, io: &mut Io<'_>) {
    let mut description = describe(pattern);
    let operation = args.op.map(Operation::from);
    if matches!(operation, Some(Operation::Create | Operation::Update)) {
        for part in &mut description.parts {
            part.fields.retain(|field| field.name.is_id() || !field.read_only);
        }
    }
    if args.format.json() {
        io.json(&description);
    } else {
        io.out(text(&description, operation));
    }
}

fn text(description: &Description, operation: Option<Operation>) -> String {
    let Description { pattern, name, crm, parts } = description;
    let mut text = format!("{pattern} \"{name}\" on {crm}\n");
    for part in parts {
        let _ = writeln!(text, "\n{}", head(part, operation));
        let width = part.fields.iter().map(|field| field.name.as_str().chars().count()).max().unwrap_or(0);
        for field in &part.fields {
            let _ = writeln!(text, "  {:width$}  {}", field.name.as_str(), about(field, operation));
        }
    }
    text
}

fn head(part: &PartDescription, operation: Option<Operation>) -> String {
    let many = if part.multiple { "[]" } else { "" };
    let mut text = format!("{}{many} : {} ({})", part.part, part.entity, part.crm_type);
    for (set, flag) in [(part.read_only, "read-only"), (part.optional, "optional"), (part.root, "root")] {
        if set {
            let _ = write!(text, ", {flag}");
        }
    }
    let needs = [
        (Operation::Read, part.needs_id.read),
        (Operation::Create, part.needs_id.create),
        (Operation::Update, part.needs_id.update),
    ];
    let needs = needs.iter().filter(|(op, needed)| *needed && operation.is_none_or(|wanted| wanted == *op));
    let needs: Vec<String> = needs.map(|(op, _)| op.to_string()).collect();
    if !needs.is_empty() {
        let _ = write!(text, ", needs an Id for {}", needs.join(" and "));
    }
    if !part.sources.is_empty() {
        let sources: Vec<String> = part.sources.iter().map(ToString::to_string).collect();
        let _ = write!(text, ", after {}", sources.join(", "));
    }
    if !part.match_on.is_empty() {
        let fields: Vec<String> = part.match_on.iter().map(ToString::to_string).collect();
        let _ = write!(text, ", matched by {}", fields.join(", "));
    }
    if let Some((field, direction)) = &part.sort {
        let _ = write!(text, ", sorted by {field} {direction}");
    }
    if let Some(limit) = part.limit {
        let _ = write!(text, ", at most {limit}");
    }
    text
}

fn about(field: &FieldDescription, operation: Option<Operation>) -> String {
    let mut text = field.field_type.to_string();
    if field.required && operation.is_none_or(|operation| operation == Operation::Create) {
        text.push_str(" required");
    }
    if field.read_only && operation.is_none() {
        text.push_str(" read-only");
    }
    if let Some(length) = field.max_length {
        let _ = write!(text, " max {length}");
    }
    if !field.choices.is_empty() {
        let _ = write!(text, " one of {}", field.choices.join(", "));
    }
    text.push_str(match field.provided {
        None => "",
        Some(Provided::Fixed) => " (fixed)",
        Some(Provided::Requirement) => " (from another part)",
        Some(Provided::Default) => " (has a default)",
    });
    text
}
