//! What is in the way: starts that a calendar leaves.

use super::Job;
use crate::compile::{Agenda, Held, Kind};
use crate::time::{Bits, Grid};
use crate::{Instant, Span};

/// Whether an entry counts for a job: not for one that overlooks its meeting, nor a hold that has expired or is the
/// caller's own.
pub(crate) fn in_force(job: &Job<'_>, held: &Held) -> bool {
    let hold = held.hold.as_ref();
    let lives = hold.is_none_or(|hold| job.now < hold.expires && job.request.token.as_deref() != Some(&*hold.token));
    lives && !job.overlooks(held.meeting)
}

/// Takes out starts with a stretch from `lead` microseconds before the end of which lies after its start: a start `s` is
/// taken out by a stretch `[x, y)` if `x - lead < s < y + trail`. Stretches come by start.
fn take_out(grid: &Grid, bits: &mut Bits, spans: impl Iterator<Item = Span>, lead: i64, trail: i64) {
    let Some((_, last)) = grid.ends() else { return };
    let (mut open, mut near) = (None::<Span>, 0);
    let mut close = |span: Span| {
        let from = grid.walk(span.start, near);
        near = grid.walk(span.end, from);
        bits.unset(from, near);
    };
    for span in spans {
        // Half-open in whole microseconds.
        let taken = Span::new(span.start.plus(1 - lead), span.end.plus(trail));
        if taken.start > last {
            break;
        }
        match open {
            Some(ref mut united) if taken.start <= united.end => united.end = united.end.max(taken.end),
            _ => {
                if let Some(done) = open.replace(taken) {
                    close(done);
                }
            }
        }
    }
    if let Some(done) = open {
        close(done);
    }
}

impl Job<'_> {
    /// The stretch that anything in the way of a start of the grid reaches into.
    fn reach(&self) -> Span {
        let (first, last) = self.grid.ends().unwrap_or((self.now, self.now));
        let before = self.before.max(self.between);
        let after = self.length + self.after.max(self.between);
        Span::new(first, last.plus(1)).widened(before, after)
    }

    /// Takes out starts at which something is in the way, whatever the type.
    pub(crate) fn take_out_busy(&self, agenda: &Agenda, bits: &mut Bits) {
        let reach = self.reach();
        let (lead, trail) = (self.length + self.after, self.before);
        take_out(&self.grid, bits, agenda.busy.around(reach).iter().copied(), lead, trail);
        let held = || agenda.held_around(reach).iter().filter(|held| in_force(self, held));
        take_out(&self.grid, bits, held().map(|held| held.span), lead, trail);
        if self.between > 0 {
            let widened = held().filter(|held| held.kind.is_widened()).map(|held| held.span);
            take_out(&self.grid, bits, widened, self.length + self.between, self.between);
        }
    }

    /// Takes out starts of physical meetings while the employee works from elsewhere.
    pub(crate) fn take_out_elsewhere(&self, agenda: &Agenda, bits: &mut Bits) {
        let elsewhere = agenda.elsewhere.around(self.reach()).iter().copied();
        take_out(&self.grid, bits, elsewhere, self.length, 0);
    }

    /// Takes out starts at which a room is taken: nobody keeps a distance in a room.
    pub(crate) fn take_out_taken(&self, agenda: &Agenda, bits: &mut Bits) {
        let reach = self.reach();
        take_out(&self.grid, bits, agenda.busy.around(reach).iter().copied(), self.length, 0);
        let held = agenda.held_around(reach).iter().filter(|held| in_force(self, held));
        take_out(&self.grid, bits, held.map(|held| held.span), self.length, 0);
    }
}

/// What is in the way of one meeting: kinds that overlap all that it needs, and whether one is too near to it.
pub(crate) fn kinds_in_the_way(job: &Job<'_>, agenda: &Agenda, start: Instant) -> (Vec<Kind>, bool) {
    let body = job.body(start);
    let all = body.widened(job.before, job.after);
    let reach = all.widened(job.between, job.between);
    let mut kinds = Vec::new();
    if agenda.busy.around(all).iter().any(|busy| busy.overlaps(all)) {
        kinds.push(Kind::Busy);
    }
    let mut too_near = false;
    for held in agenda.held_around(reach).iter().filter(|held| in_force(job, held)) {
        if held.span.overlaps(all) {
            kinds.push(held.kind);
        }
        let distant = held.span.widened(job.between, job.between);
        too_near |= held.kind.is_widened() && distant.overlaps(body);
    }
    (kinds, too_near)
}
