//! What happens when a session is over: the owner plays, or lets it begin again.

use std::{fmt, sync::Arc};

use super::{Session, memory::is_over};
use crate::{Call, Error, Owner, Receipt, Refusal, Terms, limits, ptb};

/// What to do with an action when the session is over or its calls are used up.
#[derive(Clone, Default)]
#[non_exhaustive]
pub enum FallbackPolicy {
    /// Nothing: the action is refused.
    #[default]
    Refuse,
    /// The owner signs the action, and pays for it.
    OwnerPlays(Arc<dyn Owner>),
    /// The owner activates the key again on these terms, with one signature, and the action is played silently. Only a session
    /// whose time or calls ran out begins again: one that was ended or replaced on purpose stays over.
    Reactivate(Arc<dyn Owner>, Terms),
}

impl fmt::Debug for FallbackPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refuse => f.write_str("Refuse"),
            Self::OwnerPlays(owner) => f.debug_tuple("OwnerPlays").field(&owner.address()).finish(),
            Self::Reactivate(owner, terms) => f
                .debug_tuple("Reactivate")
                .field(&owner.address())
                .field(terms)
                .finish(),
        }
    }
}

impl Session {
    /// Goes on as the policy says after `error`, which refused the action: nothing of it took place.
    pub(super) async fn fall_back(&self, calls: &[Call], error: Error) -> Result<Receipt, Error> {
        let Some(refusal) = error.refusal() else {
            return Err(error);
        };
        let ran_out = matches!(
            refusal,
            Refusal::SessionExpired | Refusal::CallBudgetExhausted
        );
        match &self.inner.options.fallback {
            FallbackPolicy::OwnerPlays(owner) if ran_out || is_over(refusal) => {
                tracing::info!(%refusal, "the owner plays instead");
                self.inner
                    .account
                    .play_as_owner(owner.as_ref(), calls)
                    .await
            }
            FallbackPolicy::Reactivate(owner, terms) if ran_out => {
                self.reactivate(owner.as_ref(), terms).await?;
                self.play_here(calls).await
            }
            _ => Err(error),
        }
    }

    /// Lets the owner activate this key again, unless somebody did meanwhile.
    async fn reactivate(&self, owner: &dyn Owner, terms: &Terms) -> Result<(), Error> {
        let inner = &self.inner;
        let _one = inner.renewing.lock().await;
        let known = inner.memory.known();
        let used_up = known.session.remaining_calls == Some(0);
        let network = inner.account.valet().network();
        let expired = network
            .estimated_time_ms()
            .is_none_or(|now_ms| !known.session.is_active(now_ms));
        if known.over.is_none() && !used_up && !expired {
            return Ok(());
        }
        tracing::info!(owner = %owner.address(), "asking the owner to activate the session again");
        let (deployment, address) = (inner.account.valet().deployment(), self.address());
        let activated = inner
            .account
            .valet()
            .execute(owner, 0, |_| {
                ptb::activate(deployment, inner.storage, address, terms, None)
            })
            .await?;
        self.learn(&activated);
        self.publish();
        Ok(())
    }

    /// Renews the session when it is about to expire, as the policy says. Whatever comes of it, the action goes on.
    pub(super) async fn renew_if_due(&self) {
        let Some(policy) = &self.inner.options.renewal else {
            return;
        };
        if !self.is_renewal_due(limits::milliseconds(policy.before)) {
            return;
        }
        let Ok(_one) = self.inner.renewing.try_lock() else {
            // Somebody is at it.
            return;
        };
        let renewed = match &policy.keys {
            None => self.extend(policy.lasting).await.map(drop),
            Some(keys) => self.rotate(keys.as_ref(), policy.lasting).await.map(drop),
        };
        if let Err(error) = renewed {
            tracing::warn!(%error, "the session was not renewed; it lasts until it expires");
            self.inner.renewal_failed();
        }
    }

    fn is_renewal_due(&self, before_ms: u64) -> bool {
        let known = self.inner.memory.known();
        let now_ms = self.inner.account.valet().network().estimated_time_ms();
        let is_due = now_ms.is_some_and(|now_ms| {
            now_ms.saturating_add(before_ms) >= known.session.expires_at_ms
                && known.session.is_active(now_ms)
        });
        let may = known
            .session
            .remaining_renewals
            .is_some_and(|left| left > 0);
        is_due && may && known.over.is_none() && !self.inner.renewal_failed_lately()
    }
}
