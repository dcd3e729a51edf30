//! The bytecode verifier: what it accepts runs without surprises.
//!
//! A module that passes makes no value of a type from one of another, copies nothing that cannot be copied and loses nothing
//! that cannot be dropped, reads no local that holds nothing, and has no reference to what is no more or changes unexpectedly.
//! The rules are Move's, with the limits of the modelled protocol;
//!
//! Functions are checked one by one: control flow, operands, locals, references. The number of steps is limited for a package
//! as a whole, so that a module made to be slow to verify is refused. Loading does the rest: it links modules, and what a
//! module says of others' types and functions is compared with them there.

mod borrows;
mod error;
mod fixpoint;
mod flow;
mod locals;
mod meter;
mod package;
mod references;
mod shapes;
mod signatures;
mod sui;
mod tables;
mod types;
mod typing;

pub use self::error::{Rule, VerificationError};

use self::error::Broken;
use self::flow::Flow;
use self::meter::Meter;
use self::shapes::Shapes;
use self::types::Abilities;
use super::bytecode::{Code, CompiledModule};

/// Modules that keep the rules of the Move language, and perhaps those of Sui.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Verified {
    sui: Option<VerificationError>,
}

impl Verified {
    /// Whether the modules keep Sui's rules as well: functions that are for the module of their type argument are called
    /// with types of the calling module, and objects are made of fresh ids.
    ///
    /// # Errors
    /// The first rule that is broken, and where.
    pub fn sui_rules(self) -> Result<(), VerificationError> {
        self.sui.map_or(Ok(()), Err)
    }
}

/// Checks the modules of a package by the rules of the Move language.
///
/// # Errors
/// The first rule that is broken, and where.
pub fn verify(modules: &[&CompiledModule]) -> Result<Verified, VerificationError> {
    let mut meter = Meter::for_package();
    let mut verified = Verified { sui: None };
    package::check(modules)?;
    for module in modules {
        verify_module(module, &mut verified, &mut meter)?;
    }
    Ok(verified)
}

fn verify_module(
    module: &CompiledModule,
    verified: &mut Verified,
    meter: &mut Meter,
) -> Result<(), VerificationError> {
    let refused = |broken: Broken| located(module, None, broken);
    tables::check(module).map_err(|rule| refused(rule.into()))?;
    let mut shapes = Shapes::new(module, meter).map_err(|rule| refused(rule.into()))?;
    signatures::check(&mut shapes, meter).map_err(|rule| refused(rule.into()))?;
    signatures::check_growth(&shapes, meter).map_err(|rule| refused(rule.into()))?;
    for function in &module.functions {
        if let Some(code) = &function.code {
            let located = |broken| located(module, Some(function.handle), broken);
            let sui = verify_function(&mut shapes, function.handle, code, meter);
            if let Err(broken) = sui.map_err(located)? {
                verified.sui.get_or_insert_with(|| located(broken));
            }
        }
    }
    Ok(())
}

/// Checks a function by Move's rules; what it returns is the outcome of Sui's.
fn verify_function<'m>(
    shapes: &mut Shapes<'m>,
    index: u16,
    code: &'m Code,
    meter: &mut Meter,
) -> Result<Result<(), Broken>, Broken> {
    let module = shapes.module;
    let handle = module
        .function_handle(index)
        .map_err(|_| Rule::OutOfBounds)?;
    let mut abilities = Abilities::new(&handle.type_parameters);
    signatures::check_code(shapes, &mut abilities, code, meter)?;
    let flow = Flow::new(code, meter)?;
    let parameters = shapes.signature(handle.parameters)?;
    let declared = shapes.signature(code.locals)?;
    let locals: Vec<_> = parameters.iter().chain(&*declared).copied().collect();
    let returns = shapes.signature(handle.returns)?;
    let effects = typing::check(
        shapes,
        &mut abilities,
        code,
        &flow,
        (&locals, returns),
        meter,
    )?;
    let mut local_abilities = Vec::new();
    for ty in &locals {
        local_abilities.push(abilities.of(&mut shapes.types, *ty, meter)?);
    }
    locals::check(code, &flow, parameters.len(), &local_abilities, meter)?;
    references::check(
        shapes,
        code,
        &flow,
        &effects,
        (parameters.len(), &locals),
        meter,
    )?;
    match sui::check(module, index, code, &flow, &effects, meter) {
        // Too many steps are too many, whichever rule takes them.
        Err(Broken {
            rule: rule @ Rule::TooComplex,
            ..
        }) => Err(rule.into()),
        outcome => Ok(outcome),
    }
}

/// Says in which module and function a rule is broken.
fn located(module: &CompiledModule, function: Option<u16>, broken: Broken) -> VerificationError {
    let name = |handle| {
        let handle = module.function_handle(handle).ok()?;
        module.identifier(handle.name).ok().cloned()
    };
    VerificationError {
        module: package::name(module),
        function: function.and_then(name),
        instruction: broken.instruction.and_then(|at| u16::try_from(at).ok()),
        rule: broken.rule,
    }
}
