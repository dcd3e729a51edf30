//! The toolchain itself: what it is asked, what it answers, and what it remembers.

use std::{
    collections::BTreeMap,
    env,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use serde::de::DeserializeOwned;

use crate::{
    cache::{Blobs, Cache, Key, KeyHasher, Lookup},
    error::Error,
    event::{Event, Observer},
    framework::{self, Framework, FrameworkSources},
    link::link,
    node::{Node, Packages},
    package::{PackageGraph, PublishedDependency, Scope, move_files},
    process::{self, Outcome},
    protocol::{Answer, Dump, Formatted, Request, Sources, Tested, broken, refusal, unencodable},
    report::{Check, CompiledPackage, FormatMode, FormatReport, TestReport},
};

/// The script that answers requests, and everything it imports: part of every cache key.
const SCRIPT: &str = "move.mjs";
const SCRIPTS: &[&str] = &[
    SCRIPT,
    "lib/compile.mjs",
    "lib/format.mjs",
    "lib/watchdog.mjs",
];

/// No package of ours takes a tenth of this to compile or format.
pub(crate) const COMPILE_LIMIT: Duration = Duration::from_secs(300);

/// Long enough for property tests, short enough that an endless loop is noticed over a coffee.
const TEST_LIMIT: Duration = Duration::from_secs(300);

/// The Move compiler, test runner and formatter.
///
/// Cheap to ask again: what was compiled once is read from disk until an input changes, and no process is started for
/// it. Any number of toolchains may work at once, in one process or several.
#[derive(Debug)]
pub struct Toolchain {
    tools: PathBuf,
    node: Node,
    cache: Cache,
    test_limit: Duration,
    observer: Observer,
}

/// Settings for a [`Toolchain`].
#[derive(Debug, Default)]
#[must_use]
pub struct ToolchainBuilder {
    tools: Option<PathBuf>,
    cache: Option<PathBuf>,
    path: Option<OsString>,
    test_limit: Option<Duration>,
    observer: Observer,
}

impl ToolchainBuilder {
    /// The folder with the Node scripts, instead of `VALET_TOOLS_DIR` or the one this crate was built from.
    pub fn with_tools_dir(mut self, directory: impl Into<PathBuf>) -> Self {
        self.tools = Some(directory.into());
        self
    }

    /// The folder to keep results in, instead of `VALET_CACHE_DIR` or `.valet` beside the tools folder.
    pub fn with_cache_dir(mut self, directory: impl Into<PathBuf>) -> Self {
        self.cache = Some(directory.into());
        self
    }

    /// Where to look for node and npm, instead of `PATH`.
    pub fn with_path(mut self, path: impl Into<OsString>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// How long a package's unit tests may take together, instead of five minutes.
    pub fn with_test_limit(mut self, limit: Duration) -> Self {
        self.test_limit = Some(limit);
        self
    }

    /// Whom to tell about each step, for instance to show progress.
    pub fn with_observer(mut self, observer: impl Fn(&Event) + Send + Sync + 'static) -> Self {
        self.observer = Observer::new(observer);
        self
    }

    /// Finds the scripts and the cache. Starts no process, and looks for Node.js only when something has to be made: what
    /// is in the cache is there without it.
    ///
    /// # Errors
    /// The tools folder is not there.
    pub fn locate(self) -> Result<Toolchain, Error> {
        let setting = |name| env::var_os(name).filter(|value| !value.is_empty());
        let tools = self
            .tools
            .or_else(|| setting("VALET_TOOLS_DIR").map(PathBuf::from))
            .unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
        // Scripts run in the tools folder, so their paths must not depend on ours.
        let tools = fs::canonicalize(&tools).map_err(|_| Error::ToolsMissing { path: tools })?;
        let cache = self
            .cache
            .or_else(|| setting("VALET_CACHE_DIR").map(PathBuf::from))
            .unwrap_or_else(|| tools.parent().unwrap_or(&tools).join(".valet"));
        let path = self
            .path
            .or_else(|| env::var_os("PATH"))
            .unwrap_or_default();
        Ok(Toolchain {
            node: Node::locate(tools.clone(), path)?,
            tools,
            cache: Cache::new(cache),
            test_limit: self.test_limit.unwrap_or(TEST_LIMIT),
            observer: self.observer,
        })
    }
}

impl Toolchain {
    /// Finds the tools with the settings of the environment.
    ///
    /// # Errors
    /// The tools folder is not there.
    pub fn locate() -> Result<Self, Error> {
        Self::builder().locate()
    }

    /// Finds the tools with settings of your own.
    pub fn builder() -> ToolchainBuilder {
        ToolchainBuilder::default()
    }

    /// Looks for Node.js and npm now, for whoever is sure to need them: what is cached needs neither.
    ///
    /// # Errors
    /// Node.js or npm is not on PATH.
    pub fn find_node(&self) -> Result<(), Error> {
        self.node.find()
    }

    /// Installs the pinned Node packages unless they are installed. Everything else does so by itself when it needs them.
    ///
    /// # Errors
    /// Node.js or npm is not on PATH or too old, or `npm ci` failed.
    pub fn install(&self) -> Result<(), Error> {
        self.node.prepare(Packages::Tools, &self.observer).map(drop)
    }

    /// A command that runs Node.js in the tools folder, after the packages that only the project's tests need are
    /// installed there, too.
    ///
    /// # Errors
    /// Node.js or npm is not on PATH or too old, or `npm ci` failed.
    pub fn node_command(&self) -> Result<Command, Error> {
        self.node.prepare(Packages::All, &self.observer)?;
        self.node.node_command()
    }

    /// The bytecode of `0x1` and `0x2`.
    ///
    /// # Errors
    /// The tools could not be installed or run, or the framework's sources not be found.
    pub fn framework(&self) -> Result<Framework, Error> {
        const NAME: &str = "the Sui framework";
        let key = self.key()?.finish("framework");
        let blobs = self.cached(&key, NAME, || {
            let package = FrameworkSources::locate(&self.tools)?.into_one_package();
            let request = Request::Dump(Sources {
                package: &package,
                locals: &BTreeMap::new(),
                framework: None,
            });
            let dump: Dump = self.ask(&request, NAME, COMPILE_LIMIT)?;
            Ok(Framework::from_modules(dump.into_package(NAME)?.modules)?.to_blobs())
        })?;
        Framework::from_blobs(blobs)
    }

    /// Compiles `package` for publication, against the addresses at which the local packages it depends on are
    /// published. Each of them, direct or not, needs one. Other addresses alone are no reason to compile again.
    ///
    /// # Errors
    /// The package does not compile, a dependency has no address, or the tools could not be installed or run.
    pub fn build(
        &self,
        package: &Path,
        dependencies: &[PublishedDependency],
    ) -> Result<CompiledPackage, Error> {
        let mut graph = PackageGraph::read(package, Scope::Sources)?;
        let links = graph.publish_dependencies(dependencies)?;
        Ok(link(self.compile(&graph, Purpose::Publish)?, &links))
    }

    /// Compiles `package` to see whether it compiles, its dependencies published or not.
    ///
    /// # Errors
    /// The package does not compile, or the tools could not be installed or run.
    pub fn check(&self, package: &Path) -> Result<Check, Error> {
        let graph = PackageGraph::read(package, Scope::Sources)?;
        self.compile(&graph, Purpose::Publish).map(Check::from)
    }

    /// Compiles `package` and its tests with every lint of the compiler. In test code, lints that look at the flow of
    /// control stay silent.
    ///
    /// # Errors
    /// The package does not compile, or the tools could not be installed or run.
    pub fn lint(&self, package: &Path) -> Result<Check, Error> {
        let graph = PackageGraph::read(package, Scope::Tests)?;
        self.compile(&graph, Purpose::Lint).map(Check::from)
    }

    /// Runs the unit tests of `package`, always anew.
    ///
    /// # Errors
    /// The package or its tests do not compile, the tests do not end, or the tools could not be installed or run. A
    /// failed test is no error but a number in the report.
    pub fn test(&self, package: &Path) -> Result<TestReport, Error> {
        let graph = PackageGraph::read(package, Scope::Tests)?;
        let framework = FrameworkSources::locate(&self.tools)?;
        let request = Request::Test(Sources::new(&graph, &framework));
        self.observer.notify(&Event::RunningTests {
            package: graph.name.clone(),
        });
        let Tested {
            passed,
            failed,
            output,
        } = self.ask(&request, &graph.name, self.test_limit)?;
        Ok(TestReport {
            passed,
            failed,
            output,
        })
    }

    /// Formats the Move files of `package`, or reports those that are not formatted.
    ///
    /// # Errors
    /// A file cannot be parsed or written, or the tools could not be installed or run.
    pub fn format(&self, package: &Path, mode: FormatMode) -> Result<FormatReport, Error> {
        let graph = PackageGraph::read(package, Scope::Tests)?;
        let root = fs::canonicalize(package).map_err(Error::io(package))?;
        let files = move_files(&root, Scope::Tests)?;
        let request = Request::Format {
            root: &root,
            files: &files,
        };
        let Formatted { formatted } = self.ask(&request, &graph.name, COMPILE_LIMIT)?;

        let mut changed = Vec::new();
        for (file, text) in formatted {
            // Only files that were sent are written, whatever the answer names.
            if files.get(&file).is_some_and(|before| *before != text) {
                if mode == FormatMode::Write {
                    let path = root.join(&file);
                    fs::write(&path, text).map_err(Error::io(&path))?;
                }
                changed.push(PathBuf::from(file));
            }
        }
        Ok(FormatReport {
            files: files.len(),
            changed,
        })
    }

    pub(crate) fn tools(&self) -> &Path {
        &self.tools
    }

    pub(crate) fn node(&self) -> &Node {
        &self.node
    }

    pub(crate) fn observer(&self) -> &Observer {
        &self.observer
    }

    fn compile(&self, graph: &PackageGraph, purpose: Purpose) -> Result<CompiledPackage, Error> {
        let sources = serde_json::to_vec(&(&graph.files, &graph.locals)).map_err(unencodable)?;
        let key = self.key()?.with(sources).finish(purpose.kind());
        let blobs = self.cached(&key, &graph.name, || {
            let framework = FrameworkSources::locate(&self.tools)?;
            let request = purpose.request(Sources::new(graph, &framework));
            let dump: Dump = self.ask(&request, &graph.name, COMPILE_LIMIT)?;
            Ok(dump.into_package(&graph.name)?.to_blobs())
        })?;
        CompiledPackage::from_blobs(blobs).ok_or_else(|| Error::Tool {
            what: format!("reading {}", self.cache.path(&key).display()),
            detail: "its content is not a package; delete the file and try again".into(),
        })
    }

    /// What every result depends on: the tools and the framework's sources.
    pub(crate) fn key(&self) -> Result<KeyHasher, Error> {
        let mut hasher = KeyHasher::default().with(framework::identity(&self.tools)?);
        for file in SCRIPTS.iter().chain(&["package-lock.json"]) {
            let path = self.tools.join(file);
            hasher = hasher.with(fs::read(&path).map_err(Error::io(&path))?);
        }
        Ok(hasher)
    }

    pub(crate) fn cached(
        &self,
        key: &Key,
        package: &str,
        make: impl FnOnce() -> Result<Blobs, Error>,
    ) -> Result<Blobs, Error> {
        let package = || package.to_owned();
        if let Lookup::Hit(blobs) = self.cache.get(key)? {
            self.observer
                .notify(&Event::FromCache { package: package() });
            return Ok(blobs);
        }
        // Whoever waits here finds the result of the one it waited for.
        let _making = self.cache.lock(key)?;
        match self.cache.get(key)? {
            Lookup::Hit(blobs) => {
                self.observer
                    .notify(&Event::FromCache { package: package() });
                return Ok(blobs);
            }
            Lookup::Corrupt => self.observer.notify(&Event::CacheRejected {
                path: self.cache.path(key),
            }),
            Lookup::Miss => {}
        }
        self.observer
            .notify(&Event::Compiling { package: package() });
        let blobs = make()?;
        self.cache.put(key, &blobs)?;
        Ok(blobs)
    }

    /// Sends a request to the script and reads its answer.
    pub(crate) fn ask<T: DeserializeOwned>(
        &self,
        request: &Request<'_>,
        package: &str,
        limit: Duration,
    ) -> Result<T, Error> {
        let what = || format!("{} {package}", request.verb());
        let bytes = serde_json::to_vec(request).map_err(unencodable)?;
        match self.node.run(SCRIPT, bytes, limit, &self.observer)? {
            Outcome::TimedOut => Err(Error::TimedOut {
                what: what(),
                limit_secs: limit.as_secs(),
                hint: match request {
                    Request::Test(_) | Request::TestTree(_) => ": does a test loop forever?",
                    _ => "",
                },
            }),
            Outcome::Finished {
                status,
                stdout,
                stderr,
            } if status.success() => match serde_json::from_slice(&stdout) {
                Ok(Answer::Done(answer)) => Ok(answer),
                Ok(Answer::Refused { category, message }) => {
                    Err(refusal(&category, message, package, &what()))
                }
                Err(error) => Err(Error::Tool {
                    what: what(),
                    detail: format!("unreadable answer ({error})\n{}", process::tail(&stderr)),
                }),
            },
            Outcome::Finished { status, stderr, .. } => Err(Error::Tool {
                what: what(),
                detail: broken(status, &stderr),
            }),
        }
    }
}

/// What a package is compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    /// Its bytecode.
    Publish,
    /// Every warning there is.
    Lint,
}

impl Purpose {
    /// The kind of cache entry.
    fn kind(self) -> &'static str {
        match self {
            Self::Publish => "package",
            Self::Lint => "lint",
        }
    }

    fn request<'a>(self, sources: Sources<'a>) -> Request<'a> {
        match self {
            Self::Publish => Request::Dump(sources),
            Self::Lint => Request::Lint(sources),
        }
    }
}
