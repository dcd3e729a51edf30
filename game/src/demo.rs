//! The main job, end to end: one signature, then hundreds of silent moves.

mod replay;
mod report;
mod stage;

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use valet_client::{
    Account, Grant, Onboarding, Owner, Session, SessionKey, SessionOptions, SettlementOutcome,
    Terms, Valet,
};

use crate::{Action, Bot, Hero, wallet::CountingWallet};

pub use report::{
    AcceptedBefore, ExpiryReport, GasReport, LatencyReport, NetworkReport, Refused, Report,
};
use report::{GasTotal, thousandths};
use stage::Stage;

/// The least computation that the protocol charges for.
const FLOOR_UNITS: u64 = 1_000;
/// The actions that the player grants: everything but fighting, so that a fight shows the refusal.
const GRANTED: [u8; 3] = [0, 1, 3];
/// What the session gets for its gas, for each move: a move costs about half of it.
const FLOAT_PER_MOVE_MIST: u64 = 2_500_000;
/// What every session gets besides, so that the last moves' budgets are covered.
const FLOAT_MIST: u64 = 100_000_000;
/// What the developer pays in for the game's writes.
const CREDIT_MIST: u64 = 5_000_000_000;

/// What to play, and where.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// How many silent moves.
    pub moves: u64,
    /// After how many unsettled writes a move carries a settlement.
    pub settle_threshold: u64,
    /// Decides the bot's wanderings.
    pub seed: u64,
    /// A node to play on, instead of an embedded ledger.
    pub rpc_url: Option<String>,
    /// That node's faucet.
    pub faucet_url: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            moves: 400,
            settle_threshold: 150,
            seed: 7,
            rpc_url: None,
            faucet_url: None,
        }
    }
}

/// Plays the game and reports what it measured. `progress` is told each step as it begins.
///
/// # Errors
/// When a step fails, or the ledger's answer is not what the game's rules and valet's promise.
pub async fn run(options: &Options, progress: impl Fn(&str)) -> Result<Report> {
    let stage = match &options.rpc_url {
        None => {
            progress("booting an embedded ledger");
            Stage::boot().await?
        }
        Some(url) => {
            progress("connecting");
            Stage::join(url, options.faucet_url.as_deref()).await?
        }
    };
    let report = play(&stage, options, progress).await;
    stage.shutdown().await;
    report
}

async fn play(stage: &Stage, options: &Options, progress: impl Fn(&str)) -> Result<Report> {
    progress("publishing valet and the game, and registering it");
    let deployment = stage.deploy().await?;
    let valet = Valet::new(stage.network.clone(), deployment).await?;
    valet
        .recharge(&stage.developer, CREDIT_MIST)
        .await
        .context("recharging the game's credit")?;

    progress("onboarding the player with one signature");
    let wallet = CountingWallet::new(&stage.player);
    let account = valet.account(wallet.address());
    let onboarding = Onboarding::new(terms(Duration::from_secs(3_600)))
        .with_call(Action::join(&valet))
        .with_float(FLOAT_MIST + FLOAT_PER_MOVE_MIST * options.moves)
        .with_options(SessionOptions::new().with_settle_threshold(options.settle_threshold));
    let (session, _) = account
        .onboard(&wallet, SessionKey::generate()?, onboarding)
        .await
        .context("onboarding")?;

    progress("playing silently");
    let mut player = Player::new(stage, &session, options.seed);
    let requests = stage.requests();
    let began = Instant::now();
    for _ in 0..options.moves {
        player.play_one().await?;
    }
    let elapsed = began.elapsed();
    let requests = stage.requests() - requests;

    progress("reading the hero back, and trying what the session may not do");
    let hero = Hero::read(&account)
        .await?
        .context("the ledger has no hero for this account")?;
    ensure!(
        hero == player.hero,
        "the ledger's hero {hero:?} is not the one that the moves made, {:?}",
        player.hero
    );
    let refused_other_action = {
        let error = session.play(&Action::Fight.call(&valet)).await.err();
        Refused::new(
            "fight",
            &error.context("a fight was accepted without a grant")?,
        )?
    };
    let refused_owner_only_action = {
        let error = session.play(&Action::rename(&valet, "Mallory")).await.err();
        Refused::new(
            "rename",
            &error.context("a session took an owner-only action")?,
        )?
    };
    player.signatures += 2;

    progress("settling the rest");
    let before = account.status().await?;
    let receipt = session.settle().await?;
    let settled = receipt
        .settlement()
        .context("a settlement announces itself")?;
    player.count_settlement(settled.outcome);
    player.signatures += 1;
    let after = account.status().await?;

    // Only now does the owner sign again.
    let owner_signatures = wallet.signatures();
    let session_signatures = player.signatures;
    progress("ending the session");
    account.deactivate(&wallet).await.context("deactivating")?;
    let refused_after_deactivation = {
        let error = session.play(&Action::Rest.call(&valet)).await.err();
        Refused::new(
            "rest",
            &error.context("a move was accepted after the session's end")?,
        )?
    };
    let refused_at_expiry = try_expiry(stage, &account, &wallet, player.hero).await?;
    if options.rpc_url.is_none() {
        progress("executing it all again without a network");
    }
    let in_process = stage.replay(session.address()).await?;

    let played = options.moves;
    let gas = player.gas.mean(played);
    let floor = FLOOR_UNITS * stage.network.gas_price().await + player.gas.mean_kept(played);
    Ok(Report {
        network: stage.report(),
        owner_signatures,
        session_signatures,
        silent_actions: played,
        settlements: player.settlements,
        unsettled_before: before.unsettled_writes,
        unsettled_after: after.unsettled_writes,
        debt_before_mist: before.debt,
        debt_after_mist: after.debt,
        rpc_calls_per_action: thousandths(ratio(requests, played)),
        rpc_calls_counted_by: stage.requests_counted_by(),
        gas_per_action_mist: gas,
        gas_floor_mist: floor,
        gas_over_floor: thousandths(ratio(u64::try_from(gas.net).unwrap_or(0), floor)),
        latency_ms: LatencyReport::of(player.latencies),
        actions_per_second: (ratio(played, 1) / elapsed.as_secs_f64()).round(),
        actions_per_second_in_process: in_process.map(f64::round),
        refused_after_deactivation,
        refused_other_action,
        refused_owner_only_action,
        refused_at_expiry,
        boot_ms: stage
            .boot_time()
            .map(|boot| thousandths(boot.as_secs_f64() * 1_000.0)),
        hero,
    })
}

