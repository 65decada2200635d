//! Types as they flow through a playbook on one CRM, from the trigger to the last block.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use engage_engine::catalog::Pattern;
use engage_engine::ids::{CrmName, RefId};
use engage_engine::model::{InputAt, Place, Subject};
use engage_engine::plan::Operation;

use super::known::{Inspected, Known};
use super::shape::{Shape, sources};
use crate::model::{Block, BlockKind, InputValue, Origin, Path, Source, Transformation};
use crate::transform::{Untyped, through};
use crate::triggers;
use crate::types::{self, Missing, Shape as TypeShape, Type};

/// A path that leads nowhere.
pub(super) struct Lost {
    pub(super) at: Place,
    pub(super) path: Path,
    pub(super) block: RefId,
    pub(super) missing: Missing,
}

/// A transformation that does not take what comes to it.
pub(super) struct Refused {
    pub(super) at: Place,
    pub(super) transformation: &'static str,
    pub(super) why: Untyped,
}

/// What is known of a block.
#[derive(Default)]
pub(super) struct Typed {
    pub(super) pattern: Option<Arc<Pattern>>,
    /// What it takes; `None`: nothing, or that is not known.
    pub(super) input: Option<Type>,
    /// What it gives; `None`: nothing, or that is not known.
    pub(super) output: Option<Type>,
    /// The type of each value that comes in, through its transformations; `None`: not known.
    pub(super) values: BTreeMap<InputAt, Option<Type>>,
}

/// A playbook on one CRM. Without a CRM no pattern is known.
pub(super) struct Flow<'a, 'm> {
    pub(super) shape: &'a Shape<'m>,
    pub(super) known: &'a Known<'m>,
    pub(super) crm: Option<&'a CrmName>,
    /// By block.
    pub(super) blocks: Vec<Typed>,
    pub(super) lost: Vec<Lost>,
    pub(super) refused: Vec<Refused>,
    /// Transformations that change nothing: `!` and `default` of what is always there.
    pub(super) needless: Vec<(Place, &'static str)>,
}

impl<'a, 'm> Flow<'a, 'm> {
    pub(super) fn new(shape: &'a Shape<'m>, known: &'a Known<'m>, crm: Option<&'a CrmName>) -> Self {
        let (blocks, lost, refused, needless) = Default::default();
        let mut flow = Self { shape, known, crm, blocks, lost, refused, needless };
        for (position, block) in shape.blocks() {
            let typed = flow.typed(position, block);
            flow.blocks.push(typed);
        }
        flow
    }

    /// A place in the playbook.
    pub(super) fn at(&self, place: Place) -> Subject {
        self.shape.at(place)
    }

    /// Each block with its position and what is known of it.
    pub(super) fn each(&self) -> impl Iterator<Item = (usize, &'m Block, &Typed)> {
        self.shape.blocks().zip(&self.blocks).map(|((position, block), typed)| (position, block, typed))
    }

    fn typed(&mut self, position: usize, block: &'m Block) -> Typed {
        let mut values = BTreeMap::new();
        for (at, source) in sources(block) {
            let of = self.source(position, at, source);
            values.insert(at, of);
        }
        let pattern = self.pattern(block);
        let input = self.input(block, pattern.as_deref());
        let output = self.output(block, pattern.as_deref(), &values);
        Typed { pattern, input, output, values }
    }

    fn pattern(&self, block: &Block) -> Option<Arc<Pattern>> {
        let (BlockKind::Read { pattern }
        | BlockKind::Filter { pattern, .. }
        | BlockKind::Create { pattern }
        | BlockKind::Update { pattern }) = &block.kind
        else {
            return None;
        };
        self.known.catalog.pattern(self.crm?.as_str(), pattern.as_str()).cloned()
    }

