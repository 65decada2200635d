//! A part of an embedded entity travels in the write of a part of its parent.

use super::super::definitions::Entry;
use super::super::shape::{Link, OnCrm, Shape};
use super::cycle;
use crate::graph;
use crate::model::{PatternPart, Place};
use crate::problem::{Code, CodeInfo, Problem};

pub(in crate::check) const INFO: CodeInfo = CodeInfo {
    code: Code("E0328"),
    title: "an embedded part without the write it travels in",
    explanation: "Instances of an embedded entity (the people of an event) live inside their parent's write. A \
                  part of such an entity has one requirement on the `Id` of one part of the parent entity, and that \
                  part is written. It is never matched or set afterwards, its own `Id` is no source for others, and \
                  whatever it needs must exist before its parent.",
    example: "entity event \"Event\" on crm-a event {\n  Subject -> subject\n}\n\
              entity party \"Party\" on crm-a party {\n  EventId -> activityid ref event\n  \
              embedded in event as parties\n}\n\
              pattern visit \"A visit\" {\n  event    : event\n  people[] : party\n}\n",
    cure: "entity event \"Event\" on crm-a event {\n  Subject -> subject\n}\n\
           entity party \"Party\" on crm-a party {\n  EventId -> activityid ref event\n  \
           embedded in event as parties\n}\n\
           pattern visit \"A visit\" {\n  event    : event\n  people[] : party\n\n  people.EventId = event.Id\n}\n",
};

pub(super) fn check(on: &OnCrm<'_, '_>, problems: &mut Vec<Problem>) {
    // What each part travels in: itself, or its parent.
    let mut carrier: Vec<usize> = (0..on.shape.pattern.parts.len()).collect();
    let links: Vec<Link<'_>> = on.shape.links().collect();
    let mut incoming: Vec<Vec<&Link<'_>>> = vec![Vec::new(); carrier.len()];
    for link in &links {
        if let Some(list) = incoming.get_mut(link.to) {
            list.push(link);
        }
    }
    let mut any = false;
    for (index, part, entry) in on.parts() {
        let Some(embedded) = entry.definition.embedded.as_ref().filter(|_| !part.read_only) else { continue };
        any = true;
        let to_parent = incoming.get(index).into_iter().flatten().copied().filter(|link| {
            let by_id = link.written.sources.get(link.source).is_some_and(|source| source.field.is_id());
            by_id && on.shape.part(link.from).is_some_and(|source| source.entity == embedded.parent)
        });
        let to_parent: Vec<&Link<'_>> = to_parent.collect();
        let known = |link: &&Link<'_>| link.written.sources.get(link.source).and_then(|source| on.referred(source));
        let slip = incoming.get(index).into_iter().flatten().any(|link| known(link).is_none());
        parent(on, (index, part, entry), &to_parent, slip, problems);
        if let ([link], Some(carrier)) = (to_parent.as_slice(), carrier.get_mut(index)) {
            *carrier = link.from;
        }
        for link in incoming.get(index).into_iter().flatten().filter(|link| link.written.deferred) {
            let message = format!("`{}` is embedded and cannot be set afterwards", link.written.dependent);
            let problem = Problem::error(INFO.code, on.at(Place::Requirement(link.requirement)), message);
            problems.push(problem.help("leave out `deferred`"));
        }
    }
    if any {
        own_id(on, &links, problems);
        circles(on, &links, &carrier, problems);
    }
}

