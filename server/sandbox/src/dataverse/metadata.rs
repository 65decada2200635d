//! `EntityDefinitions` and what lies below, `RelationshipDefinitions`, the service document.

use serde_json::{Map, Value as Json, json};

use super::address::{Segment, pairs};
use super::call::Call;
use super::csdl;
use super::definition as define;
use super::fault::Fault;
use super::lex::Literal;
use super::options::{Expand, Options};
use super::security::{Op, privilege, privileged};
use super::select;
use crate::http::Answer;
use crate::schema::{Column, Table};

/// The service document.
pub(crate) fn service_document(call: &Call<'_>) -> Answer {
    let sets: Vec<Json> = call
        .schema
        .tables
        .values()
        .map(|table| json!({"name": table.set, "kind": "EntitySet", "url": table.set}))
        .collect();
    call.json(200, &json!({"@odata.context": format!("{}$metadata", call.root), "value": sets}))
}

/// Answers a GET of metadata; none when the segment is not metadata.
pub(crate) fn get(call: &Call<'_>, first: &Segment, rest: &[Segment]) -> Result<Option<Answer>, Fault> {
    if first.name == "$metadata" {
        let annotated = call.pairs.iter().any(|(name, value)| name == "annotations" && value == "true");
        let document = csdl::document(call.schema, annotated);
        return Ok(Some(call.answer(200).with("Content-Type", "application/xml").body(document.into_bytes())));
    }
    let reader = Reader { call, options: call.options()? };
    if first.name.ends_with("Definitions") {
        reader.options.refuse_set_options()?;
    }
    match first.name.as_str() {
        "EntityDefinitions" => reader.entities(first, rest).map(Some),
        "RelationshipDefinitions" => reader.relationships(first, rest).map(Some),
        name if name.ends_with("Definitions") => Err(Fault::unsupported(&format!("the resource '{name}'"))),
        _ => Ok(None),
    }
}

struct Reader<'c, 'a> {
    call: &'c Call<'a>,
    options: Options,
}

