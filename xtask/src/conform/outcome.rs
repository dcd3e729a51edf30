//! How a test ended, in terms that both machines can be asked in, and whether they say the same.

use std::fmt;

use serde::Deserialize;

/// How a test ended in one of the machines.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(super) enum Outcome {
    Passed,
    Failed {
        failure: Failure,
        /// The module it stopped in.
        module: Option<String>,
        /// The machine's own words.
        detail: String,
    },
    /// It called a native that our machine does not provide.
    Unsupported {
        native: String,
    },
    /// It did not end.
    Endless,
    /// The machine itself broke.
    #[serde(skip)]
    Broke {
        detail: String,
    },
}

/// Why a test was stopped.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Failure {
    Code(u64),
    Constant(String),
    Abort,
    Arithmetic,
    Vector(u64),
    Status(String),
}

/// What two outcomes amount to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Agree,
    Disagree,
    /// One of them says nothing about the other.
    Excluded(String),
}

/// Compares the outcomes of one test.
pub(super) fn compare(official: &Outcome, ours: &Outcome) -> Verdict {
    match (official, ours) {
        (_, Outcome::Unsupported { native }) => Verdict::Excluded(format!(
            "it calls {native}, which the ledger does not provide"
        )),
        (Outcome::Broke { detail }, _) => {
            Verdict::Excluded(format!("the official runner broke: {detail}"))
        }
        (Outcome::Passed, Outcome::Passed) | (Outcome::Endless, Outcome::Endless) => Verdict::Agree,
        (
            Outcome::Failed {
                failure: theirs,
                module: there,
                ..
            },
            Outcome::Failed {
                failure: ours,
                module: here,
                ..
            },
        ) if theirs == ours && there == here => Verdict::Agree,
        _ => Verdict::Disagree,
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Passed => f.write_str("passed"),
            Self::Failed {
                failure,
                module,
                detail,
            } => {
                write!(f, "{failure}")?;
                if let Some(module) = module {
                    write!(f, " in {module}")?;
                }
                match failure {
                    Failure::Status(_) => write!(f, " ({detail})"),
                    _ => Ok(()),
                }
            }
            Self::Unsupported { native } => write!(f, "called the unsupported native {native}"),
            Self::Endless => f.write_str("did not end"),
            Self::Broke { detail } => write!(f, "the machine broke: {detail}"),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => write!(f, "abort code {code}"),
            Self::Constant(name) => write!(f, "abort {name}"),
            Self::Abort => f.write_str("abort"),
            Self::Arithmetic => f.write_str("arithmetic error"),
            Self::Vector(status) => write!(f, "vector error {status}"),
            Self::Status(name) => f.write_str(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(failure: Failure, module: &str) -> Outcome {
        Outcome::Failed {
            failure,
            module: Some(module.to_owned()),
            detail: String::new(),
        }
    }

    #[test]
    fn the_same_reason_in_the_same_module_agrees_and_nothing_else_does() {
        let outcomes = [
            Outcome::Passed,
            Outcome::Endless,
            failed(Failure::Code(1), "a"),
            failed(Failure::Code(2), "a"),
            failed(Failure::Code(1), "b"),
            failed(Failure::Constant("E".into()), "a"),
            failed(Failure::Abort, "a"),
            failed(Failure::Arithmetic, "a"),
            failed(Failure::Vector(1), "a"),
            failed(Failure::Vector(2), "a"),
            failed(Failure::Status("CALL_STACK_OVERFLOW".into()), "a"),
        ];
        for (index, official) in outcomes.iter().enumerate() {
            for (other, ours) in outcomes.iter().enumerate() {
                let expected = match index == other {
                    true => Verdict::Agree,
                    false => Verdict::Disagree,
                };
                assert_eq!(compare(official, ours), expected, "{official} / {ours}");
            }
        }
    }

    #[test]
    fn a_machine_that_breaks_is_never_agreement() {
        let broke = || Outcome::Broke {
            detail: "killed".into(),
        };
        assert_eq!(compare(&Outcome::Passed, &broke()), Verdict::Disagree);
        assert!(matches!(
            compare(&broke(), &Outcome::Passed),
            Verdict::Excluded(_)
        ));
        let native = Outcome::Unsupported {
            native: "0x2::vdf::f".into(),
        };
        assert!(matches!(
            compare(&Outcome::Passed, &native),
            Verdict::Excluded(_)
        ));
    }
}
