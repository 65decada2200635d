//! Values as text.

use super::{Text, Value};
use crate::error::RenderErrorKind;
use crate::limits::Meter;

/// A text that grows up to a limit.
#[derive(Debug)]
pub(crate) struct Sink {
    pub(crate) text: String,
    max: usize,
    /// What a longer text is told as.
    limit: RenderErrorKind,
}

impl Sink {
    /// What the template prints.
    pub(crate) fn output(meter: &Meter<'_>) -> Self {
        let max = meter.limits.max_output_bytes;
        Self { text: String::new(), max, limit: RenderErrorKind::OutputLimit { max } }
    }

    /// A value of the template.
    pub(crate) fn value(meter: &Meter<'_>) -> Self {
        let max = meter.limits.max_value_bytes;
        Self { text: String::new(), max, limit: RenderErrorKind::ValueLimit { max } }
    }

    /// A value that is made while another one is: together they are as long as one may be.
    pub(crate) fn beside(&self, meter: &Meter<'_>) -> Self {
        let whole = Self::value(meter);
        let max = match self.limit {
            RenderErrorKind::ValueLimit { .. } => self.max.saturating_sub(self.text.len()),
            _ => whole.max,
        };
        Self { max, ..whole }
    }

    pub(crate) fn push(&mut self, text: &str) -> Result<(), RenderErrorKind> {
        if text.len() > self.max.saturating_sub(self.text.len()) {
            return Err(self.limit.clone());
        }
        self.text.push_str(text);
        Ok(())
    }
}

/// Prints a value: nil, `empty` and `blank` as nothing, lists as their items one after the other, objects as JSON.
pub(crate) fn print(value: &Value<'_>, sink: &mut Sink, meter: &mut Meter<'_>) -> Result<(), RenderErrorKind> {
    deep(value, sink, meter, 0)
}

fn deep(value: &Value<'_>, sink: &mut Sink, meter: &mut Meter<'_>, depth: usize) -> Result<(), RenderErrorKind> {
    check_depth(depth, meter)?;
    match value {
        Value::Nil | Value::Empty | Value::Blank | Value::Loop(_) => Ok(()),
        Value::Bool(true) => sink.push("true"),
        Value::Bool(false) => sink.push("false"),
        Value::Number(number) => {
            meter.touch(value)?;
            sink.push(&number.print())
        }
        Value::Text(text) => {
            meter.touch(value)?;
            sink.push(text)
        }
        Value::Range(first, last) => sink.push(&format!("{first}..{last}")),
        Value::List(list) => {
            for item in list.iter() {
                meter.step()?;
                deep(&item, sink, meter, depth + 1)?;
            }
            Ok(())
        }
        Value::Object(object) => json_object(object, sink, meter, depth),
    }
}

fn check_depth(depth: usize, meter: &Meter<'_>) -> Result<(), RenderErrorKind> {
    let max = meter.limits.depth();
    if depth > max { Err(RenderErrorKind::DepthLimit { max }) } else { Ok(()) }
}

type Object = serde_json::Map<String, serde_json::Value>;

fn json_object(object: &Object, sink: &mut Sink, meter: &mut Meter<'_>, depth: usize) -> Result<(), RenderErrorKind> {
    sink.push("{")?;
    for (at, (key, value)) in object.iter().enumerate() {
        if at > 0 {
            sink.push(",")?;
        }
        scalar(&serde_json::Value::from(key.as_str()), sink, meter)?;
        sink.push(":")?;
        json(value, sink, meter, depth + 1)?;
    }
    sink.push("}")
}

fn json(
    value: &serde_json::Value,
    sink: &mut Sink,
    meter: &mut Meter<'_>,
    depth: usize,
) -> Result<(), RenderErrorKind> {
    check_depth(depth, meter)?;
    match value {
        serde_json::Value::Object(object) => json_object(object, sink, meter, depth),
        serde_json::Value::Array(list) => {
            sink.push("[")?;
            for (at, item) in list.iter().enumerate() {
                if at > 0 {
                    sink.push(",")?;
                }
                json(item, sink, meter, depth + 1)?;
            }
            sink.push("]")
        }
        other => scalar(other, sink, meter),
    }
}

fn scalar(value: &serde_json::Value, sink: &mut Sink, meter: &mut Meter<'_>) -> Result<(), RenderErrorKind> {
    meter.step()?;
    let text = value.to_string();
    meter.bytes(text.len())?;
    sink.push(&text)
}

/// The text of a value; what is text already is not copied.
pub(crate) fn text<'v>(value: &Value<'v>, meter: &mut Meter<'_>) -> Result<Text<'v>, RenderErrorKind> {
    if let Value::Text(text) = value {
        return Ok(text.clone());
    }
    let mut sink = Sink::value(meter);
    print(value, &mut sink, meter)?;
    Ok(sink.text.into())
}
