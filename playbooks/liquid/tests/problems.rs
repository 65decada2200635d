//! What a template is refused for: message, place and help, all at once.

use engage_liquid::{Problem, ProblemKind, Template};

fn problems(source: &str) -> Vec<Problem> {
    Template::parse(source).err().unwrap_or_default()
}

/// Each problem as its place, the text it is about, and its message.
fn told(source: &str) -> Vec<String> {
    let told = |problem: &Problem| format!("{problem} «{}»", &source[problem.span.clone()]);
    problems(source).iter().map(told).collect()
}

fn one(source: &str) -> Problem {
    let mut problems = problems(source);
    assert_eq!(problems.len(), 1, "{source}: {problems:?}");
    problems.remove(0)
}

#[test]
fn everything_is_told_at_once() {
    let source = "Hej {{ navn | upcas }},\n{% fro a in b %}{{ a | plus }}{% endfro %}\n{% if a & b %}æ {{ x..y }}{% endif %}{% endfor %}";
    assert_eq!(
        told(source),
        [
            "1:15: there is no filter `upcas` «upcas»",
            "2:4: there is no tag `fro` «fro»",
            "2:24: `plus` takes 1 argument, not 0 «plus»",
            "3:9: `&` has no meaning here «&»",
            "3:21: `..` is too much here «..»",
            "3:38: `endfor` closes nothing that is open «{% endfor %}»",
        ]
    );
}

#[test]
fn the_nearest_name_is_suggested() {
    let suggestion = |source: &str| one(source).suggestion;
    assert_eq!(suggestion("{{ a | upcas }}").as_deref(), Some("upcase"));
    assert_eq!(suggestion("{{ a | Downcase }}").as_deref(), Some("downcase"));
    assert_eq!(suggestion("{{ a | round_up_to_the_next }}"), None);
    assert_eq!(suggestion("{% asign a = 1 %}").as_deref(), Some("assign"));
    assert_eq!(suggestion("{% for a in b limt: 2 %}{% endfor %}").as_deref(), Some("limit"));
    assert_eq!(one("{{ a | upcas }}").help.as_deref(), Some("did you mean `upcase`?"));
}

#[test]
fn what_is_not_closed_is_told_where_it_opens() {
    assert_eq!(told("a {{ b"), ["1:3: this is not closed «{{»"]);
    assert_eq!(told("a {% b }}"), ["1:3: this is not closed «{%»"]);
    assert_eq!(
        told("{% if a %}{% for b in c %}"),
        ["1:1: `if` is not closed «{% if a %}»", "1:11: `for` is not closed «{% for b in c %}»"]
    );
    assert_eq!(
        told("{% if a %}{% endfor %}{% endif %}"),
        ["1:11: `endfor` closes nothing that is open «{% endfor %}»"]
    );
    for name in ["raw", "comment", "doc"] {
        assert_eq!(
            told(&format!("{{% {name} %}} {{% end %}}")),
            [format!("1:1: `{name}` is not closed «{{% {name} %}}»")]
        );
    }
    assert_eq!(one("{% liquid\n if a\n echo b %}").message, "`if` is not closed");
    assert_eq!(one("{% if a %}{% liquid endif %}{% endif %}").kind, ProblemKind::Misplaced);
    assert_eq!(one("{{ 'a }}").message, "this text has no closing quote");
}

#[test]
fn other_templates_are_refused() {
    for source in ["{% include 'a' %}", "{% render 'a', b: c %}", "{% layout 'a' %}", "{% section 'a' %}"] {
        let problem = one(source);
        assert_eq!(problem.kind, ProblemKind::Refused);
        assert!(problem.help.unwrap().contains("sees only its input"));
    }
}

#[test]
fn what_other_engines_ignore_is_refused() {
    assert_eq!(one("{% if a %}1{% else b %}2{% endif %}").message, "`else` takes no condition");
    assert_eq!(one("{% if a %}1{% else %}2{% else %}3{% endif %}").message, "`else` stands after `else`");
    assert_eq!(one("{% if a %}1{% else %}2{% elsif b %}3{% endif %}").message, "`elsif` stands after `else`");
    assert_eq!(one("{% case a %}{% else %}2{% when b %}3{% endcase %}").message, "`when` stands after `else`");
    assert_eq!(one("{% endif a %}").message, "`endif` closes nothing that is open");
    assert_eq!(one("{% if a %}{% endif a %}").message, "`endif` takes no arguments");
    assert_eq!(one("{% break %}").message, "`break` stands outside a loop");
    assert_eq!(one("{% for a in b %}{% else %}{% continue %}{% endfor %}").message, "`continue` stands outside a loop");
    assert_eq!(one("{% if a | size > 1 %}{% endif %}").message, "a condition has no filters");
    assert_eq!(
        one("{% if (a or b) and c %}{% endif %}").help.unwrap(),
        "a range is `(1..5)`; conditions have no brackets"
    );
    assert_eq!(one("{% assign 1 = a %}").help.unwrap(), "a name begins with a letter: a number is read as one");
    assert_eq!(one("{{ a | default: b, allow_flase: true }}").message, "`default` has no option `allow_flase`");
    assert_eq!(one("{% tablerow a in b reversed %}{% endtablerow %}").message, "a loop has no option `reversed`");
}

