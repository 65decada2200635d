//! Every step fails once; the workspace is the old or the new one all the same.

use std::cell::Cell;
use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::*;
use crate::bundle::tests::files::{contents, folder};

/// A disk of which one step fails, and with `dead` all behind it: the program was killed there. A write that fails leaves
/// half of the file.
struct Failing {
    at: usize,
    dead: bool,
    steps: Cell<usize>,
}

impl Failing {
    fn new(at: usize, dead: bool) -> Self {
        Self { at, dead, steps: Cell::new(0) }
    }

    fn step(&self) -> io::Result<()> {
        let step = self.steps.replace(self.steps.get() + 1);
        let fails = step == self.at || self.dead && step > self.at;
        if fails { Err(io::Error::other("injected")) } else { Ok(()) }
    }

    fn failed(&self) -> bool {
        self.steps.get() > self.at
    }
}

impl Disk for Failing {
    fn make_folder(&self, path: &Path) -> io::Result<()> {
        self.step().and_then(|()| Real.make_folder(path))
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let first = self.steps.get() == self.at;
        self.step().inspect_err(|_| {
            if first {
                Real.write(path, &bytes[..bytes.len() / 2]).unwrap();
            }
        })?;
        Real.write(path, bytes)
    }

    fn permit(&self, path: &Path, like: &Path) -> io::Result<()> {
        self.step().and_then(|()| Real.permit(path, like))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.step().and_then(|()| Real.rename(from, to))
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.step().and_then(|()| Real.remove(path))
    }

    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        self.step().and_then(|()| Real.remove_folder(path))
    }

    fn remove_all(&self, path: &Path) -> io::Result<()> {
        self.step().and_then(|()| Real.remove_all(path))
    }

    fn sync(&self, folder: &Path) -> io::Result<()> {
        self.step()?;
        // What a disk has when power is lost is no matter of these tests, and waiting for it takes its time.
        let _ = folder;
        Ok(())
    }
}

const OLD: [(&str, &str); 3] =
    [("engage.toml", "name = \"a\"\n"), ("a.engage", "# old\n"), ("b/c.yaml", "# old too\n")];

fn changes() -> Vec<Change> {
    let change = |path: &str, old: Option<&str>, new: &str| Change {
        path: path.into(),
        old: old.map(|text| text.as_bytes().to_vec()),
        new: new.as_bytes().to_vec(),
    };
    vec![
        change("a.engage", Some(OLD[1].1), "# new\n"),
        change("b/c.yaml", Some(OLD[2].1), "# new too\n"),
        change("d/e/f.liquid", None, "made"),
        change("g.engage", None, ""),
    ]
}

fn target() -> TempDir {
    folder(&OLD)
}

type Contents = std::collections::BTreeMap<String, Option<Vec<u8>>>;

/// The workspace before and after.
fn both() -> (Contents, Contents) {
    let folder = target();
    let old = contents(folder.path());
    commit(&Real, folder.path(), || Ok(changes())).unwrap();
    let new = contents(folder.path());
    assert_eq!(new["d/e/f.liquid"].as_deref(), Some(&b"made"[..]));
    assert_eq!((old.len(), new.len()), (4, 8), "{new:?}");
    (old, new)
}

#[test]
fn whichever_step_fails_all_is_taken_back_or_done() {
    let (old, new) = both();
    for at in 0.. {
        let (folder, disk) = (target(), Failing::new(at, false));
        let done = commit(&disk, folder.path(), || Ok(changes()));
        let mut found = contents(folder.path());
        if done.is_ok() {
            // Only the tidying up may have failed.
            found.retain(|path, _| !path.starts_with(STAGE));
            assert_eq!(found, new, "step {at}");
        } else {
            assert!(matches!(done, Err(ApplyError::Disk(..))), "step {at}: {done:?}");
            assert_eq!(found, old, "step {at}");
        }
        if !disk.failed() {
            assert!(at > 25, "only {at} steps");
            return;
        }
    }
}

#[test]
fn whenever_it_is_killed_the_next_command_takes_back_or_finds_it_done() {
    let (old, new) = both();
    for at in 0.. {
        let (folder, disk) = (target(), Failing::new(at, true));
        let done = commit(&disk, folder.path(), || Ok(changes()));
        // Whoever reads before anything was taken back is told.
        let half = interrupted(folder.path());
        let told = crate::Workspace::load(folder.path()).unwrap().diagnostics;
        assert_eq!(half, told.iter().any(|found| found.code == codes::INTERRUPTED.code), "step {at}");
        let recovered = recover(folder.path()).unwrap();
        assert_eq!(recovered == Recovered::TakenBack, half, "step {at}");
        let expected = if done.is_ok() { &new } else { &old };
        assert_eq!(&contents(folder.path()), expected, "step {at}");
        assert_eq!(recover(folder.path()).unwrap(), Recovered::Nothing);
        if !disk.failed() {
            return;
        }
    }
}

