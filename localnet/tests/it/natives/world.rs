//! A ledger in miniature: objects by id, and transactions that call Move functions by name.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use sui_sdk_types::{Address, Digest, Identifier, MoveStruct, Object, ObjectData, Owner, TypeTag};
use valet_localnet::vm::{
    Cell, CompiledModule, Execution, GasMeter, InputAccess, NativeTable, ObjectRuntime,
    ObjectStore, PackageSource, RuntimeConfig, RuntimeResults, TxContext, Type, Value, Vm, VmError,
    VmStatus,
};
use valet_toolchain::Toolchain;

/// Where the test package is published.
pub(crate) const PACKAGE: Address = Address::from_static("0x0b7ec75");
pub(crate) const ALICE: Address = Address::from_static("0xa11ce");
pub(crate) const BOB: Address = Address::from_static("0xb0b");

/// A machine with the framework and the test package, shared by all tests.
pub(crate) fn machine() -> &'static Vm {
    static MACHINE: OnceLock<Vm> = OnceLock::new();
    MACHINE.get_or_init(|| {
        let toolchain = Toolchain::locate().expect("node and npm are installed");
        let vm = Vm::new(NativeTable::framework());
        let framework = toolchain.framework().expect("the framework compiles");
        for package in framework.packages {
            let modules = package
                .modules
                .into_iter()
                .map(|module| module.bytes)
                .collect();
            load(&vm, package.id, modules, &package.dependencies);
        }
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/move/objects");
        let package = toolchain
            .build(&directory, &[])
            .expect("the test package compiles");
        let at_id = |bytes: Vec<u8>| {
            let module = CompiledModule::parse(&bytes).expect("compiled bytecode parses");
            module
                .with_self_address(&bytes, PACKAGE)
                .expect("the address has 32 bytes")
        };
        load(
            &vm,
            PACKAGE,
            package.modules.into_iter().map(at_id).collect(),
            &package.dependencies,
        );
        vm
    })
}

fn load(vm: &Vm, id: Address, modules: Vec<Vec<u8>>, dependencies: &[Address]) {
    let named = |bytes: Vec<u8>| {
        let module = CompiledModule::parse(&bytes).expect("compiled bytecode parses");
        (module.name().expect("a module has a name").clone(), bytes)
    };
    let source = PackageSource {
        storage_id: id,
        original_id: id,
        version: 1,
        modules: modules.into_iter().map(named).collect(),
        linkage: dependencies.iter().map(|id| (*id, (*id, 1))).collect(),
        type_origins: BTreeMap::new(),
    };
    vm.load_package(source).expect("the package loads");
}

pub(crate) fn tag(text: &str) -> TypeTag {
    text.replace("objects::", &format!("{PACKAGE}::"))
        .parse()
        .expect("a type tag")
}

pub(crate) fn type_of(text: &str) -> Type {
    machine().resolve_type(&tag(text)).expect("a known type")
}

/// The objects between transactions.
#[derive(Debug, Default)]
pub(crate) struct World {
    objects: BTreeMap<Address, Arc<Object>>,
    transactions: u64,
    sender: Option<Address>,
    pub(crate) epoch: u64,
}

impl ObjectStore for World {
    fn child(&self, parent: Address, child: Address) -> Option<Arc<Object>> {
        self.objects
            .get(&child)
            .filter(|object| *object.owner() == Owner::Object(parent))
            .cloned()
    }

    fn receive(&self, parent: Address, id: Address, version: u64) -> Option<Arc<Object>> {
        self.objects
            .get(&id)
            .filter(|object| {
                *object.owner() == Owner::Address(parent) && object.version() == version
            })
            .cloned()
    }
}

impl World {
    /// A world whose transactions the system sends.
    pub(crate) fn of_the_system() -> Self {
        Self {
            sender: Some(Address::ZERO),
            ..Self::default()
        }
    }

    /// A world in this epoch.
    pub(crate) fn in_epoch(epoch: u64) -> Self {
        Self {
            epoch,
            ..Self::default()
        }
    }

    pub(crate) fn object(&self, id: Address) -> &Object {
        self.objects.get(&id).expect("the object exists")
    }

    pub(crate) fn contents(&self, id: Address) -> &[u8] {
        self.object(id)
            .as_struct()
            .expect("not a package")
            .contents()
    }

