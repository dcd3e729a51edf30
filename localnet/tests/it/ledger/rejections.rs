//! Every refusal before execution.

use sui_sdk_types::{
    Address, Argument, ChangeEpoch, Command, Digest, FundsWithdrawal, Input, MakeMoveVector,
    MergeCoins, ObjectReference, Owner, Publish, SharedInput, StructTag, Transaction,
    TransactionExpiration, TransactionKind, TypeTag, WithdrawFrom,
};
use valet_localnet::ledger::Rejection;

use crate::chain::{Account, Builder, Chain, PRICE, reference, succeeded};

/// Expect this refusal, and that the ledger is as it was: no checkpoint, so no commit, and the same objects.
fn refused(chain: &Chain, transaction: &Transaction, expected: &Rejection) {
    let before = state(chain);
    let actual = chain.execute(transaction).expect_err("refused");
    assert_eq!(actual, *expected);
    assert_eq!(state(chain), before);
    assert_eq!(chain.ledger.transaction(&transaction.digest()), None);
}

fn state(chain: &Chain) -> impl PartialEq + std::fmt::Debug + use<> {
    let latest = chain
        .ledger
        .latest_checkpoint()
        .map(|checkpoint| checkpoint.digest);
    let clock = chain.ledger.object(&Address::from_static("0x6"));
    let owned = chain
        .ledger
        .owned_objects(&chain.account.address, None, None, usize::MAX);
    (
        latest,
        chain.ledger.epoch(),
        chain.ledger.now_ms(),
        clock,
        owned,
        chain.ledger.balances(&chain.account.address),
    )
}

fn with(chain: &Chain, change: impl FnOnce(&mut Transaction)) -> Transaction {
    let mut transaction = chain.transaction(Builder::default().finish());
    change(&mut transaction);
    transaction
}

fn commands(chain: &Chain, build: impl FnOnce(&mut Builder)) -> Transaction {
    let mut b = Builder::default();
    build(&mut b);
    chain.transaction(b.finish())
}

#[test]
fn prices_budgets_and_gas_coins() {
    let chain = Chain::new();
    let refused = |change: &dyn Fn(&mut Transaction), expected: Rejection| {
        refused(&chain, &with(&chain, change), &expected);
    };
    refused(
        &|t| t.gas_payment.price = PRICE - 1,
        Rejection::GasPriceTooLow {
            price: 999,
            minimum: 1_000,
        },
    );
    refused(
        &|t| (t.gas_payment.price, t.gas_payment.budget) = (50_000_000_001, u64::MAX),
        Rejection::GasPriceTooHigh {
            price: 50_000_000_001,
            maximum: 50_000_000_000,
        },
    );
    refused(
        &|t| t.gas_payment.budget = 999_999,
        Rejection::GasBudgetTooLow {
            budget: 999_999,
            minimum: 1_000_000,
        },
    );
    refused(
        &|t| t.gas_payment.budget = 50_000_000_000_001,
        Rejection::GasBudgetTooHigh {
            budget: 50_000_000_000_001,
            maximum: 50_000_000_000_000,
        },
    );
    refused(
        &|t| t.gas_payment.budget = 10_000_000_001,
        Rejection::GasBalanceTooLow {
            balance: 10_000_000_000,
            budget: 10_000_000_001,
        },
    );
    refused(
        &|t| t.gas_payment.objects.clear(),
        Rejection::MissingGasPayment,
    );
    let coin = chain.coins(chain.account.address)[0].clone();
    let twice = vec![reference(&coin), reference(&coin)];
    refused(
        &|t| t.gas_payment.objects.clone_from(&twice),
        Rejection::DuplicateInput {
            object: coin.object_id(),
        },
    );
    let many: Vec<_> = (0..257u16)
        .map(|n| ObjectReference::new(Address::from_static("0xdead"), u64::from(n), Digest::ZERO))
        .collect();
    refused(
        &|t| t.gas_payment.objects.clone_from(&many),
        Rejection::LimitExceeded {
            what: "gas objects",
            found: 257,
            max: 256,
        },
    );
    let other = chain.coins(chain.ledger.faucet_address())[0].clone();
    refused(
        &|t| t.gas_payment.objects = vec![reference(&other)],
        Rejection::NotOwner {
            object: other.object_id(),
            owner: chain.ledger.faucet_address(),
            signer: chain.account.address,
        },
    );
}

