//! What events do to records.

use sui_sdk_types::{Address, Digest, StructTag, TypeTag};
use valet_client::{
    Bucket, CallCounted, DappEvent, Deployment, EndReason, EndedSession, PurseDrawn, RateLimit,
    RecordWritten, Remainder, SessionActivated, SessionDeactivated, SessionRenewed,
    SessionReplaced, ValetEvent, WritesSettled,
};

use crate::{
    Batch, Change, Checkpoint, Cursor, DappRecord, HistoryEntry, IndexError, IndexStore, Scope,
    SessionEnd, SessionRecord, Settlements, StorageRecord, StoreError, error::missing,
};

/// Takes checkpoints into a batch, over what a store holds.
pub(crate) struct Writer<'a> {
    scope: &'a Scope,
    store: &'a dyn IndexStore,
    batch: Batch,
    events: usize,
}

/// Why an event cannot be taken in.
enum Stop {
    /// It does not fit those before it.
    Misfit(String),
    /// Its dApp was registered before the index began.
    TooLate,
    Store(StoreError),
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Where an event is.
#[derive(Clone, Copy)]
struct Place<'a> {
    checkpoint: &'a Checkpoint,
    transaction: Digest,
    deployment: &'a Deployment,
}

impl<'a> Writer<'a> {
    pub(crate) fn new(scope: &'a Scope, store: &'a dyn IndexStore) -> Result<Self, StoreError> {
        Ok(Self {
            scope,
            store,
            batch: Batch::new(store.cursor()?),
            events: 0,
        })
    }

    /// How many events of the index's dApps are in the batch.
    pub(crate) fn events(&self) -> usize {
        self.events
    }

    pub(crate) fn finish(self) -> Batch {
        self.batch
    }

    /// Where the store was when this began.
    pub(crate) fn begun(&self) -> &Cursor {
        &self.batch.from
    }

    /// Takes in the next checkpoint; `false` when it was there already. After an error the batch is of no use.
    pub(crate) fn checkpoint(&mut self, checkpoint: &Checkpoint) -> Result<bool, IndexError> {
        let cursor = &self.batch.to;
        let number = checkpoint.sequence_number;
        let next = cursor.next_checkpoint;
        let follows = |found: Digest| match cursor.digest {
            Some(expected) if expected != found => Err(IndexError::Forked {
                checkpoint: number,
                expected,
                found,
            }),
            _ => Ok(()),
        };
        if number > next {
            return Err(IndexError::Gap {
                expected: next,
                found: number,
            });
        }
        if number < next {
            if number.checked_add(1) == Some(next) {
                follows(checkpoint.digest)?;
            }
            return Ok(false);
        }
        // The first of all has none before it; that a later one has is what makes it a chain.
        if number > 0 {
            follows(checkpoint.previous_digest.unwrap_or(Digest::ZERO))?;
        }
        for transaction in &checkpoint.transactions {
            for event in &transaction.events {
                let Some(deployment) = self.scope.dapp_of(&event.type_) else {
                    continue;
                };
                let place = Place {
                    checkpoint,
                    transaction: transaction.transaction,
                    deployment,
                };
                let taken = match ValetEvent::decode(deployment, event) {
                    Some(told) => self.event(place, told),
                    None => Err(Stop::Misfit(format!("a {} cannot be read", event.type_))),
                };
                taken.map_err(|stop| match stop {
                    Stop::Store(error) => error.into(),
                    Stop::TooLate => IndexError::BegunTooLate {
                        dapp: deployment.dapp_type.to_string(),
                        checkpoint: number,
                    },
                    Stop::Misfit(reason) => IndexError::Misfit {
                        checkpoint: number,
                        transaction: transaction.transaction,
                        reason,
                    },
                })?;
                self.events = self.events.saturating_add(1);
            }
        }
        let to = &mut self.batch.to;
        to.next_checkpoint = number.saturating_add(1);
        to.digest = Some(checkpoint.digest);
        to.timestamp_ms = checkpoint.timestamp_ms;
        Ok(true)
    }

