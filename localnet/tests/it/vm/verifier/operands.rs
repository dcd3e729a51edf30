//! Rules of operands: their types and abilities.

use valet_localnet::vm::Rule;

use super::{Case, verified};
use crate::assembler::*;

/// What the tests' modules define. Struct definition 0 is `R { u64 }` without abilities, 1 is `D { u64 }` with `copy` and
/// `drop`, 2 is `G<T> { T }`; enum definition 0 is `E { Variant0(u64), Variant1 }` with `drop`.
pub(super) struct World {
    pub(super) module: Assembly,
    pub(super) resource: Token,
    pub(super) data: Token,
    pub(super) choice: Token,
    pub(super) generic: u8,
}

pub(super) fn world() -> World {
    let mut module = Assembly::new();
    let resource = module.structure("R", 0, &[], &[u64()]);
    let data = module.structure("D", COPY | DROP, &[], &[u64()]);
    let generic = module.structure("G", COPY | DROP, &[(0, false)], &[parameter(0)]);
    let choice = module.enumeration("E", DROP, &[], &[&[u64()], &[]]);
    World {
        module,
        resource: datatype(resource, &[]),
        data: datatype(data, &[]),
        choice: datatype(choice, &[]),
        generic,
    }
}

/// A module whose function `f` has these types and this code.
fn f(types: impl FnOnce(&World) -> Types, code: &[Vec<u8>]) -> Assembly {
    let mut world = world();
    let types = types(&world);
    world.module.function("f", &types, code);
    world.module
}

