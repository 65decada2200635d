//! Paths of a SCIM PATCH: no panic; what is read prints back to the same target; whatever is done there leaves a resource in
//! normal form or an error.
#![no_main]

use engage_scim::filter::MAX_TEXT;
use engage_scim::patch::Target;
use engage_scim::schema::USER;
use engage_scim::{Patch, Resource};
use serde_json::json;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let Ok(target) = Target::parse(&USER, text) else { return };
    let printed = target.to_string();
    if !printed.is_empty() && printed.len() <= MAX_TEXT {
        assert_eq!(Target::parse(&USER, &printed), Ok(target));
    }
    let emails = json!([{ "type": "work", "value": "a", "primary": true }, { "value": "b" }]);
    let user = Resource::read(&USER, json!({ "userName": "bo", "emails": emails, "name": { "givenName": "Bo" } })).unwrap();
    for op in ["add", "replace", "remove"] {
        for value in [json!("true"), json!([{ "value": "a", "type": "x" }]), json!({ "primary": true }), json!(null)] {
            let patch = Patch::read(json!({ "Operations": [{ "op": op, "path": text, "value": value }] })).unwrap();
            if let Ok(outcome) = patch.apply(&user) {
                let kept = outcome.resource.clone().into_json();
                assert_eq!(Resource::from_stored(&USER, kept).as_ref(), Ok(&outcome.resource));
                assert_eq!(outcome.changed, outcome.resource != user);
            }
        }
    }
});
