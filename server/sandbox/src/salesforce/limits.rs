//! Versions, resources, and what is left of the day's calls.

use serde_json::{Value as Json, json};

use super::Salesforce;
use super::call::VERSIONS;

/// The versions, oldest first.
pub(crate) fn versions() -> Json {
    let one = |version: u32| {
        let (seasons, past) = (["Spring", "Summer", "Winter"], i64::from(version) - 57);
        let season = usize::try_from(past.rem_euclid(3)).unwrap_or_default();
        let year = 23 + past.div_euclid(3) + i64::from(season == 2);
        let name = seasons.get(season).copied().unwrap_or_default();
        json!({"label": format!("{name} '{year:02}"), "url": format!("/services/data/v{version}.0"), "version": format!("{version}.0")})
    };
    Json::Array(VERSIONS.map(one).collect())
}

/// What is served below a version, and the address that says who the user is.
pub(crate) fn resources(root: &str, identity: String) -> Json {
    let names = ["sobjects", "query", "queryAll", "limits", "recent", "composite"];
    let pairs = names.iter().map(|name| ((*name).to_owned(), Json::from(format!("{root}/{name}"))));
    Json::Object(pairs.chain([("identity".to_owned(), identity.into())]).collect())
}

pub(crate) fn limits(sf: &Salesforce) -> Json {
    let (used, most) = sf.usage();
    let left = most.saturating_sub(used);
    json!({"DailyApiRequests": {"Max": most, "Remaining": left}})
}
