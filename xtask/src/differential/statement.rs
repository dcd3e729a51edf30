//! Programs that compute: declarations and statements, with whatever fails in between.

use std::fmt::Write;

use super::{
    expression::{computed, expression},
    random::Random,
    scope::Scope,
    types::Type,
};

/// Statements of a program, those inside others not counted.
const STATEMENTS: u64 = 7;

/// A program that returns the bytes of all that it computed.
pub(super) fn function(random: &mut Random, program: u64) -> String {
    let mut text = String::new();
    let mut scope = Scope::default();
    for helper in 0..random.below(3) {
        let name = format!("h{program}_{helper}");
        let parameters: Vec<Type> = (0..1 + random.below(3))
            .map(|_| Type::any(random, 1))
            .collect();
        let result = Type::any(random, 1);
        let inner = Scope {
            variables: parameters
                .iter()
                .enumerate()
                .map(|(index, of)| (format!("p{index}"), of.clone()))
                .collect(),
            functions: scope.functions.clone(),
        };
        let list: Vec<String> = parameters
            .iter()
            .enumerate()
            .map(|(index, of)| format!("p{index}: {of}"))
            .collect();
        let body = expression(random, &inner, &result);
        let _ = writeln!(
            text,
            "fun {name}({}): {result} {{ {body} }}",
            list.join(", ")
        );
        scope.functions.push((name, parameters, result));
    }
    let _ = writeln!(text, "public fun p{program}(): vector<u8> {{");
    let mut body = Body {
        random,
        scope,
        text: String::new(),
        count: 0,
    };
    for _ in 0..3 {
        body.declare();
    }
    for _ in 0..1 + body.random.below(STATEMENTS) {
        body.statement(0);
    }
    text.push_str(&body.text);
    text.push_str("    let mut out = vector<u8>[];\n");
    for (name, _) in &body.scope.variables {
        let _ = writeln!(text, "    out.append(std::bcs::to_bytes(&{name}));");
    }
    text.push_str("    out\n}\n\n");
    text
}

/// The statements of a function.
#[derive(Debug)]
struct Body<'r> {
    random: &'r mut Random,
    scope: Scope,
    text: String,
    /// Names that were given.
    count: u32,
}

