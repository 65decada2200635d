//! A document as YAML.

use serde_json::Value;
use serde_yaml::Value as Yaml;

/// The same document as YAML.
///
/// # Errors
/// Where it cannot be written, which no document of ours is.
pub fn yaml(document: &Value) -> Result<String, serde_yaml::Error> {
    serde_yaml::to_string(&node(document))
}

/// Numbers keep every digit in JSON here, which no other format knows: so they are given as what they are.
fn node(value: &Value) -> Yaml {
    match value {
        Value::Null => Yaml::Null,
        Value::Bool(flag) => Yaml::Bool(*flag),
        Value::String(text) => Yaml::String(text.clone()),
        Value::Number(number) => match (number.as_u64(), number.as_i64(), number.as_f64()) {
            (Some(whole), ..) => Yaml::Number(whole.into()),
            (None, Some(whole), _) => Yaml::Number(whole.into()),
            (None, None, Some(other)) => Yaml::Number(other.into()),
            _ => Yaml::String(number.to_string()),
        },
        Value::Array(items) => Yaml::Sequence(items.iter().map(node).collect()),
        Value::Object(members) => {
            Yaml::Mapping(members.iter().map(|(name, value)| (Yaml::String(name.clone()), node(value))).collect())
        }
    }
}
