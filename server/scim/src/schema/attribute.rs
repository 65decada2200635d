//! One attribute and its characteristics (RFC 7643 §2.2, §2.3 and §7).

/// An attribute or sub-attribute. Defaults are those of RFC 7643 §2.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attribute {
    /// Name in its canonical spelling; names are compared without regard to case.
    pub name: &'static str,
    /// What it means, for people.
    pub description: &'static str,
    /// Type, with what belongs to it.
    pub kind: Kind,
    /// Whether it holds a list.
    pub multi_valued: bool,
    /// Whether a resource cannot be without it.
    pub required: bool,
    /// Whether its texts are compared with regard to case.
    pub case_exact: bool,
    /// Who may write it.
    pub mutability: Mutability,
    /// When it is in a response.
    pub returned: Returned,
    /// Among what its values differ.
    pub uniqueness: Uniqueness,
    /// Values that clients are advised to use; others are accepted.
    pub canonical_values: &'static [&'static str],
    /// What it means that this boolean is unassigned (RFC 7643 §2.4: `primary` is false).
    pub absent: Option<bool>,
    /// The sub-attribute that tells elements apart: an element that is there already is not added again.
    pub identity: Option<&'static str>,
}

/// The types of RFC 7643 §2.3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    String,
    /// `true` or `false`; texts that say so are accepted.
    Boolean,
    /// A number.
    Decimal,
    /// A number without a fraction.
    Integer,
    /// An instant with its offset (RFC 3339), compared as instants.
    DateTime,
    /// Base64 text.
    Binary,
    /// A URI; with what it may refer to.
    Reference(&'static [&'static str]),
    /// Sub-attributes, which are never complex themselves.
    Complex(&'static [Attribute]),
}

impl Kind {
    /// The name in `/Schemas`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Boolean => "boolean",
            Self::Decimal => "decimal",
            Self::Integer => "integer",
            Self::DateTime => "dateTime",
            Self::Binary => "binary",
            Self::Reference(_) => "reference",
            Self::Complex(_) => "complex",
        }
    }
}

/// Who may write an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mutability {
    /// The server alone.
    ReadOnly,
    /// Clients.
    ReadWrite,
    /// Clients, once.
    Immutable,
    /// Clients, who never see it again.
    WriteOnly,
}

impl Mutability {
    /// The name in `/Schemas`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ReadOnly => "readOnly",
            Self::ReadWrite => "readWrite",
            Self::Immutable => "immutable",
            Self::WriteOnly => "writeOnly",
        }
    }
}

/// When an attribute is in a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Returned {
    /// Whatever the client asks for.
    Always,
    /// Never.
    Never,
    /// Unless the client asks for others or excludes it.
    Default,
    /// If the client names it.
    Request,
}

impl Returned {
    /// The name in `/Schemas`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Always => "always",
            Self::Never => "never",
            Self::Default => "default",
            Self::Request => "request",
        }
    }
}

/// Among what the values of an attribute differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Uniqueness {
    /// Nothing.
    None,
    /// The resources of one tenant and service.
    Server,
    /// All there is.
    Global,
}

impl Uniqueness {
    /// The name in `/Schemas`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Server => "server",
            Self::Global => "global",
        }
    }
}

impl Attribute {
    /// An attribute with the defaults of RFC 7643 §2.2.
    #[must_use]
    pub const fn new(name: &'static str, description: &'static str, kind: Kind) -> Self {
        Self {
            name,
            description,
            kind,
            multi_valued: false,
            required: false,
            case_exact: false,
            mutability: Mutability::ReadWrite,
            returned: Returned::Default,
            uniqueness: Uniqueness::None,
            canonical_values: &[],
            absent: None,
            identity: None,
        }
    }

    /// A text.
    #[must_use]
    pub const fn string(name: &'static str, description: &'static str) -> Self {
        Self::new(name, description, Kind::String)
    }

    /// A boolean, with what it means that it is unassigned.
    #[must_use]
    pub const fn boolean(name: &'static str, description: &'static str, absent: bool) -> Self {
        Self { absent: Some(absent), ..Self::new(name, description, Kind::Boolean) }
    }

    /// A URI that refers to one of these types.
    #[must_use]
    pub const fn reference(name: &'static str, description: &'static str, types: &'static [&'static str]) -> Self {
        Self::new(name, description, Kind::Reference(types))
    }

    /// An attribute of sub-attributes.
    #[must_use]
    pub const fn complex(name: &'static str, description: &'static str, parts: &'static [Attribute]) -> Self {
        Self::new(name, description, Kind::Complex(parts))
    }

    /// Holds a list.
    #[must_use]
    pub const fn many(self) -> Self {
        Self { multi_valued: true, ..self }
    }

    /// A resource cannot be without it.
    #[must_use]
    pub const fn required(self) -> Self {
        Self { required: true, ..self }
    }

    /// Compared with regard to case.
    #[must_use]
    pub const fn case_exact(self) -> Self {
        Self { case_exact: true, ..self }
    }

    /// Written by the server alone.
    #[must_use]
    pub const fn read_only(self) -> Self {
        Self { mutability: Mutability::ReadOnly, ..self }
    }

    /// Written once.
    #[must_use]
    pub const fn immutable(self) -> Self {
        Self { mutability: Mutability::Immutable, ..self }
    }

    /// When it is in a response.
    #[must_use]
    pub const fn returned(self, returned: Returned) -> Self {
        Self { returned, ..self }
    }

    /// Among what its values differ.
    #[must_use]
    pub const fn unique(self, uniqueness: Uniqueness) -> Self {
        Self { uniqueness, ..self }
    }

    /// Values that clients are advised to use.
    #[must_use]
    pub const fn canonical(self, values: &'static [&'static str]) -> Self {
        Self { canonical_values: values, ..self }
    }

    /// The sub-attribute that tells its elements apart.
    #[must_use]
    pub const fn identified_by(self, part: &'static str) -> Self {
        Self { identity: Some(part), ..self }
    }

    /// Its sub-attributes; none where it is not complex.
    #[must_use]
    pub const fn parts(&self) -> &'static [Attribute] {
        match self.kind {
            Kind::Complex(parts) => parts,
            _ => &[],
        }
    }

    /// The sub-attribute of this name, in any case.
    #[must_use]
    pub fn part(&self, name: &str) -> Option<&'static Attribute> {
        find(self.parts(), name)
    }

    /// Whether it has sub-attributes.
    #[must_use]
    pub const fn is_complex(&self) -> bool {
        matches!(self.kind, Kind::Complex(_))
    }

    /// Whether clients may not write it.
    #[must_use]
    pub fn is_read_only(&self) -> bool {
        self.mutability == Mutability::ReadOnly
    }
}

/// The attribute of this name, in any case.
pub(crate) fn find(attributes: &'static [Attribute], name: &str) -> Option<&'static Attribute> {
    attributes.iter().find(|attribute| attribute.name.eq_ignore_ascii_case(name))
}
