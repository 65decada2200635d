//! Errors in Salesforce's words: an array of objects with a code and a message.

use serde_json::{Value as Json, json};

use crate::http::Answer;
use crate::store::StoreError;

/// One refusal.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Fault {
    pub(crate) status: u16,
    pub(crate) code: &'static str,
    pub(crate) message: String,
    /// Names of the fields it is about; absent where Salesforce does not say.
    pub(crate) fields: Option<Vec<String>>,
    /// A body that is no error object: the rows among which the caller has to choose.
    pub(crate) choices: Option<Vec<String>>,
    /// What a duplicate rule has found.
    pub(crate) duplicates: Option<Box<Json>>,
}

impl Fault {
    pub(crate) fn new(status: u16, code: &'static str, message: impl Into<String>) -> Fault {
        Fault { status, code, message: message.into(), fields: None, choices: None, duplicates: None }
    }

    pub(crate) fn bad(code: &'static str, message: impl Into<String>) -> Fault {
        Fault::new(400, code, message)
    }

    /// With the fields it is about.
    pub(crate) fn on(mut self, fields: &[&str]) -> Fault {
        self.fields = Some(fields.iter().map(|field| (*field).to_owned()).collect());
        self
    }

    pub(crate) fn not_found() -> Fault {
        Fault::new(404, "NOT_FOUND", "The requested resource does not exist")
    }

    pub(crate) fn method(method: &str, allowed: &[&str]) -> Fault {
        let message = format!("HTTP Method '{method}' not allowed. Allowed are {}", allowed.join(","));
        Fault::new(405, "METHOD_NOT_ALLOWED", message)
    }

    /// What Salesforce has and the sandbox has not.
    pub(crate) fn unsupported(feature: &str) -> Fault {
        let message =
            format!("This feature is not currently enabled for this user. Not supported by the sandbox: {feature}");
        Fault::new(403, "FUNCTIONALITY_NOT_ENABLED", message)
    }

    pub(crate) fn json() -> Fault {
        Fault::bad(
            "JSON_PARSER_ERROR",
            "The HTTP entity body is required, and must be well-formed JSON of the expected shape",
        )
    }

    pub(crate) fn halted() -> Fault {
        let message = "The transaction was rolled back since another operation in the same transaction failed.";
        Fault::bad("PROCESSING_HALTED", message)
    }

    pub(crate) fn session() -> Fault {
        Fault::new(401, "INVALID_SESSION_ID", "Session expired or invalid")
    }

    /// The body of an answer, or of a part of one.
    pub(crate) fn body(&self) -> Json {
        if let Some(choices) = &self.choices {
            return json!(choices);
        }
        let mut error = json!({"message": self.message, "errorCode": self.code});
        if let (Some(fields), Some(error)) = (&self.fields, error.as_object_mut()) {
            error.insert("fields".into(), json!(fields));
        }
        if let (Some(duplicates), Some(error)) = (&self.duplicates, error.as_object_mut()) {
            error.insert("duplicateResut".into(), Json::clone(duplicates));
        }
        json!([error])
    }

    /// The error as collections and trees tell it.
    pub(crate) fn entry(&self) -> Json {
        let fields = self.fields.clone().unwrap_or_default();
        json!({"statusCode": self.code, "message": self.message, "fields": fields})
    }

    pub(crate) fn answer(&self) -> Answer {
        let answer = super::answer(self.status, &self.body());
        match self.status {
            401 => answer.with("WWW-Authenticate", "Token"),
            _ => answer,
        }
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Fault {
        match error {
            StoreError::NoTable { .. } | StoreError::NoRelation { .. } => Fault::not_found(),
            StoreError::NoColumn { table, column } => no_column(&column, &table),
            StoreError::WrongType { column, .. } => {
                Fault::bad("JSON_PARSER_ERROR", format!("Cannot deserialize the value of {column}")).on(&[&column])
            }
            StoreError::NoRow { .. } => no_row(),
            StoreError::DuplicateId { id, .. } => duplicate("Id", id.as_str()),
            StoreError::DuplicateKey { key, taken_by, .. } => duplicate(&key, taken_by.as_str()),
            StoreError::Dangling { column, .. } => {
                Fault::bad("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id").on(&[&column])
            }
            StoreError::Restricted { by, .. } => {
                let message = format!(
                    "Your attempt to delete the record could not be completed because it is associated with the following records of {by}."
                );
                Fault::bad("DELETE_FAILED", message).on(&[])
            }
            StoreError::NotKept => Fault::new(500, "UNKNOWN_EXCEPTION", "An unexpected error occurred."),
            StoreError::Locked { id, .. } => locked(id.as_str()),
        }
    }
}

pub(crate) fn no_column(column: &str, table: &str) -> Fault {
    Fault::bad("INVALID_FIELD", format!("No such column '{column}' on sobject of type {table}"))
}

pub(crate) fn no_row() -> Fault {
    Fault::new(404, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id").on(&[])
}

pub(crate) fn locked(id: &str) -> Fault {
    let message = format!("unable to obtain exclusive access to this record or 1 records: {id}");
    Fault::bad("UNABLE_TO_LOCK_ROW", message).on(&[])
}

pub(crate) fn duplicate(key: &str, taken_by: &str) -> Fault {
    let message = format!("duplicate value found: {key} duplicates value on record with id: {taken_by}");
    Fault::bad("DUPLICATE_VALUE", message).on(&[])
}
