//! The folder with the session's key: opening it, and taking its session up.

use std::{path::PathBuf, sync::Arc};

use valet_client::{Fate, Recovered, Session, SessionOptions, Standing, Valet, Vault};

use crate::{output::Output, pin::PinArguments, problem::Problem};

/// Which session key.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Who")]
pub(crate) struct VaultArguments {
    /// The folder with the session's sealed key and its journal.
    #[arg(
        long,
        value_name = "FOLDER",
        env = "VALET_SESSION",
        default_value = "valet-session"
    )]
    pub(crate) session: PathBuf,

    #[command(flatten)]
    pub(crate) pin: PinArguments,
}

impl VaultArguments {
    /// Opens the vault with its PIN.
    pub(crate) async fn open(&self, output: Output) -> Result<Vault, Problem> {
        // Asking for a PIN that opens nothing would be rude.
        if !Vault::exists(&self.session) {
            return Err(Problem::usage(format!(
                "there is no session key in {}",
                self.session.display()
            ))
            .with_remedy(
                "make one with `valet session start`, or name its folder with `--session`",
            ));
        }
        let pin = self.pin.ask()?;
        let folder = self.session.clone();
        let _progress = output.progress("opening the session's key");
        blocking(move || Vault::open(folder, &pin)).await
    }

    /// Opens the vault and takes up its session, which must be the account's.
    pub(crate) async fn resume(
        &self,
        valet: &Valet,
        output: Output,
    ) -> Result<(Arc<Vault>, Session), Problem> {
        let vault = Arc::new(self.open(output).await?);
        match take_up(&vault, valet, SessionOptions::new(), output).await? {
            TakenUp::Session(session) => Ok((vault, *session)),
            TakenUp::Over(problem) => Err(problem),
        }
    }
}

/// What a vault's session has come to.
#[derive(Debug)]
pub(crate) enum TakenUp {
    Session(Box<Session>),
    /// There is none that could play.
    Over(Problem),
}

/// Takes up a vault's session, whatever state it is in.
pub(crate) async fn take_up(
    vault: &Vault,
    valet: &Valet,
    options: SessionOptions,
    output: Output,
) -> Result<TakenUp, Problem> {
    let resumed = vault.resume(valet, options).await?;
    tell(&resumed.actions, output);
    Ok(TakenUp::Over(match resumed.standing {
        // What can be seen and saved of an expired session is no different; the chain refuses the rest.
        Standing::Active(session) | Standing::Expired(session) => {
            return Ok(TakenUp::Session(Box::new(session)));
        }
        Standing::Pending => Problem::failed("the session's key was made, but never activated")
            .with_remedy("go on with `valet session start`"),
        Standing::Over(reason) => Problem::failed(format!(
            "the session is over: {}",
            reason.map_or("the account has another one, or none", super::session::why)
        ))
        .with_remedy(
            "save what is left of its float with `valet session end`, then start a new one with `valet session start`",
        ),
        _ => Problem::failed("the session's end has begun")
            .with_remedy("finish it with `valet session end`"),
    }))
}

/// Tells what became of transactions that an earlier run left in flight.
pub(crate) fn tell(actions: &[Recovered], output: Output) {
    for action in actions {
        let fate = match &action.fate {
            Fate::Executed(_) => "was executed".to_owned(),
            Fate::Failed(error) => format!("failed: {error}"),
            Fate::Dead(_) => "was never executed and never will be".to_owned(),
            Fate::Unknown(error) => format!("is still in doubt: {error}"),
            _ => continue,
        };
        output.note(&format!(
            "from an earlier run, {} ({}) {fate}",
            action.label, action.digest
        ));
    }
}

/// Works through a PIN away from the async threads.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, valet_client::Error> + Send + 'static,
) -> Result<T, Problem> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| Problem::failed(format!("a thread ended early: {error}")))?
        .map_err(Problem::from)
}
