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
