//! Package: a managed, versioned set of playbooks; and the copies that are made of them.

use engage_engine::ids::SemanticId;
use semver::Version;

/// A managed set of playbooks with all that they need. Who uses it cannot change it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// Its name; unique in a workspace.
    pub name: SemanticId,
    /// Its version.
    pub version: Version,
    /// Who may look into it.
    pub visibility: Visibility,
}

/// Who may look into a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Visibility {
    /// Its playbooks are shown, and may be forked.
    Open,
    /// Its playbooks run; their blocks are not shown, and they cannot be forked.
    Proprietary,
}

impl Visibility {
    /// The word in manifests and messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Proprietary => "proprietary",
        }
    }
}

/// What an editable copy remembers of the playbook that it was made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fork {
    /// The package.
    pub package: SemanticId,
    /// The package's version when the copy was made.
    pub version: Version,
    /// The playbook there.
    pub playbook: SemanticId,
    /// Whether the original does not run while the copy is there.
    pub replaces: bool,
}
