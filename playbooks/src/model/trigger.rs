//! Trigger: what starts a playbook.

/// What starts a playbook, and for whom.
#[derive(Debug, Clone, PartialEq)]
pub struct Trigger {
    /// The kind of event.
    pub kind: TriggerKind,
    /// Portal ids that it is for; none: all. Only for triggers of portals.
    pub portals: Vec<String>,
    /// When a `Schedule` fires.
    pub schedule: Option<Schedule>,
    /// The JSON Schema of a `Webhook`'s body.
    pub body: Option<serde_json::Value>,
    /// What a `Manual` start takes.
    pub inputs: Vec<Declared>,
}

impl Trigger {
    /// A trigger of a kind, without scope.
    pub fn new(kind: TriggerKind) -> Self {
        Self { kind, portals: Vec::new(), schedule: None, body: None, inputs: Vec::new() }
    }
}

/// The kinds of trigger. What each gives stands in the checker's trigger table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub enum TriggerKind {
    /// A customer booked a meeting through a portal.
    PortalMeetings,
    /// Such a meeting was cancelled.
    PortalMeetingCancelled,
    /// An overview of a customer was asked for.
    CustomerOverview,
    /// The transcript of a meeting is there.
    TranscriptReady,
    /// A video meeting ended.
    MeetMeetingEnded,
    /// A meeting was booked.
    MeetingBooked,
    /// A meeting was changed.
    MeetingUpdated,
    /// A meeting was cancelled.
    MeetingCancelled,
    /// Who attended a meeting was recorded.
    AttendanceRecorded,
    /// An employee was provisioned.
    EmployeeProvisioned,
    /// An employee was deprovisioned.
    EmployeeDeprovisioned,
    /// A room was provisioned.
    RoomProvisioned,
    /// A time came.
    Schedule,
    /// A signed HTTP call came.
    Webhook,
    /// A person or a program asked.
    Manual,
}

impl TriggerKind {
    /// Every kind, in the order of the documentation.
    pub const ALL: [Self; 15] = [
        Self::PortalMeetings,
        Self::PortalMeetingCancelled,
        Self::CustomerOverview,
        Self::TranscriptReady,
        Self::MeetMeetingEnded,
        Self::MeetingBooked,
        Self::MeetingUpdated,
        Self::MeetingCancelled,
        Self::AttendanceRecorded,
        Self::EmployeeProvisioned,
        Self::EmployeeDeprovisioned,
        Self::RoomProvisioned,
        Self::Schedule,
        Self::Webhook,
        Self::Manual,
    ];

    /// The name in both spellings, in events and in messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::PortalMeetings => "PortalMeetings",
            Self::PortalMeetingCancelled => "PortalMeetingCancelled",
            Self::CustomerOverview => "CustomerOverview",
            Self::TranscriptReady => "TranscriptReady",
            Self::MeetMeetingEnded => "MeetMeetingEnded",
            Self::MeetingBooked => "MeetingBooked",
            Self::MeetingUpdated => "MeetingUpdated",
            Self::MeetingCancelled => "MeetingCancelled",
            Self::AttendanceRecorded => "AttendanceRecorded",
            Self::EmployeeProvisioned => "EmployeeProvisioned",
            Self::EmployeeDeprovisioned => "EmployeeDeprovisioned",
            Self::RoomProvisioned => "RoomProvisioned",
            Self::Schedule => "Schedule",
            Self::Webhook => "Webhook",
            Self::Manual => "Manual",
        }
    }

    /// The kind of a name.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

impl std::fmt::Display for TriggerKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// When a schedule fires: a cron expression in the wall time of a zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// Five fields: minute, hour, day of month, month, day of week.
    pub cron: String,
    /// The IANA zone: `Europe/Copenhagen`.
    pub zone: String,
}

/// A declared value of a manual start or of an `Input` block.
#[derive(Debug, Clone, PartialEq)]
pub struct Declared {
    /// Its name.
    pub name: String,
    /// Its type.
    pub of: DeclaredType,
    /// May be absent.
    pub optional: bool,
}

/// The type of a declared value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeclaredType {
    /// Text.
    String,
    /// True or false.
    Boolean,
    /// A whole number.
    Int,
    /// A floating-point number.
    Double,
    /// An exact decimal number.
    Decimal,
    /// A calendar day.
    Date,
    /// An instant.
    DateTime,
    /// The id of a record of an entity.
    Ref(engage_engine::ids::SemanticId),
    /// A list.
    List(Box<DeclaredType>),
}
