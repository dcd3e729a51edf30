//! The second machine: the real Move VM in a package for Python, `sui-sandbox`. It is trusted for what instructions do, for the
//! bytes of results, for codes and places of failures, and for ids; not for gas or the rules of transactions.

use std::{
    io::Write,
    path::PathBuf,
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use super::{
    ADDRESS, SHARED,
    program::{Program, TESTS},
    random::Random,
    report::Side,
};
use crate::{
    conform::{self, Call, Machine, Outcome, hexadecimal},
    second_vm,
};

const SCRIPT: &str = include_str!("second_vm.py");

/// Its Python.
#[derive(Debug)]
pub(super) struct SecondMachine {
    python: PathBuf,
}

#[derive(Serialize)]
struct Ask {
    module: String,
    function: String,
    /// The transaction in which it is to make objects.
    digest: Option<String>,
}

/// How a call ended, there and here.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Answer {
    /// The bytes of its results, in hexadecimal; and the ids of the dynamic fields it left, if it was asked to make objects.
    Values {
        values: Vec<String>,
        fields: Option<Vec<String>>,
    },
    Failed {
        status: String,
        code: Option<u64>,
        /// The module, if it is known.
        module: Option<String>,
        /// The function and instruction, if the module is one of the package: the framework there is an older one.
        place: Option<(u16, u16)>,
    },
    Unreadable(String),
}

impl SecondMachine {
    /// Installs it, unless it is there.
    ///
    /// # Errors
    /// There is no Python that it can be installed for, or the registry is out of reach.
    pub(super) fn install() -> Result<Self> {
        let python = second_vm::python().context(
            "the second machine cannot be had; --no-second compares with the official one alone",
        )?;
        Ok(Self { python })
    }

    /// Runs these programs in both.
    ///
    /// # Errors
    /// One of the machines does not run.
    pub(super) fn compare(
        &self,
        machine: &Machine,
        bytecode: &conform::Program,
        programs: &[Program],
        side: &mut Side,
    ) -> Result<()> {
        let asks: Vec<Ask> = programs.iter().map(ask).collect();
        let theirs = self.ask(bytecode, &asks)?;
        // It does not choose the transaction that it returns values from, but its digest is the first of them. Fields are those
        // of the transaction that was asked for.
        let mut calls = Vec::new();
        for (ask, theirs) in asks.iter().zip(&theirs) {
            let call = bytecode.function(&ask.module, &ask.function);
            match (&ask.digest, theirs) {
                (None, _) => calls.push(call),
                (Some(digest), theirs) => {
                    calls.push(
                        call.clone()
                            .in_transaction(theirs.digest().unwrap_or(digest)),
                    );
                    calls.push(call.in_transaction(digest));
                }
            }
        }
        let mut ours = run(machine, bytecode, &calls)?.into_iter();
        for (ask, theirs) in asks.iter().zip(theirs) {
            let silent = || Answer::Unreadable("our machine does not answer".to_owned());
            let mut answer = ours.next().unwrap_or_else(silent);
            if ask.digest.is_some() {
                let second = ours.next().unwrap_or_else(silent);
                answer = answer.with_fields_of(second);
            }
            side.judge(ask, theirs.within_fields_of(&answer), answer);
        }
        Ok(())
    }

    fn ask(&self, bytecode: &conform::Program, asks: &[Ask]) -> Result<Vec<Answer>> {
        let modules = bytecode.own_modules();
        let request = serde_json::to_vec(&serde_json::json!({
            "address": format!("0x{}", hexadecimal(&ADDRESS)),
            "shared": SHARED,
            "modules": modules.filter(|(name, _)| !name.ends_with(TESTS)).collect::<Vec<_>>(),
            "calls": asks,
        }))?;
        let mut child = Command::new(&self.python)
            .args(["-c", SCRIPT])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .context("the second machine does not start")?;
        if let Some(mut stdin) = child.stdin.take() {
            std::thread::spawn(move || drop(stdin.write_all(&request)));
        }
        let output = child.wait_with_output()?;
        let answers: Vec<Answer> = String::from_utf8_lossy(&output.stdout)
            .lines()
            .map(serde_json::from_str)
            .collect::<Result<_, _>>()
            .context("the second machine's answer is unreadable")?;
        if !output.status.success() || answers.len() != asks.len() {
            let words = String::from_utf8_lossy(&output.stderr);
            let last: Vec<&str> = words.lines().rev().take(5).collect();
            bail!(
                "the second machine ended after {} of {} calls: {}",
                answers.len(),
                asks.len(),
                last.into_iter().rev().collect::<Vec<_>>().join("\n")
            );
        }
        Ok(answers)
    }
}

impl Side {
    fn judge(&mut self, ask: &Ask, theirs: Answer, ours: Answer) {
        let Ask {
            module, function, ..
        } = ask;
        if let Answer::Unreadable(why) = theirs {
            self.excluded += 1;
            self.lines
                .push(format!("excluded: {module}::{function}: {why}"));
        } else if theirs == ours {
            self.agree += 1;
            if let (Answer::Values { .. }, Some(returned)) = (&theirs, &mut self.returned) {
                *returned += 1;
            }
        } else {
            self.disagree += 1;
            self.lines.push(format!(
                "disagree: {module}::{function}: second: {theirs:?}; ours: {ours:?}"
            ));
        }
    }
}

