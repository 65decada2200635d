//! Sources: `block.Path!`, `{from: block.Path, then: […]}`, `{value: …, then: […]}`; and conditions over them.

use engage_engine::ids::RefId;
use engage_engine::model::{Condition, InputAt, Place};
use engage_playbooks::model::{Comparison, FieldMapping, Operand, Origin, Source, Transformation, When};
use engage_playbooks::{Path, Segment};

use super::super::tree::{Node, NodeKind};
use super::condition::{Tests, comparison, field_test, group};
use super::reader::{Reader, literal, name, text, word, wrong_kind};
use super::{Places, codes, properties, quote, start_of};
use crate::findings::Findings;
use crate::lower::{codes as shared, source as common};
use crate::path;
use crate::source::{Span, Spanned};
use crate::value::json;

/// One input of a block on its way to the model.
pub(super) struct Input<'p> {
    pub(super) block: usize,
    pub(super) at: InputAt,
    pub(super) places: &'p mut Places,
}

impl Input<'_> {
    fn note(&mut self, span: Span) {
        self.places.note(Place::Input(self.block, self.at), span);
    }

    /// A source in any of its forms.
    pub(super) fn source(&mut self, node: &Node, out: &mut Findings) -> Option<Source> {
        if let NodeKind::Text(written) = &node.kind {
            return self.start(Spanned::new(written.as_str(), node.span), out);
        }
        let mut reader = Reader::open(node, "a source", properties::SOURCE, out)?;
        self.parts(&mut reader, node)
    }

    /// The source that some properties of a mapping make.
    fn parts(&mut self, reader: &mut Reader<'_, '_>, node: &Node) -> Option<Source> {
        let (from, value) = (reader.written("from"), reader.written("value"));
        let mut source = match (from, value) {
            (Some(from), None) => {
                let text = text(&from.value, "from", reader.out)?;
                self.start(text, reader.out)?
            }
            (None, Some(value)) => {
                self.note(value.value.span);
                Source::constant(json(&value.value))
            }
            (Some(_), Some(_)) => {
                reader.misplaced(&["value"], "does not go with `from`");
                return None;
            }
            (None, None) => {
                let help = "add `from: block.Path`, or `value: …` for a constant";
                reader.out.error(&codes::MISSING, start_of(node), "a source needs `from` or `value`", help);
                return None;
            }
        };
        let steps = match reader.node("then").map(|node| (&node.kind, node)) {
            None => &[],
            Some((NodeKind::List(steps), _)) => steps.as_slice(),
            Some((_, one)) => std::slice::from_ref(one),
        };
        for step in steps {
            let position = source.transformations.len();
            self.places.note(Place::InputStep(self.block, self.at, position), step.span);
            source.transformations.push(transformation(step, reader.out)?);
        }
        Some(source)
    }

    /// A block and a path of its output, with `!` behind it where there has to be a value.
    fn start(&mut self, written: Spanned<&str>, out: &mut Findings) -> Option<Source> {
        self.note(written.span);
        let (text, required) = match written.value.strip_suffix('!') {
            Some(text) => (text, true),
            None => (written.value, false),
        };
        let path = read_path(Spanned::new(text, written.span), out)?;
        let Some((Segment::Key(block), rest)) = path.segments().split_first() else {
            out.push(shared::bad_path("a source starts with the name of a block", written.span));
            return None;
        };
        let block = name::<RefId>(Spanned::new(block, written.span), out)?.value;
        let mut source = Source::block(block, Path::new(rest.to_vec()));
        if required {
            self.places.note(Place::InputStep(self.block, self.at, 0), written.span);
            source.transformations.push(Transformation::Require);
        }
        Some(source)
    }

    fn operand(&mut self, node: &Node, out: &mut Findings) -> Option<Operand> {
        if !matches!(node.kind, NodeKind::Map(_)) {
            self.note(node.span);
            return literal(node, out).map(Operand::Literal);
        }
        let source = self.source(node, out)?;
        if let (Origin::Constant(value), []) = (&source.origin, source.transformations.as_slice())
            && let Some(literal) = common::literal(value)
        {
            return Some(Operand::Literal(literal));
        }
        Some(Operand::Source(source))
    }
}

