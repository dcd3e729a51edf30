//! How transactions are paid for.

use std::sync::Arc;

use sui_sdk_types::{
    Address, GasPayment, ObjectReference, ProgrammableTransaction, Transaction,
    TransactionExpiration,
};

use crate::{
    Error, Network, Sponsor,
    network::EpochGas,
    ptb::{self, FloatKind, FundSource},
};

/// What a session pays its gas with.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum GasPolicy {
    /// The session's address balance: any number of actions in flight, no coin to race for.
    #[default]
    AddressBalance,
    /// Coins of the session's, for networks without address balances: each pays for one action at a time.
    Coins(CoinLanes),
    /// Somebody else pays, and asks its own questions: one request to the sponsor for each action besides the one to the node.
    Sponsor(Arc<dyn Sponsor>),
}

impl GasPolicy {
    /// As many coins as [`CoinLanes::new`] has.
    #[must_use]
    pub fn coins() -> Self {
        Self::Coins(CoinLanes::new())
    }

    pub(crate) fn is_sponsored(&self) -> bool {
        matches!(self, Self::Sponsor(_))
    }

    pub(crate) fn float_kind(&self) -> FloatKind {
        match self {
            Self::AddressBalance | Self::Sponsor(_) => FloatKind::AddressBalance,
            Self::Coins(_) => FloatKind::Coin,
        }
    }
}

/// How many coins a session pays with, and so how many actions it has in flight.
///
/// A session that finds fewer splits its richest coin, as far as each part covers a few actions; what a coin holds that no
/// longer covers an action is merged into the next one that pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[must_use]
pub struct CoinLanes {
    lanes: usize,
}

impl CoinLanes {
    /// The protocol's limit on the coins of one payment.
    const MOST: usize = 256;

    /// Four coins.
    pub fn new() -> Self {
        Self { lanes: 4 }
    }

    /// Sets the number of coins, from 1 to 256.
    pub fn with_lanes(mut self, lanes: usize) -> Self {
        self.lanes = lanes.clamp(1, Self::MOST);
        self
    }

    /// How many coins.
    #[must_use]
    pub fn lanes(&self) -> usize {
        self.lanes
    }
}

impl Default for CoinLanes {
    fn default() -> Self {
        Self::new()
    }
}

/// The most that a transaction may cost.
///
/// A stolen session key, a hostile dApp or a lying node can burn no more than this per transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct GasLimits {
    budget: u64,
    max_price: u64,
}

impl GasLimits {
    /// The same price cap with another budget.
    pub(crate) fn budgeted(self, budget: u64) -> Self {
        Self { budget, ..self }
    }

    /// A budget in MIST for each transaction, at a gas price of at most 10,000 MIST.
    pub fn with_budget(budget: u64) -> Self {
        Self {
            budget,
            max_price: 10_000,
        }
    }

    /// Caps the gas price, in MIST.
    pub fn with_max_price(mut self, price: u64) -> Self {
        self.max_price = price;
        self
    }

    /// The budget of each transaction, in MIST.
    #[must_use]
    pub fn budget(&self) -> u64 {
        self.budget
    }

    /// The cap on the gas price, in MIST.
    #[must_use]
    pub fn max_price(&self) -> u64 {
        self.max_price
    }

    pub(crate) fn check(&self, gas: EpochGas) -> Result<(), Error> {
        if gas.price > self.max_price {
            return Err(Error::GasPriceTooHigh {
                price: gas.price,
                cap: self.max_price,
            });
        }
        Ok(())
    }
}

/// What pays for one transaction.
#[derive(Clone, Debug)]
pub(crate) enum Payment {
    AddressBalance,
    Coins(Vec<ObjectReference>),
}

impl Payment {
    /// How an owner pays `spend` and the budget: from coins if they suffice, else from the address balance.
    pub(crate) async fn of_owner(
        network: &Network,
        owner: Address,
        limits: GasLimits,
        spend: u64,
    ) -> Result<Self, Error> {
        let needed = limits.budget.saturating_add(spend);
        let coins = network.coins(owner, &ptb::sui(), needed).await?;
        let sum = coins
            .iter()
            .fold(0_u64, |sum, (_, balance)| sum.saturating_add(*balance));
        if sum >= needed {
            return Ok(Self::Coins(
                coins.into_iter().map(|(coin, _)| coin).collect(),
            ));
        }
        let wealth = network.wealth(owner).await?;
        if wealth.address_balance >= needed {
            return Ok(Self::AddressBalance);
        }
        Err(Error::InsufficientGas {
            payer: owner,
            needed,
            message: format!(
                "it holds {} MIST in coins and {} in its address balance",
                wealth.coins, wealth.address_balance
            ),
        })
    }

    pub(crate) fn source(&self) -> FundSource {
        match self {
            Self::AddressBalance => FundSource::AddressBalance,
            Self::Coins(_) => FundSource::GasCoin,
        }
    }
}

/// The transaction to sign.
pub(crate) fn assemble(
    network: &Network,
    ptb: ProgrammableTransaction,
    sender: Address,
    payment: Payment,
    limits: GasLimits,
    gas: EpochGas,
) -> Result<Transaction, Error> {
    limits.check(gas)?;
    // A transaction that is withheld must not land days later: it lapses with the next epoch, whatever pays for it.
    let last_epoch = gas.epoch.saturating_add(1);
    let (objects, expiration) = match payment {
        // The coin's version makes it unique; networks without address balances know no `ValidDuring`.
        Payment::Coins(coins) => (coins, TransactionExpiration::Epoch(last_epoch)),
        // No object is consumed: the nonce makes two equal actions two transactions.
        Payment::AddressBalance => (
            Vec::new(),
            TransactionExpiration::ValidDuring {
                min_epoch: Some(gas.epoch),
                max_epoch: Some(last_epoch),
                min_timestamp: None,
                max_timestamp: None,
                chain: network.chain_id(),
                nonce: network.next_nonce(),
            },
        ),
    };
    let payment = GasPayment {
        objects,
        owner: sender,
        price: gas.price,
        budget: limits.budget,
    };
    Ok(ptb::transaction(ptb, sender, payment, expiration)?)
}
