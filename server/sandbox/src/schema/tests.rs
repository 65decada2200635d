use super::*;

#[test]
fn the_shipped_schemas_load_and_relations_lead_somewhere() {
    for crm in [Crm::Dataverse, Crm::Salesforce] {
        let schema = Schema::built_in(crm).unwrap();
        assert!(schema.tables.len() >= 10);
        for table in schema.tables.values() {
            assert_eq!(table.column(&table.id).unwrap().kind, Kind::Id, "{}", table.name);
            for column in table.columns.values() {
                for relation in &column.relations {
                    let known = schema.table(&relation.to).is_some() || relation.to == "owner";
                    assert!(known, "{}.{} -> {}", table.name, column.name, relation.to);
                }
            }
        }
        for link in &schema.links {
            assert!(schema.table(&link.left).is_some() && schema.table(&link.right).is_some());
        }
    }
}

#[test]
fn a_file_adds_tables_and_columns() {
    let mut schema = Schema::built_in(Crm::Dataverse).unwrap();
    let text = r"
kind: SandboxSchema
crm: dataverse
tables:
  account:
    keys: {amb_key: [amb_externalkey]}
    columns:
      amb_externalkey: {type: String, length: 100}
  amb_note:
    set: amb_notes
    columns:
      amb_noteid: {type: Uniqueidentifier}
";
    schema.extend(text).unwrap();
    let account = schema.table("account").unwrap();
    assert!(account.column("amb_externalkey").unwrap().custom);
    assert!(!account.column("name").unwrap().custom);
    assert_eq!(account.set, "accounts");
    assert_eq!(schema.by_set("amb_notes").unwrap().id, "amb_noteid");
}

#[test]
fn mistakes_in_a_file_are_named() {
    let mut schema = Schema::built_in(Crm::Dataverse).unwrap();
    let wrong_type = "{kind: SandboxSchema, crm: dataverse, tables: {account: {columns: {x: {type: Text}}}}}";
    assert!(matches!(schema.extend(wrong_type), Err(SchemaError::UnknownType { .. })));
    let wrong_key = "{kind: SandboxSchema, crm: dataverse, tables: {account: {keys: {k: [nothing]}}}}";
    assert!(matches!(schema.extend(wrong_key), Err(SchemaError::UnknownKeyColumn { .. })));
    let wrong_crm = "{kind: SandboxSchema, crm: salesforce}";
    assert!(matches!(schema.extend(wrong_crm), Err(SchemaError::NotOurs)));
    let wrong_name = "{kind: SandboxSchema, crm: dataverse, tables: {account: {columns: {\"a<b\": {type: String}}}}}";
    assert!(matches!(schema.extend(wrong_name), Err(SchemaError::Name { .. })));
    let wrong_end = "{kind: SandboxSchema, crm: dataverse, tables: {account: {columns: {x: {type: Lookup, relations: [{to: nothing}]}}}}}";
    assert!(matches!(schema.clone().extend(wrong_end), Err(SchemaError::UnknownTable { .. })));
    let typo = "{kind: SandboxSchema, crm: dataverse, tabels: {}}";
    assert!(matches!(schema.extend(typo), Err(SchemaError::Shape(_))));
}
