//! The framework's native functions.
//!
//! A native charges before it works, takes its arguments apart, acts on the heap or the
//! [`ObjectRuntime`](super::ObjectRuntime), and returns at most one value. Abort codes are those the declaring Move module
//! documents. One module here per family of framework modules; `table` says which is which.

mod crypto;
mod dynamic_fields;
mod encoding;
mod events;
mod funds;
mod hashing;
mod names;
mod objects;
mod settings;
mod signatures;
mod support;
mod table;
mod testing;
#[cfg(test)]
mod tests;
mod text;
mod transfers;
mod type_names;
mod unsupported;
mod vectors;

pub(crate) use self::names::canonical_name;
