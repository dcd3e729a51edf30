//! Packages to bytecode: addresses, digest, cache, errors.

use blake2::{Blake2b, Digest, digest::consts::U32};
use sui_sdk_types::Address;
use valet_toolchain::{CompiledPackage, Error, PublishedDependency};

use crate::fixture::{TestResult, Workspace, compiling, from_cache};

const LIB: &str = "module lib::lib;\npublic fun one(): u64 { 1 }\n";
const MID: &str = "module mid::mid;\npublic fun two(): u64 { lib::lib::one() + 1 }\n";
const APP: &str = "module app::app;\nconst LIB: address = @lib;\npublic fun lib(): address { LIB }\npublic fun three(): u64 { mid::mid::two() + lib::lib::one() }\n";

/// The rule for upgrade tickets: hash each module and take each dependency's id, sort, hash the concatenation.
fn expected_digest(package: &CompiledPackage) -> Vec<u8> {
    let modules = package
        .modules
        .iter()
        .map(|module| Blake2b::<U32>::digest(module).to_vec());
    let dependencies = package.dependencies.iter().map(|id| id.as_bytes().to_vec());
    let mut parts: Vec<Vec<u8>> = modules.chain(dependencies).collect();
    parts.sort();
    Blake2b::<U32>::digest(parts.concat()).to_vec()
}

fn names(package: &CompiledPackage, id: Address) -> bool {
    let contains = |module: &Vec<u8>| {
        module
            .windows(Address::LENGTH)
            .any(|part| part == id.as_bytes())
    };
    package.modules.iter().any(contains)
}

#[test]
fn a_package_is_compiled_once_until_its_sources_change() -> TestResult {
    let workspace = Workspace::new()?;
    let (toolchain, events) = workspace.toolchain()?;
    let path = workspace.package("lib", &[], LIB)?;

    let package = toolchain.build(&path, &[])?;
    assert_eq!(events.take(), [compiling("lib")]);
    assert_eq!(package.modules.len(), 1);
    assert_eq!(
        package.dependencies,
        [Address::from_hex("0x1")?, Address::TWO]
    );
    assert_eq!(package.digest.to_vec(), expected_digest(&package));
    assert_eq!(package.warnings, "");

    assert_eq!(toolchain.build(&path, &[])?, package);
    assert_eq!(events.take(), [from_cache("lib")]);

    // Tests are no part of what is published.
    workspace.write(
        "lib/tests/lib_tests.move",
        "#[test_only]\nmodule lib::lib_tests;\n",
    )?;
    assert_eq!(toolchain.build(&path, &[])?, package);
    assert_eq!(events.take(), [from_cache("lib")]);

    workspace.write(
        "lib/sources/more.move",
        "module lib::more;\npublic fun four(): u64 { 4 }\n",
    )?;
    let changed = toolchain.build(&path, &[])?;
    assert_eq!(events.take(), [compiling("lib")]);
    assert_eq!(changed.modules.len(), 2);
    assert_eq!(changed.digest.to_vec(), expected_digest(&changed));
    Ok(())
}

#[test]
fn local_packages_are_linked_at_their_published_addresses() -> TestResult {
    let workspace = Workspace::new()?;
    let (toolchain, events) = workspace.toolchain()?;
    workspace.package("lib", &[], LIB)?;
    workspace.package("mid", &[("lib", "../lib")], MID)?;
    // A publication on some other network must not leak into the build.
    workspace.write("lib/Published.toml", "[published.testnet]\nchain-id = \"4c78adac\"\npublished-at = \"0xdead\"\noriginal-id = \"0xdead\"\nversion = 1\n")?;
    let app = workspace.package("app", &[("lib", "../lib"), ("mid", "../mid")], APP)?;
    let (lib, mid) = (Address::from_hex("0xaaaa")?, Address::from_hex("0xbbbb")?);
    let published = [
        PublishedDependency::new("mid", mid),
        PublishedDependency::new("lib", lib),
    ];

    let package = toolchain.build(&app, &published)?;
    assert_eq!(
        package.dependencies,
        [Address::from_hex("0x1")?, Address::TWO, lib, mid]
    );
    assert!(names(&package, lib) && names(&package, mid));
    assert!(!names(&package, Address::from_hex("0xdead")?));
    assert_eq!(package.digest.to_vec(), expected_digest(&package));
    assert_eq!(events.take(), [compiling("app")]);

    // Other addresses are put into what was compiled, wherever the compiler left room for them.
    let elsewhere = [Address::from_hex("0xcccc")?, Address::from_hex("0xdddd")?];
    let moved = toolchain.build(
        &app,
        &[
            PublishedDependency::new("lib", elsewhere[0]),
            PublishedDependency::new("mid", elsewhere[1]),
        ],
    )?;
    assert_eq!(events.take(), [from_cache("app")]);
    assert_eq!(moved.dependencies[2..], elsewhere);
    assert!(names(&moved, elsewhere[0]) && names(&moved, elsewhere[1]));
    assert!(!names(&moved, lib) && !names(&moved, mid));
    assert_eq!(moved.digest.to_vec(), expected_digest(&moved));
    assert_eq!(moved.modules[0].len(), package.modules[0].len());
    assert_eq!(toolchain.build(&app, &published)?, package);
    assert_eq!(events.take(), [from_cache("app")]);

    // A changed dependency far below is a changed input.
    workspace.write(
        "lib/sources/lib.move",
        "module lib::lib;\npublic fun one(): u64 { 11 }\n",
    )?;
    toolchain.build(&app, &published)?;
    assert_eq!(events.take(), [compiling("app")]);
    Ok(())
}

