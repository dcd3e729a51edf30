//! Refusals as gRPC statuses: the fitting code, a message that says what to do, the offending field as details.

use std::fmt::Display;

use prost::Message;
use sui_rpc::proto::google::rpc::{self, BadRequest, bad_request::FieldViolation};
use sui_rpc::proto::sui::rpc::v2::ErrorReason;
use tonic::{Code, Status};

use crate::ledger::Rejection;

/// Most characters of a message. Statuses travel in headers, which clients and servers limit, and some messages quote what
/// a client sent.
const MAX_MESSAGE: usize = 1_000;

/// A required field is absent.
pub(super) fn missing(field: &str) -> Status {
    violation(
        FieldViolation::new(field).with_reason(ErrorReason::FieldMissing),
        format!("{field} is missing: set it"),
    )
}

/// A field has a value that cannot be used; `why` completes "{field}: ".
pub(super) fn invalid(field: &str, why: impl Display) -> Status {
    let description = brief(why);
    let message = format!("invalid {field}: {description}");
    violation(
        FieldViolation::new(field)
            .with_description(description)
            .with_reason(ErrorReason::FieldInvalid),
        message,
    )
}

/// What the request names does not exist.
pub(super) fn not_found(what: impl Display) -> Status {
    Status::not_found(brief(what))
}

/// The history that a stream was reading is no longer that of the ledger.
pub(super) fn reverted() -> Status {
    Status::aborted(
        "the ledger was reverted to an earlier checkpoint: what this stream sent may not have happened, read again",
    )
}

/// A defect of this server.
pub(super) fn internal(what: impl Display) -> Status {
    Status::internal(brief(format_args!(
        "internal error, please report it: {what}"
    )))
}

/// A transaction that was refused before it could have any effect.
///
/// Sui's node answers `InvalidArgument` for every defect of the transaction itself, whichever check finds it.
pub(super) fn rejected(rejection: &Rejection) -> Status {
    match rejection {
        Rejection::Internal { .. } => Status::internal(brief(rejection)),
        _ => Status::invalid_argument(brief(rejection)),
    }
}

/// The status as a message, for the entries of a batch that failed.
pub(super) fn to_proto(status: &Status) -> rpc::Status {
    if let Ok(message) = rpc::Status::decode(status.details())
        && message.code == i32::from(status.code())
    {
        return message;
    }
    rpc::Status {
        code: status.code().into(),
        message: status.message().to_owned(),
        ..Default::default()
    }
}

fn violation(violation: FieldViolation, message: String) -> Status {
    let code = Code::InvalidArgument;
    let details = rpc::Status {
        code: code.into(),
        message: message.clone(),
        // This fails only when the buffer cannot grow; the message alone still says everything.
        details: prost_types::Any::from_msg(&BadRequest::from(violation))
            .into_iter()
            .collect(),
    };
    Status::with_details(code, message, details.encode_to_vec().into())
}

/// The text, cut where it gets too long.
fn brief(text: impl Display) -> String {
    let mut text = text.to_string();
    if let Some((end, _)) = text.char_indices().nth(MAX_MESSAGE) {
        text.truncate(end);
        text.push('…');
    }
    text
}
