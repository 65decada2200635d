//! What a run of the suite says: every test, what was left out of it and why, what failed.

use std::fmt;

/// A test that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Its name.
    pub test: String,
    /// What was expected and what came.
    pub why: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.test, self.why)
    }
}

/// A test that was run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ran {
    /// Its name.
    pub test: String,
    /// What was refused, as it has to be where it is not declared, and what could not be asked.
    pub notes: Vec<String>,
    /// What was expected and what came; `None` when it held.
    pub failed: Option<String>,
}

/// All tests of a run, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// The tests.
    pub ran: Vec<Ran>,
}

impl Report {
    /// What failed.
    pub fn failures(&self) -> Vec<Failure> {
        let failed = |ran: &Ran| Some(Failure { test: ran.test.clone(), why: ran.failed.clone()? });
        self.ran.iter().filter_map(failed).collect()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Ran { test, notes, failed } in &self.ran {
            let word = if failed.is_some() { "FAILED" } else { "held" };
            writeln!(f, "{word:6} {test}")?;
            for note in notes {
                writeln!(f, "       - {note}")?;
            }
            if let Some(why) = failed {
                writeln!(f, "       ! {why}")?;
            }
        }
        Ok(())
    }
}
