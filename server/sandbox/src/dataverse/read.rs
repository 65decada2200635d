//! GET: rows, collections, single properties, counts.

use serde_json::{Map, Value as Json, json};

use super::address::{Key, Segment};
use super::call::Call;
use super::condition::{Via, children};
use super::fault::Fault;
use super::nav::{self, Nav};
use super::options::Options;
use super::paging::Cookie;
use super::security::Op;
use super::shape::{self, Shape, via};
use super::{apply, fetch, functions, metadata, render};
use crate::http::Answer;
use crate::schema::Table;
use crate::store::{Ref, Row, RowId, State, Value};

/// Largest page, and largest count.
pub(crate) const MAX_PAGE: usize = 5000;

impl<'a> Call<'a> {
    /// Answers a GET.
    pub(crate) fn get(&self, state: &State) -> Result<Answer, Fault> {
        let Some((first, rest)) = self.segments.split_first() else { return Ok(metadata::service_document(self)) };
        if let Some(answer) = functions::get(self, state, first, rest)? {
            return Ok(answer);
        }
        if let Some(answer) = metadata::get(self, first, rest)? {
            return Ok(answer);
        }
        let table = self.table(&first.name)?;
        match &first.arguments {
            None => self.get_set(state, table, rest),
            Some(arguments) => {
                let key = Key::parse(table, arguments, &|name| self.alias(name))?;
                self.access.require(&table.name, Op::Read)?;
                let id = key.require(state, table)?;
                self.get_below(state, table, &id, rest)
            }
        }
    }

    fn get_set(&self, state: &State, table: &'a Table, rest: &[Segment]) -> Result<Answer, Fault> {
        match rest {
            [] => {
                let options = self.options()?;
                match &options.fetch_xml {
                    Some(text) => fetch::run(self, state, table, text),
                    None if self.tracks(&options)? => self.tracked(state, table, &options),
                    None if options.apply.is_some() => apply::run(self, state, table, &options),
                    None => self.collection(state, table, state.rows(&table.name).collect(), &options, &table.set),
                }
            }
            [Segment { name, arguments: None }] if name == "$count" => {
                let options = self.options()?;
                self.access.require(&table.name, Op::Read)?;
                if options.deltatoken.is_some() {
                    return Ok(self.count(self.count_changes(state, table, &options)?));
                }
                options.refuse_set_options()?;
                let selection = shape::selection(self, table, &options)?;
                Ok(self.count(selection.apply(state, state.rows(&table.name)).len()))
            }
            [segment, ..] => Err(Fault::no_segment(&segment.name)),
        }
    }

    fn count(&self, count: usize) -> Answer {
        // The product sends a byte order mark before the number.
        let text = format!("\u{feff}{}", count.min(MAX_PAGE));
        self.answer(200).with("Content-Type", "text/plain").body(text.into_bytes())
    }

    fn get_below(&self, state: &State, table: &'a Table, id: &RowId, rest: &[Segment]) -> Result<Answer, Fault> {
        let Some(row) = state.get(&table.name, id) else { return Err(Fault::no_row(&table.name, id)) };
        let Some((next, after)) = rest.split_first() else { return self.single(state, table, row) };
        if let Some(function) = next.name.strip_prefix("Microsoft.Dynamics.CRM.") {
            return functions::bound(self, table, id, function, after);
        }
        if let Some(nav) = nav::find(self.schema, table, &next.name) {
            return match via(&nav) {
                Some(via) => self.get_collection(state, (table, row), (&nav, &via), next, after),
                None => self.get_one(state, row, &nav, next, after),
            };
        }
        self.get_property(state, table, row, next, after)
    }

