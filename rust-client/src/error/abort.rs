//! Move aborts, and the codes inside them.

use std::fmt;

use sui_sdk_types::{Address, Identifier, MoveLocation};

use super::constants;

/// Where and why Move code aborted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MoveAbort {
    package: Address,
    module: Identifier,
    function: Option<Identifier>,
    raw_code: u64,
    name: Option<String>,
    message: Option<String>,
}

impl MoveAbort {
    pub(crate) fn new(location: &MoveLocation, raw_code: u64) -> Self {
        Self {
            package: location.package,
            module: location.module.clone(),
            function: location.function_name.clone(),
            raw_code,
            name: None,
            message: None,
        }
    }

    /// Reads the error's name and message from the compiled module that aborted.
    pub(crate) fn read_texts(&mut self, module: &[u8]) {
        if let Some(clever) = self.clever() {
            self.name = constants::text(module, clever.name_index);
            self.message = constants::text(module, clever.message_index);
        }
    }

    /// The package whose code aborted.
    #[must_use]
    pub fn package(&self) -> Address {
        self.package
    }

    /// The module whose code aborted.
    #[must_use]
    pub fn module(&self) -> &str {
        self.module.as_str()
    }

    /// The function that aborted, when the network tells.
    #[must_use]
    pub fn function(&self) -> Option<&str> {
        self.function.as_ref().map(Identifier::as_str)
    }

    /// The error's number: of `#[error(code = N)]`, or the plain abort code. `None` for an `assert!` without an error.
    #[must_use]
    pub fn code(&self) -> Option<u64> {
        match self.clever() {
            Some(clever) => clever.code.map(u64::from),
            None => Some(self.raw_code),
        }
    }

    /// The name of the error in the Move source, such as `ETooTired`, when the package tells.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The error's message in the Move source, when the package tells: the dApp's own words for its players.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }

    /// The abort code as it is on the wire. It changes with every edit of the Move source; compare [`code`](Self::code).
    #[must_use]
    pub fn raw_code(&self) -> u64 {
        self.raw_code
    }

    /// What the compiler packed into the code, when the error was declared with `#[error]`.
    #[must_use]
    pub fn clever(&self) -> Option<CleverCode> {
        CleverCode::decode(self.raw_code)
    }
}

impl fmt::Display for MoveAbort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}::{}", self.package, self.module)?;
        if let Some(function) = &self.function {
            write!(f, "::{function}")?;
        }
        match self.code() {
            Some(code) => write!(f, " aborted with code {code}")?,
            None => write!(f, " aborted")?,
        }
        match (&self.name, self.clever()) {
            (Some(name), _) => write!(f, " ({name})")?,
            (None, Some(clever)) => write!(f, " (line {})", clever.line)?,
            (None, None) => {}
        }
        match &self.message {
            Some(message) => write!(f, ": {}", message.trim_end_matches('.')),
            None => Ok(()),
        }
    }
}

/// A "clever" abort code, unpacked: what the Move compiler stores for an `#[error]` constant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CleverCode {
    /// The number given in `#[error(code = N)]`, if one was given.
    pub code: Option<u8>,
    /// The line of the abort in the Move source.
    pub line: u16,
    /// The index, in the module's constant pool, of the constant's name.
    pub name_index: u16,
    /// The index, in the module's constant pool, of the message.
    pub message_index: u16,
}

impl CleverCode {
    /// The number that stands for "no code was given".
    const NO_CODE: u8 = 0xff;

    /// Unpacks a code; `None` when it is a plain number.
    ///
    /// ```
    /// use valet_client::CleverCode;
    ///
    /// let code = CleverCode::decode(0xC003_001E_0000_0001).unwrap();
    /// assert_eq!((code.code, code.line), (Some(3), 30));
    /// assert_eq!(CleverCode::decode(3), None);
    /// ```
    #[must_use]
    pub fn decode(raw: u64) -> Option<Self> {
        let [
            tag,
            code,
            line_high,
            line_low,
            name_high,
            name_low,
            message_high,
            message_low,
        ] = raw.to_be_bytes();
        (tag & 0x80 != 0).then(|| Self {
            code: (code != Self::NO_CODE).then_some(code),
            line: u16::from_be_bytes([line_high, line_low]),
            name_index: u16::from_be_bytes([name_high, name_low]),
            message_index: u16::from_be_bytes([message_high, message_low]),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn abort(raw_code: u64) -> MoveAbort {
        let location = MoveLocation {
            package: Address::TWO,
            module: Identifier::from_static("session"),
            function: 3,
            instruction: 7,
            function_name: Some(Identifier::from_static("authorize")),
        };
        MoveAbort::new(&location, raw_code)
    }

    #[test]
    fn a_clever_code_without_a_number_has_none() {
        let clever = CleverCode::decode(0xC0FF_001E_0000_0001);
        assert_eq!(
            clever,
            Some(CleverCode {
                code: None,
                line: 30,
                name_index: 0,
                message_index: 1
            })
        );
        assert_eq!(abort(0xC0FF_001E_0000_0001).code(), None);
    }

    #[test]
    fn an_abort_names_its_place_its_code_and_its_line() {
        let shown = abort(0xC004_0123_0002_0003).to_string();
        assert!(
            shown.ends_with("::session::authorize aborted with code 4 (line 291)"),
            "{shown}"
        );
    }

    #[test]
    fn a_plain_code_stays_as_it_is() {
        assert_eq!(abort(7).code(), Some(7));
        assert!(abort(7).to_string().ends_with("aborted with code 7"));
    }
}
