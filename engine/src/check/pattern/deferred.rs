//! A deferred requirement is one that can wait, and has to.

use super::super::definitions::Definitions;
use super::super::shape::{Link, OnCrm, Shape};
use crate::graph;
use crate::model::Place;
use crate::problem::{Code, CodeInfo, Problem};

pub(in crate::check) const REQUIRED: CodeInfo = CodeInfo {
    code: Code("E0318"),
    title: "a deferred requirement cannot be set afterwards",
    explanation: "A deferred requirement creates the record without the value and sets it afterwards. A field that \
                  the definition requires cannot be left out for that moment, and a read-only part is never written \
                  at all.",
    example: "entity account \"Account\" on crm-a account {\n  \
              Primary -> primary_contact ref contact via primary_contact required\n}\n\
              entity contact \"Contact\" on crm-a contact {\n  \
              AccountId -> account_id ref account via account\n}\n\
              pattern customer \"A customer\" {\n  account : account\n  contact : contact\n\n  \
              contact.AccountId = account.Id\n  account.Primary   = contact.Id deferred\n}\n",
    cure: "entity account \"Account\" on crm-a account {\n  \
           Primary -> primary_contact ref contact via primary_contact required\n}\n\
           entity contact \"Contact\" on crm-a contact {\n  \
           AccountId -> account_id ref account via account\n}\n\
           pattern customer \"A customer\" {\n  account : account\n  contact : contact\n\n  \
           contact.AccountId = account.Id deferred\n  account.Primary   = contact.Id\n}\n",
};

pub(in crate::check) const NEEDLESS: CodeInfo = CodeInfo {
    code: Code("E0319"),
    title: "a requirement is deferred without need",
    explanation: "A warning: a deferred requirement costs a second write of the record. It is only needed where parts \
                  need each other in a circle, and this one is in none.",
    example: "pattern visit \"A visit\" {\n  account : account readonly\n  event   : event\n\n  \
              event.AccountId = account.Id deferred\n}\n",
    cure: "pattern visit \"A visit\" {\n  account : account readonly\n  event   : event\n\n  \
           event.AccountId = account.Id\n}\n",
};

pub(super) fn required(on: &OnCrm<'_, '_>, problems: &mut Vec<Problem>) {
    for (index, requirement, part) in on.shape.dependents().filter(|(_, requirement, _)| requirement.deferred) {
        let message = if part.read_only {
            format!("`{}` cannot be set afterwards: `{}` is read-only", requirement.dependent, part.ref_id)
        } else if on.referred(&requirement.dependent).is_some_and(|field| field.required) {
            format!("`{}` cannot be set afterwards: it is required", requirement.dependent)
        } else {
            continue;
        };
        let help = "defer another requirement of the circle, one whose field may be empty for a moment";
        problems.push(Problem::error(REQUIRED.code, on.at(Place::Requirement(index)), message).help(help));
    }
}

pub(super) fn needless(shape: &Shape<'_>, _: &Definitions<'_>, problems: &mut Vec<Problem>) {
    if !shape.requirements().any(|(_, requirement)| requirement.deferred) {
        return;
    }
    let links: Vec<Link<'_>> = shape.links().filter(|link| link.from != link.to).collect();
    let component = graph::components(shape.pattern.parts.len(), &Shape::edges(&links));
    let in_circle = |link: &&Link<'_>| component.get(link.from) == component.get(link.to);
    let needed: std::collections::HashSet<usize> =
        links.iter().filter(in_circle).map(|link| link.requirement).collect();
    let linked: std::collections::BTreeSet<usize> =
        links.iter().filter(|link| link.written.deferred).map(|link| link.requirement).collect();
    for index in linked.into_iter().filter(|index| !needed.contains(index)) {
        let Some(requirement) = shape.pattern.requirements.get(index) else { continue };
        let message = format!("`{}` need not be deferred: nothing needs it in a circle", requirement.dependent);
        let problem = Problem::warning(NEEDLESS.code, shape.at(Place::Requirement(index)), message);
        problems.push(problem.help("leave out `deferred`, and save a write"));
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{domain, finds, found, pattern};
    use crate::model::Model;

    #[test]
    fn what_is_required_or_only_read_cannot_wait() {
        let mut definitions = domain();
        definitions[0].fields[2].required = true;
        let patterns = vec![pattern("p", "a account\nc contact\nc.AccountId = a.Id\na.Primary = c.Id deferred")];
        let expected = "E0318 Requirement(1): `a.Primary` cannot be set afterwards: it is required";
        assert_eq!(found(&Model { definitions, patterns }), [expected]);
        finds(
            "a account readonly\nc contact\nc.AccountId = a.Id\na.Primary = c.Id deferred",
            &["E0318 Requirement(1): `a.Primary` cannot be set afterwards: `a` is read-only"],
        );
    }

    #[test]
    fn what_is_in_no_circle_need_not_wait() {
        let expected = "W E0319 Requirement(0): `e.AccountId` need not be deferred: nothing needs it in a circle";
        finds("a account\ne event\ne.AccountId = a.Id deferred", &[expected]);
    }
}
