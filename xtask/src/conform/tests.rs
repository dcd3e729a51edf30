//! What this test proves, with both real machines: where ours computes something else than the official one, that is noticed and
//! told by the test's name and both verdicts. That they agree is for `cargo xtask test` to show.

use super::*;

fn machines() -> Result<(Toolchain, Machine)> {
    // Where all tests are built together, it is there already.
    let built = std::env::current_exe().ok().and_then(|this| {
        let program = this.parent()?.parent()?.join("valet-move-tests");
        program.is_file().then_some(program)
    });
    let machine = match built {
        Some(program) => Machine::at(&program),
        None => Machine::build()?,
    };
    Ok((toolchain()?, machine))
}

fn odd(toolchain: &Toolchain) -> Result<Subject> {
    let [odd, ..] = ODD;
    Subject::package(toolchain, &crate::project::root().join(odd))
}

/// Our machine gets a program in which a sum is a difference, as if it added wrongly.
#[test]
fn a_machine_that_computes_something_else_is_noticed() -> Result<()> {
    let (toolchain, machine) = machines()?;
    let official = odd(&toolchain)?;
    let wrong = odd(&toolchain)?.with_text("weight(tree: &Tree)", "sum + weight", "sum - weight");
    let (totals, lines) = compared(&toolchain, &machine, &official, &wrong)?;
    assert_eq!((totals.disagree, totals.excluded), (1, 0));
    assert!(totals.agree > 60, "{totals:?}");
    assert_eq!(
        lines,
        ["disagree: odd::values::enums: official: passed; ours: arithmetic error in values"]
    );
    Ok(())
}

/// Some tests of a package call others, so that none can be left out of it.
#[test]
fn tests_may_be_run_a_few_at_a_time() -> Result<()> {
    let toolchain = toolchain()?;
    let folder = tempfile::tempdir()?;
    std::fs::create_dir(folder.path().join("sources"))?;
    let manifest = "[package]\nname = \"few\"\nedition = \"2024\"\n";
    std::fs::write(folder.path().join("Move.toml"), manifest)?;
    let apart = "module few::a;\n#[test] fun f() {}\n#[test] fun g() { abort 7 }\n#[test] fun h() { abort 8 }\n";
    for (text, at_once) in [
        (apart.to_owned(), 1),
        (apart.to_owned(), 2),
        (format!("{apart}#[test] fun i() {{ g() }}\n"), 3),
    ] {
        std::fs::write(folder.path().join("sources/a.move"), &text)?;
        let subject = Subject::package(&toolchain, folder.path())?;
        let tests: BTreeSet<TestName> =
            subject.tests.iter().map(|test| test.name.clone()).collect();
        let found = official::run(
            &toolchain,
            &tests,
            &BTreeSet::new(),
            at_once,
            &|batch, others| subject.official(batch, others),
        )?;
        let told: Vec<String> = found.outcomes.values().map(ToString::to_string).collect();
        let expected = [
            "passed",
            "abort code 7 in a",
            "abort code 8 in a",
            "abort code 7 in a",
        ];
        assert_eq!(told, expected[..tests.len()], "{at_once} at once");
        assert!(found.strangers.is_empty());
    }
    Ok(())
}
