//! A timeline as a page: the picture, and a table that says the same to those who do not see it.

use std::fmt::Write as _;

use engage_playbooks::timeline::{Lane, Timeline};

use super::svg::svg;
use super::words::{CLOSED, between, busy, duration, summary};
use crate::draw::escaped;

const STYLE: &str = "\
:root{color-scheme:light dark}body{font:14px/1.5 system-ui,-apple-system,'Segoe UI',sans-serif;margin:2rem;max-width:80rem}\
h1{font-size:1.3rem;margin:0}.picture{overflow-x:auto;margin:1.5rem 0}table{border-collapse:collapse;width:100%}\
th,td{text-align:left;padding:.3rem .8rem .3rem 0;border-bottom:1px solid #8884;vertical-align:top}\
td.n{text-align:right;font-variant-numeric:tabular-nums}tr.k th{font-weight:700}th{font-weight:400}thead th{font-weight:700}\
caption{text-align:left;padding-bottom:.5rem}.why{color:#c92a2a}@media(prefers-color-scheme:dark){.why{color:#ff8787}}";

/// The timeline as one HTML document.
pub fn html(title: &str, timeline: &Timeline) -> String {
    let mut text = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" \
         content=\"width=device-width\">\n<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; \
         style-src 'unsafe-inline'\">\n<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n\
         <h1>{title}</h1>\n<p>{}</p>\n<div class=\"picture\" tabindex=\"0\">\n{}</div>\n",
        escaped(&summary(timeline)),
        svg(title, timeline),
        title = escaped(title),
    );
    text.push_str(&if timeline.closed { format!("<p>{CLOSED}</p>\n") } else { table(timeline) });
    text + "</main>\n</body>\n</html>\n"
}

/// The blocks, each with what there is to say of it.
fn table(timeline: &Timeline) -> String {
    let mut text = String::from(
        "<table>\n<caption>Blocks in their order; those in bold decided how long the run took.</caption>\n<thead><tr>\
         <th scope=\"col\">Block</th><th scope=\"col\">State</th><th scope=\"col\">Waits for</th><th scope=\"col\">Began \
         after</th><th scope=\"col\">Took</th><th scope=\"col\">Attempts</th><th scope=\"col\">Round trips</th></tr></thead>\n\
         <tbody>\n",
    );
    for lane in &timeline.lanes {
        row(lane, timeline, &mut text);
    }
    text + "</tbody>\n</table>\n"
}

fn row(lane: &Lane, timeline: &Timeline, text: &mut String) {
    let class = if lane.critical { " class=\"k\"" } else { "" };
    let waits: Vec<String> = lane.after.iter().filter_map(|at| timeline.lanes.get(*at)).map(name).collect();
    let began = lane.spans.iter().find(|span| super::scale::runs(span.phase));
    let began = began.map(|span| duration(between(timeline.from, span.from))).unwrap_or_default();
    let why = lane.why().map(|why| format!("<br><span class=\"why\">{}</span>", escaped(&why))).unwrap_or_default();
    let title = if lane.title.is_empty() { String::new() } else { format!("<br>{}", escaped(&lane.title)) };
    let _ = writeln!(
        text,
        "<tr{class}><th scope=\"row\">{} {}{title}</th><td>{}{why}</td><td>{}</td><td class=\"n\">{began}</td><td \
         class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td></tr>",
        lane.kind,
        name(lane),
        lane.state.name(),
        waits.join(", "),
        busy(lane).map(duration).unwrap_or_default(),
        lane.attempts,
        lane.trips,
    );
}

fn name(lane: &Lane) -> String {
    escaped(lane.block.as_str())
}
