//! What a transaction says beforehand that it will use, and which transactions can therefore run side by side.

use std::collections::HashSet;

use sui_sdk_types::{Address, Input, Transaction, WithdrawFrom};

use super::checks;

/// The objects a transaction names, and the owners of the address balances that it may take from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Declared {
    written: Vec<Address>,
    read: Vec<Address>,
}

impl Declared {
    /// What this transaction names; nothing for one that no checks will let in.
    pub(crate) fn of(transaction: &Transaction) -> Self {
        let mut declared = Self::default();
        let payment = &transaction.gas_payment;
        if payment.objects.is_empty() {
            declared.written.push(payment.owner);
        }
        let coins = payment.objects.iter().map(|coin| *coin.object_id());
        declared.written.extend(coins);
        let Ok(programmable) = checks::programmable(transaction) else {
            return declared;
        };
        for input in &programmable.inputs {
            match input {
                Input::ImmutableOrOwned(reference) | Input::Receiving(reference) => {
                    declared.written.push(*reference.object_id());
                }
                Input::Shared(shared) if shared.mutability().is_mutable() => {
                    declared.written.push(shared.object_id());
                }
                Input::Shared(shared) => declared.read.push(shared.object_id()),
                Input::FundsWithdrawal(withdrawal) => {
                    declared.written.push(match withdrawal.source() {
                        WithdrawFrom::Sponsor => payment.owner,
                        _ => transaction.sender,
                    });
                }
                _ => {}
            }
        }
        declared
    }
}

/// What a set of transactions uses together.
#[derive(Debug, Default)]
pub(crate) struct InUse {
    written: HashSet<Address>,
    read: HashSet<Address>,
}

impl InUse {
    /// Whether a transaction can run beside all of these: what one writes the other does not use.
    pub(crate) fn allows(&self, declared: &Declared) -> bool {
        let untouched = |id| !self.written.contains(id);
        declared.read.iter().all(untouched)
            && declared
                .written
                .iter()
                .all(|id| untouched(id) && !self.read.contains(id))
    }

    /// Adds a transaction.
    pub(crate) fn add(&mut self, declared: &Declared) {
        self.written.extend(&declared.written);
        self.read.extend(&declared.read);
    }
}
