//! Move source in which tests are something else: for the official runner, tests that say how they end instead of whether
//! that was expected; for our machine, ordinary functions.
//!
//! The compiler leaves test code out of bytecode, and with its own test mode it puts something in that cannot be loaded. So test
//! code is marked for a mode of our own as well, [`MODE`], in which it is compiled and keeps the liberties that test code has
//! (calling `init`, making a one-time witness). Nothing moves to another line, since abort codes hold line numbers.

use std::collections::BTreeSet;

use super::arguments::{Argument, arguments};
use super::attributes::{Attribute, Entry, EntryKind, Group, groups};
use crate::move_source::{Kind, LexError, Source};

/// The compiler mode in which test code is ordinary code.
pub(super) const MODE: &str = "conform";
/// A mode that nothing is compiled in.
const NEVER: &str = "conform_never";

/// What a file is rewritten for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Purpose<'a> {
    /// The official runner, which is to run these tests.
    Official(&'a BTreeSet<TestName>),
    /// The same, without the tests that it is not to run.
    OfficialAlone(&'a BTreeSet<TestName>),
    /// Our machine.
    Machine,
    /// Our machine, as a dependency: its own tests are left out.
    MachineDependency,
}

/// Which function a test is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct TestName {
    /// The address as the source writes it; empty where it does not.
    pub(super) address: String,
    pub(super) module: String,
    pub(super) function: String,
}

impl std::fmt::Display for TestName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            address,
            module,
            function,
        } = self;
        let separator = if address.is_empty() { "" } else { "::" };
        write!(f, "{address}{separator}{module}::{function}")
    }
}

/// A test as it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FoundTest {
    pub(super) name: TestName,
    /// Why nothing can run it here; empty if something can.
    pub(super) obstacle: Option<&'static str>,
}

/// The tests of a file; one that takes arguments is several, each with its own.
pub(super) fn tests(text: &str) -> Result<Vec<FoundTest>, LexError> {
    let source = Source::read(text)?;
    let mut found = Vec::new();
    for function in test_functions(&source) {
        let (names, obstacle) = match &function.cases {
            Cases::Itself => (vec![function.name.clone()], None),
            Cases::Calls(calls) => (calls.iter().map(|(name, _)| name.clone()).collect(), None),
            Cases::Impossible(why) => (vec![function.name.clone()], Some(*why)),
        };
        let tests = names.into_iter().map(|name| FoundTest { name, obstacle });
        found.extend(tests);
    }
    Ok(found)
}

/// The addresses at which a file declares modules, as it writes them.
pub(super) fn module_addresses(text: &str) -> Result<BTreeSet<String>, LexError> {
    let source = Source::read(text)?;
    let headers = modules(&source).into_iter();
    Ok(headers.map(|header| header.address).collect())
}

/// The text of a file for a purpose.
pub(super) fn rewrite(text: &str, purpose: Purpose<'_>) -> Result<String, LexError> {
    let source = Source::read(text)?;
    let functions = test_functions(&source);
    let mut edits: Vec<(std::ops::Range<usize>, String)> = Vec::new();
    for (index, group) in groups(&source).iter().enumerate() {
        let function = functions.iter().find(|function| function.group == index);
        for attribute in &group.attributes {
            let marker = |entry: &Entry| mark(&source, purpose, function, entry);
            if let Some(text) = attribute_text(&source, attribute, marker) {
                edits.push((source.span(attribute.tokens.clone()), text));
            }
        }
        if let Some(function) = function {
            let end = source.span(function.end..function.end + 1).end;
            edits.push((end..end, calls(purpose, function)));
        }
    }
    edits.sort_by_key(|(range, _)| range.start);
    let mut rewritten = String::with_capacity(text.len());
    let mut at = 0;
    for (range, replacement) in edits {
        rewritten.push_str(text.get(at..range.start).unwrap_or(""));
        rewritten.push_str(&replacement);
        at = range.end;
    }
    rewritten.push_str(text.get(at..).unwrap_or(""));
    Ok(rewritten)
}

