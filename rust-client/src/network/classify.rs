//! What a gRPC status says about a transaction.

use std::error::Error as _;

use tonic::{Code, Status};

use crate::Rejection;

/// What a failed submission means for the transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The connection was never made: the transaction did not leave.
    NeverSent,
    /// It may or may not have been executed.
    Ambiguous,
    /// It was refused before execution.
    Refused(Refusal),
}

/// Why it was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    Gas,
    Other(Rejection),
}

pub(super) fn verdict(status: &Status) -> Verdict {
    if never_connected(status) {
        return Verdict::NeverSent;
    }
    match status.code() {
        Code::InvalidArgument
        | Code::NotFound
        | Code::AlreadyExists
        | Code::PermissionDenied
        | Code::FailedPrecondition
        | Code::OutOfRange
        | Code::Unimplemented
        | Code::Unauthenticated => Verdict::Refused(refusal(status.message())),
        // Everything else can come from a node that had passed the transaction on.
        _ => Verdict::Ambiguous,
    }
}

/// Whether the transport failed before any byte of the request was sent.
pub(super) fn never_connected(status: &Status) -> bool {
    let mut source = status.source();
    while let Some(error) = source {
        if error.is::<tonic::ConnectError>() {
            return true;
        }
        source = error.source();
    }
    false
}

/// The innermost cause, which is the one that says something ("connection refused").
pub(super) fn root_cause(status: &Status) -> String {
    let mut cause = status.message().to_owned();
    let mut source = status.source();
    while let Some(error) = source {
        cause = error.to_string();
        source = error.source();
    }
    cause
}

/// Nodes give reasons as text only. What is not recognized stays [`Rejection::Other`], and the text is kept.
fn refusal(message: &str) -> Refusal {
    let text = message.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    if has(&[
        "reference gas price",
        "gas price under",
        "gas price too low",
    ]) {
        Refusal::Other(Rejection::GasPrice)
    } else if has(&[
        "insufficient",
        "balance too low",
        "balancetoolow",
        "lower than the needed",
        "not enough",
        "cannot cover",
        "are needed",
        "the budget is",
        "no valid gas coins",
    ]) && has(&["gas", "balance", "fund", "budget"])
    {
        Refusal::Gas
    } else if has(&["signature", "signer", "signed by"]) {
        Refusal::Other(Rejection::Signature)
    } else if has(&[
        "expired",
        "expiration",
        "valid during",
        "validduring",
        "not yet valid",
        "not valid yet",
    ]) {
        Refusal::Other(Rejection::Expired)
    } else if has(&["object", "version", "package"])
        && has(&[
            "not found",
            "notfound",
            "not available",
            "unavailable",
            "does not exist",
            "doesn't exist",
            "deleted",
            "mismatch",
            "the transaction names",
            "equivocat",
            "locked",
        ])
    {
        Refusal::Other(Rejection::Object)
    } else {
        Refusal::Other(Rejection::Other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(message: &str) -> Refusal {
        match verdict(&Status::invalid_argument(message)) {
            Verdict::Refused(refusal) => refusal,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn full_node_texts_are_recognized() {
        for (text, expected) in [
            (
                "Gas price 1 under reference gas price (RGP) 1000",
                Refusal::Other(Rejection::GasPrice),
            ),
            (
                "Balance of gas object 10 is lower than the needed amount: 100.",
                Refusal::Gas,
            ),
            ("Transaction expired", Refusal::Other(Rejection::Expired)),
            (
                "Signature is not valid: Fail to verify user sig",
                Refusal::Other(Rejection::Signature),
            ),
            (
                "Could not find the referenced object 0x7 as it is not available",
                Refusal::Other(Rejection::Object),
            ),
            ("Something new", Refusal::Other(Rejection::Other)),
        ] {
            assert_eq!(refused(text), expected, "{text}");
        }
    }

    #[test]
    fn the_embedded_ledgers_texts_are_recognized() {
        use sui_sdk_types::{Address, Digest};
        use valet_localnet::ledger::Rejection as Ledger;

        let (object, version) = (Address::TWO, Some(3));
        let other = Refusal::Other;
        for (rejection, expected) in [
            (
                Ledger::MissingSignature {
                    required: object,
                    signers: vec![],
                },
                other(Rejection::Signature),
            ),
            (
                Ledger::InvalidSignature {
                    reason: "bad".to_owned(),
                },
                other(Rejection::Signature),
            ),
            (
                Ledger::GasPriceTooLow {
                    price: 1,
                    minimum: 2,
                },
                other(Rejection::GasPrice),
            ),
            (
                Ledger::GasBalanceTooLow {
                    balance: 1,
                    budget: 2,
                },
                Refusal::Gas,
            ),
            (
                Ledger::NoGas {
                    owner: object,
                    needed: 2,
                    available: 1,
                },
                Refusal::Gas,
            ),
            (
                Ledger::ObjectNotFound { object, version },
                other(Rejection::Object),
            ),
            (
                Ledger::PackageNotFound { package: object },
                other(Rejection::Object),
            ),
            (
                Ledger::ObjectVersionMismatch {
                    object,
                    provided: 1,
                    current: 2,
                },
                other(Rejection::Object),
            ),
            (
                Ledger::ObjectDigestMismatch {
                    object,
                    provided: Digest::ZERO,
                    expected: Digest::ZERO,
                },
                other(Rejection::Object),
            ),
            (
                Ledger::Expired {
                    max_epoch: 1,
                    current: 2,
                },
                other(Rejection::Expired),
            ),
            (
                Ledger::NotYetValid {
                    min_epoch: 2,
                    current: 1,
                },
                other(Rejection::Expired),
            ),
            (
                Ledger::InsufficientAddressBalance {
                    owner: object,
                    coin_type: Box::new(sui_sdk_types::TypeTag::U8),
                    needed: 2,
                    available: 1,
                },
                Refusal::Gas,
            ),
            (Ledger::ReservedObject { object }, other(Rejection::Other)),
        ] {
            assert_eq!(refused(&rejection.to_string()), expected, "{rejection}");
        }
    }

    #[test]
    fn what_may_have_been_executed_is_never_called_refused() {
        for status in [
            Status::unavailable("x"),
            Status::deadline_exceeded("x"),
            Status::internal("x"),
            Status::unknown("x"),
            Status::cancelled("x"),
            Status::aborted("x"),
            Status::resource_exhausted("x"),
            Status::data_loss("x"),
        ] {
            assert_eq!(verdict(&status), Verdict::Ambiguous, "{status:?}");
        }
    }
}
