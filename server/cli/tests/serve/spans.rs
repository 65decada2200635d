//! Spans reach a collector.

use std::process::Command;
use std::sync::mpsc::Receiver;
use std::thread::JoinHandle;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use serde_json::json;

use crate::kit::{PROGRAM, Place, Server, call};
use crate::stub::{self, Asked};

fn attribute<'s>(span: &'s Span, key: &str) -> Option<&'s str> {
    let found = span.attributes.iter().find(|attribute| attribute.key == key)?;
    match found.value.as_ref()?.value.as_ref()? {
        Value::StringValue(text) => Some(text),
        _ => None,
    }
}

/// A collector answers until a span of this name has come; whoever ends waits for it.
fn collector(asked: Receiver<Asked>, name: &'static str) -> JoinHandle<Vec<Span>> {
    std::thread::spawn(move || {
        let mut spans = Vec::new();
        while let Ok(request) = asked.recv_timeout(std::time::Duration::from_secs(20)) {
            assert_eq!(request.path, "/v1/traces");
            let sent = ExportTraceServiceRequest::decode(request.body.as_slice()).unwrap();
            let scopes = sent.resource_spans.into_iter().flat_map(|resource| resource.scope_spans);
            spans.extend(scopes.flat_map(|scope| scope.spans));
            request.answer("");
            if spans.iter().any(|span: &Span| span.name == name) {
                break;
            }
        }
        spans
    })
}

#[test]
fn a_request_goes_on_with_what_its_caller_traces() {
    let (url, asked) = stub::listen();
    let mut command = Command::new(PROGRAM);
    command.args(["serve", "--sandbox", "--listen", "127.0.0.1:0"]).env("OTEL_EXPORTER_OTLP_ENDPOINT", &url);
    let server = Server::start(&mut command);
    let collector = collector(asked, "request");
    let trace = [("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")];
    assert_eq!(call(&server.address(), "GET", "/healthz", &trace, b"").0, 200);
    server.end();
    let spans = collector.join().unwrap();
    let request = spans.iter().find(|span| span.name == "request").unwrap();
    assert_eq!(attribute(request, "route"), Some("/healthz"));
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let (trace, parent) = (hex(&request.trace_id), hex(&request.parent_span_id));
    assert_eq!((trace.as_str(), parent.as_str()), ("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"));
}

#[test]
fn a_run_and_its_blocks_are_spans_with_the_id_of_the_run() {
    let (url, asked) = stub::listen();
    let place = Place::new().with(&[], &[("OTEL_EXPORTER_OTLP_ENDPOINT", &url)]);
    let server = place.serve();
    let collector = collector(asked, "run");
    server.offer("visit", "v-1", &json!({"name": "Kari", "mail": "kari@fjord.example"}));
    let runs = server.until("succeeded", 1);
    let log = server.end();
    let spans = collector.join().unwrap();
    let named = |name: &str| spans.iter().filter(|span| span.name == name).collect::<Vec<_>>();
    let (run, blocks) = (named("run"), named("block"));
    assert_eq!((run.len(), blocks.len()), (1, 2), "{spans:?}\n{log}");
    assert_eq!(attribute(run[0], "run"), runs[0]["run"].as_str());
    assert_eq!(attribute(run[0], "playbook"), Some("visit"));
    assert_eq!(blocks.iter().map(|span| attribute(span, "block")).collect::<Vec<_>>(), [Some("first"), Some("second")]);
    assert!(blocks.iter().all(|span| span.parent_span_id == run[0].span_id && span.trace_id == run[0].trace_id));
    assert!(!format!("{spans:?}").contains("Kari") && !format!("{spans:?}").contains("kari@"));
}
