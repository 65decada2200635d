//! What a schema says about references.

use super::Navigation;

#[test]
fn a_relationship_of_several_targets_leads_to_none_by_its_name() {
    let per_target = |names: &[(&str, &str)]| {
        let own = |(table, name): &(&str, &str)| ((*table).to_owned(), (*name).to_owned());
        Navigation::PerTarget(names.iter().map(own).collect())
    };
    let own = per_target(&[("contact", "partyid_contact"), ("systemuser", "partyid_systemuser")]);
    assert_eq!(own.target("partyid_systemuser"), Some("systemuser"));
    assert_eq!(own.target("partyid"), None);
    let shared = per_target(&[("Contact", "Relation"), ("User", "Relation")]);
    assert_eq!(shared.target("Relation"), None);
    assert_eq!(Navigation::Name("Relation".to_owned()).target("Relation"), None);
}
