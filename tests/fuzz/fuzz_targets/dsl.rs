//! The reader of the language: no panic and no endless work on any text, diagnostics can be drawn, what reads without
//! problems prints back to the same model in both spellings, and the formatter changes layout only.
#![no_main]

use engage_dsl::engine::model::Model;
use engage_dsl::playbooks::Library;
use engage_dsl::source::{Source, SourceMap, Sources};
use engage_dsl::{fmt, lower, print, render, syntax};

fn read(text: &str) -> (Model, Library, Vec<engage_dsl::Diagnostic>, Sources) {
    let mut sources = Sources::default();
    let file = sources.add(Source::new("fuzz.engage", text));
    let (document, mut problems) = syntax::parse(file, text);
    let (mut model, mut library) = (Model::default(), Library::default());
    problems.extend(lower::document(&document, &mut model, &mut library, &mut SourceMap::default()));
    (model, library, problems, sources)
}

libfuzzer_sys::fuzz_target!(|text: &str| {
    let (model, library, problems, sources) = read(text);
    let drawn = render::text(&sources, &problems, render::Style::default());
    assert_eq!(drawn.is_empty(), problems.is_empty());
    if !problems.is_empty() {
        let _ = fmt::format(text);
        return;
    }
    let printed = print::dsl(&model, &library);
    let (again, more, problems, _) = read(&printed);
    assert!(problems.is_empty(), "{printed}\n{problems:?}");
    assert_eq!((&again, &more), (&model, &library));
    if let Ok(formatted) = fmt::format(text) {
        assert_eq!(fmt::format(&formatted).as_ref(), Ok(&formatted));
        let (again, more, ..) = read(&formatted);
        assert_eq!((again, more), (model, library));
    }
});