    fn get_collection(
        &self,
        state: &State,
        (table, row): (&'a Table, &Row),
        (nav, via): (&Nav<'a>, &Via),
        segment: &Segment,
        after: &[Segment],
    ) -> Result<Answer, Fault> {
        let Some(child) = nav.table() else { return Err(Fault::no_segment(&segment.name)) };
        self.access.require(&child.name, Op::Read)?;
        let own = Ref::new(&table.name, row.id.clone());
        let rows = children(state, &own, via);
        if let Some(arguments) = &segment.arguments {
            let key = Key::parse(child, arguments, &|name| self.alias(name))?;
            let id = key.require(state, child)?;
            return match rows.iter().any(|row| row.id == id) {
                true => self.get_below(state, child, &id, after),
                false => Err(key.missing(child)),
            };
        }
        match after {
            [] => self.collection(state, child, rows, &self.options()?, &child.set),
            [segment] if segment.name == "$count" => {
                let selection = shape::selection(self, child, &self.options()?)?;
                Ok(self.count(selection.apply(state, rows.into_iter()).len()))
            }
            [segment] if segment.name == "$ref" => {
                let ids: Vec<Json> =
                    rows.iter().map(|row| json!({"@odata.id": self.row_address(child, row)})).collect();
                let context = format!("{}$metadata#Collection($ref)", self.root);
                Ok(self.json(200, &json!({"@odata.context": context, "value": ids})))
            }
            [segment, ..] => Err(Fault::no_segment(&segment.name)),
        }
    }

    fn get_one(
        &self,
        state: &State,
        row: &Row,
        nav: &Nav<'a>,
        segment: &Segment,
        after: &[Segment],
    ) -> Result<Answer, Fault> {
        let Nav::One { column, targets } = nav else { return Err(Fault::no_segment(&segment.name)) };
        let reference = row.get(&column.name).and_then(Value::reference);
        let found = reference.and_then(|reference| {
            let table = targets.iter().find(|table| table.name == reference.table)?;
            Some((*table, state.follow(reference)?))
        });
        let Some((table, target)) = found else { return Ok(self.answer(204)) };
        self.access.require(&table.name, Op::Read)?;
        if let [segment] = after
            && segment.name == "$ref"
        {
            let context = format!("{}$metadata#$ref", self.root);
            let id = self.row_address(table, target);
            return Ok(self.json(200, &json!({"@odata.context": context, "@odata.id": id})));
        }
        self.get_below(state, table, &target.id, after)
    }

    fn get_property(
        &self,
        state: &State,
        table: &'a Table,
        row: &Row,
        segment: &Segment,
        after: &[Segment],
    ) -> Result<Answer, Fault> {
        let column = nav::property(table, &segment.name).filter(|column| column.read);
        let column = column.ok_or_else(|| no_such_property(table, &segment.name))?;
        let shape = Shape { table, columns: vec![column], expands: Vec::new() };
        let value = self.row(state, row, &shape, None).remove(&nav::property_name(column)).unwrap_or(Json::Null);
        if value.is_null() {
            return Ok(self.answer(204));
        }
        match after {
            [] => {
                let context = format!("{}$metadata#{}({})/{}", self.root, table.set, row.id, segment.name);
                Ok(self.json(200, &json!({"@odata.context": context, "value": value})))
            }
            [last] if last.name == "$value" => {
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                Ok(self.answer(200).with("Content-Type", "text/plain").body(text.into_bytes()))
            }
            [segment, ..] => Err(Fault::no_segment(&segment.name)),
        }
    }

    /// One row.
    fn single(&self, state: &State, table: &'a Table, row: &Row) -> Result<Answer, Fault> {
        let options = self.options()?;
        if options.filter.is_some() || options.orderby.is_some() || options.top.is_some() || options.count {
            return Err(Fault::usage("Only $select and $expand are allowed on a single row."));
        }
        options.refuse_set_options()?;
        let etag = render::etag(row);
        let plain = options.expand.is_empty() && self.prefer.annotations.is_empty();
        let shape = shape::shape(self, table, &options)?;
        let known = self.request.header("if-none-match").unwrap_or_default();
        if plain && known.split(',').any(|known| known.trim() == etag) {
            return Ok(self.answer(304).with("ETag", etag));
        }
        let mut body = Map::new();
        let context = format!("{}$metadata#{}{}/$entity", self.root, table.set, projection(&options));
        body.insert("@odata.context".into(), context.into());
        body.append(&mut self.row(state, row, &shape, self.expand_page(&shape)));
        Ok(self.json(200, &Json::Object(body)).with("ETag", etag))
    }

    /// The row just written, as `return=representation` wants it.
    pub(crate) fn representation(
        &self,
        state: &State,
        table: &'a Table,
        id: &RowId,
        status: u16,
        with_expand: bool,
    ) -> Result<Answer, Fault> {
        let mut options = self.options()?;
        if !with_expand {
            options.expand.clear();
        }
        let shape = shape::shape(self, table, &options)?;
        let Some(row) = state.get(&table.name, id) else { return Err(Fault::no_row(&table.name, id)) };
        let mut body = Map::new();
        let context = format!("{}$metadata#{}{}/$entity", self.root, table.set, projection(&options));
        body.insert("@odata.context".into(), context.into());
        body.append(&mut self.row(state, row, &shape, self.expand_page(&shape)));
        Ok(self.json(status, &Json::Object(body)).with("ETag", render::etag(row)))
    }

    /// Page size of expanded collections; none in a query of a single level, which does not page them.
    fn expand_page(&self, shape: &Shape<'_>) -> Option<usize> {
        let nested = shape.expands.iter().any(|expand| expand.shapes.iter().any(|shape| !shape.expands.is_empty()));
        nested.then(|| self.prefer.page_size.unwrap_or(MAX_PAGE).min(MAX_PAGE))
    }

    /// One page of a collection.
    fn collection(
        &self,
        state: &State,
        table: &'a Table,
        rows: Vec<&Row>,
        options: &Options,
        context: &str,
    ) -> Result<Answer, Fault> {
        options.refuse_set_options()?;
        if self.prefer.track_changes {
            return Err(Fault::unsupported("the preference 'odata.track-changes' at this address"));
        }
        let shape = shape::shape(self, table, options)?;
        let selection = shape::selection(self, table, options)?;
        let found = selection.apply(state, rows.into_iter());
        let size = options.top.unwrap_or_else(|| self.prefer.page_size.unwrap_or(MAX_PAGE)).min(MAX_PAGE);
        let cookie = options.skiptoken.as_deref().map_or(Ok(Cookie::FIRST), Cookie::read)?;
        let offset = cookie.offset(size);
        let inner = self.expand_page(&shape);
        let shown: Vec<Json> =
            found.iter().skip(offset).take(size).map(|row| Json::Object(self.row(state, row, &shape, inner))).collect();
        let next = offset + shown.len();
        let mut body = Map::new();
        let context = format!("{}$metadata#{context}{}", self.root, projection(options));
        body.insert("@odata.context".into(), context.into());
        if options.count {
            body.insert("@odata.count".into(), found.len().min(MAX_PAGE).into());
        }
        if self.prefer.wants("Microsoft.Dynamics.CRM.totalrecordcount") {
            let count = if options.count { Json::from(found.len().min(MAX_PAGE)) } else { json!(-1) };
            body.insert("@Microsoft.Dynamics.CRM.totalrecordcount".into(), count);
            let exceeded = options.count && found.len() > MAX_PAGE;
            body.insert("@Microsoft.Dynamics.CRM.totalrecordcountlimitexceeded".into(), exceeded.into());
        }
        body.insert("value".into(), Json::Array(shown));
        if options.top.is_none() && next < found.len() {
            body.insert("@odata.nextLink".into(), self.next_link(cookie.page + 1, next).into());
        }
        Ok(self.json(200, &Json::Object(body)))
    }

    /// The address of the next page: this one with another cookie.
    pub(crate) fn next_link(&self, page: usize, offset: usize) -> String {
        self.link(&["$skiptoken"], &format!("$skiptoken={}", Cookie::at(page, offset).write()))
    }

    /// This address without some of its query options, and with another.
    pub(crate) fn link(&self, without: &[&str], with: &str) -> String {
        let is_without = |pair: &str| {
            let name = pair.split('=').next().unwrap_or_default().replace("%24", "$");
            without.contains(&name.as_str())
        };
        let kept = self.request.query.split('&').filter(|pair| !pair.is_empty() && !is_without(pair));
        let pairs: Vec<&str> = kept.chain([with]).collect();
        format!("{}{}?{}", self.request.base, self.request.path, pairs.join("&"))
    }
}

/// The error for what is no property: an image is one of the product, but not here.
pub(crate) fn no_such_property(table: &Table, name: &str) -> Fault {
    let name_of_column = name.strip_suffix("_url").unwrap_or(name);
    match table.column(name_of_column).is_some_and(|column| matches!(column.crm_type.as_str(), "Image" | "File")) {
        true => Fault::unsupported(&format!("the file or image column '{name}'")),
        false => Fault::no_segment(name),
    }
}

/// `(name,createdon)` of the context.
pub(crate) fn projection(options: &Options) -> String {
    let mut items: Vec<String> = options.select.iter().flatten().cloned().collect();
    items.extend(options.expand.iter().map(|expand| match &expand.options.select {
        Some(names) => format!("{}({})", expand.navigation, names.join(",")),
        None => format!("{}()", expand.navigation),
    }));
    if items.is_empty() { String::new() } else { format!("({})", items.join(",")) }
}
