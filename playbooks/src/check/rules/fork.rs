//! A fork remembers a playbook that is there and may be copied.

use engage_engine::model::Place;
use engage_engine::problem::{Code, CodeInfo, Problem};

use super::super::known::Known;
use super::super::shape::Shape;
use crate::model::Visibility;

/// A workspace that uses a package, and what its fork says.
macro_rules! forking {
    ($version:literal, $fork:literal) => {
        concat!(
            "# file: engage.toml\nname = \"shop\"\npackages = [\"starter\"]\n",
            "# file: starter/engage.toml\nname = \"starter\"\n[package]\nversion = \"",
            $version,
            "\"\nvisibility = \"open\"\n",
            "# file: starter/hello.engage\nplaybook hello \"Hello\" {\n  trigger Manual\n  output said = \"hello\"\n}\n",
            "# file: mine.engage\nplaybook mine \"Mine\" {\n  fork ",
            $fork,
            "\n  trigger Manual\n  output said = \"hi\"\n}\n",
        )
    };
}

pub(in crate::check) const INFO: CodeInfo = CodeInfo {
    code: Code("E0645"),
    title: "a fork of nothing that may be copied",
    explanation: "A fork names the package and the playbook that it was copied from, and the version. The package is one \
                  that the workspace uses, is not proprietary, and is not older than the copy.",
    example: forking!("1.2.0", "starter.helo version \"1.2.0\""),
    cure: forking!("1.2.0", "starter.hello version \"1.2.0\""),
};

pub(in crate::check) const UPDATE: CodeInfo = CodeInfo {
    code: Code("E0646"),
    title: "a fork whose package is newer",
    explanation: "The package has changed since the copy was made. The fork stays as it is; look at what is new, take \
                  over what is wanted, and write the version down.",
    example: forking!("1.2.0", "starter.hello version \"1.1.0\""),
    cure: forking!("1.2.0", "starter.hello version \"1.2.0\""),
};

pub(super) fn check(shape: &Shape<'_>, known: &Known<'_>, problems: &mut Vec<Problem>) {
    let Some(fork) = &shape.playbook.fork else { return };
    let error = |place, message: String, help: &str| Problem::error(INFO.code, shape.at(place), message).help(help);
    let library = known.library;
    let Some(package) = library.package(&fork.package) else {
        let names = library.packages.iter().map(|package| package.name.as_str());
        let message = format!("there is no package `{}`", fork.package);
        let problem = error(Place::Fork, message, "name its folder under `packages` in `engage.toml`");
        problems.push(problem.suggest(known.nearest(fork.package.as_str(), names)));
        return;
    };
    if package.visibility == Visibility::Proprietary {
        let message = format!("the package `{}` is proprietary: its playbooks are not copied", package.name);
        problems.push(error(Place::Fork, message, "use its playbooks as they are, or write one of your own"));
        return;
    }
    let theirs = || library.playbooks.iter().filter(|one| one.package.as_ref() == Some(&package.name));
    if !theirs().any(|one| one.id == fork.playbook) {
        let message = format!("the package `{}` has no playbook `{}`", package.name, fork.playbook);
        let near = known.nearest(fork.playbook.as_str(), theirs().map(|one| one.id.as_str()));
        problems.push(error(Place::ForkPlaybook, message, "name a playbook of the package").suggest(near));
    }
    let (then, now) = (&fork.version, &package.version);
    if then > now {
        let message = format!("the copy is of version {then}, and the package is at {now}");
        problems.push(error(
            Place::ForkVersion,
            message,
            "use the package in that version, or write the one that it has",
        ));
    } else if then < now {
        let message = format!("update available: `{}` {then} -> {now}", package.name);
        let mut problem = Problem::error(UPDATE.code, shape.at(Place::ForkVersion), message);
        problem.severity = engage_engine::problem::Severity::Warning;
        problems.push(problem.help("the fork stays as it is; take over what is wanted and write the version down"));
    }
}
