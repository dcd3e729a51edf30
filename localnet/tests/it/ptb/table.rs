//! Claims: the whole of what the protocol says about programmable transactions, a row for each rule and each way to break it.
//!
//! Every row names its rule, is a transaction in the words of [`language`], and says how it must end: the kind of error, the command
//! and the argument, written from the rules. The rows of one file run on one ledger, which is what it was before each of them.
//! [`every_kind_of_error_is_in_the_table`] keeps a kind from being forgotten.

mod commands;
mod failures;
mod language;
mod loading;
mod packages;
mod pure;
mod results;
mod usage;

use std::collections::BTreeSet;
use std::sync::Arc;

use sui_sdk_types::{
    Address, CommandArgumentError, ExecutionError, ExecutionStatus, Object, Owner, TypeTag,
};
use valet_localnet::ledger::Rejection;

use crate::chain::{BUDGET, Builder, Chain, succeeded};

/// A rule, and a transaction that follows or breaks it.
#[derive(Debug)]
struct Row {
    /// What the rule is about.
    rule: &'static str,
    program: &'static str,
    expected: Expected,
}

/// How a transaction ends.
#[derive(Debug)]
enum Expected {
    Success,
    Failure {
        error: ExecutionError,
        command: Option<u64>,
    },
    /// A Move abort in a function of a module, of the test package or the framework.
    Abort {
        code: u64,
        at: &'static str,
        command: u64,
    },
    /// Any other error of running code.
    Runtime {
        at: &'static str,
        command: u64,
    },
    /// Refused before it runs, by a rejection of this name.
    Rejected(&'static str),
}

const fn row(rule: &'static str, program: &'static str, expected: Expected) -> Row {
    Row {
        rule,
        program,
        expected,
    }
}

const OK: Expected = Expected::Success;

/// An error of a command.
const fn command(command: u64, error: ExecutionError) -> Expected {
    Expected::Failure {
        error,
        command: Some(command),
    }
}

/// An error of an argument of a command.
const fn argument(at: u64, argument: u16, kind: CommandArgumentError) -> Expected {
    command(at, ExecutionError::CommandArgumentError { argument, kind })
}

/// An error of no command.
const fn whole(error: ExecutionError) -> Expected {
    Expected::Failure {
        error,
        command: None,
    }
}

const fn unused(result: u16, subresult: u16) -> Expected {
    whole(ExecutionError::UnusedValueWithoutDrop { result, subresult })
}

/// A ledger with the test package and an object of every kind.
#[derive(Debug)]
struct World {
    chain: Chain,
    package: Address,
    objects: Vec<(&'static str, Address)>,
}

impl World {
    fn new() -> Self {
        let chain = Chain::new();
        // It always pays, since it stays the fullest.
        chain.fund(chain.account.address, &[1_000_000_000_000]);
        let (package, _) = chain.publish("ptb");
        let mut world = Self {
            chain,
            package,
            objects: Vec::new(),
        };
        let coins = world.chain.coins(world.chain.account.address);
        for (name, coin) in ["coin", "coin2", "frozen_coin"]
            .into_iter()
            .zip(&coins[1..])
        {
            world.objects.push((name, coin.object_id()));
        }
        let coin: TypeTag = "0x2::coin::Coin<0x2::sui::SUI>".parse().expect("a type");
        for (name, program) in [
            ("first", "new(5u64); transfer(r0, @me)"),
            ("second", "new(6u64); transfer(r0, @me)"),
            ("frozen", "new(7u64); freeze_thing(r0)"),
            ("shared", "share(8u64)"),
            ("pinned", "pinned(); pin(r0, @me)"),
            ("box", "new(9u64); more.box(r0); transfer(r1, @me)"),
            (
                "party",
                "new(4u64); party::single_owner(@me); transfer::public_party_transfer<Thing>(r0, r1)",
            ),
        ] {
            let made = world.chain.run(language::read(&world, program).finish());
            succeeded(&made);
            let is_new = |object: &&Arc<Object>| {
                let kind = object
                    .as_struct()
                    .map(|data| data.object_type().name().to_string());
                kind.is_some_and(|kind| kind != "Coin")
            };
            let object = made.output_objects.iter().find(is_new);
            world
                .objects
                .push((name, object.expect("it was made").object_id()));
        }
        let frozen = world.id("frozen_coin");
        let mut b = Builder::default();
        let frozen = b.object(&world.chain.ledger.object(&frozen).expect("a coin"));
        b.call(
            (Address::TWO, "transfer", "public_freeze_object"),
            vec![coin],
            vec![frozen],
        );
        succeeded(&world.chain.run(b.finish()));
        assert!(matches!(world.object("shared").owner(), Owner::Shared(_)));
        assert!(matches!(world.object("frozen").owner(), Owner::Immutable));
        assert!(matches!(
            world.object("party").owner(),
            Owner::ConsensusAddress { .. }
        ));
        // So that there is something to receive.
        let send = world
            .chain
            .run(language::read(&world, "new(3u64); transfer(r0, @0x0)").finish());
        succeeded(&send);
        world
    }

