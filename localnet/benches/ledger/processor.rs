//! Time that was spent running, and not waiting for a processor: what can be compared on a busy machine.

use std::time::Duration;

/// What this thread has used so far.
pub(crate) fn thread() -> Duration {
    clock::now(clock::Of::Thread)
}

/// What all threads of this process have used so far.
pub(crate) fn process() -> Duration {
    clock::now(clock::Of::Process)
}

#[cfg(unix)]
mod clock {
    use std::time::Duration;

    use rustix::time::{ClockId, clock_gettime};

    pub(super) enum Of {
        Thread,
        Process,
    }

    pub(super) fn now(of: Of) -> Duration {
        let time = clock_gettime(match of {
            Of::Thread => ClockId::ThreadCPUTime,
            Of::Process => ClockId::ProcessCPUTime,
        });
        let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
        Duration::new(seconds, u32::try_from(time.tv_nsec).unwrap_or_default())
    }
}

/// Elsewhere the clock on the wall has to do.
#[cfg(not(unix))]
mod clock {
    use std::sync::OnceLock;
    use std::time::{Duration, Instant};

    pub(super) enum Of {
        Thread,
        Process,
    }

    pub(super) fn now(of: Of) -> Duration {
        static BEGIN: OnceLock<Instant> = OnceLock::new();
        match of {
            Of::Thread | Of::Process => BEGIN.get_or_init(Instant::now).elapsed(),
        }
    }
}
