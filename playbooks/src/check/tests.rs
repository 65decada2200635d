//! What the rules find, rule by rule.

use super::testing::{catalog, compiled, finds, found, id, label, library, playbook};
use super::*;
use crate::model::{CapabilityVersion, Mapper, Template};

mod examples;
mod flow;
mod properties;
mod structure;

const MEETING: &str = "trigger trigger MeetingBooked\n";

#[test]
fn nothing_is_wrong_with_a_whole_playbook() {
    finds(
        "trigger trigger MeetingBooked
         filter byMail people.contact : Email Equals trigger.Meeting.MeetingOwner.Email
         read found people app : contact <- byMail
         template text note : title <- trigger.Meeting.Title ; guests <- trigger.Meeting.ExternalAttendees.*.Name | join
         ai short summary : text <- text
         create made meeting app : account.Id <- trigger.Meeting.CustomerId | require ; event.Subject <- short.text ; event.Start <- trigger.Meeting.StartDate ; event.ContactId <- found.Results.0.contact.0.Id
         output event : * <- made.event.0.Id",
        &[],
    );
}

#[test]
fn a_playbook_is_compiled_for_every_crm_that_has_its_patterns() {
    let one =
        playbook("one", "trigger t Manual a:contact\nread found people app : contact.Id <- t.a\noutput o : * <- found");
    let two = playbook("two", "trigger t Manual a:lead\nread found lead app : lead.Id <- t.a\noutput o : * <- found");
    let three = playbook("three", "trigger t Manual a:string\noutput o : * <- t.a");
    let checked = check(&library(vec![one, two, three]), &catalog(), Some(&testing::Words));
    let playbooks = checked.playbooks.unwrap();
    let on = |crm: &str| playbooks.on(crm).map(|of| of.id.to_string()).collect::<Vec<_>>();
    assert_eq!(on("crm-a"), ["one", "three", "two"]);
    assert_eq!(on("crm-b"), ["one", "three"]);
    assert_eq!(checked.problems.len(), 1, "that crm-b has no leads");
    assert!(playbooks.get("crm-a", "one").is_some() && playbooks.get("crm-c", "one").is_none());
}

#[test]
fn only_the_fields_that_a_transformation_leaves_are_selected() {
    for (source, wanted) in [
        ("found.Results | count", "{`account`: [], `contacts`: []}"),
        ("found.Results.*.contacts.* | project Email,Id", "{`account`: [], `contacts`: [`Email`]}"),
        ("found.Results | first | extract account.0.Name", "{`account`: [`Name`], `contacts`: []}"),
        (
            "found | extract Results.0 | project account | extract account.0 | project Name,Vip | extract Vip",
            "{`account`: [`Vip`], `contacts`: []}",
        ),
        ("found.Results.*.contacts.*.Born | count", "{`account`: [], `contacts`: [`Born`]}"),
        (
            "found.Results.0.account.0 | serialize",
            "{`account`: [`Amount`, `Name`, `Rate`, `Score`, `Seen`, `Vip`], `contacts`: []}",
        ),
    ] {
        let compiled = compiled(&format!(
            "trigger trigger CustomerOverview\nread found customer : account.Id <- trigger.AccountId\noutput all : * <- {source}"
        ));
        assert_eq!(format!("{:?}", compiled.node(&label("found")).unwrap().select), wanted, "{source}");
    }
}

#[test]
fn a_compiled_block_knows_what_it_needs_and_what_is_taken_from_it() {
    let compiled = compiled(
        "trigger trigger CustomerOverview
         read found customer : account.Id <- trigger.AccountId
         input greeting \"Hello\"
         template text one : text <- found.Results.0.contacts.*.Email
         ai short summary : text <- text
         update later people after=short : contact.Id <- found.Results.0.contacts.0.Id | require ; contact.FirstName <- greeting
         output all : * <- found.Results.0.account.0.Name",
    );
    let needs: Vec<&[usize]> = compiled.blocks.iter().map(|node| node.needs.as_slice()).collect();
    assert_eq!(needs, [&[][..], &[0], &[0], &[1], &[3], &[1, 2, 4], &[1]]);
    let select = &compiled.node(&label("found")).unwrap().select;
    assert_eq!(format!("{select:?}"), "{`account`: [`Name`], `contacts`: [`Email`]}");
    assert_eq!(compiled.node(&label("found")).unwrap().acting, Some(engage_engine::Acting::Employee));
    assert_eq!(compiled.node(&label("short")).unwrap().acting, None);
    assert!(compiled.node(&label("short")).unwrap().calls() && !compiled.blocks[3].calls());
}

#[test]
fn the_escalation_of_a_block_is_its_patterns() {
    let compiled = compiled(&format!("{MEETING}create made people app : contact.LastName <- =\"x\""));
    let node = &compiled.blocks[1];
    assert!(node.pattern.as_ref().unwrap().escalation.is_some());
    assert!(matches!(&node.acting, Some(engage_engine::Acting::Application { reason }) if reason == "nobody is there"));
}

