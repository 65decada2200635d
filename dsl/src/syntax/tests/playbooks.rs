//! Playbooks and what they name: places, recovery, limits.

use super::*;

fn playbook(statement: &str) -> Vec<String> {
    findings(&format!("playbook p {{\n  trigger CustomerOverview\n  {statement}\n}}\n"))
}

#[test]
fn every_place_of_a_playbook_leads_to_its_words() {
    let text = "\
playbook p \"P\" {
  fork starter.book version \"1.2.0\" replaces
  deadline 2h
  concurrency 4
  trigger start \"S\" = Schedule(\"0 7 * * *\", zone: \"Europe/Oslo\", portals: [\"a\", \"b\"], body: {\"type\": \"object\"}, who: string[])
  filter f on pat.part when start.A! | first == b.C and not (start.D in (\"x\", start.E)): F == start.G | count or H == 1
  read r = pat as application \"why\" after (f, start) { part.Id: start.I[0] | default(1) | first, *: f }
  ai a = cap version 2 allow \"because\" { x: r }
  input i as \"eye\": ref account optional
}
";
    let (_, library, map, errors) = read_all(text);
    assert_eq!(errors, []);
    let words = |place: Place| {
        let span = map.span(&Subject { item: Item::Playbook(0), place }).unwrap();
        &text[span.start as usize..span.end as usize]
    };
    assert_eq!((words(Place::Whole), words(Place::Id)), ("playbook p \"P\"", "p"));
    assert_eq!((words(Place::Deadline), words(Place::Concurrency)), ("deadline 2h", "concurrency 4"));
    assert_eq!(
        (words(Place::Fork), words(Place::ForkPlaybook), words(Place::ForkVersion)),
        ("starter", "book", "\"1.2.0\"")
    );
    assert_eq!((words(Place::Block(0)), words(Place::BlockValue(0))), ("start", "Schedule"));
    assert_eq!((words(Place::BlockSchedule(0)), words(Place::BlockZone(0))), ("\"0 7 * * *\"", "\"Europe/Oslo\""));
    assert_eq!((words(Place::BlockPortal(0, 1)), words(Place::BlockSchema(0))), ("\"b\"", "{\"type\": \"object\"}"));
    assert_eq!(words(Place::BlockDeclared(0, 0)), "who");
    assert_eq!((words(Place::BlockValue(1)), words(Place::BlockPart(1))), ("pat", "part"));
    assert_eq!((words(Place::BlockField(1, 0)), words(Place::BlockField(1, 1))), ("F", "H"));
    let input = |block, at| words(Place::Input(block, at));
    assert_eq!((input(1, InputAt::Operand(0)), input(1, InputAt::Operand(1))), ("start.G", "1"));
    assert_eq!(words(Place::InputStep(1, InputAt::Operand(0), 0)), "| count");
    assert!(words(Place::BlockWhen(1)).starts_with("when start.A!"));
    let whens = ["start.A", "b.C", "start.D", "\"x\"", "start.E"];
    for (number, expected) in whens.into_iter().enumerate() {
        assert_eq!(input(1, InputAt::When(number)), expected);
    }
    assert_eq!(words(Place::InputStep(1, InputAt::When(0), 0)), "!");
    assert_eq!(words(Place::InputStep(1, InputAt::When(0), 1)), "| first");
    assert_eq!((words(Place::BlockEscalation(2)), words(Place::BlockAfter(2, 1))), ("as application \"why\"", "start"));
    assert_eq!((input(2, InputAt::Mapping(0)), words(Place::InputDestination(2, 0))), ("start.I[0]", "part.Id"));
    assert_eq!(words(Place::InputStep(2, InputAt::Mapping(0), 1)), "| first");
    assert_eq!(input(2, InputAt::Mapping(1)), "f");
    assert_eq!((words(Place::BlockVersion(3)), words(Place::BlockAllow(3))), ("2", "allow \"because\""));
    assert_eq!((words(Place::Block(4)), words(Place::BlockDeclared(4, 0))), ("i", "ref account"));
    assert_eq!(library.playbooks[0].blocks.len(), 5);
}

#[test]
fn every_place_of_a_capability_and_a_mapper_leads_to_its_words() {
    let text = "\
capability c \"C\" {
  version 1 { model \"m\", prompt \"p\", input {\"a\": 1}, output {\"b\": 2} }
}
mapper Use -> pat.part.`A field`
";
    let (_, library, map, errors) = read_all(text);
    assert_eq!(errors, []);
    let words = |item: Item, place: Place| {
        let span = map.span(&Subject { item, place }).unwrap();
        &text[span.start as usize..span.end as usize]
    };
    let of = |place| words(Item::Capability(0), place);
    assert_eq!((of(Place::Id), of(Place::Version(0)), of(Place::VersionModel(0))), ("c", "1", "\"m\""));
    assert_eq!((of(Place::VersionPrompt(0)), of(Place::VersionInput(0))), ("\"p\"", "{\"a\": 1}"));
    assert_eq!(of(Place::VersionOutput(0)), "{\"b\": 2}");
    let of = |place| words(Item::Mapper(0), place);
    assert_eq!((of(Place::Id), of(Place::MapperPattern), of(Place::MapperField)), ("Use", "pat", "part.`A field`"));
    assert_eq!(library.mappers[0].field.as_ref().unwrap().field.as_str(), "A field");
}

#[test]
fn a_word_that_is_none_is_one_slip() {
    let text = "playbook p {\n  trigger Manual(x: string)\n  output o = trigger.x | uppercase\n}\n";
    assert_eq!(findings(text), ["E0106 `uppercase`: `uppercase` is no transformation"]);
}

#[test]
fn a_slip_costs_its_statement_and_leaves_the_name() {
    let text = "\
playbook p {
  trigger CustomerOvervew
  read a = b wehn trigger.X == 1 { part: trigger.Id | frist, other trigger.Y, third: trigger.Z }
  creat c = d
  filter f on x.y Email == trigger.Id
  output o = a.Results[0]..Id
  template t = note { x: a
  output done = t
}
";
    assert_eq!(
        findings(text),
        [
            "E0106 `wehn`: `wehn` is no flag of a block ~ when",
            "E0106 `frist`: `frist` is no transformation ~ first",
            "E0100 `trigger`: expected `:`, `.` or `[…]`, found `trigger`",
            "E0106 `creat`: `creat` starts no statement of a playbook ~ create",
            "E0100 `Email`: expected `:` or a flag, found `Email`",
            "E0100 `.`: expected a name, found `.`",
            "E0102 `{`: `{` is never closed",
            "E0175 `CustomerOvervew`: there is no trigger `CustomerOvervew` ~ CustomerOverview",
        ]
    );
    let names: Vec<_> = read_all(text).1.playbooks[0].blocks.iter().map(|block| block.name.to_string()).collect();
    assert_eq!(names, ["trigger", "a", "c", "o", "t", "done"]);
}

#[test]
fn the_message_says_what_was_expected() {
    assert_eq!(playbook("read a b"), ["E0100 `b`: expected `=` or a text in double quotes, found `b`"]);
    assert_eq!(
        playbook("output o = "),
        ["E0100 ``: expected `{` or a source: `block.Path` or a value, found the end of the statement"]
    );
    assert_eq!(
        playbook("input i: strin"),
        ["E0100 `strin`: expected a type such as `string` or `ref account`, found `strin`"]
    );
    assert_eq!(playbook("deadline soon"), ["E0100 `soon`: expected a time such as `90s`, `30m` or `2h`, found `soon`"]);
    assert_eq!(playbook("deadline 5x"), ["E0172 `5x`: expected a time such as `90s`, `30m` or `2h`, found `5x`"]);
    assert_eq!(
        playbook("filter f on a.b: c.D == 1"),
        ["E0172 `c.D`: expected the name of a field, found something else"]
    );
    assert_eq!(
        playbook("output o = a when b = 1"),
        [
            "E0100 `=`: expected `.`, `!`, `[…]`, `|` or a comparison such as `==`, `!=`, `contains`, `in (…)` or `is null`, found `=` ~ =="
        ]
    );
    assert_eq!(playbook("output o = a at 1 2 at 3 4").len(), 1);
    assert_eq!(playbook("input i = {\"a\": 1, \"a\": 2}"), ["E0171 `\"a\"`: `a` stands here twice"]);
    assert_eq!(playbook("read a = b { x: c[-1] }"), ["E0172 `-1`: expected a position from 0, found `-1`"]);
    assert_eq!(
        findings("capability c {\n  version 1 { modle \"m\", prompt \"p\", input {} }\n}\n"),
        ["E0106 `modle`: `modle` starts no statement of a version ~ model"]
    );
    assert_eq!(
        findings("capability c {\n  version 1 { model \"m\", prompt \"p\", input {} }\n}\n"),
        ["E0173 `version 1`: a version needs `output`"]
    );
    assert_eq!(playbook("nonsense a = b"), ["E0106 `nonsense`: `nonsense` starts no statement of a playbook"]);
}

#[test]
fn a_long_text_without_an_end_is_placed_where_it_starts() {
    let text = "capability c {\n  version 1 {\n    prompt \"\"\"\n      Hello\n  }\n}\n";
    let found = findings(text);
    assert!(found.len() == 1 && found[0].starts_with("E0101 `\"\"\""), "{found:?}");
}

#[test]
fn keywords_are_names_where_names_stand() {
    let text = "\
playbook playbook {
  trigger Manual
  read read = read { input: trigger.read, when: read.when | first, at: at }
  filter filter on filter.filter: when == when.when
  output after = output after (when, at)
}
";
    let (_, library, _, errors) = read_all(text);
    assert_eq!(errors, []);
    assert_eq!(library.playbooks[0].blocks.len(), 4);
}