    fn id(&self, name: &str) -> Address {
        let found = self.objects.iter().find(|(known, _)| *known == name);
        found.unwrap_or_else(|| panic!("no object {name}")).1
    }

    fn object(&self, name: &str) -> Arc<Object> {
        self.chain.ledger.object(&self.id(name)).expect("it exists")
    }

    /// Run every row on this ledger as it is now.
    fn check(&self, rows: &[Row]) {
        let before = self.chain.ledger.snapshot();
        let mut wrong = Vec::new();
        for row in rows {
            if let Err(found) = self.run(row) {
                wrong.push(format!("{}: {}\n    {found}", row.rule, row.program));
            }
            self.chain
                .ledger
                .restore(&before)
                .expect("its own snapshot");
        }
        assert!(
            wrong.is_empty(),
            "{} rows:\n{}",
            wrong.len(),
            wrong.join("\n")
        );
    }

    fn run(&self, row: &Row) -> Result<(), String> {
        let mut transaction = self
            .chain
            .transaction(language::read(self, row.program).finish());
        transaction.gas_payment.budget = match row.program.contains("publish(") {
            true => 5_000_000_000,
            false => BUDGET,
        };
        let executed = match (self.chain.execute(&transaction), &row.expected) {
            (Ok(executed), _) => executed,
            (Err(found), Expected::Rejected(name)) if variant(&found) == *name => return Ok(()),
            (Err(found), expected) => return Err(format!("{found:?} instead of {expected:?}")),
        };
        let found = executed.effects.status();
        match (&row.expected, found) {
            (Expected::Success, ExecutionStatus::Success) => return Ok(()),
            (
                Expected::Failure { error, command },
                ExecutionStatus::Failure {
                    error: found,
                    command: at,
                },
            ) if error == found && command == at => return Ok(()),
            (
                Expected::Abort { code, at, command },
                ExecutionStatus::Failure {
                    error:
                        ExecutionError::MoveAbort {
                            location,
                            code: found,
                        },
                    command: Some(index),
                },
            ) if code == found && command == index && self.is_at(location, at) => return Ok(()),
            (
                Expected::Runtime { at, command },
                ExecutionStatus::Failure {
                    error:
                        ExecutionError::MovePrimitiveRuntimeError {
                            location: Some(location),
                        },
                    command: Some(index),
                },
            ) if command == index && self.is_at(location, at) => return Ok(()),
            _ => {}
        }
        Err(format!("{found:?} instead of {:?}", row.expected))
    }

