//! What verification can find, explained.

use crate::problem::{Code, CodeInfo};

macro_rules! entity {
    ($($lines:literal),* $(,)?) => {
        concat!("entity contact \"Contact\" on crm-a contact {\n", $("  ", $lines, "\n",)* "}\n")
    };
}

pub(super) const TABLE: CodeInfo = CodeInfo {
    code: Code("E0501"),
    title: "the CRM has no such entity",
    explanation: "The name behind `on` is the CRM's own: a logical name or an API name, letter for letter. An entity \
                  that the caller may not see looks as if it were not there.",
    example: "entity contact \"Contact\" on crm-a contacts {\n  Email -> email\n}\n",
    cure: entity!("Email -> email"),
};

pub(super) const COLUMN: CodeInfo = CodeInfo {
    code: Code("E0502"),
    title: "the CRM's entity has no such column",
    explanation: "Every field is mapped to a column that the entity has, letter for letter; one that is written to \
                  another column needs that one too.",
    example: entity!("Email -> e_mail"),
    cure: entity!("Email -> email"),
};

pub(super) const TYPE: CodeInfo = CodeInfo {
    code: Code("E0503"),
    title: "the column holds something else",
    explanation: "A field's type says what its column holds. A value of another type would be refused by the CRM on \
                  a write, or could not be read.",
    example: entity!("Rank -> rank"),
    cure: entity!("Rank -> rank int"),
};

pub(super) const REQUIRED: CodeInfo = CodeInfo {
    code: Code("E0504"),
    title: "the CRM requires a column that the definition does not",
    explanation: "A create without this column is refused by the CRM. When a field is mapped to it and `required`, \
                  engage says so before anything is sent. A definition that is only read can leave it out.",
    example: entity!("LastName -> last_name"),
    cure: entity!("LastName -> last_name required"),
};

pub(super) const NOT_WRITABLE: CodeInfo = CodeInfo {
    code: Code("E0505"),
    title: "the CRM does not let the column be written",
    explanation: "The CRM computes or sets the column itself: neither a create nor an update may set it. A field that \
                  is only read says `readonly`; one that is written elsewhere says `write` and the column.",
    example: entity!("CreatedOn -> created_on datetime"),
    cure: entity!("CreatedOn -> created_on datetime readonly"),
};

pub(super) const HALF_WRITABLE: CodeInfo = CodeInfo {
    code: Code("E0506"),
    title: "the column can be set once only, or afterwards only",
    explanation: "The CRM takes the column on a create and not on an update, or the other way round. A pattern that \
                  sets it in the other operation is refused.",
    example: entity!("State -> state choice { Open = 1 }"),
    cure: entity!("State -> state choice { Open = 1 } readonly"),
};

pub(super) const TARGET: CodeInfo = CodeInfo {
    code: Code("E0507"),
    title: "the reference does not lead there",
    explanation: "A lookup column may refer to the entities that the CRM says, and to no others.",
    example: entity!("ParentId -> account_id ref contact"),
    cure: entity!("ParentId -> parent_id ref contact"),
};

pub(super) const LENGTH: CodeInfo = CodeInfo {
    code: Code("E0508"),
    title: "the field may be longer than its column",
    explanation: "A text that engage lets through and the column cannot hold is refused only when it is sent.",
    example: entity!("Email -> email max 500"),
    cure: entity!("Email -> email max 100"),
};

pub(super) const CHOICE: CodeInfo = CodeInfo {
    code: Code("E0509"),
    title: "the column has no such choice",
    explanation: "A choice names a value that the CRM's column stores. One that it does not have is refused on a \
                  write, and no record ever has it.",
    example: entity!("State -> state choice { Open = 7 } readonly"),
    cure: entity!("State -> state choice { Open = 1 } readonly"),
};

pub(super) const KEY: CodeInfo = CodeInfo {
    code: Code("E0510"),
    title: "the CRM declares no such key",
    explanation: "A key that engage relies on, for `match`, for a look-up inside a write or for doing things once, has \
                  to be unique in the CRM: an alternate key, or a unique external id. Otherwise a second record could \
                  come to be, or the CRM refuses the request.",
    example: entity!("LastName -> last_name required", "key (LastName)"),
    cure: entity!("Email -> email", "key (Email)"),
};

pub(super) const LINKS_ONLY: CodeInfo = CodeInfo {
    code: Code("E0511"),
    title: "the CRM does not let records of this entity be written",
    explanation: "The entity lies between two others and only says which of their records belong together: a \
                  many-to-many relationship. Such a record has no key of the caller's and cannot be written by itself, \
                  so that a pattern may only read it. A link that is to be written is an entity of its own with two \
                  references, which can also say since when, or as what.",
    example: "entity member \"Member\" on crm-a account_contact {\n  Role -> role\n}\n\npattern join \"Join\" {\n  member : \
              member\n}\n",
    cure: "entity member \"Member\" on crm-a account_contact {\n  Role -> role\n}\n\npattern members \"Members\" {\n  member : \
           member readonly\n}\n",
};

/// Every code of verification, by code.
pub(crate) fn codes() -> Vec<CodeInfo> {
    vec![TABLE, COLUMN, TYPE, REQUIRED, NOT_WRITABLE, HALF_WRITABLE, TARGET, LENGTH, CHOICE, KEY, LINKS_ONLY]
}
