//! Competence groups, service groups, and who is in them.

use std::sync::Arc;

use engage_bookme::Error;
use engage_bookme::configuration::{Employee, HasEmployees};
use engage_bookme::model::{CompetenceGroup, Kept, Memberships, ServiceGroup, ServiceLevel, ServiceTrigger};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::api::Api;
use crate::api::call::{Answer, Call, Reply};
use crate::api::fault::Fault;
use crate::api::given::Given;
use crate::api::scalars::{self, told};
use crate::api::wire::{self, Members, View, Wire};

fn ids(employees: &Memberships) -> Vec<Uuid> {
    employees.ids().collect()
}

/// Who is to be in a group; who was stays since when.
fn employees(given: &mut Given<'_>, was: Option<&Memberships>, view: &View) -> Memberships {
    let mut all = was.cloned().unwrap_or_default();
    all.set(given.ids("employeeIds"), view.now);
    all
}

impl Wire for CompetenceGroup {
    fn labelled(&self) -> Option<&[String]> {
        Some(&self.labels)
    }

    fn members(&self, view: &View) -> Members {
        let Self { name, employees, topic_ids, customer_type_ids, child_group_ids, labels } = self;
        let mut all = wire::members(json!({
            "name": name,
            "employeeIds": ids(employees),
            "childGroupIds": child_group_ids,
            "labels": labels,
        }));
        let named = |ids: &[Uuid]| -> Value {
            let named = ids.iter().filter_map(|id| Some(json!({"id": id, "name": view.names.get(id)?})));
            named.collect()
        };
        let (types, topics) = match view.whole {
            true => (("customerTypeIds", json!(customer_type_ids)), ("topicIds", json!(topic_ids))),
            false => (("customerTypes", named(customer_type_ids)), ("topics", named(topic_ids))),
        };
        all.extend([types, topics].map(|(name, value)| (name.to_owned(), value)));
        all
    }

    fn extras(kept: &Kept<Self>, view: &View, to: &mut Members) {
        to.insert("parentGroupIds".to_owned(), json!(view.above.get(&kept.id).cloned().unwrap_or_default()));
        to.insert("serviceGroupIds".to_owned(), json!(view.served.get(&kept.id).cloned().unwrap_or_default()));
    }

    fn read(given: &mut Given<'_>, was: Option<&Self>, view: &View) -> Option<Self> {
        let name = given.text("name");
        let name = given.needed("name", name);
        let employees = employees(given, was.map(|was| &was.employees), view);
        let (topic_ids, customer_type_ids) = (given.ids("topicIds"), given.ids("customerTypeIds"));
        let (child_group_ids, labels) = (given.ids("childGroupIds"), given.texts("labels"));
        Some(Self { name: name?, employees, topic_ids, customer_type_ids, child_group_ids, labels })
    }
}

fn trigger(trigger: &ServiceTrigger) -> Members {
    let ServiceTrigger { locations, customer_type_ids, topic_ids } = trigger;
    wire::members(json!({"locations": locations, "customerTypeIds": customer_type_ids, "topicIds": topic_ids}))
}

fn level(level: &ServiceLevel) -> Members {
    let ServiceLevel { meeting_types, locations } = level;
    wire::members(json!({"meetingTypes": meeting_types, "locations": locations}))
}

impl Wire for ServiceGroup {
    fn labelled(&self) -> Option<&[String]> {
        Some(&self.labels)
    }

    fn members(&self, _: &View) -> Members {
        wire::members(json!({
            "name": self.name,
            "membershipEmail": self.membership_email,
            "employeeIds": ids(&self.employees),
            "competenceGroupIds": self.competence_group_ids,
            "labels": self.labels,
            "maxMeetingTimePerDay": self.max_meeting_time_per_day,
        }))
    }

    fn extras(kept: &Kept<Self>, _: &View, to: &mut Members) {
        to.insert("serviceTrigger".to_owned(), Value::Object(trigger(&kept.value.service_trigger)));
        to.insert("serviceLevel".to_owned(), Value::Object(level(&kept.value.service_level)));
    }

    fn read(given: &mut Given<'_>, was: Option<&Self>, view: &View) -> Option<Self> {
        let name = given.text("name");
        let name = given.needed("name", name);
        let membership_email = given.text("membershipEmail");
        let employees = employees(given, was.map(|was| &was.employees), view);
        let (competence_group_ids, labels) = (given.ids("competenceGroupIds"), given.texts("labels"));
        let max_meeting_time_per_day = given.parsed("maxMeetingTimePerDay");
        let others = was.cloned().unwrap_or_default();
        Some(Self {
            name: name?,
            membership_email,
            employees,
            competence_group_ids,
            labels,
            max_meeting_time_per_day,
            ..others
        })
    }
}

