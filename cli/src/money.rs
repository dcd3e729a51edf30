//! Credit, purse and debt: `valet credit`, `recharge`, `deposit`, `withdraw`, `settle`, and `faucet`.

use serde_json::{Value, json};
use sui_sdk_types::{Address, TypeTag};
use valet_client::{Receipt, SettlementOutcome, Valet};

use crate::{
    context::{DappArguments, NetworkArguments, OwnerArguments},
    output::{Output, Report},
    problem::Problem,
    units,
};

/// Show what pays for the dApp's writes.
#[derive(Debug, clap::Args)]
pub(crate) struct CreditArguments {
    #[command(flatten)]
    dapp: DappArguments,
}

/// Add to the credit that pays for the dApp's writes; anyone may.
#[derive(Debug, clap::Args)]
pub(crate) struct RechargeArguments {
    /// How much, such as `1sui`.
    #[arg(value_parser = units::parse_sui)]
    amount: u64,

    #[command(flatten)]
    dapp: DappArguments,

    #[command(flatten)]
    payer: OwnerArguments,
}

/// An amount of a coin that comes into the purse or goes out of it.
#[derive(Debug, clap::Args)]
pub(crate) struct PurseArguments {
    /// How much: `1sui`, or with --coin a whole number in the coin's smallest unit.
    amount: String,

    /// The coin's type, such as 0x2::sui::SUI.
    #[arg(long, value_name = "TYPE")]
    coin: Option<TypeTag>,

    #[command(flatten)]
    dapp: DappArguments,

    #[command(flatten)]
    owner: OwnerArguments,
}

/// Settle what the account owes for its writes, from the dApp's credit.
#[derive(Debug, clap::Args)]
pub(crate) struct SettleArguments {
    /// Pay what the credit leaves from the owner's SUI, up to this much.
    #[arg(long, value_name = "AMOUNT", value_parser = units::parse_sui, conflicts_with = "purse")]
    pay: Option<u64>,

    /// Pay what the credit leaves from the account's purse.
    #[arg(long)]
    purse: bool,

    #[command(flatten)]
    dapp: DappArguments,

    #[command(flatten)]
    owner: OwnerArguments,
}

/// Ask a test network's faucet for SUI.
#[derive(Debug, clap::Args)]
pub(crate) struct FaucetArguments {
    /// Who gets it [default: the owner].
    address: Option<Address>,

    /// The faucet's address [default: the one beside a local ledger].
    #[arg(long, value_name = "URL", env = "VALET_FAUCET")]
    faucet_url: Option<String>,

    #[command(flatten)]
    network: NetworkArguments,

    #[command(flatten)]
    owner: OwnerArguments,
}

pub(crate) async fn credit(arguments: CreditArguments, output: Output) -> Result<Report, Problem> {
    let valet = arguments.dapp.connect(output).await?;
    let (credit, now_ms) = tokio::try_join!(valet.credit(), valet.network().now_ms())?;
    let free = credit.free.filter(|free| now_ms < free.expires_at_ms);
    let mut text = format!(
        "credit   {}\nsettled  {} since the beginning",
        units::sui(credit.held),
        units::sui(u64::try_from(credit.totals.settled).unwrap_or(u64::MAX)),
    );
    if let Some(free) = free {
        text.push_str(&format!(
            "\nfree     {} until {}",
            units::sui(free.amount),
            units::moment(free.expires_at_ms)
        ));
    }
    if let Some(reserve) = credit.reserve {
        text.push_str(&format!(
            "\nreserve  {} cannot be refunded",
            units::sui(reserve)
        ));
    }
    if credit.held == 0 && free.is_none() {
        text.push_str("\n\nNothing pays for writes: accounts run into debt. Add credit with `valet recharge`.");
    }
    let totals = &credit.totals;
    let total = |mist: u128| u64::try_from(mist).unwrap_or(u64::MAX);
    let json = json!({
        "credit_mist": credit.held,
        "settled_mist": credit.settled,
        "free_credit": credit.free.map(|free| json!({
            "amount_mist": free.amount,
            "expires_at_ms": free.expires_at_ms,
        })),
        "reserve_mist": credit.reserve,
        "totals_mist": {
            "recharged": total(totals.recharged),
            "settled": total(totals.settled),
            "refunded": total(totals.refunded),
            "paid_by_users": total(totals.paid_by_users),
        },
    });
    Ok(Report { text, json })
}

