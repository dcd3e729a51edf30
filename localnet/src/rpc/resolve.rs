//! Completing a transaction that a client sent in parts.
//!
//! Clients may leave out what a node knows: versions and digests of objects, whether a shared object is used mutably, the
//! gas price. The official TypeScript client builds every transaction this way.

mod literal;

use std::sync::Arc;

use prost::Message;
use sui_rpc::proto::sui::rpc::v2 as proto;
use sui_rpc::proto::sui::rpc::v2::input::InputKind;
use sui_sdk_types::{
    Address, Argument, Command, Digest, GasPayment, Input, MoveCall, Object, ObjectReference,
    Owner, ProgrammableTransaction, SharedInput, Transaction, TransactionExpiration,
    TransactionKind, framework::Coin,
};
use tonic::Status;

use super::types::{Passing, Types};
use super::{fields, status};
use crate::ledger::Ledger;
use crate::vm;

/// How much larger than its BCS form a transaction may be as a message. Completing one looks at every argument once for
/// every input, so its size bounds the work.
const MESSAGE_FACTOR: usize = 4;

/// A complete transaction, and what the client left to the node.
pub(super) struct Resolved {
    pub(super) transaction: Transaction,
    pub(super) budget_missing: bool,
}

/// The transaction of a request, completed where the client left something out.
pub(super) fn resolve(ledger: &Ledger, message: &proto::Transaction) -> Result<Resolved, Status> {
    match Transaction::try_from(message) {
        Ok(transaction) => Ok(Resolved {
            transaction,
            budget_missing: false,
        }),
        // Bytes are complete or wrong.
        Err(error) if message.bcs.is_some() => Err(status::invalid("transaction", error)),
        Err(_) => complete(ledger, message),
    }
}

fn complete(ledger: &Ledger, message: &proto::Transaction) -> Result<Resolved, Status> {
    let sender = fields::required("transaction.sender", message.sender.as_deref())?;
    let program = message
        .kind
        .as_ref()
        .and_then(|kind| kind.programmable_transaction_opt())
        .ok_or_else(|| status::missing("transaction.kind.programmable_transaction"))?;
    let limits = ledger.protocol();
    let max_bytes = limits.max_transaction_bytes.saturating_mul(MESSAGE_FACTOR);
    if message.encoded_len() > max_bytes {
        return Err(status::invalid(
            "transaction",
            format_args!("more than {max_bytes} bytes, which no valid transaction needs"),
        ));
    }
    if program.inputs.len() > limits.max_input_objects
        || program.commands.len() > limits.max_commands
    {
        return Err(status::invalid(
            "transaction.kind",
            "more inputs or commands than the protocol allows",
        ));
    }
    let commands = program
        .commands
        .iter()
        .map(Command::try_from)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| {
            status::invalid("transaction.kind.programmable_transaction.commands", error)
        })?;
    let uses = Uses {
        types: Types::new(ledger),
        commands: &commands,
    };
    let inputs = program
        .inputs
        .iter()
        .enumerate()
        .map(|(index, input)| resolve_input(ledger, &uses, index, input))
        .collect::<Result<Vec<_>, _>>()?;
    let (gas_payment, budget_missing) = resolve_gas(ledger, sender, message.gas_payment.as_ref())?;
    let expiration = match &message.expiration {
        Some(expiration) => TransactionExpiration::try_from(expiration)
            .map_err(|error| status::invalid("transaction.expiration", error))?,
        None => TransactionExpiration::None,
    };
    let kind =
        TransactionKind::ProgrammableTransaction(ProgrammableTransaction { inputs, commands });
    Ok(Resolved {
        transaction: Transaction {
            kind,
            sender,
            gas_payment,
            expiration,
        },
        budget_missing,
    })
}

