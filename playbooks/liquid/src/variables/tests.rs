use super::{Use, Variable, Variables};
use crate::Template;

fn variables(source: &str) -> Variables {
    Template::parse(source).unwrap().variables().clone()
}

/// The tree in one line: `name!` is required, uses stand in brackets, fields in braces, items in square brackets.
fn shape(source: &str) -> String {
    let variables = variables(source);
    let fields = variables.roots.iter().map(|(name, variable)| format!("{name}{}", one(variable)));
    let dynamic = variables.dynamic.then(|| "any".to_owned());
    fields.chain(dynamic).collect::<Vec<_>>().join(" ")
}

fn one(variable: &Variable) -> String {
    let mut text = String::from(if variable.required { "!" } else { "" });
    if !variable.uses.is_empty() {
        let uses: Vec<String> = variable.uses.iter().map(|used| format!("{used:?}").to_lowercase()).collect();
        text += &format!("({})", uses.join(","));
    }
    if !variable.fields.is_empty() {
        let fields: Vec<String> = variable.fields.iter().map(|(name, field)| format!("{name}{}", one(field))).collect();
        text += &format!("{{{}}}", fields.join(" "));
    }
    variable.items.iter().for_each(|items| text += &format!("[{}]", one(items)));
    text
}

#[test]
fn uses_are_told_apart() {
    for (source, expected) in [
        ("{{ a }}", "a!(text)"),
        ("{{ a | upcase }}", "a!(text)"),
        ("{{ a | plus: b }}", "a!(number) b!(number)"),
        ("{{ a | date: '%F' }}", "a!(date)"),
        ("{{ a.b.c }}{{ a['d'] }}", "a!{b!{c!(text)} d!(text)}"),
        ("{{ ['a'].b }}", "a!{b!(text)}"),
        ("{% if a %}{% endif %}", "a(test)"),
        ("{% if a > 2 and b == 'x' and c contains 'x' %}{% endif %}", "a(number) b(text) c(comparison)"),
        ("{% if a == blank or b == nil or c == d %}{% endif %}", "a(size) b(test) c(comparison) d(comparison)"),
        ("{{ a.size }}{{ b | size }}", "a!(size) b!(size)"),
        ("{% for x in a %}{{ x.b }}{{ forloop.index }}{% endfor %}", "a!(list)[!{b!(text)}]"),
        ("{{ a.first.b }}{{ a[0].c }}{{ a.last }}", "a!(list)[!(text){b!(text) c!(text)}]"),
        ("{{ a | map: 'b' | join }}", "a!(list)[!{b!(text)}]"),
        ("{{ a | where: 'b', c | first }}", "a!(list)[!(text){b(comparison)}] c!(comparison)"),
        ("{{ a | sum: 'b' }}", "a!(list)[{b(number)}]"),
        ("{% assign x = a | sort: 'b' %}{% for y in x %}{{ y.c }}{% endfor %}", "a!(list)[!{b(comparison) c!(text)}]"),
        ("{% cycle a: b, 'c' %}", "a(text) b!(text)"),
        ("{% case a %}{% when 'x', b %}{% endcase %}", "a(text,comparison) b(comparison)"),
        ("{% for x in (1..a) limit: b %}{% endfor %}", "a!(number) b!(number)"),
    ] {
        assert_eq!(shape(source), expected, "{source}");
    }
}

#[test]
fn what_has_a_stand_in_is_optional() {
    for (source, expected) in [
        ("{{ a | default: 'x' }}", "a(text)"),
        ("{{ a.b | upcase | default: c }}", "a{b(text)} c!(text)"),
        ("{% assign x = a | default: 'x' %}{{ x }}", "a(text)"),
        ("{% if a %}{{ a }}{% endif %}", "a(text,test)"),
        ("{% if a.b %}{{ a.b }}{{ a.c }}{% endif %}", "a{b(text,test) c!(text)}"),
        ("{% if a and b %}{{ a }}{{ b }}{% else %}{{ b }}{% endif %}", "a(text,test) b!(text,test)"),
        ("{% if a or b %}{{ a }}{% endif %}", "a!(text,test) b(test)"),
        ("{% if a and b or c %}{{ a }}{{ b }}{% endif %}", "a(text,test) b!(text,test) c(test)"),
        ("{% unless a == nil %}{{ a }}{% endunless %}", "a(text,test)"),
        ("{% unless a == empty %}{{ a }}{% endunless %}", "a!(text,size)"),
        ("{% if a != blank %}{{ a }}{% endif %}{% if b == 'x' %}{{ b }}{% endif %}", "a(text,size) b(text)"),
        ("{% for x in a %}{{ x }}{% else %}none{% endfor %}", "a(list)[!(text)]"),
        ("{% if a %}{% for x in a %}{{ x.b }}{% endfor %}{% endif %}", "a(list,test)[!{b!(text)}]"),
        ("{% if a %}{{ a }}{% endif %}{{ a }}", "a!(text,test)"),
    ] {
        assert_eq!(shape(source), expected, "{source}");
    }
}

