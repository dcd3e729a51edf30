//! Renewing a session within what its owner allowed, without the owner.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use sui_sdk_types::{Address, ProgrammableTransaction};
use tokio::time::Instant;

use super::{Inner, Session, Start};
use crate::{
    Error, GasPolicy, Receipt, SessionKey, Status, limits,
    ptb::{self, Float, FloatKind, FundSource, NextKey},
};

/// Where the keys of a session that renews itself come from.
#[async_trait]
pub trait KeyRotation: Send + Sync {
    /// A key for the session that is with `current` now, kept safe before this returns: from the moment that the renewal is sent,
    /// it may be the session's only key. One that was given out before, and of which neither [`rotated`](Self::rotated) nor
    /// [`abandoned`](Self::abandoned) told, may have the session one day: give out the same again, unless it is `current`.
    ///
    /// # Errors
    /// Whatever keeps it from being kept. The session is not renewed then.
    async fn next_key(&self, current: Address) -> Result<SessionKey, Error>;

    /// The session is with this key now. The one before is dead and may be wiped, once what it still holds is worth nothing.
    ///
    /// # Errors
    /// Whatever keeps it from being noted; the session goes on.
    async fn rotated(&self, current: Address) -> Result<(), Error>;

    /// The session stays with the key that it has: the renewal to `next` was not carried out and never will be.
    ///
    /// # Errors
    /// Whatever keeps it from being noted; the session goes on.
    async fn abandoned(&self, next: Address) -> Result<(), Error> {
        let _ = next;
        Ok(())
    }
}

/// What a journal calls renewals: they are no action of the caller's, whatever its label.
pub(crate) const RENEWAL_LABEL: &str = "valet: renew";

/// When a session renews itself, for how long, and under which key.
#[derive(Clone)]
#[must_use]
pub struct RenewalPolicy {
    pub(super) before: Duration,
    pub(super) lasting: Duration,
    pub(super) keys: Option<Arc<dyn KeyRotation>>,
}

impl RenewalPolicy {
    /// Renews with the first action in the last `before` of the session's time, to last `lasting` from then on, under the key that
    /// it has.
    pub fn new(before: Duration, lasting: Duration) -> Self {
        Self {
            before,
            lasting,
            keys: None,
        }
    }

    /// Changes the key with each renewal.
    pub fn with_rotation(mut self, keys: Arc<dyn KeyRotation>) -> Self {
        self.keys = Some(keys);
        self
    }
}

impl fmt::Debug for RenewalPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RenewalPolicy")
            .field("before", &self.before)
            .field("lasting", &self.lasting)
            .field("rotates", &self.keys.is_some())
            .finish()
    }
}

/// What a session remembers of its rotations.
#[derive(Debug, Default)]
pub(super) struct Rotating {
    /// A key that the session may be with already.
    next: Mutex<Option<Arc<SessionKey>>>,
    failed: Mutex<Option<Instant>>,
}

impl Inner {
    /// How long a renewal that failed is not tried again.
    const PATIENCE: Duration = Duration::from_secs(5);

    pub(super) fn renewal_failed(&self) {
        let mut failed = self
            .rotating
            .failed
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *failed = Some(Instant::now());
    }

    pub(super) fn renewal_failed_lately(&self) -> bool {
        self.rotating
            .failed
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .is_some_and(|failed| failed.elapsed() < Self::PATIENCE)
    }

    fn set_next_key(&self, key: Option<Arc<SessionKey>>) {
        *self
            .rotating
            .next
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = key;
    }

    fn next_key(&self) -> Option<Arc<SessionKey>> {
        self.rotating
            .next
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

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
        let _slot = self.slot().await;
        let renew = self.renewal(self.address(), duration, NextKey::Same)?;
        self.labelled(RENEWAL_LABEL).execute(&renew).await
    }

