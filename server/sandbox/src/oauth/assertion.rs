//! Client assertions: an application proves itself by a token that it signs with the key of its certificate instead of by a
//! secret ("Microsoft identity platform application authentication certificate credentials").

use jiff::Timestamp;
use serde_json::{Map, Value as Json};

use super::Signer;
use super::entra::{Refusal, Registration, missing, refusal};

/// The only kind of assertion there is.
const KIND: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Holds an assertion against the registration; `base` is the address that the request came to.
pub(super) fn check(
    signer: &Signer,
    registration: &Registration,
    (kind, assertion): (Option<&str>, &str),
    base: &str,
    now: Timestamp,
) -> Result<(), Refusal> {
    if kind.ok_or_else(|| missing("client_assertion_type"))? != KIND {
        let text = format!("The 'client_assertion_type' must be '{KIND}'.");
        return Err(refusal(400, "invalid_request", 900_144, text));
    }
    let refused = |code: u32, text: &str| Err(refusal(401, "invalid_client", code, text));
    let Some((header, claims)) = signer.verify(assertion) else {
        return refused(700_027, "The certificate used to sign the client assertion is not registered on application.");
    };
    if !names_certificate(&header) {
        return refused(
            700_027,
            "The certificate with identifier used to sign the client assertion is not registered.",
        );
    }
    let text = |name: &str| claims.get(name).and_then(Json::as_str).unwrap_or_default();
    let id = &registration.client_id;
    if text("iss") != id || text("sub") != id {
        return refused(700_021, "Client assertion application identifier doesn't match 'client_id' parameter.");
    }
    let own = format!("{base}/{}", registration.tenant);
    if ![format!("{own}/oauth2/v2.0/token"), format!("{own}/v2.0")].iter().any(|known| known == text("aud")) {
        return refused(700_023, "Client assertion audience claim does not match Realm issuer.");
    }
    match is_current(&claims, now) {
        true => Ok(()),
        false => refused(700_024, "Client assertion is not within its valid time range."),
    }
}

/// Whether the header names the certificate by one of its thumbprints.
fn names_certificate(header: &Map<String, Json>) -> bool {
    let (short, long) = Signer::thumbprints();
    let is = |name: &str, known: &str| {
        header.get(name).and_then(Json::as_str).is_some_and(|given| given.trim_end_matches('=') == known)
    };
    is("x5t", &short) || is("x5t#S256", &long)
}

/// By how much the clocks of a client and of the directory may differ, in seconds: some clients round up.
const SKEW: f64 = 300.0;

fn is_current(claims: &Map<String, Json>, now: Timestamp) -> bool {
    // Some clients send times with a fraction.
    let seconds = |name: &str| claims.get(name).and_then(Json::as_f64);
    let now = now.as_duration().as_secs_f64();
    seconds("nbf").is_none_or(|start| start <= now + SKEW) && seconds("exp").is_some_and(|end| end > now - SKEW)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const BASE: &str = "http://here";
    const NOW: i64 = 1_000;

    fn outcome(header: Json, change: &[(&str, Json)], kind: Option<&str>) -> Result<(), u32> {
        let registration = Registration {
            tenant: "t".into(),
            client_id: "app".into(),
            client_secret: String::new(),
            object_id: String::new(),
        };
        let mut claims =
            json!({"iss": "app", "sub": "app", "aud": "http://here/t/oauth2/v2.0/token", "nbf": NOW, "exp": NOW + 600});
        for (name, value) in change {
            claims[*name] = value.clone();
        }
        let signer = Signer::new().unwrap();
        let token = signer.sign_with(&header, &claims).unwrap();
        let now = Timestamp::from_second(NOW).unwrap();
        check(&signer, &registration, (kind, &token), BASE, now).map_err(|refused| refused.code)
    }

    #[test]
    fn an_assertion_names_certificate_application_address_and_time() {
        let (short, long) = Signer::thumbprints();
        let header = || json!({"alg": "RS256", "x5t": short});
        let fine = |change: &[(&str, Json)]| outcome(header(), change, Some(KIND));
        assert_eq!(fine(&[]), Ok(()));
        assert_eq!(outcome(json!({"alg": "RS256", "x5t#S256": long}), &[], Some(KIND)), Ok(()));
        assert_eq!(fine(&[("aud", json!("http://here/t/v2.0"))]), Ok(()));
        assert_eq!(fine(&[("exp", json!(1_000.5)), ("nbf", json!(1_000.25))]), Ok(()));
        assert_eq!(fine(&[("exp", json!(NOW - 299)), ("nbf", json!(NOW + 300))]), Ok(()), "clocks differ");
        for (change, code) in [
            (("iss", json!("other")), 700_021),
            (("sub", json!("other")), 700_021),
            (("aud", json!("http://elsewhere/t/oauth2/v2.0/token")), 700_023),
            (("exp", json!(NOW - 300)), 700_024),
            (("nbf", json!(NOW + 301)), 700_024),
        ] {
            assert_eq!(fine(&[change]), Err(code));
        }
        assert_eq!(outcome(json!({"alg": "RS256"}), &[], Some(KIND)), Err(700_027));
        assert_eq!(outcome(json!({"alg": "RS256", "x5t": "other"}), &[], Some(KIND)), Err(700_027));
        assert_eq!(outcome(json!({"alg": "PS256", "x5t": short}), &[], Some(KIND)), Err(700_027));
        assert_eq!(outcome(header(), &[], None), Err(900_144));
        assert_eq!(outcome(header(), &[], Some("other")), Err(900_144));
    }
}
