//! Why a transaction was refused before it could have any effect.

use sui_sdk_types::{Address, Digest, TypeTag};

/// A refusal: the transaction has no effects, costs no gas and leaves the ledger as it was.
///
/// A transaction that runs and fails, a Move abort for example, is not a refusal: it is an
/// [`ExecutedTransaction`](super::ExecutedTransaction) whose effects carry the failure.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Rejection {
    /// A signature does not verify.
    #[error("invalid signature: {reason}; sign the BCS bytes of exactly this transaction")]
    InvalidSignature {
        /// What the verifier said.
        reason: String,
    },
    /// A signature verifies but belongs to somebody else.
    #[error("missing the signature of {required}: sign with the key of that address (signed by {})", join(.signers))]
    MissingSignature {
        /// Whose signature is needed: the sender or the gas owner.
        required: Address,
        /// Whose signatures came.
        signers: Vec<Address>,
    },
    /// There are more or fewer signatures than signers.
    #[error(
        "expected {expected} signature(s), found {found}: one of the sender, and one of the gas owner if different"
    )]
    SignatureCount {
        /// How many are needed.
        expected: usize,
        /// How many came.
        found: usize,
    },
    /// The transaction is of a kind that only the network itself makes.
    #[error("a {kind} transaction is made by the ledger itself: send a programmable transaction")]
    SystemTransaction {
        /// The kind.
        kind: &'static str,
    },
    /// Something is not supported by this ledger.
    #[error("{feature} is not supported by this ledger")]
    Unsupported {
        /// What it is.
        feature: &'static str,
    },
    /// The transaction has no BCS encoding, so nothing could have signed it.
    #[error("the transaction cannot be encoded: {reason}")]
    Unencodable {
        /// What the encoder said.
        reason: String,
    },
    /// A limit of the protocol is exceeded.
    #[error("{what}: {found} is more than the limit of {max}")]
    LimitExceeded {
        /// What is limited.
        what: &'static str,
        /// How much there is.
        found: u64,
        /// How much may be.
        max: u64,
    },
    /// A command lacks what it works on.
    #[error("command {command} has no {what}: give it at least one")]
    EmptyCommand {
        /// Its index.
        command: usize,
        /// What is missing.
        what: &'static str,
    },
    /// The gas price is below the reference gas price of the epoch.
    #[error("gas price {price} is below the reference gas price: offer at least {minimum}")]
    GasPriceTooLow {
        /// The price offered.
        price: u64,
        /// The reference gas price.
        minimum: u64,
    },
    /// The gas price is above what the protocol accepts.
    #[error("gas price {price} is too high: offer at most {maximum}")]
    GasPriceTooHigh {
        /// The price offered.
        price: u64,
        /// The most that is accepted.
        maximum: u64,
    },
    /// The budget cannot cover the smallest transaction.
    #[error("gas budget {budget} is too low: set at least {minimum}")]
    GasBudgetTooLow {
        /// The budget.
        budget: u64,
        /// The least that is accepted.
        minimum: u64,
    },
    /// The budget is above what the protocol accepts.
    #[error("gas budget {budget} is too high: set at most {maximum}")]
    GasBudgetTooHigh {
        /// The budget.
        budget: u64,
        /// The most that is accepted.
        maximum: u64,
    },
    /// The gas coins together hold less than the budget.
    #[error(
        "the gas payment holds {balance} MIST, the budget is {budget}: add gas coins or lower the budget"
    )]
    GasBalanceTooLow {
        /// What the coins or the address balance hold.
        balance: u64,
        /// The budget.
        budget: u64,
    },
    /// The issuer of a coin denies it to the sender.
    #[error(
        "the issuer of {coin_type} denies it to {address}: only the issuer can take the address off the deny list (0x403)"
    )]
    AddressDeniedForCoin {
        /// The sender.
        address: Address,
        /// The coin type, without `0x`.
        coin_type: String,
    },
    /// The issuer of a coin stopped all use of it.
    #[error(
        "the issuer of {coin_type} has paused it for everybody: wait until the issuer ends the global pause"
    )]
    CoinTypeGlobalPause {
        /// The coin type, without `0x`.
        coin_type: String,
    },
    /// A gas object is not a SUI coin owned by the gas owner.
    #[error(
        "gas object {object} is not a SUI coin owned by an address: pay gas with 0x2::coin::Coin<0x2::sui::SUI>"
    )]
    InvalidGasObject {
        /// The object.
        object: Address,
    },
    /// There is no gas payment and nothing that lets the address balance pay.
    #[error(
        "no gas payment: add gas coins, or pay from the address balance with a ValidDuring expiration of one or two epochs"
    )]
    MissingGasPayment,
    /// The transaction uses the gas coin although the address balance pays.
    #[error(
        "the gas coin is used but gas is paid from the address balance: withdraw the funds as an input instead"
    )]
    GasCoinWithoutPayment,
    /// An object does not exist.
    #[error("object {object} does not exist (any more){}: fetch it again", at(.version))]
    ObjectNotFound {
        /// The object.
        object: Address,
        /// The version that was named.
        version: Option<u64>,
    },
    /// An object moved on since the transaction was built.
    #[error(
        "object {object} is at version {current}, the transaction names {provided}: fetch it again and rebuild"
    )]
    ObjectVersionMismatch {
        /// The object.
        object: Address,
        /// The version the transaction names.
        provided: u64,
        /// The version there is.
        current: u64,
    },
    /// The digest of an object reference is wrong.
    #[error(
        "object {object} has digest {expected}, the transaction names {provided}: fetch it again and rebuild"
    )]
    ObjectDigestMismatch {
        /// The object.
        object: Address,
        /// The digest the transaction names.
        provided: Digest,
        /// The digest there is.
        expected: Digest,
    },
    /// An object belongs to somebody else.
    #[error("object {object} belongs to {owner}, not to {signer}: only its owner may use it")]
    NotOwner {
        /// The object.
        object: Address,
        /// Its owner.
        owner: Address,
        /// Who would use it.
        signer: Address,
    },
    /// An object that belongs to another object cannot be an input.
    #[error(
        "object {object} is a child of {parent}: pass the parent and reach the child from Move"
    )]
    ChildObject {
        /// The object.
        object: Address,
        /// The object it belongs to.
        parent: Address,
    },
    /// A shared object was passed as an owned one.
    #[error(
        "object {object} is shared: pass it as a shared input with its initial shared version {initial_version}"
    )]
    SharedAsOwned {
        /// The object.
        object: Address,
        /// The version at which it was shared.
        initial_version: u64,
    },
    /// An object that is not shared was passed as a shared one.
    #[error("object {object} is not shared: pass it by reference (id, version, digest)")]
    NotShared {
        /// The object.
        object: Address,
    },
    /// The initial version of a shared input is wrong.
    #[error("object {object} was shared at version {expected}, the transaction names {provided}")]
    InitialVersionMismatch {
        /// The object.
        object: Address,
        /// The version the transaction names.
        provided: u64,
        /// The version at which it was shared.
        expected: u64,
    },
    /// A system object that may only be read was passed mutably.
    #[error("object {object} may only be read: pass it as an immutable shared input")]
    ImmutableRequired {
        /// The object.
        object: Address,
    },
    /// A system object that transactions may not use at all.
    #[error("object {object} is reserved for the system")]
    ReservedObject {
        /// The object.
        object: Address,
    },
    /// The same object is an input twice.
    #[error("object {object} is an input more than once: pass it once and use the argument again")]
    DuplicateInput {
        /// The object.
        object: Address,
    },
    /// A package was passed as an object.
    #[error("{package} is a package, not an object")]
    PackageAsObject {
        /// The package.
        package: Address,
    },
    /// A called package does not exist.
    #[error("package {package} does not exist: check the address and the network")]
    PackageNotFound {
        /// The package.
        package: Address,
    },
    /// A called package is an object of another kind.
    #[error("{object} is an object, not a package")]
    ObjectAsPackage {
        /// The object.
        object: Address,
    },
    /// A receiving input is not owned by an address.
    #[error("object {object} cannot be received: it is not owned by an address")]
    NotReceivable {
        /// The object.
        object: Address,
    },
    /// The transaction is valid only in epochs that are over.
    #[error(
        "expired: valid until epoch {max_epoch}, the epoch is {current}; build and sign it again"
    )]
    Expired {
        /// The last epoch it is valid in.
        max_epoch: u64,
        /// The epoch there is.
        current: u64,
    },
    /// The transaction is valid only in epochs to come.
    #[error("not valid yet: valid from epoch {min_epoch}, the epoch is {current}")]
    NotYetValid {
        /// The first epoch it is valid in.
        min_epoch: u64,
        /// The epoch there is.
        current: u64,
    },
    /// The transaction names another chain.
    #[error("signed for chain {provided}, this is {expected}: fetch the chain id and sign again")]
    WrongChain {
        /// The chain the transaction names.
        provided: Digest,
        /// This chain.
        expected: Digest,
    },
    /// The expiration is malformed.
    #[error("invalid expiration: {reason}")]
    InvalidExpiration {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A command follows the use of randomness that could undo it.
    #[error("command {command} follows a use of Random: only TransferObjects and MergeCoins may")]
    CommandAfterRandom {
        /// The index of the command.
        command: usize,
    },
    /// A withdrawal from an address balance is malformed.
    #[error("invalid withdrawal in input {input}: {reason}")]
    InvalidWithdrawal {
        /// The index of the input.
        input: usize,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// An address balance holds less than the transaction may withdraw.
    #[error(
        "the address balance of {owner} holds {available} of {coin_type}, {needed} are needed: deposit more"
    )]
    InsufficientAddressBalance {
        /// Whose balance.
        owner: Address,
        /// Of which coin.
        coin_type: Box<TypeTag>,
        /// What all withdrawals and the gas budget come to.
        needed: u64,
        /// What there is.
        available: u64,
    },
    /// A type in the transaction cannot be what it stands for.
    #[error("invalid type {tag}: {reason}")]
    InvalidType {
        /// The type.
        tag: Box<TypeTag>,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// No coins could be selected to pay for gas.
    #[error("{owner} has {available} MIST for gas, {needed} are needed: fund it first")]
    NoGas {
        /// The gas owner.
        owner: Address,
        /// What a payment must hold.
        needed: u64,
        /// What there is.
        available: u64,
    },
    /// A defect of this ledger; the transaction was not executed.
    #[error("internal error, please report it: {reason}")]
    Internal {
        /// What went wrong.
        reason: String,
    },
}

