//! Gas coins: each pays for one transaction at a time.
//!
//! A coin's version is followed from the effects of what it paid for. While a transaction's outcome is unknown its coins pay for
//! nothing else: two transactions that name one version of a coin would be an equivocation.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use sui_sdk_types::{
    Address, Digest, IdOperation, ObjectOut, ObjectReference, Owner, Transaction,
    TransactionEffectsV2, TransactionExpiration,
};
use tokio::{
    sync::Notify,
    time::{Duration, Instant},
};

/// The coins of a session that pays with coins.
#[derive(Debug, Default)]
pub(super) struct CoinPool {
    state: Mutex<State>,
    /// Rung when coins come back.
    returned: Notify,
}

#[derive(Debug, Default)]
struct State {
    idle: Vec<Coin>,
    /// How many payments are on their way.
    out: usize,
    set_aside: Vec<SetAside>,
    /// Below these versions a listing is out of date.
    known: HashMap<Address, u64>,
    /// Whether a listing is due: at first, after money came, after a coin was not what it was thought to be.
    is_fresh: bool,
    /// Whether somebody lists or splits.
    is_kept: bool,
}

/// A coin and what it holds, in MIST.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Coin {
    pub(super) reference: ObjectReference,
    pub(super) balance: u64,
}

/// Coins whose transaction has an unknown outcome.
#[derive(Debug)]
struct SetAside {
    coins: Vec<Coin>,
    digest: Digest,
    /// The last epoch in which it can still be executed.
    last_epoch: u64,
    asked: Instant,
}

/// A transaction whose coins wait for its outcome.
#[derive(Clone, Copy, Debug)]
pub(super) struct Doubt {
    pub(super) digest: Digest,
    pub(super) last_epoch: u64,
}

/// What to do for a payment.
#[derive(Debug)]
pub(super) enum Turn {
    /// Pay with these.
    Pay(Lease),
    /// List the session's coins, and split them if they are few.
    Keep(Keeping),
    /// Ask for the outcome of these transactions.
    Ask(Vec<Doubt>),
    /// Wait until coins come back.
    Wait,
    /// There is too little.
    Poor { richest: u64, set_aside: usize },
}

impl CoinPool {
    /// The protocol's limit on the coins of one payment.
    const MOST: usize = 256;
    /// How often the ledger is asked for an outcome.
    const PATIENCE: Duration = Duration::from_millis(500);

    /// What to do to pay up to `needed`.
    pub(super) fn turn(self: &Arc<Self>, needed: u64) -> Turn {
        let mut state = self.lock();
        if state.is_kept {
            return Turn::Wait;
        }
        if !state.is_fresh && state.out == 0 {
            return self.keep(&mut state);
        }
        if let Some(coins) = state.take(needed, Self::MOST) {
            state.out += 1;
            return Turn::Pay(Lease {
                coins,
                sent: None,
                pool: Arc::clone(self),
            });
        }
        if state.out > 0 {
            return Turn::Wait;
        }
        let doubts = state.doubts(Self::PATIENCE);
        if !doubts.is_empty() {
            return Turn::Ask(doubts);
        }
        Turn::Poor {
            richest: state.idle.iter().map(|coin| coin.balance).sum(),
            set_aside: state.set_aside.len(),
        }
    }

