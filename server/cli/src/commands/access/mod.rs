//! `engage access`: the least that patterns and playbooks need to be allowed on a CRM; with `--live` held against what is allowed
//! there.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;

use engage_engine::access::{Access, Holder, Right, access, together};
use engage_engine::catalog::Pattern;
use engage_engine::{CrmName, Operation};
use engage_playbooks::Compiled;
use engage_playbooks::access::access as playbook_access;
use serde_json::json;

mod live;

use crate::args::FormatArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::io::Io;
use crate::sandboxed::Reached;
use crate::target::{self, Hints, Named, On, Op, Switch};
use crate::workspace::{self, Loaded};

const EXAMPLES: &str = "\
Examples:
  engage access --workspace playbooks/packages/starter --crm dataverse
  engage access customer-overview --op read --crm salesforce --format json
  engage access playbook:customer-overview --crm dataverse     by the fields that its blocks use

  engage access --live --crm dataverse

What patterns without `as application` need is needed by the employees who act; the rest by the application.
With --live the CRM is asked what the application is allowed: what it has beyond its needs and short of them ends the
command with 1. So does what the employee lacks for whom the environment has a token; what they have for their other work
is not told. The environment says where the CRM is (`engage run --help`).";

/// Arguments of `engage access`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The patterns and playbooks, by their semantic ids [default: all patterns of the workspace]
    #[arg(value_name = "NAME")]
    pub names: Vec<String>,
    /// Ask the CRM what is allowed, and tell the differences
    #[arg(long)]
    pub live: bool,
    /// The operations on patterns that are meant [default: all]
    #[arg(long, value_enum, value_name = "OPERATION")]
    pub op: Vec<Op>,
    /// The workspace and the CRM.
    #[command(flatten)]
    pub on: On,
    /// How to write.
    #[command(flatten)]
    pub format: FormatArgs,
}

/// Tells what patterns and playbooks need to be allowed.
///
/// # Errors
/// When the workspace has errors, there is no such pattern, playbook or CRM, or the CRM does not answer.
pub fn run(args: &Args, io: &mut Io<'_>) -> Result<Exit, Failure> {
    let loaded = workspace::load(&args.on.workspace)?;
    let crm = args.on.definitions(&loaded)?;
    let needs = needs(args, &loaded, &crm)?;
    if args.live {
        return live::tell(&Reached::open(&args.on, &crm, &loaded)?, &crm, &needs, args.format.json(), io);
    }
    if args.format.json() {
        io.json(&json!({ "crm": crm.as_str(), "needs": needs }));
    } else {
        io.out(text(&needs));
    }
    Ok(Exit::Fine)
}

/// What all that is named needs, else all patterns.
fn needs(args: &Args, loaded: &Loaded, crm: &CrmName) -> Result<Vec<Access>, Failure> {
    let capabilities = Switch::Target.of(crm);
    let (mut patterns, mut playbooks): (Vec<&Arc<Pattern>>, Vec<&Arc<Compiled>>) = (Vec::new(), Vec::new());
    for name in &args.names {
        match target::named(loaded, name, Hints { pattern: !args.op.is_empty(), playbook: false })? {
            Named::Pattern(id) => patterns.push(target::pattern(loaded, crm, &id)?),
            Named::Playbook(id) => playbooks.push(target::playbook(loaded, crm, &id)?),
        }
    }
    if let Some(playbook) = playbooks.first().filter(|_| !args.op.is_empty()) {
        let failure = Failure::usage(format!("`--op` is for patterns, and `{}` is a playbook", playbook.id));
        return Err(failure.help("leave `--op` out: a playbook needs what its blocks do"));
    }
    if args.names.is_empty() {
        patterns = loaded.catalog.patterns(crm.as_str()).collect();
    }
    let meant: BTreeSet<Operation> = args.op.iter().map(|op| Operation::from(*op)).collect();
    let operations: Vec<Operation> =
        Operation::ALL.into_iter().filter(|operation| meant.is_empty() || meant.contains(operation)).collect();
    let of_patterns = access(patterns.into_iter().map(|pattern| &**pattern), &operations, &capabilities);
    let of_playbooks = playbooks.into_iter().flat_map(|playbook| playbook_access(playbook, &capabilities));
    Ok(together(of_patterns.into_iter().chain(of_playbooks)))
}

fn text(needs: &[Access]) -> String {
    let mut text = String::new();
    for (holder, title) in
        [(Holder::Employee, "The employees who act need"), (Holder::Application, "The application needs")]
    {
        let own: Vec<&Access> = needs.iter().filter(|need| need.holder == holder).collect();
        if own.is_empty() {
            continue;
        }
        let gap = if text.is_empty() { "" } else { "\n" };
        let _ = writeln!(text, "{gap}{title}");
        own.into_iter().for_each(|need| entity(need, &mut text));
    }
    if text.is_empty() { "nothing\n".to_owned() } else { text }
}

fn entity(need: &Access, text: &mut String) {
    let rights: Vec<&str> = need.rights.iter().map(|right| word(*right)).collect();
    let rights = match &need.inside {
        Some(parent) => format!("inside {parent}"),
        None => rights.join(", "),
    };
    let _ = writeln!(text, "\n  {}: {rights}", need.crm_type);
    for (label, columns) in [("read", &need.read), ("create", &need.create), ("write", &need.write)] {
        if !columns.is_empty() {
            let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
            let _ = writeln!(text, "    {label:6}  {}", columns.join(" "));
        }
    }
    let patterns: Vec<&str> = need.patterns.iter().map(|pattern| pattern.as_str()).collect();
    let _ = writeln!(text, "    for     {}", patterns.join(" "));
}

fn word(right: Right) -> &'static str {
    match right {
        Right::Create => "create",
        Right::Read => "read",
        Right::Write => "write",
        Right::Delete => "delete",
        Right::Append => "append",
        Right::AppendTo => "append to",
    }
}
