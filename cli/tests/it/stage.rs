//! A ledger, a scratch folder and the program: what a user has.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use serde_json::Value;
use sui_crypto::ed25519::Ed25519PrivateKey;
use sui_sdk_types::Address;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use valet_client::Network;
use valet_localnet::{Clock, Localnet};

/// Where the tests' clocks begin: 2026-11-21 12:00:00 UTC.
pub(crate) const BEGAN_MS: u64 = 1_795_262_400_000;
/// The PIN of every test.
pub(crate) const PIN: &str = "correct horse";

/// An embedded ledger whose clock stands still, and a folder to work in.
pub(crate) struct Stage {
    runtime: Runtime,
    pub(crate) localnet: Localnet,
    folder: TempDir,
}

/// What a run of the program left behind.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Somebody with a key.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) key: String,
    pub(crate) address: Address,
}

impl Person {
    /// The person of this number.
    pub(crate) fn new(number: u8) -> Self {
        let key = Ed25519PrivateKey::new([number; 32]);
        Self {
            key: key.to_suiprivkey().expect("a key"),
            address: key.public_key().derive_address(),
        }
    }
}

impl Stage {
    pub(crate) fn new() -> Self {
        Self::beginning_at(BEGAN_MS)
    }

    /// A ledger that began at another time is another chain.
    pub(crate) fn beginning_at(ms: u64) -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let localnet = runtime
            .block_on(Localnet::builder().with_clock(Clock::Manual(ms)).start())
            .expect("a ledger");
        Self {
            runtime,
            localnet,
            folder: tempfile::tempdir().expect("a folder"),
        }
    }

    /// A stage with the arena deployed by somebody with money, who is the owner of everything below.
    pub(crate) fn with_arena() -> (Self, Person) {
        let stage = Self::new();
        let owner = stage.rich(1);
        let run = stage.valet(Some(&owner), &["deploy", arena(), "--type", "arena::Arena"]);
        assert_eq!(run.code, Some(0), "{run:?}");
        std::fs::write(stage.path("pin"), format!("{PIN}\n")).expect("a PIN file");
        (stage, owner)
    }

    /// A person with 100 SUI.
    pub(crate) fn rich(&self, number: u8) -> Person {
        let person = Person::new(number);
        self.localnet
            .ledger()
            .fund(person.address, &[100_000_000_000])
            .expect("money");
        person
    }

    /// What a person holds, in MIST.
    pub(crate) fn money(&self, person: &Person) -> u64 {
        let network = self.network();
        let wealth = self
            .runtime
            .block_on(network.wealth(person.address))
            .expect("a balance");
        wealth.coins + wealth.address_balance
    }

    /// A connection of the library's.
    pub(crate) fn network(&self) -> Network {
        let url = self.localnet.rpc_url();
        self.runtime
            .block_on(Network::connect(&url))
            .expect("a connection")
    }

    /// A path in the folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Moves the chain's clock to so many milliseconds after its beginning.
    pub(crate) fn set_clock(&self, after_ms: u64) {
        self.localnet
            .ledger()
            .set_clock_ms(BEGAN_MS + after_ms)
            .expect("a later time");
    }

    /// The program in the folder, with this stage's network and nothing else from the environment that it would read.
    pub(crate) fn command(&self, person: Option<&Person>, arguments: &[&str]) -> Command {
        let mut command = clean(self.folder.path());
        command
            .args(arguments)
            .env("VALET_NETWORK", self.localnet.rpc_url())
            .env(
                "VALET_FAUCET",
                self.localnet.faucet_url().unwrap_or_default(),
            );
        if let Some(person) = person {
            command.env("VALET_OWNER_KEY", &person.key);
        }
        command
    }

    /// Runs the program.
    pub(crate) fn valet(&self, person: Option<&Person>, arguments: &[&str]) -> Run {
        Run::of(self.command(person, arguments).output().expect("runs"))
    }

    /// Runs the program with `--json`, expects success, and gives the object.
    pub(crate) fn json(&self, person: Option<&Person>, arguments: &[&str]) -> Value {
        let run = self.valet(person, &[arguments, &["--json"]].concat());
        assert_eq!(run.code, Some(0), "{arguments:?}: {run:?}");
        run.object()
    }

    /// Runs the program with `--json`, expects this exit code, and gives the `error` of its object.
    pub(crate) fn error(&self, person: Option<&Person>, code: i32, arguments: &[&str]) -> Value {
        let run = self.valet(person, &[arguments, &["--json"]].concat());
        assert_eq!(run.code, Some(code), "{arguments:?}: {run:?}");
        assert_eq!(run.stderr, "", "{arguments:?}: machines read one place");
        let mut object = run.object();
        let error = object["error"].take();
        let names: Vec<_> = error
            .as_object()
            .expect("an object")
            .keys()
            .cloned()
            .collect();
        assert_eq!(
            names,
            [
                "code",
                "exit_code",
                "gas_mist",
                "kind",
                "message",
                "remedy",
                "transaction"
            ]
        );
        assert_eq!(error["exit_code"], code);
        // The same in words: two readers, one story.
        let run = self.valet(person, arguments);
        assert_eq!((run.code, run.stdout.as_str()), (Some(code), ""), "{run:?}");
        assert!(
            run.stderr.starts_with("error: ") || run.stderr.contains("\nerror: "),
            "{run:?}"
        );
        for leak in ["panicked", "RUST_BACKTRACE", "Some(", "None", "{ ", "::`"] {
            assert!(!run.stderr.contains(leak), "{leak}: {}", run.stderr);
        }
        error
    }
}

impl Run {
    pub(crate) fn of(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).expect("UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("UTF-8"),
        }
    }

    /// Standard output as its one JSON object.
    pub(crate) fn object(&self) -> Value {
        let object: Value =
            serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"));
        assert!(object.is_object(), "{self:?}");
        object
    }
}

/// The program in this folder, away from this machine's keys and settings.
pub(crate) fn clean(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_valet"));
    command.current_dir(folder).stdin(Stdio::null());
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("VALET_") || name == "RUST_LOG" {
            command.env_remove(name);
        }
    }
    // The compiler's own tools stay where they are.
    if let Some(home) = std::env::home_dir() {
        for (name, place) in [("CARGO_HOME", ".cargo"), ("RUSTUP_HOME", ".rustup")] {
            if std::env::var_os(name).is_none() {
                command.env(name, home.join(place));
            }
        }
    }
    command.env("HOME", folder);
    command
}

/// The arena's Move package.
pub(crate) fn arena() -> &'static str {
    concat!(env!("CARGO_MANIFEST_DIR"), "/../game/move")
}
