//! The state of every account and credit, rebuilt from events alone.

use std::collections::BTreeMap;

use serde::Deserialize;
use sui_sdk_types::{Address, Event, StructTag, TypeTag};

use crate::{
    layout::{
        Account, Bucket, Contents, Credit, EndReason, EndedSession, FreeCredit, Grant, Remainder,
        Session, key_size,
    },
    model::type_name,
};

/// What the events have told so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Replica {
    pub(crate) accounts: BTreeMap<Address, (Account, Contents)>,
    /// By the dApp's type.
    pub(crate) credits: BTreeMap<String, Credit>,
}

/// An event that does not fit what the events before it told.
#[derive(Debug)]
pub(crate) struct Misfit {
    pub(crate) event: String,
    pub(crate) reason: String,
}

type Told<T> = Result<T, String>;

#[derive(Deserialize)]
struct Activated {
    storage_id: Address,
    _owner: Address,
    wallet: Address,
    generation: u64,
    activated_at_ms: u64,
    expires_at_ms: u64,
    grant: Grant,
}

#[derive(Deserialize)]
struct Replaced {
    storage_id: Address,
    _owner: Address,
    wallet: Address,
    generation: u64,
    _replaced_by: Address,
}

#[derive(Deserialize)]
struct Deactivated {
    storage_id: Address,
    _owner: Address,
    wallet: Address,
    generation: u64,
    reason: EndReason,
    _actor: Address,
}

#[derive(Deserialize)]
struct Renewed {
    storage_id: Address,
    _owner: Address,
    generation: u64,
    previous_wallet: Address,
    wallet: Address,
    _renewed_at_ms: u64,
    expires_at_ms: u64,
    remaining_renewals: u64,
}

#[derive(Deserialize)]
struct CallCounted {
    storage_id: Address,
    _owner: Address,
    generation: u64,
    _action: u8,
    remaining_calls: Option<u64>,
    bucket: Option<Bucket>,
}

#[derive(Deserialize)]
struct Deposited {
    storage_id: Address,
    _owner: Address,
    _actor: Address,
    amount: u64,
    balance: u64,
}

#[derive(Deserialize)]
struct Withdrawn {
    storage_id: Address,
    _owner: Address,
    amount: u64,
    balance: u64,
}

#[derive(Deserialize)]
struct Drawn {
    storage_id: Address,
    _owner: Address,
    _actor: Address,
    _action: u8,
    amount: u64,
    balance: u64,
    remainder: Option<Remainder>,
}

#[derive(Deserialize)]
struct Settled {
    storage_id: Address,
    _owner: Address,
    _actor: Address,
    _outcome: Outcome,
    due: u64,
    free_credit_paid: u64,
    credit_paid: u64,
    coin_paid: u64,
    purse_paid: u64,
    unsettled_charge: u64,
    settled_writes: u64,
    unsettled_writes: u64,
}

#[derive(Deserialize)]
enum Outcome {
    Full,
    Partial,
    Skipped,
}

impl Replica {
    /// Applies the events of one transaction, of valet's package at `valet`.
    pub(crate) fn apply(&mut self, valet: Address, events: &[Event]) -> Result<(), Misfit> {
        for event in events
            .iter()
            .filter(|event| *event.type_.address() == valet)
        {
            self.event(&event.type_, &event.contents)
                .map_err(|reason| Misfit {
                    event: event.type_.to_string(),
                    reason,
                })?;
        }
        Ok(())
    }

    fn event(&mut self, tag: &StructTag, bytes: &[u8]) -> Told<()> {
        let parameter = |index: usize| match tag.type_params().get(index) {
            Some(TypeTag::Struct(inner)) => Ok(inner.as_ref()),
            _ => Err("a type parameter is missing".to_owned()),
        };
        match tag.name().as_str() {
            "StorageCreated" => self.created(bytes),
            "RecordSet" => self.record(parameter(1)?, bytes, Change::Set),
            "RecordRemoved" => self.record(parameter(1)?, bytes, Change::Removed),
            "RecordEmitted" => self.record(parameter(1)?, bytes, Change::Emitted),
            "SessionActivated" => {
                let event: Activated = decode(bytes)?;
                let (account, _) = self.account(event.storage_id)?;
                account.session_count += 1;
                same("generation", event.generation, account.session_count)?;
                account.session = Some(Session::begin(
                    event.wallet,
                    event.generation,
                    event.activated_at_ms,
                    event.expires_at_ms,
                    event.grant,
                ));
                Ok(())
            }
            "SessionReplaced" => {
                let event: Replaced = decode(bytes)?;
                let ended = (event.wallet, event.generation, EndReason::Replaced);
                self.end(event.storage_id, ended)
            }
            "SessionDeactivated" => {
                let event: Deactivated = decode(bytes)?;
                let ended = (event.wallet, event.generation, event.reason);
                self.end(event.storage_id, ended)
            }
            "SessionRenewed" => self.renewed(decode(bytes)?),
            "CallCounted" => {
                let event: CallCounted = decode(bytes)?;
                let session = self.session(event.storage_id)?;
                same("generation", event.generation, session.generation)?;
                session.remaining_calls = event.remaining_calls;
                session.bucket = event.bucket;
                Ok(())
            }
            "PurseDeposited" => {
                let event: Deposited = decode(bytes)?;
                self.purse(event.storage_id, parameter(1)?, |held| {
                    (held.checked_add(event.amount), event.balance)
                })
            }
            "PurseWithdrawn" => {
                let event: Withdrawn = decode(bytes)?;
                self.purse(event.storage_id, parameter(1)?, |held| {
                    (held.checked_sub(event.amount), event.balance)
                })
            }
            "PurseDrawn" => self.drawn(parameter(1)?, &decode(bytes)?),
            "WritesSettled" => self.settled(parameter(0)?, &decode(bytes)?),
            _ => self.credit(tag, bytes),
        }
    }

