//! Lowers sources, and conditions over them.

use engage_engine::model::{Condition, InputAt, Literal, Place, Test};
use engage_playbooks::model::{Comparison, Operand, Origin, Source, When};
use engage_playbooks::{Path, Segment};
use serde_json::Value;

use crate::lower::{Lowering, codes};
use crate::path::MAX_PATH;
use crate::source::Span;
use crate::syntax::{self, Check};

impl Lowering<'_> {
    /// A source, with the places of the input that it is.
    pub(super) fn source(&mut self, written: &syntax::Source, block: usize, at: InputAt) -> Option<Source> {
        self.at(Place::Input(block, at), written.span);
        let origin = match &written.origin {
            syntax::Origin::Constant(value) => Origin::Constant(value.clone()),
            syntax::Origin::Block(name, path) => {
                let named = self.ref_id(name)?;
                if !self.short(&whole(named.as_str(), path.as_ref())?, written.span) {
                    return None;
                }
                Origin::Block { block: named, path: path.clone() }
            }
        };
        for (position, step) in written.steps.iter().enumerate() {
            self.at(Place::InputStep(block, at, position), step.span);
        }
        let transformations = written.steps.iter().map(|step| step.value.clone()).collect();
        Some(Source { origin, transformations })
    }

    /// Whether a path is no longer than the other spelling takes; the complaint where it is.
    pub(super) fn short(&mut self, path: &Path, span: Span) -> bool {
        let short = path.to_string().len() <= MAX_PATH;
        if !short {
            self.found.push(codes::bad_path("a path has at most 4096 bytes", span));
        }
        short
    }

    fn operand(&mut self, written: &syntax::Source, block: usize, at: InputAt) -> Option<Operand> {
        let source = self.source(written, block, at)?;
        Some(match &source {
            Source { origin: Origin::Constant(value), transformations } if transformations.is_empty() => {
                literal(value).map_or(Operand::Source(source.clone()), Operand::Literal)
            }
            _ => Operand::Source(source),
        })
    }

    /// The condition of a filter; `counted` are the fields and operands so far. As deep as the tree, which is bounded.
    pub(super) fn filter(
        &mut self,
        written: &Check,
        block: usize,
        counted: &mut (usize, usize),
    ) -> Option<Condition<Operand>> {
        let mut group = |lowering: &mut Self, list: &[Check]| {
            let list: Vec<_> = list.iter().map(|inner| lowering.filter(inner, block, counted)).collect();
            list.into_iter().collect::<Option<Vec<_>>>()
        };
        match written {
            Check::And(list) => group(self, list).map(Condition::And),
            Check::Or(list) => group(self, list).map(Condition::Or),
            Check::Not(inner) => Some(Condition::Not(Box::new(self.filter(inner, block, counted)?))),
            Check::Test(syntax::Test { left, operator, operands }) => {
                self.at(Place::BlockField(block, counted.0), left.span);
                counted.0 += 1;
                let field = match (&left.origin, left.steps.as_slice()) {
                    (syntax::Origin::Block(name, None), []) => self.field_name(name),
                    _ => {
                        let error = codes::wrong_kind("the name of a field", "something else", left.span);
                        self.found.push(error.help("a filter compares fields of its part: `Email == trigger.Email`"));
                        None
                    }
                };
                let mut lowered = Vec::new();
                for operand in operands {
                    lowered.push(self.operand(operand, block, InputAt::Operand(counted.1)));
                    counted.1 += 1;
                }
                let operands = lowered.into_iter().collect::<Option<Vec<_>>>()?;
                Some(Condition::Test(Test { field: field?, operator: *operator, operands }))
            }
        }
    }

    /// The condition under which a block runs; `values` are those counted so far. As deep as the tree, which is bounded.
    pub(super) fn when(&mut self, written: &Check, block: usize, values: &mut usize) -> Option<When> {
        let mut group = |lowering: &mut Self, list: &[Check]| {
            let list: Vec<_> = list.iter().map(|inner| lowering.when(inner, block, values)).collect();
            list.into_iter().collect::<Option<Vec<_>>>()
        };
        match written {
            Check::And(list) => group(self, list).map(When::And),
            Check::Or(list) => group(self, list).map(When::Or),
            Check::Not(inner) => Some(When::Not(Box::new(self.when(inner, block, values)?))),
            Check::Test(syntax::Test { left, operator, operands }) => {
                let mut next = || {
                    let value = InputAt::When(*values);
                    *values += 1;
                    value
                };
                let left = self.source(left, block, next());
                let operands: Vec<_> = operands.iter().map(|operand| self.operand(operand, block, next())).collect();
                let operands = operands.into_iter().collect::<Option<Vec<_>>>()?;
                Some(When::Test(Comparison { left: left?, operator: *operator, operands }))
            }
        }
    }
}

/// The path of a block and what stands at a path of it: how YAML writes a source.
pub(crate) fn whole(block: &str, path: Option<&Path>) -> Option<Path> {
    let rest = path.into_iter().flat_map(Path::segments).cloned();
    Path::new(std::iter::once(Segment::Key(block.to_owned())).chain(rest).collect())
}

/// A JSON value as a literal, which has no objects. As deep as the value, which is bounded.
pub(crate) fn literal(value: &Value) -> Option<Literal> {
    Some(match value {
        Value::Null => Literal::Null,
        Value::Bool(value) => Literal::Boolean(*value),
        Value::Number(number) => Literal::Number(number.to_string()),
        Value::String(text) => Literal::Text(text.clone()),
        Value::Array(list) => Literal::List(list.iter().map(literal).collect::<Option<Vec<_>>>()?),
        Value::Object(_) => return None,
    })
}
