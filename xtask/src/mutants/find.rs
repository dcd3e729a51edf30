//! Every single change to a source file that weakens, inverts or drops a guard.

use std::{collections::BTreeSet, fmt, ops::Range};

use crate::move_source::{Function, Kind as TokenKind, LexError, Role, Source, position};

/// What is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Change {
    /// A guard or an effect is gone.
    Removal,
    /// A condition is the opposite.
    Negation,
    /// A comparison includes its limit or no longer does, or is the opposite.
    Comparison,
    /// `&&` and `||`, `true` and `false`, `!`.
    Logic,
    /// `+` and `-`, `*` and `/`, bits.
    Arithmetic,
    /// An abort has another code.
    AbortCode,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Removal => "removal",
            Self::Negation => "negation",
            Self::Comparison => "comparison",
            Self::Logic => "logic",
            Self::Arithmetic => "arithmetic",
            Self::AbortCode => "abort code",
        })
    }
}

/// One change to one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mutant {
    pub(crate) file: String,
    pub(crate) module: String,
    pub(crate) function: String,
    pub(crate) change: Change,
    pub(crate) line: usize,
    pub(crate) column: usize,
    /// The lines concerned as they are, and as they become.
    pub(crate) before: String,
    pub(crate) after: String,
    span: Range<usize>,
    replacement: String,
}

impl Mutant {
    /// The whole file with the change.
    pub(crate) fn apply(&self, text: &str) -> String {
        let mut changed = text.to_owned();
        changed.replace_range(self.span.clone(), &self.replacement);
        changed
    }
}

