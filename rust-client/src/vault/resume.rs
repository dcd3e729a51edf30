//! Going on after a restart.

use std::sync::atomic::Ordering;

use futures::{StreamExt as _, stream};
use sui_sdk_types::Digest;

use super::{Phase, Vault, VaultState};
use crate::{
    EndReason, Error, InFlight, Receipt, Session, SessionKey, SessionOptions, Valet,
    journal::{self, Outcome},
};

/// What a vault's session has come to.
#[derive(Debug)]
#[must_use]
pub struct Resumed {
    /// Where it is now.
    pub standing: Standing,
    /// What became of the transactions that were in flight, in the order in which they were sent. Every one of them was carried
    /// through exactly once or never will be, but for those of [`Fate::Unknown`].
    pub actions: Vec<Recovered>,
}

/// Where a session is.
#[derive(Debug)]
#[non_exhaustive]
pub enum Standing {
    /// Its owner has not activated it: go on with [`Vault::start`].
    Pending,
    /// The account's session is this one, and it is not known to have expired.
    Active(Session),
    /// The account's session is this one, and the chain's time is past its end: it plays no more. Go on with [`Vault::logout`],
    /// which saves the float, and start another.
    Expired(Session),
    /// It ended, for this reason if the account still tells: go on with [`Vault::logout`], which saves the float.
    Over(Option<EndReason>),
    /// A logout began: finish it with [`Vault::logout`].
    Ending,
}

/// A transaction that was in flight.
#[derive(Debug)]
#[non_exhaustive]
pub struct Recovered {
    /// What its sender called it, with [`Session::labelled`].
    pub label: String,
    /// Its digest.
    pub digest: Digest,
    /// What became of it.
    pub fate: Fate,
}

/// What became of a transaction that was in flight.
#[derive(Debug)]
#[non_exhaustive]
pub enum Fate {
    /// It was executed, once: before, or now that the same bytes were sent again.
    Executed(Box<Receipt>),
    /// It was executed and failed: nothing changed but the gas.
    Failed(Error),
    /// It was not executed, and the network refuses it for good: its time is over, or what it needs is gone.
    Dead(Error),
    /// That cannot be learned now. It stays in the journal; resume again.
    Unknown(Error),
}

impl Fate {
    fn of(answer: Result<Receipt, Error>) -> (Self, Option<Outcome>) {
        let outcome = match &answer {
            // Nobody can be reached: that says nothing about what was sent before.
            Err(Error::Unreachable { .. }) => None,
            _ => Outcome::of(&answer),
        };
        let fate = match (answer, outcome) {
            (Ok(receipt), _) => Self::Executed(Box::new(receipt)),
            (Err(error), Some(Outcome::NotExecuted)) => Self::Dead(error),
            (Err(error), Some(_)) => Self::Failed(error),
            (Err(error), None) => Self::Unknown(error),
        };
        (fate, outcome)
    }
}

impl Vault {
    /// Goes on with the session, wherever the last process left it.
    ///
    /// Every transaction that was in flight is asked for by its digest. One that the network does not know is sent again, the same
    /// bytes, as long as it is valid. Then the chain says whose session it is. The vault remembers all of it.
    ///
    /// # Errors
    /// [`VaultError::OtherAccount`](crate::VaultError::OtherAccount) inside [`Error::Vault`] when `valet` is another dApp or
    /// network; otherwise as [`Account::status`](crate::Account::status). Call it again then.
    pub async fn resume(&self, valet: &Valet, options: SessionOptions) -> Result<Resumed, Error> {
        let _turn = self.turn.lock().await;
        self.account(valet)?;
        if self.state() == VaultState::Ending {
            // What is in flight is for the logout to find out, once nothing can be executed any more.
            return Ok(Resumed {
                standing: Standing::Ending,
                actions: Vec::new(),
            });
        }
        let actions = self.recover(valet).await;
        let standing = self.stand(valet, options).await?;
        tracing::info!(?standing, recovered = actions.len(), "resumed");
        Ok(Resumed { standing, actions })
    }

    /// Finds out what became of everything in flight.
    pub(super) async fn recover(&self, valet: &Valet) -> Vec<Recovered> {
        /// How many digests are asked for at once.
        const LOOKUPS: usize = 16;
        let found: Vec<_> = stream::iter(self.journal.in_flight())
            .map(async |entry| {
                let found = valet.look_up(entry.digest()).await;
                (entry, found)
            })
            .buffered(LOOKUPS)
            .collect()
            .await;
        let mut recovered = Vec::with_capacity(found.len());
        // One after the other: actions that were to follow each other do.
        for (entry, found) in found {
            let answer = match found {
                Ok(Some(answer)) => answer,
                Ok(None) => valet.resubmit(entry.signed_transaction()).await,
                Err(error) => Err(error),
            };
            recovered.push(self.recovered(&entry, answer));
        }
        recovered
    }

    fn recovered(&self, entry: &InFlight, answer: Result<Receipt, Error>) -> Recovered {
        let (fate, outcome) = Fate::of(answer);
        tracing::debug!(digest = %entry.digest(), label = entry.label(), ?outcome, "recovered");
        if let Some(outcome) = outcome {
            journal::note(&*self.journal, entry.digest(), outcome);
        }
        Recovered {
            label: entry.label().to_owned(),
            digest: entry.digest(),
            fate,
        }
    }

    /// Asks the chain whose session it is, and notes the answer.
    async fn stand(&self, valet: &Valet, options: SessionOptions) -> Result<Standing, Error> {
        let account = self.account(valet)?;
        let (session, ended) = match account.status().await {
            Ok(status) => (status.session, status.ended_session),
            Err(Error::NotOnboarded { .. }) => (None, None),
            Err(error) => return Err(error),
        };
        let (held, next) = self.keys();
        let next_is = |wallet| next.as_ref().is_some_and(|next| next.address() == wallet);
        if let Some(session) = session {
            let is_held = session.wallet == held.address();
            if is_held || next_is(session.wallet) {
                // A renewal whose outcome is open, or which a session of this process is about to send, may still be carried
                // out: both keys are kept.
                let is_settled = self.journal.in_flight().is_empty()
                    && !self.is_handing_over.load(Ordering::Relaxed);
                if !is_held || is_settled {
                    self.settle_renewal(!is_held)?;
                    self.is_handing_over.store(false, Ordering::Relaxed);
                }
                let generation = session.generation;
                if self.state() == VaultState::Pending {
                    self.change(|contents| contents.record.phase = Phase::Active { generation })?;
                }
                let key = if is_held { Some(held) } else { next };
                let key = key.unwrap_or_else(|| self.keys().0);
                let options = options.with_journal(self.journal());
                let expires_at_ms = session.expires_at_ms;
                let session = account.resume(key, options).await?;
                let shown_ms = valet.network().shown_time_ms();
                return Ok(if shown_ms.is_some_and(|now_ms| now_ms >= expires_at_ms) {
                    Standing::Expired(session)
                } else {
                    Standing::Active(session)
                });
            }
        }
        let reason = ended
            .filter(|ended| ended.wallet == held.address() || next_is(ended.wallet))
            .map(|ended| ended.reason);
        Ok(if self.state() == VaultState::Pending && reason.is_none() {
            Standing::Pending
        } else {
            Standing::Over(reason)
        })
    }

    /// The key, and the one that the session is being handed to.
    pub(super) fn keys(&self) -> (SessionKey, Option<SessionKey>) {
        let contents = self.lock();
        match &*contents {
            Some(contents) => (contents.key(), contents.next_key()),
            None => (SessionKey::from_seed(&Default::default()), None),
        }
    }
}
