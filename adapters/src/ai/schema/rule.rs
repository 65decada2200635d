//! The rules of JSON Schema in words. They hold what the schema says, never what the answer does.

use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};

/// The rule that was broken.
pub(super) fn of(kind: &Kind) -> String {
    match kind {
        Kind::Type { kind } => format!("must be of type {}", types(kind)),
        Kind::Required { property } => format!("must have `{}`", property.as_str().unwrap_or_default()),
        Kind::MaxLength { limit } => format!("must have at most {limit} characters"),
        Kind::MinLength { limit } => format!("must have at least {limit} characters"),
        Kind::MaxItems { limit } => format!("must have at most {limit} items"),
        Kind::MinItems { limit } => format!("must have at least {limit} items"),
        Kind::MaxProperties { limit } => format!("must have at most {limit} properties"),
        Kind::MinProperties { limit } => format!("must have at least {limit} properties"),
        Kind::Maximum { limit } => format!("must be at most {limit}"),
        Kind::Minimum { limit } => format!("must be at least {limit}"),
        Kind::ExclusiveMaximum { limit } => format!("must be less than {limit}"),
        Kind::ExclusiveMinimum { limit } => format!("must be more than {limit}"),
        Kind::MultipleOf { multiple_of } => format!("must be a multiple of {multiple_of}"),
        Kind::Format { format } => format!("must be written as {format}"),
        other => plain(other).to_owned(),
    }
}

fn types(kind: &TypeKind) -> String {
    match kind {
        TypeKind::Single(one) => one.to_string(),
        TypeKind::Multiple(several) => {
            let names: Vec<String> = several.iter().map(|one| one.to_string()).collect();
            names.join(" or ")
        }
    }
}

fn plain(kind: &Kind) -> &'static str {
    match kind {
        Kind::AdditionalItems { .. } | Kind::UnevaluatedItems { .. } => "must not have more items than are described",
        Kind::AdditionalProperties { .. } | Kind::UnevaluatedProperties { .. } => {
            "must not have properties that are not described"
        }
        Kind::AnyOf { .. } | Kind::OneOfNotValid { .. } => "must fit one of the alternatives",
        Kind::OneOfMultipleValid { .. } => "must fit no more than one of the alternatives",
        Kind::Constant { .. } | Kind::Enum { .. } => "must be one of the given values",
        Kind::Contains => "must contain the item that is described",
        Kind::ContentEncoding { .. } | Kind::ContentMediaType { .. } | Kind::FromUtf8 { .. } => {
            "must be encoded as described"
        }
        Kind::FalseSchema => "must not be there",
        Kind::Not { .. } => "must not fit what is excluded",
        Kind::Pattern { .. } => "must match the pattern",
        Kind::PropertyNames { .. } => "must have names as described",
        Kind::UniqueItems => "must not have an item twice",
        Kind::Referencing(_) => "a reference leads nowhere",
        // A pattern that cannot be compiled within the limits, and the like.
        _ => "breaks a rule that cannot be checked",
    }
}
