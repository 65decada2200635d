//! Texts that templates render to, beside the public cases.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

use engage_liquid::{Absent, Render, RenderError, RenderErrorKind, Template};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

/// The rules of Copenhagen, without a database of zones.
fn copenhagen() -> TimeZone {
    TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap()
}

fn context() -> Render {
    Render::new("2026-11-26T23:30:00Z".parse::<Timestamp>().unwrap(), copenhagen())
}

fn with(source: &str, input: &Value, context: &Render) -> Result<String, RenderError> {
    Template::parse(source).unwrap_or_else(|problems| panic!("{source}: {problems:?}")).render(input, context)
}

fn render(source: &str, input: &Value) -> String {
    with(source, input, &context()).unwrap_or_else(|error| panic!("{source}: {error}"))
}

#[test]
fn numbers_are_printed_as_they_were_given() {
    for given in [
        "1.50",
        "0.10",
        "-0.0",
        "100",
        "12345678901234567890123456789012345678901234567890.10",
        "79228162514264337593543950335",
    ] {
        let input: Value = serde_json::from_str(&format!("{{\"a\": {given}}}")).unwrap();
        assert_eq!(render("{{ a }}", &input), given);
        assert_eq!(render("{% assign b = a %}{{ b | append: '' }}", &input), given);
        assert_eq!(
            render("{{ a | default: 1 }} {% for b in (1..1) %}{{ a }}{% endfor %}", &input),
            format!("{given} {given}")
        );
    }
    let input = serde_json::from_str("{ \"a\": 3.5E8, \"b\": 1e-7, \"c\": -2.50e1 }").unwrap();
    assert_eq!(
        render("{{ a }} {{ b }} {{ c }} {{ a | plus: b }}", &input),
        "350000000 0.0000001 -25 350000000.0000001"
    );
    assert_eq!(render("{{ 1.50 }} {{ 2 }} {{ -3.0 }}", &json!({})), "1.50 2 -3.0");
}

#[test]
fn calculations_are_exact() {
    let input: Value = serde_json::from_str("{\"price\": 1234.50, \"share\": 0.1, \"big\": 9007199254740993}").unwrap();
    for (source, text) in [
        ("{{ price | times: share }}", "123.45"),
        ("{{ share | plus: 0.2 }}", "0.3"),
        ("{{ big | plus: 0 }}", "9007199254740993"),
        ("{{ big | times: 3 | divided_by: 3 }}", "9007199254740993"),
        ("{{ price | minus: 1234.5 }}", "0.0"),
        ("{{ -7 | divided_by: 2 }} {{ -7 | modulo: 2 }} {{ 7 | modulo: -2 }}", "-4 1 -1"),
        ("{{ 1.0 | divided_by: 3 }}", "0.3333333333333333"),
        ("{{ 2.5 | round }} {{ -2.5 | round }} {{ 1250 | round: -2 }} {{ -0.4 | round }}", "3 -3 1300 0"),
        ("{{ '12kr' | plus: '1.5' }}", "13.5"),
        ("{{ price | at_least: 7 }} {{ price | at_most: '7.50' }}", "1234.50 7.5"),
    ] {
        assert_eq!(render(source, &input), text, "{source}");
    }
}