    fn input(&self, block: &Block, pattern: Option<&Pattern>) -> Option<Type> {
        match &block.kind {
            BlockKind::Read { .. } => Some(types::input(pattern?, Operation::Read)),
            BlockKind::Create { .. } => Some(types::input(pattern?, Operation::Create)),
            BlockKind::Update { .. } => Some(types::input(pattern?, Operation::Update)),
            BlockKind::Template { template } => {
                let (index, _) = self.known.template(template.as_str())?;
                match self.known.inspected.get(index)? {
                    Inspected::Takes(of) => Some(of.clone()),
                    Inspected::Wrong(_) | Inspected::Unread => None,
                }
            }
            BlockKind::Ai { capability, version } => {
                self.known.version(capability.as_str(), *version)?.input.as_ref().ok().cloned()
            }
            BlockKind::Output { .. } => Some(Type::any().optional().nullable()),
            BlockKind::Trigger(_) | BlockKind::Filter { .. } | BlockKind::Input(_) | BlockKind::File { .. } => None,
        }
    }

    fn output(
        &self,
        block: &Block,
        pattern: Option<&Pattern>,
        values: &BTreeMap<InputAt, Option<Type>>,
    ) -> Option<Type> {
        let taints = || -> BTreeSet<String> { values.values().flatten().flat_map(Type::taints).collect() };
        match &block.kind {
            BlockKind::Trigger(trigger) => triggers::data(trigger),
            BlockKind::Read { .. } => pattern.map(types::results),
            BlockKind::Filter { pattern: id, part, .. } => {
                pattern?.part(part.as_str())?;
                Some(Type::of(TypeShape::Condition(id.clone(), part.clone())))
            }
            BlockKind::Create { .. } | BlockKind::Update { .. } => pattern.map(types::effects),
            // What a template says is text, also where nobody can tell yet what it takes.
            BlockKind::Template { .. } => Some(Type::text().tainted(taints())),
            BlockKind::Ai { capability, version } => {
                let output = self.known.version(capability.as_str(), *version)?.output.as_ref().ok()?;
                Some(output.clone().tainted(taints()))
            }
            BlockKind::Output { .. } => None,
            BlockKind::Input(InputValue::Constant(value)) => Some(types::of_constant(value)),
            BlockKind::Input(InputValue::Given(declared)) => Some(types::declared(declared)),
            BlockKind::File { .. } => Some(Type::object([
                ("Id", Type::text()),
                ("Name", Type::text()),
                ("ContentType", Type::text()),
                ("Size", Type::of(TypeShape::Int)),
                ("Content", Type::text()),
            ])),
        }
    }

    /// The type of a source through its transformations.
    fn source(&mut self, position: usize, at: InputAt, source: &Source) -> Option<Type> {
        let of = match &source.origin {
            Origin::Constant(value) => types::of_constant(value),
            Origin::Block { block, path } => self.taken(Place::Input(position, at), block, path.as_ref())?,
        };
        let name = |step: usize| source.transformations.get(step).map_or("", Transformation::name);
        let through = through(source, of);
        let needless = through.needless.into_iter().map(|step| (Place::InputStep(position, at, step), name(step)));
        self.needless.extend(needless);
        let refused =
            |(step, why)| Refused { at: Place::InputStep(position, at, step), transformation: name(step), why };
        through.of.map_err(|wrong| self.refused.push(refused(wrong))).ok()
    }

    /// What is taken from a block that stands before.
    fn taken(&mut self, at: Place, name: &RefId, path: Option<&Path>) -> Option<Type> {
        let position = self.shape.position(name)?;
        let output = self.blocks.get(position)?.output.clone()?;
        let skipped = self.shape.block(position)?.when.is_some();
        let found = match path {
            None => output.read(),
            Some(path) => {
                let absent = output.optional || output.nullable;
                let found = types::at(&output.present(), path);
                let mut found = match found {
                    Ok(found) => found,
                    Err(missing) => {
                        self.lost.push(Lost { at, path: path.clone(), block: name.clone(), missing });
                        return None;
                    }
                };
                found.optional |= absent;
                found
            }
        };
        Some(if skipped { found.optional() } else { found })
    }
}
