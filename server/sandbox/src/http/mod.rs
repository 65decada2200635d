//! Requests and answers as plain data. What is served knows no socket, what listens knows no CRM.

mod message;

pub use self::message::{Answer, Request, decode, encode, form};