impl<'a> Reader<'_, 'a> {
    fn entities(&self, first: &Segment, rest: &[Segment]) -> Result<Answer, Fault> {
        match (&first.arguments, rest) {
            (None, []) => {
                let tables = self.call.schema.tables.values();
                let items = tables.map(|table| self.entity(table, &self.options)).collect::<Result<Vec<_>, _>>()?;
                self.collection("EntityDefinitions", items)
            }
            (None, [segment, ..]) => Err(Fault::no_segment(&segment.name)),
            (Some(arguments), rest) => self.below_entity(self.table(arguments)?, rest),
        }
    }

    fn table(&self, arguments: &str) -> Result<&'a Table, Fault> {
        let tables = || self.call.schema.tables.values();
        let wanted = name_of(self.call, arguments, "LogicalName")?;
        let found = match &wanted {
            Wanted::Name(name) => tables().find(|table| table.name == *name),
            Wanted::Id(id) => tables().find(|table| define::metadata_id(&table.name) == *id),
        };
        found.ok_or_else(|| {
            let what = match wanted {
                Wanted::Name(name) => format!("LogicalName = '{name}'"),
                Wanted::Id(id) => format!("MetadataId = '{id}'"),
            };
            Fault::new(404, "0x80060888", format!("Could not find an entity with the specified {what}."))
        })
    }

    /// A table with what is expanded of it.
    fn entity(&self, table: &Table, options: &Options) -> Result<Map<String, Json>, Fault> {
        let mut full = define::table(table);
        full.insert("Privileges".to_owned(), privileges(table).into_iter().map(Json::Object).collect());
        for expand in &options.expand {
            let items = self.members(table, &expand.navigation, None)?;
            full.insert(expand.navigation.clone(), Json::Array(expanded(items, expand)?));
        }
        Ok(full)
    }

    /// What hangs below a table, by navigation name; `class` narrows columns to one class.
    fn members(&self, table: &Table, name: &str, class: Option<&str>) -> Result<Vec<Map<String, Json>>, Fault> {
        let relations = || define::relations(self.call.schema, table);
        let items = match name {
            "Attributes" => {
                let columns = table.columns.values().filter(|column| fits(column, class));
                let define = |column| {
                    let mut full = define::column(table, column);
                    full.insert("IsSecured".to_owned(), self.call.front.is_secured(table, column).into());
                    full
                };
                return Ok(columns.map(define).collect());
            }
            "ManyToOneRelationships" => relations().many_to_one,
            "OneToManyRelationships" => relations().one_to_many,
            "ManyToManyRelationships" => relations().many_to_many,
            "Keys" => define::keys(table),
            "Privileges" => return Ok(privileges(table)),
            other => return Err(Fault::no_property(other, "EntityMetadata")),
        };
        Ok(items.into_iter().filter_map(|item| if let Json::Object(map) = item { Some(map) } else { None }).collect())
    }

    fn below_entity(&self, table: &'a Table, rest: &[Segment]) -> Result<Answer, Fault> {
        match rest {
            [] => {
                let full = self.entity(table, &self.options)?;
                self.single("EntityDefinitions/$entity", full, &["MetadataId"])
            }
            [class] if class.name == "Microsoft.Dynamics.CRM.EntityMetadata" => self.below_entity(table, &[]),
            [segment] if segment.arguments.is_none() => {
                let items = self.members(table, &segment.name, None)?;
                self.collection(&format!("EntityDefinitions('{}')/{}", table.name, segment.name), items)
            }
            [segment, class] if segment.name == "Attributes" && segment.arguments.is_none() => {
                self.columns_of_class(table, &class.name)
            }
            [segment, below @ ..] if segment.name == "Attributes" => self.one_column(table, segment, below),
            [segment, ..] => Err(Fault::unsupported(&format!("the path below '{}'", segment.name))),
        }
    }

    fn columns_of_class(&self, table: &Table, class: &str) -> Result<Answer, Fault> {
        known_class(class)?;
        let columns = table.columns.values().filter(|column| fits(column, Some(class)));
        let items = columns.map(|column| self.with_options(table, column)).collect::<Result<Vec<_>, _>>()?;
        self.collection(&format!("EntityDefinitions('{}')/Attributes/{class}", table.name), items)
    }

    /// A column, with its options where they are expanded.
    fn with_options(&self, table: &Table, column: &Column) -> Result<Map<String, Json>, Fault> {
        let mut full = define::column(table, column);
        full.remove("@odata.type");
        for expand in &self.options.expand {
            let value = match (expand.navigation.as_str(), define::option_set(table, column)) {
                ("OptionSet", Some(Json::Object(set))) => Json::Object(select::project(set, &expand.options, &[])),
                ("GlobalOptionSet", Some(_)) => Json::Null,
                (other, _) => return Err(Fault::no_property(other, "AttributeMetadata")),
            };
            full.insert(expand.navigation.clone(), value);
        }
        Ok(full)
    }

    fn one_column(&self, table: &'a Table, segment: &Segment, below: &[Segment]) -> Result<Answer, Fault> {
        let arguments = segment.arguments.as_deref().unwrap_or_default();
        let column = match name_of(self.call, arguments, "LogicalName")? {
            Wanted::Name(name) => table.column(&name),
            Wanted::Id(id) => {
                table.columns.values().find(|c| define::metadata_id(&format!("{}.{}", table.name, c.name)) == id)
            }
        };
        let Some(column) = column else {
            let message = format!("Could not find an attribute of '{}' with the specified name.", table.name);
            return Err(Fault::new(404, "0x80060888", message));
        };
        match below {
            [] if self.options.expand.is_empty() => {
                self.single("EntityDefinitions/Attributes/$entity", define::column(table, column), &["MetadataId"])
            }
            [class] if class.name.starts_with("Microsoft.Dynamics.CRM.") => {
                known_class(&class.name)?;
                if !fits(column, Some(&class.name)) {
                    return Err(Fault::new(404, "0x80060888", "The attribute is not of the requested type."));
                }
                let full = self.with_options(table, column)?;
                self.single(&format!("EntityDefinitions/Attributes/{}/$entity", class.name), full, &["MetadataId"])
            }
            [class, set] if set.name == "OptionSet" && fits(column, Some(&class.name)) => {
                match define::option_set(table, column) {
                    Some(Json::Object(set)) => self.single("OptionSetMetadata/$entity", set, &["MetadataId"]),
                    _ => Err(Fault::no_segment(&set.name)),
                }
            }
            _ => Err(Fault::unsupported("this path below an attribute")),
        }
    }

    fn relationships(&self, first: &Segment, rest: &[Segment]) -> Result<Answer, Fault> {
        let mut items = Vec::new();
        let class = rest.first().map(|segment| segment.name.as_str());
        for table in self.call.schema.tables.values() {
            let relations = define::relations(self.call.schema, table);
            if class != Some("Microsoft.Dynamics.CRM.ManyToManyRelationshipMetadata") {
                items.extend(relations.many_to_one);
            }
            if class != Some("Microsoft.Dynamics.CRM.OneToManyRelationshipMetadata") {
                items.extend(relations.many_to_many);
            }
        }
        if rest.len() > 1 {
            return Err(Fault::unsupported("this path below a relationship"));
        }
        if let Some(class) = class
            && !class.ends_with("ToManyRelationshipMetadata")
        {
            return Err(Fault::no_segment(class));
        }
        let mut seen = std::collections::BTreeSet::new();
        items.retain(|item| seen.insert(item["MetadataId"].to_string()));
        let maps = items.into_iter().filter_map(|item| if let Json::Object(map) = item { Some(map) } else { None });
        let maps = maps.map(|map| if class.is_none() { typed(map) } else { map });
        let Some(arguments) = &first.arguments else {
            return self.collection("RelationshipDefinitions", maps.collect());
        };
        let (key, wanted) = match name_of(self.call, arguments, "SchemaName")? {
            Wanted::Name(name) => ("SchemaName", name),
            Wanted::Id(id) => ("MetadataId", id),
        };
        let mut maps = maps;
        let found = maps.find(|map| map.get(key).and_then(Json::as_str) == Some(&wanted));
        let missing = || Fault::new(404, "0x80060888", "Could not find a relationship with the specified name.");
        self.single("RelationshipDefinitions/$entity", found.ok_or_else(missing)?, &["MetadataId"])
    }

    fn collection(&self, context: &str, items: Vec<Map<String, Json>>) -> Result<Answer, Fault> {
        if self.options.top.is_some() || self.options.orderby.is_some() {
            return Err(Fault::usage("$top and $orderby are not supported for metadata."));
        }
        let kept = select::filtered(items, &self.options, &|name| self.call.alias(name))?;
        let shown: Vec<Json> =
            kept.into_iter().map(|map| Json::Object(select::project(map, &self.options, &["MetadataId"]))).collect();
        let context = format!("{}$metadata#{context}", self.call.root);
        let mut body = json!({"@odata.context": context});
        if let Some(body) = body.as_object_mut() {
            if self.options.count {
                body.insert("@odata.count".into(), shown.len().into());
            }
            body.insert("value".into(), Json::Array(shown));
        }
        Ok(self.call.json(200, &body))
    }

    fn single(&self, context: &str, full: Map<String, Json>, always: &[&str]) -> Result<Answer, Fault> {
        let mut body = Map::new();
        body.insert("@odata.context".into(), format!("{}$metadata#{context}", self.call.root).into());
        body.append(&mut select::project(full, &self.options, always));
        Ok(self.call.json(200, &Json::Object(body)))
    }
}