pub(crate) async fn recharge(
    arguments: RechargeArguments,
    output: Output,
) -> Result<Report, Problem> {
    let payer = arguments.payer.wallet(output)?;
    let valet = arguments.dapp.connect(output).await?;
    let receipt = valet.recharge(&payer, arguments.amount).await?;
    let credit = valet.credit().await?;
    Ok(Report {
        text: format!(
            "recharged {}; the dApp's credit is {}\n{}",
            units::sui(arguments.amount),
            units::sui(credit.held),
            transaction_line(&receipt)
        ),
        json: json!({
            "recharged_mist": arguments.amount,
            "credit_mist": credit.held,
            "transaction": transaction(&receipt),
        }),
    })
}

pub(crate) async fn deposit(arguments: PurseArguments, output: Output) -> Result<Report, Problem> {
    let (coin, amount) = arguments.coin_and_amount()?;
    let owner = arguments.owner.wallet(output)?;
    let valet = arguments.dapp.connect(output).await?;
    let account = valet.account(valet_client::Owner::address(&owner));
    let receipt = account.deposit(&owner, &coin, amount).await?;
    let purse = account.purse(&coin).await?;
    Ok(moved("deposited", &coin, amount, purse, &receipt))
}

pub(crate) async fn withdraw(arguments: PurseArguments, output: Output) -> Result<Report, Problem> {
    let (coin, amount) = arguments.coin_and_amount()?;
    let owner = arguments.owner.wallet(output)?;
    let valet = arguments.dapp.connect(output).await?;
    let account = valet.account(valet_client::Owner::address(&owner));
    let receipt = account.withdraw(&owner, &coin, amount).await?;
    let purse = account.purse(&coin).await?;
    Ok(moved("withdrew", &coin, amount, purse, &receipt))
}

pub(crate) async fn settle(arguments: SettleArguments, output: Output) -> Result<Report, Problem> {
    let owner = arguments.owner.wallet(output)?;
    let valet = arguments.dapp.connect(output).await?;
    let account = valet.account(valet_client::Owner::address(&owner));
    let receipt = match (arguments.pay, arguments.purse) {
        (Some(mist), _) => account.settle_with_coin(&owner, mist).await?,
        (None, true) => account.settle_with_purse(&owner).await?,
        (None, false) => account.settle(&owner).await?,
    };
    settled(&valet, &receipt)
}

pub(crate) async fn faucet(arguments: FaucetArguments, output: Output) -> Result<Report, Problem> {
    let address = match arguments.address {
        Some(address) => address,
        None => arguments.owner.address()?,
    };
    let rpc_url = arguments.network.url()?;
    let faucet_url = match arguments.faucet_url {
        Some(url) => url,
        None => valet_client::faucet::beside(&rpc_url).ok_or_else(|| {
            Problem::usage(format!("no faucet is known for {rpc_url}"))
                .with_remedy("name one with `--faucet-url`")
        })?,
    };
    {
        let _progress = output.progress(format!("asking {faucet_url}"));
        valet_client::faucet::request(&faucet_url, address).await?;
    }
    Ok(Report {
        text: format!("the faucet at {faucet_url} sent SUI to {address}"),
        json: json!({ "faucet_url": faucet_url, "address": address.to_string() }),
    })
}