#[test]
fn values_and_conditions_nest_no_deeper_than_the_limit() {
    let deep = |open: &str, close: &str, count: usize| format!("{}1{}", open.repeat(count), close.repeat(count));
    assert_eq!(playbook(&format!("input i = {}", deep("[", "]", MAX_DEPTH))), Vec::<String>::new());
    let found = playbook(&format!("input i = {}", deep("[", "]", MAX_DEPTH + 1)));
    assert!(found.len() == 1 && found[0].starts_with("E0107"), "{found:?}");
    let found = playbook(&format!("output o = a when {} b == 1", "not ".repeat(MAX_DEPTH + 1)));
    assert!(found.len() == 1 && found[0].starts_with("E0107"), "{found:?}");
}

#[test]
fn hostile_statements_take_linear_time() {
    let start = Instant::now();
    for line in [
        "read a = b { x: ",
        "output o = a | ",
        "input i = [{\"a\": ",
        "trigger Manual(",
        "filter f on a.b: (",
        "\"\"\"",
    ] {
        let text = format!("playbook p {{\n{}", format!("{line}\n").repeat(5_000));
        assert!(read_all(&text).3.len() <= MAX_ERRORS + 1);
        read_all(&format!("playbook p {{\n  {}", line.repeat(5_000)));
    }
    assert!(start.elapsed() < Duration::from_secs(60), "{:?}", start.elapsed());
}
