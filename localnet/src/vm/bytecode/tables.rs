//! The header, the table directory and the tables.

use super::super::{AbilitySet, TypeParameter, VmStatus};
use super::check;
use super::code::Code;
use super::model::{
    CompiledModule, Constant, DatatypeHandle, EnumDefinition, FieldDefinition, FunctionDefinition,
    FunctionHandle, StructDefinition, Visibility,
};
use super::reader::{BYTES, Reader, VARIANT};
use super::token::Token;
use sui_sdk_types::{Address, Identifier};

const MAGIC: [u8; 4] = [0xa1, 0x1c, 0xeb, 0x0b];
const MIN_VERSION: u32 = 6;
const MAX_VERSION: u32 = 7;
/// First version that carries a flavor in the top byte of the version word.
const FLAVORED_VERSION: u32 = 7;
const SUI_FLAVOR: u32 = 5;
const MAX_TABLES: u64 = 255;

/// One row of the directory.
struct Table {
    kind: u8,
    offset: u64,
    length: u64,
}

impl CompiledModule {
    /// Parses a module.
    ///
    /// # Errors
    /// [`VmStatus::MalformedBytecode`] where the bytes leave the format, [`VmStatus::RejectedBytecode`] where an index or
    /// another structural rule is broken.
    pub fn parse(bytes: &[u8]) -> Result<Self, VmStatus> {
        let mut reader = Reader::new(bytes);
        let mut module = Self {
            version: version(&mut reader)?,
            ..Self::default()
        };
        let tables = directory(&mut reader)?;
        for table in tables {
            let length = usize::try_from(table.length)
                .map_err(|_| reader.malformed("table of an impossible length"))?;
            let mut content = reader.window(length)?;
            module.read_table(table.kind, &mut content)?;
        }
        module.self_handle = reader.index()?;
        if !reader.is_empty() {
            return Err(reader.malformed("bytes left over after the module"));
        }
        check::check(&module)?;
        Ok(module)
    }

    fn read_table(&mut self, kind: u8, reader: &mut Reader<'_>) -> Result<(), VmStatus> {
        let version = self.version;
        match kind {
            0x01 => self.module_handles = reader.all(pair)?,
            0x02 => self.datatype_handles = reader.all(datatype_handle)?,
            0x03 => self.function_handles = reader.all(function_handle)?,
            0x04 => self.function_instantiations = reader.all(pair)?,
            0x05 => self.signatures = reader.all(signature)?,
            0x06 => self.constants = reader.all(constant)?,
            0x07 => self.identifiers = reader.all(identifier)?,
            0x08 => {
                self.addresses_offset = reader.offset();
                self.addresses = reader.all(|reader| reader.array().map(Address::new))?;
            }
            0x0a => self.structs = reader.all(structure)?,
            0x0b => self.struct_instantiations = reader.all(pair)?,
            0x0c => self.functions = reader.all(|reader| function(reader, version))?,
            0x0d => {
                self.fields = reader.all(|reader| Ok((reader.index()?, reader.small()?.into())))?
            }
            0x0e => self.field_instantiations = reader.all(pair)?,
            0x0f => self.friends = reader.all(pair)?,
            0x10 => return Err(reader.malformed("metadata is not allowed")),
            0x11 if version >= 7 => self.enums = reader.all(enumeration)?,
            0x12 if version >= 7 => self.enum_instantiations = reader.all(pair)?,
            0x13 if version >= 7 => self.variants = reader.all(variant_handle)?,
            0x14 if version >= 7 => self.variant_instantiations = reader.all(variant_handle)?,
            _ => return Err(reader.malformed("unknown table")),
        }
        Ok(())
    }
}

fn version(reader: &mut Reader<'_>) -> Result<u32, VmStatus> {
    if reader.array()? != MAGIC {
        return Err(reader.malformed("not a Move module"));
    }
    let word = u32::from_le_bytes(reader.array()?);
    let (version, flavor) = if word < FLAVORED_VERSION {
        (word, None)
    } else {
        (word & 0x00ff_ffff, Some(word >> 24))
    };
    if !(MIN_VERSION..=MAX_VERSION).contains(&version) {
        return Err(reader.malformed("version of the format is not supported: 6 and 7 are"));
    }
    match flavor {
        None if version < FLAVORED_VERSION => Ok(version),
        Some(SUI_FLAVOR) if version >= FLAVORED_VERSION => Ok(version),
        _ => Err(reader.malformed("not compiled for Sui")),
    }
}

/// Reads the directory and returns its rows in the order of their tables, which must be contiguous.
fn directory(reader: &mut Reader<'_>) -> Result<Vec<Table>, VmStatus> {
    let count = reader.uleb16(MAX_TABLES)?;
    let mut tables = reader.list(count, |reader| {
        Ok(Table {
            kind: reader.u8()?,
            offset: reader.uleb(u32::MAX.into())?,
            length: reader.uleb(u32::MAX.into())?,
        })
    })?;
    tables.sort_by_key(|table| table.offset);
    let mut end = 0u64;
    let mut seen = [false; 256];
    for table in &tables {
        if table.offset != end || table.length == 0 {
            return Err(reader.malformed("tables must be contiguous and not empty"));
        }
        end += table.length;
        let seen = seen
            .get_mut(usize::from(table.kind))
            .ok_or_else(|| reader.malformed("unknown table"))?;
        if std::mem::replace(seen, true) {
            return Err(reader.malformed("duplicate table"));
        }
    }
    Ok(tables)
}

