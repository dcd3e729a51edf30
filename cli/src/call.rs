//! `valet call`: plays one action, silently; and calls as words.

mod signature;
mod value;

use serde_json::json;
use sui_sdk_types::{Address, TypeTag};
use valet_client::{Call, Owner, Receipt, Valet, ptb::ObjectInput};

use crate::{
    context::{DappArguments, OwnerArguments},
    money::{transaction, transaction_line},
    output::{Output, Report},
    problem::Problem,
    vault::VaultArguments,
};
use signature::Parameter;

/// Play one action silently, signed by the session's key.
///
/// The dApp, the account's storage and the clock are filled in where the function takes them; give the other values in their
/// order: numbers, `true`, addresses, texts, object ids, `1,2,3` for vectors.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The function, such as `arena::step`.
    #[arg(value_name = "MODULE::FUNCTION")]
    function: String,

    /// Its values.
    #[arg(value_name = "VALUE", allow_negative_numbers = true)]
    values: Vec<String>,

    /// Let the owner sign instead: for what no session may do.
    #[arg(long)]
    as_owner: bool,

    /// A type argument of the function. May be repeated.
    #[arg(long = "type-arg", value_name = "TYPE")]
    type_arguments: Vec<TypeTag>,

    #[command(flatten)]
    dapp: DappArguments,

    #[command(flatten)]
    owner: OwnerArguments,

    #[command(flatten)]
    vault: VaultArguments,
}

/// A call as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CallWords {
    module: String,
    function: String,
    values: Vec<String>,
    type_arguments: Vec<TypeTag>,
}

/// Reads `arena::step 1` as one word of the command line.
pub(crate) fn parse(text: &str) -> Result<CallWords, String> {
    let mut words = text.split_whitespace();
    let name = words.next().unwrap_or_default();
    CallWords::new(name, words.map(str::to_owned).collect(), Vec::new())
}

/// Plays it.
pub(crate) async fn run(arguments: Arguments, output: Output) -> Result<Report, Problem> {
    let words = CallWords::new(
        &arguments.function,
        arguments.values,
        arguments.type_arguments,
    )
    .map_err(Problem::usage)?;
    if arguments.as_owner {
        let owner = arguments.owner.wallet(output)?;
        let valet = arguments.dapp.connect(output).await?;
        let call = words.call(&valet).await?;
        let account = valet.account(owner.address());
        let receipt = account.play_as_owner(&owner, &[call]).await?;
        return Ok(report(&words, "owner", None, &receipt));
    }
    let valet = arguments.dapp.connect(output).await?;
    let call = words.call(&valet).await?;
    let (_vault, session) = arguments.vault.resume(&valet, output).await?;
    let session = session.labelled(format!("valet call {}", words.name()));
    let receipt = session.play(&call).await?;
    Ok(report(
        &words,
        "session",
        Some(session.unsettled_writes()),
        &receipt,
    ))
}

fn report(words: &CallWords, signer: &str, unsettled: Option<u64>, receipt: &Receipt) -> Report {
    let events: Vec<_> = receipt
        .events()
        .iter()
        .map(|event| event.type_.to_string())
        .collect();
    Report {
        text: format!("played {}\n{}", words.name(), transaction_line(receipt)),
        json: json!({
            "call": words.name(),
            "signed_by": signer,
            "unsettled_writes": unsettled,
            "events": events,
            "transaction": transaction(receipt),
        }),
    }
}

impl CallWords {
    fn new(name: &str, values: Vec<String>, type_arguments: Vec<TypeTag>) -> Result<Self, String> {
        match name.split_once("::") {
            Some((module, function))
                if !module.is_empty() && !function.is_empty() && !function.contains("::") =>
            {
                Ok(Self {
                    module: module.to_owned(),
                    function: function.to_owned(),
                    values,
                    type_arguments,
                })
            }
            _ => Err(format!(
                "`{name}` is no function; write it as MODULE::FUNCTION, such as `arena::step`"
            )),
        }
    }

    fn name(&self) -> String {
        format!("{}::{}", self.module, self.function)
    }

    /// The call, with what the function takes filled in: what it takes is asked of the node.
    pub(crate) async fn call(&self, valet: &Valet) -> Result<Call, Problem> {
        let parameters = signature::read(valet, &self.module, &self.function).await?;
        let mut values = self.values.iter();
        let mut call = valet.call(&self.module, &self.function);
        for tag in &self.type_arguments {
            call = call.type_argument(tag.clone());
        }
        for parameter in &parameters {
            call = match parameter {
                Parameter::Dapp => call.dapp(),
                Parameter::DappStorage => call.dapp_storage(),
                Parameter::Hub => call.hub(),
                Parameter::Clock => call.clock(),
                Parameter::Storage { is_mutable: true } => call.storage(),
                Parameter::Storage { is_mutable: false } => call.storage_ref(),
                Parameter::Object { name, is_mutable } => {
                    let text = self.next(&mut values, name, &parameters)?;
                    call.object(object(valet, text, *is_mutable).await?)
                }
                Parameter::Value(kind) => {
                    let text = self.next(&mut values, &kind.name(), &parameters)?;
                    let bytes = kind.encode(text).map_err(|reason| {
                        Problem::usage(format!("{reason} in the call of {}", self.name()))
                    })?;
                    call.arg(&value::Raw(bytes))
                }
            };
        }
        if values.next().is_some() {
            return Err(self.wrong_count(&parameters));
        }
        Ok(call)
    }

    fn next<'a>(
        &self,
        values: &mut impl Iterator<Item = &'a String>,
        name: &str,
        parameters: &[Parameter],
    ) -> Result<&'a str, Problem> {
        let _ = name;
        values
            .next()
            .map(String::as_str)
            .ok_or_else(|| self.wrong_count(parameters))
    }

    fn wrong_count(&self, parameters: &[Parameter]) -> Problem {
        let names: Vec<_> = parameters.iter().filter_map(Parameter::asked).collect();
        let takes = match names.len() {
            0 => "no value".to_owned(),
            count => format!(
                "{}: {}",
                crate::units::plural(count as u64, "value"),
                names.join(", ")
            ),
        };
        let given = self.values.len();
        Problem::usage(format!("{} takes {takes}; {given} given", self.name()))
            .with_remedy("the dApp, the account's storage and the clock are filled in by themselves: give only the rest")
    }
}

/// An object as a transaction's input, whoever owns it.
async fn object(valet: &Valet, text: &str, is_mutable: bool) -> Result<ObjectInput, Problem> {
    let id: Address = text
        .parse()
        .map_err(|_| Problem::usage(format!("`{text}` is no object id; write it as 0x…")))?;
    let Some(object) = valet.network().object(id).await? else {
        return Err(Problem::usage(format!(
            "there is no object {id} on this network"
        )));
    };
    if let Some(shared) = object.as_shared() {
        return Ok(if is_mutable {
            shared.mutable()
        } else {
            shared.immutable()
        });
    }
    Ok(ObjectInput::Owned {
        id,
        version: object.version,
        digest: object.digest,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn d13_calls_are_read_as_they_are_written() {
        let step = parse("arena::step 1").expect("a call");
        assert_eq!(
            (step.name().as_str(), step.values.len()),
            ("arena::step", 1)
        );
        for text in ["", "arena", "::step", "arena::", "a::b::c 1"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
