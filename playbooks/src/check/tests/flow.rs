//! Rules that follow the types.

use super::*;

#[test]
fn paths_lead_somewhere() {
    finds(
        &format!(
            "{MEETING}output o : a <- trigger.Meeting.Titel ; b <- trigger.Meeting.Title.x ; c <- trigger.Meeting.ExternalAttendees.Email"
        ),
        &[
            "E0614 Input(1, Mapping(0)): `trigger.Meeting.Titel` leads nowhere: there is no field `Titel` in `trigger.Meeting` (did you mean Title?)",
            "E0614 Input(1, Mapping(1)): `trigger.Meeting.Title.x` leads nowhere: text has no fields in `trigger.Meeting.Title`",
            "E0614 Input(1, Mapping(2)): `trigger.Meeting.ExternalAttendees.Email` leads nowhere: list of object has no fields in `trigger.Meeting.ExternalAttendees`",
        ],
    );
}

#[test]
fn types_fit() {
    let line = |mapping: &str| {
        format!(
            "trigger t Manual n:int d:date s:string x:double a:account\ncreate c customer app : account.Name <- t.s ; {mapping}"
        )
    };
    for good in [
        "account.Amount <- t.n",
        "account.Rate <- t.n",
        "account.Rate <- =2",
        "account.Amount <- =\"12.50\"",
        "account.Seen <- =\"2026-11-24T09:00:00Z\"",
        "account.Score <- =null",
        "contacts.0.LastName <- t.d",
    ] {
        finds(&line(good), &[]);
    }
    for (bad, message) in [
        ("account.Score <- t.x", "`account.Score` takes int, and `t.x` is double"),
        ("account.Amount <- t.x", "`account.Amount` takes decimal, and `t.x` is double"),
        ("account.Vip <- t.s", "`account.Vip` takes boolean, and `t.s` is text"),
        ("account.Seen <- =\"tomorrow\"", "`account.Seen` takes date-time, not `tomorrow`"),
        (
            "contacts.0.LastName <- =\"eleven char\"",
            "`contacts[0].LastName` takes at most 10 characters, and the constant is longer on `crm-a`",
        ),
    ] {
        finds(&line(bad), &[&format!("E0616 Input(1, Mapping(1)): {message}")]);
    }
    finds(
        &line("contacts.0.LastName <- t.s ; contacts.0.Kind <- =\"a\" ; contacts.0.Born <- =\"x\""),
        &[
            "E0616 Input(1, Mapping(2)): `contacts[0].Kind` takes one of `A`, `B`, not `a` (did you mean A?)",
            "E0616 Input(1, Mapping(3)): `contacts[0].Born` takes date, not `x`",
        ],
    );
}

#[test]
fn what_may_be_absent_does_not_go_where_a_value_has_to_be() {
    let line = |mappings: &str| {
        format!("{MEETING}create c meeting app : event.Start <- trigger.Meeting.StartDate ; {mappings}")
    };
    finds(
        &line("account.Id <- trigger.Meeting.CustomerId ; event.Subject <- trigger.Meeting.Theme"),
        &[
            "E0617 Input(1, Mapping(1)): `trigger.Meeting.CustomerId` may be absent, and `account.Id` has to be there",
            "E0617 Input(1, Mapping(2)): `trigger.Meeting.Theme` may be absent, and `event.Subject` has to be there",
        ],
    );
    finds(
        &line(
            "account.Id <- trigger.Meeting.CustomerId | require ; event.Subject <- trigger.Meeting.Theme | default \"x\"",
        ),
        &[],
    );
    finds(
        "trigger t Manual a:string\ntemplate x one : text <- t.a when=t.a Equals =\"go\"\ncreate c people app : contact.LastName <- x",
        &["E0617 Input(2, Mapping(0)): `x` may be absent, and `contact.LastName` has to be there"],
    );
    finds(
        &format!(
            "{MEETING}filter f people.contact : Email Equals trigger.Meeting.Theme\nread r people app : contact <- f\noutput o : * <- r"
        ),
        &["E0617 Input(1, Operand(0)): `trigger.Meeting.Theme` may be absent, and `Email` is compared with it"],
    );
}

