//! Reads playbooks.

use pest::iterators::Pair;

use crate::source::{Span, Spanned};
use crate::syntax::outline::{self, Statement};
use crate::syntax::reader::{Reader, Rule, Rules};
use crate::syntax::tree::Item;
use crate::syntax::tree::playbook::{Fork, Playbook, PlaybookStatement};

/// The words that start a block.
pub(super) const BLOCKS: [&str; 10] =
    ["trigger", "filter", "read", "create", "update", "template", "ai", "output", "input", "file"];

const HEADER: Rules = Rules { whole: Rule::titled_header, head: None, owner: "a playbook", words: &[] };
const BODY: Rules = Rules {
    whole: Rule::playbook_item,
    head: Some(Rule::playbook_prefix),
    owner: "a playbook",
    words: &[
        "description",
        "fork",
        "deadline",
        "concurrency",
        "trigger",
        "filter",
        "read",
        "create",
        "update",
        "template",
        "ai",
        "output",
        "input",
        "file",
    ],
};

impl Reader<'_> {
    /// Reads a playbook; its statements are checked even when the header is no good.
    pub(super) fn playbook(&mut self, span: Span, header: &Statement, block: &outline::Block) -> Option<Item> {
        let head = self.statement(header, HEADER, Self::titled);
        let body = self.body(block, Rule::playbook_body, BODY, Self::playbook_statement);
        let (id, name) = head?;
        Some(Item::Playbook(Playbook { span, id, name, body }))
    }

    fn playbook_statement(&mut self, pair: Pair<'_, Rule>) -> Option<PlaybookStatement> {
        let span = self.span(&pair);
        Some(match pair.as_rule() {
            Rule::description => PlaybookStatement::Description(self.last_name(pair)?),
            Rule::fork => PlaybookStatement::Fork(self.fork(span, pair)?),
            Rule::deadline => PlaybookStatement::Deadline(span, self.written(pair, Rule::duration)?),
            Rule::concurrency => PlaybookStatement::Concurrency(span, self.written(pair, Rule::number)?),
            Rule::EOI => return None,
            _ => PlaybookStatement::Block(Box::new(self.block(span, pair)?)),
        })
    }

    fn fork(&mut self, span: Span, pair: Pair<'_, Rule>) -> Option<Fork> {
        let (mut names, mut replaces) = (Vec::new(), false);
        for inner in pair.into_inner() {
            match inner.as_rule() {
                Rule::name | Rule::text => names.push(self.name(&inner)),
                Rule::replaces => replaces = true,
                _ => {}
            }
        }
        let [package, playbook, version] = names.try_into().ok()?;
        Some(Fork { span, package, playbook, version, replaces })
    }

    /// What stands below a pair by a rule, as written.
    pub(super) fn written(&mut self, pair: Pair<'_, Rule>, rule: Rule) -> Option<Spanned<String>> {
        let found = pair.into_inner().find(|inner| inner.as_rule() == rule)?;
        Some(Spanned::new(found.as_str().to_owned(), self.span(&found)))
    }
}