    fn event(&mut self, place: Place<'_>, event: ValetEvent) -> Result<(), Stop> {
        let is_registration = matches!(&event, ValetEvent::Dapp(DappEvent::Registered { .. }));
        let dapp = self.dapp(&place.deployment.dapp_type)?;
        if is_registration {
            dapp.is_registered = true;
        } else if !dapp.is_registered {
            return Err(Stop::TooLate);
        }
        self.expect_same_dapp(place, &event)?;
        match event {
            ValetEvent::StorageCreated { storage, owner } => self.created(place, storage, owner),
            ValetEvent::RecordWritten(written) => self.written(&written),
            ValetEvent::SessionActivated(activated) => self.activated(place, activated),
            ValetEvent::SessionReplaced(replaced) => self.replaced(place, replaced),
            ValetEvent::SessionDeactivated(ended) => self.deactivated(place, ended),
            ValetEvent::SessionRenewed(renewed) => self.renewed(place, renewed),
            ValetEvent::CallCounted(counted) => self.counted(&counted),
            ValetEvent::PurseDeposited(deposited) => {
                let of = (deposited.storage, deposited.owner);
                let held = self.purse(deposited.storage, &deposited.coin_type)?;
                let after = sum(*held, deposited.amount)?;
                set(held, after, deposited.balance)?;
                self.note(place, of, None, Change::Deposited(deposited))
            }
            ValetEvent::PurseWithdrawn(withdrawn) => {
                let of = (withdrawn.storage, withdrawn.owner);
                let held = self.purse(withdrawn.storage, &withdrawn.coin_type)?;
                let after = difference(*held, withdrawn.amount)?;
                set(held, after, withdrawn.balance)?;
                self.note(place, of, None, Change::Withdrawn(withdrawn))
            }
            ValetEvent::PurseDrawn(drawn) => self.drawn(place, drawn),
            ValetEvent::WritesSettled(settled) => self.settled(place, settled),
            ValetEvent::Dapp(DappEvent::GlobalRecordWritten {
                free_credit_paid,
                credit_paid,
                ..
            }) => {
                let dapp = self.dapp(&place.deployment.dapp_type)?;
                let free = u128::from(free_credit_paid);
                dapp.records_free_credit_paid = dapp.records_free_credit_paid.saturating_add(free);
                let paid = u128::from(credit_paid);
                dapp.records_credit_paid = dapp.records_credit_paid.saturating_add(paid);
                Ok(())
            }
            // What else dApps and the framework announce is not about accounts.
            _ => Ok(()),
        }
    }

    fn created(&mut self, place: Place<'_>, storage: Address, owner: Address) -> Result<(), Stop> {
        if place.deployment.storage_id(owner) != storage {
            return misfit(format!("{storage} is not where the storage of {owner} is"));
        }
        if self.load_storage(storage)? {
            return misfit(format!("{storage} was created before"));
        }
        let record = StorageRecord {
            dapp: place.deployment.dapp_type.clone(),
            storage,
            owner,
            created_at_ms: place.checkpoint.timestamp_ms,
            session: None,
            ended_session: None,
            session_count: 0,
            write_count: 0,
            byte_count: 0,
            unsettled_writes: 0,
            debt: 0,
            settlements: Settlements::default(),
        };
        self.batch.storages.insert(storage, record);
        let dapp = self.dapp(&place.deployment.dapp_type)?;
        dapp.storages = sum(dapp.storages, 1)?;
        self.note(place, (storage, owner), None, Change::StorageCreated)
    }

    fn written(&mut self, written: &RecordWritten) -> Result<(), Stop> {
        let bytes = u64::try_from(written.key_and_value.len()).unwrap_or(u64::MAX);
        if written.by_session {
            let session = self.registered(written.storage)?;
            session.writes = sum(session.writes, 1)?;
            session.bytes = sum(session.bytes, bytes)?;
            session.debt = sum(session.debt, written.charge)?;
        }
        let storage = self.storage((written.storage, written.owner))?;
        storage.write_count = sum(storage.write_count, 1)?;
        storage.byte_count = sum(storage.byte_count, bytes)?;
        storage.debt = sum(storage.debt, written.charge)?;
        if written.charge > 0 {
            storage.unsettled_writes = sum(storage.unsettled_writes, 1)?;
        }
        Ok(())
    }