    /// Waits until coins come back. Made before [`turn`](Self::turn) is asked, so that nothing is missed.
    pub(super) fn returned(&self) -> tokio::sync::futures::Notified<'_> {
        self.returned.notified()
    }

    /// The session's coins may be others than are known.
    pub(super) fn doubt_listing(&self) {
        self.lock().is_fresh = false;
    }

    /// A transaction's outcome became known.
    pub(super) fn learn(&self, digest: Digest, effects: &TransactionEffectsV2) {
        let mut state = self.lock();
        let Some(index) = state
            .set_aside
            .iter()
            .position(|set_aside| set_aside.digest == digest)
        else {
            return;
        };
        let set_aside = state.set_aside.swap_remove(index);
        state.settle(&set_aside.coins, effects, None);
        drop(state);
        self.returned.notify_waiters();
    }

    /// A transaction can never be executed any more.
    pub(super) fn forget(&self, digest: Digest) {
        let mut state = self.lock();
        state
            .set_aside
            .retain(|set_aside| set_aside.digest != digest);
        state.is_fresh = false;
        drop(state);
        self.returned.notify_waiters();
    }

    fn keep(self: &Arc<Self>, state: &mut State) -> Turn {
        state.is_kept = true;
        Turn::Keep(Keeping {
            pool: Arc::clone(self),
        })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The richest coin if it covers `needed`, and with it what is too little to pay alone; else all together if they do.
    fn take(&mut self, needed: u64, most: usize) -> Option<Vec<Coin>> {
        self.idle
            .sort_unstable_by_key(|coin| std::cmp::Reverse(coin.balance));
        let rich = self
            .idle
            .iter()
            .take_while(|coin| coin.balance >= needed)
            .count();
        if rich == 0 {
            let sum = self
                .idle
                .iter()
                .take(most)
                .fold(0_u64, |sum, coin| sum.saturating_add(coin.balance));
            let all = self.idle.len().min(most);
            return (sum >= needed && all > 0 && self.out == 0)
                .then(|| self.idle.drain(..all).collect());
        }
        let mut coins = vec![self.idle.remove(0)];
        let dust = self.idle.split_off(rich - 1);
        for coin in dust {
            if coins.len() < most {
                coins.push(coin);
            } else {
                self.idle.push(coin);
            }
        }
        Some(coins)
    }

    /// The transactions that were not asked for lately.
    fn doubts(&mut self, patience: Duration) -> Vec<Doubt> {
        let now = Instant::now();
        self.set_aside
            .iter_mut()
            .filter(|set_aside| now.saturating_duration_since(set_aside.asked) >= patience)
            .map(|set_aside| {
                set_aside.asked = now;
                Doubt {
                    digest: set_aside.digest,
                    last_epoch: set_aside.last_epoch,
                }
            })
            .collect()
    }

    /// Takes in what a transaction did to the coins that paid for it, and the coins that it made for `owner`, each of so much.
    fn settle(
        &mut self,
        paid: &[Coin],
        effects: &TransactionEffectsV2,
        made: Option<(Address, u64)>,
    ) {
        let payer = effects
            .gas_object_index
            .and_then(|index| usize::try_from(index).ok())
            .and_then(|index| effects.changed_objects.get(index));
        let gas = crate::Gas::from(&effects.gas_used).net();
        let held: i128 = paid.iter().map(|coin| i128::from(coin.balance)).sum();
        let mut left = held - gas;
        for change in &effects.changed_objects {
            let ObjectOut::ObjectWrite { digest, owner } = change.output_state else {
                continue;
            };
            if let Some((address, balance)) = made
                && change.id_operation == IdOperation::Created
                && owner == Owner::Address(address)
            {
                left -= i128::from(balance);
                self.idle.push(Coin {
                    reference: ObjectReference::new(
                        change.object_id,
                        effects.lamport_version,
                        digest,
                    ),
                    balance,
                });
            }
        }
        let after = payer.and_then(|change| match change.output_state {
            ObjectOut::ObjectWrite { digest, owner } => Some((change.object_id, digest, owner)),
            _ => None,
        });
        // Merged into the payer, or no longer ours: no listing brings them back.
        for coin in paid {
            self.known.insert(*coin.reference.object_id(), u64::MAX);
        }
        match after {
            Some((id, digest, Owner::Address(_)))
                if paid.iter().any(|coin| *coin.reference.object_id() == id) =>
            {
                self.known.insert(id, effects.lamport_version);
                self.idle.push(Coin {
                    reference: ObjectReference::new(id, effects.lamport_version, digest),
                    balance: u64::try_from(left.max(0)).unwrap_or(u64::MAX),
                });
            }
            _ => {
                // These effects do not say what became of the payer: ask.
                for coin in paid {
                    self.known
                        .insert(*coin.reference.object_id(), coin.reference.version() + 1);
                }
                self.is_fresh = false;
            }
        }
    }
}

/// Coins that pay for one transaction. Dropped before it is sent they come back as they are; dropped after, they are set aside
/// until its outcome is known.
#[derive(Debug)]
pub(super) struct Lease {
    coins: Vec<Coin>,
    sent: Option<Doubt>,
    pool: Arc<CoinPool>,
}

impl Lease {
    pub(super) fn references(&self) -> Vec<ObjectReference> {
        self.coins
            .iter()
            .map(|coin| coin.reference.clone())
            .collect()
    }

    /// What the coins hold together.
    pub(super) fn balance(&self) -> u64 {
        self.coins
            .iter()
            .fold(0, |sum, coin| sum.saturating_add(coin.balance))
    }

    /// The transaction leaves now.
    pub(super) fn sent(&mut self, transaction: &Transaction) {
        self.sent = Some(Doubt {
            digest: transaction.digest(),
            last_epoch: match transaction.expiration {
                TransactionExpiration::Epoch(epoch) => epoch,
                // It never lapses by itself.
                _ => u64::MAX,
            },
        });
    }

