//! The PIN under which a session's key is sealed: typed in, or from a file. Never an argument: every process list shows those.

use std::{
    io::{self, BufRead, IsTerminal},
    path::{Path, PathBuf},
};

use valet_client::Pin;
use zeroize::Zeroizing;

use crate::{context::read_text, problem::Problem};

/// Where the PIN comes from.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Who")]
pub(crate) struct PinArguments {
    /// A file whose first line is the PIN, or `-` for standard input [default: you are asked].
    #[arg(long, value_name = "FILE", env = "VALET_PIN_FILE")]
    pin_file: Option<PathBuf>,
}

impl PinArguments {
    /// The PIN of a vault that is there.
    pub(crate) fn ask(&self) -> Result<Pin, Problem> {
        match &self.pin_file {
            Some(file) => read(file),
            None => typed("PIN: "),
        }
    }

    /// A PIN for a new vault: typed twice, since a slip would lock its own author out.
    pub(crate) fn choose(&self) -> Result<Pin, Problem> {
        let Some(file) = &self.pin_file else {
            let first = prompt("choose a PIN or passphrase: ")?;
            let again = prompt("once more: ")?;
            if *first != *again {
                return Err(Problem::usage("the two PINs differ").with_remedy("try again"));
            }
            return pin(&first);
        };
        read(file)
    }
}

fn read(file: &Path) -> Result<Pin, Problem> {
    let text = if file == Path::new("-") {
        let mut line = Zeroizing::new(String::new());
        io::stdin().lock().read_line(&mut line)?;
        line
    } else {
        Zeroizing::new(read_text(file, "the PIN file")?)
    };
    pin(text.lines().next().unwrap_or_default())
}

fn typed(question: &str) -> Result<Pin, Problem> {
    pin(&prompt(question)?)
}

fn prompt(question: &str) -> Result<Zeroizing<String>, Problem> {
    if !io::stdin().is_terminal() {
        return Err(Problem::usage("there is nobody to ask for the PIN").with_remedy(
            "put it into a file that only you can read, and name that with `--pin-file` or VALET_PIN_FILE; `-` reads \
             standard input",
        ));
    }
    Ok(rpassword::prompt_password(question).map(Zeroizing::new)?)
}

fn pin(text: &str) -> Result<Pin, Problem> {
    if text.is_empty() {
        return Err(Problem::usage("the PIN is empty")
            .with_remedy("an empty PIN protects nothing: choose another"));
    }
    Ok(Pin::new(text))
}
