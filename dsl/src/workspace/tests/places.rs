//! A finding on the model points at the same words in both spellings, and what it suggests can stand in their place.

use super::*;
use engage_playbooks::Library;

use crate::{lower, print, syntax};

/// Every entity and pattern below has slips; each line of the expectation is a code and the words under it.
const SLIPS: &str = "\
entity contact on x contact {
  Email  -> email
  Number -> number max 5 readonly required int
  Firm   -> firm ref acount via contact_account
  Boss   -> boss ref contact via ``
  State  -> state choice { Open = 1, Won = 1 }
  Colour -> colour string { \"red\", \"red\" }
  Mail   -> email
  key (Firm, Emial)
}
entity account on x account {
  Name -> name
}
entity party on x party {
  embedded in acount as parties
}
pattern p {
  a   : account readonly optional root
  b[] : account readonly root limit 0
  c   : contact optional replace

  c.Firm = a.Id
}
";

/// Codes and marked words, without the marks that YAML or the language put around a word; a flag is told by its name.
fn marked(name: &str, text: &str) -> Vec<(&'static str, String)> {
    let workspace = Workspace::from_sources([(name, text)]);
    let found = workspace.check().diagnostics;
    let mut marked: Vec<_> = found
        .iter()
        .map(|found| {
            let words = workspace.sources.text(found.span.unwrap()).to_lowercase();
            let word = words.split([':', ' ']).next().unwrap_or_default();
            (found.code.0, word.trim_matches(['"', '`']).replace("maxlength", "max"))
        })
        .collect();
    marked.sort();
    marked
}

#[test]
fn both_spellings_point_at_the_same_words() {
    let mut model = Model::default();
    lower::document(&syntax::parse(FileId(0), SLIPS).0, &mut model, &mut Library::default(), &mut SourceMap::default());
    let engage = marked("a.engage", SLIPS);
    assert_eq!(marked("a.yaml", &print::yaml(&model, &Library::default())), engage);
    let expected = [
        ("E0203", "email"),
        ("E0204", ""),
        ("E0206", "emial"),
        ("E0208", "acount"),
        ("E0209", "acount"),
        ("E0211", "required"),
        ("E0212", "max"),
        ("E0213", "red"),
        ("E0213", "won"),
        ("E0323", "replace"),
        ("E0324", "root"),
        ("E0325", "limit"),
    ];
    for (code, words) in expected {
        assert!(engage.contains(&(code, words.to_owned())), "{code} {words}: {engage:?}");
    }
}

#[test]
fn what_is_suggested_can_replace_what_is_marked() {
    for name in ["a.engage", "a.yaml"] {
        let mut model = Model::default();
        lower::document(
            &syntax::parse(FileId(0), SLIPS).0,
            &mut model,
            &mut Library::default(),
            &mut SourceMap::default(),
        );
        let text = if name == "a.yaml" { print::yaml(&model, &Library::default()) } else { SLIPS.to_owned() };
        let workspace = Workspace::from_sources([(name, text.as_str())]);
        let found = workspace.check().diagnostics;
        let suggested = found.iter().filter(|found| found.suggestion.is_some());
        let mut count = 0;
        for slip in suggested {
            let span = slip.span.unwrap();
            let mut cured = text.clone();
            cured.replace_range(span.start as usize..span.end as usize, slip.suggestion.as_ref().unwrap());
            let left = Workspace::from_sources([(name, cured.as_str())]).check().diagnostics;
            assert!(!left.iter().any(|left| left.message == slip.message), "{name}: {}: {cured}", slip.message);
            assert!(left.iter().all(|left| left.code.0 >= "E0200"), "{name}: {}: {cured}", slip.message);
            count += 1;
        }
        assert_eq!(count, 3, "{name}");
    }
}

#[test]
fn what_a_slip_hides_is_not_called_missing() {
    let codes = |text: &str| -> Vec<&str> {
        let found = Workspace::from_sources([("a.engage", text)]).check().diagnostics;
        found.iter().map(|found| found.code.0).collect()
    };
    assert_eq!(codes("pattern p {\n  a = b\n}\npattern q {\n}\n"), ["E0100", "E0302"]);
    assert_eq!(codes("pattern q {\n}\npattern p {\n  a : B\n}\n"), ["E0302", "E0170"]);
}
