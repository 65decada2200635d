//! What nobody means well by: refused with the right status, in the words of SCIM, before it costs anything.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::kit::{Answer, Customer, Kit};

const JSON: [(&str, &str); 1] = [("content-type", "application/scim+json")];
const USERS: &str = "/employees/scim/Users";

/// That an answer is an error as RFC 7644 §3.12 has it.
fn refused(answer: &Answer, status: u16, kind: Option<&str>, what: &str) {
    let body = &answer.body;
    assert_eq!(answer.status.as_u16(), status, "{what}: {answer:?}");
    assert_eq!(answer.header("content-type"), "application/scim+json; charset=utf-8", "{what}");
    assert_eq!(body["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:Error"]), "{what}");
    assert_eq!((&body["status"], body["scimType"].as_str()), (&json!(status.to_string()), kind), "{what}: {body}");
    assert!(!body["detail"].as_str().unwrap().is_empty(), "{what}");
}

async fn sent(customer: &Customer<'_>, path: &str, body: impl Into<reqwest::Body>) -> Answer {
    customer.send(Method::POST, path, Some(body), &JSON).await
}

#[tokio::test]
async fn filters_have_limits() {
    let kit = Kit::start().await;
    let contoso = kit.customer("Contoso").await;
    let many = |terms: usize, join: &str| vec!["title pr"; terms].join(join);
    let deep = |levels: usize| format!("{}title pr{}", "(".repeat(levels), ")".repeat(levels));
    let negated = format!("{}title pr{}", "not (".repeat(200), ")".repeat(200));
    for filter in [
        many(5_000, " or "),
        many(5_000, " and "),
        many(51, " or "),
        deep(50_000),
        deep(200),
        negated,
        "(".repeat(100_000),
        format!("title eq \"{}\"", "x".repeat(5_000)),
        "title eq \"\\ud800\"".to_owned(),
        "title eq".to_owned(),
        "active gt true".to_owned(),
        "nothing eq 1".to_owned(),
        "title eq \"x\"; DROP TABLE records".to_owned(),
        String::new(),
    ] {
        let search = json!({"filter": filter}).to_string();
        let what: String = filter.chars().take(40).collect();
        refused(&sent(&contoso, &format!("{USERS}/.search"), search).await, 400, Some("invalidFilter"), &what);
    }
    let longest = contoso.get(&format!("{USERS}?filter={}", many(50, "+or+").replace(' ', "+"))).await;
    assert_eq!(longest.status, 200, "the most that is taken is taken");
    let broad = contoso.get(&format!("{USERS}?filter={}", many(1_000, "+or+").replace(' ', "+"))).await;
    refused(&broad, 400, Some("invalidFilter"), "in the address");
    // What would end the text of a statement is text like any other.
    let found = contoso.get(&format!("{USERS}?filter=title eq \"x' OR '1'='1\"")).await;
    assert_eq!((found.status.as_u16(), &found.body["totalResults"]), (200, &json!(0)));
}

