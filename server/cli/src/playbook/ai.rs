//! Which model answers the capabilities of a playbook.

use std::env;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use engage_adapters::ai::local::{Fixture, Local};
use engage_adapters::ai::openai::{Config, OpenAi, Output, Style};
use engage_adapters::http::Secret;
use engage_playbooks::ports::ai::Ai;

use crate::failure::Failure;
use crate::input;

/// What can be set of the endpoint of a model, behind `ENGAGE_AI_`.
pub const VARIABLES: [(&str, &str); 6] = [
    ("URL", "the endpoint, up to what stands before `/chat/completions`: `https://api.openai.com/v1`"),
    ("KEY", "its key; a server on this machine may take none"),
    ("STYLE", "`openai`, `azure` (an address per deployment) or `azure-v1` [default: openai]"),
    ("API_VERSION", "of `azure` [default: 2024-10-21]"),
    ("MODELS", "what the endpoint calls the models of capabilities: `small=gpt-5-mini,large=gpt-5`"),
    ("OUTPUT", "`schema`, or `object` for endpoints that take no schema [default: schema]"),
];

/// The value of `--ai`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum AiChoice {
    /// Answers made up from the schema: the same every time, and of no use to a customer.
    #[default]
    Local,
    /// Answers out of a file, else made up.
    Fixtures(PathBuf),
    /// The endpoint that the environment names.
    OpenAi,
}

impl FromStr for AiChoice {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text {
            "local" => Self::Local,
            "openai" => Self::OpenAi,
            path => Self::Fixtures(PathBuf::from(path)),
        })
    }
}

impl AiChoice {
    /// The model.
    ///
    /// # Errors
    /// When the file cannot be read, or the environment describes no endpoint that can be used.
    pub fn open(&self) -> Result<Arc<dyn Ai>, Failure> {
        match self {
            Self::Local => Ok(Arc::new(Local::default())),
            Self::Fixtures(path) => {
                let fixtures = fixtures(&input::text(path)?)
                    .map_err(|why| Failure::problem(format!("`{}`: {why}", path.display())))?;
                Ok(Arc::new(Local::new(fixtures)))
            }
            Self::OpenAi => endpoint(&|name| env::var(format!("ENGAGE_AI_{name}")).ok()),
        }
    }
}

/// Answers for calls, out of YAML.
///
/// # Errors
/// What is wrong with it.
pub fn fixtures(text: &str) -> Result<Vec<Fixture>, String> {
    serde_yaml::from_str(text).map_err(|error| format!("this is no list of answers of an AI: {error}"))
}

fn endpoint(get: &dyn Fn(&str) -> Option<String>) -> Result<Arc<dyn Ai>, Failure> {
    let get = |name: &str| get(name).filter(|value| !value.is_empty());
    let missing = || Failure::usage("`ENGAGE_AI_URL` is not set").help("it says where the model is");
    let mut config = Config::new(get("URL").ok_or_else(missing)?, get("KEY").map(Secret::new));
    config.style = match get("STYLE").as_deref() {
        None | Some("openai") => Style::OpenAi,
        Some("azure-v1") => Style::AzureV1,
        Some("azure") => {
            Style::AzureDeployment { api_version: get("API_VERSION").unwrap_or_else(|| "2024-10-21".to_owned()) }
        }
        Some(_) => return Err(Failure::usage("`ENGAGE_AI_STYLE` is `openai`, `azure` or `azure-v1`")),
    };
    config.output = match get("OUTPUT").as_deref() {
        None | Some("schema") => Output::Schema,
        Some("object") => Output::Object,
        Some(_) => return Err(Failure::usage("`ENGAGE_AI_OUTPUT` is `schema` or `object`")),
    };
    for pair in get("MODELS").iter().flat_map(|models| models.split(',')) {
        let wrong = || Failure::usage("`ENGAGE_AI_MODELS` is written `small=gpt-5-mini,large=gpt-5`");
        let (ours, theirs) = pair.split_once('=').ok_or_else(wrong)?;
        config.models.insert(ours.trim().to_owned(), theirs.trim().to_owned());
    }
    let opened = OpenAi::new(config).map_err(|error| Failure::usage(format!("the endpoint of `ENGAGE_AI_URL`: {error}")))?;
    Ok(Arc::new(opened))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened(set: &[(&str, &str)]) -> Result<(), String> {
        let get = |name: &str| set.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        endpoint(&get).map(drop).map_err(|failure| failure.message)
    }

    #[test]
    fn an_endpoint_is_what_the_environment_says() {
        let url = ("URL", "https://api.example.com/v1");
        assert_eq!(opened(&[url, ("KEY", "k"), ("MODELS", "small=a, large=b"), ("STYLE", "azure")]), Ok(()));
        assert_eq!(opened(&[]), Err("`ENGAGE_AI_URL` is not set".to_owned()));
        for wrong in [("STYLE", "x"), ("OUTPUT", "x"), ("MODELS", "small")] {
            assert!(opened(&[url, wrong]).is_err(), "{wrong:?}");
        }
        assert!(opened(&[("URL", "no address")]).is_err());
    }

    #[test]
    fn a_choice_is_a_word_or_a_file() {
        let choice = |text: &str| text.parse::<AiChoice>().unwrap();
        assert_eq!((choice("local"), choice("openai")), (AiChoice::Local, AiChoice::OpenAi));
        assert_eq!(choice("ai.yaml"), AiChoice::Fixtures("ai.yaml".into()));
    }

    #[test]
    fn answers_are_read_with_what_is_wrong_told() {
        assert_eq!(fixtures("- {capability: summary, output: {text: x}}\n").unwrap().len(), 1);
        let wrong = fixtures("- {capability: summary, ouput: {}}\n").unwrap_err();
        assert!(wrong.contains("ouput"), "{wrong}");
    }
}
