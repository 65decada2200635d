//! Examples of what is sent and answered: one organisation with an employee, a room, a topic and a customer type, whose meeting it is.

use serde_json::{Value, json};

/// Ids of the examples, by what they are of.
pub(super) const EMPLOYEE: &str = "0b8a6f6e-2f0a-4c55-9d55-7a5a4c0e0001";
pub(super) const ROOM: &str = "0b8a6f6e-2f0a-4c55-9d55-7a5a4c0e0002";
pub(super) const TOPIC: &str = "0b8a6f6e-2f0a-4c55-9d55-7a5a4c0e0003";
pub(super) const CUSTOMER_TYPE: &str = "0b8a6f6e-2f0a-4c55-9d55-7a5a4c0e0004";
pub(super) const MEETING: &str = "0b8a6f6e-2f0a-4c55-9d55-7a5a4c0e0005";
pub(super) const TOKEN: &str = "0b8a6f6e-2f0a-4c55-9d55-7a5a4c0e0006";
pub(super) const SLOT: &str = "0b8a6f6e-2f0a-4c55-9d55-7a5a4c0e0007";
pub(super) const LABEL: &str = "0b8a6f6e-2f0a-4c55-9d55-7a5a4c0e0008";
pub(super) const COMPETENCE_GROUP: &str = "0b8a6f6e-2f0a-4c55-9d55-7a5a4c0e0009";
pub(super) const SERVICE_GROUP: &str = "0b8a6f6e-2f0a-4c55-9d55-7a5a4c0e000a";
pub(super) const PORTAL: &str = "0b8a6f6e-2f0a-4c55-9d55-7a5a4c0e000b";
pub(super) const FIELD: &str = "0b8a6f6e-2f0a-4c55-9d55-7a5a4c0e000c";
pub(super) const ORGANISATION: &str = "0b8a6f6e-2f0a-4c55-9d55-7a5a4c0e000d";
pub(super) const LOCATION: &str = "0b8a6f6e-2f0a-4c55-9d55-7a5a4c0e000e";
pub(super) const ZONE: &str = "0b8a6f6e-2f0a-4c55-9d55-7a5a4c0e000f";

pub(super) fn list(one: &Value) -> Value {
    json!([one])
}

/// A patch of one operation.
pub(super) fn replace(path: &str, value: impl Into<Value>) -> Value {
    json!([{"op": "replace", "path": path, "value": value.into()}])
}

pub(super) fn meeting() -> Value {
    json!({
        "id": MEETING,
        "bookedBy": "Customer",
        "salesforceId": null,
        "customerTypeId": CUSTOMER_TYPE,
        "topicId": TOPIC,
        "timeSlotId": SLOT,
        "title": "About the loan",
        "description": null,
        "additionalEmployees": [],
        "roomId": null,
        "type": "Online",
        "employeeId": EMPLOYEE,
        "customerId": "0015g00000XyZ",
        "videoLink": "https://video.example/1",
        "showAsBusy": false,
        "startAddress": null,
        "endAddress": null,
        "travelBefore": null,
        "travelAfter": null,
        "startDate": "2026-06-01T08:00:00Z",
        "endDate": "2026-06-01T09:00:00Z",
        "dateCreated": "2026-05-28T06:00:00Z",
        "dateModified": "2026-05-28T06:00:00Z",
        "portalId": null,
        "customFields": [],
        "externalAttendees": [],
        "isInternal": false,
        "sendConfirmation": true,
    })
}

pub(super) fn new_meeting() -> Value {
    json!({
        "bookedBy": "Customer",
        "customerTypeId": CUSTOMER_TYPE,
        "topicId": TOPIC,
        "timeSlotId": SLOT,
        "title": "About the loan",
        "type": "Online",
        "employeeId": EMPLOYEE,
        "customerId": "0015g00000XyZ",
        "videoLink": "https://video.example/1",
    })
}

pub(super) fn slot() -> Value {
    json!({
        "id": SLOT,
        "dateCreated": "2026-05-28T06:00:00Z",
        "dateModified": "2026-05-28T06:00:00Z",
        "startDate": "2026-06-01T08:00:00Z",
        "endDate": "2026-06-01T09:00:00Z",
        "status": "Reserved",
        "roomId": null,
        "employeeId": EMPLOYEE,
        "serviceGroup": null,
    })
}

