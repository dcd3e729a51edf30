//! `valet session end`, also called `valet logout`: nothing of the session stays behind.

use serde_json::json;
use valet_client::{LogoutStep, Owner, Revocation};

use crate::{
    ask,
    context::{DappArguments, OwnerArguments},
    money::coins,
    output::{Output, Report},
    problem::Problem,
    units, vault,
    vault::VaultArguments,
};

/// End the session with its own key, send what is left of its float to the owner, and wipe the key.
///
/// Run it again should it be interrupted: it goes on where it was.
#[derive(Debug, clap::Args)]
pub(crate) struct EndArguments {
    /// Let the owner end it if the session cannot pay for that itself.
    #[arg(long)]
    as_owner: bool,

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

/// Asks, and ends it.
pub(crate) async fn run(arguments: EndArguments, output: Output) -> Result<Report, Problem> {
    let wallet = if arguments.as_owner {
        Some(arguments.owner.wallet(output)?)
    } else {
        None
    };
    let valet = arguments.dapp.connect(output).await?;
    let vault = arguments.vault.open(output).await?;
    output.note(&format!("session {} of {}", vault.address(), vault.owner()));
    ask::agreed(
        "End this session, send its float back and wipe its key?",
        arguments.yes,
    )?;
    let (address, owner) = (vault.address(), vault.owner());
    let signer = wallet.as_ref().map(|wallet| wallet as &dyn Owner);
    let over = vault
        .logout_with(&valet, signer, |step| {
            if let Some(line) = line(step) {
                output.note(line);
            }
        })
        .await?;
    vault::tell(&over.actions, output);
    let by = match over.revocation {
        Revocation::BySession => "session",
        Revocation::ByOwner => "owner",
        _ => "nobody",
    };
    let mut text = format!(
        "session {address} is over; {} went back to {owner}, its key is wiped",
        units::sui(over.swept)
    );
    for other in &over.others {
        let amount = coins(&other.coin_type, other.amount);
        text.push_str(&match other.is_swept {
            true => format!("\nso did {amount}"),
            false => format!("\n{amount} stayed behind and cannot be reached any more"),
        });
    }
    Ok(Report {
        text,
        json: json!({
            "wallet": address.to_string(),
            "owner": owner.to_string(),
            "ended_by": by,
            "swept_mist": over.swept,
            "left_mist": over.left,
            "other_coins": over.others.iter().map(|other| json!({
                "coin": other.coin_type.to_string(),
                "amount": other.amount,
                "is_swept": other.is_swept,
            })).collect::<Vec<_>>(),
        }),
    })
}

fn line(step: LogoutStep) -> Option<&'static str> {
    Some(match step {
        LogoutStep::Revoked => "[1/3] Revoked   the session is over",
        LogoutStep::Swept => "[2/3] Swept     its float went back to the owner",
        LogoutStep::Wiped => "[3/3] Wiped     its key is gone",
        _ => return None,
    })
}
