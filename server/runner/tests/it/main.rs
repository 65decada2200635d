//! The runner from outside: events in, records in a CRM and facts in a journal out.

#[cfg(test)]
mod kit;

#[cfg(test)]
mod counts;
#[cfg(test)]
mod crash;
#[cfg(test)]
mod crm;
#[cfg(test)]
mod fairness;
#[cfg(test)]
mod lead;
#[cfg(test)]
mod order;
#[cfg(test)]
mod requests;
#[cfg(test)]
mod runs;
#[cfg(test)]
mod timers;
#[cfg(test)]
mod together;
#[cfg(test)]
mod unfinished;
