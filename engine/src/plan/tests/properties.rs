//! Random patterns, inputs and capabilities: whatever is planned is sound, always the same, and indifferent to the
//! order of declarations.

use proptest::prelude::*;

use super::*;
use crate::check::testing::{entity_on, pattern};
use crate::model::EntityPattern;
use crate::plan::InstanceShape;

/// A part, in numbers.
#[derive(Debug, Clone)]
struct RandomPart {
    flags: [bool; 8],
    entity: usize,
    count: usize,
    record: usize,
    given: usize,
    fields: Vec<bool>,
}

fn random_part() -> impl Strategy<Value = RandomPart> {
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

/// Two things that refer to each other, one with its own external id, and one that lives in the first.
fn entities() -> Vec<EntityDefinition> {
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

/// A part's declaration.
fn declaration(number: usize, part: &RandomPart) -> String {
    let [read_only, multiple, optional, replace, match_a, default, fixed, limit] = part.flags;
    let entity = ["thing", "thing", "thing", "other", "other", "other", "thing", "inner"][part.entity];
    let mut line = format!("p{number}{} {entity}", if multiple { "[]" } else { "" });
    let writes = !read_only;
    let word = |on: bool, word: &str| if on { format!(" {word}") } else { String::new() };
    line += &word(read_only, "readonly");
    line += &word(optional, "optional");
    line += &word(writes && multiple && replace && entity != "inner", "replace");
    let keys = ["A", "R|C", "B", "A"][part.count];
    line += &word(writes && match_a && entity != "inner", &format!("match {keys}"));
    line += &word(writes && default, "B=x");
    line += &word(writes && fixed, "C:=y");
    line += &word(read_only && limit && multiple, "limit 5");
    line += &word(read_only && !limit, "sort A");
    line
}

/// Requirements between parts, the smaller number first; sometimes the other way, deferred.
fn requirements(parts: &[RandomPart], edges: &[(usize, usize, usize, bool, bool)]) -> Vec<String> {
    let entity =
        |part: usize| ["thing", "thing", "thing", "other", "other", "other", "thing", "inner"][parts[part].entity];
    let mut lines: std::collections::BTreeMap<(usize, &str), (Vec<String>, String)> = Default::default();
    for (a, b, field, optional, deferred) in edges {
        let (a, b) = (a % parts.len(), b % parts.len());
        if a == b {
            continue;
        }
        let (mut source, mut dependent) = (a.min(b), a.max(b));
        if *deferred && *field < 2 {
            std::mem::swap(&mut source, &mut dependent);
        }
        let (to, from) = match field {
            0..4 if entity(source) == "thing" => (["R", "S"][field % 2], "Id"),
            0..4 if entity(source) == "other" => (["T", "U"][field % 2], "Id"),
            4 => ("C", "A"),
            5 => ("A", "C"),
            6 => ("R", "S"),
            7 => ("S", "R"),
            _ => continue,
        };
        let fixed = to == "C" && parts[dependent].flags[6] && !parts[dependent].flags[0];
        let source = format!("p{source}.{from}");
        let wait = if *deferred && *field < 2 { " deferred" } else { "" };
        let tail = format!("{}{wait}", if *optional { " optional" } else { "" });
        let (sources, _) = lines.entry((dependent, to)).or_insert_with(|| (Vec::new(), tail));
        if !fixed && !sources.contains(&source) {
            sources.push(source);
        }
    }
    let written = lines.into_iter().filter(|(_, (sources, _))| !sources.is_empty());
    written.map(|((part, to), (sources, tail))| format!("p{part}.{to} = {}{tail}", sources.join(" ?? "))).collect()
}

fn random_pattern(parts: &[RandomPart], edges: &[(usize, usize, usize, bool, bool)]) -> EntityPattern {
    let mut lines: Vec<String> = parts.iter().enumerate().map(|(number, part)| declaration(number, part)).collect();
    lines[0].push_str(" root");
    lines.extend(requirements(parts, edges));
    pattern("p", &lines.join("\n"))
}

/// An input that fits the operation more often than not.
fn random_shape(pattern: &Pattern, parts: &[RandomPart], operation: Operation) -> InputShape {
    let shape = |part: &crate::catalog::Part| {
        let random = &parts[part.ref_id.as_str()[1..].parse::<usize>().unwrap()];
        let found = part.read_only || operation == Operation::Read;
        let filter = || {
            let key = part.entity.keys.first().filter(|_| random.fields[0]).cloned();
            Some(PartShape::Filter { key })
        };
        match (found, random.given) {
            (true, 0 | 1) | (false, 0) => return None,
            (true, 2 | 3) => return filter(),
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

fn random_capabilities(number: usize, tweaks: [bool; 8]) -> Capabilities {
    let mut all = [ours(), theirs(), bare()][number % 3].clone();
    all.caller_ids ^= tweaks[0];
    all.back_references ^= tweaks[1];
    all.upsert ^= tweaks[2];
    all.share_reads ^= tweaks[3];
    all.find_in_group ^= tweaks[4];
    all.join.any_field ^= tweaks[5];
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
        parts in prop::collection::vec(random_part(), 1..7),
        edges in prop::collection::vec((0..7_usize, 0..7_usize, 0..8_usize, any::<bool>(), any::<bool>()), 0..9),
        operation in prop::sample::select(&Operation::ALL[..]),
        crm in 0..3_usize,
        tweaks in any::<[bool; 8]>(),
    ) {
        let written = random_pattern(&parts, &edges);
        let model = Model { definitions: entities(), patterns: vec![written.clone()] };
        let Some(checked) = check(&model).catalog else { return Ok(()) };
        let pattern = checked.pattern("crm-a", "p").unwrap();
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
