//! Filters of SCIM: no panic and no endless work on any text; what is read prints back to the same tree and can be evaluated.
#![no_main]

use engage_scim::Resource;
use engage_scim::filter::{Filter, MAX_TEXT};
use engage_scim::schema::{GROUP, USER};
use serde_json::json;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let emails = json!([{ "type": "work", "value": "bo@x.dk", "primary": true }, { "value": "b" }]);
    let user = Resource::read(&USER, json!({ "userName": "bo", "emails": emails, "active": false })).unwrap();
    let group = Resource::read(&GROUP, json!({ "displayName": "g", "members": [{ "value": "1" }] })).unwrap();
    for (kind, resource) in [(&USER, user), (&GROUP, group)] {
        let Ok(filter) = Filter::parse(kind, text) else { continue };
        let matches = filter.matches(&resource);
        let printed = filter.to_string();
        // Canonical names are longer than what was written, now and then.
        if printed.len() <= MAX_TEXT {
            let again = Filter::parse(kind, &printed);
            assert_eq!(again.as_ref(), Ok(&filter), "{printed}");
            assert_eq!(again.unwrap().matches(&resource), matches);
        }
    }
});
