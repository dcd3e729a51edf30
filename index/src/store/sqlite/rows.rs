//! Values as columns.

use serde::{Serialize, de::DeserializeOwned};

use crate::{StoreError, error::corrupt};

/// A record as a row's state.
pub(super) fn text(record: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(record).map_err(corrupt)
}

/// A row's state as a record.
pub(super) fn parse<T: DeserializeOwned>(state: &str) -> Result<T, StoreError> {
    serde_json::from_str(state).map_err(corrupt)
}

/// SQLite's integers have a sign; the bits are kept. Only numbers that count up from zero are ever compared in SQL.
pub(super) fn number(value: u64) -> i64 {
    value.cast_signed()
}

/// A number that [`number`] has written.
pub(super) fn unsigned(value: i64) -> u64 {
    value.cast_unsigned()
}

/// A moment to compare with. What lies beyond 2^63 milliseconds is as late as can be.
pub(super) fn live(ms: u64) -> i64 {
    i64::try_from(ms).unwrap_or(i64::MAX)
}
