//! Random patterns, inputs and capabilities: whatever is planned is sound, always the same, and indifferent to the
//! order of declarations.

use proptest::prelude::*;

use super::*;
use crate::check::testing::{entity_on, pattern};
use crate::model::EntityPattern;
use crate::plan::InstanceShape;

/// A part, in numbers.
#[derive(Debug, Clone)]
pub(super) struct RandomPart {
    flags: [bool; 8],
    entity: usize,
    count: usize,
    record: usize,
    given: usize,
    fields: Vec<bool>,
}

pub(super) fn random_part() -> impl Strategy<Value = RandomPart> {
    (any::<[bool; 8]>(), 0..8_usize, 0..4_usize, 0..6_usize, 0..5_usize, prop::collection::vec(any::<bool>(), 12))
        .prop_map(|(flags, entity, count, record, given, fields)| RandomPart {
            flags,
            entity,
            count,
            record,
            given,
            fields,
        })
}

pub(super) fn random_edges() -> impl Strategy<Value = Vec<RandomEdge>> {
    prop::collection::vec((0..7_usize, 0..7_usize, 0..8_usize, any::<bool>(), any::<bool>()), 1..12)
}

/// Two things that refer to each other, one with its own external id, and one that lives in the first.
pub(super) fn entities() -> Vec<EntityDefinition> {
    let fields = "A, B required, C, R ref thing, S ref thing, T ref other, U ref other";
    let mut thing = entity("thing", fields);
    thing.keys = vec![vec![name("A")], vec![name("R"), name("C")]];
    let mut other = entity("other", "A required, B, C, R ref thing, S ref thing, T ref other, U ref other, Key");
    other.idempotency = Some(name("Key"));
    other.keys = vec![vec![name("A")], vec![name("Key")]];
    let mut inner = entity_on("crm-a", "inner", "A, R ref thing, S ref thing, T ref other, B, C, U ref other");
    inner.embedded = Some(Embedded { parent: id("thing"), collection: "inner".into() });
    vec![thing, other, inner]
}

const ENTITIES: [&str; 8] = ["thing", "thing", "thing", "other", "other", "other", "thing", "inner"];

impl RandomPart {
    fn entity(&self) -> &'static str {
        ENTITIES[self.entity]
    }

    fn read_only(&self) -> bool {
        self.flags[0] && self.fields[0]
    }

    fn is_written(&self) -> bool {
        !self.read_only() && self.entity() != "inner"
    }
}

/// An edge, in numbers: two parts, the fields, optional, deferred.
pub(super) type RandomEdge = (usize, usize, usize, bool, bool);

/// A requirement to be.
#[derive(Debug, Clone)]
struct Link {
    dependent: usize,
    to: &'static str,
    source: usize,
    from: &'static str,
    optional: bool,
    deferred: bool,
}

/// Requirements between parts, the smaller number first; sometimes the other way, deferred.
fn links(parts: &[RandomPart], edges: &[RandomEdge]) -> Vec<Link> {
    let link = |(a, b, field, optional, deferred): &RandomEdge| {
        let (a, b) = (a % parts.len(), b % parts.len());
        let (mut source, mut dependent) = (a.min(b), a.max(b));
        let deferred = *deferred && *field < 2 && parts[a].is_written() && parts[b].is_written();
        if deferred {
            std::mem::swap(&mut source, &mut dependent);
        }
        let (to, from) = match field {
            0..4 if parts[source].entity() == "thing" => (["R", "S"][field % 2], "Id"),
            0..4 if parts[source].entity() == "other" => (["T", "U"][field % 2], "Id"),
            4 => ("C", "A"),
            5 => ("A", "C"),
            6 => ("R", "S"),
            7 => ("S", "R"),
            _ => return None,
        };
        let fixed = to == "C" && parts[dependent].flags[6] && !parts[dependent].read_only();
        let link = Link { dependent, to, source, from, optional: *optional, deferred };
        (a != b && !fixed).then_some(link)
    };
    edges.iter().filter_map(link).collect()
}