/// `slip`: one of its requirements holds a slip that is told already.
fn parent(
    on: &OnCrm<'_, '_>,
    (index, part, entry): (usize, &PatternPart, &Entry<'_>),
    to_parent: &[&Link<'_>],
    slip: bool,
    problems: &mut Vec<Problem>,
) {
    let Some(embedded) = &entry.definition.embedded else { return };
    let (label, entity) = (&part.ref_id, &embedded.parent);
    let mut report = |place: Place, message: String, help: &str| {
        let problem = Problem::error(INFO.code, on.at(place), message).help(help);
        problems.push(problem.related(entry.at(Place::Embedded), "embedded here"));
    };
    match to_parent {
        [] if slip || on.shape.may_hide(label) || !on.is_defined(entity) => {}
        [] => {
            let message = format!("`{label}` travels in a `{entity}`, but no requirement says in which part");
            report(Place::Part(index), message, "add a requirement on the `Id` of a part of that entity");
        }
        [link] => {
            if let Some(parent) = on.shape.part(link.from).filter(|parent| parent.read_only) {
                let message = format!("`{label}` travels in the write of `{}`, which is read-only", parent.ref_id);
                report(Place::Requirement(link.requirement), message, "leave out `readonly` on the parent's part");
            }
        }
        [_, second, ..] => {
            let message = format!("`{label}` travels in one `{entity}`, and a second requirement names another");
            report(
                Place::Requirement(second.requirement),
                message,
                "keep one requirement on the parent, with one source",
            );
        }
    }
    if !part.match_on.is_empty() {
        let message = format!("`{label}` is embedded and cannot be matched");
        report(Place::PartMatch(index, 0), message, "leave out `match`: the parent's write replaces the whole set");
    }
}

fn own_id(on: &OnCrm<'_, '_>, links: &[Link<'_>], problems: &mut Vec<Problem>) {
    for link in links {
        let Some(source) = link.written.sources.get(link.source).filter(|source| source.field.is_id()) else {
            continue;
        };
        let embedded = on.entry(link.from).is_some_and(|entry| entry.definition.embedded.is_some());
        if embedded && on.shape.part(link.from).is_some_and(|part| !part.read_only) {
            let message = format!("`{source}` is no source: embedded records have no Id of their own");
            let problem = Problem::error(INFO.code, on.at(Place::Source(link.requirement, link.source)), message);
            problems.push(problem.help("refer to the parent, or to a record that stands on its own"));
        }
    }
}

/// A part that an embedded one needs comes before the parent's write; so it may not need the parent.
fn circles(on: &OnCrm<'_, '_>, links: &[Link<'_>], carrier: &[usize], problems: &mut Vec<Problem>) {
    let carried = |part: usize| carrier.get(part).copied().unwrap_or(part);
    let links: Vec<Link<'_>> =
        links.iter().filter(|link| !link.written.deferred && link.from != link.to).copied().collect();
    if !graph::cycles(carrier.len(), &Shape::edges(&links)).is_empty() {
        return; // Said by the rule about circles.
    }
    let links: Vec<Link<'_>> = links
        .into_iter()
        .map(|link| Link { from: carried(link.from), to: carried(link.to), ..link })
        .filter(|link| link.from != link.to)
        .collect();
    for cycle in graph::cycles(carrier.len(), &Shape::edges(&links)) {
        let cycle: Vec<&Link<'_>> = cycle.iter().filter_map(|edge| links.get(*edge)).collect();
        problems.extend(cycle::report(on.shape, &cycle, INFO.code));
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{domain, entity, found, id, pattern};
    use crate::check::check;
    use crate::model::{Embedded, EntityDefinition, Model};

    fn model(lines: &str) -> Model {
        let embedded = Some(Embedded { parent: id("event"), collection: "parties".into() });
        let fields = "EventId ref event, ContactId ref contact, Role";
        let mut definitions = domain();
        definitions.push(EntityDefinition { embedded, ..entity("party", fields) });
        definitions.push(entity("visit", "PartyId ref party, EventId ref event, Name"));
        definitions[1].fields.push(super::super::super::testing::field("Last ref event"));
        Model { definitions, patterns: vec![pattern("p", lines)] }
    }

    #[test]
    fn it_travels_in_one_parent_that_is_written() {
        assert!(found(&model("e event\np[] party\np.EventId = e.Id")).is_empty());
        let none =
            "E0328 Part(1): `p` travels in a `event`, but no requirement says in which part [Embedded: embedded here]";
        assert_eq!(found(&model("e event\np[] party")), [none]);
        let read_only =
            "E0328 Requirement(0): `p` travels in the write of `e`, which is read-only [Embedded: embedded here]";
        assert_eq!(found(&model("e event readonly\np[] party\np.EventId = e.Id")), [read_only]);
        assert_eq!(found(&model("e event\nf event\np[] party\np.EventId = e.Id ?? f.Id")).len(), 1);
        assert!(found(&model("e event readonly\np[] party readonly\np.EventId = e.Id")).is_empty());
    }

    #[test]
    fn a_slip_elsewhere_is_told_once() {
        for (lines, code) in [
            ("e event\np[] party\nq.EventId = e.Id", "E0307"),
            ("e event\np[] party\np.EventId = f.Id", "E0307"),
            ("e event\np[] party\np.EventId = e.Ix", "E0308"),
            ("e evnt\np[] party\np.EventId = e.Id", "E0304"),
        ] {
            let found = found(&model(lines));
            assert!(found.len() == 1 && found[0].starts_with(code), "{lines}: {found:?}");
        }
    }

    #[test]
    fn it_is_neither_matched_nor_deferred_nor_referred_to() {
        let found = found(&model("e event\np party match Role\nv visit\np.EventId = e.Id\nv.PartyId = p.Id"));
        let expected = [
            "E0328 PartMatch(1, 0): `p` is embedded and cannot be matched [Embedded: embedded here]",
            "E0328 Source(1, 0): `p.Id` is no source: embedded records have no Id of their own",
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn what_it_needs_comes_before_its_parent() {
        let circle = found(&model("e event\nc contact\np party\np.EventId = e.Id\np.ContactId = c.Id\nc.Last = e.Id"));
        let expected = "E0328 Requirement(1): `e` needs `c`, `c` needs `e` [Source(1, 0): `e` needs `c`] \
                        [Source(2, 0): `c` needs `e`]";
        assert_eq!(circle, [expected]);
        let catalog =
            check(&model("a event\nz contact\np party\np.EventId = a.Id\np.ContactId = z.Id")).catalog.unwrap();
        let pattern = catalog.pattern("crm-a", "p").unwrap();
        let order: Vec<&str> = pattern.order.iter().map(|part| pattern.parts[*part].ref_id.as_str()).collect();
        assert_eq!(order, ["z", "a", "p"]);
    }
}
