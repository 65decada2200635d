//! The index of the engine's codes: what each means, an example that breaks the rule, and the cure.

use crate::problem::CodeInfo;

/// Every code that the checker, the reader of inputs, the planner, the executor and verification know, by code.
///
/// ```
/// use engage_engine::codes::index;
/// assert!(index().iter().any(|info| info.code.0 == "E0317"));
/// ```
pub fn index() -> Vec<CodeInfo> {
    let mut index = crate::check::codes();
    index.extend(crate::input::codes());
    index.extend(crate::plan::index());
    index.extend(crate::run::codes());
    index.extend(crate::verify::codes());
    index.sort_by_key(|info| info.code);
    index
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_explained() {
        let index = index();
        for (info, next) in index.iter().zip(index.iter().skip(1)) {
            assert_ne!(info.code, next.code);
        }
        for info in index {
            let number = info.code.0.strip_prefix('E').and_then(|number| number.parse::<u16>().ok());
            assert!(
                info.code.0.len() == 5 && number.is_some_and(|number| (200..600).contains(&number)),
                "{}",
                info.code
            );
            for text in [info.title, info.explanation, info.example, info.cure] {
                assert!(!text.trim().is_empty() && !text.contains("  \n"), "{}", info.code);
            }
            assert_ne!(info.example, info.cure, "{}", info.code);
        }
    }
}