/// Finds the mutants of a file, in the order of its text.
pub(crate) fn mutants(file: &str, text: &str) -> Result<Vec<Mutant>, LexError> {
    let source = Source::read(text)?;
    let mut found = Vec::new();
    for module in source.modules() {
        for function in &module.functions {
            if function.role == Role::Code {
                let mut finder = Finder::new(&source, function);
                finder.find();
                found.extend(
                    finder
                        .edits
                        .into_iter()
                        .map(|edit| edit.into_mutant(file, text, &module.name, &function.name)),
                );
            }
        }
    }
    Ok(found)
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Edit {
    start: usize,
    end: usize,
    change: Change,
    replacement: String,
}

impl Edit {
    fn into_mutant(self, file: &str, text: &str, module: &str, function: &str) -> Mutant {
        let (line, column) = position(text, self.start);
        let first = text[..self.start].rfind('\n').map_or(0, |at| at + 1);
        let last = text[self.end..]
            .find('\n')
            .map_or(text.len(), |at| self.end + at);
        let after = [
            &text[first..self.start],
            &self.replacement,
            &text[self.end..last],
        ]
        .concat();
        Mutant {
            file: file.to_owned(),
            module: module.to_owned(),
            function: function.to_owned(),
            change: self.change,
            line,
            column,
            before: text[first..last].to_owned(),
            after,
            span: self.start..self.end,
            replacement: self.replacement,
        }
    }
}

/// Words after which an operand starts, not an operator.
const KEYWORDS: &[&str] = &[
    "abort", "as", "break", "continue", "copy", "else", "if", "in", "let", "loop", "match", "move",
    "mut", "return", "while",
];

struct Finder<'s, 't> {
    source: &'s Source<'t>,
    function: &'s Function,
    /// Tokens that enclose types or a lambda's parameters.
    delimiters: BTreeSet<usize>,
    /// Operators whose change is the same as the negation of the condition around them.
    negations: BTreeSet<usize>,
    edits: BTreeSet<Edit>,
}

impl<'s, 't> Finder<'s, 't> {
    fn new(source: &'s Source<'t>, function: &'s Function) -> Self {
        Self {
            source,
            function,
            delimiters: delimiters(source, function.body.clone()),
            negations: BTreeSet::new(),
            edits: BTreeSet::new(),
        }
    }

    fn find(&mut self) {
        // Conditions first: they say which operators need no change of their own.
        for at in self.function.body.clone() {
            self.guard(at);
        }
        for at in self.function.body.clone() {
            self.operator(at);
            if self.starts_statement(at) {
                self.statement(at);
            }
        }
    }

    fn edit(&mut self, change: Change, tokens: Range<usize>, replacement: impl Into<String>) {
        let span = self.source.span(tokens);
        self.edits.insert(Edit {
            start: span.start,
            end: span.end,
            change,
            replacement: replacement.into(),
        });
    }

    fn text(&self, tokens: Range<usize>) -> &'t str {
        self.source.text.get(self.source.span(tokens)).unwrap_or("")
    }

    /// `assert!(…)`, `if (…)`, `while (…)` and `abort …`.
    fn guard(&mut self, at: usize) {
        let source = self.source;
        match source.at(at) {
            "assert" if source.at(at + 1) == "!" && source.at(at + 2) == "(" => {
                let close = source.partner(at + 2);
                let end = self.end_of_argument(at + 3, close);
                self.condition(at + 3..end);
                if source.at(close + 1) == ";" {
                    self.edit(Change::Removal, at..close + 2, "");
                } else {
                    self.edit(Change::Removal, at..close + 1, "()");
                }
            }
            "if" | "while" if source.at(at + 1) == "(" => {
                self.condition(at + 2..source.partner(at + 1));
            }
            "abort" => {
                let mut end = at + 1;
                while end < self.function.body.end
                    && !matches!(source.at(end), ";" | "," | ")" | "}" | "else")
                {
                    end = source.partner(end).max(end) + 1;
                }
                self.edit(Change::Removal, at..end, "()");
                let code = if self.text(at + 1..end) == "0" {
                    "abort 1"
                } else {
                    "abort 0"
                };
                self.edit(Change::AbortCode, at..end, code);
            }
            _ => {}
        }
    }

    /// The first comma between a macro's arguments, or the end of them.
    fn end_of_argument(&self, start: usize, close: usize) -> usize {
        let mut types = 0_usize;
        let mut at = start;
        while at < close {
            match self.source.at(at) {
                "<" if self.delimiters.contains(&at) => types += 1,
                ">" if self.delimiters.contains(&at) => types = types.saturating_sub(1),
                "," if types == 0 => break,
                _ => {}
            }
            at = self.source.partner(at).max(at) + 1;
        }
        at
    }

    fn condition(&mut self, tokens: Range<usize>) {
        if tokens.is_empty() {
            return;
        }
        let text = self.text(tokens.clone());
        self.edit(Change::Negation, tokens.clone(), format!("!({text})"));

        let mut equality = None;
        let mut at = tokens.start;
        while at < tokens.end {
            match self.source.at(at) {
                "&&" | "||" => return,
                "==" | "!=" => equality = Some(at),
                _ => {}
            }
            at = self.source.partner(at).max(at) + 1;
        }
        if let Some(at) = equality {
            self.negations.insert(at);
        } else if self.source.at(tokens.start) == "!" {
            self.negations.insert(tokens.start);
        }
    }

    fn operator(&mut self, at: usize) {
        if self.delimiters.contains(&at) || self.negations.contains(&at) {
            return;
        }
        let source = self.source;
        let symbol = source.at(at);
        let is_binary = self.ends_operand(at.wrapping_sub(1));
        let (change, replacement) = match symbol {
            // Two of them are a shift; the second is passed over.
            ">" if source.at(at + 1) == ">" && source.touches_previous(at + 1) => {
                self.edit(Change::Arithmetic, at..at + 2, "<<");
                return;
            }
            ">" if source.at(at - 1) == ">" && source.touches_previous(at) => return,
            "<" => (Change::Comparison, "<="),
            "<=" => (Change::Comparison, "<"),
            ">" => (Change::Comparison, ">="),
            ">=" => (Change::Comparison, ">"),
            "==" => (Change::Comparison, "!="),
            "!=" => (Change::Comparison, "=="),
            "&&" => (Change::Logic, "||"),
            "||" if is_binary => (Change::Logic, "&&"),
            "!" if !is_binary => (Change::Logic, ""),
            "true" => (Change::Logic, "false"),
            "false" => (Change::Logic, "true"),
            "<<" => (Change::Arithmetic, ">>"),
            "+" => (Change::Arithmetic, "-"),
            "-" => (Change::Arithmetic, "+"),
            "+=" => (Change::Arithmetic, "-="),
            "-=" => (Change::Arithmetic, "+="),
            "*=" => (Change::Arithmetic, "/="),
            "/=" => (Change::Arithmetic, "*="),
            "*" if is_binary => (Change::Arithmetic, "/"),
            "/" => (Change::Arithmetic, "*"),
            "%" => (Change::Arithmetic, "/"),
            "&" if is_binary => (Change::Arithmetic, "|"),
            "|" if is_binary => (Change::Arithmetic, "&"),
            "^" => (Change::Arithmetic, "&"),
            _ => return,
        };
        self.edit(change, at..at + 1, replacement);
    }

    /// Whether a value ends with this token, so that what follows connects it with another.
    fn ends_operand(&self, at: usize) -> bool {
        let source = self.source;
        match source.at(at) {
            ")" => !matches!(
                source.at(source.partner(at).wrapping_sub(1)),
                "if" | "while" | "match"
            ),
            "]" => true,
            // The end of the types in `f<T>` is followed by arguments, never by an operator.
            word => match source.kind(at) {
                Some(TokenKind::Word) => {
                    // The name of a macro is followed by `!`.
                    !KEYWORDS.contains(&word)
                }
                Some(TokenKind::Number | TokenKind::Text) => true,
                _ => false,
            },
        }
    }

    fn starts_statement(&self, at: usize) -> bool {
        at == self.function.body.start
            || matches!(self.source.at(at.wrapping_sub(1)), ";" | "{" | "}")
    }

    /// Drops a statement that has an effect: a call, or an assignment to something that outlives the function.
    fn statement(&mut self, start: usize) {
        let source = self.source;
        let first = source.at(start);
        let starts_place = first == "*" || source.kind(start) == Some(TokenKind::Word);
        if !starts_place
            || KEYWORDS.contains(&first)
            || matches!(first, "for" | "use" | "const" | "assert")
        {
            return;
        }
        let mut assignment = None;
        let mut end = start;
        loop {
            match source.at(end) {
                ";" => break,
                "=" | "+=" | "-=" | "*=" | "/=" => assignment = assignment.or(Some(end)),
                // No statement but the field of a struct, or the arm of a match.
                "," | "=>" | ":" | "}" | ")" | "]" => break,
                _ => {}
            }
            end = source.partner(end).max(end) + 1;
            if end >= self.function.body.end {
                end = self.function.body.end;
                break;
            }
        }
        let is_last = end == self.function.body.end && !self.function.returns_value;
        if source.at(end) != ";" && !is_last {
            return;
        }
        let has_effect = match assignment {
            Some(at) => first == "*" || (start..at).any(|token| source.at(token) == "."),
            None => end > start && source.at(end - 1) == ")",
        };
        if has_effect {
            let end = if source.at(end) == ";" { end + 1 } else { end };
            self.edit(Change::Removal, start..end, "");
        }
    }
}

