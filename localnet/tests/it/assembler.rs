//! Modules written part by part. They are small: every index fits one byte.

use sui_sdk_types::Address;

pub(crate) const SELF: Address = Address::from_static("0xaaa1");

pub(crate) const COPY: u8 = 1;
pub(crate) const DROP: u8 = 2;
pub(crate) const STORE: u8 = 4;
pub(crate) const KEY: u8 = 8;

/// A type as the format writes it.
pub(crate) type Token = Vec<u8>;

pub(crate) fn bool() -> Token {
    vec![0x01]
}

pub(crate) fn u64() -> Token {
    vec![0x03]
}

pub(crate) fn signer() -> Token {
    vec![0x0c]
}

pub(crate) fn imm(inner: Token) -> Token {
    [vec![0x06], inner].concat()
}

pub(crate) fn mutable(inner: Token) -> Token {
    [vec![0x07], inner].concat()
}

pub(crate) fn vector(inner: Token) -> Token {
    [vec![0x0a], inner].concat()
}

pub(crate) fn parameter(index: u8) -> Token {
    vec![0x09, index]
}

pub(crate) fn datatype(handle: u8, arguments: &[Token]) -> Token {
    if arguments.is_empty() {
        return vec![0x08, handle];
    }
    let count = byte(arguments.len());
    [vec![0x0b, handle, count], arguments.concat()].concat()
}

pub(crate) fn byte(number: usize) -> u8 {
    u8::try_from(number)
        .ok()
        .filter(|number| *number < 128)
        .expect("small")
}

/// One instruction without an operand.
pub(crate) fn op(opcode: u8) -> Vec<u8> {
    vec![opcode]
}

/// One instruction with an index.
pub(crate) fn on(opcode: u8, index: u8) -> Vec<u8> {
    vec![opcode, index]
}

pub(crate) fn number(value: u64) -> Vec<u8> {
    [vec![0x06], value.to_le_bytes().to_vec()].concat()
}

pub(crate) fn vec_pack(signature: u8, count: u64) -> Vec<u8> {
    [vec![0x40, signature], count.to_le_bytes().to_vec()].concat()
}

pub(crate) fn vec_unpack(signature: u8, count: u64) -> Vec<u8> {
    [vec![0x46, signature], count.to_le_bytes().to_vec()].concat()
}

pub(crate) const POP: u8 = 0x01;
pub(crate) const RET: u8 = 0x02;
pub(crate) const BR_TRUE: u8 = 0x03;
pub(crate) const BR_FALSE: u8 = 0x04;
pub(crate) const BRANCH: u8 = 0x05;
pub(crate) const LD_TRUE: u8 = 0x08;
pub(crate) const COPY_LOC: u8 = 0x0a;
pub(crate) const MOVE_LOC: u8 = 0x0b;
pub(crate) const ST_LOC: u8 = 0x0c;
pub(crate) const MUT_BORROW_LOC: u8 = 0x0d;
pub(crate) const IMM_BORROW_LOC: u8 = 0x0e;
pub(crate) const MUT_BORROW_FIELD: u8 = 0x0f;
pub(crate) const IMM_BORROW_FIELD: u8 = 0x10;
pub(crate) const CALL: u8 = 0x11;
pub(crate) const PACK: u8 = 0x12;
pub(crate) const UNPACK: u8 = 0x13;
pub(crate) const READ_REF: u8 = 0x14;
pub(crate) const WRITE_REF: u8 = 0x15;
pub(crate) const ADD: u8 = 0x16;
pub(crate) const NOT: u8 = 0x20;
pub(crate) const EQ: u8 = 0x21;
pub(crate) const LT: u8 = 0x23;
pub(crate) const ABORT: u8 = 0x27;
pub(crate) const FREEZE_REF: u8 = 0x2e;
pub(crate) const SHL: u8 = 0x2f;
pub(crate) const CAST_U8: u8 = 0x33;
pub(crate) const CALL_GENERIC: u8 = 0x38;
pub(crate) const PACK_GENERIC: u8 = 0x39;
pub(crate) const VEC_LEN: u8 = 0x41;
pub(crate) const VEC_IMM_BORROW: u8 = 0x42;
pub(crate) const VEC_MUT_BORROW: u8 = 0x43;
pub(crate) const VEC_PUSH_BACK: u8 = 0x44;
pub(crate) const VEC_POP_BACK: u8 = 0x45;
pub(crate) const VEC_SWAP: u8 = 0x47;
pub(crate) const PACK_VARIANT: u8 = 0x4e;
pub(crate) const UNPACK_VARIANT: u8 = 0x50;
pub(crate) const UNPACK_VARIANT_IMM_REF: u8 = 0x51;
pub(crate) const UNPACK_VARIANT_MUT_REF: u8 = 0x52;
pub(crate) const VARIANT_SWITCH: u8 = 0x56;

