//! Asking the person at the terminal.

use std::io::{self, BufRead, IsTerminal, Write};

use crate::problem::{Kind, Problem};

/// Goes on when the person agrees, or has agreed beforehand with `--yes`.
pub(crate) fn agreed(question: &str, beforehand: bool) -> Result<(), Problem> {
    if beforehand {
        return Ok(());
    }
    let remedy = "say `--yes` to go on without a question";
    if !io::stdin().is_terminal() {
        let message = format!("nobody is there to ask: {question}");
        return Err(Problem::new(Kind::Declined, message).with_remedy(remedy));
    }
    write!(io::stderr().lock(), "{question} [y/N] ")?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    match answer.trim().to_ascii_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => Err(Problem::new(Kind::Declined, "nothing was done").with_remedy(remedy)),
    }
}
