//! The tests of the project that are named after a promise.

use std::{collections::BTreeMap, fs, path::Path};

use anyhow::{Context, Result};

use super::promises::Key;
use crate::{
    move_source::{Role, Source},
    project::PACKAGES,
};

/// Where a Move package has tests.
const MOVE_TESTS: &[&str] = &["sources", "tests"];

/// Where Rust tests are; not in the tasks themselves, whose tests speak of such names.
const RUST: &[&str] = &[
    "cli",
    "game/src",
    "game/tests",
    "index",
    "localnet",
    "rust-client",
    "soak",
    "sponsor",
    "terminal",
    "tools",
    "xtask/tests",
];

/// A test, by where it is and what it is called.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Test {
    /// Relative to the project, with forward slashes.
    pub(crate) file: String,
    pub(crate) name: String,
}

/// The tests of each promise.
#[derive(Debug, Default)]
pub(crate) struct Evidence(BTreeMap<Key, Vec<Test>>);

impl Evidence {
    pub(crate) fn collect(root: &Path) -> Result<Self> {
        let mut evidence = Self::default();
        let packages = PACKAGES.iter().flat_map(|package| {
            let inside = Path::new(package)
                .strip_prefix(".")
                .unwrap_or(Path::new(package));
            MOVE_TESTS.iter().map(move |part| inside.join(part))
        });
        for directory in packages {
            for (file, text) in files(root, &directory, "move")? {
                let source = Source::read(&text).with_context(|| file.clone())?;
                for function in source.modules().iter().flat_map(|m| &m.functions) {
                    if function.role == Role::Test {
                        evidence.add(&file, &function.name);
                    }
                }
            }
        }
        for directory in RUST {
            for (file, text) in files(root, Path::new(directory), "rs")? {
                for name in rust_tests(&text) {
                    evidence.add(&file, name);
                }
            }
        }
        Ok(evidence)
    }

    /// Files a test under everything it is named after: `b7_t14_…` under both.
    pub(crate) fn add(&mut self, file: &str, name: &str) {
        for key in name.split('_').map_while(Key::from_segment) {
            self.0.entry(key).or_default().push(Test {
                file: file.to_owned(),
                name: name.to_owned(),
            });
        }
    }

    pub(crate) fn shows(&self, key: Key) -> bool {
        self.0.contains_key(&key)
    }

    pub(crate) fn tests(&self, key: Key) -> &[Test] {
        self.0.get(&key).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn by_key(&self) -> impl Iterator<Item = (Key, &[Test])> {
        self.0.iter().map(|(key, tests)| (*key, tests.as_slice()))
    }
}

/// The names of the functions that an attribute with `test` in it stands before, as rustfmt lays them out.
fn rust_tests(text: &str) -> impl Iterator<Item = &str> {
    let mut is_test = false;
    text.lines().filter_map(move |line| {
        let line = line.trim_start();
        if line.starts_with("#[") {
            is_test |= ["#[test", "#[tokio::test", "#[test_case"]
                .iter()
                .any(|attribute| line.starts_with(attribute));
            return None;
        }
        let words = line.split_once("fn ").filter(|(modifiers, _)| {
            modifiers
                .split_whitespace()
                .all(|word| matches!(word, "pub" | "async" | "const" | "unsafe"))
        });
        let Some((_, rest)) = words else {
            // A comment may stand between the attribute and the function; anything else ends the wait.
            is_test &= line.is_empty() || line.starts_with("//");
            return None;
        };
        let was_test = std::mem::take(&mut is_test);
        let name = rest
            .split(|c: char| !c.is_alphanumeric() && c != '_')
            .next();
        name.filter(|_| was_test)
    })
}

/// The files below a folder with this ending, each with its text, in the order of their paths.
fn files(root: &Path, directory: &Path, ending: &str) -> Result<Vec<(String, String)>> {
    let mut found = Vec::new();
    let mut pending = vec![directory.to_path_buf()];
    while let Some(directory) = pending.pop() {
        let path = root.join(&directory);
        if !path.is_dir() {
            continue;
        }
        for entry in fs::read_dir(&path).with_context(|| path.display().to_string())? {
            let entry = entry?;
            let name = entry.file_name();
            let name = name.to_string_lossy();
            let inside = directory.join(name.as_ref());
            if entry.file_type()?.is_dir() {
                if !matches!(name.as_ref(), "node_modules" | "target" | "build") {
                    pending.push(inside);
                }
            } else if inside.extension().is_some_and(|found| found == ending) {
                let path = root.join(&inside);
                let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
                found.push((slashed(&inside), text));
            }
        }
    }
    found.sort();
    Ok(found)
}

fn slashed(path: &Path) -> String {
    let parts: Vec<_> = path
        .components()
        .map(|part| part.as_os_str().to_string_lossy())
        .collect();
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rust_tests_are_found_by_their_attribute() {
        let text = "#[test]\nfn a1_one() {}\n\n#[tokio::test(flavor = \"multi_thread\")]\n#[cfg(unix)]\n\
            async fn a2_two() -> Result {\n    fn b1_inner() {}\n}\nfn b2_helper() {}\n\
            mod m {\n    #[test]\n    // why\n    fn a3_three() {}\n    #[cfg(test)]\n    fn b3_not() {}\n}\n\
            #[test]\nstruct S;\nfn b4_not() {}\n";
        assert_eq!(
            rust_tests(text).collect::<Vec<_>>(),
            ["a1_one", "a2_two", "a3_three"]
        );
    }

    #[test]
    fn a_test_counts_for_everything_it_is_named_after() {
        let mut evidence = Evidence::default();
        evidence.add("f", "b7_t14_holds_b9_too");
        assert!(evidence.shows(Key::Row('B', 7)) && evidence.shows(Key::Threat(14)));
        assert!(!evidence.shows(Key::Row('B', 9)));
        evidence.add("f", "a_test_of_nothing");
        assert_eq!(evidence.by_key().count(), 2);
    }
}
