//! The rules that both spellings share on their way to the model: names, repeated properties, kinds of values.

use engage_engine::ids::{FieldName, NameError, SemanticId};
use engage_engine::model::FieldKind;
use engage_engine::nearest::nearest;
use engage_engine::problem::{Code, CodeInfo};
use engage_playbooks::model::TriggerKind;

use crate::diagnostic::Diagnostic;
use crate::source::{Span, Spanned};

/// A name with a character that its kind may not hold, or too long, or empty.
pub const BAD_NAME: CodeInfo = CodeInfo {
    code: Code("E0170"),
    title: "bad name",
    explanation: "Names are checked where they enter. Semantic ids and CRM names are slugs (lower-case letters, digits, \
        hyphens), because they become part of addresses and file names. Reference ids and field names are words of any \
        language with digits, `_`, `-` and spaces, so that paths such as `Results[0].account[0].Name` stay readable.",
    example: "entity Contact on dataverse contact {\n  Email -> emailaddress1\n}\n",
    cure: "entity contact \"Contact\" on dataverse contact {\n  Email -> emailaddress1\n}\n",
};

/// A property or flag that one item carries twice.
pub const DUPLICATE_PROPERTY: CodeInfo = CodeInfo {
    code: Code("E0171"),
    title: "the same property twice",
    explanation: "An item takes each property and each flag once. Two descriptions, two limits or two types leave open \
        which of them counts, so neither is taken silently.",
    example: "entity contact on dataverse contact {\n  LastName -> lastname max 50 max 80\n}\n",
    cure: "entity contact on dataverse contact {\n  LastName -> lastname max 80\n}\n",
};

/// A value of a kind that its place does not take.
pub const WRONG_KIND: CodeInfo = CodeInfo {
    code: Code("E0172"),
    title: "wrong kind of value",
    explanation: "Each property takes one kind of value: a limit is a whole number, a choice stores a whole number, a \
        text or a boolean, a list of operands belongs to `in`. Nothing is converted silently.",
    example: "entity contact on dataverse contact {\n  LastName -> lastname max 5000000000\n}\n",
    cure: "entity contact on dataverse contact {\n  LastName -> lastname max 5000\n}\n",
};

/// A property that something cannot do without.
pub const MISSING: CodeInfo = CodeInfo {
    code: Code("E0173"),
    title: "a part of a statement that is missing",
    explanation: "A version of a capability has a model, a prompt and the schemas of input and output; a schedule has a \
        time. Without them there is nothing to run.",
    example: "capability greet {\n  version 1 { model \"m\", input {\"type\": \"object\"}, output {\"type\": \"object\"} }\n}\n",
    cure: "capability greet {\n  version 1 { model \"m\", prompt \"Greet.\", input {\"type\": \"object\"}, output {\"type\": \"object\"} }\n}\n",
};

/// A path that cannot be read, or that is longer than anybody writes.
pub const BAD_PATH: CodeInfo = CodeInfo {
    code: Code("E0174"),
    title: "a path that cannot be read",
    explanation: "A path is keys and positions: `Results[0].account[*].Name`. A key with other signs than letters, digits, \
        `_` and `-` is quoted: `[\"e-mail address\"]`. A path has at most 4096 bytes.",
    example: "kind: Playbook\nid: p\nblocks:\n  - {type: Trigger, event: CustomerOverview}\n  - {name: out, type: Output, input: trigger..Id}\n",
    cure: "kind: Playbook\nid: p\nblocks:\n  - {type: Trigger, event: CustomerOverview}\n  - {name: out, type: Output, input: trigger.AccountId}\n",
};

/// A trigger that does not exist.
pub const UNKNOWN_TRIGGER: CodeInfo = CodeInfo {
    code: Code("E0175"),
    title: "unknown trigger",
    explanation: "A playbook is started by one of a fixed list of events; the documentation lists them with what they give.",
    example: "playbook p {\n  trigger CustomerOvervew\n}\n",
    cure: "playbook p {\n  trigger CustomerOverview\n}\n",
};

/// Every code of the shared lowering, in order.
pub fn index() -> Vec<CodeInfo> {
    vec![BAD_NAME, DUPLICATE_PROPERTY, WRONG_KIND, MISSING, BAD_PATH, UNKNOWN_TRIGGER]
}

/// The diagnostic for something that is missing; `what` with its article.
pub fn missing(what: &str, part: &str, span: Span) -> Diagnostic {
    Diagnostic::error(MISSING.code, span, format!("{what} needs {part}")).help("add it")
}

/// The diagnostic for a path that is none.
pub fn bad_path(message: &str, span: Span) -> Diagnostic {
    Diagnostic::error(BAD_PATH.code, span, message).help("write it as `Results[0].account[*].Name`")
}

