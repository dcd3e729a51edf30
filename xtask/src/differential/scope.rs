//! What can be named where an expression stands.

use super::{expression::expression, random::Random, types::Type};

/// What can be named where an expression stands.
#[derive(Debug, Default)]
pub(super) struct Scope {
    pub(super) variables: Vec<(String, Type)>,
    pub(super) functions: Vec<(String, Vec<Type>, Type)>,
}

impl Scope {
    /// A variable of this type.
    pub(super) fn variable(&self, random: &mut Random, of: &Type) -> Option<String> {
        let found: Vec<&String> = self
            .variables
            .iter()
            .filter(|(_, known)| known == of)
            .map(|(name, _)| name)
            .collect();
        (!found.is_empty()).then(|| (*random.pick(&found)).clone())
    }

    /// A field of this type, of a variable.
    pub(super) fn field(&self, random: &mut Random, of: &Type) -> Option<String> {
        let mut found = Vec::new();
        for (name, known) in &self.variables {
            match known {
                Type::Pair(a, _) if **a == *of => found.push(format!("{name}.a")),
                Type::Pair(_, b) if **b == *of => found.push(format!("{name}.b")),
                Type::Choice(inner) if **inner == *of => {
                    found.push(format!(
                        "first({name}, {})",
                        expression(random, &Self::default(), of)
                    ));
                }
                Type::Point if *of == Type::U64 => found.push(format!("{name}.x")),
                Type::Point if *of == Type::Int(8) => found.push(format!("{name}.y")),
                _ => {}
            }
        }
        (!found.is_empty()).then(|| random.pick(&found).clone())
    }

    /// A function that returns this type.
    pub(super) fn call(&self, random: &mut Random, of: &Type) -> Option<(String, Vec<Type>)> {
        let found: Vec<_> = self
            .functions
            .iter()
            .filter(|(_, _, result)| result == of)
            .map(|(name, parameters, _)| (name.clone(), parameters.clone()))
            .collect();
        (!found.is_empty()).then(|| random.pick(&found).clone())
    }
}