/// A relationship with its type, which the client cannot know when it did not ask for one.
fn typed(mut map: Map<String, Json>) -> Map<String, Json> {
    let kind = match map.get("RelationshipType").and_then(Json::as_str) {
        Some("ManyToManyRelationship") => "ManyToMany",
        _ => "OneToMany",
    };
    let mut full = Map::new();
    full.insert("@odata.type".into(), format!("#Microsoft.Dynamics.CRM.{kind}RelationshipMetadata").into());
    full.append(&mut map);
    full
}

fn expanded(items: Vec<Map<String, Json>>, expand: &Expand) -> Result<Vec<Json>, Fault> {
    let kept = select::filtered(items, &expand.options, &|_| None)?;
    Ok(kept.into_iter().map(|map| Json::Object(select::project(map, &expand.options, &["MetadataId"]))).collect())
}

fn fits(column: &Column, class: Option<&str>) -> bool {
    class.is_none_or(|class| define::class(column).as_deref() == Some(class))
}

fn known_class(class: &str) -> Result<(), Fault> {
    let known = [
        "Lookup",
        "Picklist",
        "State",
        "Status",
        "String",
        "Memo",
        "Integer",
        "BigInt",
        "Decimal",
        "Double",
        "Money",
        "Boolean",
        "DateTime",
        "MultiSelectPicklist",
        "EntityName",
        "Image",
    ];
    let name = class.strip_prefix("Microsoft.Dynamics.CRM.").and_then(|name| name.strip_suffix("AttributeMetadata"));
    match name.is_some_and(|name| known.contains(&name)) {
        true => Ok(()),
        false => Err(Fault::no_segment(class)),
    }
}

/// The privileges on a table.
fn privileges(table: &Table) -> Vec<Map<String, Json>> {
    let one = |op: &Op| {
        let name = privilege(table, *op);
        json!({"Name": name, "PrivilegeId": define::metadata_id(&name), "PrivilegeType": format!("{op:?}"),
            "CanBeBasic": true, "CanBeLocal": true, "CanBeDeep": true, "CanBeGlobal": true})
    };
    let all = privileged(table).iter().map(one);
    all.filter_map(|privilege| if let Json::Object(map) = privilege { Some(map) } else { None }).collect()
}

enum Wanted {
    Name(String),
    Id(String),
}

/// The name or identifier between the parentheses of a definition.
fn name_of(call: &Call<'_>, arguments: &str, property: &str) -> Result<Wanted, Fault> {
    if let Some(id) = super::guid::parse(arguments.trim()) {
        return Ok(Wanted::Id(id.to_string()));
    }
    let invalid = || Fault::usage(format!("A definition is addressed by '{property}' or by its MetadataId."));
    match pairs(arguments, &|name| call.alias(name)).map_err(|_| invalid())?.as_slice() {
        [(name, Literal::Text(text))] if name == property => Ok(Wanted::Name(text.clone())),
        [(name, Literal::Guid(id))] if name == "MetadataId" => Ok(Wanted::Id(id.to_string())),
        _ => Err(invalid()),
    }
}
