//! Files that hold secrets: sealed before they touch the disk, whole or not there, readable by their owner alone.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
};

use super::seal;
use crate::{Error, VaultError};

/// What a temporary file of this client's ends with.
const TEMPORARY: &str = ".tmp";

/// An I/O error with what was being done to which file.
pub(crate) fn failed(path: &Path, doing: &'static str) -> impl FnOnce(io::Error) -> VaultError {
    move |source| VaultError::Io {
        path: path.to_owned(),
        doing,
        source,
    }
}

/// Reads a file of secrets.
pub(crate) fn read(path: &Path, most: usize) -> Result<Vec<u8>, VaultError> {
    check(path)?;
    let file = File::open(path).map_err(failed(path, "open"))?;
    // Asked again: another file may have taken its place.
    let found = file.metadata().map_err(failed(path, "open"))?;
    if !found.is_file() {
        return Err(VaultError::NotAFile {
            path: path.to_owned(),
        });
    }
    let mut bytes = Vec::new();
    let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    file.take(limit)
        .read_to_end(&mut bytes)
        .map_err(failed(path, "read"))?;
    if bytes.len() > most {
        return Err(VaultError::TooLarge {
            path: path.to_owned(),
            most,
        });
    }
    Ok(bytes)
}

/// Refuses what is not a plain file, and what others than its owner may read or change. A link is refused too: what it points
/// to may be replaced by others.
pub(crate) fn check(path: &Path) -> Result<(), VaultError> {
    let found = match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(VaultError::Missing {
                path: path.to_owned(),
            });
        }
        other => other.map_err(failed(path, "open"))?,
    };
    if !found.is_file() {
        return Err(VaultError::NotAFile {
            path: path.to_owned(),
        });
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = found.permissions().mode() & 0o7777;
        if mode & 0o077 != 0 {
            return Err(VaultError::Exposed {
                path: path.to_owned(),
                mode,
            });
        }
    }
    Ok(())
}

/// Puts a file in place, whole: whoever reads it sees the old one or the new one, whenever the power fails.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let temporary = temporary_beside(path)?;
    let written = write_new(&temporary, bytes)
        .and_then(|()| fs::rename(&temporary, path).map_err(failed(path, "replace")));
    if written.is_err() {
        // It holds nothing that is not sealed; what matters is the error.
        let _ = fs::remove_file(&temporary);
    }
    written?;
    sync_folder(path)?;
    Ok(())
}

/// Puts a file in place where there is none.
pub(crate) fn create(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    if fs::symlink_metadata(path).is_ok() {
        return Err(VaultError::Exists {
            path: path.to_owned(),
        }
        .into());
    }
    replace(path, bytes)
}

/// A file of its own, which did not exist before and which only its owner may read.
fn write_new(path: &Path, bytes: &[u8]) -> Result<(), VaultError> {
    let mut file = options()
        .create_new(true)
        .open(path)
        .map_err(failed(path, "create"))?;
    file.write_all(bytes).map_err(failed(path, "write"))?;
    file.sync_all().map_err(failed(path, "write"))
}

/// Opens for writing with permissions for the owner alone, should the file be created.
pub(crate) fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options
}

/// Overwrites a file and removes it. `false` when there was none. Overwriting is the best that can be done: a disk or a file
/// system may keep what was there, which is why nothing but sealed bytes ever gets there.
pub(crate) fn wipe(path: &Path) -> Result<bool, VaultError> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(failed(path, "wipe")(error)),
        // What a link points to is not ours to overwrite.
        Ok(found) if found.is_file() => {
            let mut file = OpenOptions::new()
                .write(true)
                .open(path)
                .map_err(failed(path, "wipe"))?;
            let mut zeros = io::repeat(0).take(found.len());
            io::copy(&mut zeros, &mut file).map_err(failed(path, "wipe"))?;
            file.sync_all().map_err(failed(path, "wipe"))?;
        }
        Ok(_) => {}
    }
    fs::remove_file(path).map_err(failed(path, "wipe"))?;
    sync_folder(path)?;
    Ok(true)
}

/// Removes what writers that died left beside a file.
pub(crate) fn sweep_temporaries(path: &Path) {
    let (Some(folder), Some(prefix)) = (path.parent(), temporary_prefix(path)) else {
        return;
    };
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with(&prefix) && name.ends_with(TEMPORARY) {
            // Sealed bytes; the next one who opens tries again.
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn temporary_prefix(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_string_lossy();
    Some(format!(".{name}."))
}

/// A name that nobody can guess, so that nobody can have put something there.
fn temporary_beside(path: &Path) -> Result<PathBuf, Error> {
    let prefix = temporary_prefix(path).ok_or_else(|| VaultError::NotAFile {
        path: path.to_owned(),
    })?;
    let mut random = [0; 8];
    seal::fill(&mut random)?;
    let name = format!("{prefix}{:016x}{TEMPORARY}", u64::from_le_bytes(random));
    Ok(path.with_file_name(name))
}

/// Makes a rename or removal last. Only Unix can, and asks for it.
fn sync_folder(path: &Path) -> Result<(), VaultError> {
    #[cfg(unix)]
    if let Some(folder) = path.parent() {
        let folder = if folder.as_os_str().is_empty() {
            Path::new(".")
        } else {
            folder
        };
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(failed(folder, "save"))?;
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}
