//! Types: interned, so that a [`Type`] is a number that compares in one instruction.

mod abilities;
mod datatype;
mod layout;
mod tag;

use super::append_vec::AppendVec;
use super::{VectorKind, VmStatus};
use crate::maps::HashMap;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use sui_sdk_types::{Address, Identifier, StructTag, TypeTag};

pub use self::abilities::AbilitySet;
pub use self::datatype::{Datatype, DatatypeBody, DatatypeId, Field, TypeParameter, Variant};
pub use self::layout::Layout;

/// Nodes a type may have, as `max_type_nodes` of the protocol.
const MAX_TYPE_NODES: u32 = 256;
/// Levels a type may have; deeper ones cannot be written as a type tag either.
const MAX_TYPE_DEPTH: u32 = 128;

/// An interned type of one [`Types`] table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Type(u32);

/// What a [`Type`] is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum TypeKind {
    /// `bool`
    Bool,
    /// `u8`
    U8,
    /// `u16`
    U16,
    /// `u32`
    U32,
    /// `u64`
    U64,
    /// `u128`
    U128,
    /// `u256`
    U256,
    /// `address`
    Address,
    /// `signer`, which no Sui program can obtain
    Signer,
    /// `vector<T>`
    Vector(Type),
    /// A struct or enum with its type arguments.
    Datatype(DatatypeId, Arc<[Type]>),
    /// `&T`
    Reference(Type),
    /// `&mut T`
    MutReference(Type),
    /// A type parameter of the function or datatype the type is written in.
    Parameter(u16),
}

const PRIMITIVES: [TypeKind; 9] = [
    TypeKind::Bool,
    TypeKind::U8,
    TypeKind::U16,
    TypeKind::U32,
    TypeKind::U64,
    TypeKind::U128,
    TypeKind::U256,
    TypeKind::Address,
    TypeKind::Signer,
];

impl Type {
    /// `bool`
    pub const BOOL: Self = Self(0);
    /// `u8`
    pub const U8: Self = Self(1);
    /// `u16`
    pub const U16: Self = Self(2);
    /// `u32`
    pub const U32: Self = Self(3);
    /// `u64`
    pub const U64: Self = Self(4);
    /// `u128`
    pub const U128: Self = Self(5);
    /// `u256`
    pub const U256: Self = Self(6);
    /// `address`
    pub const ADDRESS: Self = Self(7);
    /// `signer`
    pub const SIGNER: Self = Self(8);
}

#[derive(Debug)]
struct TypeNode {
    kind: TypeKind,
    /// Abilities of a closed type; for an open one, those it has whatever its parameters are replaced by.
    abilities: AbilitySet,
    nodes: u32,
    depth: u32,
    /// One more than the highest type parameter mentioned; 0 for a closed type.
    parameters: u16,
    layout: OnceLock<Layout>,
    /// Its tag with defining ids, once asked for.
    tag: OnceLock<TypeTag>,
    /// The bytes of that tag, once asked for.
    tag_bytes: OnceLock<Box<[u8]>>,
    /// Levels a value of this type has, once worked out.
    value_depth: OnceLock<u32>,
}

/// The table of all types and datatypes a [`Vm`](super::Vm) knows. It only grows.
#[derive(Debug)]
pub struct Types {
    nodes: AppendVec<TypeNode>,
    index: RwLock<HashMap<TypeKind, Type>>,
    /// Types by their tags with defining ids, as far as they were asked for.
    tags: RwLock<HashMap<StructTag, Type>>,
    datatypes: AppendVec<Datatype>,
    /// Published datatypes by module, name, and the id of each package version that declares them.
    names: RwLock<HashMap<(Address, Identifier, Identifier), DatatypeId>>,
}

impl Default for Types {
    fn default() -> Self {
        let types = Self {
            nodes: AppendVec::default(),
            index: RwLock::default(),
            tags: RwLock::default(),
            datatypes: AppendVec::default(),
            names: RwLock::default(),
        };
        for kind in PRIMITIVES {
            // Nine fresh entries cannot exceed a limit; the constants above rely on this order.
            let _ = types.intern(kind);
        }
        types
    }
}

