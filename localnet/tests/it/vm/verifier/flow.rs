//! Rules of control flow, and of the stack over basic blocks.

use valet_localnet::vm::Rule;

use super::{Case, verified};
use crate::assembler::*;

/// A module whose function `f(bool)` has this code.
fn function(code: &[Vec<u8>]) -> Assembly {
    let mut module = Assembly::new();
    module.function("f", &Types::takes([bool()]), code);
    module
}

fn condition() -> Vec<u8> {
    on(COPY_LOC, 0)
}

/// Loops within each other: each head decides whether to go on inwards or out again.
fn nested(depth: u8) -> Assembly {
    let mut code = Vec::new();
    for _ in 0..depth {
        code.extend([condition(), on(BR_FALSE, 0)]);
    }
    let heads: Vec<u8> = (0..depth).map(|level| 2 * level).collect();
    // From the innermost outwards: back to the head of its loop, then the end of that loop.
    let mut ends = Vec::new();
    for head in heads.iter().rev() {
        code.push(on(BRANCH, *head));
        ends.push((*head, byte(code.len())));
    }
    for (head, end) in ends {
        code[usize::from(head) + 1] = on(BR_FALSE, end);
    }
    code.push(op(RET));
    function(&code)
}

/// `count` switches, each to its own end and the next one.
fn many_blocks(count: usize) -> Assembly {
    let mut code = Vec::new();
    for _ in 0..count {
        code.push(op(LD_TRUE));
        let mut jump = vec![BR_TRUE];
        uleb(&mut jump, code.len() + 1);
        code.push(jump);
    }
    code.push(op(RET));
    function(&code)
}

/// Blocks in a row, then blocks that choose among switches, which lead back to all of the first.
fn many_back_edges() -> Assembly {
    const VARIANTS: usize = 120;
    const SWITCHES: usize = 85;
    let mut module = Assembly::new();
    let handle = module.enumeration("E", DROP, &[], &[&[][..]; VARIANTS]);
    let types = Types::takes([imm(datatype(handle, &[]))]);
    let switches = VARIANTS + SWITCHES;
    let mut code = Vec::new();
    for target in (1..=VARIANTS).chain(switches..switches + SWITCHES) {
        let mut jump = vec![BR_TRUE];
        uleb(&mut jump, 2 * target);
        code.extend([op(LD_TRUE), jump]);
    }
    let mut tables = Vec::new();
    for number in 0..SWITCHES {
        code.extend([on(COPY_LOC, 0), on(VARIANT_SWITCH, byte(number))]);
        tables.push((0, (0..VARIANTS).map(|block| 2 * block).collect()));
    }
    module.function_with_tables("f", &types, &code, &tables);
    module
}

/// More than a hundred references into one local, each made of the one before, and copies and joins among them without end.
fn expensive() -> Assembly {
    const REFERENCES: u8 = 120;
    let mut module = Assembly::new();
    let mut code = vec![on(MUT_BORROW_LOC, 0), on(ST_LOC, 1)];
    for local in 1..REFERENCES {
        code.extend([on(COPY_LOC, local), on(ST_LOC, local + 1)]);
    }
    for block in 0..430 {
        for _ in 0..if block < 8 { 4_000 } else { 0 } {
            code.extend([on(COPY_LOC, 1), op(POP)]);
        }
        // Two ways that meet again.
        let mut skip = vec![BR_TRUE];
        uleb(&mut skip, code.len() + 3);
        code.extend([op(LD_TRUE), skip, op(0x28)]);
    }
    code.push(op(RET));
    let types = Types::takes([u64()]).with(vec![mutable(u64()); usize::from(REFERENCES)]);
    module.function("f", &types, &code);
    module
}

pub(super) fn cases() -> Vec<Case> {
    let unused = {
        let mut module = Assembly::new();
        module.enumeration("E", DROP, &[], &[&[]]);
        let tables = [(0, vec![0])];
        module.function_with_tables("f", &Types::default(), &[op(RET)], &tables);
        module
    };
    let into_a_loop = function(&[
        condition(),
        on(BR_TRUE, 4),
        condition(),
        on(BR_TRUE, 6),
        condition(),
        on(BR_TRUE, 2),
        op(RET),
    ]);
    let mut pushes = Vec::new();
    for _ in 0..10_001 {
        pushes.extend([op(LD_TRUE), op(POP)]);
    }
    pushes.push(op(RET));
    let overflow: Vec<_> = std::iter::repeat_n(op(LD_TRUE), 1_025)
        .chain([op(RET)])
        .collect();
    vec![
        (Rule::UnusedJumpTable, None, unused),
        (Rule::TooManyBlocks, None, many_blocks(1_024)),
        (Rule::TooComplex, None, expensive()),
        (Rule::TooManyBackEdges, None, many_back_edges()),
        (Rule::IrreducibleLoop, Some(4), into_a_loop),
        (Rule::LoopTooDeep, Some(10), nested(6)),
        (Rule::StackUnderflow, Some(0), function(&[op(POP), op(RET)])),
        (
            Rule::StackUnderflow,
            Some(2),
            // Every block is on its own.
            function(&[condition(), on(BR_TRUE, 2), op(POP), op(RET)]),
        ),
        (
            Rule::StackNotEmpty,
            Some(0),
            function(&[op(LD_TRUE), op(RET)]),
        ),
        (
            Rule::StackNotEmpty,
            Some(0),
            function(&[op(LD_TRUE), on(BRANCH, 2), op(POP), op(RET)]),
        ),
        (Rule::StackOverflow, Some(1_024), function(&overflow)),
        (Rule::TooManyPushes, Some(20_000), function(&pushes)),
    ]
}

#[test]
fn loops_with_one_entrance_up_to_five_deep_are_accepted() {
    assert_eq!(verified(&nested(5)), Ok(()));
    assert_eq!(verified(&many_blocks(1_023)), Ok(()));
    // A loop of one block, and one that is left in its middle.
    let code = [
        condition(),
        on(BR_TRUE, 0),
        condition(),
        on(BR_TRUE, 6),
        condition(),
        on(BRANCH, 7),
        op(RET),
        on(BR_TRUE, 2),
        op(RET),
    ];
    let error = verified(&function(&code)).expect_err("an operand is left behind at 5");
    assert_eq!(error.rule, Rule::StackNotEmpty);
}

#[test]
fn code_that_nothing_leads_to_is_checked_for_its_operands() {
    let code = [op(RET), op(LD_TRUE), op(ABORT)];
    let error = verified(&function(&code)).expect_err("a bool is no abort code");
    assert_eq!((error.rule, error.instruction), (Rule::AbortType, Some(2)));
}
