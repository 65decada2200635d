//! The enterprise extension of users (RFC 7643 §4.3 and §8.7.1).

use super::attribute::Attribute;
use super::resource_type::Schema;

/// The enterprise extension of users.
pub static ENTERPRISE_USER: Schema = Schema {
    urn: "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
    name: "EnterpriseUser",
    description: "What an organisation knows about a person who works for it",
    attributes: &[
        Attribute::string("employeeNumber", "Identifier that the organisation gave."),
        Attribute::string("costCenter", "Cost center."),
        Attribute::string("organization", "Organisation."),
        Attribute::string("division", "Division."),
        Attribute::string("department", "Department."),
        Attribute::complex("manager", "The person that this one reports to.", MANAGER),
    ],
};

const MANAGER: &[Attribute] = &[
    Attribute::string("value", "Id of the manager.").case_exact(),
    Attribute::reference("$ref", "URL of the manager.", &["User"]),
    Attribute::string("displayName", "Name of the manager.").read_only(),
];
