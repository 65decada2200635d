//! What a row has to be like: conditions as data, for a filter that only a request brings.
//!
//! A condition holds no SQL. It becomes SQL here, from constants and parameters alone, in the language of the database.

mod render;

use std::marker::PhantomData;

/// Conditions about a resource of a directory.
#[derive(Debug, Clone, PartialEq)]
pub enum Resource {}

/// Conditions about one element of a multi-valued attribute.
#[derive(Debug, Clone, PartialEq)]
pub enum Element {}

/// Conditions about one member of a group, or about one group of a member.
#[derive(Debug, Clone, PartialEq)]
pub enum Member {}

/// A column of a resource, each but `Active`, `Id`, `Modified` and `UserNameExact` with an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// The id, text. Served by the key.
    Id,
    /// `userName`; text in lower case, and so is what it is compared with.
    UserName,
    /// `userName` as it was sent; text.
    UserNameExact,
    /// `externalId`; text, case counts.
    ExternalId,
    /// `displayName`; text in lower case, and so is what it is compared with.
    DisplayName,
    /// `active`; a flag.
    Active,
    /// When it was made; microseconds.
    Created,
    /// When it was changed last; microseconds.
    Modified,
}

/// A column of a membership.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemberColumn {
    /// The id of the member, text; of [`Condition::groups`] the id of the group.
    Value,
    /// `User` or `Group`; text in lower case, and so is what it is compared with.
    Type,
    /// The name that was sent with it; text in lower case, and so is what it is compared with.
    Display,
}

/// A value to compare with. Which kind it is has to be what the column or the attribute is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Given {
    /// A text, compared letter by letter: by code points, where it is about order.
    Text(String),
    /// True or false.
    Flag(bool),
    /// A number, for columns alone.
    Integer(i64),
}

impl Given {
    /// A text whose case does not count, for what is kept in lower case.
    #[must_use]
    pub fn folded(text: &str) -> Self {
        Self::Text(crate::platform::folded(text))
    }
}

/// How to compare, as SCIM calls it (RFC 7644 §3.4.2.2). What is absent passes no test, not even [`Ne`](Self::Ne): a
/// filter that means otherwise says `not` of [`Eq`](Self::Eq).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Test {
    /// The same.
    Eq(Given),
    /// There, and another.
    Ne(Given),
    /// Contains the text.
    Co(String),
    /// Starts with the text.
    Sw(String),
    /// Ends with the text.
    Ew(String),
    /// Greater.
    Gt(Given),
    /// Greater or the same.
    Ge(Given),
    /// Less.
    Lt(Given),
    /// Less or the same.
    Le(Given),
    /// There at all.
    Pr,
}

/// What a row has to be like. `Of` says what the condition is about.
///
/// ```
/// use engage_store::platform::sql::{Column, Condition, Given, Test};
/// // userName eq "Anna@Contoso.com" and emails[type eq "work" and value ew "@contoso.com"]
/// let filter = Condition::all([
///     Condition::column(Column::UserName, Test::Eq(Given::folded("Anna@Contoso.com"))),
///     Condition::each(&["emails"], Condition::all([
///         Condition::sub("type", Test::Eq(Given::folded("work"))),
///         Condition::sub("value", Test::Ew("@contoso.com".to_owned())),
///     ])),
/// ]);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Condition<Of = Resource> {
    node: Node,
    of: PhantomData<Of>,
}

#[derive(Debug, Clone, PartialEq)]
enum Node {
    All(Vec<Node>),
    Any(Vec<Node>),
    Not(Box<Node>),
    Column(Column, Test),
    Member(MemberColumn, Test),
    Path(Vec<String>, Test),
    Sub(String, Test),
    Value(Test),
    Each(Vec<String>, Box<Node>),
    Members(Box<Node>),
    Groups(Box<Node>),
}

impl Node {
    fn names(&self) -> bool {
        match self {
            Self::All(nodes) => nodes.iter().any(Self::names),
            Self::Column(column, Test::Eq(_)) => {
                matches!(column, Column::Id | Column::UserName | Column::ExternalId | Column::DisplayName)
            }
            _ => false,
        }
    }
}

impl<Of> Condition<Of> {
    fn new(node: Node) -> Self {
        Self { node, of: PhantomData }
    }

    /// All of them; of none that is always so.
    #[must_use]
    pub fn all(conditions: impl IntoIterator<Item = Self>) -> Self {
        Self::new(Node::All(conditions.into_iter().map(|condition| condition.node).collect()))
    }

    /// Any of them; of none that is never so.
    #[must_use]
    pub fn any(conditions: impl IntoIterator<Item = Self>) -> Self {
        Self::new(Node::Any(conditions.into_iter().map(|condition| condition.node).collect()))
    }

    /// The contrary. Of what is absent a test fails, so its contrary holds.
    #[must_use]
    pub fn negated(self) -> Self {
        Self::new(Node::Not(Box::new(self.node)))
    }
}

impl Condition {
    /// Whether only rows can be so that have a given id or name, of which each has an index.
    pub(crate) fn names(&self) -> bool {
        self.node.names()
    }

    /// About a column.
    #[must_use]
    pub fn column(column: Column, test: Test) -> Self {
        Self::new(Node::Column(column, test))
    }

    /// About a single-valued attribute, by its name and that of a sub-attribute, below an extension where it is in one. A
    /// text whose case does not count is given in lower case ([`Given::folded`]).
    #[must_use]
    pub fn path(path: &[&str], test: Test) -> Self {
        Self::new(Node::Path(owned(path), test))
    }

    /// Whether any element of a multi-valued attribute is so.
    #[must_use]
    pub fn each(path: &[&str], element: Condition<Element>) -> Self {
        Self::new(Node::Each(owned(path), Box::new(element.node)))
    }

    /// Whether any member of the group is so.
    #[must_use]
    pub fn members(member: Condition<Member>) -> Self {
        Self::new(Node::Members(Box::new(member.node)))
    }

    /// Whether it is a member of any group that is so: `Value` is the group's id.
    #[must_use]
    pub fn groups(group: Condition<Member>) -> Self {
        Self::new(Node::Groups(Box::new(group.node)))
    }
}

impl Condition<Element> {
    /// About a sub-attribute of the element.
    #[must_use]
    pub fn sub(name: &str, test: Test) -> Self {
        Self::new(Node::Sub(name.to_owned(), test))
    }

    /// About the element itself, where it is a simple value.
    #[must_use]
    pub fn value(test: Test) -> Self {
        Self::new(Node::Value(test))
    }
}

impl Condition<Member> {
    /// About a column of the membership.
    #[must_use]
    pub fn member(column: MemberColumn, test: Test) -> Self {
        Self::new(Node::Member(column, test))
    }
}

fn owned(path: &[&str]) -> Vec<String> {
    path.iter().map(|&name| name.to_owned()).collect()
}
