//! Emptying an address.

use sui_sdk_types::{Address, Argument, ObjectReference, ProgrammableTransaction, TypeTag};

use super::{FundSource, PtbBuilder, PtbError, send_funds, send_funds_of, sui, withdraw_coin};

/// What an address holds of a coin other than SUI.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holding {
    /// The coin's type, such as `0x2a::gold::GOLD`.
    pub coin_type: TypeTag,
    /// How much of it is in the address balance.
    pub balance: u64,
    /// Its coins.
    pub coins: Vec<ObjectReference>,
}

/// Sends SUI of the sender's to `recipient`: `balance` MIST of its address balance, into the recipient's; and when it is paid
/// from coins ([`FundSource::GasCoin`]), what is left of those, to the last MIST.
///
/// # Errors
/// None at present.
pub fn sweep(
    recipient: Address,
    balance: u64,
    payment: FundSource,
) -> Result<ProgrammableTransaction, PtbError> {
    let mut ptb = PtbBuilder::new();
    if balance > 0 {
        let coin = withdraw_coin(&mut ptb, balance, &sui())?;
        send_funds(&mut ptb, coin, recipient)?;
    }
    if payment == FundSource::GasCoin {
        ptb.transfer(vec![Argument::Gas], recipient)?;
    }
    Ok(ptb.finish())
}

/// Sends what the sender holds of other coins than SUI to `recipient`: address balances into the recipient's, coins as they are.
///
/// # Errors
/// [`PtbError`] when there is more than fits into one transaction.
pub fn sweep_coins(
    recipient: Address,
    holdings: &[Holding],
) -> Result<ProgrammableTransaction, PtbError> {
    let mut ptb = PtbBuilder::new();
    let mut objects = Vec::new();
    for holding in holdings {
        if holding.balance > 0 {
            let coin = withdraw_coin(&mut ptb, holding.balance, &holding.coin_type)?;
            send_funds_of(&mut ptb, coin, &holding.coin_type, recipient)?;
        }
        for coin in &holding.coins {
            objects.push(ptb.object(coin.clone().into())?);
        }
    }
    if !objects.is_empty() {
        ptb.transfer(objects, recipient)?;
    }
    Ok(ptb.finish())
}
