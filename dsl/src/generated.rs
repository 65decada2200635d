//! Files that are made from the code and kept in the repository: tests hold them current.

use std::path::Path;

/// Fails unless a file below the crate holds exactly this text. With `UPDATE_GENERATED=1` it is written instead.
pub(crate) fn assert_current(path: &str, expected: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("UPDATE_GENERATED").is_some() {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, expected).unwrap();
    }
    let found = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(found == expected, "dsl/{path} is out of date: run the tests with UPDATE_GENERATED=1 and commit it");
}
