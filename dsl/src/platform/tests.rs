use proptest::prelude::*;

use super::*;
use crate::Workspace;
use crate::arbitrary;

/// Names of blocks are unique, or a relation could go to several.
fn distinct(mut playbook: engage_playbooks::Playbook) -> engage_playbooks::Playbook {
    let mut seen = std::collections::BTreeSet::new();
    playbook.blocks.retain(|block| seen.insert(block.name.clone()));
    playbook
}

proptest! {
    #[test]
    fn what_is_written_reads_back(library in arbitrary::library()) {
        for playbook in library.playbooks.into_iter().map(distinct) {
            let text = write(&playbook);
            match read("p.platform.json", &text) {
                Ok(again) => prop_assert_eq!(again, playbook, "{}", text),
                Err(error) => prop_assert!(false, "{}\n{}", error, text),
            }
        }
    }
}

const LEAD: &str = r#"{
  "id": "portal-lead",
  "name": "Portal lead",
  "blocks": [
    {"name": "trigger", "type": "Trigger", "value": {"type": "PortalMeetings", "scope": ["retail"]}, "position": {"x": 1.6, "y": -2}},
    {"name": "byEmail", "type": "EntityPatternFilter", "value": {"pattern": "lookup", "part": "employee", "field": "Email", "operator": "Equals"}},
    {"name": "advisor", "type": "EntityPatternRead", "value": "lookup"},
    {"name": "advice", "type": "Ai", "value": {"capability": "next-step", "version": "latest"}},
    {"name": "lead", "type": "EntityPatternCreate", "value": "portal-lead",
     "engage": {"escalation": "no user", "constants": [{"at": 1, "to": "lead.Source", "value": "portal"}]}}
  ],
  "relations": [
    {"source": "trigger", "target": "byEmail", "mappings": [{"sourcePath": "Meeting.MeetingOwner.Email", "destinationPath": "value"}]},
    {"source": "byEmail", "target": "advisor", "mappings": [{"sourcePath": "", "destinationPath": "employee"}]},
    {"source": "trigger", "target": "lead", "mappings": [
      {"sourcePath": "Meeting.Title", "destinationPath": "lead.Subject", "transformations": [{"type": "Identity"}]},
      {"sourcePath": "Meeting.ExternalAttendees[*].Name", "destinationPath": "lead.Notes", "transformations": [{"type": "Join", "separator": "; "}]}]}
  ]
}"#;

#[test]
fn a_playbook_of_the_platform_reads_as_one_of_ours() {
    let workspace = Workspace::from_sources([("lead.platform.json", LEAD)]);
    assert_eq!(workspace.diagnostics, []);
    insta::assert_snapshot!(crate::print::dsl(&workspace.model, &workspace.library), @r#"
    playbook portal-lead "Portal lead" {
      trigger PortalMeetings(portals: ["retail"]) at 1.6 -2

      filter byEmail on lookup.employee: Email == trigger.Meeting.MeetingOwner.Email
      read advisor = lookup { employee: byEmail }
      ai advice = next-step
      create lead = portal-lead as application "no user" {
        lead.Subject: trigger.Meeting.Title | identity
        lead.Source: "portal"
        lead.Notes: trigger.Meeting.ExternalAttendees[*].Name | join("; ")
      }
    }
    "#);
}

#[test]
fn a_position_is_kept_as_it_is_or_refused_at_its_place() {
    let at = |x: &str| LEAD.replace("\"x\": 1.6", &format!("\"x\": {x}"));
    for (x, kept) in [("1.5", "1.5"), ("312.4000244140625", "312.4000244140625"), ("-0.0", "0"), ("2e2", "200")] {
        let playbook = read("p.platform.json", &at(x)).unwrap();
        assert_eq!(playbook.blocks[0].position.unwrap().x.to_string(), kept);
        let again = read("p.platform.json", &write(&playbook)).unwrap();
        assert_eq!(again, playbook);
    }
    assert_eq!(marked(&at("1e300")), [("E0172", "1e300".to_owned())]);
    assert_eq!(marked(&at("\"left\"")), [("E0172", "\"left\"".to_owned())]);
}

/// Codes and marked words of what is wrong.
fn marked(text: &str) -> Vec<(&'static str, String)> {
    let error = read("a.platform.json", text).unwrap_err();
    let words = |found: &crate::Diagnostic| error.sources.text(found.span.unwrap()).to_owned();
    error.diagnostics.iter().map(|found| (found.code.0, words(found))).collect()
}

#[test]
fn what_is_wrong_is_placed_in_the_json() {
    let cases = [
        ("\"EntityPatternRead\"", "\"EntityPatternRaed\"", "E0156", "\"EntityPatternRaed\""),
        ("\"Meeting.Title\"", "\"Meeting..Title\"", "E0174", "\"Meeting..Title\""),
        ("\"target\": \"lead\"", "\"target\": \"laed\"", "E0155", "\"laed\""),
        ("\"Join\"", "\"Jion\"", "E0156", "\"Jion\""),
        ("\"sourcePath\": \"\"", "\"soucePath\": \"\"", "E0157", "\"soucePath\""),
        ("\"value\": \"lookup\"}", "\"valu\": \"lookup\"}", "E0157", "\"valu\""),
        ("\"PortalMeetings\"", "\"PortalMeeting\"", "E0175", "\"PortalMeeting\""),
        ("\"escalation\": \"no user\"", "\"escalaton\": \"no user\"", "E0157", "\"escalaton\""),
    ];
    for (right, wrong, code, words) in cases {
        assert!(LEAD.contains(right), "{right}");
        let found = marked(&LEAD.replacen(right, wrong, 1));
        assert!(found.contains(&(code, words.to_owned())), "{wrong}: {found:?}");
    }
    assert_eq!(marked("[]")[0].0, "E0172");
    assert_eq!(marked("")[0].0, "E0158");
}
