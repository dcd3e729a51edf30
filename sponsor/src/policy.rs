//! What a sponsor pays for: the whole transaction is compared with a list.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use sui_sdk_types::{
    Address, Argument, Command, Input, MoveCall, ProgrammableTransaction, StructTag, TypeTag,
    WithdrawFrom,
};
use valet_client::Violation;

/// What may be in a transaction that the sponsor pays for. Everything else is refused.
///
/// ```
/// use sui_sdk_types::Address;
/// use valet_client::{Violation, ptb::PtbBuilder};
/// use valet_sponsor::{Policy, Rule};
///
/// let game = Address::from_static("0xa4e4a");
/// let policy = Policy::new([Rule::module(game, "arena").with_functions(["step", "rest"])]);
///
/// let call = |function| {
///     let mut ptb = PtbBuilder::new();
///     ptb.move_call(game, "arena", function, vec![], vec![])?;
///     Ok::<_, valet_client::ptb::PtbError>(ptb.finish())
/// };
/// assert_eq!(policy.check(&call("step")?, &Default::default()), Ok(()));
/// let refused = policy.check(&call("withdraw_prize")?, &Default::default());
/// assert!(matches!(refused, Err(Violation::Call { command: 0, .. })));
/// # Ok::<(), valet_client::ptb::PtbError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[must_use]
pub struct Policy {
    /// The calls.
    pub allow: Vec<Rule>,
    /// What else than calls may be in it: nothing, unless it is named.
    #[serde(default)]
    pub also: BTreeSet<Extra>,
    /// How many commands it may have.
    #[serde(default = "Policy::default_commands")]
    pub max_commands: usize,
    /// How many inputs it may have.
    #[serde(default = "Policy::default_inputs")]
    pub max_inputs: usize,
    /// How many bytes its inputs and commands may have.
    #[serde(default = "Policy::default_bytes")]
    pub max_bytes: usize,
}

/// Calls that the sponsor pays for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[must_use]
pub struct Rule {
    /// The package that is called.
    pub package: Address,
    /// Its module.
    pub module: String,
    /// The functions; every one of the module's when there is no list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub functions: Option<BTreeSet<String>>,
    /// The type arguments, exactly; any when there is no list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub type_arguments: Option<Vec<TypeTag>>,
    /// What arguments must be.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub objects: Vec<ObjectRule>,
}

/// What an argument of a call must be: one of these objects, or one of this type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ObjectRule {
    /// The argument's index.
    pub argument: usize,
    /// The objects; any when there is no list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ids: Option<BTreeSet<Address>>,
    /// The type; any when there is none.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub object_type: Option<StructTag>,
}

/// What a transaction may hold besides calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Extra {
    /// Sending objects away.
    TransferObjects,
    /// Splitting coins.
    SplitCoins,
    /// Merging coins.
    MergeCoins,
    /// Making a vector.
    MakeMoveVector,
    /// Publishing a package.
    Publish,
    /// Upgrading a package.
    Upgrade,
    /// Withdrawing from the sender's address balance, never the sponsor's.
    SenderWithdrawal,
}

impl Extra {
    fn name(self) -> &'static str {
        match self {
            Self::TransferObjects => "transfer-objects",
            Self::SplitCoins => "split-coins",
            Self::MergeCoins => "merge-coins",
            Self::MakeMoveVector => "make-move-vector",
            Self::Publish => "publish",
            Self::Upgrade => "upgrade",
            Self::SenderWithdrawal => "sender-withdrawal",
        }
    }
}

impl Rule {
    /// Every function of a module, with any types and objects.
    pub fn module(package: Address, module: impl Into<String>) -> Self {
        Self {
            package,
            module: module.into(),
            functions: None,
            type_arguments: None,
            objects: Vec::new(),
        }
    }

    /// These functions only.
    pub fn with_functions<S: Into<String>>(
        mut self,
        functions: impl IntoIterator<Item = S>,
    ) -> Self {
        self.functions = Some(functions.into_iter().map(Into::into).collect());
        self
    }

    /// With exactly these type arguments.
    pub fn with_type_arguments(mut self, types: Vec<TypeTag>) -> Self {
        self.type_arguments = Some(types);
        self
    }

