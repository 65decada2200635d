//! What can be wrong with the server of a test.

/// What is wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    None,
    /// Bodies are `application/json`.
    MediaType,
    /// Lists have no `totalResults`.
    NoTotal,
    /// What was never there is found.
    FoundUnknown,
    /// Errors have `status` as a number.
    NumericStatus,
    /// Users show `active` as a text.
    TextActive,
    /// PATCH is answered and not done.
    PatchIgnored,
    /// Names may be taken twice.
    TakenTwice,
    /// DELETE of users is answered and not done.
    DeleteLeaves,
    /// Any token is good.
    AnyToken,
    /// 401 comes without `WWW-Authenticate`.
    NoChallenge,
    /// There is no discovery.
    NoDiscovery,
    /// `userName` is compared with its case.
    ExactNames,
    /// A filter finds everybody.
    NoFilter,
    /// `count` is not heeded.
    WholePages,
    /// `If-Match` is not heeded.
    BlindWrites,
    /// A member that is removed takes the others along.
    AllMembersGo,
    /// A creation is done and answered with 500.
    LostCreation,
    /// Every address leads elsewhere.
    Redirect,
    /// An answer is longer than anybody reads.
    Endless,
    /// What is refused is told with the token in it.
    Indiscreet,
}
