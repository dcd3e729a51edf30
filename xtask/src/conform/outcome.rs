//! How a test ended, in terms that both machines can be asked in, and whether they say the same.

use std::fmt;

use serde::Deserialize;

/// How a test ended in one of the machines.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum Outcome {
    Passed {
        /// What it returned, if anybody asks: BCS in hexadecimal.
        #[serde(default)]
        values: Vec<String>,
        /// The ids of the dynamic fields it left, if it ran in a transaction.
        #[serde(default)]
        fields: Vec<String>,
    },
    Failed {
        failure: Failure,
        /// The module it stopped in.
        module: Option<String>,
        /// The machine's own words.
        detail: String,
        /// Where exactly, if it says so.
        place: Option<Place>,
    },
    /// It called a native that our machine does not provide.
    Unsupported { native: String },
    /// It did not end.
    Endless,
    /// The machine itself broke.
    #[serde(skip)]
    Broke { detail: String },
}

/// An instruction of a function.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Place {
    pub(crate) function: u16,
    pub(crate) instruction: u16,
    /// The code of an abort as it is, or of a vector operation.
    pub(crate) code: Option<u64>,
}

/// Why a test was stopped.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Failure {
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

/// What the official runner says of an index that does not fit into the 32 bits of WebAssembly, instead of that it is out of range;
/// a node, which has 64, says that. It says it of nothing else that compiles.
const TOO_WIDE: &str = "UNKNOWN_INVARIANT_VIOLATION_ERROR";
/// Out of range, as the status of a vector operation.
const OUT_OF_RANGE: u64 = 1;

/// Compares the outcomes of one test.
pub(super) fn compare(official: &Outcome, ours: &Outcome) -> Verdict {
    match (official, ours) {
        (_, Outcome::Unsupported { native }) => Verdict::Excluded(format!(
            "it calls {native}, which the ledger does not provide"
        )),
        (Outcome::Broke { detail }, _) => {
            Verdict::Excluded(format!("the official runner broke: {detail}"))
        }
        (Outcome::Passed { .. }, Outcome::Passed { .. }) | (Outcome::Endless, Outcome::Endless) => {
            Verdict::Agree
        }
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
        ) if there == here && (theirs == ours || is_too_wide(theirs, ours)) => Verdict::Agree,
        _ => Verdict::Disagree,
    }
}

fn is_too_wide(official: &Failure, ours: &Failure) -> bool {
    *ours == Failure::Vector(OUT_OF_RANGE)
        && matches!(official, Failure::Status(name) if name == TOO_WIDE)
}

impl Outcome {
    /// That a test passed, which is all that the official runner says.
    pub(super) const PASSED: Self = Self::Passed {
        values: Vec::new(),
        fields: Vec::new(),
    };
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Passed { .. } => f.write_str("passed"),
            Self::Failed {
                failure,
                module,
                detail,
                ..
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

impl Failure {
    /// The name of the status it is, in the official machine.
    pub(crate) fn status(&self) -> &str {
        match self {
            Self::Code(_) | Self::Constant(_) | Self::Abort => "ABORTED",
            Self::Arithmetic => "ARITHMETIC_ERROR",
            Self::Vector(_) => "VECTOR_OPERATION_ERROR",
            Self::Status(name) => name,
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
            place: None,
        }
    }

    #[test]
    fn the_same_reason_in_the_same_module_agrees_and_nothing_else_does() {
        let outcomes = [
            Outcome::PASSED,
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
    fn an_index_of_more_than_32_bits_is_out_of_range_in_one_way_only() {
        let official = failed(Failure::Status(TOO_WIDE.into()), "a");
        let verdict = |ours: Failure, module: &str| compare(&official, &failed(ours, module));
        assert_eq!(verdict(Failure::Vector(1), "a"), Verdict::Agree);
        assert_eq!(verdict(Failure::Vector(1), "b"), Verdict::Disagree);
        assert_eq!(verdict(Failure::Vector(2), "a"), Verdict::Disagree);
        assert_eq!(verdict(Failure::Arithmetic, "a"), Verdict::Disagree);
        let ours = failed(Failure::Status(TOO_WIDE.into()), "a");
        assert_eq!(
            compare(&failed(Failure::Vector(1), "a"), &ours),
            Verdict::Disagree
        );
    }

    #[test]
    fn a_machine_that_breaks_is_never_agreement() {
        let broke = || Outcome::Broke {
            detail: "killed".into(),
        };
        assert_eq!(compare(&Outcome::PASSED, &broke()), Verdict::Disagree);
        assert!(matches!(
            compare(&broke(), &Outcome::PASSED),
            Verdict::Excluded(_)
        ));
        let native = Outcome::Unsupported {
            native: "0x2::vdf::f".into(),
        };
        assert!(matches!(
            compare(&Outcome::PASSED, &native),
            Verdict::Excluded(_)
        ));
    }
}
