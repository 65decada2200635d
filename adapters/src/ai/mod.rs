//! Models behind the port of playbooks ([`engage_playbooks::ports::ai`]).
//!
//! | module | what |
//! |---|---|
//! | [`local`] | fixtures, and answers made from the schema: tests and work without an endpoint |
//! | [`openai`] | any endpoint that speaks OpenAI's Chat Completions, Azure's among them |
//! | [`schema_problems`] | what is wrong with the schema of an output, before anything is asked |

mod guard;
pub mod local;
pub mod openai;
mod schema;

pub use schema::{MAX_BYTES, MAX_DEPTH, MAX_NODES, SchemaProblem, SchemaProblemKind, schema_problems};
