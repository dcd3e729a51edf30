//! Checks that need the transaction, the protocol and the epoch, but no object.

use std::collections::BTreeSet;

use sui_sdk_types::{
    Address, Argument, Command, Digest, GasPayment, Input, ProgrammableTransaction, Transaction,
    TransactionExpiration, TransactionKind, TypeTag, WithdrawFrom,
};

use super::inputs::MissingPayment;
use super::protocol::ProtocolConfig;
use super::rejection::Rejection;
use super::system;

/// What a transaction is checked against.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Network<'a> {
    pub(crate) protocol: &'a ProtocolConfig,
    pub(crate) chain_id: Digest,
    pub(crate) epoch: u64,
    pub(crate) reference_gas_price: u64,
}

/// The programmable part of a user's transaction.
pub(crate) fn programmable(
    transaction: &Transaction,
) -> Result<&ProgrammableTransaction, Rejection> {
    let kind = match &transaction.kind {
        TransactionKind::ProgrammableTransaction(programmable) => return Ok(programmable),
        TransactionKind::ChangeEpoch(_) => "change epoch",
        TransactionKind::Genesis(_) => "genesis",
        TransactionKind::AuthenticatorStateUpdate(_) => "authenticator state update",
        TransactionKind::EndOfEpoch(_) => "end of epoch",
        TransactionKind::RandomnessStateUpdate(_) => "randomness state update",
        TransactionKind::ProgrammableSystemTransaction(_) => "programmable system",
        _ => "consensus commit prologue",
    };
    Err(Rejection::SystemTransaction { kind })
}

/// Check how many bytes an encoded transaction has.
pub(crate) fn check_size(bytes: usize, protocol: &ProtocolConfig) -> Result<(), Rejection> {
    at_most(
        "transaction size in bytes",
        bytes,
        protocol.max_transaction_bytes,
    )
}

/// Check expiration, inputs and commands of a transaction.
pub(crate) fn check(transaction: &Transaction, network: Network<'_>) -> Result<(), Rejection> {
    let programmable = programmable(transaction)?;
    expiration(transaction, network)?;
    inputs(programmable, network.protocol)?;
    commands(programmable, network.protocol)?;
    random_last(programmable)
}

/// Check price and budget, and that something can pay.
pub(crate) fn check_gas(
    transaction: &Transaction,
    network: Network<'_>,
    missing_payment: MissingPayment,
) -> Result<(), Rejection> {
    let GasPayment {
        objects,
        price,
        budget,
        ..
    } = &transaction.gas_payment;
    let protocol = network.protocol;
    if *price < network.reference_gas_price {
        return Err(Rejection::GasPriceTooLow {
            price: *price,
            minimum: network.reference_gas_price,
        });
    }
    if *price > protocol.max_gas_price {
        return Err(Rejection::GasPriceTooHigh {
            price: *price,
            maximum: protocol.max_gas_price,
        });
    }
    if *budget > protocol.max_tx_gas {
        return Err(Rejection::GasBudgetTooHigh {
            budget: *budget,
            maximum: protocol.max_tx_gas,
        });
    }
    let minimum = protocol.min_gas_units.saturating_mul(*price);
    if *budget < minimum {
        return Err(Rejection::GasBudgetTooLow {
            budget: *budget,
            minimum,
        });
    }
    at_most(
        "gas objects",
        objects.len(),
        protocol.max_gas_payment_objects,
    )?;
    if objects.is_empty() && missing_payment == MissingPayment::FromBalance {
        let valid_during = matches!(
            transaction.expiration,
            TransactionExpiration::ValidDuring { .. } | TransactionExpiration::Validity { .. }
        );
        if !protocol.address_balances || !valid_during {
            return Err(Rejection::MissingGasPayment);
        }
        let uses_gas_coin = programmable(transaction)?
            .commands
            .iter()
            .flat_map(arguments)
            .any(|a| a == Argument::Gas);
        if uses_gas_coin {
            return Err(Rejection::GasCoinWithoutPayment);
        }
    }
    Ok(())
}

fn at_most(what: &'static str, found: usize, max: usize) -> Result<(), Rejection> {
    if found <= max {
        Ok(())
    } else {
        Err(Rejection::LimitExceeded {
            what,
            found: found as u64,
            max: max as u64,
        })
    }
}

