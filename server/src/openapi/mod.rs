#![doc = include_str!("README.md")]

mod common;
mod described;
mod document;
mod examples;
mod page;
mod schemas;
mod served;
mod yaml;

use axum::http::Method;
use engage_identity::Requirement;
use serde_json::Value;

pub use described::{Body, Described, Parameter, Place, Shape, Success};
pub use document::document;
pub use page::page;
pub use served::{Form, Served};
pub use yaml::yaml;

/// What is described: a surface in one of its versions.
#[derive(Clone, Copy)]
pub struct Surface<'a> {
    /// What it is called.
    pub title: &'a str,
    /// The version of the document: it grows with what is described.
    pub version: &'a str,
    /// What it is for, in Markdown.
    pub description: &'a str,
    /// What all of its addresses begin with, such as `/api/v3`.
    pub prefix: &'a str,
    /// Names of groups of operations, each with what it is about, in the order in which they are shown.
    pub tags: &'a [(&'a str, &'a str)],
    /// Every `details.reason` there is: the list is closed.
    pub reasons: &'a [&'a str],
    /// What a version makes of each schema: members may be absent, or spelled in another way.
    pub reshape: &'a (dyn Fn(&mut Value) + Sync),
}

impl std::fmt::Debug for Surface<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Surface").field("title", &self.title).field("prefix", &self.prefix).finish_non_exhaustive()
    }
}

/// An operation, as the table of its surface has it.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    /// Its name: the `operationId`.
    pub id: &'a str,
    /// Its method.
    pub method: &'a Method,
    /// Its path below the prefix, with names of parameters in braces.
    pub path: &'a str,
    /// Who may call it; nothing where everybody may, without a token.
    pub requirement: Option<Requirement>,
    /// Whether customers who call it are held to what customers may do.
    pub customer_mode: bool,
}
