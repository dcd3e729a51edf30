//! Composing a grant.

use sui_sdk_types::{Argument, TypeTag};

use super::{PtbBuilder, PtbError};
use crate::{Allowance, Deployment, Grant};

/// Composes a grant; `None` for the plain one, of every action the dApp lets sessions take.
pub(super) fn append_grant(
    ptb: &mut PtbBuilder,
    deployment: &Deployment,
    grant: &Grant,
) -> Result<Option<Argument>, PtbError> {
    if *grant == Grant::all_session_actions() {
        return Ok(None);
    }
    let mut composer = Composer { ptb, deployment };
    let mut value = match grant.named_actions() {
        None => composer.call("grant", "all_session_actions", vec![])?,
        Some(actions) => {
            let mut value = composer.call("grant", "new", vec![])?;
            for action in actions {
                let action = composer.ptb.pure(action)?;
                value = composer.call("grant", "allow_action", vec![value, action])?;
            }
            value
        }
    };
    if let Some(max_debt) = grant.max_debt() {
        value = composer.limit("grant", "with_max_debt", value, &[max_debt])?;
    }
    if let Some(max_calls) = grant.max_calls() {
        value = composer.limit("grant", "with_max_calls", value, &[max_calls])?;
    }
    if let Some(limit) = grant.rate_limit() {
        let numbers = [limit.capacity(), limit.refill(), limit.interval_ms()];
        value = composer.limit("grant", "with_rate_limit", value, &numbers)?;
    }
    for coin in grant.allowances() {
        let allowance = composer.allowance(&coin.allowance)?;
        value = composer.typed_call(
            "grant",
            "allow_coin",
            vec![coin.coin_type.clone()],
            vec![value, allowance],
        )?;
    }
    if let Some(renewals) = grant.renewals() {
        let numbers = [renewals.max_renewals, renewals.ends_at_ms];
        value = composer.limit("grant", "with_renewals", value, &numbers)?;
    }
    Ok(Some(value))
}

/// Appends calls of the valet package.
struct Composer<'a> {
    ptb: &'a mut PtbBuilder,
    deployment: &'a Deployment,
}

impl Composer<'_> {
    fn allowance(&mut self, allowance: &Allowance) -> Result<Argument, PtbError> {
        let total = self.ptb.pure(&allowance.total())?;
        let mut value = self.call("allowance", "new", vec![total])?;
        if let Some(max) = allowance.max_per_call() {
            value = self.limit("allowance", "with_max_per_call", value, &[max])?;
        }
        if let Some(window) = allowance.window() {
            let numbers = [window.capacity(), window.interval_ms()];
            value = self.limit("allowance", "with_window", value, &numbers)?;
        }
        Ok(value)
    }

    /// A call that takes a value and numbers, and returns the value with a limit more.
    fn limit(
        &mut self,
        module: &str,
        function: &str,
        value: Argument,
        numbers: &[u64],
    ) -> Result<Argument, PtbError> {
        let mut arguments = vec![value];
        for number in numbers {
            arguments.push(self.ptb.pure(number)?);
        }
        self.call(module, function, arguments)
    }

    fn call(
        &mut self,
        module: &str,
        function: &str,
        arguments: Vec<Argument>,
    ) -> Result<Argument, PtbError> {
        self.typed_call(module, function, vec![], arguments)
    }

    fn typed_call(
        &mut self,
        module: &str,
        function: &str,
        types: Vec<TypeTag>,
        arguments: Vec<Argument>,
    ) -> Result<Argument, PtbError> {
        let package = self.deployment.valet_package;
        self.ptb
            .move_call(package, module, function, types, arguments)
    }
}
