//! Pages, searches and lists.

use engage_scim::json::Limits;
use engage_scim::list::{ListResponse, Page, Search};
use serde_json::{Value, json};

use crate::kind_of;

fn page(start_index: &str, count: &str) -> (u64, u32) {
    let page = Page::from_query(Some(start_index), Some(count)).unwrap();
    (page.start_index, page.count)
}

fn search(body: Value) -> Search {
    Search::read(body.to_string().as_bytes(), &Limits::default()).unwrap()
}

#[test]
fn pages_are_brought_within_what_there_is() {
    assert_eq!(Page::default(), Page { start_index: 1, count: 100 });
    assert_eq!(page("1", "2"), (1, 2));
    assert_eq!(page("0", "-5"), (1, 0));
    assert_eq!(page("-99999999999999999999", "0"), (1, 0));
    assert_eq!(page("+7", "201"), (7, 200));
    assert_eq!(page("1", "99999999999999999999"), (1, 200));
    assert_eq!(Page::from_query(Some("41"), None).unwrap().skipped(), 40);
    for text in ["", "x", "1.5", "1e2", "--1", " 1"] {
        assert_eq!(kind_of(&Page::from_query(Some(text), None).unwrap_err()), "invalidValue", "{text:?}");
    }
}

#[test]
fn a_search_is_read_as_a_url_would_be() {
    let body = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],
        "ATTRIBUTES": ["userName", "name.givenName"],
        "filter": "title pr",
        "startIndex": 0,
        "count": 1_000,
        "sortBy": "userName",
    });
    let found = search(body);
    assert_eq!(found.attributes, ["userName", "name.givenName"]);
    assert_eq!((found.filter.as_deref(), found.page), (Some("title pr"), Page { start_index: 1, count: 200 }));
    assert_eq!(search(json!({})), Search::default());
    assert_eq!(search(json!({ "filter": null, "count": 0 })).page.count, 0);
    assert_eq!(search(json!({ "excludedAttributes": "members,meta" })).excluded_attributes, ["members", "meta"]);
}

#[test]
fn a_search_that_cannot_be_read_is_refused() {
    let refused = |body: Value| kind_of(&Search::read(body.to_string().as_bytes(), &Limits::default()).unwrap_err());
    assert_eq!(refused(json!([])), "invalidSyntax");
    assert_eq!(refused(json!({ "count": 1, "COUNT": 2 })), "invalidSyntax");
    for body in
        [json!({ "count": "1" }), json!({ "startIndex": 1.5 }), json!({ "filter": 5 }), json!({ "attributes": [1] })]
    {
        assert_eq!(refused(body.clone()), "invalidValue", "{body}");
    }
}

#[test]
fn a_list_without_hits_is_a_list() {
    let body = ListResponse { total: 0, start_index: 1, resources: Vec::new() }.to_json();
    let schemas = json!(["urn:ietf:params:scim:api:messages:2.0:ListResponse"]);
    let expected =
        json!({ "schemas": schemas, "totalResults": 0, "startIndex": 1, "itemsPerPage": 0, "Resources": [] });
    assert_eq!(body, expected);
    let body = ListResponse { total: 9, start_index: 5, resources: vec![json!({ "id": "a" })] }.to_json();
    assert_eq!((&body["totalResults"], &body["startIndex"], &body["itemsPerPage"]), (&json!(9), &json!(5), &json!(1)));
}
