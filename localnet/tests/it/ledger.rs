//! Claims, each proved by the module of its name:
//! * `genesis`: what exists from the beginning, under ids and digests that the SDK computes.
//! * `effects`: versions, deposits, dependencies and fees of successful and failed transactions.
//! * `rejections`: every refusal before execution is typed, costs nothing and leaves the ledger as it was.
//! * `signatures`: exactly the required signers, by every scheme the SDK verifies.
//! * `balances`: address balances, gas paid from them, and replay.
//! * `deny_list`: who may neither use nor receive a regulated coin, and from when on.
//! * `time`: the clock to the millisecond, epochs, expiration.
//! * `simulation`: simulating changes nothing, says what commands return, and can choose gas.
//! * `side_by_side`: what runs side by side is what runs one by one.
//! * `snapshots`: a ledger is again what it was, in this process or another.
//! * `threads`: readers and writers side by side, and transactions that race for one object.

mod balances;
mod deny_list;
mod effects;
mod genesis;
mod rejections;
mod side_by_side;
mod signatures;
mod simulation;
mod snapshots;
mod threads;
mod time;
