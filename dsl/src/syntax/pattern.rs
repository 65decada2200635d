//! Reads patterns.

use engage_engine::model::Direction;
use pest::iterators::{Pair, Pairs};

use crate::source::{Span, Spanned};
use crate::syntax::condition::{condition, literal};
use crate::syntax::outline::{Block, Statement};
use crate::syntax::reader::{Reader, Rule, Rules};
use crate::syntax::tree::{
    Assignment, Item, Name, Part, PartFlag, PartFlagKind, Pattern, PatternStatement, Reference, Requirement,
};

const HEADER: Rules = Rules { whole: Rule::titled_header, head: None, owner: "a pattern", words: &[] };
const BODY: Rules = Rules {
    whole: Rule::pattern_item,
    head: Some(Rule::pattern_prefix),
    owner: "a pattern",
    words: &["description", "as"],
};

const ASSIGNMENT: Rules = Rules { whole: Rule::one_assignment, head: None, owner: "the part's values", words: &[] };

impl Reader<'_> {
    /// Reads a pattern; its statements are checked even when the header is no good.
    pub(super) fn pattern(&mut self, span: Span, header: &Statement, block: &Block) -> Option<Item> {
        let head = self.statement(header, HEADER, Self::titled);
        let body = self.body(block, Rule::pattern_body, BODY, Self::pattern_statement);
        let (id, name) = head?;
        Some(Item::Pattern(Pattern { span, id, name, body }))
    }

    /// An id and a name for people.
    pub(super) fn titled(&mut self, mut pairs: Pairs<'_, Rule>) -> Option<(Name, Option<Name>)> {
        let id = self.name(&pairs.next()?);
        let name = pairs.find(|pair| pair.as_rule() == Rule::text).map(|pair| self.name(&pair));
        Some((id, name))
    }

    fn pattern_statement(&mut self, pair: Pair<'_, Rule>) -> Option<PatternStatement> {
        let span = self.span(&pair);
        Some(match pair.as_rule() {
            Rule::description => PatternStatement::Description(self.last_name(pair)?),
            Rule::escalation => PatternStatement::Escalation(span, self.last_name(pair)?),
            Rule::part => PatternStatement::Part(self.part(pair)?),
            Rule::requirement => PatternStatement::Requirement(self.requirement(pair)?),
            _ => return None,
        })
    }

    fn part(&mut self, pair: Pair<'_, Rule>) -> Option<Part> {
        let mut inner = pair.into_inner();
        let name = self.name(&inner.next()?);
        let mut part = Part { entity: name.clone(), name, multiple: false, flags: Vec::new(), assignments: Vec::new() };
        for pair in inner {
            match pair.as_rule() {
                Rule::multiple => part.multiple = true,
                Rule::name => part.entity = self.name(&pair),
                Rule::part_flag => part.flags.extend(self.part_flag(pair)),
                Rule::assignments => part.assignments = self.assignments(pair),
                _ => {}
            }
        }
        Some(part)
    }

    fn part_flag(&mut self, pair: Pair<'_, Rule>) -> Option<PartFlag> {
        let span = self.span(&pair);
        let flag = pair.into_inner().next()?;
        let kind = match flag.as_rule() {
            Rule::part_mark => match flag.as_str() {
                "readonly" => PartFlagKind::ReadOnly,
                "optional" => PartFlagKind::Optional,
                "root" => PartFlagKind::Root,
                _ => PartFlagKind::Replace,
            },
            Rule::match_on => PartFlagKind::Match(self.names(flag)),
            Rule::sort => {
                let mut inner = flag.into_inner().filter(|inner| inner.as_rule() != Rule::sort_word);
                let field = self.name(&inner.next()?);
                let down = inner.next().is_some_and(|direction| direction.as_str() == "desc");
                PartFlagKind::Sort(field, if down { Direction::Descending } else { Direction::Ascending })
            }
            Rule::limit => {
                let number = flag.into_inner().find(|inner| inner.as_rule() == Rule::number)?;
                PartFlagKind::Limit(Spanned::new(number.as_str().to_owned(), self.span(&number)))
            }
            Rule::filter => {
                let written = flag.into_inner().find(|inner| inner.as_rule() == Rule::condition)?;
                PartFlagKind::Where(condition(self, written, 0)?)
            }
            _ => return None,
        };
        Some(PartFlag { span, kind })
    }

    fn assignments(&mut self, pair: Pair<'_, Rule>) -> Vec<Assignment> {
        let mut assignments = Vec::new();
        for entry in pair.into_inner() {
            match entry.as_rule() {
                Rule::assignment => assignments.extend(self.assignment(entry)),
                Rule::bad_entry => self.bad_entry(&entry, ASSIGNMENT),
                _ => {}
            }
        }
        assignments
    }

    fn assignment(&mut self, pair: Pair<'_, Rule>) -> Option<Assignment> {
        let mut inner = pair.into_inner();
        let field = self.name(&inner.next()?);
        let fixed = inner.next()?.as_rule() == Rule::fixed;
        let value = literal(self, inner.next()?.into_inner().next()?)?;
        Some(Assignment { field, fixed, value })
    }

    fn requirement(&mut self, pair: Pair<'_, Rule>) -> Option<Requirement> {
        let span = self.span(&pair);
        let mut inner = pair.into_inner();
        let dependent = self.reference(inner.next()?)?;
        let mut requirement =
            Requirement { span, dependent, sources: Vec::new(), optional: Vec::new(), deferred: Vec::new() };
        for pair in inner {
            match pair.as_rule() {
                Rule::reference => requirement.sources.extend(self.reference(pair)),
                Rule::requirement_flag if pair.as_str() == "optional" => requirement.optional.push(self.span(&pair)),
                Rule::requirement_flag => requirement.deferred.push(self.span(&pair)),
                _ => {}
            }
        }
        Some(requirement)
    }

    fn reference(&mut self, pair: Pair<'_, Rule>) -> Option<Reference> {
        let span = self.span(&pair);
        let mut names = self.names(pair).into_iter();
        Some(Reference { span, part: names.next()?, field: names.next()? })
    }
}
