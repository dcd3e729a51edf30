//! A ledger in this process, and the actors that sign on it.

use std::sync::Arc;

use sui_crypto::{SuiSigner, ed25519::Ed25519PrivateKey};
use sui_sdk_types::{
    Address, ExecutionStatus, GasPayment, Object, Owner, ProgrammableTransaction, Transaction,
    TransactionEffects, TransactionExpiration, TransactionKind,
};
use valet_client::{
    SharedObject,
    ptb::{self, ObjectInput},
};
use valet_localnet::ledger::{
    ExecutedTransaction, GenesisPackage, Ledger, LedgerConfig, ManualTime, Rejection,
};

use crate::Error;

/// The time that every run begins at.
pub(crate) const BEGIN_MS: u64 = 1_700_000_000_000;
/// The gas price of every transaction, in MIST per unit: the reference price.
pub(crate) const GAS_PRICE: u64 = 1_000;
const GAS_BUDGET: u64 = 5_000_000_000;
/// A million SUI: nobody ever runs dry.
const GAS_COIN: u64 = 1_000_000_000_000_000;

/// Somebody with a key and a coin for gas.
pub(crate) struct Actor {
    key: Ed25519PrivateKey,
    pub(crate) address: Address,
    gas_coin: Address,
}

/// The ledger and its clock.
#[derive(Debug)]
pub(crate) struct Chain {
    pub(crate) ledger: Ledger,
    time: Arc<ManualTime>,
}

impl Chain {
    pub(crate) fn new(framework: &[GenesisPackage]) -> Result<Self, Error> {
        let time = Arc::new(ManualTime::new(BEGIN_MS));
        let config = LedgerConfig::new(time.clone()).with_reference_gas_price(GAS_PRICE);
        let ledger = Ledger::genesis(config, framework)?;
        Ok(Self { ledger, time })
    }

    /// An actor of its own: the same number is the same key.
    pub(crate) fn actor(&self, number: u8) -> Result<Actor, Error> {
        let key = Ed25519PrivateKey::new([number.wrapping_add(1); 32]);
        let address = key.public_key().derive_address();
        let funded = self.ledger.fund(address, &[GAS_COIN])?;
        let coin = funded
            .output_objects
            .iter()
            .find(|object| *object.owner() == Owner::Address(address))
            .ok_or_else(|| Error::setup("funding", "the faucet made no coin"))?;
        Ok(Actor {
            gas_coin: coin.object_id(),
            key,
            address,
        })
    }

    /// Sets what the next transaction takes for the present.
    pub(crate) fn set_time(&self, now_ms: u64) {
        self.time.set_ms(now_ms);
    }

    /// Signs and executes.
    pub(crate) fn execute(
        &self,
        actor: &Actor,
        ptb: ProgrammableTransaction,
    ) -> Result<Arc<ExecutedTransaction>, Attempt> {
        let coin = self
            .ledger
            .object(&actor.gas_coin)
            .ok_or_else(|| Error::setup("paying for gas", "the coin is gone"))?;
        let gas_payment = GasPayment {
            objects: vec![sui_sdk_types::ObjectReference::new(
                coin.object_id(),
                coin.version(),
                coin.digest(),
            )],
            owner: actor.address,
            price: GAS_PRICE,
            budget: GAS_BUDGET,
        };
        let expiration = TransactionExpiration::None;
        let transaction =
            ptb::transaction(ptb, actor.address, gas_payment, expiration).map_err(Error::from)?;
        let signature = actor
            .key
            .sign_transaction(&transaction)
            .map_err(|error| Error::setup("signing", error))?;
        self.ledger
            .execute(&transaction, &[signature])
            .map_err(Attempt::Rejected)
    }

    /// Executes what must succeed.
    pub(crate) fn run(
        &self,
        what: &'static str,
        actor: &Actor,
        ptb: ProgrammableTransaction,
    ) -> Result<Arc<ExecutedTransaction>, Error> {
        let executed = self.execute(actor, ptb).map_err(|attempt| match attempt {
            Attempt::Rejected(rejection) => Error::Rejected(rejection),
            Attempt::Unsent(error) => error,
        })?;
        match status(&executed) {
            ExecutionStatus::Success => Ok(executed),
            failure @ ExecutionStatus::Failure { .. } => {
                Err(Error::setup(what, format!("{failure:?}")))
            }
        }
    }

    /// The contents of an object.
    pub(crate) fn contents(&self, id: &Address) -> Option<Vec<u8>> {
        let object = self.ledger.object(id)?;
        Some(object.as_struct()?.contents().to_vec())
    }
}

/// Why a transaction left nothing behind.
pub(crate) enum Attempt {
    /// The ledger refused it.
    Rejected(Rejection),
    /// It was never sent.
    Unsent(Error),
}

impl From<Error> for Attempt {
    fn from(error: Error) -> Self {
        Self::Unsent(error)
    }
}

/// How a transaction ended.
pub(crate) fn status(executed: &ExecutedTransaction) -> &ExecutionStatus {
    match &executed.effects {
        TransactionEffects::V1(effects) => &effects.status,
        TransactionEffects::V2(effects) => &effects.status,
    }
}

/// The object of a type, by its Move name, that a transaction wrote.
pub(crate) fn written(executed: &ExecutedTransaction, name: &str) -> Result<Arc<Object>, Error> {
    let has_name = |object: &&Arc<Object>| match object.as_struct() {
        Some(data) => data.object_type().name().as_str() == name,
        None => name.is_empty(),
    };
    let found = executed.output_objects.iter().find(has_name);
    found
        .cloned()
        .ok_or_else(|| Error::setup("looking for an object", format!("no {name} was written")))
}

/// A shared object as transactions name it.
pub(crate) fn shared(object: &Object) -> Result<SharedObject, Error> {
    match *object.owner() {
        Owner::Shared(initial_version) => Ok(SharedObject {
            id: object.object_id(),
            initial_version,
        }),
        _ => Err(Error::setup(
            "sharing",
            format!("{} is not shared", object.object_id()),
        )),
    }
}

/// An owned object as it is now.
pub(crate) fn owned(chain: &Chain, id: Address) -> Result<ObjectInput, Error> {
    let object = chain
        .ledger
        .object(&id)
        .ok_or_else(|| Error::setup("naming an object", format!("{id} does not exist")))?;
    Ok(ObjectInput::Owned {
        id,
        version: object.version(),
        digest: object.digest(),
    })
}

/// A transaction that is only simulated, and pays nothing.
pub(crate) fn simulated(actor: &Actor, ptb: ProgrammableTransaction) -> Transaction {
    Transaction {
        kind: TransactionKind::ProgrammableTransaction(ptb),
        sender: actor.address,
        gas_payment: GasPayment {
            objects: Vec::new(),
            owner: actor.address,
            price: GAS_PRICE,
            budget: GAS_BUDGET,
        },
        expiration: TransactionExpiration::None,
    }
}
