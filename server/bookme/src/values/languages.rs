//! Texts in several languages.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{Problems, Refusal};

/// The language that is always there, and stands in for every other.
pub const DANISH: &str = "da-DK";

/// The languages that an organisation may switch on (BCP 47).
pub const LANGUAGES: [&str; 11] =
    [DANISH, "en-GB", "kl-GL", "sv-SE", "nb-NO", "de-DE", "de-AT", "fr-FR", "fr-BE", "fi-FI", "fo-FO"];

/// The languages that an organisation has switched on. Danish is among them, whatever is said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Languages(BTreeSet<String>);

impl Default for Languages {
    fn default() -> Self {
        Self(BTreeSet::from([DANISH.to_owned()]))
    }
}

impl Languages {
    /// Danish, and those given, in whatever case.
    pub fn of<'t>(tags: impl IntoIterator<Item = &'t str>) -> Self {
        let tags = tags.into_iter().chain([DANISH]).map(|tag| canonical(tag).unwrap_or(tag).to_owned());
        Self(tags.collect())
    }

    /// The tag as it is kept, if the language is on.
    #[must_use]
    pub fn enabled(&self, tag: &str) -> Option<&'static str> {
        canonical(tag).filter(|tag| *tag == DANISH || self.0.contains(*tag))
    }

    /// Every language that is on.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    pub(crate) fn check(&self, problems: &mut Problems) {
        for (position, tag) in self.0.iter().enumerate() {
            if canonical(tag).is_none() {
                problems
                    .add(format!("/languages/{position}"), format!("the language is none of {}", LANGUAGES.join(", ")));
            }
        }
    }
}

fn canonical(tag: &str) -> Option<&'static str> {
    LANGUAGES.into_iter().find(|known| known.eq_ignore_ascii_case(tag))
}

/// A text in several languages, Danish always among them. Texts of languages that are off stay, and are not shown.
///
/// ```
/// use engage_bookme::values::{Languages, Localized};
/// let languages = Languages::of(["en-GB"]);
/// let name = Localized::danish("Lån").with("en-gb", "Loan");
/// assert_eq!(name.shown(&languages, Some("en-GB"))["en-GB"], "Loan");
/// assert_eq!(name.shown(&languages, Some("pl-PL"))["pl-PL"], "Lån");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Localized(BTreeMap<String, String>);

impl Localized {
    /// A text in Danish alone.
    #[must_use]
    pub fn danish(text: impl Into<String>) -> Self {
        Self(BTreeMap::from([(DANISH.to_owned(), text.into())]))
    }

    /// The same with a text in one more language; a language that nobody can switch on is left out.
    #[must_use]
    pub fn with(mut self, tag: &str, text: impl Into<String>) -> Self {
        if let Some(tag) = canonical(tag) {
            self.0.insert(tag.to_owned(), text.into());
        }
        self
    }

    /// The Danish text.
    #[must_use]
    pub fn text(&self) -> &str {
        self.0.get(DANISH).map_or("", String::as_str)
    }

    /// The text in a language, or the Danish one.
    #[must_use]
    pub fn in_language(&self, languages: &Languages, tag: &str) -> &str {
        let text = languages.enabled(tag).and_then(|tag| self.0.get(tag));
        text.map_or_else(|| self.text(), String::as_str)
    }

    /// What is shown: without a language, or for `all`, every text whose language is on; otherwise one entry under the tag
    /// that was asked for, in Danish where there is none in that language.
    #[must_use]
    pub fn shown(&self, languages: &Languages, language: Option<&str>) -> BTreeMap<String, String> {
        match language {
            Some(tag) if !tag.eq_ignore_ascii_case("all") => {
                let name = canonical(tag).unwrap_or(tag);
                BTreeMap::from([(name.to_owned(), self.in_language(languages, tag).to_owned())])
            }
            _ => {
                let on = |(tag, _): &(&String, &String)| languages.enabled(tag).is_some();
                self.0.iter().filter(on).map(|(tag, text)| (tag.clone(), text.clone())).collect()
            }
        }
    }

