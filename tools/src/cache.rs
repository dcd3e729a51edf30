//! Results on disk, keyed by what they were made from.
//!
//! One entry is one file: a magic line, the BLAKE2b-256 hash of the rest, then named blobs. An entry that does not
//! match its own hash is made again, so a torn or edited file costs time and nothing else.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

use blake2::{Blake2b, Digest, digest::consts::U32};

use crate::error::Error;

type Blake2b256 = Blake2b<U32>;

const MAGIC: &[u8; 16] = b"valet cache v1\n\0";
const HASH: usize = 32;

/// The content of an entry: named blobs in a fixed order.
pub(crate) type Blobs = Vec<(String, Vec<u8>)>;

/// Collects the inputs of a result into its key.
#[derive(Clone, Debug, Default)]
pub(crate) struct KeyHasher(Blake2b256);

impl KeyHasher {
    /// Adds one input. Lengths are hashed too, so that no two lists of inputs run together.
    #[must_use]
    pub(crate) fn with(mut self, input: impl AsRef<[u8]>) -> Self {
        let input = input.as_ref();
        self.0.update((input.len() as u64).to_le_bytes());
        self.0.update(input);
        self
    }

    pub(crate) fn finish(self, kind: &'static str) -> Key {
        let hash = hex::encode(self.0.finalize());
        Key(format!("{kind}-{hash}"))
    }
}

/// The name of an entry.
#[derive(Clone, Debug)]
pub(crate) struct Key(String);

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is stored under a key.
#[derive(Debug)]
pub(crate) enum Lookup {
    Hit(Blobs),
    Miss,
    /// There is a file, but it is not what was written.
    Corrupt,
}

/// A folder of entries.
#[derive(Clone, Debug)]
pub(crate) struct Cache {
    directory: PathBuf,
}

impl Cache {
    pub(crate) fn new(directory: PathBuf) -> Self {
        Self { directory }
    }

    pub(crate) fn path(&self, key: &Key) -> PathBuf {
        self.directory.join(format!("{}.bin", key.0))
    }

    pub(crate) fn get(&self, key: &Key) -> Result<Lookup, Error> {
        let path = self.path(key);
        match fs::read(&path) {
            Ok(bytes) => Ok(decode(&bytes).map_or(Lookup::Corrupt, Lookup::Hit)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Lookup::Miss),
            Err(error) => Err(Error::io(path)(error)),
        }
    }

    /// Replaces the entry in one step: a reader sees the old file, none, or the whole new one.
    pub(crate) fn put(&self, key: &Key, blobs: &Blobs) -> Result<(), Error> {
        let path = self.path(key);
        let temporary = self
            .directory
            .join(format!("{}.{}.tmp", key.0, std::process::id()));
        write_file(&temporary, &encode(blobs)).map_err(Error::io(&temporary))?;
        fs::rename(&temporary, &path).map_err(Error::io(&path))
    }

    /// Waits until nobody else is making this entry. The lock ends with the returned file.
    pub(crate) fn lock(&self, key: &Key) -> Result<File, Error> {
        fs::create_dir_all(&self.directory).map_err(Error::io(&self.directory))?;
        let path = self.directory.join(format!("{}.lock", key.0));
        let file = File::create(&path).map_err(Error::io(&path))?;
        file.lock().map_err(Error::io(&path))?;
        Ok(file)
    }
}

fn write_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    // The rename must not reach the disk before the content.
    file.sync_all()
}

fn encode(blobs: &Blobs) -> Vec<u8> {
    let mut payload = Vec::new();
    for (name, content) in blobs {
        for part in [name.as_bytes(), content] {
            payload.extend_from_slice(&(part.len() as u64).to_le_bytes());
            payload.extend_from_slice(part);
        }
    }
    let mut bytes = MAGIC.to_vec();
    bytes.extend_from_slice(&Blake2b256::digest(&payload));
    bytes.extend_from_slice(&payload);
    bytes
}

fn decode(bytes: &[u8]) -> Option<Blobs> {
    let (hash, payload) = bytes.strip_prefix(MAGIC)?.split_at_checked(HASH)?;
    if Blake2b256::digest(payload)[..] != *hash {
        return None;
    }
    let mut rest = payload;
    let mut blobs = Vec::new();
    while !rest.is_empty() {
        let name = String::from_utf8(take(&mut rest)?.to_vec()).ok()?;
        blobs.push((name, take(&mut rest)?.to_vec()));
    }
    Some(blobs)
}

fn take<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, tail) = rest.split_first_chunk::<8>()?;
    let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
    let (part, tail) = tail.split_at_checked(length)?;
    *rest = tail;
    Some(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blobs() -> Blobs {
        vec![
            ("0x1::ascii".into(), vec![1, 2, 3]),
            (String::new(), Vec::new()),
        ]
    }

    #[test]
    fn an_entry_reads_back_as_written() {
        assert_eq!(decode(&encode(&blobs())), Some(blobs()));
        assert_eq!(decode(&encode(&Vec::new())), Some(Vec::new()));
    }

    #[test]
    fn any_changed_or_missing_byte_is_noticed() {
        let good = encode(&blobs());
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 1;
            assert_eq!(decode(&bad), None, "byte {at} flipped");
            assert_eq!(decode(&good[..at]), None, "cut to {at} bytes");
        }
    }

    #[test]
    fn inputs_do_not_run_together() {
        let key = |parts: &[&str]| {
            parts
                .iter()
                .fold(KeyHasher::default(), |hasher, part| hasher.with(part))
                .finish("test")
                .0
        };
        assert_ne!(key(&["ab", "c"]), key(&["a", "bc"]));
        assert_eq!(key(&["ab", "c"]), key(&["ab", "c"]));
    }
}
