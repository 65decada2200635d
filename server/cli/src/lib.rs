//! The engage command line as a library, so that its commands can be tested.