    /// It was executed.
    pub(super) fn settle(mut self, effects: &TransactionEffectsV2, made: Option<(Address, u64)>) {
        let coins = std::mem::take(&mut self.coins);
        self.pool.lock().settle(&coins, effects, made);
    }

    /// It was executed, and did more with the coins than paying: what they hold is to be read.
    pub(super) fn reread(mut self, effects: &TransactionEffectsV2) {
        let coins = std::mem::take(&mut self.coins);
        let mut state = self.pool.lock();
        for coin in &coins {
            state
                .known
                .insert(*coin.reference.object_id(), effects.lamport_version);
        }
        state.is_fresh = false;
    }

    /// It was refused before execution: the coins are as they were.
    pub(super) fn give_back(mut self) {
        self.sent = None;
    }

    /// It was refused because the coins are not what they were thought to be.
    pub(super) fn discard(mut self) {
        self.coins.clear();
        self.pool.lock().is_fresh = false;
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let coins = std::mem::take(&mut self.coins);
        let mut state = self.pool.lock();
        state.out = state.out.saturating_sub(1);
        match self.sent {
            _ if coins.is_empty() => {}
            None => state.idle.extend(coins),
            Some(doubt) => state.set_aside.push(SetAside {
                coins,
                digest: doubt.digest,
                last_epoch: doubt.last_epoch,
                asked: Instant::now(),
            }),
        }
        drop(state);
        self.pool.returned.notify_waiters();
    }
}

/// The right to list and split. Given back when dropped.
#[derive(Debug)]
pub(super) struct Keeping {
    pool: Arc<CoinPool>,
}

impl Keeping {
    /// Takes in a listing of the session's coins.
    pub(super) fn listed(&self, coins: Vec<(ObjectReference, u64)>) {
        let mut state = self.pool.lock();
        for (reference, balance) in coins {
            let id = *reference.object_id();
            let is_old = state
                .known
                .get(&id)
                .is_some_and(|known| reference.version() < *known);
            let is_set_aside = state
                .set_aside
                .iter()
                .flat_map(|set_aside| &set_aside.coins)
                .any(|coin| *coin.reference.object_id() == id);
            if is_old || is_set_aside {
                continue;
            }
            let coin = Coin { reference, balance };
            match state
                .idle
                .iter_mut()
                .find(|idle| *idle.reference.object_id() == id)
            {
                Some(idle) if idle.reference.version() > coin.reference.version() => {}
                Some(idle) => *idle = coin,
                None => state.idle.push(coin),
            }
        }
        state.is_fresh = true;
    }

    /// The coins to split and how many more to make of them, each of so much: there are fewer than `lanes`, and what there is
    /// makes several that each pay a few times `needed`.
    pub(super) fn split(&self, lanes: usize, needed: u64) -> Option<(Lease, usize, u64)> {
        /// What makes a coin worth its storage deposit.
        const ACTIONS: u64 = 2;
        let mut state = self.pool.lock();
        let rich = state
            .idle
            .iter()
            .filter(|coin| coin.balance >= needed)
            .count();
        let missing = lanes.checked_sub(rich).filter(|missing| *missing > 0)?;
        let coins = state.take(needed, CoinPool::MOST)?;
        state.out += 1;
        let lease = Lease {
            coins,
            sent: None,
            pool: Arc::clone(&self.pool),
        };
        drop(state);
        // The split itself is paid from them, at up to `needed`.
        let spare = lease.balance().saturating_sub(needed);
        let part = needed.saturating_mul(ACTIONS).max(1);
        // One part stays with the payer.
        let affordable = usize::try_from(spare / part).unwrap_or(usize::MAX);
        let more = missing.min(affordable.saturating_sub(1));
        if more == 0 {
            return None;
        }
        let parts = u64::try_from(more).ok()?.saturating_add(1);
        Some((lease, more, spare / parts))
    }
}

impl Keeping {
    /// All coins that nothing is in doubt about.
    pub(super) fn all(&self) -> Option<Lease> {
        let mut state = self.pool.lock();
        let all = state.idle.len().min(CoinPool::MOST);
        if all == 0 {
            return None;
        }
        let coins = state.idle.drain(..all).collect();
        state.out += 1;
        Some(Lease {
            coins,
            sent: None,
            pool: Arc::clone(&self.pool),
        })
    }
}

impl Drop for Keeping {
    fn drop(&mut self) {
        self.pool.lock().is_kept = false;
        self.pool.returned.notify_waiters();
    }
}
