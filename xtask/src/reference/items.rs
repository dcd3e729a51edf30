//! What a module offers to others, with its documentation comments.

use std::ops::Range;

use anyhow::{Context, Result};

use crate::move_source::{Kind, Source};

/// A module, without what only its package or its tests can use.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Module {
    /// The address's name: `valet`.
    pub(super) package: String,
    pub(super) name: String,
    pub(super) docs: String,
    pub(super) types: Vec<Type>,
    pub(super) functions: Vec<Function>,
    pub(super) errors: Vec<ErrorCode>,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Type {
    pub(super) name: String,
    /// `Dapp<phantom D>`.
    pub(super) title: String,
    pub(super) is_enum: bool,
    pub(super) abilities: Vec<String>,
    pub(super) docs: String,
    /// Fields or variants.
    pub(super) members: Vec<Member>,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Member {
    /// The number of a positional field.
    pub(super) name: String,
    /// A field's type, or what a variant holds.
    pub(super) content: String,
    pub(super) docs: String,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Function {
    pub(super) name: String,
    /// The banner that it stands under: `View functions`.
    pub(super) section: String,
    pub(super) signature: String,
    pub(super) docs: String,
    /// How it is called as a method, if by another name: `Remainder.total`.
    pub(super) method: Option<String>,
    /// It is no part of other modules' interface: a transaction alone calls it.
    pub(super) is_entry_only: bool,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct ErrorCode {
    pub(super) code: u64,
    pub(super) name: String,
    pub(super) message: String,
    pub(super) docs: String,
}

impl Type {
    pub(super) fn is_object(&self) -> bool {
        self.abilities.iter().any(|ability| ability == "key")
    }

    /// The house style has every event, and nothing else, say what emits it.
    pub(super) fn is_event(&self) -> bool {
        self.docs.starts_with("Emitted by")
    }
}

impl Module {
    /// # Errors
    /// No module label in the file, or an error code that is no number.
    pub(super) fn read(source: &Source<'_>) -> Result<Self> {
        let mut reader = Reader {
            source,
            module: Self::default(),
            methods: Vec::new(),
        };
        let mut at = 0;
        while at < source.tokens.len() {
            at = reader.item(at)?;
        }
        let Reader {
            mut module,
            methods,
            ..
        } = reader;
        anyhow::ensure!(!module.name.is_empty(), "the file has no module label");
        for (function, method) in methods {
            if let Some(function) = module.functions.iter_mut().find(|f| f.name == function) {
                function.method = Some(method);
            }
        }
        Ok(module)
    }
}

struct Reader<'s, 't> {
    source: &'s Source<'t>,
    module: Module,
    methods: Vec<(String, String)>,
}

impl Reader<'_, '_> {
    /// Reads the item that begins with this token; answers with the token after it.
    fn item(&mut self, start: usize) -> Result<usize> {
        let source = self.source;
        let mut attributes = Vec::new();
        let mut at = start;
        while source.at(at) == "#" {
            let close = source.partner(at + 1);
            attributes.push(at + 2..close);
            at = close + 1;
        }
        let modifiers = at;
        while matches!(source.at(at), "public" | "entry" | "native" | "macro" | "(") {
            at = source.partner(at) + 1;
        }
        let is_public = source.at(modifiers) == "public" && source.at(modifiers + 1) != "(";
        let is_entry = (modifiers..at).any(|token| source.at(token) == "entry");
        let is_for_tests = attributes.iter().any(|attribute| {
            attribute
                .clone()
                .any(|token| matches!(source.at(token), "test_only" | "test"))
        });
        let docs = docs_before(source.text, source.span(start..start + 1).start);
        let name = source.at(at + 1).to_owned();
        match source.at(at) {
            "module" => {
                let end = self.find(at, &[";", "{"]);
                self.module.package = name;
                self.module.name = source.at(end.saturating_sub(1)).to_owned();
                self.module.docs = docs;
                Ok(end + 1)
            }
            "const" => {
                let end = self.find(at, &[";"]);
                if let Some(code) = error_code(source, &attributes)? {
                    let message = (at..end).find(|token| source.kind(*token) == Some(Kind::Text));
                    self.module.errors.push(ErrorCode {
                        code,
                        name,
                        message: literal(message.map_or("", |token| source.at(token))),
                        docs,
                    });
                }
                Ok(end + 1)
            }
            "struct" | "enum" => {
                let (item, end) = self.data_type(at, docs);
                if !is_for_tests {
                    self.module.types.push(item);
                }
                Ok(end)
            }
            "fun" => {
                let end = self.find(at, &["{", ";"]);
                if (is_public || is_entry) && !is_for_tests {
                    let span = source.span(modifiers..end);
                    self.module.functions.push(Function {
                        name,
                        section: banner_before(source.text, span.start),
                        signature: source.text.get(span).unwrap_or("").to_owned(),
                        docs,
                        method: None,
                        is_entry_only: !is_public,
                    });
                }
                Ok(source.partner(end) + 1)
            }
            "use" => {
                let end = self.find(at, &[";"]);
                // public use fun name as Type.method;
                if is_public && name == "fun" && end >= at + 7 {
                    let method = source.text.get(source.span(at + 4..end)).unwrap_or("");
                    self.methods
                        .push((source.at(at + 2).to_owned(), method.to_owned()));
                }
                Ok(end + 1)
            }
            _ => Ok(at + 1),
        }
    }

    fn data_type(&self, keyword: usize, docs: String) -> (Type, usize) {
        let source = self.source;
        let name = keyword + 1;
        let title_end = self.find(name, &["{", "(", "has", ";"]);
        let mut abilities = Vec::new();
        let mut members = Vec::new();
        let mut at = title_end;
        // Abilities stand before the fields, or after positional ones.
        loop {
            match source.at(at) {
                "has" | "," => at += 1,
                "{" | "(" => {
                    let is_braced = source.at(at) == "{";
                    let close = source.partner(at);
                    members = self.members(at + 1..close, source.at(keyword) == "enum");
                    at = close + 1;
                    if is_braced {
                        break;
                    }
                }
                word if source.kind(at) == Some(Kind::Word)
                    && matches!(word, "key" | "store" | "copy" | "drop") =>
                {
                    abilities.push(word.to_owned());
                    at += 1;
                }
                ";" => {
                    at += 1;
                    break;
                }
                _ => break,
            }
        }
        let item = Type {
            name: source.at(name).to_owned(),
            title: one_line(source.text, source.span(name..title_end)),
            is_enum: source.at(keyword) == "enum",
            abilities,
            docs,
            members,
        };
        (item, at)
    }

    fn members(&self, inside: Range<usize>, are_variants: bool) -> Vec<Member> {
        let source = self.source;
        let mut members: Vec<Member> = Vec::new();
        let mut start = inside.start;
        while start < inside.end {
            let end = self.end_of_member(start..inside.end);
            let is_named = source.at(start + 1) == ":";
            let (name, content) = if are_variants {
                (source.at(start).to_owned(), start + 1..end)
            } else if is_named {
                (source.at(start).to_owned(), start + 2..end)
            } else {
                (members.len().to_string(), start..end)
            };
            members.push(Member {
                name,
                content: one_line(source.text, source.span(content)),
                docs: docs_before(source.text, source.span(start..start + 1).start),
            });
            start = end + 1;
        }
        members
    }

    /// The comma that ends a field or variant, outside of all brackets.
    fn end_of_member(&self, tokens: Range<usize>) -> usize {
        let mut depth = 0_usize;
        let mut at = tokens.start;
        while at < tokens.end {
            match self.source.at(at) {
                "<" => depth += 1,
                ">" => depth = depth.saturating_sub(1),
                "," if depth == 0 => break,
                _ => {}
            }
            at = self.source.partner(at).max(at) + 1;
        }
        at.min(tokens.end)
    }

    /// The next of these, outside of brackets other than itself.
    fn find(&self, from: usize, wanted: &[&str]) -> usize {
        let mut at = from;
        while at < self.source.tokens.len() && !wanted.contains(&self.source.at(at)) {
            at = self.source.partner(at).max(at) + 1;
        }
        at
    }
}

/// The number in `#[error(code = 3)]`.
fn error_code(source: &Source<'_>, attributes: &[Range<usize>]) -> Result<Option<u64>> {
    let Some(attribute) = attributes.iter().find(|a| source.at(a.start) == "error") else {
        return Ok(None);
    };
    let number = attribute
        .clone()
        .find(|token| source.kind(*token) == Some(Kind::Number))
        .map(|token| source.at(token))
        .context("an error has no code")?;
    Ok(Some(number.parse().with_context(|| number.to_owned())?))
}

/// What a byte string says.
fn literal(token: &str) -> String {
    let inner = token.strip_prefix("b\"").unwrap_or(token);
    let inner = inner.strip_suffix('"').unwrap_or(inner);
    inner.replace("\\\"", "\"").replace("\\\\", "\\")
}

fn one_line(text: &str, span: Range<usize>) -> String {
    let words: Vec<&str> = text.get(span).unwrap_or("").split_whitespace().collect();
    words.join(" ")
}

/// The documentation comment on the lines above, if what begins here is the first on its line.
fn docs_before(text: &str, offset: usize) -> String {
    let before = text.get(..offset).unwrap_or("");
    let (above, indentation) = before.rsplit_once('\n').unwrap_or(("", before));
    if !indentation.trim().is_empty() {
        return String::new();
    }
    let mut lines: Vec<&str> = above
        .lines()
        .rev()
        .map_while(|line| line.trim_start().strip_prefix("///"))
        .map(|line| line.strip_prefix(' ').unwrap_or(line))
        .collect();
    lines.reverse();
    lines.join("\n")
}

/// The last banner `// === Name ===` above.
fn banner_before(text: &str, offset: usize) -> String {
    let before = text.get(..offset).unwrap_or("");
    let name = before.lines().rev().find_map(|line| {
        let name = line.strip_prefix("// === ")?;
        name.strip_suffix(" ===")
    });
    name.unwrap_or("Functions").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODULE: &str = r#"/// What it is.
///
/// More.
module a::b;

use std::string::String;

public use fun other_total as Other.total;

/// When it is zero.
#[error(code = 3)]
const EZero: vector<u8> =
    b"It is \"zero\".";
const LIMIT: u64 = 1;

/// Held by all.
public struct Thing<phantom D> has key, store {
    id: UID,
    /// By
    /// name.
    map: Map<String, vector<u8>>,
    last: Option<u64>,
}

/// Emitted by `make`.
public struct Made(u64, address) has copy, drop;

public struct Empty()

public enum State has drop {
    /// At rest.
    Idle,
    Busy(u64),
}

#[test_only]
public struct Fake has drop {}

// === Public functions ===

/// Makes one.
///
/// #### Aborts
/// - `EZero` if zero.
#[allow(lint(x))]
public fun make<D>(
    a: u64,
): Thing<D> { if (a == 0) { abort EZero }; f() }

public fun other_total(self: &Other): u64 { 1 }
public macro fun each<$D: drop>($f: |&mut $D|) { $f() }
public(package) fun hidden() {}
/// For transactions.
entry fun act(_: u64) {}
fun private() {}

#[test_only]
public fun make_for_testing() {}
"#;

    fn module() -> Result<Module> {
        Module::read(&Source::read(MODULE)?)
    }

    #[test]
    fn a_module_has_its_own_words() -> Result<()> {
        let module = module()?;
        assert_eq!((module.package.as_str(), module.name.as_str()), ("a", "b"));
        assert_eq!(module.docs, "What it is.\n\nMore.");
        assert!(Module::read(&Source::read("fun f() {}")?).is_err());
        Ok(())
    }

    #[test]
    fn errors_have_code_name_message_and_condition() -> Result<()> {
        let expected = ErrorCode {
            code: 3,
            name: "EZero".into(),
            message: "It is \"zero\".".into(),
            docs: "When it is zero.".into(),
        };
        assert_eq!(module()?.errors, [expected]);
        Ok(())
    }

    #[test]
    fn types_have_abilities_and_members() -> Result<()> {
        let types = module()?.types;
        let names: Vec<&str> = types.iter().map(|t| t.name.as_str()).collect();
        assert_eq!(names, ["Thing", "Made", "Empty", "State"]);
        let [thing, made, empty, state] = &types[..] else {
            anyhow::bail!("four types");
        };
        assert_eq!(thing.title, "Thing<phantom D>");
        assert!(thing.is_object() && !thing.is_event() && !thing.is_enum);
        let member = |name: &str, content: &str, docs: &str| Member {
            name: name.into(),
            content: content.into(),
            docs: docs.into(),
        };
        assert_eq!(
            thing.members,
            [
                member("id", "UID", ""),
                member("map", "Map<String, vector<u8>>", "By\nname."),
                member("last", "Option<u64>", ""),
            ]
        );
        assert!(made.is_event());
        assert_eq!(made.abilities, ["copy", "drop"]);
        assert_eq!(
            made.members,
            [member("0", "u64", ""), member("1", "address", "")]
        );
        assert_eq!((empty.members.len(), empty.abilities.len()), (0, 0));
        assert!(state.is_enum);
        assert_eq!(
            state.members,
            [member("Idle", "", "At rest."), member("Busy", "(u64)", "")]
        );
        Ok(())
    }

    #[test]
    fn functions_are_those_that_others_can_call() -> Result<()> {
        let functions = module()?.functions;
        let names: Vec<&str> = functions.iter().map(|f| f.name.as_str()).collect();
        assert_eq!(names, ["make", "other_total", "each", "act"]);
        let [make, total, each, act] = &functions[..] else {
            anyhow::bail!("four functions");
        };
        assert_eq!(
            make.signature,
            "public fun make<D>(\n    a: u64,\n): Thing<D>"
        );
        assert_eq!(make.docs, "Makes one.\n\n#### Aborts\n- `EZero` if zero.");
        assert_eq!(make.section, "Public functions");
        assert_eq!(total.method.as_deref(), Some("Other.total"));
        assert_eq!(
            each.signature,
            "public macro fun each<$D: drop>($f: |&mut $D|)"
        );
        assert!(act.is_entry_only && !make.is_entry_only);
        Ok(())
    }
}
