//! The types that a module writes and its code makes, each a number.

use super::super::bytecode::{CompiledModule, Token};
use super::super::types::Mutability;
use super::super::{AbilitySet, TypeParameter};
use super::error::Rule;
use super::meter::Meter;
use std::collections::HashMap;

/// Steps that making a type costs.
const TYPE_COST: usize = 8;

/// A type, by its number in a [`TypeTable`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Ty(u32);

/// What a type is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Bool,
    U8,
    U16,
    U32,
    U64,
    U128,
    U256,
    Address,
    Signer,
    Vector(Ty),
    Reference(Mutability, Ty),
    /// A datatype handle and type arguments.
    Datatype(u16, Box<[Ty]>),
    Parameter(u16),
}

const PRIMITIVES: [Kind; 9] = [
    Kind::Bool,
    Kind::U8,
    Kind::U16,
    Kind::U32,
    Kind::U64,
    Kind::U128,
    Kind::U256,
    Kind::Address,
    Kind::Signer,
];

impl Ty {
    pub(super) const BOOL: Self = Self(0);
    pub(super) const U8: Self = Self(1);
    pub(super) const U16: Self = Self(2);
    pub(super) const U32: Self = Self(3);
    pub(super) const U64: Self = Self(4);
    pub(super) const U128: Self = Self(5);
    pub(super) const U256: Self = Self(6);
    const ADDRESS: Self = Self(7);
    const SIGNER: Self = Self(8);

    pub(super) fn is_integer(self) -> bool {
        (Self::U8.0..=Self::U256.0).contains(&self.0)
    }
}

/// A type with what is known of it.
#[derive(Debug)]
struct Node {
    kind: Kind,
    /// One more than the highest type parameter mentioned; 0 for a closed type.
    parameters: u16,
    /// Abilities of a closed type.
    abilities: Option<AbilitySet>,
}

/// Types of one module, interned.
#[derive(Debug)]
pub(super) struct TypeTable<'m> {
    module: &'m CompiledModule,
    nodes: Vec<Node>,
    index: HashMap<Kind, Ty>,
}

impl<'m> TypeTable<'m> {
    pub(super) fn new(module: &'m CompiledModule) -> Self {
        let node = |kind| Node {
            kind,
            parameters: 0,
            abilities: None,
        };
        Self {
            module,
            nodes: PRIMITIVES.into_iter().map(node).collect(),
            index: HashMap::new(),
        }
    }

    pub(super) fn kind(&self, ty: Ty) -> Result<&Kind, Rule> {
        self.node(ty).map(|node| &node.kind)
    }

    /// How many type parameters `ty` needs.
    pub(super) fn parameters(&self, ty: Ty) -> Result<u16, Rule> {
        self.node(ty).map(|node| node.parameters)
    }

    /// The referent of a reference and whether it may be written through.
    pub(super) fn referent(&self, ty: Ty) -> Result<Option<(Mutability, Ty)>, Rule> {
        Ok(match self.kind(ty)? {
            Kind::Reference(mutability, inner) => Some((*mutability, *inner)),
            _ => None,
        })
    }

    /// The type parameters of a datatype.
    pub(super) fn type_parameters(&self, handle: u16) -> Result<&'m [TypeParameter], Rule> {
        let handle = self.module.datatype_handle(handle);
        handle
            .map(|handle| handle.type_parameters.as_slice())
            .map_err(|_| Rule::OutOfBounds)
    }

    fn node(&self, ty: Ty) -> Result<&Node, Rule> {
        self.nodes.get(ty.0 as usize).ok_or(Rule::OutOfBounds)
    }

    pub(super) fn vector(&mut self, element: Ty, meter: &mut Meter) -> Result<Ty, Rule> {
        self.intern(Kind::Vector(element), meter)
    }

    pub(super) fn reference(
        &mut self,
        mutability: Mutability,
        referent: Ty,
        meter: &mut Meter,
    ) -> Result<Ty, Rule> {
        self.intern(Kind::Reference(mutability, referent), meter)
    }

    pub(super) fn datatype(
        &mut self,
        handle: u16,
        arguments: &[Ty],
        meter: &mut Meter,
    ) -> Result<Ty, Rule> {
        self.intern(Kind::Datatype(handle, arguments.into()), meter)
    }

    pub(super) fn intern(&mut self, kind: Kind, meter: &mut Meter) -> Result<Ty, Rule> {
        if let Some(ty) = self.index.get(&kind) {
            meter.charge(1)?;
            return Ok(*ty);
        }
        meter.charge(TYPE_COST)?;
        let parameters = match &kind {
            Kind::Parameter(index) => index.saturating_add(1),
            Kind::Vector(inner) | Kind::Reference(_, inner) => self.parameters(*inner)?,
            Kind::Datatype(_, arguments) => {
                let mut most = 0;
                for argument in arguments {
                    most = most.max(self.parameters(*argument)?);
                }
                most
            }
            _ => 0,
        };
        let ty = Ty(u32::try_from(self.nodes.len()).map_err(|_| Rule::TooComplex)?);
        self.nodes.push(Node {
            kind: kind.clone(),
            parameters,
            abilities: None,
        });
        self.index.insert(kind, ty);
        Ok(ty)
    }

    /// The type a token writes. Its size has been checked.
    pub(super) fn of_token(&mut self, token: &Token, meter: &mut Meter) -> Result<Ty, Rule> {
        Ok(match token {
            Token::Bool => Ty::BOOL,
            Token::U8 => Ty::U8,
            Token::U16 => Ty::U16,
            Token::U32 => Ty::U32,
            Token::U64 => Ty::U64,
            Token::U128 => Ty::U128,
            Token::U256 => Ty::U256,
            Token::Address => Ty::ADDRESS,
            Token::Signer => Ty::SIGNER,
            Token::Vector(inner) => {
                let inner = self.of_token(inner, meter)?;
                self.vector(inner, meter)?
            }
            Token::Reference(inner) => {
                let inner = self.of_token(inner, meter)?;
                self.reference(Mutability::Shared, inner, meter)?
            }
            Token::MutReference(inner) => {
                let inner = self.of_token(inner, meter)?;
                self.reference(Mutability::Mutable, inner, meter)?
            }
            Token::Parameter(index) => self.intern(Kind::Parameter(*index), meter)?,
            Token::Datatype(handle, arguments) => {
                let arguments = arguments
                    .iter()
                    .map(|token| self.of_token(token, meter))
                    .collect::<Result<Vec<_>, _>>()?;
                self.datatype(*handle, &arguments, meter)?
            }
        })
    }

    /// `ty` with its type parameters replaced.
    pub(super) fn substitute(
        &mut self,
        ty: Ty,
        arguments: &[Ty],
        meter: &mut Meter,
    ) -> Result<Ty, Rule> {
        meter.charge(1)?;
        let node = self.node(ty)?;
        if node.parameters == 0 {
            return Ok(ty);
        }
        match node.kind.clone() {
            Kind::Parameter(index) => arguments
                .get(usize::from(index))
                .copied()
                .ok_or(Rule::TypeParameterOutOfRange),
            Kind::Vector(inner) => {
                let inner = self.substitute(inner, arguments, meter)?;
                self.vector(inner, meter)
            }
            Kind::Reference(mutability, inner) => {
                let inner = self.substitute(inner, arguments, meter)?;
                self.reference(mutability, inner, meter)
            }
            Kind::Datatype(handle, inner) => {
                let inner = inner
                    .iter()
                    .map(|ty| self.substitute(*ty, arguments, meter))
                    .collect::<Result<Vec<_>, _>>()?;
                self.datatype(handle, &inner, meter)
            }
            _ => Ok(ty),
        }
    }
}

