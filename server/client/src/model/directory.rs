//! Employees and rooms, whom the directory brings.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Somebody who works for the organisation. The directory says who does: nothing here is written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Employee {
    /// Its id.
    pub id: Uuid,
    /// The name, as it is shown.
    pub display_name: String,
    /// The first name; empty where the directory has none.
    pub first_name: String,
    /// The last name; empty where the directory has none.
    pub last_name: String,
    /// The address of e-mail.
    pub email: String,
    /// The initials: what stands before the `@`, unless the directory says otherwise.
    pub initials: String,
    /// Where the employee works.
    pub location: Option<String>,
    /// The id that the directory knows.
    pub external_id: Option<String>,
    /// Labels.
    #[cfg_attr(feature = "schema", schemars(extend("x-since" = "v3")))]
    pub labels: Vec<String>,
}

/// Which employees are listed.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EmployeesQuery {
    /// Those who bear one of these labels, in any case.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schema", schemars(extend("x-since" = "v3")))]
    pub labels: Vec<String>,
}

/// A room for meetings. The directory says which there are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Room {
    /// Its id.
    pub id: Uuid,
    /// Where it is; empty where the directory does not say.
    pub location: String,
    /// Its address of e-mail.
    pub email: String,
    /// What it is called.
    pub name: String,
    /// Whether it can be booked.
    pub can_be_booked: bool,
    /// Labels.
    #[cfg_attr(feature = "schema", schemars(extend("x-since" = "v3")))]
    pub labels: Vec<String>,
}

/// Which rooms are listed.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RoomsQuery {
    /// Those that bear one of these labels, in any case.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schema", schemars(extend("x-since" = "v3")))]
    pub labels: Vec<String>,
}

/// Which rooms are looked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct VacanciesQuery {
    /// At exactly this location.
    #[cfg_attr(feature = "schema", schemars(extend("examples" = ["Aarhus"]), length(min = 1)))]
    pub location: String,
    /// Free during this slot.
    #[cfg_attr(feature = "schema", schemars(extend("examples" = ["0b8a6f6e-2f0a-4c55-9d55-7a5a4c0e0007"])))]
    pub time_slot_id: Uuid,
}
