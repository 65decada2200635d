//! A timeline as SVG, in light and in dark.

use std::fmt::Write as _;

use engage_playbooks::timeline::{Lane, LaneState, Phase, Span, Timeline};
use unicode_width::UnicodeWidthStr;

use super::scale::{Scale, runs};
use super::words::{CLOSED, duration, note, sentence, summary};
use crate::draw::escaped;

const STYLE: &str = "\
text{font:12px system-ui,-apple-system,'Segoe UI',sans-serif;fill:#1d2430}.h{font-weight:600;font-size:14px}\
.s{fill:#5b6472;font-size:11px}.g{fill:#fff}.r{fill:#f8f9fa}.t{stroke:#dee2e6}.k{font-weight:600}\
.w{stroke:#adb5bd;stroke-dasharray:2 3}.y{fill:#dee2e6}.u{fill:#5c7cfa}.c{fill:#3b5bdb}.f{fill:#e03131}\
.p{fill:#ffe8cc;stroke:#e8590c;stroke-dasharray:3 2}.i{fill:#e5dbff;stroke:#7048e8;stroke-dasharray:3 2}\
.o{fill:none;stroke:#868e96}.e{fill:none;stroke:#adb5bd}.v{fill:none;stroke:#3b5bdb;stroke-width:1.6}\
.x{fill:#f1f3f5;stroke:#ced4da;stroke-dasharray:4 3}\
@media(prefers-color-scheme:dark){text{fill:#e9ecef}.s{fill:#adb5bd}.g{fill:#15181d}.r{fill:#1a1e25}.t{stroke:#343a40}\
.w{stroke:#5c636a}.y{fill:#343a40}.u{fill:#5c7cfa}.c{fill:#91a7ff}.f{fill:#ff6b6b}.p{fill:#4a2b12;stroke:#ffa94d}\
.i{fill:#2f2554;stroke:#b197fc}.e{stroke:#5c636a}.v{stroke:#91a7ff}.x{fill:#212529;stroke:#495057}}";

/// Height of a row, in pixels.
const ROW: f64 = 26.0;
const BAR: f64 = 12.0;
/// Where the rows begin.
const TOP: f64 = 78.0;
const MARGIN: f64 = 20.0;
/// Length of the axis, in pixels.
const AXIS: f64 = 720.0;
/// Width of a character, about.
const CHARACTER: f64 = 7.0;
/// Past this many blocks a link would hide the others.
const MOST_LINKS: usize = 400;

/// Where things stand.
struct Sheet<'t> {
    timeline: &'t Timeline,
    scale: Scale,
    /// Where the axis begins.
    left: f64,
}

/// The timeline as one SVG document.
pub fn svg(title: &str, timeline: &Timeline) -> String {
    let labels = timeline.lanes.iter().map(|lane| lane.block.as_str().width() + lane.kind.len() + 2).max();
    let notes = timeline.lanes.iter().map(|lane| note(lane).width()).max().unwrap_or(0);
    let left = MARGIN + pixels(labels.unwrap_or(0)) + 12.0;
    let sheet = Sheet { timeline, scale: Scale::of(timeline), left };
    let width = left + AXIS + 12.0 + pixels(notes) + MARGIN;
    let height = sheet.row(timeline.lanes.len()) + MARGIN;
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" \
         height=\"{height:.0}\" role=\"img\" aria-labelledby=\"t d\">\n<title id=\"t\">{title}</title>\n<desc \
         id=\"d\">{summary}</desc>\n<style>{STYLE}</style>\n<rect class=\"g\" width=\"100%\" height=\"100%\"/>\n<text \
         class=\"h\" x=\"{MARGIN}\" y=\"28\">{title}</text>\n<text class=\"s\" x=\"{MARGIN}\" y=\"48\">{summary}</text>\n",
        title = escaped(title),
        summary = escaped(&summary(timeline)),
    );
    if timeline.closed {
        let _ = writeln!(text, "<text class=\"s\" x=\"{MARGIN}\" y=\"{TOP}\">{CLOSED}</text>\n</svg>");
        return text;
    }
    sheet.axis(&mut text);
    sheet.links(&mut text);
    for (position, lane) in timeline.lanes.iter().enumerate() {
        sheet.lane(position, lane, &mut text);
    }
    text.push_str("</svg>\n");
    text
}