/// The abilities of types in one function or datatype, whose type parameters have known ones.
#[derive(Debug)]
pub(super) struct Abilities<'c> {
    constraints: &'c [AbilitySet],
    open: HashMap<Ty, AbilitySet>,
}

impl<'c> Abilities<'c> {
    pub(super) fn new(constraints: &'c [AbilitySet]) -> Self {
        Self {
            constraints,
            open: HashMap::new(),
        }
    }

    pub(super) fn of(
        &mut self,
        types: &mut TypeTable<'_>,
        ty: Ty,
        meter: &mut Meter,
    ) -> Result<AbilitySet, Rule> {
        meter.charge(1)?;
        let node = types.node(ty)?;
        if let Some(known) = node.abilities.or_else(|| self.open.get(&ty).copied()) {
            return Ok(known);
        }
        let closed = node.parameters == 0;
        let abilities = match node.kind.clone() {
            Kind::Signer => AbilitySet::DROP,
            Kind::Reference(..) => AbilitySet::COPY.union(AbilitySet::DROP),
            Kind::Parameter(index) => self
                .constraints
                .get(usize::from(index))
                .copied()
                .ok_or(Rule::TypeParameterOutOfRange)?,
            Kind::Vector(element) => {
                AbilitySet::PRIMITIVE.intersection(self.of(types, element, meter)?)
            }
            Kind::Datatype(handle, arguments) => {
                let handle = types
                    .module
                    .datatype_handle(handle)
                    .map_err(|_| Rule::OutOfBounds)?;
                let mut abilities = handle.abilities;
                for (parameter, argument) in handle.type_parameters.iter().zip(&arguments) {
                    if !parameter.is_phantom {
                        abilities = abilities.restricted_by(self.of(types, *argument, meter)?);
                    }
                }
                abilities
            }
            _ => AbilitySet::PRIMITIVE,
        };
        if closed {
            if let Some(node) = types.nodes.get_mut(ty.0 as usize) {
                node.abilities = Some(abilities);
            }
        } else {
            self.open.insert(ty, abilities);
        }
        Ok(abilities)
    }

    /// Whether type arguments have the abilities that the parameters they stand for ask for.
    pub(super) fn check_arguments(
        &mut self,
        types: &mut TypeTable<'_>,
        constraints: impl ExactSizeIterator<Item = AbilitySet>,
        arguments: &[Ty],
        meter: &mut Meter,
    ) -> Result<(), Rule> {
        if constraints.len() != arguments.len() {
            return Err(Rule::TypeArguments);
        }
        for (constraint, argument) in constraints.zip(arguments) {
            if !constraint.is_subset_of(self.of(types, *argument, meter)?) {
                return Err(Rule::Constraint);
            }
        }
        Ok(())
    }

    /// Whether every datatype within `ty` is given type arguments that it may have, and every type parameter exists.
    pub(super) fn check(
        &mut self,
        types: &mut TypeTable<'_>,
        ty: Ty,
        meter: &mut Meter,
    ) -> Result<(), Rule> {
        if usize::from(types.parameters(ty)?) > self.constraints.len() {
            return Err(Rule::TypeParameterOutOfRange);
        }
        let mut pending = vec![ty];
        while let Some(ty) = pending.pop() {
            meter.charge(1)?;
            match types.kind(ty)?.clone() {
                Kind::Vector(inner) | Kind::Reference(_, inner) => pending.push(inner),
                Kind::Datatype(handle, arguments) => {
                    let parameters = types.type_parameters(handle)?;
                    let constraints = parameters.iter().map(|item| item.constraints);
                    self.check_arguments(types, constraints, &arguments, meter)?;
                    pending.extend(arguments);
                }
                _ => {}
            }
        }
        Ok(())
    }
}
