//! The faucet: an account with a key of its own that pays by ordinary transactions.

use sui_crypto::{SuiSigner, ed25519::Ed25519PrivateKey};
use sui_sdk_types::{
    Address, Argument, Command, GasPayment, Input, Object, ObjectReference,
    ProgrammableTransaction, SplitCoins, Transaction, TransactionExpiration, TransactionKind,
    TransferObjects, UserSignature, framework::Coin,
};

use super::rejection::LedgerError;

/// What a payment may cost in computation units, and in storage per coin it makes.
const COMPUTATION_UNITS: u64 = 10_000;
const STORAGE_PER_COIN: u64 = 1_000_000;

/// The faucet's account.
#[derive(Debug)]
pub(crate) struct Faucet {
    key: Ed25519PrivateKey,
    seed: [u8; 32],
    address: Address,
}

impl Faucet {
    pub(crate) fn new(seed: [u8; 32]) -> Self {
        let key = Ed25519PrivateKey::new(seed);
        let address = key.public_key().derive_address();
        Self { key, seed, address }
    }

    /// What the key is made of; it guards nothing of value.
    pub(crate) fn seed(&self) -> [u8; 32] {
        self.seed
    }

    pub(crate) fn address(&self) -> Address {
        self.address
    }

    /// A signed transaction that sends coins of these amounts, paid from the fullest of the faucet's coins.
    pub(crate) fn payment<'c>(
        &self,
        coins: impl IntoIterator<Item = &'c Object>,
        price: u64,
        recipient: Address,
        amounts: &[u64],
    ) -> Result<(Transaction, UserSignature), LedgerError> {
        let refused = |reason: &str| LedgerError::Faucet {
            reason: reason.to_owned(),
        };
        if amounts.is_empty() {
            return Err(refused("name at least one amount"));
        }
        let storage = STORAGE_PER_COIN.saturating_mul(amounts.len() as u64 + 1);
        let budget = COMPUTATION_UNITS
            .saturating_mul(price)
            .saturating_add(storage);
        let needed = amounts
            .iter()
            .try_fold(budget, |sum, amount| sum.checked_add(*amount))
            .ok_or_else(|| refused("the amounts together are more than there is SUI"))?;
        let (coin, balance) = coins
            .into_iter()
            .filter_map(|object| Some((object, Coin::try_from_object(object)?.balance())))
            .max_by_key(|(_, balance)| *balance)
            .ok_or_else(|| refused("it has no coin"))?;
        if balance < needed {
            return Err(LedgerError::Faucet {
                reason: format!("{needed} MIST are needed, its coin holds {balance}"),
            });
        }
        let transaction = Transaction {
            kind: TransactionKind::ProgrammableTransaction(transfer(recipient, amounts)?),
            sender: self.address,
            gas_payment: GasPayment {
                objects: vec![ObjectReference::new(
                    coin.object_id(),
                    coin.version(),
                    coin.digest(),
                )],
                owner: self.address,
                price,
                budget,
            },
            expiration: TransactionExpiration::None,
        };
        let signature = self
            .key
            .sign_transaction(&transaction)
            .map_err(|error| refused(&error.to_string()))?;
        Ok((transaction, signature))
    }
}

/// Split the gas coin and send the parts.
fn transfer(recipient: Address, amounts: &[u64]) -> Result<ProgrammableTransaction, LedgerError> {
    let recipient_input = u16::try_from(amounts.len()).map_err(|_| LedgerError::Faucet {
        reason: "too many coins for one transaction".to_owned(),
    })?;
    let inputs = amounts
        .iter()
        .map(|amount| Input::Pure(amount.to_le_bytes().to_vec()))
        .chain([Input::Pure(recipient.as_bytes().to_vec())])
        .collect();
    let commands = vec![
        Command::SplitCoins(SplitCoins {
            coin: Argument::Gas,
            amounts: (0..recipient_input).map(Argument::Input).collect(),
        }),
        Command::TransferObjects(TransferObjects {
            objects: (0..recipient_input)
                .map(|coin| Argument::NestedResult(0, coin))
                .collect(),
            address: Argument::Input(recipient_input),
        }),
    ];
    Ok(ProgrammableTransaction { inputs, commands })
}
