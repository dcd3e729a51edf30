//! Programs that make objects: fresh ids, ids of dynamic fields and of derived objects, and the bytes of objects.

use std::fmt::Write;

use super::{expression::expression, random::Random, scope::Scope, types::Type};

/// Statements of a program.
const STATEMENTS: u64 = 12;

/// A program that returns the digest of its transaction, the bytes of all that it saw, and an object.
pub(super) fn function(random: &mut Random, program: u64) -> String {
    let mut body = Body {
        random,
        text: format!(
            "public fun p{program}(ctx: &mut TxContext): (vector<u8>, vector<u8>, Thing) {{\n    \
             let mut out = vector<u8>[];\n"
        ),
        things: Vec::new(),
        fields: Vec::new(),
        count: 0,
    };
    body.make();
    for _ in 0..1 + body.random.below(STATEMENTS) {
        body.statement();
    }
    body.finish()
}

/// A dynamic field that was added, most likely still there.
#[derive(Clone, Debug)]
struct Field {
    /// The variable of the object it is on.
    on: String,
    /// The variable of its name.
    key: String,
    key_type: Type,
    holds: Holds,
}

#[derive(Clone, Debug)]
enum Holds {
    Value(Type),
    /// What was in this variable.
    Object(String),
}

#[derive(Debug)]
struct Body<'r> {
    random: &'r mut Random,
    text: String,
    /// Variables that hold an object.
    things: Vec<String>,
    fields: Vec<Field>,
    /// Names that were given.
    count: u32,
}