/// The `<` and `>` around types, by the compiler's own rule that the former touches what it belongs to; and the `|`
/// around the parameters of a lambda.
fn delimiters(source: &Source<'_>, tokens: Range<usize>) -> BTreeSet<usize> {
    let mut found = BTreeSet::new();
    // Brackets that are open: types close only within the brackets in which they were opened.
    let mut open: Vec<&str> = Vec::new();
    let mut in_lambda = false;
    for at in tokens {
        match source.at(at) {
            "<" if source.touches_previous(at)
                && at > 0
                && source.kind(at - 1) == Some(TokenKind::Word) =>
            {
                found.insert(at);
                open.push("<");
            }
            ">" if open.last() == Some(&"<") => {
                found.insert(at);
                open.pop();
            }
            bracket @ ("(" | "[" | "{") => open.push(bracket),
            ")" | "]" | "}" => {
                // What looked like types and was not ends here, too.
                while open.pop().is_some_and(|opened| opened == "<") {}
            }
            "|" if in_lambda => {
                found.insert(at);
                in_lambda = false;
            }
            "|" if at > 0 && matches!(source.at(at - 1), "(" | ",") => {
                found.insert(at);
                in_lambda = true;
            }
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTHING: [&str; 0] = [];

    /// What a body becomes, one mutant a line.
    fn changes(body: &str) -> Result<Vec<String>, LexError> {
        let text = format!("module a::b;\nfun f() {{\n{body}\n}}\n");
        let found = mutants("sources/b.move", &text)?;
        Ok(found.into_iter().map(|mutant| mutant.after).collect())
    }

    #[test]
    fn an_assert_is_removed_negated_and_moved_by_one() -> Result<(), LexError> {
        assert_eq!(
            changes("assert!(now < end, ELate);")?,
            [
                "",
                "assert!(!(now < end), ELate);",
                "assert!(now <= end, ELate);"
            ]
        );
        assert_eq!(
            changes("assert!(a.b<T, U>(c))")?,
            ["()", "assert!(!(a.b<T, U>(c)))"]
        );
        Ok(())
    }

    #[test]
    fn an_equality_alone_is_only_negated() -> Result<(), LexError> {
        assert_eq!(changes("if (a == b) return;")?, ["if (!(a == b)) return;"]);
        assert_eq!(changes("if (!a) return;")?, ["if (!(!a)) return;"]);
        assert_eq!(
            changes("if (a == b || !c) return;")?,
            [
                "if (!(a == b || !c)) return;",
                "if (a != b || !c) return;",
                "if (a == b && !c) return;",
                "if (a == b || c) return;"
            ]
        );
        Ok(())
    }

    #[test]
    fn types_references_and_lambdas_are_no_operators() -> Result<(), LexError> {
        assert_eq!(
            changes("let x: &mut S<vector<u8>> = g<T>(&y, *z); v.do!(|a, b| *a); w.f!(|| &c)")?,
            [
                "let x: &mut S<vector<u8>> = g<T>(&y, *z);  w.f!(|| &c)",
                "let x: &mut S<vector<u8>> = g<T>(&y, *z); v.do!(|a, b| *a); "
            ]
        );
        assert_eq!(changes("if (c) *x else &y")?, ["if (!(c)) *x else &y"]);
        Ok(())
    }

    #[test]
    fn arithmetic_is_inverted() -> Result<(), LexError> {
        assert_eq!(
            changes("let x = a + *b * 2 - c;")?,
            [
                "let x = a - *b * 2 - c;",
                "let x = a + *b / 2 - c;",
                "let x = a + *b * 2 + c;"
            ]
        );
        assert_eq!(
            changes("let x = m >> 1 & 2 | 1 << n;")?,
            [
                "let x = m << 1 & 2 | 1 << n;",
                "let x = m >> 1 | 2 | 1 << n;",
                "let x = m >> 1 & 2 & 1 << n;",
                "let x = m >> 1 & 2 | 1 >> n;"
            ]
        );
        Ok(())
    }

    #[test]
    fn effects_are_dropped_and_declarations_are_not() -> Result<(), LexError> {
        assert_eq!(changes("self.calls = 0;")?, [""]);
        assert_eq!(changes("*calls = 0;")?, [""]);
        assert_eq!(changes("calls = 0; let S { a, b: c } = s;")?, NOTHING);
        assert_eq!(changes("hub.assert_version();")?, [""]);
        assert_eq!(changes("let s = S { a: f(), b: g() };")?, NOTHING);
        assert_eq!(changes("match (x) { A => f(), _ => g() };")?, NOTHING);
        Ok(())
    }

    #[test]
    fn a_last_call_is_dropped_unless_it_is_the_value() -> Result<(), LexError> {
        assert_eq!(changes("f();\ng()")?, ["", ""]);
        let text = "module a::b;\nfun f(): u8 {\ng()\n}\n";
        assert_eq!(mutants("b.move", text)?, []);
        Ok(())
    }

    #[test]
    fn an_abort_is_removed_and_changed() -> Result<(), LexError> {
        assert_eq!(
            changes("if (c) abort ELate else g();")?,
            [
                "if (!(c)) abort ELate else g();",
                "if (c) () else g();",
                "if (c) abort 0 else g();"
            ]
        );
        Ok(())
    }

    #[test]
    fn only_published_functions_are_changed_and_only_their_code() -> Result<(), LexError> {
        let text = "module a::b;\nconst C: u64 = 1 + 2;\n#[test_only]\nfun t() { f(); }\n\
            #[test]\nfun u() { f(); }\nfun f() {\n    // assert!(a < b);\n    let x = b\"a < b\";\n    g(x);\n}\n";
        let found = mutants("sources/b.move", text)?;
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].line, found[0].column), (10, 5));
        assert_eq!(found[0].before, "    g(x);");
        assert_eq!(found[0].apply(text), text.replace("g(x);", ""));
        Ok(())
    }

    #[test]
    fn a_guard_over_several_lines_is_shown_whole() -> Result<(), LexError> {
        let text = "module a::b;\nfun f() {\n    assert!(\n        a,\n        E,\n    );\n}\n";
        let found = mutants("sources/b.move", text)?;
        assert_eq!(
            found[0].before,
            "    assert!(\n        a,\n        E,\n    );"
        );
        assert_eq!(found[0].after, "    ");
        Ok(())
    }
}
