//! Any history of holds, bookings, moves and cancellations, held against a list of what ought to stand in calendars.

use std::collections::BTreeMap;

use engage_bookme::calendar::{HOLD, NewSlot, Reservation};
use engage_bookme::meetings::{Booking, Cancellation, Meeting, MeetingChange, MeetingDetails};
use engage_bookme::model::{Around, MeetingConfiguration};
use engage_bookme::values::{SlotStatus, TimeSpan};
use engage_bookme::{Bookme, Error};
use jiff::Timestamp;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use uuid::Uuid;

use crate::calendar::{offered, request, staff, time};
use crate::meetings::{booking, online};
use crate::world::{ANNA, BO, Office, World, id, monday};

/// Each history is long, and each world has a database of its own.
const HISTORIES: u32 = 5;
const STEPS: usize = 60;

#[derive(Debug, Clone)]
enum Step {
    /// A token holds an hour of somebody, for a new meeting or the move of one.
    Hold {
        token: u8,
        whose: u8,
        half_hour: u8,
        moving: Option<u8>,
    },
    Release(u8),
    /// What a token holds is booked, with or without the other employee.
    Book {
        token: u8,
        together: bool,
    },
    /// A meeting is moved to what a token holds.
    Move {
        meeting: u8,
        token: u8,
    },
    /// A time is held for a meeting, which is moved there.
    Shift {
        meeting: u8,
        token: u8,
        half_hour: u8,
    },
    Cancel(u8),
    Pass(u16),
}

fn step() -> impl Strategy<Value = Step> {
    let (token, meeting) = (|| 0..3_u8, || 0..4_u8);
    prop_oneof![
        6 => (token(), 0..2_u8, 0..14_u8, prop::option::weighted(0.2, meeting()))
            .prop_map(|(token, whose, half_hour, moving)| Step::Hold { token, whose, half_hour, moving }),
        1 => token().prop_map(Step::Release),
        4 => (token(), any::<bool>()).prop_map(|(token, together)| Step::Book { token, together }),
        3 => (meeting(), token()).prop_map(|(meeting, token)| Step::Move { meeting, token }),
        4 => (meeting(), token(), 0..14_u8)
            .prop_map(|(meeting, token, half_hour)| Step::Shift { meeting, token, half_hour }),
        1 => meeting().prop_map(Step::Cancel),
        1 => (0..320_u16).prop_map(Step::Pass),
    ]
}

/// A hold as it ought to be.
#[derive(Debug, Clone, Copy)]
struct Held {
    slot: Uuid,
    whose: Uuid,
    start: Timestamp,
    until: i64,
    moving: Option<Uuid>,
}

/// A meeting as it ought to be: an hour, and a quarter before it.
#[derive(Debug, Clone)]
struct Met {
    id: Uuid,
    owner: Uuid,
    others: Vec<Uuid>,
    start: Timestamp,
}

/// What ought to be, told by nothing but what was answered before.
#[derive(Debug, Default)]
struct Model {
    now: i64,
    holds: BTreeMap<u8, Held>,
    meetings: Vec<Met>,
}

fn later(at: Timestamp, minutes: i64) -> Timestamp {
    at + jiff::SignedDuration::from_mins(minutes)
}

impl Model {
    fn let_expire(&mut self) {
        let now = self.now;
        self.holds.retain(|_, held| now < held.until);
    }

    /// Whether something stands in the way of an hour of somebody.
    fn is_taken(&self, whose: Uuid, start: Timestamp, token: Option<u8>, meeting: Option<Uuid>) -> bool {
        let overlaps = |from, until| from < later(start, 60) && start < until;
        let by_hold = self.holds.iter().any(|(of, held)| {
            let own = token == Some(*of) || (meeting.is_some() && held.moving == meeting);
            !own && held.whose == whose && overlaps(held.start, later(held.start, 60))
        });
        let by_meeting = self.meetings.iter().filter(|met| Some(met.id) != meeting).any(|met| {
            let until = later(met.start, 60);
            (met.owner == whose && overlaps(later(met.start, -15), until))
                || (met.others.contains(&whose) && overlaps(met.start, until))
        });
        by_hold || by_meeting
    }

