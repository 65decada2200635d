//! Checking a workspace: findings on the model are led back to the lines they are about.

use std::collections::{BTreeSet, HashMap};

use engage_engine::catalog::Catalog;
use engage_engine::check::check;
use engage_engine::model::{Item, Place, Subject};
use engage_engine::nearest::nearest;
use engage_engine::problem::{Problem, Severity};
use engage_playbooks::Playbooks;
use engage_playbooks::model::{BlockKind, Visibility};
use engage_playbooks::ports::Templates;

use super::{Rejected, Workspace, codes};
use crate::diagnostic::Diagnostic;
use crate::explain;
use crate::render;
use crate::source::{FileId, Sources, Span};

/// What checking a workspace gives.
#[derive(Debug, Clone)]
pub struct Report {
    /// The definitions and patterns, resolved; `None` when there is an error among the diagnostics.
    pub catalog: Option<Catalog>,
    /// The playbooks, compiled; `None` when there is an error among the diagnostics.
    pub playbooks: Option<Playbooks>,
    /// Everything found, in the text and in what it says, sorted by file and place.
    pub diagnostics: Vec<Diagnostic>,
}

impl Workspace {
    /// Checks what the workspace says and joins the findings with those about its text.
    ///
    /// A name that is not defined is passed over while it stands in a file that could not be read whole: its
    /// definition is then probably there, and the finding would be gone with the slip that hides it.
    ///
    /// Templates are read as Liquid with the feature `templates`; without it each is an error, as nobody can render it.
    pub fn check(&self) -> Report {
        #[cfg(feature = "templates")]
        return self.check_with(Some(&crate::templates::Liquid::default()));
        #[cfg(not(feature = "templates"))]
        self.check_with(None)
    }

    /// [`Workspace::check`] with another engine of templates, or none.
    pub fn check_with(&self, templates: Option<&dyn Templates>) -> Report {
        let checked = check(&self.model);
        let hidden = Hidden::new(self);
        // Playbooks stand on patterns: while those have errors of their own, playbooks would only repeat them.
        let library =
            checked.catalog.as_ref().map(|catalog| engage_playbooks::check(&self.library, catalog, templates));
        let (playbooks, more) = library.map_or((None, Vec::new()), |library| (library.playbooks, library.problems));
        let placed = checked.problems.iter().chain(&more).map(|problem| (self.diagnostic(problem), problem));
        let found = placed.filter(|(found, problem)| !hidden.explains(found, self.within(problem).as_deref()));
        let found = found.map(|(found, problem)| (found, Some(problem.at.item)));
        let found = self.diagnostics.iter().map(|slip| (slip.clone(), None)).chain(found);
        // Nobody here can change what a package says: only what is wrong with it matters.
        let found = found.filter(|(found, _)| found.severity == Severity::Error || !self.in_package(found));
        let mut diagnostics: Vec<Diagnostic> = found.map(|(found, about)| self.veiled(found, about)).collect();
        diagnostics.extend(self.unknown_target());
        render::sort(&mut diagnostics);
        diagnostics.dedup();
        let usable = diagnostics.iter().all(|found| found.severity != Severity::Error);
        Report { catalog: checked.catalog.filter(|_| usable), playbooks: playbooks.filter(|_| usable), diagnostics }
    }

    /// The checked workspace, for those who need nothing but that; warnings are dropped.
    ///
    /// # Errors
    /// [`Rejected`] with every diagnostic when one of them is an error.
    pub fn catalog(&self) -> Result<Catalog, Rejected> {
        let Report { catalog, playbooks: _, diagnostics } = self.check();
        catalog.ok_or_else(|| Rejected { sources: self.sources.clone(), diagnostics })
    }

    /// A finding on the model with the place it was written at.
    pub fn diagnostic(&self, problem: &Problem) -> Diagnostic {
        let Problem { code, severity, message, at, related, help, suggestion } = problem;
        let placed = related.iter().filter_map(|(at, label)| {
            let span = self.map.span(at)?;
            Some((span, self.label(span, label)))
        });
        let mut diagnostic = Diagnostic {
            code: *code,
            severity: *severity,
            message: message.clone(),
            span: self.map.span(at).map(|span| self.word(span)),
            label: String::new(),
            related: placed.collect(),
            help: help.clone(),
            suggestion: suggestion.clone(),
        };
        diagnostic.narrow(&self.sources);
        diagnostic
    }

