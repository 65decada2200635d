//! Pages of resources.

use engage_scim::filter::Filter;
use engage_scim::list::{ListResponse, Page, Search};
use engage_scim::projection::Projection;
use engage_scim::{ScimError, ScimType, Status};
use engage_store::platform::sql::Condition;
use engage_store::platform::{DirectoryReads, Found, Kind, Record};
use serde_json::Value;

use super::answer::Fault;
use super::asked::Asked;
use super::content::resource;
use super::members::{groups_of_all, with_groups};
use super::{Scim, condition, type_of};

impl Scim {
    /// The resources of one kind that a search asks for.
    pub(super) async fn list(&self, asked: &Asked, kind: Kind, search: &Search) -> Result<ListResponse, Fault> {
        let types = type_of(kind);
        let projection = Projection::new(types, &search.attributes, &search.excluded_attributes)?;
        let condition = match &search.filter {
            Some(text) => condition(types, &Filter::parse(types, text)?)?,
            None => Condition::all([]),
        };
        let Found { records, total } = self.found(asked, kind, &condition, search.page).await?;
        let resources = self.shown(asked, records, &projection).await?;
        Ok(ListResponse { total, start_index: search.page.start_index, resources })
    }

    /// The resources of all kinds, users first. A filter that asks for what one kind does not have finds none of that kind.
    pub(super) async fn list_all(&self, asked: &Asked, search: &Search) -> Result<ListResponse, Fault> {
        let (mut resources, mut total, mut unknown) = (Vec::new(), 0, Vec::new());
        for kind in [Kind::User, Kind::Group] {
            let skipped = search.page.skipped().saturating_sub(total);
            let left = search.page.count.saturating_sub(u32::try_from(resources.len()).unwrap_or(u32::MAX));
            let page = Page { start_index: skipped.saturating_add(1), count: left };
            match self.list(asked, kind, &Search { page, ..search.clone() }).await {
                Ok(list) => {
                    total += list.total;
                    resources.extend(list.resources);
                }
                Err(Fault::Scim(error)) if error.scim_type == Some(ScimType::InvalidFilter) => unknown.push(error),
                Err(fault) => return Err(fault),
            }
        }
        match unknown.pop() {
            Some(error) if unknown.len() == 1 => Err(error.into()),
            _ => Ok(ListResponse { total, start_index: search.page.start_index, resources }),
        }
    }

    async fn found(&self, asked: &Asked, kind: Kind, condition: &Condition, page: Page) -> Result<Found, Fault> {
        let mut reader = self.database.reader();
        let (offset, most) = (usize::try_from(page.skipped()).unwrap_or(usize::MAX), page.count as usize);
        if most == 0 {
            let total = reader.records_count(&asked.realm, kind, condition).await?;
            return Ok(Found { records: Vec::new(), total });
        }
        if i64::try_from(page.skipped()).is_err() {
            return Err(ScimError::status(Status::BadRequest, "`startIndex` is beyond what any list has").into());
        }
        Ok(reader.records_found(&asked.realm, kind, condition, offset, most).await?)
    }

    async fn shown(&self, asked: &Asked, records: Vec<Record>, projection: &Projection) -> Result<Vec<Value>, Fault> {
        let users = records.first().is_some_and(|record| record.kind == Kind::User);
        if users && apart(Kind::User, projection) {
            return self.with_groups(asked, records, projection).await;
        }
        let mut shown = Vec::with_capacity(records.len());
        for record in records {
            let whole = apart(record.kind, projection);
            shown.push(projection.apply(&self.current(asked, record, whole).await?.resource));
        }
        Ok(shown)
    }

    async fn with_groups(
        &self,
        asked: &Asked,
        users: Vec<Record>,
        projection: &Projection,
    ) -> Result<Vec<Value>, Fault> {
        let groups = groups_of_all(&mut self.database.reader(), &asked.realm, &users).await?;
        let one = |user: Record| {
            let own = groups.get(&user.id).map(Vec::as_slice).unwrap_or_default();
            Ok(projection.apply(&with_groups(resource(user, &asked.base)?, own, &asked.base)?))
        };
        users.into_iter().map(one).collect()
    }
}

/// Whether what is kept apart from a resource is asked for.
pub(super) fn apart(kind: Kind, projection: &Projection) -> bool {
    projection.includes(match kind {
        Kind::Group => "members",
        Kind::User => "groups",
    })
}