/// Makes parts and requirements fit each other as the checker wants: what takes from many is many, what is embedded or
/// replaced has a parent.
fn fit(parts: &mut [RandomPart], links: &mut Vec<Link>) {
    for number in 0..parts.len() {
        if parts[number].entity() == "inner" && !parts[number].read_only() {
            let parent = parts[..number].iter().position(|part| part.is_written() && part.entity() == "thing");
            links
                .retain(|link| link.dependent != number || link.from != "Id" || parts[link.source].entity() != "thing");
            links.retain(|link| link.dependent != number || link.to != "R");
            match parent {
                Some(source) => {
                    let dependent = number;
                    links.push(Link { dependent, to: "R", source, from: "Id", optional: false, deferred: false });
                }
                None => parts[number].entity = 3,
            }
        }
        let many = |link: &Link| link.dependent == number && !link.deferred && parts[link.source].flags[1];
        if links.iter().any(many) {
            parts[number].flags[1] = true;
        }
    }
    links.retain(|link| !(link.deferred && parts[link.source].flags[1] && !parts[link.dependent].flags[1]));
    for link in links.iter_mut() {
        link.optional |= parts[link.source].flags[2] && !parts[link.dependent].flags[2];
    }
    for number in 0..parts.len() {
        let by_parent = |link: &Link| {
            link.dependent == number && link.from == "Id" && !link.deferred && !parts[link.source].flags[1]
        };
        parts[number].flags[3] &= links.iter().any(by_parent);
    }
}

/// A part's declaration.
fn declaration(number: usize, part: &RandomPart) -> String {
    let [_, multiple, optional, replace, match_a, default, fixed, limit] = part.flags;
    let (entity, read_only) = (part.entity(), part.read_only());
    let mut line = format!("p{number}{} {entity}", if multiple { "[]" } else { "" });
    let word = |on: bool, word: &str| if on { format!(" {word}") } else { String::new() };
    line += &word(read_only, "readonly");
    line += &word(optional, "optional");
    line += &word(part.is_written() && multiple && replace, "replace");
    let keys = ["A", "R|C", "B", "A"][part.count];
    line += &word(part.is_written() && match_a, &format!("match {keys}"));
    line += &word(!read_only && default, "B=x");
    line += &word(!read_only && fixed, "C:=y");
    line += &word(read_only && limit && multiple, "limit 5");
    line += &word(read_only && !limit, "sort A");
    line
}

/// The requirements as lines; several links into one field are alternatives.
fn requirements(links: &[Link]) -> Vec<String> {
    let mut lines: std::collections::BTreeMap<(usize, &str), (Vec<String>, bool, bool)> = Default::default();
    for Link { dependent, to, source, from, optional, deferred } in links {
        let line = lines.entry((*dependent, to)).or_insert_with(|| (Vec::new(), false, *deferred));
        let source = format!("p{source}.{from}");
        if line.2 == *deferred && !line.0.contains(&source) {
            line.0.push(source);
            line.1 |= *optional;
        }
    }
    let written = lines.into_iter().map(|((part, to), (sources, optional, deferred))| {
        let word = |on: bool, word: &'static str| if on { word } else { "" };
        let tail = [word(optional, " optional"), word(deferred, " deferred")].concat();
        format!("p{part}.{to} = {}{tail}", sources.join(" ?? "))
    });
    written.collect()
}

/// A pattern that the checker mostly accepts. The parts are changed to what they are in it.
pub(super) fn random_pattern(parts: &mut [RandomPart], edges: &[RandomEdge]) -> EntityPattern {
    let mut links = links(parts, edges);
    fit(parts, &mut links);
    let mut lines: Vec<String> = parts.iter().enumerate().map(|(number, part)| declaration(number, part)).collect();
    lines[0].push_str(" root");
    lines.extend(requirements(&links));
    pattern("p", &lines.join("\n"))
}

