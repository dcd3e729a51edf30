//! Filters of transactions and events: checked when a request comes in, then matched against history.

use std::str::FromStr;

use sui_rpc::proto::sui::rpc::v2 as proto;
use sui_rpc::proto::sui::rpc::v2::{event_literal, transaction_literal};
use sui_sdk_types::{
    Address, Command, Event, Identifier, ObjectIn, ObjectOut, Owner, StructTag, TransactionKind,
};
use tonic::Status;

use super::super::{fields, status};
use crate::ledger::ExecutedTransaction;

/// Most terms of a filter, and most literals of a term.
const MAX_TERMS: usize = 32;
const MAX_LITERALS: usize = 32;

/// What a transaction must be.
pub(in super::super) type TransactionMatcher = Terms<TransactionPredicate>;
/// What an event must be.
pub(in super::super) type EventMatcher = Terms<EventPredicate>;

/// Any of several terms; a term is all of several literals.
#[derive(Clone, Debug)]
pub(in super::super) struct Terms<P>(Vec<Vec<Literal<P>>>);

#[derive(Clone, Debug)]
struct Literal<P> {
    negated: bool,
    predicate: P,
}

impl<P> Terms<P> {
    fn any(&self, holds: impl Fn(&P) -> bool) -> bool {
        self.0.iter().any(|literals| {
            literals
                .iter()
                .all(|literal| holds(&literal.predicate) != literal.negated)
        })
    }

