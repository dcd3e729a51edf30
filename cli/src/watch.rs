//! `valet session watch`: a session, live.

mod feed;
mod keys;
mod screen;

use std::{collections::VecDeque, io, time::Duration};

use serde_json::json;
use tokio::{sync::mpsc, time::MissedTickBehavior};
use valet_client::Account;
use valet_terminal::Terminal;

use crate::{
    context::{DappArguments, OwnerArguments},
    output::{self, Output, Report},
    problem::Problem,
    session::Snapshot,
    units,
};
use feed::Action;
use keys::Key;
use screen::View;

/// Show the account's session live: badge, countdown, calls, allowances, float and the latest actions; q quits.
///
/// It reads only, and needs no key: nobody renews a session by looking at it. With --json it prints one object for each look.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// How often to look.
    #[arg(long, value_name = "TIME", default_value = "1s", value_parser = units::parse_duration)]
    every: Duration,

    /// End after so many looks [default: never].
    #[arg(long, value_name = "TIMES")]
    looks: Option<u64>,

    #[command(flatten)]
    dapp: DappArguments,

    #[command(flatten)]
    owner: OwnerArguments,
}

/// How many of the latest actions are kept.
const ACTIONS: usize = 200;

/// Watches until told to stop.
pub(crate) async fn run(arguments: Arguments, output: Output) -> Result<Option<Report>, Problem> {
    if !output.is_json() && !valet_terminal::is_there() {
        return Err(Problem::usage("the live view needs a terminal")
            .with_remedy("run it in one, or say `--json` for an object each second"));
    }
    let valet = arguments.dapp.connect(output).await?;
    let account = arguments.owner.account(&valet)?;
    // What cannot be read at the start is a mistake; later it is a matter of patience.
    let first = Snapshot::read(&account).await?;
    // A look takes a moment itself.
    let every = arguments.every.max(Duration::from_millis(50));
    if output.is_json() {
        lines(&account, first, every, arguments.looks).await?;
        return Ok(None);
    }
    let feed = feed::follow(
        valet.network().url().to_owned(),
        valet.deployment().clone(),
        account.storage_id(),
    );
    let mut view = View {
        dapp: valet.deployment().dapp_type.to_string(),
        url: valet.network().url().to_owned(),
        snapshot: first,
        actions: VecDeque::new(),
        trouble: None,
    };
    let mut terminal = Terminal::open(keys::meaning)?;
    let watched = live(
        &mut terminal,
        &mut view,
        &account,
        feed,
        every,
        arguments.looks,
    )
    .await;
    drop(terminal);
    watched?;
    Ok(Some(Report {
        text: view.snapshot.text(),
        json: json!(null),
    }))
}

async fn live(
    terminal: &mut Terminal<Key>,
    view: &mut View,
    account: &Account,
    mut feed: mpsc::Receiver<Action>,
    every: Duration,
    looks: Option<u64>,
) -> io::Result<()> {
    let mut ticks = tokio::time::interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut seen = 0_u64;
    let mut stopped = std::pin::pin!(valet_terminal::stop_signal()?);
    loop {
        terminal.draw(|frame| screen::draw(frame, view))?;
        tokio::select! {
            () = &mut stopped => return Ok(()),
            _ = ticks.tick() => {
                look(view, account).await;
                seen += 1;
                if looks.is_some_and(|looks| seen >= looks) {
                    return terminal.draw(|frame| screen::draw(frame, view));
                }
            }
            Some(action) = feed.recv() => {
                view.actions.push_front(action);
                view.actions.truncate(ACTIONS);
            }
            key = terminal.key() => match key.unwrap_or(Key::Quit) {
                Key::Quit => return Ok(()),
                Key::Refresh => look(view, account).await,
                Key::Resized => {}
            }
        }
    }
}

/// Reads anew; what was seen last stays on the screen when that fails.
async fn look(view: &mut View, account: &Account) {
    match Snapshot::read(account).await {
        Ok(snapshot) => {
            view.snapshot = snapshot;
            view.trouble = None;
        }
        Err(problem) => view.trouble = Some(problem.message().to_owned()),
    }
}

async fn lines(
    account: &Account,
    first: Snapshot,
    every: Duration,
    looks: Option<u64>,
) -> Result<(), Problem> {
    let mut snapshot = first;
    let mut seen = 0_u64;
    loop {
        if !output::print_or_closed(&snapshot.json().to_string())? {
            return Ok(());
        }
        seen += 1;
        if looks.is_some_and(|looks| seen >= looks) {
            return Ok(());
        }
        tokio::time::sleep(every).await;
        snapshot = Snapshot::read(account).await?;
    }
}