    /// A finding as it may be told: of what stands in a playbook of a proprietary package neither the line nor the words.
    fn veiled(&self, found: Diagnostic, about: Option<Item>) -> Diagnostic {
        let shown = match about {
            Some(Item::Playbook(playbook)) => {
                self.library.playbooks.get(playbook).is_none_or(|playbook| self.library.shows(playbook))
            }
            Some(_) => true,
            // What could not be read may be of a playbook.
            None => false,
        };
        let package = found.span.and_then(|span| self.package_of(span.file));
        let package = package.filter(|package| !shown && package.visibility == Visibility::Proprietary);
        let Some(package) = package else { return found };
        let title = explain::index().into_iter().find(|info| info.code == found.code).map(|info| info.title);
        let message =
            format!("the package `{}` does not fit here: {}", package.name, title.unwrap_or("an error in it"));
        let help = "its playbooks are proprietary and not shown: whoever publishes it knows more";
        Diagnostic {
            message,
            span: None,
            label: String::new(),
            related: Vec::new(),
            help: Some(help.to_owned()),
            suggestion: None,
            ..found
        }
    }

    fn in_package(&self, found: &Diagnostic) -> bool {
        found.span.is_some_and(|span| self.package_of(span.file).is_some())
    }

    /// What stands at a related place; of a package's it is said that it is one's.
    fn label(&self, span: Span, label: &str) -> String {
        match self.package_of(span.file) {
            Some(package) => format!("{label}, in the package `{}`", package.name),
            None => label.to_owned(),
        }
    }

    /// A span with an end: one without, in a template, goes to the end of its word.
    fn word(&self, span: Span) -> Span {
        let rest = self.sources.get(span.file).and_then(|file| file.text().get(span.start as usize..)).unwrap_or("");
        if span.end > span.start || rest.is_empty() {
            return span;
        }
        let inside = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
        let length = rest.find(|c| !inside(c)).unwrap_or(rest.len());
        let length = length.max(rest.chars().next().map_or(0, char::len_utf8));
        Span::new(span.file, span.start as usize, span.start as usize + length)
    }

    /// Of a part or a version that is missing: where the pattern or the capability stands that should have it.
    fn within(&self, problem: &Problem) -> Option<Vec<Span>> {
        let (Item::Playbook(playbook), Place::BlockPart(block) | Place::BlockVersion(block)) =
            (problem.at.item, problem.at.place)
        else {
            return None;
        };
        let block = self.library.playbooks.get(playbook)?.blocks.get(block)?;
        let items: Vec<Item> = match &block.kind {
            BlockKind::Filter { pattern, .. } => {
                let same = self.model.patterns.iter().enumerate().filter(|(_, found)| found.id == *pattern);
                same.map(|(index, _)| Item::Pattern(index)).collect()
            }
            BlockKind::Ai { capability, .. } => {
                let same = self.library.capabilities.iter().enumerate().filter(|(_, found)| found.id == *capability);
                same.map(|(index, _)| Item::Capability(index)).collect()
            }
            _ => return None,
        };
        let spans = items.into_iter().filter_map(|item| self.map.span(&Subject { item, place: Place::Whole }));
        Some(spans.collect())
    }

    /// Where every item starts.
    fn items(&self) -> BTreeSet<Span> {
        let definitions = (0..self.model.definitions.len()).map(Item::Definition);
        let items = definitions.chain((0..self.model.patterns.len()).map(Item::Pattern));
        let items = items.chain((0..self.library.playbooks.len()).map(Item::Playbook));
        let items = items.chain((0..self.library.capabilities.len()).map(Item::Capability));
        let items = items.chain((0..self.library.mappers.len()).map(Item::Mapper));
        items.filter_map(|item| self.map.span(&Subject { item, place: Place::Whole })).collect()
    }

