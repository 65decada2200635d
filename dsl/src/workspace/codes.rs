//! The codes of workspaces: E000x for folders and files, E001x for `engage.toml`.

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
    NO_FOLDER = "E0001", "a folder that cannot be read",
    "A workspace is a folder. There is none at the given path, it is a file, or it may not be read.", "", "";

    UNREADABLE = "E0002", "a file that cannot be read",
    "The file is there but the system refuses to give its content: it lacks a permission, or a link leads nowhere.",
    "", "";

    NOT_TEXT = "E0003", "a file that is not text",
    "Files are UTF-8 text. The marked byte is none: the file is binary, or it was saved in another encoding such as \
     UTF-16 or Latin-1.", "", "";

    FILE_TOO_LARGE = "E0004", "a file that is too large",
    "A file has a largest size (4 MiB unless set otherwise), far beyond what a definition needs; larger files are not \
     read at all.", "", "";

    WORKSPACE_TOO_LARGE = "E0005", "a workspace that is too large",
    "A workspace has a largest number of files, a largest sum of their sizes and a largest depth of folders, so that a \
     wrong path (a home folder, a disk) is noticed at once.", "", "";

    LINK = "E0006", "a link that is not followed",
    "A link to a file inside the workspace is followed. A link that leads out of the workspace would let a folder \
     from elsewhere read any file, and a link to a folder could lead in circles: neither is followed.", "", "";

    NO_MANIFEST = "E0010", "`engage.toml` is missing",
    "`engage.toml` makes a folder a workspace: it names it, and the CRM it is for.", "", "";

    MANIFEST_SYNTAX = "E0011", "`engage.toml` is not TOML",
    "The file cannot be read as TOML from the marked place on.",
    "# file: engage.toml\nname = starter\n", "# file: engage.toml\nname = \"starter\"\n";

    MANIFEST_KEY = "E0012", "a key that `engage.toml` does not have",
    "`engage.toml` has a fixed set of keys; a slip in one would silently leave its default in place.",
    "# file: engage.toml\nname = \"starter\"\ntarge = \"dataverse\"\n",
    "# file: engage.toml\nname = \"starter\"\ntarget = \"dataverse\"\n";

    MANIFEST_VALUE = "E0013", "a value that `engage.toml` cannot have",
    "`name` is a text that is not empty; `target` is the name of a CRM: lower-case letters, digits and hyphens.",
    "# file: engage.toml\nname = \"starter\"\ntarget = \"Microsoft Dataverse\"\n",
    "# file: engage.toml\nname = \"starter\"\ntarget = \"dataverse\"\n";

    TARGET = "E0014", "a target without definitions",
    "`target` names the CRM that plans are made for when none is asked for. The workspace defines nothing on it.",
    "# file: engage.toml\nname = \"starter\"\ntarget = \"datavers\"\n# file: contact.yaml\nkind: EntityDefinition\nid: contact\ncrm: dataverse\ntype: contact\nname: Contact\nfields:\n  - {name: Email, mappedName: emailaddress1}\n",
    "# file: engage.toml\nname = \"starter\"\ntarget = \"dataverse\"\n# file: contact.yaml\nkind: EntityDefinition\nid: contact\ncrm: dataverse\ntype: contact\nname: Contact\nfields:\n  - {name: Email, mappedName: emailaddress1}\n";

    PACKAGE = "E0015", "a package that cannot be used",
    "`packages` names folders beside the workspace. Each has an `engage.toml` with a `[package]` table, whose name is a slug \
     that no other package has.",
    "# file: engage.toml\nname = \"shop\"\npackages = [\"nowhere\"]\n",
    "# file: engage.toml\nname = \"shop\"\npackages = [\"starter\"]\n# file: starter/engage.toml\nname = \"starter\"\n[package]\nversion = \"1.0.0\"\nvisibility = \"open\"\n";

    PACKAGE_CYCLE = "E0016", "packages that stand in each other",
    "A package may use others, four deep. One that leads back to itself would never be read to its end.",
    "# file: engage.toml\nname = \"shop\"\npackages = [\"starter\"]\n# file: starter/engage.toml\nname = \"starter\"\npackages = [\".\"]\n[package]\nversion = \"1.0.0\"\n",
    "# file: engage.toml\nname = \"shop\"\npackages = [\"starter\"]\n# file: starter/engage.toml\nname = \"starter\"\n[package]\nversion = \"1.0.0\"\n";
}
