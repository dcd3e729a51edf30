//! Claims: a package is upgraded as a network upgrades it. The new version has an id of its own and runs its own code while
//! the old one still runs its; types keep the id of the version that introduced them and objects live on; a dependent runs
//! the version it was linked to; and what the ticket, the policy or the format forbids is refused with the error the
//! protocol names, and changes nothing but the gas.

mod hostile;
mod linkage;
mod policies;
mod refusals;
mod valet;
mod versions;

use std::sync::Arc;

use sui_sdk_types::{
    Address, Argument, Command, ExecutionStatus, MovePackage, ObjectData, Upgrade,
};
use valet_localnet::ledger::ExecutedTransaction;
use valet_toolchain::{CompiledPackage, PublishedDependency};

use crate::chain::{Builder, Chain, compile, compile_at, succeeded};
use crate::game::of_type;

/// `0x2::package` numbers its policies.
const COMPATIBLE: u8 = 0;
const ADDITIVE: u8 = 128;
const DEPENDENCY_ONLY: u8 = 192;

/// A ledger with a package that can be upgraded.
#[derive(Debug)]
struct Fixture {
    chain: Chain,
    /// The first version.
    first: Address,
    cap: Address,
}

/// An upgrade to be made. What is not changed is what the compiler says and `0x2::package` expects.
#[derive(Clone, Debug)]
struct Attempt {
    /// The version to upgrade.
    package: Address,
    policy: u8,
    digest: Vec<u8>,
    modules: Vec<Vec<u8>>,
    dependencies: Vec<Address>,
}

impl Attempt {
    fn new(package: Address, compiled: CompiledPackage) -> Self {
        Self {
            package,
            policy: COMPATIBLE,
            digest: compiled.digest.to_vec(),
            modules: compiled.modules,
            dependencies: compiled.dependencies,
        }
    }

    fn with_policy(self, policy: u8) -> Self {
        Self { policy, ..self }
    }
}

impl Fixture {
    fn new() -> Self {
        Self::of(compile("upgrade/v1"))
    }

    fn of(compiled: CompiledPackage) -> Self {
        let chain = Chain::new();
        let (first, executed) = chain.publish_compiled(compiled);
        let cap = cap_of(&executed);
        Self { chain, first, cap }
    }

    /// The second version of the test package.
    fn second() -> CompiledPackage {
        compile("upgrade/v2")
    }

    /// Upgrade and commit; the id of the new version.
    fn upgrade(&self, attempt: Attempt) -> (Address, Arc<ExecutedTransaction>) {
        let executed = self.attempt(attempt);
        succeeded(&executed);
        (package_of(&executed), executed)
    }

    fn attempt(&self, attempt: Attempt) -> Arc<ExecutedTransaction> {
        upgrade(&self.chain, self.cap, attempt)
    }

    fn package(&self, id: Address) -> MovePackage {
        let object = self.chain.ledger.object(&id).expect("it exists");
        match object.data() {
            ObjectData::Package(package) => package.clone(),
            ObjectData::Struct(_) => panic!("no package"),
        }
    }

    /// Run what `build` puts together; the return values of its last command.
    fn run(&self, build: impl FnOnce(&mut Builder)) -> Arc<ExecutedTransaction> {
        let mut b = Builder::default();
        build(&mut b);
        self.chain.run(b.finish())
    }

    /// The return values of a call without arguments.
    fn inspect(
        &self,
        target: (Address, &str, &str),
        types: &[&str],
    ) -> Result<Vec<Vec<u8>>, Box<ExecutionStatus>> {
        let mut b = Builder::default();
        let types = types.iter().map(|tag| tag.parse().expect("a type"));
        b.call(target, types.collect(), vec![]);
        let transaction = self.chain.transaction(b.finish());
        let simulation = self
            .chain
            .ledger
            .simulate(&transaction, &Default::default())
            .expect("accepted");
        match simulation.executed.effects.status() {
            ExecutionStatus::Success => {
                let output = simulation.commands.into_iter().next_back();
                let values = output.expect("a command").return_values;
                Ok(values.into_iter().map(|value| value.bytes).collect())
            }
            failure => Err(Box::new(failure.clone())),
        }
    }

    /// The version a package says it is.
    fn version(&self, package: Address, module: &str) -> u64 {
        let values = self
            .inspect((package, module, "version"), &[])
            .expect("it runs");
        bcs::from_bytes(&values[0]).expect("a number")
    }
}

fn upgrade(chain: &Chain, cap: Address, attempt: Attempt) -> Arc<ExecutedTransaction> {
    let mut b = Builder::default();
    authorize(chain, &mut b, cap, attempt);
    let mut transaction = chain.transaction(b.finish());
    transaction.gas_payment.budget = 5_000_000_000;
    chain.execute(&transaction).expect("accepted")
}

/// Authorize, upgrade and commit; the receipt.
fn authorize(chain: &Chain, b: &mut Builder, cap: Address, attempt: Attempt) -> Argument {
    let cap = chain.ledger.object(&cap).expect("the capability");
    let cap = b.object(&cap);
    let arguments = vec![cap, b.pure(&attempt.policy), b.pure(&attempt.digest)];
    let ticket = b.call(
        (Address::TWO, "package", "authorize_upgrade"),
        vec![],
        arguments,
    );
    let receipt = b.command(Command::Upgrade(Upgrade {
        modules: attempt.modules,
        dependencies: attempt.dependencies,
        package: attempt.package,
        ticket,
    }));
    b.call(
        (Address::TWO, "package", "commit_upgrade"),
        vec![],
        vec![cap, receipt],
    )
}

fn cap_of(executed: &ExecutedTransaction) -> Address {
    of_type(executed, "UpgradeCap").object_id()
}

fn package_of(executed: &ExecutedTransaction) -> Address {
    let mut objects = executed.output_objects.iter();
    let package = objects.find(|object| object.as_struct().is_none());
    package.expect("a package is written").object_id()
}

/// The dependent, linked to one of the test package's versions.
fn dependent(first: Address, linked: Address) -> CompiledPackage {
    let dependency = PublishedDependency::new("base", first);
    let mut compiled = compile_at("tests/move/upgrade/dependent", &[dependency]);
    relink(&mut compiled, first, linked);
    compiled
}

/// Depend on another version of a package. Bytecode names the first version whichever is meant.
fn relink(compiled: &mut CompiledPackage, from: Address, to: Address) {
    for id in &mut compiled.dependencies {
        if *id == from {
            *id = to;
        }
    }
    compiled.digest = digest(&compiled.modules, &compiled.dependencies);
}

/// The digest of a package, worked out apart from the ledger.
fn digest(modules: &[Vec<u8>], dependencies: &[Address]) -> [u8; 32] {
    use sui_sdk_types::hash::Hasher;
    let mut parts: Vec<Vec<u8>> = modules
        .iter()
        .map(|module| Hasher::digest(module).as_bytes().to_vec())
        .chain(dependencies.iter().map(|id| id.as_bytes().to_vec()))
        .collect();
    parts.sort();
    Hasher::digest(parts.concat()).into_inner()
}
