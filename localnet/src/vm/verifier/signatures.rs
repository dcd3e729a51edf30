//! Types where they are written: type arguments fit, fields have the abilities of their datatype, and generic functions do
//! not call each other with ever larger types.

use super::super::AbilitySet;
use super::super::bytecode::{Code, CompiledModule, Op, Token};
use super::error::{Broken, Rule};
use super::meter::Meter;
use super::shapes::Shapes;
use super::types::{Abilities, Kind, Ty};
use std::collections::{HashMap, HashSet};

/// Signatures of functions and fields of datatypes. That references are outermost and arities right, parsing has checked.
pub(super) fn check(shapes: &mut Shapes<'_>, meter: &mut Meter) -> Result<(), Rule> {
    let module = shapes.module;
    for handle in &module.function_handles {
        let mut abilities = Abilities::new(&handle.type_parameters);
        for signature in [handle.parameters, handle.returns] {
            for ty in &*shapes.signature(signature)? {
                abilities.check(&mut shapes.types, *ty, meter)?;
            }
        }
    }
    for (index, item) in (0u16..).zip(&module.structs) {
        let fields = shapes.structure(index)?.fields;
        check_fields(shapes, item.handle, &fields, meter)?;
        let tokens = item.fields.iter().map(|field| &field.token);
        check_phantoms(module, item.handle, tokens)?;
    }
    for (index, item) in (0u16..).zip(&module.enums) {
        for (tag, (_, fields)) in (0u16..).zip(&item.variants) {
            let types = shapes.variant_of(index, tag)?.fields;
            check_fields(shapes, item.handle, &types, meter)?;
            check_phantoms(module, item.handle, fields.iter().map(|field| &field.token))?;
        }
    }
    Ok(())
}

fn check_fields(
    shapes: &mut Shapes<'_>,
    handle: u16,
    fields: &[Ty],
    meter: &mut Meter,
) -> Result<(), Rule> {
    let parameters = shapes.types.type_parameters(handle)?;
    let constraints: Vec<_> = parameters.iter().map(|item| item.constraints).collect();
    // A datatype may lack an ability only because of an argument, so its fields are looked at with the best arguments.
    let best = vec![AbilitySet::PRIMITIVE.union(AbilitySet::KEY); parameters.len()];
    let declared = shapes
        .module
        .datatype_handle(handle)
        .map_err(|_| Rule::OutOfBounds)?
        .abilities;
    let mut constrained = Abilities::new(&constraints);
    let mut unconstrained = Abilities::new(&best);
    for field in fields {
        constrained.check(&mut shapes.types, *field, meter)?;
        let abilities = unconstrained.of(&mut shapes.types, *field, meter)?;
        if declared.restricted_by(abilities) != declared {
            return Err(Rule::FieldAbility);
        }
    }
    Ok(())
}

/// A phantom type parameter of a datatype is only an argument for other phantom ones.
fn check_phantoms<'m>(
    module: &'m CompiledModule,
    handle: u16,
    fields: impl Iterator<Item = &'m Token>,
) -> Result<(), Rule> {
    let parameters = |handle| {
        let handle = module.datatype_handle(handle);
        handle
            .map(|handle| &handle.type_parameters)
            .map_err(|_| Rule::OutOfBounds)
    };
    let own = parameters(handle)?;
    let mut pending: Vec<_> = fields.map(|token| (token, false)).collect();
    while let Some((token, phantom)) = pending.pop() {
        match token {
            Token::Parameter(index) => {
                let parameter = own.get(usize::from(*index));
                if parameter.ok_or(Rule::TypeParameterOutOfRange)?.is_phantom && !phantom {
                    return Err(Rule::PhantomPosition);
                }
            }
            Token::Datatype(handle, arguments) => {
                let positions = parameters(*handle)?.iter().map(|item| item.is_phantom);
                pending.extend(arguments.iter().zip(positions));
            }
            token => pending.extend(token.children().iter().map(|child| (child, false))),
        }
    }
    Ok(())
}

/// The type arguments of one function's instructions, and its locals.
pub(super) fn check_code(
    shapes: &mut Shapes<'_>,
    abilities: &mut Abilities<'_>,
    code: &Code,
    meter: &mut Meter,
) -> Result<(), Broken> {
    for ty in &*shapes.signature(code.locals)? {
        abilities.check(&mut shapes.types, *ty, meter)?;
    }
    for (at, op) in code.ops.iter().enumerate() {
        check_op(shapes, abilities, op, meter).map_err(|rule| Broken::from(rule).at(at))?;
    }
    Ok(())
}

