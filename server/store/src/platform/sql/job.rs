//! Work that writes, as callers bring it.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::session::Tx;
use crate::platform::StoreError;

/// What is done in one transaction: a function of the transaction and of what it was given.
///
/// # Contract
/// It may be called again: another transaction was in the way, and what it had done is undone. So it changes nothing but
/// through the transaction, reads what it decides by within it, and makes no ids: those are given.
pub trait Work<I, T, E>: for<'t> Fn(&'t mut Tx, &'t I) -> BoxFuture<'t, Result<T, E>> + Send + Sync + 'static {}

impl<I, T, E, F> Work<I, T, E> for F where
    F: for<'t> Fn(&'t mut Tx, &'t I) -> BoxFuture<'t, Result<T, E>> + Send + Sync + 'static
{
}

/// Does a job once, whatever becomes of it: what panics or lasts too long fails by itself.
pub(super) async fn attempt<I, T, E: From<StoreError>>(
    tx: &mut Tx,
    input: &I,
    job: &impl Work<I, T, E>,
    patience: Duration,
) -> Result<T, E> {
    let work = AssertUnwindSafe(async { job(&mut *tx, input).await }).catch_unwind();
    let answer = match tokio::time::timeout(patience, work).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(_)) => Err(StoreError::Broken.into()),
        Err(_) => Err(StoreError::unavailable("the work took too long").into()),
    };
    match &tx.failed {
        Some(_) if answer.is_ok() => Err(StoreError::Broken.into()),
        _ => answer,
    }
}
