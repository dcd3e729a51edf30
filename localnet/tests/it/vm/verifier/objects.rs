//! Sui's own rules of function bodies.

use sui_sdk_types::Address;
use valet_localnet::vm::{CompiledModule, Rule, verify};

use super::{Case, verified};
use crate::assembler::*;

/// A module with an object `Obj { id: UID }` as struct definition 0, `object::new(): UID` as function handle 0,
/// `transfer::transfer<T: key>(T)` as function handle 1 and `object::delete(UID)` as 2.
struct World {
    module: Assembly,
    uid: Token,
    object: Token,
    /// An object of another module.
    coin: Token,
}

fn world() -> World {
    let mut module = Assembly::new();
    let object_module = module.module(Address::TWO, "object");
    let transfer_module = module.module(Address::TWO, "transfer");
    let coin_module = module.module(Address::TWO, "coin");
    let uid = module.datatype_handle(object_module, "UID", STORE, &[]);
    let coin = module.datatype_handle(coin_module, "Coin", KEY | STORE, &[]);
    let uid = datatype(uid, &[]);
    let object = module.structure("Obj", KEY, &[], std::slice::from_ref(&uid));
    let new = Types::default().gives([uid.clone()]);
    module.function_handle(object_module, "new", &new);
    let transfer = Types::takes([parameter(0)]).generic(&[KEY]);
    module.function_handle(transfer_module, "transfer", &transfer);
    module.function_handle(object_module, "delete", &Types::takes([uid.clone()]));
    World {
        module,
        uid,
        object: datatype(object, &[]),
        coin: datatype(coin, &[]),
    }
}

const NEW: u8 = 0;
const TRANSFER: u8 = 1;
const DELETE: u8 = 2;

fn f(types: impl FnOnce(&World) -> Types, code: &[Vec<u8>]) -> Assembly {
    let mut world = world();
    let types = types(&world);
    world.module.function("f", &types, code);
    world.module
}

/// `f` transfers its argument.
fn transfer(argument: impl FnOnce(&World) -> (Token, Types)) -> Assembly {
    let mut world = world();
    let (ty, types) = argument(&world);
    let transfer = world.module.instantiation(0x04, TRANSFER, &[ty]);
    let code = [on(MOVE_LOC, 0), on(CALL_GENERIC, transfer), op(RET)];
    world.module.function("f", &types, &code);
    world.module
}

pub(super) fn cases() -> Vec<Case> {
    let take = || on(MOVE_LOC, 0);
    let makes = |world: &World| Types::default().gives([world.object.clone()]);
    vec![
        (
            Rule::PrivateGeneric,
            Some(1),
            transfer(|world| (world.coin.clone(), Types::takes([world.coin.clone()]))),
        ),
        (
            Rule::PrivateGeneric,
            Some(1),
            transfer(|_| {
                let types = Types::takes([parameter(0)]).generic(&[KEY]);
                (parameter(0), types)
            }),
        ),
        (
            Rule::IdLeak,
            Some(1),
            f(
                |world| Types {
                    parameters: vec![world.uid.clone()],
                    ..makes(world)
                },
                &[take(), on(PACK, 0), op(RET)],
            ),
        ),
        (
            // The id of an object that was taken apart.
            Rule::IdLeak,
            Some(2),
            f(
                |world| Types {
                    parameters: vec![world.object.clone()],
                    ..makes(world)
                },
                &[take(), on(UNPACK, 0), on(PACK, 0), op(RET)],
            ),
        ),
        (
            // Fresh on one of two ways.
            Rule::IdLeak,
            Some(10),
            f(
                |world| Types {
                    parameters: vec![bool(), world.uid.clone()],
                    locals: vec![world.uid.clone()],
                    ..makes(world)
                },
                &[
                    take(),
                    on(BR_FALSE, 7),
                    on(CALL, NEW),
                    on(ST_LOC, 2),
                    on(MOVE_LOC, 1),
                    on(CALL, DELETE),
                    on(BRANCH, 9),
                    on(MOVE_LOC, 1),
                    on(ST_LOC, 2),
                    on(MOVE_LOC, 2),
                    on(PACK, 0),
                    op(RET),
                ],
            ),
        ),
    ]
}

#[test]
fn objects_of_fresh_ids_and_functions_for_own_types_are_accepted() {
    let own = transfer(|world| (world.object.clone(), Types::takes([world.object.clone()])));
    assert_eq!(verified(&own), Ok(()));
    let makes = f(
        |world| Types {
            returns: vec![world.object.clone()],
            locals: vec![world.uid.clone()],
            ..Types::default()
        },
        &[
            on(CALL, NEW),
            on(ST_LOC, 0),
            on(MOVE_LOC, 0),
            on(PACK, 0),
            op(RET),
        ],
    );
    assert_eq!(verified(&makes), Ok(()));
}

#[test]
fn rules_of_the_language_come_before_those_of_sui() {
    for (rule, _, assembly) in cases() {
        let module = CompiledModule::parse(&assembly.bytes()).expect("a module");
        let verified = verify(&[&module]).expect("it keeps the rules of the language");
        assert_eq!(verified.sui_rules().map_err(|error| error.rule), Err(rule));
    }
}