pub(super) fn new_slot() -> Value {
    json!({
        "status": "Busy",
        "startDate": "2026-06-02T08:00:00Z",
        "endDate": "2026-06-02T09:00:00Z",
        "employeeId": EMPLOYEE,
    })
}

pub(super) fn reservation() -> Value {
    json!({
        "timeSlot": {
            "status": "Reserved",
            "startDate": "2026-06-01T08:00:00Z",
            "endDate": "2026-06-01T09:00:00Z",
            "employeeId": EMPLOYEE,
        },
        "token": TOKEN,
    })
}

pub(super) fn available() -> Value {
    json!({
        "startDate": "2026-06-01T08:00:00Z",
        "endDate": "2026-06-01T09:00:00Z",
        "meetingType": "Online",
        "employeeId": EMPLOYEE,
        "roomId": null,
        "meetingTopicId": TOPIC,
    })
}

pub(super) fn topic() -> Value {
    json!({
        "id": TOPIC,
        "name": "Lån",
        "localizedName": {"da-DK": "Lån", "en-GB": "Loans"},
        "uniqueTopicId": "loans",
        "parentId": null,
        "order": 1,
    })
}

pub(super) fn customer_type() -> Value {
    json!({"id": CUSTOMER_TYPE, "name": "Private"})
}

pub(super) fn employee() -> Value {
    json!({
        "id": EMPLOYEE,
        "displayName": "Anna Lund",
        "firstName": "Anna",
        "lastName": "Lund",
        "email": "anna@bank.example",
        "initials": "anna",
        "location": "Aarhus",
        "externalId": "e-17",
        "labels": ["Premium"],
    })
}

pub(super) fn room() -> Value {
    json!({
        "id": ROOM,
        "location": "Aarhus",
        "email": "fjord@bank.example",
        "name": "Fjord",
        "canBeBooked": true,
        "labels": [],
    })
}

pub(super) fn label() -> Value {
    json!({
        "id": LABEL,
        "labelName": "Premium",
        "color": "#00a040",
        "description": "Customers of the first rank",
        "usageCount": 1,
        "isActive": true,
        "firstSeen": "2026-05-28T06:00:00Z",
        "lastUpdated": "2026-05-28T06:00:00Z",
    })
}

pub(super) fn competence_group() -> Value {
    json!({
        "id": COMPETENCE_GROUP,
        "name": "Mortgages",
        "employeeIds": [EMPLOYEE],
        "childGroupIds": [],
        "labels": ["Premium"],
        "customerTypes": [customer_type()],
        "topics": [{"id": TOPIC, "name": "Lån"}],
        "parentGroupIds": [],
        "serviceGroupIds": [SERVICE_GROUP],
    })
}

pub(super) fn service_group() -> Value {
    json!({
        "id": SERVICE_GROUP,
        "name": "Evening service",
        "membershipEmail": "evening@bank.example",
        "employeeIds": [EMPLOYEE],
        "competenceGroupIds": [],
        "labels": [],
        "maxMeetingTimePerDay": "06:00:00",
        "serviceTrigger": {"locations": ["Aarhus"], "customerTypeIds": [], "topicIds": [TOPIC]},
        "serviceLevel": {"meetingTypes": ["Online"], "locations": []},
    })
}

pub(super) fn portal() -> Value {
    json!({
        "id": PORTAL,
        "name": "Book a meeting",
        "authenticationType": "MitID",
        "customerTypeId": CUSTOMER_TYPE,
        "topicId": TOPIC,
        "location": null,
        "fields": [{
            "id": FIELD,
            "name": "phone",
            "label": "Telephone",
            "type": "Phone",
            "placeholder": null,
            "hidden": false,
            "validation": {"required": true, "pattern": "^\\+45", "errorMessage": "A Danish number"},
            "description": null,
            "defaultValue": null,
            "order": 1,
            "options": [],
        }],
        "logoUrl": null,
        "logoHeight": null,
        "styling": null,
        "icalEnabled": true,
        "crmMappingConfigurationId": null,
        "crmCreationStrategy": "Playbook",
        "labels": [],
    })
}