impl Body<'_> {
    fn name(&mut self, kind: &str) -> String {
        self.count += 1;
        format!("{kind}{}", self.count)
    }

    fn line(&mut self, text: &str) {
        let _ = writeln!(self.text, "    {text}");
    }

    /// Adds the bytes of a value to the result.
    fn show(&mut self, value: &str) {
        self.line(&format!("out.append(std::bcs::to_bytes(&{value}));"));
    }

    fn value(&mut self, of: &Type) -> String {
        expression(self.random, &Scope::default(), of)
    }

    fn thing(&mut self) -> String {
        self.random.pick(&self.things).clone()
    }

    /// A variable with a name for a field.
    fn key(&mut self) -> (String, Type) {
        let of = Type::any(self.random, 1);
        let value = self.value(&of);
        let key = self.name("k");
        self.line(&format!("let {key}: {of} = {value};"));
        (key, of)
    }

    /// A field that was added. Now and then not on the object it was added to.
    fn field(&mut self) -> Option<(usize, Field)> {
        let within_reach: Vec<(usize, Field)> = self
            .fields
            .iter()
            .enumerate()
            .filter(|(_, field)| self.things.contains(&field.on))
            .map(|(index, field)| (index, field.clone()))
            .collect();
        if within_reach.is_empty() {
            return None;
        }
        let (index, mut field) = self.random.pick(&within_reach).clone();
        if self.random.once_in(24) {
            field.on = self.thing();
        }
        Some((index, field))
    }

    fn pack(&mut self, id: &str) -> String {
        let value = self.value(&Type::U64);
        let data = self.value(&Type::Vector(Box::new(Type::Int(8))));
        let name = self.name("t");
        self.line(&format!(
            "let mut {name} = {{ let value: u64 = {value}; let data: vector<u8> = {data}; Thing {{ id: {id}, value, data }} }};"
        ));
        self.things.push(name.clone());
        name
    }

    fn make(&mut self) {
        self.pack("object::new(ctx)");
    }

    fn statement(&mut self) {
        match self.random.below(16) {
            0 | 1 => self.make(),
            2..=4 => self.add_value(),
            5 | 6 => self.add_object(),
            7..=10 => self.use_field(),
            11 => self.show("ctx.fresh_object_address()"),
            12 => {
                let thing = self.thing();
                let (key, of) = self.key();
                self.show(&format!(
                    "derived_object::derive_address<{of}>({thing}.id.to_inner(), {key})"
                ));
            }
            13 => {
                let thing = self.thing();
                let (key, of) = self.key();
                self.pack(&format!(
                    "derived_object::claim<{of}>(&mut {thing}.id, {key})"
                ));
            }
            14 => self.end(),
            _ => {
                let thing = self.thing();
                let value = self.value(&Type::U64);
                self.line(&format!("{thing}.value = {value};"));
                self.show(&thing);
            }
        }
    }

    fn add_value(&mut self) {
        let on = self.thing();
        let (key, key_type) = self.key();
        let of = Type::any(self.random, 2);
        let value = self.value(&of);
        self.line(&format!(
            "{{ let value: {of} = {value}; field::add<{key_type}, {of}>(&mut {on}.id, {key}, value); }};"
        ));
        self.fields.push(Field {
            on,
            key,
            key_type,
            holds: Holds::Value(of),
        });
    }

    fn add_object(&mut self) {
        if self.things.len() < 2 {
            return self.make();
        }
        let child = self.take();
        let on = self.thing();
        let (key, key_type) = self.key();
        self.line(&format!(
            "object_field::add<{key_type}, Thing>(&mut {on}.id, {key}, {child});"
        ));
        self.fields.push(Field {
            on,
            key,
            key_type,
            holds: Holds::Object(child),
        });
    }

    /// An object that is moved somewhere; there is another.
    fn take(&mut self) -> String {
        let index =
            1 + usize::try_from(self.random.below(self.things.len() as u64 - 1)).unwrap_or(0);
        self.things.remove(index)
    }

    fn use_field(&mut self) {
        let Some((index, field)) = self.field() else {
            return self.add_value();
        };
        let Field {
            on,
            key,
            key_type,
            holds,
        } = field;
        match holds {
            Holds::Value(of) => match self.random.below(5) {
                0 => {
                    self.fields.remove(index);
                    // Now and then as another type than it has.
                    let of = match self.random.once_in(12) {
                        true => Type::any(self.random, 1),
                        false => of,
                    };
                    self.show(&format!(
                        "field::remove<{key_type}, {of}>(&mut {on}.id, {key})"
                    ));
                }
                1 => self.show(&format!(
                    "field::exists_with_type<{key_type}, {of}>(&{on}.id, {key})"
                )),
                2 => self.show(&format!("field::exists_<{key_type}>(&{on}.id, {key})")),
                3 => self.show(&format!(
                    "*field::borrow<{key_type}, {of}>(&{on}.id, {key})"
                )),
                _ => {
                    let value = self.value(&of);
                    self.line(&format!(
                        "{{ let value: {of} = {value}; *field::borrow_mut<{key_type}, {of}>(&mut {on}.id, {key}) = value; }};"
                    ));
                }
            },
            Holds::Object(child) => match self.random.below(4) {
                0 => {
                    self.fields.remove(index);
                    let name = self.name("t");
                    self.line(&format!(
                        "let mut {name} = object_field::remove<{key_type}, Thing>(&mut {on}.id, {key});"
                    ));
                    self.show(&name);
                    for field in self.fields.iter_mut().filter(|field| field.on == child) {
                        field.on.clone_from(&name);
                    }
                    self.things.push(name);
                }
                1 => self.show(&format!("object_field::id<{key_type}>(&{on}.id, {key})")),
                2 => {
                    let value = self.value(&Type::U64);
                    self.line(&format!(
                        "{{ let value: u64 = {value}; object_field::borrow_mut<{key_type}, Thing>(&mut {on}.id, {key}).value = value; }};"
                    ));
                }
                _ => self.show(&format!(
                    "object_field::borrow<{key_type}, Thing>(&{on}.id, {key}).data"
                )),
            },
        }
    }

    /// Deletes an object, or puts it into another.
    fn end(&mut self) {
        if self.things.len() < 2 {
            return self.make();
        }
        let thing = self.take();
        match self.random.once_in(3) {
            true => self.line(&format!(
                "transfer::share_object(Shell {{ id: object::new(ctx), inner: {thing} }});"
            )),
            false => self.line(&format!(
                "{{ let Thing {{ id, value, data }} = {thing}; \
                 out.append(data); out.append(std::bcs::to_bytes(&value)); id.delete(); }};"
            )),
        }
    }

    fn finish(mut self) -> String {
        let returned = self.things.remove(0);
        for thing in std::mem::take(&mut self.things) {
            self.show(&thing);
            let ending = match self.random.below(3) {
                0 => format!("transfer::share_object({thing});"),
                1 => format!("transfer::freeze_object({thing});"),
                _ => format!(
                    "transfer::transfer({thing}, @0x{:x});",
                    1 + self.random.below(99)
                ),
            };
            self.line(&ending);
        }
        self.line(&format!("(*ctx.digest(), out, {returned})"));
        self.text.push_str("}\n\n");
        self.text
    }
}
