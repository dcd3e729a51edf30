//! An account: its session, its records, its purse and what it owes.

use std::collections::BTreeMap;

use serde::Serialize;
use sui_sdk_types::Address;

use crate::{
    layout::{self, Contents, EndReason, EndedSession, Grant, Session},
    model::{arena::Hero, dapp::Config},
    refusal::Refusal,
    script::{Errand, Move},
    world::PRICES,
};

const MIN_DURATION_MS: u64 = 60_000;
const MAX_DURATION_MS: u64 = 604_800_000;
const MAX_ENVELOPE_MS: u64 = 7_776_000_000;

/// Bytes of a key without fields, of a hero, of an item's key and record, and of a tip.
const UNIT_KEY: u64 = 1;
const HERO: u64 = 28;
const ITEM_KEY: u64 = 8;
const HOLDING: u64 = 16;
const TIP: u64 = 8;

/// What an owner holds of an item, field for field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Holding {
    pub(crate) quantity: u64,
    pub(crate) last_bought_at_ms: u64,
}

/// An account and everything in it.
#[derive(Clone, Debug)]
pub(crate) struct Owned {
    pub(crate) state: layout::Account,
    /// By coin.
    pub(crate) purse: Vec<u64>,
    pub(crate) hero: Option<Hero>,
    pub(crate) name: Option<String>,
    pub(crate) held: BTreeMap<u64, Holding>,
}

impl Owned {
    pub(super) fn new(id: Address, owner: Address, coins: usize) -> Self {
        Self {
            state: layout::Account {
                id,
                canonical_owner: owner,
                session: None,
                ended_session: None,
                session_count: 0,
                write_count: 0,
                byte_count: 0,
                unsettled_writes: 0,
                debt: 0,
            },
            purse: vec![0; coins],
            hero: None,
            name: None,
            held: BTreeMap::new(),
        }
    }

    /// The records and the purse as the ledger keeps them.
    pub(crate) fn contents(&self, coin_types: &[String]) -> Contents {
        let unit = |name: &str| (name.to_owned(), vec![0]);
        let bytes = |record: &dyn Fn() -> Result<Vec<u8>, bcs::Error>| record().unwrap_or_default();
        let mut contents = Contents::default();
        if let Some(hero) = &self.hero {
            let record = bytes(&|| bcs::to_bytes(hero));
            contents.records.insert(unit("HeroKey"), record);
        }
        if let Some(name) = &self.name {
            let record = bytes(&|| bcs::to_bytes(name));
            contents.records.insert(unit("ProfileKey"), record);
        }
        for (item, holding) in &self.held {
            let key = ("ItemKey".to_owned(), item.to_le_bytes().to_vec());
            contents
                .records
                .insert(key, bytes(&|| bcs::to_bytes(holding)));
        }
        for (coin_type, held) in coin_types.iter().zip(&self.purse) {
            if *held > 0 {
                contents.purse.insert(coin_type.clone(), *held);
            }
        }
        contents
    }

    fn is_owner(&self, actor: Address) -> bool {
        actor == self.state.canonical_owner
    }

    fn end(&mut self, reason: EndReason) {
        if let Some(session) = self.state.session.take() {
            self.state.ended_session = Some(EndedSession {
                wallet: session.wallet,
                generation: session.generation,
                reason,
            });
        }
    }

    fn assert_terms(&self, wallet: Address, duration_ms: u64) -> Result<(), Refusal> {
        if wallet == Address::ZERO {
            return Err(Refusal::ZERO_WALLET);
        }
        if self.is_owner(wallet) {
            return Err(Refusal::OWNER_WALLET);
        }
        if duration_ms < MIN_DURATION_MS {
            return Err(Refusal::TOO_SHORT);
        }
        if duration_ms > MAX_DURATION_MS {
            return Err(Refusal::TOO_LONG);
        }
        Ok(())
    }

