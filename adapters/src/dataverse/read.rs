//! Reads over the wire: one query, or a batch of them; further pages; and in pieces, where a condition is longer than an
//! address may be.

use std::borrow::Cow;
use std::slice;

use engage_engine::adapter::{AdapterError, Call, Page, Query};
use serde_json::Value as Json;

use super::answer::{self, Targets};
use super::batch::Batch;
use super::error::error;
use super::fetch;
use super::metadata::Metadata;
use super::query;
use super::service::{self, ANNOTATIONS, Ask, MAX_ADDRESS, MAX_REQUESTS, ROOT, Service, unknown};
use crate::guard::{self, unsupported};
use crate::split;

/// The most pages that are followed; more is a truncated answer.
const MAX_PAGES: usize = 40;
/// Rows a page.
const PAGE: &str = "odata.maxpagesize=5000";
/// What a link to the next page may be longer than the address that it is of, in bytes.
const SPARE: usize = 4096;

/// A query as it travels: OData, or FetchXML where it joins by value.
pub(super) enum Lowered<'q> {
    Query(Box<query::Lowered<'q>>),
    Fetch(Box<fetch::Lowered<'q>>),
}

impl<'q> Lowered<'q> {
    fn of(metadata: &'q Metadata, query: &'q Query) -> Result<Self, AdapterError> {
        Ok(if guard::joins_by_value(query) {
            Self::Fetch(Box::new(fetch::lower(metadata, query)?))
        } else {
            Self::Query(Box::new(query::lower(metadata, query)?))
        })
    }

    /// Path and query of the first page below the service root.
    pub(super) fn target(&self) -> Cow<'_, str> {
        match self {
            Self::Query(lowered) => Cow::Borrowed(&lowered.target),
            Self::Fetch(lowered) => Cow::Owned(lowered.target(1)),
        }
    }

    /// What it prefers: `$top` and pages exclude each other.
    fn prefer(&self) -> String {
        match self {
            Self::Fetch(_) => fetch::ANNOTATIONS.to_owned(),
            Self::Query(lowered) => {
                let paged = lowered.reading.query.limit.is_none() || lowered.reading.local.limit.is_some();
                if paged { format!("{PAGE},{ANNOTATIONS}") } else { ANNOTATIONS.to_owned() }
            }
        }
    }
}

/// Queries as they are asked for.
pub(super) struct Reads<'q> {
    queries: &'q [Query],
    /// The pieces of each that is too long to travel whole.
    cut: Vec<Option<Vec<Query>>>,
}

impl<'q> Reads<'q> {
    pub(super) fn new(metadata: &Metadata, queries: &'q [Query]) -> Result<Self, AdapterError> {
        let fits = |query: &Query| {
            let length = Lowered::of(metadata, query)?.target().len() + ROOT.len();
            Ok(length + SPARE <= 2 * MAX_ADDRESS)
        };
        let mut room = MAX_REQUESTS.saturating_sub(queries.len());
        let mut cut = Vec::with_capacity(queries.len());
        for query in queries {
            let pieces = split::pieces(query, room + 1, &fits)?;
            room -= pieces.as_ref().map_or(0, |pieces| pieces.len().saturating_sub(1)).min(room);
            cut.push(pieces);
        }
        Ok(Self { queries, cut })
    }

    /// The queries that travel, those of one query next to each other.
    pub(super) fn lower<'m>(&'m self, metadata: &'m Metadata) -> Result<Vec<Lowered<'m>>, AdapterError> {
        let asked = self.queries.iter().zip(&self.cut).flat_map(|(query, pieces)| match pieces {
            Some(pieces) => pieces.as_slice(),
            None => slice::from_ref(query),
        });
        asked.map(|query| Lowered::of(metadata, query)).collect()
    }

    fn merge(&self, pages: Vec<Page>) -> Vec<Page> {
        let mut pages = pages.into_iter();
        let merged = self.queries.iter().zip(&self.cut).map(|(query, pieces)| match pieces {
            Some(pieces) => split::merge(query, pages.by_ref().take(pieces.len())),
            None => pages.next().unwrap_or_default(),
        });
        merged.collect()
    }
}

/// The batch that asks for first pages.
///
/// # Errors
/// `Unsupported` for a query that is too long and no list of alternatives.
pub(super) fn batch(lowered: &[Lowered<'_>]) -> Result<Batch, AdapterError> {
    if lowered.iter().any(|one| ROOT.len() + one.target().len() > 2 * MAX_ADDRESS) {
        return Err(unsupported("ask so long a question", super::NAME));
    }
    // The preferences of a batch's requests may differ; they stand in the requests themselves.
    let mut batch = Batch::default();
    lowered.iter().for_each(|one| batch.single(ROOT, &service::get(&one.target(), &one.prefer())));
    Ok(batch)
}

/// One read.
pub(super) struct Reader<'a> {
    pub(super) service: &'a Service,
    pub(super) targets: &'a Targets,
    pub(super) call: &'a Call,
}

