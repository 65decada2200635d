//! From text to a resolved filter: recursive descent, precedence not > and > or.

use super::{Expr, Filter, MAX_DEPTH, MAX_TERMS, MAX_TEXT, Op, PartTerm, Term, Test, ValueFilter};
use crate::error::{ScimError, ScimType, echo};
use crate::path::{AttrPath, Named, PathError, is_name, resolve};
use crate::schema::{Attribute, Kind, ResourceType, Slot};

mod literal;
mod reader;

use literal::literal;
pub(crate) use literal::{boolean, decimal};
use reader::Reader;

impl Filter {
    /// Reads a filter of resources of a type.
    ///
    /// ```
    /// use engage_scim::{filter::Filter, schema::USER};
    ///
    /// let filter = Filter::parse(&USER, r#"USERNAME Eq "bo@x.dk" and emails[type eq "work"].value sw bo"#).unwrap();
    /// assert_eq!(filter.to_string(), r#"userName eq "bo@x.dk" and emails[type eq "work" and value sw "bo"]"#);
    /// assert!(Filter::parse(&USER, "shoeSize gt 40").is_err());
    /// ```
    ///
    /// # Errors
    /// `invalidFilter` where it is beyond [`MAX_TEXT`], [`MAX_DEPTH`] or [`MAX_TERMS`], cannot be read, names an attribute
    /// that there is not, or compares one in a way that its type does not allow.
    pub fn parse(kind: &'static ResourceType, text: &str) -> Result<Self, ScimError> {
        let mut reader = Reader::new(text)?;
        let filter = reader.expression(&Top(kind))?;
        reader.end()?;
        Ok(filter)
    }
}

/// Reads `NAME [ FILTER ]`, after the name; the text goes on behind it. Returns the filter and what follows.
pub(crate) fn elements(slot: Slot, text: &str) -> Result<(ValueFilter, &str), ScimError> {
    let mut reader = Reader::new(text)?;
    let filter = brackets(&mut reader, slot)?;
    Ok((filter, reader.rest()))
}

fn invalid(detail: impl Into<String>) -> ScimError {
    ScimError::new(ScimType::InvalidFilter, detail)
}

/// What a test is about: attributes of a resource, or parts of an element.
trait Scope {
    type Term;

