//! One slip, one finding, in the right place and in plain words; the rest is read.

use super::*;

#[test]
fn unknown_words_have_a_nearest_one() {
    assert_eq!(
        entity("A -> a requierd max 5 readnoly"),
        [
            "E0106 `requierd`: `requierd` is no flag or type of a field ~ required",
            "E0106 `readnoly`: `readnoly` is no flag or type of a field ~ readonly",
        ]
    );
    assert_eq!(entity("A -> a datetme"), ["E0106 `datetme`: `datetme` is no flag or type of a field ~ datetime"]);
    assert_eq!(entity("A -> a DateTime"), ["E0106 `DateTime`: `DateTime` is no flag or type of a field ~ datetime"]);
    assert_eq!(
        entity("descripton \"x\""),
        ["E0106 `descripton`: `descripton` starts no statement of an entity ~ description"]
    );
    assert_eq!(pattern("a : b optinal"), ["E0106 `optinal`: `optinal` is no flag of a part ~ optional"]);
    assert_eq!(pattern("a.A = b.B defered"), ["E0106 `defered`: `defered` is no flag of a requirement ~ deferred"]);
    assert_eq!(findings("entiy a on b c {\n  A -> a bolean\n}\n").len(), 2);
}

#[test]
fn what_remains_of_a_statement_is_kept() {
    let (model, _, errors) = read("entity e on d c {\n  A -> a requierd max 5 public\n  B -> b max fifty\n}\n");
    assert_eq!(errors.len(), 2);
    let fields = &model.definitions[0].fields;
    assert_eq!((fields[0].max_length, fields[0].public, fields[1].name.as_str()), (Some(5), true, "B"));
}

#[test]
fn the_message_says_what_was_expected_and_found() {
    assert_eq!(entity("LastName lastname"), ["E0100 `lastname`: expected `->`, found `lastname`"]);
    assert_eq!(entity("A -> a max fifty"), ["E0100 `fifty`: expected a number, found `fifty`"]);
    assert_eq!(entity("A -> "), ["E0100 ``: expected a name, found the end of the statement"]);
    assert_eq!(entity("A -> \"a\""), ["E0100 `\"a\"`: expected a name, found the text `\"a\"`"]);
    assert_eq!(pattern("a : b { X = }"), ["E0100 ``: expected a value, found the end of the statement"]);
    assert_eq!(pattern("a : b { X 1, Y = 2, Z == 3 }").len(), 2);
    assert_eq!(
        pattern("a : b where A = 1"),
        ["E0100 `=`: expected a comparison such as `==`, `!=`, `contains`, `in (…)` or `is null`, found `=` ~ =="]
    );
    assert_eq!(pattern("a : b where A == Busy"), ["E0100 `Busy`: expected a value, found `Busy`"]);
    assert_eq!(pattern("a.A = b"), ["E0100 ``: expected `.`, found the end of the statement"]);
}

#[test]
fn strings_end_with_their_line_and_take_its_brackets_along() {
    let text =
        "pattern p {\n  a : b { X = \"open }\n  c : d optionl\n  e : f {\n    X = \"open\n    Y = 1\n  }\n  g : h\n}\n";
    assert_eq!(
        findings(text),
        [
            "E0101 `\"open }`: the text has no end: `\"` is missing",
            "E0106 `optionl`: `optionl` is no flag of a part ~ optional",
            "E0101 `\"open`: the text has no end: `\"` is missing",
        ]
    );
    assert_eq!(read(text).0.patterns[0].parts.len(), 4);
}

#[test]
fn a_forgotten_brace_is_found_where_the_next_thing_starts() {
    let text = "entity a on d c {\n  A -> a\n\nentity b on d c {\n  B -> b\n}\n";
    assert_eq!(findings(text), ["E0102 `{`: `{` is never closed"]);
    assert_eq!(read(text).0.definitions.len(), 2);
    let inner = "pattern p {\n  a : b { X = 1\n  c : d\n  a.A = c.B\n}\n";
    assert_eq!(findings(inner), ["E0102 `{`: `{` is never closed"]);
    assert_eq!(read(inner).0.patterns[0].parts.len(), 2);
    let last = "pattern p {\n  c : d\n  a : b { X = 1\n}\n\npattern q {\n  a : b\n}\n";
    let (model, _, errors) = read(last);
    assert_eq!((errors.len(), model.patterns.len()), (1, 2));
    assert_eq!(errors[0].span.unwrap().start, 28);
}

