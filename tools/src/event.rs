//! What a toolchain does, told while it does it.

use std::{fmt, path::PathBuf, sync::Arc};

/// A step that takes time, or that a test wants to count.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// `npm ci` starts.
    InstallingTools,
    /// The compiler starts on a package.
    Compiling {
        /// The package's name.
        package: String,
    },
    /// The unit-test runner starts on a package.
    RunningTests {
        /// The package's name.
        package: String,
    },
    /// A result came from the cache; nothing was started for it.
    FromCache {
        /// The package's name.
        package: String,
    },
    /// A cache entry was damaged and is made again.
    CacheRejected {
        /// The damaged file.
        path: PathBuf,
    },
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InstallingTools => f.write_str("installing the pinned Node tools (npm ci)"),
            Self::Compiling { package } => write!(f, "compiling {package}"),
            Self::RunningTests { package } => write!(f, "running the Move tests of {package}"),
            Self::FromCache { package } => write!(f, "{package} is compiled already"),
            Self::CacheRejected { path } => {
                write!(f, "{} is damaged, making it again", path.display())
            }
        }
    }
}

type Listener = dyn Fn(&Event) + Send + Sync;

/// Who is told.
#[derive(Clone, Default)]
pub(crate) struct Observer(Option<Arc<Listener>>);

impl Observer {
    pub(crate) fn new(observer: impl Fn(&Event) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(observer)))
    }

    pub(crate) fn notify(&self, event: &Event) {
        if let Some(observer) = &self.0 {
            observer(event);
        }
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() {
            "Observer(set)"
        } else {
            "Observer(none)"
        })
    }
}