#[test]
fn objects_that_are_not_there_or_not_as_named() {
    let chain = Chain::new();
    let coin = chain.coins(chain.account.address)[1].clone();
    let id = coin.object_id();
    let input = |input: Input| commands(&chain, |b| drop_argument(b.input(input)));
    let owned = |version, digest| {
        input(Input::ImmutableOrOwned(ObjectReference::new(
            id, version, digest,
        )))
    };
    let missing = Address::from_static("0xdead");
    refused(
        &chain,
        &input(Input::ImmutableOrOwned(ObjectReference::new(
            missing,
            1,
            Digest::ZERO,
        ))),
        &Rejection::ObjectNotFound {
            object: missing,
            version: Some(1),
        },
    );
    refused(
        &chain,
        &input(Input::Shared(SharedInput::new(missing, 1, true))),
        &Rejection::ObjectNotFound {
            object: missing,
            version: None,
        },
    );
    refused(
        &chain,
        &owned(coin.version() + 1, coin.digest()),
        &Rejection::ObjectVersionMismatch {
            object: id,
            provided: coin.version() + 1,
            current: coin.version(),
        },
    );
    refused(
        &chain,
        &owned(coin.version(), Digest::ZERO),
        &Rejection::ObjectDigestMismatch {
            object: id,
            provided: Digest::ZERO,
            expected: coin.digest(),
        },
    );
    refused(
        &chain,
        &commands(&chain, |b| {
            b.object(&coin);
            b.object(&coin);
        }),
        &Rejection::DuplicateInput { object: id },
    );
    let gas = chain.coins(chain.account.address)[0].clone();
    refused(
        &chain,
        &commands(&chain, |b| drop_argument(b.object(&gas))),
        &Rejection::DuplicateInput {
            object: gas.object_id(),
        },
    );
    let stranger = chain.coins(chain.ledger.faucet_address())[0].clone();
    refused(
        &chain,
        &commands(&chain, |b| drop_argument(b.object(&stranger))),
        &Rejection::NotOwner {
            object: stranger.object_id(),
            owner: chain.ledger.faucet_address(),
            signer: chain.account.address,
        },
    );
    refused(
        &chain,
        &input(Input::Shared(SharedInput::new(id, 1, true))),
        &Rejection::NotShared { object: id },
    );
    let package = chain.ledger.object(&Address::TWO).expect("the framework");
    refused(
        &chain,
        &commands(&chain, |b| drop_argument(b.object(&package))),
        &Rejection::PackageAsObject {
            package: Address::TWO,
        },
    );
    refused(
        &chain,
        &input(Input::Shared(SharedInput::new(Address::TWO, 1, false))),
        &Rejection::PackageAsObject {
            package: Address::TWO,
        },
    );
}

