//! An outlook as text: stable, made for people and for snapshot tests.

use std::fmt;

use engage_engine::Acting;
use engage_engine::plan::Answer;

use super::{Outlook, SharedReads, Stage, Step, kept_apart};

fn count(number: usize, one: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {one}s") }
}

impl fmt::Display for Outlook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { playbook, crm, depth, round_trips, exact: _, ai_calls, width, stages, critical_path, shared_reads } =
            self;
        let bound = bound(self);
        writeln!(f, "playbook {playbook} on {crm}")?;
        writeln!(f, "depth: {}, round trips: {bound}{round_trips}, ai calls: {ai_calls}", count(*depth, "call"))?;
        writeln!(f, "at the same time: {width} at most")?;
        for stage in stages {
            explain_stage(f, stage)?;
        }
        if !critical_path.is_empty() {
            let path: Vec<&str> = critical_path.iter().map(|block| block.as_str()).collect();
            writeln!(f, "\ncritical path: {}", path.join(" -> "))?;
        }
        for SharedReads { blocks, round_trips } in shared_reads {
            let names: Vec<&str> = blocks.iter().map(|block| block.as_str()).collect();
            writeln!(f, "in {} together: {}", count(*round_trips, "request"), names.join(", "))?;
        }
        Ok(())
    }
}

/// What the number of requests is: lists may be longer than one, blocks may be skipped.
fn bound(outlook: &Outlook) -> &'static str {
    let mut steps = outlook.stages.iter().flat_map(|stage| &stage.blocks);
    let fewer = steps.clone().any(|step| step.may_skip);
    let more = steps.any(|step| !step.exact) || kept_apart(outlook.width, &outlook.shared_reads);
    match (more, fewer) {
        (false, false) => "",
        (true, false) => "at least ",
        (false, true) => "at most ",
        (true, true) => "about ",
    }
}

fn explain_stage(f: &mut fmt::Formatter<'_>, stage: &Stage) -> fmt::Result {
    let Stage { after, blocks } = stage;
    match after {
        0 => writeln!(f, "\nat once")?,
        after => writeln!(f, "\nafter {}", count(*after, "call"))?,
    }
    blocks.iter().try_for_each(|step| explain_step(f, step))
}

fn explain_step(f: &mut fmt::Formatter<'_>, step: &Step) -> fmt::Result {
    let Step { block, kind, names, needs, may_skip, acting, calls, round_trips, exact, once } = step;
    write!(f, "  {kind} {block}")?;
    if let Some(names) = names {
        write!(f, " = {names}")?;
    }
    match acting {
        Some(Acting::Employee) => write!(f, ", as employee")?,
        Some(Acting::Application { reason }) => write!(f, ", as application ({reason})")?,
        None => {}
    }
    if acting.is_some() {
        let least = if *exact { "" } else { "at least " };
        write!(f, ", {least}{}, {} deep", count(*round_trips, "trip"), count(*calls, "call"))?;
    } else if *calls > 0 {
        write!(f, ", {}", count(*calls, "call"))?;
    }
    match once {
        Answer::Yes => write!(f, ", once: yes")?,
        Answer::No => write!(f, ", once: no")?,
        Answer::NotApplicable => {}
    }
    if *may_skip {
        write!(f, ", may be skipped")?;
    }
    if !needs.is_empty() {
        let needs: Vec<&str> = needs.iter().map(|need| need.as_str()).collect();
        write!(f, ", needs {}", needs.join(", "))?;
    }
    writeln!(f)
}
