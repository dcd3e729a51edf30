//! Emptying an address.

use sui_sdk_types::{Address, Argument, ProgrammableTransaction};

use super::{FundSource, PtbBuilder, PtbError, send_funds, sui, withdraw_coin};

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
