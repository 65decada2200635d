//! Templates and inputs made to exhaust: each ends with a typed error, soon, and in the same way every time.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

use engage_liquid::{Limits, ProblemKind, Render, RenderErrorKind, Template};
use serde_json::{Value, json};

fn context() -> Render {
    Render::new(jiff::Timestamp::UNIX_EPOCH, jiff::tz::TimeZone::UTC)
}

fn render(source: &str, input: &Value) -> Result<String, RenderErrorKind> {
    let template = Template::parse(source).unwrap_or_else(|problems| panic!("{problems:?}"));
    template.render(input, &context()).map_err(|error| error.kind)
}

fn kinds(source: &str) -> Vec<ProblemKind> {
    Template::parse(source).unwrap_err().into_iter().map(|problem| problem.kind).collect()
}

fn nested(depth: usize, open: &str, close: &str) -> String {
    open.repeat(depth) + "x" + &close.repeat(depth)
}

#[test]
fn ten_thousand_blocks_in_each_other_are_too_deep() {
    assert_eq!(kinds(&nested(10_000, "{% if true %}", "{% endif %}")), [ProblemKind::TooDeep]);
    assert_eq!(kinds(&nested(65, "{% for a in b %}", "{% endfor %}")), [ProblemKind::TooDeep]);
    assert_eq!(render(&nested(64, "{% if true %}", "{% endif %}"), &json!({})), Ok("x".to_owned()));
    let liquid = format!("{{% liquid {} echo 'a' %}}", "liquid ".repeat(20_000));
    assert_eq!(render(&liquid, &json!({})), Ok("a".to_owned()));
}

#[test]
fn ten_thousand_brackets_in_each_other_are_too_deep() {
    for (open, close) in [("[", "]"), ("(", "..1)"), ("a[", "]")] {
        let source = format!("{{{{ {} }}}}", nested(10_000, open, close));
        assert_eq!(kinds(&source), [ProblemKind::TooDeep], "{open}");
    }
}

/// The deepest that limits can allow fits the stack of a test, which is that of any thread.
#[test]
fn the_deepest_nesting_that_can_be_asked_for_is_rendered() {
    let limits = Limits { max_nesting: 1_000_000, ..Limits::default() };
    for (open, close) in [
        ("{% if true %}", "{% endif %}"),
        ("{% for a in (1..1) %}", "{% endfor %}"),
        ("{% capture a %}", "{% endcapture %}"),
    ] {
        assert!(Template::parse_within(&nested(257, open, close), &limits).is_err());
        let template = Template::parse_within(&nested(256, open, close), &limits).unwrap();
        assert!(template.render(&json!({}), &Render { limits: limits.clone(), ..context() }).is_ok());
    }
    let brackets = format!("{{{{ {} }}}}", nested(256, "a[", "]"));
    assert!(Template::parse_within(&brackets, &limits).unwrap().render(&json!({}), &context()).is_ok());
}

#[test]
fn a_source_has_a_size() {
    let limits = Limits { max_source_bytes: 3, ..Limits::default() };
    assert!(Template::parse_within("abc", &limits).is_ok());
    let problems = Template::parse_within("abcd", &limits).unwrap_err();
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].message, "the template is larger than 3 bytes");
    assert_eq!(kinds(&"x".repeat(300_000)), [ProblemKind::TooLarge]);
}

#[test]
fn loops_end() {
    let steps = RenderErrorKind::StepLimit { max: 200_000 };
    for source in [
        "{% for i in (1..3000000) %}{% endfor %}",
        "{% for i in (1..9223372036854775807) %}{% assign x = i %}{% endfor %}",
        "{% for i in (1..1000) %}{% for j in (1..1000) %}{% for k in (1..1000) %}.{% endfor %}{% endfor %}{% endfor %}",
        "{% tablerow i in (-9223372036854775808..9223372036854775807) %}{% endtablerow %}",
        "{% for i in (1..100000) reversed %}{{ '' | append: '' }}{% endfor %}",
    ] {
        let got = render(source, &json!({}));
        assert!(
            got == Err(steps.clone()) || got == Err(RenderErrorKind::OutputLimit { max: 1 << 20 }),
            "{source}: {got:?}"
        );
    }
}

