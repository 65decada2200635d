//! How long runs are kept: after their end, and without one.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use engage_playbooks::ports::{Journal, JournalError, Lease};
use jiff::{SignedDuration, Timestamp};

use super::journal::told;
use crate::failure::Failure;
use crate::input::variable;

/// The variable that says how long runs are kept after their end where the option does not.
pub const VARIABLE: &str = "ENGAGE_KEEP";
/// The variable that says how long a run may be without an end where the option does not.
pub const UNFINISHED: &str = "ENGAGE_KEEP_UNFINISHED";
/// The longest time but for ever, in days: a hundred years.
const MOST_DAYS: u64 = 36_500;
/// Runs that are removed at once; the lease is asked again in between.
const AT_ONCE: usize = 500;
/// Units with their seconds, longest first.
const UNITS: [(&str, u64); 3] = [("d", 86_400), ("h", 3600), ("min", 60)];

/// How long a run and its values are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// For this long: a minute or more.
    For(Duration),
    /// For ever.
    Forever,
}

impl FromStr for Keep {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "forever" {
            return Ok(Self::Forever);
        }
        let split = text.find(|sign: char| !sign.is_ascii_digit()).unwrap_or(text.len());
        let (digits, unit) = text.split_at(split);
        let written = "write a time such as `30d`, `12h` or `90min`, or `forever`";
        let number: u64 = digits.parse().map_err(|_| written)?;
        if number == 0 {
            return Err("`0` could mean at once or for ever: the least is `1min`, and `forever` removes nothing");
        }
        let seconds = UNITS.iter().find(|(name, _)| *name == unit).map(|(_, seconds)| *seconds).ok_or(written)?;
        let time = number.checked_mul(seconds).filter(|time| *time <= MOST_DAYS * 86_400);
        let time = time.ok_or("that is more than a hundred years: write `forever`")?;
        Ok(Self::For(Duration::from_secs(time)))
    }
}

impl fmt::Display for Keep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::For(time) = self else { return f.write_str("forever") };
        let whole = UNITS.iter().find(|(_, seconds)| time.as_secs().is_multiple_of(*seconds));
        match whole {
            Some((unit, seconds)) => write!(f, "{}{unit}", time.as_secs() / seconds),
            None => write!(f, "{} s", time.as_secs()),
        }
    }
}

impl Keep {
    /// What the command line says, else a variable; `None` where neither says anything.
    ///
    /// # Errors
    /// When the variable says what is no time.
    pub fn find(argument: Option<Self>, name: &str) -> Result<Option<Self>, Failure> {
        if argument.is_some() {
            return Ok(argument);
        }
        let parsed = variable(name)?.map(|text| text.parse()).transpose();
        parsed.map_err(|why| Failure::usage(format!("`{name}`: {why}")))
    }

    /// As long as it says; `None`: for ever.
    pub fn time(self) -> Option<Duration> {
        match self {
            Self::For(time) => Some(time),
            Self::Forever => None,
        }
    }

    /// The instant before which a run has to have ended to be removed now; `None` where nothing is.
    fn before(self, now: Timestamp) -> Option<Timestamp> {
        let time = SignedDuration::try_from(self.time()?).ok()?;
        now.checked_sub(time).ok()
    }

    /// Removes the runs of a journal whose time is over, under the lease of this process; answers how many.
    ///
    /// # Errors
    /// When the journal does not answer, or another leads now; what is removed stays so.
    pub async fn clear(self, journal: &dyn Journal, lease: &Lease, now: Timestamp) -> Result<usize, Failure> {
        let Some(before) = self.before(now) else { return Ok(0) };
        let failed = |error: JournalError| told(&error);
        let mut all = 0;
        loop {
            let removed = journal.purge(lease, before, AT_ONCE).await.map_err(failed)?;
            all += removed;
            if removed < AT_ONCE {
                return Ok(all);
            }
        }
    }
}

/// How long a server keeps runs; `None`: for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    /// After their end.
    pub ended: Option<Duration>,
    /// Without one.
    pub unfinished: Option<Duration>,
}

impl Kept {
    /// What was said, and where nothing was, what is usual: a run without an end is kept no shorter than one that has ended.
    pub fn of(ended: Option<Keep>, unfinished: Option<Keep>, usual: Self) -> Self {
        let ended = ended.map_or(usual.ended, Keep::time);
        let longer = || usual.unfinished.zip(ended).map(|(usual, ended)| usual.max(ended));
        Self { ended, unfinished: unfinished.map_or_else(longer, Keep::time) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_without_an_end_is_kept_no_shorter_than_one_that_ended_unless_it_is_said() {
        let days = |days: u64| Some(Duration::from_hours(24 * days));
        let usual = Kept { ended: days(30), unfinished: days(90) };
        let kept = |ended: &str, unfinished: &str| {
            let said = |text: &str| Some(text).filter(|text| !text.is_empty()).map(|text| text.parse().unwrap());
            let kept = Kept::of(said(ended), said(unfinished), usual);
            (kept.ended, kept.unfinished)
        };
        assert_eq!(kept("", ""), (days(30), days(90)));
        assert_eq!(kept("7d", ""), (days(7), days(90)));
        assert_eq!(kept("365d", ""), (days(365), days(365)));
        assert_eq!(kept("forever", ""), (None, None));
        assert_eq!(kept("365d", "40d"), (days(365), days(40)));
        assert_eq!(kept("", "forever"), (days(30), None));
    }

    #[test]
    fn a_time_has_a_unit_and_is_written_as_it_is_read() {
        for text in ["30d", "12h", "90min", "1min", "36500d", "forever"] {
            assert_eq!(text.parse::<Keep>().unwrap().to_string(), text);
        }
        assert_eq!("48h".parse::<Keep>(), "2d".parse());
        assert_eq!("30d".parse::<Keep>().unwrap().time(), Some(Duration::from_hours(720)));
    }

    #[test]
    fn what_is_no_time_is_refused_with_the_way_to_write_it() {
        for text in ["", "30", "d", "-1d", "1.5d", "30 d", "30m", "30D", "99999999999999999999d", "Forever"] {
            assert!(text.parse::<Keep>().unwrap_err().contains("`forever`"), "{text}");
        }
        for text in ["0", "0d", "00h"] {
            assert!(text.parse::<Keep>().unwrap_err().contains("at once or for ever"), "{text}");
        }
        for text in ["36501d", "9999999999999999999h", "18446744073709551615min"] {
            assert!(text.parse::<Keep>().unwrap_err().contains("hundred years"), "{text}");
        }
    }

    #[test]
    fn nothing_is_over_that_is_kept_for_ever_or_from_before_there_was_time() {
        let now = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(1);
        assert_eq!(Keep::Forever.before(now), None);
        assert_eq!("30min".parse::<Keep>().unwrap().before(now).unwrap().to_string(), "1970-01-01T00:30:00Z");
        assert_eq!("36500d".parse::<Keep>().unwrap().before(Timestamp::MIN), None);
    }
}