    /// What stands in the calendar of somebody.
    fn calendar(&self, whose: Uuid) -> Vec<(Timestamp, Timestamp, SlotStatus)> {
        let mut slots = Vec::new();
        for held in self.holds.values().filter(|held| held.whose == whose) {
            slots.push((held.start, later(held.start, 60), SlotStatus::Reserved));
        }
        for met in &self.meetings {
            if met.owner == whose {
                slots.push((later(met.start, -15), met.start, SlotStatus::PreProcessing));
            }
            if met.owner == whose || met.others.contains(&whose) {
                slots.push((met.start, later(met.start, 60), SlotStatus::Booked));
            }
        }
        slots.sort_unstable();
        slots
    }
}

struct History<'w> {
    world: &'w World,
    other: Bookme,
    office: Office,
    model: Model,
    /// How many meetings were booked and moved, so that histories are known to be about something.
    booked: usize,
    moved: usize,
}

impl History<'_> {
    /// Servers take turns.
    fn server(&self, turn: usize) -> &Bookme {
        if turn.is_multiple_of(2) { &self.world.bookme } else { &self.other }
    }

    async fn act(&mut self, turn: usize, step: &Step) {
        self.model.let_expire();
        match step {
            Step::Hold { token, whose, half_hour, moving } => {
                let moving = moving.and_then(|n| self.model.meetings.get(usize::from(n))).map(|met| met.id);
                self.hold(turn, *token, if *whose == 0 { id(ANNA) } else { id(BO) }, *half_hour, moving).await;
            }
            Step::Release(token) => {
                let there = self.model.holds.remove(token).is_some();
                let released =
                    self.server(turn).release(&self.world.tenancy, id(u128::from(*token) + 1), &staff()).await;
                assert_eq!(released.unwrap(), there);
            }
            Step::Book { token, together } => self.book(turn, *token, *together).await,
            Step::Move { meeting, token } => self.change(turn, usize::from(*meeting), *token).await,
            Step::Shift { meeting, token, half_hour } => {
                let Some(met) = self.model.meetings.get(usize::from(*meeting)).cloned() else { return };
                self.hold(turn, *token, met.owner, *half_hour, Some(met.id)).await;
                self.change(turn + 1, usize::from(*meeting), *token).await;
            }
            Step::Cancel(meeting) => {
                let n = usize::from(*meeting);
                let Some(met) = self.model.meetings.get(n).cloned() else { return };
                let (tenancy, why) = (&self.world.tenancy, Cancellation::default());
                self.server(turn).cancel(tenancy, met.id, why, &staff()).await.unwrap();
                self.model.meetings.remove(n);
                self.model.holds.retain(|_, held| held.moving != Some(met.id));
            }
            Step::Pass(seconds) => {
                self.world.pass(i64::from(*seconds) * 1_000);
                self.model.now += i64::from(*seconds);
            }
        }
    }

    async fn hold(&mut self, turn: usize, token: u8, whose: Uuid, half_hour: u8, moving: Option<Uuid>) {
        let start = later(monday("08:00"), i64::from(half_hour) * 30);
        let slot = NewSlot { start, end: later(start, 60), employee_id: Some(whose), ..time(ANNA, "08:00", "09:00") };
        let reservation = Reservation { slot, token: id(u128::from(token) + 1), existing_meeting_id: moving };
        let answer = self.server(turn).reserve(&self.world.tenancy, &reservation, &staff()).await;
        let taken = self.model.is_taken(whose, start, Some(token), moving);
        match answer {
            Ok(slot) => {
                assert!(!taken, "{reservation:?} {:?}", self.model);
                let until = self.model.now + i64::try_from(HOLD.as_secs()).unwrap();
                self.model.holds.insert(token, Held { slot: slot.id, whose, start, until, moving });
            }
            Err(Error::Conflict(why)) => assert!(taken && why.as_str() == "TIME_SLOT_TAKEN", "{:?}", self.model),
            Err(error) => panic!("{error:?}"),
        }
    }

    async fn book(&mut self, turn: usize, token: u8, together: bool) {
        let Some(held) = self.model.holds.get(&token).copied() else { return };
        let other = if held.whose == id(ANNA) { id(BO) } else { id(ANNA) };
        let others = if together { vec![other] } else { Vec::new() };
        let details =
            MeetingDetails { employee_id: held.whose, additional_employees: others.clone(), ..online(&self.office) };
        let asked = Booking { ..booking(details, Some(held.slot)) };
        let answer = self.server(turn).book(&self.world.tenancy, asked, &staff()).await;
        // The same caller's hold of the other employee, at that very time, is used up.
        let own = self
            .model
            .holds
            .iter()
            .find(|(_, one)| one.whose == other && one.start == held.start && one.moving.is_none() && together);
        let own = own.map(|(token, _)| *token);
        // What is held is its holder's, whatever was put around other meetings since.
        let taken = together && own.is_none() && self.model.is_taken(other, held.start, None, None);
        match answer {
            Ok(meeting) => {
                assert!(!taken && held.moving.is_none(), "{:?}", self.model);
                self.model.holds.remove(&token);
                own.map(|own| self.model.holds.remove(&own));
                self.booked += 1;
                self.model.meetings.push(Met { id: meeting.id, owner: held.whose, others, start: held.start });
            }
            Err(Error::Conflict(_)) => {
                assert!(taken || held.moving.is_some(), "{held:?} {:?}", self.model);
            }
            Err(error) => panic!("{error:?}"),
        }
    }

    async fn change(&mut self, turn: usize, n: usize, token: u8) {
        let (Some(met), Some(held)) = (self.model.meetings.get(n).cloned(), self.model.holds.get(&token).copied())
        else {
            return;
        };
        let slot = held.slot;
        let to = move |meeting: &Meeting| {
            Ok(MeetingChange { details: meeting.details.clone(), time_slot_id: Some(slot), needs_address: true })
        };
        let answer = self.server(turn).change_meeting(&self.world.tenancy, met.id, &staff(), to).await;
        let fits = held.whose == met.owner && held.moving.is_none_or(|meeting| meeting == met.id);
        let mut used = vec![token];
        let mut taken = false;
        for other in &met.others {
            let own = self
                .model
                .holds
                .iter()
                .find(|(_, one)| one.whose == *other && one.start == held.start && one.moving.is_none());
            let own = own.map(|(token, _)| *token);
            taken |= own.is_none() && self.model.is_taken(*other, held.start, None, Some(met.id));
            used.extend(own);
        }
        match answer {
            Ok(_) => {
                assert!(fits && !taken, "{met:?} {held:?} {:?}", self.model);
                self.model.holds.retain(|token, _| !used.contains(token));
                self.moved += usize::from(met.start != held.start);
                self.model.meetings[n].start = held.start;
            }
            Err(Error::Conflict(_)) => assert!(!fits || taken, "{met:?} {held:?} {:?}", self.model),
            Err(error) => panic!("{error:?}"),
        }
    }

    /// Calendars are as they ought to be, nothing overlaps, and nothing is offered that is taken.
    async fn check(&mut self) {
        self.model.let_expire();
        let range = (monday("00:00"), monday("23:00"));
        for whose in [id(ANNA), id(BO)] {
            let slots = self.other.time_slots(&self.world.tenancy, range, Some(whose), None, &[]).await.unwrap();
            let mut found: Vec<_> = slots.iter().map(|slot| (slot.start, slot.end, slot.status)).collect();
            found.sort_unstable();
            assert_eq!(found, self.model.calendar(whose), "{:?}", self.model);
            let main: Vec<_> = slots.iter().filter(|slot| slot.status.is_guarded()).collect();
            for pair in main.windows(2) {
                let same = pair[0].meeting_id.is_some() && pair[0].meeting_id == pair[1].meeting_id;
                assert!(same || pair[0].end <= pair[1].start, "{pair:?}");
            }
        }
        for start in offered(self.world, &request(&self.office)).await {
            let start = monday(&start);
            assert!(!self.model.is_taken(id(ANNA), start, None, None), "{start} {:?}", self.model);
        }
    }
}

/// Invariants 17 to 20.
pub(crate) async fn all(world: &impl AsyncFn() -> World) {
    let mut runner = TestRunner::deterministic();
    let (mut booked, mut moved) = (0, 0);
    for _ in 0..HISTORIES {
        let steps = prop::collection::vec(step(), STEPS).new_tree(&mut runner).unwrap().current();
        let world = world().await;
        let row = MeetingConfiguration {
            pre_processing: Some(Around { duration: TimeSpan::minutes(15), show_as: None }),
            ..MeetingConfiguration::default()
        };
        let office = world.office(row).await;
        let other = world.again().await;
        let mut history = History { world: &world, other, office, model: Model::default(), booked: 0, moved: 0 };
        for (turn, step) in steps.iter().enumerate() {
            history.act(turn, step).await;
            history.check().await;
        }
        booked += history.booked;
        moved += history.moved;
    }
    assert!(booked >= 10 && moved >= 2, "{booked} {moved}");
}
