//! What meetings are about, and with whom.

use engage_store::platform::folded;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Kept, MAX_NAME, Reference, Target, Thing};
use crate::Problems;
use crate::values::Localized;

/// A topic of meetings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Topic {
    /// What people read.
    pub name: Localized,
    /// What others call it; no two have the same.
    pub unique_topic_id: String,
    /// The topic above.
    #[serde(default)]
    pub parent_id: Option<Uuid>,
    /// Its place in lists.
    #[serde(default)]
    pub order: i32,
}

impl Thing for Topic {
    const KIND: &'static str = "topic";
    const AMONG: bool = true;

    fn key(&self) -> Option<String> {
        Some(self.unique_topic_id.clone())
    }

    fn check(&self, problems: &mut Problems) {
        self.name.check("/localizedName", MAX_NAME, problems);
        problems.name("/uniqueTopicId", &self.unique_topic_id, MAX_NAME);
    }

    fn check_among(&self, id: Uuid, others: &[Kept<Self>], problems: &mut Problems) {
        let mut above = self.parent_id;
        // A path that is longer than there are topics goes in a circle.
        for _ in 0..=others.len() {
            let Some(parent) = above else { return };
            if parent == id {
                break;
            }
            above = others.iter().find(|topic| topic.id == parent).and_then(|topic| topic.value.parent_id);
        }
        problems.add("/parentId", "the topic would be above itself: choose another parent");
    }

    fn references(&self) -> Vec<Reference> {
        let above = |id| Reference { field: "/parentId".to_owned(), target: Target::Topic, id };
        self.parent_id.map(above).into_iter().collect()
    }
}

/// A customer type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CustomerType {
    /// What people read; no two have the same, in whatever case.
    pub name: String,
}

impl Thing for CustomerType {
    const KIND: &'static str = "customerType";

    fn key(&self) -> Option<String> {
        Some(folded(&self.name))
    }

    fn check(&self, problems: &mut Problems) {
        problems.name("/name", &self.name, MAX_NAME);
    }
}