    fn created(&mut self, bytes: &[u8]) -> Told<()> {
        let (id, canonical_owner): (Address, Address) = decode(bytes)?;
        let account = Account {
            id,
            canonical_owner,
            session: None,
            ended_session: None,
            session_count: 0,
            write_count: 0,
            byte_count: 0,
            unsettled_writes: 0,
            debt: 0,
        };
        self.accounts.insert(id, (account, Contents::default()));
        Ok(())
    }

    /// `RecordSet`, `RecordRemoved` and `RecordEmitted` have the key and the value between fixed fields.
    fn record(&mut self, key_type: &StructTag, bytes: &[u8], change: Change) -> Told<()> {
        let short = || "the event is too short".to_owned();
        let (ids, rest) = bytes.split_first_chunk::<64>().ok_or_else(short)?;
        let (rest, charge) = rest.split_last_chunk::<8>().ok_or_else(short)?;
        let (by_session, body) = rest.split_last().ok_or_else(short)?;
        let charge = u64::from_le_bytes(*charge);
        let id = ids.first_chunk::<32>().ok_or_else(short)?;
        let id = Address::new(*id);
        let key_type = key_type.name().as_str();
        let (key, value) = body
            .split_at_checked(key_size(key_type))
            .ok_or_else(short)?;
        if *by_session == 1 {
            self.session(id)?.debt += charge;
        }
        let (account, contents) = self.account(id)?;
        account.write_count += 1;
        account.byte_count += u64::try_from(body.len()).unwrap_or(u64::MAX);
        account.unsettled_writes += u64::from(charge > 0);
        account.debt += charge;
        let key = (key_type.to_owned(), key.to_vec());
        match change {
            Change::Set => drop(contents.records.insert(key, value.to_vec())),
            Change::Removed => drop(contents.records.remove(&key)),
            Change::Emitted => {}
        }
        Ok(())
    }

    fn renewed(&mut self, event: Renewed) -> Told<()> {
        let (account, _) = self.account(event.storage_id)?;
        if event.previous_wallet != event.wallet {
            account.ended_session = Some(EndedSession {
                wallet: event.previous_wallet,
                generation: event.generation,
                reason: EndReason::Replaced,
            });
        }
        let session = self.session(event.storage_id)?;
        same("generation", event.generation, session.generation)?;
        session.wallet = event.wallet;
        session.expires_at_ms = event.expires_at_ms;
        session.remaining_renewals = Some(event.remaining_renewals);
        Ok(())
    }

    fn drawn(&mut self, coin: &StructTag, event: &Drawn) -> Told<()> {
        self.purse(event.storage_id, coin, |held| {
            (held.checked_sub(event.amount), event.balance)
        })?;
        let Some(remainder) = event.remainder else {
            return Ok(());
        };
        let coin_type = type_name(coin);
        let session = self.session(event.storage_id)?;
        let mut coins = session.grant.allowances.iter().zip(&mut session.remainders);
        let entry = coins.find(|(coin, _)| coin.coin_type == coin_type);
        let (_, left) = entry.ok_or("the session has no allowance of this coin")?;
        *left = remainder;
        Ok(())
    }

