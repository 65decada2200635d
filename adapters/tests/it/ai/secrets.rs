//! What nothing prints.

use std::fmt::Debug;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use engage_adapters::ai::openai::{Config, OpenAi};
use engage_adapters::http::{Proxy, Secret};
use engage_engine::run::SystemClock;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use super::stub::{Stub, status, text};
use super::{KEY, Question, config, openai};

/// Keeps everything that is logged, at any level.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<String>>);

impl Visit for Log {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0.lock().unwrap(), " {field}={value:?}").unwrap();
    }
}

impl Subscriber for Log {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        span.record(&mut self.clone());
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        values.record(&mut self.clone());
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        event.record(&mut self.clone());
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[tokio::test]
async fn neither_keys_nor_contents_are_logged_or_printed() {
    let private = r#"{"summary": "words of the answer"}"#;
    let refused = serde_json::json!({"error": {"message": "no such account: Contoso", "code": "invalid"}});
    let stub = Stub::start([text(private), text(private), status(400, refused)]).await;
    let headers = vec![("x-gateway".to_owned(), Secret::new("gateway-secret"))];
    let config = Config { headers, ..config(&stub.url) };
    let mut proxied = config.clone();
    proxied.http.proxy = Proxy::At("http://somebody:proxy-secret@localhost:9".to_owned());
    let mut printed = format!("{config:?} {proxied:?} {:?}", OpenAi::new(proxied.clone()).unwrap());
    let ai = openai(config, Arc::new(SystemClock::default()));
    let log = Log::default();
    let kept = tracing::subscriber::set_default(log.clone());
    for _ in 0..2 {
        let error = Question::default().ask(&ai).await.unwrap_err();
        write!(printed, "{error} {error:?}").unwrap();
    }
    drop(kept);
    write!(printed, "{ai:?} {}", log.0.lock().unwrap()).unwrap();
    assert!(printed.contains("asked a model") && printed.contains("input_tokens=100"), "{printed}");
    for private in [KEY, "gateway-secret", "proxy-secret", "Contoso", "called", "Summarise", "words of the answer"] {
        assert!(!printed.contains(private), "{private} stands in {printed}");
    }
}
