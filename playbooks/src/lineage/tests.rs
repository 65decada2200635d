use super::*;
use crate::check::testing::compiled;

/// A flow in a line: `start (field, column, !) -> sink (kind of it), via …, steps`.
fn told(flow: &Flow) -> String {
    let Flow { start, through, transformations, sink } = flow;
    let field = start.field.as_ref().map(|field| format!(" ({field}{})", if start.sensitive { " !" } else { "" }));
    let end = match &sink.kind {
        SinkKind::Record { field: Some(field), column: Some(column) } => format!(" ({field} = {column})"),
        SinkKind::Search { field: Some(field) } => format!(" (by {field})"),
        _ => format!(" ({})", sink.kind.name()),
    };
    let via: String = through.iter().map(|block| format!(", via {block}")).collect();
    let steps: String = transformations.iter().map(|step| format!(" | {step}")).collect();
    format!("{} {start}{} -> {sink}{end}{via}{steps}\n", start.kind.name(), field.unwrap_or_default())
}

fn lineage(lines: &str) -> Lineage {
    Lineage::of(&compiled(lines))
}

fn all(lines: &str) -> String {
    lineage(lines).flows.iter().map(told).collect()
}

#[test]
fn a_value_is_followed_from_the_event_through_blocks_to_columns() {
    let flows = all("trigger trigger CustomerOverview
        read one customer : account.Id <- trigger.AccountId
        template text one : text <- one.Results.0.account.0.Name | require
        ai short summary : text <- text
        create made people : contact.LastName <- short.text
        output all : * <- made.contact.0.Id");
    insta::assert_snapshot!(flows, @r"
    event trigger.AccountId -> one.account.Id (by account.Id)
    record one.account.Name (account.Name) -> text.text (template) | Require
    record one.account.Name (account.Name) -> short.text (ai), via text | Require
    answer short -> made.contact.LastName (contact.LastName = contact.LastName)
    record one.account.Name (account.Name) -> made.contact.LastName (contact.LastName = contact.LastName), via text, via short | Require
    written made.contact.Id -> all (output)
    ");
}

#[test]
fn what_a_value_decides_is_told_apart() {
    let lines = "trigger trigger CustomerOverview
        read two people : contact.Id <- =\"7\"
        filter byMail people.contact : Email Equals two.Results.0.contact.0.Email | require
        read three people : contact <- byMail
        create made people : contact.LastName <- =\"x\" when=three.Results IsNotNull";
    insta::assert_snapshot!(all(lines), @r"
    record two.contact.Email (contact.Email) -> byMail (by contact.Email) | Require
    record three.contact.AccountId (contact.AccountId) -> made (condition)
    record three.contact.Born (contact.Born) -> made (condition)
    record three.contact.Cpr (contact.Cpr !) -> made (condition)
    record three.contact.Email (contact.Email) -> made (condition)
    record three.contact.FirstName (contact.FirstName) -> made (condition)
    record three.contact.Kind (contact.Kind) -> made (condition)
    record three.contact.LastName (contact.LastName) -> made (condition)
    record three.contact.Id (contact.Id) -> made (condition)
    ");
    assert!(lineage(lines).flows.iter().all(Flow::decides));
}

#[test]
fn a_sensitive_field_is_followed_to_the_ai_that_may_have_it() {
    let found = lineage(
        "trigger trigger CustomerOverview
        read two people : contact.Id <- =\"7\"
        template text one : text <- two.Results.0.contact.0.Cpr | require
        ai short summary allow : text <- text
        output all : * <- short.text",
    );
    assert_eq!(found.sensitive().into_iter().collect::<Vec<_>>(), ["contact.Cpr"]);
    let allowed: Vec<Allowed<'_>> = found.flows.iter().filter_map(Flow::allowed).collect();
    assert_eq!(allowed, [Allowed { field: "contact.Cpr", reason: "it has to" }]);
    let about = found.about("CONTACT.cpr");
    assert_eq!(about.iter().map(|flow| flow.sink.to_string()).collect::<Vec<_>>(), ["text.text", "short.text", "all"]);
    assert!(found.about("nothing").is_empty());
}