/// Tables by kind, each a list of elements.
#[derive(Clone, Debug, Default)]
pub(crate) struct Assembly {
    tables: std::collections::BTreeMap<u8, Vec<Vec<u8>>>,
}

/// Parameters, results and locals of a function.
#[derive(Clone, Debug, Default)]
pub(crate) struct Types {
    pub(crate) constraints: Vec<u8>,
    pub(crate) parameters: Vec<Token>,
    pub(crate) returns: Vec<Token>,
    pub(crate) locals: Vec<Token>,
}

impl Assembly {
    /// Module `m` of [`SELF`], empty.
    pub(crate) fn new() -> Self {
        Self::named("m")
    }

    pub(crate) fn named(name: &str) -> Self {
        Self::at(SELF, name)
    }

    pub(crate) fn at(address: Address, name: &str) -> Self {
        let mut module = Self::default();
        module.module(address, name);
        module
    }

    /// Module `m` of no package yet whose function `f` makes a coin out of a number.
    pub(crate) fn forger() -> Self {
        let mut module = Self::at(Address::ZERO, "m");
        let (coin, sui) = (
            module.module(Address::TWO, "coin"),
            module.module(Address::TWO, "sui"),
        );
        let coin = module.datatype_handle(coin, "Coin", KEY | STORE, &[(0, true)]);
        let sui = module.datatype_handle(sui, "SUI", DROP, &[]);
        let types = Types::default().gives([datatype(coin, &[datatype(sui, &[])])]);
        module.function("f", &types, &[number(1_000_000), op(RET)]);
        module
    }

    /// Adds an element to a table without asking whether it is there.
    pub(crate) fn add(&mut self, kind: u8, element: Vec<u8>) -> u8 {
        let table = self.tables.entry(kind).or_default();
        table.push(element);
        byte(table.len() - 1)
    }

    /// Adds an element that nothing refers to.
    pub(crate) fn append(&mut self, kind: u8, element: Vec<u8>) {
        self.tables.entry(kind).or_default().push(element);
    }

    /// The index of an element, which is added if it is not there.
    pub(crate) fn element(&mut self, kind: u8, element: Vec<u8>) -> u8 {
        let table = self.tables.entry(kind).or_default();
        match table.iter().position(|known| *known == element) {
            Some(index) => byte(index),
            None => self.add(kind, element),
        }
    }

    pub(crate) fn name(&mut self, name: &str) -> u8 {
        let mut element = Vec::new();
        uleb(&mut element, name.len());
        element.extend(name.bytes());
        self.element(0x07, element)
    }

    pub(crate) fn address(&mut self, address: Address) -> u8 {
        self.element(0x08, address.inner().to_vec())
    }

    pub(crate) fn module(&mut self, address: Address, name: &str) -> u8 {
        let handle = vec![self.address(address), self.name(name)];
        self.element(0x01, handle)
    }

    pub(crate) fn signature(&mut self, types: &[Token]) -> u8 {
        let mut element = Vec::new();
        uleb(&mut element, types.len());
        element.extend(types.concat());
        self.element(0x05, element)
    }

    /// A datatype handle of module handle `module`.
    pub(crate) fn datatype_handle(
        &mut self,
        module: u8,
        name: &str,
        abilities: u8,
        parameters: &[(u8, bool)],
    ) -> u8 {
        let mut handle = vec![module, self.name(name), abilities, byte(parameters.len())];
        for (constraint, phantom) in parameters {
            handle.extend([*constraint, u8::from(*phantom)]);
        }
        self.element(0x02, handle)
    }

    fn fields(&mut self, fields: &[Token]) -> Vec<u8> {
        let mut bytes = Vec::new();
        uleb(&mut bytes, fields.len());
        for (number, token) in fields.iter().enumerate() {
            bytes.push(self.name(&format!("field_{number}")));
            bytes.extend(token);
        }
        bytes
    }

