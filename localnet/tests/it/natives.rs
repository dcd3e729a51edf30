//! The framework's natives, driven through the framework's own bytecode and a Move package made for these tests.
//!
//! Claims, each proved by the module of its name:
//! * `objects`: an object's whole life (created, owned, shared, frozen, sent to a party, wrapped, received, deleted) ends
//!   up in the results as on a real network, and events carry the type and bytes Move gave them.
//! * `fields`: dynamic fields, dynamic object fields, tables, bags and derived objects persist between transactions, under
//!   the ids the SDK derives, with the documented abort codes; an untouched child is not written.
//! * `funds`: deposits and withdrawals reach the accumulators the SDK names, and a settlement of them is an object.
//! * `random`: over long random runs, fields and wrapped objects behave like maps, and the results say exactly what differs.
//! * `types`: names, ids and one-time witnesses at run time.
//! * `framework`: coins, clock, settings, strings and hashes of the framework itself.

mod fields;
mod framework;
mod funds;
mod objects;
mod random;
mod types;
mod world;
