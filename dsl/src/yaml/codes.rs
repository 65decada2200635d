//! The codes of the YAML form: E014x for the text, E015x for what a document must hold.

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
    SYNTAX = "E0140", "the text is not YAML",
    "The text cannot be read as YAML from the marked place on. The rest of this document is skipped; the next document \
     of the file, after `---`, is read again.",
    "kind: EntityDefinition\nid: contact\n  crm: dataverse\ntype: contact\nname: Contact\nfields: []\n",
    "kind: EntityDefinition\nid: contact\ncrm: dataverse\ntype: contact\nname: Contact\nfields: []\n";

    TAB = "E0141", "a tab in the indentation",
    "YAML indents with spaces only: how wide a tab is depends on the reader, so a tab would make the structure depend on \
     it too.",
    "kind: EntityDefinition\nid: contact\ncrm: dataverse\ntype: contact\nname: Contact\nfields:\n\t- {name: Email, mappedName: emailaddress1}\n",
    "kind: EntityDefinition\nid: contact\ncrm: dataverse\ntype: contact\nname: Contact\nfields:\n  - {name: Email, mappedName: emailaddress1}\n";

    ALIAS = "E0142", "an anchor or an alias",
    "Anchors (`&name`) and aliases (`*name`) are refused: a few lines of them can unfold into billions of values, and a \
     definition that is spread over a file cannot be read in one place.",
    "kind: EntityDefinition\nid: contact\ncrm: &crm dataverse\ntype: contact\nname: Contact\ndescription: *crm\n",
    "kind: EntityDefinition\nid: contact\ncrm: dataverse\ntype: contact\nname: Contact\ndescription: dataverse\n";

    TAG = "E0143", "a tag",
    "Tags (`!name`) change the type of a value. The type of every property is known, so a tag can only contradict it.",
    "kind: EntityDefinition\nid: contact\ncrm: dataverse\ntype: !!str contact\nname: Contact\n",
    "kind: EntityDefinition\nid: contact\ncrm: dataverse\ntype: \"contact\"\nname: Contact\n";

    DUPLICATE_KEY = "E0144", "a key that stands twice",
    "The same key stands twice in one mapping. Many readers silently keep the last one; here it is an error, since one of \
     the two is a mistake.",
    "kind: EntityDefinition\nid: contact\ncrm: dataverse\ntype: contact\ntype: lead\nname: Contact\n",
    "kind: EntityDefinition\nid: contact\ncrm: dataverse\ntype: contact\nname: Contact\n";

    TOO_DEEP = "E0145", "nested too deeply",
    "Lists and mappings may be nested only to a fixed depth, far beyond what a definition needs, so that no text can \
     exhaust the reader.",
    "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\
     [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
    "kind: EntityDefinition\nid: contact\ncrm: dataverse\ntype: contact\nname: Contact\nkeys: [[Email]]\nfields:\n  - {name: Email, mappedName: emailaddress1}\n";

    TOO_MANY = "E0146", "too many values or problems in one file",
    "A file may hold a fixed number of values, and as many problems are reported; the rest of the file is not read.",
    "", "";

    KEY_NOT_TEXT = "E0147", "a key that is not text",
    "Keys are names. A list, a mapping or nothing at all cannot be one.",
    "kind: EntityDefinition\nid: contact\ncrm: dataverse\ntype: contact\n[name]: Contact\n",
    "kind: EntityDefinition\nid: contact\ncrm: dataverse\ntype: contact\nname: Contact\n";

    NOT_A_DOCUMENT = "E0150", "a document that is not a mapping",
    "Every document of a file is one definition or pattern: a mapping whose first key is `kind`.",
    "- kind: EntityDefinition\n  id: contact\n",
    "kind: EntityDefinition\nid: contact\ncrm: dataverse\ntype: contact\nname: Contact\n";

    UNKNOWN_KIND = "E0151", "a kind that does not exist",
    "`kind` says what a document is. Case files (`*.case.yaml`) and CRM schemas (`*.schema.yaml`) are recognised by their \
     file names and stand in files of their own.",
    "kind: EntityDefinitoin\nid: contact\ncrm: dataverse\ntype: contact\nname: Contact\n",
    "kind: EntityDefinition\nid: contact\ncrm: dataverse\ntype: contact\nname: Contact\n";

    MISSING = "E0152", "a property that is missing",
    "The marked mapping lacks a property that it cannot do without.",
    "kind: EntityDefinition\nid: contact\ncrm: dataverse\nname: Contact\n",
    "kind: EntityDefinition\nid: contact\ncrm: dataverse\ntype: contact\nname: Contact\n";

    MISPLACED = "E0153", "a property that does not fit its neighbours",
    "Some properties belong to one type of field or to one operator only: `choices` to Choice and MultiChoice, `allowed` to \
     String, `entity` and `via` to Ref, `values` to In and NotIn. Elsewhere they would be ignored, so they are refused.",
    "kind: EntityDefinition\nid: contact\ncrm: dataverse\ntype: contact\nname: Contact\nfields:\n  - {name: Age, mappedName: age, type: Int, allowed: [\"1\"]}\n",
    "kind: EntityDefinition\nid: contact\ncrm: dataverse\ntype: contact\nname: Contact\nfields:\n  - {name: Age, mappedName: age, type: Int}\n";

    BAD_CONDITION = "E0154", "a condition that cannot be read",
    "A condition is a comparison (`field`, `operator`, `value`) or exactly one of the groups `and`, `or` and `not`.",
    "kind: EntityDefinition\nid: note\ncrm: dataverse\ntype: annotation\nname: Note\nfields:\n  - {name: Title, mappedName: subject}\n---\nkind: EntityPattern\nid: notes\nname: Notes\nparts:\n  - ref: note\n    entity: note\n    query:\n      where: {and: [], or: []}\n",
    "kind: EntityDefinition\nid: note\ncrm: dataverse\ntype: annotation\nname: Note\nfields:\n  - {name: Title, mappedName: subject}\n---\nkind: EntityPattern\nid: notes\nname: Notes\nparts:\n  - ref: note\n    entity: note\n    query:\n      where: {field: Title, operator: IsNotNull}\n";

    BAD_REFERENCE = "E0155", "a field of a part that cannot be read",
    "Both sides of a requirement name a field of a part as `part.Field`.",
    "kind: EntityDefinition\nid: note\ncrm: dataverse\ntype: annotation\nname: Note\nfields:\n  - {name: Title, mappedName: subject}\n---\nkind: EntityPattern\nid: notes\nname: Notes\nparts:\n  - {ref: a, entity: note}\n  - {ref: b, entity: note}\nrequirements:\n  - {dependent: b, source: a.Title}\n",
    "kind: EntityDefinition\nid: note\ncrm: dataverse\ntype: annotation\nname: Note\nfields:\n  - {name: Title, mappedName: subject}\n---\nkind: EntityPattern\nid: notes\nname: Notes\nparts:\n  - {ref: a, entity: note}\n  - {ref: b, entity: note}\nrequirements:\n  - {dependent: b.Title, source: a.Title}\n";

    UNKNOWN_VALUE = "E0156", "a word that is not one of the known words",
    "The property takes one word of a fixed list: a field type, an operator, a direction.",
    "kind: EntityDefinition\nid: contact\ncrm: dataverse\ntype: contact\nname: Contact\nfields:\n  - {name: Email, mappedName: emailaddress1, type: Text}\n",
    "kind: EntityDefinition\nid: contact\ncrm: dataverse\ntype: contact\nname: Contact\nfields:\n  - {name: Email, mappedName: emailaddress1, type: String}\n";

    UNKNOWN_PROPERTY = "E0157", "a property that does not exist",
    "A mapping has a fixed set of properties. An unknown one is nearly always a slip, and passing over it would silently \
     leave the property that was meant at its default.",
    "kind: EntityDefinition\nid: contact\ncrm: dataverse\ntype: contact\nname: Contact\nfields:\n  - {name: Email, mapedName: emailaddress1}\n",
    "kind: EntityDefinition\nid: contact\ncrm: dataverse\ntype: contact\nname: Contact\nfields:\n  - {name: Email, mappedName: emailaddress1}\n";

    SEVERAL_INPUTS = "E0158", "an input with several documents",
    "The input of an operation is one document. `---` starts another one, which nothing would read.", "", "";
}
