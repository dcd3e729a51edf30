//! Which functions a file has, which of them are tests, and where their bodies are.

use std::ops::Range;

use super::{Kind, Source};

/// A module and its functions.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Module {
    pub(crate) name: String,
    pub(crate) functions: Vec<Function>,
}

/// A function with a body.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Function {
    pub(crate) name: String,
    /// The token that is its name.
    pub(crate) at: usize,
    /// The tokens between its braces.
    pub(crate) body: Range<usize>,
    pub(crate) returns_value: bool,
    pub(crate) role: Role,
}

/// What a function is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// It is published.
    Code,
    /// It exists only while testing.
    TestSupport,
    /// The runner runs it.
    Test,
}

pub(super) fn modules(source: &Source<'_>) -> Vec<Module> {
    let mut scanner = Scanner {
        source,
        at: 0,
        modules: Vec::new(),
        module_is_for_tests: false,
    };
    scanner.scan();
    scanner.modules
}

struct Scanner<'s, 't> {
    source: &'s Source<'t>,
    at: usize,
    modules: Vec<Module>,
    module_is_for_tests: bool,
}

impl Scanner<'_, '_> {
    fn scan(&mut self) {
        let source = self.source;
        let mut role = Role::Code;
        while self.at < source.tokens.len() {
            match source.at(self.at) {
                "#" => {
                    let (open, close) = (self.at + 1, source.partner(self.at + 1));
                    role = attribute(source, open + 1..close).unwrap_or(role);
                    self.at = close + 1;
                    continue;
                }
                "module" => {
                    self.module(role != Role::Code);
                    role = Role::Code;
                }
                "fun" => {
                    self.function(role);
                    role = Role::Code;
                }
                "use" | "const" | "friend" => {
                    self.at = self.find(&[";"]);
                    role = Role::Code;
                }
                "struct" | "enum" => {
                    self.at = self.find(&["{", ";"]);
                    self.at = source.partner(self.at);
                    role = Role::Code;
                }
                _ => {}
            }
            self.at += 1;
        }
    }

    /// The next of these symbols outside of brackets other than itself.
    fn find(&self, symbols: &[&str]) -> usize {
        let mut at = self.at;
        while at < self.source.tokens.len() {
            if symbols.contains(&self.source.at(at)) {
                break;
            }
            at = self.source.partner(at).max(at) + 1;
        }
        at
    }

    /// Enters a module; one in braces that is for tests alone is passed over only in name, its functions marked.
    fn module(&mut self, is_for_tests: bool) {
        let end = self.find(&["{", ";"]);
        let name = end.checked_sub(1).map_or("", |last| self.source.at(last));
        self.modules.push(Module {
            name: name.to_owned(),
            functions: Vec::new(),
        });
        self.module_is_for_tests = is_for_tests;
        self.at = end;
    }

    fn function(&mut self, role: Role) {
        let source = self.source;
        let name = self.at + 1;
        if source.kind(name) != Some(Kind::Word) {
            return;
        }
        let end = self.find(&["{", ";"]);
        let parameters = {
            let mut at = name;
            while at < end && source.at(at) != "(" {
                at += 1;
            }
            source.partner(at)
        };
        if source.at(end) == "{"
            && let Some(module) = self.modules.last_mut()
        {
            module.functions.push(Function {
                name: source.at(name).to_owned(),
                at: name,
                body: end + 1..source.partner(end),
                returns_value: source.at(parameters + 1) == ":",
                role: match role {
                    Role::Code if self.module_is_for_tests => Role::TestSupport,
                    role => role,
                },
            });
        }
        self.at = source.partner(end);
    }
}

/// What an attribute says about the role of what follows it.
fn attribute(source: &Source<'_>, tokens: Range<usize>) -> Option<Role> {
    let mut found = None;
    let mut at = tokens.start;
    while at < tokens.end {
        match source.at(at) {
            "test" | "random_test" => return Some(Role::Test),
            "test_only" => found = Some(Role::TestSupport),
            "mode" if source.at(at + 2) == "test" => found = Some(Role::TestSupport),
            _ => {}
        }
        at = source.partner(at).max(at) + 1;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::move_source::LexError;

    fn roles(text: &str) -> Result<Vec<(String, Role, bool)>, LexError> {
        let modules = Source::read(text)?.modules();
        Ok(modules
            .into_iter()
            .flat_map(|module| module.functions)
            .map(|function| (function.name, function.role, function.returns_value))
            .collect())
    }

    #[test]
    fn functions_are_found_among_everything_else() -> Result<(), LexError> {
        let text = "/// fun no(): u8 {}\nmodule a::b;\nuse x::{y, z};\npublic use fun c as S.d;\n\
            const E: vector<u8> = b\"fun no() {}\";\npublic struct S<phantom T> has drop { a: u8 }\n\
            public struct P(u64) has drop;\npublic native fun n(): u8;\n\
            public(package) fun c<T: copy + drop>(s: &S<T>): u8 { s.a }\n\
            public macro fun m<$T>($f: |&$T| -> bool) { $f() }\nentry fun e() { if (true) { } }\n";
        assert_eq!(
            roles(text)?,
            [
                ("c".to_owned(), Role::Code, true),
                ("m".to_owned(), Role::Code, false),
                ("e".to_owned(), Role::Code, false)
            ]
        );
        Ok(())
    }

    #[test]
    fn test_code_is_told_apart() -> Result<(), LexError> {
        let text = "module a::b;\n#[test_only]\nuse x::y;\nfun code() {}\n#[allow(test)]\nfun allowed() {}\n\
            #[test, expected_failure(abort_code = b::E)]\nfun fails() {}\n#[test]\n#[expected_failure]\nfun older() {}\n\
            #[mode(test)]\nfun moded() {}\n#[test_only]\nfun helper() {}\n#[random_test]\nfun random(x: u8) {}\n";
        let roles: Vec<Role> = roles(text)?.into_iter().map(|(_, role, _)| role).collect();
        use Role::{Code, Test, TestSupport};
        assert_eq!(
            roles,
            [Code, Code, Test, Test, TestSupport, TestSupport, Test]
        );
        Ok(())
    }

    #[test]
    fn a_module_for_tests_holds_test_code_alone() -> Result<(), LexError> {
        let text = "#[test_only]\nmodule a::b;\nfun f() {}\n";
        assert_eq!(roles(text)?[0].1, Role::TestSupport);
        let text = "#[test_only]\nmodule a::b { fun f() {} }\nmodule a::c { fun g() {} }\n";
        let roles: Vec<Role> = roles(text)?.into_iter().map(|(_, role, _)| role).collect();
        assert_eq!(roles, [Role::TestSupport, Role::Code]);
        Ok(())
    }
}
