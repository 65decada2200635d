//! The `Prefer` header.

use crate::http::Request;

/// What the client prefers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Prefer {
    pub(crate) representation: bool,
    pub(crate) page_size: Option<usize>,
    pub(crate) annotations: Vec<String>,
    pub(crate) continue_on_error: bool,
    pub(crate) track_changes: bool,
    /// The preferences that were honoured, as they are echoed.
    pub(crate) applied: Vec<String>,
}

impl Prefer {
    pub(crate) fn of(request: &Request) -> Prefer {
        let mut prefer = Prefer::default();
        for item in request.header_list("prefer") {
            let (name, value) = item.split_once('=').unwrap_or((&item, ""));
            let value = value.trim().trim_matches('"');
            match name.trim().to_ascii_lowercase().as_str() {
                "return" if value == "representation" => {
                    prefer.representation = true;
                    prefer.applied.push("return=representation".into());
                }
                "odata.maxpagesize" => {
                    if let Some(size) = value.parse().ok().filter(|size| *size > 0) {
                        prefer.page_size = Some(size);
                        prefer.applied.push(format!("odata.maxpagesize={size}"));
                    }
                }
                "odata.include-annotations" => {
                    prefer.annotations = value.split(',').map(|item| item.trim().to_owned()).collect();
                    prefer.applied.push(format!("odata.include-annotations=\"{value}\""));
                }
                "odata.continue-on-error" => prefer.continue_on_error = true,
                "odata.track-changes" => {
                    prefer.track_changes = true;
                    prefer.applied.push("odata.track-changes".into());
                }
                _ => {}
            }
        }
        prefer
    }

    /// Whether an annotation is asked for: `*`, `ns.*`, or its full name; a leading `-` excludes.
    pub(crate) fn wants(&self, annotation: &str) -> bool {
        let fits = |pattern: &str| match pattern.strip_suffix('*') {
            Some(prefix) => annotation.starts_with(prefix),
            None => annotation == pattern,
        };
        let excluded = self.annotations.iter().filter_map(|item| item.strip_prefix('-')).any(fits);
        !excluded && self.annotations.iter().any(|item| fits(item))
    }

    /// Whether errors carry their details.
    pub(crate) fn wants_details(&self) -> bool {
        self.wants("Microsoft.PowerApps.CDS.ErrorDetails")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_preferences_in_one_header() {
        let value = "odata.maxpagesize=3,odata.include-annotations=\"Microsoft.*,-Microsoft.X\", return=representation";
        let headers = vec![("prefer".to_owned(), value.to_owned())];
        let prefer = Prefer::of(&Request { headers, ..Request::default() });
        assert!(prefer.representation && prefer.page_size == Some(3));
        assert!(prefer.wants("Microsoft.Y") && !prefer.wants("Microsoft.X") && !prefer.wants("OData.Z"));
        assert_eq!(prefer.applied.len(), 3);
    }
}
