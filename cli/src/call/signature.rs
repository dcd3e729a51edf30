//! What a function takes, as the node tells.

use std::time::Duration;

use sui_rpc::{
    Client,
    proto::sui::rpc::v2::{
        GetFunctionRequest, OpenSignature, OpenSignatureBody, open_signature, open_signature_body,
    },
};
use sui_sdk_types::Address;
use valet_client::Valet;

use super::value::Kind;
use crate::problem::{self, Problem};

const TIMEOUT: Duration = Duration::from_secs(10);

/// A parameter, and who fills it in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Parameter {
    Dapp,
    DappStorage,
    Hub,
    Clock,
    Storage {
        is_mutable: bool,
    },
    /// Any other object: its type's name.
    Object {
        name: String,
        is_mutable: bool,
    },
    Value(Kind),
}

impl Parameter {
    /// What a person has to give for it.
    pub(super) fn asked(&self) -> Option<String> {
        match self {
            Self::Object { name, .. } => Some(format!("the id of a {name}")),
            Self::Value(kind) => Some(kind.name()),
            _ => None,
        }
    }
}

/// Asks the node what a function of the dApp takes; the transaction's context is left out.
pub(super) async fn read(
    valet: &Valet,
    module: &str,
    function: &str,
) -> Result<Vec<Parameter>, Problem> {
    let deployment = valet.deployment();
    let url = valet.network().url();
    let client = Client::new(url).map_err(|status| Problem::usage(status.message().to_owned()))?;
    let mut request = GetFunctionRequest::default();
    request.package_id = Some(deployment.dapp_package.to_string());
    request.module_name = Some(module.to_owned());
    request.name = Some(function.to_owned());
    let mut client = client;
    let mut packages = client.package_client();
    let answer = tokio::time::timeout(TIMEOUT, packages.get_function(request))
        .await
        .map_err(|_| {
            Problem::new(
                problem::Kind::Unreachable,
                format!("{url} did not answer in time"),
            )
        })?
        .map_err(|status| {
            Problem::usage(format!(
                "there is no function {module}::{function} in the dApp's package: {}",
                status.message()
            ))
            .with_remedy("check its name")
        })?;
    let parameters = answer
        .into_inner()
        .function
        .map(|function| function.parameters)
        .unwrap_or_default();
    let mut known = Vec::new();
    for parameter in &parameters {
        if let Some(parameter) = parameter_of(parameter, deployment.valet_types)? {
            known.push(parameter);
        }
    }
    Ok(known)
}

/// A parameter; `None` for the transaction's context.
fn parameter_of(signature: &OpenSignature, valet: Address) -> Result<Option<Parameter>, Problem> {
    let unknown = || {
        Problem::failed("the node describes a parameter in a way that this program does not know")
    };
    let body = signature.body.as_ref().ok_or_else(unknown)?;
    let is_mutable = signature.reference() == open_signature::Reference::Mutable;
    if body.r#type() != open_signature_body::Type::Datatype {
        return kind_of(body)
            .map(|kind| Some(Parameter::Value(kind)))
            .ok_or_else(unknown);
    }
    let (package, module, name) = name_of(body).ok_or_else(unknown)?;
    let sui = Address::TWO;
    Ok(Some(match (module.as_str(), name.as_str()) {
        ("tx_context", "TxContext") if package == sui => return Ok(None),
        ("clock", "Clock") if package == sui => Parameter::Clock,
        ("dapp", "Dapp") if package == valet => Parameter::Dapp,
        ("dapp_storage", "DappStorage") if package == valet => Parameter::DappStorage,
        ("dapp_hub", "DappHub") if package == valet => Parameter::Hub,
        ("user_storage", "UserStorage") if package == valet => Parameter::Storage { is_mutable },
        _ => match kind_of(body) {
            Some(kind) => Parameter::Value(kind),
            None => Parameter::Object {
                name: format!("{module}::{name}"),
                is_mutable,
            },
        },
    }))
}

/// The kind of a type that is passed as a value.
fn kind_of(body: &OpenSignatureBody) -> Option<Kind> {
    use open_signature_body::Type;
    let inner = || kind_of(body.type_parameter_instantiation.first()?).map(Box::new);
    Some(match body.r#type() {
        Type::Bool => Kind::Bool,
        Type::U8 => Kind::Number(1),
        Type::U16 => Kind::Number(2),
        Type::U32 => Kind::Number(4),
        Type::U64 => Kind::Number(8),
        Type::U128 => Kind::Number(16),
        Type::U256 => Kind::Number(32),
        Type::Address => Kind::Address,
        Type::Vector => Kind::Vector(inner()?),
        Type::Datatype => {
            let (package, module, name) = name_of(body)?;
            match (module.as_str(), name.as_str()) {
                ("string" | "ascii", "String") if package == Address::from_static("0x1") => {
                    Kind::Text
                }
                ("option", "Option") if package == Address::from_static("0x1") => {
                    Kind::Option(inner()?)
                }
                ("object", "ID") if package == Address::TWO => Kind::Address,
                _ => return None,
            }
        }
        _ => return None,
    })
}

fn name_of(body: &OpenSignatureBody) -> Option<(Address, String, String)> {
    let mut parts = body.type_name().split("::");
    let package = parts.next()?.parse().ok()?;
    Some((package, parts.next()?.to_owned(), parts.next()?.to_owned()))
}
