//! Client credentials against a server of one answer.
#![cfg(feature = "http")]
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

use engage_client::{ClientCredentials, Now, TokenError, TokenSource as _};
use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// Gives everybody the same answer; where it is, and how often it was asked.
async fn issuer(status: &'static str, body: &'static str) -> (String, Arc<AtomicUsize>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/token", listener.local_addr().unwrap());
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = Vec::new();
            let mut bytes = [0; 4_096];
            while !String::from_utf8_lossy(&request).contains("scope=") {
                let read = stream.read(&mut bytes).await.unwrap();
                request.extend_from_slice(bytes.get(..read).unwrap());
            }
            count.fetch_add(1, Ordering::SeqCst);
            let length = body.len();
            let answer = format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}");
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    (url, asked)
}

fn source(url: &str) -> (ClientCredentials, Arc<AtomicI64>) {
    let hand = Arc::new(AtomicI64::new(1_000));
    let read = Arc::clone(&hand);
    let now = Now::new(move || Timestamp::from_second(read.load(Ordering::SeqCst)).unwrap());
    let source = ClientCredentials::new(url, "client", SecretString::from("a secret"), "scope").unwrap();
    (source.with_clock(now), hand)
}

#[tokio::test]
async fn a_token_is_asked_for_once_and_again_shortly_before_its_end() {
    let (url, asked) = issuer("200 OK", r#"{"access_token": "t", "expires_in": 3600}"#).await;
    let (source, hand) = source(&url);
    let source = Arc::new(source);
    let waiting: Vec<_> = (0..20)
        .map(|_| {
            let source = Arc::clone(&source);
            tokio::spawn(async move { source.token().await.unwrap().expose_secret().to_owned() })
        })
        .collect();
    for one in waiting {
        assert_eq!(one.await.unwrap(), "t");
    }
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    for (later, times) in [(3_539, 1), (3_540, 2), (3_541, 2)] {
        hand.store(1_000 + later, Ordering::SeqCst);
        source.token().await.unwrap();
        assert_eq!(asked.load(Ordering::SeqCst), times, "{later} seconds later");
    }
}

#[tokio::test]
async fn a_life_is_a_number_or_a_text_and_half_of_it_is_used_where_it_is_short() {
    for body in [r#"{"access_token": "t", "expires_in": 60}"#, r#"{"access_token": "t", "expires_in": "60"}"#] {
        let (url, asked) = issuer("200 OK", body).await;
        let (source, hand) = source(&url);
        source.token().await.unwrap();
        hand.store(1_029, Ordering::SeqCst);
        source.token().await.unwrap();
        assert_eq!(asked.load(Ordering::SeqCst), 1, "{body}");
        hand.store(1_030, Ordering::SeqCst);
        source.token().await.unwrap();
        assert_eq!(asked.load(Ordering::SeqCst), 2, "{body}");
    }
}

#[tokio::test]
async fn a_refusal_is_no_outage_and_no_message_has_the_secret() {
    let (url, _) = issuer("401 Unauthorized", r#"{"error": "invalid_client"}"#).await;
    let refused = source(&url).0.token().await.unwrap_err();
    assert!(matches!(&refused, TokenError::Refused { status: 401, code } if code == "invalid_client"), "{refused:?}");
    let (url, _) = issuer("502 Bad Gateway", "<html>").await;
    let away = source(&url).0.token().await.unwrap_err();
    assert!(matches!(away, TokenError::Unavailable(_)), "{away:?}");
    let nobody = source("http://127.0.0.1:1/token").0;
    assert!(!format!("{nobody:?}").contains("a secret"));
    assert!(matches!(nobody.token().await.unwrap_err(), TokenError::Unavailable(_)));
}
