//! The reference model: what the rules say must happen, in as little code as they can be said in.
//!
//! It is written from the documents (the features' semantics and the documented aborts), not from the Move code, and knows
//! nothing of objects, bytes or gas. What it refuses, it refuses with the reason that a caller must see.

mod account;
mod arena;
mod dapp;
mod limits;

use std::collections::BTreeMap;

use sui_sdk_types::Address;

use crate::{
    layout,
    refusal::Refusal,
    script::{ADMIN, Account, Affair, Call, Deed, Errand},
    world::{Kind, World},
};

pub(crate) use self::{account::Owned, arena::Terrain, dapp::Config};

/// Everything that can be known about a run.
#[derive(Clone, Debug)]
pub(crate) struct Model {
    pub(crate) now_ms: u64,
    /// By number.
    addresses: Vec<Address>,
    pub(crate) coin_types: Vec<String>,
    pub(crate) kinds: Vec<Kind>,
    pub(crate) dapps: Vec<Config>,
    pub(crate) accounts: BTreeMap<Account, Owned>,
    /// What the till has earned, by coin.
    pub(crate) till: Vec<u64>,
    ids: BTreeMap<Account, Address>,
}

/// Who signs, and what a write of theirs needs to know.
#[derive(Clone, Copy, Debug)]
struct Sender {
    address: Address,
    number: u8,
}

impl Model {
    /// The beginning: nothing has happened in this world yet.
    pub(crate) fn new(world: &World, now_ms: u64) -> Result<Self, crate::Error> {
        let kinds: Vec<_> = world.dapps.iter().map(|dapp| dapp.kind).collect();
        Ok(Self {
            now_ms,
            addresses: world.actors.iter().map(|actor| actor.address).collect(),
            coin_types: world.coins.iter().map(type_name).collect(),
            dapps: kinds.iter().map(|kind| Config::new(*kind)).collect(),
            kinds,
            accounts: BTreeMap::new(),
            till: vec![0; world.coins.len()],
            ids: world.possible_accounts()?.into_iter().collect(),
        })
    }

    /// The address of an actor; 0x0 for none.
    pub(crate) fn address(&self, number: Option<u8>) -> Address {
        number
            .and_then(|number| self.addresses.get(usize::from(number)))
            .copied()
            .unwrap_or(Address::ZERO)
    }

    /// The actor of an address.
    pub(crate) fn actor(&self, address: Address) -> Option<u8> {
        let index = self.addresses.iter().position(|known| *known == address)?;
        u8::try_from(index).ok()
    }

    /// What a transaction does: all of its calls, or nothing and the index of the call that is refused.
    pub(crate) fn send(&mut self, sender: u8, calls: &[Call]) -> Result<(), (usize, Refusal)> {
        let capability =
            |call: &Call| matches!(call, Call::At(_, affair) if affair.needs_capability());
        if let Some(index) = calls.iter().position(capability)
            && sender != ADMIN
        {
            return Err((index, Refusal::NOT_YOURS));
        }
        // Types are checked before anything runs.
        let smuggles = |call: &Call| matches!(call, Call::On(_, Deed::Smuggle));
        if let Some(index) = calls.iter().position(smuggles) {
            return Err((index, Refusal::WRONG_TYPE));
        }
        let mut after = self.clone();
        let who = Sender {
            address: self.address(Some(sender)),
            number: sender,
        };
        for (index, call) in calls.iter().enumerate() {
            after.call(who, call).map_err(|refusal| (index, refusal))?;
        }
        *self = after;
        Ok(())
    }

    fn call(&mut self, sender: Sender, call: &Call) -> Result<(), Refusal> {
        match call {
            Call::Create { dapp } => self.create(sender, *dapp),
            Call::At(dapp, affair) => {
                let now_ms = self.now_ms;
                match self.dapps.get_mut(usize::from(*dapp)) {
                    Some(config) => config.affair(affair, now_ms),
                    None => Err(Refusal::WRONG_TYPE),
                }
            }
            Call::On(account, deed) => self.deed(sender, *account, deed),
        }
    }

    fn create(&mut self, sender: Sender, dapp: u8) -> Result<(), Refusal> {
        let account = Account {
            dapp,
            owner: sender.number,
        };
        let config = self.dapps.get(usize::from(dapp));
        config.ok_or(Refusal::WRONG_TYPE)?.writable()?;
        if self.accounts.contains_key(&account) {
            return Err(Refusal::STORAGE_EXISTS);
        }
        let id = self.ids.get(&account).copied().unwrap_or(Address::ZERO);
        let owned = Owned::new(id, sender.address, self.till.len());
        self.accounts.insert(account, owned);
        Ok(())
    }

