//! Transactions of random commands on random arguments: each is answered, and the ledger goes on.

use sui_sdk_types::{
    Address, Argument, Command, Input, MakeMoveVector, MergeCoins, ObjectReference, Publish,
    SharedInput, TypeTag,
};

use super::Fixture;
use crate::chain::{Builder, reference, succeeded};

/// A generator whose sequence is the same on every machine.
#[derive(Debug)]
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn pick<'t, T>(&mut self, from: &'t [T]) -> &'t T {
        &from[usize::try_from(self.below(from.len() as u64)).expect("small")]
    }

    fn argument(&mut self) -> Argument {
        let small = |random: &mut Self| u16::try_from(random.below(12)).expect("small");
        match self.below(10) {
            0 => Argument::Gas,
            1..=5 => Argument::Input(small(self)),
            6 | 7 => Argument::Result(small(self)),
            _ => Argument::NestedResult(small(self), u16::try_from(self.below(3)).expect("small")),
        }
    }

    fn arguments(&mut self) -> Vec<Argument> {
        (0..self.below(4)).map(|_| self.argument()).collect()
    }
}

const FUNCTIONS: [&str; 24] = [
    "new",
    "value",
    "set",
    "delete",
    "delete_all",
    "two",
    "potato",
    "potato_from",
    "eat",
    "plain",
    "bump",
    "copyable",
    "look",
    "both_mut",
    "mut_and_value",
    "private_entry",
    "private",
    "borrow",
    "receive",
    "take_u64",
    "take_string",
    "share",
    "reshare",
    "recurse",
];

#[test]
fn random_transactions_are_answered() {
    let f = Fixture::new();
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let (mut accepted, mut succeeded_count) = (0, 0);
    for _ in 0..3_000 {
        let mut b = Builder::default();
        for _ in 0..random.below(8) {
            let input = match random.below(12) {
                0..=4 => Input::Pure(vec![
                    0;
                    usize::try_from(*random.pick(&[0u64, 1, 8, 8, 32]))
                        .expect("small")
                ]),
                5 | 6 => {
                    let id = *random.pick(&[f.first, f.second, f.frozen, f.pinned, f.shared]);
                    match f.chain.ledger.object(&id) {
                        Some(object) => Input::ImmutableOrOwned(reference(&object)),
                        None => Input::Pure(vec![]),
                    }
                }
                7 | 8 => match f
                    .chain
                    .ledger
                    .object(&f.shared)
                    .map(|object| *object.owner())
                {
                    Some(sui_sdk_types::Owner::Shared(version)) => {
                        Input::Shared(SharedInput::new(f.shared, version, random.below(2) == 0))
                    }
                    _ => Input::Pure(vec![]),
                },
                9 => Input::Receiving(ObjectReference::new(
                    f.first,
                    random.below(9),
                    sui_sdk_types::Digest::ZERO,
                )),
                10 => Input::Shared(SharedInput::new(Address::from_static("0x6"), 1, false)),
                _ => Input::Pure(random.next().to_le_bytes().to_vec()),
            };
            b.input(input);
        }
        for _ in 0..random.below(6) {
            let arguments = random.arguments();
            let command = match random.below(10) {
                0 => Command::SplitCoins(sui_sdk_types::SplitCoins {
                    coin: random.argument(),
                    amounts: arguments,
                }),
                1 => Command::MergeCoins(MergeCoins {
                    coin: random.argument(),
                    coins_to_merge: arguments,
                }),
                2 => Command::TransferObjects(sui_sdk_types::TransferObjects {
                    objects: arguments,
                    address: random.argument(),
                }),
                3 => Command::MakeMoveVector(MakeMoveVector {
                    type_: random
                        .pick(&[None, Some(TypeTag::U64), Some(f.type_("Thing").into())])
                        .clone(),
                    elements: arguments,
                }),
                4 => Command::Publish(Publish {
                    modules: vec![random.next().to_le_bytes().to_vec()],
                    dependencies: vec![Address::TWO],
                }),
                _ => {
                    let function = *random.pick(&FUNCTIONS);
                    b.call((f.package, "calls", function), vec![], arguments);
                    continue;
                }
            };
            b.command(command);
        }
        let mut transaction = f.chain.transaction(b.finish());
        transaction.gas_payment.budget = 10_000_000;
        let latest = f.chain.ledger.latest_checkpoint();
        match f.chain.execute(&transaction) {
            Ok(executed) => {
                accepted += 1;
                succeeded_count += u32::from(*executed.effects.status() == super::SUCCESS);
            }
            Err(_) => assert_eq!(
                f.chain.ledger.latest_checkpoint(),
                latest,
                "a refusal changes nothing"
            ),
        }
    }
    assert!(
        accepted > 500 && succeeded_count > 100,
        "{accepted} accepted, {succeeded_count} succeeded"
    );
    succeeded(&f.chain.run(Builder::default().finish()));
}
