//! What is in the way: starts that a calendar leaves.

use super::Job;
use crate::compile::{Agenda, Held, Kind};
use crate::time::{Bits, Grid, Sieve};
use crate::{Instant, Span};

/// Whether an entry counts for a job: not for one that overlooks its meeting, nor a hold that has expired or is the
/// caller's own.
pub(crate) fn in_force(job: &Job<'_>, held: &Held) -> bool {
    let hold = held.hold.as_ref();
    let lives = hold.is_none_or(|hold| job.now < hold.expires && job.request.token.as_deref() != Some(&*hold.token));
    lives && !job.overlooks(held.meeting)
}

/// Takes out starts with a stretch from `lead` microseconds before the end of which lies after its start: a start `s` is
/// taken out by a stretch `[x, y)` if `x - lead < s < y + trail`. Stretches come by start. How many it looked at.
fn take_out(grid: &Grid, bits: &mut Bits, spans: impl Iterator<Item = Span>, lead: i64, trail: i64) -> usize {
    let Some((_, last)) = grid.ends() else { return 0 };
    let (mut open, mut seen) = (None::<Span>, 0);
    let mut close = |span: Span| bits.unset(grid.position(span.start), grid.position(span.end));
    for span in spans {
        seen += 1;
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
    seen
}

impl Job<'_> {
    /// The stretch that anything in the way of a start of the grid reaches into.
    fn reach(&self) -> Span {
        let (first, last) = self.grid.ends().unwrap_or((self.now, self.now));
        let before = self.before.max(self.between);
        let after = self.length + self.after.max(self.between);
        Span::new(first, last.plus(1)).widened(before, after)
    }

    /// What takes out starts by cells, as [`take_out`] does by stretches.
    pub(crate) fn sieve(&self, lead: i64, trail: i64) -> Sieve {
        let runs = self.grid.runs().iter().map(|run| (run.first, run.position, run.len));
        Sieve::new(runs, self.setup().interval, lead, trail)
    }

    /// Takes out starts at which something is in the way, whatever the type. The sieve is for the whole time that a meeting
    /// needs. How many entries it looked at, here and below.
    pub(crate) fn take_out_busy(&self, agenda: &Agenda, sieve: &mut Sieve, bits: &mut Bits) -> usize {
        let reach = self.reach();
        let (lead, trail) = (self.length + self.after, self.before);
        let mut seen = self.take_out_external(agenda, sieve, bits, (lead, trail));
        let held = || agenda.held_around(reach).iter().filter(|held| in_force(self, held));
        seen += take_out(&self.grid, bits, held().map(|held| held.span), lead, trail);
        if self.between > 0 {
            let widened = held().filter(|held| held.kind.is_widened()).map(|held| held.span);
            seen += take_out(&self.grid, bits, widened, self.length + self.between, self.between);
        }
        seen
    }

    fn take_out_external(&self, agenda: &Agenda, sieve: &mut Sieve, bits: &mut Bits, around: (i64, i64)) -> usize {
        let busy = agenda.busy.around(self.reach()).iter().copied();
        sieve.take_out(&agenda.cells, bits) + take_out(&self.grid, bits, busy, around.0, around.1)
    }

    /// Takes out starts of physical meetings while the employee works from elsewhere.
    pub(crate) fn take_out_elsewhere(&self, agenda: &Agenda, bits: &mut Bits) -> usize {
        let elsewhere = agenda.elsewhere.around(self.reach()).iter().copied();
        take_out(&self.grid, bits, elsewhere, self.length, 0)
    }

    /// Takes out starts at which a room is taken: nobody keeps a distance in a room. The sieve is for the meeting alone.
    pub(crate) fn take_out_taken(&self, agenda: &Agenda, sieve: &mut Sieve, bits: &mut Bits) -> usize {
        let held = agenda.held_around(self.reach()).iter().filter(|held| in_force(self, held));
        let seen = take_out(&self.grid, bits, held.map(|held| held.span), self.length, 0);
        seen + self.take_out_external(agenda, sieve, bits, (self.length, 0))
    }
}

/// What is in the way of one meeting: kinds that overlap all that it needs, and whether one is too near to it.
pub(crate) fn kinds_in_the_way(job: &Job<'_>, agenda: &Agenda, start: Instant) -> (Vec<Kind>, bool) {
    let body = job.body(start);
    let all = body.widened(job.before, job.after);
    let reach = all.widened(job.between, job.between);
    let mut kinds = Vec::new();
    if agenda.busy.overlap(all) || agenda.cells.overlaps(all) {
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
