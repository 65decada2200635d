//! From a filter to a condition of the store: the one has to find what the other says (`Filter::matches`).

use engage_scim::filter::{Expr, Filter, Literal, Op, PartTerm, Term, Test, ValueFilter, fold};
use engage_scim::path::AttrPath;
use engage_scim::schema::{Attribute, ResourceType, Slot};
use engage_scim::{ScimError, ScimType};
use engage_store::platform::sql::{Column, Condition, Element, Given, Member, MemberColumn, Test as Sql};
use serde_json::Value;

/// A condition that finds what a filter means.
///
/// # Errors
/// `invalidFilter` where an attribute cannot be looked for: a version, an address.
pub fn condition(kind: &'static ResourceType, filter: &Filter) -> Result<Condition, ScimError> {
    joined(filter, &|term| match term {
        Term::Attribute { path, test } => attribute(kind, path, test),
        Term::Element { slot, filter } => match Held::of(slot) {
            Held::Members => Ok(Condition::members(members(filter)?)),
            Held::Groups => Ok(Condition::groups(members(filter)?)),
            Held::Body => Ok(Condition::each(&place(slot), elements(filter)?)),
            Held::Column(_) | Held::Meta | Held::Schemas => Err(unsearchable(slot.attribute.name)),
        },
    })
}

/// Where an attribute is kept.
enum Held {
    Column(Column),
    Meta,
    Schemas,
    Members,
    Groups,
    Body,
}

impl Held {
    fn of(slot: &Slot) -> Self {
        if slot.extension.is_some() {
            return Self::Body;
        }
        match slot.attribute.name {
            "id" => Self::Column(Column::Id),
            "userName" => Self::Column(Column::UserName),
            "externalId" => Self::Column(Column::ExternalId),
            "displayName" => Self::Column(Column::DisplayName),
            "active" => Self::Column(Column::Active),
            "meta" => Self::Meta,
            "schemas" => Self::Schemas,
            "members" => Self::Members,
            "groups" => Self::Groups,
            _ => Self::Body,
        }
    }
}

fn joined<T, Of>(
    expr: &Expr<T>,
    term: &impl Fn(&T) -> Result<Condition<Of>, ScimError>,
) -> Result<Condition<Of>, ScimError> {
    let each = |all: &[Expr<T>]| all.iter().map(|one| joined(one, term)).collect::<Result<Vec<_>, _>>();
    match expr {
        Expr::Term(one) => term(one),
        Expr::Not(inner) => Ok(joined(inner, term)?.negated()),
        Expr::And(all) => Ok(Condition::all(each(all)?)),
        Expr::Or(any) => Ok(Condition::any(each(any)?)),
    }
}

fn attribute(kind: &'static ResourceType, path: &AttrPath, test: &Test) -> Result<Condition, ScimError> {
    let leaf = path.leaf();
    match Held::of(&path.slot) {
        Held::Column(column) => compared(leaf, test, &|sql| Condition::column(column, sql)),
        Held::Meta => meta(kind, path, test),
        Held::Schemas => Ok(schemas(kind, leaf, test)),
        Held::Members => {
            some(test, Condition::members(member(path.part, test)?), Condition::members(Condition::all([])))
        }
        Held::Groups => some(test, Condition::groups(member(path.part, test)?), Condition::groups(Condition::all([]))),
        Held::Body if path.slot.attribute.multi_valued => {
            let (place, any) = (place(&path.slot), Condition::all([]));
            let one = match path.part {
                Some(part) => compared(part, test, &|sql| Condition::sub(part.name, sql))?,
                None if leaf.is_complex() => any.clone(),
                None => compared(leaf, test, &Condition::value)?,
            };
            some(test, Condition::each(&place, one), Condition::each(&place, any))
        }
        Held::Body => {
            let mut place = place(&path.slot);
            place.extend(path.part.map(|part| part.name));
            compared(leaf, test, &|sql| Condition::path(&place, sql))
        }
    }
}

/// What of a list holds for one of its elements. A list without elements differs from every value and is equal to `null`.
fn some(test: &Test, one: Condition, there: Condition) -> Result<Condition, ScimError> {
    Ok(match test {
        Test::Compare(Op::Eq, Literal::Null) => Condition::any([there.negated(), one]),
        Test::Compare(Op::Ne, value) if *value != Literal::Null => Condition::any([there.negated(), one]),
        _ => one,
    })
}

fn elements(filter: &ValueFilter) -> Result<Condition<Element>, ScimError> {
    joined(filter, &|PartTerm { part, test }| compared(part, test, &|sql| Condition::sub(part.name, sql)))
}

