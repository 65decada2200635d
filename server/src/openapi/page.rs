//! A document as a page for people: every operation with who may call it, what it takes, what it answers, and an example of each. No
//! script, nothing from elsewhere.

use std::fmt::Write as _;

use serde_json::Value;

/// How the page looks. Its digest stands in the policy of the page.
pub(super) const STYLE: &str = "\
body{font:15px/1.5 system-ui,sans-serif;margin:0 auto;max-width:62rem;padding:1rem 2rem;color:#1c1c1c;background:#fff}\
h1,h2,h3{line-height:1.2}h2{border-bottom:1px solid #ccc;margin-top:3rem}code,pre{font:13px/1.45 ui-monospace,monospace}\
pre{background:#f5f5f5;padding:.75rem;overflow:auto}details{border:1px solid #ddd;border-radius:4px;margin:.5rem 0;padding:.4rem .8rem}\
summary{cursor:pointer}table{border-collapse:collapse;width:100%}td,th{text-align:left;vertical-align:top;padding:.25rem .6rem .25rem 0;\
border-bottom:1px solid #eee}.method{display:inline-block;min-width:4.5rem;font-weight:600}.roles{color:#555}\
@media(prefers-color-scheme:dark){body{color:#e6e6e6;background:#181818}pre{background:#242424}details{border-color:#444}\
td,th{border-color:#333}a{color:#8ab4f8}.roles{color:#aaa}}";

/// The methods of a path, in the order in which people read them.
const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// The page of a document.
#[must_use]
pub fn page(document: &Value) -> String {
    let mut out = String::new();
    let title = escaped(text(document, "/info/title"));
    out.push_str("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    out.push_str("<meta name=\"viewport\" content=\"width=device-width\">\n");
    say(&mut out, format_args!("<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"));
    say(&mut out, format_args!("<h1>{title} <small>{}</small></h1>\n", escaped(text(document, "/info/version"))));
    prose(&mut out, text(document, "/info/description"));
    let base = escaped(text(document, "/servers/0/url"));
    say(&mut out, format_args!("<p>All paths are below <code>{base}</code>. For programs: "));
    out.push_str("<a href=\"openapi.yaml\">openapi.yaml</a>, <a href=\"openapi.json\">openapi.json</a>.</p>\n<ul>\n");
    let tags = document.pointer("/tags").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    for tag in tags {
        let name = escaped(text(tag, "/name"));
        say(&mut out, format_args!("<li><a href=\"#{name}\">{name}</a>: {}</li>\n", marked(text(tag, "/description"))));
    }
    out.push_str("<li><a href=\"#schemas\">Schemas</a></li>\n</ul>\n");
    for tag in tags {
        group(&mut out, document, text(tag, "/name"));
    }
    schemas(&mut out, document);
    out.push_str("</body>\n</html>\n");
    out
}

/// Writing to a text cannot fail.
fn say(out: &mut String, what: std::fmt::Arguments<'_>) {
    if out.write_fmt(what).is_err() {
        out.push('…');
    }
}

fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// The little of Markdown that descriptions use: code between backticks.
fn marked(text: &str) -> String {
    let mut out = String::new();
    for (position, part) in text.split('`').enumerate() {
        let part = escaped(part);
        out.push_str(&if position % 2 == 1 { format!("<code>{part}</code>") } else { part });
    }
    out
}

fn prose(out: &mut String, text: &str) {
    for paragraph in text.split("\n\n").filter(|paragraph| !paragraph.is_empty()) {
        say(out, format_args!("<p>{}</p>\n", marked(paragraph)));
    }
}

fn group(out: &mut String, document: &Value, tag: &str) {
    let name = escaped(tag);
    say(out, format_args!("<h2 id=\"{name}\">{name}</h2>\n"));
    for (path, methods) in document.pointer("/paths").and_then(Value::as_object).into_iter().flatten() {
        for method in METHODS {
            let Some(operation) = methods.get(method) else { continue };
            if text(operation, "/tags/0") == tag {
                one(out, document, (method, path), operation);
            }
        }
    }
}

fn one(out: &mut String, document: &Value, (method, path): (&str, &str), operation: &Value) {
    let (id, method) = (escaped(text(operation, "/operationId")), method.to_ascii_uppercase());
    say(out, format_args!("<details id=\"{id}\"><summary><span class=\"method\">{method}</span> "));
    say(out, format_args!("<code>{}</code> {}</summary>\n", escaped(path), escaped(text(operation, "/summary"))));
    prose(out, text(operation, "/description"));
    say(out, format_args!("<p class=\"roles\"><code>{id}</code>: {}</p>\n", roles(operation)));
    parameters(out, document, operation);
    if let Some(content) = operation.pointer("/requestBody/content") {
        out.push_str("<h4>Body</h4>\n");
        contents(out, content);
    }
    out.push_str("<h4>Answers</h4>\n");
    for (status, answer) in operation.pointer("/responses").and_then(Value::as_object).into_iter().flatten() {
        if answer.get("$ref").is_some() {
            continue;
        }
        say(out, format_args!("<p><strong>{status}</strong> {}</p>\n", marked(text(answer, "/description"))));
        answer.get("content").into_iter().for_each(|content| contents(out, content));
    }
    refusals(out, document, operation);
    out.push_str("</details>\n");
}

