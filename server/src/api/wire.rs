//! What all that is set up has in common on the wire: listed, read, made, patched, removed.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use axum::http::StatusCode;
use engage_bookme::model::{CompetenceGroup, CustomerType, Kept, ServiceGroup, Thing, Topic};
use engage_bookme::values::{Languages, Localized};
use engage_bookme::{Bookme, Error, Tenancy};
use engage_playbooks::ports::Time;
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::call::{Answer, Call, Reply};
use super::fault::Fault;
use super::given::{Given, NOTHING};
use super::table::Version;
use crate::http::Ids;

/// What every surface over bookings has.
pub(crate) trait Books: Send + Sync + 'static {
    fn bookme(&self) -> &Bookme;
    fn time(&self) -> &dyn Time;
    /// Ids that nobody has.
    fn ids(&self) -> &Ids;
}

impl<B: Books> Books for Arc<B> {
    fn bookme(&self) -> &Bookme {
        B::bookme(self)
    }

    fn time(&self) -> &dyn Time {
        B::time(self)
    }

    fn ids(&self) -> &Ids {
        B::ids(self)
    }
}

/// The members of an object.
pub(crate) type Members = Map<String, Value>;

/// What is needed to show something, or to read it.
#[derive(Debug, Clone)]
pub(crate) struct View {
    pub(crate) version: Version,
    /// The language that was asked for.
    pub(crate) language: Option<String>,
    /// Those that are switched on.
    pub(crate) languages: Languages,
    /// Everything that is kept is to be there, in the form in which it is written: the document of a patch.
    pub(crate) whole: bool,
    /// Fields of portals that are not shown to people are shown.
    pub(crate) hidden: bool,
    /// Names of topics and customer types.
    pub(crate) names: HashMap<Uuid, String>,
    /// Which competence groups are above one, and which service groups have one.
    pub(crate) above: HashMap<Uuid, Vec<Uuid>>,
    pub(crate) served: HashMap<Uuid, Vec<Uuid>>,
    pub(crate) now: Timestamp,
    /// Ids for what is new inside of something.
    pub(crate) seed: Uuid,
}

impl View {
    pub(crate) async fn of<T: Wire>(books: &impl Books, call: &mut Call) -> Result<Self, Fault> {
        let language = call.query.text("lang");
        let languages = books.bookme().settings(&call.tenancy).await?.languages;
        let now = books.time().timestamp();
        let mut view = Self {
            version: call.version,
            language,
            languages,
            whole: false,
            hidden: false,
            names: HashMap::new(),
            above: HashMap::new(),
            served: HashMap::new(),
            now: Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now),
            seed: (books.ids())(),
        };
        if T::KIND == CompetenceGroup::KIND {
            view.groups(books, &call.tenancy).await?;
        }
        Ok(view)
    }

    async fn groups(&mut self, books: &impl Books, tenancy: &Tenancy) -> Result<(), Error> {
        let topics = books.bookme().list::<Topic>(tenancy).await?.into_iter();
        let types = books.bookme().list::<CustomerType>(tenancy).await?.into_iter();
        self.names.extend(topics.map(|kept| (kept.id, kept.value.name.text().to_owned())));
        self.names.extend(types.map(|kept| (kept.id, kept.value.name)));
        for group in books.bookme().list::<CompetenceGroup>(tenancy).await? {
            for child in group.value.child_group_ids {
                self.above.entry(child).or_default().push(group.id);
            }
        }
        for group in books.bookme().list::<ServiceGroup>(tenancy).await? {
            for linked in group.value.competence_group_ids {
                self.served.entry(linked).or_default().push(group.id);
            }
        }
        Ok(())
    }

    /// Whether texts in several languages are in this version.
    pub(crate) fn is_multilingual(&self) -> bool {
        self.version == Version::V3
    }

    /// The names of a text in several languages, as they are written in this version.
    pub(crate) fn pair<'n>(&self, plain: &'n str, localized: &'n str) -> (&'n str, &'n str) {
        if self.is_multilingual() { (plain, localized) } else { (plain, "") }
    }

    /// Adds a text in several languages: in Danish alone, and by language.
    pub(crate) fn localized(&self, to: &mut Members, (plain, localized): (&str, &str), text: Option<&Localized>) {
        to.insert(plain.to_owned(), text.map_or(Value::Null, |text| text.text().into()));
        if !self.is_multilingual() {
            return;
        }
        let all = Languages::of(engage_bookme::values::LANGUAGES);
        let shown = |text: &Localized| match self.whole {
            true => text.shown(&all, None),
            false => text.shown(&self.languages, self.language.as_deref()),
        };
        to.insert(localized.to_owned(), text.map_or(Value::Null, |text| json!(shown(text))));
    }
}

/// Something that is set up, as it is on the wire.
pub(crate) trait Wire: Thing {
    /// Whether making it is answered with 201 and where it is; otherwise with 200, as it was in the first version.
    const CREATED: bool = true;
    /// The names of its labels, where it has any.
    fn labelled(&self) -> Option<&[String]> {
        None
    }
    /// Members that may be written.
    fn members(&self, view: &View) -> Members;
    /// Members that may only be read.
    fn extras(kept: &Kept<Self>, view: &View, to: &mut Members) {
        let _ = (kept, view, to);
    }
    /// What was sent, or is to be after a patch.
    fn read(given: &mut Given<'_>, was: Option<&Self>, view: &View) -> Option<Self>;
    /// Members of a patch that may not be written any more, once it is made.
    const FIXED: &'static [&'static str] = &[];
}