/// What becomes of an entry of an attribute: another text, or nothing at all.
enum Mark {
    Keep,
    Drop,
    Replace(String),
}

fn mark(
    source: &Source<'_>,
    purpose: Purpose<'_>,
    function: Option<&TestFunction>,
    entry: &Entry,
) -> Mark {
    let both = || Mark::Replace(format!("mode(test, {MODE})"));
    match (entry.kind, purpose) {
        (EntryKind::ExpectedFailure, _) => Mark::Drop,
        (EntryKind::Test | EntryKind::RandomTest, Purpose::Official(wanted)) => {
            let runs = function.is_some_and(|function| {
                matches!(function.cases, Cases::Itself) && wanted.contains(&function.name)
            });
            let text = if runs { "test" } else { "test_only" };
            Mark::Replace(text.to_owned())
        }
        (EntryKind::Test | EntryKind::RandomTest, Purpose::OfficialAlone(wanted)) => {
            let is_needed = function.is_some_and(|function| match &function.cases {
                Cases::Calls(calls) => calls.iter().any(|(name, _)| wanted.contains(name)),
                Cases::Itself | Cases::Impossible(_) => wanted.contains(&function.name),
            });
            match is_needed {
                true => mark(source, Purpose::Official(wanted), function, entry),
                false => Mark::Replace(format!("mode({NEVER})")),
            }
        }
        (EntryKind::Test | EntryKind::RandomTest, Purpose::Machine) => both(),
        (EntryKind::Test | EntryKind::RandomTest, Purpose::MachineDependency) => {
            Mark::Replace(format!("mode({NEVER})"))
        }
        (EntryKind::TestOnly, Purpose::Machine | Purpose::MachineDependency) => {
            if source.at(entry.tokens.start) == "mode" {
                let inside = entry.tokens.start + 2..entry.tokens.end.saturating_sub(1);
                let modes = source.text.get(source.span(inside)).unwrap_or("test");
                Mark::Replace(format!("mode({}, {MODE})", modes.trim_end_matches(',')))
            } else {
                both()
            }
        }
        _ => Mark::Keep,
    }
}

/// The attribute with its entries replaced, on as many lines as before; `None` if nothing changes.
fn attribute_text(
    source: &Source<'_>,
    attribute: &Attribute,
    mark: impl Fn(&Entry) -> Mark,
) -> Option<String> {
    let mut kept: Vec<String> = Vec::new();
    let mut changed = false;
    for entry in &attribute.entries {
        let text = source.text.get(source.span(entry.tokens.clone()));
        match mark(entry) {
            // A line break inside would be counted twice, and a comment inside would swallow what follows.
            Mark::Keep => kept.push(one_line(source, entry, text.unwrap_or(""))),
            Mark::Drop => changed = true,
            Mark::Replace(text) => {
                changed = true;
                kept.push(text);
            }
        }
    }
    if !changed {
        return None;
    }
    let before = source.text.get(source.span(attribute.tokens.clone()))?;
    let lines = "\n".repeat(before.matches('\n').count());
    Some(if kept.is_empty() {
        lines
    } else {
        format!("#[{}]{lines}", kept.join(", "))
    })
}

/// The entry's tokens with single spaces where there was anything between them.
fn one_line(source: &Source<'_>, entry: &Entry, text: &str) -> String {
    if !text.contains('\n') && !text.contains("//") {
        return text.to_owned();
    }
    let tokens: Vec<&str> = entry.tokens.clone().map(|at| source.at(at)).collect();
    tokens.join(" ")
}

/// Functions behind a test, on its last line, that call it with arguments.
fn calls(purpose: Purpose<'_>, function: &TestFunction) -> String {
    let Cases::Calls(calls) = &function.cases else {
        return String::new();
    };
    let mut text = String::new();
    for (name, arguments) in calls {
        let attribute = match purpose {
            Purpose::Official(wanted) | Purpose::OfficialAlone(wanted) if wanted.contains(name) => {
                "test".to_owned()
            }
            Purpose::Official(_) | Purpose::OfficialAlone(_) | Purpose::MachineDependency => {
                continue;
            }
            Purpose::Machine => format!("mode(test, {MODE})"),
        };
        text.push_str(&format!(
            " #[{attribute}] fun {}() {{ {}({arguments}); }}",
            name.function, function.name.function
        ));
    }
    text
}