#[test]
fn publishing_needs_exactly_the_addresses_of_the_dependencies() -> TestResult {
    let workspace = Workspace::new()?;
    let (toolchain, events) = workspace.toolchain()?;
    workspace.package("lib", &[], LIB)?;
    workspace.package("mid", &[("lib", "../lib")], MID)?;
    let app = workspace.package("app", &[("mid", "../mid"), ("lib", "../lib")], APP)?;
    let mid = PublishedDependency::new("mid", Address::TWO);

    let missing = toolchain.build(&app, std::slice::from_ref(&mid));
    assert!(
        matches!(missing, Err(Error::UnpublishedDependency { dependency, .. }) if dependency == "lib")
    );

    let stranger = PublishedDependency::new("libb", Address::TWO);
    let unknown = toolchain.build(&app, &[mid, stranger]);
    let Err(Error::UnknownDependency {
        dependency, known, ..
    }) = unknown
    else {
        return Err("an unknown name was accepted".into());
    };
    assert_eq!((dependency.as_str(), known.as_str()), ("libb", "lib, mid"));
    assert_eq!(events.take(), [], "nothing was compiled for that");

    // To see whether it compiles, no address is needed.
    assert_eq!(toolchain.check(&app)?.modules, 1);
    Ok(())
}

#[test]
fn a_compile_error_is_passed_on_and_not_remembered() -> TestResult {
    let workspace = Workspace::new()?;
    let (toolchain, _) = workspace.toolchain()?;
    let path = workspace.package(
        "lib",
        &[],
        "module lib::lib;\npublic fun one(): u64 { true }\n",
    )?;
    let Err(error) = toolchain.build(&path, &[]) else {
        return Err("a type error compiled".into());
    };
    let Error::Compile {
        package,
        diagnostics,
    } = &error
    else {
        return Err(error.into());
    };
    assert_eq!(package, "lib");
    assert!(
        diagnostics.contains("sources/lib.move:2:25"),
        "{diagnostics}"
    );
    assert!(diagnostics.contains("Expected: 'u64'"), "{diagnostics}");
    assert!(!diagnostics.contains('\u{1b}'), "no colours");

    workspace.write("lib/sources/lib.move", LIB)?;
    assert_eq!(toolchain.build(&path, &[])?.modules.len(), 1);
    Ok(())
}

#[test]
fn the_linter_says_what_the_compiler_lets_pass() -> TestResult {
    let workspace = Workspace::new()?;
    let (toolchain, _) = workspace.toolchain()?;
    let clean = workspace.package("lib", &[], LIB)?;
    assert_eq!(toolchain.lint(&clean)?.warnings, "");

    let source = "module lib::lib;\npublic fun spin() { while (true) { break } }\n";
    let untidy = workspace.package("untidy", &[], &source.replace("lib", "untidy"))?;
    let report = toolchain.lint(&untidy)?;
    assert!(
        report.warnings.contains("warning[Lint"),
        "{}",
        report.warnings
    );
    assert_eq!(
        toolchain.lint(&untidy)?,
        report,
        "warnings are remembered too"
    );
    Ok(())
}

#[test]
fn the_linter_looks_at_tests_too() -> TestResult {
    let workspace = Workspace::new()?;
    let (toolchain, events) = workspace.toolchain()?;
    let path = workspace.package("lib", &[], LIB)?;
    let tests = |body: &str| {
        let text =
            format!("#[test_only]\nmodule lib::lib_tests;\n\n#[test]\nfun t() {{ {body} }}\n");
        workspace.write("lib/tests/lib_tests.move", &text)
    };
    tests("assert!(lib::lib::one() == 1);")?;
    assert_eq!(toolchain.lint(&path)?.warnings, "");

    tests("let unused = lib::lib::one();")?;
    let warnings = toolchain.lint(&path)?.warnings;
    assert!(
        warnings.starts_with("warning[W09002]: unused variable"),
        "{warnings}"
    );
    assert!(warnings.contains("tests/lib_tests.move:5"), "{warnings}");
    assert!(!warnings.contains("probe"), "{warnings}");
    assert_eq!(events.take(), [compiling("lib"), compiling("lib")]);

    tests("nothing();")?;
    let Err(Error::Compile { diagnostics, .. }) = toolchain.lint(&path) else {
        return Err("an unknown function was accepted".into());
    };
    assert!(
        diagnostics.contains("tests/lib_tests.move:5"),
        "{diagnostics}"
    );
    assert!(!diagnostics.contains("probe"), "{diagnostics}");
    Ok(())
}

#[test]
fn what_is_no_package_or_needs_the_network_is_refused() -> TestResult {
    let workspace = Workspace::new()?;
    let (toolchain, _) = workspace.toolchain()?;
    let nowhere = workspace.path("nowhere");
    assert!(
        matches!(toolchain.build(&nowhere, &[]), Err(Error::NotAPackage { path }) if path == nowhere)
    );

    workspace.write("broken/Move.toml", "[package")?;
    assert!(matches!(
        toolchain.check(&workspace.path("broken")),
        Err(Error::Manifest { .. })
    ));

    let orphan = workspace.package(
        "orphan",
        &[("lib", "../missing")],
        "module orphan::orphan;\n",
    )?;
    assert!(
        matches!(toolchain.check(&orphan), Err(Error::NotAPackage { path }) if path.ends_with("missing"))
    );

    let remote = workspace.package("remote", &[], "module remote::remote;\n")?;
    workspace.write(
        "remote/Move.toml",
        "[package]\nname = \"remote\"\nedition = \"2024\"\n[dependencies]\nfar = { git = \"https://example.com/far.git\", rev = \"main\" }\n",
    )?;
    let Err(error) = toolchain.check(&remote) else {
        return Err("a git dependency was fetched".into());
    };
    assert!(error.to_string().contains("builds are offline"), "{error}");
    Ok(())
}
