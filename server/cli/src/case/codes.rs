//! The codes of cases and of the simulated CRMs they run on: E008x.

use engage_engine::problem::{Code, CodeInfo};

const GOOD: &str = "# file: first.case.yaml\nkind: Case\nname: a contact\npattern: contact\noperation: create\ncrm: dataverse\ninput:\n  contact: {LastName: Lovelace}\n";

/// A key that a case does not have.
pub const UNKNOWN_KEY: CodeInfo = CodeInfo {
    code: Code("E0080"),
    title: "a key that a case does not have",
    explanation: "A case has a fixed set of keys. A slip in one of them would leave out what its author meant to \
        test, and the case would pass for the wrong reason.",
    example: "# file: first.case.yaml\nkind: Case\nname: a contact\npattern: contact\noperation: create\ncrm: dataverse\ninputs:\n  contact: {LastName: Lovelace}\n",
    cure: GOOD,
};

/// A key that a case needs.
pub const MISSING: CodeInfo = CodeInfo {
    code: Code("E0081"),
    title: "a key that a case needs",
    explanation: "A case says what it is (`kind: Case`), which pattern it runs, with which operation, and on which CRM \
        or CRMs.",
    example: "# file: first.case.yaml\nkind: Case\nname: a contact\npattern: contact\ncrm: dataverse\n",
    cure: GOOD,
};

/// A value of the wrong kind in a case.
pub const WRONG_VALUE: CodeInfo = CodeInfo {
    code: Code("E0082"),
    title: "a value that a case cannot have there",
    explanation: "Each key of a case takes one kind of value: an operation is `read`, `create` or `update`, a state is a \
        list of records per entity, `round_trips` is a whole number.",
    example: "# file: first.case.yaml\nkind: Case\nname: a contact\npattern: contact\noperation: insert\ncrm: dataverse\n",
    cure: GOOD,
};

/// A name in a case that the workspace does not have.
pub const UNKNOWN_NAME: CodeInfo = CodeInfo {
    code: Code("E0083"),
    title: "a name that the workspace does not have",
    explanation: "A case names a pattern, CRMs and entities of its workspace, and fields of those entities.",
    example: "# file: first.case.yaml\nkind: Case\nname: a contact\npattern: contcat\noperation: create\ncrm: dataverse\n",
    cure: GOOD,
};

/// The state of a case is refused by the simulated CRM.
pub const BAD_STATE: CodeInfo = CodeInfo {
    code: Code("E0084"),
    title: "a state that the simulated CRM refuses",
    explanation: "The records of `state` are put into the simulated CRM before the operation runs. It has the \
        constraints of the schema: required columns, references that lead somewhere, unique keys.",
    example: "# file: first.case.yaml\nkind: Case\nname: a contact\npattern: contact\noperation: create\ncrm: dataverse\nstate:\n  contact: [{Id: c1, AccountId: nowhere}]\n",
    cure: "# file: first.case.yaml\nkind: Case\nname: a contact\npattern: contact\noperation: create\ncrm: dataverse\nstate:\n  account: [{Id: a1, Name: Acme}]\n  contact: [{Id: c1, AccountId: a1}]\n",
};

/// A file that is no schema of a simulated CRM.
pub const BAD_SCHEMA: CodeInfo = CodeInfo {
    code: Code("E0085"),
    title: "a schema that cannot be used",
    explanation: "Files named `*.schema.yaml` describe the tables of a CRM for its simulation: `kind: CrmSchema`, the \
        CRM, tables with a key and columns. Several files of one CRM are put together, and what two of them describe \
        is described alike.",
    example: "# file: crm.schema.yaml\nkind: CrmSchema\ncrm: dataverse\ntables:\n  contact:\n    key: contactid\n    columns:\n      lastname: {type: Text}\n",
    cure: "# file: crm.schema.yaml\nkind: CrmSchema\ncrm: dataverse\ntables:\n  contact:\n    key: contactid\n    columns:\n      lastname: {type: String}\n",
};

/// An event that does not fit the playbook that it is to start.
pub const BAD_EVENT: CodeInfo = CodeInfo {
    code: Code("E0086"),
    title: "an event that does not fit its playbook",
    explanation: "An event has the data that the playbook's trigger gives, each value of its type; what stands around \
        the data is `kind`, `id`, `subject`, `employee` and `given`. `engage describe PLAYBOOK` tells the data.",
    example: "# file: greet.engage\nplaybook greet \"Greet\" {\n  trigger Manual(Name: string)\n  output greeting = trigger.Name\n}\n# file: first.case.yaml\nkind: Case\nname: hello\nplaybook: greet\ncrm: dataverse\nevent: {Name: [Ada]}\n",
    cure: "# file: greet.engage\nplaybook greet \"Greet\" {\n  trigger Manual(Name: string)\n  output greeting = trigger.Name\n}\n# file: first.case.yaml\nkind: Case\nname: hello\nplaybook: greet\ncrm: dataverse\nevent: {Name: Ada}\n",
};

/// Every code of cases and of what they run on, in order.
pub const ALL: &[CodeInfo] = &[UNKNOWN_KEY, MISSING, WRONG_VALUE, UNKNOWN_NAME, BAD_STATE, BAD_SCHEMA, BAD_EVENT];
