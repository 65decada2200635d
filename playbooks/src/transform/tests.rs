//! Transformations, one after the other and through `evaluate`.

use engage_engine::ids::RefId;
use serde_json::{Value, json};

use super::*;
use crate::model::{FieldMapping, Path, Segment};

fn path(text: &str) -> Path {
    let segments = text.split('.').map(|part| match part {
        "*" => Segment::All,
        part => part.parse().map_or_else(|_| Segment::Key(part.into()), Segment::Index),
    });
    Path::new(segments.collect()).unwrap()
}

fn one(transformation: Transformation, value: Value) -> Option<Value> {
    apply(&transformation, Some(value)).unwrap()
}

fn fails(transformation: Transformation, value: Value) -> TransformErrorKind {
    apply(&transformation, Some(value)).unwrap_err().kind
}

fn join(separator: &str) -> Transformation {
    Transformation::Join { separator: separator.into() }
}

fn split(separator: &str) -> Transformation {
    Transformation::Split { separator: separator.into() }
}

fn format(pattern: &str, zone: Option<&str>) -> Transformation {
    Transformation::Format { pattern: pattern.into(), zone: zone.map(str::to_owned) }
}

#[test]
fn an_absent_value_stays_absent_but_for_default_and_require() {
    let stay = [
        Transformation::Identity,
        Transformation::Extract(path("a")),
        Transformation::Project(vec!["a".into()]),
        join(", "),
        split(","),
        Transformation::Serialize,
        Transformation::Base64Decode,
        Transformation::Map { table: vec![(json!("a"), json!(1))], otherwise: Some(json!(2)) },
        format("%Y", None),
        kept("a", json!(["x"])),
        Transformation::First,
        Transformation::Count,
    ];
    for transformation in stay {
        assert_eq!(apply(&transformation, None), Ok(None), "{}", transformation.name());
    }
    assert_eq!(apply(&Transformation::Default(json!(1)), None), Ok(Some(json!(1))));
    let absent = apply(&Transformation::Require, None).unwrap_err();
    assert_eq!((absent.kind.name(), absent.to_string().as_str()), ("absent", "Require: there is no value"));
}

#[test]
fn lists_are_joined_and_texts_split() {
    assert_eq!(one(join(", "), json!(["a", null, 2, 1.50, true])), Some(json!("a, 2, 1.5, true")));
    assert_eq!(one(join("-"), json!([])), Some(json!("")));
    assert_eq!(one(split(","), json!(" a ,b,, c")), Some(json!(["a", "b", "", "c"])));
    assert_eq!(one(split(","), json!("  ")), Some(json!([])));
    assert_eq!(one(split(""), json!("abc")), Some(json!(["abc"])));
    assert_eq!(fails(join(","), json!([{}])).name(), "type");
    assert_eq!(fails(split(","), json!(1)), TransformErrorKind::Type { expected: "text", found: "a number" });
}

#[test]
fn objects_are_cut_to_fields() {
    let fields = Transformation::Project(vec!["b".into(), "a".into(), "z".into()]);
    assert_eq!(one(fields.clone(), json!({"a": 1, "b": 2, "c": 3})), Some(json!({"b": 2, "a": 1})));
    assert_eq!(one(fields.clone(), json!([{"c": 1}, null, {"a": null}])), Some(json!([{}, null, {"a": null}])));
    assert_eq!(fails(fields, json!([1])).name(), "type");
}

#[test]
fn what_stands_at_a_path_is_taken_out() {
    let extract = Transformation::Extract(path("a.0"));
    assert_eq!(one(extract.clone(), json!({"a": [7]})), Some(json!(7)));
    assert_eq!(one(extract.clone(), json!({"a": [null]})), None);
    assert_eq!(fails(extract, json!("text")).name(), "type");
}

