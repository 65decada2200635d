//! The blocks of a run as a tree: each below the one that it can begin after at the earliest.

use engage_playbooks::timeline::{Lane, LaneState, Timeline};
use jiff::Timestamp;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::plain;
use crate::io::Size;
use crate::timeline::{CLOSED, duration, facts, summary};

/// The lines of the tree as of an instant, none wider than the terminal. Where it is too tall for it, only what is
/// under way is shown.
pub fn tree(title: &str, timeline: &Timeline, now: Timestamp, size: Size, colour: bool) -> Vec<String> {
    // The last column stays free: a terminal may break a line that fills it.
    let width = usize::from(size.columns).saturating_sub(1).max(1);
    if timeline.closed {
        return [format!("{title}: {}", summary(timeline)), CLOSED.to_owned()].map(|line| cut(&line, width)).to_vec();
    }
    let settled = timeline.lanes.iter().filter(|lane| lane.settled.is_some()).count();
    let head = format!("{title}: {}, {settled} of {} blocks done", summary(timeline), timeline.lanes.len());
    let room = usize::from(size.rows).saturating_sub(2).max(1);
    let rows = if timeline.lanes.len() < room { branches(timeline) } else { active(timeline, room) };
    let named = rows.iter().map(|row| row.branch.width() + row.label.width()).max().unwrap_or(0);
    let mut lines = vec![head];
    for Row { branch, label, lane } in &rows {
        let pad = " ".repeat(named - branch.width() - label.width());
        let (mark, about) = (mark(lane.state, colour), about(lane, &timeline.lanes, now));
        lines.push(format!("{branch}{mark} {label}{pad}  {about}"));
    }
    if rows.len() < timeline.lanes.len() {
        lines.push(format!("… {} more", timeline.lanes.len() - rows.len()));
    }
    lines.iter().map(|line| cut(line.trim_end(), width)).collect()
}

/// A line of the tree.
struct Row<'t> {
    /// What stands before the block.
    branch: String,
    label: String,
    lane: &'t Lane,
}

impl<'t> Row<'t> {
    fn new(branch: String, lane: &'t Lane) -> Self {
        Self { branch, label: format!("{} {}", lane.block, lane.kind), lane }
    }
}

/// The widest branch; a tree deeper than that is shown as a list, as its names would be out of sight.
const MOST_BRANCH: usize = 30;

/// All blocks, each below the deepest of those that it waits for: that is mostly done last.
fn branches(timeline: &Timeline) -> Vec<Row<'_>> {
    let lanes = &timeline.lanes;
    let mut depths: Vec<usize> = Vec::with_capacity(lanes.len());
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); lanes.len()];
    let mut roots = Vec::new();
    for (position, lane) in lanes.iter().enumerate() {
        let parent = lane.after.iter().filter_map(|at| Some((*depths.get(*at)?, *at))).max();
        depths.push(parent.map_or(0, |(depth, _)| depth + 1));
        match parent.and_then(|(_, parent)| children.get_mut(parent)) {
            Some(list) => list.push(position),
            None => roots.push(position),
        }
    }
    let mut rows = Vec::new();
    let mut stack: Vec<(usize, String, &str)> = roots.into_iter().rev().map(|lane| (lane, String::new(), "")).collect();
    while let Some((position, before, joint)) = stack.pop() {
        rows.extend(lanes.get(position).map(|lane| Row::new(format!("{before}{joint}"), lane)));
        let below = match joint {
            "├─ " => format!("{before}│  "),
            "└─ " => format!("{before}   "),
            _ => before,
        };
        let list = children.get(position).map(Vec::as_slice).unwrap_or_default();
        for (nth, child) in list.iter().enumerate().rev() {
            let joint = if nth + 1 == list.len() { "└─ " } else { "├─ " };
            stack.push((*child, below.clone(), joint));
        }
    }
    if rows.iter().any(|row| row.branch.width() > MOST_BRANCH) {
        rows = lanes.iter().map(|lane| Row::new(String::new(), lane)).collect();
    }
    rows
}

/// What is under way or failed, as far as there is room.
fn active(timeline: &Timeline, room: usize) -> Vec<Row<'_>> {
    use LaneState::{Done, Skipped, Stopped, Waiting};
    let shown = timeline.lanes.iter().filter(|lane| !matches!(lane.state, Waiting | Done | Skipped | Stopped));
    shown.take(room.saturating_sub(1)).map(|lane| Row::new(String::new(), lane)).collect()
}

fn mark(state: LaneState, colour: bool) -> String {
    let (sign, code) = match state {
        LaneState::Waiting => ("·", "2"),
        LaneState::Ready => ("○", "0"),
        LaneState::Running => ("●", "36"),
        LaneState::Paused => ("↻", "33"),
        LaneState::NeedsIdentity => ("?", "35"),
        LaneState::Done => ("✓", "32"),
        LaneState::Skipped => ("–", "2"),
        LaneState::Failed => ("✗", "31"),
        LaneState::Stopped => ("■", "2"),
    };
    if colour { format!("\x1b[{code}m{sign}\x1b[0m") } else { sign.to_owned() }
}

/// What is to be said of a block now.
fn about(lane: &Lane, lanes: &[Lane], now: Timestamp) -> String {
    match lane.state {
        LaneState::Waiting => {
            let open = lane.after.iter().filter_map(|at| lanes.get(*at)).filter(|before| before.settled.is_none());
            let names: Vec<&str> = open.map(|before| before.block.as_str()).collect();
            format!("waits for {}", names.join(", "))
        }
        LaneState::Ready => "waits for its turn".to_owned(),
        LaneState::Running | LaneState::Done => facts(lane),
        LaneState::Paused => {
            let again =
                lane.retry_at.map_or_else(String::new, |at| format!("again in {}: ", duration(at.duration_since(now))));
            format!("{again}{}", lane.why().unwrap_or_default())
        }
        LaneState::NeedsIdentity => "waits for the employee to sign in".to_owned(),
        LaneState::Failed => lane.why().unwrap_or_default(),
        LaneState::Skipped | LaneState::Stopped => lane.state.name().to_owned(),
    }
}

/// A line no wider than so many columns; its colours end with it.
fn cut(line: &str, width: usize) -> String {
    if plain(line).width() <= width {
        return line.to_owned();
    }
    let (mut text, mut used, mut colour) = (String::new(), 0, false);
    for character in line.chars() {
        match character {
            '\x1b' => colour = true,
            'm' if colour => colour = false,
            _ if colour => {}
            other => {
                used += other.width().unwrap_or(0);
                if used >= width {
                    text.push('…');
                    break;
                }
            }
        }
        text.push(character);
    }
    if line.contains('\x1b') { text + "\x1b[0m" } else { text }
}
