//! Uses of a reference, or of what it refers to, while another one is in the way.

use valet_localnet::vm::Rule;

use super::super::operands::World;
use super::{LEFT, ONE, TWO, borrow, copy, f, look, numbers, pairs, store, take, vectors};
use crate::assembler::*;

pub(super) fn cases(case: &mut dyn FnMut(Rule, u16, Assembly)) {
    let end = || [take(1), op(READ_REF), op(POP), op(RET)];
    case(
        Rule::CopyBorrowed,
        2,
        f(
            numbers,
            &[&[borrow(0), store(1), copy(0), op(POP)][..], &end()].concat(),
        ),
    );
    case(
        Rule::MoveBorrowed,
        2,
        f(
            numbers,
            &[&[borrow(0), store(1), take(0), op(POP)][..], &end()].concat(),
        ),
    );
    // In a loop: what is borrowed at its end is moved at its beginning.
    let given = |_: &World, _: &Token| Types::takes([u64(), mutable(u64())]);
    case(
        Rule::MoveBorrowed,
        0,
        f(
            given,
            &[take(0), store(0), borrow(0), store(1), on(BRANCH, 0)],
        ),
    );
    case(
        Rule::StoreBorrowed,
        3,
        f(
            numbers,
            &[&[borrow(0), store(1), number(7), store(0)][..], &end()].concat(),
        ),
    );
    case(
        Rule::BorrowBorrowed,
        2,
        f(
            numbers,
            &[&[borrow(0), store(1), look(0), op(POP)][..], &end()].concat(),
        ),
    );
    // The first of two references is used while the second, made of it, lives on.
    case(
        Rule::FreezeBorrowed,
        5,
        f(
            numbers,
            &[
                &[
                    borrow(0),
                    store(1),
                    copy(1),
                    store(2),
                    copy(1),
                    op(FREEZE_REF),
                    op(POP),
                ][..],
                &[number(1), take(2), op(WRITE_REF), op(RET)],
            ]
            .concat(),
        ),
    );
    case(
        Rule::ReadBorrowed,
        5,
        f(
            numbers,
            &[
                &[
                    borrow(0),
                    store(1),
                    copy(1),
                    store(2),
                    copy(1),
                    op(READ_REF),
                    op(POP),
                ][..],
                &[number(1), take(2), op(WRITE_REF), op(RET)],
            ]
            .concat(),
        ),
    );
    // A second reference to a local takes over the first, which must be gone before it is used.
    case(
        Rule::WriteBorrowed,
        6,
        f(
            numbers,
            &[
                &[
                    borrow(0),
                    store(1),
                    borrow(0),
                    store(2),
                    number(1),
                    take(2),
                    op(WRITE_REF),
                ][..],
                &end(),
            ]
            .concat(),
        ),
    );
    case(
        Rule::WriteBorrowed,
        7,
        f(
            numbers,
            &[
                &[borrow(0), store(1), copy(1), op(FREEZE_REF), store(3)][..],
                &[
                    number(1),
                    take(1),
                    op(WRITE_REF),
                    take(3),
                    op(READ_REF),
                    op(POP),
                    op(RET),
                ],
            ]
            .concat(),
        ),
    );
    // A field while all of it, or itself, is borrowed mutably by a reference that lives on.
    case(
        Rule::FieldBorrowed,
        3,
        f(
            pairs,
            &[
                &[
                    copy(0),
                    store(4),
                    copy(0),
                    on(IMM_BORROW_FIELD, LEFT),
                    op(POP),
                ][..],
                &[take(4), op(POP), op(RET)],
            ]
            .concat(),
        ),
    );
    case(
        Rule::FieldBorrowed,
        4,
        f(
            pairs,
            &[
                &[copy(0), on(MUT_BORROW_FIELD, LEFT), store(1), copy(0)][..],
                &[
                    on(IMM_BORROW_FIELD, LEFT),
                    op(POP),
                    take(1),
                    op(POP),
                    op(RET),
                ],
            ]
            .concat(),
        ),
    );
    case(
        Rule::VectorBorrowed,
        6,
        f(
            vectors,
            &[
                &[copy(0), number(0), on(VEC_MUT_BORROW, 0), store(1)][..],
                &[
                    copy(0),
                    number(5),
                    on(VEC_PUSH_BACK, 0),
                    number(1),
                    take(1),
                    op(WRITE_REF),
                    op(RET),
                ],
            ]
            .concat(),
        ),
    );
    case(
        Rule::VectorBorrowed,
        6,
        f(
            vectors,
            &[
                &[
                    copy(0),
                    number(0),
                    on(VEC_IMM_BORROW, 0),
                    store(2),
                    copy(0),
                    op(0x28),
                ][..],
                &[
                    on(VEC_POP_BACK, 0),
                    op(POP),
                    take(2),
                    op(READ_REF),
                    op(POP),
                    op(RET),
                ],
            ]
            .concat(),
        ),
    );
    for opcode in [VEC_MUT_BORROW, VEC_IMM_BORROW] {
        case(
            Rule::ElementBorrowed,
            6,
            f(
                vectors,
                &[
                    &[copy(0), number(0), on(VEC_MUT_BORROW, 0), store(1)][..],
                    &[copy(0), number(1), on(opcode, 0), op(POP)],
                    &[number(1), take(1), op(WRITE_REF), op(RET)],
                ]
                .concat(),
            ),
        );
    }
    // Both arguments are the same number.
    case(
        Rule::FreezeBorrowed,
        4,
        f(
            numbers,
            &[
                &[borrow(0), store(1), copy(1), copy(1), op(FREEZE_REF)][..],
                &[on(CALL, TWO), op(RET)],
            ]
            .concat(),
        ),
    );
    case(
        Rule::CallBorrowed,
        5,
        f(
            numbers,
            &[
                &[
                    borrow(0),
                    store(1),
                    copy(1),
                    store(2),
                    copy(1),
                    on(CALL, ONE),
                    op(POP),
                ][..],
                &[number(1), take(2), op(WRITE_REF), op(RET)],
            ]
            .concat(),
        ),
    );
    let returns = |_: &World, _: &Token| Types::takes([u64()]).gives([imm(u64())]);
    case(Rule::ReturnLocal, 1, f(returns, &[look(0), op(RET)]));
    let through_call = |_: &World, _: &Token| Types::takes([u64()]).gives([mutable(u64())]);
    case(
        Rule::ReturnLocal,
        2,
        f(through_call, &[borrow(0), on(CALL, ONE), op(RET)]),
    );
    let twice = |_: &World, _: &Token| {
        Types::takes([mutable(u64())]).gives([mutable(u64()), mutable(u64())])
    };
    case(
        Rule::ReturnBorrowed,
        2,
        f(twice, &[copy(0), copy(0), op(RET)]),
    );
}
