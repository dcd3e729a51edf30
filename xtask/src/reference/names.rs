//! What comments refer to: errors and functions, by name.

use std::collections::{BTreeMap, BTreeSet};

use super::items::Module;

/// Every error and function that has a place on a page, and the references that lead nowhere.
#[derive(Debug)]
pub(super) struct Names {
    modules: BTreeMap<String, Known>,
    complaints: Vec<String>,
}

#[derive(Debug)]
struct Known {
    errors: BTreeSet<String>,
    /// With the anchor of each.
    functions: BTreeMap<String, String>,
}

impl Names {
    pub(super) fn of(modules: &[Module]) -> Self {
        let known = |module: &Module| Known {
            errors: module.errors.iter().map(|e| e.name.clone()).collect(),
            functions: module
                .functions
                .iter()
                .map(|function| (function.name.clone(), anchor(module, &function.name)))
                .collect(),
        };
        Self {
            modules: modules
                .iter()
                .map(|module| (module.name.clone(), known(module)))
                .collect(),
            complaints: Vec::new(),
        }
    }

    pub(super) fn complaints(&self) -> &[String] {
        &self.complaints
    }

    /// The comment with a link at each name of an error, at each `module::function`, and at a plain function name where
    /// a line says that a call aborts or an event is emitted as or by it.
    pub(super) fn link(&mut self, docs: &str, module: &str) -> String {
        let lines: Vec<String> = docs
            .lines()
            .map(|line| self.link_line(line, module))
            .collect();
        lines.join("\n")
    }

    fn link_line(&mut self, line: &str, module: &str) -> String {
        let plain_functions = line.starts_with("- As ") || line.starts_with("Emitted by ");
        let mut linked = String::new();
        for (index, part) in line.split('`').enumerate() {
            if index % 2 == 0 {
                linked.push_str(part);
                continue;
            }
            let code = format!("`{part}`");
            match self.target(part, module, plain_functions) {
                Some(target) => linked.push_str(&format!("[{code}]({target})")),
                None => linked.push_str(&code),
            }
        }
        linked
    }

    fn target(&mut self, code: &str, here: &str, plain_functions: bool) -> Option<String> {
        let (module, name) = match code.split_once("::") {
            Some((module, name)) => (module, name),
            None => (here, code),
        };
        let page = if module == here {
            String::new()
        } else {
            format!("{module}.md")
        };
        let known = self.modules.get(module);
        if is_error_name(name) {
            if known.is_some_and(|known| known.errors.contains(name)) {
                return Some(format!("{page}#errors"));
            }
            self.complaints.push(format!(
                "a comment of `{here}` names `{code}`, which is no error"
            ));
            return None;
        }
        if module == here && !plain_functions {
            return None;
        }
        let anchor = known?.functions.get(name)?;
        Some(format!("{page}#{anchor}"))
    }
}

/// `EName`: the house style gives no other name this form.
fn is_error_name(name: &str) -> bool {
    let mut letters = name.chars();
    letters.next() == Some('E')
        && letters.next().is_some_and(|c| c.is_ascii_uppercase())
        && name.chars().all(|c| c.is_ascii_alphanumeric())
        && name.chars().any(|c| c.is_ascii_lowercase())
}

/// Of two headings that differ in case alone, the second gets a number; types come before functions.
fn anchor(module: &Module, function: &str) -> String {
    let is_taken = module
        .types
        .iter()
        .any(|item| item.name.to_ascii_lowercase() == function);
    format!("{function}{}", if is_taken { "-1" } else { "" })
}

#[cfg(test)]
mod tests {
    use anyhow::Result;

    use super::*;
    use crate::move_source::Source;

    fn names() -> Result<Names> {
        let one = "module p::one;\n#[error(code = 0)]\nconst EBad: vector<u8> = b\"\";\n\
            public struct Grant() has drop;\npublic fun grant() {}\n";
        let two = "module p::two;\npublic fun make() {}\n";
        Ok(Names::of(&[
            Module::read(&Source::read(one)?)?,
            Module::read(&Source::read(two)?)?,
        ]))
    }

    #[test]
    fn errors_and_functions_are_linked() -> Result<()> {
        let mut names = names()?;
        assert_eq!(
            names.link("- `EBad`, `two::make` if `bad`.", "one"),
            "- [`EBad`](#errors), [`two::make`](two.md#make) if `bad`."
        );
        assert_eq!(
            names.link("See `one::grant`.\n- As `make` does: `one::EBad`.", "two"),
            "See [`one::grant`](one.md#grant-1).\n- As [`make`](#make) does: [`one::EBad`](one.md#errors)."
        );
        assert_eq!(
            names.link("`make` and `D`, `EX`", "two"),
            "`make` and `D`, `EX`"
        );
        assert!(names.complaints().is_empty());
        Ok(())
    }

    #[test]
    fn an_error_that_does_not_exist_is_a_problem() -> Result<()> {
        let mut names = names()?;
        names.link("- `EGone`, `two::EBad` if so.", "one");
        assert_eq!(
            names.complaints(),
            [
                "a comment of `one` names `EGone`, which is no error",
                "a comment of `one` names `two::EBad`, which is no error"
            ]
        );
        Ok(())
    }
}