/// A function that the official runner would run.
struct TestFunction {
    name: TestName,
    /// Which of the file's groups of attributes is its own.
    group: usize,
    /// Its last token.
    end: usize,
    cases: Cases,
}

enum Cases {
    /// It takes nothing.
    Itself,
    /// Names of functions to add, and the arguments each passes.
    Calls(Vec<(TestName, String)>),
    Impossible(&'static str),
}

fn test_functions(source: &Source<'_>) -> Vec<TestFunction> {
    let modules = modules(source);
    let mut functions = Vec::new();
    for (index, group) in groups(source).iter().enumerate() {
        let random = group.entry(EntryKind::RandomTest);
        let Some(entry) = group.entry(EntryKind::Test).or(random) else {
            continue;
        };
        let Some((name_at, end)) = function_after(source, group) else {
            continue;
        };
        let place = modules.iter().rev().find(|module| module.at < name_at);
        let Some(place) = place else { continue };
        let name = TestName {
            address: place.address.clone(),
            module: place.name.clone(),
            function: source.at(name_at).to_owned(),
        };
        let cases = match arguments(source, entry, name_at, &name) {
            Argument::None => Cases::Itself,
            Argument::Lists(lists) => Cases::Calls(
                lists
                    .into_iter()
                    .enumerate()
                    .map(|(case, list)| {
                        let function = format!("{}__case_{case}", name.function);
                        let name = TestName {
                            function,
                            ..name.clone()
                        };
                        (name, list)
                    })
                    .collect(),
            ),
            Argument::Impossible(why) => Cases::Impossible(why),
        };
        functions.push(TestFunction {
            name,
            group: index,
            end,
            cases,
        });
    }
    functions
}

/// The name and the last token of the function that the attributes stand before.
fn function_after(source: &Source<'_>, group: &Group) -> Option<(usize, usize)> {
    const ITEMS: [&str; 8] = [
        "fun", "struct", "enum", "const", "use", "module", "friend", "spec",
    ];
    let mut at = group.item;
    while !ITEMS.contains(&source.at(at)) {
        if at >= source.tokens.len() || source.at(at) == "{" {
            return None;
        }
        at = source.partner(at).max(at) + 1;
    }
    if source.at(at) != "fun" || source.kind(at + 1) != Some(Kind::Word) {
        return None;
    }
    let name = at + 1;
    let mut body = name;
    while body < source.tokens.len() && source.at(body) != "{" && source.at(body) != ";" {
        body = source.partner(body).max(body) + 1;
    }
    (body < source.tokens.len()).then(|| (name, source.partner(body).max(body)))
}

/// A module's header.
struct Header {
    at: usize,
    address: String,
    name: String,
}

fn modules(source: &Source<'_>) -> Vec<Header> {
    let mut headers = Vec::new();
    let mut block_address = String::new();
    for at in 0..source.tokens.len() {
        if source.kind(at) != Some(Kind::Word) {
            continue;
        }
        // `address a { module m { … } }`, as Move was once written.
        if source.at(at) == "address" && source.at(at + 2) == "{" {
            source.at(at + 1).clone_into(&mut block_address);
        }
        let is_spec = at > 0 && source.at(at - 1) == "spec";
        if source.at(at) != "module" || source.at(at + 1) == "::" || is_spec {
            continue;
        }
        let (address, name) = if source.at(at + 2) == "::" {
            (source.at(at + 1).to_owned(), source.at(at + 3))
        } else {
            (block_address.clone(), source.at(at + 1))
        };
        headers.push(Header {
            at,
            address,
            name: name.to_owned(),
        });
    }
    headers
}

#[cfg(test)]
mod tests;