    fn activated(&mut self, place: Place<'_>, event: SessionActivated) -> Result<(), Stop> {
        let of = (event.storage, event.owner);
        let storage = self.storage(of)?;
        if let Some(generation) = storage.session {
            return misfit(format!("session {generation} was not ended"));
        }
        let count = sum(storage.session_count, 1)?;
        same("the session's generation", event.generation, count)?;
        storage.session_count = count;
        storage.session = Some(count);
        let full = |limit: RateLimit| Bucket {
            tokens: limit.capacity(),
            interval_start_ms: event.activated_at_ms,
        };
        let grant = event.grant.clone();
        let remainders = grant.allowances().iter().map(|coin| Remainder {
            total: coin.allowance.total(),
            window: coin.allowance.window().map(full),
        });
        let session = SessionRecord {
            dapp: place.deployment.dapp_type.clone(),
            storage: event.storage,
            owner: event.owner,
            generation: event.generation,
            wallet: event.wallet,
            activated_at_ms: event.activated_at_ms,
            expires_at_ms: event.expires_at_ms,
            debt: 0,
            writes: 0,
            bytes: 0,
            counted_calls: 0,
            remaining_calls: grant.max_calls(),
            bucket: grant.rate_limit().map(full),
            remainders: remainders.collect(),
            renewals: 0,
            remaining_renewals: grant.renewals().map(|renewals| renewals.max_renewals),
            grant,
            end: None,
        };
        let id = (event.storage, event.generation);
        self.batch.sessions.insert(id, session);
        let key = (event.wallet, event.storage, event.generation);
        self.batch.keys.insert(key);
        let dapp = self.dapp(&place.deployment.dapp_type)?;
        dapp.sessions = sum(dapp.sessions, 1)?;
        let generation = Some(event.generation);
        self.note(place, of, generation, Change::Activated(event))
    }

    fn replaced(&mut self, place: Place<'_>, event: SessionReplaced) -> Result<(), Stop> {
        let of = (event.storage, event.owner);
        let end = SessionEnd {
            reason: EndReason::Replaced,
            // Only the owner activates.
            actor: event.owner,
            at_ms: place.checkpoint.timestamp_ms,
        };
        self.end(of, event.wallet, event.generation, end)?;
        let generation = Some(event.generation);
        self.note(place, of, generation, Change::Replaced(event))
    }

    fn deactivated(&mut self, place: Place<'_>, event: SessionDeactivated) -> Result<(), Stop> {
        let of = (event.storage, event.owner);
        let end = SessionEnd {
            reason: event.reason,
            actor: event.actor,
            at_ms: place.checkpoint.timestamp_ms,
        };
        self.end(of, event.wallet, event.generation, end)?;
        let generation = Some(event.generation);
        self.note(place, of, generation, Change::Deactivated(event))
    }

    fn end(
        &mut self,
        of: (Address, Address),
        wallet: Address,
        generation: u64,
        end: SessionEnd,
    ) -> Result<(), Stop> {
        let session = self.registered(of.0)?;
        same("the session's generation", generation, session.generation)?;
        if session.wallet != wallet {
            return misfit(format!(
                "the session's key is {}, not {wallet}",
                session.wallet
            ));
        }
        session.end = Some(end);
        let storage = self.storage(of)?;
        storage.session = None;
        storage.ended_session = Some(EndedSession {
            wallet,
            generation,
            reason: end.reason,
        });
        Ok(())
    }

    fn renewed(&mut self, place: Place<'_>, event: SessionRenewed) -> Result<(), Stop> {
        let of = (event.storage, event.owner);
        let session = self.registered(event.storage)?;
        let generation = event.generation;
        same("the session's generation", generation, session.generation)?;
        if session.wallet != event.previous_wallet {
            let (key, other) = (session.wallet, event.previous_wallet);
            return misfit(format!("the session's key is {key}, not {other}"));
        }
        session.wallet = event.wallet;
        session.expires_at_ms = event.expires_at_ms;
        session.renewals = sum(session.renewals, 1)?;
        session.remaining_renewals = Some(event.remaining_renewals);
        if event.previous_wallet != event.wallet {
            let storage = self.storage(of)?;
            storage.ended_session = Some(EndedSession {
                wallet: event.previous_wallet,
                generation,
                reason: EndReason::Replaced,
            });
            let key = (event.wallet, event.storage, generation);
            self.batch.keys.insert(key);
        }
        self.note(place, of, Some(generation), Change::Renewed(event))
    }

