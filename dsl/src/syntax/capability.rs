//! Reads capabilities and mappers.

use pest::iterators::Pair;

use crate::source::Span;
use crate::syntax::outline::{Block, Statement};
use crate::syntax::reader::{Reader, Rule, Rules};
use crate::syntax::tree::Item;
use crate::syntax::tree::playbook::{Capability, CapabilityStatement, Mapper, VersionProperty, VersionPropertyKind};

const HEADER: Rules = Rules { whole: Rule::titled_header, head: None, owner: "a capability", words: &[] };
const BODY: Rules = Rules {
    whole: Rule::capability_item,
    head: Some(Rule::capability_prefix),
    owner: "a capability",
    words: &["description", "version"],
};
const PROPERTY: Rules = Rules {
    whole: Rule::one_version_property,
    head: None,
    owner: "a version",
    words: &["model", "prompt", "input", "output", "max_tokens"],
};
const MAPPER: Rules = Rules { whole: Rule::mapper_header, head: None, owner: "a mapper", words: &[] };

impl Reader<'_> {
    /// Reads a capability; its statements are checked even when the header is no good.
    pub(super) fn capability(&mut self, span: Span, header: &Statement, block: &Block) -> Option<Item> {
        let head = self.statement(header, HEADER, Self::titled);
        let body = self.body(block, Rule::capability_body, BODY, Self::capability_statement);
        let (id, name) = head?;
        Some(Item::Capability(Capability { span, id, name, body }))
    }

    fn capability_statement(&mut self, pair: Pair<'_, Rule>) -> Option<CapabilityStatement> {
        let span = self.span(&pair);
        match pair.as_rule() {
            Rule::description => Some(CapabilityStatement::Description(self.last_name(pair)?)),
            Rule::version_item => {
                let number = self.written(pair.clone(), Rule::number)?;
                let (mut properties, mut whole) = (Vec::new(), !self.is_damaged());
                for entry in pair.into_inner() {
                    match entry.as_rule() {
                        Rule::bad_entry => {
                            whole = false;
                            self.bad_entry(&entry, PROPERTY);
                        }
                        _ => properties.extend(self.version_property(entry)),
                    }
                }
                Some(CapabilityStatement::Version { span, number, properties, whole })
            }
            _ => None,
        }
    }

    fn version_property(&mut self, pair: Pair<'_, Rule>) -> Option<VersionProperty> {
        let span = self.span(&pair);
        let kind = match pair.as_rule() {
            Rule::model => VersionPropertyKind::Model(self.last_name(pair)?),
            Rule::prompt => VersionPropertyKind::Prompt(self.last_name(pair)?),
            Rule::schema if pair.as_str().starts_with("input") => VersionPropertyKind::Input(self.json_in(pair)?),
            Rule::schema => VersionPropertyKind::Output(self.json_in(pair)?),
            Rule::max_tokens => VersionPropertyKind::MaxTokens(self.written(pair, Rule::number)?),
            _ => return None,
        };
        Some(VersionProperty { span, kind })
    }

    /// Reads a mapper, which is one line.
    pub(super) fn mapper(&mut self, span: Span, header: &Statement) -> Option<Item> {
        self.statement(header, MAPPER, |reader, pairs| {
            let names: Vec<_> = pairs.filter(|pair| pair.as_rule() == Rule::name).collect();
            let mut names = names.iter().map(|name| reader.name(name));
            let (use_case, pattern) = (names.next()?, names.next()?);
            let field = names.next().zip(names.next());
            Some(Item::Mapper(Mapper { span, use_case, pattern, field }))
        })
    }
}
