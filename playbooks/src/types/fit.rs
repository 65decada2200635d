//! Whether every value of one type is taken where another goes.

use super::conform::scalar_fits;
use super::{Object, Rest, Shape, Type};

/// Why a type does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfit {
    /// Where in the value: keys and `[]`, outermost first; empty for the value itself.
    pub path: Vec<String>,
    /// Why.
    pub kind: UnfitKind,
}

/// The ways in which a type does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnfitKind {
    /// It may be absent, and has to be there.
    Absent,
    /// It may be null, and has to be a value.
    Null,
    /// It is another kind of value.
    Shape {
        /// What it is.
        found: Shape,
        /// What goes there.
        expected: Shape,
    },
    /// Choices or constants of which some are not taken.
    Names {
        /// Those.
        names: Vec<String>,
        /// What goes there.
        expected: Shape,
    },
    /// Texts that are longer than the field takes.
    TooLong {
        /// In characters.
        max: u32,
    },
    /// A key that is not taken.
    Extra {
        /// The key.
        key: String,
    },
    /// It may hold keys that nobody can name.
    Open,
}

/// Whether every value of `from` is taken where `to` goes.
///
/// | from | fits into |
/// |---|---|
/// | anything | any value |
/// | choice, date, date-time, id | text |
/// | choice, constants | a choice that has them all; date, date-time, decimal, id where each text is one |
/// | int | double, decimal |
/// | id of whatever | id of an entity, and the other way round |
/// | object | object whose keys it has, and no others but where the object is open |
///
/// Text is no id, and a double no decimal: neither always reads as one.
///
/// # Errors
/// The first [`Unfit`], in the order of keys.
pub fn fits(from: &Type, to: &Type) -> Result<(), Unfit> {
    if from.optional && !to.optional {
        return Err(unfit(UnfitKind::Absent));
    }
    if from.nullable && !to.nullable {
        return Err(unfit(UnfitKind::Null));
    }
    shape_fits(&from.shape, &to.shape)
}

fn unfit(kind: UnfitKind) -> Unfit {
    Unfit { path: Vec::new(), kind }
}

/// The same further in.
fn within(key: &str, result: Result<(), Unfit>) -> Result<(), Unfit> {
    result.map_err(|mut unfit| {
        unfit.path.insert(0, key.to_owned());
        unfit
    })
}

fn shape_fits(from: &Shape, to: &Shape) -> Result<(), Unfit> {
    let fits = match (from, to) {
        (_, Shape::Any) | (Shape::Null, _) => true,
        (Shape::List(from), Shape::List(to)) => return within("[]", fits(from, to)),
        (Shape::Object(from), Shape::Object(to)) => return object_fits(from, to),
        (Shape::Object(from), Shape::Instances(to)) => return object_fits(from, &to.instance),
        (Shape::List(from), Shape::Instances(to)) if to.many => {
            return within("[]", fits(from, &Type::of(Shape::Object(to.instance.clone()))));
        }
        (Shape::Condition(pattern, part), Shape::Instances(to)) => {
            to.filter && *pattern == to.pattern && *part == to.part
        }
        (Shape::Choice(names), to) => return names_fit(names, to),
        (Shape::Text(_) | Shape::Date | Shape::DateTime | Shape::Id(_), Shape::Text(_)) => true,
        (Shape::Int, Shape::Double | Shape::Decimal) => true,
        (Shape::Id(from), Shape::Id(to)) => from.is_none() || to.is_none() || from == to,
        (from, to) => from == to,
    };
    if fits { Ok(()) } else { Err(unfit(UnfitKind::Shape { found: from.clone(), expected: to.clone() })) }
}

fn names_fit(names: &std::collections::BTreeSet<String>, to: &Shape) -> Result<(), Unfit> {
    match to {
        Shape::Text(None) => return Ok(()),
        Shape::Text(Some(max)) => {
            let long = names.iter().any(|name| name.chars().count() > *max as usize);
            return if long { Err(unfit(UnfitKind::TooLong { max: *max })) } else { Ok(()) };
        }
        Shape::Choice(_) | Shape::Date | Shape::DateTime | Shape::Decimal | Shape::Id(_) => {}
        _ if names.is_empty() => return Ok(()),
        other => {
            let found = Shape::Choice(names.clone());
            return Err(unfit(UnfitKind::Shape { found, expected: other.clone() }));
        }
    }
    let wrong: Vec<String> = names.iter().filter(|name| !scalar_fits(&name.as_str().into(), to)).cloned().collect();
    if wrong.is_empty() { Ok(()) } else { Err(unfit(UnfitKind::Names { names: wrong, expected: to.clone() })) }
}

fn object_fits(from: &Object, to: &Object) -> Result<(), Unfit> {
    for (key, field) in &to.fields {
        let given = match (from.fields.get(key), &from.rest) {
            (Some(given), _) => given.clone(),
            (None, Rest::Map(rest)) => (**rest).clone().optional(),
            // What may be there unseen may be of any type.
            (None, Rest::Hidden) => return Err(unfit(UnfitKind::Open)),
            (None, Rest::Closed) if field.optional => continue,
            (None, Rest::Closed) => return within(key, Err(unfit(UnfitKind::Absent))),
        };
        within(key, fits(&given, field))?;
    }
    for (key, given) in from.fields.iter().filter(|(key, _)| !to.fields.contains_key(*key)) {
        match &to.rest {
            Rest::Closed => return Err(unfit(UnfitKind::Extra { key: key.clone() })),
            Rest::Hidden => {}
            Rest::Map(rest) => {
                let rest = Type { optional: true, ..(**rest).clone() };
                within(key, fits(given, &rest))?;
            }
        }
    }
    match (&from.rest, &to.rest) {
        (Rest::Closed, _) | (_, Rest::Hidden) => Ok(()),
        (Rest::Map(from), Rest::Map(to)) => within("[key]", fits(from, to)),
        (Rest::Hidden, Rest::Map(to)) if to.shape == Shape::Any && to.nullable => Ok(()),
        _ => Err(unfit(UnfitKind::Open)),
    }
}
