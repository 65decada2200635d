//! Rendering: one walk over the tree, metered.

mod loops;
mod values;

use std::collections::BTreeMap;
use std::rc::Rc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Map, Value as Json};

use crate::error::{RenderError, RenderErrorKind};
use crate::limits::{Limits, Meter};
use crate::tree::{Body, Case, Chain, Cycle, Group, If, Node, NodeKind};
use crate::value::{Loop, Sink, Value, equal, print, to_text};

/// What a rendering needs beside the input.
#[derive(Clone, Debug)]
pub struct Render {
    /// What `now` and `today` are.
    pub now: Timestamp,
    /// The zone that times are shown in, and that times without a zone are of.
    pub zone: TimeZone,
    /// What the template may use.
    pub limits: Limits,
    /// What becomes of a field that the input does not have.
    pub absent: Absent,
}

/// What becomes of a field that the input does not have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Absent {
    /// It is nil and prints as nothing, as in Liquid.
    #[default]
    Empty,
    /// Where it is printed, iterated or filtered it ends the rendering with [`RenderErrorKind::Missing`]. Conditions may
    /// ask for it, and `default` may stand in for it.
    Refused,
}

impl Render {
    /// With default limits, and nothing in place of fields that are not there.
    #[must_use]
    pub fn new(now: Timestamp, zone: TimeZone) -> Self {
        Self { now, zone, limits: Limits::default(), absent: Absent::Empty }
    }
}

type Outcome<T> = Result<T, RenderErrorKind>;
type Placed<T> = Result<T, RenderError>;

/// How a body ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flow {
    Next,
    Break,
    Continue,
}

/// A loop that is running.
struct Scope<'v> {
    variable: &'v str,
    item: Value<'v>,
    state: Rc<Loop<'v>>,
}

struct Machine<'v> {
    source: &'v str,
    input: &'v Map<String, Json>,
    render: &'v Render,
    meter: Meter<'v>,
    locals: BTreeMap<&'v str, Value<'v>>,
    counters: BTreeMap<&'v str, i64>,
    /// Where each group of a `cycle` stands.
    cycles: BTreeMap<String, usize>,
    /// Where each loop ended, by its name.
    ended: BTreeMap<&'v str, usize>,
    /// What the last `ifchanged` printed.
    printed: String,
    scopes: Vec<Scope<'v>>,
    sink: Sink,
}

/// Renders a template that was read.
pub(crate) fn render(source: &str, body: &Body, input: &Json, context: &Render) -> Placed<String> {
    let Json::Object(input) = input else { return Err(RenderError { line: 1, kind: RenderErrorKind::Input }) };
    let meter = Meter::new(&context.limits);
    let mut machine = Machine {
        source,
        input,
        render: context,
        sink: Sink::output(&meter),
        meter,
        locals: BTreeMap::new(),
        counters: BTreeMap::new(),
        cycles: BTreeMap::new(),
        ended: BTreeMap::new(),
        printed: String::new(),
        scopes: Vec::new(),
    };
    machine.body(body)?;
    Ok(machine.sink.text)
}

impl<'v> Machine<'v> {
    fn body(&mut self, body: &'v Body) -> Placed<Flow> {
        for node in body {
            let flow = self.node(node)?;
            if flow != Flow::Next {
                return Ok(flow);
            }
        }
        Ok(Flow::Next)
    }

    fn node(&mut self, node: &'v Node) -> Placed<Flow> {
        let line = node.line;
        let place = |kind| RenderError { line, kind };
        self.meter.step().map_err(place)?;
        match &node.kind {
            NodeKind::Text { span, .. } => {
                let text = self.source.get(span.clone()).unwrap_or_default();
                self.meter.bytes(text.len()).map_err(place)?;
                self.sink.push(text).map_err(place)?;
            }
            NodeKind::Output(chain) => self.output(chain).map_err(place)?,
            NodeKind::Assign { name, value } => {
                let value = self.chain(value).map_err(place)?;
                self.assign(name, value).map_err(place)?;
            }
            NodeKind::Capture { name, body } => return self.capture(line, name, body),
            NodeKind::If(tag) => return self.branches(line, tag),
            NodeKind::Case(tag) => return self.case(line, tag),
            NodeKind::For(tag) => return self.looping(line, tag),
            NodeKind::Cycle(tag) => self.cycle(tag).map_err(place)?,
            NodeKind::Count { name, up } => self.count(name, *up).map_err(place)?,
            NodeKind::IfChanged(body) => return self.if_changed(line, body),
            NodeKind::Break => return Ok(Flow::Break),
            NodeKind::Continue => return Ok(Flow::Continue),
        }
        Ok(Flow::Next)
    }

