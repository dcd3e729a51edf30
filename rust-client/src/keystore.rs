//! The keys that Sui's own tools keep.

mod aliases;

use std::{
    fmt, fs,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use sui_crypto::{
    ed25519::Ed25519PrivateKey, secp256k1::Secp256k1PrivateKey, secp256r1::Secp256r1PrivateKey,
    simple::SimpleKeypair,
};
use sui_sdk_types::Address;
use zeroize::Zeroizing;

use crate::{Error, KeyOwner, VaultError, key::file};
use aliases::Aliases;

/// A `sui.keystore`: the file in which Sui's command line keeps its keys, in plain text. Keys of all three schemes are read and
/// written as that tool does, with the names in its `sui.aliases`. For an owner's keys; a session's belong in a [`Vault`](crate::Vault).
///
/// ```
/// use valet_client::{KeyOwner, Keystore, Owner};
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("sui.keystore");
/// let mut keystore = Keystore::load_or_new(&path)?;
/// let owner = KeyOwner::generate()?;
/// keystore.add(&owner);
/// keystore.save()?;
///
/// let owner = Keystore::load(&path)?.owner(owner.address())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Keystore {
    path: PathBuf,
    entries: Vec<Entry>,
    aliases: Aliases,
}

/// A key as the file has it: Base64 of its scheme's flag and its bytes.
struct Entry {
    address: Address,
    text: Zeroizing<String>,
}

impl Keystore {
    /// Some thousands of keys.
    const MOST_BYTES: u64 = 1_024 * 1_024;

    /// Reads a keystore.
    ///
    /// # Errors
    /// [`VaultError::Missing`], [`VaultError::NotAFile`], [`VaultError::TooLarge`], [`VaultError::Unreadable`] or
    /// [`VaultError::Io`], inside [`Error::Vault`].
    pub fn load(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref().to_owned();
        let text = read(&path)?;
        let unreadable = |reason: String| VaultError::Unreadable {
            what: path.display().to_string().into(),
            reason: reason.into(),
        };
        // The text of the parser's errors would show what stands there, so only the place is told.
        let texts: Vec<Zeroizing<String>> = serde_json::from_slice::<Vec<String>>(&text)
            .map_err(|error| {
                let place = format!("line {}, column {}", error.line(), error.column());
                unreadable(format!("it is not a JSON list of texts, see {place}"))
            })?
            .into_iter()
            .map(Zeroizing::new)
            .collect();
        let mut entries = Vec::with_capacity(texts.len());
        for (place, text) in texts.into_iter().enumerate() {
            let key = parse(&text).ok_or_else(|| {
                unreadable(format!("key {} is not one of Sui's simple keys", place + 1))
            })?;
            entries.push(Entry {
                address: key.verifying_key().derive_address(),
                text,
            });
        }
        Ok(Self {
            aliases: Aliases::beside(&path),
            path,
            entries,
        })
    }

    /// Reads a keystore, or begins one where there is none.
    ///
    /// # Errors
    /// As [`load`](Self::load), but for a missing file.
    pub fn load_or_new(path: impl AsRef<Path>) -> Result<Self, Error> {
        match Self::load(path.as_ref()) {
            Err(Error::Vault(error)) if matches!(*error, VaultError::Missing { .. }) => Ok(Self {
                path: path.as_ref().to_owned(),
                entries: Vec::new(),
                aliases: Aliases::beside(path.as_ref()),
            }),
            other => other,
        }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The addresses of its keys, in their order.
    pub fn addresses(&self) -> impl Iterator<Item = Address> + '_ {
        self.entries.iter().map(|entry| entry.address)
    }

    /// The name that Sui's command line has for the key of an address.
    #[must_use]
    pub fn alias(&self, address: Address) -> Option<&str> {
        self.aliases.of(&self.key(address)?)
    }

    /// The address of the key with this name.
    #[must_use]
    pub fn address_of(&self, alias: &str) -> Option<Address> {
        self.addresses()
            .find(|address| self.alias(*address) == Some(alias))
    }

    /// The owner with this address.
    ///
    /// # Errors
    /// [`VaultError::NotInKeystore`] inside [`Error::Vault`].
    pub fn owner(&self, address: Address) -> Result<KeyOwner, Error> {
        self.key(address).map(KeyOwner::new).ok_or_else(|| {
            let known: Vec<_> = self.addresses().map(|known| known.to_string()).collect();
            VaultError::NotInKeystore {
                path: self.path.clone(),
                address,
                known: if known.is_empty() {
                    "none".into()
                } else {
                    known.join(", ").into()
                },
            }
            .into()
        })
    }

