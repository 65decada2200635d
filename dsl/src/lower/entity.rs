//! Lowers entities.

use engage_engine::ids::{CrmName, SemanticId};
use engage_engine::model::{Choice, Embedded, EntityDefinition, Field, FieldKind, Literal, Place, WireValue};

use crate::lower::{Lowering, codes, kind_of};
use crate::source::{Span, Spanned};
use crate::syntax::{self, EntityStatement, FieldFlag, FieldFlagKind, PlainType};

/// The flags of one field, each with the place of its first appearance.
#[derive(Default)]
struct Flags {
    kind: Option<(Span, FieldKind)>,
    required: Option<(Span, ())>,
    read_only: Option<(Span, ())>,
    public: Option<(Span, ())>,
    sensitive: Option<(Span, ())>,
    max: Option<(Span, Option<u32>)>,
    write: Option<(Span, String)>,
    via: Option<Span>,
    choices: Vec<Span>,
}

impl Flags {
    /// Where each flag of the n-th field stands.
    fn places(&self, n: usize) -> Vec<(Place, Span)> {
        let flags = [
            (Place::FieldType(n), self.kind.as_ref().map(|(span, _)| *span)),
            (Place::FieldVia(n), self.via),
            (Place::FieldRequired(n), self.required.map(|(span, ())| span)),
            (Place::FieldReadOnly(n), self.read_only.map(|(span, ())| span)),
            (Place::FieldMax(n), self.max.map(|(span, _)| span)),
        ];
        let flags = flags.into_iter().filter_map(|(place, span)| Some((place, span?)));
        flags.chain(self.choices.iter().enumerate().map(|(at, span)| (Place::Choice(n, at), *span))).collect()
    }
}

