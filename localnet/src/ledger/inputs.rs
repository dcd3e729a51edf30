//! Loading what a transaction names, and checking that its signers may use it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sui_sdk_types::{
    Address, Digest, GasPayment, Input, MoveStruct, Object, ObjectData, ObjectReference, Owner,
    ProgrammableTransaction, SharedInput, StructTag, Transaction, TypeTag, WithdrawFrom,
    framework::Coin,
};

use super::checks;
use super::deny_list;
use super::reader::Objects;
use super::rejection::Rejection;
use super::system;

/// What the gas coin of a simulation without payment holds, in MIST.
const PLAY_MONEY: u64 = 1_000_000_000_000_000_000;
/// Its id, which no hash yields.
const PLAY_MONEY_ID: Address =
    Address::from_static("0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff");

/// How strictly inputs are checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ownership {
    /// Owned inputs belong to the signers.
    Checked,
    /// Anybody's objects may be used: a simulation that asked for it.
    Ignored,
}

/// Who pays for gas when a transaction names no coins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MissingPayment {
    /// The address balance of the gas owner.
    FromBalance,
    /// A coin that does not exist: a simulation that only wants to know what would happen.
    PlayMoney,
}

/// Everything a transaction works on, loaded.
#[derive(Clone, Debug)]
pub(crate) struct LoadedInputs {
    /// One for each input of the programmable transaction, in order.
    pub(crate) inputs: Vec<LoadedInput>,
    /// Who pays for gas, and with what.
    pub(crate) payer: Payer,
    /// The packages the transaction names.
    pub(crate) packages: Vec<Arc<Object>>,
}

/// One loaded input.
#[derive(Clone, Debug)]
pub(crate) enum LoadedInput {
    /// Bytes whose type is decided by their use.
    Pure(Vec<u8>),
    /// An object.
    Object {
        /// The object as it is.
        object: Arc<Object>,
        /// What the transaction may do with it.
        access: Access,
    },
    /// A ticket to receive an object that was sent to another object.
    Receiving(ObjectReference),
    /// A permission to withdraw from an address balance.
    Withdrawal {
        /// Whose balance.
        owner: Address,
        /// The coin type.
        coin_type: TypeTag,
        /// The most that is withdrawn.
        amount: u64,
    },
}

/// What a transaction may do with an input object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Anything its owner may do.
    Owned,
    /// Read an immutable object.
    Immutable,
    /// Read a shared object.
    SharedRead,
    /// Change a shared object.
    SharedWrite,
}

impl Access {
    /// Whether the object gets a new version whatever the transaction does.
    pub(crate) fn is_mutable(self) -> bool {
        matches!(self, Self::Owned | Self::SharedWrite)
    }
}

/// Who pays for gas.
#[derive(Clone, Debug)]
pub(crate) enum Payer {
    /// Coins, the first of which takes in the others.
    Coins {
        /// The coins in the order of the payment; never empty.
        coins: Vec<Arc<Object>>,
        /// What they hold together.
        total: u64,
    },
    /// The address balance of the gas owner.
    Balance {
        /// Whose balance.
        owner: Address,
    },
}

impl LoadedInputs {
    /// Every object input with its access, gas coins first.
    pub(crate) fn objects(&self) -> impl Iterator<Item = (&Arc<Object>, Access)> {
        let gas = match &self.payer {
            Payer::Coins { coins, .. } => coins.as_slice(),
            Payer::Balance { .. } => &[],
        };
        gas.iter()
            .map(|object| (object, Access::Owned))
            .chain(self.inputs.iter().filter_map(|input| match input {
                LoadedInput::Object { object, access } => Some((object, *access)),
                _ => None,
            }))
    }

    /// The version every written object gets: one more than the highest version among the inputs.
    pub(crate) fn lamport_version(&self) -> u64 {
        let received = self.inputs.iter().filter_map(|input| match input {
            LoadedInput::Receiving(reference) => Some(reference.version()),
            _ => None,
        });
        self.objects()
            .map(|(object, _)| object.version())
            .chain(received)
            .max()
            .unwrap_or(0)
            .saturating_add(1)
    }

