use serde_json::json;

use super::*;

fn problems(schema: &Json) -> Vec<(String, String)> {
    schema_problems(schema).into_iter().map(|problem| (problem.at, problem.kind.to_string())).collect()
}

fn one(schema: &Json) -> (String, SchemaProblemKind) {
    let found = schema_problems(schema);
    assert_eq!(found.len(), 1, "{found:?}");
    (found[0].at.clone(), found[0].kind.clone())
}

/// What is wrong with an answer.
fn wrong(shape: &Shape, answer: &Json) -> Vec<String> {
    match shape.check(answer) {
        Ok(()) => Vec::new(),
        Err(AiErrorKind::BadAnswer { problems }) => problems,
        Err(other) => panic!("{other}"),
    }
}

/// A schema of objects in one another.
fn nested(depth: usize) -> Json {
    (0..depth).fold(json!({"type": "string"}), |inner, _| json!({"type": "object", "properties": {"a": inner}}))
}

#[test]
fn a_usual_schema_has_no_problem() {
    let schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "https://schemas.example/summary",
        "type": "object",
        "properties": {
            "summary": {"type": "string", "maxLength": 500},
            "next": {"type": "array", "items": {"$ref": "#/$defs/step"}},
            "also": {"$ref": "#/$defs/step"},
            // Names of fields are no keywords.
            "enum": {"type": "string"}, "$ref": {"type": "string"}, "$id": {"const": {"$ref": "https://x.example"}}
        },
        "required": ["summary"],
        "$defs": {"step": {"type": "object", "properties": {"due": {"type": "string", "format": "date"}}}}
    });
    assert_eq!(problems(&schema), []);
    assert_eq!(problems(&json!({"$schema": "http://json-schema.org/draft-07/schema#", "type": "object"})), []);
}

#[test]
fn what_is_no_schema_is_told_where_it_is_none() {
    assert_eq!(problems(&json!({"type": "text"}))[0].0, "/type");
    assert_eq!(problems(&json!({"properties": {"a": {"maxLength": "9"}}}))[0].0, "/properties/a/maxLength");
    assert!(matches!(one(&json!("string")).1, SchemaProblemKind::Invalid { .. }));
    assert!(matches!(
        one(&json!({"$schema": "http://json-schema.org/draft-04/schema#"})).1,
        SchemaProblemKind::Keyword { .. }
    ));
}

#[test]
fn patterns_take_linear_time() {
    let pattern = |text: &str| problems(&json!({"properties": {"a": {"type": "string", "pattern": text}}}));
    assert_eq!(pattern("^[A-Z]{2}[0-9]+$"), []);
    assert_eq!(pattern(r"^(a)\1$").len(), 1);
    assert_eq!(pattern(&format!("a{}", "{99}".repeat(9))).len(), 1);
}

#[test]
fn references_stay_within() {
    for outside in ["https://schemas.example/a.json", "file:///etc/passwd", "other.json#/a", "#step", ""] {
        let schema = json!({"properties": {"a": {"$ref": outside}}});
        assert_eq!(one(&schema), ("/properties/a/$ref".to_owned(), SchemaProblemKind::Outside), "{outside}");
    }
    assert_eq!(one(&json!({"$ref": "#/$defs/none"})).1, SchemaProblemKind::Dangling);
    let moved =
        json!({"properties": {"a": {"$id": "https://schemas.example/a", "$ref": "#/$defs/b"}}, "$defs": {"b": {}}});
    assert_eq!(one(&moved), ("/properties/a/$id".to_owned(), SchemaProblemKind::Keyword { keyword: "$id" }));
    // Under any keyword that holds schemas.
    for around in [
        json!({"allOf": [{"$ref": "x.json"}]}),
        json!({"if": {"$ref": "x.json"}}),
        json!({"patternProperties": {"a/~": {"$ref": "x.json"}}}),
        json!({"prefixItems": [true, {"$ref": "x.json"}]}),
        json!({"dependentSchemas": {"a": {"not": {"$ref": "x.json"}}}}),
        json!({"$schema": "http://json-schema.org/draft-07/schema", "items": [{"$ref": "x.json"}]}),
    ] {
        assert_eq!(one(&around).1, SchemaProblemKind::Outside, "{around}");
    }
}

#[test]
fn all_problems_are_told_at_once() {
    let schema = json!({"properties": {"a": {"$ref": "x"}, "b": {"$dynamicRef": "#b"}, "c": {"$ref": "#/c"}}});
    let places: Vec<String> = problems(&schema).into_iter().map(|(at, _)| at).collect();
    assert_eq!(places, ["/properties/a/$ref", "/properties/b/$dynamicRef", "/properties/c/$ref"]);
}

