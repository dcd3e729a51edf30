//! The documents speak of tests that exist.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

#[test]
fn every_test_that_the_fidelity_table_names_is_there() {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let document = package.join("../docs/fidelity.md");
    let document = fs::read_to_string(document).expect("docs/fidelity.md");
    let mut tests = BTreeSet::new();
    collect(&package.join("tests/it"), &mut tests);

    let named: Vec<&str> = document
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| ---"))
        .filter_map(|row| row.trim_end_matches(" |").rsplit_once(" | "))
        .flat_map(|(_, cell)| cell.split(", "))
        .filter_map(|name| name.strip_prefix('`')?.strip_suffix('`'))
        .collect();
    assert!(named.len() > 30, "only {} names were found", named.len());
    for name in named {
        assert!(tests.contains(name), "there is no test `{name}`");
    }
}

/// The names of the test functions in every file below a folder.
fn collect(folder: &Path, tests: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(&path, tests);
            continue;
        }
        let source = fs::read_to_string(&path).expect("a source file");
        let mut is_test = false;
        for line in source.lines().map(str::trim) {
            if line.starts_with("#[") {
                is_test |= line.contains("test");
            } else if is_test {
                is_test = false;
                if let Some((_, function)) = line.split_once("fn ")
                    && let Some((name, _)) = function.split_once('(')
                {
                    tests.insert(name.to_owned());
                }
            }
        }
    }
}