/// The kind of a trigger, or the diagnostic with the one that was meant as its suggestion.
///
/// # Errors
/// The diagnostic, for a word that is no trigger.
pub fn trigger_kind(written: Spanned<&str>) -> Result<TriggerKind, Box<Diagnostic>> {
    TriggerKind::of(written.value).ok_or_else(|| {
        let known = TriggerKind::ALL.map(TriggerKind::name);
        let message = format!("there is no trigger `{}`", excerpt(written.value));
        let help = format!("there are {}", known.map(|name| format!("`{name}`")).join(", "));
        let error = Diagnostic::error(UNKNOWN_TRIGGER.code, written.span, message).help(help);
        Box::new(Diagnostic { suggestion: nearest(written.value, known), ..error })
    })
}

/// The diagnostic for a text that is not a name.
pub fn bad_name(error: &NameError, written: &str, span: Span) -> Diagnostic {
    let message = match error {
        NameError::Empty => error.to_string(),
        NameError::TooLong(_) | NameError::Character { .. } => format!("`{}` is not a name: {error}", excerpt(written)),
    };
    let mut diagnostic = Diagnostic::error(BAD_NAME.code, span, message).help(error.help());
    if matches!(error, NameError::Character { kind, .. } if *kind == SemanticId::KIND) {
        diagnostic.suggestion = slug(written);
    }
    diagnostic
}

/// The diagnostic for a property or flag that stands in one item twice.
pub fn duplicate_property(property: &str, first: Span, again: Span) -> Diagnostic {
    let mut diagnostic = Diagnostic::error(DUPLICATE_PROPERTY.code, again, format!("`{property}` stands here twice"))
        .label("again")
        .help("keep one of the two");
    diagnostic.related.push((first, "first here".to_owned()));
    diagnostic
}

/// The diagnostic for a value of the wrong kind; `expected` and `found` are kinds with their article.
pub fn wrong_kind(expected: &str, found: &str, span: Span) -> Diagnostic {
    Diagnostic::error(WRONG_KIND.code, span, format!("expected {expected}, found {found}"))
}

/// The type of a field for which none is written: a reference to the entity itself for `Id`, else text.
pub fn default_kind(field: &FieldName, entity: &SemanticId) -> FieldKind {
    if field.is_id() {
        FieldKind::Ref { entity: entity.clone(), via: None }
    } else {
        FieldKind::String { allowed: Vec::new() }
    }
}

/// What other systems call our types.
pub(crate) const TYPE_SYNONYMS: &[(&str, &str)] = &[
    ("text", "String"),
    ("str", "String"),
    ("bool", "Boolean"),
    ("integer", "Int"),
    ("long", "Int"),
    ("number", "Int"),
    ("float", "Double"),
    ("money", "Decimal"),
    ("currency", "Decimal"),
    ("timestamp", "DateTime"),
    ("instant", "DateTime"),
    ("enum", "Choice"),
    ("picklist", "Choice"),
    ("optionset", "Choice"),
    ("multipicklist", "MultiChoice"),
    ("lookup", "Ref"),
    ("reference", "Ref"),
    ("relation", "Ref"),
];

/// The head of a text for a message: one line, 40 characters at most.
pub fn excerpt(text: &str) -> String {
    let line = text.lines().next().unwrap_or("");
    let mut head: String = line.chars().take(40).collect();
    if head.len() < text.len() {
        head.push('…');
    }
    head
}

/// What a semantic id could look like: `Customer Overview` becomes `customer-overview`.
fn slug(written: &str) -> Option<String> {
    let mut slug = String::new();
    let mut after_lower = false;
    for character in written.chars() {
        if character.is_ascii_alphanumeric() {
            if character.is_ascii_uppercase() && after_lower {
                slug.push('-');
            }
            slug.push(character.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
        after_lower = character.is_ascii_lowercase() || character.is_ascii_digit();
    }
    let slug = slug.trim_end_matches('-');
    SemanticId::new(slug).is_ok().then(|| slug.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_is_suggested_where_letters_allow_one() {
        for (written, meant) in [
            ("Contact", Some("contact")),
            ("CustomerOverview", Some("customer-overview")),
            ("event_detail", Some("event-detail")),
            ("Kunde 🎉", Some("kunde")),
            ("🎉", None),
        ] {
            assert_eq!(slug(written).as_deref(), meant, "{written}");
        }
    }

    #[test]
    fn messages_quote_the_head_of_a_long_name() {
        assert_eq!(excerpt("short"), "short");
        assert_eq!(excerpt("two\nlines"), "two…");
        assert_eq!(excerpt(&"å".repeat(50)).chars().count(), 41);
    }
}
