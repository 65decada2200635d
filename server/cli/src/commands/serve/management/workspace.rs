//! What the workspace says, what is planned of it, and the check of other sources.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use engage_adapters::targets;
use engage_dsl::Workspace as Source;
use engage_engine::catalog::Pattern;
use engage_engine::plan::{InputShape, PlanProblem, plan};
use engage_engine::problem::Severity;
use engage_engine::{Capabilities as Can, CrmName, Input, Operation, SemanticId};
use engage_playbooks::Library;
use engage_playbooks::outlook::Outlook;
use engage_server::management::ports::{
    Capabilities, Checked, Finding, Fork, Group, Item, ItemDetail, ItemKind, JoinCapabilities, Overview, Package,
    PatternPlan, Planned, PlannedOperation, Refused, Shared, SourceFile, Target, Unplanned, Workspace,
};

use super::findings::Files;
use super::items::Items;
use crate::target::Switch;
use crate::workspace::{self, Loaded};

/// The workspace of the process, as it was loaded.
pub(super) struct Loading {
    pub(super) loaded: Arc<Loaded>,
    pub(super) folder: PathBuf,
    /// The CRM that its playbooks run on.
    pub(super) crm: CrmName,
    /// The playbooks that events start.
    pub(super) on: BTreeSet<SemanticId>,
    /// What is wrong with it and how much, once somebody has asked: it is read once, and stays as it is.
    pub(super) known: OnceLock<(usize, Vec<Finding>)>,
}

impl Loading {
    fn known(&self) -> &(usize, Vec<Finding>) {
        self.known.get_or_init(|| {
            let workspace = &self.loaded.workspace;
            let found = workspace::check(workspace);
            (found.len(), Files::of(workspace, &self.folder).findings(&found))
        })
    }

    fn items(&self) -> Items<'_> {
        Items { loaded: &self.loaded, folder: &self.folder, on: &self.on }
    }

    /// The CRM that is meant, of those that there are definitions for.
    fn meant(&self, crm: Option<&str>) -> Result<&CrmName, Unplanned> {
        let Some(named) = crm else { return Ok(&self.crm) };
        let known = self.loaded.catalog.crms().find(|known| known.as_str() == named);
        known.ok_or_else(|| refused(["crm"], "the workspace has no definitions on it"))
    }
}

fn refused<'a>(at: impl IntoIterator<Item = &'a str>, message: impl Into<String>) -> Unplanned {
    let at = at.into_iter().map(str::to_owned).collect();
    Unplanned::Refused(vec![Refused { at, message: message.into() }])
}

impl Workspace for Loading {
    fn overview(&self) -> Overview {
        let (workspace, catalog) = (&self.loaded.workspace, &self.loaded.catalog);
        let library = &workspace.library;
        let mut crms: Vec<String> = catalog.crms().map(ToString::to_string).collect();
        crms.sort();
        Overview {
            name: workspace.name.clone(),
            crm: self.crm.to_string(),
            crms,
            definitions: workspace.model.definitions.len(),
            patterns: workspace.model.patterns.len(),
            playbooks: library.playbooks.len(),
            started_by_events: self.on.len(),
            templates: library.templates.len(),
            capabilities: library.capabilities.len(),
            mappers: library.mappers.len(),
            packages: library.packages.len(),
            warnings: self.known().0,
        }
    }

    fn items(&self, kind: ItemKind) -> Vec<Item> {
        self.items().all(kind)
    }

    fn item(&self, kind: ItemKind, id: &str, crm: Option<&str>) -> Option<ItemDetail> {
        self.items().one(kind, id, crm)
    }

    fn packages(&self) -> Vec<Package> {
        packages(&self.loaded.workspace.library)
    }

    fn problems(&self) -> Vec<Finding> {
        self.known().1.clone()
    }

    fn targets(&self) -> Vec<Target> {
        let catalog = &self.loaded.catalog;
        let mut all: Vec<Target> = catalog
            .crms()
            .map(|crm| Target {
                crm: crm.to_string(),
                connected: *crm == self.crm,
                definitions: catalog.entities(crm.as_str()).count(),
                capabilities: targets::for_crm(crm).map(can),
            })
            .collect();
        all.sort_by(|one, other| one.crm.cmp(&other.crm));
        all
    }

    fn plan_pattern(&self, id: &str, wanted: &PatternPlan) -> Result<Planned, Unplanned> {
        let crm = self.meant(wanted.crm.as_deref())?;
        let pattern = self.loaded.catalog.pattern(crm.as_str(), id).ok_or(Unplanned::Absent)?;
        let operation = match wanted.operation {
            PlannedOperation::Read => Operation::Read,
            PlannedOperation::Create => Operation::Create,
            PlannedOperation::Update => Operation::Update,
        };
        let shape = shape(pattern, operation, wanted.input.as_ref())?;
        let planned = plan(pattern, operation, &shape, &Switch::Target.of(crm));
        let planned = planned.map_err(|problems| not_planned(&problems, wanted.input.is_some()))?;
        Ok(Planned { crm: crm.to_string(), text: planned.explain(), plan: planned.to_json() })
    }

