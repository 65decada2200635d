//! A part of something that is set up, as a resource of its own: read whole, replaced, patched.

use std::sync::Arc;

use engage_bookme::Error;
use engage_bookme::model::{Implied, Kept, Thing};
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use super::Management;
use crate::api::call::{Answer, Call, Reply, told};
use crate::api::fault::Fault;
use crate::api::given::{Given, NOTHING};
use crate::api::patch::Patch;
use crate::api::wire::{Members, members};

/// What a resource tells of something, and what it writes of it.
pub(super) trait Part: Serialize + JsonSchema + Sized + Send + 'static {
    /// Of what it is a part.
    type Of: Thing;
    /// Members that are told and not written.
    const FIXED: &'static [&'static str];

    /// What is told.
    fn of(kept: &Kept<Self::Of>) -> Self;

    /// Writes what was sent; nothing else of it changes. Every member that is written is read: one that is left out is unset.
    fn read(given: &mut Given<'_>, into: &mut Self::Of);
}

/// What the address names: of what there is one of in an organisation, nothing has to be named.
fn whose<P: Part>(call: &Call) -> Result<Uuid, Fault> {
    match P::Of::IMPLIED {
        Implied::Organisation => Ok(call.tenancy.organisation),
        _ => call.id(),
    }
}

/// Members that may be written, as they are.
fn written<P: Part>(kept: &Kept<P::Of>) -> Result<Members, Error> {
    let whole = serde_json::to_value(P::of(kept)).map_err(|_| Error::invalid("", "what is there has no JSON"))?;
    let mut all = members(whole);
    all.retain(|name, _| !P::FIXED.contains(&name.as_str()));
    Ok(all)
}

fn read<P: Part>(mut given: Given<'_>, mut value: P::Of) -> Result<P::Of, Error> {
    P::read(&mut given, &mut value);
    given.finish(Some(value))
}

/// What was sent as a whole.
pub(super) fn whole<P: Part>(sent: &Members, value: P::Of) -> Result<P::Of, Error> {
    read::<P>(Given::new(sent, &NOTHING), value)
}

fn patched<P: Part>(kept: &Kept<P::Of>, patch: &Patch) -> Result<P::Of, Error> {
    let was = written::<P>(kept)?;
    let is = patch.applied(&was)?;
    read::<P>(Given::new(&is, &was), kept.value.clone())
}

pub(super) async fn get<P: Part>(management: Arc<Management>, mut call: Call) -> Answer {
    call.query.finish()?;
    let kept = management.bookme.get::<P::Of>(&call.tenancy, whose::<P>(&call)?).await?;
    Reply::of(&P::of(&kept))
}

pub(super) async fn replace<P: Part>(management: Arc<Management>, call: Call) -> Answer {
    let (id, sent) = (whose::<P>(&call)?, call.object()?);
    let change = move |kept: &Kept<P::Of>| whole::<P>(&sent, kept.value.clone());
    let kept = management.by(&call).update(&call.tenancy, id, change).await?;
    Reply::of(&P::of(&kept))
}

pub(super) async fn patch<P: Part>(management: Arc<Management>, call: Call) -> Answer {
    let (id, patch) = (whose::<P>(&call)?, call.patch()?);
    let change = move |kept: &Kept<P::Of>| patched::<P>(kept, &patch);
    let kept = management.by(&call).update(&call.tenancy, id, change).await?;
    Reply::of(&P::of(&kept))
}

/// Makes one of something that is there many times.
pub(super) async fn create<P: Part>(management: Arc<Management>, call: Call) -> Answer
where
    P::Of: Default,
{
    let value = whole::<P>(&call.object()?, P::Of::default())?;
    let kept = management.by(&call).create(&call.tenancy, value).await?;
    Ok(call.created(kept.id, told(&P::of(&kept))?))
}

/// All of them.
pub(super) async fn list<P: Part>(management: Arc<Management>, mut call: Call) -> Answer {
    call.query.finish()?;
    let all = management.bookme.list::<P::Of>(&call.tenancy).await?;
    Reply::of(&all.iter().map(P::of).collect::<Vec<_>>())
}
