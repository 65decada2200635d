//! What the platform fills in by itself: owner, times, state, names.

use rust_decimal::Decimal;

use super::call::Call;
use super::fault::Fault;
use super::nav;
use crate::schema::{Kind, Required, Table};
use crate::store::{Changes, Ref, Row, RowId, State, Value};

/// Status reasons of each state: table, state, reasons; the first is the default.
const STATES: [(&str, i64, &[i64]); 25] = [
    ("account", 0, &[1]),
    ("account", 1, &[2]),
    ("contact", 0, &[1]),
    ("contact", 1, &[2]),
    ("lead", 0, &[1, 2]),
    ("lead", 1, &[3]),
    ("lead", 2, &[4, 5, 6, 7]),
    ("opportunity", 0, &[1, 2]),
    ("opportunity", 1, &[3]),
    ("opportunity", 2, &[4, 5]),
    ("incident", 0, &[1, 2, 3, 4]),
    ("incident", 1, &[5, 1000]),
    ("incident", 2, &[6, 2000]),
    ("appointment", 0, &[1, 2]),
    ("appointment", 1, &[3]),
    ("appointment", 2, &[4]),
    ("appointment", 3, &[5, 6]),
    ("task", 0, &[2, 3, 4, 7]),
    ("task", 1, &[5]),
    ("task", 2, &[6]),
    ("email", 0, &[1, 8]),
    ("email", 1, &[2, 3, 4, 6, 7]),
    ("email", 2, &[5]),
    ("competitor", 0, &[]),
    ("competitor", 1, &[]),
];

/// Kinds of participation an activity has, beside what the platform adds.
const PARTIES: [(&str, &[i64]); 3] =
    [("appointment", &[5, 6, 7, 8, 9]), ("email", &[1, 2, 3, 4, 8, 9]), ("task", &[8, 9])];