    fn plan_playbook(&self, id: &str, crm: Option<&str>) -> Result<Planned, Unplanned> {
        let crm = self.meant(crm)?;
        let compiled = self.loaded.compiled.get(crm.as_str(), id).ok_or(Unplanned::Absent)?;
        if compiled.closed {
            return Err(Unplanned::Hidden);
        }
        let outlook = Outlook::of(compiled, &Switch::Target.of(crm));
        let outlook = outlook.map_err(|unplanned| refused([], format!("block {unplanned}")))?;
        Ok(Planned { crm: crm.to_string(), text: outlook.explain(), plan: outlook.to_json() })
    }

    fn check(&self, files: Vec<SourceFile>) -> Checked {
        let files = files.into_iter().map(|SourceFile { path, text }| (path, text));
        let sent = Source::from_sources(files);
        let diagnostics = workspace::check(&sent);
        let errors = diagnostics.iter().filter(|found| found.severity == Severity::Error).count();
        Checked {
            passed: errors == 0,
            definitions: sent.model.definitions.len(),
            patterns: sent.model.patterns.len(),
            playbooks: sent.library.playbooks.len(),
            errors,
            warnings: diagnostics.len() - errors,
            problems: Files::of(&sent, Path::new("")).findings(&diagnostics),
        }
    }
}

/// What the planner sees of an input: the smallest possible one where none was sent.
fn shape(pattern: &Pattern, operation: Operation, input: Option<&serde_json::Value>) -> Result<InputShape, Unplanned> {
    let Some(input) = input else { return Ok(InputShape::minimal(pattern, operation)) };
    let input = Input::from_json(pattern, input).map_err(|problems| {
        let refused = problems.into_iter().map(|wrong| Refused { at: inside(&wrong.path), message: wrong.message });
        Unplanned::Refused(refused.collect())
    })?;
    Ok(InputShape::of(pattern, &input))
}

/// Where in what was sent a place of the input is: `advisors[1].Email`.
fn inside(path: &str) -> Vec<String> {
    let steps = path.split(['.', '[']).map(|step| step.trim_end_matches(']')).filter(|step| !step.is_empty());
    std::iter::once("input").chain(steps).map(str::to_owned).collect()
}

fn not_planned(problems: &[PlanProblem], given: bool) -> Unplanned {
    let one = |problem: &PlanProblem| {
        let (part, field) = (problem.part.as_ref(), problem.field.as_ref());
        let at = std::iter::once("input".to_owned()).chain(part.map(ToString::to_string));
        let at = at.chain(field.map(ToString::to_string)).collect();
        let message = match given {
            true => problem.message.clone(),
            false => format!("{}; this was planned for the smallest input: send yours", problem.message),
        };
        Refused { at, message }
    };
    Unplanned::Refused(problems.iter().map(one).collect())
}

fn packages(library: &Library) -> Vec<Package> {
    let forks = |of: &engage_playbooks::model::Package| {
        let forks = library.playbooks.iter().filter_map(|playbook| Some((&playbook.id, playbook.fork.as_ref()?)));
        let ours = forks.filter(|(_, fork)| fork.package == of.name);
        let told = ours.map(|(id, fork)| Fork {
            playbook: id.to_string(),
            of: fork.playbook.to_string(),
            version: fork.version.to_string(),
            replaces: fork.replaces,
            update_available: fork.version < of.version,
        });
        told.collect()
    };
    let package = |of: &engage_playbooks::model::Package| Package {
        name: of.name.to_string(),
        version: of.version.to_string(),
        visibility: of.visibility.name().to_owned(),
        forks: forks(of),
    };
    library.packages.iter().map(package).collect()
}

fn can(of: Can) -> Capabilities {
    let groups = of.atomic_groups().map(|group| Group {
        form: group.form.clone(),
        max_writes: group.max_writes,
        max_depth: group.max_depth,
        max_kinds: group.max_kinds,
    });
    let shared = |limits: &engage_engine::adapter::BatchLimits| Shared { form: limits.form.clone(), max: limits.max };
    Capabilities {
        atomic_groups: groups.collect(),
        write_batch: shared(&of.write_batch),
        read_batch: shared(&of.read_batch),
        share_reads: of.share_reads,
        back_references: of.back_references,
        caller_ids: of.caller_ids,
        upsert: of.upsert,
        find_in_group: of.find_in_group,
        compound_keys: of.compound_keys,
        etags: of.etags,
        join: JoinCapabilities {
            form: of.join.form.clone(),
            depth: of.join.depth,
            many_depth: of.join.many_depth,
            max_to_one: of.join.max_to_one,
            max_to_many: of.join.max_to_many,
            max_total: of.join.max_total,
            any_field: of.join.any_field,
        },
        in_list: of.in_list,
        name: of.name,
    }
}
