//! The body of an answer on its way: whole, slow, or broken off.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::body::{Body, Bytes, Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep};

/// A body in pieces.
#[derive(Debug)]
pub(crate) struct Sent {
    pieces: VecDeque<Bytes>,
    /// The length the client is told.
    length: u64,
    /// Ends with an error, which makes the server drop the connection.
    breaks: bool,
    pause: Option<(Duration, Pin<Box<Sleep>>)>,
}

/// The error that ends a broken body.
#[derive(Debug, thiserror::Error)]
#[error("the connection is cut by a fault")]
pub(crate) struct Broken;

impl Sent {
    pub(crate) fn whole(body: Vec<u8>) -> Sent {
        let length = body.len() as u64;
        let pieces = if body.is_empty() { VecDeque::new() } else { VecDeque::from([Bytes::from(body)]) };
        Sent { pieces, length, breaks: false, pause: None }
    }

    pub(crate) fn truncated(body: Vec<u8>, bytes: usize) -> Sent {
        let length = (body.len() as u64).max(1);
        let kept = Bytes::from(body).slice_ref_up_to(bytes);
        Sent { pieces: VecDeque::from([kept]), length, breaks: true, pause: None }
    }

    pub(crate) fn slow(body: Vec<u8>, bytes: usize, pause: Duration) -> Sent {
        let length = body.len() as u64;
        let pieces = body.chunks(bytes.max(1)).map(Bytes::copy_from_slice).collect();
        Sent { pieces, length, breaks: false, pause: Some((pause, Box::pin(sleep(pause)))) }
    }
}

trait UpTo {
    fn slice_ref_up_to(self, bytes: usize) -> Bytes;
}

impl UpTo for Bytes {
    /// Never the whole body, or the answer would be complete.
    fn slice_ref_up_to(mut self, bytes: usize) -> Bytes {
        let limit = bytes.min(self.len().saturating_sub(1));
        self.truncate(limit);
        self
    }
}

impl Body for Sent {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        if let Some((pause, timer)) = &mut self.pause {
            if Future::poll(timer.as_mut(), context).is_pending() {
                return Poll::Pending;
            }
            let next = Instant::now() + *pause;
            timer.as_mut().reset(next);
        }
        match self.pieces.pop_front() {
            Some(piece) if piece.is_empty() && self.breaks => Poll::Ready(Some(Err(Broken))),
            Some(piece) => Poll::Ready(Some(Ok(Frame::data(piece)))),
            None if self.breaks => Poll::Ready(Some(Err(Broken))),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.pieces.is_empty() && !self.breaks
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.length)
    }
}
