//! Labels: their registry, and what they are on.

use std::collections::{BTreeMap, HashSet};

use engage_store::platform::{BookingConfiguration, BookingConfigurationReads, Tx, folded};
use jiff::Timestamp;
use uuid::Uuid;

use super::links::new_document;
use super::read::{Reads, made};
use crate::model::{Kept, Label, Thing};
use crate::{Bookme, Error, Problems, Tenancy};

/// The most labels on one thing.
const MAX_LABELS: usize = 100;

/// A label, and how often it is used.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelUse {
    /// The label.
    pub label: Kept<Label>,
    /// On how many things it is, of all kinds.
    pub usage_count: u64,
}

/// Which labels are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ActiveFilter {
    /// All.
    #[default]
    All,
    /// Those that are on something.
    Active,
    /// Those that are on nothing.
    Inactive,
}

impl LabelUse {
    /// Whether it is on something.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.usage_count > 0
    }
}

impl ActiveFilter {
    fn holds(self, label: &LabelUse) -> bool {
        match self {
            Self::All => true,
            Self::Active => label.is_active(),
            Self::Inactive => !label.is_active(),
        }
    }
}

impl Bookme {
    /// The labels of an organisation, by name.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn labels(&self, tenancy: &Tenancy, filter: ActiveFilter) -> Result<Vec<LabelUse>, Error> {
        let mut reader = self.database.reader();
        let uses = reader.label_uses(tenancy).await?;
        let used = |label: Kept<Label>| LabelUse { usage_count: uses.get(&label.id).copied().unwrap_or(0), label };
        let labels = made::<Label>(&mut reader, tenancy).await?.into_iter().map(used);
        let mut labels: Vec<LabelUse> = labels.filter(|label| filter.holds(label)).collect();
        labels.sort_by_key(|one| (folded(&one.label.value.label_name), one.label.id));
        Ok(labels)
    }

    /// One label.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Store`].
    pub async fn label(&self, tenancy: &Tenancy, id: Uuid) -> Result<LabelUse, Error> {
        let label = self.get::<Label>(tenancy, id).await?;
        let uses = self.database.reader().label_uses(tenancy).await?;
        Ok(LabelUse { usage_count: uses.get(&id).copied().unwrap_or(0), label })
    }

    /// Labels whose names are like a text, the likest first: how many of the three-letter pieces of both texts, in lower case,
    /// are in both.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn search_labels(
        &self,
        tenancy: &Tenancy,
        text: &str,
        threshold: f64,
        filter: ActiveFilter,
        most: usize,
    ) -> Result<Vec<(LabelUse, f64)>, Error> {
        let wanted = trigrams(text);
        let scored = self.labels(tenancy, filter).await?.into_iter();
        let scored = scored.map(|label| {
            let score = similarity(&wanted, &trigrams(&label.label.value.label_name));
            (label, score)
        });
        let mut found: Vec<(LabelUse, f64)> = scored.filter(|(_, score)| *score >= threshold).collect();
        found.sort_by(|(_, one), (_, other)| other.total_cmp(one));
        found.truncate(most);
        Ok(found)
    }

    /// Labels whose names begin with a text, in whatever case, the most used first.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn suggest_labels(&self, tenancy: &Tenancy, prefix: &str, most: usize) -> Result<Vec<LabelUse>, Error> {
        let prefix = folded(prefix);
        let mut found = self.labels(tenancy, ActiveFilter::All).await?;
        found.retain(|label| folded(&label.label.value.label_name).starts_with(&prefix));
        found.sort_by_key(|label| std::cmp::Reverse(label.usage_count));
        found.truncate(most);
        Ok(found)
    }
}

/// The three-letter pieces of each word, with two spaces before it and one behind (PostgreSQL's manual, "pg_trgm").
fn trigrams(text: &str) -> HashSet<Vec<char>> {
    let lower = folded(text);
    let words = lower.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    let padded = words.map(|word| format!("  {word} ").chars().collect::<Vec<char>>());
    padded.flat_map(|word| word.windows(3).map(<[char]>::to_vec).collect::<Vec<_>>()).collect()
}

fn similarity(one: &HashSet<Vec<char>>, other: &HashSet<Vec<char>>) -> f64 {
    let (both, any) = (one.intersection(other).count(), one.union(other).count());
    #[expect(clippy::cast_precision_loss, reason = "names have few pieces")]
    let score = if any == 0 { 0.0 } else { both as f64 / any as f64 };
    score
}

/// Which labels bear these names, in whatever case.
pub(super) async fn ids(session: &mut impl Reads, tenancy: &Tenancy, names: &[String]) -> Result<Vec<Uuid>, Error> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let there: BTreeMap<String, Uuid> = made::<Label>(session, tenancy)
        .await?
        .into_iter()
        .filter_map(|kept| Some((kept.value.key()?, kept.id)))
        .collect();
    Ok(names.iter().filter_map(|name| there.get(&folded(name)).copied()).collect())
}

/// Lets every name be that of a label, as the registry spells it; those that are new are made. Ids follow from `seed`.
pub(super) async fn register<T: Thing>(
    tx: &mut Tx,
    tenancy: &Tenancy,
    value: &mut T,
    (seed, at): (Uuid, Timestamp),
) -> Result<Vec<Uuid>, Error> {
    let Some(names) = value.labels().filter(|names| !names.is_empty()) else { return Ok(Vec::new()) };
    let mut there: BTreeMap<String, (Uuid, String)> = BTreeMap::new();
    for kept in made::<Label>(tx, tenancy).await? {
        there.insert(folded(&kept.value.label_name), (kept.id, kept.value.label_name));
    }
    check(names)?;
    let (mut spelled, mut ids) = (Vec::new(), Vec::new());
    for name in names.iter() {
        let key = folded(name);
        if !there.contains_key(&key) {
            let (id, label) = (Uuid::new_v5(&seed, key.as_bytes()), Label::named(name));
            tx.insert_document(tenancy, &new_document(id, &label, Vec::new())?, at).await?;
            there.insert(key.clone(), (id, name.clone()));
        }
        if let Some((id, name)) = there.get(&key).filter(|(id, _)| !ids.contains(id)) {
            ids.push(*id);
            spelled.push(name.clone());
        }
    }
    *names = spelled;
    Ok(ids)
}

fn check(names: &[String]) -> Result<(), Error> {
    let mut problems = Problems::default();
    problems.count("/labels", names.len(), MAX_LABELS);
    for (position, name) in names.iter().enumerate() {
        let mut wrong = Problems::default();
        Label::named(name).check(&mut wrong);
        for problem in wrong {
            problems.add(format!("/labels/{position}"), problem.message);
        }
    }
    problems.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn likeness_is_that_of_trigrams() {
        let like = |one: &str, other: &str| similarity(&trigrams(one), &trigrams(other));
        assert!((like("word", "two words") - 4.0 / 11.0).abs() < 1e-9, "the example of the manual");
        assert!((like("VIP", "vip") - 1.0).abs() < 1e-9);
        assert!(like("", "vip").abs() < 1e-9);
    }
}