    fn deed(&mut self, sender: Sender, account: Account, deed: &Deed) -> Result<(), Refusal> {
        let now_ms = self.now_ms;
        let grant = match deed {
            Deed::Activate { terms, .. } => Some(match terms {
                None => layout::Grant::plain(),
                Some(terms) => limits::compose(terms, &self.coin_types)?,
            }),
            _ => None,
        };
        let wallet = match deed {
            Deed::Activate { wallet, .. } | Deed::Renew { wallet, .. } => self.address(*wallet),
            _ => Address::ZERO,
        };
        let config = self.dapps.get_mut(usize::from(account.dapp));
        let config = config.ok_or(Refusal::WRONG_TYPE)?;
        let owned = self.accounts.get_mut(&account).ok_or(Refusal::WRONG_TYPE)?;
        let actor = sender.address;
        match deed {
            Deed::Activate { duration_ms, .. } => {
                let grant = grant.unwrap_or_else(layout::Grant::plain);
                owned.activate(actor, wallet, *duration_ms, grant, now_ms)
            }
            Deed::Deactivate => owned.deactivate(actor, now_ms),
            Deed::RevokeIfActive if owned.state.session.is_none() => Ok(()),
            Deed::RevokeIfActive => owned.deactivate(actor, now_ms),
            Deed::Renew { duration_ms, .. } => owned.renew(actor, wallet, *duration_ms, now_ms),
            Deed::Arena(_) | Deed::Bazaar(_) if !config.understands(deed) => {
                Err(Refusal::WRONG_TYPE)
            }
            Deed::Arena(played) => owned.play(config, actor, now_ms, played),
            Deed::Smuggle => Err(Refusal::WRONG_TYPE),
            Deed::Bazaar(errand) => {
                let coin_type = |coin: u8| self.coin_types.get(usize::from(coin)).cloned();
                let coin = match errand {
                    Errand::Buy { coin, .. }
                    | Errand::BuyEach { coin, .. }
                    | Errand::Tip { coin, .. } => *coin,
                    Errand::Discard { .. } => 0,
                };
                let coin_type = coin_type(coin).unwrap_or_default();
                let earned = owned.shop(config, actor, now_ms, &coin_type, errand)?;
                if let Some(till) = self.till.get_mut(usize::from(coin)) {
                    *till += earned;
                }
                Ok(())
            }
            Deed::Deposit { coin, amount } => owned.deposit(*coin, *amount),
            Deed::Withdraw { coin, amount } => owned.withdraw(actor, *coin, Some(*amount)),
            Deed::WithdrawAll { coin } => owned.withdraw(actor, *coin, None),
            Deed::Settle => {
                owned.settle(config, now_ms, 0);
                Ok(())
            }
            Deed::SettleWithCoin { amount } => {
                owned.settle(config, now_ms, *amount);
                Ok(())
            }
            Deed::SettleWithPurse => owned.settle_with_purse(config, actor, now_ms),
        }
    }

    /// Whether a transaction of these calls can be sent at all: every account that it names exists.
    pub(crate) fn knows(&self, calls: &[Call]) -> bool {
        calls.iter().all(|call| match call {
            Call::On(account, _) => self.accounts.contains_key(account),
            Call::Create { .. } | Call::At(..) => true,
        })
    }

    /// SUI that lies in purses and credits.
    pub(crate) fn locked(&self, coin: u8) -> u128 {
        let purses = self.accounts.values();
        let purses: u128 = purses.map(|owned| u128::from(owned.in_purse(coin))).sum();
        if coin > 0 {
            return purses;
        }
        let credits = self.dapps.iter().map(|config| &config.credit);
        let credits = credits.map(|credit| u128::from(credit.held) + u128::from(credit.settled));
        purses + credits.sum::<u128>()
    }

    pub(crate) fn config(&self, dapp: u8) -> Option<&Config> {
        self.dapps.get(usize::from(dapp))
    }
}

/// A type's name as `std::type_name` writes it: full addresses, no prefix.
pub(crate) fn type_name(tag: &sui_sdk_types::StructTag) -> String {
    format!(
        "{}::{}::{}",
        tag.address().to_string().trim_start_matches("0x"),
        tag.module(),
        tag.name()
    )
}

impl Affair {
    /// Whether it stands in the way of play, so that a run undoes it soon.
    pub(crate) fn obstructs(&self) -> bool {
        matches!(self, Self::Pause | Self::Suspend { .. })
    }
}