/// A path as text, or the complaint.
pub(super) fn read_path(written: Spanned<&str>, out: &mut Findings) -> Option<Path> {
    let complaint = |error: path::PathError| {
        shared::bad_path(&format!("{} is no path: {error}", quote(written.value)), written.span)
    };
    path::parse(written.value).map_err(|error| out.push(complaint(error))).ok()
}

/// The input of a block: one source for all of it, sources by destination, or a list of both.
pub(super) fn mappings(node: &Node, block: usize, places: &mut Places, out: &mut Findings) -> Vec<FieldMapping> {
    let mut mappings: Vec<FieldMapping> = Vec::new();
    let mut input = Input { block, at: InputAt::Mapping(0), places };
    match &node.kind {
        NodeKind::Map(entries) => {
            for entry in entries {
                let key = Spanned::new(entry.key.value.as_str(), entry.key.span);
                input.at = InputAt::Mapping(mappings.len());
                let destination = read_path(key, out);
                let source = input.source(&entry.value, out);
                if let (Some(destination), Some(source)) = (destination, source) {
                    input.places.note(Place::InputDestination(block, mappings.len()), key.span);
                    mappings.push(FieldMapping { destination: Some(destination), source });
                }
            }
        }
        NodeKind::List(rows) => {
            for row in rows {
                input.at = InputAt::Mapping(mappings.len());
                mappings.extend(listed(row, mappings.len(), &mut input, out));
            }
        }
        _ => {
            let source = input.source(node, out);
            mappings.extend(source.map(|source| FieldMapping { destination: None, source }));
        }
    }
    mappings
}

fn listed(row: &Node, number: usize, input: &mut Input<'_>, out: &mut Findings) -> Option<FieldMapping> {
    let mut reader = Reader::open(row, "a mapping of the input", properties::MAPPING, out)?;
    let to = reader.text("to");
    let source = input.parts(&mut reader, row);
    let destination = match to {
        None => None,
        Some(to) => {
            let path = read_path(to, reader.out)?;
            input.places.note(Place::InputDestination(input.block, number), to.span);
            Some(path)
        }
    };
    Some(FieldMapping { destination, source: source? })
}

/// The words that are transformations by themselves.
const ALONE: [(&str, Transformation); 6] = [
    ("identity", Transformation::Identity),
    ("serialize", Transformation::Serialize),
    ("base64decode", Transformation::Base64Decode),
    ("first", Transformation::First),
    ("count", Transformation::Count),
    ("require", Transformation::Require),
];

/// One transformation: `count`, `{join: ", "}`, `{map: …, else: …}`.
fn transformation(node: &Node, out: &mut Findings) -> Option<Transformation> {
    if let NodeKind::Text(written) = &node.kind {
        let words = properties::TRANSFORMATIONS.iter().map(|word| (*word, *word)).collect::<Vec<_>>();
        let word = word(Spanned::new(written.as_str(), node.span), "transformation", &words, &[], out)?;
        return match (ALONE.into_iter().find(|(alone, _)| *alone == word), word) {
            (Some((_, step)), _) => Some(step),
            (None, "join") => Some(Transformation::Join { separator: ", ".to_owned() }),
            (None, "split") => Some(Transformation::Split { separator: ",".to_owned() }),
            (None, word) => {
                let message = format!("`{word}` needs an argument");
                out.error(&codes::MISSING, node.span, message, format!("write `{{{word}: …}}`"));
                None
            }
        };
    }
    let mut reader = Reader::open(node, "a transformation", properties::STEP, out)?;
    let mut words = properties::TRANSFORMATIONS.iter().filter(|word| reader.written(word).is_some());
    let (Some(word), None) = (words.next().copied(), words.next()) else {
        let help = "write `{join: \", \"}`; a list of several is done in order";
        reader.out.error(&codes::MISSING, start_of(node), "a transformation is one word and its argument", help);
        return None;
    };
    if word != "map" {
        reader.misplaced(&["else"], "belongs to `map`");
    }
    if word != "format" {
        reader.misplaced(&["zone"], "belongs to `format`");
    }
    if word != "where" {
        reader.misplaced(&["in"], "belongs to `where`");
    }
    let argument = &reader.written(word)?.value;
    Some(match word {
        "join" => Transformation::Join { separator: text(argument, word, reader.out)?.value.to_owned() },
        "split" => Transformation::Split { separator: text(argument, word, reader.out)?.value.to_owned() },
        "default" => Transformation::Default(json(argument)),
        "extract" => Transformation::Extract(read_path(text(argument, word, reader.out)?, reader.out)?),
        "project" => {
            Transformation::Project(reader.texts("project").into_iter().map(|text| text.value.to_owned()).collect())
        }
        "map" => Transformation::Map {
            table: table(argument, reader.out)?,
            otherwise: reader.written("else").map(|entry| json(&entry.value)),
        },
        "format" => Transformation::Format {
            pattern: text(argument, word, reader.out)?.value.to_owned(),
            zone: reader.text("zone").map(|zone| zone.value.to_owned()),
        },
        "where" => Transformation::Where {
            field: text(argument, word, reader.out)?.value.to_owned(),
            values: reader.list("in").iter().map(json).collect(),
        },
        word => {
            let message = format!("`{word}` takes no argument");
            reader.out.error(&codes::MISPLACED, argument.span, message, format!("write `{word}` alone"));
            return None;
        }
    })
}

