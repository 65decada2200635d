//! Change tracking: a link that leads to what has changed since ("Use change tracking to synchronize data with external
//! systems").

use serde_json::{Map, Value as Json, json};

use super::call::Call;
use super::fault::Fault;
use super::options::Options;
use super::paging::Cookie;
use super::read::{MAX_PAGE, projection};
use super::shape;
use crate::http::{Answer, encode};
use crate::schema::Table;
use crate::store::{Row, RowId, State};

/// Whether the platform keeps track of a table: rows that people own, and those that they refer to.
pub(crate) fn is_tracked(table: &Table) -> bool {
    match table.name.as_str() {
        "systemuser" | "team" | "businessunit" | "transactioncurrency" => true,
        _ => table.ownership == "UserOwned",
    }
}

/// What one request asks for.
struct Asked {
    /// Changes after this version; all rows where there is none.
    since: Option<u64>,
    /// The version of the first page: the next link leads to what comes after it.
    mark: u64,
    cookie: Cookie,
}

impl Asked {
    fn wants(&self, row: &Row) -> bool {
        let last = self.cookie.last.unwrap_or_default();
        match self.since {
            None => row.sequence > last,
            // What has changed after the first page belongs to the next changes.
            Some(since) => row.version > since.max(last) && row.version <= self.mark,
        }
    }
}

impl<'a> Call<'a> {
    /// Whether changes are tracked: by preference, by the link to them, or by the link to a page of them.
    pub(crate) fn tracks(&self, options: &Options) -> Result<bool, Fault> {
        let tracking = match &options.skiptoken {
            Some(cookie) => Cookie::read(cookie)?.tracking.is_some(),
            None => false,
        };
        Ok(tracking || self.prefer.track_changes || options.deltatoken.is_some())
    }

    /// All rows with a link to what will have changed, or what has changed.
    pub(crate) fn tracked(&self, state: &State, table: &'a Table, options: &Options) -> Result<Answer, Fault> {
        refuse(table, options)?;
        let shape = shape::shape(self, table, options)?;
        let asked = asked(state, options)?;
        let mut rows: Vec<&Row> = state.rows(&table.name).filter(|row| asked.wants(row)).collect();
        let key = |row: &Row| if asked.since.is_some() { row.version } else { row.sequence };
        rows.sort_by_key(|row| key(row));
        let size = self.prefer.page_size.unwrap_or(MAX_PAGE).min(MAX_PAGE);
        let more = rows.len() > size;
        rows.truncate(size);
        let mut shown: Vec<Json> = rows.iter().map(|row| Json::Object(self.row(state, row, &shape, None))).collect();
        let delta = if asked.since.is_some() { "/$delta" } else { "" };
        let mut body = Map::new();
        let context = format!("{}$metadata#{}{}{delta}", self.root, table.set, projection(options));
        body.insert("@odata.context".into(), context.into());
        if let (true, Some(last)) = (more, rows.last()) {
            let cookie = Cookie { page: asked.cookie.page + 1, last: Some(key(last)), tracking: Some(asked.mark) };
            let link = self.link(&["$skiptoken"], &format!("$skiptoken={}", cookie.write()));
            body.insert("@odata.nextLink".into(), link.into());
        } else {
            shown.extend(deleted(state, table, asked.since)?.into_iter().map(|id| self.tombstone(table, id)));
            let token = format!("{}!{}", asked.mark, self.now.strftime("%m/%d/%Y %H:%M:%S"));
            let link = self.link(&["$skiptoken", "$deltatoken"], &format!("$deltatoken={}", encode(&token)));
            body.insert("@odata.deltaLink".into(), link.into());
        }
        body.insert("value".into(), Json::Array(shown));
        Ok(self.json(200, &Json::Object(body)))
    }

    /// How much has changed.
    pub(crate) fn count_changes(&self, state: &State, table: &Table, options: &Options) -> Result<usize, Fault> {
        refuse(table, options)?;
        let asked = asked(state, options)?;
        let changed = state.rows(&table.name).filter(|row| asked.wants(row)).count();
        Ok(changed + deleted(state, table, asked.since)?.len())
    }

    fn tombstone(&self, table: &Table, id: &RowId) -> Json {
        let context = format!("{}$metadata#{}/$deletedEntity", self.root, table.set);
        json!({"@odata.context": context, "id": id.as_str(), "reason": "deleted"})
    }
}

fn refuse(table: &Table, options: &Options) -> Result<(), Fault> {
    let given = [
        ("filter", options.filter.is_some()),
        ("orderby", options.orderby.is_some()),
        ("expand", !options.expand.is_empty()),
        ("top", options.top.is_some()),
        ("apply", options.apply.is_some()),
        ("count", options.count),
    ];
    if let Some((name, _)) = given.into_iter().find(|(_, given)| *given) {
        let message = format!("The \"${name}\" query parameter isn't supported when Change Tracking is enabled.");
        return Err(Fault::usage(message));
    }
    match is_tracked(table) {
        true => Ok(()),
        false => Err(Fault::usage(format!("Change tracking is not enabled for the entity '{}'.", table.name))),
    }
}

fn asked(state: &State, options: &Options) -> Result<Asked, Fault> {
    let cookie = options.skiptoken.as_deref().map_or(Ok(Cookie::FIRST), Cookie::read)?;
    let since = options.deltatoken.as_deref().map(read).transpose()?;
    Ok(Asked { since, mark: cookie.tracking.unwrap_or(state.version()), cookie })
}

/// The version in the token of a link.
fn read(token: &str) -> Result<u64, Fault> {
    let version = token.split_once('!').and_then(|(version, _)| version.parse().ok());
    version.ok_or_else(|| Fault::usage("The delta token is not valid."))
}

/// Rows deleted since; a row that has come back under its key is not among them.
fn deleted<'s>(state: &'s State, table: &Table, since: Option<u64>) -> Result<Vec<&'s RowId>, Fault> {
    let Some(since) = since else { return Ok(Vec::new()) };
    let Some(mut gone) = state.deleted_since(&table.name, since) else {
        return Err(Fault::new(
            400,
            "0x80044352",
            "Version stamp associated with the client has expired. Please perform a full sync.",
        ));
    };
    gone.retain(|id| state.get(&table.name, id).is_none());
    Ok(gone)
}
