//! The starter package, as it ships: a workspace within the program.

use std::path::Path;

use include_dir::{Dir, include_dir};

use crate::failure::Failure;

static STARTER: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../playbooks/packages/starter");

/// Writes the starter package into a folder, where nothing stands there yet: what was changed there stays.
///
/// # Errors
/// When the folder cannot be written.
pub fn unpack(folder: &Path) -> Result<(), Failure> {
    if folder.exists() {
        return Ok(());
    }
    // Under another name until it is whole: a folder that is there has everything.
    let begun = folder.with_extension("begun");
    let written = match std::fs::remove_dir_all(&begun) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => std::fs::create_dir_all(&begun),
    };
    let written = written.and_then(|()| STARTER.extract(&begun)).and_then(|()| std::fs::rename(&begun, folder));
    written.map_err(|error| Failure::write(folder, &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_unpacked_is_a_workspace_and_what_was_changed_in_it_stays() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("starter");
        unpack(&place).unwrap();
        crate::workspace::load(&place).unwrap();
        std::fs::write(place.join("README.md"), "ours").unwrap();
        unpack(&place).unwrap();
        assert_eq!(std::fs::read_to_string(place.join("README.md")).unwrap(), "ours");
    }
}
