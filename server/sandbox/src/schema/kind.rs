//! What the store keeps for each of the CRM's types.

use super::Crm;
use crate::store::Value;

/// Type of a cell, as far as the store cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// Whole number or numbered choice.
    Int,
    /// Exact decimal.
    Decimal,
    /// Floating point.
    Double,
    /// Yes or no.
    Bool,
    /// Point in time.
    Moment,
    /// Day.
    Date,
    /// Identifier.
    Id,
    /// Reference.
    Ref,
    /// Several choices.
    Choices,
    /// Nothing is stored: the CRM makes the value up from other columns or other tables.
    Virtual,
}

impl Kind {
    /// The kind of a type as the CRM names it; none for a word the CRM does not have.
    pub(super) fn of(crm: Crm, crm_type: &str, behavior: Option<&str>) -> Option<Kind> {
        match crm {
            Crm::Dataverse => dataverse(crm_type, behavior),
            Crm::Salesforce => salesforce(crm_type),
        }
    }

    /// Whether a column of this kind may hold the value.
    pub fn holds(self, value: &Value) -> bool {
        matches!(
            (self, value),
            (Kind::Text, Value::Text(_))
                | (Kind::Int, Value::Int(_))
                | (Kind::Decimal, Value::Decimal(_))
                | (Kind::Double, Value::Double(_))
                | (Kind::Bool, Value::Bool(_))
                | (Kind::Moment, Value::Moment(_))
                | (Kind::Date, Value::Date(_))
                | (Kind::Id, Value::Id(_))
                | (Kind::Ref, Value::Ref(_))
                | (Kind::Choices, Value::Choices(_))
        )
    }
}

fn dataverse(crm_type: &str, behavior: Option<&str>) -> Option<Kind> {
    Some(match crm_type {
        "String" | "Memo" | "EntityName" => Kind::Text,
        "Integer" | "BigInt" | "Picklist" | "State" | "Status" => Kind::Int,
        "Decimal" | "Money" => Kind::Decimal,
        "Double" => Kind::Double,
        "Boolean" => Kind::Bool,
        "DateTime" if behavior == Some("DateOnly") => Kind::Date,
        "DateTime" => Kind::Moment,
        "Uniqueidentifier" => Kind::Id,
        "Lookup" | "Customer" | "Owner" => Kind::Ref,
        "MultiSelectPicklist" => Kind::Choices,
        "Virtual" | "PartyList" | "Image" | "ManagedProperty" | "CalendarRules" => Kind::Virtual,
        _ => return None,
    })
}

fn salesforce(crm_type: &str) -> Option<Kind> {
    Some(match crm_type {
        "string" | "textarea" | "phone" | "url" | "email" | "picklist" | "combobox" | "encryptedstring" | "base64"
        | "anyType" | "time" => Kind::Text,
        "int" | "long" => Kind::Int,
        "double" | "currency" | "percent" => Kind::Decimal,
        "boolean" => Kind::Bool,
        "datetime" => Kind::Moment,
        "date" => Kind::Date,
        "id" => Kind::Id,
        "reference" => Kind::Ref,
        "multipicklist" => Kind::Choices,
        "address" | "location" | "complexvalue" => Kind::Virtual,
        _ => return None,
    })
}