    fn settled(&mut self, dapp: &StructTag, event: &Settled) -> Told<()> {
        let (account, contents) = self.account(event.storage_id)?;
        same("debt", event.due, account.debt)?;
        account.debt = event.unsettled_charge;
        let writes = event.settled_writes + event.unsettled_writes;
        same("unsettled writes", writes, account.unsettled_writes)?;
        account.unsettled_writes = event.unsettled_writes;
        if event.purse_paid > 0 {
            change_purse(contents, &StructTag::sui(), |held| {
                let left = held.checked_sub(event.purse_paid);
                (left, left.unwrap_or(0))
            })?;
        }
        let credit = self.credits.entry(dapp.to_string()).or_default();
        if event.free_credit_paid > 0 {
            let free = credit.free.ok_or("free credit paid that was not there")?;
            let amount = free.amount.checked_sub(event.free_credit_paid);
            let amount = amount.ok_or("more free credit paid than there was")?;
            credit.free = (amount > 0).then_some(FreeCredit { amount, ..free });
        }
        let held = credit.held.checked_sub(event.credit_paid);
        credit.held = held.ok_or("more credit paid than there was")?;
        let by_user = event.coin_paid + event.purse_paid;
        credit.settled += event.credit_paid + by_user;
        credit.totals.settled += u128::from(event.credit_paid);
        credit.totals.paid_by_users += u128::from(by_user);
        Ok(())
    }

    /// The events about a dApp's credit; all others tell nothing that is kept here.
    fn credit(&mut self, tag: &StructTag, bytes: &[u8]) -> Told<()> {
        let Some(dapp) = tag.type_params().first() else {
            return Ok(());
        };
        let credit = self.credits.entry(dapp.to_string()).or_default();
        match tag.name().as_str() {
            "CreditRecharged" => {
                let (_, _, amount, held): (Address, Address, u64, u64) = decode(bytes)?;
                credit.totals.recharged += u128::from(amount);
                credit.held += amount;
                same("credit", held, credit.held)
            }
            "CreditRefunded" => {
                let (_, _, amount, held): (Address, Address, u64, u64) = decode(bytes)?;
                credit.totals.refunded += u128::from(amount);
                credit.held = credit.held.saturating_sub(amount);
                same("credit", held, credit.held)
            }
            "SettledCollected" => {
                let (_, _, amount): (Address, Address, u64) = decode(bytes)?;
                same("settled", amount, credit.settled)?;
                credit.settled = 0;
                Ok(())
            }
            "FreeCreditChanged" => {
                let (_, previous, free): (Address, Option<FreeCredit>, Option<FreeCredit>) =
                    decode(bytes)?;
                if previous != credit.free {
                    return Err(format!(
                        "free credit was {:?}, not {previous:?}",
                        credit.free
                    ));
                }
                credit.free = free;
                Ok(())
            }
            "SuspensionChanged" => {
                let (_, _, min_credit): (Address, bool, Option<u64>) = decode(bytes)?;
                credit.reserve = min_credit;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn end(&mut self, id: Address, ended: (Address, u64, EndReason)) -> Told<()> {
        let (wallet, generation, reason) = ended;
        let session = self.session(id)?;
        same("generation", generation, session.generation)?;
        if session.wallet != wallet {
            return Err(format!(
                "the session's key is {}, not {wallet}",
                session.wallet
            ));
        }
        let (account, _) = self.account(id)?;
        account.session = None;
        account.ended_session = Some(EndedSession {
            wallet,
            generation,
            reason,
        });
        Ok(())
    }

    fn account(&mut self, id: Address) -> Told<&mut (Account, Contents)> {
        let account = self.accounts.get_mut(&id);
        account.ok_or_else(|| format!("no event created {id}"))
    }

    fn session(&mut self, id: Address) -> Told<&mut Session> {
        let (account, _) = self.account(id)?;
        let session = account.session.as_mut();
        session.ok_or_else(|| "the account has no session".to_owned())
    }

    fn purse(
        &mut self,
        id: Address,
        coin: &StructTag,
        change: impl FnOnce(u64) -> (Option<u64>, u64),
    ) -> Told<()> {
        let (_, contents) = self.account(id)?;
        change_purse(contents, coin, change)
    }
}

/// What a record event says about the record.
#[derive(Clone, Copy)]
enum Change {
    Set,
    Removed,
    Emitted,
}

/// Changes what a purse holds; the event's own balance must agree.
fn change_purse(
    contents: &mut Contents,
    coin: &StructTag,
    change: impl FnOnce(u64) -> (Option<u64>, u64),
) -> Told<()> {
    let coin_type = type_name(coin);
    let held = contents.purse.get(&coin_type).copied().unwrap_or(0);
    let (after, told) = change(held);
    let after = after.ok_or("more left the purse than was in it")?;
    same("purse", told, after)?;
    if after == 0 {
        contents.purse.remove(&coin_type);
    } else {
        contents.purse.insert(coin_type, after);
    }
    Ok(())
}

fn decode<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Told<T> {
    bcs::from_bytes(bytes).map_err(|error| error.to_string())
}

fn same(what: &str, told: u64, known: u64) -> Told<()> {
    if told == known {
        return Ok(());
    }
    Err(format!(
        "the event says {told} for {what}, the events before it {known}"
    ))
}
