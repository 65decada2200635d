//! What has to hold before a workspace is used on a CRM: tokens, users, definitions, one pattern from end to end.

use engage_engine::adapter::{AdapterError, AdapterErrorKind};
use engage_engine::run::{Done, Execution};
use engage_engine::verify::Facts;
use engage_engine::{CrmName, Identity, Input, Operation};
use serde::Serialize;
use uuid::Uuid;

use super::Args;
use crate::connection::Connection;
use crate::execution::Words;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::io::Io;
use crate::sandboxed::Reached;
use crate::simulated::{self, LOCAL};
use crate::workspace::Loaded;
use crate::{execution, input, target};

/// How a check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It holds.
    Passed,
    /// It does not.
    Failed,
    /// Nothing was there to check it with.
    NotAsked,
}

/// One check.
#[derive(Debug, Clone, Serialize)]
pub struct Check {
    /// What was checked.
    pub check: &'static str,
    /// How it came out.
    pub outcome: Outcome,
    /// What was found, or what is missing.
    pub detail: String,
    #[serde(skip)]
    exit: Exit,
    /// Why the CRM refused, of a check that failed by that.
    #[serde(skip)]
    refusal: Option<AdapterErrorKind>,
}

impl Check {
    fn passed(check: &'static str, detail: impl Into<String>) -> Self {
        Self { check, outcome: Outcome::Passed, detail: detail.into(), exit: Exit::Fine, refusal: None }
    }

    fn failed(check: &'static str, exit: Exit, detail: impl Into<String>) -> Self {
        Self { check, outcome: Outcome::Failed, detail: detail.into(), exit, refusal: None }
    }

    fn refused(check: &'static str, error: &AdapterError) -> Self {
        Self { refusal: Some(error.kind.clone()), ..Self::failed(check, Exit::Outside, words(error)) }
    }

    fn not_asked(check: &'static str, detail: impl Into<String>) -> Self {
        Self { check, outcome: Outcome::NotAsked, detail: detail.into(), exit: Exit::Fine, refusal: None }
    }

    /// Why the CRM refused: what is said of it where the CRM's own words are not to be.
    pub fn refusal(&self) -> Option<&AdapterErrorKind> {
        self.refusal.as_ref()
    }

    /// The check as a line.
    pub fn line(&self) -> String {
        let outcome = match self.outcome {
            Outcome::Passed => "passed",
            Outcome::Failed => "FAILED",
            Outcome::NotAsked => "not asked",
        };
        format!("{outcome:10} {:12} {}", self.check, self.detail)
    }

    /// How the command ends because of it.
    pub fn exit(&self) -> Exit {
        self.exit
    }
}

/// The checks of who signs in.
pub async fn identities(connection: &Connection) -> Vec<Check> {
    let application = connection.user(&Identity::Application).await;
    let mut checks = Vec::new();
    match application {
        Err(error) => checks.push(Check::refused("application", &error)),
        Ok((id, name)) => {
            let named = name.as_ref().map(|name| format!(" ({name})")).unwrap_or_default();
            checks.push(Check::passed("application", format!("its token is taken, its user is {id}{named}")));
            checks.push(match connection.expected_user() {
                None => Check::not_asked("user", "`…_USER` does not say which user is expected"),
                Some(user) if same(user, &id) || name.is_some_and(|name| same(user, &name)) => {
                    Check::passed("user", "the one that is expected")
                }
                Some(user) => Check::failed("user", Exit::Problems, format!("`{user}` is expected, not {id}{named}")),
            });
        }
    }
    checks.push(match connection.acts_for_employees() {
        false => Check::not_asked("employee", "there is no token or key to act for an employee with"),
        true if connection.employees_bring_tokens() => {
            Check::not_asked("employee", "employees bring tokens of their own as they call, and none is kept for this")
        }
        true => match connection.user(&Identity::Employee(LOCAL.to_owned())).await {
            Ok((id, _)) => Check::passed("employee", format!("acted for, their user is {id}")),
            Err(error) => Check::refused("employee", &error),
        },
    });
    checks
}

fn words_of(reached: &Reached) -> Words {
    if matches!(reached, Reached::Live(_)) { Words::WithoutValues } else { Words::All }
}

/// Ids and usernames have no case.
fn same(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}

fn words(error: &AdapterError) -> String {
    let words = error.details.as_ref().map(|words| format!(": {words}")).unwrap_or_default();
    format!("{error}{words}")
}

/// What the CRM says about the entities.
pub(super) fn facts(reached: &Reached) -> Result<Facts, Failure> {
    reached.wait(reached.connection().facts())?
}

/// Runs one pattern from end to end.
///
/// # Errors
/// When there is no such pattern, or its input is refused.
pub(super) fn pattern(
    args: &Args,
    reached: &Reached,
    (crm, loaded): (&CrmName, &Loaded),
    io: &mut Io<'_>,
) -> Result<Check, Failure> {
    const NAME: &str = "pattern";
    let Some(id) = &args.pattern else {
        return Ok(Check::not_asked(NAME, "name one with `--pattern`, its operation and its input"));
    };
    let pattern = target::pattern(loaded, crm, id)?;
    let operation = Operation::from(args.op);
    let read = args.input.as_deref().map(|path| input::operation(path, pattern, io)).transpose()?;
    let (mut given, file) = read.map_or((Input::default(), None), |(given, file)| (given, Some(file)));
    if let (Reached::Sandbox(local), Some(state)) = (reached, &loaded.workspace.state) {
        local.fill(loaded, state)?.translate(&mut given);
    }
    let identity = simulated::identity(pattern, None, !reached.connection().acts_for_employees());
    let run = Execution::new(pattern, operation, given, reached.connection().adapter(), identity);
    let run = run.operation_key(args.operation_key.unwrap_or_else(Uuid::new_v4));
    Ok(match reached.wait(run.execute())? {
        Ok(outcome) => {
            let made = outcome.effects().into_iter().flat_map(|effects| effects.parts.values().flatten());
            let made = made.filter(|effect| effect.outcome == Done::Created);
            let made: Vec<&str> = made.filter_map(|effect| effect.id.as_deref()).collect();
            let made = if made.is_empty() { String::new() } else { format!(", made {}", made.join(" ")) };
            Check::passed(NAME, format!("{id}, {operation}{made}"))
        }
        Err(error) => {
            let failure = execution::failed(&error, file.as_ref(), words_of(reached));
            if failure.placed.is_some() {
                return Err(failure);
            }
            let notes: String = failure.notes.iter().map(|note| format!("; {note}")).collect();
            Check::failed(NAME, failure.exit, format!("{id}, {operation}: {}{notes}", failure.message))
        }
    })
}
