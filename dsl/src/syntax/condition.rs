//! Reads conditions and literals.

use engage_engine::model::{Literal, Operator};
use pest::iterators::Pair;

use crate::diagnostic::Diagnostic;
use crate::source::Spanned;
use crate::syntax::reader::{Reader, Rule};
use crate::syntax::tree::Condition;
use crate::syntax::{MAX_DEPTH, codes};

/// Reads a condition. Brackets are counted before the grammar sees them, negations here: the depth of the tree is the
/// depth of both.
pub(super) fn condition(reader: &mut Reader<'_>, pair: Pair<'_, Rule>, depth: usize) -> Option<Condition> {
    let mut alternatives = Vec::new();
    for part in pair.into_inner().filter(|inner| inner.as_rule() == Rule::conjunction) {
        let mut all = Vec::new();
        for unary in part.into_inner().filter(|inner| inner.as_rule() == Rule::unary) {
            all.push(negations(reader, unary, depth)?);
        }
        alternatives.push(single(all, Condition::And));
    }
    Some(single(alternatives, Condition::Or))
}

/// A group, unless there is but one in it.
pub(super) fn single<C>(mut list: Vec<C>, group: fn(Vec<C>) -> C) -> C {
    if list.len() > 1 {
        return group(list);
    }
    list.pop().unwrap_or_else(|| group(Vec::new()))
}

/// How often a part of a condition is negated, and what is; `None`, with the error, when that is too deep.
pub(super) fn deeper<'p>(
    reader: &mut Reader<'_>,
    pair: Pair<'p, Rule>,
    depth: usize,
) -> Option<(usize, Pair<'p, Rule>)> {
    let span = reader.span(&pair);
    let mut inner = pair.into_inner();
    let negated = inner.clone().take_while(|inner| inner.as_rule() == Rule::not_word).count();
    if depth + negated > MAX_DEPTH {
        let error = Diagnostic::error(codes::TOO_DEEP.code, span, format!("nested more than {MAX_DEPTH} deep"));
        reader.errors.push(error.help("take brackets and negations away"));
        return None;
    }
    Some((negated, inner.nth(negated)?))
}

fn negations(reader: &mut Reader<'_>, pair: Pair<'_, Rule>, depth: usize) -> Option<Condition> {
    let (negated, body) = deeper(reader, pair, depth)?;
    let body = primary(reader, body, depth + negated)?;
    Some((0..negated).fold(body, |inside, _| Condition::Not(Box::new(inside))))
}

fn primary(reader: &mut Reader<'_>, pair: Pair<'_, Rule>, depth: usize) -> Option<Condition> {
    match pair.as_rule() {
        Rule::parens => {
            let inside = pair.into_inner().find(|inner| inner.as_rule() == Rule::condition)?;
            condition(reader, inside, depth + 1)
        }
        Rule::group => {
            let any = pair.as_str().starts_with("any");
            let mut list = Vec::new();
            for inside in pair.into_inner().filter(|inner| inner.as_rule() == Rule::condition) {
                list.push(condition(reader, inside, depth + 1)?);
            }
            Some(if any { Condition::Or(list) } else { Condition::And(list) })
        }
        Rule::test => test(reader, pair),
        _ => None,
    }
}

fn test(reader: &mut Reader<'_>, pair: Pair<'_, Rule>) -> Option<Condition> {
    let mut inner = pair.into_inner();
    let field = reader.name(&inner.next()?);
    let mut comparison = inner.next()?.into_inner();
    let operator = operator(comparison.next()?.as_str())?;
    let mut operands = Vec::new();
    for operand in comparison {
        if operand.as_rule() == Rule::operands {
            for value in operand.into_inner().filter(|inner| !matches!(inner.as_rule(), Rule::open | Rule::close)) {
                operands.push(literal(reader, value)?);
            }
        } else {
            operands.push(literal(reader, operand)?);
        }
    }
    Some(Condition::Test { field, operator, operands })
}

/// The operator of a sign or of words.
pub(super) fn operator(sign: &str) -> Option<Operator> {
    let mut words = sign.split_ascii_whitespace();
    Some(match (words.next()?, words.next()) {
        ("==", _) => Operator::Equals,
        ("!=", _) => Operator::NotEquals,
        (">=", _) => Operator::GreaterThanOrEqual,
        ("<=", _) => Operator::LessThanOrEqual,
        (">", _) => Operator::GreaterThan,
        ("<", _) => Operator::LessThan,
        ("contains", _) => Operator::Contains,
        ("starts", _) => Operator::StartsWith,
        ("ends", _) => Operator::EndsWith,
        ("in", _) => Operator::In,
        ("not", _) => Operator::NotIn,
        ("is", Some("not")) => Operator::IsNotNull,
        ("is", _) => Operator::IsNull,
        _ => return None,
    })
}

/// Reads a literal. Its lists are no deeper than the brackets that the outline lets through.
pub(super) fn literal(reader: &mut Reader<'_>, pair: Pair<'_, Rule>) -> Option<Spanned<Literal>> {
    let span = reader.span(&pair);
    let value = match pair.as_rule() {
        Rule::text => Literal::Text(reader.name(&pair).value),
        Rule::number => Literal::Number(pair.as_str().to_owned()),
        Rule::boolean => Literal::Boolean(pair.as_str() == "true"),
        Rule::null => Literal::Null,
        Rule::list => {
            let mut list = Vec::new();
            for element in pair.into_inner().filter(|inner| inner.as_rule() != Rule::close_list) {
                list.push(literal(reader, element)?.value);
            }
            Literal::List(list)
        }
        _ => return None,
    };
    Some(Spanned::new(value, span))
}
