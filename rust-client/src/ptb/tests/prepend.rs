//! Claims: prepending keeps what both sides mean, whatever they are.

use super::*;

#[test]
fn a_settlement_goes_in_front_of_a_move() {
    let play = calls(&deployment(), storage(), &[step()]).expect("a transaction");
    assert_golden(
        "play",
        &play,
        "
        i0 0xd1@5
        i1 0xe0@8 mut
        i2 02
        i3 0x6@1
        r0 0xd0::arena::step <> i0 i1 i2 i3
    ",
    );
    let joined = prepend_settlement(&deployment(), storage(), play).expect("a transaction");
    assert_golden(
        "settle-and-play",
        &joined,
        "
        i0 0xd2@5 mut
        i1 0xe0@8 mut
        i2 0x6@1
        i3 0xd1@5
        i4 02
        r0 0xa1::settlement::settle_writes <0x00d0::arena::Arena> i0 i1 i2
        r1 0xd0::arena::step <> i3 i1 i4 i2
    ",
    );
}

#[test]
fn results_are_shifted_in_every_command() {
    let tail = ProgrammableTransaction {
        inputs: vec![Input::Pure(vec![1]), Input::Pure(vec![2])],
        commands: vec![
            Command::SplitCoins(SplitCoins {
                coin: Argument::Gas,
                amounts: vec![Argument::Input(1)],
            }),
            Command::MergeCoins(sui_sdk_types::MergeCoins {
                coin: Argument::NestedResult(0, 0),
                coins_to_merge: vec![Argument::Result(0)],
            }),
            Command::MakeMoveVector(sui_sdk_types::MakeMoveVector {
                type_: None,
                elements: vec![Argument::Result(1), Argument::Input(0)],
            }),
            Command::Upgrade(sui_sdk_types::Upgrade {
                modules: vec![],
                dependencies: vec![],
                package: Address::TWO,
                ticket: Argument::Result(2),
            }),
            Command::TransferObjects(TransferObjects {
                objects: vec![Argument::NestedResult(3, 1)],
                address: Argument::Input(0),
            }),
        ],
    };
    let joined = prepend(
        settle(&deployment(), storage()).expect("a settlement"),
        tail,
    )
    .expect("joined");
    assert_eq!(joined.inputs.len(), 5);
    assert_eq!(
        joined.commands[1..],
        [
            Command::SplitCoins(SplitCoins {
                coin: Argument::Gas,
                amounts: vec![Argument::Input(4)]
            }),
            Command::MergeCoins(sui_sdk_types::MergeCoins {
                coin: Argument::NestedResult(1, 0),
                coins_to_merge: vec![Argument::Result(1)],
            }),
            Command::MakeMoveVector(sui_sdk_types::MakeMoveVector {
                type_: None,
                elements: vec![Argument::Result(2), Argument::Input(3)],
            }),
            Command::Upgrade(sui_sdk_types::Upgrade {
                modules: vec![],
                dependencies: vec![],
                package: Address::TWO,
                ticket: Argument::Result(3),
            }),
            Command::TransferObjects(TransferObjects {
                objects: vec![Argument::NestedResult(4, 1)],
                address: Argument::Input(3),
            }),
        ]
    );
}

#[test]
fn a_shared_object_is_mutable_if_either_side_needs_it_mutable() {
    for (head, tail, expected) in [
        (false, true, true),
        (true, false, true),
        (false, false, false),
    ] {
        let one = |mutable| ProgrammableTransaction {
            inputs: vec![Input::Shared(SharedInput::new(Address::TWO, 1, mutable))],
            commands: vec![],
        };
        let joined = prepend(one(head), one(tail)).expect("joined");
        assert_eq!(
            joined.inputs,
            [Input::Shared(SharedInput::new(Address::TWO, 1, expected))]
        );
    }
}

#[test]
fn one_object_at_two_versions_is_refused() {
    let id = Address::TWO;
    let shared = |version| Input::Shared(SharedInput::new(id, version, true));
    let owned = |version| Input::ImmutableOrOwned(ObjectReference::new(id, version, Digest::ZERO));
    let receiving = Input::Receiving(ObjectReference::new(id, 1, Digest::ZERO));
    for (head, tail) in [
        (shared(1), shared(2)),
        (owned(1), owned(2)),
        (owned(1), shared(1)),
        (owned(1), receiving),
    ] {
        let of = |input| ProgrammableTransaction {
            inputs: vec![input],
            commands: vec![],
        };
        assert_eq!(
            prepend(of(head), of(tail)),
            Err(PtbError::ObjectConflict { id })
        );
    }
}

/// What a command works on, with inputs in place of their indices.
#[derive(Debug, PartialEq)]
enum Meaning {
    Gas,
    Input(Input),
    Result(i32, Option<u16>),
}

fn meanings(ptb: &ProgrammableTransaction, from: usize) -> Vec<Vec<Meaning>> {
    let shift = i32::try_from(from).expect("small");
    let mean = |argument: &Argument| match argument {
        Argument::Gas => Meaning::Gas,
        Argument::Input(index) => Meaning::Input(ptb.inputs[usize::from(*index)].clone()),
        Argument::Result(index) => Meaning::Result(i32::from(*index) - shift, None),
        Argument::NestedResult(index, nested) => {
            Meaning::Result(i32::from(*index) - shift, Some(*nested))
        }
    };
    let calls = ptb.commands[from..].iter().map(|command| match command {
        Command::MoveCall(call) => call.arguments.iter().map(mean).collect(),
        other => panic!("{other:?}"),
    });
    calls.collect()
}

#[test]
fn prepending_keeps_the_meaning_of_random_transactions() {
    let mut state = 7_u64;
    let mut random = move |below: u16| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        u16::try_from((state >> 33) % u64::from(below)).expect("below")
    };
    for _ in 0..500 {
        let mut make = || {
            let mut ptb = PtbBuilder::new();
            let mut known = vec![Argument::Gas];
            for _ in 0..random(12) {
                let argument = match random(4) {
                    0 => ptb.pure(&random(3)),
                    // Always mutable: merging mutability would change the input, which another test covers.
                    1 => ptb.object(
                        SharedObject {
                            id: Address::new([u8::try_from(random(4)).expect("a byte"); 32]),
                            initial_version: 1,
                        }
                        .mutable(),
                    ),
                    2 => ptb.withdrawal(u64::from(random(9)), sui()),
                    _ => {
                        let count = usize::from(random(4));
                        let arguments = (0..count)
                            .map(|_| {
                                known[usize::from(random(u16::try_from(known.len()).expect("few")))]
                            })
                            .collect();
                        ptb.move_call(Address::TWO, "m", "f", vec![], arguments)
                    }
                };
                let argument = argument.expect("within the limits");
                known.push(argument);
                known.extend(argument.nested(random(3)));
            }
            ptb.finish()
        };
        let (head, tail) = (make(), make());
        let joined = prepend(head.clone(), tail.clone()).expect("joined");
        assert_eq!(
            meanings(&joined, 0)[..head.commands.len()],
            meanings(&head, 0)
        );
        assert_eq!(meanings(&joined, head.commands.len()), meanings(&tail, 0));
        let mut ids: Vec<_> = joined
            .inputs
            .iter()
            .filter_map(|input| match input {
                Input::Shared(shared) => Some(shared.object_id()),
                _ => None,
            })
            .collect();
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count, "no object is an input twice");
    }
}
