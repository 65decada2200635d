//! Many at once, of two processes: each time is somebody's, or nobody's.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use engage_bookme::calendar::{NewSlot, TimeSlot};
use engage_bookme::meetings::MeetingDetails;
use engage_bookme::model::{Kept, Location};
use engage_bookme::values::MeetingType;
use engage_bookme::{Bookme, Error};
use futures_util::future::join_all;

use crate::calendar::{hold, staff, time};
use crate::meetings::{at_ten, booking, online};
use crate::world::{ANNA, BO, FJORD, PLACE, World, id, refused};

pub(crate) async fn all(world: &impl AsyncFn() -> World) {
    one_time_for_many(&world().await).await;
    overlapping_times(&world().await).await;
    one_token_for_many(&world().await).await;
    one_hold_is_booked_once(&world().await).await;
    one_room_for_many(&world().await).await;
}

/// Lets both processes do something many times, each as a task of its own.
async fn at_once<T: Send + 'static>(
    world: &World,
    many: u128,
    act: impl Fn(Bookme, u128) -> std::pin::Pin<Box<dyn Future<Output = T> + Send>>,
) -> Vec<T> {
    let other = world.again().await;
    let tasks = (0..many).map(|n| {
        let bookme = if n % 2 == 0 { world.bookme.clone() } else { other.clone() };
        tokio::spawn(act(bookme, n))
    });
    join_all(tasks.collect::<Vec<_>>()).await.into_iter().map(Result::unwrap).collect()
}

fn won(answers: Vec<Result<TimeSlot, Error>>) -> Vec<TimeSlot> {
    let mut won = Vec::new();
    for answer in answers {
        match answer {
            Ok(slot) => won.push(slot),
            lost => assert_eq!(refused(lost), "TIME_SLOT_TAKEN"),
        }
    }
    won
}

async fn one_time_for_many(world: &World) {
    world.employee(ANNA, "anna").await;
    let at = world.tenancy;
    let answers = at_once(world, 40, move |bookme, n| {
        Box::pin(async move { bookme.reserve(&at, &hold(n, time(ANNA, "10:00", "11:00")), &staff()).await })
    });
    assert_eq!(won(answers.await).len(), 1);
}

/// Invariant 19: employees and rooms, whole and half hours.
async fn overlapping_times(world: &World) {
    for (n, name) in [(ANNA, "anna"), (BO, "bo")] {
        world.employee(n, name).await;
    }
    world.room(FJORD, "fjord").await;
    let at = world.tenancy;
    let answers = at_once(world, 60, move |bookme, n| {
        let from = format!("{:02}:{:02}", 8 + n % 5, if n % 3 == 0 { 30 } else { 0 });
        let until = format!("{:02}:{:02}", 9 + n % 5, if n % 3 == 0 { 30 } else { 0 });
        let whose = if n % 4 == 0 { BO } else { ANNA };
        let room_id = (n % 5 < 2).then(|| id(FJORD));
        let slot = NewSlot { room_id, ..time(whose, &from, &until) };
        Box::pin(async move { bookme.reserve(&at, &hold(n, slot), &staff()).await })
    });
    let won = won(answers.await);
    assert!(won.len() >= 4, "{}", won.len());
    for (position, one) in won.iter().enumerate() {
        for other in won.iter().skip(position + 1) {
            let same = one.employee_id == other.employee_id || (one.room_id.is_some() && one.room_id == other.room_id);
            assert!(!same || one.end <= other.start || other.end <= one.start, "{one:?} {other:?}");
        }
    }
}

/// However many calls with one token there are, one hold is left, and all were answered.
async fn one_token_for_many(world: &World) {
    world.employee(ANNA, "anna").await;
    let at = world.tenancy;
    let answers = at_once(world, 12, move |bookme, n| {
        let slot = time(ANNA, &format!("{:02}:00", 8 + n % 6), &format!("{:02}:00", 9 + n % 6));
        Box::pin(async move { bookme.reserve(&at, &hold(1, slot), &staff()).await })
    });
    assert_eq!(won(answers.await).len(), 12);
    assert_eq!(world.calendar(ANNA).await.len(), 1);
}

async fn one_hold_is_booked_once(world: &World) {
    let office = world.office(engage_bookme::model::MeetingConfiguration::default()).await;
    let at = world.tenancy;
    let held = world.bookme.reserve(&at, &hold(1, time(ANNA, "10:00", "11:00")), &staff()).await.unwrap();
    let booked = Arc::new(AtomicUsize::new(0));
    let count = booked.clone();
    let booking = booking(online(&office), Some(held.id));
    let answers = at_once(world, 10, move |bookme, _| {
        let (booking, count) = (booking.clone(), count.clone());
        Box::pin(async move {
            let answer = bookme.book(&at, booking, &staff()).await;
            count.fetch_add(usize::from(answer.is_ok()), Ordering::SeqCst);
            answer.is_ok() || refused(answer) == "RESERVATION_USED"
        })
    });
    assert!(answers.await.into_iter().all(|right| right));
    assert_eq!(booked.load(Ordering::SeqCst), 1);
    assert_eq!(world.told().await.len(), 1);
}

/// Where rooms are optional, who comes too late for the only one is booked without; nobody is refused for it.
async fn one_room_for_many(world: &World) {
    let office = world.office(engage_bookme::model::MeetingConfiguration::default()).await;
    let at = world.tenancy;
    let rooms = |kept: &Kept<Location>| Ok(Location { add_rooms_to_booked_meetings: true, ..kept.value.clone() });
    world.bookme.update(&at, Location::id_of(&at, PLACE), rooms).await.unwrap();
    for n in 0..8 {
        world.employee(40 + n, &format!("employee {n}")).await;
    }
    let physical = MeetingDetails { meeting_type: MeetingType::Physical, ..online(&office) };
    let answers = at_once(world, 8, move |bookme, n| {
        let booking = at_ten(MeetingDetails { employee_id: id(40 + n), ..physical.clone() });
        Box::pin(async move { bookme.book(&at, booking, &staff()).await.unwrap().details.room_id })
    });
    assert_eq!(answers.await.into_iter().flatten().collect::<Vec<_>>(), [id(FJORD)]);
}
