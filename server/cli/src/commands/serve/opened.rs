//! A CRM to which what is sealed is written open: up to here a value stands for it, and nowhere else is it opened.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use engage_engine::CrmName;
use engage_engine::adapter::{
    Adapter, AdapterError, AdapterErrorKind, Call, Capabilities, GroupError, Page, Query, Request, Write, WriteGroup,
    WriteValue, Written,
};
use engage_engine::value::Value;
use engage_server::platform::{Seals, stands_for};
use secrecy::ExposeSecret as _;
use uuid::Uuid;

/// A CRM, and who opens what is sealed of an organisation.
pub(super) struct Opened {
    pub(super) inner: Arc<dyn Adapter>,
    pub(super) seals: Seals,
    pub(super) organisation: Uuid,
}

impl Opened {
    /// The same writes with what is sealed in clear.
    async fn opened<'g>(&self, group: &'g WriteGroup) -> Result<Cow<'g, WriteGroup>, AdapterError> {
        let sealed: Vec<String> = group.writes.iter().flat_map(sealed).collect();
        if sealed.is_empty() {
            return Ok(Cow::Borrowed(group));
        }
        let mut clear = HashMap::new();
        for text in sealed {
            let value = self.open(&text).await?;
            clear.insert(text, value);
        }
        let mut group = group.clone();
        for write in &mut group.writes {
            reveal(write, &clear);
        }
        Ok(Cow::Owned(group))
    }

    async fn open(&self, text: &str) -> Result<String, AdapterError> {
        let opened = self.seals.open(self.organisation, text).await.map_err(|error| {
            tracing::warn!(%error, "what is sealed cannot be opened");
            AdapterError::new(AdapterErrorKind::Unavailable)
        })?;
        let gone = || AdapterError {
            kind: AdapterErrorKind::Rejected { field: None },
            details: Some("what was sealed is gone: it is kept until the run ends, and seven days at most".to_owned()),
        };
        Ok(opened.ok_or_else(gone)?.expose_secret().to_owned())
    }
}

/// The texts of a write that stand for something.
fn sealed(write: &Write) -> Vec<String> {
    let rows = write.embedded.iter().flat_map(|embedded| &embedded.rows).flatten();
    let text = |(_, value): &(usize, WriteValue)| match value {
        WriteValue::Value(Value::String(text)) if stands_for(text).is_some() => Some(text.clone()),
        _ => None,
    };
    write.fields.iter().chain(rows).filter_map(text).collect()
}

/// Puts what they stand for in their place.
fn reveal(write: &mut Write, clear: &HashMap<String, String>) {
    let rows = write.embedded.iter_mut().flat_map(|embedded| &mut embedded.rows).flatten();
    for (_, value) in write.fields.iter_mut().chain(rows) {
        if let WriteValue::Value(Value::String(text)) = value
            && let Some(value) = clear.get(text.as_str())
        {
            text.clone_from(value);
        }
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl Adapter for Opened {
    fn crm(&self) -> &CrmName {
        self.inner.crm()
    }

    fn capabilities(&self) -> &Capabilities {
        self.inner.capabilities()
    }

    async fn read(&self, call: &Call, queries: &[Query]) -> Result<Vec<Page>, AdapterError> {
        self.inner.read(call, queries).await
    }

    async fn write(&self, call: &Call, group: &WriteGroup) -> Result<Vec<Result<Written, AdapterError>>, GroupError> {
        let opened = self.opened(group).await.map_err(GroupError::from)?;
        let answer = self.inner.write(call, &opened).await;
        if matches!(opened, Cow::Borrowed(_)) {
            return answer;
        }
        // The CRM may repeat what it was sent.
        let bare = |error: AdapterError| AdapterError { details: None, ..error };
        match answer {
            Ok(written) => Ok(written.into_iter().map(|one| one.map_err(bare)).collect()),
            Err(error) => Err(GroupError { error: bare(error.error), ..error }),
        }
    }

    fn preview_read(&self, queries: &[Query]) -> Result<Vec<Request>, AdapterError> {
        self.inner.preview_read(queries)
    }

    fn preview_write(&self, group: &WriteGroup) -> Result<Vec<Request>, AdapterError> {
        self.inner.preview_write(group)
    }
}
