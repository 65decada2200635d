//! Reads the blocks of a playbook.

use engage_playbooks::model::DeclaredType;
use pest::iterators::Pair;

use crate::source::{Span, Spanned};
use crate::syntax::reader::{Reader, Rule, Rules};
use crate::syntax::tree::Name;
use crate::syntax::tree::playbook::{Argument, Block, BlockFlag, BlockFlagKind, BlockKind, Mapping};

const MAPPING: Rules = Rules { whole: Rule::one_mapping, head: None, owner: "the block's input", words: &[] };

/// What a block's statement is made of, in the order written.
#[derive(Default)]
struct Parts {
    label: Option<(Name, Option<Name>)>,
    title: Option<Name>,
    names: Vec<Name>,
    texts: Vec<Name>,
    alias: Option<Name>,
    flags: Vec<BlockFlag>,
    mappings: Vec<Mapping>,
    special: Option<BlockKind>,
}

impl Reader<'_> {
    /// Reads a block of any kind.
    pub(super) fn block(&mut self, span: Span, pair: Pair<'_, Rule>) -> Option<Block> {
        let rule = pair.as_rule();
        let verb = pair.as_str().split(|c: char| !c.is_ascii_lowercase()).next().unwrap_or("").to_owned();
        let mut parts = Parts::default();
        for inner in pair.into_inner() {
            self.block_part(rule, inner, &mut parts)?;
        }
        let Parts { label, title, names, texts, alias, flags, mappings, special } = parts;
        let (mut names, mut texts) = (names.into_iter(), texts.into_iter());
        let kind = match (rule, special) {
            (Rule::trigger_block, special) => match special {
                Some(BlockKind::Trigger(_, arguments)) => BlockKind::Trigger(names.next()?, arguments),
                _ => BlockKind::Trigger(names.next()?, Vec::new()),
            },
            (Rule::filter_block, Some(BlockKind::Filter { condition, .. })) => {
                BlockKind::Filter { pattern: names.next()?, part: names.next()?, condition }
            }
            (Rule::pattern_block, _) => match verb.as_str() {
                "read" => BlockKind::Read(names.next()?),
                "create" => BlockKind::Create(names.next()?),
                _ => BlockKind::Update(names.next()?),
            },
            (Rule::template_block, _) => BlockKind::Template(names.next()?),
            (Rule::ai_block, special) => match special {
                Some(BlockKind::Ai(_, version)) => BlockKind::Ai(names.next()?, version),
                _ => BlockKind::Ai(names.next()?, None),
            },
            (Rule::output_block, _) => BlockKind::Output(alias),
            (Rule::input_block, Some(BlockKind::Given(_, of, optional))) => BlockKind::Given(alias, of, optional),
            (Rule::input_block, Some(constant)) => constant,
            (Rule::file_block, _) => BlockKind::File(texts.next()?),
            _ => return None,
        };
        let (name, shown) = label.map_or((None, title), |(name, shown)| (Some(name), shown));
        Some(Block { span, name, title: shown, kind, flags, mappings })
    }

    fn block_part(&mut self, block: Rule, pair: Pair<'_, Rule>, parts: &mut Parts) -> Option<()> {
        match pair.as_rule() {
            Rule::label => {
                let mut inner = pair.into_inner();
                let name = self.name(&inner.next()?);
                parts.label = Some((name, inner.next().map(|title| self.name(&title))));
            }
            Rule::text if block == Rule::trigger_block => parts.title = Some(self.name(&pair)),
            Rule::text => parts.texts.push(self.name(&pair)),
            Rule::name => parts.names.push(self.name(&pair)),
            Rule::alias => parts.alias = self.last_name(pair),
            Rule::block_flag => parts.flags.extend(self.block_flag(pair)),
            Rule::mappings => parts.mappings = self.mappings(pair),
            Rule::source => parts.mappings.push(Mapping { destination: None, source: self.source(pair)? }),
            // What these need beside is put in when the whole block is known.
            Rule::check => {
                let (pattern, part) = (parts.names.first()?.clone(), parts.names.last()?.clone());
                parts.special = Some(BlockKind::Filter { pattern, part, condition: self.check(pair, 0)? });
            }
            Rule::pinned => {
                let version = self.written(pair, Rule::number)?;
                parts.special = Some(BlockKind::Ai(parts.names.first()?.clone(), Some(version)));
            }
            Rule::arguments => {
                let arguments = pair.into_inner().filter_map(|one| self.argument(one)).collect();
                parts.special = Some(BlockKind::Trigger(parts.names.first()?.clone(), arguments));
            }
            Rule::given => {
                let optional = pair.clone().into_inner().any(|inner| inner.as_rule() == Rule::optional_word);
                let of = pair.into_inner().find(|inner| inner.as_rule() == Rule::declared_type)?;
                parts.special = Some(BlockKind::Given(None, self.declared_type(of)?, optional));
            }
            Rule::constant => parts.special = Some(BlockKind::Constant(self.json_in(pair)?)),
            _ => {}
        }
        Some(())
    }

    fn argument(&mut self, pair: Pair<'_, Rule>) -> Option<Argument> {
        let span = self.span(&pair);
        Some(match pair.as_rule() {
            Rule::text => Argument::Cron(self.name(&pair)),
            Rule::zone => Argument::Zone(self.last_name(pair)?),
            Rule::event_body => Argument::Body(self.json_in(pair)?),
            Rule::portals => {
                let texts = pair.into_inner().filter(|inner| inner.as_rule() == Rule::text);
                Argument::Portals(span, texts.map(|text| self.name(&text)).collect())
            }
            Rule::declared => {
                let optional = pair.clone().into_inner().any(|inner| inner.as_rule() == Rule::optional_word);
                let mut inner = pair.into_inner();
                let name = self.name(&inner.next()?);
                let of = inner.find(|inner| inner.as_rule() == Rule::declared_type)?;
                Argument::Declared { name, of: self.declared_type(of)?.value, optional }
            }
            _ => return None,
        })
    }

    /// A declared type. A reference to what is no id is complained about here, where its place is known.
    fn declared_type(&mut self, pair: Pair<'_, Rule>) -> Option<Spanned<DeclaredType>> {
        let span = self.span(&pair);
        let mut of = None;
        for inner in pair.into_inner() {
            of = match inner.as_rule() {
                Rule::plain_text => Some(DeclaredType::String),
                Rule::plain_type => Some(plain(inner.as_str())),
                Rule::name => {
                    let entity = self.name(&inner);
                    match engage_engine::ids::SemanticId::new(&entity.value) {
                        Ok(id) => Some(DeclaredType::Ref(id)),
                        Err(error) => {
                            let error = crate::lower::codes::bad_name(&error, &entity.value, entity.span);
                            self.errors.push(error);
                            return None;
                        }
                    }
                }
                Rule::multiple => Some(DeclaredType::List(Box::new(of?))),
                _ => of,
            };
        }
        Some(Spanned::new(of?, span))
    }

    fn block_flag(&mut self, pair: Pair<'_, Rule>) -> Option<BlockFlag> {
        let span = self.span(&pair);
        let flag = pair.into_inner().next()?;
        let kind = match flag.as_rule() {
            Rule::when => {
                let check = flag.into_inner().find(|inner| inner.as_rule() == Rule::check)?;
                BlockFlagKind::When(self.check(check, 0)?)
            }
            Rule::after => BlockFlagKind::After(self.names(flag)),
            Rule::escalation => BlockFlagKind::Escalation(self.last_name(flag)?),
            Rule::allow => BlockFlagKind::Allow(self.last_name(flag)?),
            Rule::position => {
                let numbers = flag.into_inner().filter(|inner| inner.as_rule() == Rule::number);
                let mut numbers = numbers.map(|number| Spanned::new(number.as_str().to_owned(), self.span(&number)));
                BlockFlagKind::Position(numbers.next()?, numbers.next()?)
            }
            _ => return None,
        };
        Some(BlockFlag { span, kind })
    }

    fn mappings(&mut self, pair: Pair<'_, Rule>) -> Vec<Mapping> {
        let mut mappings = Vec::new();
        for entry in pair.into_inner() {
            match entry.as_rule() {
                Rule::mapping => mappings.extend(self.mapping(entry)),
                Rule::bad_mapping => self.bad_entry(&entry, MAPPING),
                _ => {}
            }
        }
        mappings
    }

    fn mapping(&mut self, pair: Pair<'_, Rule>) -> Option<Mapping> {
        let mut inner = pair.into_inner();
        let first = inner.next()?;
        let destination = if first.as_rule() == Rule::path { Some(self.path(first)?) } else { None };
        let source = inner.find(|inner| inner.as_rule() == Rule::source)?;
        Some(Mapping { destination, source: self.source(source)? })
    }
}

fn plain(word: &str) -> DeclaredType {
    match word {
        "boolean" => DeclaredType::Boolean,
        "int" => DeclaredType::Int,
        "double" => DeclaredType::Double,
        "decimal" => DeclaredType::Decimal,
        "date" => DeclaredType::Date,
        _ => DeclaredType::DateTime,
    }
}
