//! `valet session`: from the owner's signature to the key's end.

mod end;
mod grant;
mod snapshot;
mod start;

use std::time::Duration;

use clap::Subcommand;
use serde_json::json;
use valet_client::{
    EndReason,
    ptb::{self, Float, FloatKind},
};

use crate::{
    context::{DappArguments, OwnerArguments},
    money::{transaction, transaction_line},
    output::{Output, Report},
    problem::Problem,
    units,
    vault::VaultArguments,
};

pub(crate) use end::EndArguments;
pub(crate) use grant::fields as grant_fields;
pub(crate) use snapshot::{Badge, Snapshot};
pub(crate) use start::Arguments as StartArguments;

/// What to do with a session.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Start(Box<StartArguments>),
    Status(StatusArguments),
    Renew(RenewArguments),
    #[command(name = "top-up")]
    TopUp(TopUpArguments),
    Sweep(SweepArguments),
    End(EndArguments),
}

/// Show what the account's session can still do, and what it can still cost.
#[derive(Debug, clap::Args)]
pub(crate) struct StatusArguments {
    #[command(flatten)]
    dapp: DappArguments,

    #[command(flatten)]
    owner: OwnerArguments,
}

/// Let the session live on, without the owner, as far as its grant allows.
#[derive(Debug, clap::Args)]
pub(crate) struct RenewArguments {
    /// How long from now.
    #[arg(long = "for", value_name = "TIME", default_value = "1h", value_parser = units::parse_duration)]
    duration: Duration,

    /// Keep the key; otherwise the session moves to a fresh one, and the old one is dead.
    #[arg(long)]
    keep_key: bool,

    #[command(flatten)]
    dapp: DappArguments,

    #[command(flatten)]
    vault: VaultArguments,
}

/// Send the session more SUI for its gas.
#[derive(Debug, clap::Args)]
pub(crate) struct TopUpArguments {
    /// How much, such as `0.5sui`.
    #[arg(value_parser = units::parse_sui)]
    amount: u64,

    #[command(flatten)]
    dapp: DappArguments,

    #[command(flatten)]
    owner: OwnerArguments,
}

/// Send the session's gas float back to the owner; the session stays, and plays again after a top-up.
#[derive(Debug, clap::Args)]
pub(crate) struct SweepArguments {
    #[command(flatten)]
    dapp: DappArguments,

    #[command(flatten)]
    vault: VaultArguments,
}

/// Does it.
pub(crate) async fn run(command: Command, output: Output) -> Result<Report, Problem> {
    match command {
        Command::Start(arguments) => start::run(*arguments, output).await,
        Command::Status(arguments) => status(arguments, output).await,
        Command::Renew(arguments) => renew(arguments, output).await,
        Command::TopUp(arguments) => top_up(arguments, output).await,
        Command::Sweep(arguments) => sweep(arguments, output).await,
        Command::End(arguments) => end::run(arguments, output).await,
    }
}

async fn status(arguments: StatusArguments, output: Output) -> Result<Report, Problem> {
    let valet = arguments.dapp.connect(output).await?;
    let account = arguments.owner.account(&valet)?;
    let snapshot = Snapshot::read(&account).await?;
    Ok(Report {
        text: snapshot.text(),
        json: snapshot.json(),
    })
}

async fn renew(arguments: RenewArguments, output: Output) -> Result<Report, Problem> {
    let valet = arguments.dapp.connect(output).await?;
    let (vault, session) = arguments.vault.resume(&valet, output).await?;
    let (session, receipt) = if arguments.keep_key {
        let receipt = session.extend(arguments.duration).await?;
        (session, receipt)
    } else {
        vault.renew(&session, arguments.duration).await?
    };
    let now_ms = valet.network().now_ms().await?;
    let remaining_ms = session.expires_at_ms().saturating_sub(now_ms);
    Ok(Report {
        text: format!(
            "renewed: {} remaining, with key {}\n{}",
            units::duration(remaining_ms),
            session.address(),
            transaction_line(&receipt)
        ),
        json: json!({
            "wallet": session.address().to_string(),
            "expires_at_ms": session.expires_at_ms(),
            "remaining_ms": remaining_ms,
            "transaction": transaction(&receipt),
        }),
    })
}

async fn top_up(arguments: TopUpArguments, output: Output) -> Result<Report, Problem> {
    let payer = arguments.owner.wallet(output)?;
    let valet = arguments.dapp.connect(output).await?;
    let account = valet.account(valet_client::Owner::address(&payer));
    let Some(session) = account.status().await?.session else {
        return Err(Problem::failed("the account has no session to top up")
            .with_remedy("start one with `valet session start`"));
    };
    let mist = arguments.amount;
    let receipt = valet
        .execute(&payer, mist, |source| {
            let float = Float {
                mist,
                source,
                kind: FloatKind::AddressBalance,
            };
            ptb::fund(session.wallet, float)
        })
        .await?;
    let snapshot = Snapshot::read(&account).await?;
    Ok(Report {
        text: format!(
            "sent {} to the session; its float is {}\n{}",
            units::sui(mist),
            snapshot.float_line(),
            transaction_line(&receipt)
        ),
        json: json!({
            "wallet": session.wallet.to_string(),
            "sent_mist": mist,
            "float_mist": snapshot.float,
            "runway_actions": snapshot.runway(),
            "transaction": transaction(&receipt),
        }),
    })
}

async fn sweep(arguments: SweepArguments, output: Output) -> Result<Report, Problem> {
    let valet = arguments.dapp.connect(output).await?;
    let (vault, session) = arguments.vault.resume(&valet, output).await?;
    let receipt = session.sweep().await?;
    let network = valet.network();
    let left = network.wealth(session.address()).await?;
    let left = left.coins.saturating_add(left.address_balance);
    let text = match &receipt {
        Some(receipt) => format!(
            "sent the float back to {}; {} stay behind\n{}",
            vault.owner(),
            units::sui(left),
            transaction_line(receipt)
        ),
        None => format!(
            "there is nothing worth sending: {} are left",
            units::sui(left)
        ),
    };
    Ok(Report {
        text,
        json: json!({
            "owner": vault.owner().to_string(),
            "left_mist": left,
            "transaction": receipt.as_ref().map(transaction),
        }),
    })
}

/// Why a session ended, in words.
pub(crate) fn why(reason: EndReason) -> &'static str {
    match reason {
        EndReason::Revoked => "its owner ended it",
        EndReason::Relinquished => "it ended itself",
        EndReason::Expired => "it expired",
        EndReason::Replaced => "another one replaced it",
    }
}

/// Why a session ended, for machines.
pub(crate) fn reason_name(reason: EndReason) -> &'static str {
    match reason {
        EndReason::Revoked => "revoked",
        EndReason::Relinquished => "relinquished",
        EndReason::Expired => "expired",
        EndReason::Replaced => "replaced",
    }
}
