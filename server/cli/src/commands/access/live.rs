//! What a CRM allows, held against the needs.

use std::fmt::Write as _;

use engage_engine::access::{Access, Difference, Differences, Holder, differences};
use engage_engine::{CrmName, Identity};
use serde_json::json;

use super::word;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::io::Io;
use crate::sandboxed::Reached;
use crate::simulated::LOCAL;

/// How many differences of a kind are told to people; programs get all.
const TOLD: usize = 40;

/// Tells the differences; 1 where there are some.
pub(super) fn tell(
    reached: &Reached,
    crm: &CrmName,
    needs: &[Access],
    as_json: bool,
    io: &mut Io<'_>,
) -> Result<Exit, Failure> {
    let of = |holder| needs.iter().filter(move |need| need.holder == holder);
    let ask = |identity: &Identity| reached.wait(reached.connection().grants(identity))?;
    let application = differences(of(Holder::Application), &ask(&Identity::Application)?);
    let employee = match reached.connection().acts_for_employees() {
        true if of(Holder::Employee).next().is_some() => {
            let grants = ask(&Identity::Employee(LOCAL.to_owned()))?;
            // People have rights for their other work too.
            Some(Differences { excess: Vec::new(), ..differences(of(Holder::Employee), &grants) })
        }
        _ => None,
    };
    let differ = |found: &Differences| !found.missing.is_empty() || !found.excess.is_empty();
    let exit = match differ(&application) || employee.as_ref().is_some_and(differ) {
        true => Exit::Problems,
        false => Exit::Fine,
    };
    if as_json {
        io.json(&json!({
            "crm": crm.as_str(), "needs": needs, "live": {"application": application, "employee": employee},
        }));
        return Ok(exit);
    }
    io.out(text("the application", &application));
    match &employee {
        Some(found) => io.out(text("the employee", found)),
        None if of(Holder::Employee).next().is_some() => {
            io.err("note: no token of an employee is at hand: what employees lack is not told\n");
        }
        None => {}
    }
    Ok(exit)
}

fn text(who: &str, found: &Differences) -> String {
    let mut text = format!("{who} ({}): ", found.user);
    if found.missing.is_empty() && found.excess.is_empty() {
        text.push_str("what it needs, and no more\n");
        return text;
    }
    let _ = writeln!(text, "{} missing, {} beyond the needs", found.missing.len(), found.excess.len());
    for (title, list) in [("missing", &found.missing), ("beyond", &found.excess)] {
        for one in list.iter().take(TOLD) {
            let _ = writeln!(text, "  {title:8} {}", line(one));
        }
        if let Some(more) = list.len().checked_sub(TOLD).filter(|more| *more > 0) {
            let _ = writeln!(text, "  {title:8} and {more} more; `--format json` has them all");
        }
    }
    text
}

fn line(one: &Difference) -> String {
    let mut words = Vec::new();
    words.extend(one.crm_type.clone());
    words.extend(one.right.map(|right| word(right).to_owned()));
    words.extend(one.column.clone());
    words.extend(one.privilege.as_ref().map(|name| format!("({name})")));
    words.join(" ")
}
