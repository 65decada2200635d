//! Lowers patterns.

use engage_engine::ids::{RefId, SemanticId};
use engage_engine::model::{
    Assignment, Condition, EntityPattern, Escalation, FieldRef, FieldRequirement, Literal, PatternPart, Place, Sort,
    Test,
};

use crate::lower::{Lowering, codes};
use crate::source::Span;
use crate::syntax::{self, PartFlag, PartFlagKind, PatternStatement};

/// The flags of one part, each with the place of its first appearance.
#[derive(Default)]
struct Flags<'t> {
    read_only: Option<(Span, ())>,
    optional: Option<(Span, ())>,
    root: Option<(Span, ())>,
    replace: Option<(Span, ())>,
    match_on: Option<(Span, &'t [syntax::Name])>,
    sort: Option<(Span, Option<Sort>)>,
    limit: Option<(Span, Option<u32>)>,
    filter: Option<(Span, &'t syntax::Condition)>,
}

impl Lowering<'_> {
    pub(super) fn pattern(&mut self, pattern: &syntax::Pattern) -> Option<EntityPattern> {
        if let Some(id) = self.semantic_id(&pattern.id) {
            return Some(self.pattern_as(pattern, id));
        }
        let id = SemanticId::new("unnamed").ok()?;
        self.aside(|aside| aside.pattern_as(pattern, id));
        None
    }

    fn pattern_as(&mut self, pattern: &syntax::Pattern, id: SemanticId) -> EntityPattern {
        self.at(Place::Whole, pattern.span);
        self.at(Place::Id, pattern.id.span);
        let name = pattern.name.as_ref().unwrap_or(&pattern.id).value.clone();
        let (mut parts, mut requirements) = (Vec::new(), Vec::new());
        let (mut description, mut escalation) = (None, None);
        for statement in &pattern.body {
            match statement {
                PatternStatement::Description(text) => self.once(&mut description, "description", text.span, text),
                PatternStatement::Escalation(span, text) => self.once(&mut escalation, "as application", *span, text),
                PatternStatement::Part(part) => parts.extend(self.part(part, parts.len())),
                PatternStatement::Requirement(written) => {
                    requirements.extend(self.requirement(written, requirements.len()));
                }
            }
        }
        if let Some((span, _)) = escalation {
            self.at(Place::Escalation, span);
        }
        let escalation = escalation.map(|(_, text)| Escalation { reason: text.value.clone() });
        let description = description.map(|(_, text)| text.value.clone()).unwrap_or_default();
        EntityPattern { id, name, description, escalation, parts, requirements }
    }

    fn part(&mut self, written: &syntax::Part, number: usize) -> Option<PatternPart> {
        let (ref_id, entity) = (self.ref_id(&written.name), self.semantic_id(&written.entity));
        if let (Some(ref_id), Some(entity)) = (&ref_id, &entity) {
            return Some(self.part_as(written, number, PatternPart::new(ref_id.clone(), entity.clone())));
        }
        let ref_id = ref_id.or_else(|| RefId::new("unnamed").ok())?;
        let entity = entity.or_else(|| SemanticId::new("unnamed").ok())?;
        self.aside(|aside| aside.part_as(written, number, PatternPart::new(ref_id, entity)));
        None
    }

    fn part_as(&mut self, written: &syntax::Part, number: usize, mut part: PatternPart) -> PatternPart {
        self.at(Place::Part(number), written.name.span);
        self.at(Place::PartEntity(number), written.entity.span);
        if let (Some(first), Some(last)) = (written.flags.first(), written.flags.last()) {
            self.at(Place::PartFlags(number), first.span.to(last.span));
        }
        let mut flags = Flags::default();
        for flag in &written.flags {
            self.part_flag(&mut flags, flag, number);
        }
        let places = [
            (Place::PartRoot(number), flags.root.map(|(span, ())| span)),
            (Place::PartReplace(number), flags.replace.map(|(span, ())| span)),
            (Place::Limit(number), flags.limit.map(|(span, _)| span)),
        ];
        for (place, span) in places {
            if let Some(span) = span {
                self.at(place, span);
            }
        }
        part.multiple = written.multiple;
        part.read_only = flags.read_only.is_some();
        part.optional = flags.optional.is_some();
        part.root = flags.root.is_some();
        part.replace = flags.replace.is_some();
        for name in flags.match_on.map_or(&[][..], |(_, names)| names) {
            if let Some(field) = self.field_name(name) {
                self.at(Place::PartMatch(number, part.match_on.len()), name.span);
                part.match_on.push(field);
            }
        }
        part.query.sort = flags.sort.and_then(|(_, sort)| sort);
        part.query.limit = flags.limit.and_then(|(_, limit)| limit);
        if let Some((span, condition)) = flags.filter {
            self.at(Place::Query(number), span);
            let mut fields = 0;
            part.query.filter = self.condition(condition, number, &mut fields);
        }
        self.assignments(written, number, &mut part);
        part
    }

    fn part_flag<'t>(&mut self, flags: &mut Flags<'t>, flag: &'t PartFlag, number: usize) {
        let span = flag.span;
        match &flag.kind {
            PartFlagKind::ReadOnly => self.once(&mut flags.read_only, "readonly", span, ()),
            PartFlagKind::Optional => self.once(&mut flags.optional, "optional", span, ()),
            PartFlagKind::Root => self.once(&mut flags.root, "root", span, ()),
            PartFlagKind::Replace => self.once(&mut flags.replace, "replace", span, ()),
            PartFlagKind::Match(names) => self.once(&mut flags.match_on, "match", span, names.as_slice()),
            PartFlagKind::Sort(field, direction) => {
                self.at(Place::Sort(number), field.span);
                let sort = self.field_name(field).map(|field| Sort { field, direction: *direction });
                self.once(&mut flags.sort, "sort", span, sort);
            }
            PartFlagKind::Limit(limit) => {
                let count = self.count(limit);
                self.once(&mut flags.limit, "limit", span, count);
            }
            PartFlagKind::Where(condition) => self.once(&mut flags.filter, "where", span, condition),
        }
    }

    fn assignments(&mut self, written: &syntax::Part, number: usize, part: &mut PatternPart) {
        for assignment in &written.assignments {
            let Some(field) = self.field_name(&assignment.field) else { continue };
            let lowered = Assignment { field, value: assignment.value.value.clone() };
            if assignment.fixed {
                let position = part.fixed.len();
                self.at(Place::Fixed(number, position), assignment.field.span);
                self.at(Place::FixedValue(number, position), assignment.value.span);
                part.fixed.push(lowered);
            } else {
                let position = part.defaults.len();
                self.at(Place::Default(number, position), assignment.field.span);
                self.at(Place::DefaultValue(number, position), assignment.value.span);
                part.defaults.push(lowered);
            }
        }
    }

    /// The fields of a condition are numbered from left to right. Recursion is as deep as the tree, which is bounded.
    fn condition(
        &mut self,
        written: &syntax::Condition,
        part: usize,
        fields: &mut usize,
    ) -> Option<Condition<Literal>> {
        let mut group = |lowering: &mut Self, list: &[syntax::Condition]| {
            let list: Vec<_> = list.iter().map(|inner| lowering.condition(inner, part, fields)).collect();
            list.into_iter().collect::<Option<Vec<_>>>()
        };
        match written {
            syntax::Condition::And(list) => group(self, list).map(Condition::And),
            syntax::Condition::Or(list) => group(self, list).map(Condition::Or),
            syntax::Condition::Not(inner) => {
                self.condition(inner, part, fields).map(|inner| Condition::Not(Box::new(inner)))
            }
            syntax::Condition::Test { field, operator, operands } => {
                self.at(Place::QueryField(part, *fields), field.span);
                *fields += 1;
                let operands = operands.iter().map(|operand| operand.value.clone()).collect();
                self.field_name(field).map(|field| Condition::Test(Test { field, operator: *operator, operands }))
            }
        }
    }

    fn requirement(&mut self, written: &syntax::Requirement, number: usize) -> Option<FieldRequirement> {
        let dependent = self.reference(&written.dependent);
        let sources: Vec<_> = written.sources.iter().map(|source| self.reference(source)).collect();
        for (flag, places) in [("optional", &written.optional), ("deferred", &written.deferred)] {
            if let [first, again, ..] = places.as_slice() {
                self.found.push(codes::duplicate_property(flag, *first, *again));
            }
        }
        let (dependent, sources) = (dependent?, sources.into_iter().collect::<Option<Vec<_>>>()?);
        self.at(Place::Requirement(number), written.span);
        self.at(Place::Dependent(number), written.dependent.span);
        for (position, source) in written.sources.iter().enumerate() {
            self.at(Place::Source(number, position), source.span);
        }
        let (optional, deferred) = (!written.optional.is_empty(), !written.deferred.is_empty());
        Some(FieldRequirement { dependent, sources, optional, deferred })
    }

    fn reference(&mut self, written: &syntax::Reference) -> Option<FieldRef> {
        let (part, field) = (self.ref_id(&written.part), self.field_name(&written.field));
        Some(FieldRef { part: part?, field: field? })
    }
}
