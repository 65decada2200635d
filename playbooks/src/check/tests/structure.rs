//! Rules that look at a playbook whatever the types.

use super::*;

#[test]
fn one_trigger_stands_first() {
    finds("input a 1\noutput o : * <- a", &["E0602 Whole: the playbook has no trigger"]);
    finds(
        "input a 1\ntrigger t Manual\ntrigger u Manual\noutput o : * <- a",
        &[
            "E0602 Block(1): the trigger `t` is not the first block",
            "E0602 Block(2): `u` is a second trigger [Block(1): the first one]",
        ],
    );
}

#[test]
fn names_are_there_and_stand_once() {
    finds(
        "trigger t Manual a:string\ninput a 1\ninput a 2\noutput o : x <- a ; y <- b.c ; z <- o\noutput p o after=tt : * <- t.a",
        &[
            "E0603 Block(2): there is another block `a` [Block(1): the first one]",
            "E0638 BlockValue(4): there is another result `o` [Block(3): the first one]",
            "E0604 BlockAfter(4, 0): there is no block `tt` (did you mean t?)",
            "E0604 Input(3, Mapping(1)): there is no block `b` (did you mean a?)",
            "E0604 Input(3, Mapping(2)): `o` is an output and gives nothing to other blocks",
            "E0606 Input(3, Mapping(2)): `o` needs `o` [Input(3, Mapping(2)): `o` needs `o`]",
        ],
    );
}

#[test]
fn relations_point_forward_and_in_no_circle() {
    finds(
        "trigger t Manual a:string\ntemplate x one : text <- y\ntemplate y one : text <- z\ntemplate z one : text <- x\ntemplate v one : text <- w\ninput w \"1\"\noutput o : a <- v ; b <- z",
        &[
            "E0606 Input(1, Mapping(0)): `x` needs `y`, `y` needs `z`, `z` needs `x` [Input(1, Mapping(0)): `x` needs `y`] \
             [Input(2, Mapping(0)): `y` needs `z`] [Input(3, Mapping(0)): `z` needs `x`]",
            "E0605 Input(4, Mapping(0)): `v` takes a value from `w`, which stands after it [Block(5): stands here]",
        ],
    );
}

#[test]
fn what_is_named_is_there() {
    finds(
        "trigger t Manual a:string\nread r peple app : contact.Id <- t.a\nfilter f people.contakt : Email Equals t.a\ntemplate x nte : title <- t.a\nai s sumary : text <- t.a\noutput o : a <- r ; b <- f ; c <- x ; d <- s",
        &[
            "E0607 BlockValue(1): there is no pattern `peple` (did you mean people?)",
            "E0611 BlockValue(3): there is no template `nte` (did you mean note?)",
            "E0612 BlockValue(4): there is no capability `sumary` (did you mean summary?)",
            "E0608 BlockPart(2): `people` has no part `contakt` (did you mean contact?)",
        ],
    );
}

#[test]
fn versions_are_there() {
    let mut library =
        library(vec![playbook("p", "trigger t Manual a:string\nai s summary : text <- t.a\noutput o : * <- s")]);
    let pin = |number| crate::model::BlockKind::Ai {
        capability: id("summary"),
        version: crate::model::VersionChoice::Pinned(number),
    };
    library.playbooks[0].blocks[1].kind = pin(2);
    assert_eq!(found(&library, &catalog()), Vec::<String>::new());
    library.playbooks[0].blocks[1].kind = pin(3);
    assert_eq!(found(&library, &catalog()), ["E0613 BlockVersion(1): `summary` has no version 3"]);
}

#[test]
fn a_playbook_runs_where_all_its_patterns_are() {
    finds(
        "trigger t Manual a:lead\nread r lead app : lead.Id <- t.a\noutput o : * <- r",
        &["W E0610 Whole: some CRMs cannot run it: there is no `lead` on `crm-b`"],
    );
}

#[test]
fn nothing_is_given_twice() {
    finds(
        "trigger t Manual a:string b:contact[]\noutput o : a.b <- t.a ; a <- t.a ; c <- t.a ; c <- t.a ; d.*.e <- t.b.* ; d.0.e <- t.a ; f.0 <- t.a ; f.2 <- t.a",
        &[
            "E0620 InputDestination(1, 0): `a.b` is given within `a`, which is given whole [InputDestination(1, 1): the other one]",
            "E0620 InputDestination(1, 3): `c` is given twice [InputDestination(1, 2): the other one]",
            "E0620 InputDestination(1, 5): `d` is given element by element and by `[*]` [InputDestination(1, 4): the other way]",
            "E0644 InputDestination(1, 6): `f` has `[2]` and no `[1]`",
        ],
    );
    finds(
        "trigger t Manual a:string\noutput o : * <- t.a ; x <- t.a",
        &[
            "E0620 InputDestination(1, 1): `x` is given within the whole input, which is given whole [InputDestination(1, 0): the other one]",
        ],
    );
}

