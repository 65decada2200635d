//! What the CRM has of people and of a meeting: asked of it in its own words, as its administrator.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Map, Value as Json};

use super::Crm;
use super::call::{Call, Http, Secret};
use super::story::text;
use crate::failure::Failure;

/// A question; `{}` in it stands for what it is about.
struct Question {
    /// What the rows of the answer are.
    table: &'static str,
    /// What is asked, below the address of the CRM.
    path: &'static str,
    query: &'static [(&'static str, &'static str)],
    /// The member of its only row that has the rows, where they are not those of the answer.
    within: Option<&'static str>,
    /// The columns that have the id of a row, and what people call it.
    id: &'static str,
    name: &'static str,
}

const QUERY: &str = "/services/data/v66.0/query";

/// The accounts that there are.
const ACCOUNTS: [Question; 2] = [
    Question {
        table: "account",
        path: "/api/data/v9.2/accounts",
        query: &[("$select", "accountid,name")],
        within: None,
        id: "accountid",
        name: "name",
    },
    Question {
        table: "Account",
        path: QUERY,
        query: &[("q", "SELECT Id, Name FROM Account")],
        within: None,
        id: "Id",
        name: "Name",
    },
];

/// Who is known under an e-mail address.
const USERS: [Question; 2] = [
    Question {
        table: "systemuser",
        path: "/api/data/v9.2/systemusers",
        query: &[("$select", "systemuserid,internalemailaddress"), ("$filter", "internalemailaddress eq '{}'")],
        within: None,
        id: "systemuserid",
        name: "internalemailaddress",
    },
    Question {
        table: "User",
        path: QUERY,
        query: &[("q", "SELECT Id, Email FROM User WHERE Email = '{}'")],
        within: None,
        id: "Id",
        name: "Email",
    },
];

/// The event with the key that the platform has of a meeting.
const EVENTS: [Question; 2] = [
    Question {
        table: "appointment",
        path: "/api/data/v9.2/appointments",
        query: &[
            ("$select", "activityid,subject,scheduledstart,scheduledend,statuscode,_createdby_value"),
            ("$filter", "amb_meetingkey eq '{}'"),
        ],
        within: None,
        id: "activityid",
        name: "subject",
    },
    Question {
        table: "Event",
        path: QUERY,
        query: &[(
            "q",
            "SELECT Id, Subject, StartDateTime, EndDateTime, ShowAs, AMB_Status__c, CreatedById FROM Event WHERE AMB_Meeting_Key__c = '{}'",
        )],
        within: None,
        id: "Id",
        name: "Subject",
    },
];

/// What belongs to an event.
const BESIDE: [[Question; 2]; 2] = [
    [
        Question {
            table: "amb_eventdetail",
            path: "/api/data/v9.2/amb_eventdetails",
            query: &[
                ("$select", "amb_meetingtype,amb_cancelledby,amb_cancelreason"),
                ("$filter", "_amb_eventid_value eq {}"),
            ],
            within: None,
            id: "amb_eventdetailid",
            name: "",
        },
        Question {
            table: "activityparty",
            path: "/api/data/v9.2/appointments",
            query: &[
                ("$select", "activityid"),
                ("$filter", "activityid eq {}"),
                ("$expand", "appointment_activity_parties($select=participationtypemask,_partyid_value)"),
            ],
            within: Some("appointment_activity_parties"),
            id: "activitypartyid",
            name: "",
        },
    ],
    [
        Question {
            table: "AMB_Event_Detail__c",
            path: QUERY,
            query: &[(
                "q",
                "SELECT AMB_Meeting_Type__c, AMB_Cancelled_By__c, AMB_Cancel_Reason__c FROM AMB_Event_Detail__c WHERE AMB_Event_Id__c = '{}'",
            )],
            within: None,
            id: "",
            name: "",
        },
        Question {
            table: "EventRelation",
            path: QUERY,
            query: &[("q", "SELECT RelationId, IsInvitee FROM EventRelation WHERE EventId = '{}'")],
            within: None,
            id: "",
            name: "",
        },
    ],
];

/// A record of a CRM, for people: of which table, and what is in its columns.
pub(super) struct Record {
    pub(super) table: &'static str,
    pub(super) columns: Map<String, Json>,
}

/// A CRM, and who asks it.
pub(super) struct Records {
    crm: Crm,
    url: String,
    token: Secret,
    /// What ids stand for.
    names: BTreeMap<String, String>,
}