    pub(super) fn activate(
        &mut self,
        actor: Address,
        wallet: Address,
        duration_ms: u64,
        grant: Grant,
        now_ms: u64,
    ) -> Result<(), Refusal> {
        if !self.is_owner(actor) {
            return Err(Refusal::NOT_OWNER);
        }
        self.assert_terms(wallet, duration_ms)?;
        let expires_at_ms = now_ms + duration_ms;
        if grant.is_empty() {
            return Err(Refusal::EMPTY_GRANT);
        }
        if let Some(envelope) = grant.envelope {
            if envelope.ends_at_ms < expires_at_ms {
                return Err(Refusal::ENVELOPE_TOO_SHORT);
            }
            if envelope.ends_at_ms - now_ms > MAX_ENVELOPE_MS {
                return Err(Refusal::ENVELOPE_TOO_LONG);
            }
        }
        let reason = match &self.state.session {
            Some(session) if session.is_expired(now_ms) => EndReason::Expired,
            _ => EndReason::Replaced,
        };
        self.end(reason);
        self.state.session_count += 1;
        let generation = self.state.session_count;
        self.state.session = Some(Session::begin(
            wallet,
            generation,
            now_ms,
            expires_at_ms,
            grant,
        ));
        Ok(())
    }

    pub(super) fn deactivate(&mut self, actor: Address, now_ms: u64) -> Result<(), Refusal> {
        let session = self.state.session.as_ref().ok_or(Refusal::NO_SESSION)?;
        let reason = if session.is_expired(now_ms) {
            EndReason::Expired
        } else if self.is_owner(actor) {
            EndReason::Revoked
        } else if actor == session.wallet {
            EndReason::Relinquished
        } else {
            return Err(Refusal::STILL_LIVE);
        };
        self.end(reason);
        Ok(())
    }

    /// The session that the actor is the key of, while it is valid; or the reason why there is none.
    fn live(&mut self, actor: Address, now_ms: u64) -> Result<&mut Session, Refusal> {
        let ended = self.state.ended_session.as_ref();
        let ended = ended.filter(|ended| ended.wallet == actor);
        let is_registered = self.state.session.is_some();
        let session = self.state.session.as_mut();
        match session.filter(|session| session.wallet == actor) {
            Some(session) if session.is_expired(now_ms) => Err(Refusal::EXPIRED),
            Some(session) => Ok(session),
            None => Err(match ended.map(|ended| ended.reason) {
                Some(EndReason::Revoked | EndReason::Relinquished) => Refusal::REVOKED,
                Some(EndReason::Replaced) => Refusal::REPLACED,
                Some(EndReason::Expired) => Refusal::EXPIRED,
                None if is_registered => Refusal::WRONG_SENDER,
                None => Refusal::NOT_REGISTERED,
            }),
        }
    }

    pub(super) fn renew(
        &mut self,
        actor: Address,
        wallet: Address,
        duration_ms: u64,
        now_ms: u64,
    ) -> Result<(), Refusal> {
        if self.is_owner(actor) {
            return Err(Refusal::OWNER_RENEWAL);
        }
        self.live(actor, now_ms)?;
        self.assert_terms(wallet, duration_ms)?;
        let expires_at_ms = now_ms + duration_ms;
        let session = self.live(actor, now_ms)?;
        let envelope = session.grant.envelope;
        let envelope = envelope.ok_or(Refusal::RENEWAL_NOT_GRANTED)?;
        let left = session.remaining_renewals.unwrap_or(0).checked_sub(1);
        let left = left.ok_or(Refusal::NO_RENEWAL_LEFT)?;
        if expires_at_ms > envelope.ends_at_ms {
            return Err(Refusal::BEYOND_ENVELOPE);
        }
        session.remaining_renewals = Some(left);
        session.expires_at_ms = expires_at_ms;
        session.wallet = wallet;
        let generation = session.generation;
        if wallet != actor {
            self.state.ended_session = Some(EndedSession {
                wallet: actor,
                generation,
                reason: EndReason::Replaced,
            });
        }
        Ok(())
    }

    /// Authority for an action; whether it is a session's.
    fn authorize(
        &mut self,
        config: &Config,
        actor: Address,
        action: u8,
        now_ms: u64,
    ) -> Result<bool, Refusal> {
        config.writable()?;
        if self.is_owner(actor) {
            return Ok(false);
        }
        let actions = config.session_actions;
        self.live(actor, now_ms)?
            .authorize(action, &actions, now_ms)?;
        Ok(true)
    }

