//! Coins other than SUI at a session's address: they came there by somebody's mistake, and would be lost with the key.

use sui_sdk_types::TypeTag;

use super::Vault;
use crate::{
    Account, Error, GasLimits, Network, SessionKey, Valet, gas,
    gas::Payment,
    journal::Outcome,
    ptb::{self, Holding},
};

/// A coin other than SUI that a session's key held at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OtherCoin {
    /// Its type, such as `0x2a::gold::GOLD`.
    pub coin_type: TypeTag,
    /// How much, in its smallest unit.
    pub amount: u64,
    /// Whether it went to the owner. If not, it stays at an address whose key is gone: the session could not pay for sending it, or
    /// the coin does not let itself be sent.
    pub is_swept: bool,
}

impl Vault {
    /// Of so many types at most: whoever sends worthless coins to a session must not burn all of its float.
    const MOST_TYPES: usize = 16;
    /// What sending one type may cost, in MIST.
    const TYPE_BUDGET: u64 = 20_000_000;
    /// What it does cost at the least, in units of computation.
    const LEAST_UNITS: u64 = 1_000;

    /// Sends what a key holds of other coins than SUI to the owner, as far as the key can pay for that.
    pub(super) async fn sweep_others(
        &self,
        account: &Account,
        key: &SessionKey,
    ) -> Result<Vec<OtherCoin>, Error> {
        let valet = account.valet();
        let network = valet.network();
        let held = network.balances(key.address(), Self::MOST_TYPES).await?;
        let mut found = Vec::new();
        for (coin_type, wealth) in held {
            let amount = wealth.coins.saturating_add(wealth.address_balance);
            if coin_type == ptb::sui() || amount == 0 {
                continue;
            }
            let coins = match wealth.coins {
                0 => Vec::new(),
                _ => network.coins(key.address(), &coin_type, u64::MAX).await?,
            };
            let holding = Holding {
                coin_type: coin_type.clone(),
                balance: wealth.address_balance,
                coins: coins.into_iter().map(|(coin, _)| coin).collect(),
            };
            let is_swept = self.send_other(valet, key, holding).await?;
            tracing::info!(%coin_type, amount, is_swept, "another coin at the session's address");
            found.push(OtherCoin {
                coin_type,
                amount,
                is_swept,
            });
        }
        Ok(found)
    }

    /// Whether it went there. An error only when that is not known.
    async fn send_other(
        &self,
        valet: &Valet,
        key: &SessionKey,
        holding: Holding,
    ) -> Result<bool, Error> {
        let network = valet.network();
        let gas = network.fresh_epoch_gas().await?;
        let least = gas.price.saturating_mul(Self::LEAST_UNITS);
        let Some((payment, budget)) = Self::payment(network, key, least).await? else {
            return Ok(false);
        };
        let limits = GasLimits::with_budget(budget).with_max_price(gas.price);
        let ptb = ptb::sweep_coins(self.owner(), &[holding])?;
        let transaction = gas::assemble(network, ptb, key.address(), payment, limits, gas)?;
        let signature = key.sign(&transaction)?;
        let answer = valet.submit(&transaction, &[signature]).await;
        match (Outcome::of(&answer), answer) {
            (_, Ok(_)) => Ok(true),
            (Some(_), Err(error)) => {
                tracing::warn!(%error, "a coin stays behind");
                Ok(false)
            }
            (None, Err(error)) => Err(error),
        }
    }

    /// What the key pays with, and how much at most; none when it holds less than `least`.
    async fn payment(
        network: &Network,
        key: &SessionKey,
        least: u64,
    ) -> Result<Option<(Payment, u64)>, Error> {
        let wealth = network.wealth(key.address()).await?;
        let held = wealth.address_balance.max(wealth.coins);
        if held < least {
            return Ok(None);
        }
        let payment = if wealth.address_balance >= wealth.coins {
            Payment::AddressBalance
        } else {
            let coins = network
                .coins(key.address(), &ptb::sui(), Self::TYPE_BUDGET)
                .await?;
            Payment::Coins(coins.into_iter().map(|(coin, _)| coin).collect())
        };
        Ok(Some((payment, held.min(Self::TYPE_BUDGET))))
    }
}
