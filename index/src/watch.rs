//! Changes as they happen.

use std::collections::VecDeque;

use tokio::sync::watch;

use crate::{Cursor, HistoryEntry, HistoryQuery, Index, IndexError};

/// The history from an entry on, without end; made by [`Index::watch`].
///
/// Remember the number of the last entry that was dealt with, and begin after it next time: none is lost, none comes twice.
#[derive(Debug)]
pub struct Changes {
    index: Index,
    after: u64,
    ready: VecDeque<HistoryEntry>,
    progress: watch::Receiver<Cursor>,
}

impl Changes {
    pub(crate) fn new(index: Index, after: u64) -> Self {
        Self {
            progress: index.progress(),
            index,
            after,
            ready: VecDeque::new(),
        }
    }

    /// The next entry, once there is one. It sees what this process takes in. Dropping the future loses nothing.
    ///
    /// # Errors
    /// [`IndexError::Store`].
    pub async fn next(&mut self) -> Result<HistoryEntry, IndexError> {
        loop {
            if let Some(entry) = self.ready.pop_front() {
                self.after = entry.number;
                return Ok(entry);
            }
            // Marked before reading: what is written in between wakes this again.
            self.progress.mark_unchanged();
            let query = HistoryQuery::new().after(self.after);
            self.ready.extend(self.index.history(&query)?);
            if self.ready.is_empty() {
                // The sender lives in the index that is held here.
                let changed = self.progress.changed().await;
                changed.map_err(|_| IndexError::Interrupted)?;
            }
        }
    }
}