impl Reader<'_> {
    /// Answers queries.
    pub(super) async fn pages(&self, metadata: &Metadata, reads: &Reads<'_>) -> Result<Vec<Page>, AdapterError> {
        let lowered = reads.lower(metadata)?;
        let texts = match lowered.as_slice() {
            [] => return Ok(Vec::new()),
            [one] => vec![self.text(&one.target(), one.prefer()).await?],
            several => self.batched(batch(several)?, several.len()).await?,
        };
        let mut pages = Vec::with_capacity(lowered.len());
        for (lowered, text) in lowered.iter().zip(&texts) {
            pages.push(match lowered {
                Lowered::Query(lowered) => self.page(lowered, text).await?,
                Lowered::Fetch(lowered) => self.fetched(lowered, text).await?,
            });
        }
        Ok(reads.merge(pages))
    }

    /// All rows of a query whose first page is here.
    async fn page(&self, lowered: &query::Lowered<'_>, first: &str) -> Result<Page, AdapterError> {
        let Answer { mut rows, mut next, .. } = rows(first)?;
        let mut pages = 1;
        let enough = lowered.reading.enough();
        while let Some(link) = next.take_if(|_| pages < MAX_PAGES && rows.len() < enough) {
            let text = self.text(self.below_root(&link), format!("{PAGE},{ANNOTATIONS}")).await?;
            let more = self::rows(&text)?;
            rows.extend(more.rows);
            next = more.next;
            pages += 1;
        }
        let mut page = answer::page(&lowered.reading, &rows, self.targets)?;
        page.truncated |= next.is_some() && rows.len() < enough;
        Ok(page)
    }

    /// All rows of a query in FetchXML whose first page is here.
    async fn fetched(&self, lowered: &fetch::Lowered<'_>, first: &str) -> Result<Page, AdapterError> {
        let mut answer = rows(first)?;
        let mut all = std::mem::take(&mut answer.rows);
        let mut more = answer.more.unwrap_or(fetch::Lowered::is_full(all.len()));
        for page in 2..=fetch::MAX_PAGES {
            if !more {
                break;
            }
            let text = self.text(&lowered.target(page), fetch::ANNOTATIONS.to_owned()).await?;
            let answer = rows(&text)?;
            more = answer.more.unwrap_or(fetch::Lowered::is_full(answer.rows.len()));
            all.extend(answer.rows);
        }
        let mut page = fetch::page(&lowered.root, &all, self.targets)?;
        page.truncated |= more;
        Ok(page)
    }

    /// A link of this service without its root; another stays as it is, and is refused when it is asked for.
    fn below_root<'l>(&self, link: &'l str) -> &'l str {
        let below = link.strip_prefix(&self.service.url).and_then(|rest| rest.strip_prefix(ROOT));
        below.unwrap_or(link)
    }

    /// One answer. What is too long for an address of its own is a batch of one.
    async fn text(&self, target: &str, prefer: String) -> Result<String, AdapterError> {
        if !self.service.takes(target) {
            if target.len() + ROOT.len() > 2 * MAX_ADDRESS {
                return Err(unsupported("ask so long a question", super::NAME));
            }
            let mut batch = Batch::default();
            batch.single(ROOT, &service::get(target, &prefer));
            return self.batched(batch, 1).await?.pop().ok_or_else(|| unknown("the batch was not answered whole"));
        }
        let ask = Ask { headers: vec![("prefer", prefer)], ..Ask::get(target) };
        let reply = self.service.ask(self.call, &ask).await?;
        if reply.status != 200 {
            return Err(error(reply.status, &reply.text(), reply.retry_after(), None));
        }
        Ok(reply.text().into_owned())
    }

    async fn batched(&self, batch: Batch, count: usize) -> Result<Vec<String>, AdapterError> {
        let (answers, after) = self.service.batch(self.call, batch, count).await?;
        if let Some(failed) = answers.iter().find(|answer| answer.status >= 400) {
            return Err(error(failed.status, &failed.body, failed.retry_after().or(after), None));
        }
        Ok(answers.into_iter().map(|answer| answer.body).collect())
    }
}

/// An answer.
struct Answer {
    rows: Vec<Json>,
    /// Where the next rows are.
    next: Option<String>,
    /// Whether there are any, where a query in FetchXML is told.
    more: Option<bool>,
}

/// Takes an answer apart.
fn rows(text: &str) -> Result<Answer, AdapterError> {
    let unread = || unknown("the answer cannot be read");
    let mut body: Json = serde_json::from_str(text).map_err(|_| unread())?;
    let next = body.get("@odata.nextLink").and_then(Json::as_str).map(str::to_owned);
    let more = body.get("@Microsoft.Dynamics.CRM.morerecords").and_then(Json::as_bool);
    match body.get_mut("value").map(Json::take) {
        Some(Json::Array(rows)) => Ok(Answer { rows, next, more }),
        _ => Err(unread()),
    }
}