#[test]
fn values_do_not_grow_without_end() {
    let value = RenderErrorKind::ValueLimit { max: 1 << 20 };
    let long = json!({ "text": "x".repeat(1 << 20), "list": vec![1; 40_000], "a": "a".repeat(2_000), "half": "x".repeat(1 << 19) });
    for source in [
        "{% assign x = 'ab' %}{% for i in (1..40) %}{% assign x = x | append: x %}{% endfor %}",
        "{% assign x = 'ab' %}{% for i in (1..40) %}{% capture x %}{{ x }}{{ x }}{% endcapture %}{% endfor %}",
        "{{ text | replace: 'x', text }}",
        "{{ text | split: '' | size }}",
        "{{ text | split: 'x' | size }}",
        "{{ (1..9223372036854775807) | join: ',' }}",
        "{{ (1..1000000) | reverse | size }}",
        "{{ (1..10) | slice: 0, 9223372036854775807 | concat: list | size }}",
        "{{ list | concat: list | size }}",
        "{{ (1..600) | join: a }}",
        "{{ text | newline_to_br | append: text }}",
        "{% capture x %}{{ half }}{% capture y %}{{ half }}{% capture z %}.{% endcapture %}{% endcapture %}{% endcapture %}",
        "{{ text | base64_encode }}",
        "{% assign x = text | upcase %}{% assign y = text | upcase %}",
    ] {
        assert_eq!(render(source, &long), Err(value.clone()), "{source}");
    }
    let text = json!({ "text": "<".repeat(1 << 19) });
    assert_eq!(render("{{ text | escape }}", &text), Err(value));
}

#[test]
fn the_text_does_not_grow_without_end() {
    let long = json!({ "text": "x".repeat(1 << 19) });
    assert_eq!(render("{{ text }}{{ text }}{{ 1 }}", &long), Err(RenderErrorKind::OutputLimit { max: 1 << 20 }));
    assert_eq!(render("{{ text }}{{ text }}", &long).map(|text| text.len()), Ok(1 << 20));
}

#[test]
fn deep_input_is_an_error_where_its_depth_matters_and_nowhere_else() {
    let mut deep = json!("x");
    for _ in 0..200 {
        deep = json!([{ "a": deep }]);
    }
    let input = json!({ "deep": deep, "other": deep });
    let depth = RenderErrorKind::DepthLimit { max: 64 };
    for source in [
        "{{ deep }}",
        "{{ deep[0] }}",
        "{% if deep == other %}{% endif %}",
        "{{ deep | join }}",
        "{{ deep | uniq | size }}",
    ] {
        let got = render(source, &input);
        assert!(got == Err(depth.clone()) || source.contains("uniq"), "{source}: {got:?}");
    }
    assert_eq!(
        render("{{ deep.size }}{% for d in deep %}{{ d.a[0].a.size }}{% endfor %}", &input),
        Ok("11".to_owned())
    );
}

#[test]
fn work_on_long_texts_counts() {
    let text = json!({ "text": "ab".repeat(1 << 19), "spaces": " ".repeat(1 << 20), "object": {} });
    for work in [
        "{{ text | size }}",
        "{{ text.size }}",
        "{{ text | slice: 1 }}",
        "{{ spaces | plus: 1 }}",
        "{% if text contains 'c' %}{% endif %}",
        "{% if text == other %}{% endif %}{{ text | date: '%Y' | slice: 1 }}",
        "{{ object[text] }}",
        "{% assign x = text | replace_first: 'c', 'd' %}",
        "{{ spaces | truncatewords: 1 | strip }}",
        "{{ text | strip_html | slice: 0 }}",
        "{% for i in (spaces..1) %}{% endfor %}",
    ] {
        let source = format!("{{% for turn in (1..1000) %}}{work}{{% endfor %}}");
        assert_eq!(render(&source, &text), Err(RenderErrorKind::StepLimit { max: 200_000 }), "{work}");
    }
}

