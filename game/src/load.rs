//! Many bots at once: the game as a load.

use std::{
    fmt,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use serde::Serialize;
use tokio::task::JoinSet;
use valet_client::{Grant, Session};

use crate::{
    Bot, Hero,
    table::{Invitation, Table, Wish},
};

/// What a bot gets for its gas for each second, in MIST: more than the moves that fit into one cost.
const FLOAT_A_SECOND: u64 = 2_000_000_000;

/// How many bots, for how long, where.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// How many play.
    pub players: u16,
    /// For how long.
    pub duration: Duration,
    /// Decides where they wander.
    pub seed: u64,
    /// A node to publish the game on, instead of an embedded ledger.
    pub rpc_url: Option<String>,
    /// That node's faucet.
    pub faucet_url: Option<String>,
    /// An invitation of a game that is on, to join instead of beginning one.
    pub join: Option<std::path::PathBuf>,
}

/// What they did.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// How many played.
    pub players: u16,
    /// For how long, in seconds.
    pub seconds: f64,
    /// How often wallets were asked: once for each player.
    pub wallet_signatures: u64,
    /// Moves that the ledger has.
    pub moves: u64,
    /// Moves that failed; a bot that fails stops.
    pub failures: u64,
    /// Why the first of them failed.
    pub first_failure: Option<String>,
    /// Moves a second, all players together.
    pub moves_per_second: f64,
    /// Latency of half of the moves at most, in milliseconds.
    pub latency_ms_p50: f64,
    /// Latency of 99 of 100 moves at most, in milliseconds.
    pub latency_ms_p99: f64,
    /// Gas for each move, in MIST.
    pub gas_per_move_mist: i64,
    /// Whether every hero on the ledger is the one that its moves made.
    pub heroes_match: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            players: 8,
            duration: Duration::from_secs(10),
            seed: 7,
            rpc_url: None,
            faucet_url: None,
            join: None,
        }
    }
}

/// What one bot did.
#[derive(Debug, Default)]
struct Played {
    latencies: Vec<Duration>,
    gas: i128,
    failure: Option<String>,
    is_match: bool,
}

/// Seats the bots, lets them play, and counts.
///
/// # Errors
/// When the table cannot be laid or a bot cannot sit down. A move that fails is counted, not an error.
pub async fn run(options: &Options, progress: impl Fn(&str)) -> Result<Report> {
    ensure!(options.players > 0, "there must be at least one player");
    progress("laying the table");
    let table = match (&options.join, &options.rpc_url) {
        (Some(invitation), _) => Table::accept(Invitation::read(invitation)?).await?,
        (None, Some(url)) => Table::at(url, options.faucet_url.as_deref()).await?,
        (None, None) => Table::lay().await?,
    };
    progress("seating the players, each with one signature");
    let mut signatures = 0;
    let mut seats = Vec::new();
    let wish = Wish {
        float: Wish::default()
            .float
            .max(options.duration.as_secs().saturating_mul(FLOAT_A_SECOND)),
        ..Wish::default()
    };
    for _ in 0..options.players {
        let seat = table.sit_down(wish).await?;
        signatures += seat.signatures;
        seats.push(seat.session);
    }
    progress("playing");
    let began = Instant::now();
    let until = began + options.duration;
    let mut bots = JoinSet::new();
    for (number, session) in (0_u64..).zip(seats) {
        bots.spawn(play(session, options.seed.wrapping_add(number), until));
    }
    let mut all = Vec::new();
    while let Some(played) = bots.join_next().await {
        all.push(played.context("a bot")?);
    }
    let elapsed = began.elapsed();
    table.clear().await;
    Ok(report(options.players, signatures, elapsed, &all))
}

async fn play(session: Session, seed: u64, until: Instant) -> Played {
    let mut bot = Bot::new(seed, Grant::all_session_actions());
    let mut hero = Hero::new();
    let mut played = Played::default();
    let valet = session.account().valet().clone();
    while Instant::now() < until {
        let action = bot.choose(&hero);
        let began = Instant::now();
        match session.play(&action.call(&valet)).await {
            Ok(receipt) => {
                played.latencies.push(began.elapsed());
                played.gas += receipt.gas().net();
                if let Some(after) = Hero::from_receipt(&receipt, valet.deployment()) {
                    hero = after;
                }
            }
            Err(error) => {
                played.failure = Some(error.to_string());
                break;
            }
        }
    }
    let on_ledger = Hero::read(session.account()).await;
    played.is_match = matches!(on_ledger, Ok(Some(found)) if found == hero);
    played
}

#[expect(
    clippy::cast_precision_loss,
    reason = "figures for a report, of numbers far below 2^52"
)]
fn report(players: u16, wallet_signatures: u64, elapsed: Duration, all: &[Played]) -> Report {
    let mut latencies: Vec<_> = all
        .iter()
        .flat_map(|played| played.latencies.iter().copied())
        .collect();
    latencies.sort_unstable();
    let at = |hundredths: usize| {
        let place = latencies.len().saturating_mul(hundredths) / 100;
        let place = place.min(latencies.len().saturating_sub(1));
        latencies
            .get(place)
            .map_or(0.0, |latency| thousandths(latency.as_secs_f64() * 1_000.0))
    };
    let moves = latencies.len() as u64;
    let gas: i128 = all.iter().map(|played| played.gas).sum();
    let failures: Vec<_> = all
        .iter()
        .filter_map(|played| played.failure.clone())
        .collect();
    Report {
        players,
        seconds: thousandths(elapsed.as_secs_f64()),
        wallet_signatures,
        moves,
        failures: failures.len() as u64,
        first_failure: failures.into_iter().next(),
        moves_per_second: (moves as f64 / elapsed.as_secs_f64().max(0.001)).round(),
        latency_ms_p50: at(50),
        latency_ms_p99: at(99),
        gas_per_move_mist: i64::try_from(gas / i128::from(moves.max(1))).unwrap_or(i64::MAX),
        heroes_match: all.iter().all(|played| played.is_match),
    }
}

fn thousandths(number: f64) -> f64 {
    (number * 1_000.0).round() / 1_000.0
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "players             {}", self.players)?;
        writeln!(f, "wallet signatures   {}", self.wallet_signatures)?;
        writeln!(
            f,
            "silent moves        {} in {:.1} s",
            self.moves, self.seconds
        )?;
        writeln!(f, "moves a second      {}", self.moves_per_second)?;
        writeln!(
            f,
            "latency             {} ms median, {} ms p99",
            self.latency_ms_p50, self.latency_ms_p99
        )?;
        writeln!(f, "gas a move          {} MIST", self.gas_per_move_mist)?;
        write!(
            f,
            "failures            {}{}",
            self.failures,
            if self.heroes_match {
                ", every hero as its moves made it"
            } else {
                ", HEROES DIFFER"
            }
        )?;
        if let Some(failure) = &self.first_failure {
            write!(f, "\nthe first           {failure}")?;
        }
        Ok(())
    }
}
