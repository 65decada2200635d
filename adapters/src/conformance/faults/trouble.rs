//! What can go wrong between an adapter and its CRM.

use std::fmt;

/// What goes wrong on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Trouble {
    /// The connection is cut before anything took effect.
    CutBefore,
    /// The request takes effect, and no answer comes.
    CutAfter,
    /// 503: nothing took effect.
    Unavailable,
    /// 429 with a second to wait.
    Throttled,
    /// The token is refused.
    Unauthenticated,
    /// Somebody else holds a row.
    Locked,
    /// The request takes effect, and the answer breaks off.
    Truncated,
    /// The answer comes in small pieces.
    Slow,
    /// The CRM is gone: this request is cut before anything took effect, and so is every one after it.
    GoneBefore,
    /// The CRM is gone once this request has taken effect: no answer comes, and every later request is cut before
    /// anything took effect.
    GoneAfter,
}

impl Trouble {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::CutBefore,
        Self::CutAfter,
        Self::Unavailable,
        Self::Throttled,
        Self::Unauthenticated,
        Self::Locked,
        Self::Truncated,
        Self::Slow,
        Self::GoneBefore,
        Self::GoneAfter,
    ];

    /// Whether nobody can tell from it whether the request took effect.
    pub(super) fn is_ambiguous(self) -> bool {
        matches!(self, Self::CutBefore | Self::CutAfter | Self::Truncated | Self::GoneBefore | Self::GoneAfter)
    }

    /// Whether it stays until it is over: an execution may fail by it, and its repeat may not.
    pub(super) fn lasts(self) -> bool {
        matches!(self, Self::GoneBefore | Self::GoneAfter)
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CutBefore => "cut before",
            Self::CutAfter => "cut after",
            Self::Unavailable => "unavailable",
            Self::Throttled => "throttled",
            Self::Unauthenticated => "unauthenticated",
            Self::Locked => "locked",
            Self::Truncated => "truncated",
            Self::Slow => "slow",
            Self::GoneBefore => "gone before",
            Self::GoneAfter => "gone after",
        })
    }
}
