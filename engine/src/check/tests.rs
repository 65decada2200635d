//! What holds for the checker as a whole.

use proptest::prelude::*;

use super::check;
use super::testing::{domain, entity, entity_on, found, part, pattern, requirement};
use crate::model::{EntityPattern, FieldKind, Model};

#[test]
fn a_catalog_is_sorted_and_its_positions_lead_where_the_names_did() {
    let lines = "notes[] note optional Title=x\nevent event Status:=Open match Subject\naccount account readonly\n\
                 event.AccountId = account.Id\nnotes.EventId = event.Id";
    let model = Model { definitions: domain(), patterns: vec![pattern("p", lines)] };
    let catalog = check(&model).catalog.unwrap();
    let pattern = catalog.pattern("crm-a", "p").unwrap();
    let labels: Vec<&str> = pattern.parts.iter().map(|part| part.ref_id.as_str()).collect();
    assert_eq!(labels, ["account", "event", "notes"]);
    assert_eq!(pattern.order, [0, 1, 2]);
    let names: Vec<String> = pattern
        .requirements
        .iter()
        .map(|requirement| {
            let slot = |slot: crate::catalog::Slot| {
                let part = &pattern.parts[slot.part];
                format!("{}.{}", part.ref_id, part.entity.fields[slot.field].name)
            };
            format!("{} = {}", slot(requirement.dependent), slot(requirement.sources[0]))
        })
        .collect();
    assert_eq!(names, ["event.AccountId = account.Id", "notes.EventId = event.Id"]);
    let event = pattern.part("event").unwrap();
    assert_eq!((event.incoming.as_slice(), event.outgoing.as_slice()), (&[0][..], &[1][..]));
    assert_eq!(event.match_on, [event.entity.position("Subject").unwrap()]);
    let account = catalog.entity("crm-a", "account").unwrap();
    assert!(account.fields.is_sorted_by(|a, b| a.name < b.name));
    assert!(account.field("Id").is_some_and(|id| id.read_only() && id.read_column.is_none()));
}

#[test]
fn problems_stand_in_the_order_of_the_model() {
    let patterns = vec![pattern("p", "a acount\nb contact Emal=x"), pattern("q", "")];
    let definitions = vec![entity("contact", "Email, Email"), entity("lead", "A ref nobody")];
    let lines = found(&Model { definitions, patterns });
    let codes: Vec<&str> = lines.iter().map(|line| &line[..5]).collect();
    assert_eq!(codes, ["E0202", "E0208", "E0304", "E0308", "E0302"]);
}

/// A chain of `length` parts, each needing the one before.
fn chain(length: usize) -> EntityPattern {
    let mut chain = pattern("chain", "");
    chain.parts = (0..length).map(|n| part(&format!("p{n} employee"))).collect();
    chain.requirements = (1..length).map(|n| requirement(&format!("p{n}.Manager = p{}.Id", n - 1))).collect();
    chain
}

#[test]
fn long_chains_and_wide_fans_need_neither_a_deep_stack_nor_quadratic_time() {
    let mut fan = chain(10_000);
    fan.id = super::testing::id("fan");
    fan.requirements = (1..10_000).map(|n| requirement(&format!("p{n}.Manager = p0.Id"))).collect();
    let mut ring = chain(10_000);
    ring.id = super::testing::id("ring");
    ring.requirements.push(requirement("p0.Manager = p9999.Id"));
    assert!(check(&Model { definitions: domain(), patterns: vec![chain(10_000), fan] }).is_ok());
    let problems = check(&Model { definitions: domain(), patterns: vec![ring] }).problems;
    assert_eq!(problems.iter().map(|problem| problem.related.len()).collect::<Vec<_>>(), [10_000]);
}

/// With a suggestion for each this took minutes.
#[test]
fn every_name_wrong_in_a_large_workspace_is_still_answered() {
    let definitions = (0..3_000).map(|n| entity(&format!("entity-{n}"), "Name, OwnerId ref nobody")).collect();
    let patterns = (0..3_000).map(|n| pattern(&format!("p{n}"), "a entitty-1x\nb entitty-2x")).collect();
    assert_eq!(check(&Model { definitions, patterns }).problems.len(), 9_000);
}

/// Two CRMs, three patterns, and what they declare in another order.
fn shuffled(model: &Model, seed: u64) -> Model {
    let mut state = seed | 1;
    let mut random = move |bound: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % bound.max(1) as u64).unwrap_or(0)
    };
    fn mix<T>(list: &mut [T], random: &mut impl FnMut(usize) -> usize) {
        for index in (1..list.len()).rev() {
            list.swap(index, random(index + 1));
        }
    }
    let mut model = model.clone();
    mix(&mut model.definitions, &mut random);
    mix(&mut model.patterns, &mut random);
    for definition in &mut model.definitions {
        mix(&mut definition.fields, &mut random);
        mix(&mut definition.keys, &mut random);
        for field in &mut definition.fields {
            if let FieldKind::Choice(choices) | FieldKind::MultiChoice(choices) = &mut field.kind {
                mix(choices, &mut random);
            }
        }
    }
    for pattern in &mut model.patterns {
        mix(&mut pattern.parts, &mut random);
        mix(&mut pattern.requirements, &mut random);
        for part in &mut pattern.parts {
            mix(&mut part.defaults, &mut random);
            mix(&mut part.fixed, &mut random);
            mix(&mut part.match_on, &mut random);
        }
    }
    model
}

fn rich() -> Model {
    let mut definitions = domain();
    definitions[1].keys = vec![
        vec![super::testing::name("Email")],
        vec![super::testing::name("LastName"), super::testing::name("FirstName")],
    ];
    let twins: Vec<_> = definitions
        .iter()
        .map(|twin| {
            let mut twin = twin.clone();
            twin.crm = entity_on("crm-b", "x", "").crm;
            twin
        })
        .collect();
    definitions.extend(twins);
    let patterns = vec![
        pattern(
            "visit",
            "account account Name=x Number=y\nowner employee readonly\nevent event Status:=Open Subject:=s Places=3\n\
             contact contact match LastName|Email\nnotes[] note optional replace sort CreatedOn\n\
             event.AccountId = account.Id\nevent.OwnerId = owner.Id\ncontact.AccountId = account.Id\n\
             account.Primary = contact.Id deferred\nnotes.EventId = event.Id\nnotes.Author = owner.Id",
        ),
        pattern("find", "a account readonly\nc[] contact readonly\nc.AccountId = a.Id"),
        pattern("pick", "a account optional\nb account optional\ne event\ne.AccountId = a.Id ?? b.Id optional"),
    ];
    Model { definitions, patterns }
}

proptest! {
    #[test]
    fn the_order_of_declarations_changes_nothing(seed: u64) {
        let model = rich();
        let catalog = check(&model).catalog;
        prop_assert!(catalog.is_some());
        prop_assert_eq!(check(&shuffled(&model, seed)).catalog, catalog);
    }
}
