//! The rules of one-time witnesses and initializers that a module alone shows.

use super::super::{AbilitySet, VmStatus};
use super::code::Op;
use super::model::CompiledModule;
use super::token::Token;

impl CompiledModule {
    /// Whether the module keeps the rules that make a one-time witness the only value of its type.
    ///
    /// A struct with the module's name in capitals and one `bool` inside, which is what the compiler makes of an empty
    /// struct, is a one-time witness. It has `drop` and nothing else, no type parameters, no code makes a value of it, and the
    /// initializer, if there is one, takes it first. Without one the initializer takes the context alone. No code calls the
    /// initializer.
    ///
    /// # Errors
    /// An invariant violation if the module was not checked when it was parsed.
    pub fn keeps_witness_rules(&self) -> Result<bool, VmStatus> {
        let witness = self.witness()?;
        if let Some(index) = witness {
            let handle = self.datatype_handle(self.structure(index)?.0)?;
            if handle.abilities != AbilitySet::DROP || !handle.type_parameters.is_empty() {
                return Ok(false);
            }
        }
        for function in self.functions() {
            let handle = self.function_handle(function.handle)?;
            if self.identifier(handle.name)?.as_str() == "init"
                && !self.takes(self.signature(handle.parameters)?, witness)?
            {
                return Ok(false);
            }
            for op in function.code.iter().flat_map(|code| &code.ops) {
                let broken = match op {
                    Op::Pack(index) => Some(*index) == witness,
                    Op::PackGeneric(index) => Some(self.struct_instantiation(*index)?.0) == witness,
                    Op::Call(handle) => self.is_initializer(*handle)?,
                    Op::CallGeneric(index) => {
                        self.is_initializer(self.function_instantiation(*index)?.0)?
                    }
                    _ => false,
                };
                if broken {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    /// The struct that is a one-time witness by its name and its field.
    fn witness(&self) -> Result<Option<u16>, VmStatus> {
        let wanted = self.name()?.as_str().to_ascii_uppercase();
        for index in 0..self.definition_counts().0 {
            let (handle, fields) = self.structure(index)?;
            let name = self.identifier(self.datatype_handle(handle)?.name)?;
            if name.as_str() == wanted && matches!(fields, [field] if field.token == Token::Bool) {
                return Ok(Some(index));
            }
        }
        Ok(None)
    }

    /// Whether an initializer with these parameters takes the witness if there is one, and else the context alone.
    fn takes(&self, parameters: &[Token], witness: Option<u16>) -> Result<bool, VmStatus> {
        Ok(match (witness, parameters) {
            (None, [_]) => true,
            (Some(index), [Token::Datatype(handle, _), _]) => *handle == self.structure(index)?.0,
            _ => false,
        })
    }

    /// Whether a function handle names the initializer of this module.
    fn is_initializer(&self, handle: u16) -> Result<bool, VmStatus> {
        let handle = self.function_handle(handle)?;
        Ok(self.is_self(handle.module) && self.identifier(handle.name)?.as_str() == "init")
    }
}
