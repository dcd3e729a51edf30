//! What instructions name, as types: signatures, fields and their instantiations.

use super::super::VmStatus;
use super::super::bytecode::{CompiledModule, FieldDefinition};
use super::error::Rule;
use super::meter::Meter;
use super::types::{Kind, Ty, TypeTable};
use std::collections::HashMap;
use std::rc::Rc;

/// A list of types that many instructions share.
pub(super) type Types = Rc<[Ty]>;

/// A datatype and the types of its fields, or of one variant's.
#[derive(Clone, Debug)]
pub(super) struct Shape {
    pub(super) ty: Ty,
    pub(super) fields: Types,
}

/// Parameters and results of a function.
#[derive(Clone, Debug)]
pub(super) struct Callee {
    pub(super) parameters: Types,
    pub(super) returns: Types,
}

/// The module as its code sees it. What a generic instruction names is worked out once.
#[derive(Debug)]
pub(super) struct Shapes<'m> {
    pub(super) module: &'m CompiledModule,
    pub(super) types: TypeTable<'m>,
    signatures: Vec<Types>,
    /// The type of each struct and enum with its own parameters as arguments, and its fields.
    structs: Vec<Shape>,
    enums: Vec<(Ty, Vec<Types>)>,
    struct_instantiations: HashMap<u16, Shape>,
    variant_instantiations: HashMap<u16, Shape>,
    field_instantiations: HashMap<u16, (Ty, Ty)>,
    function_instantiations: HashMap<u16, Callee>,
}

fn bounds<T>(found: Result<T, VmStatus>) -> Result<T, Rule> {
    found.map_err(|_| Rule::OutOfBounds)
}

fn get<T>(items: &[T], index: u16) -> Result<&T, Rule> {
    items.get(usize::from(index)).ok_or(Rule::OutOfBounds)
}

impl<'m> Shapes<'m> {
    pub(super) fn new(module: &'m CompiledModule, meter: &mut Meter) -> Result<Self, Rule> {
        let mut types = TypeTable::new(module);
        let mut signatures = Vec::new();
        for signature in &module.signatures {
            let tokens = signature.iter().map(|token| types.of_token(token, meter));
            signatures.push(tokens.collect::<Result<_, _>>()?);
        }
        let mut structs = Vec::new();
        for item in &module.structs {
            structs.push(Shape {
                ty: generic(&mut types, item.handle, meter)?,
                fields: fields(&mut types, &item.fields, meter)?,
            });
        }
        let mut enums = Vec::new();
        for item in &module.enums {
            let mut variants = Vec::new();
            for (_, definitions) in &item.variants {
                variants.push(fields(&mut types, definitions, meter)?);
            }
            enums.push((generic(&mut types, item.handle, meter)?, variants));
        }
        Ok(Self {
            module,
            types,
            signatures,
            structs,
            enums,
            struct_instantiations: HashMap::new(),
            variant_instantiations: HashMap::new(),
            field_instantiations: HashMap::new(),
            function_instantiations: HashMap::new(),
        })
    }

    pub(super) fn signature(&self, index: u16) -> Result<Types, Rule> {
        get(&self.signatures, index).cloned()
    }

    /// The element type of a vector instruction.
    pub(super) fn element(&self, signature: u16) -> Result<Ty, Rule> {
        match **get(&self.signatures, signature)? {
            [element] => Ok(element),
            _ => Err(Rule::TypeArguments),
        }
    }

    /// A struct, with its own type parameters if it has some.
    pub(super) fn structure(&self, definition: u16) -> Result<Shape, Rule> {
        get(&self.structs, definition).cloned()
    }

    pub(super) fn struct_instantiation(
        &mut self,
        index: u16,
        meter: &mut Meter,
    ) -> Result<Shape, Rule> {
        if let Some(known) = self.struct_instantiations.get(&index) {
            return Ok(known.clone());
        }
        let (definition, signature) = bounds(self.module.struct_instantiation(index))?;
        let generic = self.structure(definition)?;
        let shape = self.instantiate(&generic, signature, meter)?;
        self.struct_instantiations.insert(index, shape.clone());
        Ok(shape)
    }

    /// One variant of an enum, with the enum's own type parameters if it has some.
    pub(super) fn variant(&self, index: u16) -> Result<Shape, Rule> {
        let (enumeration, tag) = bounds(self.module.variant(index))?;
        self.variant_of(enumeration, tag)
    }

