//! The table for people: `docs/coverage.md`.

use super::{
    evidence::{Evidence, Test},
    promises::{Key, Promise, Promises},
};

const INTRODUCTION: &str = "\
<!-- Written by `cargo xtask rows` from docs/rows.toml and the names of the tests; do not edit. -->

# What is promised, and the tests that show it

A test is named after what it shows: `b7_…` shows B7, `t14_…` that attack 14 fails. `cargo xtask test` fails when a
promise has no test, or when this page is not up to date.
";

pub(crate) fn render(promises: &Promises, evidence: &Evidence) -> String {
    let mut page = INTRODUCTION.to_owned();
    for part in &promises.parts {
        page.push_str(&format!("\n## {}\n\n", part.title));
        page.push_str("| | promise | tests |\n| --- | --- | --- |\n");
        for promise in &part.promises {
            page.push_str(&row(promise, evidence.tests(promise.key)));
        }
    }
    page
}

fn row(promise: &Promise, tests: &[Test]) -> String {
    let key = match promise.key {
        Key::Threat(number) => number.to_string(),
        key => key.to_string(),
    };
    let text = promise.text.trim().replace('|', "\\|");
    format!("| {key} | {text} | {} |\n", tests_cell(tests))
}

/// The tests of a promise, as a table's cell holds them.
pub(super) fn tests_cell(tests: &[Test]) -> String {
    if tests.is_empty() {
        "none yet".to_owned()
    } else {
        by_file(tests)
    }
}

/// The tests, one line of the cell for each file; they come sorted by it.
fn by_file(tests: &[Test]) -> String {
    let files = tests.chunk_by(|one, next| one.file == next.file);
    let lines: Vec<String> = files
        .map(|tests| {
            let names: Vec<String> = tests.iter().map(|t| format!("`{}`", t.name)).collect();
            let file = tests.first().map_or("", |test| test.file.as_str());
            format!("[{file}](../{file}): {}", names.join(", "))
        })
        .collect();
    lines.join("<br>")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_promise_has_a_row_with_its_tests_by_file() -> anyhow::Result<()> {
        let promises = Promises::parse(
            "[[part]]\ntitle = \"Attacks\"\npromises = [\n    { id = \"T1\", text = \"a | b\" },\n    { id = \"B2\", text = \"c\", pending = true },\n]\n",
        )?;
        let mut evidence = Evidence::default();
        evidence.add("tests/a.move", "t1_one");
        evidence.add("tests/a.move", "t1_two");
        evidence.add("x/b.rs", "t1_three");
        let page = render(&promises, &evidence);
        assert!(page.ends_with(
            "## Attacks\n\n| | promise | tests |\n| --- | --- | --- |\n\
             | 1 | a \\| b | [tests/a.move](../tests/a.move): `t1_one`, `t1_two`<br>[x/b.rs](../x/b.rs): `t1_three` |\n\
             | B2 | c | none yet |\n"
        ), "{page}");
        Ok(())
    }
}
