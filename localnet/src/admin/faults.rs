//! Faults over HTTP.

use std::time::Duration;

use axum::extract::{Json, State};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::requests::Body;
use super::{Admin, Answer, Refused};
use crate::faults::{Action, Calls, Code, Fault, FaultId, Status};

/// Most faults in force at once.
const MAX_FAULTS: usize = 1_000;

/// A fault as JSON: `{"method": "GetObject", "action": {"delay": {"ms": 50}}, "skip": 2, "times": 3}`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FaultBody {
    /// The method's name; every method if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    method: Option<String>,
    action: ActionBody,
    /// How many calls pass before.
    #[serde(default)]
    skip: u64,
    /// To how many calls it happens; to all if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    times: Option<u64>,
}

/// What happens: `"drop_response"`, `{"fail": {"code": "unavailable", "message": "not now"}}`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum ActionBody {
    Fail {
        code: String,
        #[serde(default)]
        message: String,
    },
    FailAfter {
        code: String,
        #[serde(default)]
        message: String,
    },
    Delay {
        ms: u64,
    },
    DropRequest,
    DropResponse,
    Duplicate,
    Stall,
    CutStream {
        after: u64,
    },
}

impl FaultBody {
    fn fault(self) -> Result<Fault, Refused> {
        let calls = match self.method {
            Some(method) => Calls::Of(method.parse().map_err(Refused::bad)?),
            None => Calls::All,
        };
        let action = match self.action {
            ActionBody::Fail { code, message } => Action::Fail(status(&code, message)?),
            ActionBody::FailAfter { code, message } => Action::FailAfter(status(&code, message)?),
            ActionBody::Delay { ms } => Action::Delay(Duration::from_millis(ms)),
            ActionBody::DropRequest => Action::DropRequest,
            ActionBody::DropResponse => Action::DropResponse,
            ActionBody::Duplicate => Action::Duplicate,
            ActionBody::Stall => Action::Stall,
            ActionBody::CutStream { after } => Action::CutStream { after },
        };
        let fault = Fault::new(calls, action).after(self.skip);
        Ok(match self.times {
            Some(times) => fault.times(times),
            None => fault,
        })
    }

    fn of(fault: &Fault) -> Self {
        let fail = |status: &Status| (code_name(status.code()), status.message().to_owned());
        Self {
            method: match fault.calls {
                Calls::Of(method) => Some(method.to_string()),
                Calls::All => None,
            },
            action: match &fault.action {
                Action::Fail(status) => {
                    let (code, message) = fail(status);
                    ActionBody::Fail { code, message }
                }
                Action::FailAfter(status) => {
                    let (code, message) = fail(status);
                    ActionBody::FailAfter { code, message }
                }
                Action::Delay(by) => ActionBody::Delay {
                    ms: u64::try_from(by.as_millis()).unwrap_or(u64::MAX),
                },
                Action::DropRequest => ActionBody::DropRequest,
                Action::DropResponse => ActionBody::DropResponse,
                Action::Duplicate => ActionBody::Duplicate,
                Action::Stall => ActionBody::Stall,
                Action::CutStream { after } => ActionBody::CutStream { after: *after },
            },
            skip: fault.skip,
            times: fault.times,
        }
    }
}

/// Every code, as gRPC's documents name it, in small letters.
const CODES: [(&str, Code); 16] = [
    ("cancelled", Code::Cancelled),
    ("unknown", Code::Unknown),
    ("invalid_argument", Code::InvalidArgument),
    ("deadline_exceeded", Code::DeadlineExceeded),
    ("not_found", Code::NotFound),
    ("already_exists", Code::AlreadyExists),
    ("permission_denied", Code::PermissionDenied),
    ("resource_exhausted", Code::ResourceExhausted),
    ("failed_precondition", Code::FailedPrecondition),
    ("aborted", Code::Aborted),
    ("out_of_range", Code::OutOfRange),
    ("unimplemented", Code::Unimplemented),
    ("internal", Code::Internal),
    ("unavailable", Code::Unavailable),
    ("data_loss", Code::DataLoss),
    ("unauthenticated", Code::Unauthenticated),
];

fn status(code: &str, message: String) -> Result<Status, Refused> {
    CODES
        .iter()
        .find(|(name, _)| *name == code)
        .map(|(_, code)| Status::new(*code, message))
        .ok_or_else(|| {
            let names = CODES.map(|(name, _)| name).join(", ");
            Refused::bad(format_args!(
                "there is no code {code:?}: use one of {names}"
            ))
        })
}

fn code_name(code: Code) -> String {
    CODES
        .iter()
        .find(|(_, other)| *other == code)
        .map_or("ok", |(name, _)| name)
        .to_owned()
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct IdBody {
    id: u64,
}

/// A request without anything to say.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Nothing {}

pub(super) async fn list(State(admin): State<Admin>) -> Answer {
    let faults: Vec<_> = admin
        .faults
        .active()
        .iter()
        .map(|report| {
            json!({
                "id": report.id.number(),
                "fault": FaultBody::of(&report.fault),
                "hits": report.hits,
            })
        })
        .collect();
    Ok(Json(
        json!({ "faults": faults, "stalled": admin.faults.stalled() }),
    ))
}

pub(super) async fn inject(State(admin): State<Admin>, request: Body<FaultBody>) -> Answer {
    let fault = request.read()?.fault()?;
    if admin.faults.active().len() >= MAX_FAULTS {
        return Err(Refused::bad(format_args!(
            "there are {MAX_FAULTS} faults: take some back first"
        )));
    }
    let id = admin.faults.inject(fault);
    Ok(Json(json!({ "id": id.number() })))
}

pub(super) async fn remove(State(admin): State<Admin>, request: Body<IdBody>) -> Answer {
    let id = FaultId::from_number(request.read()?.id);
    let removed = admin.faults.remove(id);
    Ok(Json(
        json!({ "removed": removed, "hits": admin.faults.hits(id) }),
    ))
}

pub(super) async fn clear(State(admin): State<Admin>, request: Body<Nothing>) -> Answer {
    request.read()?;
    admin.faults.clear();
    Ok(Json(json!({})))
}

pub(super) async fn release(State(admin): State<Admin>, request: Body<Nothing>) -> Answer {
    request.read()?;
    admin.faults.release();
    Ok(Json(json!({})))
}
