//! What the official runner prints.

use std::collections::{BTreeMap, BTreeSet};

use super::Found;
use crate::conform::{
    outcome::{Failure, Outcome},
    rewrite::TestName,
};

const UNEXPECTED: &str = "Test was not expected to error, but it ";
const ROOTED: &str = " rooted here";

/// What became of each of these tests. None of them was expected to fail, so that every failure is told with its reason.
pub(super) fn read(output: &str, tests: &BTreeSet<TestName>, found: &mut Found) {
    let mut failures = failures(output);
    for line in output.lines() {
        let Some((verdict, name)) = verdict(line) else {
            continue;
        };
        let Some(test) = find(tests, name) else {
            found.strangers.insert(name.to_owned());
            continue;
        };
        let outcome = match verdict {
            "PASS" => Outcome::PASSED,
            "TIMEOUT" => Outcome::Endless,
            _ => match failures.remove(name) {
                Some(text) => failure(&text),
                None => unreadable("no reason is given"),
            },
        };
        found.outcomes.insert(test.clone(), outcome);
    }
}

/// `[ PASS    ] package::module::function`
fn verdict(line: &str) -> Option<(&str, &str)> {
    let (verdict, name) = line.strip_prefix("[ ")?.split_once(']')?;
    Some((verdict.trim(), name.trim()))
}

/// The test of this name. The runner calls an address by a name of its own choosing, so it decides only between modules of
/// the same name.
fn find<'a>(tests: &'a BTreeSet<TestName>, name: &str) -> Option<&'a TestName> {
    let (address, rest) = name.split_once("::")?;
    let (module, function) = rest.split_once("::")?;
    let candidates = || {
        let named = move |test: &&TestName| test.module == module && test.function == function;
        tests.iter().filter(named)
    };
    let exact = candidates().find(|test| test.address == address);
    exact.or_else(|| candidates().next())
}

/// The text about each failed test, by its full name.
fn failures(output: &str) -> BTreeMap<String, String> {
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    let mut module = "";
    let mut current: Option<String> = None;
    for line in output.lines() {
        if let Some(name) = line.strip_prefix("Failures in ") {
            module = name.trim_end().trim_end_matches(':');
        } else if let Some(title) = line.strip_prefix("┌── ") {
            let function = title.split_whitespace().next().unwrap_or_default();
            current = Some(format!("{module}::{function}"));
        } else if line.starts_with("└──") {
            current = None;
        } else if let Some(name) = &current {
            let text = found.entry(name.clone()).or_default();
            text.push_str(line.trim_start_matches('│'));
            text.push('\n');
        }
    }
    found
}

/// `it aborted with code 7 originating in the module a::b`, wherever it stands in the text.
fn failure(text: &str) -> Outcome {
    if text.contains("Test timed out") {
        return Outcome::Endless;
    }
    let clause = text
        .split_once(UNEXPECTED)
        .and_then(|(_, rest)| rest.split_once(ROOTED));
    let Some((clause, _)) = clause else {
        return unreadable(text.trim());
    };
    let (what, module) = match clause.split_once(" originating in the module ") {
        Some((what, module)) => (what, module.rsplit("::").next().map(str::to_owned)),
        None => (clause, None),
    };
    if what.starts_with("ran out of gas") {
        return Outcome::Endless;
    }
    match reason(what) {
        Some(failure) => Outcome::Failed {
            failure,
            module,
            detail: clause.to_owned(),
            place: None,
        },
        None => unreadable(clause),
    }
}

fn reason(what: &str) -> Option<Failure> {
    if what == "aborted" {
        return Some(Failure::Abort);
    }
    if let Some(code) = what.strip_prefix("aborted with code ") {
        return Some(Failure::Code(code.parse().ok()?));
    }
    if let Some(name) = what.strip_prefix("aborted with error constant ") {
        return Some(Failure::Constant(name.trim_matches('\'').to_owned()));
    }
    if what == "gave an arithmetic error" {
        return Some(Failure::Arithmetic);
    }
    if let Some(status) = what.strip_prefix("gave a vector operation error with sub-status ") {
        return Some(Failure::Vector(status.parse().ok()?));
    }
    let name = what
        .strip_prefix("gave a ")
        .or_else(|| what.strip_prefix("gave an "))?;
    let (name, _) = name.split_once(" (code ")?;
    Some(Failure::Status(name.to_owned()))
}

fn unreadable(text: &str) -> Outcome {
    Outcome::Broke {
        detail: format!("unreadable answer: {text}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(module: &str, function: &str) -> TestName {
        TestName {
            address: "p".into(),
            module: module.into(),
            function: function.into(),
        }
    }

    #[test]
    fn every_kind_of_outcome_is_read() {
        let output = "Running Move unit tests\n\
            [ PASS    ] p::m::good\n[ FAIL    ] p::m::code\n[ FAIL    ] p::n::code\n[ TIMEOUT ] p::m::long\n[ FAIL    ] p::m::odd\n[ PASS    ] p::m::strange\n\n\
            Test failures:\n\nFailures in p::m:\n\n\
            ┌── code ──────\n│ error[E11001]: test failure\n│    ┌─ sources/m.move:1:2\n\
            │ 12 │ fun f() { abort 7 }\n│    │           ^^^^^^^ Test was not expected to error, but it aborted with code 7 originating in the module sui::coin rooted here\n\
            │ \n│ stack trace\n└──────────────────\n\n\
            ┌── odd ──────\n│ nonsense\n└──────────────────\n\n\
            Failures in p::n:\n\n┌── code ──────\n\
            │    │ ^ Test was not expected to error, but it aborted with error constant 'ENo' originating in the module p::n rooted here\n└──────────────────\n\
            Test result: FAILED. Total tests: 5; passed: 1; failed: 4\n";
        let tests = BTreeSet::from([
            name("m", "good"),
            name("m", "code"),
            name("n", "code"),
            name("m", "long"),
            name("m", "odd"),
            name("m", "missing"),
        ]);
        let mut found = Found::default();
        read(output, &tests, &mut found);
        assert_eq!(
            found.strangers,
            BTreeSet::from(["p::m::strange".to_owned()])
        );
        let outcomes = found.outcomes;
        let told = |module: &str, function: &str| {
            outcomes
                .get(&name(module, function))
                .map(ToString::to_string)
        };
        assert_eq!(told("m", "good").as_deref(), Some("passed"));
        assert_eq!(told("m", "code").as_deref(), Some("abort code 7 in coin"));
        assert_eq!(told("n", "code").as_deref(), Some("abort ENo in n"));
        assert_eq!(told("m", "long").as_deref(), Some("did not end"));
        assert!(told("m", "odd").is_some_and(|text| text.contains("nonsense")));
        assert_eq!(told("m", "missing"), None);
    }

    #[test]
    fn reasons_are_told_apart() {
        assert_eq!(reason("aborted"), Some(Failure::Abort));
        assert_eq!(
            reason("gave an arithmetic error"),
            Some(Failure::Arithmetic)
        );
        assert_eq!(
            reason("gave a vector operation error with sub-status 2"),
            Some(Failure::Vector(2))
        );
        assert_eq!(
            reason("gave a CALL_STACK_OVERFLOW (code 4021) error"),
            Some(Failure::Status("CALL_STACK_OVERFLOW".into()))
        );
        assert_eq!(reason("exploded"), None);
    }
}