/// An input that fits the operation more often than not.
pub(super) fn random_shape(pattern: &Pattern, parts: &[RandomPart], operation: Operation) -> InputShape {
    let shape = |part: &crate::catalog::Part| {
        let random = &parts[part.ref_id.as_str()[1..].parse::<usize>().unwrap()];
        let found = part.read_only || operation == Operation::Read;
        let filter = || {
            let key = part.entity.keys.first().filter(|_| random.fields[0]).cloned();
            Some(PartShape::Filter { key })
        };
        match (found, random.given) {
            (_, 0) => return None,
            (true, 1 | 2) => return filter(),
            _ => {}
        }
        let count = if part.multiple { random.count } else { 1 };
        let instance = |number: usize| {
            let wanted = |(position, field): (usize, &crate::catalog::EntityField)| {
                (random.fields[position % 12] || field.required || part.match_on.contains(&position))
                    && !field.name.is_id()
                    && !found
            };
            let every = part.entity.fields.iter().enumerate();
            let fields: Vec<usize> =
                every.filter(|field| wanted((field.0, field.1))).map(|(position, _)| position).collect();
            let record = match (found, (random.record + number) % 6) {
                (true, _) => RecordShape::Given,
                (_, 0..=2) if operation == Operation::Create => RecordShape::New,
                (_, 0 | 1) if !part.match_on.is_empty() => RecordShape::New,
                (_, 3) if !part.match_on.is_empty() => RecordShape::Found,
                (_, 4) if !part.match_on.is_empty() && operation == Operation::Create => RecordShape::Missing,
                (_, 5) if part.replace => RecordShape::New,
                (_, 2) if part.replace && random.fields[2] => RecordShape::Member,
                _ => RecordShape::Given,
            };
            let bare =
                found || record == RecordShape::Given && operation == Operation::Create && part.match_on.is_empty();
            let record = if part.entity.embedded.is_some() && !found { RecordShape::New } else { record };
            let bare = bare && record != RecordShape::New;
            let fetched = if found && random.fields[1] { vec![0, 1] } else { Vec::new() };
            InstanceShape { fields: if bare { Vec::new() } else { fields }, record, fetched }
        };
        let stale = random.fields[2].then_some(random.count);
        Some(PartShape::Given { instances: (0..count).map(instance).collect(), stale })
    };
    InputShape { parts: pattern.parts.iter().map(shape).collect(), select: Vec::new() }
}

pub(super) fn random_capabilities(number: usize, tweaks: [bool; 8]) -> Capabilities {
    let mut all = [ours(), theirs(), bare()][number % 3].clone();
    all.caller_ids ^= tweaks[0];
    all.back_references ^= tweaks[1];
    all.upsert ^= tweaks[2];
    all.share_reads ^= tweaks[3];
    all.find_in_group ^= tweaks[4];
    all.join.any_field ^= tweaks[5];
    if tweaks[5] != tweaks[7] {
        all.join.by_value = Some(ValueJoins { form: "by value".into(), max_total: 3 + number % 2 });
        all.join.any_field = false;
    }
    if tweaks[6] {
        all.write_batch.max = 2;
        all.read_batch.max = 2;
        if let Some(group) = &mut all.atomic_group {
            (group.max_writes, group.max_depth, group.max_kinds) = (3, Some(2), Some(2));
        }
        if let Some(group) = &mut all.other_atomic_group {
            group.max_writes = 4;
        }
    }
    if tweaks[7] {
        (all.join.depth, all.join.many_depth, all.join.max_to_many, all.join.max_total) = (2, 1, 2, 3);
        all.join.many_below_one ^= true;
        all.join.sorted = JoinSort::Local;
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, ..ProptestConfig::default() })]
    #[test]
    fn every_plan_is_sound_and_always_the_same(
        mut parts in prop::collection::vec(random_part(), 1..7),
        edges in random_edges(),
        operation in prop::sample::select(&Operation::ALL[..]),
        crm in 0..3_usize,
        tweaks in any::<[bool; 8]>(),
    ) {
        let written = random_pattern(&mut parts, &edges);
        let model = Model { definitions: entities(), patterns: vec![written.clone()] };
        let Some(checked) = check(&model).catalog else { return Ok(()) };
        let pattern = checked.pattern("crm-a", "p").unwrap_or_else(|| panic!("{written:?}"));
        let shape = random_shape(pattern, &parts, operation);
        let capabilities = random_capabilities(crm, tweaks);
        let planned = plan(pattern, operation, &shape, &capabilities);
        prop_assert_eq!(&planned, &plan(pattern, operation, &shape, &capabilities));

        let mut turned = written;
        turned.parts.reverse();
        turned.requirements.reverse();
        let mut definitions = entities();
        definitions.reverse();
        let turned = catalog(&Model { definitions, patterns: vec![turned] });
        let turned = plan(turned.pattern("crm-a", "p").unwrap(), operation, &shape, &capabilities);
        match (planned, turned) {
            (Ok(planned), Ok(turned)) => {
                prop_assert_eq!(planned.to_json().to_string(), turned.to_json().to_string());
                prop_assert_eq!(planned.explain(), turned.explain());
                assert_sound(&planned, pattern, &shape, &capabilities);
            }
            (planned, turned) => prop_assert_eq!(planned, turned),
        }
    }
}