    fn counted(&mut self, event: &CallCounted) -> Result<(), Stop> {
        let session = self.registered(event.storage)?;
        same(
            "the session's generation",
            event.generation,
            session.generation,
        )?;
        session.counted_calls = sum(session.counted_calls, 1)?;
        session.remaining_calls = event.remaining_calls;
        session.bucket = event.bucket;
        Ok(())
    }

    fn drawn(&mut self, place: Place<'_>, event: PurseDrawn) -> Result<(), Stop> {
        let held = self.purse(event.storage, &event.coin_type)?;
        let after = difference(*held, event.amount)?;
        set(held, after, event.balance)?;
        if let Some(left) = event.remainder {
            let session = self.registered(event.storage)?;
            let allowances = session.grant.allowances().iter();
            let mut coins = allowances.zip(&mut session.remainders);
            match coins.find(|(coin, _)| coin.coin_type == event.coin_type) {
                Some((_, remainder)) => *remainder = left,
                None => return misfit(format!("{} was not granted", event.coin_type)),
            }
        }
        let of = (event.storage, event.owner);
        self.note(place, of, None, Change::Drawn(event))
    }

    fn settled(&mut self, place: Place<'_>, event: WritesSettled) -> Result<(), Stop> {
        let of = (event.storage, event.owner);
        let storage = self.storage(of)?;
        same("the debt", event.due, storage.debt)?;
        let writes = sum(event.settled_writes, event.unsettled_writes)?;
        same("unsettled writes", writes, storage.unsettled_writes)?;
        storage.debt = event.unsettled_charge;
        storage.unsettled_writes = event.unsettled_writes;
        storage.settlements.add(&event);
        if event.purse_paid > 0 {
            let held = self.purse(event.storage, &TypeTag::from(StructTag::sui()))?;
            *held = difference(*held, event.purse_paid)?;
        }
        let dapp = self.dapp(&place.deployment.dapp_type)?;
        dapp.settlements.add(&event);
        self.note(place, of, None, Change::Settled(event))
    }

    /// Adds to the history. What is about no session by itself is noted under the one that is registered.
    fn note(
        &mut self,
        place: Place<'_>,
        (storage, owner): (Address, Address),
        generation: Option<u64>,
        change: Change,
    ) -> Result<(), Stop> {
        let registered = self.storage((storage, owner))?.session;
        let entries = sum(self.batch.to.entries, 1)?;
        self.batch.to.entries = entries;
        self.batch.history.push(HistoryEntry {
            number: entries,
            checkpoint: place.checkpoint.sequence_number,
            transaction: place.transaction,
            at_ms: place.checkpoint.timestamp_ms,
            dapp: place.deployment.dapp_type.clone(),
            storage,
            owner,
            generation: generation.or(registered),
            change,
        });
        Ok(())
    }

    fn dapp(&mut self, dapp: &StructTag) -> Result<&mut DappRecord, Stop> {
        if !self.batch.dapps.contains_key(dapp) {
            let record = self.store.dapp(dapp)?.unwrap_or_else(|| DappRecord {
                dapp: dapp.clone(),
                is_registered: false,
                storages: 0,
                sessions: 0,
                settlements: Settlements::default(),
                records_free_credit_paid: 0,
                records_credit_paid: 0,
            });
            self.batch.dapps.insert(dapp.clone(), record);
        }
        let record = self.batch.dapps.get_mut(dapp);
        record.ok_or_else(|| Stop::Misfit(format!("there is no {dapp}")))
    }

