//! An outlook as text: stable, made for people and for snapshot tests.

use std::fmt;

use engage_engine::Acting;
use engage_engine::plan::Answer;

use super::{Outlook, Stage, Step};

fn count(number: usize, one: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {one}s") }
}

impl fmt::Display for Outlook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { playbook, crm, depth, round_trips, exact, ai_calls, width, stages, critical_path, shared_reads } =
            self;
        writeln!(f, "playbook {playbook} on {crm}")?;
        let about = if *exact { "" } else { " or so" };
        writeln!(f, "depth: {}, round trips: {round_trips}{about}, ai calls: {ai_calls}", count(*depth, "call"))?;
        writeln!(f, "at the same time: {width} at most")?;
        for stage in stages {
            explain_stage(f, stage)?;
        }
        if !critical_path.is_empty() {
            let path: Vec<&str> = critical_path.iter().map(|block| block.as_str()).collect();
            writeln!(f, "\ncritical path: {}", path.join(" -> "))?;
        }
        for group in shared_reads {
            let names: Vec<&str> = group.iter().map(|block| block.as_str()).collect();
            writeln!(f, "may share a request: {}", names.join(", "))?;
        }
        Ok(())
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
        let about = if *exact || *may_skip { "" } else { " or so" };
        write!(f, ", {}{about}, {} deep", count(*round_trips, "trip"), count(*calls, "call"))?;
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
