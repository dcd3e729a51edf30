//! Measuring.

use std::time::{Duration, Instant};

use futures::future::try_join_all;
use sui_crypto::{SuiSigner as _, ed25519::Ed25519PrivateKey};
use sui_sdk_types::{
    Address, Digest, Identifier, Input, SignedTransaction, Transaction, TransactionExpiration,
    TransactionKind,
};
use sui_transaction_builder::{Function, ObjectInput, TransactionBuilder};
use valet_client::{Deployment, SessionKey, SessionOptions, SharedObject};
use zeroize::Zeroizing;

use super::{
    ClientPlan, ClientReport, IN_FLIGHT, Throughput,
    site::{Player, Site},
};
use crate::{Error, Packages};

/// Measured before and not counted.
const WARM_UP: usize = 200;

pub(super) async fn all(packages: &Packages, plan: ClientPlan) -> Result<ClientReport, Error> {
    let site = Site::build(packages).await?;
    let mut first = site.player(SessionKey::generate()?).await?;
    let (sign_us, bare_sign_us) = signing(&site, &first, plan.actions).await?;
    let rpcs_per_action = requests(&site, &mut first, plan.actions.min(200)).await?;
    let mut throughput = Vec::new();
    let mut players = vec![first];
    for in_flight in IN_FLIGHT {
        while players.len() < in_flight {
            players.push(site.player(SessionKey::generate()?).await?);
        }
        throughput.push(play(&site, &mut players, in_flight, plan.actions).await?);
    }
    drop(players);
    let bytes_per_session = memory(&site, plan.sessions).await?;
    Ok(ClientReport {
        sign_us,
        bare_sign_us,
        sign_ratio: sign_us / bare_sign_us,
        rpcs_per_action,
        throughput,
        sessions: plan.sessions,
        bytes_per_session,
    })
}

/// Microseconds to build and sign an action: ours, and of the bare libraries for the same transaction. In turns, so that both see
/// the same machine.
async fn signing(site: &Site, player: &Player, actions: usize) -> Result<(f64, f64), Error> {
    let call = [site.action(0)];
    let sample = player.session.sign(&call).await?;
    let bare = Bare::like(&sample, site.valet.deployment())?;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for round in 0..WARM_UP + actions {
        let began = Instant::now();
        let signed = player.session.sign(&call).await?;
        let between = Instant::now();
        let other = bare.sign(round)?;
        let ended = Instant::now();
        std::hint::black_box((signed, other));
        if round >= WARM_UP {
            ours.push(between - began);
            theirs.push(ended - between);
        }
    }
    Ok((median_us(&mut ours), median_us(&mut theirs)))
}

/// What a program does that uses the libraries and nothing of ours.
struct Bare {
    key: Ed25519PrivateKey,
    sender: Address,
    dapp: SharedObject,
    storage: (Address, u64),
    package: Address,
    price: u64,
    budget: u64,
    expiration: TransactionExpiration,
}

impl Bare {
    fn like(sample: &SignedTransaction, deployment: &Deployment) -> Result<Self, Error> {
        let transaction = &sample.transaction;
        let key = Ed25519PrivateKey::new([7; 32]);
        let TransactionKind::ProgrammableTransaction(ptb) = &transaction.kind else {
            return Err(Error::setup(
                "the sample",
                "it is no programmable transaction",
            ));
        };
        let storage = ptb.inputs.iter().find_map(|input| match input {
            Input::Shared(shared) if shared.object_id() != deployment.dapp.id => {
                Some((shared.object_id(), shared.version()))
            }
            _ => None,
        });
        Ok(Self {
            sender: key.public_key().derive_address(),
            key,
            dapp: deployment.dapp,
            storage: storage.ok_or_else(|| Error::setup("the sample", "it has no storage"))?,
            package: deployment.dapp_package,
            price: transaction.gas_payment.price,
            budget: transaction.gas_payment.budget,
            expiration: transaction.expiration.clone(),
        })
    }

