//! What a run came to: what the clients said, beside what the ledger knows.

use std::{collections::BTreeMap, fmt, time::Duration};

use serde::Serialize;

use super::{ChaosPlan, World, book::Tally, player::Player, site::Site, wire::lock};

/// What a run came to.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ChaosReport {
    /// How many actions there were.
    pub actions: u64,
    /// The seed of the faults.
    pub seed: u64,
    /// How long it took.
    pub seconds: f64,
    /// How many requests the clients made.
    pub requests: u64,
    /// What happened to how many of them.
    pub faults: BTreeMap<&'static str, u64>,
    /// How many processes the clients were.
    pub processes: u64,
    /// How many of them ended at an await that they did not choose.
    pub ended: u64,
    /// How many of them were killed by a signal.
    pub killed: u64,
    /// How many of them ended by an error, and left what was open to the next.
    pub erred: u64,
    /// How many epochs ended.
    pub epochs: u64,
    /// How many sessions their owners ended while they played.
    pub revocations: u64,
    /// How many hours of chain time passed.
    pub hours: f64,
    /// How often sessions renewed themselves.
    pub renewals: u64,
    /// What the clients said, by kind.
    pub answers: BTreeMap<&'static str, u64>,
    /// Actions that came through, by the clients, and did not, by the ledger.
    pub lost: u64,
    /// Actions that came through more than once.
    pub doubled: u64,
    /// Actions of which the clients never said what became of them, and clients that could not play any more.
    pub stuck: u64,
    /// Actions of players that play one after the other that came through before an earlier one.
    pub out_of_order: u64,
    /// What was wrong, action by action.
    pub findings: Vec<String>,
}

impl ChaosReport {
    /// Whether nothing was wrong.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.lost == 0
            && self.doubled == 0
            && self.stuck == 0
            && self.out_of_order == 0
            && self.findings.is_empty()
    }

    /// How many requests and answers something happened to.
    #[must_use]
    pub fn injected(&self) -> u64 {
        self.faults.values().sum()
    }

    /// In JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }
}

impl fmt::Display for ChaosReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |numbers: &BTreeMap<&'static str, u64>| {
            let each = numbers
                .iter()
                .map(|(name, count)| format!("{name} {count}"));
            each.collect::<Vec<_>>().join(", ")
        };
        writeln!(
            f,
            "{} actions with seed {} in {:.1} s, {} requests",
            self.actions, self.seed, self.seconds, self.requests
        )?;
        writeln!(f, "faults: {} ({})", self.injected(), list(&self.faults))?;
        writeln!(
            f,
            "processes: {} (ended at an await {}, killed {}, ended by an error {})",
            self.processes, self.ended, self.killed, self.erred
        )?;
        writeln!(
            f,
            "chain time: {:.1} h, epochs ended: {}, sessions renewed: {}, revoked: {}",
            self.hours, self.epochs, self.renewals, self.revocations
        )?;
        writeln!(f, "answers: {}", list(&self.answers))?;
        writeln!(f, "out of order: {}", self.out_of_order)?;
        for finding in self.findings.iter().take(20) {
            writeln!(f, "finding: {finding}")?;
        }
        if !self.is_clean() {
            writeln!(
                f,
                "again: cargo xtask chaos --actions {} --seed {}",
                self.actions, self.seed
            )?;
        }
        write!(
            f,
            "lost: {}, doubled: {}, stuck: {}",
            self.lost, self.doubled, self.stuck
        )
    }
}

/// Compares what the players were told with the ledger's own history.
pub(super) fn report(
    plan: &ChaosPlan,
    site: &Site,
    players: &[Player],
    world: World,
    took: Duration,
) -> ChaosReport {
    let mut report = ChaosReport {
        actions: plan.actions,
        seed: plan.seed,
        seconds: took.as_secs_f64(),
        epochs: world.epochs,
        revocations: world.revocations,
        hours: Duration::from_millis(world.elapsed_ms).as_secs_f64() / 3_600.0,
        ..ChaosReport::default()
    };
    let history = site.history();
    report.renewals = history.renewals;
    let mut effects = BTreeMap::<u64, u64>::new();
    for number in &history.effects {
        *effects.entry(*number).or_default() += 1;
    }
    for player in players {
        player_into(&mut report, player, &history.effects, &effects);
    }
    if world.was_calmed {
        let note = "the run took too long: faults were stopped before it was over";
        report.findings.push(note.to_owned());
    }
    report
}

fn player_into(
    report: &mut ChaosReport,
    player: &Player,
    history: &[u64],
    effects: &BTreeMap<u64, u64>,
) {
    let (book, lives) = (lock(&player.book), lock(&player.lives));
    report.requests += player.wire.requests();
    for (fault, count) in player.wire.faults() {
        *report.faults.entry(fault.name()).or_default() += count;
    }
    report.processes += lives.begun;
    report.ended += lives.ended;
    report.killed += lives.killed;
    report.erred += lives.erred;
    answers_into(&mut report.answers, book.tally);
    let name = |number: u64| format!("player {}, action {number}", player.number);
    let effect = |number: &u64| effects.get(number).copied().unwrap_or_default();
    for number in book.told() {
        if effect(number) == 0 {
            report.lost += 1;
            let finding = format!("{}: reported as done, and never took effect", name(*number));
            report.findings.push(finding);
        }
    }
    let undecided = book.undecided();
    for number in book.told().iter().chain(&undecided) {
        let times = effect(number);
        if times > 1 {
            report.doubled += 1;
            report
                .findings
                .push(format!("{}: took effect {times} times", name(*number)));
        }
    }
    let last = format!(
        "the last process ended with: {}; the last action with: {}",
        lives.last_error.as_deref().unwrap_or("no error"),
        book.last_failure.as_deref().unwrap_or("no error"),
    );
    for number in &undecided {
        report.stuck += 1;
        let finding = format!("{}: no outcome; {last}", name(*number));
        report.findings.push(finding);
    }
    if !lives.can_play && undecided.is_empty() {
        report.stuck += 1;
        let finding = format!("player {} cannot play any more: {last}", player.number);
        report.findings.push(finding);
    }
    if player.setting.width == 1 {
        report.out_of_order += out_of_order(history, book.told());
    }
    report.findings.extend(book.findings.iter().cloned());
}

/// How many of these actions took effect for the first time after a later one had.
fn out_of_order(history: &[u64], mine: &std::collections::BTreeSet<u64>) -> u64 {
    let mut latest = 0;
    let mut count = 0;
    let mut seen = std::collections::BTreeSet::new();
    for number in history.iter().filter(|number| mine.contains(number)) {
        if !seen.insert(*number) {
            continue;
        }
        if *number < latest {
            count += 1;
        }
        latest = latest.max(*number);
    }
    count
}

fn answers_into(answers: &mut BTreeMap<&'static str, u64>, tally: Tally) {
    for (name, count) in [
        ("confirmed", tally.confirmed),
        ("executed and failed", tally.failed),
        ("not executed", tally.not_executed),
        ("unconfirmed", tally.unconfirmed),
        ("unbelievable", tally.unbelievable),
        ("recovered", tally.recovered),
        ("never sent", tally.never_sent),
    ] {
        *answers.entry(name).or_default() += count;
    }
}
