//! The codes of bundles: E002x for their files, E003x for what is done with them.

use engage_engine::problem::{Code, CodeInfo};

macro_rules! codes {
    ($($name:ident = $code:literal, $title:literal, $explanation:literal, $example:literal, $cure:literal;)*) => {
        $(
            #[doc = concat!($title, ".")]
            pub const $name: CodeInfo = CodeInfo {
                code: Code($code), title: $title, explanation: $explanation, example: $example, cure: $cure,
            };
        )*
        /// Every code of this module.
        pub const ALL: &[CodeInfo] = &[$($name),*];
    };
}

codes! {
    NOT_A_BUNDLE = "E0020", "a file that is no bundle",
    "A bundle is one document, in YAML or JSON, that begins with `kind: Bundle`. Files of a workspace are no bundles: they \
     are copied as they are.",
    "kind: EntityPattern\nid: lookup\nparts: []\n", "kind: Bundle\nversion: 1\nitems: []\ncomplete: true\n";

    VERSION = "E0021", "a bundle of another version",
    "The version says what a bundle may hold. Of another version nothing can be known, so nothing of it is read.",
    "kind: Bundle\nversion: 7\nitems: []\ncomplete: true\n", "kind: Bundle\nversion: 1\nitems: []\ncomplete: true\n";

    CUT_OFF = "E0022", "a bundle that is cut off",
    "A bundle ends with `complete: true`. YAML that is cut off between two lines is still YAML, so that without this sign half \
     a bundle would pass for a whole one.",
    "kind: Bundle\nversion: 1\nitems: []\n", "kind: Bundle\nversion: 1\nitems: []\ncomplete: true\n";

    FOREIGN = "E0023", "an item that a bundle does not carry",
    "A bundle carries definitions, patterns, playbooks, AI capabilities and templates. Mappers and records belong to an \
     environment and stay there.",
    "kind: Bundle\nversion: 1\nitems:\n  - {kind: Mapper, useCase: BookMeMeeting, pattern: meeting}\ncomplete: true\n",
    "kind: Bundle\nversion: 1\nitems: []\ncomplete: true\n";

    TWICE = "E0024", "an item that a bundle holds twice",
    "Items are known by kind and semantic id, definitions also by their CRM. Of two with the same name one would be lost.",
    "kind: Bundle\nversion: 1\nitems:\n  - {kind: Template, id: note, text: Hi}\n  - {kind: Template, id: note, text: Dear}\ncomplete: true\n",
    "kind: Bundle\nversion: 1\nitems:\n  - {kind: Template, id: note, text: Dear}\ncomplete: true\n";

    READ_ONLY = "E0030", "an import that would change a package",
    "What belongs to a package is read-only: it changes with the package's next version, and an import that changed it would be \
     undone by that. A playbook of an open package is changed in a fork, which has an id of its own.", "", "";

    PROPRIETARY = "E0031", "an export of what a proprietary package holds",
    "A proprietary package runs and shows nobody what is in it. Nothing of it is exported, whether it was asked for or is needed \
     by something else; who imports the rest uses the package itself.", "", "";

    NO_PLACE = "E0032", "an item that cannot be written to its file",
    "A changed item is written where it stands, a new one to a file of its own. A link is not written through, as what it leads \
     to may belong to others; and a template needs the file that has its name.", "", "";

    MEANING = "E0033", "files that would not mean what was planned",
    "What an import writes is read again before it counts. Here it would not give the items of the bundle, so nothing is \
     written.", "", "";

    CHANGED = "E0034", "a workspace that changed meanwhile",
    "An import is planned and checked for the files as they were. Another program has changed them since, so that what was checked \
     is no longer what would come of it.", "", "";

    UNDER_WAY = "E0035", "an import that is under way",
    "Another import is writing to this workspace at the moment, and what is read now may be half of it.", "", "";

    INTERRUPTED = "E0036", "an import that was interrupted",
    "An import notes what it is about to change in `.engage-import` inside the workspace. One that was interrupted is taken back \
     by the next command, so that the workspace is as it was before. Where a file was edited in between, that would lose the \
     edit, and a person has to decide.", "", "";

    NOT_WRITTEN = "E0037", "a file of an import that cannot be written",
    "The disk refused a file of an import: it is full, or a permission is missing. What had been written before was taken back, \
     so that the workspace is as it was.", "", "";
}

/// Codes that most likely only follow from a text that cannot be read whole.
pub(super) const FOLLOWING: &[&str] = &["E0020", "E0022", "E0152"];
