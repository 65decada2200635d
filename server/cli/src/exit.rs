//! Exit codes: what a script needs to know about how a command ended.

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Exit {
    /// It did what was asked and there is nothing to complain about.
    Fine = 0,
    /// Something in the input is wrong: a file, a pattern, an instance, a case that fails.
    Problems = 1,
    /// The command line is wrong, or asks for what does not exist: an option, a pattern, a folder.
    Usage = 2,
    /// The outside failed: the CRM refused or did not answer, a file could not be written.
    Outside = 3,
}

impl Exit {
    /// The number that the process ends with.
    pub fn code(self) -> u8 {
        self as u8
    }
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