    /// No event of one dApp speaks of a storage of another.
    fn expect_same_dapp(&mut self, place: Place<'_>, event: &ValetEvent) -> Result<(), Stop> {
        let storage = match event {
            ValetEvent::StorageCreated { storage, .. } => *storage,
            ValetEvent::RecordWritten(event) => event.storage,
            ValetEvent::SessionActivated(event) => event.storage,
            ValetEvent::SessionReplaced(event) => event.storage,
            ValetEvent::SessionRenewed(event) => event.storage,
            ValetEvent::SessionDeactivated(event) => event.storage,
            ValetEvent::CallCounted(event) => event.storage,
            ValetEvent::PurseDeposited(event) => event.storage,
            ValetEvent::PurseWithdrawn(event) => event.storage,
            ValetEvent::PurseDrawn(event) => event.storage,
            ValetEvent::WritesSettled(event) => event.storage,
            _ => return Ok(()),
        };
        self.load_storage(storage)?;
        match self.batch.storages.get(&storage) {
            Some(record) if record.dapp != place.deployment.dapp_type => {
                misfit(format!("{storage} is a storage in {}", record.dapp))
            }
            _ => Ok(()),
        }
    }

    /// Brings a storage into the batch; `false` when there is none.
    fn load_storage(&mut self, id: Address) -> Result<bool, Stop> {
        if self.batch.storages.contains_key(&id) {
            return Ok(true);
        }
        let Some(record) = self.store.storage(id)? else {
            return Ok(false);
        };
        self.batch.storages.insert(id, record);
        Ok(true)
    }

    /// A storage and its owner, as an event names them.
    fn storage(&mut self, (id, owner): (Address, Address)) -> Result<&mut StorageRecord, Stop> {
        self.load_storage(id)?;
        match self.batch.storages.get_mut(&id) {
            Some(storage) if storage.owner == owner => Ok(storage),
            Some(storage) => misfit(format!("{id} is of {}, not {owner}", storage.owner)),
            None => misfit(missing("storage", id)),
        }
    }

    /// The session that is registered in a storage.
    fn registered(&mut self, storage: Address) -> Result<&mut SessionRecord, Stop> {
        self.load_storage(storage)?;
        let record = self.batch.storages.get(&storage);
        let Some(generation) = record.and_then(|record| record.session) else {
            return misfit(missing("session registered in", storage));
        };
        let id = (storage, generation);
        if !self.batch.sessions.contains_key(&id)
            && let Some(session) = self.store.session(storage, generation)?
        {
            self.batch.sessions.insert(id, session);
        }
        let session = self.batch.sessions.get_mut(&id);
        session.ok_or_else(|| Stop::Misfit(missing("session of", storage)))
    }

    /// What a purse holds of a coin.
    fn purse(&mut self, storage: Address, coin_type: &TypeTag) -> Result<&mut u64, Stop> {
        let coin_type = coin_type.to_string();
        let key = (storage, coin_type);
        if !self.batch.purses.contains_key(&key) {
            let held = self.store.purse(storage, &key.1)?;
            self.batch.purses.insert(key.clone(), held);
        }
        let held = self.batch.purses.get_mut(&key);
        held.ok_or_else(|| Stop::Misfit(missing("purse of", storage)))
    }
}

fn misfit<T>(reason: String) -> Result<T, Stop> {
    Err(Stop::Misfit(reason))
}

fn sum(left: u64, right: u64) -> Result<u64, Stop> {
    let sum = left.checked_add(right);
    sum.ok_or_else(|| Stop::Misfit(format!("{left} and {right} are more than any number")))
}

fn difference(left: u64, right: u64) -> Result<u64, Stop> {
    let difference = left.checked_sub(right);
    difference.ok_or_else(|| Stop::Misfit(format!("{right} were taken out of {left}")))
}

/// Sets a purse to what is left by its own account and the event's.
fn set(held: &mut u64, after: u64, told: u64) -> Result<(), Stop> {
    same("the purse", told, after)?;
    *held = after;
    Ok(())
}

fn same(what: &str, told: u64, known: u64) -> Result<(), Stop> {
    if told == known {
        return Ok(());
    }
    misfit(format!("it says {told} for {what}, and it is {known}"))
}
