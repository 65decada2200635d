//! `Base64Decode`: base64 text decoded to text. The standard alphabet; padding may be left out.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::Value;

use super::{TransformErrorKind, Untyped, present, unlike};
use crate::types::{Shape, Type};

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

pub(super) fn typed(from: &Type) -> Result<Type, Untyped> {
    // A day, an instant and the id of a record are text that nobody has encoded.
    if !matches!(from.shape, Shape::Text(_) | Shape::Choice(_)) {
        return Err(Untyped::takes("text", from));
    }
    Ok(Type { shape: Shape::Text(None), ..from.clone().read() })
}

pub(super) fn apply(value: Option<Value>) -> Result<Option<Value>, TransformErrorKind> {
    match present(value) {
        None => Ok(None),
        Some(Value::String(text)) => {
            let bytes = BASE64.decode(text).map_err(|_| TransformErrorKind::Base64)?;
            let text = String::from_utf8(bytes).map_err(|_| TransformErrorKind::Utf8)?;
            Ok(Some(Value::String(text)))
        }
        Some(other) => Err(unlike("text", &other)),
    }
}