#[test]
fn numbers_have_ends() {
    let input = json!({ "list": [1, 2, 3], "text": "abc", "zero": 0, "far": "99999999999999999999" });
    let fails = |source: &str| matches!(render(source, &input), Err(RenderErrorKind::Filter { .. }));
    assert!(fails("{{ 79228162514264337593543950335 | plus: 1 }}"));
    assert!(fails("{{ 9223372036854775807 | times: 9223372036854775807 }}"));
    assert!(fails("{{ 1 | divided_by: zero }}"));
    assert!(fails("{{ 1 | modulo: zero }}"));
    assert!(fails("{{ text | slice: far }}"));
    for (source, text) in [
        ("{{ text | slice: -9223372036854775808, 9223372036854775807 }}", ""),
        ("{{ text | slice: -2, -9223372036854775808 }}", ""),
        ("{{ text | truncate: -9223372036854775808 }}", "..."),
        ("{{ text | truncatewords: -9223372036854775808 }}", "abc"),
        ("{{ list[-9223372036854775808] }}{{ list[9223372036854775807] }}", ""),
        ("{% for i in list offset: -9223372036854775808 limit: 9223372036854775807 %}{{ i }}{% endfor %}", "123"),
        ("{% for i in list offset: 9223372036854775807 %}{{ i }}{% endfor %}", ""),
        ("{{ 1 | round: 9223372036854775807 }}{{ 1 | round: -9223372036854775808 }}", "10"),
        ("{{ 99999999999999 | date: '%Y' }}", "99999999999999"),
        ("{{ '99999999999999999999999999' | date: '%Y' }}", "99999999999999999999999999"),
    ] {
        assert_eq!(render(source, &input), Ok(text.to_owned()), "{source}");
    }
}

#[test]
fn a_million_digits_are_printed_and_no_more() {
    let digits = "1".repeat(100_000);
    let input: Value = serde_json::from_str(&format!("{{ \"a\": {digits}, \"b\": 1e999999999 }}")).unwrap();
    assert_eq!(render("{{ a }}", &input), Ok(digits));
    assert_eq!(render("{{ b }}", &input), Ok("1e+999999999".to_owned()));
    for source in ["{{ a | plus: 1 }}", "{{ b | times: 2 }}", "{{ b | floor }}"] {
        assert!(matches!(render(source, &input), Err(RenderErrorKind::Filter { .. })), "{source}");
    }
    assert_eq!(render("{% if b > 5 and 5 < b and b == b %}more{% endif %}", &input), Ok("more".to_owned()));
}

#[test]
fn no_error_tells_a_value() {
    let input = json!({ "secret": "hunter2", "list": ["hunter2", 1], "number": 1234567 });
    for source in [
        "{{ secret | slice: secret }}",
        "{{ secret | base64_decode }}",
        "{{ list | sort }}",
        "{{ number | divided_by: secret }}",
        "{% if secret > number %}{% endif %}",
        "{% for a in list limit: secret %}{% endfor %}",
        "{{ list | concat: secret }}",
        "{{ secret | map: 'x' }}",
        "{{ secret | date: secret }}",
        "{{ '%ff' | append: secret | url_decode }}",
    ] {
        let error = Template::parse(source).unwrap().render(&input, &context());
        let told = error.as_ref().map_or_else(|error| format!("{error} {error:?}"), Clone::clone);
        assert!(error.is_err() || source.contains("date"), "{source}: {told}");
        assert!(error.is_ok() || !told.contains("hunter2") && !told.contains("1234567"), "{source}: {told}");
    }
}

/// Reading a source takes a time that grows with its length, whatever it holds.
#[test]
fn sources_of_many_small_things_are_read() {
    for piece in [
        "{{",
        "{%",
        "{% raw %}",
        "{% comment %}",
        "{% doc %}",
        "{{ a",
        "{",
        "'",
        "{% endif %}",
        "{%-",
        "{% liquid\n",
        "{{ a | ",
        "\n",
    ] {
        let source = piece.repeat(200_000 / piece.len());
        if let Err(problems) = Template::parse(&source) {
            assert!(problems.len() <= engage_liquid::MAX_PROBLEMS);
        }
    }
    let assigns: String = (0..300).map(|at| format!("{{% assign v{at} = v{} %}}", at + 1)).collect();
    assert_eq!(kinds(&assigns), [ProblemKind::TooLarge]);
    let assigns: String = (0..250).map(|at| format!("{{% assign v{at} = v{} %}}", at + 1)).collect();
    let loops = format!("{{% for a in b %}}{assigns}{}{{% endfor %}}", "{% for c in a %}{% endfor %}".repeat(8_000));
    assert!(Template::parse(&loops).is_ok());
    let chain = format!("{{% for i in l %}}{}{{% endfor %}}", "{% assign x = x.a %}{% assign x = x.b %}".repeat(60));
    assert!(Template::parse(&chain).is_ok());
}