pub(super) fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    let none = |_: &World| Types::default();
    let mut case = |rule, at, assembly| cases.push((rule, Some(at), assembly));
    // Generic instructions, and type arguments in them.
    case(
        Rule::GenericMismatch,
        1,
        f(none, &[number(1), on(PACK, 2), op(POP), op(RET)]),
    );
    case(Rule::GenericMismatch, 1, {
        let mut world = world();
        let callee = world.module.function_handle(0, "g", &Types::default());
        let call = world.module.instantiation(0x04, callee, &[]);
        let code = [op(0x28), on(CALL_GENERIC, call), op(RET)];
        world.module.function("f", &Types::default(), &code);
        world.module.function("g", &Types::default(), &[op(RET)]);
        world.module
    });
    case(Rule::Constraint, 0, {
        let mut world = world();
        let types = Types::default().generic(&[COPY]);
        let callee = world.module.function_handle(0, "g", &types);
        let call = world
            .module
            .instantiation(0x04, callee, &[world.resource.clone()]);
        world
            .module
            .function("f", &Types::default(), &[on(CALL_GENERIC, call), op(RET)]);
        world.module.function("g", &types, &[op(RET)]);
        world.module
    });
    case(Rule::TypeParameterOutOfRange, 1, {
        let mut world = world();
        let pack = world.module.instantiation(0x0b, 2, &[parameter(0)]);
        let code = [number(1), on(PACK_GENERIC, pack), op(POP), op(RET)];
        world.module.function("f", &Types::default(), &code);
        world.module
    });
    case(Rule::VectorLiteral, 1, {
        let mut world = world();
        let element = world.module.signature(&[u64()]);
        let code = [number(1), vec_pack(element, 65_536), op(POP), op(RET)];
        world.module.function("f", &Types::default(), &code);
        world.module
    });
    // Types.
    let unit = |parameters: &'static dyn Fn(&World) -> Vec<Token>| {
        move |world: &World| Types::takes(parameters(world))
    };
    let resource = unit(&|world| vec![world.resource.clone()]);
    let resource_ref = unit(&|world| vec![mutable(world.resource.clone())]);
    let data = unit(&|world| vec![world.data.clone()]);
    let data_ref = unit(&|world| vec![imm(world.data.clone())]);
    let choice = unit(&|world| vec![world.choice.clone()]);
    let choice_ref = unit(&|world| vec![imm(world.choice.clone())]);
    let numbers = unit(&|_| vec![vector(u64())]);
    let numbers_ref = unit(&|_| vec![imm(vector(u64()))]);
    let number_ref = unit(&|_| vec![mutable(u64())]);
    let take = |local| on(MOVE_LOC, local);
    case(
        Rule::PopWithoutDrop,
        1,
        f(resource, &[take(0), op(POP), op(RET)]),
    );
    case(
        Rule::BranchType,
        1,
        f(none, &[number(1), on(BR_TRUE, 2), op(RET)]),
    );
    case(
        Rule::StoreType,
        1,
        f(
            |_| Types::default().with([u64()]),
            &[op(LD_TRUE), on(ST_LOC, 0), op(RET)],
        ),
    );
    case(Rule::AbortType, 1, f(none, &[op(LD_TRUE), op(ABORT)]));
    case(
        Rule::ReturnType,
        1,
        f(|_| Types::default().gives([u64()]), &[op(LD_TRUE), op(RET)]),
    );
    case(
        Rule::FreezeType,
        1,
        f(data_ref, &[take(0), op(FREEZE_REF), op(POP), op(RET)]),
    );
    // A field through a value, mutably through an immutable reference, and of another struct.
    let borrow = |types: &dyn Fn(&World) -> Types, opcode, structure| {
        let mut world = world();
        let types = types(&world);
        let field = world.module.field(structure, 0);
        world
            .module
            .function("f", &types, &[take(0), on(opcode, field), op(POP), op(RET)]);
        world.module
    };
    case(Rule::BorrowFieldType, 1, borrow(&data, IMM_BORROW_FIELD, 1));
    case(
        Rule::BorrowFieldType,
        1,
        borrow(&data_ref, MUT_BORROW_FIELD, 1),
    );
    case(
        Rule::BorrowFieldType,
        1,
        borrow(&data_ref, IMM_BORROW_FIELD, 0),
    );
    case(
        Rule::BorrowLocalReference,
        0,
        f(data_ref, &[on(IMM_BORROW_LOC, 0), op(POP), op(RET)]),
    );
    case(
        Rule::CopyWithoutAbility,
        0,
        f(resource, &[on(COPY_LOC, 0), op(POP), op(RET)]),
    );
    case(Rule::CallType, 1, {
        let mut world = world();
        let callee = world
            .module
            .function("g", &Types::takes([u64()]), &[op(RET)]);
        let code = [op(LD_TRUE), on(CALL, callee), op(RET)];
        world.module.function("f", &Types::default(), &code);
        world.module
    });
    case(
        Rule::PackType,
        1,
        f(none, &[op(LD_TRUE), on(PACK, 1), op(POP), op(RET)]),
    );
    let variant = |types: &dyn Fn(&World) -> Types, first: Vec<u8>, opcode, tag| {
        let mut world = world();
        let types = types(&world);
        let variant = world.module.variant(0, tag);
        world
            .module
            .function("f", &types, &[first, on(opcode, variant), op(POP), op(RET)]);
        world.module
    };
    case(
        Rule::PackType,
        1,
        variant(&none, op(LD_TRUE), PACK_VARIANT, 0),
    );
    // One struct taken apart as another is how values would be forged.
    case(
        Rule::UnpackType,
        1,
        f(data, &[take(0), on(UNPACK, 0), op(POP), op(RET)]),
    );
    case(
        Rule::UnpackType,
        1,
        variant(&data, take(0), UNPACK_VARIANT, 0),
    );
    case(
        Rule::UnpackType,
        1,
        variant(&choice, take(0), UNPACK_VARIANT_IMM_REF, 0),
    );
    case(
        Rule::UnpackType,
        1,
        variant(&choice_ref, take(0), UNPACK_VARIANT_MUT_REF, 0),
    );
    case(
        Rule::ReadType,
        1,
        f(data, &[take(0), op(READ_REF), op(POP), op(RET)]),
    );
    case(
        Rule::ReadWithoutCopy,
        1,
        f(resource_ref, &[take(0), op(READ_REF), op(POP), op(RET)]),
    );
    case(
        Rule::WriteReference,
        2,
        f(
            unit(&|_| vec![imm(u64())]),
            &[number(1), take(0), op(WRITE_REF), op(RET)],
        ),
    );
    case(
        Rule::WriteWithoutDrop,
        3,
        f(
            resource_ref,
            &[number(1), on(PACK, 0), take(0), op(WRITE_REF), op(RET)],
        ),
    );
    case(
        Rule::WriteType,
        2,
        f(number_ref, &[op(LD_TRUE), take(0), op(WRITE_REF), op(RET)]),
    );
    case(
        Rule::IntegerType,
        2,
        f(none, &[number(1), op(LD_TRUE), op(ADD), op(POP), op(RET)]),
    );
    case(
        Rule::IntegerType,
        3,
        f(
            none,
            &[number(1), number(1), op(CAST_U8), op(LT), op(POP), op(RET)],
        ),
    );
    case(
        Rule::IntegerType,
        2,
        f(none, &[number(1), number(1), op(SHL), op(POP), op(RET)]),
    );
    case(
        Rule::IntegerType,
        1,
        f(none, &[op(LD_TRUE), op(CAST_U8), op(POP), op(RET)]),
    );
    case(
        Rule::BooleanType,
        1,
        f(none, &[number(1), op(NOT), op(POP), op(RET)]),
    );
    case(
        Rule::EqualityType,
        2,
        f(none, &[number(1), op(LD_TRUE), op(EQ), op(POP), op(RET)]),
    );
    case(
        Rule::EqualityType,
        4,
        f(
            none,
            &[
                number(1),
                on(PACK, 0),
                number(1),
                on(PACK, 0),
                op(EQ),
                op(POP),
                op(RET),
            ],
        ),
    );
    // Vectors: elements, indices and references of the wrong type.
    let on_vector = |types: &dyn Fn(&World) -> Types, before: &[Vec<u8>], last: Vec<u8>| {
        let mut world = world();
        let types = types(&world);
        assert_eq!(world.module.signature(&[u64()]), SIGNATURE_OF_NUMBERS);
        world
            .module
            .function("f", &types, &[before, &[last, op(POP), op(RET)]].concat());
        world.module
    };
    let none: &dyn Fn(&World) -> Types = &none;
    type Operands<'a> = (u16, &'a dyn Fn(&World) -> Types, Vec<Vec<u8>>, Vec<u8>);
    let wrong: [Operands<'_>; 9] = [
        (1, none, vec![op(LD_TRUE)], vec_pack(0, 1)),
        (1, none, vec![op(LD_TRUE)], vec_unpack(0, 1)),
        (1, &numbers, vec![take(0)], on(VEC_LEN, 0)),
        (
            2,
            &numbers_ref,
            vec![take(0), op(LD_TRUE)],
            on(VEC_IMM_BORROW, 0),
        ),
        (
            2,
            &numbers_ref,
            vec![take(0), number(0)],
            on(VEC_MUT_BORROW, 0),
        ),
        (
            2,
            &numbers_ref,
            vec![take(0), number(0)],
            on(VEC_PUSH_BACK, 0),
        ),
        (1, &numbers_ref, vec![take(0)], on(VEC_POP_BACK, 0)),
        (
            3,
            &numbers_ref,
            vec![take(0), number(0), number(0)],
            on(VEC_SWAP, 0),
        ),
        (
            3,
            &numbers_ref,
            vec![take(0), number(0), op(LD_TRUE)],
            on(VEC_SWAP, 0),
        ),
    ];
    for (at, types, before, last) in wrong {
        case(Rule::VectorType, at, on_vector(types, &before, last));
    }
    // A switch on a value, and over another type than its table is for.
    let switch = |types: &dyn Fn(&World) -> Types| {
        let mut world = world();
        let types = types(&world);
        let code = [take(0), on(VARIANT_SWITCH, 0), op(RET)];
        world
            .module
            .function_with_tables("f", &types, &code, &[(0, vec![2, 2])]);
        world.module
    };
    case(Rule::SwitchType, 1, switch(&choice));
    case(Rule::SwitchType, 1, switch(&data_ref));
    case(
        Rule::SwitchType,
        1,
        switch(&|world| Types::takes([mutable(world.choice.clone())])),
    );
    cases
}