impl Sheet<'_> {
    /// The top of a row.
    fn row(&self, position: usize) -> f64 {
        TOP + ROW * crate::draw::size(position)
    }

    fn x(&self, at: jiff::Timestamp) -> f64 {
        self.left + self.scale.place(at) * AXIS
    }

    /// The round instants, and what was cut short.
    fn axis(&self, text: &mut String) {
        let bottom = self.row(self.timeline.lanes.len());
        for (position, _) in self.timeline.lanes.iter().enumerate().filter(|(position, _)| position % 2 == 0) {
            let y = self.row(position);
            let _ = writeln!(text, "<rect class=\"r\" x=\"0\" y=\"{y:.0}\" width=\"100%\" height=\"{ROW}\"/>");
        }
        let mut free = f64::NEG_INFINITY;
        for (place, label) in self.scale.marks() {
            let x = self.left + place * AXIS;
            let _ = writeln!(text, "<path class=\"t\" d=\"M{x:.1} {TOP}V{bottom:.0}\"/>");
            if x >= free {
                let _ = writeln!(text, "<text class=\"s\" text-anchor=\"middle\" x=\"{x:.1}\" y=\"70\">{label}</text>");
                free = x + pixels(label.len()) + 12.0;
            }
        }
        for cut in self.scale.cuts() {
            let (x, width) = (self.left + cut.from * AXIS, (cut.to - cut.from) * AXIS);
            let height = bottom - TOP;
            let title = format!("nothing runs for {}", duration(cut.length));
            let _ = writeln!(
                text,
                "<rect class=\"x\" x=\"{x:.1}\" y=\"{TOP}\" width=\"{width:.1}\" height=\"{height:.0}\"><title>{title}\
                 </title></rect>"
            );
        }
    }

    /// From each block to the one that waited for it last; a block begins no sooner than that one ends, so the link is
    /// a line straight down.
    fn links(&self, text: &mut String) {
        let lanes = &self.timeline.lanes;
        for (position, lane) in lanes.iter().enumerate().take(MOST_LINKS) {
            let Some((before, at)) = lane.held_by.and_then(|by| Some((by, lanes.get(by)?.settled?))) else { continue };
            let both = lane.critical && lanes.get(before).is_some_and(|lane| lane.critical);
            let class = if both { "v" } else { "e" };
            let (x, from, to) = (self.x(at), self.row(before) + ROW / 2.0, self.row(position) + ROW / 2.0);
            let _ = writeln!(text, "<path class=\"{class}\" d=\"M{x:.1} {from:.0}V{to:.0}\"/>");
        }
    }

    fn lane(&self, position: usize, lane: &Lane, text: &mut String) {
        let y = self.row(position);
        let (middle, base) = (y + ROW / 2.0, y + ROW / 2.0 + 4.0);
        let title = escaped(&sentence(lane, &self.timeline.lanes));
        let strong = if lane.critical { " class=\"k\"" } else { "" };
        let name = escaped(lane.block.as_str());
        let _ = writeln!(
            text,
            "<g><title>{title}</title>\n<text{strong} x=\"{MARGIN}\" y=\"{base:.0}\">{name} <tspan class=\"s\">{}\
             </tspan></text>",
            lane.kind
        );
        for span in &lane.spans {
            self.span(span, lane.critical, middle, text);
        }
        if let Some((class, at)) = self.end_mark(lane) {
            let _ = writeln!(text, "<circle class=\"{class}\" cx=\"{:.1}\" cy=\"{middle:.0}\" r=\"4\"/>", self.x(at));
        }
        let (x, note) = (self.left + AXIS + 12.0, escaped(&note(lane)));
        let _ = writeln!(text, "<text class=\"s\" x=\"{x:.0}\" y=\"{base:.0}\">{note}</text></g>");
    }

    fn span(&self, span: &Span, critical: bool, middle: f64, text: &mut String) {
        let (from, to) = (self.x(span.from), self.x(span.to));
        if span.phase == Phase::Waiting {
            let _ = writeln!(text, "<path class=\"w\" d=\"M{from:.1} {middle:.0}H{to:.1}\"/>");
            return;
        }
        let class = match span.phase {
            Phase::Waiting | Phase::Ready => "y",
            Phase::Running { failed: true, .. } => "f",
            Phase::Running { .. } if critical => "c",
            Phase::Running { .. } => "u",
            Phase::Paused => "p",
            Phase::NeedsIdentity => "i",
        };
        // What runs is seen, however short it was.
        let width = if runs(span.phase) { (to - from).max(2.0) } else { to - from };
        let y = middle - BAR / 2.0;
        let _ = writeln!(
            text,
            "<rect class=\"{class}\" x=\"{from:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{BAR}\" rx=\"2\"/>"
        );
    }

    /// A block without an attempt has no bar: a ring where it was passed, red where it failed.
    fn end_mark(&self, lane: &Lane) -> Option<(&'static str, jiff::Timestamp)> {
        match lane.state {
            LaneState::Done | LaneState::Skipped if lane.attempts == 0 => Some(("o", lane.settled?)),
            LaneState::Failed if lane.attempts == 0 => Some(("f", self.timeline.to)),
            _ => None,
        }
    }
}

fn pixels(characters: usize) -> f64 {
    crate::draw::size(characters) * CHARACTER
}
