//! Bodies of SCIM requests: no panic and no endless work on any bytes; what is read is in normal form, and a PATCH leaves a
//! resource so, or as it was.
#![no_main]

use engage_scim::json::Limits;
use engage_scim::list::Search;
use engage_scim::projection::Projection;
use engage_scim::schema::{GROUP, USER};
use engage_scim::{Patch, Resource};
use serde_json::json;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let limits = Limits { max_bytes: 20_000, max_depth: 16, max_values: 5_000 };
    let user = json!({ "userName": "bo", "emails": [{ "type": "work", "value": "a", "primary": true }] });
    let group = json!({ "displayName": "g", "members": [{ "value": "1" }, { "value": "2" }] });
    let patch = Patch::from_bytes(bytes, &limits);
    let search = Search::read(bytes, &limits).unwrap_or_default();
    for (kind, before) in [(&USER, user), (&GROUP, group)] {
        let before = Resource::read(kind, before).unwrap();
        let patched = patch.as_ref().ok().and_then(|patch| patch.apply(&before).ok());
        let made = Resource::from_bytes(kind, bytes, &limits).ok();
        for resource in patched.map(|outcome| outcome.resource).into_iter().chain(made) {
            assert_eq!(Resource::from_stored(kind, resource.clone().into_json()).as_ref(), Ok(&resource));
            if let Ok(projection) = Projection::new(kind, &search.attributes, &search.excluded_attributes) {
                assert!(projection.apply(&resource).is_object());
            }
        }
    }
});