/// The members of an object.
pub(crate) fn members(value: Value) -> Members {
    match value {
        Value::Object(members) => members,
        _ => Members::new(),
    }
}

/// Something that is set up, as it is shown.
pub(crate) fn shown<T: Wire>(kept: &Kept<T>, view: &View) -> Value {
    let mut all = Members::new();
    all.insert("id".to_owned(), kept.id.to_string().into());
    all.extend(kept.value.members(view));
    T::extras(kept, view, &mut all);
    Value::Object(all)
}

/// Labels that are asked for, in whatever case. There may be a thousand of them, and ten thousand things that bear some.
#[derive(Debug, Default)]
pub(crate) struct Labels(HashSet<String>);

impl Labels {
    pub(crate) fn asked(names: Vec<String>) -> Self {
        Self(names.into_iter().map(|name| name.to_lowercase()).collect())
    }

    /// Whether something that bears labels is asked for; asked for none, everything is.
    pub(crate) fn are_on(&self, labels: &[String]) -> bool {
        self.0.is_empty() || labels.iter().any(|label| self.0.contains(&label.to_lowercase()))
    }
}

/// Bookings in the name of who calls.
pub(crate) fn by(books: &impl Books, call: &Call) -> Bookme {
    books.bookme().by(call.origin.actor())
}

pub(crate) async fn list<T: Wire>(books: Arc<impl Books>, mut call: Call) -> Answer {
    let asked = Labels::asked(call.query.texts("labels"));
    let view = View::of::<T>(&books, &mut call).await?;
    call.query.finish()?;
    let all = books.bookme().list::<T>(&call.tenancy).await?;
    let fits = |kept: &&Kept<T>| kept.value.labelled().is_none_or(|labels| asked.are_on(labels));
    Ok(Reply::Json(all.iter().filter(fits).map(|kept| shown(kept, &view)).collect()))
}

pub(crate) async fn get<T: Wire>(books: Arc<impl Books>, mut call: Call) -> Answer {
    let id = call.id()?;
    let view = View::of::<T>(&books, &mut call).await?;
    call.query.finish()?;
    let kept = books.bookme().get::<T>(&call.tenancy, id).await?;
    Ok(Reply::Json(shown(&kept, &view)))
}

pub(crate) async fn create<T: Wire>(books: Arc<impl Books>, mut call: Call) -> Answer {
    let sent = call.object()?;
    let mut view = View::of::<T>(&books, &mut call).await?;
    view.hidden = true;
    let mut given = Given::new(&sent, &NOTHING);
    let made = T::read(&mut given, None, &view);
    let value = given.finish(made)?;
    let kept = by(&books, &call).create(&call.tenancy, value).await?;
    let shown = shown(&kept, &view);
    Ok(if T::CREATED { call.created(kept.id, shown) } else { Reply::Json(shown) })
}

/// What a patch makes of something.
pub(crate) fn patched<T: Wire>(kept: &Kept<T>, patch: &super::patch::Patch, view: &View) -> Result<T, Error> {
    let mut was = kept.value.members(view);
    was.retain(|name, _| !T::FIXED.contains(&name.as_str()));
    let is = patch.applied(&was)?;
    let mut given = Given::new(&is, &was);
    let made = T::read(&mut given, Some(&kept.value), view);
    given.finish(made)
}

pub(crate) async fn patch<T: Wire>(books: Arc<impl Books>, mut call: Call) -> Answer {
    let (id, patch) = (call.id()?, call.patch()?);
    let mut view = View::of::<T>(&books, &mut call).await?;
    view.hidden = true;
    let whole = View { whole: true, ..view.clone() };
    let change = move |kept: &Kept<T>| patched(kept, &patch, &whole);
    let kept = by(&books, &call).update(&call.tenancy, id, change).await?;
    if T::KIND == CompetenceGroup::KIND {
        // What is above it may be other groups now.
        view = View { hidden: true, ..View::of::<T>(&books, &mut call).await? };
    }
    Ok(Reply::Json(shown(&kept, &view)))
}

pub(crate) async fn delete<T: Thing>(books: Arc<impl Books>, call: Call) -> Answer {
    by(&books, &call).delete::<T>(&call.tenancy, call.id()?).await?;
    Ok(Reply::Nothing(StatusCode::NO_CONTENT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_found_in_any_case_and_many_are_no_more_work() {
        let labels = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let asked = Labels::asked(labels(&["VIP", "Lån"]));
        assert!(asked.are_on(&labels(&["x", "LÅN"])) && asked.are_on(&labels(&["vip"])));
        assert!(!asked.are_on(&labels(&["x"])) && !asked.are_on(&[]));
        assert!(Labels::default().are_on(&[]));
        let many = Labels::asked((0..1_000).map(|n| format!("asked {n}")).collect());
        let borne: Vec<String> = (0..100).map(|n| format!("borne {n}")).collect();
        let from = std::time::Instant::now();
        assert!((0..3_000).all(|_| !many.are_on(&borne)));
        assert!(from.elapsed().as_secs() < 10, "it took {:?}", from.elapsed());
    }
}