    /// Hands the session to a fresh key, for `duration` from now, and its float with it. This session's key is dead from then
    /// on; of its float at most one transaction's budget stays behind, and whatever other coins are at its address. It waits until
    /// nothing is in flight.
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
        let _alone = self.alone().await;
        let (next, float) = self.all_of_the_float().await?;
        let renew = self.renewal(key.address(), duration, next)?;
        let receipt = self.send_renewal(&renew).await?;
        let mut session = self.inner.memory.known().session;
        session.wallet = key.address();
        let start = Start {
            session,
            unsettled_writes: self.unsettled_writes(),
            float,
            feed: None,
        };
        let (account, options) = (self.inner.account.clone(), self.inner.options.clone());
        let renewed = Self::new(account, self.inner.storage, key, options, start);
        renewed.note_funded(0);
        Ok((renewed, receipt))
    }

    /// Hands this session to a fresh key, for `duration` from now, and its float with it: all its clones go on with that key. It
    /// waits until nothing is in flight. [`RenewalPolicy::with_rotation`] does it by itself.
    ///
    /// Should the outcome be unknown, [`refresh`](Self::refresh) learns which of the two keys has the session.
    ///
    /// # Errors
    /// As [`extend`](Self::extend), or what `keys` says.
    pub async fn rotate(
        &self,
        keys: &dyn KeyRotation,
        duration: Duration,
    ) -> Result<Receipt, Error> {
        let _alone = self.alone().await;
        let key = Arc::new(keys.next_key(self.address()).await?);
        let (receipt, float) = match self.hand_over(&key, duration).await {
            Ok(handed_over) => handed_over,
            Err(error) => {
                // What was executed and failed, or refused, left the session where it was.
                if crate::Outcome::of_error(&error).is_some() {
                    self.inner.set_next_key(None);
                    if let Err(error) = keys.abandoned(key.address()).await {
                        tracing::warn!(%error, "it was not noted that the session keeps its key");
                    }
                }
                return Err(error);
            }
        };
        self.go_on_with(&key);
        if let Some(float) = float {
            self.inner.float.correct(float);
        }
        self.note_funded(0);
        if let Err(error) = keys.rotated(key.address()).await {
            tracing::warn!(%error, "the rotation was not noted");
        }
        tracing::info!(address = %key.address(), "the session is with a fresh key");
        Ok(receipt)
    }

    /// Sends the renewal to a fresh key, and how much of the float arrives there, as far as that is known.
    async fn hand_over(
        &self,
        key: &Arc<SessionKey>,
        duration: Duration,
    ) -> Result<(Receipt, Option<u64>), Error> {
        let (next, float) = self.all_of_the_float().await?;
        let renew = self.renewal(key.address(), duration, next)?;
        self.inner.set_next_key(Some(Arc::clone(key)));
        Ok((self.send_renewal(&renew).await?, float))
    }

    /// Takes the fresh key of a rotation whose outcome was unknown, when the ledger says that it has the session.
    pub(super) fn adopt_next_key(&self, status: &Status) {
        if let Some(key) = self.inner.next_key()
            && status
                .session
                .as_ref()
                .is_some_and(|session| session.wallet == key.address())
        {
            self.go_on_with(&key);
        }
    }

    fn go_on_with(&self, key: &Arc<SessionKey>) {
        *self
            .inner
            .key
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Arc::clone(key);
        self.inner.set_next_key(None);
        self.inner.memory.handed_over(key.address());
    }

    fn renewal(
        &self,
        wallet: Address,
        duration: Duration,
        next: NextKey,
    ) -> Result<ProgrammableTransaction, Error> {
        let deployment = self.inner.account.valet().deployment();
        let duration_ms = limits::milliseconds(duration);
        Ok(ptb::renew(
            deployment,
            self.inner.storage,
            wallet,
            duration_ms,
            next,
        )?)
    }

    async fn send_renewal(&self, renew: &ProgrammableTransaction) -> Result<Receipt, Error> {
        let renewing = self.labelled(RENEWAL_LABEL);
        if self.inner.coins.is_some() {
            renewing.execute_with_all_coins(renew).await
        } else {
            renewing.execute(renew).await
        }
    }

    /// How the float goes along, and how much of it arrives, as far as that is known.
    async fn all_of_the_float(&self) -> Result<(NextKey, Option<u64>), Error> {
        match self.inner.options.gas {
            // What the renewal costs is paid from it, so a little less arrives.
            GasPolicy::Coins(_) => Ok((NextKey::GasCoin, None)),
            GasPolicy::Sponsor(_) => Ok((NextKey::Same, Some(0))),
            GasPolicy::AddressBalance => {
                let network = self.inner.account.valet().network();
                let held = network.wealth(self.address()).await?.address_balance;
                // What pays for this transaction cannot be sent by it.
                let mist = held.saturating_sub(self.inner.options.limits.budget());
                if mist == 0 {
                    return Ok((NextKey::Same, Some(0)));
                }
                let float = Float {
                    mist,
                    source: FundSource::AddressBalance,
                    kind: FloatKind::AddressBalance,
                };
                Ok((NextKey::Float(float), Some(mist)))
            }
        }
    }
}