#[test]
fn forgotten_and_stray_brackets_name_both_places() {
    let (.., errors) = read("pattern p {\n  a : b where (A == 1\n  c : d\n}\n}\n");
    let found: Vec<_> = errors.iter().map(|error| (error.code.0, error.related.len())).collect();
    assert_eq!(found, [("E0102", 1), ("E0103", 1)]);
    assert_eq!(entity("key (A]"), ["E0102 `(`: `(` is never closed", "E0103 `]`: `]` closes nothing"]);
}

#[test]
fn characters_from_elsewhere_are_named() {
    assert_eq!(entity("A\u{a0}-> a"), ["E0110 `\u{a0}`: the character U+00A0 cannot stand here"]);
    assert_eq!(entity("A🎉 -> a"), ["E0170 `A🎉`: `A🎉` is not a name: '🎉' may not stand in a field name"]);
    let (.., errors) = read("entity e “E” on d c {\n}\n");
    assert_eq!(errors[0].help.as_deref(), Some("texts stand in straight double quotes: `\"…\"`"));
}

#[test]
fn items_need_a_known_word_and_a_body() {
    assert_eq!(findings("entity e on d c\n"), ["E0111 `entity e on d c`: the entity has no body"]);
    assert_eq!(findings("something else\n"), ["E0105 `something`: `something` is no kind of item"]);
    assert_eq!(findings("mapper A -> b {\n}\n"), ["E0100 `mapper A -> b`: a mapper has no body"]);
    assert_eq!(
        findings("mapper A b\nmaper A -> b.c.D\n"),
        ["E0100 `b`: expected `->`, found `b`", "E0105 `maper`: `maper` is no kind of item ~ mapper",]
    );
    assert_eq!(
        findings("entity e dataverse contact {\n  A a\n}\n"),
        [
            "E0100 `dataverse`: expected `on` or a text in double quotes, found `dataverse`",
            "E0100 `a`: expected `->`, found `a`"
        ]
    );
}

#[test]
fn repeated_properties_and_wrong_values_are_placed() {
    assert_eq!(entity("A -> a max 1 max 2 int date required required").len(), 3);
    assert_eq!(pattern("a : b sort A sort B desc limit 1 limit 2 optional optional").len(), 3);
    assert_eq!(pattern("a.A = b.B optional optional").len(), 1);
    let text = "entity e on d c {\n  description \"a\"\n  description \"b\"\n  idempotency A\n  idempotency B\n}\n";
    assert_eq!(findings(text).len(), 2);
    assert_eq!(entity("A -> a max -1")[0], "E0172 `-1`: expected a whole number from 0 to 4294967295, found `-1`");
    assert_eq!(entity("A -> a choice { X = 1.5, Y = 9223372036854775808 }").len(), 2);
    assert_eq!(entity("A -> a choice { X = null }"), ["E0100 `null`: expected a value, found `null`"]);
    assert_eq!(entity("A -> \"\\q\"").len(), 1);
    assert_eq!(entity("description \"\\q\""), ["E0104 `\\q`: unknown escape"]);
}

