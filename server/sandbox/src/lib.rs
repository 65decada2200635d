//! Local servers that behave like Microsoft Dataverse and Salesforce.

pub mod schema;
pub mod store;
pub mod world;
