//! Errors as Dataverse answers them: status, code and message.

use serde_json::json;

use crate::http::Answer;
use crate::store::{RowId, StoreError};

/// A refused request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) status: u16,
    pub(crate) code: String,
    pub(crate) message: String,
}

impl Fault {
    pub(crate) fn new(status: u16, code: &str, message: impl Into<String>) -> Fault {
        Fault { status, code: code.to_owned(), message: message.into() }
    }

    /// Misuse of OData in an address.
    pub(crate) fn usage(message: impl Into<String>) -> Fault {
        Fault::new(400, "0x80060888", message)
    }

    /// A body that does not fit the model.
    pub(crate) fn payload(message: impl Into<String>) -> Fault {
        Fault::new(400, "0x80048d19", message)
    }

    /// An argument the platform refuses.
    pub(crate) fn argument(message: impl Into<String>) -> Fault {
        Fault::new(400, "0x80040203", message)
    }

    /// A feature of Dataverse that the sandbox does not have. Never answered with success.
    pub(crate) fn unsupported(feature: &str) -> Fault {
        Fault::new(501, "0x80060888", format!("The sandbox does not support {feature}."))
    }

    pub(crate) fn no_segment(segment: &str) -> Fault {
        Fault::new(404, "0x8006088a", format!("Resource not found for the segment '{segment}'."))
    }

    pub(crate) fn no_property(name: &str, table: &str) -> Fault {
        let message = format!("Could not find a property named '{name}' on type 'Microsoft.Dynamics.CRM.{table}'.");
        Fault::usage(message)
    }

    pub(crate) fn no_row(table: &str, id: &RowId) -> Fault {
        Fault::new(404, "0x80040217", format!("{table} With Id = {id} Does Not Exist"))
    }

    pub(crate) fn no_row_for_key(table: &str) -> Fault {
        let message = format!("A record with the specified key values does not exist in {table} entity");
        Fault::new(404, "0x80060891", message)
    }

    pub(crate) fn changed() -> Fault {
        let message = "The version of the existing record doesn't match the RowVersion property provided.";
        Fault::new(412, "0x80060882", message)
    }

    pub(crate) fn exists() -> Fault {
        Fault::new(412, "0x80040237", "A record with matching key values already exists.")
    }

    pub(crate) fn denied(message: impl Into<String>) -> Fault {
        Fault::new(403, "0x80040220", message)
    }

    pub(crate) fn method(method: &str) -> Fault {
        let message = format!("The requested resource does not support http method '{method}'.");
        Fault::new(405, "0x80060888", message)
    }

    /// The answer, with the annotations of `odata.include-annotations` where they are asked for.
    pub(crate) fn answer(&self, with_details: bool) -> Answer {
        let mut error = json!({"code": self.code, "message": self.message});
        if let (true, Some(error)) = (with_details, error.as_object_mut()) {
            let help = format!("http://go.microsoft.com/fwlink/?LinkID=398563&error={}", self.code);
            error.insert("@Microsoft.PowerApps.CDS.HelpLink".into(), help.into());
            error.insert("@Microsoft.PowerApps.CDS.TraceText".into(), "".into());
            error.insert("@Microsoft.PowerApps.CDS.InnerError.Message".into(), self.message.clone().into());
        }
        let body = json!({"error": error}).to_string().into_bytes();
        Answer::empty(self.status)
            .with("Content-Type", "application/json; odata.metadata=minimal")
            .with("OData-Version", "4.0")
            .body(body)
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Fault {
        match error {
            StoreError::NoRow { table, id } | StoreError::Dangling { target: table, id, .. } => {
                Fault::no_row(&table, &id)
            }
            StoreError::DuplicateId { .. } => Fault::new(
                412,
                "0x80040237",
                "Cannot insert duplicate key. A record with matching key values already exists.",
            ),
            StoreError::DuplicateKey { table, key, .. } => Fault::new(
                412,
                "0x80040237",
                format!(
                    "A record that has the attribute values of key {key} already exists. Entity Key {key} of {table} requires that this set of attributes contains unique values."
                ),
            ),
            StoreError::Restricted { by, .. } => Fault::new(
                400,
                "0x80048405",
                format!("The record cannot be deleted because it is referenced by a record of {by}."),
            ),
            StoreError::NotKept => Fault::new(500, "0x80040216", "An unexpected error occurred."),
            StoreError::Locked { .. } => {
                Fault::new(500, "0x80044150", "Generic SQL error: -2147204784 deadlock (1205).")
            }
            StoreError::NoTable { table } => Fault::no_segment(&table),
            StoreError::NoColumn { table, column } => Fault::no_property(&column, &table),
            StoreError::WrongType { table, column } => Fault::payload(format!(
                "The value of '{column}' on 'Microsoft.Dynamics.CRM.{table}' has the wrong type."
            )),
            StoreError::NoRelation { relation } => Fault::no_segment(&relation),
        }
    }
}