#[test]
fn equal_values_serialise_to_equal_text() {
    let (a, b) =
        (json!({"b": {"y": 1, "x": "æ\n"}, "a": [null, true]}), json!({"a": [null, true], "b": {"x": "æ\n", "y": 1}}));
    let text = one(Transformation::Serialize, a);
    assert_eq!(text, Some(json!("{\"a\":[null,true],\"b\":{\"x\":\"æ\\n\",\"y\":1}}")));
    assert_eq!(text, one(Transformation::Serialize, b));
    let deep = (0..600).fold(Value::Null, |inner, _| Value::Array(vec![inner]));
    assert_eq!(fails(Transformation::Serialize, deep), TransformErrorKind::Depth);
}

#[test]
fn base64_is_decoded_with_or_without_padding() {
    assert_eq!(one(Transformation::Base64Decode, json!("w6Y=")), Some(json!("æ")));
    assert_eq!(one(Transformation::Base64Decode, json!("w6Y")), Some(json!("æ")));
    assert_eq!(fails(Transformation::Base64Decode, json!("w6*")), TransformErrorKind::Base64);
    assert_eq!(fails(Transformation::Base64Decode, json!("/w==")), TransformErrorKind::Utf8);
}

#[test]
fn values_are_mapped_by_a_table() {
    let table = vec![(json!("Online"), json!("V")), (json!(5), json!("five")), (Value::Null, json!("none"))];
    let map = |otherwise| Transformation::Map { table: table.clone(), otherwise };
    assert_eq!(one(map(None), json!("ONLINE")), Some(json!("V")));
    assert_eq!(one(map(None), json!(5.0)), Some(json!("five")));
    assert_eq!(one(map(None), json!("Physical")), None);
    assert_eq!(one(map(Some(json!("?"))), json!("Physical")), Some(json!("?")));
    assert_eq!(apply(&map(Some(json!("?"))), None), Ok(Some(json!("none"))));
}

#[test]
fn days_and_instants_are_shown() {
    let copenhagen = format("%d.%m.%Y %H:%M", Some("Europe/Copenhagen"));
    assert_eq!(one(copenhagen.clone(), json!("2026-06-01T08:00:00Z")), Some(json!("01.06.2026 10:00")));
    assert_eq!(one(format("%H:%M", None), json!("2026-06-01T10:00:00+02:00")), Some(json!("08:00")));
    assert_eq!(one(format("%-d/%-m", Some("Asia/Tokyo")), json!("2026-06-01")), Some(json!("1/6")));
    assert_eq!(fails(format("%H", None), json!("2026-06-01")), TransformErrorKind::Pattern);
    assert_eq!(fails(format("%!", None), json!("2026-06-01T08:00:00Z")), TransformErrorKind::Pattern);
    assert_eq!(fails(format("%Y", Some("Mars/Base")), json!("2026-06-01T08:00:00Z")), TransformErrorKind::Zone);
    assert_eq!(fails(copenhagen, json!("tomorrow")), TransformErrorKind::Date);
}

#[test]
fn lists_have_a_first_element_and_a_length() {
    assert_eq!(one(Transformation::First, json!([1, 2])), Some(json!(1)));
    assert_eq!(one(Transformation::First, json!([])), None);
    assert_eq!(one(Transformation::First, json!([null, 2])), None);
    assert_eq!(one(Transformation::Count, json!([null, 2])), Some(json!(2)));
}

fn kept(field: &str, values: Value) -> Transformation {
    let Value::Array(values) = values else { panic!("values are a list") };
    Transformation::Where { field: field.into(), values }
}

#[test]
fn a_list_keeps_the_elements_whose_field_is_one_of_some_values() {
    let guests = json!([{"a": "Yes", "b": 1}, null, {"a": "yes"}, {"a": "no", "b": 1}, {"b": 1}, {"a": null}]);
    assert_eq!(one(kept("a", json!(["YES"])), guests.clone()), Some(json!([{"a": "Yes", "b": 1}, {"a": "yes"}])));
    assert_eq!(one(kept("a", json!(["no", null])), guests.clone()).map(|of| of.as_array().unwrap().len()), Some(3));
    assert_eq!(one(kept("b", json!([1.0, 2])), guests).map(|of| of.as_array().unwrap().len()), Some(3));
    assert_eq!(apply(&kept("a", json!(["x"])), None), Ok(None));
    assert_eq!(fails(kept("a", json!(["x"])), json!({"a": "x"})).name(), "type");
    assert_eq!(fails(kept("a", json!(["x"])), json!(["x"])).name(), "type");
}