#[test]
fn elements_come_from_one_list() {
    let line = |mappings: &str| format!("{MEETING}create made crowd app : {mappings}");
    let guests = "trigger.Meeting.ExternalAttendees.*";
    finds(&line(&format!("contacts.*.LastName <- {guests}.Email ; contacts.*.Email <- {guests}.Email")), &[]);
    finds(
        &line(&format!(
            "contacts.*.LastName <- {guests}.Email ; contacts.*.Email <- trigger.Meeting.AdditionalAdvisors.*.Email"
        )),
        &[
            "E0621 Input(1, Mapping(1)): the elements of `contacts` come from two lists [InputDestination(1, 0): the other list]",
        ],
    );
    finds(
        &line(&format!("contacts.*.LastName <- trigger.Meeting.Title ; contacts.*.Email <- {guests}.Email | join")),
        &[
            "E0621 Input(1, Mapping(0)): a destination with `[*]` needs a source with `[*]`",
            "E0621 Input(1, Mapping(1)): `join` gives no element per element",
        ],
    );
}

#[test]
fn triggers_have_their_own_settings() {
    finds(
        "trigger t MeetingBooked portal=retail portal=retail a:string\noutput o : * <- t",
        &[
            "E0632 BlockPortal(0, 0): `MeetingBooked` has no portals",
            "E0632 BlockPortal(0, 1): the portal `retail` stands twice",
            "E0632 BlockDeclared(0, 0): `MeetingBooked` has no inputs",
        ],
    );
    finds("trigger t Schedule\noutput o : * <- t", &["E0632 BlockValue(0): `Schedule` says when it fires"]);
    finds(
        "trigger t Schedule cron=0_0_*_*_mond\noutput o : * <- t",
        &["E0631 BlockSchedule(0): `mond` is no day of week (did you mean mon?)"],
    );
    finds(
        "trigger t Webhook body={\"type\":\"objct\"}\noutput o : * <- t.a",
        &["E0633 BlockSchema(0): there is no type `objct` at `type` (did you mean object?)"],
    );
    finds(
        "trigger t Manual a:string a:int\noutput o : * <- t",
        &["E0634 BlockDeclared(0, 1): there is another input `a` [BlockDeclared(0, 0): the first one]"],
    );
    finds(
        "trigger t Manual after=o\noutput o : x <- =1",
        &["E0639 BlockAfter(0, 0): the trigger `t` comes after nothing"],
    );
}

#[test]
fn limits_are_told_alone() {
    let deep = vec!["a"; 65].join(".");
    finds(
        &format!("trigger t Webhook\noutput o : * <- t.{deep}"),
        &["E0635 Input(1, Mapping(0)): the path has more than 64 steps"],
    );
    let many = "input a 1\n".repeat(1_001);
    finds(&many, &["E0635 Whole: the playbook has more than 1000 blocks"]);
}

#[test]
fn what_does_nothing_is_warned_of() {
    finds(
        "trigger t Manual a:string\ninput x 1\noutput o : * <- t.a | require",
        &[
            "W E0637 Block(1): nothing takes what `x` gives",
            "W E0640 InputStep(2, Mapping(0), 0): `require` never applies: the value is always there",
        ],
    );
}

#[test]
fn escalations_stand_where_they_are_needed() {
    finds(
        &format!(
            "{MEETING}create made people : contact.LastName <- =\"x\"\ntemplate t one app : text <- made\noutput o : * <- t"
        ),
        &[
            "E0622 Block(1): `made` calls the CRM, and a run of `MeetingBooked` may lack an employee",
            "E0624 BlockEscalation(2): `t` calls no CRM",
        ],
    );
    finds(
        "trigger t CustomerOverview\nread r customer app : account.Id <- t.AccountId\noutput o : * <- r",
        &["W E0623 BlockEscalation(1): the application never stands in: an employee always acts on `CustomerOverview`"],
    );
}
