use sui::{dynamic_field as field, dynamic_object_field as object_field, derived_object};
use generated::shared::{both, chosen, depth, either, flipped, lower, max, peek, same};

public struct Pair<A: copy + drop + store, B: copy + drop + store> has copy, drop, store { a: A, b: B }
public struct Point has copy, drop, store { x: u64, y: u8, on: bool }
public enum Choice<T: copy + drop + store> has copy, drop, store { Nothing, One(T), Two { first: T, second: u16 } }
public enum Signal has copy, drop, store { Off, Level(u32), Mix { red: u8, green: u128 } }
public struct Thing has key, store { id: UID, value: u64, data: vector<u8> }
public struct Shell has key { id: UID, inner: Thing }
#[error]
const EBroken: vector<u8> = b"broken";

fun yes(it: bool): bool { it }
fun nothing<T: copy + drop + store>(): Choice<T> { Choice::Nothing }
fun pick<T: drop>(first: bool, a: T, b: T): T { if (first) a else b }
fun swap<A: copy + drop + store, B: copy + drop + store>(pair: Pair<A, B>): Pair<B, A> { let Pair { a, b } = pair; Pair { a: b, b: a } }
fun a_of<A: copy + drop + store, B: copy + drop + store>(pair: &mut Pair<A, B>): &mut A { &mut pair.a }
fun weight<T: copy + drop + store>(choice: &Choice<T>): u64 {
    match (choice) { Choice::Nothing => 1, Choice::One(_) => 2, Choice::Two { first: _, second } => 4 + (*second as u64) }
}
fun first<T: copy + drop + store>(choice: Choice<T>, other: T): T {
    match (choice) { Choice::Two { first, second: _ } => first, Choice::One(it) => it, Choice::Nothing => other }
}
fun touch<T: copy + drop + store>(choice: &mut Choice<T>, value: T) {
    match (choice) { Choice::One(it) => *it = value, Choice::Two { first, second } => { *first = value; *second = *second / 2 }, _ => () }
}
fun turn(point: Point): Point { let Point { x, y, on } = point; Point { x: x / 2 + (y as u64), y: y ^ 0x5a, on: !on } }
fun shift(point: &mut Point, by: u64): u64 { let x = &mut point.x; *x = *x ^ by; point.y = point.y / 2; point.x }
fun strength(signal: &Signal): u64 {
    match (signal) { Signal::Off => 0, Signal::Level(level) => (*level as u64), Signal::Mix { red, green } => (*red as u64) + ((*green % 7) as u64) }
}
fun dim(signal: &mut Signal) {
    match (signal) { Signal::Level(level) => *level = *level / 2, Signal::Mix { red, green } => { *green = *green / 3; *red = *red / 3 }, _ => () }
}
fun mixed(signal: Signal): Signal {
    match (signal) { Signal::Off => Signal::Level(7), Signal::Level(level) => Signal::Mix { red: 1, green: (level as u128) }, Signal::Mix { red: _, green: _ } => Signal::Off }
}
fun drained<T: drop>(mut items: vector<T>, all: bool): u64 {
    let mut count = 0;
    while (!items.is_empty()) { items.pop_back(); count = count + 1; if (!all) break };
    items.destroy_empty();
    count
}
