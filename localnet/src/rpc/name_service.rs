//! `NameService`: names are checked, and none is registered.
//!
//! Names live in packages of mainnet and testnet that a local chain does not have.

use sui_rpc::proto::sui::rpc::v2::name_service_server::NameService;
use sui_rpc::proto::sui::rpc::v2::{
    LookupNameRequest, LookupNameResponse, ReverseLookupNameRequest, ReverseLookupNameResponse,
};
use sui_sdk_types::Address;
use tonic::{Request, Status};

use super::{Answer, fields, status};

/// Longest name, and longest part of one.
const MAX_NAME: usize = 235;
const MAX_LABEL: usize = 63;

/// The service. It needs no ledger: a fresh chain has no registry of names, and this one never gets one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Service;

#[tonic::async_trait]
impl NameService for Service {
    async fn lookup_name(&self, request: Request<LookupNameRequest>) -> Answer<LookupNameResponse> {
        let name: String = fields::required("name", request.into_inner().name.as_deref())?;
        let name = normalize(&name).ok_or_else(|| {
            status::invalid(
                "name",
                "write `name.sui` or `@name`, in letters, digits and inner hyphens",
            )
        })?;
        Err(status::not_found(format_args!(
            "name {name} not found: no names are registered on this chain"
        )))
    }

    async fn reverse_lookup_name(
        &self,
        request: Request<ReverseLookupNameRequest>,
    ) -> Answer<ReverseLookupNameResponse> {
        let address: Address =
            fields::required("address", request.into_inner().address.as_deref())?;
        Err(not_named(address))
    }
}

fn not_named(address: Address) -> Status {
    status::not_found(format_args!(
        "no name points to {address}: no names are registered on this chain"
    ))
}

/// A name with its ending, such as `app.team.sui`; none if it cannot be one.
fn normalize(name: &str) -> Option<String> {
    let name = name.to_ascii_lowercase();
    let name = match name.split_once('@') {
        None => name,
        Some(("", last)) => format!("{last}.sui"),
        Some((first, last)) => format!("{first}.{last}.sui"),
    };
    let labels: Vec<&str> = name.split('.').collect();
    let label = |label: &&str| {
        (1..=MAX_LABEL).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let valid = name.len() <= MAX_NAME
        && labels.len() >= 2
        && labels.last() == Some(&"sui")
        && labels.iter().all(label);
    valid.then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_to_write_a_name_are_one() {
        for (written, name) in [
            ("name.sui", Some("name.sui")),
            ("@name", Some("name.sui")),
            ("app@Name", Some("app.name.sui")),
            ("a.b.sui", Some("a.b.sui")),
            ("name", None),
            ("name.com", None),
            (".sui", None),
            ("-a.sui", None),
            ("a b.sui", None),
            ("@", None),
            ("a@b@c", None),
        ] {
            assert_eq!(normalize(written).as_deref(), name, "{written}");
        }
    }
}