fn resolve_gas(
    ledger: &Ledger,
    sender: Address,
    message: Option<&proto::GasPayment>,
) -> Result<(GasPayment, bool), Status> {
    let default = proto::GasPayment::default();
    let message = message.unwrap_or(&default);
    let owner = match &message.owner {
        Some(owner) => fields::parse("transaction.gas_payment.owner", owner)?,
        None => sender,
    };
    let mut held = 0_u64;
    let mut objects = Vec::with_capacity(
        message
            .objects
            .len()
            .min(ledger.protocol().max_gas_payment_objects),
    );
    for (index, reference) in message.objects.iter().enumerate() {
        let field = format!("transaction.gas_payment.objects[{index}]");
        if index >= ledger.protocol().max_gas_payment_objects {
            return Err(status::invalid(
                &field,
                "more gas objects than the protocol allows",
            ));
        }
        let wanted = Wanted::new(
            &field,
            reference.object_id.as_deref(),
            reference.version,
            reference.digest.as_deref(),
        )?;
        let object = wanted.load(ledger)?;
        let coin = Coin::try_from_object(&object)
            .filter(|coin| *coin.coin_type() == sui_sdk_types::StructTag::sui().into())
            .ok_or_else(|| {
                status::invalid(
                    &field,
                    format_args!("object {} is not a SUI coin", wanted.id),
                )
            })?;
        held = held.saturating_add(coin.balance());
        objects.push(wanted.reference(&object)?);
    }
    let max = ledger.protocol().max_tx_gas;
    let most = if objects.is_empty() {
        max
    } else {
        held.min(max)
    };
    let payment = GasPayment {
        objects,
        owner,
        price: message
            .price
            .unwrap_or_else(|| ledger.epoch().reference_gas_price),
        budget: message.budget.unwrap_or(most),
    };
    Ok((payment, message.budget.is_none()))
}

fn resolve_input(
    ledger: &Ledger,
    uses: &Uses<'_>,
    index: usize,
    input: &proto::Input,
) -> Result<Input, Status> {
    let field = format!("transaction.kind.programmable_transaction.inputs[{index}]");
    if let Some(value) = &input.literal {
        let mut others = input.clone();
        others.literal = None;
        if others != proto::Input::default() {
            return Err(status::invalid(
                &field,
                "a literal with something beside it: leave that out",
            ));
        }
        return literal::encode(&field, uses, index, value).map(Input::Pure);
    }
    if let Ok(complete) = Input::try_from(input) {
        return Ok(complete);
    }
    if let (None, Some(pure)) = (&input.kind, &input.pure) {
        return Ok(Input::Pure(pure.to_vec()));
    }
    let wanted = Wanted::new(
        &field,
        input.object_id.as_deref(),
        input.version,
        input.digest.as_deref(),
    )?;
    match (input.kind.map(|_| input.kind()), wanted.load(ledger)?) {
        (Some(InputKind::ImmutableOrOwned), object) => {
            wanted.reference(&object).map(Input::ImmutableOrOwned)
        }
        (Some(InputKind::Receiving), object) => wanted.reference(&object).map(Input::Receiving),
        (Some(InputKind::Shared), object) => wanted
            .shared(&object, uses.mutable(index)?)
            .map(Input::Shared),
        (None, object) => match object.owner() {
            Owner::Shared(_) | Owner::ConsensusAddress { .. } => wanted
                .shared(&object, uses.mutable(index)?)
                .map(Input::Shared),
            Owner::Address(_) if uses.receiving(index)? => {
                wanted.reference(&object).map(Input::Receiving)
            }
            _ => wanted.reference(&object).map(Input::ImmutableOrOwned),
        },
        (Some(_), _) => Err(status::invalid(
            &field,
            "incomplete: set everything its kind needs",
        )),
    }
}

/// An object as a client named it.
struct Wanted<'a> {
    field: &'a str,
    id: Address,
    version: Option<u64>,
    digest: Option<Digest>,
}

impl<'a> Wanted<'a> {
    fn new(
        field: &'a str,
        id: Option<&str>,
        version: Option<u64>,
        digest: Option<&str>,
    ) -> Result<Self, Status> {
        let id = fields::required(&format!("{field}.object_id"), id)?;
        let digest = digest
            .map(|digest| fields::parse(&format!("{field}.digest"), digest))
            .transpose()?;
        Ok(Self {
            field,
            id,
            version,
            digest,
        })
    }

    fn load(&self, ledger: &Ledger) -> Result<Arc<Object>, Status> {
        ledger
            .object(&self.id)
            .ok_or_else(|| status::not_found(format_args!("object {} not found", self.id)))
    }

