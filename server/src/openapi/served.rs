//! Documents as answers. They are made once: a document follows from the code alone.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::page::{STYLE, page};
use super::yaml::yaml;

/// What a document is asked for as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// YAML: `openapi.yaml`.
    Yaml,
    /// JSON: `openapi.json`.
    Json,
    /// A page for people: `docs`.
    Page,
}

impl Form {
    /// Its media type.
    #[must_use]
    pub const fn media(self) -> &'static str {
        match self {
            Self::Yaml => "application/yaml",
            Self::Json => "application/json",
            Self::Page => "text/html",
        }
    }
}

/// A document in every form.
#[derive(Debug)]
pub struct Served {
    yaml: Tagged,
    json: Tagged,
    page: Tagged,
    /// What browsers may load for the page: its own style, and nothing else.
    policy: String,
}

/// A text with the tag by which callers know that they have it.
#[derive(Debug)]
struct Tagged {
    text: String,
    tag: String,
}

impl Tagged {
    fn new(text: String) -> Self {
        let digest = Sha256::digest(text.as_bytes());
        let hex = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect::<String>();
        // Weak, as what is sent may be compressed on its way.
        Self { tag: format!("W/\"{hex}\""), text }
    }
}

impl Served {
    /// A document in every form.
    #[must_use]
    pub fn new(document: &Value) -> Self {
        use base64::Engine as _;
        let style = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
        let policy = format!(
            "default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        );
        Self {
            yaml: Tagged::new(yaml(document)),
            json: Tagged::new(document.to_string()),
            page: Tagged::new(page(document)),
            policy,
        }
    }

    /// The text of a form.
    #[must_use]
    pub fn text(&self, form: Form) -> &str {
        &self.of(form).text
    }

    fn of(&self, form: Form) -> &Tagged {
        match form {
            Form::Yaml => &self.yaml,
            Form::Json => &self.json,
            Form::Page => &self.page,
        }
    }

    /// The answer to whoever asks for it; nothing but the tag where he has it already (`If-None-Match`). It says on whose behalf it is
    /// kept: how a caller stands with his rate is his own.
    #[must_use]
    pub fn answer(&self, form: Form, asked: &HeaderMap) -> Response {
        let Tagged { text, tag } = self.of(form);
        let known = asked.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
        let known = known.flat_map(|value| value.split(',')).map(|one| one.trim().trim_start_matches("W/"));
        let is_known = known.into_iter().any(|one| one == tag.trim_start_matches("W/") || one == "*");
        let mut response = match (is_known, form) {
            (true, _) => StatusCode::NOT_MODIFIED.into_response(),
            (false, form) => {
                let charset = if form == Form::Json { "" } else { "; charset=utf-8" };
                let media = format!("{}{charset}", form.media());
                ([(header::CONTENT_TYPE, media)], text.clone()).into_response()
            }
        };
        let mut add = |name, value: &str| {
            if let Ok(value) = HeaderValue::from_str(value) {
                response.headers_mut().insert(name, value);
            }
        };
        add(header::ETAG, tag);
        add(header::CACHE_CONTROL, "private, max-age=300");
        if form == Form::Page {
            add(header::CONTENT_SECURITY_POLICY, &self.policy);
        }
        response
    }
}
