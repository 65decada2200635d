//! Schedules: cron expressions in the wall time of a zone.
//!
//! Five fields: minute (0–59), hour (0–23), day of month (1–31), month (1–12 or `jan`–`dec`), day of week (0–7 or
//! `sun`–`sat`; 0 and 7 are Sunday). Each is `*`, a number, a range `a-b`, a step `*/n` or `a-b/n`, or several of
//! these between commas. Where neither day of month nor day of week is `*`, a day of either is meant, as POSIX has it.
//!
//! When the clocks change:
//! * A wall time that the clocks skip fires once, at the moment at which they jump.
//! * A wall time that comes twice fires once, the first time.

mod field;
mod parse;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;

use crate::model;
use field::Field;

/// A schedule that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    minutes: Field,
    hours: Field,
    days: Field,
    months: Field,
    weekdays: Field,
    zone: TimeZone,
}

/// What is wrong with a schedule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ScheduleError {
    /// Whether it is the zone, and not the cron expression.
    pub in_zone: bool,
    /// What is wrong: lower case, no final stop.
    pub message: String,
    /// What to do about it.
    pub help: String,
    /// The nearest name to one that does not exist.
    pub suggestion: Option<String>,
}

/// How many days ahead a fire time is looked for: the 29th of February may be eight years away, and the calendar repeats
/// itself after 28 where no century comes between.
const HORIZON_DAYS: usize = 366 * 41;

impl Schedule {
    /// Reads a schedule.
    ///
    /// ```
    /// use engage_playbooks::schedule::Schedule;
    /// let written = engage_playbooks::model::Schedule { cron: "30 7 * * mon-fri".into(), zone: "Europe/Copenhagen".into() };
    /// let schedule = Schedule::read(&written).unwrap();
    /// let friday = "2026-11-27T07:00:00Z".parse().unwrap();
    /// assert_eq!(schedule.after(friday), Some("2026-11-30T06:30:00Z".parse().unwrap()));
    /// ```
    ///
    /// # Errors
    /// [`ScheduleError`] when the expression or the zone is none, or the expression never comes true.
    pub fn read(written: &model::Schedule) -> Result<Self, ScheduleError> {
        Self::read_all(written).map_err(|mut wrong| wrong.remove(0))
    }

    /// The same, with everything that is wrong: never nothing.
    pub(crate) fn read_all(written: &model::Schedule) -> Result<Self, Vec<ScheduleError>> {
        let (fields, zone) = match (parse::fields(&written.cron), zone(&written.zone)) {
            (Ok(fields), Ok(zone)) => (fields, zone),
            (fields, zone) => {
                let wrong = fields.err().into_iter().flatten().chain(zone.err());
                return Err(wrong.collect());
            }
        };
        let [minutes, hours, days, months, weekdays] = fields;
        let schedule = Self { minutes, hours, days, months, weekdays, zone };
        if schedule.never() {
            return Err(vec![ScheduleError {
                in_zone: false,
                message: format!("`{}` never comes", written.cron),
                help: "no month that it names has the day".to_owned(),
                suggestion: None,
            }]);
        }
        Ok(schedule)
    }

    /// The first fire time later than an instant; `None` where time ends.
    pub fn after(&self, instant: Timestamp) -> Option<Timestamp> {
        // A skipped wall time fires late, by a day at most (zones have skipped whole days), so that the search begins
        // before. A wall time of today may have been fired already.
        let mut day = self.zone.to_datetime(instant).date().yesterday().ok()?;
        let mut best = None;
        for _ in 0..HORIZON_DAYS {
            if self.has_day(day) {
                best = self.times(day).filter(|fire| *fire > instant).min();
            }
            if best.is_some() {
                return best;
            }
            day = day.tomorrow().ok()?;
        }
        best
    }

    /// The fire times of a day's wall times.
    fn times(&self, day: Date) -> impl Iterator<Item = Timestamp> {
        let times = self.hours.iter().flat_map(move |hour| self.minutes.iter().map(move |minute| (hour, minute)));
        times.filter_map(move |(hour, minute)| {
            let time = Time::new(i8::try_from(hour).ok()?, i8::try_from(minute).ok()?, 0, 0).ok()?;
            self.instant(day.to_datetime(time))
        })
    }

    /// When a wall time is: the first time it comes, or when the clocks jump over it.
    fn instant(&self, wall: DateTime) -> Option<Timestamp> {
        let ambiguous = self.zone.to_ambiguous_timestamp(wall);
        match ambiguous.offset() {
            jiff::tz::AmbiguousOffset::Gap { .. } => {
                // Read by the offset of after the jump, the wall time lies before it; the jump is the next change.
                let before = ambiguous.earlier().ok()?;
                self.zone.following(before).next().map(|change| change.timestamp())
            }
            _ => ambiguous.earlier().ok(),
        }
    }

    fn has_day(&self, day: Date) -> bool {
        let in_month = self.months.has(u32::from(day.month().unsigned_abs()));
        let by_day = self.days.has(u32::from(day.day().unsigned_abs()));
        let by_weekday = self.weekdays.has(u32::from(day.weekday().to_sunday_zero_offset().unsigned_abs()));
        let either = !self.days.any && !self.weekdays.any;
        in_month && if either { by_day || by_weekday } else { by_day && by_weekday }
    }

    /// Whether no day of any year is meant: the 30th of February.
    fn never(&self) -> bool {
        if self.weekdays.any || self.days.any {
            let longest = |month: u32| match month {
                2 => 29,
                4 | 6 | 9 | 11 => 30,
                _ => 31,
            };
            return !self.months.iter().any(|month| self.days.iter().any(|day| day <= longest(month)));
        }
        false
    }
}

fn zone(name: &str) -> Result<TimeZone, ScheduleError> {
    TimeZone::get(name).map_err(|_| ScheduleError {
        in_zone: true,
        message: format!("there is no time zone `{name}`"),
        help: "use an IANA name: `Europe/Copenhagen`".to_owned(),
        suggestion: nearest_zone(name),
    })
}

/// The time zone with the nearest name.
pub(crate) fn nearest_zone(name: &str) -> Option<String> {
    let names: Vec<String> = jiff::tz::db().available().map(|zone| zone.to_string()).collect();
    engage_engine::nearest::nearest(name, names.iter().map(String::as_str))
}

#[cfg(test)]
mod tests;
