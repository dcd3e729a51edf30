//! Giving the float back.

use sui_sdk_types::ProgrammableTransaction;

use super::{
    Session,
    coins::{Keeping, Lease, Turn},
};
use crate::{
    Error, GasLimits, Receipt,
    ptb::{self, Float, FloatKind, FundSource},
};

impl Session {
    /// What a sweep of an address balance may cost, in units of computation; its storage is the owner's balance, if that is new.
    const SWEEP_UNITS: u64 = 2_000;
    const SWEEP_STORAGE: u64 = 4_000_000;

    /// Sends what the session's key holds back to the account's owner: all its coins, and of its address balance all but what
    /// the transaction may cost. It waits until nothing is in flight. `None` when there is nothing worth sending.
    ///
    /// A session that has ended can still be swept, and a sweep that was interrupted can be done again.
    ///
    /// # Errors
    /// As [`play`](Self::play).
    pub async fn sweep(&self) -> Result<Option<Receipt>, Error> {
        let _alone = self.alone().await;
        let network = self.inner.account.valet().network();
        let owner = self.inner.account.owner();
        let limits = self.sweep_limits().await;
        let balance = network.wealth(self.address()).await?.address_balance;
        let (_keeping, coins) = self.all_coins().await?;
        let receipt = match coins {
            Some(lease) if lease.balance() >= limits.budget() => {
                let sweep = ptb::sweep(owner, balance, FundSource::GasCoin)?;
                let gas = network.fresh_epoch_gas().await?;
                self.pay_with_coins(&sweep, lease, limits, gas, None)
                    .await?
            }
            _ => {
                let Some(mist) = balance
                    .checked_sub(limits.budget())
                    .filter(|mist| *mist > 0)
                else {
                    return Ok(None);
                };
                let float = Float {
                    mist,
                    source: FundSource::AddressBalance,
                    kind: FloatKind::AddressBalance,
                };
                self.execute_from_balance(&ptb::fund(owner, float)?, limits)
                    .await?
            }
        };
        self.read_float().await?;
        tracing::info!(%owner, digest = %receipt.digest(), "the float was sent back");
        Ok(Some(receipt))
    }

    /// Reads what the session holds for its gas.
    pub(crate) async fn read_float(&self) -> Result<(), Error> {
        let network = self.inner.account.valet().network();
        let wealth = network.wealth(self.address()).await?;
        self.inner.float.correct(match self.inner.coins {
            Some(_) => wealth.coins,
            None => wealth.address_balance,
        });
        Ok(())
    }

    /// Executes a transaction that is paid with all the coins there are.
    pub(super) async fn execute_with_all_coins(
        &self,
        ptb: &ProgrammableTransaction,
    ) -> Result<Receipt, Error> {
        let limits = self.inner.options.limits;
        let (_keeping, coins) = self.all_coins().await?;
        match coins {
            Some(lease) => {
                let gas = self
                    .inner
                    .account
                    .valet()
                    .network()
                    .fresh_epoch_gas()
                    .await?;
                self.pay_with_coins(ptb, lease, limits, gas, None).await
            }
            None => Err(self.too_poor(limits, "it has no coins".to_owned())),
        }
    }

    /// All coins whose outcome is known, as the ledger lists them now.
    async fn all_coins(&self) -> Result<(Keeping, Option<Lease>), Error> {
        let network = self.inner.account.valet().network();
        let pool = self.inner.coins.clone().unwrap_or_default();
        let keeping = loop {
            pool.doubt_listing();
            let returned = pool.returned();
            if let Turn::Keep(keeping) = pool.turn(0) {
                break keeping;
            }
            returned.await;
        };
        keeping.listed(network.coins(self.address(), &ptb::sui(), u64::MAX).await?);
        let lease = keeping.all();
        Ok((keeping, lease))
    }

    /// As tight as can be, because what an address balance keeps for the budget stays behind.
    async fn sweep_limits(&self) -> GasLimits {
        let limits = self.inner.options.limits;
        let price = self.inner.account.valet().network().gas_price().await;
        let tight = price
            .saturating_mul(Self::SWEEP_UNITS)
            .saturating_add(Self::SWEEP_STORAGE);
        limits.budgeted(tight.min(limits.budget()))
    }
}