    fn term(&self, reader: &mut Reader<'_>) -> Result<Expr<Self::Term>, ScimError>;
}

struct Top(&'static ResourceType);

struct Parts(&'static Attribute);

impl Reader<'_> {
    fn expression<S: Scope>(&mut self, scope: &S) -> Result<Expr<S::Term>, ScimError> {
        self.joined("or", Expr::Or, &mut |reader| reader.joined("and", Expr::And, &mut |reader| reader.unary(scope)))
    }

    /// One or more, with a word between them.
    fn joined<T>(
        &mut self,
        word: &str,
        join: fn(Vec<Expr<T>>) -> Expr<T>,
        one: &mut dyn FnMut(&mut Self) -> Result<Expr<T>, ScimError>,
    ) -> Result<Expr<T>, ScimError> {
        let first = one(self)?;
        if !self.keyword(word) {
            return Ok(first);
        }
        let mut all = vec![first, one(self)?];
        while self.keyword(word) {
            all.push(one(self)?);
        }
        Ok(join(all))
    }

    fn unary<S: Scope>(&mut self, scope: &S) -> Result<Expr<S::Term>, ScimError> {
        let not = self.negation();
        if !not && !self.peek('(') {
            return scope.term(self);
        }
        self.open('(')?;
        let inner = self.expression(scope)?;
        self.close(')')?;
        Ok(if not { Expr::Not(Box::new(inner)) } else { inner })
    }

    /// An operator and, unless it is `pr`, what it compares with.
    fn test(&mut self, attribute: &'static Attribute, name: &str) -> Result<Test, ScimError> {
        self.count_term()?;
        let word = self.word();
        if word.eq_ignore_ascii_case("pr") {
            return Ok(Test::Present);
        }
        let Some(op) = Op::ALL.into_iter().find(|op| op.name().eq_ignore_ascii_case(word)) else {
            return Err(self.expected(&format!("an operator after `{name}`, such as `eq` or `pr`")));
        };
        literal(attribute, name, op, self.value(name)?).map(|value| Test::Compare(op, value))
    }
}

impl Scope for Top {
    type Term = Term;

    fn term(&self, reader: &mut Reader<'_>) -> Result<Filter, ScimError> {
        let word = reader.word();
        if word.is_empty() {
            return Err(reader.expected("an attribute"));
        }
        let mut path = attribute(self.0, word, reader)?;
        if reader.follows('[') {
            if path.part.is_some() {
                return Err(reader.expected("an operator"));
            }
            return element(reader, path.slot);
        }
        let shown = path.to_string();
        let compared = comparable(path.leaf());
        let test = reader.test(compared.unwrap_or(path.leaf()), &shown)?;
        if test != Test::Present {
            let compared = compared.ok_or_else(|| whole(&shown, path.leaf()))?;
            if path.leaf().is_complex() {
                path.part = Some(compared);
            }
        }
        Ok(Expr::Term(Term::Attribute { path, test }))
    }
}

fn attribute(kind: &'static ResourceType, word: &str, reader: &Reader<'_>) -> Result<AttrPath, ScimError> {
    match resolve(kind, word) {
        Ok(Named::Attribute(path)) => Ok(path),
        Ok(Named::Schema(_)) => Err(invalid(format!("{} names a schema; a filter tests its attributes", echo(word)))),
        // It may be a value that stands where an attribute should: errors tell no values.
        Err(PathError::Malformed) => Err(reader.expected("the name of an attribute before")),
        Err(error) => Err(invalid(error.to_string())),
    }
}

/// What stands for an attribute in a comparison: itself, or its part `value` (RFC 7644 §3.4.2.2: `emails co "x"`).
fn comparable(attribute: &'static Attribute) -> Option<&'static Attribute> {
    if attribute.is_complex() { attribute.part("value") } else { Some(attribute) }
}

fn whole(shown: &str, attribute: &Attribute) -> ScimError {
    let example = attribute.parts().first().map_or("", |part| part.name);
    invalid(format!("`{shown}` has parts and cannot be compared as a whole; name one, such as `{shown}.{example}`"))
}

impl Scope for Parts {
    type Term = PartTerm;

    fn term(&self, reader: &mut Reader<'_>) -> Result<ValueFilter, ScimError> {
        let word = reader.word();
        part_test(reader, self.0, word)
    }
}

fn part_test(reader: &mut Reader<'_>, of: &'static Attribute, name: &str) -> Result<ValueFilter, ScimError> {
    if !is_name(name) {
        return Err(reader.expected(&format!("a part of `{}`", of.name)));
    }
    let part = of.part(name).ok_or_else(|| invalid(format!("`{}` has no part {}", of.name, echo(name))))?;
    let test = reader.test(part, &format!("{}.{}", of.name, part.name))?;
    Ok(Expr::Term(PartTerm { part, test }))
}

/// `[FILTER]`, and what may follow it: `.part op value`, which is one more condition on the same element.
fn element(reader: &mut Reader<'_>, slot: Slot) -> Result<Filter, ScimError> {
    let filter = brackets(reader, slot)?;
    let filter = if reader.follows('.') {
        reader.skip('.');
        let word = reader.word();
        let last = part_test(reader, slot.attribute, word)?;
        match filter {
            Expr::And(mut all) => {
                all.push(last);
                Expr::And(all)
            }
            one => Expr::And(vec![one, last]),
        }
    } else {
        filter
    };
    Ok(Expr::Term(Term::Element { slot, filter }))
}

fn brackets(reader: &mut Reader<'_>, slot: Slot) -> Result<ValueFilter, ScimError> {
    let Attribute { kind: Kind::Complex(_), multi_valued: true, .. } = slot.attribute else {
        return Err(invalid(format!("`{slot}` has no elements to select with `[…]`")));
    };
    reader.open('[')?;
    let filter = reader.expression(&Parts(slot.attribute))?;
    reader.close(']')?;
    Ok(filter)
}
