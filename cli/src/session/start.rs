//! `valet session start`: Generate, Register, Active, with one signature of the owner's.

use serde_json::json;
use valet_client::{
    Account, Grant, Onboarding, Owner, SessionOptions, Standing, Terms, Valet, Vault,
};

use super::grant::{self, GrantArguments};
use crate::{
    ask,
    call::{self, CallWords},
    context::{DappArguments, OwnerArguments},
    money::{transaction, transaction_line},
    output::{Output, Report},
    problem::Problem,
    units,
    vault::{self, VaultArguments},
};

/// Start a session: generate its key, let the owner sign once, and be ready to play.
///
/// Creates the account if there is none; a session that is live ends in the same transaction.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    grant: GrantArguments,

    /// The SUI that the session gets for its gas: the most that whoever steals the key can burn.
    #[arg(long, value_name = "AMOUNT", default_value = "0.5sui", value_parser = units::parse_sui)]
    float: u64,

    /// Make a call of the dApp in the same transaction, signed by the owner: `--with arena::join`. May be repeated.
    #[arg(long, value_name = "CALL", value_parser = call::parse)]
    with: Vec<CallWords>,

    /// Do not ask.
    #[arg(long, short)]
    yes: bool,

    #[command(flatten)]
    dapp: DappArguments,

    #[command(flatten)]
    owner: OwnerArguments,

    #[command(flatten)]
    vault: VaultArguments,
}

/// Shows the grant, asks, and starts.
pub(crate) async fn run(arguments: Arguments, output: Output) -> Result<Report, Problem> {
    let duration_ms = u64::try_from(arguments.grant.duration.as_millis()).unwrap_or(u64::MAX);
    // The chain would refuse it as well, for money.
    if !(60_000..=604_800_000).contains(&duration_ms) {
        return Err(Problem::usage(format!(
            "a session cannot last {}",
            units::interval(duration_ms)
        ))
        .with_remedy("give `--for` from 1m to 7d"));
    }
    let owner = arguments.owner.wallet(output)?;
    let valet = arguments.dapp.connect(output).await?;
    let account = valet.account(owner.address());
    let now_ms = valet.network().now_ms().await?;
    let grant = arguments.grant.grant(now_ms)?;
    let mut calls = Vec::new();
    for words in &arguments.with {
        calls.push(words.call(&valet).await?);
    }

    show(&account, &grant, duration_ms, arguments.float, output);
    let question = format!(
        "Let {} sign this?",
        units::short(&owner.address().to_string())
    );
    ask::agreed(&question, arguments.yes)?;

    let vault = prepare(&arguments.vault, &account, &valet, output).await?;
    output.note(&format!(
        "[1/3] Generate  key {} sealed in {}",
        vault.address(),
        vault.folder().display()
    ));
    let terms = Terms::lasting(arguments.grant.duration, grant.clone());
    let onboarding = calls
        .into_iter()
        .fold(Onboarding::new(terms), Onboarding::with_call)
        .with_float(arguments.float);
    let progress = output.progress("registering");
    let started = vault.start(&valet, &owner, onboarding).await;
    drop(progress);
    let (session, receipt) = match started {
        Ok(started) => started,
        Err(error) => {
            // A key that nobody activated is worth nothing; one that may have been is kept.
            if vault.in_flight().is_empty() {
                let _ = vault.wipe();
            }
            return Err(error.into());
        }
    };
    output.note(&format!(
        "[2/3] Register  signed once by {}, transaction {}",
        owner.address(),
        receipt.digest()
    ));
    let remaining_ms = session.expires_at_ms().saturating_sub(now_ms);
    output.note(&format!(
        "[3/3] Active    {} remaining",
        units::duration(remaining_ms)
    ));
    Ok(Report {
        text: format!(
            "session {} is active until {}\n{}",
            session.address(),
            units::moment(session.expires_at_ms()),
            transaction_line(&receipt)
        ),
        json: json!({
            "wallet": session.address().to_string(),
            "owner": owner.address().to_string(),
            "storage": account.storage_id().to_string(),
            "expires_at_ms": session.expires_at_ms(),
            "remaining_ms": remaining_ms,
            "float_mist": arguments.float,
            "grant": grant::fields(&grant),
            "folder": vault.folder().display().to_string(),
            "owner_signatures": 1,
            "transaction": transaction(&receipt),
        }),
    })
}

/// The vault to start with: a new one, or one that was made and never activated.
async fn prepare(
    arguments: &VaultArguments,
    account: &Account,
    valet: &Valet,
    output: Output,
) -> Result<Vault, Problem> {
    if !Vault::exists(&arguments.session) {
        let pin = arguments.pin.choose()?;
        let (folder, account) = (arguments.session.clone(), account.clone());
        let _progress = output.progress("sealing a fresh key");
        return vault::blocking(move || Vault::create(folder, &pin, &account)).await;
    }
    let vault = arguments.open(output).await?;
    let resumed = vault.resume(valet, SessionOptions::new()).await?;
    vault::tell(&resumed.actions, output);
    match resumed.standing {
        Standing::Pending => Ok(vault),
        Standing::Active(session) => Err(Problem::usage(format!(
            "{} has the key of the live session {}",
            arguments.session.display(),
            session.address()
        ))
        .with_remedy("play with it, end it with `valet session end`, or name another folder with `--session`")),
        _ => Err(Problem::usage(format!(
            "{} has the key of a session that is over",
            arguments.session.display()
        ))
        .with_remedy("clear it with `valet session end`, which saves what is left of its float")),
    }
}

fn show(account: &Account, grant: &Grant, duration_ms: u64, float: u64, output: Output) {
    let dapp = &account.valet().deployment().dapp_type;
    output.note(&format!("A session for {} in {dapp}", account.owner()));
    output.note(&format!("  lasts     {}", units::interval(duration_ms)));
    for (name, value) in grant::lines(grant) {
        output.note(&format!("  {name:<10}{value}"));
    }
    output.note(&format!("  float     {} for its gas", units::sui(float)));
}
