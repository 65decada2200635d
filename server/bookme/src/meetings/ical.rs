//! Meetings as files for calendars (RFC 5545).

use engage_liquid::{Render, Template};
use engage_store::platform::MeetingReads;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::json;
use uuid::Uuid;

use super::book::Given;
use super::caller::Caller;
use super::events::place;
use super::meeting::{Body, Meeting};
use crate::values::{DANISH, Localized, MeetingType};
use crate::{Bookme, Error, Refusal, Tenancy};

/// The longest line of a file, in bytes, without what ends it (RFC 5545 §3.1).
const LINE: usize = 75;

/// Texts that take the place of those that an organisation has set up.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ICalTexts {
    /// The title.
    pub title: Option<String>,
    /// The description.
    pub description: Option<String>,
    /// Where it is.
    pub location: Option<String>,
    /// The language of what an organisation has set up; Danish stands in for those that it has not.
    pub language: Option<String>,
}

impl Bookme {
    /// A meeting as a file for calendars: one event, in UTC, without organiser and attendees. Its UID is always the same, and its
    /// SEQUENCE grows with each move.
    ///
    /// # Errors
    /// [`Error::NotFound`] where it is not there or not the caller's, [`Refusal::Unscheduled`], [`Error::Store`].
    pub async fn ical(&self, tenancy: &Tenancy, id: Uuid, texts: &ICalTexts, caller: &Caller) -> Result<String, Error> {
        let given = self.prepared(tenancy, caller).await?;
        let found = self.database.reader().meeting(tenancy, id).await?;
        let kept = found.filter(|kept| kept.cancelled.is_none() && caller.may_reach(&kept.creator));
        let kept = kept.ok_or_else(|| Error::not_found(""))?;
        let body = Body::of(&kept)?;
        let meeting = body.clone().meeting(&kept);
        let (Some(start), Some(end)) = (meeting.start, meeting.end) else {
            return Err(Error::Conflict(Refusal::Unscheduled));
        };
        let settings = &given.compiled.settings;
        let (details, language) = (&body.details, texts.language.as_deref());
        let fill = |asked: &Option<String>, template: &Option<Localized>, own: &Option<String>| {
            let filled = || template.as_ref().and_then(|text| rendered(&given, &body, &meeting, text, language));
            asked.clone().or_else(filled).or_else(|| own.clone()).unwrap_or_default()
        };
        let title = fill(&texts.title, &settings.i_cal_meeting_title, &details.title);
        let description = fill(&texts.description, &settings.i_cal_meeting_description, &details.description);
        let location = texts.location.clone().unwrap_or_else(|| location(&given, &body));
        Ok(file(&[
            ("BEGIN", "VCALENDAR".to_owned()),
            ("VERSION", "2.0".to_owned()),
            ("PRODID", "-//engage//bookings//EN".to_owned()),
            ("METHOD", "PUBLISH".to_owned()),
            ("BEGIN", "VEVENT".to_owned()),
            ("UID", format!("{id}@engage")),
            ("SEQUENCE", meeting.sequence.to_string()),
            ("DTSTAMP", stamp(given.at)),
            ("DTSTART", stamp(start)),
            ("DTEND", stamp(end)),
            ("SUMMARY", escaped(&title)),
            ("DESCRIPTION", escaped(&description)),
            ("LOCATION", escaped(&location)),
            ("STATUS", "CONFIRMED".to_owned()),
            ("END", "VEVENT".to_owned()),
            ("END", "VCALENDAR".to_owned()),
        ]))
    }
}

/// What an organisation has set up, of this meeting. A template that comes to nothing is as if there were none.
fn rendered(given: &Given, body: &Body, meeting: &Meeting, text: &Localized, language: Option<&str>) -> Option<String> {
    let (compiled, details) = (&given.compiled, &body.details);
    let languages = &compiled.settings.languages;
    let language = language.unwrap_or(DANISH);
    let template = Template::parse(text.in_language(languages, language)).ok()?;
    let topic = details.topic_id.and_then(|id| compiled.topics.get(&id));
    let kind = details.customer_type_id.and_then(|id| compiled.customer_types.get(&id));
    let at = |at: Option<Timestamp>| at.map(|at| at.to_string());
    let input = json!({
        "employee": compiled.employees.get(&details.employee_id).map(|one| &one.display_name),
        "topic": topic.map(|topic| topic.name.in_language(languages, language)),
        "customerType": kind.map(|kind| &kind.name),
        "location": location(given, body),
        "meetingType": details.meeting_type,
        "startDate": at(meeting.start),
        "endDate": at(meeting.end),
    });
    template.render(&input, &Render::new(given.at, compiled.zone.clone())).ok().filter(|text| !text.is_empty())
}

/// Where it is: the place and its room, the address, or the link.
fn location(given: &Given, body: &Body) -> String {
    let room = || body.details.room_id.and_then(|id| given.compiled.room(id)).map(|room| room.name.clone());
    let parts: Vec<String> = match body.details.meeting_type {
        MeetingType::Physical => [place(given, body), room()].into_iter().flatten().collect(),
        MeetingType::Online => body.details.video_link.iter().cloned().collect(),
        MeetingType::Offsite => place(given, body).into_iter().collect(),
        MeetingType::Telephone => Vec::new(),
    };
    parts.join(", ")
}

/// An instant, in UTC (RFC 5545 §3.3.5, form 2).
fn stamp(at: Timestamp) -> String {
    TimeZone::UTC.to_datetime(at).strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// A text (RFC 5545 §3.3.11). What no text may have is left out.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.replace("\r\n", "\n").chars() {
        match letter {
            '\\' | ';' | ',' => escaped.extend(['\\', letter]),
            '\n' | '\r' => escaped.push_str("\\n"),
            '\t' => escaped.push('\t'),
            letter if letter.is_control() => {}
            letter => escaped.push(letter),
        }
    }
    escaped
}

/// Lines, folded (RFC 5545 §3.1): never within a letter.
fn file(lines: &[(&str, String)]) -> String {
    let mut file = String::new();
    for (name, value) in lines {
        let mut used = 0;
        for letter in format!("{name}:{value}").chars() {
            if used + letter.len_utf8() > LINE {
                file.push_str("\r\n ");
                used = 1;
            }
            file.push(letter);
            used += letter.len_utf8();
        }
        file.push_str("\r\n");
    }
    file
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The value of a line, as a reader has it.
    fn unfolded(file: &str, name: &str) -> Option<String> {
        let whole = file.replace("\r\n ", "");
        let line =
            whole.split("\r\n").find_map(|line| line.strip_prefix(name)?.strip_prefix(':').map(str::to_owned))?;
        let (mut text, mut letters) = (String::new(), line.chars());
        while let Some(letter) = letters.next() {
            match letter {
                '\\' => match letters.next()? {
                    'n' => text.push('\n'),
                    other => text.push(other),
                },
                letter => text.push(letter),
            }
        }
        Some(text)
    }

    proptest! {
        #[test]
        fn texts_come_back_and_lines_are_short(text in "(\\PC|[\n,;\\\\:æøå 😀]){0,300}") {
            let file = file(&[("SUMMARY", escaped(&text)), ("STATUS", "CONFIRMED".to_owned())]);
            prop_assert!(file.split("\r\n").all(|line| line.len() <= LINE));
            prop_assert!(file.ends_with("\r\nSTATUS:CONFIRMED\r\n"));
            prop_assert_eq!(unfolded(&file, "SUMMARY"), Some(text));
        }
    }
}