fn expiration(transaction: &Transaction, network: Network<'_>) -> Result<(), Rejection> {
    let current = network.epoch;
    match &transaction.expiration {
        TransactionExpiration::None => Ok(()),
        TransactionExpiration::Epoch(max_epoch) if current > *max_epoch => {
            Err(Rejection::Expired {
                max_epoch: *max_epoch,
                current,
            })
        }
        TransactionExpiration::Epoch(_) => Ok(()),
        TransactionExpiration::ValidDuring {
            min_epoch,
            max_epoch,
            min_timestamp,
            max_timestamp,
            chain,
            nonce: _,
        } => {
            if *chain != network.chain_id {
                return Err(Rejection::WrongChain {
                    provided: *chain,
                    expected: network.chain_id,
                });
            }
            if min_timestamp.is_some() || max_timestamp.is_some() {
                return Err(Rejection::InvalidExpiration {
                    reason: "bounds in time are not supported, use epochs",
                });
            }
            let (Some(min_epoch), Some(max_epoch)) = (*min_epoch, *max_epoch) else {
                return Err(Rejection::InvalidExpiration {
                    reason: "name both the first and the last epoch",
                });
            };
            if max_epoch < min_epoch || max_epoch - min_epoch > 1 {
                return Err(Rejection::InvalidExpiration {
                    reason: "the last epoch is the first one or the next",
                });
            }
            if current < min_epoch {
                return Err(Rejection::NotYetValid { min_epoch, current });
            }
            if current > max_epoch {
                return Err(Rejection::Expired { max_epoch, current });
            }
            Ok(())
        }
        _ => Err(Rejection::Unsupported {
            feature: "this kind of expiration",
        }),
    }
}

fn inputs(
    programmable: &ProgrammableTransaction,
    protocol: &ProtocolConfig,
) -> Result<(), Rejection> {
    let mut seen = BTreeSet::new();
    let mut withdrawals = 0;
    for (index, input) in programmable.inputs.iter().enumerate() {
        let object = match input {
            Input::Pure(bytes) => {
                at_most(
                    "size of a pure input in bytes",
                    bytes.len(),
                    protocol.max_pure_argument_bytes,
                )?;
                continue;
            }
            Input::FundsWithdrawal(withdrawal) => {
                withdrawals += 1;
                if !protocol.address_balances {
                    return Err(Rejection::Unsupported {
                        feature: "withdrawing from address balances",
                    });
                }
                if withdrawal.amount().is_none_or(|amount| amount == 0) {
                    return Err(Rejection::InvalidWithdrawal {
                        input: index,
                        reason: "withdraw at least one",
                    });
                }
                if !matches!(
                    withdrawal.source(),
                    WithdrawFrom::Sender | WithdrawFrom::Sponsor
                ) {
                    return Err(Rejection::InvalidWithdrawal {
                        input: index,
                        reason: "withdraw from the sender's or the sponsor's balance",
                    });
                }
                type_tag(withdrawal.coin_type(), protocol)?;
                if !matches!(withdrawal.coin_type(), TypeTag::Struct(_)) {
                    return Err(Rejection::InvalidWithdrawal {
                        input: index,
                        reason: "the coin type is a struct",
                    });
                }
                continue;
            }
            Input::ImmutableOrOwned(reference) | Input::Receiving(reference) => {
                *reference.object_id()
            }
            Input::Shared(shared) => {
                let id = shared.object_id();
                system::check_shared_access(id, shared.mutability().is_mutable())?;
                id
            }
            _ => {
                return Err(Rejection::Unsupported {
                    feature: "this kind of input",
                });
            }
        };
        if !seen.insert(object) {
            return Err(Rejection::DuplicateInput { object });
        }
    }
    at_most("object inputs", seen.len(), protocol.max_input_objects)?;
    at_most("withdrawals", withdrawals, protocol.max_withdrawals)
}

fn commands(
    programmable: &ProgrammableTransaction,
    protocol: &ProtocolConfig,
) -> Result<(), Rejection> {
    at_most(
        "commands",
        programmable.commands.len(),
        protocol.max_commands,
    )?;
    let mut publishes = 0;
    for (index, command) in programmable.commands.iter().enumerate() {
        let empty = |what| {
            Err(Rejection::EmptyCommand {
                command: index,
                what,
            })
        };
        at_most(
            "arguments of a command",
            arguments(command).count(),
            protocol.max_arguments,
        )?;
        match command {
            Command::MoveCall(call) => {
                at_most(
                    "type arguments of a command",
                    call.type_arguments.len(),
                    protocol.max_type_arguments,
                )?;
                for tag in &call.type_arguments {
                    type_tag(tag, protocol)?;
                }
            }
            Command::TransferObjects(transfer) if transfer.objects.is_empty() => {
                return empty("objects");
            }
            Command::SplitCoins(split) if split.amounts.is_empty() => return empty("amounts"),
            Command::MergeCoins(merge) if merge.coins_to_merge.is_empty() => {
                return empty("coins to merge");
            }
            Command::MakeMoveVector(vector) => match &vector.type_ {
                Some(tag) => type_tag(tag, protocol)?,
                None if vector.elements.is_empty() => return empty("type and no elements"),
                None => {}
            },
            Command::Publish(publish) => {
                publishes += 1;
                if publish.modules.is_empty() {
                    return empty("modules");
                }
                package(publish.modules.len(), publish.dependencies.len(), protocol)?;
            }
            Command::Upgrade(upgrade) => {
                publishes += 1;
                if upgrade.modules.is_empty() {
                    return empty("modules");
                }
                package(upgrade.modules.len(), upgrade.dependencies.len(), protocol)?;
            }
            Command::TransferObjects(_) | Command::SplitCoins(_) | Command::MergeCoins(_) => {}
            _ => {
                return Err(Rejection::Unsupported {
                    feature: "this kind of command",
                });
            }
        }
    }
    at_most(
        "publish and upgrade commands",
        publishes,
        protocol.max_publish_or_upgrade_commands,
    )
}

