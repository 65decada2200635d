//! A CRM that answers at once: an HTTP server on this machine, and an adapter that makes one request of every call.

use std::sync::Arc;

use async_trait::async_trait;
use axum::Router;
use axum::routing::get;
use engage_adapters::targets;
use engage_engine::adapter::{
    Adapter, AdapterError, AdapterErrorKind, Call, Capabilities, GroupError, Page, Query, Request, Row, WriteAction,
    WriteGroup, WriteValue, Written,
};
use engage_engine::{CrmName, FieldName, Value};
use serde_json::{Value as Json, json};

/// The server on a thread and a runtime of its own; gives its address.
pub fn serve() -> String {
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let record = async || ([("content-type", "application/json")], r#"{"value":[{"name":"Contoso"}]}"#);
            let made = async |body: String| {
                let written: Json = serde_json::from_str(&body).unwrap();
                (axum::http::StatusCode::CREATED, json!({"id": written["id"]}).to_string())
            };
            let router = Router::new().route("/{table}", get(record).post(made));
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            sender.send(listener.local_addr().unwrap()).unwrap();
            axum::serve(listener, router).await.unwrap();
        });
    });
    format!("http://{}", receiver.recv().unwrap())
}

/// One request per call; `url`: where to, nowhere and answered at once without.
pub struct Mock {
    client: reqwest::Client,
    url: Option<String>,
    crm: CrmName,
    capabilities: Capabilities,
}

impl Mock {
    pub fn new(url: Option<String>) -> Arc<Self> {
        let client = reqwest::Client::builder().no_proxy().pool_max_idle_per_host(512).build().unwrap();
        Arc::new(Self { client, url, crm: CrmName::new("dataverse").unwrap(), capabilities: targets::dataverse() })
    }

    async fn get(&self, table: &str) -> Result<Json, reqwest::Error> {
        let Some(url) = &self.url else { return Ok(json!({"value": [{"name": "Contoso"}]})) };
        let text = self.client.get(format!("{url}/{table}")).send().await?.text().await?;
        Ok(serde_json::from_str(&text).unwrap_or_default())
    }

    async fn post(&self, table: &str, body: &Json) -> Result<(), reqwest::Error> {
        let Some(url) = &self.url else { return Ok(()) };
        let request = self.client.post(format!("{url}/{table}")).body(body.to_string());
        request.send().await?.error_for_status()?.text().await.map(drop)
    }

    fn error(&self, _: &reqwest::Error) -> AdapterError {
        AdapterError::new(AdapterErrorKind::Unknown)
    }
}

#[async_trait]
impl Adapter for Mock {
    fn crm(&self) -> &CrmName {
        &self.crm
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn read(&self, _: &Call, queries: &[Query]) -> Result<Vec<Page>, AdapterError> {
        let mut pages = Vec::new();
        for query in queries {
            let answer = self.get(&query.entity.crm_type).await.map_err(|error| self.error(&error))?;
            let name = answer["value"][0]["name"].as_str().unwrap_or_default().to_owned();
            let id = uuid::Uuid::nil().to_string();
            let fields = query.select.iter().filter_map(|at| query.entity.fields.get(*at));
            let mut values: engage_engine::Instance =
                fields.map(|field| (field.name.clone(), Value::String(name.clone()))).collect();
            values.insert(FieldName::new("Id").unwrap(), Value::Id(id.clone()));
            pages.push(Page { rows: vec![Row { id, values, ..Row::default() }], truncated: false });
        }
        Ok(pages)
    }

    async fn write(&self, _: &Call, group: &WriteGroup) -> Result<Vec<Result<Written, AdapterError>>, GroupError> {
        let mut all = Vec::new();
        for write in &group.writes {
            let WriteAction::Create { id } = &write.action else { panic!("the job creates") };
            let id = id.clone().unwrap_or_default();
            let fields = write.fields.iter().map(|(at, value)| match value {
                WriteValue::Value(value) => (write.entity.fields[*at].name.to_string(), value.to_json()),
                WriteValue::Back(_) => panic!("the job refers back to nothing"),
            });
            let mut body: serde_json::Map<String, Json> = fields.collect();
            body.insert("id".to_owned(), json!(id));
            let sent = self.post(&write.entity.crm_type, &Json::Object(body)).await;
            all.push(sent.map(|()| Written { id, created: true, etag: None }).map_err(|error| self.error(&error)));
        }
        Ok(all)
    }

    fn preview_read(&self, _: &[Query]) -> Result<Vec<Request>, AdapterError> {
        Ok(Vec::new())
    }

    fn preview_write(&self, _: &WriteGroup) -> Result<Vec<Request>, AdapterError> {
        Ok(Vec::new())
    }
}
