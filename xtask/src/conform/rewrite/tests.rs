//! What these tests prove: test code becomes what each purpose asks for, on the same lines, and nothing else is touched.

use super::*;

fn machine(text: &str) -> Result<String, LexError> {
    rewrite(text, Purpose::Machine)
}

fn official(text: &str) -> Result<String, LexError> {
    let all = tests(text)?.into_iter().map(|test| test.name).collect();
    rewrite(text, Purpose::Official(&all))
}

#[test]
fn tests_become_functions_of_a_mode_of_their_own() -> Result<(), LexError> {
    assert_eq!(
        machine(
            "module a::b;\n#[test, expected_failure(abort_code = E)]\nfun f() {}\n#[test_only]\nuse x::y;\n"
        )?,
        "module a::b;\n#[mode(test, conform)]\nfun f() {}\n#[mode(test, conform)]\nuse x::y;\n"
    );
    assert_eq!(
        machine(
            "module a::b;\n#[mode(test, spec)]\nfun f() {}\n#[test]\n#[expected_failure]\nfun g() {}"
        )?,
        "module a::b;\n#[mode(test, spec, conform)]\nfun f() {}\n#[mode(test, conform)]\n\nfun g() {}"
    );
    Ok(())
}

#[test]
fn the_official_runner_is_not_told_what_to_expect() -> Result<(), LexError> {
    assert_eq!(
        official(
            "module a::b;\n#[test, expected_failure(\n  abort_code = E // why\n)]\n#[allow(unused)]\nfun f() {}"
        )?,
        "module a::b;\n#[test]\n\n\n#[allow(unused)]\nfun f() {}"
    );
    let nobody = BTreeSet::new();
    assert_eq!(
        rewrite(
            "module a::b;\n#[test] fun f() {}",
            Purpose::Official(&nobody)
        )?,
        "module a::b;\n#[test_only] fun f() {}"
    );
    Ok(())
}

#[test]
fn tests_that_others_run_are_left_out() -> Result<(), LexError> {
    let text = "module a::b;\n#[test] fun f() {}\n#[test, expected_failure] fun g() {}\n#[test_only] fun h() {}\n\
        #[random_test] fun i(x: u8) {}\n#[random_test] fun j(x: u8) {}";
    let wanted: BTreeSet<TestName> = tests(text)?
        .into_iter()
        .map(|test| test.name)
        .filter(|name| ["f", "i__case_0"].contains(&name.function.as_str()))
        .collect();
    assert_eq!(
        rewrite(text, Purpose::OfficialAlone(&wanted))?,
        "module a::b;\n#[test] fun f() {}\n#[mode(conform_never)] fun g() {}\n#[test_only] fun h() {}\n\
        #[test_only] fun i(x: u8) {} #[test] fun i__case_0() { i(0x0u8); }\n#[mode(conform_never)] fun j(x: u8) {}"
    );
    Ok(())
}

#[test]
fn the_tests_of_a_dependency_are_left_out() -> Result<(), LexError> {
    assert_eq!(
        rewrite(
            "module a::b;\n#[test, expected_failure] fun f() {}\n#[test_only] fun g() {}",
            Purpose::MachineDependency
        )?,
        "module a::b;\n#[mode(conform_never)] fun f() {}\n#[mode(test, conform)] fun g() {}"
    );
    Ok(())
}

#[test]
fn comments_and_strings_are_left_alone() -> Result<(), LexError> {
    let text = "/// #[test]\nmodule a::b;\n// #[test_only]\nfun f(): vector<u8> { b\"#[test] fun g() {}\" }\n/* #[test] fun h() {} */";
    assert_eq!(machine(text)?, text);
    assert_eq!(tests(text)?, []);
    Ok(())
}

#[test]
fn lines_stay_where_they_are() -> Result<(), LexError> {
    let text = "module a::b;\n#[\n  allow(\n   unused // x\n ),\n  test_only\n]\nfun f() {}\n#[random_test]\nfun r(x: u8) {\n}\nfun last() {}";
    for rewritten in [machine(text)?, official(text)?] {
        let line = |text: &str, what: &str| text.lines().position(|line| line.contains(what));
        for what in ["fun f()", "fun r(", "fun last()"] {
            assert_eq!(line(&rewritten, what), line(text, what), "{rewritten}");
        }
        Source::read(&rewritten)?;
    }
    Ok(())
}

#[test]
fn tests_are_named_by_module_whatever_its_form() -> Result<(), LexError> {
    let text = "module 0x1::a { #[test] fun one() {} }\nmodule b::c { #[test] public entry fun two() {} #[test] native fun no(); }\n\
        address d { module e { #[test] fun three() {} } }";
    let names: Vec<String> = tests(text)?
        .iter()
        .map(|test| test.name.to_string())
        .collect();
    assert_eq!(
        names,
        ["0x1::a::one", "b::c::two", "b::c::no", "d::e::three"]
    );
    Ok(())
}

#[test]
fn a_test_with_arguments_is_called_with_them() -> Result<(), LexError> {
    let text = "module a::b;\n#[test(x = @0x5, y = 7)]\nfun f(y: u64, x: address) {}\n";
    assert_eq!(
        machine(text)?,
        "module a::b;\n#[mode(test, conform)]\nfun f(y: u64, x: address) {} #[mode(test, conform)] fun f__case_0() { f(7, @0x5); }\n"
    );
    let random =
        "module a::b;\n#[random_test]\nfun f(x: u8, v: vector<vector<u16>>, mut b: bool) {}\n";
    let cases = tests(random)?;
    assert_eq!(cases.len(), 8);
    let rewritten = machine(random)?;
    assert!(
        rewritten.contains("fun f__case_0() { f(0x0u8, vector<vector<u16>>[], "),
        "{rewritten}"
    );
    assert!(
        rewritten.contains("fun f__case_1() { f(0xffu8, "),
        "{rewritten}"
    );
    assert_eq!(rewritten, machine(random)?);
    let signer = tests("module a::b;\n#[test(s = @0x1)]\nfun f(s: signer) {}\n")?;
    assert!(signer.iter().all(|test| test.obstacle.is_some()));
    Ok(())
}
