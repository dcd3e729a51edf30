/// A set of a dApp's actions.
///
/// A dApp numbers the things its users can do (`const ACTION_STEP: u8 = 0`), and names sets of
/// those numbers: which ones sessions may take at all (`Dapp`), which ones a session was granted
/// (`Grant`). A set is a 256-bit mask, so every operation costs the same however many actions it
/// holds, and it can never outgrow its owner.
module valet::action_set;

// === Errors ===

/// The list names one action twice.
#[error(code = 0)]
const EDuplicateAction: vector<u8> = b"The same action is listed twice; name each action once.";

// === Structs ===

/// A set of action numbers; bit `n` stands for action `n`.
public struct ActionSet(u256) has copy, drop, store;

// === Public functions ===

/// The set of no actions. Needed by whoever composes a set step by step.
public fun empty(): ActionSet {
    ActionSet(0)
}

/// The set of the listed actions. Needed by a dApp at registration, and by a client's PTB.
///
/// #### Aborts
/// - `EDuplicateAction` if a number occurs twice.
public fun from_actions(actions: vector<u8>): ActionSet {
    actions.fold!(empty(), |set, action| {
        assert!(!set.contains(action), EDuplicateAction);
        set.with(action)
    })
}

/// The set with `action` in it; the same set when it was there already.
public fun with(self: ActionSet, action: u8): ActionSet {
    ActionSet(self.0 | (1u256 << action))
}

// === View functions ===

/// Whether `action` is in the set.
public fun contains(self: &ActionSet, action: u8): bool {
    (self.0 >> action) & 1 == 1
}

/// Whether the set holds no action.
public fun is_empty(self: &ActionSet): bool {
    self.0 == 0
}

/// The set as a mask: bit `n` stands for action `n`.
public fun mask(self: &ActionSet): u256 {
    self.0
}