/// What a settlement did.
fn settled(valet: &Valet, receipt: &Receipt) -> Result<Report, Problem> {
    let Some(settled) = receipt.settlement() else {
        return Err(Problem::failed(format!(
            "the valet package {} settled without announcing it",
            valet.deployment().valet_package
        ))
        .with_remedy("check the deployment file"));
    };
    let paid =
        settled.free_credit_paid + settled.credit_paid + settled.coin_paid + settled.purse_paid;
    let (outcome, said) = match settled.outcome {
        SettlementOutcome::Full => (
            "full",
            format!("settled: {} paid, nothing is owed", units::sui(paid)),
        ),
        SettlementOutcome::Partial => (
            "partial",
            format!(
                "settled in part: {} paid, {} for {} still owed",
                units::sui(paid),
                units::sui(settled.unsettled_charge),
                units::plural(settled.unsettled_writes, "write")
            ),
        ),
        SettlementOutcome::Skipped if settled.due == 0 => {
            ("skipped", "nothing was owed".to_owned())
        }
        SettlementOutcome::Skipped => (
            "skipped",
            format!(
                "nothing was paid: {} for {} still owed, and there is no credit; add some with `valet recharge`, or pay \
                 yourself with `valet settle --pay`",
                units::sui(settled.unsettled_charge),
                units::plural(settled.unsettled_writes, "write")
            ),
        ),
    };
    Ok(Report {
        text: format!("{said}\n{}", transaction_line(receipt)),
        json: json!({
            "outcome": outcome,
            "due_mist": settled.due,
            "paid_mist": {
                "free_credit": settled.free_credit_paid,
                "credit": settled.credit_paid,
                "coin": settled.coin_paid,
                "purse": settled.purse_paid,
            },
            "still_owed_mist": settled.unsettled_charge,
            "still_owed_writes": settled.unsettled_writes,
            "transaction": transaction(receipt),
        }),
    })
}

fn moved(what: &str, coin: &TypeTag, amount: u64, purse: u64, receipt: &Receipt) -> Report {
    Report {
        text: format!(
            "{what} {}; the purse holds {}\n{}",
            coins(coin, amount),
            coins(coin, purse),
            transaction_line(receipt)
        ),
        json: json!({
            "coin": coin.to_string(),
            "amount": amount,
            "purse": purse,
            "transaction": transaction(receipt),
        }),
    }
}

impl PurseArguments {
    fn coin_and_amount(&self) -> Result<(TypeTag, u64), Problem> {
        match &self.coin {
            None => Ok((
                units::sui_type(),
                units::parse_sui(&self.amount).map_err(Problem::usage)?,
            )),
            Some(coin) => {
                let amount = units::parse_coin(coin, &self.amount).map_err(Problem::usage)?;
                Ok((coin.clone(), amount))
            }
        }
    }
}

/// An amount of a coin for people: SUI as SUI, others in their smallest unit.
pub(crate) fn coins(coin: &TypeTag, amount: u64) -> String {
    if *coin == units::sui_type() {
        return units::sui(amount);
    }
    format!("{} of {}", units::count(amount), coin_name(coin))
}

/// A coin's name, without where it is defined: `SUI`.
pub(crate) fn coin_name(coin: &TypeTag) -> String {
    let text = coin.to_string();
    text.rsplit("::").next().unwrap_or(&text).to_owned()
}

/// A transaction in a report.
pub(crate) fn transaction(receipt: &Receipt) -> Value {
    let gas = receipt.gas();
    json!({
        "digest": receipt.digest().to_string(),
        "gas_mist": {
            "computation": gas.computation,
            "storage": gas.storage,
            "rebate": gas.rebate,
            "net": i64::try_from(gas.net()).unwrap_or(i64::MAX),
        },
    })
}

/// A transaction for people.
pub(crate) fn transaction_line(receipt: &Receipt) -> String {
    format!(
        "transaction {} cost {} of gas",
        receipt.digest(),
        units::sui_signed(receipt.gas().net())
    )
}
