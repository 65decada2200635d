//! What a check is, and what is known while one follows the other. Checks are data: requests out of what is known, and a
//! judgement of the answers. Nothing here sends anything.

use uuid::Uuid;

use super::message::{Answer, Answers, Request};

/// Who asks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    /// The standard, in this section: it has to be so.
    Must(&'static str),
    /// Microsoft Entra, in this of its habits: provisioning does not work otherwise.
    Entra(&'static str),
    /// The standard, in this section: it had better be so. What is not is a warning.
    Should(&'static str),
}

impl Level {
    /// A stable word.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Must(_) => "MUST",
            Self::Entra(_) => "Entra",
            Self::Should(_) => "SHOULD",
        }
    }

    /// The section, or the habit.
    pub(super) fn source(self) -> &'static str {
        match self {
            Self::Must(source) | Self::Entra(source) | Self::Should(source) => source,
        }
    }
}

/// What was found amiss.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    /// The offending part, in short.
    pub(super) found: String,
    /// What is to be done, where it is something else than what the check says.
    pub(super) cure: Option<&'static str>,
}

impl Finding {
    pub(super) fn new(found: impl Into<String>) -> Self {
        Self { found: found.into(), cure: None }
    }
}

/// Nothing, or what stops the check.
pub(super) type Verdict = Result<(), Finding>;
/// What is amiss and stops nothing.
pub(super) type Remarks = Vec<String>;

/// One check.
#[derive(Debug)]
pub(super) struct Check {
    /// A stable name.
    pub(super) name: &'static str,
    /// What has to hold, as a sentence without its stop.
    pub(super) about: &'static str,
    pub(super) level: Level,
    /// The checks that have to have held before.
    pub(super) needs: &'static [&'static str],
    /// Why it is not made here.
    pub(super) unless: fn(&Known) -> Option<&'static str>,
    pub(super) ask: fn(&Known) -> Vec<Request>,
    pub(super) judge: fn(&mut Known, Answers<'_>, &mut Remarks) -> Verdict,
    /// What is to be done where it does not hold.
    pub(super) cure: &'static str,
}

/// Checks on one theme.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) title: &'static str,
    pub(super) checks: &'static [Check],
}

/// The names of what a run makes. Nothing else has them.
#[derive(Debug, Clone)]
pub(super) struct Names {
    pub(super) user: String,
    pub(super) user_external: String,
    pub(super) colleague: String,
    pub(super) colleague_external: String,
    pub(super) room: String,
    pub(super) room_external: String,
    pub(super) group: String,
    pub(super) group_external: String,
    /// What nobody has: as a name, as an id.
    pub(super) nobody: String,
    /// What is no token.
    pub(super) wrong_token: String,
}

impl Names {
    /// Names out of randomness.
    pub(super) fn new(random: &mut impl FnMut() -> Uuid) -> Self {
        let mut name = || format!("engage-probe-{}", random());
        let (user, colleague, room) = (name(), name(), name());
        let (group, group_external) = (name(), name());
        let mail = |name: &str| format!("{name}@example.invalid");
        Self {
            user_external: format!("{user}-Id"),
            user: mail(&user),
            colleague_external: format!("{colleague}-Id"),
            colleague: mail(&colleague),
            room_external: format!("{room}-Id"),
            room: mail(&room),
            group,
            group_external,
            nobody: random().to_string(),
            wrong_token: random().simple().to_string(),
        }
    }
}

/// What is known so far.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) names: Names,
    /// Whether the address is that of a service of rooms.
    pub(super) rooms: bool,
    /// Whether the server says that it has groups.
    pub(super) groups: bool,
    /// Whether the server says that it has entity tags.
    pub(super) etags: bool,
    /// Whether what is not there is answered with 404.
    pub(super) absence_shows: bool,
    /// Attributes of users that the server does not keep.
    pub(super) lacks: Vec<&'static str>,
    /// The answer to the creation of the user.
    pub(super) created: Option<Answer>,
    /// Ids of what was made; empty before.
    pub(super) user: String,
    pub(super) colleague: String,
    pub(super) room: String,
    pub(super) group: String,
    /// The entity tag of the user.
    pub(super) etag: String,
    /// Answers that were not of SCIM's media type: to what, and which it was.
    pub(super) other_media: Vec<String>,
}

impl Known {
    pub(super) fn new(names: Names, rooms: bool) -> Self {
        Self {
            names,
            rooms,
            groups: false,
            etags: false,
            absence_shows: false,
            lacks: Vec::new(),
            created: None,
            user: String::new(),
            colleague: String::new(),
            room: String::new(),
            group: String::new(),
            etag: String::new(),
            other_media: Vec::new(),
        }
    }
}