/// The first signature of a module is the one that is asked for first.
const SIGNATURE_OF_NUMBERS: u8 = 0;

#[test]
fn operands_of_the_right_types_are_accepted() {
    let mut world = world();
    let resource_ref = mutable(world.resource.clone());
    let number = world.module.signature(&[u64()]);
    let field = world.module.field(0, 0);
    let pack = world.module.instantiation(0x0b, 2, &[bool()]);
    let some = world.module.variant(0, 0);
    let (generic, choice) = (world.generic, world.choice.clone());
    let types =
        Types::takes([resource_ref, vector(u64()), choice]).with([datatype(generic, &[bool()])]);
    let code = [
        // A mutable reference is read through; a vector is borrowed from a mutable reference immutably.
        on(COPY_LOC, 0),
        on(IMM_BORROW_FIELD, field),
        op(READ_REF),
        on(MOVE_LOC, 0),
        on(MUT_BORROW_FIELD, field),
        op(WRITE_REF),
        on(MUT_BORROW_LOC, 1),
        crate::assembler::number(0),
        on(VEC_IMM_BORROW, number),
        op(READ_REF),
        op(POP),
        op(LD_TRUE),
        on(PACK_GENERIC, pack),
        on(ST_LOC, 3),
        on(MOVE_LOC, 2),
        on(UNPACK_VARIANT, some),
        op(POP),
        op(RET),
    ];
    world.module.function("f", &types, &code);
    assert_eq!(verified(&world.module), Ok(()));
}