fn package(
    modules: usize,
    dependencies: usize,
    protocol: &ProtocolConfig,
) -> Result<(), Rejection> {
    at_most(
        "modules of a package",
        modules,
        protocol.max_modules_in_publish,
    )?;
    at_most(
        "dependencies of a package",
        dependencies,
        protocol.max_package_dependencies,
    )
}

/// Check depth and size of a type argument without recursing deeper than allowed.
fn type_tag(tag: &TypeTag, protocol: &ProtocolConfig) -> Result<(), Rejection> {
    let mut nodes = 0usize;
    let mut pending = vec![(tag, 1usize)];
    while let Some((tag, depth)) = pending.pop() {
        nodes += 1;
        at_most(
            "depth of a type argument",
            depth,
            protocol.max_type_argument_depth,
        )?;
        at_most("nodes of a type argument", nodes, protocol.max_type_nodes)?;
        match tag {
            TypeTag::Vector(element) => pending.push((element, depth + 1)),
            TypeTag::Struct(tag) => {
                at_most(
                    "type parameters of a type",
                    tag.type_params().len(),
                    protocol.max_type_arguments,
                )?;
                pending.extend(tag.type_params().iter().map(|tag| (tag, depth + 1)));
            }
            _ => {}
        }
    }
    Ok(())
}

/// A transaction that reads the randomness object may only move and merge what it got afterwards, so that nobody can
/// undo a draw they do not like.
fn random_last(programmable: &ProgrammableTransaction) -> Result<(), Rejection> {
    let Some(random) = programmable.inputs.iter().position(
        |input| matches!(input, Input::Shared(shared) if shared.object_id() == system::RANDOM),
    ) else {
        return Ok(());
    };
    let uses_random = |command: &Command| {
        arguments(command).any(|a| matches!(a, Argument::Input(i) if usize::from(i) == random))
    };
    let mut commands = programmable.commands.iter().enumerate();
    if !commands.by_ref().any(|(_, command)| uses_random(command)) {
        return Ok(());
    }
    match commands.find(|(_, command)| {
        !matches!(
            command,
            Command::TransferObjects(_) | Command::MergeCoins(_)
        )
    }) {
        None => Ok(()),
        Some((command, _)) => Err(Rejection::CommandAfterRandom { command }),
    }
}

/// Every argument of a command.
pub(crate) fn arguments(command: &Command) -> Box<dyn Iterator<Item = Argument> + '_> {
    match command {
        Command::MoveCall(call) => Box::new(call.arguments.iter().copied()),
        Command::TransferObjects(transfer) => {
            Box::new(transfer.objects.iter().copied().chain([transfer.address]))
        }
        Command::SplitCoins(split) => Box::new(
            [split.coin]
                .into_iter()
                .chain(split.amounts.iter().copied()),
        ),
        Command::MergeCoins(merge) => Box::new(
            [merge.coin]
                .into_iter()
                .chain(merge.coins_to_merge.iter().copied()),
        ),
        Command::MakeMoveVector(vector) => Box::new(vector.elements.iter().copied()),
        Command::Upgrade(upgrade) => Box::new([upgrade.ticket].into_iter()),
        _ => Box::new(std::iter::empty()),
    }
}

/// Whether a transaction publishes or upgrades a package.
pub(crate) fn publishes(transaction: &Transaction) -> bool {
    programmable(transaction).is_ok_and(|programmable| {
        programmable
            .commands
            .iter()
            .any(|command| matches!(command, Command::Publish(_) | Command::Upgrade(_)))
    })
}

/// Every package that a transaction names: called, in a type, or depended on.
pub(crate) fn packages(programmable: &ProgrammableTransaction) -> BTreeSet<Address> {
    let mut packages = BTreeSet::new();
    for command in &programmable.commands {
        match command {
            Command::MoveCall(call) => {
                packages.insert(call.package);
                call.type_arguments
                    .iter()
                    .for_each(|tag| type_packages(tag, &mut packages));
            }
            Command::MakeMoveVector(vector) => {
                vector
                    .type_
                    .iter()
                    .for_each(|tag| type_packages(tag, &mut packages));
            }
            Command::Publish(publish) => packages.extend(publish.dependencies.iter().copied()),
            Command::Upgrade(upgrade) => {
                packages.extend(
                    upgrade
                        .dependencies
                        .iter()
                        .copied()
                        .chain([upgrade.package]),
                );
            }
            _ => {}
        }
    }
    packages
}

/// The packages a type names. Called after [`check`] bounded its depth.
fn type_packages(tag: &TypeTag, packages: &mut BTreeSet<Address>) {
    match tag {
        TypeTag::Vector(element) => type_packages(element, packages),
        TypeTag::Struct(tag) => {
            packages.insert(*tag.address());
            tag.type_params()
                .iter()
                .for_each(|tag| type_packages(tag, packages));
        }
        _ => {}
    }
}
