//! Queries, put together from what is asked for.

use rusqlite::{Connection, params_from_iter, types::Value};
use serde::de::DeserializeOwned;
use sui_sdk_types::{Address, StructTag};

use super::rows::parse;
use crate::StoreError;

/// A query under construction. Its text is made of constants alone; what callers give are its parameters.
pub(super) struct Select {
    sql: String,
    values: Vec<Value>,
}

impl Select {
    pub(super) fn new(what: &'static str) -> Self {
        Self {
            sql: what.to_owned(),
            values: Vec::new(),
        }
    }

    /// Only rows for which this holds.
    pub(super) fn condition<const N: usize>(&mut self, what: &'static str, values: [Value; N]) {
        let word = if self.values.is_empty() {
            " WHERE "
        } else {
            " AND "
        };
        self.sql.push_str(word);
        self.sql.push_str(what);
        self.values.extend(values);
    }

    /// Compares a column with an address, if there is one; `what` is the column and the comparison.
    pub(super) fn address(&mut self, what: &'static str, address: Option<Address>) {
        if let Some(address) = address {
            self.condition(what, [Value::Blob(address.as_bytes().to_vec())]);
            self.sql.push_str(" ?");
        }
    }

    /// Only rows of this dApp, if there is one.
    pub(super) fn dapp(&mut self, column: &'static str, dapp: Option<&StructTag>) {
        if let Some(dapp) = dapp {
            self.condition(column, [Value::Text(dapp.to_string())]);
            self.sql.push_str(" = (SELECT id FROM dapp WHERE type = ?)");
        }
    }

    /// The states of the first rows.
    pub(super) fn run<T: DeserializeOwned>(
        mut self,
        connection: &Connection,
        order: &'static str,
        limit: usize,
    ) -> Result<Vec<T>, StoreError> {
        self.sql.push_str(" ORDER BY ");
        self.sql.push_str(order);
        self.sql.push_str(" LIMIT ?");
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.values.push(Value::Integer(limit));
        let mut statement = connection.prepare_cached(&self.sql)?;
        let mut rows = statement.query(params_from_iter(self.values))?;
        let mut records = Vec::new();
        while let Some(row) = rows.next()? {
            records.push(parse(
                row.get_ref(0)?.as_str().map_err(crate::error::corrupt)?,
            )?);
        }
        Ok(records)
    }
}
