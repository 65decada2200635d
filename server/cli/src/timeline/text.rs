//! A timeline as lines of text.

use engage_playbooks::timeline::{Lane, Phase, Timeline};
use unicode_width::UnicodeWidthStr;

use super::scale::Scale;
use super::words::{CLOSED, facts, summary};

/// What the marks mean.
const LEGEND: &str = "\
. waits for others   - waits for its turn   = runs   x attempt failed   ~ pause before the next
? waits for the employee   * decided how long it took";
/// Places that the axis has at least and at most.
const AXIS: std::ops::RangeInclusive<usize> = 16..=80;

/// The timeline, at most about `width` characters wide.
pub fn text(title: &str, timeline: &Timeline, width: usize) -> String {
    if timeline.closed {
        return format!("{title}: {}\n{CLOSED}\n", summary(timeline));
    }
    let names = timeline.lanes.iter().map(|lane| lane.block.as_str().width()).max().unwrap_or(0);
    let kinds = timeline.lanes.iter().map(|lane| lane.kind.len()).max().unwrap_or(0);
    let notes = timeline.lanes.iter().map(|lane| note(lane).width()).max().unwrap_or(0);
    let axis = width.saturating_sub(names + kinds + notes + 6).clamp(*AXIS.start(), *AXIS.end());
    let scale = Scale::of(timeline);
    let mut text = format!("{title}: {}\n\n", summary(timeline));
    text.push_str(&ruler(&scale, names + kinds + 4, axis));
    for lane in &timeline.lanes {
        let mark = if lane.critical { '*' } else { ' ' };
        let name = lane.block.as_str();
        let pad = " ".repeat(names - name.width());
        let bar = bar(lane, &scale, axis);
        let line = format!("{mark} {name}{pad} {:kinds$} {bar} {}", lane.kind, note(lane));
        text.push_str(line.trim_end());
        text.push('\n');
    }
    for cut in scale.cuts() {
        text.push_str(&format!("\n// nothing runs for {}", super::duration(cut.length)));
    }
    text.push_str(&format!("\n{LEGEND}\n"));
    text
}

/// The state, unless its bar says it, and what is worth knowing.
fn note(lane: &Lane) -> String {
    let mut words = vec![lane.state.name().to_owned()];
    let facts = facts(lane);
    if !facts.is_empty() {
        words.push(facts);
    }
    words.extend(lane.failure.as_ref().map(|failure| failure.reason.clone()));
    words.join(", ")
}

/// The line with the round instants; those that would touch the one before are left out.
fn ruler(scale: &Scale, indent: usize, axis: usize) -> String {
    let mut line = " ".repeat(indent);
    for (place, label) in scale.marks() {
        let column = indent + cell(place, axis);
        if column > line.width() || column == indent {
            line.push_str(&" ".repeat(column.saturating_sub(line.width())));
            line.push_str(&label);
        }
    }
    line + "\n"
}

fn bar(lane: &Lane, scale: &Scale, axis: usize) -> String {
    let mut cells = vec![' '; axis];
    for span in &lane.spans {
        let mark = match span.phase {
            Phase::Waiting => '.',
            Phase::Ready => '-',
            Phase::Running { failed: false, .. } => '=',
            Phase::Running { failed: true, .. } => 'x',
            Phase::Paused => '~',
            Phase::NeedsIdentity => '?',
        };
        let (from, to) = (cell(scale.place(span.from), axis), cell(scale.place(span.to), axis));
        // What runs is seen, however short it was.
        let to = if super::scale::runs(span.phase) { to.max(from + 1) } else { to };
        cells.iter_mut().take(to).skip(from.min(axis - 1)).for_each(|cell| *cell = mark);
    }
    for cut in scale.cuts() {
        let middle = cell(f64::midpoint(cut.from, cut.to), axis);
        cells.iter_mut().skip(middle).take(2).for_each(|cell| *cell = '/');
    }
    cells.into_iter().collect()
}

/// The column of a place; the last one stands at `axis`.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a small number")]
fn cell(place: f64, axis: usize) -> usize {
    let wide = f64::from(u32::try_from(axis).unwrap_or(u32::MAX));
    (place.clamp(0.0, 1.0) * wide).round() as usize
}