    /// What the transaction may withdraw per owner and coin type, gas paid from a balance included.
    pub(crate) fn reservations(&self, budget: u64) -> BTreeMap<(Address, TypeTag), u64> {
        let mut reserved: BTreeMap<(Address, TypeTag), u64> = BTreeMap::new();
        let mut reserve = |owner, coin_type, amount: u64| {
            let sum = reserved.entry((owner, coin_type)).or_default();
            *sum = sum.saturating_add(amount);
        };
        for input in &self.inputs {
            if let LoadedInput::Withdrawal {
                owner,
                coin_type,
                amount,
            } = input
            {
                reserve(*owner, coin_type.clone(), *amount);
            }
        }
        if let Payer::Balance { owner } = self.payer {
            reserve(owner, system::sui(), budget);
        }
        reserved
    }
}

/// Load what a transaction names.
pub(crate) fn load(
    store: Objects<'_>,
    transaction: &Transaction,
    ownership: Ownership,
    missing_payment: MissingPayment,
) -> Result<LoadedInputs, Rejection> {
    let programmable = checks::programmable(transaction)?;
    let inputs = programmable
        .inputs
        .iter()
        .map(|input| load_input(store, transaction, input, ownership))
        .collect::<Result<Vec<_>, _>>()?;
    let payer = load_payment(
        store,
        programmable,
        &transaction.gas_payment,
        ownership,
        missing_payment,
    )?;
    let packages = checks::packages(programmable)
        .into_iter()
        .map(|id| load_package(store, id))
        .collect::<Result<Vec<_>, _>>()?;
    let loaded = LoadedInputs {
        inputs,
        payer,
        packages,
    };
    if ownership == Ownership::Checked {
        deny_list::check_sender(store, transaction.sender, &loaded)?;
    }
    for ((owner, coin_type), needed) in loaded.reservations(transaction.gas_payment.budget) {
        let available = store.balance(&owner, &coin_type);
        if needed > available {
            return Err(Rejection::InsufficientAddressBalance {
                owner,
                coin_type: Box::new(coin_type),
                needed,
                available,
            });
        }
    }
    Ok(loaded)
}

fn load_input(
    store: Objects<'_>,
    transaction: &Transaction,
    input: &Input,
    ownership: Ownership,
) -> Result<LoadedInput, Rejection> {
    match input {
        Input::Pure(bytes) => Ok(LoadedInput::Pure(bytes.clone())),
        Input::ImmutableOrOwned(reference) => {
            let object = current(store, reference)?;
            let access = match *object.owner() {
                Owner::Immutable => Access::Immutable,
                Owner::Address(owner) => {
                    if owner != transaction.sender && ownership == Ownership::Checked {
                        return Err(Rejection::NotOwner {
                            object: object.object_id(),
                            owner,
                            signer: transaction.sender,
                        });
                    }
                    Access::Owned
                }
                owner => return Err(not_owned(&object, owner)),
            };
            Ok(LoadedInput::Object { object, access })
        }
        Input::Shared(shared) => load_shared(store, transaction.sender, shared, ownership),
        Input::Receiving(reference) => {
            let object = current(store, reference)?;
            match object.owner() {
                Owner::Address(_) => Ok(LoadedInput::Receiving(reference.clone())),
                _ => Err(Rejection::NotReceivable {
                    object: object.object_id(),
                }),
            }
        }
        Input::FundsWithdrawal(withdrawal) => Ok(LoadedInput::Withdrawal {
            owner: match withdrawal.source() {
                WithdrawFrom::Sponsor => transaction.gas_payment.owner,
                _ => transaction.sender,
            },
            coin_type: withdrawal.coin_type().clone(),
            amount: withdrawal.amount().unwrap_or(0),
        }),
        _ => Err(Rejection::Unsupported {
            feature: "this kind of input",
        }),
    }
}

fn load_shared(
    store: Objects<'_>,
    sender: Address,
    shared: &SharedInput,
    ownership: Ownership,
) -> Result<LoadedInput, Rejection> {
    let id = shared.object_id();
    let object = store.get(&id).cloned().ok_or(Rejection::ObjectNotFound {
        object: id,
        version: None,
    })?;
    let initial_version = match *object.owner() {
        Owner::Shared(version) => version,
        Owner::ConsensusAddress {
            start_version,
            owner,
        } => {
            if owner != sender && ownership == Ownership::Checked {
                return Err(Rejection::NotOwner {
                    object: id,
                    owner,
                    signer: sender,
                });
            }
            start_version
        }
        _ if object.as_struct().is_none() => {
            return Err(Rejection::PackageAsObject { package: id });
        }
        _ => return Err(Rejection::NotShared { object: id }),
    };
    if initial_version != shared.version() {
        return Err(Rejection::InitialVersionMismatch {
            object: id,
            provided: shared.version(),
            expected: initial_version,
        });
    }
    let access = if shared.mutability().is_mutable() {
        Access::SharedWrite
    } else {
        Access::SharedRead
    };
    Ok(LoadedInput::Object { object, access })
}