    fn key(&self, address: Address) -> Option<SimpleKeypair> {
        let entry = self.entries.iter().find(|entry| entry.address == address)?;
        parse(&entry.text)
    }

    /// Adds an owner's key. `false` when it is there already. [`save`](Self::save) writes it.
    pub fn add(&mut self, owner: &KeyOwner) -> bool {
        let (address, text) = owner.to_keystore();
        let is_new = self.addresses().all(|known| known != address);
        if is_new {
            self.entries.push(Entry { address, text });
        }
        is_new
    }

    /// Writes the file, whole, readable by its owner alone. Where keys have names, those without get one: Sui's command line would
    /// not list them otherwise.
    ///
    /// # Errors
    /// [`VaultError::Io`] inside [`Error::Vault`].
    pub fn save(&mut self) -> Result<(), Error> {
        // As large as needed from the start, so that growing leaves no copies of keys behind. Base64 needs no escapes.
        let size: usize = self.entries.iter().map(|entry| entry.text.len() + 6).sum();
        let mut text = Zeroizing::new(String::with_capacity(4 + size));
        text.push('[');
        for (place, entry) in self.entries.iter().enumerate() {
            text.push_str(if place == 0 { "\n  \"" } else { ",\n  \"" });
            text.push_str(entry.text.trim());
            text.push('"');
        }
        text.push_str(if self.entries.is_empty() { "]" } else { "\n]" });
        // Who keeps it behind a link wants what the link points to written.
        let path = fs::canonicalize(&self.path).unwrap_or_else(|_| self.path.clone());
        file::replace(&path, text.as_bytes())?;
        let keys = self.entries.iter().filter_map(|entry| parse(&entry.text));
        self.aliases.complete(keys)
    }
}

impl fmt::Debug for Keystore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keystore")
            .field("path", &self.path)
            .field("addresses", &self.addresses().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

/// A key as a keystore has it. Scheme by scheme: read as whichever it is, a number that is no key of Secp256r1 would panic.
fn parse(text: &str) -> Option<SimpleKeypair> {
    let text = text.trim();
    let ed25519 = || Ed25519PrivateKey::from_base64(text).ok().map(Into::into);
    let k1 = || Secp256k1PrivateKey::from_base64(text).ok().map(Into::into);
    let r1 = || Secp256r1PrivateKey::from_base64(text).ok().map(Into::into);
    ed25519().or_else(k1).or_else(r1)
}

/// The same in the text form `suiprivkey1…`.
pub(crate) fn parse_suiprivkey(text: &str) -> Option<SimpleKeypair> {
    let text = text.trim();
    let ed25519 = || {
        Ed25519PrivateKey::from_suiprivkey(text)
            .ok()
            .map(Into::into)
    };
    let k1 = || {
        Secp256k1PrivateKey::from_suiprivkey(text)
            .ok()
            .map(Into::into)
    };
    let r1 = || {
        Secp256r1PrivateKey::from_suiprivkey(text)
            .ok()
            .map(Into::into)
    };
    ed25519().or_else(k1).or_else(r1)
}

/// Another tool's file: its rights are that tool's choice, and it may be a link.
fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, VaultError> {
    let found = match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(VaultError::Missing {
                path: path.to_owned(),
            });
        }
        other => other.map_err(file::failed(path, "open"))?,
    };
    if !found.is_file() {
        return Err(VaultError::NotAFile {
            path: path.to_owned(),
        });
    }
    let too_large = || VaultError::TooLarge {
        path: path.to_owned(),
        most: usize::try_from(Keystore::MOST_BYTES).unwrap_or(usize::MAX),
    };
    if found.len() > Keystore::MOST_BYTES {
        return Err(too_large());
    }
    let size = usize::try_from(found.len()).map_err(|_| too_large())?;
    let mut bytes = Zeroizing::new(Vec::with_capacity(size + 1));
    fs::File::open(path)
        .and_then(|file| file.take(Keystore::MOST_BYTES).read_to_end(&mut bytes))
        .map_err(file::failed(path, "read"))?;
    Ok(bytes)
}