/// Why the ledger could not be made or its control functions refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LedgerError {
    /// The framework does not load.
    #[error("the framework does not load ({reason}): rebuild it with the pinned toolchain")]
    Framework {
        /// What went wrong.
        reason: String,
    },
    /// A configuration value makes no sense.
    #[error("invalid ledger configuration: {reason}")]
    Config {
        /// What is wrong.
        reason: &'static str,
    },
    /// The clock would go back.
    #[error("the clock stands at {now_ms} ms and cannot go back to {requested_ms} ms")]
    ClockBackwards {
        /// The present.
        now_ms: u64,
        /// What was asked for.
        requested_ms: u64,
    },
    /// The faucet has too little.
    #[error("the faucet cannot pay: {reason}")]
    Faucet {
        /// What went wrong.
        reason: String,
    },
    /// A system transaction failed, which is a defect of this ledger.
    #[error("a system transaction failed, please report it: {reason}")]
    System {
        /// What went wrong.
        reason: String,
    },
    /// A snapshot cannot be used.
    #[error("the snapshot cannot be used: {reason}")]
    Snapshot {
        /// What is wrong with it.
        reason: String,
    },
    /// There is no such checkpoint to return to.
    #[error("there is no checkpoint {requested} to return to: the newest is {newest}")]
    NoCheckpoint {
        /// The one that was asked for.
        requested: u64,
        /// The newest there is.
        newest: u64,
    },
    /// The faucet's transaction was refused.
    #[error(transparent)]
    Rejected(#[from] Rejection),
}

fn join(addresses: &[Address]) -> String {
    if addresses.is_empty() {
        return "nobody".to_owned();
    }
    addresses
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(", ")
}

fn at(version: &Option<u64>) -> String {
    version
        .map(|version| format!(" at version {version}"))
        .unwrap_or_default()
}
