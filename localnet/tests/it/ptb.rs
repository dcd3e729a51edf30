//! Claims: every rule about commands, arguments and results of a programmable transaction gives the error the protocol
//! names, at the command it names, and a transaction that follows the rules succeeds.
//!
//! Each case says its expected status in full; none is computed by what is tested. `chain::Chain::execute` checks
//! conservation, versions and digests of every transaction on the way, failed ones included.

mod arguments;
mod calls;
mod coins;
mod limits;
mod objects;
mod publishing;
mod pure;
mod random;
mod table;

use std::sync::Arc;

use sui_sdk_types::{
    Address, Argument, CommandArgumentError, ExecutionError, ExecutionStatus, Object, Owner,
    StructTag,
};

use crate::chain::{Builder, Chain, succeeded};

/// A ledger with the test package and an object of every kind of ownership.
#[derive(Debug)]
struct Fixture {
    chain: Chain,
    package: Address,
    first: Address,
    second: Address,
    shared: Address,
    frozen: Address,
    pinned: Address,
}

impl Fixture {
    fn new() -> Self {
        let chain = Chain::new();
        let (package, _) = chain.publish("ptb");
        let mut b = Builder::default();
        let number = b.pure(&5u64);
        let call = |b: &mut Builder, name: &str, arguments| {
            b.call((package, "calls", name), vec![], arguments)
        };
        let first = call(&mut b, "new", vec![number]);
        let second = call(&mut b, "new", vec![number]);
        let frozen = call(&mut b, "new", vec![number]);
        call(&mut b, "freeze_thing", vec![frozen]);
        call(&mut b, "share", vec![number]);
        let pinned = call(&mut b, "pinned", vec![]);
        let to = b.pure(&chain.account.address);
        call(&mut b, "pin", vec![pinned, to]);
        b.transfer(vec![first, second], to);
        let executed = chain.run(b.finish());
        succeeded(&executed);
        let find = |name: &str, owned: fn(&Owner) -> bool| -> Vec<Address> {
            let matches = |object: &&Arc<Object>| {
                let data = object.as_struct().expect("no package is written");
                data.object_type().name().as_str() == name && owned(object.owner())
            };
            executed
                .output_objects
                .iter()
                .filter(matches)
                .map(|object| object.object_id())
                .collect()
        };
        let owned = find("Thing", |owner| matches!(owner, Owner::Address(_)));
        Self {
            package,
            first: owned[0],
            second: owned[1],
            shared: find("Thing", |owner| matches!(owner, Owner::Shared(_)))[0],
            frozen: find("Thing", |owner| matches!(owner, Owner::Immutable))[0],
            pinned: find("Pinned", |_| true)[0],
            chain,
        }
    }

    fn object(&self, id: Address) -> Arc<Object> {
        self.chain.ledger.object(&id).expect("the object exists")
    }

    /// Run what `build` puts together and compare the status.
    fn case(&self, name: &str, build: impl FnOnce(&mut Case<'_>), expected: &ExecutionStatus) {
        let mut case = Case {
            fixture: self,
            b: Builder::default(),
        };
        build(&mut case);
        let executed = self.chain.run(case.b.finish());
        assert_eq!(executed.effects.status(), expected, "{name}");
    }

    fn type_(&self, name: &str) -> StructTag {
        format!("{}::calls::{name}", self.package)
            .parse()
            .expect("a type")
    }
}

/// A transaction being put together for a case.
#[derive(Debug)]
struct Case<'f> {
    fixture: &'f Fixture,
    b: Builder,
}

impl Case<'_> {
    fn call(&mut self, name: &str, arguments: Vec<Argument>) -> Argument {
        self.b
            .call((self.fixture.package, "calls", name), vec![], arguments)
    }

    fn first(&mut self) -> Argument {
        let object = self.fixture.object(self.fixture.first);
        self.b.object(&object)
    }

    fn second(&mut self) -> Argument {
        let object = self.fixture.object(self.fixture.second);
        self.b.object(&object)
    }

    fn frozen(&mut self) -> Argument {
        let object = self.fixture.object(self.fixture.frozen);
        self.b.object(&object)
    }

    fn shared(&mut self, mutable: bool) -> Argument {
        let object = self.fixture.object(self.fixture.shared);
        self.b.shared(&object, mutable)
    }

    fn me(&mut self) -> Argument {
        self.b.pure(&self.fixture.chain.account.address)
    }
}

const SUCCESS: ExecutionStatus = ExecutionStatus::Success;

fn fails(error: ExecutionError, command: u64) -> ExecutionStatus {
    ExecutionStatus::Failure {
        error,
        command: Some(command),
    }
}

fn fails_nowhere(error: ExecutionError) -> ExecutionStatus {
    ExecutionStatus::Failure {
        error,
        command: None,
    }
}

fn argument(kind: CommandArgumentError, argument: u16, command: u64) -> ExecutionStatus {
    fails(
        ExecutionError::CommandArgumentError { argument, kind },
        command,
    )
}