/// The table of a `map`: texts by text, or pairs of any values.
fn table(node: &Node, out: &mut Findings) -> Option<Vec<(serde_json::Value, serde_json::Value)>> {
    match &node.kind {
        NodeKind::Map(entries) => {
            let text = |key: &str| serde_json::Value::String(key.to_owned());
            Some(entries.iter().map(|entry| (text(&entry.key.value), json(&entry.value))).collect())
        }
        NodeKind::List(rows) => {
            let mut table = Vec::new();
            for row in rows {
                let mut reader = Reader::open(row, "a pair of the map", properties::PAIR, out)?;
                match (reader.written("from"), reader.written("to")) {
                    (Some(from), Some(to)) => table.push((json(&from.value), json(&to.value))),
                    (from, _) => {
                        reader.require(if from.is_none() { "from" } else { "to" });
                    }
                }
            }
            Some(table)
        }
        _ => {
            wrong_kind(node, "a mapping or a list of pairs for `map`", "write `map: {old: new}`", out);
            None
        }
    }
}

/// The comparisons of a filter: fields of its part with literals and sources.
pub(super) struct Filter<'p> {
    pub(super) block: usize,
    pub(super) fields: usize,
    pub(super) operands: usize,
    pub(super) places: &'p mut Places,
}

impl Tests for Filter<'_> {
    type Tree = Condition<Operand>;
    const PROPERTIES: &'static [&'static str] = properties::TEST;

    fn test(&mut self, node: &Node, out: &mut Findings) -> Option<Self::Tree> {
        let Self { block, operands, places, .. } = self;
        let tested = field_test(node, out, |node, out| {
            let at = InputAt::Operand(*operands);
            *operands += 1;
            Input { block: *block, at, places }.operand(node, out)
        });
        let (field, test) = tested?;
        self.places.note(Place::BlockField(self.block, self.fields), field);
        self.fields += 1;
        Some(Condition::Test(test))
    }

    fn group(word: &str, inside: Vec<Self::Tree>) -> Option<Self::Tree> {
        group(word, inside)
    }
}

/// The comparisons of a `when`: sources with literals and sources.
pub(super) struct Whens<'p> {
    pub(super) block: usize,
    pub(super) values: usize,
    pub(super) places: &'p mut Places,
}

impl Whens<'_> {
    fn next(&mut self) -> Input<'_> {
        let at = InputAt::When(self.values);
        self.values += 1;
        Input { block: self.block, at, places: self.places }
    }
}

impl Tests for Whens<'_> {
    type Tree = When;
    const PROPERTIES: &'static [&'static str] = properties::WHEN_TEST;

    fn test(&mut self, node: &Node, out: &mut Findings) -> Option<Self::Tree> {
        let mut reader = Reader::open(node, "a condition", properties::WHEN_TEST, out)?;
        let left = if reader.require("source") { reader.node("source") } else { None };
        let left = left.and_then(|node| self.next().source(node, reader.out));
        let compared = comparison(&mut reader, |node, out| self.next().operand(node, out));
        let (left, (operator, operands)) = (left?, compared?);
        Some(When::Test(Comparison { left, operator, operands }))
    }

    fn group(word: &str, mut inside: Vec<Self::Tree>) -> Option<Self::Tree> {
        Some(match word {
            "and" => When::And(inside),
            "or" => When::Or(inside),
            _ => When::Not(Box::new(inside.pop()?)),
        })
    }
}
