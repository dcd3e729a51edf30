//! Programs, and the modules they are in.

use std::collections::BTreeMap;

use super::{objects, random::Random, statement};

/// Programs in one module.
const IN_A_MODULE: u64 = 25;
/// One in so many programs makes objects.
const OBJECTS_EVERY: u64 = 4;
/// What the name of a module of tests ends with.
pub(super) const TESTS: &str = "_tests";

/// What every module begins with, so that each has instructions on types of its own and on types with parameters. `yes` hides what
/// a condition is from the compiler, which would leave out what is never reached.
const PRELUDE: &str = include_str!("prelude.move");

/// A module that all others call. The first four are there to be made into instructions that the compiler does not write.
const SHARED: &str = include_str!("shared.move");

/// A generated function.
#[derive(Clone, Debug)]
pub(super) struct Program {
    pub(super) index: u64,
    /// Whether it makes objects, and so takes the context of a transaction.
    pub(super) makes_objects: bool,
    text: String,
}

impl Program {
    /// One of the programs of a run.
    pub(super) fn generate(seed: u64, index: u64) -> Self {
        let mut random = Random::new(seed, index);
        let makes_objects = index % OBJECTS_EVERY == OBJECTS_EVERY - 1;
        let text = match makes_objects {
            true => objects::function(&mut random, index),
            false => statement::function(&mut random, index),
        };
        Self {
            index,
            makes_objects,
            text,
        }
    }

    /// One that somebody wrote.
    #[cfg(test)]
    pub(super) fn written(index: u64, text: String) -> Self {
        Self {
            index,
            makes_objects: false,
            text,
        }
    }

    /// The module that it is in.
    pub(super) fn module(&self) -> String {
        format!("m{}", self.index / IN_A_MODULE)
    }

    /// The function that it is.
    pub(super) fn name(&self) -> String {
        format!("p{}", self.index)
    }

    /// A test that aborts with a hash of what it returns.
    fn test(&self) -> String {
        let Self { index, .. } = self;
        let module = self.module();
        match self.makes_objects {
            true => format!(
                "#[test] fun t{index}() {{\n    \
                 let mut ctx = tx_context::dummy();\n    \
                 let (mut out, more, thing) = {module}::p{index}(&mut ctx);\n    \
                 out.append(more); out.append(std::bcs::to_bytes(&thing));\n    \
                 transfer::public_transfer(thing, @0x1);\n    abort hash(out)\n}}\n"
            ),
            false => format!("#[test] fun t{index}() {{ abort hash({module}::p{index}()) }}\n"),
        }
    }
}

/// The modules of the package `generated` with these programs, by name. Tests are in modules of their own, which a machine that has
/// no framework with test code can do without.
pub(super) fn modules(programs: &[Program]) -> BTreeMap<String, String> {
    let mut modules = BTreeMap::from([("shared".to_owned(), SHARED.to_owned())]);
    for program in programs {
        let name = program.module();
        let text = modules
            .entry(name.clone())
            .or_insert_with(|| format!("#[allow(all)]\nmodule generated::{name};\n\n{PRELUDE}\n"));
        text.push_str(&program.text);
        let tests = modules.entry(format!("{name}{TESTS}")).or_insert_with(|| {
            format!(
                "#[test_only, allow(all)]\nmodule generated::{name}{TESTS};\n\n\
                 use generated::{name};\nuse generated::shared::hash;\n\n"
            )
        });
        tests.push_str(&program.test());
    }
    modules
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_follows_from_its_seed_and_number_alone() {
        let text = |seed, index| Program::generate(seed, index).text;
        assert_eq!(text(1, 5), text(1, 5));
        assert_ne!(text(1, 5), text(2, 5));
        // But for its name.
        assert_ne!(text(1, 5).replace('5', "6"), text(1, 6));
        assert!(Program::generate(1, 3).makes_objects && text(1, 3).contains("object::new(ctx)"));
    }

    #[test]
    fn tests_are_apart_from_what_they_test() {
        let programs: Vec<Program> = (24..26).map(|index| Program::generate(1, index)).collect();
        let modules = modules(&programs);
        let names: Vec<&str> = modules.keys().map(String::as_str).collect();
        assert_eq!(names, ["m0", "m0_tests", "m1", "m1_tests", "shared"]);
        assert!(modules["m0"].contains("fun p24(") && !modules["m0"].contains("#[test]"));
        assert!(modules["m1_tests"].contains("fun t25()"));
    }
}
