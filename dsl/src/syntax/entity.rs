//! Reads entities.

use pest::iterators::Pair;

use crate::source::{Span, Spanned};
use crate::syntax::condition::literal;
use crate::syntax::outline::{Block, Statement};
use crate::syntax::reader::{Reader, Rule, Rules};
use crate::syntax::tree::{Choice, Entity, EntityStatement, Field, FieldFlag, FieldFlagKind, Item, Name, PlainType};

const HEADER: Rules = Rules { whole: Rule::entity_header, head: None, owner: "an entity", words: &[] };
const BODY: Rules = Rules {
    whole: Rule::entity_item,
    head: Some(Rule::entity_prefix),
    owner: "an entity",
    words: &["description", "key", "idempotency", "embedded"],
};

const ALLOWED: Rules = Rules { whole: Rule::one_allowed, head: None, owner: "allowed texts", words: &[] };
const CHOICE: Rules = Rules { whole: Rule::one_choice, head: None, owner: "choices", words: &[] };

impl Reader<'_> {
    /// Reads an entity; its statements are checked even when the header is no good.
    pub(super) fn entity(&mut self, span: Span, header: &Statement, block: &Block) -> Option<Item> {
        let head = self.statement(header, HEADER, |reader, pairs| {
            let (mut names, mut title) = (Vec::with_capacity(3), None);
            for pair in pairs {
                match pair.as_rule() {
                    Rule::name => names.push(reader.name(&pair)),
                    Rule::text => title = Some(reader.name(&pair)),
                    _ => {}
                }
            }
            let [id, crm, crm_type] = <[Name; 3]>::try_from(names).ok()?;
            Some((id, title, crm, crm_type))
        });
        let body = self.body(block, Rule::entity_body, BODY, Self::entity_statement);
        let (id, name, crm, crm_type) = head?;
        Some(Item::Entity(Entity { span, id, name, crm, crm_type, body }))
    }

    fn entity_statement(&mut self, pair: Pair<'_, Rule>) -> Option<EntityStatement> {
        let (rule, span) = (pair.as_rule(), self.span(&pair));
        Some(match rule {
            Rule::description => EntityStatement::Description(self.last_name(pair)?),
            Rule::idempotency => EntityStatement::Idempotency(span, self.last_name(pair)?),
            Rule::key => EntityStatement::Key(span, self.names(pair)),
            Rule::embedded => {
                let mut names = self.names(pair).into_iter();
                EntityStatement::Embedded { span, parent: names.next()?, collection: names.next()? }
            }
            Rule::field => EntityStatement::Field(self.field(pair)?),
            _ => return None,
        })
    }

    /// The last name or text below a pair.
    pub(super) fn last_name(&mut self, pair: Pair<'_, Rule>) -> Option<Name> {
        let last = pair.into_inner().rfind(|inner| matches!(inner.as_rule(), Rule::name | Rule::text))?;
        Some(self.name(&last))
    }

    /// All names below a pair.
    pub(super) fn names(&mut self, pair: Pair<'_, Rule>) -> Vec<Name> {
        let names = pair.into_inner().flatten().filter(|inner| inner.as_rule() == Rule::name);
        names.map(|inner| self.name(&inner)).collect()
    }

    fn field(&mut self, pair: Pair<'_, Rule>) -> Option<Field> {
        let mut inner = pair.into_inner();
        let name = self.name(&inner.next()?);
        let mapped = inner.find(|pair| pair.as_rule() == Rule::name)?;
        let mapped = self.name(&mapped);
        let flags = inner.filter_map(|flag| self.field_flag(flag)).collect();
        Some(Field { name, mapped, flags })
    }

    fn field_flag(&mut self, pair: Pair<'_, Rule>) -> Option<FieldFlag> {
        let span = self.span(&pair);
        let flag = pair.into_inner().next()?;
        let word = flag.as_str();
        let kind = match flag.as_rule() {
            Rule::field_mark => match word {
                "required" => FieldFlagKind::Required,
                "readonly" => FieldFlagKind::ReadOnly,
                "public" => FieldFlagKind::Public,
                _ => FieldFlagKind::Sensitive,
            },
            Rule::plain_type => FieldFlagKind::Plain(plain(word)),
            Rule::max => {
                let number = flag.into_inner().find(|inner| inner.as_rule() == Rule::number)?;
                FieldFlagKind::Max(Spanned::new(number.as_str().to_owned(), self.span(&number)))
            }
            Rule::write => FieldFlagKind::Write(self.last_name(flag)?),
            Rule::ref_type => {
                let mut names = self.names(flag).into_iter();
                FieldFlagKind::Ref(names.next()?, names.next())
            }
            Rule::string_type => FieldFlagKind::Text(self.allowed(flag)),
            Rule::choice_type if word.starts_with('m') => FieldFlagKind::MultiChoice(self.choices(flag)),
            Rule::choice_type => FieldFlagKind::Choice(self.choices(flag)),
            _ => return None,
        };
        Some(FieldFlag { span, kind })
    }

    fn allowed(&mut self, pair: Pair<'_, Rule>) -> Vec<Name> {
        let mut texts = Vec::new();
        for entry in pair.into_inner() {
            match entry.as_rule() {
                Rule::text => texts.push(self.name(&entry)),
                Rule::bad_entry => self.bad_entry(&entry, ALLOWED),
                _ => {}
            }
        }
        texts
    }

    fn choices(&mut self, pair: Pair<'_, Rule>) -> Vec<Choice> {
        let mut choices = Vec::new();
        for entry in pair.into_inner() {
            match entry.as_rule() {
                Rule::choice => choices.extend(self.choice(entry)),
                Rule::bad_entry => self.bad_entry(&entry, CHOICE),
                _ => {}
            }
        }
        choices
    }

    fn choice(&mut self, pair: Pair<'_, Rule>) -> Option<Choice> {
        let mut inner = pair.into_inner();
        let name = self.name(&inner.next()?);
        let wire = match inner.last().filter(|last| last.as_rule() != Rule::equals) {
            Some(value) => Some(literal(self, value)?),
            None => None,
        };
        Some(Choice { name, wire })
    }
}

fn plain(word: &str) -> PlainType {
    match word {
        "boolean" => PlainType::Boolean,
        "int" => PlainType::Int,
        "double" => PlainType::Double,
        "decimal" => PlainType::Decimal,
        "date" => PlainType::Date,
        _ => PlainType::DateTime,
    }
}