fn members(filter: &ValueFilter) -> Result<Condition<Member>, ScimError> {
    joined(filter, &|PartTerm { part, test }| member(Some(part), test))
}

fn member(part: Option<&'static Attribute>, test: &Test) -> Result<Condition<Member>, ScimError> {
    let Some(part) = part else { return Ok(Condition::all([])) };
    let column = match part.name {
        "value" => MemberColumn::Value,
        "type" => MemberColumn::Type,
        "display" => MemberColumn::Display,
        name => return Err(unsearchable(name)),
    };
    compared(part, test, &|sql| Condition::member(column, sql))
}

/// What the server knows of each resource.
fn meta(kind: &'static ResourceType, path: &AttrPath, test: &Test) -> Result<Condition, ScimError> {
    let instant = |column| compared(path.leaf(), test, &|sql| Condition::column(column, sql));
    match path.part.map(|part| part.name) {
        None => Ok(always(matches!(test, Test::Present))),
        Some("created") => instant(Column::Created),
        Some("lastModified") => instant(Column::Modified),
        Some("resourceType") => Ok(always(test.holds(path.leaf(), Some(&Value::from(kind.name))))),
        Some(name) => Err(unsearchable(name)),
    }
}

/// The schemas of a resource: that of its type, and those of which it has values.
fn schemas(kind: &'static ResourceType, leaf: &Attribute, test: &Test) -> Condition {
    let holds = |urn: &str| test.holds(leaf, Some(&Value::from(urn)));
    let extensions = kind.extensions.iter().map(|extension| extension.schema.urn).filter(|urn| holds(urn));
    let there = extensions.map(|urn| Condition::path(&[urn], Sql::Pr));
    Condition::any(there.chain([always(holds(kind.schema.urn))]))
}

fn always(holds: bool) -> Condition {
    if holds { Condition::all([]) } else { Condition::any([]) }
}

/// Where a value stands in the body.
fn place(slot: &Slot) -> Vec<&'static str> {
    slot.extension.map(|schema| schema.urn).into_iter().chain([slot.attribute.name]).collect()
}

/// A test of one value. The store's tests fail for what is absent; `ne` is the contrary of `eq`, and an absent boolean may mean
/// something.
fn compared<Of>(
    attribute: &Attribute,
    test: &Test,
    of: &impl Fn(Sql) -> Condition<Of>,
) -> Result<Condition<Of>, ScimError> {
    let (op, literal) = match test {
        Test::Present => return Ok(of(Sql::Pr)),
        Test::Compare(Op::Eq, Literal::Null) => return Ok(of(Sql::Pr).negated()),
        Test::Compare(_, Literal::Null) => return Ok(of(Sql::Pr)),
        Test::Compare(op, literal) => (*op, literal),
    };
    let given = given(attribute, literal)?;
    let text = |given: Given| match given {
        Given::Text(text) => Ok(text),
        _ => Err(unsearchable(attribute.name)),
    };
    Ok(match op {
        Op::Eq => equal(attribute, literal, given, of),
        Op::Ne => equal(attribute, literal, given, of).negated(),
        Op::Co => of(Sql::Co(text(given)?)),
        Op::Sw => of(Sql::Sw(text(given)?)),
        Op::Ew => of(Sql::Ew(text(given)?)),
        Op::Gt => of(Sql::Gt(given)),
        Op::Ge => of(Sql::Ge(given)),
        Op::Lt => of(Sql::Lt(given)),
        Op::Le => of(Sql::Le(given)),
    })
}

fn equal<Of>(
    attribute: &Attribute,
    literal: &Literal,
    given: Given,
    of: &impl Fn(Sql) -> Condition<Of>,
) -> Condition<Of> {
    let same = of(Sql::Eq(given));
    match (literal, attribute.absent) {
        (Literal::Boolean(wanted), Some(absent)) if *wanted == absent => Condition::any([same, of(Sql::Pr).negated()]),
        _ => same,
    }
}

fn given(attribute: &Attribute, literal: &Literal) -> Result<Given, ScimError> {
    match literal {
        Literal::Boolean(flag) => Ok(Given::Flag(*flag)),
        Literal::String(text) if attribute.case_exact => Ok(Given::Text(text.clone())),
        Literal::String(text) => Ok(Given::Text(fold(text))),
        Literal::Instant(at) => Ok(Given::Integer(at.as_microsecond())),
        Literal::Number(_) | Literal::Null => Err(unsearchable(attribute.name)),
    }
}

fn unsearchable(name: &str) -> ScimError {
    ScimError::new(ScimType::InvalidFilter, format!("resources cannot be looked for by `{name}`"))
}
