//! What clients really send: every case of `tests/fixtures`, literally as it is on the wire. A case without `before` is a
//! POST; the expected result stands beside it.

use std::fs;
use std::path::{Path, PathBuf};

use engage_scim::json::{Limits, read};
use engage_scim::schema::RESOURCE_TYPES;
use engage_scim::{Patch, Resource, ScimError};
use serde_json::{Value, json};

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let mut found: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.retain(|path| !path.to_str().unwrap().ends_with(".expected.json"));
    found.sort();
    found
}

fn json_of(path: &Path) -> Value {
    read(&fs::read(path).unwrap(), &Limits::default()).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What the request makes of the resource, and whether that is a change.
fn outcome(case: &Value) -> Result<(Resource, bool), ScimError> {
    let kind = RESOURCE_TYPES.iter().find(|kind| case["type"] == kind.name).unwrap();
    let sent = serde_json::to_vec(&case["request"]).unwrap();
    let Some(before) = case.get("before") else {
        return Resource::from_bytes(kind, &sent, &Limits::default()).map(|made| (made, true));
    };
    let before = Resource::from_stored(kind, before.clone())?;
    let outcome = Patch::from_bytes(&sent, &Limits::default())?.apply(&before)?;
    Ok((outcome.resource, outcome.changed))
}

#[test]
fn every_client_is_understood() {
    let cases = cases();
    assert!(cases.len() >= 25, "{} cases", cases.len());
    for path in cases {
        let case = json_of(&path);
        let found = match outcome(&case) {
            Ok((resource, changed)) => json!({ "changed": changed, "resource": resource.into_json() }),
            Err(error) => json!({ "error": error.to_json() }),
        };
        let expected = json_of(&path.with_extension("expected.json"));
        assert_eq!(found, expected, "{}: {}", path.display(), case["about"]);
    }
}

#[test]
fn doing_it_again_changes_nothing() {
    for path in cases() {
        let mut case = json_of(&path);
        let Ok((once, _)) = outcome(&case) else { continue };
        if case.get("before").is_some() {
            case["before"] = once.clone().into_json();
            let (again, changed) = outcome(&case).unwrap();
            assert!(!changed && again == once, "{}: {again:?}", path.display());
        }
    }
}
