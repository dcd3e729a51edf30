//! `valet account`: what an owner has in this dApp, and in all others.

use serde_json::{Value, json};
use valet_client::{Error, Status};

use crate::{
    context::{DappArguments, OwnerArguments},
    output::{Output, Report},
    problem::Problem,
    units,
};

/// Show an owner's account: what it owes, what its purse holds, its session; --all for every dApp.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The owner's accounts in every dApp that uses this valet.
    #[arg(long)]
    all: bool,

    #[command(flatten)]
    dapp: DappArguments,

    #[command(flatten)]
    owner: OwnerArguments,
}

/// Reads and shows.
pub(crate) async fn run(arguments: Arguments, output: Output) -> Result<Report, Problem> {
    let owner = arguments.owner.address()?;
    let valet = arguments.dapp.connect(output).await?;
    let account = valet.account(owner);
    let now_ms = valet.network().now_ms().await?;
    if arguments.all {
        let everywhere = account.everywhere().await?;
        let mut text = format!(
            "{owner} has {} in all",
            units::plural(everywhere.len() as u64, "account")
        );
        let mut accounts = Vec::new();
        for (card, status) in &everywhere {
            text.push_str(&format!(
                "\n\n{}\n{}",
                card.dapp_type,
                lines(status, now_ms)
            ));
            let mut account = fields(status, now_ms);
            account["dapp_type"] = json!(card.dapp_type.to_string());
            accounts.push(account);
        }
        return Ok(Report {
            text,
            json: json!({ "owner": owner.to_string(), "accounts": accounts }),
        });
    }

    let coin = units::sui_type();
    let status = match account.status().await {
        Err(Error::NotOnboarded { .. }) => {
            return Ok(Report {
                text: format!(
                    "{owner} has no account in this dApp yet\nIt will be {}; `valet session start` creates it.",
                    account.storage_id()
                ),
                json: json!({
                    "owner": owner.to_string(),
                    "storage": account.storage_id().to_string(),
                    "exists": false,
                }),
            });
        }
        other => other?,
    };
    let (purse, wealth) = tokio::try_join!(account.purse(&coin), valet.network().wealth(owner))?;
    let mut json = fields(&status, now_ms);
    json["exists"] = json!(true);
    json["purse_mist"] = json!(purse);
    json["wallet_mist"] = json!(wealth.coins.saturating_add(wealth.address_balance));
    let text = format!(
        "{owner}\n{}\n  purse      {}\n  wallet     {}",
        lines(&status, now_ms),
        units::sui(purse),
        units::sui(wealth.coins.saturating_add(wealth.address_balance)),
    );
    Ok(Report { text, json })
}

fn lines(status: &Status, now_ms: u64) -> String {
    let session = match &status.session {
        None => "none".to_owned(),
        Some(session) if session.is_active(now_ms) => format!(
            "{}, {} remaining",
            units::short(&session.wallet.to_string()),
            units::duration(session.expires_at_ms.saturating_sub(now_ms))
        ),
        Some(session) => format!(
            "{}, expired at {}",
            units::short(&session.wallet.to_string()),
            units::moment(session.expires_at_ms)
        ),
    };
    format!(
        "  storage    {}\n  session    {session}\n  owes       {} for {}\n  written    {} in {}",
        status.storage,
        units::sui(status.debt),
        units::plural(status.unsettled_writes, "write"),
        units::plural(status.byte_count, "byte"),
        units::plural(status.write_count, "write"),
    )
}

fn fields(status: &Status, now_ms: u64) -> Value {
    json!({
        "owner": status.owner.to_string(),
        "storage": status.storage.to_string(),
        "debt_mist": status.debt,
        "unsettled_writes": status.unsettled_writes,
        "write_count": status.write_count,
        "byte_count": status.byte_count,
        "session_count": status.session_count,
        "session": status.session.as_ref().map(|session| json!({
            "wallet": session.wallet.to_string(),
            "expires_at_ms": session.expires_at_ms,
            "is_live": session.is_active(now_ms),
        })),
    })
}