impl Call<'_> {
    /// Completes the values of a new row.
    pub(crate) fn complete_new(&self, state: &State, table: &Table, values: &mut Changes) -> Result<(), Fault> {
        let user = Ref::new("systemuser", self.access.user.clone());
        self.fill(table, values, "ownerid", || Some(Value::Ref(user.clone())));
        self.fill(table, values, "createdby", || Some(Value::Ref(user.clone())));
        let overridden = values.get("overriddencreatedon").cloned().flatten();
        let now = Value::Moment(self.second());
        self.fill(table, values, "createdon", || overridden.or(Some(now)));
        if self.access.real != self.access.user {
            let real = Ref::new("systemuser", self.access.real.clone());
            self.fill(table, values, "createdonbehalfby", || Some(Value::Ref(real)));
        }
        self.fill(table, values, "activitytypecode", || Some(Value::Text(table.name.clone())));
        self.defaults(state, table, values);
        self.new_state(table, values)?;
        self.touch(table, values);
        self.own(state, table, values);
        self.name_person(table, None, values);
        self.money(state, table, values);
        self.require_values(table, values)
    }

    /// Completes the changes of a row.
    pub(crate) fn complete_changes(
        &self,
        state: &State,
        table: &Table,
        row: &Row,
        values: &mut Changes,
    ) -> Result<(), Fault> {
        self.changed_state(table, row, values)?;
        self.touch(table, values);
        if values.contains_key("ownerid") {
            self.own(state, table, values);
        }
        self.name_person(table, Some(row), values);
        self.money(state, table, values);
        self.check_party(state, table, Some(row), values)
    }

    /// A yes-or-no is never null, and a case has a number.
    fn defaults(&self, state: &State, table: &Table, values: &mut Changes) {
        let choices = table.columns.values().filter(|column| column.kind == Kind::Bool && nav::is_property(column));
        for column in choices {
            let default = column.default.as_deref() == Some("true");
            self.fill(table, values, &column.name, || Some(Value::Bool(default)));
        }
        if table.name == "incident" {
            let suffix = format!("{:032X}", self.front.world.ids.next());
            let number = format!("CAS-{:05}-{}", state.count("incident") + 1, suffix.get(..6).unwrap_or_default());
            self.fill(table, values, "ticketnumber", || Some(Value::Text(number)));
        }
    }

    fn fill(&self, table: &Table, values: &mut Changes, name: &str, value: impl FnOnce() -> Option<Value>) {
        let given = values.get(name).is_some_and(Option::is_some);
        let fits = table.column(name).is_some_and(|column| column.kind != Kind::Virtual);
        if let (true, false, Some(value)) = (fits, given, value()) {
            values.insert(name.to_owned(), Some(value));
        }
    }

    fn second(&self) -> jiff::Timestamp {
        jiff::Timestamp::from_second(self.now.as_second()).unwrap_or(self.now)
    }

    fn touch(&self, table: &Table, values: &mut Changes) {
        let user = Value::Ref(Ref::new("systemuser", self.access.user.clone()));
        let behalf = (self.access.real != self.access.user)
            .then(|| Value::Ref(Ref::new("systemuser", self.access.real.clone())));
        for (name, value) in [
            ("modifiedon", Some(Value::Moment(self.second()))),
            ("modifiedby", Some(user)),
            ("modifiedonbehalfby", behalf),
        ] {
            if table.column(name).is_some() {
                values.insert(name.to_owned(), value);
            }
        }
    }

    /// Follows the owner: user or team, and the business unit.
    fn own(&self, state: &State, table: &Table, values: &mut Changes) {
        let Some(Some(Value::Ref(owner))) = values.get("ownerid").cloned() else { return };
        let unit = state.follow(&owner).and_then(|row| row.get("businessunitid")).cloned();
        let is_user = owner.table == "systemuser";
        let of = |wanted: bool| wanted.then(|| Value::Ref(owner.clone()));
        for (name, value) in [("owninguser", of(is_user)), ("owningteam", of(!is_user)), ("owningbusinessunit", unit)] {
            if table.column(name).is_some_and(|column| column.kind == Kind::Ref) {
                values.insert(name.to_owned(), value);
            }
        }
    }

    fn name_person(&self, table: &Table, row: Option<&Row>, values: &mut Changes) {
        if table.column("fullname").is_none() || table.column("lastname").is_none() {
            return;
        }
        if row.is_some() && !values.contains_key("firstname") && !values.contains_key("lastname") {
            return;
        }
        let part = |name: &str| match values.get(name) {
            Some(value) => value.clone(),
            None => row.and_then(|row| row.get(name)).cloned(),
        };
        let parts: Vec<String> = ["firstname", "lastname"]
            .iter()
            .filter_map(|name| part(name).and_then(|value| value.as_text().map(str::to_owned)))
            .filter(|text| !text.is_empty())
            .collect();
        values.insert("fullname".to_owned(), (!parts.is_empty()).then(|| Value::Text(parts.join(" "))));
    }

    /// Money has a currency, and an amount in the base currency.
    fn money(&self, state: &State, table: &Table, values: &mut Changes) {
        let amounts: Vec<(String, Option<Value>)> = values
            .iter()
            .filter(|(name, _)| table.column(name).is_some_and(|column| column.crm_type == "Money"))
            .map(|(name, value)| (format!("{name}_base"), value.clone()))
            .collect();
        if amounts.is_empty() {
            return;
        }
        let base = state.rows("transactioncurrency").next().map(|row| Ref::new("transactioncurrency", row.id.clone()));
        if let (Some(currency), true) = (base, table.column("transactioncurrencyid").is_some()) {
            values.entry("transactioncurrencyid".to_owned()).or_insert(Some(Value::Ref(currency)));
            self.fill(table, values, "exchangerate", || Some(Value::Decimal(Decimal::ONE)));
        }
        for (name, value) in amounts {
            if table.column(&name).is_some() {
                values.insert(name, value);
            }
        }
    }

    fn new_state(&self, table: &Table, values: &mut Changes) -> Result<(), Fault> {
        if table.column("statecode").is_none() {
            return Ok(());
        }
        if let Some(Some(Value::Int(status))) = values.get("statuscode").cloned() {
            let state = STATES.iter().find(|(name, _, reasons)| *name == table.name && reasons.contains(&status));
            self.fill(table, values, "statecode", || Some(Value::Int(state.map_or(0, |(_, state, _)| *state))));
        }
        self.fill(table, values, "statecode", || Some(Value::Int(0)));
        let Some(Some(Value::Int(state))) = values.get("statecode").cloned() else { return Ok(()) };
        self.fill(table, values, "statuscode", || default_reason(&table.name, state).map(Value::Int));
        check_pair(table, state, values.get("statuscode").cloned().flatten())
    }

    fn changed_state(&self, table: &Table, row: &Row, values: &mut Changes) -> Result<(), Fault> {
        if !values.contains_key("statecode") && !values.contains_key("statuscode") {
            return Ok(());
        }
        let state = values.get("statecode").cloned().flatten().or_else(|| row.get("statecode").cloned());
        let Some(Value::Int(state)) = state else { return Ok(()) };
        if !values.contains_key("statuscode") {
            self.fill(table, values, "statuscode", || default_reason(&table.name, state).map(Value::Int));
        }
        check_pair(table, state, values.get("statuscode").cloned().flatten())
    }

    fn require_values(&self, table: &Table, values: &Changes) -> Result<(), Fault> {
        if self.front.is_lenient() {
            return Ok(());
        }
        if table.name == "incident" && values.get("customerid").cloned().flatten().is_none() {
            return Err(Fault::new(400, "0x80040203", "You should specify a parent contact or account."));
        }
        let missing = table.columns.values().find(|column| {
            column.required == Required::SystemRequired
                && column.create
                && column.of.is_none()
                && matches!(column.kind, Kind::Text | Kind::Ref)
                && column.name != "ownerid"
                && values.get(&column.name).is_none_or(Option::is_none)
        });
        match missing {
            Some(column) => {
                Err(Fault::argument(format!("Attribute '{}' of entity '{}' cannot be null.", column.name, table.name)))
            }
            None => Ok(()),
        }
    }

    /// Duplicate rules hold when the client asks for them.
    pub(crate) fn refuse_duplicate(&self, state: &State, table: &Table, id: &RowId) -> Result<(), Fault> {
        let asked =
            self.request.header("mscrm.suppressduplicatedetection").is_some_and(|v| v.eq_ignore_ascii_case("false"));
        let found = state.get(&table.name, id).filter(|_| asked).and_then(|row| state.duplicate_of(table, row));
        match found {
            None => Ok(()),
            Some(_) => Err(Fault::new(
                412,
                "0x80040333",
                "A record was not created or updated because a duplicate of the current record already exists.",
            )),
        }
    }

    /// An activity takes only some kinds of participation.
    pub(crate) fn check_party(
        &self,
        state: &State,
        table: &Table,
        row: Option<&Row>,
        values: &Changes,
    ) -> Result<(), Fault> {
        let _ = state;
        if table.name != "activityparty" {
            return Ok(());
        }
        let value = |name: &str| match values.get(name) {
            Some(value) => value.clone(),
            None => row.and_then(|row| row.get(name)).cloned(),
        };
        let (Some(Value::Ref(activity)), Some(Value::Int(mask))) =
            (value("activityid"), value("participationtypemask"))
        else {
            return Ok(());
        };
        let allowed = PARTIES.iter().find(|(name, _)| *name == activity.table).map(|(_, allowed)| *allowed);
        match allowed.is_none_or(|allowed| allowed.contains(&mask)) {
            true => Ok(()),
            false => Err(Fault::new(
                400,
                "0x80040352",
                format!("The participation type {mask} is not valid for an activity of type '{}'.", activity.table),
            )),
        }
    }
}

fn default_reason(table: &str, state: i64) -> Option<i64> {
    let found = STATES.iter().find(|(name, known, _)| *name == table && *known == state);
    found.and_then(|(_, _, reasons)| reasons.first()).copied()
}

fn check_pair(table: &Table, state: i64, reason: Option<Value>) -> Result<(), Fault> {
    let Some(Value::Int(reason)) = reason else { return Ok(()) };
    let known = STATES.iter().find(|(name, known, _)| *name == table.name && *known == state);
    match known.is_none_or(|(_, _, reasons)| reasons.contains(&reason)) {
        true => Ok(()),
        false => Err(Fault::new(
            400,
            "0x80048408",
            format!("{reason} is not a valid status code for state code {state} of '{}'.", table.name),
        )),
    }
}