#[test]
fn a_field_and_its_values_are_checked_and_a_sensitive_one_taints_what_is_kept() {
    let names = Type::of(crate::types::Shape::Choice(["Yes".to_owned(), "No".to_owned()].into()));
    let sensitive = Type::text().tainted(["person.Health".to_owned()]);
    let list = Type::list(Type::object([("Answer", names), ("Health", sensitive), ("More", Type::list(Type::text()))]));
    let told = |field: &str, values: Value| typed(&kept(field, values), &list).unwrap_err();
    assert!(typed(&kept("Answer", json!(["yes"])), &list).unwrap().taints().len() == list.taints().len());
    let by_health = typed(&kept("Health", json!(["ill"])), &list).unwrap();
    assert_eq!(by_health.taints(), ["person.Health".to_owned()].into());
    let crate::types::Shape::List(element) = by_health.shape else { panic!("a list stays one") };
    assert!(!element.sensitive.is_empty());
    assert_eq!(told("Answr", json!(["Yes"])).suggestion.as_deref(), Some("Answer"));
    assert_eq!(told("Answer", json!(["Yse"])).suggestion.as_deref(), Some("Yes"));
    assert_eq!(told("Answer", json!([])).message, "nothing would be kept");
    assert_eq!(told("More", json!(["x"])).message, "`More` is not one value");
    assert_eq!(told("Health", json!([["x"]])).message, "a field is compared with single values");
    assert!(typed(&kept("a", json!(["x"])), &Type::text()).is_err());
}

#[test]
fn no_error_holds_a_value() {
    let error = apply(&split(","), Some(json!({"secret": "s3cret"}))).unwrap_err();
    assert!(!format!("{error:?} {error}").contains("s3cret"));
}

fn block(name: &str, at: Option<&str>, transformations: Vec<Transformation>) -> Source {
    let origin = Origin::Block { block: RefId::new(name).unwrap(), path: at.map(path) };
    Source { origin, transformations }
}

#[test]
fn a_source_reads_null_as_absent_and_a_constant_null_as_null() {
    let output = json!({"a": null, "guests": [{"mail": "x"}, {}]});
    let outputs = |name: &RefId| (name.as_str() == "trigger").then_some(&output);
    let value = |source: Source| evaluate(&source, &outputs);
    assert_eq!(value(block("trigger", Some("a"), vec![])), Ok(None));
    assert_eq!(value(block("trigger", Some("a"), vec![Transformation::Default(Value::Null)])), Ok(Some(Value::Null)));
    assert_eq!(value(Source::constant(Value::Null)), Ok(Some(Value::Null)));
    assert_eq!(value(block("trigger", Some("guests.*.mail"), vec![])), Ok(Some(json!(["x", null]))));
    assert_eq!(value(block("skipped", Some("x"), vec![])), Ok(None));
    let error = value(block("trigger", Some("guests"), vec![Transformation::Count, split(",")])).unwrap_err();
    assert_eq!(error.step, Some(1));
}

