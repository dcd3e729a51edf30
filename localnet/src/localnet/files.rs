//! Snapshots in files.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use super::LocalnetError;

pub(super) fn read(path: &Path) -> Result<Vec<u8>, LocalnetError> {
    fs::read(path).map_err(failed(path, "read"))
}

/// Replace a file in one step: whoever reads sees the old one or the whole new one.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), LocalnetError> {
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(format!(".{}.tmp", std::process::id()));
    let temporary = Path::new(&temporary);
    let written = File::create(temporary).and_then(|mut file| {
        file.write_all(bytes)?;
        // The rename must not reach the disk before the content.
        file.sync_all()?;
        fs::rename(temporary, path)
    });
    written.map_err(|source| {
        // Nothing is lost if there is none.
        let _ = fs::remove_file(temporary);
        failed(path, "written")(source)
    })
}

fn failed(path: &Path, doing: &'static str) -> impl FnOnce(std::io::Error) -> LocalnetError {
    let path = path.to_owned();
    move |source| LocalnetError::SnapshotFile {
        path,
        doing,
        source,
    }
}
