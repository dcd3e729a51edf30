//! What pays.

use std::collections::HashSet;

use sui_sdk_types::ObjectReference;
use valet_client::{Sponsor as _, SponsorRefusal};

use super::{GasSource, Service};
use crate::ServiceError;

impl Service {
    /// A coin that is free and holds the budget, or none when the address balance pays and holds it.
    pub(super) async fn pick_gas(
        &self,
        budget: u64,
    ) -> Result<Option<ObjectReference>, ServiceError> {
        match self.inner.gas {
            GasSource::AddressBalance => {
                let wealth = self.inner.chain.network.wealth(self.address()).await?;
                let held = wealth.address_balance;
                if held >= budget {
                    return Ok(None);
                }
                let reason = format!("its address balance holds {held} MIST, {budget} are needed");
                Err(SponsorRefusal::OutOfGas { reason }.into())
            }
            GasSource::Coins => {
                if let Some(coin) = self.free_coin(budget).await? {
                    return Ok(Some(coin));
                }
                // Perhaps transactions that were paid with coins are done.
                if self.reconcile_now_and_then().await?
                    && let Some(coin) = self.free_coin(budget).await?
                {
                    return Ok(Some(coin));
                }
                let reason = format!("no coin that holds {budget} MIST is free");
                Err(SponsorRefusal::OutOfGas { reason }.into())
            }
        }
    }

    /// A coin that pays for no open transaction.
    async fn free_coin(&self, budget: u64) -> Result<Option<ObjectReference>, ServiceError> {
        // The book first: a coin that it lets go of afterwards has its new version in the list already.
        let open = self.book(|book| book.open()).await?;
        let taken: HashSet<_> = open.into_iter().filter_map(|open| open.coin).collect();
        let coins = self.inner.chain.coins(self.address(), budget).await?;
        Ok(coins
            .into_iter()
            .find(|coin| !taken.contains(coin.object_id())))
    }
}
