//! What is created can be read: values of every type, on every capability set.

use engage_adapters::memory::presets;
use engage_engine::Operation;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::{World, block_on};

const MODEL: &str = r#"
entity parent "Parent" on crm parent {
  Text -> text
  Flag -> flag boolean
  Whole -> whole int
  Ratio -> ratio double
  Amount -> amount decimal
  Day -> day date
  Moment -> moment datetime
  Kind -> kind choice { Small = 1, Large = 2 }
  Tags -> tags multichoice { Red = 1, Green = 2, Blue = 3 }
  Key -> key
  idempotency Key
}
entity child "Child" on crm child {
  Text -> text
  Note -> note
  ParentId -> parent ref parent
}
pattern family "Family" {
  parent     : parent { Kind = "Small" }
  children[] : child optional sort Text { Note := "fixed" }
  children.ParentId = parent.Id
}
"#;

const SCHEMA: &str = "
kind: CrmSchema
crm: crm
tables:
  parent:
    key: id
    columns:
      text: {type: String}
      flag: {type: Boolean}
      whole: {type: Int}
      ratio: {type: Double}
      amount: {type: Decimal}
      day: {type: Date}
      moment: {type: DateTime}
      kind: {type: Choice, choices: [1, 2]}
      tags: {type: MultiChoice, choices: [1, 2, 3]}
      key: {type: String}
    keys: [[key]]
  child: {key: id, columns: {text: {type: String}, note: {type: String}, parent: {type: Ref, targets: [parent]}}}
";

fn parent() -> impl Strategy<Value = Json> {
    let numbers = (any::<bool>(), any::<i64>(), any::<i32>(), any::<i64>());
    let rest = ("\\PC{0,20}", 1_u32..29, any::<u32>(), prop::sample::subsequence(vec!["Blue", "Green", "Red"], 0..=3));
    (numbers, rest, any::<u16>()).prop_map(|((flag, whole, ratio, cents), (text, day, second, tags), mask)| {
        let moment = format!("20{:02}-05-{day:02}T11:22:{:02}.{:03}Z", second % 90, second % 60, second % 1000);
        let all = json!({"Text": text, "Flag": flag, "Whole": whole, "Ratio": f64::from(ratio) / 8.0,
            "Amount": format!("{}.{:02}", cents / 1000, cents.unsigned_abs() % 100), "Day": format!("2026-02-{day:02}"),
            "Moment": moment, "Kind": "Large", "Tags": tags});
        let fields = all.as_object().unwrap().iter().enumerate().filter(|(bit, _)| mask & (1 << bit) != 0);
        Json::Object(fields.map(|(_, (name, value))| (name.clone(), value.clone())).collect())
    })
}

/// What comes back must say the same as what was given.
fn same(given: &Json, found: &Json) -> bool {
    match (given, found) {
        (Json::String(a), Json::String(b)) if a.contains('T') && a.ends_with('Z') => {
            a.trim_end_matches('Z').trim_end_matches('0').trim_end_matches('.')
                == b.trim_end_matches('Z').trim_end_matches('0').trim_end_matches('.')
        }
        _ => given == found,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]
    #[test]
    fn create_then_read_returns_what_was_written(parent in parent(), texts in prop::collection::vec("[a-z]{1,6}", 0..5)) {
        let world = World::written("crm", MODEL, SCHEMA);
        let children: Vec<Json> = texts.iter().map(|text| json!({ "Text": text })).collect();
        let input = json!({"parent": parent, "children": children});
        for (name, capabilities) in presets::all() {
            let crm = world.crm(capabilities, &json!({}));
            let written = block_on(world.run(&crm, "family", Operation::Create, &input)).unwrap();
            let id = written.effects().unwrap().part("parent")[0].id.clone().unwrap();
            let read = block_on(world.run(&crm, "family", Operation::Read, &json!({"parent": {"Id": id}}))).unwrap().to_json();
            let found = &read["Results"][0]["parent"][0];
            for (field, value) in parent.as_object().unwrap() {
                prop_assert!(same(value, &found[field]), "{} {}: {} {}", name, field, value, found[field]);
            }
            let kind = parent.get("Kind").cloned().unwrap_or(json!("Small"));
            prop_assert_eq!(&found["Kind"], &kind);
            let mut sorted = texts.clone();
            sorted.sort();
            let children = read["Results"][0]["children"].as_array().unwrap();
            let found: Vec<&str> = children.iter().map(|child| child["Text"].as_str().unwrap()).collect();
            prop_assert_eq!(found, sorted);
            prop_assert!(children.iter().all(|child| child["Note"] == "fixed" && child["ParentId"] == id.as_str()));
        }
    }
}