impl Lowering<'_> {
    pub(super) fn entity(&mut self, entity: &syntax::Entity) -> Option<EntityDefinition> {
        match (self.semantic_id(&entity.id), self.crm_name(&entity.crm)) {
            (Some(id), Some(crm)) => Some(self.entity_as(entity, id, crm)),
            (id, crm) => {
                // The rest is read all the same, so that a slip in the header hides none in the body.
                let (id, crm) =
                    (id.or_else(|| SemanticId::new("unnamed").ok())?, crm.or_else(|| CrmName::new("unnamed").ok())?);
                self.aside(|aside| aside.entity_as(entity, id, crm));
                None
            }
        }
    }

    fn entity_as(&mut self, entity: &syntax::Entity, id: SemanticId, crm: CrmName) -> EntityDefinition {
        let crm_type = entity.crm_type.value.clone();
        self.at(Place::Whole, entity.span);
        self.at(Place::Id, entity.id.span);
        self.at(Place::Crm, entity.crm.span);
        self.at(Place::CrmType, entity.crm_type.span);
        let name = entity.name.as_ref().unwrap_or(&entity.id).value.clone();
        let (fields, keys) = (Vec::new(), Vec::new());
        let mut definition = EntityDefinition {
            id,
            name,
            description: String::new(),
            crm,
            crm_type,
            fields,
            idempotency: None,
            keys,
            embedded: None,
        };
        let (mut description, mut idempotency, mut embedded) = (None, None, None);
        for statement in &entity.body {
            match statement {
                EntityStatement::Description(text) => self.once(&mut description, "description", text.span, text),
                EntityStatement::Idempotency(span, name) => self.once(&mut idempotency, "idempotency", *span, name),
                EntityStatement::Embedded { span, parent, collection } => {
                    self.once(&mut embedded, "embedded", *span, (parent, collection));
                }
                EntityStatement::Key(span, written) => {
                    if let Some(names) = self.field_names(written) {
                        let key = definition.keys.len();
                        self.at(Place::Key(key), *span);
                        for (position, name) in written.iter().enumerate() {
                            self.at(Place::KeyField(key, position), name.span);
                        }
                        definition.keys.push(names);
                    }
                }
                EntityStatement::Field(field) => {
                    let number = definition.fields.len();
                    definition.fields.extend(self.field(field, number, &definition.id));
                }
            }
        }
        definition.description = description.map(|(_, text)| text.value.clone()).unwrap_or_default();
        if let Some((_, name)) = idempotency {
            self.at(Place::Idempotency, name.span);
            definition.idempotency = self.field_name(name);
        }
        if let Some((_, (parent, collection))) = embedded {
            self.at(Place::Embedded, parent.span);
            self.at(Place::EmbeddedAs, collection.span);
            let collection = collection.value.clone();
            definition.embedded = self.semantic_id(parent).map(|parent| Embedded { parent, collection });
        }
        definition
    }

    fn field(&mut self, field: &syntax::Field, number: usize, entity: &SemanticId) -> Option<Field> {
        let mapped_name = field.mapped.value.clone();
        let mut flags = Flags::default();
        for flag in &field.flags {
            self.flag(&mut flags, flag);
        }
        let name = self.field_name(&field.name)?;
        self.at(Place::Field(number), field.name.span);
        self.at(Place::FieldMapped(number), field.mapped.span);
        if let (Some(first), Some(last)) = (field.flags.first(), field.flags.last()) {
            self.at(Place::FieldFlags(number), first.span.to(last.span));
        }
        for (place, span) in flags.places(number) {
            self.at(place, span);
        }
        self.at(Place::FieldWrite(number), flags.write.as_ref().map_or(field.mapped.span, |(span, _)| *span));
        Some(Field {
            kind: flags.kind.map_or_else(|| codes::default_kind(&name, entity), |(_, kind)| kind),
            name,
            mapped_name,
            write: flags.write.map(|(_, column)| column),
            required: flags.required.is_some(),
            read_only: flags.read_only.is_some(),
            max_length: flags.max.and_then(|(_, max)| max),
            public: flags.public.is_some(),
            sensitive: flags.sensitive.is_some(),
        })
    }

    fn flag(&mut self, flags: &mut Flags, flag: &FieldFlag) {
        let span = flag.span;
        match &flag.kind {
            FieldFlagKind::Required => self.once(&mut flags.required, "required", span, ()),
            FieldFlagKind::ReadOnly => self.once(&mut flags.read_only, "readonly", span, ()),
            FieldFlagKind::Public => self.once(&mut flags.public, "public", span, ()),
            FieldFlagKind::Sensitive => self.once(&mut flags.sensitive, "sensitive", span, ()),
            FieldFlagKind::Max(number) => {
                let max = self.count(number);
                self.once(&mut flags.max, "max", span, max);
            }
            FieldFlagKind::Write(column) => {
                let written = column.value.clone();
                self.once(&mut flags.write, "write", column.span, written);
            }
            FieldFlagKind::Plain(plain) => self.once(&mut flags.kind, "type", span, plain_kind(*plain)),
            FieldFlagKind::Text(allowed) => {
                flags.choices.extend(allowed.iter().map(|text| text.span));
                let allowed = allowed.iter().map(|text| text.value.clone()).collect();
                self.once(&mut flags.kind, "type", span, FieldKind::String { allowed });
            }
            FieldFlagKind::Choice(choices) => {
                flags.choices.extend(choices.iter().map(|choice| choice.name.span));
                let choices = self.choices(choices);
                self.once(&mut flags.kind, "type", span, FieldKind::Choice(choices));
            }
            FieldFlagKind::MultiChoice(choices) => {
                flags.choices.extend(choices.iter().map(|choice| choice.name.span));
                let choices = self.choices(choices);
                self.once(&mut flags.kind, "type", span, FieldKind::MultiChoice(choices));
            }
            FieldFlagKind::Ref(entity, via) => {
                flags.via = via.as_ref().map(|via| via.span);
                let via = via.as_ref().map(|via| via.value.clone());
                if let Some(target) = self.semantic_id(entity) {
                    let kind = FieldKind::Ref { entity: target, via };
                    match &flags.kind {
                        // Of a reference the entity is what can be wrong.
                        None => flags.kind = Some((entity.span, kind)),
                        Some(_) => self.once(&mut flags.kind, "type", span, kind),
                    }
                }
            }
        }
    }

    fn choices(&mut self, choices: &[syntax::Choice]) -> Vec<Choice> {
        let lower = |choice: &syntax::Choice| {
            let wire = choice.wire.as_ref().map(|wire| self.wire(wire));
            Choice { name: choice.name.value.clone(), wire: wire.flatten() }
        };
        choices.iter().map(lower).collect()
    }

    fn wire(&mut self, literal: &Spanned<Literal>) -> Option<WireValue> {
        let wire = match &literal.value {
            Literal::Text(text) => Some(WireValue::Text(text.clone())),
            Literal::Boolean(boolean) => Some(WireValue::Boolean(*boolean)),
            Literal::Number(number) => number.parse().ok().map(WireValue::Int),
            Literal::Null | Literal::List(_) => None,
        };
        if wire.is_none() {
            let expected = "a 64-bit whole number, a text, `true` or `false`";
            self.found.push(codes::wrong_kind(expected, kind_of(&literal.value), literal.span));
        }
        wire
    }
}

fn plain_kind(plain: PlainType) -> FieldKind {
    match plain {
        PlainType::Boolean => FieldKind::Boolean,
        PlainType::Int => FieldKind::Int,
        PlainType::Double => FieldKind::Double,
        PlainType::Decimal => FieldKind::Decimal,
        PlainType::Date => FieldKind::Date,
        PlainType::DateTime => FieldKind::DateTime,
    }
}
