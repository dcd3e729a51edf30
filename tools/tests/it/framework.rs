//! The framework: complete, at its addresses, compiled once.

use std::{fs, thread};

use sui_sdk_types::Address;
use valet_toolchain::{Error, Event, Toolchain};

use crate::fixture::{Events, TestResult, Workspace, compiling, from_cache};

const NAME: &str = "the Sui framework";

#[test]
fn the_framework_is_whole_and_compiled_once() -> TestResult {
    let workspace = Workspace::new()?;
    let (toolchain, events) = workspace.toolchain()?;

    let framework = toolchain.framework()?;
    assert_eq!(events.take(), [compiling(NAME)]);
    let [std, sui] = framework.packages.as_slice() else {
        return Err("two packages expected".into());
    };
    let one = Address::from_hex("0x1")?;
    assert_eq!((std.id, std.modules.len()), (one, 22));
    assert_eq!((sui.id, sui.modules.len()), (Address::TWO, 62));
    assert!(std.dependencies.is_empty());
    assert_eq!(sui.dependencies, [one]);
    let has = |name: &str| sui.modules.iter().any(|module| module.name == name);
    assert!(has("object") && has("dynamic_field") && has("derived_object") && has("clock"));
    assert!(!has("test_scenario"), "test-only modules are not published");

    // From the cache, by this toolchain and by another: nothing is compiled.
    assert_eq!(toolchain.framework()?, framework);
    assert_eq!(events.take(), [from_cache(NAME)]);
    let (other, other_events) = workspace.toolchain()?;
    assert_eq!(other.framework()?, framework);
    assert_eq!(other_events.take(), [from_cache(NAME)]);

    // A torn file is noticed, and made again as it was.
    let entries = workspace.cache_entries()?;
    let [entry] = entries.as_slice() else {
        return Err("one entry expected".into());
    };
    let good = fs::read(entry)?;
    fs::write(entry, &good[..good.len() / 2])?;
    assert_eq!(toolchain.framework()?, framework);
    let rejected = Event::CacheRejected {
        path: entry.clone(),
    };
    assert_eq!(events.take(), [rejected, compiling(NAME)]);
    assert_eq!(fs::read(entry)?, good);
    Ok(())
}

#[test]
fn a_cached_framework_needs_no_node() -> TestResult {
    let workspace = Workspace::new()?;
    let without_node = || {
        Toolchain::builder()
            .with_cache_dir(workspace.path(".valet"))
            .with_path(workspace.path("nowhere"))
            .locate()
    };
    let Err(error) = without_node()?.framework() else {
        return Err("compiled without a compiler".into());
    };
    assert!(matches!(error, Error::NodeMissing { .. }), "{error}");
    let framework = workspace.toolchain()?.0.framework()?;
    assert_eq!(without_node()?.framework()?, framework);
    Ok(())
}

#[test]
fn toolchains_that_start_together_compile_once() -> TestResult {
    let workspace = Workspace::new()?;
    let (builder, events) = Events::observe(Toolchain::builder());
    let toolchain = builder.with_cache_dir(workspace.path(".valet")).locate()?;
    let (first, second) = thread::scope(|scope| {
        let other = scope.spawn(|| toolchain.framework());
        (toolchain.framework(), other.join())
    });
    assert_eq!(first?, second.map_err(|_| "a thread panicked")??);
    let mut seen = events.take();
    seen.sort_by_key(|event| *event != compiling(NAME));
    assert_eq!(seen, [compiling(NAME), from_cache(NAME)]);
    Ok(())
}
