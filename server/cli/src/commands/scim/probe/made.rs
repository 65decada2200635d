//! What a run has made, so that nothing of it stays: also what was asked for and never answered.

use serde_json::Value as Json;

use super::client::Wire;
use super::expect::{id_of, list};
use super::message::{Answer, Method, Request};

/// After so many requests without an answer nothing more is tried.
const PATIENCE: usize = 2;

/// Something that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Thing {
    collection: String,
    id: String,
    /// Whether the server said that it deleted it.
    deleted: bool,
}

impl Thing {
    fn path(&self) -> [&str; 2] {
        [&self.collection, &self.id]
    }
}

/// Something that was asked for, of which it is not known whether it was made.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Wanted {
    collection: String,
    attribute: &'static str,
    name: String,
}

impl Wanted {
    /// What a request asks to be made, by the name that it gives to it.
    fn of(request: &Request) -> Option<Self> {
        let (Method::Post, [collection]) = (request.method, request.path.as_slice()) else { return None };
        let attribute = if collection == "Groups" { "displayName" } else { "userName" };
        let name = request.body.as_ref()?.get(attribute)?.as_str()?.to_owned();
        Some(Self { collection: collection.clone(), attribute, name })
    }

    /// Whether a resource has this name. Nothing else is ever deleted, whatever a server answers to a filter.
    fn is(&self, resource: &Json) -> bool {
        let name = resource.get(self.attribute).and_then(Json::as_str);
        name.is_some_and(|name| name.eq_ignore_ascii_case(&self.name))
    }
}

/// What a run has made.
#[derive(Debug, Default)]
pub(super) struct Made {
    things: Vec<Thing>,
    wanted: Vec<Wanted>,
}

impl Made {
    /// A request is about to be sent.
    pub(super) fn asked(&mut self, request: &Request) {
        self.wanted.extend(Wanted::of(request));
    }

    /// A request was answered.
    pub(super) fn answered(&mut self, request: &Request, answer: &Answer) {
        if let Some(wanted) = Wanted::of(request) {
            return self.posted(&wanted, answer);
        }
        let [collection, id] = request.path.as_slice() else { return };
        let gone = answer.status == 404;
        match request.method {
            Method::Delete if answer.good() => {
                let mut same = self.things.iter_mut();
                if let Some(thing) = same.find(|thing| thing.path() == [collection, id]) {
                    thing.deleted = true;
                }
            }
            Method::Delete if gone => self.things.retain(|thing| thing.path() != [collection, id]),
            Method::Get if gone => self.things.retain(|thing| !thing.deleted || thing.path() != [collection, id]),
            _ => {}
        }
    }

    /// An answer to a creation. A refusal made nothing; a success without an id, or a failure of the server's, may have.
    fn posted(&mut self, wanted: &Wanted, answer: &Answer) {
        let body = answer.json();
        // The id of somebody else, by a mistake of the server's, is no id of ours.
        let ours = body.filter(|body| answer.good() && (body.get(wanted.attribute).is_none() || wanted.is(body)));
        let id = ours.and_then(id_of);
        if let Some(id) = id {
            let thing = Thing { collection: wanted.collection.clone(), id: id.to_owned(), deleted: false };
            if !self.things.contains(&thing) {
                self.things.push(thing);
            }
        }
        if id.is_some() || (400..500).contains(&answer.status) {
            self.settled(wanted);
        }
    }

    /// It is known what became of one creation of this name.
    fn settled(&mut self, wanted: &Wanted) {
        if let Some(position) = self.wanted.iter().position(|open| open == wanted) {
            self.wanted.remove(position);
        }
    }

    /// Deletes all that is there, the last first. `absence_shows`: whether the server answers 404 to what is not there.
    pub(super) async fn remove(&mut self, wire: &impl Wire, absence_shows: bool) {
        let mut silent = 0;
        for wanted in self.wanted.clone() {
            let filter = format!("{} eq \"{}\"", wanted.attribute, wanted.name);
            let found = wire.send(&Request::find(&wanted.collection, filter)).await;
            silent += usize::from(found.is_err());
            if silent >= PATIENCE {
                return;
            }
            self.found(&wanted, found.ok().as_ref());
        }
        for thing in self.things.clone().into_iter().rev() {
            let gone = delete(wire, &thing, absence_shows).await;
            silent += usize::from(gone.is_none());
            if silent >= PATIENCE {
                return;
            }
            if gone == Some(true) {
                self.things.retain(|other| *other != thing);
            }
        }
    }

    fn found(&mut self, wanted: &Wanted, answer: Option<&Answer>) {
        let Some(Ok(all)) = answer.map(list) else { return };
        self.settled(wanted);
        let ids = all.iter().filter(|resource| wanted.is(resource)).filter_map(id_of);
        let things = ids.map(|id| Thing { collection: wanted.collection.clone(), id: id.to_owned(), deleted: false });
        let new: Vec<Thing> = things.filter(|new| self.things.iter().all(|old| old.path() != new.path())).collect();
        self.things.extend(new);
    }

    /// What may still be there: paths, and the names of what was never answered.
    pub(super) fn left(&self) -> Vec<String> {
        let things = self.things.iter().map(|Thing { collection, id, .. }| format!("/{collection}/{id}"));
        let wanted = self
            .wanted
            .iter()
            .map(|Wanted { collection, attribute, name }| format!("/{collection} with `{attribute}` {name}"));
        things.chain(wanted).collect()
    }
}

/// Deletes one thing; whether it is gone, `None` where the server does not answer.
async fn delete(wire: &impl Wire, thing: &Thing, absence_shows: bool) -> Option<bool> {
    let answer = wire.send(&Request::delete(&thing.path())).await.ok()?;
    if answer.status == 404 || !answer.good() {
        return Some(answer.status == 404);
    }
    if !absence_shows {
        return Some(true);
    }
    Some(wire.send(&Request::get(&thing.path())).await.ok()?.status == 404)
}
