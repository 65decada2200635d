//! An endpoint described by settings: texts under names, wherever they come from.

use std::collections::BTreeMap;

use super::config::{Config, Output, Style, TokenLimit};
use crate::http::{Proxy, Secret};

/// What can be set of an endpoint, each with what it means. As environment variables they stand behind `ENGAGE_AI_`:
/// `ENGAGE_AI_URL`.
pub const SETTINGS: [(&str, &str); 8] = [
    ("URL", "what stands before `/chat/completions`; without it there is no model"),
    ("KEY", "the key"),
    ("STYLE", "`openai`, `azure` (deployments) or `azure-v1` [default: openai]"),
    ("API_VERSION", "with `azure`: the version of the API [default: 2024-10-21]"),
    ("MODELS", "what the endpoint calls the models of capabilities: `writer=gpt-large, reader=gpt-small`"),
    ("OUTPUT", "`schema`, or `object` for endpoints that take no JSON Schema [default: schema]"),
    ("TOKEN_LIMIT", "`max_completion_tokens`, or `max_tokens` as most servers but OpenAI's call it"),
    ("PROXY", "the proxy on the way; none is taken from the environment [default: none]"),
];

/// The version of Azure's API where nothing is said: the first that is no preview and takes structured outputs.
const API_VERSION: &str = "2024-10-21";

/// A setting that says nothing that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` has to be {wanted}")]
pub struct SettingError {
    /// The setting.
    pub name: &'static str,
    /// What it takes.
    pub wanted: &'static str,
}

impl Config {
    /// The endpoint that settings describe; `None` where they name no address. `get` gives a setting of [`SETTINGS`]; empty is
    /// as good as none.
    ///
    /// ```
    /// use engage_adapters::ai::openai::{Config, Style};
    ///
    /// let get = |name: &str| match name {
    ///     "URL" => Some("https://contoso.openai.azure.com/openai/v1".to_owned()),
    ///     "STYLE" => Some("azure-v1".to_owned()),
    ///     _ => None,
    /// };
    /// assert_eq!(Config::from_settings(get).unwrap().unwrap().style, Style::AzureV1);
    /// ```
    ///
    /// # Errors
    /// [`SettingError`] names the setting and what it takes, never what was there.
    pub fn from_settings(get: impl Fn(&str) -> Option<String>) -> Result<Option<Self>, SettingError> {
        let get = |name| get(name).filter(|text| !text.trim().is_empty());
        let Some(url) = get("URL") else { return Ok(None) };
        let api_version = get("API_VERSION").unwrap_or_else(|| API_VERSION.to_owned());
        let style = match get("STYLE").as_deref() {
            None | Some("openai") => Style::OpenAi,
            Some("azure") => Style::AzureDeployment { api_version },
            Some("azure-v1") => Style::AzureV1,
            Some(_) => return wrong("STYLE", "`openai`, `azure` or `azure-v1`"),
        };
        let output = match get("OUTPUT").as_deref() {
            None | Some("schema") => Output::Schema,
            Some("object") => Output::Object,
            Some(_) => return wrong("OUTPUT", "`schema` or `object`"),
        };
        let token_limit = match get("TOKEN_LIMIT").as_deref() {
            None | Some("max_completion_tokens") => TokenLimit::MaxCompletionTokens,
            Some("max_tokens") => TokenLimit::MaxTokens,
            Some(_) => return wrong("TOKEN_LIMIT", "`max_completion_tokens` or `max_tokens`"),
        };
        let models = match get("MODELS") {
            None => BTreeMap::new(),
            Some(text) => models(&text)?,
        };
        let mut config = Self { style, output, token_limit, models, ..Self::new(url, get("KEY").map(Secret::new)) };
        config.http.proxy = get("PROXY").map_or(Proxy::Direct, Proxy::At);
        Ok(Some(config))
    }
}

fn wrong<T>(name: &'static str, wanted: &'static str) -> Result<T, SettingError> {
    Err(SettingError { name, wanted })
}

fn models(text: &str) -> Result<BTreeMap<String, String>, SettingError> {
    let mut models = BTreeMap::new();
    for pair in text.split(',').map(str::trim).filter(|pair| !pair.is_empty()) {
        let (ours, theirs) = match pair.split_once('=') {
            Some((ours, theirs)) if !ours.trim().is_empty() && !theirs.trim().is_empty() => {
                (ours.trim(), theirs.trim())
            }
            _ => return wrong("MODELS", "pairs: `writer=gpt-large, reader=gpt-small`"),
        };
        if models.insert(ours.to_owned(), theirs.to_owned()).is_some() {
            return wrong("MODELS", "pairs that name each model once");
        }
    }
    Ok(models)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(settings: &[(&str, &str)]) -> Result<Option<Config>, SettingError> {
        Config::from_settings(|name| {
            assert!(SETTINGS.iter().any(|(known, _)| *known == name), "{name} is asked for and not listed");
            settings.iter().find(|(known, _)| *known == name).map(|(_, text)| (*text).to_owned())
        })
    }

    fn with(name: &str, text: &str) -> Result<Option<Config>, SettingError> {
        read(&[("URL", "https://models.example/v1"), (name, text)])
    }

    #[test]
    fn without_an_address_there_is_no_endpoint() {
        assert!(read(&[("KEY", "k")]).unwrap().is_none());
        assert!(read(&[("URL", " ")]).unwrap().is_none());
    }

    #[test]
    fn every_setting_shows() {
        let config = read(&[
            ("URL", "https://contoso.openai.azure.com"),
            ("KEY", "k-secret"),
            ("STYLE", "azure"),
            ("API_VERSION", "2025-01-01"),
            ("MODELS", "writer = gpt-large,reader=a=b, "),
            ("OUTPUT", "object"),
            ("TOKEN_LIMIT", "max_tokens"),
            ("PROXY", "http://proxy.example:8080"),
        ]);
        let config = config.unwrap().unwrap();
        assert_eq!(config.style, Style::AzureDeployment { api_version: "2025-01-01".to_owned() });
        assert_eq!(
            config.models.into_iter().collect::<Vec<_>>(),
            [("reader".to_owned(), "a=b".to_owned()), ("writer".to_owned(), "gpt-large".to_owned())]
        );
        assert_eq!((config.output, config.token_limit), (Output::Object, TokenLimit::MaxTokens));
        assert_eq!(config.http.proxy, Proxy::At("http://proxy.example:8080".to_owned()));
        assert_eq!(config.key.unwrap().expose(), "k-secret");
        let usual = read(&[("URL", "https://models.example/v1")]).unwrap().unwrap();
        assert_eq!((usual.style, usual.http.proxy, usual.key.is_none()), (Style::OpenAi, Proxy::Direct, true));
    }

    #[test]
    fn what_is_not_known_is_told_without_repeating_it() {
        for (name, text) in [
            ("STYLE", "secret"),
            ("OUTPUT", "secret"),
            ("TOKEN_LIMIT", "secret"),
            ("MODELS", "secret"),
            ("MODELS", "=secret"),
            ("MODELS", "secret=x,secret=y"),
        ] {
            let error = with(name, text).unwrap_err();
            assert_eq!(error.name, name);
            assert!(!error.to_string().contains("secret"), "{error}");
        }
    }

    #[test]
    fn the_readme_lists_every_setting() {
        let readme = include_str!("../../../README.md");
        for (name, _) in SETTINGS {
            assert!(readme.contains(&format!("| `{name}` |")), "{name}");
        }
    }
}
