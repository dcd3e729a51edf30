//! Renewing a session within what its owner allowed, without the owner.

use std::time::Duration;

use super::Session;
use crate::{
    Error, GasPolicy, Receipt, SessionKey, limits,
    ptb::{self, Float, FloatKind, FundSource, NextKey},
};

impl Session {
    /// Lets the session live for `duration` from now, with the key that it has. The owner must have granted renewals, with
    /// [`Grant::with_renewals`](crate::Grant::with_renewals); what the session used stays used.
    ///
    /// # Errors
    /// [`Refusal::RenewalNotGranted`](crate::Refusal::RenewalNotGranted),
    /// [`Refusal::NoRenewalLeft`](crate::Refusal::NoRenewalLeft) or
    /// [`Refusal::BeyondEnvelope`](crate::Refusal::BeyondEnvelope) inside [`Error::Refused`]; otherwise as
    /// [`play`](Self::play).
    pub async fn extend(&self, duration: Duration) -> Result<Receipt, Error> {
        let inner = &self.inner;
        let renew = ptb::renew(
            inner.account.valet().deployment(),
            inner.storage,
            self.address(),
            limits::milliseconds(duration),
            NextKey::Same,
        )?;
        self.execute(&renew).await
    }

    /// Hands the session to a fresh key, for `duration` from now, and its float with it. This session's key is dead from then
    /// on; of its float at most one transaction's budget stays behind.
    ///
    /// Should the outcome be unknown ([`Error::Unconfirmed`]), the session may be with the fresh key already: make that one with
    /// [`SessionKey::from_seed`] and keep the seed until this returns, to take the session up with
    /// [`Account::resume`](crate::Account::resume).
    ///
    /// # Errors
    /// As [`extend`](Self::extend).
    pub async fn renew(
        &self,
        key: SessionKey,
        duration: Duration,
    ) -> Result<(Session, Receipt), Error> {
        let inner = &self.inner;
        let next = match inner.options.gas {
            GasPolicy::Coin => NextKey::GasCoin,
            GasPolicy::AddressBalance => self.float_but_for_the_budget().await?,
        };
        let renew = ptb::renew(
            inner.account.valet().deployment(),
            inner.storage,
            key.address(),
            limits::milliseconds(duration),
            next,
        )?;
        let receipt = self.execute(&renew).await?;
        let renewed = Self::new(
            inner.account.clone(),
            inner.storage,
            key,
            inner.options.clone(),
            self.expires_at_ms(),
            self.unsettled_writes(),
        );
        renewed.learn(&receipt);
        renewed.note_funded();
        Ok((renewed, receipt))
    }

    /// What the session's address balance holds beyond what this transaction may cost.
    async fn float_but_for_the_budget(&self) -> Result<NextKey, Error> {
        let network = self.inner.account.valet().network();
        let held = network.wealth(self.address()).await?.address_balance;
        let mist = held.saturating_sub(self.inner.options.limits.budget());
        Ok(if mist == 0 {
            NextKey::Same
        } else {
            NextKey::Float(Float {
                mist,
                source: FundSource::AddressBalance,
                kind: FloatKind::AddressBalance,
            })
        })
    }
}
