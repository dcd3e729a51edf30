//! What bytecode says about types and functions.
use crate::ledger::Ledger;
use prost_types::Value;
use sui_rpc::proto::sui::rpc::v2 as proto;
use sui_sdk_types::{Address, Object, TypeTag};

#[derive(Clone, Copy, Debug)]
pub(super) struct Types<'a> {
    ledger: &'a Ledger,
}
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Passing {
    Value,
    Receiving,
    Reference,
    MutableReference,
}
pub(super) struct Field {
    pub(super) name_type: TypeTag,
    pub(super) name: Vec<u8>,
    pub(super) value_type: TypeTag,
    pub(super) value: Vec<u8>,
    pub(super) child: Option<Address>,
}
impl<'a> Types<'a> {
    pub(super) fn new(ledger: &'a Ledger) -> Self {
        Self { ledger }
    }
    pub(super) fn json(&self, _t: &TypeTag, _b: &[u8]) -> Option<Value> {
        let _ = self.ledger;
        None
    }
    pub(super) fn dynamic_field(&self, _o: &Object) -> Option<Field> {
        None
    }
    pub(super) fn clever_error(
        &self,
        _p: &Address,
        _m: &str,
        _c: u64,
    ) -> Option<proto::CleverError> {
        None
    }
    pub(super) fn passings(&self, _p: &Address, _m: &str, _f: &str) -> Option<Vec<Passing>> {
        None
    }
}
