//! Models behind the port of playbooks ([`engage_playbooks::ports::ai`]).
//!
//! | module | what |
//! |---|---|
//! | [`local`] | fixtures, and answers made from the schema: tests and work without an endpoint |
//! | [`openai`] | any endpoint that speaks OpenAI's Chat Completions, Azure's among them |
//! | [`conformance`] | what any adapter of a model must do, as tests that its author runs |
//! | [`schema_problems`] | what is wrong with the schema of an output, before anything is asked |

pub mod conformance;
mod guard;
pub mod local;
pub mod openai;
mod schema;

pub use schema::{MAX_BYTES, MAX_DEPTH, MAX_NODES, SchemaProblem, SchemaProblemKind, schema_problems};
