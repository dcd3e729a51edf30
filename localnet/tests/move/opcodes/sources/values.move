/// Structs, enums, vectors, references and constants.
module opcodes::values;

const NAMES: vector<vector<u8>> = vector[b"one", b"", b"three"];
const NUMBERS: vector<u64> = vector[1, 2, 3];

public struct Pair<A, B> has copy, drop, store { first: A, second: B }

public enum Shape has copy, drop, store {
    Point,
    Circle { radius: u64 },
    Rectangle { width: u64, height: u64 },
}

public enum Maybe<T> has copy, drop, store {
    No,
    Yes(T),
}

public fun pair<A, B>(first: A, second: B): Pair<A, B> { Pair { first, second } }

public fun swap<A, B>(pair: Pair<A, B>): Pair<B, A> {
    let Pair { first, second } = pair;
    Pair { first: second, second: first }
}

public fun shapes(): vector<Shape> {
    vector[Shape::Point, Shape::Circle { radius: 3 }, Shape::Rectangle { width: 2, height: 5 }]
}

public fun area(shape: &Shape): u64 {
    match (shape) {
        Shape::Point => 0,
        Shape::Circle { radius } => 3 * *radius * *radius,
        Shape::Rectangle { width, height } => *width * *height,
    }
}

public fun areas(): vector<u64> {
    let shapes = shapes();
    vector::tabulate!(shapes.length(), |index| area(&shapes[index]))
}

public fun grow(shape: Shape): Shape {
    let mut shape = shape;
    match (&mut shape) {
        Shape::Point => (),
        Shape::Circle { radius } => *radius = *radius + 1,
        Shape::Rectangle { width, height } => {
            *width = *width + 1;
            *height = *height + 1;
        },
    };
    shape
}

public fun unwrap_or<T: drop>(value: Maybe<T>, default: T): T {
    match (value) {
        Maybe::No => default,
        Maybe::Yes(value) => value,
    }
}

public fun maybe(value: u64): u64 { unwrap_or(Maybe::Yes(value), 0) + unwrap_or(Maybe::No, 7) }

/// A copy is independent: changing it leaves the original.
public fun copies(): (vector<vector<u8>>, vector<vector<u8>>) {
    let original = vector[b"a", b"b"];
    let mut copied = original;
    copied[0].push_back(33);
    copied.push_back(b"c");
    (original, copied)
}

public fun through_references(value: u64): Pair<u64, vector<u64>> {
    let mut pair = Pair { first: value, second: vector[value] };
    let first = &mut pair.first;
    *first = *first + 1;
    let second = &mut pair.second;
    second.push_back(2);
    *(&mut second[0]) = 40;
    second.swap(0, 1);
    pair
}

public fun write_field(pair: &mut Pair<u64, u64>, value: u64) { pair.second = value }

public fun constants(): (vector<vector<u8>>, vector<u64>) { (NAMES, NUMBERS) }

public fun same(): vector<bool> {
    let left = pair(vector[1u64, 2], Maybe::Yes(@0x1));
    let right = pair(vector[1u64, 2], Maybe::Yes(@0x1));
    let other = pair(vector[1u64, 2], Maybe::Yes(@0x2));
    let no: Maybe<u8> = Maybe::No;
    vector[left == right, left != right, &left == &other, no == Maybe::Yes(1u8)]
}

public fun sum_unpacked(): u64 {
    let numbers = vector[pair(1u8, 10u64), pair(2, 20)];
    let mut sum = 0;
    numbers.destroy!(|pair| { let Pair { first: _, second } = pair; sum = sum + second });
    sum
}