    /// With an argument that fits.
    pub fn with_object(mut self, object: ObjectRule) -> Self {
        self.objects.push(object);
        self
    }

    fn names(&self, call: &MoveCall) -> bool {
        call.package == self.package
            && call.module.as_str() == self.module
            && self
                .functions
                .as_ref()
                .is_none_or(|functions| functions.contains(call.function.as_str()))
            && self
                .type_arguments
                .as_ref()
                .is_none_or(|types| *types == call.type_arguments)
    }

    /// The first argument that does not fit.
    fn misfit(&self, call: &MoveCall, inputs: &[Input], types: &ObjectTypes) -> Option<usize> {
        let fits = |rule: &ObjectRule| {
            let id = object_of(call, rule.argument, inputs);
            let id_fits = match &rule.ids {
                Some(ids) => id.is_some_and(|id| ids.contains(&id)),
                None => id.is_some(),
            };
            let type_fits = rule
                .object_type
                .as_ref()
                .is_none_or(|tag| id.and_then(|id| types.get(&id)) == Some(tag));
            id_fits && type_fits
        };
        let misfit = self.objects.iter().find(|rule| !fits(rule));
        misfit.map(|rule| rule.argument)
    }
}

/// The types of objects, as the ledger has them.
pub type ObjectTypes = BTreeMap<Address, StructTag>;

impl Policy {
    const fn default_commands() -> usize {
        16
    }

    const fn default_inputs() -> usize {
        64
    }

    const fn default_bytes() -> usize {
        16 * 1024
    }

    /// These calls and nothing else, at most 16 of them, with at most 64 inputs and 16 KiB.
    pub fn new(allow: impl IntoIterator<Item = Rule>) -> Self {
        Self {
            allow: allow.into_iter().collect(),
            also: BTreeSet::new(),
            max_commands: Self::default_commands(),
            max_inputs: Self::default_inputs(),
            max_bytes: Self::default_bytes(),
        }
    }

    /// Lets something else than calls into a transaction.
    pub fn with_extra(mut self, extra: Extra) -> Self {
        self.also.insert(extra);
        self
    }

    /// The objects whose types [`check`](Self::check) has to know for this transaction.
    #[must_use]
    pub fn wanted_types(&self, ptb: &ProgrammableTransaction) -> BTreeSet<Address> {
        let mut wanted = BTreeSet::new();
        for command in &ptb.commands {
            let Command::MoveCall(call) = command else {
                continue;
            };
            for rule in self.allow.iter().filter(|rule| rule.names(call)) {
                let typed = rule.objects.iter().filter(|o| o.object_type.is_some());
                wanted.extend(typed.filter_map(|o| object_of(call, o.argument, &ptb.inputs)));
            }
        }
        wanted
    }

    /// Compares every input and every command with the list.
    ///
    /// # Errors
    /// The first thing that is not allowed.
    pub fn check(
        &self,
        ptb: &ProgrammableTransaction,
        types: &ObjectTypes,
    ) -> Result<(), Violation> {
        self.check_size(ptb)?;
        // Before anything else: the gas coin is the sponsor's money, whatever the command.
        for (command, found) in ptb.commands.iter().enumerate() {
            if arguments(found).any(|argument| argument == Argument::Gas) {
                return Err(Violation::GasCoin { command });
            }
        }
        for (input, found) in ptb.inputs.iter().enumerate() {
            self.check_input(input, found)?;
        }
        for (command, found) in ptb.commands.iter().enumerate() {
            self.check_command(command, found, &ptb.inputs, types)?;
        }
        Ok(())
    }

    fn check_size(&self, ptb: &ProgrammableTransaction) -> Result<(), Violation> {
        if ptb.commands.is_empty() {
            return Err(Violation::Empty);
        }
        let bytes = bcs::serialized_size(ptb).unwrap_or(usize::MAX);
        for (what, found, max) in [
            ("commands", ptb.commands.len(), self.max_commands),
            ("inputs", ptb.inputs.len(), self.max_inputs),
            ("bytes", bytes, self.max_bytes),
        ] {
            if found > max {
                let what = what.to_owned();
                return Err(Violation::TooLarge { what, found, max });
            }
        }
        Ok(())
    }

