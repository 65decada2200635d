//! Holds the README to its word: each pair of samples is one model, and the language's is as the formatter leaves it.

use crate::Workspace;

/// The samples of a language, in order.
fn samples(readme: &str, language: &str) -> Vec<String> {
    let fence = format!("```{language}\n");
    readme.split(&fence).skip(1).map(|rest| rest.split("```").next().unwrap().to_owned()).collect()
}

#[test]
fn both_spellings_of_every_sample_are_one_model() {
    let readme = include_str!("../README.md");
    let (engage, yaml) = (samples(readme, "engage"), samples(readme, "yaml"));
    assert_eq!(engage.len(), yaml.len());
    for (engage, yaml) in engage.iter().zip(&yaml) {
        let one = Workspace::from_sources([("a.engage", engage.as_str())]);
        let other = Workspace::from_sources([("a.yaml", yaml.as_str())]);
        assert_eq!((one.diagnostics.as_slice(), other.diagnostics.as_slice()), (&[][..], &[][..]), "{engage}\n{yaml}");
        assert_eq!(one.model, other.model, "{engage}\n{yaml}");
        assert_eq!(&crate::fmt::format(engage).unwrap(), engage);
    }
}

#[test]
fn the_sample_of_the_platform_is_read_and_written() {
    for sample in samples(include_str!("../README.md"), "json") {
        let playbook = crate::platform::read("sample.platform.json", &sample).unwrap();
        assert_eq!(crate::platform::read("a.platform.json", &crate::platform::write(&playbook)).unwrap(), playbook);
    }
}