#[test]
fn a_schema_may_not_hold_itself() {
    let list = json!({"type": "object", "properties": {"next": {"$ref": "#"}}});
    assert_eq!(one(&list), ("/properties/next/$ref".to_owned(), SchemaProblemKind::Recursive));
    let ring =
        json!({"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"items": {"$ref": "#/$defs/a"}}}});
    assert_eq!(one(&ring).1, SchemaProblemKind::Recursive);
    assert_eq!(one(&json!({"$ref": "#"})).1, SchemaProblemKind::Recursive);
}

#[test]
fn depth_and_size_are_limited() {
    assert_eq!(problems(&nested(30)), []);
    assert_eq!(one(&nested(33)).1, SchemaProblemKind::TooDeep);
    assert_eq!(one(&nested(500)).1, SchemaProblemKind::TooDeep);
    // References count: each of these leads to the next.
    let names: Vec<String> = (0..80).map(|n| format!("d{n}")).collect();
    let defs: serde_json::Map<String, Json> = names
        .iter()
        .zip(names.iter().skip(1))
        .map(|(a, b)| (a.clone(), json!({"$ref": format!("#/$defs/{b}")})))
        .collect();
    let mut chain = json!({"$ref": "#/$defs/d0", "$defs": defs});
    chain["$defs"]["d79"] = json!({"type": "string"});
    assert_eq!(one(&chain).1, SchemaProblemKind::TooDeep);
    assert_eq!(one(&json!({"description": "x".repeat(MAX_BYTES)})).1, SchemaProblemKind::TooLarge);
}

#[test]
fn a_small_text_that_amounts_to_much_is_refused() {
    // Each doubles the next: thirty of them are a thousand million.
    let mut defs = serde_json::Map::new();
    for n in 0..30 {
        let next = json!({"$ref": format!("#/$defs/d{}", n + 1)});
        defs.insert(format!("d{n}"), json!({"allOf": [next.clone(), next]}));
    }
    defs.insert("d30".to_owned(), json!({"type": "string"}));
    assert_eq!(one(&json!({"$ref": "#/$defs/d0", "$defs": defs})).1, SchemaProblemKind::TooMuch);
}

#[test]
fn what_is_wrong_with_an_answer_is_told_without_the_answer() {
    let schema = json!({
        "type": "object",
        "properties": {
            "title": {"type": "string", "maxLength": 5},
            "due": {"type": "string", "format": "date"},
            "stage": {"enum": ["new", "won"]},
            "score": {"type": "integer", "minimum": 1},
            "why": {}
        },
        "required": ["title", "why"],
        "additionalProperties": false
    });
    let shape = Shape::new(&schema).unwrap();
    let answer = json!({"title": "private", "due": "private", "stage": "private", "score": 0, "private": 1});
    let mut problems = wrong(&shape, &answer);
    problems.sort();
    insta::assert_snapshot!(problems.join("\n"), @r"
    `/additionalProperties`: must not have properties that are not described
    `/properties/due/format`: must be written as date
    `/properties/score/minimum`: must be at least 1
    `/properties/stage/enum`: must be one of the given values
    `/properties/title/maxLength`: must have at most 5 characters
    `/required`: must have `why`
    ");
    assert!(!problems.concat().contains("private"));
    assert_eq!(wrong(&shape, &json!({"title": "a", "why": 1, "score": 2.0})), Vec::<String>::new());
}

#[test]
fn numbers_of_any_size_are_held_against_the_rules() {
    let shape = Shape::new(&json!({"type": "integer", "maximum": 100})).unwrap();
    let number = |text: &str| wrong(&shape, &serde_json::from_str(text).unwrap());
    assert_eq!(number("100"), Vec::<String>::new());
    for off in ["1.5", "1e400", "123456789012345678901234567890", "100.1", "1e3"] {
        assert!(!number(off).is_empty(), "{off}");
    }
    let any = Shape::new(&json!({"type": "integer"})).unwrap();
    assert_eq!(wrong(&any, &serde_json::from_str("123456789012345678901234567890").unwrap()), Vec::<String>::new());
}

#[test]
fn only_so_many_problems_are_told() {
    let shape =
        Shape::new(&json!({"properties": {}, "required": (0..99).map(|n| format!("f{n}")).collect::<Vec<_>>()}));
    let told = wrong(&shape.unwrap(), &json!({}));
    assert_eq!((told.len(), told.last().unwrap().as_str()), (MOST_PROBLEMS + 1, "and 79 more"));
}

#[test]
fn looking_at_an_answer_ends_soon() {
    // Every item is held against every alternative, and each says why it is not this one.
    let alternatives: Vec<Json> = (0..3000).map(|n| json!({"const": n})).collect();
    let shape = Shape::new(&json!({"type": "array", "items": {"anyOf": alternatives}})).unwrap();
    let items = |count| Json::Array(vec![json!("none of them"); count]);
    assert_eq!(wrong(&shape, &items(100)), ["`/items/anyOf`: must fit one of the alternatives"]);
    let too_many = shape.check(&items(20_000));
    assert_eq!(too_many, Err(AiErrorKind::Budget { which: AiLimit::AnswerBytes }));
}
