//! Playbooks: typed graphs of blocks started by a trigger.
