//! Packages at work: forking a playbook of one, and seeing that there is a newer one.

use engage_engine::ids::SemanticId;
use semver::Version;

use crate::model::{Fork, Library, Package, Playbook, Visibility};

/// Why a playbook cannot be forked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ForkError {
    /// There is no such playbook.
    #[error("there is no playbook `{0}`")]
    Unknown(SemanticId),
    /// The playbook belongs to no package: it can be changed where it is.
    #[error("playbook `{0}` belongs to no package: change it where it is")]
    Own(SemanticId),
    /// The package does not let anybody look into it.
    #[error("playbook `{playbook}` belongs to `{package}`, which is proprietary: it runs, and cannot be forked")]
    Proprietary {
        /// The playbook.
        playbook: SemanticId,
        /// Its package.
        package: SemanticId,
    },
    /// The copy's id is taken.
    #[error("there is a playbook `{0}` already")]
    Taken(SemanticId),
}

/// A fork whose package has become newer than it was when the copy was made. The fork itself never changes by that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpdateAvailable {
    /// The fork.
    pub playbook: SemanticId,
    /// What it remembers.
    pub from: Version,
    /// What there is now.
    pub to: Version,
}

impl Library {
    /// A package by name.
    pub fn package(&self, name: &SemanticId) -> Option<&Package> {
        self.packages.iter().find(|package| package.name == *name)
    }

    /// An editable copy of a package's playbook under an id of its own. `replaces` switches the original off.
    ///
    /// ```
    /// use engage_engine::SemanticId;
    /// # mod greeting { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/greeting.rs")); }
    /// # use greeting::*;
    /// let mut library = library();
    /// let id = |text: &str| SemanticId::new(text).unwrap();
    ///
    /// let copy = library.fork(&id("greeting"), &id("our-greeting"), true).unwrap();
    /// assert_eq!(copy.fork.as_ref().unwrap().package, id("base"));
    /// library.playbooks.push(copy);
    /// assert!(!library.runs(&library.playbooks[0]), "the copy stands in its place");
    ///
    /// let error = library.fork(&id("nobody"), &id("ours"), false).unwrap_err();
    /// assert_eq!(error.to_string(), "there is no playbook `nobody`");
    /// ```
    ///
    /// # Errors
    /// [`ForkError`].
    pub fn fork(&self, playbook: &SemanticId, as_id: &SemanticId, replaces: bool) -> Result<Playbook, ForkError> {
        let original = self.playbooks.iter().find(|one| one.id == *playbook);
        let original = original.ok_or_else(|| ForkError::Unknown(playbook.clone()))?;
        let package = original.package.as_ref().and_then(|name| self.package(name));
        let package = package.ok_or_else(|| ForkError::Own(playbook.clone()))?;
        if package.visibility == Visibility::Proprietary {
            return Err(ForkError::Proprietary { playbook: playbook.clone(), package: package.name.clone() });
        }
        if self.playbooks.iter().any(|one| one.id == *as_id) {
            return Err(ForkError::Taken(as_id.clone()));
        }
        let fork = Fork {
            package: package.name.clone(),
            version: package.version.clone(),
            playbook: playbook.clone(),
            replaces,
        };
        Ok(Playbook { id: as_id.clone(), package: None, fork: Some(fork), ..original.clone() })
    }

    /// The forks whose package has become newer, in the order of the playbooks.
    pub fn updates(&self) -> Vec<UpdateAvailable> {
        let forks = self.playbooks.iter().filter_map(|playbook| {
            let fork = playbook.fork.as_ref()?;
            let now = &self.package(&fork.package)?.version;
            (*now > fork.version).then(|| UpdateAvailable {
                playbook: playbook.id.clone(),
                from: fork.version.clone(),
                to: now.clone(),
            })
        });
        forks.collect()
    }

    /// Whether a trigger starts a playbook: it does unless a fork stands in its place.
    pub fn runs(&self, playbook: &Playbook) -> bool {
        let replaced = |fork: &Fork| {
            fork.replaces && fork.playbook == playbook.id && Some(&fork.package) == playbook.package.as_ref()
        };
        !self.playbooks.iter().filter_map(|other| other.fork.as_ref()).any(replaced)
    }

    /// Whether the blocks of a playbook may be shown.
    pub fn shows(&self, playbook: &Playbook) -> bool {
        let package = playbook.package.as_ref().and_then(|name| self.package(name));
        package.is_none_or(|package| package.visibility == Visibility::Open)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> SemanticId {
        SemanticId::new(text).unwrap()
    }

    fn playbook(name: &str, package: Option<&str>) -> Playbook {
        Playbook {
            id: id(name),
            name: name.into(),
            description: String::new(),
            package: package.map(id),
            fork: None,
            deadline: None,
            concurrency: None,
            blocks: Vec::new(),
        }
    }

    fn library(version: &str, visibility: Visibility) -> Library {
        let package = Package { name: id("starter"), version: version.parse().unwrap(), visibility };
        let playbooks = vec![playbook("book", Some("starter")), playbook("own", None)];
        Library { packages: vec![package], playbooks, ..Library::default() }
    }

    #[test]
    fn a_fork_remembers_where_it_comes_from_and_may_switch_it_off() {
        let mut library = library("1.2.0", Visibility::Open);
        let fork = library.fork(&id("book"), &id("my-book"), true).unwrap();
        assert_eq!((fork.package.as_ref(), fork.fork.as_ref().unwrap().version.to_string()), (None, "1.2.0".into()));
        assert!(library.runs(&library.playbooks[0]));
        library.playbooks.push(fork);
        assert!(!library.runs(&library.playbooks[0]) && library.runs(&library.playbooks[2]));
        assert_eq!(library.updates(), []);
    }

    #[test]
    fn a_newer_package_is_told_and_the_fork_stays() {
        let mut library = library("1.2.0", Visibility::Open);
        let fork = library.fork(&id("book"), &id("my-book"), false).unwrap();
        library.playbooks.push(fork.clone());
        library.packages[0].version = "1.10.0".parse().unwrap();
        let update =
            UpdateAvailable { playbook: id("my-book"), from: Version::new(1, 2, 0), to: Version::new(1, 10, 0) };
        assert_eq!(library.updates(), [update]);
        assert_eq!(library.playbooks[2], fork);
        assert!(library.runs(&library.playbooks[0]), "the original was not switched off");
    }

    #[test]
    fn what_cannot_be_forked_says_why() {
        let closed = library("1.0.0", Visibility::Proprietary);
        let why =
            |library: &Library, of: &str, to: &str| library.fork(&id(of), &id(to), false).unwrap_err().to_string();
        assert!(why(&closed, "book", "mine").contains("proprietary"));
        assert!(!closed.shows(&closed.playbooks[0]) && closed.shows(&closed.playbooks[1]));
        let open = library("1.0.0", Visibility::Open);
        assert_eq!(why(&open, "own", "mine"), "playbook `own` belongs to no package: change it where it is");
        assert_eq!(why(&open, "nobody", "mine"), "there is no playbook `nobody`");
        assert_eq!(why(&open, "book", "own"), "there is a playbook `own` already");
    }
}