#[test]
fn elements_of_a_list_are_made_sure_of_one_by_one() {
    let line = |source: &str| {
        format!(
            "trigger t CustomerOverview\nread r customer : account.Id <- t.AccountId\ncreate c crowd : contacts.*.LastName <- {source}"
        )
    };
    let names = "r.Results.0.contacts.*.FirstName";
    let absent = "E0617 Input(2, Mapping(0)): `r.Results[0].contacts[*].FirstName` may be absent, and `contacts[*].LastName` has to be there";
    finds(&line(names), &[absent]);
    finds(&line(&format!("{names} | require")), &[]);
    finds(&line(&format!("{names} | default \"-\"")), &[]);
    finds(&line(&format!("{names} | default \"-\" | map {{\"-\":\"x\"}}")), &[absent]);
    finds(
        &line(&format!("{names} | require | require")),
        &["W E0640 InputStep(2, Mapping(0), 1): `require` never applies: the value is always there"],
    );
    finds(
        &line(&format!("{names} | default 7")),
        &["E0618 InputStep(2, Mapping(0), 0): `default`: the default is int, and the value is text"],
    );
    let born = line("r.Results.0.contacts.*.Born | format %d.%m.%Y | default \"-\"");
    finds(&born, &[]);
    let skipped = born.replace("t.AccountId\n", "t.AccountId when=t.AccountId Equals =\"7\"\n");
    finds(&skipped, &[]);
}

#[test]
fn a_condition_that_may_be_absent_widens_no_read() {
    let line = |filter: &str| {
        format!(
            "trigger t Manual on:boolean\nfilter f people.contact : Email Equals =\"x\" when=t.on Equals =true\nread r people app : contact <- {filter}\noutput o : * <- r"
        )
    };
    finds(&line("f"), &["E0617 Input(2, Mapping(0)): `f` may be absent, and `contact` has to be there"]);
    finds(&line("f | require"), &[]);
    let create = "trigger t Manual on:boolean\nfilter f meeting.account : Name Equals =\"x\" when=t.on Equals =true\n\
         create c meeting app : account <- f ; event.Subject <- =\"s\" ; event.Start <- =\"2026-11-24T09:00:00Z\"";
    finds(create, &["E0617 Input(2, Mapping(0)): `f` may be absent, and `account` has to be there"]);
}

#[test]
fn an_update_knows_what_it_updates() {
    let line = |id: &str| {
        format!(
            "trigger t CustomerOverview\nread r customer : account.Id <- t.AccountId\nupdate u people : contact.Id <- {id} ; contact.FirstName <- =\"x\""
        )
    };
    finds(
        &line("r.Results.0.contacts.0.Id"),
        &["E0617 Input(2, Mapping(0)): `r.Results[0].contacts[0].Id` may be absent, and `contact.Id` has to be there"],
    );
    finds(&line("r.Results.0.contacts.0.Id | require"), &[]);
    let many =
        line("r.Results.0.contacts.*.Id").replace("people", "crowd").replace("contact.Id <-", "contacts.*.Id <-");
    let many = many.replace("contact.FirstName <- =\"x\"", "contacts.*.FirstName <- r.Results.0.contacts.*.Email");
    finds(&many, &[]);
}

#[test]
fn what_is_named_is_there() {
    finds(
        "trigger t Manual a:contact b:contakt[] c:string\ngiven g d:nobody\nfile f \noutput o : a <- t.a ; b <- t.b ; g <- g ; f <- f.Name",
        &[
            "E0632 BlockValue(2): a file has an id",
            "E0634 BlockDeclared(0, 1): there is no entity `contakt` (did you mean contact?)",
            "E0634 BlockDeclared(1, 0): there is no entity `nobody`",
        ],
    );
    finds(
        "trigger t Manual c:string d:date\noutput o : a <- t.c | map {\"a\":1,\"A\":2} ; b <- t.c | map {} ; c <- t.d | decode when==false Equals =true",
        &[
            "E0629 Input(1, When(0)): the condition compares constants, and always comes out the same",
            "E0618 InputStep(1, Mapping(0), 0): `map`: the key \"A\" is never met: it stands before, or the same but for case",
            "E0618 InputStep(1, Mapping(1), 0): `map`: the table is empty",
            "E0618 InputStep(1, Mapping(2), 0): `base64decode`: takes text, found date",
        ],
    );
}

#[test]
fn one_slip_hides_no_other_and_has_no_follow_ups() {
    finds(
        "trigger trigger MeetingBooked\ntemplate x note : gusts <- trigger.Meeting.Title\nai s summary : txet <- x\noutput o : a <- s",
        &[
            "E0619 Block(1): `x` needs `title`, any value",
            "E0615 InputDestination(1, 0): `x` takes no `gusts`: there is no field `gusts` (did you mean guests?)",
            "E0615 InputDestination(2, 0): `s` takes no `txet`: there is no field `txet` (did you mean text?)",
        ],
    );
    finds(
        "trigger t Schedule cron=61_25_*_*_*\ncreate c crowd app : contacts.*.LastName <- =\"x\"",
        &[
            "E0631 BlockSchedule(0): `25` is no hour",
            "E0631 BlockSchedule(0): `61` is no minute",
            "E0621 Input(1, Mapping(0)): a destination with `[*]` needs a source with `[*]`",
        ],
    );
}

