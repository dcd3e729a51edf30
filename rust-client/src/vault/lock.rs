//! One process at a time.

use std::{
    fs::{self, File, TryLockError},
    io::{Read as _, Seek as _, SeekFrom, Write as _},
    path::Path,
    thread,
    time::Duration,
};

use crate::{VaultError, key::file};

/// A vault's lock. The operating system releases it when the process ends, however it ends.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    const NAME: &str = "lock";
    /// How often it is tried again.
    const TRIES: u32 = 10;
    const PAUSE: Duration = Duration::from_millis(20);

    /// Takes the lock of a folder that exists.
    pub(crate) fn take(folder: &Path) -> Result<Self, VaultError> {
        let path = folder.join(Self::NAME);
        // It is opened for writing: what a link points to could be anything.
        if fs::symlink_metadata(&path).is_ok_and(|found| !found.is_file()) {
            return Err(VaultError::NotAFile { path });
        }
        // Never truncated before it is ours, and never removed: whoever waits for this file would lock another one.
        let mut file = file::options()
            .read(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(file::failed(&path, "lock"))?;
        let mut tries = 0;
        loop {
            match file.try_lock() {
                Ok(()) => break,
                // Between the fork and the start of another program, that has what its parent let go of.
                Err(TryLockError::WouldBlock) if tries < Self::TRIES => {
                    tries += 1;
                    thread::sleep(Self::PAUSE);
                }
                Err(TryLockError::WouldBlock) => {
                    return Err(VaultError::InUse {
                        path: folder.to_owned(),
                        pid: holder(&mut file),
                    });
                }
                Err(TryLockError::Error(error)) => return Err(file::failed(&path, "lock")(error)),
            }
        }
        // For the message of whoever comes second, and worth no error.
        let _ = file
            .set_len(0)
            .and_then(|()| file.seek(SeekFrom::Start(0)))
            .and_then(|_| write!(file, "{}", std::process::id()));
        Ok(Self { _file: file })
    }
}

/// The process that wrote its number into the lock.
fn holder(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.take(16).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}
