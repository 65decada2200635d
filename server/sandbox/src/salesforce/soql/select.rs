//! What is selected, as the shape of the records that come back.

use serde_json::{Map, Value as Json};

use super::super::fault::Fault;
use super::super::model::{self, Child};
use super::super::render;
use super::condition::Reader;
use super::function::Of;
use super::path::{End, shared};
use super::run::{Asked, Plan};
use super::tree::{Item, Path, TypeOf};
use crate::schema::{Column, Table};
use crate::store::{Ref, Row};

/// Most subqueries of a query.
const MAX_CHILDREN: usize = 20;
/// Most references followed in a query.
const MAX_PARENTS: usize = 55;

/// Members of a record in the order they are selected.
#[derive(Debug, Default)]
pub(super) struct Shape<'m> {
    members: Vec<(String, Part<'m>)>,
}

#[derive(Debug)]
enum Part<'m> {
    Column(&'m Column),
    /// The label of a value.
    Label(&'m Column),
    Shared(&'static str),
    Parent {
        column: &'m Column,
        shape: Shape<'m>,
    },
    Types {
        column: &'m Column,
        when: Vec<(&'m Table, Shape<'m>)>,
        otherwise: Option<Shape<'m>>,
    },
    Children {
        child: Child<'m>,
        plan: Box<Plan<'m>>,
    },
}

impl<'m> Shape<'m> {
    /// The shape of a list of items.
    pub(super) fn read(reader: &Reader<'m, '_>, items: &[Item], depth: usize) -> Result<Shape<'m>, Fault> {
        let mut shape = Shape::default();
        for item in items {
            match item {
                Item::Field { path, alias } => {
                    if alias.is_some() && path.of.is_none() {
                        let message = "only aggregate expressions use field aliasing";
                        return Err(reader.names.fail("MALFORMED_QUERY", path.at, message));
                    }
                    shape.add(reader, path, alias.as_deref())?;
                }
                Item::TypeOf(types) => shape.add_types(reader, types)?,
                Item::Children(query) => {
                    let (child, plan) = Plan::children(reader, query, depth)?;
                    shape.push(
                        reader,
                        query.from.at,
                        child.name.to_owned(),
                        Part::Children { child, plan: Box::new(plan) },
                    )?;
                }
                Item::Count | Item::Aggregate { .. } | Item::Fields(..) => {
                    let message = "Grouped query cannot be mixed with fields here";
                    return Err(reader.names.fail("MALFORMED_QUERY", 0, message));
                }
            }
        }
        if shape.count(&|part| matches!(part, Part::Children { .. })) > MAX_CHILDREN {
            return Err(reader.names.fail(
                "MALFORMED_QUERY",
                0,
                "Too many child relationships: at most 20 are allowed",
            ));
        }
        let parents = shape.count(&|part| matches!(part, Part::Parent { .. } | Part::Types { .. }));
        match parents > MAX_PARENTS {
            true => {
                Err(reader.names.fail("MALFORMED_QUERY", 0, "Too many parent relationships: at most 55 are allowed"))
            }
            false => Ok(shape),
        }
    }

    fn count(&self, wanted: &dyn Fn(&Part<'m>) -> bool) -> usize {
        let below = |part: &Part<'m>| match part {
            Part::Parent { shape, .. } => shape.count(wanted),
            Part::Types { when, .. } => {
                when.len().saturating_sub(1) + when.iter().map(|(_, shape)| shape.count(wanted)).sum::<usize>()
            }
            _ => 0,
        };
        self.members.iter().map(|(_, part)| usize::from(wanted(part)) + below(part)).sum()
    }

    fn push(&mut self, reader: &Reader<'m, '_>, at: usize, name: String, part: Part<'m>) -> Result<(), Fault> {
        if self.members.iter().any(|(member, _)| *member == name) {
            return Err(reader.names.fail("INVALID_FIELD", at, &format!("duplicate field selected: {name}")));
        }
        self.members.push((name, part));
        Ok(())
    }

    pub(super) fn add(&mut self, reader: &Reader<'m, '_>, path: &Path, alias: Option<&str>) -> Result<(), Fault> {
        let resolved = reader.names.resolve(reader.table, reader.alias, path)?;
        if path.of.is_some_and(|of| of != Of::Label) {
            let message = format!("Field must be grouped or aggregated: {}", path.text());
            return Err(reader.names.fail("MALFORMED_QUERY", path.at, &message));
        }
        let shape = self.above(reader, path.at, &resolved.up)?;
        let part = match resolved.end {
            End::Column { column, .. } if path.of.is_some() => Part::Label(column),
            End::Column { column, .. } => Part::Column(column),
            End::Shared(name) => Part::Shared(name),
        };
        shape.push(reader, path.at, alias.unwrap_or(resolved.name()).to_owned(), part)
    }

    /// The shape of what references lead up to.
    fn above(&mut self, reader: &Reader<'m, '_>, at: usize, up: &[&'m Column]) -> Result<&mut Shape<'m>, Fault> {
        let mut shape = self;
        for column in up {
            let name = model::relationship(column).unwrap_or_default();
            let place = match shape.members.iter().position(|(member, _)| *member == name) {
                Some(place) => place,
                None => {
                    shape.members.push((name.clone(), Part::Parent { column, shape: Shape::default() }));
                    shape.members.len() - 1
                }
            };
            match shape.members.get_mut(place) {
                Some((_, Part::Parent { shape: inner, .. })) => shape = inner,
                _ => {
                    let message = format!("A relationship in a TYPEOF may not be selected otherwise: {name}");
                    return Err(reader.names.fail("MALFORMED_QUERY", at, &message));
                }
            }
        }
        Ok(shape)
    }

    /// "TYPEOF": of a polymorphic relationship of the object, or of one that a path leads up to.
    fn add_types(&mut self, reader: &Reader<'m, '_>, types: &TypeOf) -> Result<(), Fault> {
        let name = types.path.text();
        // Whatever is behind a polymorphic relationship has a type, so that this path leads through it.
        let mut typed = types.path.clone();
        typed.names.push("Type".to_owned());
        let up =
            reader.names.resolve(reader.table, reader.alias, &typed).map(|resolved| resolved.up).unwrap_or_default();
        let last = up.split_last().filter(|(column, _)| model::is_polymorphic(column));
        let Some((&column, through)) = last else {
            let message = format!("Cannot use TYPEOF on a field that is not polymorphic: {name}");
            return Err(reader.names.fail("MALFORMED_QUERY", types.path.at, &message));
        };
        let mut when = Vec::new();
        for (kind, paths) in &types.when {
            let table = reader.names.table(kind)?;
            if !column.targets.contains(&table.name) {
                let message = format!("The entity {} is not a target of {name}", table.name);
                return Err(reader.names.fail("INVALID_FIELD", kind.at, &message));
            }
            let inner = Reader { table, alias: None, ..*reader };
            let mut shape = Shape::default();
            paths.iter().try_for_each(|path| shape.add(&inner, path, None))?;
            when.push((table, shape));
        }
        let otherwise = types.otherwise.as_ref().map(|paths| {
            // Behind `ELSE` stand the fields that all objects share.
            let mut shape = Shape::default();
            paths.iter().try_for_each(|path| {
                let mut full = types.path.clone();
                full.names.extend(path.names.iter().cloned());
                let resolved = reader.names.resolve(reader.table, None, &full)?;
                match resolved.end {
                    End::Shared(name) => shape.push(reader, path.at, name.to_owned(), Part::Shared(name)),
                    End::Column { .. } => Err(Fault::json()),
                }
            })?;
            Ok::<_, Fault>(shape)
        });
        let otherwise = otherwise.transpose()?;
        let name = model::relationship(column).unwrap_or_default();
        let shape = self.above(reader, types.path.at, through)?;
        shape.push(reader, types.path.at, name, Part::Types { column, when, otherwise })
    }

    /// A row in this shape. `kind` is what its attributes say it is.
    pub(super) fn record(&self, asked: &Asked<'m>, table: &Table, row: &Row, kind: &str) -> Json {
        let mut record = Map::new();
        record.insert("attributes".into(), render::attributes(asked.root, kind, &table.name, row.id.as_str()));
        for (name, part) in &self.members {
            record.insert(name.clone(), part.json(asked, table, row));
        }
        Json::Object(record)
    }
}

impl<'m> Part<'m> {
    fn json(&self, asked: &Asked<'m>, table: &Table, row: &Row) -> Json {
        match self {
            Part::Column(column) => render::cell(table, row, column),
            Part::Label(column) => {
                let value = row.get(&column.name).cloned();
                value.and_then(|value| Of::Label.of(column, value)).as_ref().map_or(Json::Null, render::plain)
            }
            Part::Shared(name) => shared(table, row, name).as_ref().map_or(Json::Null, render::plain),
            Part::Parent { column, shape } => match behind(asked, row, column) {
                Some((table, row)) if model::is_polymorphic(column) => shape.record(asked, table, row, "Name"),
                Some((table, row)) => shape.record(asked, table, row, &table.name),
                None => Json::Null,
            },
            Part::Types { column, when, otherwise } => {
                let Some((table, row)) = behind(asked, row, column) else { return Json::Null };
                let fits = when.iter().find(|(kind, _)| kind.name == table.name);
                match (fits, otherwise) {
                    (Some((_, shape)), _) => shape.record(asked, table, row, &table.name),
                    (None, Some(shape)) => shape.record(asked, table, row, "Name"),
                    (None, None) => Json::Null,
                }
            }
            Part::Children { child, plan } => {
                let parent = Ref::new(child.parent, row.id.clone());
                let records = plan.records(asked, Some((child, &parent)));
                match records.is_empty() {
                    true => Json::Null,
                    false => asked.sf.first_page(asked.root, asked.user, records, asked.page),
                }
            }
        }
    }
}

fn behind<'a>(asked: &'a Asked<'_>, row: &Row, column: &Column) -> Option<(&'a Table, &'a Row)> {
    let reference = row.get(&column.name)?.reference()?;
    Some((asked.model.schema.table(&reference.table)?, asked.state.follow(reference)?))
}
