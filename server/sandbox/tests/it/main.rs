//! The sandbox over real HTTP on this machine.

#[cfg(test)]
mod admin;
#[cfg(test)]
mod apply;
#[cfg(test)]
mod associate;
#[cfg(test)]
mod batch;
#[cfg(test)]
mod bulk;
#[cfg(test)]
mod client;
#[cfg(test)]
mod facts;
#[cfg(test)]
mod fetch;
#[cfg(test)]
mod metadata;
#[cfg(test)]
mod oauth;
#[cfg(test)]
mod page;
#[cfg(test)]
mod query;
#[cfg(test)]
mod rows;
#[cfg(test)]
mod salesforce;
#[cfg(test)]
mod salesforce_composite;
#[cfg(test)]
mod salesforce_facts;
#[cfg(test)]
mod salesforce_http;
#[cfg(test)]
mod salesforce_identity;
#[cfg(test)]
mod salesforce_profiles;
#[cfg(test)]
mod salesforce_query;
#[cfg(test)]
mod salesforce_relations;
#[cfg(test)]
mod salesforce_rules;
#[cfg(test)]
mod salesforce_several;
#[cfg(test)]
mod salesforce_soql;
#[cfg(test)]
mod security;
#[cfg(test)]
mod strict;
#[cfg(test)]
mod tracking;
