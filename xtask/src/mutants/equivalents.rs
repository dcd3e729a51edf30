//! The changes that make no difference, each with the reason why: `mutants.toml` beside the package's `Move.toml`.

use std::{fs, path::Path};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use super::find::Mutant;

/// The file's name.
pub(crate) const FILE: &str = "mutants.toml";

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Equivalents {
    #[serde(default)]
    equivalent: Vec<Entry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    module: String,
    function: String,
    /// The line, or lines, as they are; white space does not count.
    before: String,
    /// And as they would become; empty for what is removed.
    after: String,
    /// Why no test can tell the difference.
    reason: String,
}

impl Equivalents {
    /// Reads the package's list; none if it has no such file.
    pub(crate) fn read(package: &Path) -> Result<Self> {
        let path = package.join(FILE);
        if !path.exists() {
            return Ok(Self::default());
        }
        let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        toml::from_str(&text).with_context(|| path.display().to_string())
    }

    /// The reason for each mutant that is on the list, in the order of `mutants`.
    ///
    /// # Errors
    /// An entry without a reason, or that does not stand for exactly one mutant.
    pub(crate) fn reasons<'a>(&'a self, mutants: &[Mutant]) -> Result<Vec<Option<&'a str>>> {
        let mut reasons = vec![None; mutants.len()];
        for entry in &self.equivalent {
            let name = format!(
                "{FILE}: the entry for `{}` in {}::{}",
                entry.before.trim(),
                entry.module,
                entry.function
            );
            if entry.reason.trim().is_empty() {
                bail!("{name} gives no reason");
            }
            let mut matching = mutants
                .iter()
                .zip(&mut reasons)
                .filter(|(mutant, _)| entry.matches(mutant));
            match (matching.next(), matching.next()) {
                (Some((_, reason)), None) => *reason = Some(entry.reason.as_str()),
                (None, _) => bail!("{name} matches no mutant; correct or remove it"),
                (Some(_), Some(_)) => {
                    bail!("{name} matches several mutants; split the lines so that they differ")
                }
            }
        }
        Ok(reasons)
    }
}

impl Entry {
    fn matches(&self, mutant: &Mutant) -> bool {
        self.module == mutant.module
            && self.function == mutant.function
            && same(&self.before, &mutant.before)
            && same(&self.after, &mutant.after)
    }
}

fn same(left: &str, right: &str) -> bool {
    left.split_whitespace().eq(right.split_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mutants::find;

    const SOURCE: &str = "module a::b;\nfun f() {\n    assert!(x <= y);\n    g();\n    g();\n}\n";

    fn reasons(list: &str) -> Result<Vec<Option<String>>> {
        let list: Equivalents = toml::from_str(list)?;
        let mutants = find::mutants("sources/b.move", SOURCE)?;
        let reasons = list.reasons(&mutants)?;
        Ok(reasons
            .into_iter()
            .map(|reason| reason.map(str::to_owned))
            .collect())
    }

    fn entry(before: &str, after: &str, reason: &str) -> String {
        format!(
            "[[equivalent]]\nmodule = \"b\"\nfunction = \"f\"\nbefore = \"{before}\"\nafter = \"{after}\"\nreason = \"{reason}\"\n"
        )
    }

    #[test]
    fn an_entry_stands_for_its_mutant() -> Result<()> {
        let found = reasons(&entry(
            "assert!(x  <= y);",
            "assert!(x < y);",
            "never equal",
        ))?;
        assert_eq!(found.iter().flatten().count(), 1);
        assert_eq!(reasons("")?.iter().flatten().count(), 0);
        Ok(())
    }

    #[test]
    fn an_entry_that_stands_for_nothing_or_too_much_is_an_error() {
        let message = |list: &str| {
            reasons(list)
                .err()
                .map(|error| error.to_string())
                .unwrap_or_default()
        };
        assert!(message(&entry("assert!(x < y);", "", "gone")).ends_with("correct or remove it"));
        assert!(message(&entry("g();", "", "twice")).contains("several mutants"));
        assert!(message(&entry("assert!(x <= y);", "", " ")).ends_with("gives no reason"));
    }
}
