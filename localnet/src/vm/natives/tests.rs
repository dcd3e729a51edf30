//! What these tests prove: each native gives the known answer, aborts with its module's code, charges what the gas table
//! says, and answers malformed arguments with an error rather than a panic.

use std::sync::{Arc, LazyLock};

use ruint::aliases::U256;
use sui_sdk_types::{Address, Digest, Identifier, Object, Owner, TypeTag};

use super::{table, unsupported};
use crate::vm::{
    AccumulatorAction, GasMeter, Heap, NativeContext, NativeError, NativeTable, ObjectRuntime,
    ObjectStore, RuntimeConfig, TxContext, Type, Types, Value, VectorError, VectorKind, VmStatus,
};

const STD: Address = Address::from_static("0x1");
const SUI: Address = Address::TWO;

mod pure;
mod state;
mod testing;

/// All tests share one table of types, as all transactions of a machine do.
static TYPES: LazyLock<Types> = LazyLock::new(Types::default);

#[derive(Debug)]
struct Empty;

impl ObjectStore for Empty {
    fn child(&self, _: Address, _: Address) -> Option<Arc<Object>> {
        None
    }

    fn receive(&self, _: Address, _: Address, _: u64) -> Option<Arc<Object>> {
        None
    }
}

struct Machine {
    heap: Heap,
    types: &'static Types,
    runtime: ObjectRuntime<'static>,
    /// What the last call cost.
    cost: u64,
}

impl Machine {
    fn new() -> Self {
        Self::with(RuntimeConfig::default())
    }

    fn with(config: RuntimeConfig) -> Self {
        let context = TxContext {
            sender: Address::from_static("0xa11ce"),
            digest: Digest::new([7; 32]),
            epoch: 3,
            epoch_timestamp_ms: 4,
            reference_gas_price: 1000,
            gas_price: 1001,
            gas_budget: 5_000_000,
            sponsor: Some(Address::from_static("0x590")),
        };
        Self {
            heap: Heap::new(),
            types: &TYPES,
            runtime: ObjectRuntime::new(&Empty, context).with_config(config),
            cost: 0,
        }
    }

    fn call(
        &mut self,
        name: &str,
        types: &[Type],
        arguments: &[Value],
    ) -> Result<Option<Value>, NativeError> {
        let mut parts = name.split("::");
        let mut part = || Identifier::new(parts.next().expect("address::module::function")).ok();
        let (module, function) = (part().expect("a module"), part().expect("a function"));
        let table = NativeTable::framework();
        let native = [STD, SUI]
            .into_iter()
            .find_map(|address| table.get(address, &module, &function));
        let meter = GasMeter::new(1_000_000);
        let mut context = NativeContext::new(&mut self.heap, &mut self.runtime, self.types, &meter);
        let result = native.expect("the native exists")(&mut context, types, arguments);
        self.cost = context.cost();
        result
    }

    /// The value a native returns.
    fn value(&mut self, name: &str, types: &[Type], arguments: &[Value]) -> Value {
        self.call(name, types, arguments)
            .expect("succeeds")
            .expect("returns a value")
    }

    /// What a native answers about byte strings.
    fn ask(
        &mut self,
        name: &str,
        strings: &[&[u8]],
        rest: &[Value],
    ) -> Result<Option<Value>, NativeError> {
        let mut arguments: Vec<Value> = strings.iter().map(|bytes| self.bytes(bytes)).collect();
        arguments.extend_from_slice(rest);
        self.call(name, &[], &arguments)
    }

    fn hash(&mut self, name: &str, data: &[u8]) -> String {
        let digest = self
            .ask(name, &[data], &[])
            .expect("succeeds")
            .expect("returns a digest");
        hex::encode(self.heap.bytes(digest).expect("bytes"))
    }

    fn bytes(&mut self, bytes: &[u8]) -> Value {
        self.heap.vector_u8(bytes.to_vec()).expect("fits")
    }

    fn reference(&mut self, value: Value) -> Value {
        let cell = self.heap.new_cell(value).expect("fits");
        Heap::cell_reference(cell).into()
    }
}

fn hex_bytes(text: &str) -> Vec<u8> {
    hex::decode(text).expect("hexadecimal")
}

const fn abort<T>(code: u64) -> Result<T, NativeError> {
    Err(NativeError::Abort(code))
}
