//! Integration tests of the whole: one binary, a module per theme.

mod bad_input;
mod cli;
mod cli_facts;
mod cli_packages;
mod cli_playbook;
mod cli_run;
mod cli_runs;
mod cli_sandbox;
mod cli_test;
mod codes;
mod conformance;
mod crash;
mod crm;
mod environment;
mod facts;
mod fetchxml;
mod hostile;
mod ids_as_text;
mod install;
mod live;
mod long;
mod plans;
mod playbooks;
mod readme;
mod run;
mod starter;
