//! Topics with those above them, and the rows of the meeting configuration.

use std::collections::HashMap;

use crate::{CustomerTypeId, MeetingConfiguration, Topic, TopicId};

type Key = (Option<TopicId>, Option<CustomerTypeId>);

/// Rows by what they are for.
#[derive(Debug)]
pub(crate) struct Rows(HashMap<Key, MeetingConfiguration>);

impl Rows {
    pub(super) fn new(rows: &[MeetingConfiguration]) -> Self {
        Self(rows.iter().map(|row| ((row.topic, row.customer_type), row.clone())).collect())
    }

    /// The closest row: by topic and customer type, then the topics above it; by customer type alone; by topic alone, then
    /// the topics above it; the row for all.
    pub(crate) fn closest(&self, lineage: &[TopicId], kind: Option<CustomerTypeId>) -> Option<&MeetingConfiguration> {
        let topics = || lineage.iter().map(|topic| Some(*topic)).chain([None]);
        let with_kind = kind.into_iter().flat_map(|kind| topics().map(move |topic| (topic, Some(kind))));
        with_kind.chain(topics().map(|topic| (topic, None))).find_map(|key| self.0.get(&key))
    }
}

/// Each topic with those above it, itself first.
pub(super) fn lineages(topics: &[Topic]) -> HashMap<TopicId, Vec<TopicId>> {
    let parents: HashMap<_, _> = topics.iter().map(|topic| (topic.id, topic.parent)).collect();
    topics.iter().map(|topic| (topic.id, lineage(&parents, topic.id))).collect()
}

/// A topic and those above it. A parent that leads nowhere is the end, a circle too.
fn lineage(parents: &HashMap<TopicId, Option<TopicId>>, topic: TopicId) -> Vec<TopicId> {
    let mut line = vec![topic];
    let mut next = parents.get(&topic).copied().flatten();
    while let Some(topic) = next.filter(|topic| parents.contains_key(topic) && line.len() <= parents.len()) {
        line.push(topic);
        next = parents.get(&topic).copied().flatten();
    }
    line
}

/// Topics that stand above themselves.
pub(super) fn circles(topics: &[Topic]) -> Vec<TopicId> {
    let parents: HashMap<_, _> = topics.iter().map(|topic| (topic.id, topic.parent)).collect();
    let above_itself = |topic: &&Topic| lineage(&parents, topic.id).iter().skip(1).any(|above| *above == topic.id);
    topics.iter().filter(above_itself).map(|topic| topic.id).collect()
}