#[test]
fn what_could_only_fail_is_refused() {
    for (source, message) in [
        ("{{ a | divided_by: 0 }}", "`divided_by`: division by zero"),
        ("{{ a | modulo: 'x' }}", "`modulo`: division by zero"),
        ("{{ a | slice: 2.2 }}", "`slice`: an argument is no whole number"),
        ("{{ a | truncate: 'ten' }}", "`truncate`: an argument is no whole number"),
        ("{{ a | concat: 'b' }}", "`concat`: the argument is no list"),
        ("{% for a in b limit: 'x' %}{% endfor %}", "`limit` is no whole number"),
        ("{% tablerow a in b offset: 1.5 %}{% endtablerow %}", "`offset` is no whole number"),
    ] {
        assert_eq!(one(source).message, message, "{source}");
    }
    assert_eq!(
        problems(
            "{{ a | slice: '2', nil | truncate: '2', 3 | divided_by: '2' }}{% for a in b limit: nil %}{% endfor %}"
        ),
        []
    );
}

#[test]
fn a_format_of_a_time_is_checked() {
    assert_eq!(one("{{ a | date: '%d.%m.%Q' }}").message, "`%Q` is no part of a format");
    assert_eq!(one("{{ a | date: '%æ' }}").message, "`%æ` is no part of a format");
    assert_eq!(one("{{ a | date: '100%' }}").message, "`%` is no part of a format");
    assert_eq!(one("{{ a | date: '%1000d' }}").message, "`%1000d` is no part of a format");
    let all = "%%%A%a%B%b%h%C%c%D%d%e%F%G%g%H%I%j%k%l%L%M%m%N%3N%n%P%p%R%r%S%s%T%t%U%u%V%v%W%w%X%x%Y%y%Z%z%:z%::z%-d%_d%05d%^a%#B";
    assert_eq!(problems(&format!("{{{{ a | date: '{all}' }}}}")), []);
}

#[test]
fn expressions_say_what_is_wrong_with_them() {
    for (source, message) in [
        ("{{ a b }}", "`b` is too much here"),
        ("{{ a | }}", "a filter is missing"),
        ("{{ | upcase }}", "`|` stands where a value is expected"),
        ("{{ a.0 }}", "`0` stands where a field is expected"),
        ("{{ a[ }}", "a value is missing"),
        ("{{ a[0 }}", "`]` is missing"),
        ("{{ (1..) }}", "`)` stands where a value is expected"),
        ("{{ a | plus: }}", "a value is missing"),
        ("{{ 12345678901234567890123456789012345 }}", "this number has more than 28 digits"),
        ("{% if %}{% endif %}", "a value is missing"),
        ("{% if a == %}{% endif %}", "a value is missing"),
        ("{% if a and %}{% endif %}", "a value is missing"),
        ("{% for %}{% endfor %}", "a name is missing"),
        ("{% for a of b %}{% endfor %}", "`of` stands where `in` is expected"),
        ("{% assign a b %}", "`b` stands where `=` is expected"),
        ("{% case %}{% endcase %}", "a value is missing"),
        ("{% cycle %}", "a value is missing"),
        ("{% %}", "a tag begins with its name"),
        ("{%- # a\n b %}", "this line is no comment"),
        ("{% elsif a %}", "`elsif` stands outside a block"),
        ("{% for a in b %}{% when a %}{% endfor %}", "`when` does not belong to the block that is open"),
    ] {
        assert_eq!(one(source).message, message, "{source}");
    }
}

#[test]
fn a_broken_tag_still_opens_its_block() {
    assert_eq!(problems("{% if & %}{% elsif * %}{% else %}{% endif %}").len(), 2);
    assert_eq!(problems("{% for %}{% else %}{% endfor %}").len(), 1);
    assert_eq!(problems("{% case %}{% when %}{% endcase %}").len(), 2);
    assert_eq!(problems("{% capture %}{% endcapture %}").len(), 1);
}