pub(super) fn new_portal() -> Value {
    json!({
        "name": "Book a meeting",
        "authenticationType": "MitID",
        "customerTypeId": CUSTOMER_TYPE,
        "topicId": TOPIC,
        "fields": [{
            "name": "phone",
            "label": "Telephone",
            "type": "Phone",
            "validation": {"required": true, "pattern": "^\\+45", "errorMessage": "A Danish number"},
            "order": 1,
        }],
        "icalEnabled": true,
    })
}

pub(super) fn schedule() -> Value {
    json!({
        "id": EMPLOYEE,
        "employeeId": EMPLOYEE,
        "isOnlyExplicitlyAvailable": false,
        "canBeBooked": true,
        "workdays": [{
            "isAvailable": true,
            "dayOfWeek": "Monday",
            "from": "08:00:00",
            "to": "16:00:00",
            "availableMeetingTypes": [{"type": "Online"}, {"type": "Physical"}],
            "location": "Aarhus",
        }],
        "maxMeetingTimePerDay": null,
    })
}

pub(super) fn settings() -> Value {
    json!({
        "id": ORGANISATION,
        "openingTime": "08:00:00",
        "closingTime": "17:00:00",
        "maxTimeFromBookingToMeeting": "60.00:00:00",
        "maxMeetingTimePerDay": null,
        "isFilterShowTimesAsCustomerEnabled": true,
        "meetingTypeLabels": [option()],
        "employeeLabels": [choice()],
        "extendedOpeningHoursEmail": null,
        "closingDays": ["2026-12-24T00:00:00Z"],
        "timeZoneId": ZONE,
        "iCalMeetingTitle": "Møde med {{employee}}",
        "localizedICalMeetingTitle": {"da-DK": "Møde med {{employee}}", "en-GB": "Meeting with {{employee}}"},
        "iCalMeetingDescription": null,
        "localizedICalMeetingDescription": null,
        "timeZone": zone(),
    })
}

pub(super) fn option() -> Value {
    json!({"name": "Online", "label": "Video", "localizedLabel": {"da-DK": "Video"}, "order": 1})
}

pub(super) fn choice() -> Value {
    let label = "Enhver rådgiver";
    json!({"name": "OtherEmployees", "label": label, "localizedLabel": {"da-DK": label}, "order": 1})
}

pub(super) fn zone() -> Value {
    json!({
        "id": ZONE,
        "identifier": "Romance Standard Time",
        "displayName": "(UTC+01:00) Brussels, Copenhagen, Madrid, Paris",
    })
}

pub(super) fn location() -> Value {
    json!({
        "id": LOCATION,
        "location": "Aarhus",
        "displayName": "Aarhus C",
        "addRoomsToBookedMeetings": true,
        "requireAvailableRoom": false,
    })
}

pub(super) fn template() -> Value {
    json!({
        "id": "0b8a6f6e-2f0a-4c55-9d55-7a5a4c0e0010",
        "uri": "https://engage.example/templates/pension.pptx",
        "name": "pension",
        "customerType": "Private",
        "tenantId": null,
        "ownerId": null,
        "labels": [],
    })
}

pub(super) fn template_details() -> Value {
    let slide = json!({
        "subSectionName": null,
        "title": "What you have saved",
        "slideImage": "https://engage.example/templates/pension/1.png",
        "tags": ["name"],
    });
    let mut all = template();
    if let Value::Object(members) = &mut all {
        members.insert("tags".to_owned(), json!([{"name": "name", "description": null}]));
        members.insert("sections".to_owned(), json!([{"name": "Savings", "uri": null, "slides": [slide]}]));
    }
    all
}

pub(super) fn deck() -> Value {
    json!({
        "metadata": {"name": "Anna Lund"},
        "scalarMetadata": {"agenda": ["Savings", "Loans"]},
        "slideConfiguration": {"selectedSlides": [{"templateName": "pension", "slideName": "savings"}]},
        "ownerId": "0015g00000XyZ",
    })
}
