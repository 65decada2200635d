//! Many instances do not go into one.

use super::super::definitions::Definitions;
use super::super::shape::Shape;
use crate::model::Place;
use crate::problem::{Code, CodeInfo, Problem};

pub(in crate::check) const INFO: CodeInfo = CodeInfo {
    code: Code("E0316"),
    title: "a single part takes its value from a multiple one",
    explanation: "A multiple part has any number of instances, a single part one: there is no telling which of the \
                  many values it should take. The other ways round are fine: a single source is copied into every \
                  instance, and a multiple source makes one dependent instance each.",
    example: "pattern visit \"A visit\" {\n  advisors[] : employee readonly\n  event      : event\n\n  \
              event.OwnerId = advisors.Id\n}\n",
    cure: "pattern visit \"A visit\" {\n  owner : employee readonly\n  event : event\n\n  \
           event.OwnerId = owner.Id\n}\n",
};

pub(super) fn check(shape: &Shape<'_>, _: &Definitions<'_>, problems: &mut Vec<Problem>) {
    for link in shape.links() {
        let (Some(source), Some(dependent)) = (shape.part(link.from), shape.part(link.to)) else { continue };
        if !source.multiple || dependent.multiple || link.from == link.to {
            continue;
        }
        let message = format!(
            "`{}` is one value, `{}.{}` may be many",
            link.written.dependent,
            source.ref_id,
            link.written.sources.get(link.source).map_or("", |field| field.field.as_str())
        );
        let help =
            format!("make `{}` multiple (`{}[]`) or `{}` single", dependent.ref_id, dependent.ref_id, source.ref_id);
        problems.push(
            Problem::error(INFO.code, shape.at(Place::Source(link.requirement, link.source)), message)
                .help(help)
                .related(shape.at(Place::Part(link.from)), format!("`{}` is multiple", source.ref_id)),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::finds;

    #[test]
    fn many_do_not_go_into_one() {
        let expected = "E0316 Source(0, 0): `e.OwnerId` is one value, `s.Id` may be many [Part(0): `s` is multiple]";
        finds("s[] employee readonly\ne event\ne.OwnerId = s.Id", &[expected]);
    }

    #[test]
    fn one_goes_into_many_and_many_into_many() {
        finds("s employee readonly\ne[] event\ne.OwnerId = s.Id", &[]);
        finds("s[] employee readonly\ne[] event\ne.OwnerId = s.Id", &[]);
    }
}