#[test]
fn times_are_shown_in_the_zone_of_the_rendering() {
    let input = json!({
        "summer": "2026-07-01T08:00:00Z", "winter": "2026-01-01T08:00:00+00:00", "offset": "2026-07-01T23:30:00-05:00",
        "local": "2026-07-01T08:00:00", "date": "2026-07-01", "gap": "2026-03-29T02:30:00", "mail": "Wed, 1 Jul 2026 10:00:00 +0200",
        "seconds": 1_782_892_800, "nonsense": "next Tuesday", "impossible": "2026-02-30",
    });
    for (source, text) in [
        ("{{ summer | date: '%d.%m.%Y %H:%M %z' }}", "01.07.2026 10:00 +0200"),
        ("{{ winter | date: '%H:%M' }}", "09:00"),
        ("{{ offset | date: '%d %H:%M' }}", "02 06:30"),
        ("{{ local | date: '%H:%M %:z' }}", "08:00 +02:00"),
        ("{{ date | date: '%A %-d. %B %Y' }}", "Wednesday 1. July 2026"),
        ("{{ gap | date: '%H:%M' }}", "03:30"),
        ("{{ mail | date: '%H:%M' }}", "10:00"),
        ("{{ seconds | date: '%FT%T' }}", "2026-07-01T10:00:00"),
        ("{{ 'now' | date: '%F %R' }} {{ 'today' | date: '%F' }}", "2026-11-27 00:30 2026-11-27"),
        ("{{ nonsense | date: '%F' }} {{ impossible | date: '%F' }}", "next Tuesday 2026-02-30"),
        (
            "{{ '1. July 2026 14:05' | date: '%c|%x|%X|%r|%v|%L' }}",
            "Wed Jul  1 14:05:00 2026|07/01/26|14:05:00|02:05:00 PM| 1-JUL-2026|000",
        ),
        (
            "{{ summer | date: '%s' }} {{ nothing | date: '%F' }}{{ summer | date: nothing }}",
            "1782892800 2026-07-01T08:00:00Z",
        ),
    ] {
        assert_eq!(render(source, &input), text, "{source}");
    }
}

#[test]
fn texts_are_cut_between_characters() {
    let input = json!({ "text": "Blåbærgrød €𝄞" });
    for (source, text) in [
        ("{{ text | size }}", "13"),
        ("{{ text | slice: 2 }}{{ text | slice: -2, 2 }}", "å€𝄞"),
        ("{{ text | truncate: 5, '…' }}", "Blåb…"),
        ("{{ text | split: '' | reverse | join: '' }}", "𝄞€ dørgræbålB"),
        ("{{ text | upcase }}{{ 'ÆBLE' | downcase }}{{ 'åL' | capitalize }}", "BLÅBÆRGRØD €𝄞æbleÅl"),
        (
            "{{ text | url_encode | url_decode }}{{ text | base64_encode | base64_decode }}",
            "Blåbærgrød €𝄞Blåbærgrød €𝄞",
        ),
        ("{{ text | replace: '', '-' | size }}", "27"),
        ("{{ ' 10\u{a0}000 kr ' | strip | truncatewords: 1 }}", "10\u{a0}000..."),
        ("{{ '100%' | url_decode }} {{ 'a%zz%4' | url_decode }}", "100% a%zz%4"),
    ] {
        assert_eq!(render(source, &input), text, "{source}");
    }
}

#[test]
fn html_is_taken_out_and_escaped() {
    let input = json!({ "html": "<p>a &amp; <b>b</b></p><script>if (1<2) {}</script><!-- c > d -->e<style>f" });
    assert_eq!(render("{{ html | strip_html }}", &input), "a &amp; bef");
    assert_eq!(render("{{ '<script<b>' | strip_html }}{{ 'a < b' | strip_html }}", &input), "a < b");
    assert_eq!(render("{{ \"<a b='c'>&\" | escape }}", &input), "&lt;a b=&#39;c&#39;&gt;&amp;");
    assert_eq!(render("{{ '&lt;&#38;&# &;&x<' | escape_once }}", &input), "&lt;&#38;&amp;# &amp;;&amp;x&lt;");
    assert_eq!(render("{{ html }}", &input), input["html"].as_str().unwrap());
}

#[test]
fn names_may_begin_like_words_and_have_letters_of_any_language() {
    let input = json!({ "emptyslots": 1, "nilsson": 2, "trueName": 3, "orders": 4, "måned": 5, "first-name": 6, "contains": 7 });
    assert_eq!(
        render("{{ emptyslots }}{{ nilsson }}{{ trueName }}{{ måned }}{{ first-name }}{{ contains }}", &input),
        "123567"
    );
    assert_eq!(render("{% if orders and nilsson %}a{% endif %}{% if nothing or orders %}b{% endif %}", &input), "ab");
}

