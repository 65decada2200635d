use crate::source::FileId;
use crate::syntax;

#[test]
fn one_slip_damages_one_statement() {
    let text =
        "entity contact on dataverse contact {\n  A -> a requierd\n  B b\n  C -> c\n}\npattern p {\n  x : y {\n}\n";
    let (document, errors) = syntax::parse(FileId(0), text);
    let codes: Vec<_> = errors.iter().map(|error| (error.code.0, error.suggestion.as_deref())).collect();
    assert_eq!(codes, [("E0106", Some("required")), ("E0100", None), ("E0102", None)]);
    assert_eq!(document.items.len(), 2);
}
