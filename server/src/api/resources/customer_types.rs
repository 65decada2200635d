//! Customer types.

use std::sync::Arc;

use engage_bookme::model::{CustomerType, Kept};
use serde_json::json;

use crate::api::Api;
use crate::api::call::{Answer, Call, Reply};
use crate::api::fault::Fault;
use crate::api::given::{Given, NOTHING};
use crate::api::wire::{self, Members, View, Wire};

impl Wire for CustomerType {
    const CREATED: bool = false;

    fn members(&self, _: &View) -> Members {
        let Self { name } = self;
        wire::members(json!({"name": name}))
    }

    fn read(given: &mut Given<'_>, _: Option<&Self>, _: &View) -> Option<Self> {
        let name = given.text("name");
        Some(Self { name: given.needed("name", name)? })
    }
}

pub(super) async fn replace(api: Arc<Api>, mut call: Call) -> Answer {
    let (id, sent) = (call.id()?, call.object()?);
    let view = View::of::<CustomerType>(&api, &mut call).await?;
    let mut given = Given::new(&sent, &NOTHING);
    if given.id("id").is_some_and(|sent| sent != id) {
        return Err(Fault::wrong("/id", "it is the id of the address, or left out"));
    }
    let made = CustomerType::read(&mut given, None, &view);
    let value = given.finish(made)?;
    let change = move |_: &Kept<CustomerType>| Ok(value.clone());
    let kept = wire::by(&api, &call).update(&call.tenancy, id, change).await?;
    Ok(Reply::Json(wire::shown(&kept, &view)))
}