    fn sign(&self, round: usize) -> Result<SignedTransaction, Error> {
        let mut builder = TransactionBuilder::new();
        let (storage, version) = self.storage;
        let arguments = vec![
            builder.object(ObjectInput::shared(
                self.dapp.id,
                self.dapp.initial_version,
                false,
            )),
            builder.object(ObjectInput::shared(storage, version, true)),
            builder.pure(&1_u8),
            builder.object(ObjectInput::shared(SharedObject::CLOCK.id, 1, false)),
        ];
        let step = Function::new(
            self.package,
            Identifier::from_static("arena"),
            Identifier::from_static("step"),
        );
        builder.move_call(step, arguments);
        builder.set_sender(self.sender);
        builder.set_gas_budget(self.budget);
        builder.set_gas_price(self.price);
        // The builder insists on a coin; gas from an address balance has none.
        builder.add_gas_objects([ObjectInput::owned(Address::ZERO, 1, Digest::ZERO)]);
        let mut transaction: Transaction = builder
            .try_build()
            .map_err(|error| Error::setup("the bare transaction", error))?;
        transaction.gas_payment.objects.clear();
        transaction.expiration = self.expiration.clone();
        if let TransactionExpiration::ValidDuring { nonce, .. } = &mut transaction.expiration {
            *nonce = u32::try_from(round).unwrap_or(u32::MAX);
        }
        let signature = self
            .key
            .sign_transaction(&transaction)
            .map_err(|error| Error::setup("the bare signature", error))?;
        Ok(SignedTransaction {
            transaction,
            signatures: vec![signature],
        })
    }
}

async fn requests(site: &Site, player: &mut Player, actions: usize) -> Result<f64, Error> {
    let network = site.valet.network();
    let before = network.rpc_calls();
    site.play(player, actions).await?;
    Ok((network.rpc_calls() - before) as f64 / actions as f64)
}

/// Plays about so many actions, with as many players at once as are to be in flight.
async fn play(
    site: &Site,
    players: &mut [Player],
    in_flight: usize,
    actions: usize,
) -> Result<Throughput, Error> {
    let each = actions.div_ceil(in_flight).max(4);
    let began = Instant::now();
    try_join_all(
        players
            .iter_mut()
            .take(in_flight)
            .map(|player| site.play(player, each)),
    )
    .await?;
    let actions = each * in_flight;
    Ok(Throughput {
        in_flight,
        actions,
        per_second: actions as f64 / began.elapsed().as_secs_f64(),
    })
}

/// Bytes that the process grows by when it takes up so many sessions and each plays once. The accounts are on the ledger, which
/// is in the same process, before.
async fn memory(site: &Site, sessions: usize) -> Result<Option<u64>, Error> {
    let seed = |number: usize| {
        let mut seed = Zeroizing::new([9; 32]);
        seed[..8].copy_from_slice(&number.to_le_bytes());
        SessionKey::from_seed(&seed)
    };
    let mut accounts = Vec::with_capacity(sessions);
    for number in 0..sessions {
        let player = site.player(seed(number)).await?;
        accounts.push(player.session.account().owner());
    }
    let before = resident();
    let mut players = Vec::with_capacity(sessions);
    for (number, owner) in accounts.into_iter().enumerate() {
        let account = site.valet.account(owner);
        let session = account.resume(seed(number), SessionOptions::new()).await?;
        players.push(Player { session, turn: 0 });
    }
    let after = resident();
    // They are all alive and play.
    try_join_all(players.iter_mut().map(|player| site.play(player, 1))).await?;
    let grown = after
        .zip(before)
        .map(|(after, before)| after.saturating_sub(before));
    Ok(grown.and_then(|bytes| bytes.checked_div(u64::try_from(sessions).ok()?)))
}

/// The process's memory in bytes, where `/proc` tells.
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    let kibibytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kibibytes * 1_024)
}

fn median_us(times: &mut [Duration]) -> f64 {
    times.sort_unstable();
    times
        .get(times.len() / 2)
        .map_or(0.0, |time| time.as_secs_f64() * 1e6)
}
