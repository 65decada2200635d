//! The YAML reader: no panic and no endless work on any text, diagnostics can be drawn, and a text without problems
//! prints back to the same model.
#![no_main]

use engage_dsl::engine::model::Model;
use engage_dsl::playbooks::Library;
use engage_dsl::source::{Source, SourceMap, Sources};
use engage_dsl::{print, render, value, yaml};

fn read(text: &str) -> (Model, Library, Vec<engage_dsl::Diagnostic>, Sources) {
    let mut sources = Sources::default();
    let file = sources.add(Source::new("fuzz.yaml", text));
    let (tree, mut problems) = yaml::parse(file, text);
    let (mut model, mut library) = (Model::default(), Library::default());
    problems.extend(yaml::lower(&tree, &mut model, &mut library, &mut SourceMap::default()));
    (model, library, problems, sources)
}

libfuzzer_sys::fuzz_target!(|text: &str| {
    let (model, library, problems, sources) = read(text);
    let drawn = render::text(&sources, &problems, render::Style::default());
    assert_eq!(drawn.is_empty(), problems.is_empty());
    render::json(&sources, &problems);
    let _ = value::read("fuzz.yaml", text);
    if problems.is_empty() {
        let printed = print::yaml(&model, &library);
        let (again, more, problems, _) = read(&printed);
        assert!(problems.is_empty(), "{printed}\n{problems:?}");
        assert_eq!((again, more), (model, library));
    }
});