#[test]
fn taking_back_may_be_interrupted_as_well() {
    let (old, _) = both();
    for again in 0.. {
        let folder = killed();
        let disk = Failing::new(again, true);
        let done = recover_on(&disk, folder.path());
        if disk.failed() {
            assert!(done.is_err() || !interrupted(folder.path()), "step {again}");
        }
        recover(folder.path()).unwrap();
        assert_eq!(contents(folder.path()), old, "step {again}");
        if !disk.failed() {
            return;
        }
    }
}

/// A workspace whose import was killed with everything renamed.
fn killed() -> TempDir {
    let whole = Failing::new(usize::MAX, false);
    commit(&whole, target().path(), || Ok(changes())).unwrap();
    let mut folders = (0..whole.steps.get()).rev().map(|at| {
        let folder = target();
        let done = commit(&Failing::new(at, true), folder.path(), || Ok(changes()));
        done.is_err().then_some(folder)
    });
    folders.find_map(|folder| folder).unwrap()
}

#[test]
fn an_edit_since_the_interruption_is_not_lost() {
    let folder = killed();
    fs::write(folder.path().join("a.engage"), "# mine\n").unwrap();
    let before = contents(folder.path());
    let error = recover(folder.path()).unwrap_err();
    assert!(matches!(&error, ApplyError::Edited(paths) if paths == &[folder.path().join("a.engage")]), "{error}");
    assert_eq!(error.diagnostic().code, codes::INTERRUPTED.code);
    assert_eq!(contents(folder.path()), before);
    fs::write(folder.path().join("a.engage"), OLD[1].1).unwrap();
    recover(folder.path()).unwrap();
    assert_eq!(contents(folder.path()), both().0);
}

#[test]
fn of_two_at_once_the_second_is_told() {
    let folder = target();
    commit(&Real, folder.path(), || {
        assert!(matches!(recover(folder.path()), Err(ApplyError::UnderWay)));
        let second = commit(&Real, folder.path(), || Ok(Vec::new()));
        assert!(matches!(second, Err(ApplyError::UnderWay)), "{second:?}");
        Ok(changes())
    })
    .unwrap();
    assert_eq!(contents(folder.path()), both().1);
}

#[test]
fn a_file_that_changes_at_the_last_moment_is_kept() {
    let folder = target();
    fs::write(folder.path().join("b/c.yaml"), "# mine\n").unwrap();
    let error = commit(&Real, folder.path(), || Ok(changes())).unwrap_err();
    assert!(matches!(&error, ApplyError::Changed(paths) if paths == &[folder.path().join("b/c.yaml")]), "{error}");
    let mut expected = both().0;
    expected.insert("b/c.yaml".to_owned(), Some(b"# mine\n".to_vec()));
    assert_eq!(contents(folder.path()), expected);
}

#[test]
fn a_journal_from_elsewhere_leads_to_nothing_that_an_import_does_not_write() {
    let outside = folder(&[("x.engage", "theirs")]);
    let digest = digest(b"theirs");
    let absolute = outside.path().join("x.engage").display().to_string();
    for path in [
        "../x.engage",
        &absolute,
        ".git/config",
        ".git/x.yaml",
        "a/../../x.yaml",
        "run.sh",
        "engage.toml",
        "link/x.engage",
    ] {
        let folder = target();
        #[cfg(unix)]
        std::os::unix::fs::symlink(outside.path(), folder.path().join("link")).unwrap();
        fs::create_dir(folder.path().join(STAGE)).unwrap();
        fs::write(folder.path().join(STAGE).join("0.old"), "evil").unwrap();
        let journal = serde_json::json!({ "folders": [], "files": [{ "path": path, "old": "0", "new": digest }] });
        fs::write(folder.path().join(STAGE).join(JOURNAL), journal.to_string()).unwrap();
        assert!(matches!(recover(folder.path()), Err(ApplyError::Left(..))), "{path}");
        assert_eq!(fs::read(outside.path().join("x.engage")).unwrap(), b"theirs");
    }
    let folder = target();
    fs::create_dir(folder.path().join(STAGE)).unwrap();
    for journal in ["", "{", "[]", "{\"folders\": [\"..\"], \"files\": []}"] {
        fs::write(folder.path().join(STAGE).join(JOURNAL), journal).unwrap();
        assert!(matches!(recover(folder.path()), Err(ApplyError::Left(..))), "{journal}");
    }
    fs::remove_file(folder.path().join(STAGE).join(JOURNAL)).unwrap();
    assert_eq!(recover(folder.path()).unwrap(), Recovered::Nothing);
    assert_eq!(contents(folder.path()), both().0);
}

#[test]
#[cfg(unix)]
fn permissions_stay() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = target();
    let path = folder.path().join("a.engage");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    commit(&Real, folder.path(), || Ok(changes())).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
}