    /// Reads terms; `literals` gives those of a term, `read` turns one into its sign and its predicate.
    fn read<T, L>(
        terms: &[T],
        literals: impl Fn(&T) -> &[L],
        read: impl Fn(&str, &L) -> Result<(bool, P), Status>,
    ) -> Result<Self, Status> {
        bounded("filter.terms", terms.len(), MAX_TERMS)?;
        let term = |(index, term): (usize, &T)| {
            let field = format!("filter.terms[{index}].literals");
            let literals = literals(term);
            bounded(&field, literals.len(), MAX_LITERALS)?;
            literals
                .iter()
                .enumerate()
                .map(|(index, literal)| {
                    let (negated, predicate) = read(&format!("{field}[{index}]"), literal)?;
                    Ok(Literal { negated, predicate })
                })
                .collect()
        };
        terms
            .iter()
            .enumerate()
            .map(term)
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

/// A filter that is there says something, and not too much.
fn bounded(field: &str, len: usize, limit: usize) -> Result<(), Status> {
    match len {
        0 => Err(status::invalid(
            field,
            "give at least one, or leave the filter out to get everything",
        )),
        _ if len > limit => Err(status::invalid(
            field,
            format_args!("{len} is more than the limit of {limit}"),
        )),
        _ => Ok(()),
    }
}

/// One thing that a transaction is or is not.
#[derive(Clone, Debug)]
pub(in super::super) enum TransactionPredicate {
    Sender(Address),
    AffectedAddress(Address),
    AffectedObject(Address),
    MoveCall(Path),
    Event(EventPredicate),
    PackageWrite,
}

/// One thing that an event is or is not.
#[derive(Clone, Debug)]
pub(in super::super) enum EventPredicate {
    Sender(Address),
    Module(Path),
    Type(TypePath),
}

impl TransactionMatcher {
    pub(in super::super) fn transactions(
        filter: &proto::TransactionFilter,
    ) -> Result<Self, Status> {
        use transaction_literal::Predicate;
        Self::read(
            &filter.terms,
            |term| &term.literals,
            |field, literal| {
                let predicate = match &literal.predicate {
                    Some(Predicate::Sender(filter)) => {
                        TransactionPredicate::Sender(address(field, "sender", &filter.address)?)
                    }
                    Some(Predicate::AffectedAddress(filter)) => {
                        TransactionPredicate::AffectedAddress(address(
                            field,
                            "affected_address",
                            &filter.address,
                        )?)
                    }
                    Some(Predicate::AffectedObject(filter)) => {
                        TransactionPredicate::AffectedObject(fields::required(
                            &format!("{field}.affected_object.object_id"),
                            filter.object_id.as_deref(),
                        )?)
                    }
                    Some(Predicate::MoveCall(filter)) => TransactionPredicate::MoveCall(path(
                        &format!("{field}.move_call.function"),
                        filter.function.as_deref(),
                        3,
                    )?),
                    Some(Predicate::EmitModule(filter)) => {
                        TransactionPredicate::Event(emit_module(field, filter)?)
                    }
                    Some(Predicate::EventType(filter)) => {
                        TransactionPredicate::Event(event_type(field, filter)?)
                    }
                    Some(Predicate::PackageWrite(_)) => TransactionPredicate::PackageWrite,
                    Some(Predicate::EventStreamHead(_)) => return Err(no_streams()),
                    _ => return Err(no_predicate(field)),
                };
                Ok((literal.negated, predicate))
            },
        )
    }

    pub(super) fn matches(&self, executed: &ExecutedTransaction) -> bool {
        self.any(|predicate| match predicate {
            TransactionPredicate::Sender(sender) => executed.transaction.sender == *sender,
            TransactionPredicate::AffectedAddress(address) => affects(executed, address),
            TransactionPredicate::AffectedObject(id) => executed.effects_v2().is_some_and(|v2| {
                v2.changed_objects
                    .iter()
                    .any(|changed| changed.object_id == *id)
            }),
            TransactionPredicate::MoveCall(path) => calls(executed, path),
            TransactionPredicate::Event(predicate) => executed
                .events
                .iter()
                .flat_map(|events| &events.0)
                .any(|event| predicate.holds(event)),
            TransactionPredicate::PackageWrite => executed.effects_v2().is_some_and(|v2| {
                v2.changed_objects
                    .iter()
                    .any(|changed| matches!(changed.output_state, ObjectOut::PackageWrite { .. }))
            }),
        })
    }
}

impl EventMatcher {
    pub(in super::super) fn events(filter: &proto::EventFilter) -> Result<Self, Status> {
        use event_literal::Predicate;
        Self::read(
            &filter.terms,
            |term| &term.literals,
            |field, literal| {
                let predicate = match &literal.predicate {
                    Some(Predicate::Sender(filter)) => {
                        EventPredicate::Sender(address(field, "sender", &filter.address)?)
                    }
                    Some(Predicate::EmitModule(filter)) => emit_module(field, filter)?,
                    Some(Predicate::EventType(filter)) => event_type(field, filter)?,
                    Some(Predicate::EventStreamHead(_)) => return Err(no_streams()),
                    _ => return Err(no_predicate(field)),
                };
                Ok((literal.negated, predicate))
            },
        )
    }

    pub(super) fn matches(&self, event: &Event) -> bool {
        self.any(|predicate| predicate.holds(event))
    }
}

impl EventPredicate {
    fn holds(&self, event: &Event) -> bool {
        match self {
            Self::Sender(sender) => event.sender == *sender,
            Self::Module(path) => path.matches(&event.package_id, &event.module, None),
            Self::Type(path) => path.matches(&event.type_),
        }
    }
}

/// Whether an address owned or owns something that changed, or its address balance changed.
fn affects(executed: &ExecutedTransaction, address: &Address) -> bool {
    let owns = |owner: &Owner| match owner {
        Owner::Address(owner) | Owner::ConsensusAddress { owner, .. } => owner == address,
        _ => false,
    };
    executed.effects_v2().is_some_and(|effects| {
        effects.changed_objects.iter().any(|changed| {
            let before = match &changed.input_state {
                ObjectIn::Exist { owner, .. } => owns(owner),
                _ => false,
            };
            before
                || match &changed.output_state {
                    ObjectOut::ObjectWrite { owner, .. } => owns(owner),
                    ObjectOut::AccumulatorWrite(write) => write.address() == address,
                    _ => false,
                }
        })
    })
}

/// Whether a transaction has a command that calls what the path names.
fn calls(executed: &ExecutedTransaction, path: &Path) -> bool {
    let TransactionKind::ProgrammableTransaction(program) = &executed.transaction.kind else {
        return false;
    };
    program.commands.iter().any(|command| match command {
        Command::MoveCall(call) => path.matches(&call.package, &call.module, Some(&call.function)),
        _ => false,
    })
}

/// A package, a module of it, or a function of that.
#[derive(Clone, Debug)]
pub(in super::super) struct Path {
    package: Address,
    module: Option<Identifier>,
    function: Option<Identifier>,
}

impl Path {
    fn matches(
        &self,
        package: &Address,
        module: &Identifier,
        function: Option<&Identifier>,
    ) -> bool {
        self.package == *package
            && self.module.as_ref().is_none_or(|wanted| wanted == module)
            && self
                .function
                .as_ref()
                .is_none_or(|wanted| Some(wanted) == function)
    }
}

/// The types of a package, of a module, of a name, or one.
#[derive(Clone, Debug)]
pub(in super::super) enum TypePath {
    Of(Path),
    /// Without type parameters every instantiation.
    Named(StructTag),
}

impl TypePath {
    fn matches(&self, type_: &StructTag) -> bool {
        match self {
            Self::Of(path) => path.matches(type_.address(), type_.module(), None),
            Self::Named(wanted) if wanted.type_params().is_empty() => {
                wanted.address() == type_.address()
                    && wanted.module() == type_.module()
                    && wanted.name() == type_.name()
            }
            Self::Named(wanted) => wanted == type_,
        }
    }
}

fn address(field: &str, kind: &str, text: &Option<String>) -> Result<Address, Status> {
    fields::required(&format!("{field}.{kind}.address"), text.as_deref())
}

fn emit_module(field: &str, filter: &proto::EmitModuleFilter) -> Result<EventPredicate, Status> {
    let field = format!("{field}.emit_module.module");
    path(&field, filter.module.as_deref(), 2).map(EventPredicate::Module)
}

fn event_type(field: &str, filter: &proto::EventTypeFilter) -> Result<EventPredicate, Status> {
    let field = format!("{field}.event_type.event_type");
    let text = filter.event_type.as_deref();
    let short = text.is_some_and(|text| text.split("::").count() <= 2);
    let path = if short {
        TypePath::Of(path(&field, text, 2)?)
    } else {
        TypePath::Named(fields::required(&field, text)?)
    };
    Ok(EventPredicate::Type(path))
}

/// A path of at most `parts` parts.
fn path(field: &str, text: Option<&str>, parts: usize) -> Result<Path, Status> {
    // Checks that there is text and that it is of reasonable length.
    let text: String = fields::required(field, text)?;
    let mut names = text.split("::");
    let package = fields::required(field, names.next())?;
    let mut name = || {
        names
            .next()
            .map(|name| fields::parse::<Name>(field, name))
            .transpose()
    };
    let module = name()?.map(|name| name.0);
    let function = if parts > 2 {
        name()?.map(|name| name.0)
    } else {
        None
    };
    if names.next().is_some() {
        return Err(status::invalid(
            field,
            format_args!("a path has at most {parts} parts, divided by `::`"),
        ));
    }
    Ok(Path {
        package,
        module,
        function,
    })
}

/// An identifier, with an error that says what one is.
struct Name(Identifier);

impl FromStr for Name {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Identifier::new(text).map(Self).map_err(
            |_| "a name has letters, digits and underscores, and begins with none of the digits",
        )
    }
}

fn no_predicate(field: &str) -> Status {
    status::invalid(field, "it has no predicate that this server knows: set one")
}

fn no_streams() -> Status {
    Status::unimplemented(
        "authenticated event streams are switched off on this ledger, so there is no stream head to filter by: \
         filter by event_type or emit_module",
    )
}
