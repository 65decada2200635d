//! What makes no sense in an organisation, all at once.

use std::collections::HashSet;
use std::hash::Hash;

use uuid::Uuid;

use super::{MAX_DEPTH, MAX_HORIZON_DAYS, groups, lower, rows};
use crate::{Organisation, Problem, Settings};

const INTERVALS: [u8; 6] = [5, 10, 15, 20, 30, 60];

/// The problems of an organisation but for its zone.
pub(super) fn problems(organisation: &Organisation) -> Vec<Problem> {
    let mut problems = Vec::new();
    settings(&organisation.settings, &mut problems);
    ids(organisation, &mut problems);
    let locations = organisation.locations.iter().map(|location| location.key.as_str());
    problems.extend(repeated(locations).map(|(position, _)| Problem::LocationTwice(position)));
    for employee in &organisation.employees {
        let days = employee.schedule.workdays.iter().map(|day| day.weekday.to_monday_zero_offset());
        problems.extend(repeated(days).next().map(|_| Problem::WeekdayTwice(employee.id.0)));
    }
    let keys = organisation.configurations.iter().map(|row| (row.topic, row.customer_type));
    problems.extend(repeated(keys).map(|(position, _)| Problem::RowTwice(position)));
    problems.extend(rows::circles(&organisation.topics).into_iter().map(|topic| Problem::TopicCircle(topic.0)));
    for group in &organisation.competence_groups {
        match groups::depth(&organisation.competence_groups, group.id) {
            None => problems.push(Problem::GroupCircle(group.id.0)),
            Some(depth) if depth > MAX_DEPTH => problems.push(Problem::GroupDepth(group.id.0)),
            Some(_) => {}
        }
    }
    problems
}

fn settings(settings: &Settings, problems: &mut Vec<Problem>) {
    if settings.opening >= settings.closing {
        problems.push(Problem::Hours);
    }
    if !INTERVALS.contains(&settings.interval_minutes) {
        problems.push(Problem::Interval(settings.interval_minutes));
    }
    let days = settings.horizon.as_secs() / 86_400;
    if days > MAX_HORIZON_DAYS {
        problems.push(Problem::Horizon(days));
    }
    if settings.priority.is_empty() {
        problems.push(Problem::NoLevel);
    }
    let levels: Vec<_> = settings.priority.iter().map(lower).collect();
    for (position, level) in levels.iter().enumerate() {
        if levels.iter().take(position).any(|before| before == level) {
            problems.push(Problem::LevelTwice(position));
        }
    }
}

fn ids(organisation: &Organisation, problems: &mut Vec<Problem>) {
    let groups = organisation.competence_groups.iter().map(|group| group.id.0);
    let groups = groups.chain(organisation.service_groups.iter().map(|group| group.id.0));
    let all: [(&'static str, Vec<Uuid>); 5] = [
        ("employee", organisation.employees.iter().map(|employee| employee.id.0).collect()),
        ("room", organisation.rooms.iter().map(|room| room.id.0).collect()),
        ("topic", organisation.topics.iter().map(|topic| topic.id.0).collect()),
        ("customer type", organisation.customer_types.iter().map(|kind| kind.0).collect()),
        ("group", groups.collect()),
    ];
    for (kind, ids) in all {
        problems.extend(repeated(ids.into_iter()).map(|(_, id)| Problem::Twice(kind, id)));
    }
}

/// What is there already, with its position.
fn repeated<T: Eq + Hash + Copy>(all: impl Iterator<Item = T>) -> impl Iterator<Item = (usize, T)> {
    let mut seen = HashSet::new();
    all.enumerate().filter(move |(_, one)| !seen.insert(*one))
}
