//! Why a command did not do what it was told: in words, as JSON, and as an exit code.

mod remedy;

use std::{fmt, process::ExitCode};

use serde_json::{Map, Value, json};
use valet_client::{Error, Failure, SealError, VaultError};

/// What kind of thing went wrong: the `kind` of the JSON, and the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Valet refused: the transaction was executed and changed nothing.
    Refused,
    /// The dApp refused: the transaction was executed and changed nothing.
    Aborted,
    /// Anything else that has no kind of its own.
    Failed,
    /// The command line, or something that it names, cannot be used as it is.
    Usage,
    /// No node answers, or not in time.
    Unreachable,
    /// Another process uses the session's key file.
    Locked,
    /// The PIN does not open the session's key file.
    WrongPin,
    /// A transaction was sent, and its outcome is not known.
    Unconfirmed,
    /// Nobody agreed: the question was answered with no, or there was nobody to ask.
    Declined,
}

impl Kind {
    /// The name in JSON.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Aborted => "aborted",
            Self::Failed => "failed",
            Self::Usage => "usage",
            Self::Unreachable => "unreachable",
            Self::Locked => "locked",
            Self::WrongPin => "wrong_pin",
            Self::Unconfirmed => "unconfirmed",
            Self::Declined => "declined",
        }
    }

    /// The exit code, documented in `valet --help`.
    fn code(self) -> u8 {
        match self {
            Self::Refused | Self::Aborted | Self::Failed => 1,
            Self::Usage => 2,
            Self::Unreachable => 3,
            Self::Locked => 4,
            Self::WrongPin => 5,
            Self::Unconfirmed => 6,
            Self::Declined => 7,
        }
    }
}

/// What went wrong, and what to do about it.
#[derive(Debug)]
pub(crate) struct Problem {
    kind: Kind,
    message: String,
    /// Apart from the rest, so that a result that may hold a problem stays small.
    details: Box<Details>,
}

/// What a problem may come with.
#[derive(Debug, Default)]
struct Details {
    /// What to do.
    remedy: Option<String>,
    /// The Move error's name, such as `session::ESessionExpired`.
    code: Option<String>,
    /// The digest of the transaction that failed or is in doubt.
    transaction: Option<String>,
    gas: Option<i128>,
}

impl Problem {
    pub(crate) fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            details: Box::default(),
        }
    }

    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Kind::Usage, message)
    }

    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Self::new(Kind::Failed, message)
    }

    /// Says what to do.
    pub(crate) fn with_remedy(mut self, remedy: impl Into<String>) -> Self {
        self.details.remedy = Some(remedy.into());
        self
    }

    /// What happened.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.kind.code())
    }

    /// The JSON object that takes the place of a report.
    pub(crate) fn to_json(&self) -> Value {
        let mut error = Map::new();
        error.insert("kind".to_owned(), json!(self.kind.name()));
        error.insert("exit_code".to_owned(), json!(self.kind.code()));
        error.insert("message".to_owned(), json!(self.message));
        error.insert("remedy".to_owned(), json!(self.details.remedy));
        error.insert("code".to_owned(), json!(self.details.code));
        error.insert("transaction".to_owned(), json!(self.details.transaction));
        error.insert(
            "gas_mist".to_owned(),
            json!(self.details.gas.and_then(|gas| i64::try_from(gas).ok())),
        );
        json!({ "error": error })
    }

    fn of_failure(kind: Kind, message: String, failure: &Failure) -> Self {
        let receipt = failure.receipt();
        let mut problem = Self::new(kind, message);
        problem.details.transaction = Some(receipt.digest().to_string());
        problem.details.gas = Some(receipt.gas().net());
        problem
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}", self.message)?;
        if let Some(remedy) = &self.details.remedy {
            write!(f, "\n  what to do: {remedy}")?;
        }
        match (&self.details.transaction, self.details.gas) {
            (Some(digest), Some(gas)) => write!(
                f,
                "\n  transaction {digest} changed nothing and cost {} of gas",
                crate::units::sui_signed(gas)
            ),
            (Some(digest), None) => write!(f, "\n  transaction {digest}"),
            _ => Ok(()),
        }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let (message, remedy) = remedy::of(&error);
        let mut problem = match &error {
            Error::Refused { refusal, failure } => {
                let mut problem = Self::of_failure(Kind::Refused, message, failure);
                problem.details.code = Some(refusal.name().to_owned());
                problem
            }
            Error::Foreseen { refusal, .. } => {
                let mut problem = Self::new(Kind::Refused, message);
                problem.details.code = Some(refusal.name().to_owned());
                problem
            }
            Error::Aborted(failure) => {
                let mut problem = Self::of_failure(Kind::Aborted, message, failure);
                problem.details.code = failure.abort().and_then(|abort| {
                    abort
                        .name()
                        .map(|name| format!("{}::{name}", abort.module()))
                });
                problem
            }
            Error::Failed(failure) => Self::of_failure(Kind::Failed, message, failure),
            Error::Unconfirmed(pending) => {
                let mut problem = Self::new(Kind::Unconfirmed, message);
                problem.details.transaction = Some(pending.digest().to_string());
                problem
            }
            Error::InvalidUrl { .. } => Self::usage(message),
            Error::Vault(error) => match &**error {
                VaultError::InUse { .. } => Self::new(Kind::Locked, message),
                VaultError::Sealed {
                    reason: SealError::WrongPin,
                    ..
                } => Self::new(Kind::WrongPin, message),
                VaultError::Missing { .. } | VaultError::Exists { .. } => Self::usage(message),
                _ => Self::failed(message),
            },
            Error::Unreachable { .. } | Error::NotSui { .. } | Error::Timeout { .. } => {
                Self::new(Kind::Unreachable, message)
            }
            _ => Self::failed(message),
        };
        problem.details.remedy = remedy;
        problem
    }
}

impl From<std::io::Error> for Problem {
    fn from(error: std::io::Error) -> Self {
        Self::failed(error.to_string())
    }
}
