//! The way to a writer.

use engage_playbooks::ports::{JournalError, Lease};
use engage_playbooks::run::RunKey;
use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot};

use super::rows::{OfferRow, Rows};

/// How many may wait at a desk; more wait in front of it.
const WAITING: usize = 1024;
/// The most jobs that are done together.
const MAX_GROUP: usize = 1024;
/// What a group may come to before it is closed, in bytes.
const MAX_GROUP_BYTES: usize = 16 << 20;

/// Something asked, and where the answer goes. The answer may find nobody: who asked is gone, what was asked is done.
pub(super) struct Ask<T, R> {
    pub(super) what: T,
    reply: oneshot::Sender<Result<R, JournalError>>,
}

impl<T, R> Ask<T, R> {
    pub(super) fn new(what: T) -> (Self, oneshot::Receiver<Result<R, JournalError>>) {
        let (reply, answer) = oneshot::channel();
        (Self { what, reply }, answer)
    }

    /// Answers; gives the answer back when nobody waits for it any more.
    pub(super) fn answer(self, answer: Result<R, JournalError>) -> Option<Result<R, JournalError>> {
        self.reply.send(answer).err()
    }

    /// What was asked, apart from where the answer goes.
    pub(super) fn split(self) -> (T, Ask<(), R>) {
        (self.what, Ask { what: (), reply: self.reply })
    }
}

/// A batch as rows, under a lease.
pub(super) struct Append {
    pub(super) lease: Lease,
    pub(super) rows: Rows,
}

/// What is asked of a writer.
pub(super) enum Job {
    Append(Ask<Append, ()>),
    /// A lease that lives with a connection is asked of who has it.
    #[cfg(feature = "postgres")]
    Holds(Ask<Lease, ()>),
    Offer(Ask<Vec<OfferRow>, Vec<bool>>),
    #[cfg_attr(
        not(feature = "sqlite"),
        expect(dead_code, reason = "where a lease needs no file, nobody asks a writer")
    )]
    Lead(Ask<String, Option<Lease>>),
    Resign(Ask<Lease, ()>),
    Purge(Ask<(Lease, Timestamp, usize), usize>),
    Erase(Ask<(Lease, RunKey), bool>),
    /// Shows that this writer is alive.
    #[cfg_attr(not(feature = "postgres"), expect(dead_code, reason = "only stand-bys ask for it"))]
    Alive,
    /// Ends this writer.
    #[cfg_attr(not(feature = "postgres"), expect(dead_code, reason = "only who does not hear any more asks for it"))]
    Stop,
}

impl Job {
    /// Whether it may be done together with others.
    fn groups(&self) -> bool {
        match self {
            Self::Append(_) | Self::Offer(_) => true,
            #[cfg(feature = "postgres")]
            Self::Holds(_) => true,
            _ => false,
        }
    }

    fn bytes(&self) -> usize {
        match self {
            Self::Append(ask) => ask.what.rows.bytes(),
            Self::Offer(ask) => ask.what.iter().map(|offer| offer.body.len()).sum(),
            _ => 0,
        }
    }
}

/// Jobs that are done together.
#[derive(Default)]
pub(super) struct Group {
    pub(super) appends: Vec<Ask<Append, ()>>,
    #[cfg(feature = "postgres")]
    pub(super) holds: Vec<Ask<Lease, ()>>,
    pub(super) offers: Vec<Ask<Vec<OfferRow>, Vec<bool>>>,
}

/// What a writer does next.
pub(super) enum Next {
    Group(Group),
    One(Job),
}

/// The writer's side.
pub(super) struct Inbox {
    receiver: mpsc::Receiver<Job>,
    /// What closed the last group.
    left: Option<Job>,
}

impl Inbox {
    /// What to do next; `None` once nobody can ask any more.
    pub(super) async fn next(&mut self) -> Option<Next> {
        let first = match self.left.take() {
            Some(job) => job,
            None => self.receiver.recv().await?,
        };
        if !first.groups() {
            return Some(Next::One(first));
        }
        let (mut group, mut jobs, mut bytes) = (Group::default(), 1, first.bytes());
        group.push(first);
        while jobs < MAX_GROUP && bytes < MAX_GROUP_BYTES {
            let Ok(job) = self.receiver.try_recv() else { break };
            if !job.groups() {
                self.left = Some(job);
                break;
            }
            (jobs, bytes) = (jobs + 1, bytes + job.bytes());
            group.push(job);
        }
        Some(Next::Group(group))
    }
}

#[cfg(feature = "sqlite")]
impl Inbox {
    /// Whether nobody waits.
    pub(super) fn is_idle(&self) -> bool {
        self.left.is_none() && self.receiver.is_empty()
    }
}

impl Group {
    fn push(&mut self, job: Job) {
        match job {
            Job::Append(ask) => self.appends.push(ask),
            #[cfg(feature = "postgres")]
            Job::Holds(ask) => self.holds.push(ask),
            Job::Offer(ask) => self.offers.push(ask),
            // `next` hands these out alone.
            Job::Lead(_) | Job::Resign(_) | Job::Purge(_) | Job::Erase(_) | Job::Alive | Job::Stop => {}
        }
    }
}

/// The asking side.
#[derive(Clone)]
pub(super) struct Desk(mpsc::Sender<Job>);

/// A desk and its inbox.
pub(super) fn desk() -> (Desk, Inbox) {
    let (sender, receiver) = mpsc::channel(WAITING);
    (Desk(sender), Inbox { receiver, left: None })
}

impl Desk {
    /// Asks and waits for the answer; `None` when the writer is gone.
    pub(super) async fn ask<T, R>(&self, wrap: fn(Ask<T, R>) -> Job, what: T) -> Option<Result<R, JournalError>> {
        let (ask, answer) = Ask::new(what);
        self.0.send(wrap(ask)).await.ok()?;
        answer.await.ok()
    }

    /// Whether the writer is there.
    #[cfg(feature = "postgres")]
    pub(super) fn open(&self) -> bool {
        !self.0.is_closed()
    }

    /// A way to the writer that does not keep it there.
    #[cfg(feature = "postgres")]
    pub(super) fn weak(&self) -> mpsc::WeakSender<Job> {
        self.0.downgrade()
    }
}