    fn check_input(&self, input: usize, found: &Input) -> Result<(), Violation> {
        match found {
            Input::Pure(_)
            | Input::Shared(_)
            | Input::ImmutableOrOwned(_)
            | Input::Receiving(_) => Ok(()),
            Input::FundsWithdrawal(withdrawal) => {
                // The sponsor's balance is never on the list, nor is anybody's that is not the sender's.
                let senders = withdrawal.source() == WithdrawFrom::Sender;
                if senders && self.also.contains(&Extra::SenderWithdrawal) {
                    Ok(())
                } else {
                    Err(Violation::Withdrawal { input })
                }
            }
            _ => Err(Violation::Input { input }),
        }
    }

    fn check_command(
        &self,
        command: usize,
        found: &Command,
        inputs: &[Input],
        types: &ObjectTypes,
    ) -> Result<(), Violation> {
        let extra = match found {
            Command::MoveCall(call) => return self.check_call(command, call, inputs, types),
            Command::TransferObjects(_) => Some(Extra::TransferObjects),
            Command::SplitCoins(_) => Some(Extra::SplitCoins),
            Command::MergeCoins(_) => Some(Extra::MergeCoins),
            Command::MakeMoveVector(_) => Some(Extra::MakeMoveVector),
            Command::Publish(_) => Some(Extra::Publish),
            Command::Upgrade(_) => Some(Extra::Upgrade),
            // A command of a later protocol.
            _ => None,
        };
        match extra {
            Some(extra) if self.also.contains(&extra) => Ok(()),
            extra => Err(Violation::Command {
                command,
                kind: extra.map_or("unknown", Extra::name).to_owned(),
            }),
        }
    }

    fn check_call(
        &self,
        command: usize,
        call: &MoveCall,
        inputs: &[Input],
        types: &ObjectTypes,
    ) -> Result<(), Violation> {
        let mut misfit = None;
        for rule in self.allow.iter().filter(|rule| rule.names(call)) {
            match rule.misfit(call, inputs, types) {
                None => return Ok(()),
                Some(argument) => misfit = Some(argument),
            }
        }
        Err(match misfit {
            Some(argument) => Violation::Object { command, argument },
            None => Violation::Call {
                command,
                function: describe(call),
            },
        })
    }
}

/// The object that an argument is, if it is an input.
fn object_of(call: &MoveCall, argument: usize, inputs: &[Input]) -> Option<Address> {
    let Some(Argument::Input(index)) = call.arguments.get(argument) else {
        return None;
    };
    match inputs.get(usize::from(*index))? {
        Input::Shared(shared) => Some(shared.object_id()),
        Input::ImmutableOrOwned(reference) | Input::Receiving(reference) => {
            Some(*reference.object_id())
        }
        _ => None,
    }
}

fn describe(call: &MoveCall) -> String {
    let name = format!("{}::{}::{}", call.package, call.module, call.function);
    if call.type_arguments.is_empty() {
        return name;
    }
    let types: Vec<_> = call.type_arguments.iter().map(TypeTag::to_string).collect();
    format!("{name}<{}>", types.join(", "))
}

/// Every argument of a command.
fn arguments(command: &Command) -> Box<dyn Iterator<Item = Argument> + '_> {
    match command {
        Command::MoveCall(call) => Box::new(call.arguments.iter().copied()),
        Command::TransferObjects(transfer) => {
            Box::new(transfer.objects.iter().copied().chain([transfer.address]))
        }
        Command::SplitCoins(split) => Box::new(
            [split.coin]
                .into_iter()
                .chain(split.amounts.iter().copied()),
        ),
        Command::MergeCoins(merge) => Box::new(
            [merge.coin]
                .into_iter()
                .chain(merge.coins_to_merge.iter().copied()),
        ),
        Command::MakeMoveVector(vector) => Box::new(vector.elements.iter().copied()),
        Command::Upgrade(upgrade) => Box::new([upgrade.ticket].into_iter()),
        // Publishing has none, and an unknown command is refused.
        _ => Box::new(std::iter::empty()),
    }
}