fn pair(reader: &mut Reader<'_>) -> Result<(u16, u16), VmStatus> {
    Ok((reader.index()?, reader.index()?))
}

fn variant_handle(reader: &mut Reader<'_>) -> Result<(u16, u16), VmStatus> {
    Ok((reader.index()?, reader.uleb16(VARIANT)?))
}

fn abilities(reader: &mut Reader<'_>) -> Result<AbilitySet, VmStatus> {
    let bits = reader.small()?;
    AbilitySet::from_bits(bits).ok_or_else(|| reader.malformed("unknown ability"))
}

fn datatype_handle(reader: &mut Reader<'_>) -> Result<DatatypeHandle, VmStatus> {
    let (module, name) = pair(reader)?;
    let abilities_ = abilities(reader)?;
    let count = reader.small()?;
    let type_parameters = reader.list(count.into(), |reader| {
        Ok(TypeParameter {
            constraints: abilities(reader)?,
            is_phantom: reader.uleb(1)? == 1,
        })
    })?;
    Ok(DatatypeHandle {
        module,
        name,
        abilities: abilities_,
        type_parameters,
    })
}

fn function_handle(reader: &mut Reader<'_>) -> Result<FunctionHandle, VmStatus> {
    let (module, name) = pair(reader)?;
    let (parameters, returns) = pair(reader)?;
    let count = reader.small()?;
    let type_parameters = reader.list(count.into(), abilities)?;
    Ok(FunctionHandle {
        module,
        name,
        parameters,
        returns,
        type_parameters,
    })
}

fn signature(reader: &mut Reader<'_>) -> Result<Vec<Token>, VmStatus> {
    let count = reader.small()?;
    reader.list(count.into(), Token::read)
}

fn constant(reader: &mut Reader<'_>) -> Result<Constant, VmStatus> {
    let token = Token::read(reader)?;
    if !token.is_constant() {
        return Err(reader.malformed("constant of a type that constants cannot have"));
    }
    Ok(Constant {
        token,
        bytes: reader.bytes(BYTES)?.to_vec(),
    })
}

fn identifier(reader: &mut Reader<'_>) -> Result<Identifier, VmStatus> {
    let bytes = reader.bytes(BYTES)?;
    let text =
        std::str::from_utf8(bytes).map_err(|_| reader.malformed("identifier is not UTF-8"))?;
    Identifier::new(text)
        .map_err(|_| reader.malformed("identifier of forbidden characters or length"))
}

fn field_list(reader: &mut Reader<'_>) -> Result<Vec<FieldDefinition>, VmStatus> {
    let count = reader.small()?;
    reader.list(count.into(), |reader| {
        Ok(FieldDefinition {
            name: reader.index()?,
            token: Token::read(reader)?,
        })
    })
}

fn structure(reader: &mut Reader<'_>) -> Result<StructDefinition, VmStatus> {
    let handle = reader.index()?;
    match reader.u8()? {
        2 => Ok(StructDefinition {
            handle,
            fields: field_list(reader)?,
        }),
        1 => Err(reader.malformed("native structs are not supported")),
        _ => Err(reader.malformed("unknown kind of struct")),
    }
}

fn enumeration(reader: &mut Reader<'_>) -> Result<EnumDefinition, VmStatus> {
    let handle = reader.index()?;
    if reader.u8()? != 2 {
        return Err(reader.malformed("unknown kind of enum"));
    }
    let count = reader.uleb16(VARIANT)?;
    if count == 0 {
        return Err(reader.malformed("enum without variants"));
    }
    let variants = reader.list(count, |reader| Ok((reader.index()?, field_list(reader)?)))?;
    Ok(EnumDefinition { handle, variants })
}

fn function(reader: &mut Reader<'_>, version: u32) -> Result<FunctionDefinition, VmStatus> {
    const NATIVE: u8 = 0x2;
    const ENTRY: u8 = 0x4;
    let handle = reader.index()?;
    let visibility = match reader.u8()? {
        0 => Visibility::Private,
        1 => Visibility::Public,
        3 => Visibility::Friend,
        _ => return Err(reader.malformed("unknown visibility")),
    };
    let flags = reader.u8()?;
    if flags & !(NATIVE | ENTRY) != 0 {
        return Err(reader.malformed("unknown function flag"));
    }
    if reader.small()? != 0 {
        return Err(reader.malformed("function acquires global storage"));
    }
    let code = if flags & NATIVE == 0 {
        Some(Code::read(reader, version)?)
    } else {
        None
    };
    Ok(FunctionDefinition {
        handle,
        visibility,
        is_entry: flags & ENTRY != 0,
        code,
    })
}
