//! What the integration tests and benches share: generated workspaces of any size.

pub mod workload;