impl Answer {
    /// The digest of the transaction, which a program that makes objects returns first: 32 bytes after their number.
    fn digest(&self) -> Option<&str> {
        match self {
            Self::Values { values, .. } => values.first()?.strip_prefix("20"),
            _ => None,
        }
    }

    /// This without the fields that another has not. What the second machine tells as created may be more: the ids of objects, and
    /// fields that were only asked for. So each field of ours has to be one of its own, while those that are there are in the results.
    fn within_fields_of(mut self, other: &Self) -> Self {
        if let (
            Self::Values {
                fields: Some(fields),
                ..
            },
            Self::Values {
                fields: Some(others),
                ..
            },
        ) = (&mut self, other)
        {
            fields.retain(|id| others.contains(id));
        }
        self
    }

    /// This with the fields of another, if both returned.
    fn with_fields_of(self, other: Self) -> Self {
        match (self, other) {
            (Self::Values { values, .. }, Self::Values { fields, .. }) => {
                Self::Values { values, fields }
            }
            (first, second) if first == second => first,
            (first, second) => {
                Self::Unreadable(format!("it ends in two ways: {first:?}, {second:?}"))
            }
        }
    }
}

fn ask(program: &Program) -> Ask {
    let digest = program.makes_objects.then(|| {
        let mut random = Random::new(program.index, 0);
        let words = (0..4).flat_map(|_| random.next().to_le_bytes());
        hexadecimal(&words.collect::<Vec<u8>>())
    });
    Ask {
        module: program.module(),
        function: program.name(),
        digest,
    }
}

/// What becomes of these calls here, in the second machine's words.
fn run(machine: &Machine, bytecode: &conform::Program, calls: &[Call]) -> Result<Vec<Answer>> {
    let outcomes = machine.run(&bytecode.modules, calls)?.into_iter();
    let own = |module: &str| bytecode.own_modules().any(|(name, _)| name == module);
    let answers = outcomes.zip(calls).map(|(outcome, call)| match outcome {
        Outcome::Passed { values, fields } => Answer::Values {
            values,
            fields: call.is_in_transaction().then_some(fields),
        },
        Outcome::Failed {
            failure,
            module,
            place,
            ..
        } => Answer::Failed {
            status: failure.status().to_owned(),
            code: place.as_ref().and_then(|place| place.code),
            place: place
                .filter(|_| module.as_deref().is_some_and(own))
                .map(|place| (place.function, place.instruction)),
            module,
        },
        other => Answer::Unreadable(other.to_string()),
    });
    Ok(answers.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(value: &str, fields: &[&str]) -> Answer {
        Answer::Values {
            values: vec![value.to_owned()],
            fields: Some(fields.iter().map(|&id| id.to_owned()).collect()),
        }
    }

    /// The verdict on two answers, as the counts of agreement, disagreement and exclusion.
    fn judged(theirs: Answer, ours: Answer) -> (u64, u64, u64) {
        let ask = Ask {
            module: "m".into(),
            function: "f".into(),
            digest: None,
        };
        let mut side = Side::default();
        let theirs = theirs.within_fields_of(&ours);
        side.judge(&ask, theirs, ours);
        assert_eq!(side.lines.len() as u64, side.disagree + side.excluded);
        (side.agree, side.disagree, side.excluded)
    }

    #[test]
    fn answers_agree_in_values_fields_and_places() {
        let theirs = || values("2001", &["0x1", "0x2"]);
        assert_eq!(judged(theirs(), values("2001", &["0x1", "0x2"])), (1, 0, 0));
        // It tells more than it made, so only what is missing there is wrong.
        assert_eq!(judged(theirs(), values("2001", &["0x2"])), (1, 0, 0));
        assert_eq!(judged(theirs(), values("2001", &["0x3"])), (0, 1, 0));
        assert_eq!(judged(theirs(), values("2002", &["0x1", "0x2"])), (0, 1, 0));
        let failed = |place| Answer::Failed {
            status: "ABORTED".into(),
            code: Some(7),
            module: Some("m".into()),
            place: Some((1, place)),
        };
        assert_eq!(judged(failed(2), failed(2)), (1, 0, 0));
        assert_eq!(judged(failed(2), failed(3)), (0, 1, 0));
        let silent = || Answer::Unreadable("it says nothing".into());
        assert_eq!(judged(silent(), failed(2)), (0, 0, 1));
        // What we do not answer is no excuse, and no agreement.
        assert_eq!(judged(failed(2), silent()), (0, 1, 0));
    }

    #[test]
    fn the_digest_is_the_first_result() {
        let digest = "ab".repeat(32);
        assert_eq!(
            values(&format!("20{digest}"), &[]).digest(),
            Some(digest.as_str())
        );
        assert_eq!(Answer::Unreadable(String::new()).digest(), None);
    }
}
