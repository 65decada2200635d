//! What attributes there are and how they behave: the one source of discovery, validation, filters and projection.
//!
//! Everything here is plain data in statics, so that a reference to an attribute is `&'static` and costs nothing.

mod attribute;
pub mod discovery;
mod enterprise;
mod group;
mod resource_type;
mod user;

pub use attribute::{Attribute, Kind, Mutability, Returned, Uniqueness};
pub use resource_type::{Extension, ResourceType, Schema, Slot};

pub use enterprise::ENTERPRISE_USER;
pub use group::{GROUP, GROUP_SCHEMA};
pub use user::{USER, USER_SCHEMA};

/// The types of resources that are served, in the order in which discovery lists them.
pub static RESOURCE_TYPES: &[&ResourceType] = &[&USER, &GROUP];

/// The schemas that are served, in the order in which discovery lists them.
pub static SCHEMAS: &[&Schema] = &[&USER_SCHEMA, &ENTERPRISE_USER, &GROUP_SCHEMA];

/// What every resource has (RFC 7643 §3.1 and §3): it belongs to no schema and stands in no `/Schemas`.
pub static COMMON: &[Attribute] = &[
    Attribute::reference("schemas", "URIs of the schemas that this resource has values of.", &["uri"])
        .many()
        .case_exact()
        .read_only()
        .returned(Returned::Always),
    Attribute::string("id", "Identifier that the server gave; it never changes.")
        .case_exact()
        .read_only()
        .returned(Returned::Always)
        .unique(Uniqueness::Server),
    Attribute::string("externalId", "Identifier that the client gave.").case_exact().unique(Uniqueness::Server),
    Attribute::complex("meta", "What the server knows about the resource.", META).read_only(),
];

const META: &[Attribute] = &[
    Attribute::string("resourceType", "Name of the type of the resource.").case_exact().read_only(),
    Attribute::new("created", "When the resource was made.", Kind::DateTime).read_only(),
    Attribute::new("lastModified", "When the resource last changed.", Kind::DateTime).read_only(),
    Attribute::reference("location", "Where the resource is.", &["uri"]).case_exact().read_only(),
    Attribute::string("version", "Weak entity tag of the resource.").case_exact().read_only(),
];