    /// Writes: `plain` is the Danish text of the member that knows no languages, `texts` those of the member that does. Each
    /// language is replaced by itself; nothing or an empty text takes it away. Danish in `texts` wins over `plain`.
    ///
    /// Problems stand at `field`: a language that is off, Danish taken away, or Danish never given.
    pub fn write(
        &mut self,
        plain: Option<&str>,
        texts: Option<&BTreeMap<String, Option<String>>>,
        languages: &Languages,
        field: &str,
        problems: &mut Problems,
    ) {
        if let Some(text) = plain {
            self.0.insert(DANISH.to_owned(), text.to_owned());
        }
        for (tag, text) in texts.into_iter().flatten() {
            let text = text.as_deref().filter(|text| !text.is_empty());
            let place = format!("{field}/{}", crate::problem::escaped(tag));
            match (languages.enabled(tag), text) {
                (None, _) => problems.refuse(place, "the language is not switched on", Refusal::LocaleNotEnabled),
                (Some(DANISH), None) => problems.add(place, "the Danish text cannot be taken away"),
                (Some(tag), None) => drop(self.0.remove(tag)),
                (Some(tag), Some(text)) => drop(self.0.insert(tag.to_owned(), text.to_owned())),
            }
        }
        if self.text().is_empty() {
            problems.add(field, "a text in Danish (`da-DK`) is needed");
        }
    }

    pub(crate) fn check(&self, field: &str, most: usize, problems: &mut Problems) {
        if self.text().trim().is_empty() {
            problems.add(field, "a text in Danish (`da-DK`) is needed");
        }
        for (tag, text) in &self.0 {
            let place = format!("{field}/{}", crate::problem::escaped(tag));
            if canonical(tag).is_none_or(|known| known != tag) {
                problems.refuse(place.as_str(), "the language is unknown", Refusal::LocaleNotEnabled);
            }
            problems.length(&place, text, most);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(name: &mut Localized, plain: Option<&str>, texts: &[(&str, Option<&str>)]) -> Vec<String> {
        let texts = texts.iter().map(|(tag, text)| ((*tag).to_owned(), text.map(str::to_owned))).collect();
        let mut problems = Problems::default();
        name.write(plain, Some(&texts), &Languages::of(["en-GB"]), "/localizedName", &mut problems);
        problems.into_iter().map(|problem| problem.field).collect()
    }

    #[test]
    fn writing_merges() {
        let mut name = Localized::danish("Lån").with("en-GB", "Loan");
        assert!(write(&mut name, Some("Kredit"), &[]).is_empty());
        assert_eq!(name, Localized::danish("Kredit").with("en-GB", "Loan"), "others are untouched");
        assert!(write(&mut name, Some("x"), &[("DA-dk", Some("Lån")), ("en-gb", None)]).is_empty());
        assert_eq!(name, Localized::danish("Lån"), "Danish in the map wins");
        assert_eq!(write(&mut name, None, &[("da-DK", Some(""))]), ["/localizedName/da-DK"]);
        assert_eq!(
            write(&mut name, None, &[("sv-SE", Some("Lån")), ("a/b", None)]),
            ["/localizedName/a~1b", "/localizedName/sv-SE"]
        );
        assert_eq!(write(&mut Localized::default(), None, &[("en-GB", Some("Loan"))]), ["/localizedName"]);
    }

    #[test]
    fn danish_stands_in_for_what_is_missing() {
        let name = Localized::danish("Lån").with("en-GB", "Loan").with("sv-SE", "Kredit");
        let languages = Languages::of(["en-GB", "fo-FO"]);
        let shown = |language| name.shown(&languages, language).into_iter().collect::<Vec<_>>();
        let pair = |tag: &str, text: &str| (tag.to_owned(), text.to_owned());
        assert_eq!(shown(None), [pair("da-DK", "Lån"), pair("en-GB", "Loan")]);
        assert_eq!(shown(Some("ALL")), shown(None));
        assert_eq!(shown(Some("en-gb")), [pair("en-GB", "Loan")]);
        assert_eq!(shown(Some("fo-FO")), [pair("fo-FO", "Lån")]);
        assert_eq!(shown(Some("sv-SE")), [pair("sv-SE", "Lån")], "what is off is not shown");
        assert_eq!(shown(Some("whatever")), [pair("whatever", "Lån")]);
    }
}