#[test]
fn a_misspelt_word_is_read_as_the_one_that_was_meant() {
    for (statement, slip) in [
        ("A -> a rf contact via x required", "rf"),
        ("A -> a mx 5 public", "mx"),
        ("A -> a wrte B ref contact", "wrte"),
        ("A -> a chioce { X = 1, Y } required", "chioce"),
        ("A -> a ref contact vai x", "vai"),
        ("A -> a bool", "bool"),
        ("A -> a lookup contact", "lookup"),
        ("A -> a length 50 required", "length"),
        ("A -> a oneof { X, Y } required", "oneof"),
        ("embeded in a as b", "embeded"),
    ] {
        let found = entity(statement);
        assert!(found.len() == 1 && found[0].contains(&format!("`{slip}`:")), "{statement}: {found:?}");
    }
    for (statement, slip) in [
        ("a : b srt A desc limit 3", "srt"),
        ("a : b wehre A == 1 and B is null { C = 1 }", "wehre"),
        ("a : b where A == 1 adn B is null { C = 1 }", "adn"),
        ("a : b mtach (A) optional", "mtach"),
        ("a : b sort A descending limit 3", "descending"),
        ("a : b where A like \"x\"", "like"),
        ("a : b unknown 5 (x) optional { C = 1 }", "unknown"),
        ("ass application \"why\"", "ass"),
    ] {
        let found = pattern(statement);
        assert!(found.len() == 1 && found[0].contains(&format!("`{slip}`:")), "{statement}: {found:?}");
    }
    let (model, map, errors) = read("entity e \"E\" no d c {\n  A -> a requird mx 5 pubic\n}\n");
    assert_eq!(errors.len(), 4);
    let field = &model.definitions[0].fields[0];
    assert_eq!((field.required, field.max_length, field.public), (true, Some(5), true));
    let place = Subject { item: engage_engine::model::Item::Definition(0), place: Place::FieldMax(0) };
    assert_eq!(map.span(&place).map(|span| (span.start, span.end)), Some((39, 43)));
}

#[test]
fn a_bad_name_hides_no_other_slip() {
    let found = pattern("a : Bad limit -1 match (1x)");
    assert_eq!(found.iter().map(|found| &found[..5]).collect::<Vec<_>>(), ["E0170", "E0172", "E0170"]);
}

#[test]
fn a_header_without_its_brace_keeps_its_statements() {
    let body = "  A -> a requird\n}\nentity f on d c {\n}\n";
    let missing = format!("entity e on d c\n{body}");
    let found = findings(&missing);
    assert_eq!(found[0], "E0111 `entity e on d c`: the entity has no body");
    assert_eq!((found.len(), read(&missing).0.definitions.len()), (2, 2));
    let open = format!("entity e \"E on d c {{\n{body}");
    assert_eq!(findings(&open).iter().map(|found| &found[..5]).collect::<Vec<_>>(), ["E0101", "E0106"]);
    let broken = format!("entity e \"E\"\n  on d c {{\n{body}");
    assert_eq!(findings(&broken)[0], "E0100 `on`: expected `{`, found `on`");
    assert_eq!((findings(&broken).len(), read(&broken).0.definitions.len()), (2, 2));
    assert_eq!(findings("pattern p\nq \"P\" {\n  a : b\n}\n").len(), 2);
    assert_eq!(findings("entity e on d c\n\n# end\n").len(), 1);
    assert_eq!(findings("entity e on d c # why\n# and why\n  A -> a\n}\n").len(), 1);
}

#[test]
fn signs_from_other_languages_have_a_help() {
    for (text, help) in [
        ("// why\nentity e on d c {\n}\n", "a comment starts with `#`"),
        ("entity e on d c {\n  A -> a // why\n}\n", "a comment starts with `#`"),
        ("kind: EntityDefinition\n", "this looks like YAML: give the file a name that ends in `.yaml`"),
        ("pattern p {\n  a : b where A == 1 && B == 2\n}\n", "conditions are joined by `and` and `or`"),
        ("entity e on d c { A -> a -> b }\n", "a newline or a comma ends a statement"),
    ] {
        let (.., errors) = read(text);
        assert_eq!(errors[0].help.as_deref(), Some(help), "{text}");
    }
    assert_eq!(entity("/* no */"), ["E0100 `/`: expected a name, found `/`"]);
}

#[test]
fn codes_of_digits_are_no_numbers() {
    let expected = "E0100 `0123`: expected a value, found `0123`";
    assert_eq!(pattern("a : b { X = 0123 }"), [expected]);
    assert_eq!(pattern("a : b limit 05"), ["E0100 `05`: expected a number, found `05`"]);
    assert!(pattern("a : b { X = 0, Y = -0.50, Z = 0e1 }").is_empty());
}
