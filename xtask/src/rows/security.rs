//! The table of attacks inside `docs/security.md`: what holds against each, and the tests that attack.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};

use super::{
    evidence::Evidence,
    promises::{Key, Promise, Promises},
    table::tests_cell,
};

/// The lines between which the table stands.
const BEGIN: &str = "<!-- threats: written by ";
const END: &str = "<!-- threats: end -->";

const HEAD: &str = "\n| | attack | what holds | tests |\n| --- | --- | --- | --- |\n";

/// The page with its table as it should be. `answers` is TOML: what holds, by attack.
///
/// # Errors
/// An attack without an answer, an answer without an attack, or a page without a place for the table.
pub(super) fn render(
    page: &str,
    answers: &str,
    promises: &Promises,
    evidence: &Evidence,
) -> Result<String> {
    let mut answers: BTreeMap<String, String> = toml::from_str(answers)?;
    let mut table = HEAD.to_owned();
    for (number, promise) in attacks(promises) {
        let answer = answers
            .remove(&format!("T{number}"))
            .with_context(|| format!("T{number} has no answer"))?;
        table.push_str(&format!(
            "| {number} | {} | {} | {} |\n",
            cell(&promise.text),
            cell(&answer),
            tests_cell(evidence.tests(promise.key))
        ));
    }
    if let Some(unknown) = answers.keys().next() {
        bail!("{unknown} answers an attack that is not on the list");
    }
    let (before, rest) = page.split_once(BEGIN).context("no place for the table")?;
    let (marker, rest) = rest.split_once('\n').context("no place for the table")?;
    let (_, after) = rest.split_once(END).context("no end of the table")?;
    Ok(format!("{before}{BEGIN}{marker}\n{table}\n{END}{after}"))
}

fn attacks(promises: &Promises) -> impl Iterator<Item = (u32, &Promise)> {
    let all = promises.parts.iter().flat_map(|part| &part.promises);
    all.filter_map(|promise| match promise.key {
        Key::Threat(number) => Some((number, promise)),
        Key::Row(..) => None,
    })
}

fn cell(text: &str) -> String {
    text.trim().replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "[[part]]\ntitle = \"x\"\npromises = [\n    { id = \"A1\", text = \"one\" },\n    { id = \"T2\", text = \"two\" },\n]\n";
    const PAGE: &str =
        "before\n<!-- threats: written by x -->\nold\n<!-- threats: end -->\nafter\n";

    fn rendered(page: &str, answers: &str) -> Result<String> {
        let mut evidence = Evidence::default();
        evidence.add("tests/a.move", "t2_fails");
        render(page, answers, &Promises::parse(LIST)?, &evidence)
    }

    #[test]
    fn the_table_replaces_what_stands_between_its_lines() -> Result<()> {
        let page = rendered(PAGE, "T2 = \"a | b\"")?;
        assert_eq!(
            page,
            "before\n<!-- threats: written by x -->\n\n| | attack | what holds | tests |\n| --- | --- | --- | --- |\n\
             | 2 | two | a \\| b | [tests/a.move](../tests/a.move): `t2_fails` |\n\n<!-- threats: end -->\nafter\n"
        );
        assert_eq!(rendered(&page, "T2 = \"a | b\"")?, page);
        Ok(())
    }

    #[test]
    fn answers_and_attacks_belong_together() {
        let message = |page: &str, answers: &str| {
            let error = rendered(page, answers).err();
            error.map(|error| error.to_string()).unwrap_or_default()
        };
        assert_eq!(message(PAGE, ""), "T2 has no answer");
        assert_eq!(
            message(PAGE, "T2 = \"x\"\nT3 = \"y\""),
            "T3 answers an attack that is not on the list"
        );
        assert_eq!(message("none", "T2 = \"x\""), "no place for the table");
    }
}
