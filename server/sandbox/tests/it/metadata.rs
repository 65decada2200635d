//! Definitions, the service document, functions.

use crate::client::{Org, names};

#[tokio::test]
async fn a_table_with_its_columns_and_relations_in_one_request() {
    let org = Org::start().await;
    let path = "EntityDefinitions(LogicalName='contact')?$select=LogicalName,EntitySetName,PrimaryIdAttribute,PrimaryNameAttribute,IsActivity,ObjectTypeCode&$expand=Attributes($select=LogicalName,AttributeType,AttributeOf,IsValidForCreate),ManyToOneRelationships($select=ReferencingAttribute,ReferencingEntityNavigationPropertyName,ReferencedEntity),OneToManyRelationships,Keys";
    let table = org.get(path).await.expect(200).json();
    assert_eq!((table["EntitySetName"].as_str(), table["ObjectTypeCode"].as_i64()), (Some("contacts"), Some(2)));
    assert!(table["MetadataId"].is_string() && table.get("SchemaName").is_none());
    let columns = table["Attributes"].as_array().unwrap();
    let column = |name: &str| columns.iter().find(|column| column["LogicalName"] == name).unwrap();
    assert_eq!(column("parentcustomerid")["AttributeType"], "Customer");
    assert_eq!(column("contactid")["IsValidForCreate"], true);
    assert_eq!(column("createdon")["IsValidForCreate"], false);
    assert_eq!(column("owneridname")["AttributeOf"], "ownerid");
    let relations = table["ManyToOneRelationships"].as_array().unwrap();
    assert!(relations.iter().any(|relation| {
        relation["ReferencingAttribute"] == "parentcustomerid"
            && relation["ReferencedEntity"] == "account"
            && relation["ReferencingEntityNavigationPropertyName"] == "parentcustomerid_account"
    }));
    let collections = table["OneToManyRelationships"].as_array().unwrap();
    assert!(collections.iter().any(|r| r["ReferencedEntityNavigationPropertyName"] == "account_primary_contact"));
}

#[tokio::test]
async fn columns_of_one_class_and_their_options() {
    let org = Org::start().await;
    let base = "EntityDefinitions(LogicalName='account')/Attributes";
    let lookups =
        org.get(&format!("{base}/Microsoft.Dynamics.CRM.LookupAttributeMetadata?$select=LogicalName,Targets")).await;
    let lookups = lookups.expect(200).json();
    let owner = lookups["value"].as_array().unwrap().iter().find(|c| c["LogicalName"] == "ownerid").unwrap().clone();
    assert_eq!(owner["Targets"], serde_json::json!(["systemuser", "team"]));
    let status = org.get(&format!("{base}(LogicalName='statuscode')/Microsoft.Dynamics.CRM.StatusAttributeMetadata?$select=LogicalName&$expand=OptionSet")).await;
    let status = status.expect(200).json();
    assert_eq!(status["OptionSet"]["Options"][0]["Label"]["UserLocalizedLabel"]["Label"], "Active");
    org.get(&format!("{base}/Microsoft.Dynamics.CRM.NothingAttributeMetadata")).await.expect(404);
    let name = org.get(&format!("{base}(LogicalName='name')")).await.expect(200).json();
    assert_eq!(
        (name["MaxLength"].as_i64(), name["@odata.type"].as_str()),
        (Some(100), Some("#Microsoft.Dynamics.CRM.StringAttributeMetadata"))
    );
    org.get(&format!("{base}(LogicalName='nothing')")).await.expect(404);
}

#[tokio::test]
async fn tables_and_relations_are_found_by_filter() {
    let org = Org::start().await;
    let tables = org.get("EntityDefinitions?$select=LogicalName&$filter=LogicalName eq 'amb_detail'").await;
    assert_eq!(names(&tables, "LogicalName"), ["amb_detail"]);
    let picklists = org.get("EntityDefinitions(LogicalName='account')/Attributes?$select=LogicalName&$filter=AttributeType eq Microsoft.Dynamics.CRM.AttributeTypeCode'State'").await;
    assert_eq!(names(&picklists, "LogicalName"), ["statecode"]);
    let required = org.get("EntityDefinitions(LogicalName='contact')/Attributes?$select=LogicalName&$filter=RequiredLevel/Value eq Microsoft.Dynamics.CRM.AttributeRequiredLevel'ApplicationRequired'").await;
    assert!(names(&required, "LogicalName").contains(&"lastname".to_owned()));
    let relations = org.get("RelationshipDefinitions/Microsoft.Dynamics.CRM.OneToManyRelationshipMetadata?$select=SchemaName&$filter=ReferencedEntity eq 'account' and ReferencingEntity eq 'amb_detail'").await;
    assert_eq!(names(&relations, "SchemaName"), ["amb_account_details"]);
    let one = org.get("RelationshipDefinitions(SchemaName='accountleads_association')").await.expect(200).json();
    assert_eq!(one["@odata.type"], "#Microsoft.Dynamics.CRM.ManyToManyRelationshipMetadata");
    let keys = org.get("EntityDefinitions(LogicalName='account')/Keys?$select=SchemaName,KeyAttributes").await;
    assert_eq!(names(&keys, "SchemaName"), ["amb_key", "number_city"]);
    org.get("EntityDefinitions(LogicalName='nothing')").await.expect(404);
    org.get("EntityDefinitions?$select=Nothing").await.expect(400);
    org.get("EntityDefinitions?$top=1").await.expect(400);
}

#[tokio::test]
async fn the_service_document_and_functions() {
    let org = Org::start().await;
    let sets = names(&org.get("").await.expect(200), "url");
    assert!(sets.contains(&"accounts".to_owned()) && sets.contains(&"amb_details".to_owned()));
    for call in ["WhoAmI", "WhoAmI()"] {
        let who = org.get(call).await.expect(200).json();
        assert_eq!(who["UserId"], org.user("system-administrator", "user_id"));
        assert!(who["BusinessUnitId"].is_string() && who["OrganizationId"].is_string());
    }
    assert!(org.get("RetrieveVersion()").await.json()["Version"].as_str().unwrap().starts_with("9.2"));
    let annotated = org.get("$metadata?annotations=true").await.expect(200).body;
    let computed = r#"<Annotation Term="Org.OData.Core.V1.Computed" Bool="true" />"#;
    assert!(annotated.contains(&format!(r#"<Property Name="_primarycontactid_value" Type="Edm.Guid">{computed}"#)));
    assert!(annotated.contains("Org.OData.Capabilities.V1.ChangeTracking"));
    assert!(annotated.contains(r#"<Property Name="telephone1" Type="Edm.String" />"#));
    let model = org.get("$metadata").await.expect(200);
    assert!(!model.body.contains("<Annotation"));
    assert_eq!(model.header("content-type"), Some("application/xml"));
    for text in [
        r#"<EntitySet Name="accounts" EntityType="Microsoft.Dynamics.CRM.account">"#,
        r#"<Property Name="_primarycontactid_value" Type="Edm.Guid" />"#,
        r#"<NavigationProperty Name="amb_account_details" Type="Collection(mscrm.amb_detail)" Partner="amb_AccountId" />"#,
        r#"<EntityType Name="systemuser" BaseType="mscrm.principal">"#,
    ] {
        assert!(model.body.contains(text), "{text}");
    }
}