#[test]
fn a_number_that_is_written_down_is_a_decimal() {
    let line = |more: &str| {
        format!("trigger t Manual d:double\ncreate c customer app : account.Name <- =\"x\" ; account.Amount <- {more}")
    };
    finds(&line("=1.25"), &[]);
    finds(&line("t.d"), &["E0616 Input(1, Mapping(1)): `account.Amount` takes decimal, and `t.d` is double"]);
    let read = "trigger t CustomerOverview\nread r customer : account.Id <- t.AccountId\noutput o : * <- r.Results.0.account.0.Amount | default 1.25";
    finds(read, &[]);
}

#[test]
fn what_is_needed_is_given() {
    finds(
        "trigger t Manual a:string\ntemplate x note\nai s summary\noutput o : a <- x ; b <- s",
        &["E0619 Block(1): `x` needs `title`, any value", "E0619 Block(2): `s` needs `text`, text"],
    );
    let plan = |lines: &str| found(&library(vec![playbook("p", lines)]), &catalog());
    for (lines, wanted) in [
        ("trigger t Manual a:contact\nread r people app\noutput o : * <- r", "E0619 Block(1): `r`: "),
        ("trigger t Manual a:string\ncreate c people app : contact.Email <- t.a", "E0619 Block(1): `c`: "),
        ("trigger t Manual a:string\nupdate c people app : contact.Email <- t.a", "E0619 Block(1): `c`: "),
        (
            "trigger t Manual a:string\ncreate c meeting app : event.Subject <- t.a ; event.Start <- =\"2026-11-24T09:00:00Z\"",
            "E0619 Block(1): `c`: ",
        ),
    ] {
        let found = plan(lines);
        assert!(found.len() == 1 && found[0].starts_with(wanted), "{lines}: {found:?}");
    }
}

#[test]
fn transformations_take_what_comes() {
    finds(
        &format!(
            "{MEETING}output o : a <- trigger.Meeting.Title | join ; b <- trigger.Meeting.StartDate | format %! ; c <- trigger.Meeting.ExternalAttendees | project Email,Nme ; \
             d <- trigger.Meeting.Type | map {{\"Onlin\":1}} ; e <- trigger.Meeting | extract MeetingOwner.Emial ; f <- trigger.Meeting.Title | default \"x\" ; g <- trigger.Meeting.CustomerId | default 7"
        ),
        &[
            "E0618 InputStep(1, Mapping(0), 0): `join`: takes a list of texts, numbers or booleans, found text",
            "E0618 InputStep(1, Mapping(1), 0): `format`: a date-time cannot be shown as `%!`",
            "E0618 InputStep(1, Mapping(2), 0): `project`: there is no field `Nme` (did you mean Name?)",
            "E0618 InputStep(1, Mapping(3), 0): `map`: the value is never `Onlin` (did you mean Online?)",
            "E0618 InputStep(1, Mapping(4), 0): `extract`: `MeetingOwner.Emial` leads nowhere: there is no field `Emial` (did you mean Email?)",
            "W E0640 InputStep(1, Mapping(5), 0): `default` never applies: the value is always there",
            "E0618 InputStep(1, Mapping(6), 0): `default`: the default is int, and the value is id",
        ],
    );
}

#[test]
fn a_map_over_every_name_always_gives_a_value() {
    let line =
        |map: &str| format!("{MEETING}create c people app : contact.LastName <- trigger.Meeting.Type | map {map}");
    finds(&line("{\"physical\":\"P\",\"Online\":\"O\",\"Telephone\":\"T\",\"Offsite\":\"S\"}"), &[]);
    finds(
        &line("{\"Physical\":\"P\"}"),
        &["E0617 Input(1, Mapping(0)): `trigger.Meeting.Type` may be absent, and `contact.LastName` has to be there"],
    );
}

