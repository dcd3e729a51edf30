//! Nothing that the compiler makes is refused.

use std::path::Path;

use sui_sdk_types::Address;
use valet_localnet::vm::{CompiledModule, verify};
use valet_toolchain::{PublishedDependency, Toolchain};

use super::super::support::framework_packages;

fn accepted(name: &str, modules: &[Vec<u8>]) {
    let parsed: Vec<_> = modules
        .iter()
        .map(|bytes| CompiledModule::parse(bytes).expect("the compiler's output parses"))
        .collect();
    let outcome = verify(&parsed.iter().collect::<Vec<_>>());
    let outcome = outcome.and_then(|verified| verified.sui_rules());
    assert_eq!(outcome, Ok(()), "{name}");
}

#[test]
fn the_whole_framework_is_accepted() {
    for package in framework_packages() {
        let modules: Vec<_> = package.modules.into_values().collect();
        assert!(modules.len() > 20);
        accepted(&package.storage_id.to_string(), &modules);
    }
}

#[test]
fn valet_and_every_package_of_this_repository_are_accepted() {
    let toolchain = Toolchain::locate().expect("the Move tools are installed");
    let valet = [PublishedDependency::new(
        "valet",
        Address::from_static("0xaa"),
    )];
    let base = [PublishedDependency::new(
        "base",
        Address::from_static("0xbb"),
    )];
    let odd = [PublishedDependency::new(
        "odd_base",
        Address::from_static("0xcc"),
    )];
    for (path, dependencies) in [
        ("..", &[][..]),
        ("../game/move", &valet),
        ("../game/bazaar", &valet),
        ("../soak/move", &valet),
        ("tests/move/hostile", &[]),
        ("tests/move/objects", &[]),
        ("tests/move/opcodes", &[]),
        ("tests/move/ptb", &[]),
        ("tests/move/upgrade/v1", &[]),
        ("tests/move/upgrade/v2", &[]),
        ("tests/move/upgrade/dependent", &base),
        ("tests/conform/odd_base", &[]),
        ("tests/conform/odd_lib", &odd),
    ] {
        let package = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
        let compiled = toolchain
            .build(&package, dependencies)
            .expect("the package compiles");
        assert!(!compiled.modules.is_empty(), "{path}");
        accepted(path, &compiled.modules);
    }
}
