//! Reads where values come from: paths, constants, transformations, and conditions over them.

use engage_engine::model::Operator;
use engage_playbooks::model::Transformation;
use engage_playbooks::{Path, Segment};
use pest::iterators::Pair;
use serde_json::Value;

use crate::source::Spanned;
use crate::syntax::condition::{deeper, operator, single};
use crate::syntax::json::is_json;
use crate::syntax::reader::{Reader, Rule};
use crate::syntax::tree::playbook::{Check, Origin, Source, Test};

impl Reader<'_> {
    pub(super) fn source(&mut self, pair: Pair<'_, Rule>) -> Option<Source> {
        let mut inner = pair.into_inner();
        let first = inner.next()?;
        let mut span = self.span(&first);
        let mut steps = Vec::new();
        let origin = if is_json(first.as_rule()) {
            Origin::Constant(self.json(first)?.value)
        } else {
            let mut parts = first.into_inner();
            let block = self.name(&parts.next()?);
            let mut segments = Vec::new();
            for part in parts {
                if part.as_rule() == Rule::required {
                    let mark = self.span(&part);
                    span.end = mark.start;
                    steps.push(Spanned::new(Transformation::Require, mark));
                } else {
                    segments.extend(self.segment(part));
                }
            }
            Origin::Block(block, Path::new(segments))
        };
        for step in inner {
            let span = self.span(&step);
            let written = step.into_inner().find(|inner| inner.as_rule() == Rule::transformation)?;
            let written = written.into_inner().next()?;
            steps.push(Spanned::new(self.transformation(written)?, span));
        }
        Some(Source { span, origin, steps })
    }

    /// A path, with its place.
    pub(super) fn path(&mut self, pair: Pair<'_, Rule>) -> Option<Spanned<Path>> {
        let span = self.span(&pair);
        let segments = pair.into_inner().filter_map(|part| self.segment(part)).collect();
        Some(Spanned::new(Path::new(segments)?, span))
    }

    fn segment(&mut self, pair: Pair<'_, Rule>) -> Option<Segment> {
        match pair.as_rule() {
            Rule::name => Some(Segment::Key(self.name(&pair).value)),
            Rule::every => Some(Segment::All),
            Rule::key_text => {
                let text = pair.into_inner().find(|inner| inner.as_rule() == Rule::text)?;
                Some(Segment::Key(self.name(&text).value))
            }
            Rule::index => {
                let number = pair.into_inner().find(|inner| inner.as_rule() == Rule::number)?;
                let position = number.as_str().parse().ok();
                if position.is_none() {
                    let at = self.span(&number);
                    let found = format!("`{}`", crate::lower::codes::excerpt(number.as_str()));
                    self.errors.push(crate::lower::codes::wrong_kind("a position from 0", &found, at));
                }
                position.map(Segment::Index)
            }
            _ => None,
        }
    }

    fn transformation(&mut self, pair: Pair<'_, Rule>) -> Option<Transformation> {
        let word = pair.as_str().split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or("");
        Some(match pair.as_rule() {
            Rule::plain_step => match word {
                "identity" => Transformation::Identity,
                "serialize" => Transformation::Serialize,
                "base64decode" => Transformation::Base64Decode,
                "first" => Transformation::First,
                "count" => Transformation::Count,
                _ => Transformation::Require,
            },
            Rule::text_step => {
                let join = word == "join";
                let separator = self.texts(pair).into_iter().next();
                let separator = separator.unwrap_or_else(|| if join { ", " } else { "," }.to_owned());
                if join { Transformation::Join { separator } } else { Transformation::Split { separator } }
            }
            Rule::default_step => Transformation::Default(self.json_in(pair)?.value),
            Rule::map_step => self.map(pair)?,
            Rule::format_step => {
                let mut texts = self.texts(pair).into_iter();
                Transformation::Format { pattern: texts.next()?, zone: texts.next() }
            }
            Rule::extract_step => {
                let path = pair.into_inner().find(|inner| inner.as_rule() == Rule::path)?;
                Transformation::Extract(self.path(path)?.value)
            }
            Rule::project_step => {
                Transformation::Project(self.names(pair).into_iter().map(|name| name.value).collect())
            }
            Rule::where_step => self.kept(pair)?,
            _ => return None,
        })
    }

    /// `where(Status, "Accepted")`.
    fn kept(&mut self, pair: Pair<'_, Rule>) -> Option<Transformation> {
        let mut inner = pair.into_inner().skip_while(|inner| inner.as_rule() != Rule::name);
        let field = self.name(&inner.next()?).value;
        let values = inner.filter(|inner| is_json(inner.as_rule())).filter_map(|inner| self.json(inner));
        Some(Transformation::Where { field, values: values.map(|value| value.value).collect() })
    }

    /// The texts below a pair.
    fn texts(&mut self, pair: Pair<'_, Rule>) -> Vec<String> {
        let texts = pair.into_inner().filter(|inner| inner.as_rule() == Rule::text);
        texts.map(|text| self.name(&text).value).collect()
    }

    fn map(&mut self, pair: Pair<'_, Rule>) -> Option<Transformation> {
        let (mut table, mut otherwise) = (Vec::new(), None);
        for entry in pair.into_inner() {
            let (span, rule) = (self.span(&entry), entry.as_rule());
            let mut values: Vec<Value> = Vec::new();
            if !matches!(rule, Rule::map_pair | Rule::map_else) {
                continue;
            }
            for value in entry.into_inner().filter(|inner| is_json(inner.as_rule())) {
                values.push(self.json(value)?.value);
            }
            match <[Value; 2]>::try_from(values) {
                Ok([from, to]) => table.push((from, to)),
                Err(mut one) => match &otherwise {
                    Some((first, _)) => self.errors.push(crate::lower::codes::duplicate_property("else", *first, span)),
                    None => otherwise = Some((span, one.pop()?)),
                },
            }
        }
        Some(Transformation::Map { table, otherwise: otherwise.map(|(_, value)| value) })
    }

    /// A condition over what blocks give; its depth is counted as that of conditions over fields is.
    pub(super) fn check(&mut self, pair: Pair<'_, Rule>, depth: usize) -> Option<Check> {
        let mut alternatives = Vec::new();
        for part in pair.into_inner().filter(|inner| inner.as_rule() == Rule::check_all) {
            let mut all = Vec::new();
            for one in part.into_inner().filter(|inner| inner.as_rule() == Rule::check_one) {
                all.push(self.check_one(one, depth)?);
            }
            alternatives.push(single(all, Check::And));
        }
        Some(single(alternatives, Check::Or))
    }

    fn check_one(&mut self, pair: Pair<'_, Rule>, depth: usize) -> Option<Check> {
        let (negated, body) = deeper(self, pair, depth)?;
        let depth = depth + negated;
        let any = body.as_str().starts_with("any");
        let body = match body.as_rule() {
            Rule::check_parens => {
                self.check(body.into_inner().find(|inner| inner.as_rule() == Rule::check)?, depth + 1)?
            }
            Rule::check_group => {
                let mut list = Vec::new();
                for inside in body.into_inner().filter(|inner| inner.as_rule() == Rule::check) {
                    list.push(self.check(inside, depth + 1)?);
                }
                if any { Check::Or(list) } else { Check::And(list) }
            }
            Rule::check_test => Check::Test(self.check_test(body)?),
            _ => return None,
        };
        Some((0..negated).fold(body, |inside, _| Check::Not(Box::new(inside))))
    }

    fn check_test(&mut self, pair: Pair<'_, Rule>) -> Option<Test> {
        let mut inner = pair.into_inner();
        let left = self.source(inner.next()?)?;
        let mut comparison = inner.next()?.into_inner();
        let operator: Operator = operator(comparison.next()?.as_str())?;
        let mut operands = Vec::new();
        for operand in comparison.flat_map(|one| match one.as_rule() {
            Rule::check_operands => one.into_inner().collect::<Vec<_>>(),
            _ => vec![one],
        }) {
            if operand.as_rule() == Rule::source {
                operands.push(self.source(operand)?);
            }
        }
        Some(Test { left, operator, operands })
    }
}
