//! Topics, customer types, employees, rooms and labels.

use engage_client::model::{
    CreateCustomerType, CreateLabel, CreateTopic, CustomerType, Employee, EmployeesQuery, LabelPage, LabelRegistration,
    LabelSearchQuery, LabelSearchResult, LabelSuggestQuery, LabelSuggestion, LabelsQuery, LanguageQuery, Patch, Room,
    RoomsQuery, Topic, TopicsQuery, UpdateCustomerType, UpdateLabel,
};
use serde_json::{Value, json};

use super::examples::{customer_type, employee, label, list, replace, room, topic};
use crate::openapi::{Described, Shape};

pub(super) fn all() -> Vec<Described> {
    let mut all = labels();
    all.extend(topics());
    all.extend(customer_types());
    all.extend(directory());
    all
}

fn topics() -> [Described; 4] {
    let tag = "Topics";
    let new = json!({"name": "Pension", "localizedName": {"da-DK": "Pension"}, "uniqueTopicId": "pension", "order": 2});
    [
        Described::new("Topics_list", tag, "List topics")
            .says("By `order`, then by name; a tree through `parentId`. Customers get those alone that they can book.")
            .asks::<TopicsQuery>()
            .answers(200, Shape::of::<Vec<Topic>>(), list(&topic())),
        Described::new("Topics_create", tag, "Make a topic")
            .asks::<LanguageQuery>()
            .takes(Shape::of::<CreateTopic>(), new)
            .answers(200, Shape::of::<Topic>(), topic())
            .refuses([409]),
        Described::new("Topics_get", tag, "Read a topic").id("id", "The topic.").asks::<LanguageQuery>().answers(
            200,
            Shape::of::<Topic>(),
            topic(),
        ),
        Described::new("Topics_patch", tag, "Change a topic")
            .id("id", "The topic.")
            .asks::<LanguageQuery>()
            .takes(Shape::of::<Patch>(), replace("/order", 3))
            .answers(200, Shape::of::<Topic>(), topic())
            .refuses([409]),
    ]
}

fn customer_types() -> [Described; 6] {
    let tag = "CustomerTypes";
    [
        Described::new("CustomerTypes_list", tag, "List customer types").answers(
            200,
            Shape::of::<Vec<CustomerType>>(),
            list(&customer_type()),
        ),
        Described::new("CustomerTypes_create", tag, "Make a customer type")
            .takes(Shape::of::<CreateCustomerType>(), json!({"name": "Business"}))
            .answers(200, Shape::of::<CustomerType>(), customer_type())
            .refuses([409]),
        Described::new("CustomerTypes_get", tag, "Read a customer type").id("id", "The customer type.").answers(
            200,
            Shape::of::<CustomerType>(),
            customer_type(),
        ),
        Described::new("CustomerTypes_update", tag, "Rename a customer type")
            .id("id", "The customer type.")
            .takes(Shape::of::<UpdateCustomerType>(), json!({"name": "Private customers"}))
            .answers(200, Shape::of::<CustomerType>(), customer_type())
            .refuses([409]),
        Described::new("CustomerTypes_patch", tag, "Change a customer type")
            .id("id", "The customer type.")
            .takes(Shape::of::<Patch>(), replace("/name", "Private customers"))
            .answers(200, Shape::of::<CustomerType>(), customer_type())
            .refuses([409]),
        Described::new("CustomerTypes_delete", tag, "Remove a customer type")
            .says("While something names it, that is refused with 409.")
            .id("id", "The customer type.")
            .done(204)
            .refuses([409]),
    ]
}

fn directory() -> [Described; 4] {
    [
        Described::new("Employees_all", "Employees", "List employees").asks::<EmployeesQuery>().answers(
            200,
            Shape::of::<Vec<Employee>>(),
            list(&employee()),
        ),
        Described::new("Employees_get", "Employees", "Read an employee").id("id", "The employee.").answers(
            200,
            Shape::of::<Employee>(),
            employee(),
        ),
        Described::new("Rooms_all", "Rooms", "List rooms").asks::<RoomsQuery>().answers(
            200,
            Shape::of::<Vec<Room>>(),
            list(&room()),
        ),
        Described::new("Rooms_get", "Rooms", "Read a room").id("id", "The room.").answers(
            200,
            Shape::of::<Room>(),
            room(),
        ),
    ]
}

fn labels() -> Vec<Described> {
    let tag = "Labels";
    let mut found = label();
    if let Value::Object(members) = &mut found {
        members.insert("similarityScore".to_owned(), json!(0.8));
    }
    let page = json!({"items": [label()], "pageNumber": 0, "pageSize": 20, "totalCount": 1, "totalPages": 1});
    let suggestion = json!({"labelName": "Premium", "color": "#00a040", "usageCount": 1});
    vec![
        Described::new("Labels_list", tag, "List labels, page by page").asks::<LabelsQuery>().answers(
            200,
            Shape::of::<LabelPage>(),
            page,
        ),
        Described::new("Labels_create", tag, "Register a label")
            .takes(Shape::of::<CreateLabel>(), json!({"labelName": "Youth", "color": "#00a040"}))
            .answers(201, Shape::of::<LabelRegistration>(), label())
            .refuses([409]),
        Described::new("Labels_search", tag, "Find labels by what they are like")
            .says("By trigrams, whatever the case; the best first.")
            .asks::<LabelSearchQuery>()
            .answers(200, Shape::of::<Vec<LabelSearchResult>>(), list(&found)),
        Described::new("Labels_suggest", tag, "Find labels by how they begin")
            .says("The most used first.")
            .asks::<LabelSuggestQuery>()
            .answers(200, Shape::of::<Vec<LabelSuggestion>>(), list(&suggestion)),
        Described::new("Labels_get", tag, "Read a label").id("id", "The label.").answers(
            200,
            Shape::of::<LabelRegistration>(),
            label(),
        ),
        Described::new("Labels_update", tag, "Set colour and description of a label")
            .says("What is left out is as if the label was new. Its name stays.")
            .id("id", "The label.")
            .takes(
                Shape::of::<UpdateLabel>(),
                json!({"color": "#0040a0", "description": "Customers of the first rank"}),
            )
            .answers(200, Shape::of::<LabelRegistration>(), label())
            .refuses([409]),
        Described::new("Labels_delete", tag, "Remove a label")
            .says("While it is on something, that is refused with 409.")
            .id("id", "The label.")
            .done(204)
            .refuses([409]),
    ]
}