    /// The reference of an owned or immutable object, if it is what the client wants.
    fn reference(&self, object: &Object) -> Result<ObjectReference, Status> {
        if !matches!(object.owner(), Owner::Address(_) | Owner::Immutable)
            || object.as_struct().is_none()
        {
            return Err(self.refuse("it is neither immutable nor owned by an address"));
        }
        let digest = object.digest();
        if self
            .version
            .is_some_and(|version| version != object.version())
        {
            return Err(self.refuse(format_args!(
                "it is at version {}: fetch it again",
                object.version()
            )));
        }
        if self.digest.is_some_and(|wanted| wanted != digest) {
            return Err(self.refuse(format_args!("its digest is {digest}: fetch it again")));
        }
        Ok(ObjectReference::new(self.id, object.version(), digest))
    }

    fn shared(&self, object: &Object, mutable: bool) -> Result<SharedInput, Status> {
        match object.owner() {
            Owner::Shared(version)
            | Owner::ConsensusAddress {
                start_version: version,
                ..
            } => Ok(SharedInput::new(self.id, *version, mutable)),
            _ => Err(self.refuse("it is not shared")),
        }
    }

    fn refuse(&self, why: impl std::fmt::Display) -> Status {
        status::invalid(
            self.field,
            format_args!("object {} cannot be used here: {why}", self.id),
        )
    }
}

/// How the commands use inputs.
struct Uses<'a> {
    types: Types<'a>,
    commands: &'a [Command],
}

impl Uses<'_> {
    /// Whether any command needs the input mutably or by value.
    fn mutable(&self, input: usize) -> Result<bool, Status> {
        self.any(input, |passing| !matches!(passing, Passing::Reference))
    }

    /// Whether any command receives the input.
    fn receiving(&self, input: usize) -> Result<bool, Status> {
        self.any(input, |passing| matches!(passing, Passing::Receiving))
    }

    fn any(&self, input: usize, wanted: impl Fn(Passing) -> bool) -> Result<bool, Status> {
        let is_input = |argument: &Argument| matches!(argument, Argument::Input(index) if usize::from(*index) == input);
        for command in self.commands {
            let used = match command {
                Command::MoveCall(call) => {
                    if !call.arguments.iter().any(is_input) {
                        continue;
                    }
                    let passings = self.passings(call)?;
                    call.arguments
                        .iter()
                        .zip(passings)
                        .any(|(argument, passing)| is_input(argument) && wanted(passing))
                }
                Command::TransferObjects(command) => {
                    command.objects.iter().any(is_input) && wanted(Passing::Value)
                }
                Command::SplitCoins(command) => {
                    is_input(&command.coin) && wanted(Passing::MutableReference)
                }
                Command::MergeCoins(command) => {
                    (is_input(&command.coin) && wanted(Passing::MutableReference))
                        || (command.coins_to_merge.iter().any(is_input) && wanted(Passing::Value))
                }
                Command::MakeMoveVector(command) => {
                    command.elements.iter().any(is_input) && wanted(Passing::Value)
                }
                Command::Upgrade(command) => is_input(&command.ticket) && wanted(Passing::Value),
                _ => false,
            };
            if used {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The type of a call's parameter.
    fn parameter(&self, call: &MoveCall, index: usize) -> Result<vm::Type, Status> {
        let (module, function) = (call.module.as_str(), call.function.as_str());
        let parameter = self.types.parameter(&call.package, module, function, index);
        parameter.ok_or_else(|| {
            status::invalid(
                "transaction.kind",
                format_args!(
                    "there is no function {}::{module}::{function} of more than {index} parameters",
                    call.package
                ),
            )
        })
    }

    fn passings(&self, call: &MoveCall) -> Result<Vec<Passing>, Status> {
        self.types
            .passings(&call.package, call.module.as_str(), call.function.as_str())
            .ok_or_else(|| {
                status::invalid(
                    "transaction.kind",
                    format_args!(
                        "there is no function {}::{}::{}",
                        call.package, call.module, call.function
                    ),
                )
            })
    }
}
