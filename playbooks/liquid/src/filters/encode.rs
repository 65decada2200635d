//! Base64 and URLs.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::{Call, Outcome, reason};
use crate::value::Value;

/// Padding may be left out.
const LENIENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const STANDARD_DECODER: GeneralPurpose = GeneralPurpose::new(&base64::alphabet::STANDARD, LENIENT);
const URL_SAFE_DECODER: GeneralPurpose = GeneralPurpose::new(&base64::alphabet::URL_SAFE, LENIENT);

fn encode<'v>(call: &mut Call<'_, 'v>, alphabet: &GeneralPurpose) -> Outcome<Value<'v>> {
    let text = call.text()?;
    call.meter.value(text.len().saturating_mul(4) / 3)?;
    Ok(Value::from(alphabet.encode(text.as_bytes())))
}

fn decode<'v>(call: &mut Call<'_, 'v>, alphabet: &GeneralPurpose) -> Outcome<Value<'v>> {
    if matches!(call.input, Value::Number(_) | Value::Bool(_)) {
        return reason("this is no base64");
    }
    let text = call.text()?;
    let bytes = alphabet.decode(text.as_bytes()).or_else(|_| reason("this is no base64"))?;
    String::from_utf8(bytes).map(Value::from).or_else(|_| reason("what this encodes is no text"))
}

pub(super) fn base64_encode<'v>(call: &mut Call<'_, 'v>) -> Outcome<Value<'v>> {
    encode(call, &STANDARD)
}

pub(super) fn base64_decode<'v>(call: &mut Call<'_, 'v>) -> Outcome<Value<'v>> {
    decode(call, &STANDARD_DECODER)
}

pub(super) fn base64_url_safe_encode<'v>(call: &mut Call<'_, 'v>) -> Outcome<Value<'v>> {
    encode(call, &URL_SAFE)
}

pub(super) fn base64_url_safe_decode<'v>(call: &mut Call<'_, 'v>) -> Outcome<Value<'v>> {
    decode(call, &URL_SAFE_DECODER)
}

/// As a form writes it: a space is `+`, all but letters, digits and `-._~` is written in hexadecimal.
pub(super) fn url_encode<'v>(call: &mut Call<'_, 'v>) -> Outcome<Value<'v>> {
    let text = call.text()?;
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => encoded.push(char::from(byte)),
            b' ' => encoded.push('+'),
            _ => encoded.extend(['%', hex(byte >> 4), hex(byte & 15)]),
        }
    }
    call.meter.value(encoded.len())?;
    Ok(Value::from(encoded))
}

fn hex(digit: u8) -> char {
    char::from_digit(digit.into(), 16).unwrap_or_default().to_ascii_uppercase()
}

/// The byte that two hexadecimal digits say.
fn byte(digits: &[u8]) -> Option<u8> {
    let digit = |at: usize| char::from(*digits.get(at)?).to_digit(16);
    u8::try_from(digit(0)? << 4 | digit(1)?).ok()
}

pub(super) fn url_decode<'v>(call: &mut Call<'_, 'v>) -> Outcome<Value<'v>> {
    let text = call.text()?;
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        let escaped = if *first == b'%' { byte(after) } else { None };
        if escaped.is_some() {
            rest = after.get(2..).unwrap_or_default();
        }
        bytes.push(escaped.unwrap_or(if *first == b'+' { b' ' } else { *first }));
    }
    String::from_utf8(bytes).map(Value::from).or_else(|_| reason("what this encodes is no text"))
}
