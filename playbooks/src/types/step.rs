//! Paths through types: what stands at a path of a value, and what a path of an input takes.

use std::collections::BTreeSet;

use engage_engine::nearest::nearest;

use super::{Object, Rest, Shape, Type};
use crate::model::{Path, Segment};

/// That a path leads nowhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// Which segment, from 0.
    pub segment: usize,
    /// Why.
    pub kind: MissingKind,
}

/// The ways in which a path leads nowhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MissingKind {
    /// The object has no such key.
    Field {
        /// The key.
        name: String,
        /// The nearest that it has.
        suggestion: Option<String>,
        /// All that it has.
        known: Vec<String>,
    },
    /// A key of something that has none.
    NoObject {
        /// What it is.
        found: Type,
    },
    /// An index, or `[*]`, of something that is no list.
    NoList {
        /// What it is.
        found: Type,
    },
}

/// How many names of keys are told.
const TOLD: usize = 12;

impl MissingKind {
    /// What is wrong, what to do about it, and the nearest name.
    pub fn told(&self) -> (String, Option<String>, Option<String>) {
        match self {
            Self::Field { name, suggestion, known } => {
                let more = if known.len() > TOLD { ", …" } else { "" };
                let known: Vec<String> = known.iter().take(TOLD).map(|name| format!("`{name}`")).collect();
                let help = match known.as_slice() {
                    [] => "it has no fields".to_owned(),
                    known => format!("it has {}{more}", known.join(", ")),
                };
                (format!("there is no field `{name}`"), Some(help), suggestion.clone())
            }
            Self::NoObject { found } => {
                let help = match found.shape {
                    Shape::List(_) => Some("take an element by `[0]`, or all of them by `[*]`".to_owned()),
                    _ => None,
                };
                (format!("{} has no fields", found.shape), help, None)
            }
            Self::NoList { found } => (format!("{} has no elements", found.shape), None, None),
        }
    }
}

/// What stands at a path of a value: as [`Path::find`] finds it, null read as absent.
///
/// # Errors
/// [`Missing`] where the type knows that nothing can stand there.
pub fn at(of: &Type, path: &Path) -> Result<Type, Missing> {
    let mut walk = Walk { here: of.clone(), absent: false, many: false, sensitive: BTreeSet::new() };
    for (segment, step) in path.segments().iter().enumerate() {
        walk.step(step).map_err(|kind| Missing { segment, kind })?;
    }
    Ok(walk.end())
}

struct Walk {
    here: Type,
    /// Whether something on the way may be missing.
    absent: bool,
    many: bool,
    sensitive: BTreeSet<String>,
}

impl Walk {
    fn step(&mut self, step: &Segment) -> Result<(), MissingKind> {
        let here = std::mem::replace(&mut self.here, Type::any());
        self.absent |= here.optional || here.nullable;
        self.sensitive.extend(here.sensitive.iter().cloned());
        self.here = match (step, &here.shape) {
            (_, Shape::Any) => Type::any().nullable(),
            (Segment::Key(key), Shape::Object(object)) => key_of(object, key)?,
            (Segment::Index(_) | Segment::All, Shape::List(element)) => (**element).clone(),
            (Segment::Key(_), _) => return Err(MissingKind::NoObject { found: here }),
            _ => return Err(MissingKind::NoList { found: here }),
        };
        match step {
            Segment::Key(_) => self.absent |= self.here.optional,
            Segment::Index(_) => self.absent = true,
            // Of a list that is not there come no elements.
            Segment::All => (self.many, self.absent) = (true, false),
        }
        Ok(())
    }

    fn end(self) -> Type {
        let mut here = self.here.tainted(self.sensitive);
        let absent = self.absent || here.optional || here.nullable;
        (here.optional, here.nullable) = (!self.many && absent, self.many && absent);
        if self.many { Type::list(here) } else { here }
    }
}

fn key_of(object: &Object, key: &str) -> Result<Type, MissingKind> {
    if let Some(field) = object.fields.get(key) {
        return Ok(field.clone());
    }
    match &object.rest {
        Rest::Map(of) => Ok((**of).clone().optional()),
        Rest::Closed | Rest::Hidden => Err(no_field(object, key)),
    }
}

fn no_field(object: &Object, key: &str) -> MissingKind {
    let known: Vec<String> = object.fields.keys().cloned().collect();
    let suggestion = nearest(key, known.iter().map(String::as_str));
    MissingKind::Field { name: key.to_owned(), suggestion, known }
}

/// What a path of an input takes: absence counts where the value itself goes, not on the way there.
///
/// # Errors
/// [`Missing`] where the input has no such place.
pub fn into(of: &Type, path: &Path) -> Result<Type, Missing> {
    let mut here = of.clone();
    for (segment, step) in path.segments().iter().enumerate() {
        here = enter(&here, step).map_err(|kind| Missing { segment, kind })?;
    }
    if matches!(path.segments().last(), Some(Segment::Index(_) | Segment::All)) {
        // Where nothing is given for an element, null stands there.
        here.optional = here.nullable;
    }
    Ok(here)
}

fn enter(here: &Type, step: &Segment) -> Result<Type, MissingKind> {
    Ok(match (step, &here.shape) {
        (_, Shape::Any) => Type::any().optional().nullable(),
        (Segment::Key(key), Shape::Object(object)) => key_of(object, key)?,
        (Segment::Key(key), Shape::Instances(of)) => key_of(&of.instance, key)?,
        (Segment::Index(_) | Segment::All, Shape::List(element)) => (**element).clone(),
        (Segment::Index(_) | Segment::All, Shape::Instances(of)) if of.many => {
            Type::of(Shape::Object(of.instance.clone()))
        }
        (Segment::Index(0), Shape::Instances(of)) => Type::of(Shape::Object(of.instance.clone())),
        (Segment::Key(_), _) => return Err(MissingKind::NoObject { found: here.clone() }),
        _ => return Err(MissingKind::NoList { found: here.clone() }),
    })
}
