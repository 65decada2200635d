//! Fire times over changes of the clocks, and what is refused.

use super::*;

fn schedule(cron: &str, zone: &str) -> Schedule {
    Schedule::read(&model::Schedule { cron: cron.into(), zone: zone.into() }).unwrap()
}

/// The fire times from one instant to another.
fn fires(cron: &str, zone: &str, from: &str, to: &str) -> Vec<String> {
    let schedule = schedule(cron, zone);
    let (mut now, end): (Timestamp, Timestamp) = (from.parse().unwrap(), to.parse().unwrap());
    let mut found = Vec::new();
    while let Some(next) = schedule.after(now).filter(|next| *next <= end) {
        assert!(next > now);
        found.push(next.to_string());
        now = next;
    }
    found
}

fn refused(cron: &str) -> String {
    let error = Schedule::read(&model::Schedule { cron: cron.into(), zone: "UTC".into() }).unwrap_err();
    let suggestion = error.suggestion.map(|nearest| format!(" ({nearest}?)")).unwrap_or_default();
    format!("{}: {}{suggestion}", error.message, error.help)
}

#[test]
fn numbers_ranges_steps_lists_and_names_are_read() {
    let from = "2026-11-26T00:00:00Z";
    let day = |cron| fires(cron, "UTC", from, "2026-11-26T23:59:59Z");
    assert_eq!(day("30 7 * * *"), ["2026-11-26T07:30:00Z"]);
    assert_eq!(day("0 8-20/6 * * *"), ["2026-11-26T08:00:00Z", "2026-11-26T14:00:00Z", "2026-11-26T20:00:00Z"]);
    assert_eq!(day("50/5 23 * * thu"), ["2026-11-26T23:50:00Z", "2026-11-26T23:55:00Z"]);
    assert_eq!(day("0 12 * NOV,dec 1-5").len(), 1);
    assert_eq!(day("0 12 * * sun-wed"), Vec::<String>::new());
    assert_eq!(day("*/30 1,2 * * *").len(), 4);
}

#[test]
fn a_day_of_either_field_is_meant_where_both_are_given() {
    let fires = fires("0 0 1 * mon", "UTC", "2026-11-26T00:00:00Z", "2026-12-08T00:00:00Z");
    assert_eq!(fires, ["2026-11-30T00:00:00Z", "2026-12-01T00:00:00Z", "2026-12-07T00:00:00Z"]);
    let sundays = |cron| super::tests::fires(cron, "UTC", "2026-11-26T00:00:00Z", "2026-12-08T00:00:00Z");
    assert_eq!(sundays("0 0 * * 7"), sundays("0 0 * * 0"));
}

#[test]
fn a_leap_day_is_found_over_a_century_that_has_none() {
    let schedule = schedule("0 0 29 2 *", "UTC");
    let after = |text: &str| schedule.after(text.parse().unwrap()).map(|fire| fire.to_string());
    assert_eq!(after("2026-01-01T00:00:00Z").as_deref(), Some("2028-02-29T00:00:00Z"));
    assert_eq!(after("2096-03-01T00:00:00Z").as_deref(), Some("2104-02-29T00:00:00Z"));
    assert_eq!(after("9999-12-30T00:00:00Z"), None);
}

#[test]
fn copenhagen_skips_and_repeats_an_hour() {
    let spring = |cron| fires(cron, "Europe/Copenhagen", "2026-03-28T12:00:00Z", "2026-03-29T12:00:00Z");
    // 02:30 does not come: it fires when 02:00 becomes 03:00.
    assert_eq!(spring("30 2 * * *"), ["2026-03-29T01:00:00Z"]);
    assert_eq!(spring("0,30 2,3 * * *"), ["2026-03-29T01:00:00Z", "2026-03-29T01:30:00Z"]);
    let autumn = |cron| fires(cron, "Europe/Copenhagen", "2026-10-24T12:00:00Z", "2026-10-25T12:00:00Z");
    // 02:30 comes twice: it fires the first time.
    assert_eq!(autumn("30 2 * * *"), ["2026-10-25T00:30:00Z"]);
    assert_eq!(autumn("0 1-3 * * *"), ["2026-10-24T23:00:00Z", "2026-10-25T00:00:00Z", "2026-10-25T02:00:00Z"]);
}

#[test]
fn new_york_skips_and_repeats_an_hour() {
    assert_eq!(
        fires("15 2 * * *", "America/New_York", "2026-03-07T12:00:00Z", "2026-03-09T12:00:00Z"),
        ["2026-03-08T07:00:00Z", "2026-03-09T06:15:00Z"]
    );
    assert_eq!(
        fires("15 1 * * *", "America/New_York", "2026-10-31T12:00:00Z", "2026-11-02T12:00:00Z"),
        ["2026-11-01T05:15:00Z", "2026-11-02T06:15:00Z"]
    );
}

#[test]
fn lord_howe_moves_by_half_an_hour() {
    // On 2026-10-04 02:00 becomes 02:30; on 2026-04-05 02:00 becomes 01:30.
    assert_eq!(
        fires("15 2 * * *", "Australia/Lord_Howe", "2026-10-03T00:00:00Z", "2026-10-04T23:00:00Z"),
        ["2026-10-03T15:30:00Z", "2026-10-04T15:15:00Z"]
    );
    assert_eq!(
        fires("45 1 * * *", "Australia/Lord_Howe", "2026-04-04T00:00:00Z", "2026-04-05T12:00:00Z"),
        ["2026-04-04T14:45:00Z"]
    );
}

#[test]
fn a_day_that_a_zone_skipped_fires_at_the_jump() {
    // Samoa had no 30 December 2011.
    assert_eq!(
        fires("0 9 30 12 *", "Pacific/Apia", "2011-12-29T00:00:00Z", "2012-01-02T00:00:00Z"),
        ["2011-12-30T10:00:00Z"]
    );
}

#[test]
fn what_is_no_schedule_is_refused_with_a_way_out() {
    assert_eq!(
        refused("* * * *"),
        "a cron expression has five fields: write minute, hour, day of month, month and day of week: `30 7 * * mon-fri`"
    );
    assert_eq!(refused("60 * * * *"), "`60` is no minute: use 0 to 59");
    assert_eq!(refused("0 0 * * mond"), "`mond` is no day of week: use 0 to 7, or `sun` to `sat` (mon?)");
    assert_eq!(
        refused("0 5-3 * * *"),
        "`5-3` of the hour ends before it begins: write the smaller number first, or two ranges"
    );
    assert_eq!(refused("*/0 * * * *"), "the step of `*/0` is no number from 1 to 60: write `*/5` for every fifth");
    assert_eq!(refused("+1 * * * *"), "`+1` is no minute: use 0 to 59");
    assert_eq!(refused("0 0 30 2 *"), "`0 0 30 2 *` never comes: no month that it names has the day");
    assert_eq!(refused(&"* ".repeat(100_000)).get(..10), Some("a cron exp"));
    let error = Schedule::read(&model::Schedule { cron: "* * * * *".into(), zone: "Europe/Copenhagn".into() });
    assert_eq!(error.unwrap_err().suggestion.as_deref(), Some("Europe/Copenhagen"));
}
