//! The worked examples of the rules, each by its name.

mod buffers;
mod caps;
mod clocks;
mod grid;
mod groups;
mod notice;
mod places;
mod qualified;
mod reservations;

/// Starts every half hour from one to another.
fn every_half_hour(from: &str, to: &str) -> String {
    let at = |text: &str| {
        let (hour, minute) = text.split_once(':').unwrap();
        hour.parse::<u32>().unwrap() * 60 + minute.parse::<u32>().unwrap()
    };
    let starts = (at(from)..=at(to)).step_by(30).map(|minute| format!("{:02}:{:02}", minute / 60, minute % 60));
    starts.collect::<Vec<_>>().join(" ")
}
