//! Handing the session to a fresh key: at the caller's word, or whenever the session renews itself.

use std::{sync::atomic::Ordering, time::Duration};

use async_trait::async_trait;
use sui_sdk_types::Address;

use super::{Phase, Vault, VaultError, VaultState};
use crate::{Error, KeyRotation, Receipt, Session, SessionKey, session::RENEWAL_LABEL};

impl Vault {
    /// Hands the session to a fresh key, for `duration` from now, and its float with it. The fresh key is sealed before anything is
    /// sent, so that a kill on the way loses neither.
    ///
    /// # Errors
    /// [`VaultError::WrongState`] or [`VaultError::OtherKey`] inside [`Error::Vault`]; otherwise as [`Session::renew`]. After
    /// [`Error::Unconfirmed`], [`resume`](Self::resume) finds out which key has the session.
    pub async fn renew(
        &self,
        session: &Session,
        duration: Duration,
    ) -> Result<(Session, Receipt), Error> {
        let _turn = self.turn.lock().await;
        let held = self.expect(VaultState::Active, "resume it with `Vault::resume`")?;
        if session.address() != held.address() {
            return Err(VaultError::OtherKey {
                path: self.folder.clone(),
                session: session.address(),
                held: held.address(),
            }
            .into());
        }
        let next = self.seal_next()?;
        let outcome = session.renew(next, duration).await;
        let is_open = self.has_open_renewal();
        match outcome {
            Ok(renewed) => {
                self.settle_renewal(true)?;
                Ok(renewed)
            }
            // It may still be carried out: both keys are kept.
            Err(error) if is_open => Err(error),
            Err(error) => {
                self.settle_renewal(false)?;
                Err(error)
            }
        }
    }

    /// A fresh key, on the disk beside the present one.
    fn seal_next(&self) -> Result<SessionKey, Error> {
        let next = SessionKey::generate()?;
        self.change(|contents| {
            contents.next = Some(next.seed().clone());
            if let Phase::Active { generation } = contents.record.phase {
                contents.record.phase = Phase::Renewing { generation };
            }
        })?;
        Ok(next)
    }

    /// The renewal was carried out, or never will be.
    pub(super) fn settle_renewal(&self, is_done: bool) -> Result<(), Error> {
        self.change(|contents| {
            if let Some(next) = contents.next.take()
                && is_done
            {
                contents.seed = next;
            }
            if let Phase::Renewing { generation } = contents.record.phase {
                contents.record.phase = Phase::Active { generation };
            }
        })
    }
}

/// A vault keeps the keys of the session that it gave, when that session renews itself: each fresh key is sealed before anything is
/// sent, and whenever the process is killed, [`Vault::resume`] finds out which key has the session.
///
/// ```no_run
/// # async fn run(valet: valet_client::Valet, pin: valet_client::Pin) -> Result<(), valet_client::Error> {
/// use std::{sync::Arc, time::Duration};
/// use valet_client::{RenewalPolicy, SessionOptions, Vault};
///
/// let vault = Arc::new(Vault::open("session", &pin)?);
/// let (soon, hour) = (Duration::from_secs(300), Duration::from_secs(3_600));
/// let renewal = RenewalPolicy::new(soon, hour).with_rotation(vault.clone());
/// let resumed = vault.resume(&valet, SessionOptions::new().with_renewal(renewal)).await?;
/// # let _ = resumed; Ok(()) }
/// ```
#[async_trait]
impl KeyRotation for Vault {
    async fn next_key(&self, current: Address) -> Result<SessionKey, Error> {
        // Whoever has the turn may be waiting for the session, which waits for this.
        let Ok(_turn) = self.turn.try_lock() else {
            return Err(VaultError::Busy {
                path: self.folder.clone(),
            }
            .into());
        };
        if !matches!(self.state(), VaultState::Active | VaultState::Renewing) {
            return Err(self.wrong_state("a session renews itself while it is active"));
        }
        let (mut held, mut next) = self.keys();
        if next.as_ref().is_some_and(|next| next.address() == current) {
            // The last rotation came through, and could not be noted.
            self.settle_renewal(true)?;
            (held, next) = self.keys();
        }
        if held.address() != current {
            return Err(VaultError::OtherKey {
                path: self.folder.clone(),
                session: current,
                held: held.address(),
            }
            .into());
        }
        let next = match next {
            Some(next) => next,
            None => self.seal_next()?,
        };
        self.is_handing_over.store(true, Ordering::Relaxed);
        Ok(next)
    }

    async fn rotated(&self, current: Address) -> Result<(), Error> {
        self.settle_rotation(current, true)
    }

    async fn abandoned(&self, next: Address) -> Result<(), Error> {
        self.settle_rotation(next, false)
    }
}

impl Vault {
    /// Notes what became of a rotation to this key. A logout that began meanwhile takes care of both keys.
    fn settle_rotation(&self, next: Address, is_done: bool) -> Result<(), Error> {
        let (_, sealed) = self.keys();
        let is_the_one = sealed.is_some_and(|sealed| sealed.address() == next);
        if is_the_one && self.state() == VaultState::Renewing {
            // A renewal before this one, to the same key, may still be carried out.
            if !is_done && self.has_open_renewal() {
                return Ok(());
            }
            self.settle_renewal(is_done)?;
        }
        self.is_handing_over.store(false, Ordering::Relaxed);
        Ok(())
    }

    /// Whether a renewal was sent whose outcome is not certain.
    fn has_open_renewal(&self) -> bool {
        let open = self.journal.in_flight();
        open.iter().any(|entry| entry.label() == RENEWAL_LABEL)
    }
}
