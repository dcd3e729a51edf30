//! A real client and a real ledger, and everything that can go wrong between them.
//!
//! Players, each with an account, a vault and a wire of its own, play actions that tell their number on chain. Their wires lose,
//! delay, duplicate, replay, garble and mix up what goes over them; their processes are ended at any moment, some by a real
//! SIGKILL; time passes, epochs end, gas prices change, sessions renew themselves and owners revoke them while actions are in flight. Each player keeps going until
//! its client has told it of every action that it came through. Then the ledger's own history says what really happened:
//!
//! - **lost**: the client said that an action came through, and it did not;
//! - **doubled**: an action came through more than once;
//! - **stuck**: an action of which the client never said what became of it, or a client that can no longer play.
//!
//! Which request meets which fault, when a process ends and when an epoch does is a function of the seed and of how many requests and
//! actions there were; how the players' threads interleave is not.

mod book;
mod child;
mod client;
mod fault;
mod player;
mod report;
mod site;
mod wire;

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use sui_sdk_types::Address;
use tokio::runtime::Runtime;
use valet_client::{KeyOwner, Network, Owner as _, Valet};

use crate::{Error, Packages, random::Random};

use book::Book;
pub use child::be_killed;
pub use client::Caller;
use client::{Renewal, Setting};
use player::{Lives, Player};
pub use report::ChaosReport;
use site::Site;
use wire::{Wire, lock};

/// What each owner begins with, in MIST.
const MONEY: u64 = 10_000_000_000_000;
/// How far apart the players' numbers are.
const NUMBERS: u64 = 1_000_000_000;

/// What to do, and to whom.
#[derive(Clone, Debug)]
#[must_use]
pub struct ChaosPlan {
    /// How many actions to bring through.
    pub actions: u64,
    /// Which faults they meet.
    pub seed: u64,
    /// Who plays them.
    pub caller: Caller,
    /// The program that plays in a process of its own, to be killed: `valet-soak`. Without it, processes only end inside this one.
    pub program: Option<PathBuf>,
}

/// With how many coins each player pays, if not from the address balance; how many actions it has in flight; and how its sessions
/// end.
const PLAYERS: [(Option<usize>, usize, Renewal); 8] = [
    (None, 1, Renewal::Never),
    (None, 4, Renewal::WithFreshKey),
    (Some(1), 1, Renewal::Never),
    (Some(4), 4, Renewal::WithFreshKey),
    (None, 1, Renewal::WithSameKey),
    (None, 8, Renewal::Never),
    (Some(2), 1, Renewal::WithFreshKey),
    (Some(3), 6, Renewal::WithSameKey),
];
/// The most that chain time jumps at once, in milliseconds: a third of the time in which a session renews itself.
const TIME_JUMP_MS: u64 = 20 * 60_000;

/// Makes a run.
///
/// # Errors
/// [`Error`] when the run cannot be made. What it finds is in the report.
pub fn chaos(packages: &Packages, plan: &ChaosPlan) -> Result<ChaosReport, Error> {
    let begun = Instant::now();
    let runtime = runtime(tokio::runtime::Builder::new_multi_thread().worker_threads(2))?;
    let site = runtime.block_on(Site::build(packages))?;
    let home = tempfile::tempdir().map_err(|error| Error::setup("a folder for vaults", error))?;
    let patience = patience();
    let mut players = Vec::new();
    for (number, (coins, width, renewal)) in (0_u64..).zip(PLAYERS) {
        let count = share(plan.actions, number);
        let random = Random::new(plan.seed, 2 * number + 1);
        let wire = runtime.block_on(Wire::lay(&site.localnet.rpc_url(), patience, random))?;
        let owner = KeyOwner::generate()?;
        site.ledger().fund(owner.address(), &[MONEY])?;
        let setting = Setting {
            url: wire.url().to_owned(),
            deployment: site.deployment.clone(),
            types: site.types.clone(),
            folder: home.path().join(number.to_string()),
            patience_ms: u64::try_from(patience.as_millis()).unwrap_or(u64::MAX),
            width,
            coins,
            renewal,
        };
        let first = (number + 1) * NUMBERS;
        players.push(Player {
            number,
            setting,
            wire,
            owner,
            caller: plan.caller,
            program: plan.program.clone(),
            book: Mutex::new(Book::new(first..first + count)),
            random: Mutex::new(Random::new(plan.seed, 2 * number + 2)),
            lives: Mutex::new(Lives::default()),
        });
    }
    let is_over = AtomicBool::new(false);
    let world = std::thread::scope(|scope| {
        let threads: Vec<_> = players
            .iter()
            .map(|player| scope.spawn(|| player.run(&is_over)))
            .collect();
        let mut control = Control::new(&site, &runtime, &players, plan);
        while !threads
            .iter()
            .all(std::thread::ScopedJoinHandle::is_finished)
        {
            control.step(&is_over)?;
            std::thread::sleep(Duration::from_millis(2));
        }
        for thread in threads {
            thread
                .join()
                .map_err(|_| Error::setup("playing", "a player's thread panicked"))??;
        }
        Ok::<_, Error>(control.world)
    })?;
    Ok(report::report(
        plan,
        &site,
        &players,
        world,
        begun.elapsed(),
    ))
}