#[test]
fn shared_system_and_child_objects() {
    let chain = Chain::new();
    let shared = |id: &'static str, version, mutable| {
        commands(&chain, |b| {
            drop_argument(b.input(Input::Shared(SharedInput::new(
                Address::from_static(id),
                version,
                mutable,
            ))));
        })
    };
    let clock = Address::from_static("0x6");
    refused(
        &chain,
        &shared("0x6", 1, true),
        &Rejection::ImmutableRequired { object: clock },
    );
    refused(
        &chain,
        &shared("0x6", 2, false),
        &Rejection::InitialVersionMismatch {
            object: clock,
            provided: 2,
            expected: 1,
        },
    );
    for id in ["0x8", "0xacc"] {
        refused(
            &chain,
            &shared(id, 1, true),
            &Rejection::ImmutableRequired {
                object: Address::from_static(id),
            },
        );
    }
    refused(
        &chain,
        &shared("0x7", 1, false),
        &Rejection::ReservedObject {
            object: Address::from_static("0x7"),
        },
    );
    let clock_object = chain.ledger.object(&clock).expect("exists");
    refused(
        &chain,
        &commands(&chain, |b| drop_argument(b.object(&clock_object))),
        &Rejection::SharedAsOwned {
            object: clock,
            initial_version: 1,
        },
    );
    let authenticators = Address::from_static("0x7");
    let inner = chain.ledger.dynamic_fields(&authenticators, None, 1)[0].clone();
    let Owner::Object(parent) = *inner.owner() else {
        panic!("a field has a parent")
    };
    refused(
        &chain,
        &commands(&chain, |b| drop_argument(b.object(&inner))),
        &Rejection::ChildObject {
            object: inner.object_id(),
            parent,
        },
    );
    refused(
        &chain,
        &commands(&chain, |b| {
            drop_argument(b.input(Input::Receiving(reference(&inner))))
        }),
        &Rejection::NotReceivable {
            object: inner.object_id(),
        },
    );
}

#[test]
fn packages_that_are_not_there() {
    let chain = Chain::new();
    let missing = Address::from_static("0xdead");
    let coin = chain.coins(chain.account.address)[1].object_id();
    let call = |package, types: Vec<TypeTag>| {
        commands(&chain, |b| {
            drop_argument(b.call((package, "module", "function"), types, vec![]))
        })
    };
    let tag: TypeTag = "0xdead::a::A".parse().expect("a type");
    refused(
        &chain,
        &call(missing, vec![]),
        &Rejection::PackageNotFound { package: missing },
    );
    refused(
        &chain,
        &call(Address::TWO, vec![TypeTag::Vector(Box::new(tag.clone()))]),
        &Rejection::PackageNotFound { package: missing },
    );
    refused(
        &chain,
        &call(coin, vec![]),
        &Rejection::ObjectAsPackage { object: coin },
    );
    let vector = Command::MakeMoveVector(MakeMoveVector {
        type_: Some(tag),
        elements: vec![],
    });
    refused(
        &chain,
        &commands(&chain, |b| drop_argument(b.command(vector))),
        &Rejection::PackageNotFound { package: missing },
    );
    let publish = Command::Publish(Publish {
        modules: vec![vec![1]],
        dependencies: vec![missing],
    });
    refused(
        &chain,
        &commands(&chain, |b| drop_argument(b.command(publish))),
        &Rejection::PackageNotFound { package: missing },
    );
}