impl Body<'_> {
    fn name(&mut self) -> String {
        self.count += 1;
        format!("x{}", self.count)
    }

    fn line(&mut self, text: &str) {
        let _ = writeln!(self.text, "    {text}");
    }

    fn any(&mut self, of: &Type) -> String {
        expression(self.random, &self.scope, of)
    }

    fn declare(&mut self) {
        let of = Type::any(self.random, 2);
        let value = self.any(&of);
        let name = self.name();
        self.line(&format!("let mut {name}: {of} = {value};"));
        self.scope.variables.push((name, of));
    }

    fn statement(&mut self, depth: u8) {
        match self.random.below(if depth < 2 { 13 } else { 8 }) {
            0..=2 => self.assign(),
            3 | 4 => self.change_vector(),
            5 => self.change_fields(),
            6 => self.by_reference(),
            7 => self.rarely_abort(),
            8 if depth == 0 => self.declare(),
            8 | 9 => {
                let condition = self.any(&Type::Bool);
                self.line(&format!("if (yes({condition})) {{"));
                self.block(depth);
                if self.random.once_in(2) {
                    self.line("} else {");
                    self.block(depth);
                }
                self.line("};");
            }
            10 | 11 => {
                let times = 1 + self.random.below(6);
                let index = self.name();
                self.line(&format!("let mut {index} = 0u8;"));
                self.line(&format!("while ({index} < {times}) {{"));
                self.line(&format!("{index} = {index} + 1;"));
                if self.random.once_in(3) {
                    let condition = self.any(&Type::Bool);
                    let how = *self.random.pick(&["break", "continue"]);
                    self.line(&format!("if (yes({condition})) {how};"));
                }
                self.block(depth);
                self.line("};");
            }
            _ => {
                let deep = match self.random.once_in(12) {
                    true => 2_000,
                    false => self.random.below(200),
                };
                let value = self.any(&Type::U64);
                let name = self.name();
                self.line(&format!("let mut {name} = depth({deep}) ^ {value};"));
                if depth == 0 {
                    self.scope.variables.push((name, Type::U64));
                }
            }
        }
    }

    /// Statements that declare nothing which lives on.
    fn block(&mut self, depth: u8) {
        for _ in 0..1 + self.random.below(3) {
            self.statement(depth + 1);
        }
    }

    /// Any variable that may be assigned to.
    fn variable(&mut self, wanted: fn(&Type) -> bool) -> Option<(String, Type)> {
        let found: Vec<(String, Type)> = self
            .scope
            .variables
            .iter()
            .filter(|(_, of)| wanted(of))
            .cloned()
            .collect();
        (!found.is_empty()).then(|| self.random.pick(&found).clone())
    }

    fn assign(&mut self) {
        if let Some((name, of)) = self.variable(|_| true) {
            let value = computed(self.any(&of));
            self.line(&format!("{name} = {value};"));
        }
    }

    fn change_vector(&mut self) {
        let Some((name, Type::Vector(of))) = self.variable(|of| matches!(of, Type::Vector(_)))
        else {
            return self.assign();
        };
        let value = self.any(&of);
        let index = self.any(&Type::U64);
        let guarded = !self.random.once_in(5);
        let within = format!("i % max(1, {name}.length())");
        let statement = match self.random.below(7) {
            0 | 1 => format!("{name}.push_back(value);"),
            2 if guarded => format!("if (!{name}.is_empty()) {{ {name}.pop_back(); }};"),
            2 => format!("{name}.pop_back();"),
            3 if guarded => {
                format!("i = {within}; if ({name}.length() > 1) {{ {name}.swap(0, i); }};")
            }
            3 => format!("{name}.swap(0, i);"),
            4 if guarded => {
                format!("i = {within}; if (!{name}.is_empty()) {{ *&mut {name}[i] = value; }};")
            }
            4 => format!("*&mut {name}[i] = value;"),
            5 => format!(
                "i = drained({name}, {}); {name} = vector[value];",
                self.random.once_in(2) || guarded
            ),
            _ => format!("{name}.reverse(); {name}.append(vector[value]);"),
        };
        // What is borrowed to be changed cannot be read meanwhile.
        self.line(&format!(
            "{{ let value: {of} = {value}; let mut i: u64 = {index}; {statement} }};"
        ));
    }

    fn change_fields(&mut self) {
        let composed = |of: &Type| {
            matches!(
                of,
                Type::Pair(..) | Type::Choice(_) | Type::Point | Type::Signal
            )
        };
        match self.variable(composed) {
            Some((name, Type::Pair(a, b))) => {
                let statement = match self.random.below(4) {
                    0 => {
                        let value = self.any(&a);
                        format!("{{ let value: {a} = {value}; *a_of(&mut {name}) = value; }};")
                    }
                    1 => format!("{name}.a = {};", self.any(&a)),
                    2 => format!("{name}.b = {};", self.any(&b)),
                    _ => format!("{name} = swap(swap({name}));"),
                };
                self.line(&statement);
            }
            Some((name, Type::Choice(of))) => {
                let value = self.any(&of);
                self.line(&format!(
                    "{{ let value: {of} = {value}; touch(&mut {name}, value); }};"
                ));
            }
            Some((name, Type::Point)) => {
                let statement = match self.random.below(3) {
                    0 => format!("{name} = turn({name});"),
                    1 => format!("{name}.y = {};", self.any(&Type::Int(8))),
                    _ => {
                        let by = self.any(&Type::U64);
                        format!("{{ let by: u64 = {by}; shift(&mut {name}, by); }};")
                    }
                };
                self.line(&statement);
            }
            Some((name, Type::Signal)) => {
                let statement = match self.random.below(2) {
                    0 => format!("dim(&mut {name});"),
                    _ => format!("{name} = mixed({name});"),
                };
                self.line(&statement);
            }
            _ => self.assign(),
        }
    }

    fn by_reference(&mut self) {
        if let Some((name, of)) = self.variable(|_| true) {
            let (value, other) = (self.any(&of), self.any(&of));
            self.line(&format!(
                "{{ let value: {of} = {value}; let other: {of} = {other}; \
                 let it = &mut {name}; if (peek(it) == other) *it = value; }};"
            ));
        }
    }

    fn rarely_abort(&mut self) {
        if !self.random.once_in(3) {
            return self.assign();
        }
        let condition = self.any(&Type::Bool);
        let code = self.random.next() >> (1 + self.random.below(62));
        let statement = match self.random.below(6) {
            0 => format!("if (yes({condition})) abort {code};"),
            1 => format!("assert!(yes({condition}), {code});"),
            2 => format!("if (yes({condition})) abort EBroken;"),
            3 => format!("assert!(yes({condition}));"),
            4 => {
                let (a, b) = (self.any(&Type::Int(8)), self.any(&Type::Int(8)));
                format!("lower({a}, {b});")
            }
            _ => format!("if (yes({condition})) return b\"early\";"),
        };
        self.line(&statement);
    }
}
