//! Programmable transactions in a line of text.
//!
//! Commands stand between semicolons and look like calls: `set(first, 5u64); transfer(first, r0.1, @me)`. A name without `::` is
//! a function of the test package's `calls`, or of its `more` if it begins with `more.`; `coin::value` is one of the framework.
//! `split(coin, amounts…)`, `merge(target, sources…)`, `transfer(objects…, to)`, `vec<T>(…)`, `vec(…)`, `publish(name)` and
//! `upgrade(name, ticket)` are the other commands.
//!
//! Arguments are `gas`, `r0` and `r0.1` (results), `i7` (an input by its index, whether there is one or not), and inputs by what
//! they are: `5u64`, `true`, `@me`, `@0x5`, `x"0102"` (these bytes), `"text"`, `recv.second` (a receiving input), and names of
//! objects. The same text is the same input.

use sui_sdk_types::{
    Address, Argument, Command, Input, MakeMoveVector, MergeCoins, Publish, SharedInput,
    SplitCoins, TransferObjects, TypeTag, Upgrade,
};

use super::World;
use crate::chain::{Builder, compile, framework, reference};

/// Put a transaction together.
pub(super) fn read(world: &World, text: &str) -> Builder {
    let mut reader = Reader {
        world,
        b: Builder::default(),
        inputs: Vec::new(),
    };
    for command in split(text, ';') {
        reader.command(command);
    }
    reader.b
}

/// A type as rows write it: names that begin with a capital letter are the test package's.
pub(super) fn type_tag(world: &World, text: &str) -> TypeTag {
    let mut tag = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end = rest.find([',', '<', '>', ' ']).unwrap_or(rest.len());
        let (name, tail) = rest.split_at(end);
        match name {
            "" => {
                tag.push(first);
                rest = &rest[first.len_utf8()..];
                continue;
            }
            "SUI" => tag.push_str("0x2::sui::SUI"),
            "Box" | "Noted" | "Rich" => tag.push_str(&format!("{}::more::{name}", world.package)),
            name if name.contains("::") && !name.starts_with("0x") => {
                tag.push_str(&format!("{}::{name}", world.package));
            }
            name if name.starts_with(char::is_uppercase) => {
                tag.push_str(&format!("{}::calls::{name}", world.package));
            }
            name => tag.push_str(name),
        }
        rest = tail;
    }
    tag.parse().unwrap_or_else(|_| panic!("a type: {tag}"))
}

#[derive(Debug)]
struct Reader<'w> {
    world: &'w World,
    b: Builder,
    /// The inputs so far, by their text.
    inputs: Vec<(String, Argument)>,
}