    fn authorize_owner(&self, config: &Config, actor: Address) -> Result<(), Refusal> {
        config.writable()?;
        if !self.is_owner(actor) {
            return Err(Refusal::OWNER_ONLY);
        }
        Ok(())
    }

    /// Counts and charges one write.
    fn write(&mut self, config: &Config, by_session: bool, bytes: u64) -> Result<(), Refusal> {
        let charge = config.price(bytes);
        if by_session && let Some(session) = &mut self.state.session {
            session.owe(charge)?;
        }
        if charge > 0 {
            if self.state.unsettled_writes >= config.max_unsettled_writes {
                return Err(Refusal::UNSETTLED_CEILING);
            }
            self.state.unsettled_writes += 1;
            self.state.debt += charge;
        }
        self.state.write_count += 1;
        self.state.byte_count += bytes;
        Ok(())
    }

    pub(super) fn play(
        &mut self,
        config: &Config,
        actor: Address,
        now_ms: u64,
        played: &Move,
    ) -> Result<(), Refusal> {
        let action = match played {
            Move::Step { .. } => 0,
            Move::Mine => 1,
            Move::Fight => 2,
            Move::Rest => 3,
            Move::Join => {
                self.authorize_owner(config, actor)?;
                if self.hero.is_some() {
                    return Err(Refusal::ALREADY_JOINED);
                }
                self.hero = Some(Hero::new());
                return self.write(config, false, UNIT_KEY + HERO);
            }
            Move::Rename { length } => {
                self.authorize_owner(config, actor)?;
                self.hero.ok_or(Refusal::NO_HERO)?;
                if !(1..=32).contains(length) {
                    return Err(Refusal::INVALID_NAME);
                }
                self.name = Some("n".repeat(usize::from(*length)));
                // The text stands behind its length.
                return self.write(config, false, UNIT_KEY + 1 + u64::from(*length));
            }
            Move::Retire => {
                self.authorize_owner(config, actor)?;
                self.hero.ok_or(Refusal::NO_HERO)?;
                if self.name.take().is_some() {
                    self.write(config, false, UNIT_KEY)?;
                }
                self.hero = None;
                return self.write(config, false, UNIT_KEY);
            }
        };
        let by_session = self.authorize(config, actor, action, now_ms)?;
        let hero = self.hero.ok_or(Refusal::NO_HERO)?;
        self.hero = Some(hero.after(played)?);
        self.write(config, by_session, UNIT_KEY + HERO)
    }

    /// Takes coins out of the purse under an authority that drew `drawn` before.
    fn draw(
        &mut self,
        (coin, coin_type): (u8, &str),
        by_session: bool,
        amount: u64,
        drawn: u64,
        now_ms: u64,
    ) -> Result<(), Refusal> {
        if amount == 0 {
            return Err(Refusal::PURSE_ZERO);
        }
        if by_session && let Some(session) = &mut self.state.session {
            session.draw(coin_type, amount, drawn, now_ms)?;
        }
        self.take(coin, amount)
    }

