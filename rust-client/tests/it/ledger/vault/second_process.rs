//! Claims: a second process is refused, and named the first; a process that is killed leaves nothing behind that the next one
//! cannot go on from. Processes here are real ones: this test binary, started again. (Row D3; threats 23, 31.)

use std::{
    collections::BTreeSet,
    io::{BufRead as _, BufReader, Lines},
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
};

use valet_client::{Fate, Network, Outcome, Owner, SessionOptions, Valet, Vault, VaultError};

use super::{Player, active, open, pin, resume, vault_error};
use crate::ledger::Stage;

const FOLDER: &str = "VALET_TEST_VAULT";
const URL: &str = "VALET_TEST_URL";

/// Another process with the vault open, which plays if it is told where.
struct Other {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Other {
    fn start(folder: &Path, url: &str) -> Self {
        let mut child = Command::new(std::env::current_exe().expect("this test"))
            .args([
                "--exact",
                "ledger::vault::second_process::the_other_process",
            ])
            .args(["--ignored", "--nocapture"])
            .env(FOLDER, folder)
            .env(URL, url)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a process");
        let lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        Self { child, lines }
    }

    /// Waits for a line that begins so, and collects those before.
    fn wait_for(&mut self, start: &str) -> Vec<String> {
        let mut seen = Vec::new();
        loop {
            let line = self.lines.next().expect("a line").expect("text");
            let is_it = line.starts_with(start);
            seen.push(line);
            if is_it {
                return seen;
            }
        }
    }

    /// Kills it, and collects what it still said.
    fn kill(mut self) -> Vec<String> {
        self.child.kill().expect("killed");
        self.child.wait().expect("its end");
        self.lines.map_while(Result::ok).collect()
    }
}

/// Not a test by itself: what [`Other`] runs.
#[tokio::test]
#[ignore = "a process that other tests start"]
async fn the_other_process() {
    let (Ok(folder), Ok(url)) = (std::env::var(FOLDER), std::env::var(URL)) else {
        return;
    };
    let vault = open(Path::new(&folder));
    println!("\nopen");
    if url.is_empty() {
        // Until it is killed, or the test that started it is gone.
        let mut line = String::new();
        std::io::stdin().read_line(&mut line).expect("a line");
        return;
    }
    let network = Network::connect(&url).await.expect("a connection");
    let valet = Valet::new(network, vault.deployment().clone())
        .await
        .expect("a deployment");
    let resumed = vault.resume(&valet, SessionOptions::new()).await;
    let session = active(resumed.expect("resumed"));
    let begun = std::process::id();
    for turn in 0_usize.. {
        let direction = if turn.is_multiple_of(2) { 1_u8 } else { 3 };
        let step = valet
            .call("arena", "step")
            .dapp()
            .storage()
            .arg(&direction)
            .clock();
        let rest = valet.call("arena", "rest").dapp().storage().clock();
        let call = if turn % 4 == 3 { rest } else { step };
        let label = format!("{begun}/{turn}");
        println!("sending {label}");
        let is_done = session.labelled(label.as_str()).play(&call).await.is_ok();
        println!("{} {label}", if is_done { "done" } else { "refused" });
    }
}

#[tokio::test]
async fn d3_t31_a_second_process_is_refused_and_told_why() {
    let stage = Stage::set().await;
    let player = Player::new(&stage);
    drop(player.start(&stage).await);
    let folder = player.folder();
    let mut other = Other::start(&folder, "");
    other.wait_for("open");
    let pid = other.child.id();
    let error = vault_error(Vault::open(&folder, &pin()).expect_err("in use"));
    let VaultError::InUse { path, pid: found } = &error else {
        panic!("{error}");
    };
    assert_eq!((path, *found), (&folder, Some(pid)));
    let text = error.to_string();
    assert!(
        text.contains(&format!("process {pid}")) && text.contains("vault"),
        "{text}"
    );
    other.kill();
    // The lock went with the process, although it was killed.
    let vault = open(&folder);
    // Within one process it is the same.
    let error = vault_error(Vault::open(&folder, &pin()).expect_err("in use"));
    assert!(
        matches!(error, VaultError::InUse { pid: Some(pid), .. } if pid == std::process::id()),
        "{error}"
    );
    // A session that is still at hand keeps the vault to itself, because it writes into the journal.
    let session = active(resume(&vault, &stage).await);
    drop(vault);
    Vault::open(&folder, &pin()).expect_err("in use by the session");
    drop(session);
    open(&folder);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn t23_a_process_killed_while_it_plays_loses_and_doubles_nothing() {
    let stage = Stage::set().await;
    let player = Player::new(&stage);
    let (vault, session) = player.start(&stage).await;
    let account = stage.valet.account(player.owner.address());
    let writes = async || account.status().await.expect("an account").write_count;
    let before = writes().await;
    session.play(&stage.step(0)).await.expect("a move");
    session.play(&stage.step(1)).await.expect("a move");
    let per_move = (writes().await - before) / 2;
    drop((vault, session));
    let url = stage.localnet.rpc_url();
    let mut before = writes().await;
    for moves in [1, 2, 3, 5, 8] {
        let mut other = Other::start(&player.folder(), &url);
        let mut said = Vec::new();
        tokio::task::block_in_place(|| {
            for _ in 0..moves {
                said.extend(other.wait_for("sending"));
            }
            said.extend(other.kill());
        });
        let vault = open(&player.folder());
        let resumed = resume(&vault, &stage).await;
        for action in &resumed.actions {
            assert!(
                !matches!(action.fate, Fate::Unknown(_)),
                "{:?}",
                action.fate
            );
        }
        assert!(vault.in_flight().is_empty());
        let came_through: BTreeSet<_> = vault
            .settled()
            .into_iter()
            .filter(|settled| settled.outcome == Outcome::Succeeded)
            .map(|settled| settled.label)
            .collect();
        let mut sent = 0;
        for line in &said {
            let (what, label) = line.split_once(' ').unwrap_or_default();
            match what {
                "sending" => sent += u64::from(came_through.contains(label)),
                "done" => assert!(came_through.contains(label), "{label} was lost"),
                _ => {}
            }
        }
        let now = writes().await;
        assert_eq!(
            now - before,
            sent * per_move,
            "each move that came through, once"
        );
        before = now;
    }
}
