//! One calendar, sorted by kind and start. External events, most of what there is, take sixteen bytes each.

use crate::{Calendar, CalendarSlot, GroupId, Instant, MeetingId, ShowAs, SignIn, Span, Status};

/// A calendar as searches read it: each list by start.
#[derive(Debug, Clone, Default)]
pub(crate) struct Agenda {
    /// External events.
    pub(crate) busy: Spans,
    /// What may have to be overlooked, or is more than in the way.
    pub(crate) held: Vec<Held>,
    /// No entry of `held` is longer, in microseconds.
    pub(crate) longest_held: i64,
    pub(crate) elsewhere: Spans,
    pub(crate) extra: Spans,
    pub(crate) internal_free: Vec<(Span, Option<MeetingId>)>,
    pub(crate) sign_ins: Vec<SignIn>,
}

/// Stretches by start.
#[derive(Debug, Clone, Default)]
pub(crate) struct Spans {
    pub(crate) list: Vec<Span>,
    /// No stretch is longer, in microseconds.
    longest: i64,
}

impl Spans {
    /// The stretches that may reach into `range`, and few others.
    pub(crate) fn around(&self, range: Span) -> &[Span] {
        let from = self.list.partition_point(|span| span.start < range.start.plus(-self.longest));
        let until = self.list.partition_point(|span| span.start < range.end);
        self.list.get(from..until).unwrap_or(&[])
    }

    fn replace(&mut self, within: Span, mut new: Vec<Span>) {
        self.longest = new.iter().map(|span| span.length()).fold(self.longest, i64::max);
        new.sort_unstable();
        splice(&mut self.list, within, new, |span| span.start);
    }
}

/// A meeting, a hold, or time around a meeting.
#[derive(Debug, Clone)]
pub(crate) struct Held {
    pub(crate) span: Span,
    pub(crate) kind: Kind,
    pub(crate) meeting: Option<MeetingId>,
    pub(crate) hold: Option<Hold>,
}

/// Whose hold, and until when.
#[derive(Debug, Clone)]
pub(crate) struct Hold {
    pub(crate) token: Box<str>,
    pub(crate) expires: Instant,
}

/// What is in the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Reserved,
    Booked,
    Internal,
    Busy,
    Before,
    After,
    Travel,
}

impl Kind {
    /// Whether other meetings keep their distance.
    pub(crate) fn is_widened(self) -> bool {
        matches!(self, Self::Reserved | Self::Booked | Self::Internal)
    }

    /// Whether it counts towards the most time of a day.
    pub(crate) fn is_counted(self) -> bool {
        matches!(self, Self::Reserved | Self::Booked)
    }
}

impl Agenda {
    pub(crate) fn new(calendar: &Calendar) -> Self {
        let mut agenda = Self::default();
        agenda.replace(Span::new(Instant(i64::MIN), Instant(i64::MAX)), calendar);
        agenda
    }

    /// Puts a calendar in place of all that starts in `within`.
    pub(crate) fn replace(&mut self, within: Span, calendar: &Calendar) {
        let mut new = New::default();
        calendar.slots.iter().filter(|slot| !slot.span.is_empty()).for_each(|slot| new.put(slot));
        self.longest_held = new.held.iter().map(|held| held.span.length()).fold(self.longest_held, i64::max);
        new.held.sort_by_key(|held| held.span);
        splice(&mut self.held, within, new.held, |held| held.span.start);
        splice(&mut self.internal_free, within, new.internal_free, |(span, _)| span.start);
        self.busy.replace(within, new.busy);
        self.elsewhere.replace(within, new.elsewhere);
        self.extra.replace(within, new.extra);
        let mut sign_ins = calendar.sign_ins.clone();
        sign_ins.sort_by_key(|sign_in| sign_in.start);
        splice(&mut self.sign_ins, within, sign_ins, |sign_in| sign_in.start);
    }

    /// The entries of `held` that may reach into `range`, and few others.
    pub(crate) fn held_around(&self, range: Span) -> &[Held] {
        let from = self.held.partition_point(|held| held.span.start < range.start.plus(-self.longest_held));
        let until = self.held.partition_point(|held| held.span.start < range.end);
        self.held.get(from..until).unwrap_or(&[])
    }

    pub(crate) fn sign_ins_to(&self, group: GroupId) -> impl Iterator<Item = &SignIn> {
        self.sign_ins.iter().filter(move |sign_in| sign_in.group == group)
    }
}

/// What is put into an agenda, sorted by what it is.
#[derive(Default)]
struct New {
    busy: Vec<Span>,
    held: Vec<Held>,
    elsewhere: Vec<Span>,
    extra: Vec<Span>,
    internal_free: Vec<(Span, Option<MeetingId>)>,
}

impl New {
    fn put(&mut self, slot: &CalendarSlot) {
        let span = slot.span;
        match &slot.status {
            Status::Reserved { token, expires } => {
                let hold = Hold { token: token.as_str().into(), expires: *expires };
                self.held.push(Held { span, kind: Kind::Reserved, meeting: slot.meeting, hold: Some(hold) });
            }
            Status::Booked => self.hold(slot, Kind::Booked),
            Status::BookedInternalBusy => self.hold(slot, Kind::Internal),
            Status::BookedInternalFree => self.internal_free.push((span, slot.meeting)),
            Status::Busy if slot.meeting.is_none() => self.busy.push(span),
            Status::Busy => self.hold(slot, Kind::Busy),
            Status::PreProcessing(show_as) => self.around(slot, *show_as, Kind::Before),
            Status::PostProcessing(show_as) => self.around(slot, *show_as, Kind::After),
            Status::TravelTime(show_as) => self.around(slot, *show_as, Kind::Travel),
            Status::WorkingFromElsewhere => self.elsewhere.push(span),
            Status::ExtraOpen => self.extra.push(span),
        }
    }

    fn hold(&mut self, slot: &CalendarSlot, kind: Kind) {
        self.held.push(Held { span: slot.span, kind, meeting: slot.meeting, hold: None });
    }

    fn around(&mut self, slot: &CalendarSlot, show_as: ShowAs, kind: Kind) {
        if show_as != ShowAs::Free {
            self.hold(slot, kind);
        }
    }
}

/// Puts `new` in place of what starts in `within`. Both lists are sorted by start.
fn splice<T>(list: &mut Vec<T>, within: Span, new: Vec<T>, start: impl Fn(&T) -> Instant) {
    let from = list.partition_point(|one| start(one) < within.start);
    let until = list.partition_point(|one| start(one) < within.end);
    list.splice(from..until.max(from), new);
}