#[test]
fn behind_a_list_of_elements_each_of_them_is_looked_at() {
    let output = json!({"guests": [{"mail": "x", "at": "2026-06-01"}, {}], "none": null});
    let outputs = |name: &RefId| (name.as_str() == "trigger").then_some(&output);
    let value = |at: &str, step: Transformation| evaluate(&block("trigger", Some(at), vec![step]), &outputs);
    let default = |default: Value| Transformation::Default(default);
    assert_eq!(value("guests.*.mail", default(json!("-"))), Ok(Some(json!(["x", "-"]))));
    assert_eq!(value("guests.*.mail", default(json!([]))), Ok(Some(json!(["x", null]))));
    let map = Transformation::Map { table: vec![(json!("X"), json!(1))], otherwise: None };
    assert_eq!(value("guests.*.mail", map), Ok(Some(json!([1, null]))));
    assert_eq!(value("guests.*.at", format("%d", None)), Ok(Some(json!(["01", null]))));
    let absent = value("guests.*.mail", Transformation::Require).unwrap_err();
    assert_eq!(absent.kind.name(), "absent");
    assert_eq!(absent.to_string(), "Require of `trigger.guests[*].mail` at [1]: there is no value");
    let date = value("guests.*.mail", format("%d", None)).unwrap_err();
    assert_eq!(date.to_string(), "Format of `trigger.guests[*].mail` at [0]: the text is neither a day nor an instant");
    // A block that was skipped gave no list; one that is not there has no elements.
    let skipped = |step| evaluate(&block("skipped", Some("guests.*.mail"), vec![step]), &outputs);
    assert_eq!(skipped(default(json!("-"))), Ok(None));
    assert_eq!(skipped(default(json!([]))), Ok(Some(json!([]))));
    assert_eq!(skipped(Transformation::Require).unwrap_err().element, None);
    assert_eq!(value("none.*.mail", Transformation::Require), Ok(Some(json!([]))));
    // What makes something else of the list ends it; a list in one piece is looked at whole.
    let count = block("trigger", Some("guests.*.mail"), vec![Transformation::Count, default(json!(0))]);
    assert_eq!(evaluate(&count, &outputs), Ok(Some(json!(2))));
    assert_eq!(value("guests", Transformation::Require).unwrap().unwrap().as_array().unwrap().len(), 2);
}

fn put_together(mappings: &[(&str, Source)]) -> Result<Option<Value>, InputError> {
    let output = json!({"guests": [{"mail": "x", "name": "X"}, {"name": "Y"}], "one": 1, "none": []});
    let outputs = |name: &RefId| (name.as_str() == "trigger").then_some(&output);
    let mappings: Vec<FieldMapping> = mappings
        .iter()
        .map(|(at, source)| FieldMapping { destination: (!at.is_empty()).then(|| path(at)), source: source.clone() })
        .collect();
    input(&mappings, &outputs)
}

#[test]
fn an_input_is_put_together_from_its_mappings() {
    let from = |at: &str| block("trigger", Some(at), vec![]);
    let input = put_together(&[
        ("lead.Subject", Source::constant(json!("s"))),
        ("lead.Rank", from("one")),
        ("lead.Owner", from("nobody")),
        ("note.Text", from("nobody")),
        ("row.1.A", from("one")),
        ("row.0.A", from("nobody")),
        ("guest.*.Email", from("guests.*.mail")),
        ("guest.*.Name", from("guests.*.name")),
        ("empty.*.Name", from("none.*.name")),
    ]);
    let expected = json!({
        "lead": {"Subject": "s", "Rank": 1},
        "row": [{}, {"A": 1}],
        "guest": [{"Email": "x", "Name": "X"}, {"Name": "Y"}],
        "empty": [],
    });
    assert_eq!(input, Ok(Some(expected)));
}

#[test]
fn a_mapping_without_destination_is_the_whole_input() {
    assert_eq!(put_together(&[("", block("trigger", Some("one"), vec![]))]), Ok(Some(json!(1))));
    assert_eq!(put_together(&[("", block("trigger", Some("x"), vec![]))]), Ok(None));
    assert_eq!(put_together(&[]), Ok(Some(json!({}))));
    let stopped = put_together(&[
        ("a", Source::constant(json!(1))),
        ("b", block("trigger", Some("x"), vec![Transformation::Require])),
    ]);
    assert_eq!(stopped.unwrap_err().to_string(), "mapping 1: Require of `trigger.x`: there is no value");
}
