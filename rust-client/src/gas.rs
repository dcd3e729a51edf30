//! How transactions are paid for.

use sui_sdk_types::{
    Address, GasPayment, ObjectReference, ProgrammableTransaction, Transaction,
    TransactionExpiration,
};

use crate::{
    Error, Network,
    network::EpochGas,
    ptb::{self, FloatKind, FundSource},
};

/// What a session pays its gas with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum GasPolicy {
    /// The session's address balance: any number of actions in flight, no coin to race for.
    #[default]
    AddressBalance,
    /// A coin of the session's, for networks without address balances: one action at a time.
    Coin,
}

impl GasPolicy {
    pub(crate) fn float_kind(self) -> FloatKind {
        match self {
            Self::AddressBalance => FloatKind::AddressBalance,
            Self::Coin => FloatKind::Coin,
        }
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

    fn check(&self, gas: EpochGas) -> Result<(), Error> {
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
    let (objects, expiration) = match payment {
        Payment::Coins(coins) => (coins, TransactionExpiration::None),
        // Nothing else makes two equal transactions different or lets a withheld one lapse: no object is consumed.
        Payment::AddressBalance => (
            Vec::new(),
            TransactionExpiration::ValidDuring {
                min_epoch: Some(gas.epoch),
                max_epoch: Some(gas.epoch.saturating_add(1)),
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