fn check_op(
    shapes: &mut Shapes<'_>,
    abilities: &mut Abilities<'_>,
    op: &Op,
    meter: &mut Meter,
) -> Result<(), Rule> {
    meter.charge(1)?;
    let module = shapes.module;
    let bounds = |found: Result<(u16, u16), _>| found.map_err(|_| Rule::OutOfBounds);
    let structure = |index| module.structure(index).map(|item| item.0);
    let enumeration = |index| module.enumeration(index).map(|item| item.0);
    // What has type parameters and which arguments it is given, if any.
    let (handle, signature) = match op {
        Op::Call(handle) | Op::CallGeneric(handle) => {
            let (handle, signature) = match op {
                Op::Call(_) => (*handle, None),
                _ => bounds(module.function_instantiation(*handle))
                    .map(|(handle, signature)| (handle, Some(signature)))?,
            };
            let callee = module
                .function_handle(handle)
                .map_err(|_| Rule::OutOfBounds)?;
            return check_generic(
                shapes,
                abilities,
                callee.type_parameters.iter().copied(),
                signature,
                meter,
            );
        }
        Op::Pack(index) | Op::Unpack(index) => (structure(*index), None),
        Op::PackGeneric(index) | Op::UnpackGeneric(index) => {
            let (definition, signature) = bounds(module.struct_instantiation(*index))?;
            (structure(definition), Some(signature))
        }
        Op::BorrowField(_, index) => (structure(bounds(module.field(*index))?.0), None),
        Op::BorrowFieldGeneric(_, index) => {
            let found = module.field_instantiations.get(usize::from(*index));
            let (field, signature) = *found.ok_or(Rule::OutOfBounds)?;
            (structure(bounds(module.field(field))?.0), Some(signature))
        }
        Op::PackVariant(index) | Op::UnpackVariant(index) | Op::UnpackVariantRef(_, index) => {
            (enumeration(bounds(module.variant(*index))?.0), None)
        }
        Op::PackVariantGeneric(index)
        | Op::UnpackVariantGeneric(index)
        | Op::UnpackVariantGenericRef(_, index) => {
            let found = module.variant_instantiation(*index);
            let (definition, signature, _) = found.map_err(|_| Rule::OutOfBounds)?;
            (enumeration(definition), Some(signature))
        }
        Op::VecPack(signature, count) | Op::VecUnpack(signature, count) => {
            if *count > u64::from(u16::MAX) {
                return Err(Rule::VectorLiteral);
            }
            let element = shapes.element(*signature)?;
            return abilities.check(&mut shapes.types, element, meter);
        }
        Op::VecLen(signature)
        | Op::VecBorrow(_, signature)
        | Op::VecPushBack(signature)
        | Op::VecPopBack(signature)
        | Op::VecSwap(signature) => {
            let element = shapes.element(*signature)?;
            return abilities.check(&mut shapes.types, element, meter);
        }
        _ => return Ok(()),
    };
    let parameters = shapes
        .types
        .type_parameters(handle.map_err(|_| Rule::OutOfBounds)?)?;
    let constraints = parameters.iter().map(|item| item.constraints);
    check_generic(shapes, abilities, constraints, signature, meter)
}

/// Type arguments are given exactly to what has type parameters, and fit.
fn check_generic(
    shapes: &mut Shapes<'_>,
    abilities: &mut Abilities<'_>,
    constraints: impl ExactSizeIterator<Item = AbilitySet>,
    signature: Option<u16>,
    meter: &mut Meter,
) -> Result<(), Rule> {
    if (constraints.len() == 0) != signature.is_none() {
        return Err(Rule::GenericMismatch);
    }
    let Some(signature) = signature else {
        return Ok(());
    };
    let arguments = shapes.signature(signature)?;
    for argument in &*arguments {
        if shapes.types.referent(*argument)?.is_some() {
            return Err(Rule::NestedReference);
        }
        abilities.check(&mut shapes.types, *argument, meter)?;
    }
    abilities.check_arguments(&mut shapes.types, constraints, &arguments, meter)
}

/// A type parameter of a function of the module.
type Parameter = (u16, u16);

/// No circle of calls gives a type parameter, on its way around, a type that contains it.
pub(super) fn check_growth(shapes: &Shapes<'_>, meter: &mut Meter) -> Result<(), Rule> {
    let module = shapes.module;
    // Which type parameters flow into which others, and on which of these ways the type grows.
    let mut flows: HashMap<Parameter, HashSet<Parameter>> = HashMap::new();
    let mut growing: HashSet<(Parameter, Parameter)> = HashSet::new();
    let own: HashSet<u16> = module.functions.iter().map(|item| item.handle).collect();
    for function in &module.functions {
        for op in function.code.iter().flat_map(|code| &code.ops) {
            let Op::CallGeneric(index) = op else { continue };
            let called = module.function_instantiation(*index);
            let (callee, signature) = called.map_err(|_| Rule::OutOfBounds)?;
            if !own.contains(&callee) {
                continue;
            }
            for (number, argument) in (0u16..).zip(&*shapes.signature(signature)?) {
                let mut pending = vec![(*argument, false)];
                while let Some((ty, grows)) = pending.pop() {
                    meter.charge(1)?;
                    match shapes.types.kind(ty)? {
                        Kind::Parameter(from) => {
                            let (from, to) = ((function.handle, *from), (callee, number));
                            flows.entry(from).or_default().insert(to);
                            if grows {
                                growing.insert((from, to));
                            }
                        }
                        Kind::Vector(inner) | Kind::Reference(_, inner) => {
                            pending.push((*inner, true));
                        }
                        Kind::Datatype(_, arguments) => {
                            pending.extend(arguments.iter().map(|ty| (*ty, true)));
                        }
                        _ => {}
                    }
                }
            }
        }
    }
    // A flow that grows must not be part of a circle: from where it ends, its beginning cannot be reached.
    for (from, to) in growing {
        let mut reached = HashSet::from([to]);
        let mut pending = vec![to];
        while let Some(next) = pending.pop() {
            if next == from {
                return Err(Rule::InstantiationLoop);
            }
            let onward = flows.get(&next).into_iter().flatten().copied();
            let before = pending.len();
            pending.extend(onward.filter(|end| reached.insert(*end)));
            meter.charge(1 + pending.len() - before)?;
        }
    }
    Ok(())
}
