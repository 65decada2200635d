//! A plan as text, like SQL's EXPLAIN: stable, made for people and for snapshot tests.

use std::fmt::{self, Write as _};

use super::{
    Answer, By, Count, FieldSource, Figures, GroupKind, Guard, JoinWire, Origin, Plan, ReadStep, Step, StepAction,
    WireGroup,
};
use crate::acting::Acting;

impl Plan {
    /// The plan as text, one thing per line.
    pub fn explain(&self) -> String {
        self.to_string()
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { pattern, crm, operation, acting, steps, stages, groups, figures } = self;
        writeln!(f, "{operation} {pattern} on {crm}, as {}", acting_name(acting))?;
        headline(f, figures)?;
        if steps.is_empty() {
            writeln!(f, "\nnothing to do")?;
        }
        for (number, stage) in stages.iter().enumerate() {
            writeln!(f, "\nstage {}", number + 1)?;
            for position in stage {
                if let Some(step) = steps.get(*position) {
                    explain_step(f, *position, step)?;
                }
            }
        }
        let mut trip = 0;
        for (number, group) in groups.iter().enumerate() {
            if group.trip != trip {
                trip = group.trip;
                writeln!(f, "\ntrip {trip}")?;
            }
            explain_group(f, number, group, steps)?;
        }
        Ok(())
    }
}

fn acting_name(acting: &Acting) -> String {
    match acting {
        Acting::Employee => "employee".to_owned(),
        Acting::Application { reason } => format!("application ({reason})"),
    }
}

fn headline(f: &mut fmt::Formatter<'_>, figures: &Figures) -> fmt::Result {
    let Figures { depth, round_trips, round_trips_exact, server_operations, atomic, once, guard, race, over_fetch } =
        figures;
    let least = if *round_trips_exact { "" } else { " at least" };
    writeln!(f, "round trips: {round_trips}{least}, depth: {depth}, server operations: {server_operations}")?;
    let (atomic, once) = (answer(*atomic), answer(*once));
    writeln!(f, "atomic: {atomic}, once: {once}, retry-safe: {once}")?;
    let yes = |yes: bool| if yes { "yes" } else { "no" };
    writeln!(f, "guard: {}, race: {}, over-fetch: {}", guard_name(*guard), yes(*race), yes(*over_fetch))
}

pub(super) fn answer(answer: Answer) -> &'static str {
    match answer {
        Answer::Yes => "yes",
        Answer::No => "no",
        Answer::NotApplicable => "not applicable",
    }
}

pub(super) fn guard_name(guard: Guard) -> &'static str {
    match guard {
        Guard::Etag => "etag",
        Guard::None => "none",
        Guard::NotApplicable => "not applicable",
    }
}

fn explain_step(f: &mut fmt::Formatter<'_>, number: usize, step: &Step) -> fmt::Result {
    let Step { part, position: _, entity, action, count, fields, after } = step;
    write!(f, "  #{number} {} {part}", verb(action))?;
    if part.as_str() != entity.as_str() {
        write!(f, " ({entity})")?;
    }
    match count {
        Count::Exactly(instances) if instances.len() == 1 => {}
        Count::Exactly(instances) => write!(f, " x{}", instances.len())?,
        Count::Found if matches!(action, StepAction::Read(_)) => {}
        Count::Found => write!(f, " as found")?,
    }
    how(f, action)?;
    if !after.is_empty() {
        write!(f, ", after {}", list(after))?;
    }
    writeln!(f)?;
    if let StepAction::Read(ReadStep { select, .. }) = action
        && !select.is_empty()
    {
        let names: Vec<&str> = select.iter().map(|name| name.as_str()).collect();
        writeln!(f, "       select {}", names.join(", "))?;
    }
    for FieldSource { field, from } in fields {
        let origins: Vec<String> = from.iter().map(origin).collect();
        writeln!(f, "       {field} <- {}", origins.join(" ?? "))?;
    }
    Ok(())
}

/// What a step does, in a word.
pub(super) fn verb(action: &StepAction) -> &'static str {
    match action {
        StepAction::Read(_) => "read",
        StepAction::Find { .. } => "find",
        StepAction::Create => "create",
        StepAction::Update | StepAction::Upsert { update_only: true, .. } => "update",
        StepAction::Upsert { update_only: false, .. } => "upsert",
        StepAction::Delete => "delete",
        StepAction::Defer => "defer",
        StepAction::Embed { .. } => "embed",
    }
}

fn how(f: &mut fmt::Formatter<'_>, action: &StepAction) -> fmt::Result {
    match action {
        StepAction::Read(ReadStep { by, select: _, over_fetch }) => {
            match by {
                By::Id => write!(f, " by Id")?,
                By::Filter => write!(f, " by filter")?,
                By::Own => write!(f, " by its own condition")?,
                By::Match { on } => write!(f, " by match ({})", join(on))?,
                By::Children { field, parent } => write!(f, " where {field} = {parent}.Id")?,
                By::Join { step, field, other, wire } => {
                    let wire = match wire {
                        JoinWire::Nested => "joined to",
                        JoinWire::ByValue => "joined by value to",
                        JoinWire::InList => "listed from",
                    };
                    write!(f, " {wire} #{step}, {field} = {other}")?;
                }
            }
            if *over_fetch { write!(f, ", over-fetch") } else { Ok(()) }
        }
        StepAction::Find { key } | StepAction::Upsert { key, update_only: _ } => write!(f, " by key ({})", join(key)),
        StepAction::Embed { parent } => write!(f, " in #{parent}"),
        StepAction::Create | StepAction::Update | StepAction::Delete | StepAction::Defer => Ok(()),
    }
}

fn join(names: &[crate::ids::FieldName]) -> String {
    names.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", ")
}

fn list(steps: &[usize]) -> String {
    let mut text = String::new();
    for (position, step) in steps.iter().enumerate() {
        let separator = if position == 0 { "" } else { ", " };
        // Writing to a text cannot fail.
        let _ = write!(text, "{separator}#{step}");
    }
    text
}

fn origin(origin: &Origin) -> String {
    match origin {
        Origin::Fixed => "fixed".to_owned(),
        Origin::Input => "input".to_owned(),
        Origin::Default => "default".to_owned(),
        Origin::Part { part, field, step: None } => format!("{part}.{field}"),
        Origin::Part { part, field, step: Some(step) } => format!("{part}.{field} (#{step})"),
    }
}

fn explain_group(f: &mut fmt::Formatter<'_>, number: usize, group: &WireGroup, steps: &[Step]) -> fmt::Result {
    let WireGroup { trip: _, kind, form, members, after } = group;
    let kind = match kind {
        GroupKind::Read => "read",
        GroupKind::Atomic => "all or nothing",
        GroupKind::Batch => "each on its own",
    };
    write!(f, "  request {}: {form}, {kind}", number + 1)?;
    if !after.is_empty() {
        let after: Vec<String> = after.iter().map(|before| (before + 1).to_string()).collect();
        write!(f, ", after {}", after.join(", "))?;
    }
    writeln!(f)?;
    for member in members {
        let Some(step) = steps.get(member.step) else { continue };
        write!(f, "    #{} {} {}", member.step, verb(&step.action), step.part)?;
        let count = member.to.saturating_sub(member.from);
        match &step.count {
            Count::Exactly(instances) if !matches!(step.action, StepAction::Read(_)) && instances.len() > 1 => {
                if count == instances.len() {
                    write!(f, " x{count}")?;
                } else {
                    write!(f, " {}..{} of {}", member.from, member.to, instances.len())?;
                }
            }
            _ => {}
        }
        writeln!(f)?;
    }
    Ok(())
}
