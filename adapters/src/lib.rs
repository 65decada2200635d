//! CRM adapters behind one trait: the in-memory CRM, wrappers, and the conformance suite.
