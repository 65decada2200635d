//! Results that do not fit on a page are kept until they are fetched.

use std::collections::VecDeque;

use serde_json::{Value as Json, json};

use super::id;
use crate::store::RowId;

/// Results kept at a time.
const MAX_KEPT: usize = 500;

/// A result, and the rows on its pages.
#[derive(Debug)]
struct Kept {
    locator: String,
    /// Whose result it is: nobody else sees it.
    user: RowId,
    records: Vec<Json>,
    size: usize,
}

/// The results that wait.
#[derive(Debug, Default)]
pub(crate) struct Pages {
    kept: VecDeque<Kept>,
}

impl Pages {
    pub(crate) fn first(
        &mut self,
        root: &str,
        user: &RowId,
        (records, size): (Vec<Json>, usize),
        number: impl FnOnce() -> u128,
    ) -> Json {
        if records.len() <= size {
            return json!({"totalSize": records.len(), "done": true, "records": records});
        }
        let locator = id::make("0r8", number()).as_str().to_owned();
        let page = page(root, &locator, &records, 0, size);
        if self.kept.len() >= MAX_KEPT {
            self.kept.pop_front();
        }
        self.kept.push_back(Kept { locator, user: user.clone(), records, size });
        page
    }

    /// The page a locator leads to: the name of the result and the place in it.
    pub(crate) fn more(&self, root: &str, user: &RowId, locator: &str, size: Option<usize>) -> Option<Json> {
        let (name, place) = locator.rsplit_once('-')?;
        let kept = self.kept.iter().find(|kept| kept.locator == name && kept.user == *user)?;
        let place = place.parse().ok().filter(|place| *place < kept.records.len())?;
        Some(page(root, name, &kept.records, place, size.unwrap_or(kept.size)))
    }

    pub(crate) fn clear(&mut self) {
        self.kept.clear();
    }
}

fn page(root: &str, locator: &str, records: &[Json], place: usize, size: usize) -> Json {
    let next = place.saturating_add(size);
    let shown: Vec<&Json> = records.iter().skip(place).take(size).collect();
    if next >= records.len() {
        return json!({"totalSize": records.len(), "done": true, "records": shown});
    }
    let url = format!("{root}/query/{locator}-{next}");
    json!({"totalSize": records.len(), "done": false, "nextRecordsUrl": url, "records": shown})
}