#[test]
fn limits_and_empty_commands() {
    let chain = Chain::new();
    let limit = |what, found, max| Rejection::LimitExceeded { what, found, max };
    refused(
        &chain,
        &commands(&chain, |b| {
            drop_argument(b.input(Input::Pure(vec![0; 16_385])))
        }),
        &limit("size of a pure input in bytes", 16_385, 16_384),
    );
    let many_commands = commands(&chain, |b| {
        for _ in 0..1_025 {
            b.command(Command::MakeMoveVector(MakeMoveVector {
                type_: Some(TypeTag::U8),
                elements: vec![],
            }));
        }
    });
    refused(&chain, &many_commands, &limit("commands", 1_025, 1_024));
    refused(
        &chain,
        &commands(&chain, |b| {
            drop_argument(b.split(Argument::Gas, vec![Argument::Gas; 512]))
        }),
        &limit("arguments of a command", 513, 512),
    );
    let types = |types| {
        commands(&chain, |b| {
            drop_argument(b.call((Address::TWO, "a", "b"), types, vec![]))
        })
    };
    refused(
        &chain,
        &types(vec![TypeTag::U8; 17]),
        &limit("type arguments of a command", 17, 16),
    );
    let deep = (0..16).fold(TypeTag::U8, |tag, _| TypeTag::Vector(Box::new(tag)));
    refused(
        &chain,
        &types(vec![deep]),
        &limit("depth of a type argument", 17, 16),
    );
    let too_deep = (0..600).fold(TypeTag::U8, |tag, _| TypeTag::Vector(Box::new(tag)));
    let unencodable = types(vec![too_deep]);
    let some_signature = chain
        .account
        .sign(&chain.transaction(Builder::default().finish()));
    assert!(matches!(
        chain.ledger.execute(&unencodable, &[some_signature]),
        Err(Rejection::Unencodable { .. })
    ));
    let large = commands(&chain, |b| {
        for _ in 0..9 {
            b.input(Input::Pure(vec![0; 16_000]));
        }
    });
    let size = bcs::serialized_size(&large).expect("encodes") as u64;
    refused(
        &chain,
        &large,
        &limit("transaction size in bytes", size, 131_072),
    );
    let publish = |modules, dependencies| {
        commands(&chain, |b| {
            drop_argument(b.command(Command::Publish(Publish {
                modules,
                dependencies,
            })))
        })
    };
    refused(
        &chain,
        &publish(vec![vec![]; 65], vec![]),
        &limit("modules of a package", 65, 64),
    );
    refused(
        &chain,
        &publish(vec![vec![]], vec![Address::TWO; 33]),
        &limit("dependencies of a package", 33, 32),
    );
    let publishes = commands(&chain, |b| {
        for _ in 0..6 {
            b.command(Command::Publish(Publish {
                modules: vec![vec![]],
                dependencies: vec![],
            }));
        }
    });
    refused(
        &chain,
        &publishes,
        &limit("publish and upgrade commands", 6, 5),
    );
    refused(
        &chain,
        &publish(vec![], vec![]),
        &Rejection::EmptyCommand {
            command: 0,
            what: "modules",
        },
    );
    refused(
        &chain,
        &commands(&chain, |b| drop_argument(b.transfer(vec![], Argument::Gas))),
        &Rejection::EmptyCommand {
            command: 0,
            what: "objects",
        },
    );
    refused(
        &chain,
        &commands(&chain, |b| drop_argument(b.split(Argument::Gas, vec![]))),
        &Rejection::EmptyCommand {
            command: 0,
            what: "amounts",
        },
    );
    let merge = Command::MergeCoins(MergeCoins {
        coin: Argument::Gas,
        coins_to_merge: vec![],
    });
    refused(
        &chain,
        &commands(&chain, |b| drop_argument(b.command(merge))),
        &Rejection::EmptyCommand {
            command: 0,
            what: "coins to merge",
        },
    );
    let vector = Command::MakeMoveVector(MakeMoveVector {
        type_: None,
        elements: vec![],
    });
    refused(
        &chain,
        &commands(&chain, |b| drop_argument(b.command(vector))),
        &Rejection::EmptyCommand {
            command: 0,
            what: "type and no elements",
        },
    );
}

#[test]
fn kinds_that_only_the_system_makes() {
    let chain = Chain::new();
    let change = ChangeEpoch {
        epoch: 1,
        protocol_version: 123,
        storage_charge: 0,
        computation_charge: 0,
        storage_rebate: 0,
        non_refundable_storage_fee: 0,
        epoch_start_timestamp_ms: 0,
        system_packages: vec![],
    };
    let transaction = with(&chain, |t| t.kind = TransactionKind::ChangeEpoch(change));
    refused(
        &chain,
        &transaction,
        &Rejection::SystemTransaction {
            kind: "change epoch",
        },
    );
}

#[test]
fn nothing_that_could_undo_a_draw_follows_randomness() {
    let chain = Chain::new();
    let (package, _) = chain.publish("ptb");
    let transaction = commands(&chain, |b| {
        let random = b.input(Input::Shared(SharedInput::new(
            Address::from_static("0x8"),
            1,
            false,
        )));
        b.call((package, "calls", "nothing"), vec![], vec![random]);
        b.call((package, "calls", "nothing"), vec![], vec![]);
    });
    refused(
        &chain,
        &transaction,
        &Rejection::CommandAfterRandom { command: 1 },
    );
}