/// A kind of groups, as memberships tell of it.
pub(super) trait Group: Wire + HasEmployees {
    /// What a membership says of the group.
    fn of(&self) -> Members;
}

impl Group for CompetenceGroup {
    fn of(&self) -> Members {
        wire::members(json!({"name": self.name}))
    }
}

impl Group for ServiceGroup {
    fn of(&self) -> Members {
        wire::members(json!({"name": self.name, "membershipEmail": self.membership_email}))
    }
}

async fn named_employee(api: &Api, call: &Call) -> Result<Employee, Fault> {
    let id = call.id()?;
    let all = api.bookme.employees(&call.tenancy).await?;
    all.into_iter().find(|employee| employee.id == id).ok_or_else(Fault::absent)
}

async fn memberships<T: Group>(api: &Api, call: &Call, employee: Uuid) -> Answer {
    let groups = api.bookme.list::<T>(&call.tenancy).await?;
    let of = |mut kept: Kept<T>| {
        let since = kept.value.employees().assigned(employee)?;
        let mut all = wire::members(json!({"id": kept.id}));
        all.extend(kept.value.of());
        all.insert("dateAssigned".to_owned(), told(since).into());
        Some(Value::Object(all))
    };
    Ok(Reply::Json(groups.into_iter().filter_map(of).collect()))
}

pub(super) async fn of_employee<T: Group>(api: Arc<Api>, call: Call) -> Answer {
    let employee = named_employee(&api, &call).await?;
    memberships::<T>(&api, &call, employee.id).await
}

pub(super) async fn add<T: Group>(api: Arc<Api>, call: Call) -> Answer {
    assign::<T>(&api, &call, true).await
}

pub(super) async fn remove<T: Group>(api: Arc<Api>, call: Call) -> Answer {
    assign::<T>(&api, &call, false).await
}

async fn assign<T: Group>(api: &Api, call: &Call, member: bool) -> Answer {
    let sent = call.json()?;
    let groups = sent.as_array().ok_or_else(|| Fault::bad("the body is a list of ids"))?;
    if groups.len() > 1_000 {
        return Err(Fault::bad("there may be 1000 at most"));
    }
    let id = |(position, value): (usize, &Value)| {
        let id = scalars::id(value.as_str().unwrap_or_default());
        id.map_err(|wrong| Error::invalid(format!("/{position}"), wrong))
    };
    let groups = groups.iter().enumerate().map(id).collect::<Result<Vec<Uuid>, Error>>()?;
    let employee = named_employee(api, call).await?;
    wire::by(api, call).assign::<T>(&call.tenancy, &employee, groups, member).await?;
    memberships::<T>(api, call, employee.id).await
}

pub(super) async fn advisors(api: Arc<Api>, call: Call) -> Answer {
    let found = api.bookme.advisors(&call.tenancy, call.id()?).await?;
    Ok(Reply::Json(json!({
        "skillBased": found.skill_based,
        "assigned": found.assigned,
        "competenceGroupAdvisors": found.competence_group_advisors,
    })))
}

/// Patches a part of a service group: pointers begin there.
async fn part(
    api: &Api,
    mut call: Call,
    was: fn(&ServiceGroup) -> Members,
    read: fn(&mut Given<'_>, &mut ServiceGroup),
) -> Answer {
    let (id, patch) = (call.id()?, call.patch()?);
    let view = View::of::<ServiceGroup>(api, &mut call).await?;
    let change = move |kept: &Kept<ServiceGroup>| {
        let was = was(&kept.value);
        let is = patch.applied(&was)?;
        let (mut given, mut group) = (Given::new(&is, &was), kept.value.clone());
        read(&mut given, &mut group);
        given.finish(Some(group))
    };
    let kept = wire::by(api, &call).update(&call.tenancy, id, change).await?;
    Ok(Reply::Json(wire::shown(&kept, &view)))
}

pub(super) async fn patch_trigger(api: Arc<Api>, call: Call) -> Answer {
    part(
        &api,
        call,
        |group| trigger(&group.service_trigger),
        |given, group| {
            let (locations, customer_type_ids) = (given.texts("locations"), given.ids("customerTypeIds"));
            group.service_trigger = ServiceTrigger { locations, customer_type_ids, topic_ids: given.ids("topicIds") };
        },
    )
    .await
}

pub(super) async fn patch_level(api: Arc<Api>, call: Call) -> Answer {
    part(
        &api,
        call,
        |group| level(&group.service_level),
        |given, group| {
            let meeting_types = given.all_parsed("meetingTypes");
            group.service_level = ServiceLevel { meeting_types, locations: given.texts("locations") };
        },
    )
    .await
}
