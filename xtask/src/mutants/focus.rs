//! Which test files to try first: those that are likely to catch a mutant. Only they are compiled and run then, and
//! the whole suite decides when they let it through.

use std::collections::{BTreeMap, BTreeSet};

use super::find::Mutant;
use crate::move_source::{LexError, Role, Source};

/// How many files to try first.
const FIRST: usize = 2;

#[derive(Debug)]
pub(crate) struct Focus {
    /// Every file with tests: its modules, and how often it names each word.
    files: BTreeMap<String, TestFile>,
    /// What has caught mutants of a function (its module and name), and of a module (no name).
    caught: BTreeMap<(String, String), Vec<String>>,
}

#[derive(Debug)]
struct TestFile {
    modules: BTreeSet<String>,
    words: BTreeMap<String, usize>,
}

impl Focus {
    pub(crate) fn new(files: &BTreeMap<String, String>) -> Result<Self, LexError> {
        let mut found = BTreeMap::new();
        for (path, text) in files.iter().filter(|(path, _)| path.starts_with("tests/")) {
            let source = Source::read(text)?;
            let modules = source.modules();
            let has_tests = |role| {
                modules
                    .iter()
                    .flat_map(|module| &module.functions)
                    .any(|function| function.role == role)
            };
            if !has_tests(Role::Test) {
                continue;
            }
            let mut words = BTreeMap::new();
            for at in 0..source.tokens.len() {
                *words.entry(source.at(at).to_owned()).or_insert(0) += 1;
            }
            let modules = modules.into_iter().map(|module| module.name).collect();
            found.insert(path.clone(), TestFile { modules, words });
        }
        Ok(Self {
            files: found,
            caught: BTreeMap::new(),
        })
    }

    /// The files to leave out at first; none when that would leave nothing out, or nothing in.
    pub(crate) fn without(&self, mutant: &Mutant) -> Vec<String> {
        let first = self.first(mutant);
        if first.is_empty() || first.len() == self.files.len() {
            return Vec::new();
        }
        let others = self.files.keys().filter(|file| !first.contains(file));
        others.cloned().collect()
    }

    fn first(&self, mutant: &Mutant) -> Vec<&String> {
        let of_function = self.caught.get(&key(mutant, &mutant.function));
        let of_module = self.caught.get(&key(mutant, ""));
        let learned = of_function.into_iter().chain(of_module).flatten();

        let mut by_words: Vec<&String> = self.files.keys().collect();
        by_words.sort_by_key(|file| std::cmp::Reverse(self.mentions(file, mutant)));

        let mut first: Vec<&String> = Vec::new();
        for file in learned.chain(by_words) {
            if first.len() < FIRST && !first.contains(&file) {
                first.push(file);
            }
        }
        first
    }

    fn mentions(&self, file: &str, mutant: &Mutant) -> (usize, usize) {
        let count = |word: &str| {
            self.files
                .get(file)
                .and_then(|file| file.words.get(word).copied())
                .unwrap_or(0)
        };
        (count(&mutant.function), count(&mutant.module))
    }

    /// Remembers which tests have caught a mutant.
    pub(crate) fn learn(&mut self, mutant: &Mutant, tests: &[String]) {
        // As the runner prints them: `package::module::function`.
        let modules: BTreeSet<&str> = tests
            .iter()
            .filter_map(|test| test.rsplit("::").nth(1))
            .collect();
        let mut caught: Vec<&String> = Vec::new();
        for (path, file) in &self.files {
            if file
                .modules
                .iter()
                .any(|module| modules.contains(module.as_str()))
            {
                caught.push(path);
            }
        }
        // Many files together catch what breaks everything, which says nothing about where to look.
        if caught.is_empty() || caught.len() > FIRST * 2 {
            return;
        }
        for key in [key(mutant, &mutant.function), key(mutant, "")] {
            let known = self.caught.entry(key).or_default();
            known.retain(|file| !caught.contains(&file));
            known.splice(..0, caught.iter().map(|file| (*file).clone()));
        }
    }
}

fn key(mutant: &Mutant, function: &str) -> (String, String) {
    (mutant.module.clone(), function.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mutants::find;

    fn focus() -> Result<(Focus, Mutant), Box<dyn std::error::Error>> {
        let test = |name: &str, body: &str| {
            (
                format!("tests/{name}.move"),
                format!("module p::{name};\n#[test]\nfun t() {{ {body} }}\n"),
            )
        };
        let files = [
            test("one", ""),
            test("two", "b::g()"),
            test("three", "b::guard()"),
            test("four", ""),
            (
                "tests/fixture.move".to_owned(),
                "#[test_only]\nmodule p::fixture;\nfun guard() {}\n".to_owned(),
            ),
        ];
        let found = find::mutants(
            "sources/b.move",
            "module p::b;\nfun guard() { assert!(x); }\n",
        )?;
        let mutant = found.into_iter().next().ok_or("no mutant")?;
        Ok((Focus::new(&files.into())?, mutant))
    }

    #[test]
    fn files_that_name_the_function_come_first() -> Result<(), Box<dyn std::error::Error>> {
        let (focus, mutant) = focus()?;
        assert_eq!(focus.first(&mutant), ["tests/three.move", "tests/two.move"]);
        // Files without tests are never left out: others use them.
        assert_eq!(
            focus.without(&mutant),
            ["tests/four.move", "tests/one.move"]
        );
        Ok(())
    }

    #[test]
    fn files_that_caught_something_come_before_them() -> Result<(), Box<dyn std::error::Error>> {
        let (mut focus, mutant) = focus()?;
        focus.learn(&mutant, &["p::four::t".to_owned()]);
        assert_eq!(
            focus.first(&mutant),
            ["tests/four.move", "tests/three.move"]
        );
        Ok(())
    }
}