fn roles(operation: &Value) -> String {
    let Some(roles) = operation.get("x-roles") else { return "everybody, without a token".to_owned() };
    let minimum = text(roles, "/minimum");
    let people = if minimum.is_empty() { String::new() } else { format!("people from {minimum} on") };
    let systems = if roles["system"] == true { "back-ends" } else { "" };
    let both: Vec<&str> = [people.as_str(), systems].into_iter().filter(|who| !who.is_empty()).collect();
    escaped(&both.join(", "))
}

fn parameters(out: &mut String, document: &Value, operation: &Value) {
    let all = operation.pointer("/parameters").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    if all.is_empty() {
        return;
    }
    out.push_str("<h4>Parameters</h4>\n<table>\n<tr><th>Name</th><th>In</th><th>Type</th><th>What</th></tr>\n");
    for one in all {
        let one = followed(document, one);
        let needed = if one["required"] == true { " (needed)" } else { "" };
        let default =
            one.pointer("/schema/default").map(|value| format!(" Otherwise <code>{}</code>.", escaped(&plain(value))));
        say(
            out,
            format_args!(
                "<tr><td><code>{}</code>{needed}</td><td>{}</td>",
                escaped(text(one, "/name")),
                text(one, "/in")
            ),
        );
        say(out, format_args!("<td>{}</td><td>{}", kind(&one["schema"]), marked(text(one, "/description"))));
        say(out, format_args!("{}</td></tr>\n", default.unwrap_or_default()));
    }
    out.push_str("</table>\n");
}

fn contents(out: &mut String, content: &Value) {
    for (media, content) in content.as_object().into_iter().flatten() {
        say(out, format_args!("<p><code>{}</code>: {}</p>\n", escaped(media), kind(&content["schema"])));
        if let Some(example) = content.get("example") {
            say(out, format_args!("<pre>{}</pre>\n", escaped(&format!("{example:#}"))));
        }
    }
}

fn refusals(out: &mut String, document: &Value, operation: &Value) {
    let all = operation.pointer("/responses").and_then(Value::as_object).into_iter().flatten();
    let told = all.filter(|(_, answer)| answer.get("$ref").is_some()).map(|(status, answer)| {
        format!("<tr><td>{status}</td><td>{}</td></tr>\n", marked(text(followed(document, answer), "/description")))
    });
    say(
        out,
        format_args!(
            "<details><summary>Refusals</summary>\n<table>\n{}</table>\n</details>\n",
            told.collect::<String>()
        ),
    );
}

/// What a reference leads to; anything else is itself.
fn followed<'v>(document: &'v Value, value: &'v Value) -> &'v Value {
    let pointer = value.get("$ref").and_then(Value::as_str).and_then(|to| to.strip_prefix('#'));
    pointer.and_then(|pointer| document.pointer(pointer)).unwrap_or(value)
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// What a schema is, in a few words; named ones are linked.
fn kind(schema: &Value) -> String {
    if let Some(name) = schema.get("$ref").and_then(Value::as_str).and_then(|to| to.rsplit('/').next()) {
        let name = escaped(name);
        return format!("<a href=\"#schema-{name}\">{name}</a>");
    }
    if let Some(of) = schema.get("items") {
        return format!("list of {}", kind(of));
    }
    let either = schema.get("anyOf").or_else(|| schema.get("oneOf")).and_then(Value::as_array);
    if let Some(either) = either {
        return either.iter().map(kind).collect::<Vec<_>>().join(" or ");
    }
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        return values
            .iter()
            .map(|value| format!("<code>{}</code>", escaped(&plain(value))))
            .collect::<Vec<_>>()
            .join(", ");
    }
    let name = match schema.get("type") {
        Some(Value::Array(types)) => types.iter().map(plain).collect::<Vec<_>>().join(" or "),
        Some(one) => plain(one),
        None => "anything".to_owned(),
    };
    let format = schema.get("format").and_then(Value::as_str).map(|format| format!(" ({format})"));
    escaped(&format!("{name}{}", format.unwrap_or_default()))
}

fn schemas(out: &mut String, document: &Value) {
    out.push_str("<h2 id=\"schemas\">Schemas</h2>\n");
    for (name, schema) in document.pointer("/components/schemas").and_then(Value::as_object).into_iter().flatten() {
        let name = escaped(name);
        say(out, format_args!("<h3 id=\"schema-{name}\">{name}</h3>\n"));
        prose(out, text(schema, "/description"));
        let Some(members) = schema.get("properties").and_then(Value::as_object) else {
            say(out, format_args!("<p>{}</p>\n", kind(schema)));
            continue;
        };
        let needed = schema.get("required").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        out.push_str("<table>\n");
        for (member, schema) in members {
            let star = if needed.iter().any(|needed| needed == member) { "" } else { " (optional)" };
            say(out, format_args!("<tr><td><code>{}</code>{star}</td><td>{}</td>", escaped(member), kind(schema)));
            say(out, format_args!("<td>{}</td></tr>\n", marked(text(schema, "/description"))));
        }
        out.push_str("</table>\n");
    }
}
