//! The server of engage: configuration, what HTTP needs of any surface, and the surfaces.
//!
//! ```
//! use engage_server::config::{Config, Sources};
//!
//! let config = Config::load(&Sources::default()).expect("the default holds");
//! assert_eq!(config.server.listen.to_string(), "127.0.0.1:8080");
//! ```
//!
//! | module | what |
//! |---|---|
//! | [`admin`] | what those who run the platform do: customers, their tenants and clients, tokens of directories, what ends when |
//! | [`api`] | the Public API |
//! | [`config`] | every setting, from the compiled default to flags |
//! | [`management`] | the Management API: what the Public API has no operation for |
//! | [`identity`] | which tenants and clients lead where, how often they call, for those who say who calls |
//! | [`http`] | sockets, TLS, limits, logs, measures, headers: around every surface |
//! | [`openapi`] | documents of surfaces: OpenAPI 3.1, for programs and for people |
//! | [`platform`] | the platform's database, where the configuration says, and the keys to its secrets |
//! | [`scim`] | SCIM 2.0 for employees and rooms |
//! | [`work`] | work in the background: events are told, what is over is removed, silence and what ends are noticed |

pub mod admin;
pub mod api;
pub mod config;
pub mod http;
pub mod identity;
pub mod management;
pub mod openapi;
pub mod platform;
pub mod scim;
pub mod work;