/// How long clients wait for an answer: machines that build without optimization are slow.
fn patience() -> Duration {
    Duration::from_millis(if cfg!(debug_assertions) { 400 } else { 200 })
}

/// How many of the actions are the player's.
fn share(actions: u64, number: u64) -> u64 {
    let players = u64::try_from(PLAYERS.len()).unwrap_or(1);
    actions / players + u64::from(number < actions % players)
}

fn runtime(builder: &mut tokio::runtime::Builder) -> Result<Runtime, Error> {
    builder
        .enable_all()
        .build()
        .map_err(|error| Error::setup("starting a runtime", error))
}

/// What happened to the world while they played.
#[derive(Clone, Copy, Debug, Default)]
struct World {
    epochs: u64,
    revocations: u64,
    /// How far chain time went on, in milliseconds.
    elapsed_ms: u64,
    was_calmed: bool,
}

/// Lets time pass, ends epochs, changes prices and revokes sessions as the run goes on, and ends a run that does not.
struct Control<'a> {
    site: &'a Site,
    runtime: &'a Runtime,
    players: &'a [Player],
    random: Random,
    interval: u64,
    next_epoch: u64,
    next_revocation: u64,
    next_jump: u64,
    until: Instant,
    direct: BTreeMap<Address, Valet>,
    world: World,
}

impl<'a> Control<'a> {
    /// How long players have to come to an end once nothing goes wrong any more.
    const GRACE: Duration = Duration::from_secs(90);

    fn new(site: &'a Site, runtime: &'a Runtime, players: &'a [Player], plan: &ChaosPlan) -> Self {
        let interval = (plan.actions / 25).max(20);
        let millis = plan.actions.saturating_mul(100);
        Self {
            site,
            runtime,
            players,
            random: Random::new(plan.seed, 0),
            interval,
            next_epoch: interval,
            next_revocation: interval + interval / 2,
            next_jump: 0,
            until: Instant::now() + Duration::from_secs(180) + Duration::from_millis(millis),
            direct: BTreeMap::new(),
            world: World::default(),
        }
    }

    fn step(&mut self, is_over: &AtomicBool) -> Result<(), Error> {
        let done: usize = self
            .players
            .iter()
            .map(|player| lock(&player.book).told().len())
            .sum();
        let done = u64::try_from(done).unwrap_or(u64::MAX);
        if done >= self.next_epoch {
            self.next_epoch = done + self.interval / 2 + self.random.below(self.interval);
            // Now and then two at once: what was signed in the epoch before is over then.
            for _ in 0..=u64::from(self.random.chance(20)) {
                let price = 600 + self.random.below(1_200);
                self.site.ledger().advance_epoch_at_price(price)?;
                self.world.epochs += 1;
            }
        }
        if done >= self.next_jump {
            self.next_jump = done + 1 + self.random.below(self.interval / 3);
            let jump = self.random.below(TIME_JUMP_MS);
            self.site.ledger().advance_clock_ms(jump)?;
            self.world.elapsed_ms += jump;
        }
        if done >= self.next_revocation {
            self.next_revocation = done + self.interval + self.random.below(2 * self.interval);
            let players = u64::try_from(self.players.len()).unwrap_or(1);
            let at = usize::try_from(self.random.below(players)).unwrap_or_default();
            if let Some(player) = self.players.get(at) {
                self.revoke(player)?;
            }
        }
        let late = Instant::now().checked_duration_since(self.until);
        if let Some(late) = late {
            if !self.world.was_calmed {
                self.world.was_calmed = true;
                self.players.iter().for_each(|player| player.wire.calm());
            }
            if late > Self::GRACE {
                is_over.store(true, Ordering::SeqCst);
            }
        }
        Ok(())
    }

    /// The owner ends the session from another device, on a wire on which nothing goes wrong.
    fn revoke(&mut self, player: &Player) -> Result<(), Error> {
        let owner = &player.owner;
        let valet = match self.direct.get(&owner.address()) {
            Some(valet) => valet.clone(),
            None => {
                let url = self.site.localnet.rpc_url();
                let deployment = self.site.deployment.clone();
                let valet = self.runtime.block_on(async {
                    Valet::new(Network::connect(&url).await?, deployment).await
                })?;
                self.direct.insert(owner.address(), valet.clone());
                valet
            }
        };
        let account = valet.account(owner.address());
        // There may be no session at this moment, or another transaction of the owner's in flight.
        let revoked = self.runtime.block_on(account.deactivate(owner));
        self.world.revocations += u64::from(revoked.is_ok());
        Ok(())
    }
}
