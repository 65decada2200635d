//! The path parser: no panic, and what it reads prints back to the same path.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Ok(path) = engage_dsl::path::parse(text) {
        let printed = path.to_string();
        if printed.len() <= engage_dsl::path::MAX_PATH {
            assert_eq!(engage_dsl::path::parse(&printed), Ok(path));
        }
    }
});
