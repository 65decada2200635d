//! Reads cron expressions.

use engage_engine::nearest::nearest;

use super::ScheduleError;
use super::field::Field;

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// The longest expression, in bytes.
const MAX_LENGTH: usize = 1_000;

/// What a field may hold.
struct Kind {
    name: &'static str,
    least: u32,
    most: u32,
    names: &'static [&'static str],
    /// The number of the first name.
    first: u32,
}

const KINDS: [Kind; 5] = [
    Kind { name: "minute", least: 0, most: 59, names: &[], first: 0 },
    Kind { name: "hour", least: 0, most: 23, names: &[], first: 0 },
    Kind { name: "day of month", least: 1, most: 31, names: &[], first: 0 },
    Kind { name: "month", least: 1, most: 12, names: &MONTHS, first: 1 },
    Kind { name: "day of week", least: 0, most: 7, names: &WEEKDAYS, first: 0 },
];

/// The fields, or everything that is wrong with them.
pub(super) fn fields(cron: &str) -> Result<[Field; 5], Vec<ScheduleError>> {
    let written: Vec<&str> = if cron.len() > MAX_LENGTH { Vec::new() } else { cron.split_whitespace().collect() };
    let Ok(written) = <[&str; 5]>::try_from(written) else {
        let help = "write minute, hour, day of month, month and day of week: `30 7 * * mon-fri`";
        return Err(vec![wrong("a cron expression has five fields".to_owned(), help.to_owned(), None)]);
    };
    let (mut fields, mut found) = ([Field::none(); 5], Vec::new());
    for ((field, kind), text) in fields.iter_mut().zip(&KINDS).zip(written) {
        match kind.field(text) {
            Ok(read) => *field = read,
            Err(wrong) => found.push(wrong),
        }
    }
    if found.is_empty() { Ok(fields) } else { Err(found) }
}

fn wrong(message: String, help: String, suggestion: Option<String>) -> ScheduleError {
    ScheduleError { in_zone: false, message, help, suggestion }
}

impl Kind {
    fn field(&self, text: &str) -> Result<Field, ScheduleError> {
        let mut field = Field::none();
        for item in text.split(',') {
            self.item(item, &mut field)?;
        }
        field.any = text == "*";
        Ok(field)
    }

    fn item(&self, item: &str, field: &mut Field) -> Result<(), ScheduleError> {
        let (range, step) = match item.split_once('/') {
            None => (item, None),
            Some((range, step)) => (range, Some(self.step(step, item)?)),
        };
        let (from, to) = match range.split_once('-') {
            _ if range == "*" => (self.least, self.most),
            Some((from, to)) => (self.number(from, item)?, self.number(to, item)?),
            None => {
                let from = self.number(range, item)?;
                (from, if step.is_some() { self.most } else { from })
            }
        };
        if from > to {
            let message = format!("`{item}` of the {} ends before it begins", self.name);
            return Err(wrong(message, "write the smaller number first, or two ranges".to_owned(), None));
        }
        for number in (from..=to).step_by(step.unwrap_or(1)) {
            // Both 0 and 7 are Sunday.
            field.add(if self.most == 7 { number % 7 } else { number });
        }
        Ok(())
    }

    fn step(&self, text: &str, item: &str) -> Result<usize, ScheduleError> {
        let step = text.parse().ok().filter(|step| (1..=60).contains(step));
        step.ok_or_else(|| {
            let message = format!("the step of `{item}` is no number from 1 to 60");
            wrong(message, "write `*/5` for every fifth".to_owned(), None)
        })
    }

    fn number(&self, text: &str, item: &str) -> Result<u32, ScheduleError> {
        let lower = text.to_lowercase();
        if let Some(position) = self.names.iter().position(|name| *name == lower) {
            return Ok(self.first + u32::try_from(position).unwrap_or(0));
        }
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let number = text.parse().ok().filter(|number| digits && (self.least..=self.most).contains(number));
        number.ok_or_else(|| {
            let message = format!("`{item}` is no {}", self.name);
            let names = match (self.names.first(), self.names.last()) {
                (Some(first), Some(last)) => format!(", or `{first}` to `{last}`"),
                _ => String::new(),
            };
            let help = format!("use {} to {}{names}", self.least, self.most);
            wrong(message, help, nearest(&lower, self.names.iter().copied()))
        })
    }
}
