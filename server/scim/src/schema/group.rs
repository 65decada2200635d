//! Groups (RFC 7643 §4.2 and §8.7.1; erratum 5368: `displayName` is required).

use super::attribute::Attribute;
use super::resource_type::{ResourceType, Schema};

/// Groups of users and groups.
pub static GROUP: ResourceType = ResourceType {
    name: "Group",
    endpoint: "/Groups",
    description: "Groups of users",
    schema: &GROUP_SCHEMA,
    extensions: &[],
};

/// The core schema of groups.
pub static GROUP_SCHEMA: Schema = Schema {
    urn: "urn:ietf:params:scim:schemas:core:2.0:Group",
    name: "Group",
    description: "A group of users",
    attributes: &[
        Attribute::string("displayName", "Name that is shown to people.").required(),
        Attribute::complex("members", "Who belongs to the group.", MEMBER).many().identified_by("value"),
    ],
};

const MEMBER: &[Attribute] = &[
    Attribute::string("value", "Id of the member.").case_exact().immutable(),
    Attribute::reference("$ref", "URL of the member.", &["User", "Group"]).immutable(),
    Attribute::string("type", "Type of the member.").canonical(&["User", "Group"]).immutable(),
    Attribute::string("display", "Name of the member."),
];
