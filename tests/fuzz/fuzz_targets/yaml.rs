//! The YAML reader: no panic and no endless work on any text, diagnostics can be drawn, and a text without problems
//! prints back to the same model.
#![no_main]

use engage_dsl::engine::model::Model;
use engage_dsl::source::{Source, SourceMap, Sources};
use engage_dsl::{print, render, value, yaml};

fn read(text: &str) -> (Model, Vec<engage_dsl::Diagnostic>, Sources) {
    let mut sources = Sources::default();
    let file = sources.add(Source::new("fuzz.yaml", text));
    let (tree, mut problems) = yaml::parse(file, text);
    let mut model = Model::default();
    problems.extend(yaml::lower(&tree, &mut model, &mut SourceMap::default()));
    (model, problems, sources)
}

libfuzzer_sys::fuzz_target!(|text: &str| {
    let (model, problems, sources) = read(text);
    let drawn = render::text(&sources, &problems, render::Style::default());
    assert_eq!(drawn.is_empty(), problems.is_empty());
    render::json(&sources, &problems);
    let _ = value::read("fuzz.yaml", text);
    if problems.is_empty() {
        let printed = print::yaml(&model);
        let (again, problems, _) = read(&printed);
        assert!(problems.is_empty(), "{printed}\n{problems:?}");
        assert_eq!(again, model);
    }
});