#[test]
fn the_digest_says_whether_two_playbooks_do_the_same() {
    let digest = |lines: &str| compiled(lines).digest.clone();
    let first = digest("trigger t Manual a:string\noutput o : * <- t.a");
    assert_eq!(first.len(), 64);
    assert_eq!(first, digest("trigger t Manual a:string\noutput o : * <- t.a"));
    assert_ne!(first, digest("trigger t Manual a:int\noutput o : * <- t.a"));
    assert_ne!(first, digest("trigger t Manual a:string\noutput o : * <- t.a | serialize"));
    let of = |library: &Library| check(library, &catalog(), Some(&testing::Words)).playbooks.unwrap();
    let mut library = library(vec![playbook(
        "p",
        "trigger t Manual a:string\ntemplate x one : text <- t.a\nai s summary : text <- x\noutput o : * <- s",
    )]);
    let digest = |library: &Library| of(library).get("crm-a", "p").unwrap().digest.clone();
    let before = digest(&library);
    library.playbooks[0].name = "Another name".into();
    library.playbooks[0].blocks[1].title = "Another title".into();
    assert_eq!(digest(&library), before, "what people see changes nothing");
    library.templates[1].source = "text more?".into();
    let template = digest(&library);
    assert_ne!(template, before);
    library.capabilities[0].versions[1].prompt = "Say it in two.".into();
    assert_ne!(digest(&library), template);
}

#[test]
fn problems_of_one_kind_on_all_crms_are_one() {
    finds(
        &format!("{MEETING}create made people app : contact.LastNam <- =\"x\""),
        &[
            "E0615 InputDestination(1, 0): `made` takes no `contact.LastNam`: there is no field `LastNam` (did you mean LastName?)",
        ],
    );
    finds(
        &format!("{MEETING}create made people app : contact.LastName <- =\"eleven char\""),
        &[
            "E0616 Input(1, Mapping(0)): `contact.LastName` takes at most 10 characters, and the constant is longer on `crm-a`",
        ],
    );
}

#[test]
fn a_mapper_points_at_a_pattern_and_a_resolver_at_a_field_of_it() {
    let field = |part: &str, field: &str| {
        let field = engage_engine::ids::FieldName::new(field).unwrap();
        engage_engine::model::FieldRef { part: label(part), field }
    };
    let told = |use_case: &str, pattern: &str, field: Option<engage_engine::model::FieldRef>| {
        let mut library = library(vec![]);
        library.mappers = vec![Mapper { use_case: use_case.into(), pattern: id(pattern), field }];
        let found = found(&library, &catalog());
        found.into_iter().filter(|one| one.contains("Mapper") || one.contains("mapper")).collect::<Vec<_>>()
    };
    let right = field("contact", "Email");
    assert_eq!(told("ContactIdResolver", "people", Some(right.clone())), [""; 0]);
    assert_eq!(told("BookMeMeeting", "people", None), [""; 0], "only a resolver needs a value back");
    for (use_case, pattern, at, message) in [
        (
            "ContactIdResolver",
            "people",
            None,
            "MapperField: `ContactIdResolver` needs one value back, and no field is named",
        ),
        ("ContactIdResolver", "poeple", None, "MapperPattern: there is no pattern `poeple` (did you mean people?)"),
        (
            "Resolver",
            "people",
            Some(field("kontact", "Email")),
            "MapperField: `people` has no part `kontact` (did you mean contact?)",
        ),
        (
            "Resolver",
            "people",
            Some(field("contact", "Mail")),
            "MapperField: `contact` has no field `Mail` (did you mean Email?)",
        ),
        (" ", "people", Some(right), "Whole: a mapper names its use case"),
    ] {
        assert_eq!(told(use_case, pattern, at), [format!("E0641 {message}")]);
    }
}

#[test]
fn resources_are_looked_at_where_nothing_uses_them() {
    let mut library = library(vec![]);
    library.templates.push(Template { id: id("note"), source: "%".into() });
    library.capabilities[0].versions.push(CapabilityVersion {
        number: 2,
        model: String::new(),
        prompt: "x".into(),
        input: serde_json::json!({"type": "string"}),
        output: serde_json::json!({"type": "object", "properties": {"a": {"type": "strng"}}}),
        max_tokens: Some(0),
    });
    let mapper = |field: &str| Mapper {
        use_case: format!("Use{field}"),
        pattern: id("people"),
        field: Some(engage_engine::model::FieldRef {
            part: label("contact"),
            field: engage_engine::ids::FieldName::new(field).unwrap(),
        }),
    };
    library.mappers = vec![mapper("Emial"), mapper("Email"), mapper("Email")];
    assert_eq!(
        found(&library, &catalog()),
        [
            "E0601 Id: there is another template `note` [Id: the first one]",
            "E0642 TemplateText(0): `%` is not supported",
            "E0643 Version(2): no answer has 0 tokens",
            "E0643 Version(2): there is another version 2 [Version(1): the first one]",
            "E0643 VersionModel(2): the version names no model",
            "E0633 VersionInput(2): what a capability takes and answers is an object, this is text",
            "E0633 VersionOutput(2): there is no type `strng` at `properties.a.type` (did you mean string?)",
            "E0641 MapperField: `contact` has no field `Emial` (did you mean Email?)",
            "E0601 Id: there is another mapper `UseEmail` [Id: the first one]",
        ]
    );
    let checked = check(&super::testing::library(vec![]), &catalog(), None);
    assert_eq!(checked.problems.len(), 2, "this build reads no templates");
}
