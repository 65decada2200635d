//! The runner from outside: events in, records in a CRM and facts in a journal out.

mod kit;

mod counts;
mod crash;
mod crm;
mod fairness;
mod lead;
mod order;
mod requests;
mod runs;
mod timers;
