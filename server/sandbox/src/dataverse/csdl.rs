//! `$metadata`: the model in the XML of OData.

use std::fmt::Write;

use super::coerce;
use super::nav;
use super::tracking::is_tracked;
use crate::schema::{Column, Kind, Schema, Table};

const HEAD: &str = r#"<?xml version="1.0" encoding="utf-8"?><edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices><Schema Namespace="Microsoft.Dynamics.CRM" Alias="mscrm" xmlns="http://docs.oasis-open.org/odata/ns/edm"><EntityType Name="crmbaseentity" Abstract="true" /><EntityType Name="principal" BaseType="mscrm.crmbaseentity"><Key><PropertyRef Name="ownerid" /></Key><Property Name="ownerid" Type="Edm.Guid" /></EntityType>"#;

const FUNCTIONS: &str = r#"<ComplexType Name="WhoAmIResponse"><Property Name="BusinessUnitId" Type="Edm.Guid" Nullable="false" /><Property Name="UserId" Type="Edm.Guid" Nullable="false" /><Property Name="OrganizationId" Type="Edm.Guid" Nullable="false" /></ComplexType><Function Name="WhoAmI"><ReturnType Type="mscrm.WhoAmIResponse" Nullable="false" /></Function>"#;

const COMPUTED: &str = r#"<Annotation Term="Org.OData.Core.V1.Computed" Bool="true" /><Annotation Term="Org.OData.Core.V1.Permissions"><EnumMember>Org.OData.Core.V1.PermissionType/Read</EnumMember></Annotation>"#;

const TRACKED: &str = r#"<Annotation Term="Org.OData.Capabilities.V1.ChangeTracking"><Record><PropertyValue Property="Supported" Bool="true" /></Record></Annotation>"#;

/// The whole document, with annotations where they are asked for ("Web API service documents": `?annotations=true`).
pub(crate) fn document(schema: &Schema, annotated: bool) -> String {
    let mut out = HEAD.to_owned();
    for table in schema.tables.values() {
        entity(schema, table, annotated, &mut out);
    }
    out.push_str(FUNCTIONS);
    out.push_str(r#"<EntityContainer Name="System">"#);
    for table in schema.tables.values() {
        let (set, name) = (&table.set, &table.name);
        // Writing to a text cannot fail.
        let _ = write!(out, r#"<EntitySet Name="{set}" EntityType="Microsoft.Dynamics.CRM.{name}">"#);
        for (name, target, _) in navigations(schema, table) {
            if let Some(target) = schema.table(&target) {
                let _ = write!(out, r#"<NavigationPropertyBinding Path="{name}" Target="{}" />"#, target.set);
            }
        }
        if annotated && is_tracked(table) {
            out.push_str(TRACKED);
        }
        out.push_str("</EntitySet>");
    }
    out.push_str(r#"<FunctionImport Name="WhoAmI" Function="mscrm.WhoAmI" />"#);
    out.push_str("</EntityContainer></Schema></edmx:DataServices></edmx:Edmx>");
    out
}

fn entity(schema: &Schema, table: &Table, annotated: bool, out: &mut String) {
    let principal = matches!(table.name.as_str(), "systemuser" | "team");
    let base = if principal { "principal" } else { "crmbaseentity" };
    let _ = write!(out, r#"<EntityType Name="{}" BaseType="mscrm.{base}">"#, table.name);
    if !principal {
        let _ = write!(out, r#"<Key><PropertyRef Name="{}" /></Key>"#, table.id);
    }
    for column in table.columns.values().filter(|column| nav::is_property(column)) {
        property(column, annotated, out);
    }
    for (name, target, rest) in navigations(schema, table) {
        match rest {
            Rest::One { column, key } => {
                let _ = write!(
                    out,
                    r#"<NavigationProperty Name="{name}" Type="mscrm.{target}" Nullable="true"><ReferentialConstraint Property="_{column}_value" ReferencedProperty="{key}" /></NavigationProperty>"#
                );
            }
            Rest::Many { partner } => {
                let _ = write!(
                    out,
                    r#"<NavigationProperty Name="{name}" Type="Collection(mscrm.{target})" Partner="{partner}" />"#
                );
            }
        }
    }
    out.push_str("</EntityType>");
}

/// A property; what a client cannot write is marked ("Web API properties").
fn property(column: &Column, annotated: bool, out: &mut String) {
    let (name, edm) = (nav::property_name(column), coerce::edm(column));
    let read_only = column.kind == Kind::Ref || !(column.create || column.update);
    let _ = match annotated && read_only {
        false => write!(out, r#"<Property Name="{name}" Type="{edm}" />"#),
        true => write!(out, r#"<Property Name="{name}" Type="{edm}">{COMPUTED}</Property>"#),
    };
}

enum Rest {
    One { column: String, key: String },
    Many { partner: String },
}

/// Navigation properties of a table: name, target, and what is particular to them.
fn navigations(schema: &Schema, table: &Table) -> Vec<(String, String, Rest)> {
    let mut found = Vec::new();
    for column in table.columns.values().filter(|column| column.kind == Kind::Ref) {
        for relation in &column.relations {
            let (target, key) = match relation.to.as_str() {
                "owner" => ("principal".to_owned(), "ownerid".to_owned()),
                to => (to.to_owned(), schema.table(to).map(|table| table.id.clone()).unwrap_or_default()),
            };
            found.push((relation.navigation.clone(), target, Rest::One { column: column.name.clone(), key }));
        }
    }
    for child in schema.tables.values() {
        let relations = child.columns.values().flat_map(|column| &column.relations);
        for relation in relations.filter(|r| r.to == table.name && !r.collection.is_empty()) {
            let partner = relation.navigation.clone();
            found.push((relation.collection.clone(), child.name.clone(), Rest::Many { partner }));
        }
    }
    for link in &schema.links {
        let (left, right) = (link.left_navigation.clone(), link.right_navigation.clone());
        if link.left == table.name {
            found.push((left.clone(), link.right.clone(), Rest::Many { partner: right.clone() }));
        }
        if link.right == table.name {
            found.push((right, link.left.clone(), Rest::Many { partner: left }));
        }
    }
    found
}