impl Records {
    /// The CRM of a sandbox.
    ///
    /// # Errors
    /// When the line of readiness does not have it.
    pub(super) fn new(ready: &Json, crm: Crm) -> Result<Self, Failure> {
        let (there, administrator) = match crm {
            Crm::Dataverse => ("/sandbox/dataverse", "system-administrator"),
            Crm::Salesforce => ("/sandbox/salesforce", "administrator"),
        };
        let value = text(ready, &format!("{there}/users/{administrator}/token"))?.to_owned();
        let users = ready.pointer(&format!("{there}/users")).and_then(Json::as_object);
        let name = |(name, user): (&String, &Json)| Some((user.get("user_id")?.as_str()?.to_owned(), name.clone()));
        Ok(Self {
            crm,
            url: text(ready, &format!("{there}/url"))?.to_owned(),
            token: Secret { name: "crm", value },
            names: users.into_iter().flatten().filter_map(name).collect(),
        })
    }

    /// Who asks.
    pub(super) fn token(&self) -> &Secret {
        &self.token
    }

    /// The id of an account.
    ///
    /// # Errors
    /// When there is none.
    pub(super) async fn account(&mut self, http: &Http) -> Result<String, Failure> {
        let question = self.of(&ACCOUNTS);
        let (_, rows) = self.asked(http, question, "").await?;
        self.known(question, rows.first()).ok_or_else(|| Failure::outside("the CRM has no account"))
    }

    /// The user with an e-mail address, once there is one.
    ///
    /// # Errors
    /// When the CRM cannot be asked.
    pub(super) async fn user(&mut self, http: &Http, email: &str) -> Result<Option<(Call, String)>, Failure> {
        let question = self.of(&USERS);
        let (call, rows) = self.asked(http, question, email).await?;
        Ok(self.known(question, rows.first()).map(|id| (call, id)))
    }

    /// The event of a meeting and what belongs to it, once there is one.
    ///
    /// # Errors
    /// When the CRM cannot be asked.
    pub(super) async fn meeting(&self, http: &Http, meeting: &str) -> Result<(Vec<Call>, Vec<Record>), Failure> {
        let question = self.of(&EVENTS);
        let (call, rows) = self.asked(http, question, meeting).await?;
        let mut calls = vec![call];
        let id = rows.first().and_then(|row| row.get(question.id)?.as_str()).unwrap_or_default().to_owned();
        let mut records = self.shown(question, rows);
        if !records.is_empty() {
            for question in self.of(&BESIDE) {
                let (call, rows) = self.asked(http, question, &id).await?;
                calls.push(call);
                records.extend(self.shown(question, rows));
            }
        }
        Ok((calls, records))
    }

    /// What is for this CRM.
    fn of<T>(&self, both: &'static [T; 2]) -> &'static T {
        let [dataverse, salesforce] = both;
        match self.crm {
            Crm::Dataverse => dataverse,
            Crm::Salesforce => salesforce,
        }
    }

    /// Asks for rows.
    async fn asked(
        &self,
        http: &Http,
        question: &Question,
        about: &str,
    ) -> Result<(Call, Vec<Map<String, Json>>), Failure> {
        let query = question.query.iter().map(|(name, value)| (*name, value.replace("{}", about))).collect();
        let mut call = Call::new(Method::GET, format!("{}{}", self.url, question.path), &self.token).query(query);
        let answer = http.send(&mut call).await?.body;
        let rows = answer.get("value").or(answer.get("records")).and_then(Json::as_array);
        let within = |row: &Json| match question.within {
            Some(member) => row.get(member).and_then(Json::as_array).cloned().unwrap_or_default(),
            None => vec![row.clone()],
        };
        let rows = rows.into_iter().flatten().flat_map(within);
        let objects = rows.filter_map(|row| row.as_object().cloned());
        Ok((call, objects.map(plain).collect()))
    }

    /// The id of a row; what it stands for is remembered.
    fn known(&mut self, question: &Question, row: Option<&Map<String, Json>>) -> Option<String> {
        let column = |name| row?.get(name)?.as_str().map(str::to_owned);
        let id = column(question.id)?;
        self.names.extend(column(question.name).map(|name| (id.clone(), name)));
        Some(id)
    }

    /// Rows for people: names for ids, and nothing that is empty.
    fn shown(&self, question: &Question, rows: Vec<Map<String, Json>>) -> Vec<Record> {
        let named = |value: Json| match value.as_str().and_then(|id| self.names.get(id)) {
            Some(name) => Json::from(name.as_str()),
            None => value,
        };
        let shown =
            |row: Map<String, Json>| row.into_iter().filter(|(name, value)| !value.is_null() && name != question.id);
        let columns = |row| shown(row).map(|(column, value)| (column, named(value))).collect();
        rows.into_iter().map(|row| Record { table: question.table, columns: columns(row) }).collect()
    }
}

/// Without what the protocol adds.
fn plain(row: Map<String, Json>) -> Map<String, Json> {
    row.into_iter().filter(|(name, _)| !name.contains('@') && name != "attributes").collect()
}