#[test]
fn conditions_compare_fields_with_values_of_their_type() {
    let line = |test: &str| {
        format!(
            "trigger t Manual s:string n:int l:string[]\nfilter f people.contact : {test}\nread r people app : contact <- f\noutput o : * <- r"
        )
    };
    for good in ["Email Equals t.s", "Email In t.l", "Email In t.s", "Born IsNull", "Kind Equals =\"A\""] {
        finds(&line(good), &[]);
    }
    for (bad, message) in [
        ("Emial Equals t.s", "E0628 BlockField(1, 0): there is no field `Emial` in `contact` (did you mean Email?)"),
        ("Email Equals t.n", "E0628 Input(1, Operand(0)): `Email` is text, and `t.n` is int"),
        (
            "Born Contains t.s",
            "E0628 BlockField(1, 0): `Born` is Date and cannot be compared by `Contains` in `contact`",
        ),
        ("Born Equals t.s", "E0628 Input(1, Operand(0)): `Born` is date, and `t.s` is text"),
        (
            "Kind Equals =\"C\"",
            "E0628 BlockField(1, 0): `Kind`: not one of the allowed values: A, B in `contact` (did you mean A?)",
        ),
        ("Email Equals t.l", "E0628 Input(1, Operand(0)): `Email` is text, and `t.l` is list of text"),
    ] {
        let found = found(&library(vec![playbook("p", &line(bad))]), &catalog());
        assert_eq!(found.first().map(String::as_str), Some(message), "{bad}: {found:?}");
    }
}

#[test]
fn a_when_compares_what_can_be_equal() {
    let line = |when: &str| format!("{MEETING}output o : * <- trigger.Meeting.Title when={when}");
    for good in [
        "trigger.Meeting.Type Equals =\"online\"",
        "trigger.Meeting.Internal Equals =false",
        "trigger.Meeting.StartDate LessThan trigger.Meeting.EndDate",
        "trigger.Meeting.Theme IsNull",
        "trigger.Meeting.ExternalAttendees.*.Email Contains =\"a@x\"",
        "trigger.Meeting.Title In trigger.Meeting.ExternalAttendees.*.Name",
    ] {
        finds(&line(good), &[]);
    }
    for (bad, message) in [
        (
            "trigger.Meeting.Type Equals =\"Onlin\"",
            "E0629 Input(1, When(1)): `trigger.Meeting.Type` is one of `Offsite`, `Online`, `Physical`, `Telephone`, never one of `Onlin` (did you mean Online?)",
        ),
        (
            "trigger.Meeting.Title Equals =1",
            "E0629 Input(1, When(1)): `trigger.Meeting.Title` is text and is compared with double",
        ),
        (
            "trigger.Meeting.Internal GreaterThan =true",
            "E0629 Input(1, When(0)): `trigger.Meeting.Internal` is boolean and cannot be compared by `GreaterThan`",
        ),
        (
            "trigger.Meeting.Title Equals =null",
            "E0629 Input(1, When(1)): `trigger.Meeting.Title` is compared with null: ask with `IsNull`",
        ),
        ("trigger.Meeting.Title Equals", "E0629 BlockWhen(1): `Equals` takes one value, found 0"),
    ] {
        finds(&line(bad), &[message]);
    }
}

#[test]
fn sensitive_fields_are_followed_to_the_ai() {
    let line = |more: &str, source: &str| {
        format!(
            "trigger t CustomerOverview\nread r customer : account.Id <- t.AccountId\n{more}\nai s summary : text <- {source}\noutput o : a <- s ; b <- r"
        )
    };
    let message = |source: &str, block: usize| {
        format!("E0625 Input({block}, Mapping(0)): `{source}` brings sensitive fields to an AI: `contact.Cpr`")
    };
    finds(&line("", "r.Results.0.contacts.0.Cpr | require"), &[&message("r.Results[0].contacts[0].Cpr", 2)]);
    finds(&line("", "r | serialize"), &[&message("r", 2)]);
    finds(&line("template x one : text <- r.Results.0.contacts | require", "x"), &[&message("x", 3)]);
    finds(&line("", "r.Results.0.contacts.0 | project Email | serialize | require"), &[]);
    finds(&line("", "r.Results.0.account | serialize | require"), &[]);
    finds(
        "trigger t CustomerOverview\nread r customer : account.Id <- t.AccountId\nai s summary allow : text <- r | serialize\nai u summary : text <- s.text\noutput o : a <- s ; b <- u",
        &[&message("s.text", 3)],
    );
    finds(
        "trigger t Manual a:string\nai s summary allow : text <- t.a\ntemplate x one allow : text <- s\noutput o : * <- x",
        &["W E0627 BlockAllow(1): no sensitive field reaches `s`", "E0626 BlockAllow(2): `x` asks no AI"],
    );
}

#[test]
fn a_condition_goes_to_its_own_part() {
    finds(
        "trigger t Manual s:string\nfilter f people.contact : Email Equals t.s\nread r crowd app : contacts <- f\noutput o : * <- r",
        &[
            "E0616 Input(2, Mapping(0)): `contacts` takes record of crowd.contacts or condition on it, and `f` is condition on people.contact",
        ],
    );
}