/// A bot at a session's keyboard, with what it has seen.
struct Player<'a> {
    stage: &'a Stage,
    session: &'a Session,
    bot: Bot,
    hero: Hero,
    signatures: u64,
    settlements: u64,
    gas: GasTotal,
    latencies: Vec<Duration>,
}

impl<'a> Player<'a> {
    fn new(stage: &'a Stage, session: &'a Session, seed: u64) -> Self {
        Self {
            stage,
            session,
            bot: Bot::new(seed, Grant::actions(GRANTED)),
            hero: Hero::new(),
            signatures: 0,
            settlements: 0,
            gas: GasTotal::default(),
            latencies: Vec::new(),
        }
    }

    /// Plays one move and checks that the ledger did what the rules say.
    async fn play_one(&mut self) -> Result<()> {
        let valet = self.session.account().valet();
        let action = self.bot.choose(&self.hero);
        let expected = self
            .hero
            .after(action)
            .map_err(|reason| anyhow::anyhow!("the bot chose {action:?}: {reason:?}"))?;
        self.stage.tick()?;

        let began = Instant::now();
        let receipt = self
            .session
            .play(&action.call(valet))
            .await
            .with_context(|| format!("playing {action:?}"))?;
        self.latencies.push(began.elapsed());

        let hero = Hero::from_receipt(&receipt, valet.deployment());
        ensure!(
            hero == Some(expected) && expected != self.hero,
            "{action:?} should have made {:?} into {expected:?}, but made {hero:?}",
            self.hero
        );
        self.hero = expected;
        self.gas.add(receipt.gas());
        self.signatures += 1 + u64::from(receipt.dropped_settlement().is_some());
        if let Some(settled) = receipt.settlement() {
            self.count_settlement(settled.outcome);
        }
        Ok(())
    }

    fn count_settlement(&mut self, outcome: SettlementOutcome) {
        if outcome != SettlementOutcome::Skipped {
            self.settlements += 1;
        }
    }
}

/// Activates a second session and plays one millisecond before its end, and at its end.
async fn try_expiry(
    stage: &Stage,
    account: &Account,
    wallet: &CountingWallet<'_>,
    hero: Hero,
) -> Result<Option<ExpiryReport>> {
    stage.tick()?;
    let onboarding = Onboarding::new(terms(Duration::from_secs(60))).with_float(FLOAT_MIST);
    let (session, _) = account
        .activate(wallet, SessionKey::generate()?, onboarding)
        .await
        .context("activating a second session")?;
    if !stage.set_clock_ms(session.expires_at_ms() - 1)? {
        return Ok(None);
    }
    let mut bot = Bot::new(1, Grant::actions(GRANTED));
    let valet = account.valet();
    let accepted = session
        .play(&bot.choose(&hero).call(valet))
        .await
        .context("playing one millisecond before the expiry")?;
    stage.set_clock_ms(session.expires_at_ms())?;
    let error = session.play(&Action::Rest.call(valet)).await.err();
    Ok(Some(ExpiryReport {
        offset_ms: 0,
        refused: Refused::new("rest", &error.context("a move was accepted at the expiry")?)?,
        before: AcceptedBefore {
            offset_ms: -1,
            accepted: accepted.digest().to_string(),
        },
    }))
}

fn terms(duration: Duration) -> Terms {
    Terms::lasting(duration, Grant::actions(GRANTED))
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a ratio for a report, of numbers far below 2^52"
)]
fn ratio(part: u64, whole: u64) -> f64 {
    part as f64 / whole.max(1) as f64
}
