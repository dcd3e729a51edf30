/// Loops to measure the machine by: each runs `rounds` times what its name says, and nothing else grows with `rounds`.
module machine::loops;

use sui::dynamic_field as field;

// === Structs ===

/// A struct inside another.
public struct Point has drop {
    x: u64,
    y: u64,
}

/// A struct of structs.
public struct Line has drop {
    from: Point,
    to: Point,
}

/// Names a dynamic field.
public struct Key(u64) has copy, drop, store;

// === Public functions ===

/// The smallest call that does something.
public fun small(a: u64, b: u64): u64 {
    if (a > b) a - b else a + b
}

/// Integers of 64 bits: multiply, divide, combine and compare.
public fun arithmetic(rounds: u64): u64 {
    let mut a = 1;
    let mut b = 7;
    let mut round = 0;
    while (round < rounds) {
        a = (a * 31 + b) % 1_000_003;
        b = (b ^ a) & 0xffff;
        if (a > b) b = b + 1;
        round = round + 1;
    };
    a + b
}

/// Elements of a vector: read, written, pushed and popped.
public fun vectors(rounds: u64): u64 {
    let mut items = vector[1, 2, 3, 4, 5, 6, 7, 8];
    let mut sum = 0;
    let mut round = 0;
    while (round < rounds) {
        let at = round % 8;
        let element = &mut items[at];
        *element = *element ^ round;
        items.push_back(round);
        sum = (sum + items[at] + items.pop_back()) & 0xffffffff;
        round = round + 1;
    };
    sum
}

/// Fields of a struct in a struct: read and written.
public fun fields(rounds: u64): u64 {
    let mut line = Line { from: Point { x: 1, y: 2 }, to: Point { x: 3, y: 4 } };
    let mut round = 0;
    while (round < rounds) {
        line.from.x = line.to.y ^ round;
        line.to.y = line.from.x & 0xffff;
        line.from.y = line.to.x;
        round = round + 1;
    };
    line.from.x + line.from.y + line.to.y
}

/// Calls of a function of two arguments, and of one that packs and unpacks a struct.
public fun calls(rounds: u64): u64 {
    let mut sum = 0;
    let mut round = 0;
    while (round < rounds) {
        sum = small(sum, round);
        sum = there_and_back(sum, round);
        round = round + 1;
    };
    sum
}

/// Dynamic fields of a new object: added, borrowed, changed and removed.
public fun dynamic_fields(rounds: u64, ctx: &mut TxContext): u64 {
    let mut parent = object::new(ctx);
    let mut sum = 0;
    let mut round = 0;
    while (round < rounds) {
        field::add(&mut parent, Key(round), round);
        let value = field::borrow_mut<Key, u64>(&mut parent, Key(round));
        *value = *value + 1;
        sum = sum + field::remove<Key, u64>(&mut parent, Key(round));
        round = round + 1;
    };
    parent.delete();
    sum
}

// === Private functions ===

fun there_and_back(x: u64, y: u64): u64 {
    let Point { x, y } = turned(Point { x, y });
    x ^ y
}

fun turned(point: Point): Point {
    let Point { x, y } = point;
    Point { x: y, y: x }
}