#[test]
fn an_object_is_printed_as_json_and_a_list_as_its_items() {
    let input = json!({ "a": { "b": [1, "x\"", null], "c": { "d": true } }, "l": [1, [2, null], "x"] });
    assert_eq!(render("{{ a }} {{ l }} {{ (1..3) }}", &input), r#"{"b":[1,"x\"",null],"c":{"d":true}} 12x 1..3"#);
}

#[test]
fn conditions_are_read_from_the_right() {
    assert_eq!(
        render("{% if true or false and false %}a{% endif %}{% if false and true or true %}b{% endif %}", &json!({})),
        "a"
    );
}

#[test]
fn variables_hide_the_input_and_loops_hide_variables() {
    let input = json!({ "a": "input", "l": ["x", "y"] });
    let source =
        "{{ a }}{% assign a = 'local' %}{{ a }}{% for a in l %}{{ a }}{% assign a = 'inner' %}{% endfor %}{{ a }}";
    assert_eq!(render(source, &input), "inputlocalxyinner");
    assert_eq!(render("{% increment a %}{{ a }}{% assign a = 'b' %}{{ a }}{% decrement a %}", &input), "01b0");
}

#[test]
fn errors_name_the_line() {
    let line = |source: &str| with(source, &json!({ "a": "x" }), &context()).unwrap_err();
    let error = line("\n{% if a %}\n{{ a | base64_decode }}{% endif %}");
    assert_eq!(error.to_string(), "line 3: `base64_decode`: this is no base64");
    assert_eq!(line("{% liquid\n assign b = 1\n if a > b\n endif %}").line, 3);
    assert_eq!(line("{% for b in (1..3)\n limit: a %}{% endfor %}").kind, RenderErrorKind::Option { name: "limit" });
    assert_eq!(with("", &json!([]), &context()).unwrap_err().kind, RenderErrorKind::Input);
}

#[test]
fn what_is_absent_is_empty_or_refused() {
    let input = json!({ "a": { "b": null } });
    let strict = Render { absent: Absent::Refused, ..context() };
    for (source, missing) in [
        ("{{ a.b }}", None),
        ("{{ a.c }}", Some("a.c")),
        ("{{ a.c | upcase }}", Some("a.c")),
        ("{{ a.c.d[0] }}", Some("a.c.d[0]")),
        ("{{ x | append: a.c }}", Some("x")),
        ("{{ 'x' | append: a.c }}", Some("a.c")),
        ("{% for i in c %}{% endfor %}", Some("c")),
        ("{% assign d = c %}", Some("c")),
        ("{% for i in c %}{% else %}{% endfor %}", None),
        ("{{ c | default: 'd' }}{{ c | upcase | default: 'd' }}", None),
        ("{% if c %}{{ c }}{% elsif c == nil or c.d contains c %}{% endif %}", None),
        ("{% case c %}{% when d %}{% endcase %}", None),
    ] {
        let kind = with(source, &input, &strict).err().map(|error| error.kind);
        assert_eq!(kind, missing.map(|path| RenderErrorKind::Missing { path: path.to_owned() }), "{source}");
        assert!(with(source, &input, &context()).is_ok());
    }
}

#[test]
fn a_table_of_nothing_is_nothing_and_one_of_no_items_has_no_cells() {
    let source = "{% tablerow a in b %}{{ a }}{% endtablerow %}";
    assert_eq!(render(source, &json!({})), "");
    assert_eq!(render(source, &json!({ "b": [] })), "<tr class=\"row1\">\n</tr>\n");
    assert_eq!(render(source, &json!({ "b": "x" })), "<tr class=\"row1\">\n<td class=\"col1\">x</td></tr>\n");
}

#[test]
fn a_template_is_shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Template>();
}
