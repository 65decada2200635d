//! Lowers capabilities and mappers.

use engage_engine::ids::SemanticId;
use engage_engine::model::{FieldRef, Place};
use engage_playbooks::model::{Capability, CapabilityVersion, Mapper};

use crate::lower::{Lowering, codes};
use crate::source::Span;
use crate::syntax::{self, CapabilityStatement, Name, VersionProperty, VersionPropertyKind};

impl Lowering<'_> {
    pub(super) fn capability(&mut self, capability: &syntax::Capability) -> Option<Capability> {
        if let Some(id) = self.semantic_id(&capability.id) {
            return Some(self.capability_as(capability, id));
        }
        let id = SemanticId::new("unnamed").ok()?;
        self.aside(|aside| aside.capability_as(capability, id));
        None
    }

    fn capability_as(&mut self, capability: &syntax::Capability, id: SemanticId) -> Capability {
        self.at(Place::Whole, capability.span);
        self.at(Place::Id, capability.id.span);
        let name = capability.name.as_ref().unwrap_or(&capability.id).value.clone();
        let (mut description, mut versions) = (None, Vec::new());
        for statement in &capability.body {
            match statement {
                CapabilityStatement::Description(text) => self.once(&mut description, "description", text.span, text),
                CapabilityStatement::Version { span, number, properties, whole } => {
                    let head = Span { end: number.span.end, ..*span };
                    let complaint = whole.then_some(head);
                    versions.extend(self.version(complaint, number, properties, versions.len()));
                }
            }
        }
        let description = description.map(|(_, text)| text.value.clone()).unwrap_or_default();
        Capability { id, name, description, versions }
    }

    /// A version; what it lacks is told at `head`, unless it may stand in what was left out for a slip.
    fn version(
        &mut self,
        head: Option<Span>,
        number: &Name,
        properties: &[VersionProperty],
        position: usize,
    ) -> Option<CapabilityVersion> {
        let (mut model, mut prompt, mut input, mut output, mut max_tokens) = (None, None, None, None, None);
        for VersionProperty { span, kind } in properties {
            match kind {
                VersionPropertyKind::Model(text) => self.once(&mut model, "model", text.span, &text.value),
                VersionPropertyKind::Prompt(text) => self.once(&mut prompt, "prompt", text.span, &text.value),
                VersionPropertyKind::Input(value) => self.once(&mut input, "input", value.span, &value.value),
                VersionPropertyKind::Output(value) => self.once(&mut output, "output", value.span, &value.value),
                VersionPropertyKind::MaxTokens(number) => {
                    let count = self.count(number);
                    self.once(&mut max_tokens, "max_tokens", *span, count);
                }
            }
        }
        let found = [model.is_some(), prompt.is_some(), input.is_some(), output.is_some()];
        for (found, property) in found.into_iter().zip(["model", "prompt", "input", "output"]) {
            if let Some(head) = head.filter(|_| !found) {
                self.found.push(codes::missing("a version", &format!("`{property}`"), head));
            }
        }
        let count = self.count(number);
        let (model, prompt, input, output) = (model?, prompt?, input?, output?);
        for (place, span) in [
            (Place::Version(position), number.span),
            (Place::VersionModel(position), model.0),
            (Place::VersionPrompt(position), prompt.0),
            (Place::VersionInput(position), input.0),
            (Place::VersionOutput(position), output.0),
        ] {
            self.at(place, span);
        }
        Some(CapabilityVersion {
            number: count?,
            model: model.1.clone(),
            prompt: prompt.1.clone(),
            input: input.1.clone(),
            output: output.1.clone(),
            max_tokens: max_tokens.and_then(|(_, count)| count),
        })
    }

    pub(super) fn mapper(&mut self, mapper: &syntax::Mapper) -> Option<Mapper> {
        let pattern = self.semantic_id(&mapper.pattern);
        let field = match &mapper.field {
            Some((part, field)) => {
                let (part, field) = (self.ref_id(part), self.field_name(field));
                Some(FieldRef { part: part?, field: field? })
            }
            None => None,
        };
        let pattern = pattern?;
        self.at(Place::Whole, mapper.span);
        self.at(Place::Id, mapper.use_case.span);
        self.at(Place::MapperPattern, mapper.pattern.span);
        if let Some((part, field)) = &mapper.field {
            self.at(Place::MapperField, part.span.to(field.span));
        }
        Some(Mapper { use_case: mapper.use_case.value.clone(), pattern, field })
    }
}
