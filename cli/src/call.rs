//! `valet call`: plays one action, silently; and calls as words.

mod signature;
mod value;

use std::{sync::Arc, time::Duration};

use serde_json::json;
use sui_sdk_types::{Address, TypeTag};
use valet_client::{
    Call, Error, Owner, Receipt, Refusal, RenewalPolicy, SessionOptions, Valet, Vault,
    ptb::ObjectInput,
};

use crate::{
    context::{DappArguments, OwnerArguments},
    money::{transaction, transaction_line},
    output::{Output, Report},
    problem::Problem,
    units,
    vault::{self, TakenUp, VaultArguments},
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
    #[arg(long, conflicts_with_all = ["or_owner", "renew_before"])]
    as_owner: bool,

    /// Let the owner sign when the session cannot: there is none, it is over, or its calls are used up.
    #[arg(long)]
    or_owner: bool,

    /// Renew the session first, under a fresh key, when it ends sooner than this; its grant must allow renewals.
    #[arg(long, value_name = "TIME", value_parser = units::parse_duration)]
    renew_before: Option<Duration>,

    /// How long a renewed session lasts.
    #[arg(
        long = "for",
        value_name = "TIME",
        default_value = "1h",
        requires = "renew_before",
        value_parser = units::parse_duration
    )]
    renew_for: Duration,

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
        return by_owner(&words, &valet, &owner).await;
    }
    // Asked for first: a fallback that is not there is no surprise for later.
    let owner = match arguments.or_owner {
        true => Some(arguments.owner.wallet(output)?),
        false => None,
    };
    let valet = arguments.dapp.connect(output).await?;
    if let (Some(owner), false) = (&owner, Vault::exists(&arguments.vault.session)) {
        output.note("there is no session: the owner signs");
        return by_owner(&words, &valet, owner).await;
    }
    let call = words.call(&valet).await?;
    let vault = Arc::new(arguments.vault.open(output).await?);
    let mut options = SessionOptions::new();
    if let Some(before) = arguments.renew_before {
        let renewal = RenewalPolicy::new(before, arguments.renew_for);
        options = options.with_renewal(renewal.with_rotation(vault.clone()));
    }
    let session = match vault::take_up(&vault, &valet, options, output).await? {
        TakenUp::Session(session) => session.labelled(format!("valet call {}", words.name())),
        TakenUp::Over(problem) => {
            let owner = owner.ok_or(problem)?;
            output.note("the session is over: the owner signs");
            return by_owner(&words, &valet, &owner).await;
        }
    };
    let key = session.address();
    // Whether it is time to renew depends on the chain's clock, which nobody has told yet.
    valet.network().now_ms().await?;
    let played = session.play(&call).await;
    if session.address() != key {
        output.note(&format!(
            "the session was renewed, and is with the key {} now",
            session.address()
        ));
    } else if let Some(before) = arguments.renew_before
        && session
            .state()
            .expires_in()
            .is_some_and(|left| left < before)
    {
        output.note(
            "the session was not renewed: its grant has no renewal left, or none that reaches so far",
        );
    }
    match (played, owner) {
        (Err(error), Some(owner)) if ran_out(&error) => {
            let problem = Problem::from(error);
            output.note(&format!("{}: the owner signs", problem.message()));
            by_owner(&words, &valet, &owner).await
        }
        (played, _) => Ok(report(
            &words,
            "session",
            Some(session.unsettled_writes()),
            &played?,
        )),
    }
}

/// Whether the session was refused because it cannot play any more, and not for what it wanted to play.
fn ran_out(error: &Error) -> bool {
    error.refusal().is_some_and(|refusal| {
        matches!(
            refusal,
            Refusal::SessionExpired
                | Refusal::SessionRevoked
                | Refusal::SessionReplaced
                | Refusal::NotRegistered
                | Refusal::WrongSender
                | Refusal::CallBudgetExhausted
        )
    })
}

async fn by_owner(words: &CallWords, valet: &Valet, owner: &dyn Owner) -> Result<Report, Problem> {
    let call = words.call(valet).await?;
    let account = valet.account(owner.address());
    let receipt = account.play_as_owner(owner, &[call]).await?;
    Ok(report(words, "owner", None, &receipt))
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
