//! A client in a process of its own, which is going to be killed.

use std::{io::Read as _, path::Path, process::Stdio};

use serde::{Deserialize, Serialize};
use tokio::{io::AsyncWriteExt as _, process};

use super::{book::Try, client::Setting, runtime};
use crate::Error;

/// The command of `valet-soak` that is such a process.
const COMMAND: &str = "chaos-client";

/// What it is told, on its standard input.
#[derive(Debug, Serialize, Deserialize)]
struct Orders {
    setting: Setting,
    tries: Vec<Try>,
}

pub(super) struct Child {
    process: process::Child,
}

impl Child {
    pub(super) async fn start(
        program: &Path,
        setting: &Setting,
        tries: &[Try],
    ) -> Result<Self, Error> {
        let failed = |error: &dyn std::error::Error| Error::setup("starting a process", error);
        let orders = Orders {
            setting: setting.clone(),
            tries: tries.to_vec(),
        };
        let orders = serde_json::to_vec(&orders).map_err(|error| failed(&error))?;
        let mut process = process::Command::new(program)
            .arg(COMMAND)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| failed(&error))?;
        if let Some(mut input) = process.stdin.take() {
            input
                .write_all(&orders)
                .await
                .map_err(|error| failed(&error))?;
        }
        Ok(Self { process })
    }

    pub(super) async fn wait(&mut self) -> Result<(), Error> {
        let ended = self.process.wait().await;
        ended
            .map(drop)
            .map_err(|error| Error::setup("waiting for a process", error))
    }

    /// SIGKILL: it gets no chance to write anything.
    pub(super) async fn kill(mut self) -> Result<(), Error> {
        let killed = self.process.kill().await;
        killed.map_err(|error| Error::setup("killing a process", error))
    }
}

/// What the process does: plays what its standard input says, until it is killed.
///
/// # Errors
/// [`Error`] for orders that cannot be read, and for a vault or a network that cannot be opened.
pub fn be_killed() -> Result<(), Error> {
    let mut orders = Vec::new();
    std::io::stdin()
        .read_to_end(&mut orders)
        .map_err(|error| Error::setup("reading orders", error))?;
    let orders: Orders =
        serde_json::from_slice(&orders).map_err(|error| Error::setup("reading orders", error))?;
    let runtime = runtime(&mut tokio::runtime::Builder::new_current_thread())?;
    runtime
        .block_on(orders.setting.play_blindly(&orders.tries))
        .map_err(Error::from)
}