#[tokio::test]
async fn bodies_are_json_of_some_depth_in_which_no_name_stands_twice() {
    let kit = Kit::start().await;
    let contoso = kit.customer("Contoso").await;
    let lists = format!("{{\"userName\":\"x\",\"a\":{}{}}}", "[".repeat(50_000), "]".repeat(50_000));
    let objects = format!("{}1{}", "{\"a\":".repeat(50_000), "}".repeat(50_000));
    for (what, body) in [
        ("deep lists", lists.into_bytes()),
        ("deep objects", objects.into_bytes()),
        ("never closed", "[".repeat(500_000).into_bytes()),
        ("a name twice", b"{\"userName\":\"x\",\"userName\":\"y\"}".to_vec()),
        ("a name twice but for its case", b"{\"userName\":\"x\",\"USERNAME\":\"y\"}".to_vec()),
        ("a name twice below", b"{\"userName\":\"x\",\"name\":{\"givenName\":\"a\",\"givenName\":\"b\"}}".to_vec()),
        ("no UTF-8", b"{\"userName\":\"\xff\xfe\"}".to_vec()),
        ("half a character", b"{\"userName\":\"\\ud800\"}".to_vec()),
        ("nothing", Vec::new()),
        ("no object", b"[]".to_vec()),
        ("more than one", b"{\"userName\":\"x\"}{}".to_vec()),
        ("a number that is none", b"{\"userName\":NaN}".to_vec()),
    ] {
        refused(&sent(&contoso, USERS, body.clone()).await, 400, Some("invalidSyntax"), what);
        let patched = contoso.send(Method::PATCH, &format!("{USERS}/x"), Some(body), &JSON).await;
        refused(&patched, 400, Some("invalidSyntax"), what);
    }
    let zero = sent(&contoso, USERS, r#"{"userName":"a\u0000b"}"#).await;
    refused(&zero, 400, Some("invalidValue"), "a character that no database keeps");
    assert_eq!(contoso.get(USERS).await.body["totalResults"], 0);
}

#[tokio::test]
async fn other_media_are_not_taken() {
    let kit = Kit::start().await;
    let contoso = kit.customer("Contoso").await;
    let body = r#"{"userName":"ann@x.example"}"#;
    for media in
        ["text/plain", "application/xml", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded", "x"]
    {
        let answer = contoso.send(Method::POST, USERS, Some(body), &[("content-type", media)]).await;
        refused(&answer, 415, None, media);
    }
    for encoding in ["gzip", "deflate", "br"] {
        let headers = [JSON[0], ("content-encoding", encoding)];
        refused(&contoso.send(Method::POST, USERS, Some(body), &headers).await, 415, None, encoding);
    }
    for (at, media) in ["Application/JSON", "application/scim+json; charset=utf-8"].into_iter().enumerate() {
        let body = json!({"userName": at.to_string()}).to_string();
        let answer = contoso.send(Method::POST, USERS, Some(body), &[("content-type", media)]).await;
        assert_eq!(answer.status, 201, "{media}");
    }
}

#[tokio::test]
async fn addresses_that_cannot_be_read_are_told_so() {
    let kit = Kit::start().await;
    let contoso = kit.customer("Contoso").await;
    for path in
        ["Users/%ff%fe", "Groups/%c0%80", "Schemas/%ff", "Users/..%2f..%2fetc", &format!("Users/{}", "x".repeat(9_000))]
    {
        refused(&contoso.get(&format!("/employees/scim/{path}")).await, 404, None, path);
    }
    for query in ["startIndex=x", "count=1.5", "attributes=title&excludedAttributes=title"] {
        let answer = contoso.get(&format!("{USERS}?{query}")).await;
        assert_eq!((answer.status.as_u16(), &answer.body["status"]), (400, &json!("400")), "{query}: {answer:?}");
    }
    let far = contoso.get(&format!("{USERS}?startIndex={}&count=999999999", u32::MAX)).await;
    assert_eq!((far.status.as_u16(), &far.body["Resources"]), (200, &json!([])));
}

/// Sends a head and as much as can be sent of a body of zeros; the answer, and how much was sent.
async fn pushed(kit: &Kit, head: String, bytes: usize, chunked: bool) -> (String, usize) {
    let address = kit.url.trim_start_matches("http://").to_owned();
    let (mut from, mut to) = TcpStream::connect(address).await.unwrap().into_split();
    let pushing = tokio::spawn(async move {
        let block = vec![b'0'; 1 << 16];
        let mut sent = 0;
        let mut whole = to.write_all(head.as_bytes()).await.is_ok();
        while whole && sent < bytes {
            if chunked {
                whole = to.write_all(b"10000\r\n").await.is_ok();
            }
            whole = whole && to.write_all(&block).await.is_ok();
            if chunked {
                whole = whole && to.write_all(b"\r\n").await.is_ok();
            }
            sent += if whole { block.len() } else { 0 };
        }
        sent
    });
    let (mut answer, mut part) = (Vec::new(), [0; 4096]);
    // A server that hangs up on what is still being sent may take what it said last with it: what came before counts.
    while let Ok(Ok(read @ 1..)) = tokio::time::timeout(Duration::from_secs(20), from.read(&mut part)).await {
        answer.extend_from_slice(&part[..read]);
    }
    (String::from_utf8(answer).unwrap(), pushing.await.unwrap())
}

fn head(token: &str, length: &str) -> String {
    format!(
        "POST {USERS} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n{length}\r\n\r\n"
    )
}

#[tokio::test]
async fn a_hundred_megabytes_are_refused_before_they_are_read() {
    let kit = Kit::start().await;
    let contoso = kit.customer("Contoso").await;
    let hundred = 100 << 20;
    let announced = head(&contoso.token, &format!("Connection: close\r\nContent-Length: {hundred}"));
    let (answer, _) = pushed(&kit, announced.clone(), 0, false).await;
    assert!(
        answer.starts_with("HTTP/1.1 413 ") && answer.contains("\"status\":\"413\""),
        "nothing of it is needed: {answer}"
    );
    let (_, sent) = pushed(&kit, announced, hundred, false).await;
    assert!(sent < hundred / 4, "{sent} bytes were taken");
    let unsaid = head(&contoso.token, "Connection: close\r\nTransfer-Encoding: chunked");
    // As much as is taken and a block more: there is nothing left that could drown the answer.
    let (answer, _) = pushed(&kit, unsaid.clone(), (1 << 20) + 1, true).await;
    assert!(answer.starts_with("HTTP/1.1 413 ") && answer.contains("\"status\":\"413\""), "{answer}");
    let (_, sent) = pushed(&kit, unsaid, hundred, true).await;
    assert!(sent < hundred / 4, "{sent} bytes were taken");
    assert_eq!(contoso.get(USERS).await.body["totalResults"], 0, "others are answered as ever");
}

/// What a server answers to bytes, until it hangs up.
async fn told(kit: &Kit, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(kit.url.trim_start_matches("http://")).await.unwrap();
    // The rest of it may meet a connection that is closed already.
    let _ = stream.write_all(bytes).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8(answer).unwrap()
}

#[tokio::test]
async fn heads_have_limits() {
    let kit = Kit::start().await;
    let contoso = kit.customer("Contoso").await;
    let first = |path: &str| format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n");
    let lines = |count: usize| (0..count).map(|n| format!("x-{n}: 1\r\n")).collect::<String>();
    let long = |bytes: usize| format!("x: {}\r\n", "y".repeat(bytes));
    // Of a token nothing is needed: whoever sends such a head is told before he is asked for one.
    for flood in [lines(63), lines(120), long(32_768), long(60_000)] {
        let what = &flood[..20];
        let scim = told(&kit, format!("{}{flood}\r\n", first(USERS)).as_bytes()).await;
        let (head, body) = scim.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 431 ") && head.contains("application/scim+json"), "{what}: {head}");
        assert!(head.contains("x-request-id"), "it is found in the log: {head}");
        let body: Value = serde_json::from_str(body).unwrap();
        assert_eq!((&body["status"], body["schemas"].as_array().unwrap().len()), (&json!("431"), 1), "{what}: {body}");
        let other = told(&kit, format!("{}{flood}\r\n", first("/nothing")).as_bytes()).await;
        let (_, body) = other.split_once("\r\n\r\n").unwrap();
        let body: Value = serde_json::from_str(body).unwrap();
        assert_eq!(body["code"], "REQUEST_HEADER_FIELDS_TOO_LARGE", "{what}: {body}");
    }
    let token = format!("Authorization: Bearer {}\r\n", contoso.token);
    for most in [lines(61), long(32_000)] {
        let answer = told(&kit, format!("{}{token}{most}\r\n", first(USERS)).as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 200 "), "the most that is taken is taken: {answer}");
    }
    // What cannot be read as a head, or is longer than is read of any, has no address whose words there could be.
    let (many, huge) =
        (format!("{}{}\r\n", first(USERS), lines(5_000)), format!("{}{}\r\n", first(USERS), long(1 << 20)));
    for (status, bytes) in [
        (431, many.as_bytes()),
        (431, huge.as_bytes()),
        (400, b"GET / HTTP/1.1\r\nno colon\r\n\r\n"),
        (400, b"GET /\xff\x00 HTTP/9.9\r\n\r\n"),
        (400, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
    ] {
        let answer = told(&kit, bytes).await;
        assert!(answer.is_empty() || answer.starts_with(&format!("HTTP/1.1 {status} ")), "{status}: {answer}");
        assert!(answer.is_empty() || answer.ends_with("\r\n\r\n"), "without a body: {answer}");
    }
    assert_eq!(contoso.get(USERS).await.status, 200, "others are answered as ever");
}

#[tokio::test]
async fn a_secret_that_differs_in_one_byte_is_none() {
    let kit = Kit::start().await;
    let mut contoso = kit.customer("Contoso").await;
    let good = contoso.token.clone();
    for at in 0..good.len() {
        let mut other = good.clone().into_bytes();
        other[at] = if other[at] == b'x' { b'y' } else { b'x' };
        contoso.token = String::from_utf8(other).unwrap();
        refused(&contoso.get(USERS).await, 401, None, &format!("byte {at}"));
    }
    for other in
        [good[1..].to_owned(), format!("{good}x"), format!("{good} x"), format!("{good},{good}"), "é".repeat(32)]
    {
        contoso.token = other;
        refused(&contoso.get(USERS).await, 401, None, "another length");
    }
    contoso.token = good.clone();
    let both = contoso.send(Method::GET, USERS, None::<String>, &[("authorization", "Bearer x")]).await;
    refused(&both, 401, None, "two secrets");
    assert_eq!(contoso.get(USERS).await.status, 200);
    // What Entra sends where the field is left blank (a token of its own, the same for everybody) opens nothing.
    contoso.token =
        "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJodHRwczovL3N0cy53aW5kb3dzLm5ldC8ifQ.c2ln".to_owned();
    refused(&contoso.get(USERS).await, 401, None, "a token of Entra");
}

#[tokio::test]
async fn whatever_is_wrong_with_a_secret_the_answer_is_the_same() {
    let kit = Kit::start().await;
    let contoso = kit.customer("Contoso").await;
    let good = contoso.token.clone();
    let bearer = |token: &str| format!("Authorization: Bearer {token}\r\n");
    let (upper, near) = (good.to_uppercase().replace('0', "O"), format!("{}x", &good[..31]));
    let lines = [
        String::new(),
        "Authorization:\r\n".to_owned(),
        "Authorization: Bearer\r\n".to_owned(),
        format!("Authorization: Basic {good}\r\n"),
        format!("Authorization: {good}\r\n"),
        format!("{}{}", bearer(&good), bearer(&good)),
        bearer(""),
        bearer(&good[..31]),
        bearer(&near),
        bearer(&upper),
        bearer(&format!("{good}0")),
        bearer(&"x".repeat(32)),
        bearer(&"x".repeat(20_000)),
        bearer(&"-".repeat(32)),
        bearer(&"å".repeat(16)),
        bearer("' OR 1=1 --' OR 1=1 --' OR 1=1 -"),
    ];
    let mut answers = Vec::new();
    for line in &lines {
        for path in ["/Users", "/Users/x", "/Schemas", "/Me"] {
            let request = format!("GET /employees/scim{path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{line}\r\n");
            let answer = told(&kit, request.as_bytes()).await;
            let own = |line: &&str| !line.starts_with("x-request-id") && !line.starts_with("date");
            answers.push(answer.lines().filter(own).collect::<Vec<_>>().join("\n"));
        }
    }
    assert!(
        answers[0].starts_with("HTTP/1.1 401 ") && answers[0].contains("www-authenticate: Bearer"),
        "{}",
        answers[0]
    );
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:#?}");
}

#[tokio::test]
async fn a_patch_has_limits() {
    let kit = Kit::start().await;
    let contoso = kit.customer("Contoso").await;
    let made = contoso.post(USERS, &json!({"userName": "ann@x.example"})).await;
    let path = format!("{USERS}/{}", made.id());
    let one = json!({"op": "add", "path": "title", "value": "x"});
    let many = json!({"Operations": vec![one; 1_001]});
    let values: Vec<Value> = (0..300).map(|at| json!({"value": format!("{at}@x")})).collect();
    for (what, body) in [
        ("operations", many),
        ("elements", json!({"Operations": [{"op": "add", "path": "emails", "value": values}]})),
        ("text", json!({"Operations": [{"op": "add", "path": "title", "value": "x".repeat(70_000)}]})),
        ("path", json!({"Operations": [{"op": "add", "path": "x".repeat(5_000), "value": "x"}]})),
        (
            "depth",
            json!({"Operations": [{"op": "remove", "path": format!("emails[{}type pr{}]", "(".repeat(99), ")".repeat(99))}]}),
        ),
    ] {
        let answer = contoso.patch(&path, &body).await;
        assert!(matches!(answer.status.as_u16(), 400 | 413), "{what}: {answer:?}");
        refused(&answer, answer.status.as_u16(), answer.body["scimType"].as_str(), what);
    }
    assert_eq!(contoso.get(&path).await.header("etag"), "W/\"1\"");
}