    /// Goes shopping; what the till earns.
    pub(super) fn shop(
        &mut self,
        config: &Config,
        actor: Address,
        now_ms: u64,
        coin_type: &str,
        errand: &Errand,
    ) -> Result<u64, Refusal> {
        let price = |item: u64| {
            let index = usize::try_from(item).unwrap_or(usize::MAX);
            PRICES.get(index).copied().ok_or(Refusal::UNKNOWN_ITEM)
        };
        match errand {
            Errand::Buy {
                coin,
                item,
                quantity,
            } => {
                let by_session = self.authorize(config, actor, 0, now_ms)?;
                if *quantity == 0 {
                    return Err(Refusal::NOTHING_TO_BUY);
                }
                let quantity = u64::from(*quantity);
                let cost = price(*item)? * quantity;
                self.draw((*coin, coin_type), by_session, cost, 0, now_ms)?;
                self.receive(config, by_session, *item, quantity, now_ms)?;
                Ok(cost)
            }
            Errand::BuyEach { coin, items } => {
                let by_session = self.authorize(config, actor, 1, now_ms)?;
                if items.is_empty() {
                    return Err(Refusal::NOTHING_TO_BUY);
                }
                let mut spent = 0;
                for item in items {
                    let cost = price(*item)?;
                    self.draw((*coin, coin_type), by_session, cost, spent, now_ms)?;
                    spent += cost;
                    self.receive(config, by_session, *item, 1, now_ms)?;
                }
                Ok(spent)
            }
            Errand::Tip { coin, amount } => {
                let by_session = self.authorize(config, actor, 2, now_ms)?;
                self.draw((*coin, coin_type), by_session, *amount, 0, now_ms)?;
                self.write(config, by_session, UNIT_KEY + TIP)?;
                Ok(*amount)
            }
            Errand::Discard { item } => {
                self.authorize_owner(config, actor)?;
                self.held.remove(item).ok_or(Refusal::NOTHING_HELD)?;
                self.write(config, false, ITEM_KEY)?;
                Ok(0)
            }
        }
    }

    fn receive(
        &mut self,
        config: &Config,
        by_session: bool,
        item: u64,
        quantity: u64,
        now_ms: u64,
    ) -> Result<(), Refusal> {
        let before = self.held.get(&item).map_or(0, |held| held.quantity);
        let holding = Holding {
            quantity: before + quantity,
            last_bought_at_ms: now_ms,
        };
        self.held.insert(item, holding);
        self.write(config, by_session, ITEM_KEY + HOLDING)
    }

    pub(super) fn deposit(&mut self, coin: u8, amount: u64) -> Result<(), Refusal> {
        if amount == 0 {
            return Err(Refusal::PURSE_ZERO);
        }
        if let Some(held) = self.purse.get_mut(usize::from(coin)) {
            *held += amount;
        }
        Ok(())
    }

    /// Withdraws an amount, or all there is.
    pub(super) fn withdraw(
        &mut self,
        actor: Address,
        coin: u8,
        amount: Option<u64>,
    ) -> Result<(), Refusal> {
        if !self.is_owner(actor) {
            return Err(Refusal::PURSE_NOT_OWNER);
        }
        match amount {
            Some(0) => Err(Refusal::PURSE_ZERO),
            Some(amount) => self.take(coin, amount),
            None => self.take(coin, self.in_purse(coin)),
        }
    }

    pub(crate) fn in_purse(&self, coin: u8) -> u64 {
        self.purse.get(usize::from(coin)).copied().unwrap_or(0)
    }

    fn take(&mut self, coin: u8, amount: u64) -> Result<(), Refusal> {
        let left = self.in_purse(coin).checked_sub(amount);
        let left = left.ok_or(Refusal::PURSE_TOO_LOW)?;
        if let Some(held) = self.purse.get_mut(usize::from(coin)) {
            *held = left;
        }
        Ok(())
    }

    /// Settles, with at most `user` MIST of a user's; what the user paid. Debt shrinks by exactly what was paid, and the
    /// writes that are still owed for are rounded up.
    pub(super) fn settle(&mut self, config: &mut Config, now_ms: u64, user: u64) -> u64 {
        let due = self.state.debt;
        let (credit, user) = config.pay(due, user, now_ms);
        let left = due - credit - user;
        let writes = u128::from(self.state.unsettled_writes) * u128::from(left);
        let writes = writes.checked_div(u128::from(due)).map_or(0, |whole| {
            whole + u128::from(writes > whole * u128::from(due))
        });
        self.state.debt = left;
        self.state.unsettled_writes = u64::try_from(writes).unwrap_or(u64::MAX);
        user
    }

    pub(super) fn settle_with_purse(
        &mut self,
        config: &mut Config,
        actor: Address,
        now_ms: u64,
    ) -> Result<(), Refusal> {
        if !self.is_owner(actor) {
            return Err(Refusal::SETTLE_NOT_OWNER);
        }
        let paid = self.settle(config, now_ms, self.in_purse(0));
        self.take(0, paid)
    }
}
