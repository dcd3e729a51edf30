//! `valet revoke`: the owner ends sessions, here or everywhere.

use serde_json::json;
use valet_client::Owner;

use crate::{
    ask,
    context::{DappArguments, OwnerArguments},
    money::{transaction, transaction_line},
    output::{Output, Report},
    problem::Problem,
    units,
};

/// End the account's session at once, with the owner's signature; --all in every dApp.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// End the owner's sessions in every dApp that uses this valet, in one transaction.
    #[arg(long)]
    all: bool,

    /// Do not ask.
    #[arg(long, short)]
    yes: bool,

    #[command(flatten)]
    dapp: DappArguments,

    #[command(flatten)]
    owner: OwnerArguments,
}

/// Shows what will end, asks, and ends it.
pub(crate) async fn run(arguments: Arguments, output: Output) -> Result<Report, Problem> {
    let owner = arguments.owner.wallet(output)?;
    let valet = arguments.dapp.connect(output).await?;
    let account = valet.account(owner.address());
    let now_ms = valet.network().now_ms().await?;
    let sessions = if arguments.all {
        let everywhere = account.everywhere().await?;
        everywhere
            .into_iter()
            .filter_map(|(card, status)| Some((card.dapp_type.to_string(), status.session?)))
            .collect()
    } else {
        let dapp = valet.deployment().dapp_type.to_string();
        let session = account.status().await?.session;
        session
            .map(|session| (dapp, session))
            .into_iter()
            .collect::<Vec<_>>()
    };
    if sessions.is_empty() {
        return Ok(Report {
            text: "there is no session to end".to_owned(),
            json: json!({ "ended": [], "transaction": null }),
        });
    }
    for (dapp, session) in &sessions {
        let state = if session.is_active(now_ms) {
            let left = session.expires_at_ms.saturating_sub(now_ms);
            format!("{} remaining", units::duration(left))
        } else {
            "expired".to_owned()
        };
        output.note(&format!("session {} in {dapp}, {state}", session.wallet));
    }
    let question = match sessions.len() {
        1 => "End this session? Its key is dead at once.".to_owned(),
        many => format!("End these {many} sessions? Their keys are dead at once."),
    };
    ask::agreed(&question, arguments.yes)?;

    let receipt = if arguments.all {
        account.revoke_all(&owner).await?
    } else {
        Some(account.deactivate(&owner).await?)
    };
    let ended: Vec<_> = sessions
        .iter()
        .map(|(dapp, session)| json!({ "dapp_type": dapp, "wallet": session.wallet.to_string() }))
        .collect();
    let mut text = format!("ended {}", units::plural(sessions.len() as u64, "session"));
    if let Some(receipt) = &receipt {
        text.push('\n');
        text.push_str(&transaction_line(receipt));
    }
    Ok(Report {
        text,
        json: json!({ "ended": ended, "transaction": receipt.as_ref().map(transaction) }),
    })
}