/// The object that a reference names, if the reference is up to date.
fn current(store: Objects<'_>, reference: &ObjectReference) -> Result<Arc<Object>, Rejection> {
    let id = *reference.object_id();
    let object = store.get(&id).cloned().ok_or(Rejection::ObjectNotFound {
        object: id,
        version: Some(reference.version()),
    })?;
    if object.as_struct().is_none() {
        return Err(Rejection::PackageAsObject { package: id });
    }
    if object.version() != reference.version() {
        return Err(Rejection::ObjectVersionMismatch {
            object: id,
            provided: reference.version(),
            current: object.version(),
        });
    }
    let digest = store.digest(&object);
    if digest != *reference.digest() {
        return Err(Rejection::ObjectDigestMismatch {
            object: id,
            provided: *reference.digest(),
            expected: digest,
        });
    }
    Ok(object)
}

fn not_owned(object: &Object, owner: Owner) -> Rejection {
    let object = object.object_id();
    match owner {
        Owner::Object(parent) => Rejection::ChildObject { object, parent },
        Owner::Shared(initial_version)
        | Owner::ConsensusAddress {
            start_version: initial_version,
            ..
        } => Rejection::SharedAsOwned {
            object,
            initial_version,
        },
        _ => Rejection::Unsupported {
            feature: "this kind of ownership",
        },
    }
}

fn load_payment(
    store: Objects<'_>,
    programmable: &ProgrammableTransaction,
    payment: &GasPayment,
    ownership: Ownership,
    missing_payment: MissingPayment,
) -> Result<Payer, Rejection> {
    if payment.objects.is_empty() {
        return match missing_payment {
            MissingPayment::FromBalance => Ok(Payer::Balance {
                owner: payment.owner,
            }),
            MissingPayment::PlayMoney => play_money(payment.owner),
        };
    }
    let mut used: BTreeSet<Address> = programmable
        .inputs
        .iter()
        .filter_map(|input| match input {
            Input::ImmutableOrOwned(reference) | Input::Receiving(reference) => {
                Some(*reference.object_id())
            }
            Input::Shared(shared) => Some(shared.object_id()),
            _ => None,
        })
        .collect();
    let mut coins = Vec::new();
    let mut total = 0u64;
    for reference in &payment.objects {
        let id = *reference.object_id();
        if !used.insert(id) {
            return Err(Rejection::DuplicateInput { object: id });
        }
        let object = current(store, reference)?;
        let Owner::Address(owner) = *object.owner() else {
            return Err(Rejection::InvalidGasObject { object: id });
        };
        if owner != payment.owner && ownership == Ownership::Checked {
            return Err(Rejection::NotOwner {
                object: id,
                owner,
                signer: payment.owner,
            });
        }
        let coin = Coin::try_from_object(&object)
            .filter(|coin| *coin.coin_type() == system::sui())
            .ok_or(Rejection::InvalidGasObject { object: id })?;
        total = total.saturating_add(coin.balance());
        coins.push(Arc::clone(&object));
    }
    if total < payment.budget {
        return Err(Rejection::GasBalanceTooLow {
            balance: total,
            budget: payment.budget,
        });
    }
    Ok(Payer::Coins { coins, total })
}

/// A coin that does not exist, so that a simulation without payment has a gas coin to run with.
fn play_money(owner: Address) -> Result<Payer, Rejection> {
    let total = PLAY_MONEY;
    let mut contents = PLAY_MONEY_ID.into_inner().to_vec();
    contents.extend_from_slice(&total.to_le_bytes());
    let coin = MoveStruct::new(StructTag::gas_coin(), true, 1, contents).ok_or_else(|| {
        Rejection::Internal {
            reason: "a coin without an id".to_owned(),
        }
    })?;
    let coin = Object::new(
        ObjectData::Struct(coin),
        Owner::Address(owner),
        Digest::ZERO,
        0,
    );
    Ok(Payer::Coins {
        coins: vec![Arc::new(coin)],
        total,
    })
}

fn load_package(store: Objects<'_>, id: Address) -> Result<Arc<Object>, Rejection> {
    let object = store
        .get(&id)
        .cloned()
        .ok_or(Rejection::PackageNotFound { package: id })?;
    if object.as_struct().is_some() {
        return Err(Rejection::ObjectAsPackage { object: id });
    }
    Ok(object)
}