    pub(crate) fn exists(&self, id: Address) -> bool {
        self.objects.contains_key(&id)
    }

    /// Runs a transaction and keeps what it did.
    pub(crate) fn run<T>(
        &mut self,
        script: impl FnOnce(&mut Transaction<'_>) -> Result<T, VmError>,
    ) -> (T, RuntimeResults) {
        let (returned, results) = self.attempt(script).expect("the transaction succeeds");
        for id in results.deleted.iter().chain(&results.wrapped) {
            self.objects.remove(id);
        }
        let version = self.transactions;
        for (id, written) in &results.written {
            let data = MoveStruct::new(
                written.type_tag.clone(),
                written.has_public_transfer,
                version,
                written.contents.clone(),
            );
            let owner = match written.owner {
                Owner::Shared(0) => Owner::Shared(version),
                owner => owner,
            };
            let data = ObjectData::Struct(data.expect("contents start with an id"));
            self.objects
                .insert(*id, Arc::new(Object::new(data, owner, Digest::ZERO, 0)));
        }
        (returned, results)
    }

    /// Runs a transaction that must fail, and changes nothing.
    pub(crate) fn fail<T: std::fmt::Debug>(
        &mut self,
        script: impl FnOnce(&mut Transaction<'_>) -> Result<T, VmError>,
    ) -> VmError {
        self.attempt(script).expect_err("the transaction fails")
    }

    fn attempt<T>(
        &mut self,
        script: impl FnOnce(&mut Transaction<'_>) -> Result<T, VmError>,
    ) -> Result<(T, RuntimeResults), VmError> {
        self.transactions += 1;
        let context = TxContext {
            sender: self.sender.unwrap_or(ALICE),
            digest: digest(self.transactions),
            epoch: self.epoch,
            epoch_timestamp_ms: 1_000,
            reference_gas_price: 1_000,
            gas_price: 1_000,
            gas_budget: 50_000_000,
            sponsor: None,
        };
        let runtime = ObjectRuntime::new(&*self, context).with_config(RuntimeConfig::default());
        let meter = GasMeter::new(5_000_000_000);
        let execution = Execution::new(machine(), runtime, meter);
        let mut transaction = Transaction {
            world: self,
            execution,
            inputs: Vec::new(),
            context: None,
        };
        let returned = script(&mut transaction)?;
        transaction.finish().map(|results| (returned, results))
    }
}

/// The digest of transaction number `number`.
pub(crate) fn digest(number: u64) -> Digest {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&number.to_le_bytes());
    Digest::new(bytes)
}

/// A running transaction.
pub(crate) struct Transaction<'a> {
    world: &'a World,
    pub(crate) execution: Execution<'a>,
    inputs: Vec<(Cell, Type)>,
    context: Option<Cell>,
}

impl Transaction<'_> {
    /// Takes an object as a mutable input.
    pub(crate) fn input(&mut self, id: Address) -> Cell {
        let object = self.world.object(id);
        let data = object.as_struct().expect("not a package");
        let type_ = machine()
            .resolve_type(&data.object_type().clone().into())
            .expect("a known type");
        self.execution
            .runtime_mut()
            .add_input(id, *object.owner(), InputAccess::Mutable);
        let value = self
            .execution
            .deserialize(type_, data.contents())
            .expect("stored objects decode");
        let cell = self.execution.new_cell(value).expect("fits");
        self.inputs.push((cell, type_));
        cell
    }

    /// A reference to what a cell holds.
    pub(crate) fn borrow(&self, cell: Cell) -> Value {
        self.execution.borrow(cell)
    }

    /// Moves the value out of a cell.
    pub(crate) fn take(&mut self, cell: Cell) -> Value {
        self.execution
            .take(cell)
            .expect("a cell of this execution")
            .expect("not moved yet")
    }

    /// Puts a value into a cell that is not an input.
    pub(crate) fn cell(&mut self, value: Value) -> Cell {
        self.execution.new_cell(value).expect("fits")
    }

