use super::*;
use crate::source::Source;
use engage_engine::problem::Code;

fn sources(text: &str) -> Sources {
    let mut sources = Sources::default();
    sources.add(Source::new("a.yaml", text));
    sources
}

fn at(sources: &Sources, words: &str) -> Span {
    let (file, source) = sources.iter().next().unwrap();
    let start = source.text().find(words).unwrap();
    Span::new(file, start, start + words.len())
}

fn drawn(sources: &Sources, diagnostic: &Diagnostic) -> String {
    text(sources, std::slice::from_ref(diagnostic), Style::default())
}

#[test]
fn a_diagnostic_shows_its_line_label_related_place_and_help() {
    let sources = sources("kind: A\nid: x\nname: y\nkind: B\n");
    let mut diagnostic = Diagnostic::error(Code("E0144"), at(&sources, "kind: B"), "`kind` stands twice")
        .label("again here")
        .help("remove one");
    diagnostic.related.push((at(&sources, "kind: A"), "first here".into()));
    diagnostic.suggestion = Some("kinds".into());
    insta::assert_snapshot!(drawn(&sources, &diagnostic), @r"
    error[E0144]: `kind` stands twice
     --> a.yaml:4:1
      |
    1 | kind: A
      | ------- first here
    ...
    4 | kind: B
      | ^^^^^^^ again here
      |
      = help: remove one — did you mean `kinds`?
    ");
}

#[test]
fn a_distant_place_gets_lines_of_its_own() {
    let sources = sources(&format!("first\n{}second\n", "x\n".repeat(60)));
    let mut diagnostic = Diagnostic::error(Code("E0144"), at(&sources, "second"), "twice");
    diagnostic.related.push((at(&sources, "first"), "first here".into()));
    insta::assert_snapshot!(drawn(&sources, &diagnostic), @r"
    error[E0144]: twice
      --> a.yaml:62:1
       |
    62 | second
       | ^^^^^^
       |
      ::: a.yaml:1:1
       |
     1 | first
       | ----- first here
    ");
}

#[test]
fn a_long_line_is_cut_around_the_place() {
    let sources = sources(&format!("{}here{}\n", "æ".repeat(1_000_000), "b".repeat(1_000_000)));
    let diagnostic = Diagnostic::error(Code("E0140"), at(&sources, "here"), "wrong");
    insta::assert_snapshot!(drawn(&sources, &diagnostic), @r"
    error[E0140]: wrong
     --> a.yaml:1:1000001
      |
    1 | …ææææææææææææææææææææææææææææææææææææææææherebbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb...
      |                                          ^^^^
    ");
}

#[test]
fn nothing_of_the_source_reaches_the_terminal_as_a_command() {
    let nasty = "a\u{1b}[31m\u{9b}2J\u{7}\u{202e}\u{200b}\r\u{0}🎉 here\u{2028}";
    let sources = sources(nasty);
    let message = format!("unknown `{nasty}\n`");
    let diagnostic = Diagnostic::error(Code("E0140"), at(&sources, "here"), message).help(nasty).label(nasty);
    let drawn = drawn(&sources, &diagnostic);
    assert!(drawn.chars().all(|c| c == '\n' || !c.is_control()), "{drawn:?}");
    insta::assert_snapshot!(drawn, @r"
    error[E0140]: unknown `a␛[31m�2J␇��␍␀🎉 here�␊`
     --> a.yaml:1:17
      |
    1 | a␛[31m�2J␇��␍␀🎉 here�
      |                  ^^^^ a␛[31m�2J␇��␍␀🎉 here�
      |
      = help: a␛[31m�2J␇��␍␀🎉 here�
    ");
}

#[test]
fn spans_outside_the_text_are_drawn_all_the_same() {
    for text in ["", "x", "æ", "a\n", "\n\n"] {
        let sources = sources(text);
        for (start, end) in [(0, 0), (0, 1), (1, 1), (1, 9), (5, 3), (u32::MAX, u32::MAX)] {
            let span = Span { file: crate::source::FileId(0), start, end };
            assert!(drawn(&sources, &Diagnostic::error(Code("E0140"), span, "wrong")).contains("a.yaml:"));
        }
    }
}

#[test]
fn json_gives_the_same_as_data() {
    let sources = sources("kind: A\nkind: B\n");
    let mut diagnostic = Diagnostic::error(Code("E0144"), at(&sources, "kind: B"), "twice").help("remove one");
    diagnostic.related.push((at(&sources, "kind: A"), "first here".into()));
    let json = serde_json::to_string_pretty(&json(&sources, &[diagnostic])).unwrap();
    insta::assert_snapshot!(json, @r#"
    [
      {
        "code": "E0144",
        "severity": "error",
        "message": "twice",
        "file": "a.yaml",
        "line": 2,
        "column": 1,
        "end_line": 2,
        "end_column": 8,
        "source_line": "kind: B",
        "label": "",
        "help": "remove one",
        "suggestion": null,
        "related": [
          {
            "file": "a.yaml",
            "line": 1,
            "column": 1,
            "end_line": 1,
            "end_column": 8,
            "source_line": "kind: A",
            "label": "first here"
          }
        ]
      }
    ]
    "#);
}

#[test]
fn a_diagnostic_without_a_place_is_only_words() {
    let mut diagnostic = Diagnostic::error(Code("E0001"), at(&sources("x"), "x"), "no such folder").help("make one");
    diagnostic.span = None;
    assert_eq!(drawn(&Sources::default(), &diagnostic), "error[E0001]: no such folder\nhelp: make one\n");
}

#[test]
fn colour_is_there_only_when_asked_for() {
    let sources = sources("kind: A\n");
    let diagnostic = Diagnostic::error(Code("E0144"), at(&sources, "kind"), "twice");
    let coloured = text(&sources, std::slice::from_ref(&diagnostic), Style { color: true, ..Style::default() });
    assert!(coloured.contains("\u{1b}["));
    assert!(!drawn(&sources, &diagnostic).contains('\u{1b}'));
}

#[test]
fn what_no_one_reads_is_counted_and_not_drawn() {
    let sources = sources("kind: A\n");
    let diagnostics = vec![Diagnostic::error(Code("E0151"), at(&sources, "A"), "unknown kind `A`"); MAX_DRAWN + 5];
    let drawn = text(&sources, &diagnostics, Style::default());
    assert_eq!(drawn.matches("E0151").count(), MAX_DRAWN);
    assert!(drawn.ends_with("\nand 5 more, which are not drawn\n"));
    assert_eq!(json(&sources, &diagnostics).as_array().map(Vec::len), Some(MAX_DRAWN + 5));
}
