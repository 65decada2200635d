//! Records that live inside others: they come, change and go with their parent.

use engage_engine::Value;
use engage_engine::adapter::{Back, EmbeddedWrite, Query, Row, WriteValue};
use engage_engine::model::Operator;

use super::bench::{Bench, Outcome, id, same, set, shown, shown_all, test, text};

/// The role of a party.
pub(super) fn role(name: &str) -> (&'static str, WriteValue) {
    set("Role", Value::Choice(name.to_owned()))
}

impl Bench {
    pub(super) fn parties(&self, rows: &[&[(&str, WriteValue)]]) -> Result<Vec<EmbeddedWrite>, String> {
        let mut embedded = EmbeddedWrite { entity: self.entity("party")?, rows: Vec::new() };
        for row in rows {
            embedded.rows.push(self.new_one("party", row)?.fields);
        }
        Ok(vec![embedded])
    }

    /// The parties that the suite wrote: some CRMs keep others in the same collection.
    pub(super) async fn party(&self, fields: &[&str]) -> Result<Vec<Row>, String> {
        self.rows(self.parties_of(fields)?).await
    }

    pub(super) fn parties_of(&self, fields: &[&str]) -> Result<Query, String> {
        let own = ["guest", "host", "only"].map(|role| Value::Choice(role.to_owned())).to_vec();
        let filter = Some(test("Role", Operator::In, own)?);
        Ok(Query { filter, ..self.query("party", fields)? })
    }

    /// Their roles, sorted.
    pub(super) async fn roles(&self) -> Result<Vec<String>, String> {
        let mut roles = shown_all(&self.party(&["Role"]).await?, "Role");
        roles.sort_unstable();
        Ok(roles)
    }
}

pub(super) async fn embedded(bench: &Bench) -> Outcome {
    let contact = bench.create("contact", &[set("LastName", text("L"))]).await?;
    let mut meeting = bench.new_one("meeting", &[set("Subject", text("S"))])?;
    let first: &[(&str, WriteValue)] = &[role("host"), set("ContactId", id(&contact))];
    meeting.embedded = bench.parties(&[first, &[role("guest")]])?;
    if !bench.embeds() {
        bench.refused("embedded records outside a group that is all or nothing", bench.one(meeting).await)?;
        return bench.empty("meeting").await;
    }
    let made = bench.done(meeting).await?.id;
    let mut rows = bench.party(&["ContactId", "MeetingId", "Role"]).await?;
    rows.sort_by_key(|row| shown(row, "Role"));
    let all = |field: &str| rows.iter().map(|row: &Row| shown(row, field)).collect::<Vec<_>>();
    same("roles", &all("Role"), &vec!["guest".to_owned(), "host".to_owned()])?;
    same("their meeting", &all("MeetingId"), &vec![made.clone(), made.clone()])?;
    same("their contacts", &all("ContactId"), &vec!["-".to_owned(), contact])?;
    let mut update = bench.update("meeting", &made, &[])?;
    update.embedded = bench.parties(&[&[role("only")]])?;
    bench.done(update).await?;
    same("replaced as a whole", &bench.roles().await?, &vec!["only".to_owned()])?;
    bench.done(bench.update("meeting", &made, &[set("Subject", text("T"))])?).await?;
    same("untouched without the collection", &bench.roles().await?.len(), &1)?;
    let mut update = bench.update("meeting", &made, &[])?;
    update.embedded = bench.parties(&[])?;
    bench.done(update).await?;
    same("emptied", &bench.roles().await?.len(), &0)?;
    same("their meeting stays", &bench.names("meeting", "Subject", None).await?, &vec!["T".to_owned()])
}

/// What lives inside a record does not outlive it.
pub(super) async fn removed_with_their_parent(bench: &Bench) -> Outcome {
    if !bench.embeds() {
        return bench.unasked("embedded records are refused here");
    }
    let mut meeting = bench.new_one("meeting", &[set("Subject", text("S"))])?;
    meeting.embedded = bench.parties(&[&[role("host")], &[role("guest")]])?;
    let made = bench.done(meeting).await?.id;
    same("they are there", &bench.roles().await?.len(), &2)?;
    bench.done(bench.delete("meeting", &made)?).await?;
    same("they are gone", &bench.roles().await?.len(), &0)
}

/// An embedded record refers to one that its own group makes.
pub(super) async fn backs_in_embedded(bench: &Bench) -> Outcome {
    if !bench.refers() || !bench.embeds() {
        return bench.unasked("there are no back-references, or no embedded records");
    }
    let mut meeting = bench.new_one("meeting", &[set("Subject", text("S"))])?;
    meeting.embedded = bench.parties(&[&[role("host"), ("ContactId", WriteValue::Back(Back(0)))]])?;
    let writes = vec![bench.referred("contact", 1, &[set("LastName", text("L"))])?, meeting];
    let results =
        bench.group(bench.atomic(), writes).await.map_err(|failed| format!("an embedded reference: {failed}"))?;
    let contact = results.first().and_then(|result| result.as_ref().ok()).ok_or("the contact was not made")?;
    let parties = bench.party(&["ContactId", "Role"]).await?;
    let whom: Vec<String> = parties.iter().map(|row| shown(row, "ContactId")).collect();
    same("whom the party is", &whom, &vec![contact.id.clone()])
}
