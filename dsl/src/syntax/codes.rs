//! The codes of the language's own syntax: E0100 to E0139.

use engage_engine::problem::{Code, CodeInfo};

use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::syntax::MAX_ERRORS;

/// Something else than the grammar allows at this place.
pub const UNEXPECTED: CodeInfo = CodeInfo {
    code: Code("E0100"),
    title: "unexpected word or sign",
    explanation: "The statement stops making sense at the marked place. The message says what may stand there. A newline \
        or a comma ends a statement, except inside brackets. The other statements of the file are read all the same.",
    example: "entity contact on dataverse contact {\n  LastName lastname\n}\n",
    cure: "entity contact on dataverse contact {\n  LastName -> lastname\n}\n",
};

/// A text or a quoted name that its line does not close.
pub const UNTERMINATED: CodeInfo = CodeInfo {
    code: Code("E0101"),
    title: "text without an end",
    explanation: "A text in double quotes and a name in backticks end on the line they start on. A line break inside a \
        text is written `\\n`, a quotation mark `\\\"`.",
    example: "pattern p {\n  contact : contact { LastName = \"Doe }\n}\n",
    cure: "pattern p {\n  contact : contact { LastName = \"Doe\" }\n}\n",
};

/// A bracket that nothing closes.
pub const UNCLOSED: CodeInfo = CodeInfo {
    code: Code("E0102"),
    title: "bracket never closed",
    explanation: "Every `{`, `(` and `[` needs its partner. Where a line starts that can only be the next statement or \
        the next item, the bracket is taken as forgotten and the rest is read from there.",
    example: "entity a on dataverse account {\n  Name -> name\n\nentity b on dataverse contact {\n  Name -> fullname\n}\n",
    cure: "entity a on dataverse account {\n  Name -> name\n}\n\nentity b on dataverse contact {\n  Name -> fullname\n}\n",
};

/// A closing bracket without an opening one.
pub const STRAY_CLOSE: CodeInfo = CodeInfo {
    code: Code("E0103"),
    title: "closing bracket without a partner",
    explanation: "A `}`, `)` or `]` closes something that was never opened, often because the item had been closed before.",
    example: "entity a on dataverse account {\n  Name -> name\n}\n}\n",
    cure: "entity a on dataverse account {\n  Name -> name\n}\n",
};

/// A backslash with a letter that means nothing.
pub const BAD_ESCAPE: CodeInfo = CodeInfo {
    code: Code("E0104"),
    title: "unknown escape",
    explanation: "After a backslash stand `\\\"`, `\\\\`, `\\n`, `\\t`, or `\\u{…}` with the hexadecimal number of a Unicode \
        character; in backticks also a backtick.",
    example: "entity a on dataverse account {\n  description \"C:\\data\"\n}\n",
    cure: "entity a on dataverse account {\n  description \"C:\\\\data\"\n}\n",
};

/// An item of no known kind.
pub const UNKNOWN_ITEM: CodeInfo = CodeInfo {
    code: Code("E0105"),
    title: "unknown item",
    explanation: "A file holds items: `entity`, `pattern`, `playbook` and `capability`, each with its statements in \
        braces, and `mapper`, which is one line. Nothing else stands at the top level.",
    example: "entiy a on dataverse account {\n  Name -> name\n}\n",
    cure: "entity a on dataverse account {\n  Name -> name\n}\n",
};

/// A word where a flag, a type or a property is expected.
pub const UNKNOWN_WORD: CodeInfo = CodeInfo {
    code: Code("E0106"),
    title: "unknown flag, type or property",
    explanation: "The place takes one of a few words, and this is none of them. Types are written in one lower-case word: \
        `datetime`, `multichoice`.",
    example: "entity a on dataverse account {\n  Name -> name requierd\n}\n",
    cure: "entity a on dataverse account {\n  Name -> name required\n}\n",
};

/// More brackets or `not` inside each other than anyone means.
pub const TOO_DEEP: CodeInfo = CodeInfo {
    code: Code("E0107"),
    title: "nested too deep",
    explanation: "Brackets, and the negations of a condition, may be nested 64 deep, so that no file can exhaust the \
        program that reads it.",
    example: "pattern p {\n  a : account where ((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((( A == 1 )))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))\n}\n",
    cure: "pattern p {\n  a : account where A == 1\n}\n",
};

/// The note after the last finding that is listed.
pub const TOO_MANY: CodeInfo = CodeInfo {
    code: Code("E0108"),
    title: "more findings than are listed",
    explanation: "A file lists its first 100 syntax errors, and as many bad names, repeated properties and wrong values; after those the file is most likely no engage file at all, \
        or one slip explains the rest.",
    example: "",
    cure: "",
};

/// The note in place of the findings that are not listed any more.
pub(crate) fn too_many(span: Span) -> Diagnostic {
    Diagnostic::error(TOO_MANY.code, span, format!("more than {MAX_ERRORS} errors of this kind"))
        .label("and more from here on")
        .help("cure the first ones and check again")
}

/// A control character or odd white space outside texts and comments.
pub const STRAY_CHARACTER: CodeInfo = CodeInfo {
    code: Code("E0110"),
    title: "character that stands nowhere",
    explanation: "Control characters and white space other than blanks, tabs and line breaks are invisible, and come along \
        when text is copied from a page or a document. Inside texts they are written `\\u{…}`.",
    example: "entity a on dataverse account {\n  Name\u{a0}-> name\n}\n",
    cure: "entity a on dataverse account {\n  Name -> name\n}\n",
};

/// An item without its braces.
pub const NO_BODY: CodeInfo = CodeInfo {
    code: Code("E0111"),
    title: "item without a body",
    explanation: "An item is a header and its statements in braces; the braces stay even where there is nothing in them.",
    example: "pattern meeting \"Meeting\"\n",
    cure: "pattern meeting \"Meeting\" {\n}\n",
};

/// Formatting that would change the meaning: a defect of ours, caught before it does harm.
pub const FORMATTER: CodeInfo = CodeInfo {
    code: Code("E0112"),
    title: "formatting would change the meaning",
    explanation: "The formatter reads its own output again and compares model, words and comments with what was there. \
        When they differ, nothing is written. No file that shows this is known.",
    example: "",
    cure: "",
};

/// Every code of the language's syntax, in order.
pub fn index() -> Vec<CodeInfo> {
    vec![
        UNEXPECTED,
        UNTERMINATED,
        UNCLOSED,
        STRAY_CLOSE,
        BAD_ESCAPE,
        UNKNOWN_ITEM,
        UNKNOWN_WORD,
        TOO_DEEP,
        TOO_MANY,
        STRAY_CHARACTER,
        NO_BODY,
        FORMATTER,
    ]
}