    /// A struct of this module: its handle; definitions count from 0.
    pub(crate) fn structure(
        &mut self,
        name: &str,
        abilities: u8,
        parameters: &[(u8, bool)],
        fields: &[Token],
    ) -> u8 {
        let handle = self.datatype_handle(0, name, abilities, parameters);
        let fields = self.fields(fields);
        self.add(0x0a, [vec![handle, 2], fields].concat());
        handle
    }

    /// An enum of this module: its handle.
    pub(crate) fn enumeration(
        &mut self,
        name: &str,
        abilities: u8,
        parameters: &[(u8, bool)],
        variants: &[&[Token]],
    ) -> u8 {
        let handle = self.datatype_handle(0, name, abilities, parameters);
        let mut definition = vec![handle, 2, byte(variants.len())];
        for (number, fields) in variants.iter().enumerate() {
            definition.push(self.name(&format!("Variant{number}")));
            definition.extend(self.fields(fields));
        }
        self.add(0x11, definition);
        handle
    }

    pub(crate) fn field(&mut self, structure: u8, number: u8) -> u8 {
        self.element(0x0d, vec![structure, number])
    }

    pub(crate) fn variant(&mut self, enumeration: u8, tag: u8) -> u8 {
        self.element(0x13, vec![enumeration, tag])
    }

    pub(crate) fn function_handle(&mut self, module: u8, name: &str, types: &Types) -> u8 {
        let handle = vec![
            module,
            self.name(name),
            self.signature(&types.parameters),
            self.signature(&types.returns),
            byte(types.constraints.len()),
        ];
        self.element(0x03, [handle, types.constraints.clone()].concat())
    }

    pub(crate) fn instantiation(&mut self, kind: u8, index: u8, arguments: &[Token]) -> u8 {
        let element = vec![index, self.signature(arguments)];
        self.element(kind, element)
    }

    /// A private function of this module; returns its handle.
    pub(crate) fn function(&mut self, name: &str, types: &Types, code: &[Vec<u8>]) -> u8 {
        self.function_with_tables(name, types, code, &[])
    }

    /// The same with jump tables: an enum definition and targets.
    pub(crate) fn function_with_tables(
        &mut self,
        name: &str,
        types: &Types,
        code: &[Vec<u8>],
        tables: &[(u8, Vec<usize>)],
    ) -> u8 {
        let handle = self.function_handle(0, name, types);
        let mut definition = vec![handle, 0, 0, 0, self.signature(&types.locals)];
        uleb(&mut definition, code.len());
        definition.extend(code.concat());
        definition.push(byte(tables.len()));
        for (enumeration, targets) in tables {
            definition.extend([*enumeration, byte(targets.len()), 1]);
            targets.iter().for_each(|to| uleb(&mut definition, *to));
        }
        self.add(0x0c, definition);
        handle
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes = vec![0xa1, 0x1c, 0xeb, 0x0b, 7, 0, 0, 5];
        bytes.push(byte(self.tables.len()));
        let mut offset = 0;
        for (kind, elements) in &self.tables {
            let length = elements.concat().len();
            bytes.push(*kind);
            uleb(&mut bytes, offset);
            uleb(&mut bytes, length);
            offset += length;
        }
        bytes.extend(self.tables.values().flatten().flatten());
        bytes.push(0);
        bytes
    }
}

pub(crate) fn uleb(bytes: &mut Vec<u8>, mut value: usize) {
    let group = |value: usize| u8::try_from(value & 0x7f).expect("seven bits");
    while value >= 0x80 {
        bytes.push(group(value) | 0x80);
        value >>= 7;
    }
    bytes.push(group(value));
}

impl Types {
    pub(crate) fn takes(parameters: impl Into<Vec<Token>>) -> Self {
        Self {
            parameters: parameters.into(),
            ..Self::default()
        }
    }

    pub(crate) fn gives(self, returns: impl Into<Vec<Token>>) -> Self {
        Self {
            returns: returns.into(),
            ..self
        }
    }

    pub(crate) fn with(self, locals: impl Into<Vec<Token>>) -> Self {
        Self {
            locals: locals.into(),
            ..self
        }
    }

    pub(crate) fn generic(self, constraints: &[u8]) -> Self {
        Self {
            constraints: constraints.to_vec(),
            ..self
        }
    }
}