    /// A `&mut TxContext`.
    pub(crate) fn context(&mut self) -> Value {
        let cell = match self.context {
            Some(cell) => cell,
            None => {
                let hash = self.bytes(digest(self.world.transactions).as_ref());
                let zero = Value::from(0u64);
                let fields = [Address::ZERO.into(), hash, zero, zero, zero];
                let value = self.execution.heap_mut().pack(&fields).expect("fits");
                self.cell(value)
            }
        };
        self.context = Some(cell);
        self.borrow(cell)
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> Value {
        self.execution
            .heap_mut()
            .vector_u8(bytes.to_vec())
            .expect("fits")
    }

    /// A value that Move code would find behind a reference.
    pub(crate) fn reference(&mut self, value: Value) -> Value {
        let cell = self.cell(value);
        self.borrow(cell)
    }

    /// Calls `module::function` of the test package, or `0x..::module::function`, which returns nothing.
    pub(crate) fn call(&mut self, name: &str, arguments: &[Value]) -> Result<(), VmError> {
        assert!(
            self.call_with(name, &[], arguments)?.is_empty(),
            "{name} returns nothing"
        );
        Ok(())
    }

    /// Calls a function that returns one value.
    pub(crate) fn value(&mut self, name: &str, arguments: &[Value]) -> Result<Value, VmError> {
        self.value_with(name, &[], arguments)
    }

    /// Calls a function with type arguments that returns one value.
    pub(crate) fn value_with(
        &mut self,
        name: &str,
        types: &[&str],
        arguments: &[Value],
    ) -> Result<Value, VmError> {
        let values = self.call_with(name, types, arguments)?;
        let [value] = values.try_into().expect("one result");
        Ok(value)
    }

    /// Calls a function with type arguments.
    pub(crate) fn call_with(
        &mut self,
        name: &str,
        types: &[&str],
        arguments: &[Value],
    ) -> Result<Vec<Value>, VmError> {
        let parts: Vec<&str> = name.split("::").collect();
        let (package, module, function) = match parts[..] {
            [module, function] => (PACKAGE, module, function),
            [package, module, function] => (package.parse().expect("an address"), module, function),
            _ => panic!("{name} is not a function"),
        };
        let function = machine().resolve_function(package, module, function)?;
        let types: Vec<Type> = types.iter().map(|name| type_of(name)).collect();
        self.execution.call(&function, &types, arguments)
    }

    /// The BCS of a value.
    pub(crate) fn encode(&self, type_: &str, value: Value) -> Vec<u8> {
        self.execution
            .serialize(type_of(type_), value)
            .expect("a value of the type")
    }

    /// The id in an object.
    pub(crate) fn id(&self, object: Value) -> Address {
        let heap = self.execution.heap();
        let field = |value| heap.field(value, 0).expect("a struct");
        field(field(field(object))).as_address().expect("an id")
    }

    /// Gives a value to an address.
    pub(crate) fn give(&mut self, type_: &str, value: Value, to: Address) {
        let type_ = type_of(type_);
        let (heap, runtime, _) = self.execution.parts_mut();
        runtime
            .transfer(heap, Owner::Address(to), type_, value)
            .expect("within limits");
    }

    fn finish(mut self) -> Result<RuntimeResults, VmError> {
        for (cell, type_) in std::mem::take(&mut self.inputs) {
            if let Some(value) = self.execution.take(cell)? {
                let (heap, runtime, _) = self.execution.parts_mut();
                runtime.keep(heap, type_, value)?;
            }
        }
        let (heap, runtime, _) = self.execution.into_parts();
        Ok(runtime.finish(&heap, machine().types())?)
    }
}

/// Checks that an error is an abort with this code, raised in this function.
#[track_caller]
pub(crate) fn assert_abort(
    error: &VmError,
    code: u64,
    package: Address,
    module: &str,
    function: &str,
) {
    assert_eq!(error.status, VmStatus::Aborted(code), "{error}");
    let location = error.location.as_ref().expect("an abort has a location");
    let found = (
        location.package,
        location.module.as_str(),
        location.function_name.as_str(),
    );
    assert_eq!(found, (package, module, function));
}

/// Checks that an error is an abort inside a native of `0x2`.
#[track_caller]
pub(crate) fn assert_native_abort(error: &VmError, code: u64, module: &str, function: &str) {
    assert_abort(error, code, Address::TWO, module, function);
    assert_eq!(
        error.location.as_ref().map(|location| location.instruction),
        Some(0)
    );
}

/// An identifier in a test.
pub(crate) fn identifier(name: &str) -> Identifier {
    Identifier::new(name).expect("an identifier")
}
