//! Lowers playbooks.

use std::time::Duration;

use engage_engine::ids::{RefId, SemanticId};
use engage_engine::model::{Escalation, InputAt, Place};
use engage_playbooks::model::{
    Block, BlockKind, Coordinate, Declared, FieldMapping, Fork, InputValue, Playbook, Position,
};
use engage_playbooks::model::{Schedule, Trigger, TriggerKind, VersionChoice};

use crate::duration;
use crate::lower::{Lowering, codes};
use crate::source::{Span, Spanned};
use crate::syntax::{self, Argument, BlockFlagKind, Name, PlaybookStatement};

/// How other blocks call a trigger that has no name of its own.
pub const TRIGGER: &str = "trigger";
/// The zone of a schedule that names none.
pub const ZONE: &str = "UTC";

/// The flags of one block, each with the place of its first appearance.
#[derive(Default)]
struct Flags<'t> {
    when: Option<(Span, &'t syntax::Check)>,
    after: Option<(Span, &'t [Name])>,
    escalation: Option<(Span, &'t Name)>,
    allow: Option<(Span, &'t Name)>,
    position: Option<(Span, (&'t Name, &'t Name))>,
}

impl Lowering<'_> {
    pub(super) fn playbook(&mut self, playbook: &syntax::Playbook) -> Option<Playbook> {
        if let Some(id) = self.semantic_id(&playbook.id) {
            return Some(self.playbook_as(playbook, id));
        }
        let id = SemanticId::new("unnamed").ok()?;
        self.aside(|aside| aside.playbook_as(playbook, id));
        None
    }

    fn playbook_as(&mut self, playbook: &syntax::Playbook, id: SemanticId) -> Playbook {
        self.at(Place::Whole, playbook.span);
        self.at(Place::Id, playbook.id.span);
        let name = playbook.name.as_ref().unwrap_or(&playbook.id).value.clone();
        let (mut description, mut fork, mut deadline, mut concurrency) = (None, None, None, None);
        let mut blocks = Vec::new();
        for statement in &playbook.body {
            match statement {
                PlaybookStatement::Description(text) => self.once(&mut description, "description", text.span, text),
                PlaybookStatement::Fork(written) => {
                    let of = self.fork(written);
                    self.once(&mut fork, "fork", written.span, of);
                }
                PlaybookStatement::Deadline(span, text) => {
                    let time = self.deadline(text);
                    self.once(&mut deadline, "deadline", *span, time);
                }
                PlaybookStatement::Concurrency(span, number) => {
                    let count = self.count(number);
                    self.once(&mut concurrency, "concurrency", *span, count);
                }
                PlaybookStatement::Block(block) => blocks.extend(self.block(block, blocks.len())),
            }
        }
        for (place, span) in
            [(Place::Deadline, deadline.map(|(span, _)| span)), (Place::Concurrency, concurrency.map(|(span, _)| span))]
        {
            if let Some(span) = span {
                self.at(place, span);
            }
        }
        let description = description.map(|(_, text)| text.value.clone()).unwrap_or_default();
        let fork = fork.and_then(|(_, of)| of);
        let deadline = deadline.and_then(|(_, time)| time);
        let concurrency = concurrency.and_then(|(_, count)| count);
        Playbook { id, name, description, package: None, fork, deadline, concurrency, blocks }
    }

    fn fork(&mut self, written: &syntax::Fork) -> Option<Fork> {
        let syntax::Fork { span: _, package, playbook, version, replaces } = written;
        for (place, name) in [(Place::Fork, package), (Place::ForkPlaybook, playbook), (Place::ForkVersion, version)] {
            self.at(place, name.span);
        }
        let (package, playbook) = (self.semantic_id(package), self.semantic_id(playbook));
        let number = version.value.parse().ok();
        if number.is_none() {
            let found = format!("`{}`", codes::excerpt(&version.value));
            self.found.push(codes::wrong_kind("a version such as `1.2.0`", &found, version.span));
        }
        Some(Fork { package: package?, version: number?, playbook: playbook?, replaces: *replaces })
    }

    fn deadline(&mut self, text: &Name) -> Option<Duration> {
        let time = duration::parse(&text.value);
        if time.is_none() {
            let found = format!("`{}`", codes::excerpt(&text.value));
            self.found.push(codes::wrong_kind("a time such as `90s`, `30m` or `2h`", &found, text.span));
        }
        time
    }

    fn block(&mut self, written: &syntax::Block, number: usize) -> Option<Block> {
        let name = match &written.name {
            Some(name) => self.ref_id(name),
            None => RefId::new(TRIGGER).ok(),
        };
        if let Some(name) = name {
            let mark = self.places.mark(self.item);
            let block = self.block_as(written, number, name);
            if block.is_none() {
                self.places.rewind(self.item, mark);
            }
            return block;
        }
        let name = RefId::new("unnamed").ok()?;
        self.aside(|aside| aside.block_as(written, number, name));
        None
    }

    /// The block; `None`, once all of it has been looked at, when what it does cannot be told.
    fn block_as(&mut self, written: &syntax::Block, number: usize, name: RefId) -> Option<Block> {
        let kind = self.block_kind(written, number, &name);
        let value_at = value_span(written);
        self.at(Place::Block(number), written.name.as_ref().map_or(value_at, |name| name.span));
        let mut flags = Flags::default();
        for flag in &written.flags {
            let span = flag.span;
            match &flag.kind {
                BlockFlagKind::When(check) => self.once(&mut flags.when, "when", span, check),
                BlockFlagKind::After(names) => self.once(&mut flags.after, "after", span, names.as_slice()),
                BlockFlagKind::Escalation(text) => self.once(&mut flags.escalation, "as application", span, text),
                BlockFlagKind::Allow(text) => self.once(&mut flags.allow, "allow", span, text),
                BlockFlagKind::Position(x, y) => self.once(&mut flags.position, "at", span, (x, y)),
            }
        }
        for (place, span) in [
            (Place::BlockWhen(number), flags.when.map(|(span, _)| span)),
            (Place::BlockEscalation(number), flags.escalation.map(|(span, _)| span)),
            (Place::BlockAllow(number), flags.allow.map(|(span, _)| span)),
        ] {
            if let Some(span) = span {
                self.at(place, span);
            }
        }
        let when = flags.when.map(|(_, check)| {
            let mut values = 0;
            self.when(check, number, &mut values)
        });
        let mut after = Vec::new();
        for name in flags.after.map_or(&[][..], |(_, names)| names) {
            if let Some(block) = self.ref_id(name) {
                self.at(Place::BlockAfter(number, after.len()), name.span);
                after.push(block);
            }
        }
        let mappings = self.mappings(&written.mappings, number);
        let when = match when {
            Some(when) => Some(when?),
            None => None,
        };
        Some(Block {
            name,
            title: written.title.as_ref().map(|title| title.value.clone()).unwrap_or_default(),
            kind: kind?,
            when,
            after,
            escalation: flags.escalation.map(|(_, text)| Escalation { reason: text.value.clone() }),
            allow_sensitive: flags.allow.map(|(_, text)| text.value.clone()),
            mappings,
            position: flags.position.and_then(|(_, (x, y))| self.position(x, y)),
        })
    }

    fn position(&mut self, x: &Name, y: &Name) -> Option<Position> {
        let mut read = |number: &Name| {
            let value: Option<Coordinate> = number.value.parse().ok();
            if value.is_none() {
                let found = format!("`{}`", codes::excerpt(&number.value));
                self.found.push(codes::wrong_kind("a number of at most 28 digits", &found, number.span));
            }
            value
        };
        let (x, y) = (read(x), read(y));
        Some(Position { x: x?, y: y? })
    }

    fn mappings(&mut self, written: &[syntax::Mapping], block: usize) -> Vec<FieldMapping> {
        let mut mappings = Vec::new();
        for mapping in written {
            let number = mappings.len();
            let at = InputAt::Mapping(number);
            let Some(source) = self.source(&mapping.source, block, at) else { continue };
            if let Some(destination) = &mapping.destination {
                self.at(Place::InputDestination(block, number), destination.span);
                if !self.short(&destination.value, destination.span) {
                    continue;
                }
            }
            let destination = mapping.destination.as_ref().map(|destination| destination.value.clone());
            mappings.push(FieldMapping { destination, source });
        }
        mappings
    }

    fn block_kind(&mut self, written: &syntax::Block, number: usize, name: &RefId) -> Option<BlockKind> {
        self.at(Place::BlockValue(number), value_span(written));
        Some(match &written.kind {
            syntax::BlockKind::Trigger(kind, arguments) => BlockKind::Trigger(self.trigger(kind, arguments, number)?),
            syntax::BlockKind::Filter { pattern, part, condition } => {
                self.at(Place::BlockPart(number), part.span);
                let (pattern, part) = (self.semantic_id(pattern), self.ref_id(part));
                let condition = self.filter(condition, number, &mut (0, 0));
                BlockKind::Filter { pattern: pattern?, part: part?, condition: condition? }
            }
            syntax::BlockKind::Read(pattern) => BlockKind::Read { pattern: self.semantic_id(pattern)? },
            syntax::BlockKind::Create(pattern) => BlockKind::Create { pattern: self.semantic_id(pattern)? },
            syntax::BlockKind::Update(pattern) => BlockKind::Update { pattern: self.semantic_id(pattern)? },
            syntax::BlockKind::Template(template) => BlockKind::Template { template: self.semantic_id(template)? },
            syntax::BlockKind::Ai(capability, version) => {
                let capability = self.semantic_id(capability);
                let version = match version {
                    None => VersionChoice::Latest,
                    Some(written) => {
                        self.at(Place::BlockVersion(number), written.span);
                        VersionChoice::Pinned(self.count(written)?)
                    }
                };
                BlockKind::Ai { capability: capability?, version }
            }
            syntax::BlockKind::Output(alias) => {
                let name = alias.as_ref().map_or_else(|| name.to_string(), |alias| alias.value.clone());
                BlockKind::Output { name }
            }
            syntax::BlockKind::Constant(value) => BlockKind::Input(InputValue::Constant(value.value.clone())),
            syntax::BlockKind::Given(alias, of, optional) => {
                self.at(Place::BlockDeclared(number, 0), of.span);
                let name = alias.as_ref().map_or_else(|| name.to_string(), |alias| alias.value.clone());
                BlockKind::Input(InputValue::Given(Declared { name, of: of.value.clone(), optional: *optional }))
            }
            syntax::BlockKind::File(file) => BlockKind::File { file: file.value.clone() },
        })
    }

    fn trigger(&mut self, kind: &Name, arguments: &[Argument], number: usize) -> Option<Trigger> {
        let known = codes::trigger_kind(Spanned::new(kind.value.as_str(), kind.span)).map_err(|error| {
            let meant = error.suggestion.as_deref().and_then(TriggerKind::of);
            self.found.push(*error);
            meant
        });
        let (mut portals, mut cron, mut zone, mut body) = (None, None, None, None);
        let mut inputs = Vec::new();
        for argument in arguments {
            match argument {
                Argument::Portals(span, names) => self.once(&mut portals, "portals", *span, names),
                Argument::Cron(text) => self.once(&mut cron, "the time", text.span, text),
                Argument::Zone(text) => self.once(&mut zone, "zone", text.span, text),
                Argument::Body(value) => self.once(&mut body, "body", value.span, &value.value),
                Argument::Declared { name, of, optional } => {
                    self.at(Place::BlockDeclared(number, inputs.len()), name.span);
                    inputs.push(Declared { name: name.value.clone(), of: of.clone(), optional: *optional });
                }
            }
        }
        let names = portals.map_or(&[][..], |(_, names)| names.as_slice());
        for (position, name) in names.iter().enumerate() {
            self.at(Place::BlockPortal(number, position), name.span);
        }
        if let (None, Some((span, _))) = (cron, zone) {
            self.found.push(
                codes::missing("a schedule", "its time", span).help("write `Schedule(\"0 7 * * *\", zone: \"…\")`"),
            );
        }
        for (place, span) in [
            (Place::BlockSchedule(number), cron.map(|(span, _)| span)),
            (Place::BlockZone(number), zone.map(|(span, _)| span)),
            (Place::BlockSchema(number), body.map(|(span, _)| span)),
        ] {
            if let Some(span) = span {
                self.at(place, span);
            }
        }
        let zone = zone.map_or(ZONE, |(_, zone)| zone.value.as_str());
        Some(Trigger {
            kind: known.or_else(|meant| meant.ok_or(())).ok()?,
            portals: names.iter().map(|name| name.value.clone()).collect(),
            schedule: cron.map(|(_, cron)| Schedule { cron: cron.value.clone(), zone: zone.to_owned() }),
            body: body.map(|(_, body)| body.clone()),
            inputs,
        })
    }
}

/// Where what a block names stands.
fn value_span(written: &syntax::Block) -> Span {
    match &written.kind {
        syntax::BlockKind::Trigger(name, _)
        | syntax::BlockKind::Filter { pattern: name, .. }
        | syntax::BlockKind::Read(name)
        | syntax::BlockKind::Create(name)
        | syntax::BlockKind::Update(name)
        | syntax::BlockKind::Template(name)
        | syntax::BlockKind::Ai(name, _)
        | syntax::BlockKind::File(name) => name.span,
        syntax::BlockKind::Output(alias) => {
            alias.as_ref().or(written.name.as_ref()).map_or(written.span, |name| name.span)
        }
        syntax::BlockKind::Constant(value) => value.span,
        syntax::BlockKind::Given(_, of, _) => of.span,
    }
}
