//! One calendar, sorted by kind and start. External events, most of what there is, are bits of five minutes.

use crate::time::{Cells, Zone};
use crate::{Calendar, CalendarSlot, GroupId, Instant, MeetingId, ShowAs, SignIn, Span, Status};

/// A calendar as searches read it: each list by start.
#[derive(Debug, Clone)]
pub(crate) struct Agenda {
    /// External events that are made of whole cells and do not go beyond their local day.
    pub(crate) cells: Cells,
    /// External events that do, or are not.
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

impl Agenda {
    /// About how many bytes it takes.
    pub(crate) fn bytes(&self) -> usize {
        let Self { cells, busy, held, elsewhere, extra, internal_free, sign_ins, longest_held: _ } = self;
        let spans: usize = [busy, elsewhere, extra].map(Spans::bytes).iter().sum();
        let lists = size_of_val(held.as_slice()) + size_of_val(internal_free.as_slice());
        size_of::<Self>() + cells.bytes() + spans + lists + size_of_val(sign_ins.as_slice())
    }
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

    /// Whether a stretch overlaps one of them.
    pub(crate) fn overlap(&self, span: Span) -> bool {
        self.around(span).iter().any(|one| one.overlaps(span))
    }

    fn bytes(&self) -> usize {
        size_of_val(self.list.as_slice())
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

/// What calendars are sorted by: where local days begin, and how far starts are apart.
#[derive(Debug)]
pub(crate) struct Layout<'z> {
    zone: &'z Zone,
    interval: u8,
    /// The day that was asked for last: events come in order, so mostly it is that of the next.
    day: Span,
}

impl<'z> Layout<'z> {
    pub(crate) fn new(zone: &'z Zone, interval: u8) -> Self {
        Self { zone, interval, day: Span::new(Instant(0), Instant(0)) }
    }

    /// As [`new`](Self::new), with a local day that is known.
    pub(crate) fn of_day(zone: &'z Zone, interval: u8, day: Span) -> Self {
        Self { day, ..Self::new(zone, interval) }
    }

    /// The cells of an event, if it can be kept as such: so that a day can be replaced, it has to stay within its own.
    fn cells(&mut self, event: Span) -> Option<(i64, i64)> {
        let cells = Cells::whole(event)?;
        if event.start < self.day.start || self.day.end <= event.start {
            self.day = self.zone.day(self.zone.local(event.start).date())?;
        }
        self.day.holds(event).then_some(cells)
    }
}

impl Agenda {
    pub(crate) fn new(calendar: &Calendar, layout: &mut Layout<'_>) -> Self {
        let mut agenda = Self::empty(layout.interval);
        agenda.replace(Span::new(Instant(i64::MIN), Instant(i64::MAX)), calendar, layout);
        agenda
    }

    /// A calendar with nothing in it, for starts every so many minutes.
    pub(crate) fn empty(interval: u8) -> Self {
        Self {
            cells: Cells::none(interval),
            busy: Spans::default(),
            held: Vec::new(),
            longest_held: 0,
            elsewhere: Spans::default(),
            extra: Spans::default(),
            internal_free: Vec::new(),
            sign_ins: Vec::new(),
        }
    }

    /// Puts a calendar in place of all that starts in `within`: a local day, or all there is.
    pub(crate) fn replace(&mut self, within: Span, calendar: &Calendar, layout: &mut Layout<'_>) {
        let mut new = New::default();
        calendar.slots.iter().filter(|slot| !slot.span.is_empty()).for_each(|slot| new.put(slot));
        self.longest_held = new.held.iter().map(|held| held.span.length()).fold(self.longest_held, i64::max);
        new.held.sort_by_key(|held| held.span);
        splice(&mut self.held, within, new.held, |held| held.span.start);
        splice(&mut self.internal_free, within, new.internal_free, |(span, _)| span.start);
        self.replace_busy(within, new.busy, layout);
        self.elsewhere.replace(within, new.elsewhere);
        self.extra.replace(within, new.extra);
        let mut sign_ins = calendar.sign_ins.clone();
        sign_ins.sort_by_key(|sign_in| sign_in.start);
        splice(&mut self.sign_ins, within, sign_ins, |sign_in| sign_in.start);
    }

    fn replace_busy(&mut self, within: Span, mut new: Vec<Span>, layout: &mut Layout<'_>) {
        self.cells.free(within);
        new.sort_unstable();
        new.retain(|event| match layout.cells(*event) {
            Some((from, until)) => {
                self.cells.set(from, until);
                false
            }
            None => true,
        });
        self.busy.replace(within, new);
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