    pub(super) fn variant_instantiation(
        &mut self,
        index: u16,
        meter: &mut Meter,
    ) -> Result<Shape, Rule> {
        if let Some(known) = self.variant_instantiations.get(&index) {
            return Ok(known.clone());
        }
        let (enumeration, signature, tag) = bounds(self.module.variant_instantiation(index))?;
        let generic = self.variant_of(enumeration, tag)?;
        let shape = self.instantiate(&generic, signature, meter)?;
        self.variant_instantiations.insert(index, shape.clone());
        Ok(shape)
    }

    pub(super) fn variant_of(&self, enumeration: u16, tag: u16) -> Result<Shape, Rule> {
        let (ty, variants) = get(&self.enums, enumeration)?;
        Ok(Shape {
            ty: *ty,
            fields: get(variants, tag)?.clone(),
        })
    }

    /// The owner and the type of a field.
    pub(super) fn field(&self, index: u16) -> Result<(Ty, Ty), Rule> {
        let (definition, number) = bounds(self.module.field(index))?;
        let shape = get(&self.structs, definition)?;
        Ok((shape.ty, *get(&shape.fields, number)?))
    }

    pub(super) fn field_instantiation(
        &mut self,
        index: u16,
        meter: &mut Meter,
    ) -> Result<(Ty, Ty), Rule> {
        if let Some(known) = self.field_instantiations.get(&index) {
            return Ok(*known);
        }
        let (field, signature) = *get(&self.module.field_instantiations, index)?;
        let (owner, ty) = self.field(field)?;
        let arguments = self.signature(signature)?;
        let owner = self.types.substitute(owner, &arguments, meter)?;
        let ty = self.types.substitute(ty, &arguments, meter)?;
        self.field_instantiations.insert(index, (owner, ty));
        Ok((owner, ty))
    }

    pub(super) fn callee(&self, handle: u16) -> Result<Callee, Rule> {
        let handle = bounds(self.module.function_handle(handle))?;
        Ok(Callee {
            parameters: self.signature(handle.parameters)?,
            returns: self.signature(handle.returns)?,
        })
    }

    pub(super) fn function_instantiation(
        &mut self,
        index: u16,
        meter: &mut Meter,
    ) -> Result<Callee, Rule> {
        if let Some(known) = self.function_instantiations.get(&index) {
            return Ok(known.clone());
        }
        let (handle, signature) = bounds(self.module.function_instantiation(index))?;
        let generic = self.callee(handle)?;
        let arguments = self.signature(signature)?;
        let callee = Callee {
            parameters: self.substitute(&generic.parameters, &arguments, meter)?,
            returns: self.substitute(&generic.returns, &arguments, meter)?,
        };
        self.function_instantiations.insert(index, callee.clone());
        Ok(callee)
    }

    fn instantiate(
        &mut self,
        generic: &Shape,
        signature: u16,
        meter: &mut Meter,
    ) -> Result<Shape, Rule> {
        let arguments = self.signature(signature)?;
        Ok(Shape {
            ty: self.types.substitute(generic.ty, &arguments, meter)?,
            fields: self.substitute(&generic.fields, &arguments, meter)?,
        })
    }

    fn substitute(&mut self, types: &[Ty], by: &[Ty], meter: &mut Meter) -> Result<Types, Rule> {
        let types = types.iter().map(|ty| self.types.substitute(*ty, by, meter));
        types.collect()
    }
}

/// A datatype with its own type parameters for arguments.
fn generic(types: &mut TypeTable<'_>, handle: u16, meter: &mut Meter) -> Result<Ty, Rule> {
    let count = types.type_parameters(handle)?.len();
    let mut arguments = Vec::new();
    for (index, _) in (0u16..).zip(0..count) {
        arguments.push(types.intern(Kind::Parameter(index), meter)?);
    }
    types.datatype(handle, &arguments, meter)
}

fn fields(
    types: &mut TypeTable<'_>,
    definitions: &[FieldDefinition],
    meter: &mut Meter,
) -> Result<Types, Rule> {
    let fields = definitions
        .iter()
        .map(|field| types.of_token(&field.token, meter));
    fields.collect()
}