    fn output(&mut self, chain: &'v Chain) -> Outcome<()> {
        let value = self.chain(chain)?;
        print(&value, &mut self.sink, &mut self.meter)
    }

    fn assign(&mut self, name: &'v str, value: Value<'v>) -> Outcome<()> {
        let gone = self.locals.get(name).map_or(0, Value::held_bytes);
        let kept = self.meter.weigh(&value)?;
        self.meter.hold(kept, gone)?;
        self.locals.insert(name, value);
        Ok(())
    }

    /// Renders a body into a text of its own.
    fn aside(&mut self, body: &'v Body) -> Placed<(Flow, String)> {
        let inner = self.sink.beside(&self.meter);
        let outer = std::mem::replace(&mut self.sink, inner);
        let flow = self.body(body);
        let inner = std::mem::replace(&mut self.sink, outer);
        Ok((flow?, inner.text))
    }

    fn capture(&mut self, line: usize, name: &'v str, body: &'v Body) -> Placed<Flow> {
        let (flow, text) = self.aside(body)?;
        self.assign(name, Value::from(text)).map_err(|kind| RenderError { line, kind })?;
        Ok(flow)
    }

    fn if_changed(&mut self, line: usize, body: &'v Body) -> Placed<Flow> {
        let (flow, text) = self.aside(body)?;
        if text != self.printed {
            self.sink.push(&text).map_err(|kind| RenderError { line, kind })?;
            self.printed = text;
        }
        Ok(flow)
    }

    fn branches(&mut self, line: usize, tag: &'v If) -> Placed<Flow> {
        for branch in &tag.branches {
            let holds = self.condition(&branch.condition).map_err(|kind| RenderError { line, kind })?;
            if holds != branch.negated {
                return self.body(&branch.body);
            }
        }
        tag.otherwise.as_ref().map_or(Ok(Flow::Next), |body| self.body(body))
    }

    fn case(&mut self, line: usize, tag: &'v Case) -> Placed<Flow> {
        let place = |kind| RenderError { line, kind };
        let subject = self.asked(&tag.subject).map_err(place)?;
        let mut matched = false;
        for when in &tag.whens {
            for term in &when.terms {
                let value = self.asked(term).map_err(place)?;
                if equal(&subject, &value, &mut self.meter).map_err(place)? {
                    matched = true;
                    let flow = self.body(&when.body)?;
                    if flow != Flow::Next {
                        return Ok(flow);
                    }
                }
            }
        }
        match &tag.otherwise {
            Some(body) if !matched => self.body(body),
            _ => Ok(Flow::Next),
        }
    }

    fn cycle(&mut self, tag: &'v Cycle) -> Outcome<()> {
        let group = match &tag.group {
            Group::Written(written) => format!("written {written}"),
            Group::Named(name) => {
                let name = self.asked(name)?;
                format!("named {}", &*to_text(&name, &mut self.meter)?)
            }
        };
        let at = self.cycles.get(&group).copied().unwrap_or(0);
        let next = if at + 1 >= tag.values.len() { 0 } else { at + 1 };
        if self.cycles.insert(group.clone(), next).is_none() {
            self.meter.hold(group.len(), 0)?;
        }
        let Some(term) = tag.values.get(at) else { return Ok(()) };
        let value = self.term(term)?;
        print(&value, &mut self.sink, &mut self.meter)
    }

    /// `increment` prints before it counts, `decrement` after.
    fn count(&mut self, name: &'v str, up: bool) -> Outcome<()> {
        let counter = self.counters.entry(name).or_insert(0);
        let before = *counter;
        *counter = if up { before.saturating_add(1) } else { before.saturating_sub(1) };
        let shown = if up { before } else { *counter };
        self.sink.push(&shown.to_string())
    }
}
