/// Everything that can stop a program.
module opcodes::failures;

#[error]
const ENotToday: vector<u8> = b"not today";

public fun abort_with(code: u64) { abort code }

public fun clever() { abort ENotToday }

public fun element(index: u64): u64 { let numbers = vector[1, 2, 3]; numbers[index] }

public fun swap(index: u64) { let mut numbers = vector[1u8, 2]; numbers.swap(0, index) }

public fun pop_empty() { let mut numbers: vector<u64> = vector[]; numbers.pop_back(); }

public fun destroy_full() { vector[1u8].destroy_empty() }

public fun forever() { loop {} }

public fun recurse(depth: u64): u64 { if (depth == 0) 0 else recurse(depth - 1) + 1 }

/// As `recurse`, but each call leaves an operand waiting.
public fun recurse_with_operand(depth: u64): u64 { if (depth == 0) 0 else 1 + recurse_with_operand(depth - 1) }

public fun allocate() {
    let mut all = vector[];
    loop { all.push_back(vector[1u64, 2, 3]) }
}

/// A vector of this many elements.
public fun fill(length: u64): u64 {
    let mut all = vector[];
    let mut index = 0;
    while (index < length) {
        all.push_back(true);
        index = index + 1;
    };
    all.length()
}

public fun count(limit: u64): u64 {
    let mut index = 0;
    let mut sum = 0u64;
    while (index < limit) {
        sum = sum ^ index;
        index = index + 1;
    };
    sum
}
