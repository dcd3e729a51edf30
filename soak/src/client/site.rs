//! The place that is measured at: a ledger with valet and the arena game, and players on it.

use sui_sdk_types::Address;
use valet_client::{
    Call, Deployment, Grant, KeyOwner, Network, Onboarding, Owner as _, Session, SessionKey, Terms,
    Valet, deploy::Deployer,
};
use valet_localnet::Localnet;

use crate::{Error, Packages};

/// What every player gets, in MIST.
const MONEY: u64 = 10_000_000_000;
const FLOAT: u64 = 5_000_000_000;

pub(super) struct Site {
    localnet: Localnet,
    pub(super) valet: Valet,
}

/// A player: plays legal moves forever, each after the one before.
pub(super) struct Player {
    pub(super) session: Session,
    pub(super) turn: usize,
}

impl Site {
    pub(super) async fn build(packages: &Packages) -> Result<Self, Error> {
        let localnet = Localnet::builder().without_faucet().start().await;
        let localnet = localnet.map_err(|error| Error::setup("the ledger", error))?;
        let developer = rich(&localnet)?;
        let network = Network::connect(&localnet.rpc_url()).await?;
        let deployment = deploy(packages, &network, &developer).await?;
        let valet = Valet::new(network, deployment).await?;
        valet.recharge(&developer, MONEY / 2).await?;
        Ok(Self { localnet, valet })
    }

    /// A new player with an account and a session of this key.
    pub(super) async fn player(&self, key: SessionKey) -> Result<Player, Error> {
        let owner = rich(&self.localnet)?;
        let terms = Terms::lasting(
            std::time::Duration::from_secs(86_400),
            Grant::actions([0, 3]),
        );
        let onboarding = Onboarding::new(terms)
            .with_call(self.valet.call("arena", "join").dapp().storage())
            .with_float(FLOAT);
        let (session, _) = self
            .valet
            .account(owner.address())
            .onboard(&owner, key, onboarding)
            .await?;
        Ok(Player { session, turn: 0 })
    }

    /// The move of a turn: three steps and a rest, so that the hero neither tires nor leaves the map.
    pub(super) fn action(&self, turn: usize) -> Call {
        if turn % 4 == 3 {
            return self.valet.call("arena", "rest").dapp().storage().clock();
        }
        let steps = turn - turn / 4;
        let direction: u8 = if steps.is_multiple_of(2) { 1 } else { 3 };
        let step = self.valet.call("arena", "step").dapp().storage();
        step.arg(&direction).clock()
    }

    pub(super) async fn play(&self, player: &mut Player, actions: usize) -> Result<(), Error> {
        for _ in 0..actions {
            player.session.play(&self.action(player.turn)).await?;
            player.turn += 1;
        }
        Ok(())
    }
}

fn rich(localnet: &Localnet) -> Result<KeyOwner, Error> {
    let owner = KeyOwner::generate()?;
    localnet
        .ledger()
        .fund(owner.address(), &[MONEY])
        .map_err(Error::Ledger)?;
    Ok(owner)
}

async fn deploy(
    packages: &Packages,
    network: &Network,
    developer: &KeyOwner,
) -> Result<Deployment, Error> {
    let deployer = Deployer::new(network, developer);
    let compiled = packages.valet();
    let valet = deployer
        .publish(compiled.modules.clone(), compiled.dependencies.clone())
        .await?;
    let address: Address = valet.package();
    let compiled = packages.against("game/move", address)?;
    let arena = deployer
        .publish(compiled.modules.clone(), compiled.dependencies.clone())
        .await?;
    let marker = arena.tag("arena", "Arena")?;
    Ok(deployer
        .register(&valet, &arena, "arena", "setup", marker)
        .await?)
}