impl Types {
    /// How many types there are by now.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.nodes.len()
    }

    /// What `ty` is.
    ///
    /// # Errors
    /// An invariant violation if `ty` comes from another table; so for all methods that take a [`Type`].
    #[inline]
    pub fn kind(&self, ty: Type) -> Result<&TypeKind, VmStatus> {
        Ok(&self.node(ty)?.kind)
    }

    /// `vector<element>`
    ///
    /// # Errors
    /// [`VmStatus::TypeLimitExceeded`]; so for all methods that make a [`Type`].
    pub fn vector(&self, element: Type) -> Result<Type, VmStatus> {
        self.intern(TypeKind::Vector(element))
    }

    /// `&referent`, or `&mut referent`.
    ///
    /// # Errors
    /// See [`Types::vector`].
    pub fn reference(&self, referent: Type, mutability: Mutability) -> Result<Type, VmStatus> {
        self.intern(match mutability {
            Mutability::Shared => TypeKind::Reference(referent),
            Mutability::Mutable => TypeKind::MutReference(referent),
        })
    }

    /// Type parameter number `index`.
    ///
    /// # Errors
    /// See [`Types::vector`].
    pub fn parameter(&self, index: u16) -> Result<Type, VmStatus> {
        self.intern(TypeKind::Parameter(index))
    }

    /// A datatype with type arguments, whose number and abilities are checked.
    ///
    /// # Errors
    /// [`VmStatus::TypeArity`], [`VmStatus::ConstraintNotSatisfied`], and see [`Types::vector`].
    pub fn datatype(&self, id: DatatypeId, arguments: &[Type]) -> Result<Type, VmStatus> {
        let datatype = self.datatype_info(id)?;
        self.check_arguments(
            datatype
                .type_parameters
                .iter()
                .map(|parameter| parameter.constraints),
            arguments,
        )?;
        self.intern(TypeKind::Datatype(id, arguments.into()))
    }

    /// Checks type arguments against the constraints of the parameters they stand for.
    ///
    /// # Errors
    /// [`VmStatus::TypeArity`], [`VmStatus::ConstraintNotSatisfied`].
    pub fn check_arguments(
        &self,
        constraints: impl ExactSizeIterator<Item = AbilitySet>,
        arguments: &[Type],
    ) -> Result<(), VmStatus> {
        if constraints.len() != arguments.len() {
            return Err(VmStatus::TypeArity {
                expected: constraints.len(),
                actual: arguments.len(),
            });
        }
        for (argument, (constraint, ty)) in constraints.zip(arguments).enumerate() {
            let node = self.node(*ty)?;
            // An open argument is checked again once its parameters are known.
            if node.parameters == 0 && !constraint.is_subset_of(node.abilities) {
                return Err(VmStatus::ConstraintNotSatisfied { argument });
            }
        }
        Ok(())
    }

    /// Replaces the type parameters in `ty` by `arguments`.
    ///
    /// # Errors
    /// An invariant violation if a parameter has no argument, and see [`Types::datatype`].
    pub fn substitute(&self, ty: Type, arguments: &[Type]) -> Result<Type, VmStatus> {
        let node = self.node(ty)?;
        if node.parameters == 0 {
            return Ok(ty);
        }
        match &node.kind {
            TypeKind::Parameter(index) => {
                arguments
                    .get(usize::from(*index))
                    .copied()
                    .ok_or(VmStatus::InvariantViolation(
                        "type parameter without an argument",
                    ))
            }
            TypeKind::Vector(element) => self.vector(self.substitute(*element, arguments)?),
            TypeKind::Reference(referent) => {
                self.reference(self.substitute(*referent, arguments)?, Mutability::Shared)
            }
            TypeKind::MutReference(referent) => {
                self.reference(self.substitute(*referent, arguments)?, Mutability::Mutable)
            }
            TypeKind::Datatype(id, inner) => {
                let inner = inner
                    .iter()
                    .map(|ty| self.substitute(*ty, arguments))
                    .collect::<Result<Vec<_>, _>>()?;
                self.datatype(*id, &inner)
            }
            _ => Ok(ty),
        }
    }

    /// The abilities of a closed type.
    ///
    /// # Errors
    /// See [`Types::kind`].
    pub fn abilities(&self, ty: Type) -> Result<AbilitySet, VmStatus> {
        Ok(self.node(ty)?.abilities)
    }

    /// How many nodes the type has when written out, as the gas model counts them.
    ///
    /// # Errors
    /// See [`Types::kind`].
    pub fn node_count(&self, ty: Type) -> Result<u64, VmStatus> {
        Ok(u64::from(self.node(ty)?.nodes))
    }

    /// How many type parameters `ty` needs: one more than the highest it mentions.
    ///
    /// # Errors
    /// See [`Types::kind`].
    pub fn parameter_count(&self, ty: Type) -> Result<u16, VmStatus> {
        Ok(self.node(ty)?.parameters)
    }

    /// How a vector of `element` is stored.
    ///
    /// # Errors
    /// See [`Types::kind`].
    #[inline]
    pub fn vector_kind(&self, element: Type) -> Result<VectorKind, VmStatus> {
        Ok(match self.kind(element)? {
            TypeKind::Bool => VectorKind::Bool,
            TypeKind::U8 => VectorKind::U8,
            TypeKind::U16 => VectorKind::U16,
            TypeKind::U32 => VectorKind::U32,
            TypeKind::U64 => VectorKind::U64,
            TypeKind::U128 => VectorKind::U128,
            TypeKind::U256 => VectorKind::U256,
            TypeKind::Address => VectorKind::Address,
            _ => VectorKind::Values,
        })
    }

    #[inline]
    fn node(&self, ty: Type) -> Result<&TypeNode, VmStatus> {
        match self.nodes.get(ty.0) {
            Some(node) => Ok(node),
            None => Err(VmStatus::InvariantViolation(
                "type of another virtual machine",
            )),
        }
    }

    fn intern(&self, kind: TypeKind) -> Result<Type, VmStatus> {
        let known = self.index.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(ty) = known.get(&kind) {
            return Ok(*ty);
        }
        drop(known);
        let mut index = self.index.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(ty) = index.get(&kind) {
            return Ok(*ty);
        }
        let node = self.measure(kind.clone())?;
        let ty = Type(
            self.nodes
                .push(node)
                .ok_or(VmStatus::TypeLimitExceeded("too many types"))?,
        );
        index.insert(kind, ty);
        Ok(ty)
    }

    fn measure(&self, kind: TypeKind) -> Result<TypeNode, VmStatus> {
        let mut nodes = 1u32;
        let mut depth = 0u32;
        let mut parameters = match kind {
            TypeKind::Parameter(index) => index.saturating_add(1),
            _ => 0,
        };
        for child in kind.children() {
            let child = self.node(*child)?;
            if matches!(
                child.kind,
                TypeKind::Reference(_) | TypeKind::MutReference(_)
            ) {
                return Err(VmStatus::RejectedBytecode(
                    "a reference inside another type",
                ));
            }
            nodes = nodes.saturating_add(child.nodes);
            depth = depth.max(child.depth);
            parameters = parameters.max(child.parameters);
        }
        depth = depth.saturating_add(1);
        if nodes > MAX_TYPE_NODES {
            return Err(VmStatus::TypeLimitExceeded("more than 256 nodes"));
        }
        if depth > MAX_TYPE_DEPTH {
            return Err(VmStatus::TypeLimitExceeded("more than 128 levels"));
        }
        let abilities = self.compute_abilities(&kind)?;
        Ok(TypeNode {
            kind,
            abilities,
            nodes,
            depth,
            parameters,
            layout: OnceLock::new(),
            tag: OnceLock::new(),
            tag_bytes: OnceLock::new(),
            value_depth: OnceLock::new(),
        })
    }

    fn compute_abilities(&self, kind: &TypeKind) -> Result<AbilitySet, VmStatus> {
        self.kind_abilities(kind, &|child| Ok(self.node(child)?.abilities))
    }

    /// The abilities of a type whose type parameters have `parameters`.
    ///
    /// # Errors
    /// An invariant violation if a parameter is not among them.
    pub fn abilities_with(
        &self,
        ty: Type,
        parameters: &[AbilitySet],
    ) -> Result<AbilitySet, VmStatus> {
        let node = self.node(ty)?;
        match &node.kind {
            _ if node.parameters == 0 => Ok(node.abilities),
            TypeKind::Parameter(index) => {
                parameters
                    .get(usize::from(*index))
                    .copied()
                    .ok_or(VmStatus::InvariantViolation(
                        "type parameter without abilities",
                    ))
            }
            kind => self.kind_abilities(kind, &|child| self.abilities_with(child, parameters)),
        }
    }

    fn kind_abilities(
        &self,
        kind: &TypeKind,
        of: &dyn Fn(Type) -> Result<AbilitySet, VmStatus>,
    ) -> Result<AbilitySet, VmStatus> {
        Ok(match kind {
            TypeKind::Signer => AbilitySet::DROP,
            TypeKind::Reference(_) | TypeKind::MutReference(_) => {
                AbilitySet::COPY.union(AbilitySet::DROP)
            }
            TypeKind::Parameter(_) => AbilitySet::EMPTY,
            TypeKind::Vector(element) => AbilitySet::PRIMITIVE.intersection(of(*element)?),
            TypeKind::Datatype(id, arguments) => {
                let datatype = self.datatype_info(*id)?;
                let mut abilities = datatype.abilities;
                for (parameter, argument) in datatype.type_parameters.iter().zip(arguments.iter()) {
                    if !parameter.is_phantom {
                        abilities = abilities.restricted_by(of(*argument)?);
                    }
                }
                abilities
            }
            _ => AbilitySet::PRIMITIVE,
        })
    }
}

impl TypeKind {
    fn children(&self) -> &[Type] {
        match self {
            Self::Vector(child) | Self::Reference(child) | Self::MutReference(child) => {
                std::slice::from_ref(child)
            }
            Self::Datatype(_, arguments) => arguments,
            _ => &[],
        }
    }
}

/// Whether a reference allows writing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mutability {
    /// `&`
    Shared,
    /// `&mut`
    Mutable,
}
