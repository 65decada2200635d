//! Lists of resources and how they are asked for (RFC 7644 §3.4.2 and §3.4.3).

use serde_json::{Value, json};

use crate::error::ScimError;
use crate::json::{self, Limits};
use crate::resource::coerce::distinct;

/// The URN of lists.
pub const LIST_RESPONSE: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
/// The URN of searches.
pub const SEARCH_REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";
/// How many resources a page holds at most.
pub const MAX_PAGE: u32 = 200;
/// How many resources a page holds unless the client says.
pub const DEFAULT_PAGE: u32 = 100;
/// How many attributes a search names at most.
pub const MAX_NAMES: usize = 100;

/// Which part of the list is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// Number of the first resource, from 1.
    pub start_index: u64,
    /// How many at most; 0 asks for the total alone.
    pub count: u32,
}

impl Default for Page {
    fn default() -> Self {
        Self::new(None, None)
    }
}

impl Page {
    /// A page as asked for, brought within what there is: a start below 1 is 1, a negative count 0, and a count above
    /// [`MAX_PAGE`] is that.
    ///
    /// ```
    /// use engage_scim::list::Page;
    ///
    /// assert_eq!(Page::new(Some(0), Some(1_000)), Page { start_index: 1, count: 200 });
    /// assert_eq!(Page::new(None, Some(-1)), Page { start_index: 1, count: 0 });
    /// ```
    #[must_use]
    pub fn new(start_index: Option<i64>, count: Option<i64>) -> Self {
        let start_index = start_index.and_then(|start| u64::try_from(start).ok()).unwrap_or(1).max(1);
        let count = count.unwrap_or(i64::from(DEFAULT_PAGE)).clamp(0, i64::from(MAX_PAGE));
        Self { start_index, count: u32::try_from(count).unwrap_or(MAX_PAGE) }
    }

    /// A page as the parameters of a URL ask for it.
    ///
    /// # Errors
    /// `invalidValue` where one is no integer.
    pub fn from_query(start_index: Option<&str>, count: Option<&str>) -> Result<Self, ScimError> {
        let read = |name: &str, text: Option<&str>| text.map(|text| integer(name, text)).transpose();
        Ok(Self::new(read("startIndex", start_index)?, read("count", count)?))
    }

    /// How many resources stand before the page.
    #[must_use]
    pub fn skipped(&self) -> u64 {
        self.start_index.saturating_sub(1)
    }
}

/// An integer of any size; one that no machine holds is as large as one can be.
fn integer(name: &str, text: &str) -> Result<i64, ScimError> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(ScimError::value(format!("`{name}` is not an integer")));
    }
    let size = digits.parse::<i64>().unwrap_or(i64::MAX);
    Ok(if negative { -size } else { size })
}

/// What a list is asked for, in a URL or in a body.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Search {
    /// The filter as written: which attributes it may name depends on the type of resource.
    pub filter: Option<String>,
    /// Attributes to return, as written.
    pub attributes: Vec<String>,
    /// Attributes to leave out, as written.
    pub excluded_attributes: Vec<String>,
    /// Which part of the list.
    pub page: Page,
}

impl Search {
    /// Reads the body of a search. `sortBy` and `sortOrder` are ignored, as the configuration says that there is no sorting.
    ///
    /// ```
    /// use engage_scim::{json::Limits, list::Search};
    ///
    /// let search = Search::read(br#"{"filter":"active eq true","count":5}"#, &Limits::default()).unwrap();
    /// assert_eq!((search.filter.as_deref(), search.page.count), (Some("active eq true"), 5));
    /// ```
    ///
    /// # Errors
    /// `invalidSyntax` where it is no object of JSON, `invalidValue` where a part has the wrong type.
    pub fn read(bytes: &[u8], limits: &Limits) -> Result<Self, ScimError> {
        let Value::Object(body) = json::read(bytes, limits)? else {
            return Err(ScimError::syntax("a search is a JSON object"));
        };
        let mut search = Self::default();
        let (mut start_index, mut count) = (None, None);
        for (key, value) in distinct(body)?.iter().filter(|(_, value)| !value.is_null()) {
            match key.to_ascii_lowercase().as_str() {
                "filter" => search.filter = Some(text("filter", value)?.to_owned()),
                "attributes" => search.attributes = names("attributes", value)?,
                "excludedattributes" => search.excluded_attributes = names("excludedAttributes", value)?,
                "startindex" => start_index = Some(whole("startIndex", value)?),
                "count" => count = Some(whole("count", value)?),
                _ => {}
            }
        }
        search.page = Page::new(start_index, count);
        Ok(search)
    }
}

fn text<'a>(name: &str, value: &'a Value) -> Result<&'a str, ScimError> {
    value.as_str().ok_or_else(|| ScimError::value(format!("`{name}` is not a string")))
}

fn whole(name: &str, value: &Value) -> Result<i64, ScimError> {
    match value {
        Value::Number(number) => integer(name, &number.to_string()),
        _ => Err(ScimError::value(format!("`{name}` is not an integer"))),
    }
}

/// A list of names, or one text with commas as in a URL.
fn names(name: &str, value: &Value) -> Result<Vec<String>, ScimError> {
    match value {
        Value::Array(list) => list.iter().map(|item| text(name, item).map(str::to_owned)).collect(),
        _ => Ok(text(name, value)?.split(',').map(str::to_owned).collect()),
    }
}

/// One page of a list (RFC 7644 §3.4.2).
#[derive(Debug, Clone, PartialEq)]
pub struct ListResponse {
    /// How many resources there are on all pages.
    pub total: u64,
    /// Number of the first resource of this page, from 1.
    pub start_index: u64,
    /// The resources of this page, as projected.
    pub resources: Vec<Value>,
}

impl ListResponse {
    /// A list that is not cut into pages.
    #[must_use]
    pub fn whole(resources: Vec<Value>) -> Self {
        Self { total: resources.len() as u64, start_index: 1, resources }
    }

    /// The body of the response. `Resources` is there even when it is empty: some clients take its absence for an error.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let Self { total, start_index, resources } = self;
        json!({
            "schemas": [LIST_RESPONSE],
            "totalResults": total,
            "startIndex": start_index,
            "itemsPerPage": resources.len(),
            "Resources": resources,
        })
    }
}
