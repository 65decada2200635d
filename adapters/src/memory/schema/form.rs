//! How the parts of a schema file are read that serde alone would read too kindly.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use engage_engine::CrmName;
use engage_engine::model::WireValue;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};

use super::Navigation;

pub(super) fn truth() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
pub(super) fn yes(flag: &bool) -> bool {
    *flag
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
pub(super) fn no(flag: &bool) -> bool {
    !*flag
}

pub(super) fn crm_name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<CrmName, D::Error> {
    let text = String::deserialize(deserializer)?;
    CrmName::new(&text).map_err(|error| D::Error::custom(format!("`{text}` is no CRM name: {error}")))
}

/// A mapping in which no key stands twice.
pub(super) fn distinct<'de, D, V>(deserializer: D) -> Result<BTreeMap<String, V>, D::Error>
where
    D: Deserializer<'de>,
    V: Deserialize<'de>,
{
    struct Distinct<V>(PhantomData<V>);

    impl<'de, V: Deserialize<'de>> Visitor<'de> for Distinct<V> {
        type Value = BTreeMap<String, V>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a mapping")
        }

        fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
            Ok(BTreeMap::new())
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut all = BTreeMap::new();
            while let Some(key) = map.next_key::<String>()? {
                if all.contains_key(&key) {
                    return Err(A::Error::custom(format!("`{key}` stands here twice")));
                }
                let value = map.next_value()?;
                all.insert(key, value);
            }
            Ok(all)
        }
    }

    deserializer.deserialize_map(Distinct(PhantomData))
}

/// A value that a CRM stores for a choice: a number, a text or a truth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wire(pub WireValue);

impl Serialize for Wire {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            WireValue::Int(value) => serializer.serialize_i64(*value),
            WireValue::Text(text) => serializer.serialize_str(text),
            WireValue::Boolean(value) => serializer.serialize_bool(*value),
        }
    }
}

impl<'de> Deserialize<'de> for Wire {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneWire;

        impl Visitor<'_> for OneWire {
            type Value = Wire;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a whole number, a text, `true` or `false`")
            }

            fn visit_i64<E: Error>(self, value: i64) -> Result<Wire, E> {
                Ok(Wire(WireValue::Int(value)))
            }

            fn visit_u64<E: Error>(self, value: u64) -> Result<Wire, E> {
                i64::try_from(value).map(|value| Wire(WireValue::Int(value))).map_err(E::custom)
            }

            fn visit_bool<E: Error>(self, value: bool) -> Result<Wire, E> {
                Ok(Wire(WireValue::Boolean(value)))
            }

            fn visit_str<E: Error>(self, value: &str) -> Result<Wire, E> {
                Ok(Wire(WireValue::Text(value.to_owned())))
            }
        }

        deserializer.deserialize_any(OneWire)
    }
}

/// A list of values, or a mapping from value to label, whose labels are for people.
pub(super) fn choices<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Wire>, D::Error> {
    struct Choices;

    impl<'de> Visitor<'de> for Choices {
        type Value = Vec<Wire>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list of values, or a mapping from value to label")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<Wire>, A::Error> {
            let mut all = Vec::new();
            while let Some(value) = list.next_element()? {
                all.push(value);
            }
            Ok(all)
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Vec<Wire>, A::Error> {
            let mut all = Vec::new();
            while let Some((value, _)) = map.next_entry::<Wire, String>()? {
                all.push(value);
            }
            Ok(all)
        }
    }

    deserializer.deserialize_any(Choices)
}

pub(super) fn navigation<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Navigation>, D::Error> {
    struct Names;

    impl<'de> Visitor<'de> for Names {
        type Value = Option<Navigation>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a name, or a mapping from target to name")
        }

        fn visit_str<E: Error>(self, name: &str) -> Result<Self::Value, E> {
            Ok(Some(Navigation::Name(name.to_owned())))
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut all = BTreeMap::new();
            while let Some((target, name)) = map.next_entry::<String, String>()? {
                all.insert(target, name);
            }
            Ok(Some(Navigation::PerTarget(all)))
        }
    }

    deserializer.deserialize_any(Names)
}
