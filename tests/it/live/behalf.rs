//! Acting on behalf of an employee, where the issuer does not let it.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use engage_adapters::http::{Assertions, Secret};
use engage_engine::Identity;
use engage_engine::adapter::{AdapterError, AdapterErrorKind};

use super::end::dataverse;
use super::harness::{Live, call};

/// Employees whose token is none, and of whom it was told that it is not exchanged.
#[derive(Debug, Default)]
struct Refused(Mutex<Vec<(String, &'static str)>>);

#[async_trait]
impl Assertions for Refused {
    async fn assertion(&self, _: &str) -> Result<Option<Secret>, AdapterError> {
        Ok(Some(Secret::new("not.a.token".to_owned())))
    }

    async fn refused(&self, employee: &str, why: &'static str) {
        self.0.lock().unwrap().push((employee.to_owned(), why));
    }
}

#[tokio::test]
async fn who_holds_a_token_hears_that_it_is_not_exchanged_and_by_which_word() {
    let live = Live::start("dataverse").await;
    let refused = Arc::new(Refused::default());
    let crm = dataverse(&live.running, &live.loaded, refused.clone());
    let error = crm.who_am_i(&call()).await.unwrap_err();
    assert_eq!(error.kind, AdapterErrorKind::Unauthenticated);
    let Identity::Employee(employee) = call().identity else { panic!("calls are an employee's") };
    assert_eq!(*refused.0.lock().unwrap(), [(employee.to_string(), "invalid_grant")]);
}