impl Reader<'_> {
    fn command(&mut self, text: &str) {
        let (head, arguments) = text
            .strip_suffix(')')
            .and_then(|text| text.split_once('('))
            .unwrap_or_else(|| panic!("a command: {text}"));
        let (name, types) = match head.split_once('<') {
            Some((name, types)) => (name, types.strip_suffix('>').expect("a list of types")),
            None => (head, ""),
        };
        let types: Vec<TypeTag> = split(types, ',')
            .map(|text| type_tag(self.world, text))
            .collect();
        if name == "publish" {
            let command = self.publish(arguments);
            self.b.command(command);
            return;
        }
        if name == "upgrade" {
            let (package, ticket) = arguments.split_once(',').expect("a package and a ticket");
            let Command::Publish(Publish {
                modules,
                dependencies,
            }) = self.publish(package.trim())
            else {
                unreachable!("publish makes a publish command");
            };
            let ticket = self.argument(ticket.trim());
            self.b.command(Command::Upgrade(Upgrade {
                modules,
                dependencies,
                package: self.world.package,
                ticket,
            }));
            return;
        }
        let arguments: Vec<Argument> = split(arguments, ',')
            .map(|text| self.argument(text))
            .collect();
        let first = || arguments.first().copied().expect("a coin");
        let rest = || arguments.get(1..).unwrap_or_default().to_vec();
        let command = match name {
            "split" => Command::SplitCoins(SplitCoins {
                coin: first(),
                amounts: rest(),
            }),
            "merge" => Command::MergeCoins(MergeCoins {
                coin: first(),
                coins_to_merge: rest(),
            }),
            "transfer" => {
                let (address, objects) = arguments.split_last().expect("an address");
                Command::TransferObjects(TransferObjects {
                    objects: objects.to_vec(),
                    address: *address,
                })
            }
            "vec" => Command::MakeMoveVector(MakeMoveVector {
                type_: types.into_iter().next(),
                elements: arguments,
            }),
            _ => {
                let package = self.world.package;
                let target = match (name.split_once("::"), name.split_once('.')) {
                    (Some((module, function)), _) => (Address::TWO, module, function),
                    (None, Some((module, function))) => (package, module, function),
                    (None, None) => (package, "calls", name),
                };
                self.b.call(target, types, arguments);
                return;
            }
        };
        self.b.command(command);
    }

    /// A test package, or something that is none.
    fn publish(&self, text: &str) -> Command {
        let compiled = compile("ptb");
        let both = compiled.dependencies;
        let (modules, dependencies) = match text {
            "nothing" => (vec![], vec![]),
            "junk" => (vec![vec![1, 2, 3]], both),
            "twice" => ([compiled.modules.clone(), compiled.modules].concat(), both),
            "of_the_framework" => (vec![framework()[0].modules[0].clone()], both),
            "without_its_dependency" => (compiled.modules, vec![Address::from_static("0x1")]),
            "on_nothing" => (compiled.modules, vec![Address::from_static("0xdead")]),
            "on_an_object" => (compiled.modules, vec![self.world.id("first")]),
            name => {
                let compiled = compile(name);
                (compiled.modules, compiled.dependencies)
            }
        };
        Command::Publish(Publish {
            modules,
            dependencies,
        })
    }

    fn argument(&mut self, text: &str) -> Argument {
        let number = |text: &str| text.parse::<u16>().ok();
        if text == "gas" {
            return Argument::Gas;
        }
        if let Some(index) = text.strip_prefix('i').and_then(number) {
            return Argument::Input(index);
        }
        if let Some(result) = text.strip_prefix('r') {
            match result.split_once('.') {
                Some((command, result)) => {
                    if let (Some(command), Some(result)) = (number(command), number(result)) {
                        return Argument::NestedResult(command, result);
                    }
                }
                None => {
                    if let Some(command) = number(result) {
                        return Argument::Result(command);
                    }
                }
            }
        }
        if let Some((_, known)) = self.inputs.iter().find(|(known, _)| known == text) {
            return *known;
        }
        let input = self.input(text);
        let argument = self.b.input(input);
        self.inputs.push((text.to_owned(), argument));
        argument
    }

    fn input(&self, text: &str) -> Input {
        // What is left of `'` at the end makes another input of the same kind.
        let text = text.trim_end_matches('\'');
        if let Some(bytes) = bytes(self.world, text) {
            return Input::Pure(bytes);
        }
        if let Some(name) = text.strip_prefix("recv.") {
            return Input::Receiving(reference(&self.world.object(name)));
        }
        let shared =
            |id: Address, version, mutable| Input::Shared(SharedInput::new(id, version, mutable));
        match text {
            "clock" => return shared(Address::from_static("0x6"), 1, false),
            "mutable_clock" => return shared(Address::from_static("0x6"), 1, true),
            _ => {}
        }
        let (name, read_only) = match text.strip_suffix("_read") {
            Some(name) => (name, true),
            None => (text, false),
        };
        let object = self.world.object(name);
        match *object.owner() {
            sui_sdk_types::Owner::Shared(version) => {
                shared(object.object_id(), version, !read_only)
            }
            sui_sdk_types::Owner::ConsensusAddress { start_version, .. } => {
                shared(object.object_id(), start_version, !read_only)
            }
            _ => Input::ImmutableOrOwned(reference(&object)),
        }
    }
}

/// The bytes of a pure input.
fn bytes(world: &World, text: &str) -> Option<Vec<u8>> {
    if let Some(digits) = text.strip_prefix("x\"") {
        return Some(hex::decode(digits.trim_end_matches('"')).expect("hexadecimal"));
    }
    if let Some(text) = text.strip_prefix('"') {
        return bcs::to_bytes(text.trim_end_matches('"')).ok();
    }
    match text {
        "true" => return Some(vec![1]),
        "false" => return Some(vec![0]),
        "@me" => return Some(world.chain.account.address.as_bytes().to_vec()),
        _ => {}
    }
    if let Some(address) = text.strip_prefix('@') {
        let address: Address = address.parse().expect("an address");
        return Some(address.as_bytes().to_vec());
    }
    let (number, bits) = text.split_once('u')?;
    let number: u128 = number.parse().ok()?;
    let width = bits.parse::<usize>().ok()? / 8;
    let mut bytes = number.to_le_bytes().to_vec();
    bytes.resize(width.max(16), 0);
    bytes.truncate(width);
    Some(bytes)
}

/// The parts between separators, brackets aside.
fn split(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let mut depth = 0_usize;
    let parts = text.split(move |c: char| {
        match c {
            '(' | '<' => depth += 1,
            ')' | '>' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == separator && depth == 0
    });
    parts.map(str::trim).filter(|part| !part.is_empty())
}
