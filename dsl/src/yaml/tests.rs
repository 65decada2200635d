use super::*;
use crate::render::{Style, sort, text};
use crate::source::{FileId, Source, SourceMap, Sources};
use engage_engine::model::Model;
use engage_playbooks::Library;

mod hostile;
mod lowering;
mod parsing;
mod recovery;

/// Every problem of a text, drawn.
fn problems(yaml: &str) -> String {
    let mut sources = Sources::default();
    let file = sources.add(Source::new("a.yaml", yaml));
    let (tree, mut found) = parse(file, yaml);
    found.extend(lower(&tree, &mut Model::default(), &mut Library::default(), &mut SourceMap::default()));
    sort(&mut found);
    text(&sources, &found, Style::default())
}

/// Codes and marked words of every problem of a text.
fn marked(yaml: &str) -> Vec<(&'static str, String)> {
    let (tree, mut found) = parse(FileId(0), yaml);
    found.extend(lower(&tree, &mut Model::default(), &mut Library::default(), &mut SourceMap::default()));
    sort(&mut found);
    let words = |span: crate::source::Span| yaml[span.start as usize..span.end as usize].to_owned();
    found.into_iter().map(|found| (found.code.0, found.span.map(words).unwrap())).collect()
}

/// The tree of a text without problems.
fn tree(yaml: &str) -> Tree {
    let (tree, found) = parse(FileId(0), yaml);
    assert_eq!(found, []);
    tree
}
