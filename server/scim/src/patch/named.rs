//! Which elements of a list a patch is about, where it says so.

use serde_json::Value;

use super::path::Target;
use super::request::{Operation, Patch, PatchOp};
use crate::filter::{Expr, Literal, Op, PartTerm, Test};
use crate::path::AttrPath;
use crate::schema::{Attribute, ResourceType};

impl Patch {
    /// The elements of a list that the operations touch, by what identifies them, where they name each that they touch: then the
    /// others need not be there when the patch is [applied](Self::apply), and stay as they are. `None` where the operations could
    /// touch any, or elements of that list have no identity.
    ///
    /// ```
    /// use engage_scim::{Patch, json::Limits, schema::GROUP};
    ///
    /// let sent = br#"{"Operations":[{"op":"Add","path":"members","value":[{"value":"a"}]},
    ///     {"op":"Remove","path":"members[value eq \"b\"]"}]}"#;
    /// let patch = Patch::from_bytes(sent, &Limits::default()).unwrap();
    /// assert_eq!(patch.named(&GROUP, "members"), Some(vec!["a".to_owned(), "b".to_owned()]));
    /// ```
    #[must_use]
    pub fn named(&self, kind: &'static ResourceType, list: &str) -> Option<Vec<String>> {
        let attribute = kind.attribute(list)?;
        let identity = attribute.identity.filter(|name| attribute.part(name).is_some_and(|part| part.case_exact))?;
        let mut named = Vec::new();
        for operation in &self.operations {
            named.extend(operation.names(kind, attribute, identity)?);
        }
        Some(named)
    }
}

impl Operation {
    fn names(&self, kind: &'static ResourceType, list: &Attribute, identity: &str) -> Option<Vec<String>> {
        // Without a path the value may have anything in it. A path that leads nowhere is refused whatever is there.
        let Ok(target) = Target::parse(kind, self.path.as_deref()?) else { return Some(Vec::new()) };
        let ours = |slot: &crate::schema::Slot| slot.extension.is_none() && slot.attribute.name == list.name;
        match target {
            Target::Schema(_) => None,
            Target::Attribute(AttrPath { slot, .. }) if !ours(&slot) => Some(Vec::new()),
            Target::Attribute(AttrPath { part: None, .. }) if self.op != PatchOp::Replace => {
                listed(self.value.as_ref()?, identity)
            }
            Target::Attribute(_) => None,
            Target::Elements { slot, .. } if !ours(&slot) => Some(Vec::new()),
            Target::Elements { filter: Expr::Term(PartTerm { part, test }), part: None, .. }
                if self.op == PatchOp::Remove && part.name == identity =>
            {
                match test {
                    Test::Compare(Op::Eq, Literal::String(id)) => Some(vec![id]),
                    _ => None,
                }
            }
            Target::Elements { .. } => None,
        }
    }
}

/// The identities of elements, where each has one.
fn listed(value: &Value, identity: &str) -> Option<Vec<String>> {
    let elements = match value {
        Value::Array(elements) => elements.as_slice(),
        element => std::slice::from_ref(element),
    };
    let id = |element: &Value| {
        let mut parts = element.as_object()?.iter().filter(|(name, _)| name.eq_ignore_ascii_case(identity));
        match (parts.next(), parts.next()) {
            (Some((_, id)), None) => id.as_str().map(str::to_owned),
            _ => None,
        }
    };
    elements.iter().map(id).collect()
}