    /// Whether a location is the function `module::name`.
    fn is_at(&self, location: &sui_sdk_types::MoveLocation, at: &str) -> bool {
        let name = location
            .function_name
            .as_ref()
            .map_or("", |name| name.as_str());
        let package = match location.package {
            package if package == self.package => "ptb",
            package if package == Address::TWO => "sui",
            _ => "std",
        };
        format!("{package}::{}::{name}", location.module) == at
    }
}

/// The name of a variant.
fn variant(value: &impl std::fmt::Debug) -> String {
    let text = format!("{value:?}");
    let end = text.find(|c: char| !c.is_alphanumeric());
    text.get(..end.unwrap_or(text.len()))
        .unwrap_or_default()
        .to_owned()
}

fn all() -> Vec<Row> {
    [
        loading::rows(),
        pure::rows(),
        usage::rows(),
        results::rows(),
        commands::rows(),
        packages::rows(),
        failures::rows(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// What no row can show, and why, or the test that shows it.
const ELSEWHERE: &[(&str, &str)] = &[
    (
        "InvalidGasObject",
        "gas coins are checked before: prices_budgets_and_gas_coins",
    ),
    ("InvariantViolation", "would be a bug"),
    ("VmInvariantViolation", "would be a bug"),
    (
        "FeatureNotYetSupported",
        "an_initializer_of_a_new_module_is_not_run_yet_and_an_old_one_never_again",
    ),
    ("ObjectTooBig", "an_object_is_not_too_big"),
    ("PackageTooBig", "a_package"),
    (
        "CircularObjectOwnership",
        "no Move code can own itself: what is moved into an object is not borrowed",
    ),
    (
        "InvalidTransferObject",
        "an error of the argument, of the same name",
    ),
    ("EffectsTooLarge", "effects"),
    ("WrittenObjectsTooLarge", "written_objects_together"),
    (
        "PublishUpgradeDependencyDowngrade",
        "dependencies_are_complete_unambiguous_and_no_older_than_needed",
    ),
    (
        "PackageUpgradeError",
        "a_ticket_is_for_one_package_and_one_payload",
    ),
    (
        "SuiMoveVerificationError",
        "t37_modules_that_no_compiler_makes_are_refused_by_what_they_break",
    ),
    ("CertificateDenied", "no validators"),
    (
        "SuiMoveVerificationTimedout",
        "metered by validators when they sign",
    ),
    (
        "InputObjectDeleted",
        "a deleted shared object is refused before: it was ordered by nobody",
    ),
    (
        "ExecutionCanceledDueToConsensusObjectCongestion",
        "no congestion",
    ),
    (
        "AddressDeniedForCoin",
        "a_denied_recipient_gets_nothing_from_the_next_epoch_on",
    ),
    (
        "CoinTypeGlobalPause",
        "a_global_pause_stops_senders_at_once_and_recipients_with_the_epoch",
    ),
    (
        "ExecutionCanceledDueToRandomnessUnavailable",
        "randomness is always there",
    ),
    ("MoveVectorElemTooBig", "of older protocols"),
    ("MoveRawValueTooBig", "of older protocols"),
    (
        "InvalidLinkage",
        "dependencies_are_complete_unambiguous_and_no_older_than_needed",
    ),
    (
        "InsufficientFundsForWithdraw",
        "an_object_has_a_balance_that_its_module_takes_from",
    ),
    (
        "NonExclusiveWriteInputObjectModified",
        "such inputs are of no sender",
    ),
    (
        "InvalidValueUsage",
        "of older protocols: now ArgumentWithoutValue, CannotMoveBorrowedValue and InvalidReferenceArgument",
    ),
    (
        "ConsensusObjectOperationNotAllowed of an argument",
        "of older protocols: now at the end of the transaction",
    ),
    (
        "InvalidArgumentArity",
        "of results that stand for several arguments, which no protocol allows yet",
    ),
    (
        "CannotWriteToExtendedReference",
        "of references between commands, which are switched off",
    ),
    (
        "InvalidTxContext",
        "of parameters that no compiler lets through",
    ),
];

/// The kinds of `move-vm.md`, section 3.10, in the order of their numbers.
const KINDS: &[&str] = &[
    "InsufficientGas",
    "InvalidGasObject",
    "InvariantViolation",
    "FeatureNotYetSupported",
    "ObjectTooBig",
    "PackageTooBig",
    "CircularObjectOwnership",
    "InsufficientCoinBalance",
    "CoinBalanceOverflow",
    "PublishErrorNonZeroAddress",
    "SuiMoveVerificationError",
    "MovePrimitiveRuntimeError",
    "MoveAbort",
    "VmVerificationOrDeserializationError",
    "VmInvariantViolation",
    "FunctionNotFound",
    "ArityMismatch",
    "TypeArityMismatch",
    "NonEntryFunctionInvoked",
    "CommandArgumentError",
    "TypeArgumentError",
    "UnusedValueWithoutDrop",
    "InvalidPublicFunctionReturnType",
    "InvalidTransferObject",
    "EffectsTooLarge",
    "PublishUpgradeMissingDependency",
    "PublishUpgradeDependencyDowngrade",
    "PackageUpgradeError",
    "WrittenObjectsTooLarge",
    "CertificateDenied",
    "SuiMoveVerificationTimedout",
    "ConsensusObjectOperationNotAllowed",
    "InputObjectDeleted",
    "ExecutionCanceledDueToConsensusObjectCongestion",
    "AddressDeniedForCoin",
    "CoinTypeGlobalPause",
    "ExecutionCanceledDueToRandomnessUnavailable",
    "MoveVectorElemTooBig",
    "MoveRawValueTooBig",
    "InvalidLinkage",
    "InsufficientFundsForWithdraw",
    "NonExclusiveWriteInputObjectModified",
    // Of arguments.
    "TypeMismatch",
    "InvalidBcsBytes",
    "InvalidUsageOfPureArgument",
    "InvalidArgumentToPrivateEntryFunction",
    "IndexOutOfBounds",
    "SecondaryIndexOutOfBounds",
    "InvalidResultArity",
    "InvalidGasCoinUsage",
    "InvalidValueUsage",
    "InvalidObjectByValue",
    "InvalidObjectByMutRef",
    "ConsensusObjectOperationNotAllowed of an argument",
    "InvalidArgumentArity",
    "InvalidTransferObject of an argument",
    "InvalidMakeMoveVecNonObjectArgument",
    "ArgumentWithoutValue",
    "CannotMoveBorrowedValue",
    "CannotWriteToExtendedReference",
    "InvalidReferenceArgument",
    "InvalidTxContext",
    // Of type arguments.
    "TypeNotFound",
    "ConstraintNotSatisfied",
];

#[test]
fn every_kind_of_error_is_in_the_table() {
    let mut shown: BTreeSet<String> = BTreeSet::new();
    for row in all() {
        match &row.expected {
            Expected::Failure { error, .. } => {
                shown.insert(variant(error));
                match error {
                    ExecutionError::CommandArgumentError { kind, .. } => {
                        let name = variant(kind);
                        let twice = matches!(
                            kind,
                            CommandArgumentError::InvalidTransferObject
                                | CommandArgumentError::ConsensusObjectOperationNotAllowed
                        );
                        shown.insert(if twice {
                            format!("{name} of an argument")
                        } else {
                            name
                        });
                    }
                    ExecutionError::TypeArgumentError { kind, .. } => {
                        shown.insert(variant(kind));
                    }
                    _ => {}
                }
            }
            Expected::Abort { .. } => {
                shown.insert("MoveAbort".to_owned());
            }
            Expected::Runtime { .. } => {
                shown.insert("MovePrimitiveRuntimeError".to_owned());
            }
            Expected::Success | Expected::Rejected(_) => {}
        }
    }
    for kind in KINDS {
        let elsewhere = ELSEWHERE.iter().any(|(name, _)| name == kind);
        assert_ne!(
            shown.contains(*kind),
            elsewhere,
            "{kind} is in the table or there is a reason, and not both"
        );
    }
}

#[test]
fn functions_types_and_arguments_are_found_and_fit() {
    World::new().check(&loading::rows());
}

#[test]
fn bytes_are_one_value_of_a_type_that_may_be_given_as_bytes() {
    World::new().check(&pure::rows());
}

#[test]
fn arguments_are_used_as_their_owner_and_their_abilities_allow() {
    World::new().check(&usage::rows());
}

#[test]
fn results_are_used_up_or_dropped() {
    World::new().check(&results::rows());
}

#[test]
fn every_command_takes_what_it_is_for() {
    World::new().check(&commands::rows());
}

#[test]
fn packages_are_whole_and_named_right() {
    World::new().check(&packages::rows());
}

#[test]
fn running_code_fails_where_it_is() {
    World::new().check(&failures::rows());
}

#[test]
fn a_row_that_expects_something_else_is_noticed() {
    let world = World::new();
    for (program, expected) in [
        ("value(first)", command(0, ExecutionError::ArityMismatch)),
        ("take_u64()", OK),
        ("take_u64()", command(1, ExecutionError::ArityMismatch)),
        (
            "take_u64(true)",
            argument(0, 1, CommandArgumentError::InvalidBcsBytes),
        ),
        (
            "abort_with(1u64)",
            Expected::Abort {
                code: 2,
                at: "ptb::calls::abort_with",
                command: 0,
            },
        ),
        (
            "abort_with(1u64)",
            Expected::Abort {
                code: 1,
                at: "ptb::calls::divide",
                command: 0,
            },
        ),
        ("transfer(@me)", OK),
        ("transfer(@me)", Expected::Rejected("GasBudgetTooLow")),
    ] {
        assert!(world.run(&row("", program, expected)).is_err(), "{program}");
    }
    let _: fn(&Rejection) -> String = variant;
}