#[test]
fn expirations() {
    let chain = Chain::new();
    let chain_id = chain.ledger.chain_id();
    let during = |min, max, chain: Digest| TransactionExpiration::ValidDuring {
        min_epoch: min,
        max_epoch: max,
        min_timestamp: None,
        max_timestamp: None,
        chain,
        nonce: 1,
    };
    let refused = |expiration, expected: Rejection| {
        refused(
            &chain,
            &with(&chain, |t| t.expiration = expiration),
            &expected,
        );
    };
    refused(
        during(Some(0), Some(0), Digest::ZERO),
        Rejection::WrongChain {
            provided: Digest::ZERO,
            expected: chain_id,
        },
    );
    refused(
        during(Some(0), None, chain_id),
        Rejection::InvalidExpiration {
            reason: "name both the first and the last epoch",
        },
    );
    for (min, max) in [(0, 2), (1, 0)] {
        refused(
            during(Some(min), Some(max), chain_id),
            Rejection::InvalidExpiration {
                reason: "the last epoch is the first one or the next",
            },
        );
    }
    refused(
        during(Some(1), Some(2), chain_id),
        Rejection::NotYetValid {
            min_epoch: 1,
            current: 0,
        },
    );
    let bounded = TransactionExpiration::ValidDuring {
        min_epoch: Some(0),
        max_epoch: Some(1),
        min_timestamp: Some(1),
        max_timestamp: None,
        chain: chain_id,
        nonce: 1,
    };
    refused(
        bounded,
        Rejection::InvalidExpiration {
            reason: "bounds in time are not supported, use epochs",
        },
    );
    for expiration in [
        TransactionExpiration::Epoch(0),
        during(Some(0), Some(1), chain_id),
    ] {
        succeeded(
            &chain
                .execute(&with(&chain, |t| t.expiration = expiration))
                .expect("valid in epoch 0"),
        );
    }
    chain.ledger.advance_epoch().expect("ends");
    chain.ledger.advance_epoch().expect("ends");
    refused(
        TransactionExpiration::Epoch(1),
        Rejection::Expired {
            max_epoch: 1,
            current: 2,
        },
    );
    refused(
        during(Some(0), Some(1), chain_id),
        Rejection::Expired {
            max_epoch: 1,
            current: 2,
        },
    );
    succeeded(
        &chain
            .execute(&with(&chain, |t| {
                t.expiration = TransactionExpiration::Epoch(2)
            }))
            .expect("valid"),
    );
}

#[test]
fn withdrawals() {
    let chain = Chain::new();
    let sui: TypeTag = StructTag::sui().into();
    let withdraw = |amount, tag: TypeTag, from| {
        commands(&chain, |b| {
            drop_argument(b.input(Input::FundsWithdrawal(FundsWithdrawal::new(
                amount, tag, from,
            ))))
        })
    };
    refused(
        &chain,
        &withdraw(0, sui.clone(), WithdrawFrom::Sender),
        &Rejection::InvalidWithdrawal {
            input: 0,
            reason: "withdraw at least one",
        },
    );
    let allowance = WithdrawFrom::SenderAllowance {
        funder: Address::TWO,
        allowance: Address::TWO,
    };
    refused(
        &chain,
        &withdraw(1, sui.clone(), allowance),
        &Rejection::InvalidWithdrawal {
            input: 0,
            reason: "withdraw from the sender's or the sponsor's balance",
        },
    );
    refused(
        &chain,
        &withdraw(1, TypeTag::U8, WithdrawFrom::Sender),
        &Rejection::InvalidWithdrawal {
            input: 0,
            reason: "the coin type is a struct",
        },
    );
    refused(
        &chain,
        &withdraw(1, sui.clone(), WithdrawFrom::Sender),
        &Rejection::InsufficientAddressBalance {
            owner: chain.account.address,
            coin_type: Box::new(sui),
            needed: 1,
            available: 0,
        },
    );
    let other = Account::new(8);
    assert_eq!(chain.ledger.balances(&other.address), []);
}

fn drop_argument(_: Argument) {}
