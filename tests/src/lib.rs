//! Holds the integration tests, benches and house rules; see `it/` and `benches/`.
