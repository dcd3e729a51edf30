//! A dApp's money, as the ledger has it.

use serde::Deserialize;
use sui_sdk_types::Address;

/// What pays for a dApp's writes. The mirror of Move's `valet::credit::Credit`; all amounts are in MIST.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Credit {
    /// What pays for writes to come.
    pub held: u64,
    /// What paid for writes, on its way to the treasury.
    pub settled: u64,
    /// What the framework gives the dApp.
    pub free: Option<FreeCredit>,
    /// What refunds must leave, if the framework asks for that.
    pub reserve: Option<u64>,
    /// What ever came and went: recharged = held + settled + refunded.
    pub totals: CreditTotals,
}

/// What ever came and went, in MIST.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct CreditTotals {
    /// Recharged.
    pub recharged: u128,
    /// Taken from credit for writes.
    pub settled: u128,
    /// Returned to the dApp's administrator.
    pub refunded: u128,
    /// Paid for writes by users themselves.
    pub paid_by_users: u128,
}

/// Credit that the framework gives a dApp. Nothing moves when it is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
pub struct FreeCredit {
    /// How much, in MIST.
    pub amount: u64,
    /// The first millisecond, by the chain's clock, at which it is worth nothing.
    pub expires_at_ms: u64,
}

/// The Move struct `valet::dapp_storage::DappStorage`, field for field.
#[derive(Debug, Deserialize)]
pub(crate) struct MoveDappStorage {
    _id: Address,
    _version: u64,
    pub(crate) credit: Credit,
    _write_count: u64,
    _byte_count: u64,
}
