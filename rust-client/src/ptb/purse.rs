//! Moving coins into and out of an account's purse. Amounts are in the coin's smallest unit.

use sui_sdk_types::{Argument, Command, MergeCoins, ProgrammableTransaction, TypeTag};

use super::{FundSource, ObjectInput, PtbBuilder, PtbError, valet_call_with, withdraw_coin};
use crate::{Deployment, SharedObject};

/// Where coins that a transaction spends come from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CoinSource {
    /// The coin that pays for gas, which is of SUI.
    GasCoin,
    /// The sender's address balance of the coin.
    AddressBalance,
    /// These coins of the sender's, joined; what is left stays in the first. None of them pays for gas.
    Coins(Vec<ObjectInput>),
}

impl From<FundSource> for CoinSource {
    fn from(source: FundSource) -> Self {
        match source {
            FundSource::GasCoin => Self::GasCoin,
            FundSource::AddressBalance => Self::AddressBalance,
        }
    }
}

/// Puts `amount` of a coin into the purse. Anyone may send it.
///
/// # Errors
/// [`PtbError::NoCoins`] for a source of no coins, otherwise when the coins pass the protocol's limits.
pub fn deposit(
    deployment: &Deployment,
    storage: SharedObject,
    coin_type: &TypeTag,
    amount: u64,
    source: &CoinSource,
) -> Result<ProgrammableTransaction, PtbError> {
    let mut ptb = PtbBuilder::new();
    let storage = ptb.object(storage.mutable())?;
    let coin = match source {
        CoinSource::GasCoin => ptb.split_coin(Argument::Gas, amount)?,
        CoinSource::AddressBalance => withdraw_coin(&mut ptb, amount, coin_type)?,
        CoinSource::Coins(coins) => {
            let joined = join(&mut ptb, coins)?;
            ptb.split_coin(joined, amount)?
        }
    };
    valet_call_with(
        &mut ptb,
        deployment,
        ("purse", "deposit"),
        coin_type,
        vec![storage, coin],
    )?;
    Ok(ptb.finish())
}

/// Sends `amount` of a coin from the purse to the owner, who alone may send it.
///
/// # Errors
/// None at present.
pub fn withdraw(
    deployment: &Deployment,
    storage: SharedObject,
    coin_type: &TypeTag,
    amount: u64,
) -> Result<ProgrammableTransaction, PtbError> {
    let mut ptb = PtbBuilder::new();
    let arguments = vec![ptb.object(storage.mutable())?, ptb.pure(&amount)?];
    valet_call_with(
        &mut ptb,
        deployment,
        ("purse", "withdraw"),
        coin_type,
        arguments,
    )?;
    Ok(ptb.finish())
}

/// Sends all that the purse holds of these coins to the owner, who alone may send it. A coin that it does not hold is no error.
///
/// # Errors
/// When there are more coins than commands in a transaction.
pub fn withdraw_all(
    deployment: &Deployment,
    storage: SharedObject,
    coin_types: &[TypeTag],
) -> Result<ProgrammableTransaction, PtbError> {
    let mut ptb = PtbBuilder::new();
    let storage = ptb.object(storage.mutable())?;
    for coin_type in coin_types {
        valet_call_with(
            &mut ptb,
            deployment,
            ("purse", "withdraw_all"),
            coin_type,
            vec![storage],
        )?;
    }
    Ok(ptb.finish())
}

/// One coin of many.
fn join(ptb: &mut PtbBuilder, coins: &[ObjectInput]) -> Result<Argument, PtbError> {
    let (first, others) = coins.split_first().ok_or(PtbError::NoCoins)?;
    let coin = ptb.object(*first)?;
    if !others.is_empty() {
        let coins_to_merge = others
            .iter()
            .map(|other| ptb.object(*other))
            .collect::<Result<_, _>>()?;
        ptb.command(Command::MergeCoins(MergeCoins {
            coin,
            coins_to_merge,
        }))?;
    }
    Ok(coin)
}