    fn unknown_target(&self) -> Option<Diagnostic> {
        let (target, span) = (self.target.as_ref()?, self.target_at?);
        let definitions = &self.model.definitions;
        if definitions.is_empty() || definitions.iter().any(|definition| definition.crm == *target) {
            return None;
        }
        let message = format!("nothing is defined on the target `{target}`");
        let mut diagnostic = Diagnostic::error(codes::TARGET.code, span, message)
            .help("name a CRM that entities are defined on, or leave `target` out");
        diagnostic.severity = Severity::Warning;
        diagnostic.suggestion = nearest(target.as_str(), definitions.iter().map(|definition| definition.crm.as_str()));
        Some(diagnostic)
    }
}

/// Codes of names that are not defined.
const UNDEFINED: &[&str] =
    &["E0208", "E0304", "E0307", "E0308", "E0607", "E0608", "E0611", "E0612", "E0613", "E0641", "E0645"];
/// Codes that only follow from those.
const FOLLOWING: &[&str] = &["E0305", "E0306", "E0609", "E0610"];

/// Codes of something that is missing, which in an item with a slip is most likely there.
const MISSING: &[&str] = &["E0302", "E0323", "E0328", "E0331", "E0602", "E0604", "E0619", "E0629", "E0637"];

/// What is not visible of the files that could not be read whole.
struct Hidden<'w> {
    /// The slips.
    slips: BTreeSet<Span>,
    /// Where the items start.
    items: BTreeSet<Span>,
    sources: &'w Sources,
    broken: BTreeSet<FileId>,
    /// How often each word stands in the items that hold slips: what is not visible is defined there.
    words: HashMap<&'w str, usize>,
}

impl<'w> Hidden<'w> {
    fn new(workspace: &'w Workspace) -> Self {
        let errors = workspace.diagnostics.iter().filter(|found| found.severity == Severity::Error);
        let slips: BTreeSet<Span> = errors.filter_map(|found| found.span).collect();
        let broken: BTreeSet<FileId> = slips.iter().map(|span| span.file).collect();
        let (words, items) = (HashMap::new(), workspace.items());
        let mut hidden = Self { slips, items, sources: &workspace.sources, broken, words };
        let around: BTreeSet<Span> = hidden.slips.iter().map(|slip| hidden.item(*slip)).collect();
        for item in around {
            let text = workspace.sources.get(item.file).map_or("", |source| source.text());
            let end = text.len().min(item.end as usize);
            let text = text.get(item.start as usize..end).unwrap_or("");
            for word in text.split(|c: char| !is_word(c)) {
                *hidden.words.entry(word).or_insert(0) += 1;
            }
        }
        hidden
    }

    /// Whether a finding is most likely there because of a slip. `within`: where the items stand that should have the name, where
    /// it is no item by itself.
    fn explains(&self, found: &Diagnostic, within: Option<&[Span]>) -> bool {
        if self.broken.is_empty() {
            return false;
        }
        if FOLLOWING.contains(&found.code.0) {
            return true;
        }
        if MISSING.contains(&found.code.0) {
            return found.span.is_some_and(|span| self.has_slip(span));
        }
        let Some(span) = found.span.filter(|_| UNDEFINED.contains(&found.code.0)) else { return false };
        if within.is_some_and(|items| !items.iter().any(|item| self.has_slip(*item))) {
            return false;
        }
        let written = self.sources.text(span);
        let name = written.rsplit('.').next().unwrap_or(written);
        // The place that is complained about does not count.
        let own = usize::from(self.has_slip(span));
        self.words.get(name).is_some_and(|count| *count > own)
    }
}

impl Hidden<'_> {
    /// Whether the item around a place holds a slip.
    fn has_slip(&self, at: Span) -> bool {
        let Span { file, start, end } = self.item(at);
        let behind = |start| Span { file, start, end: 0 };
        self.slips.range(behind(start)..behind(end)).next().is_some()
    }

    /// The item around a place, from where it starts to where the next one does. What a slip keeps from being read as an item
    /// belongs to the one before.
    fn item(&self, at: Span) -> Span {
        let behind = |start| Span { file: at.file, start, end: 0 };
        let here = |item: &&Span| item.file == at.file;
        let start = self.items.range(..behind(at.start + 1)).next_back().filter(here).map_or(0, |item| item.start);
        let end = self.items.range(behind(at.start + 1)..).next().filter(here).map_or(u32::MAX, |item| item.start);
        Span { file: at.file, start, end }
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '-'
}