#[test]
fn variables_of_the_template_are_none_of_the_input() {
    for (source, expected) in [
        ("{% assign a = b %}{{ a.c }}", "b!{c!(text)}"),
        ("{{ a }}{% assign a = b.c %}{{ a.d }}", "a!(text) b!{c!{d!(text)}}"),
        ("{% capture a %}{{ b }}{% endcapture %}{{ a.c }}", "b!(text)"),
        ("{% increment a %}{{ a }}", ""),
        ("{% if x %}{% assign a = b %}{% endif %}{{ a.c }}", "a!{c!(text)} b!{c!(text)} x(test)"),
        (
            "{% if x %}{% assign a = b %}{% else %}{% assign a = c %}{% endif %}{{ a.d }}",
            "b!{d!(text)} c!{d!(text)} x(test)",
        ),
        ("{% case x %}{% when 1 %}{% assign a = 'b' %}{% else %}{% assign a = 'c' %}{% endcase %}{{ a }}", "x(number)"),
        (
            "{% for a in l %}{% for b in a.m %}{{ a.n }}{{ b.o }}{% endfor %}{% endfor %}{{ a }}",
            "a!(text) l!(list)[!{m!(list)[!{o!(text)}] n!(text)}]",
        ),
        ("{% for i in l %}{{ a.n }}{% assign a = i %}{% endfor %}", "a!{n!(text)} l!(list)[!{n!(text)}]"),
        (
            "{% for i in l %}{{ a.n }}{% assign a = b %}{% assign b = c %}{% assign c = i %}{% endfor %}",
            "a!{n!(text)} b!{n!(text)} c!{n!(text)} l!(list)[!{n!(text)}]",
        ),
        (
            "{% for i in l %}{% if i %}{% assign a = i %}{% break %}{% assign a = 1 %}{% endif %}{% endfor %}{{ a.n }}",
            "a!{n!(text)} l!(list)[!(test){n!(text)}]",
        ),
        ("{% assign a = b | split: ',' %}{% for c in a %}{{ c }}{% endfor %}", "b!(text)"),
        (
            "{{ forloop.index }}{% for a in b %}{{ forloop.parentloop.x }}{% endfor %}",
            "b!(list)[] forloop!{index!(text)}",
        ),
    ] {
        assert_eq!(shape(source), expected, "{source}");
    }
}

#[test]
fn what_is_only_known_while_rendering_is_told() {
    assert_eq!(shape("{{ a[b].c }}"), "a!(whole) b!(text)");
    assert_eq!(shape("{{ [a] }}"), "a!(text) any");
    assert_eq!(shape("{{ a | map: b }}"), "a!(list)[(whole)] b!(text)");
    let deep = format!("{{{{ a{} }}}}", ".b".repeat(40));
    let variables = variables(&deep);
    let mut variable = &variables.roots["a"];
    while let Some(next) = variable.fields.get("b") {
        variable = next;
    }
    assert!(variable.uses.contains(&Use::Whole));
}

#[test]
fn the_first_line_is_told() {
    let variables = variables("\n{% if a %}\n{{ b.c }}{{ a }}{% endif %}\n{{ b.d }}");
    let lines = |name: &str| variables.roots[name].line;
    assert_eq!((lines("a"), lines("b"), variables.roots["b"].fields["d"].line), (2, 3, 4));
}

#[test]
fn the_input_is_restricted_to_what_is_read() {
    let input = serde_json::json!({
        "a": { "b": 1, "secret": 2 }, "l": [{ "n": 1, "secret": 2 }, 3, [{ "secret": 4 }]], "o": { "x": 1 }, "t": { "secret": 5 },
        "secret": 6
    });
    let source = "{{ a.b }}{% for i in l %}{{ i.n }}{% endfor %}{{ o }}{% if t %}{% endif %}";
    let expected =
        serde_json::json!({ "a": { "b": 1 }, "l": [{ "n": 1 }, 3, [{ "secret": 4 }]], "o": { "x": 1 }, "t": {} });
    assert_eq!(variables(source).restrict(&input), expected);
    assert_eq!(variables("{{ [secret] }}").restrict(&input), input);
}
