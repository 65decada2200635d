//! Which model answers the capabilities of a playbook.

use std::env;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use engage_adapters::ai::local::{Fixture, Local};
use engage_adapters::ai::openai::{Config, OpenAi};
use engage_playbooks::Compiled;
use engage_playbooks::model::BlockKind;
use engage_playbooks::ports::ai::Ai;

use crate::failure::Failure;
use crate::input;
use crate::io::Io;

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
    /// The model for the AI blocks of a playbook. Answers that are made up are told of, and never reach customers unless
    /// somebody asks for that.
    ///
    /// # Errors
    /// When the CRM is a real one, the playbook asks an AI, and nothing says which.
    pub fn choose(
        choice: Option<&Self>,
        compiled: &Compiled,
        live: bool,
        quiet: bool,
        io: &mut Io<'_>,
    ) -> Result<Self, Failure> {
        let asks = compiled.blocks.iter().any(|node| matches!(node.block.kind, BlockKind::Ai { .. }));
        match choice {
            Some(choice) => Ok(choice.clone()),
            None if asks && live => {
                let failure = Failure::usage("the playbook asks an AI: say which with `--ai`");
                Err(failure.help("`--ai openai` asks the model at `ENGAGE_AI_URL`, `--ai local` makes answers up"))
            }
            None => {
                if asks && !quiet {
                    io.err(
                        "note: what the AI answers is made up; `--ai openai` asks a model, `--ai FILE` has answers\n",
                    );
                }
                Ok(Self::Local)
            }
        }
    }

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
    let missing = || Failure::usage("`ENGAGE_AI_URL` is not set").help("it says where the model is");
    let config = Config::from_settings(get)
        .map_err(|error| Failure::usage(format!("`ENGAGE_AI_{}` has to be {}", error.name, error.wanted)))?;
    let opened = OpenAi::new(config.ok_or_else(missing)?)
        .map_err(|error| Failure::usage(format!("the endpoint of `ENGAGE_AI_URL`: {error}")))?;
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
        for wrong in [("STYLE", "x"), ("OUTPUT", "x"), ("MODELS", "small"), ("TOKEN_LIMIT", "x")] {
            let told = opened(&[url, wrong]).unwrap_err();
            assert!(told.starts_with(&format!("`ENGAGE_AI_{}` has to be ", wrong.0)), "{told}");
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
