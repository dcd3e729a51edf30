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

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sui_sdk_types::Address;

use crate::{
    cache::{Blobs, Cache, Key, KeyHasher, Lookup},
    error::Error,
    event::{Event, Observer},
    framework::{self, Framework, FrameworkSources},
    node::{Node, Packages},
    package::{Files, LocalPackage, PackageGraph, PublishedDependency, Scope, move_files},
    process::{self, Outcome},
};

/// The script that answers requests, and everything it imports: part of every cache key.
const SCRIPT: &str = "move.mjs";
const SCRIPTS: &[&str] = &[SCRIPT, "lib/compile.mjs", "lib/format.mjs"];

/// No package of ours takes a tenth of this to compile or format.
const COMPILE_LIMIT: Duration = Duration::from_secs(300);

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

/// A package's bytecode, as a publish transaction takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CompiledPackage {
    /// The modules at address 0x0, each after those it depends on.
    pub modules: Vec<Vec<u8>>,
    /// The ids of all packages it depends on, directly or not.
    pub dependencies: Vec<Address>,
    /// The digest that an upgrade ticket would carry.
    pub digest: [u8; 32],
    /// What the compiler warned of; empty if of nothing.
    pub warnings: String,
}

/// What the compiler thinks of a package.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Check {
    /// How many modules were compiled.
    pub modules: usize,
    /// What the compiler, or the linter, warned of; empty if of nothing.
    pub warnings: String,
}

/// How a package's unit tests ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TestReport {
    /// How many passed.
    pub passed: u64,
    /// How many failed.
    pub failed: u64,
    /// What the runner printed, as `sui move test` does, without colours.
    pub output: String,
}

/// What to do about files that are not formatted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormatMode {
    /// Report them.
    Check,
    /// Rewrite them.
    Write,
}

/// Which files the formatter disagrees or disagreed with.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FormatReport {
    /// How many files were looked at.
    pub files: usize,
    /// Those that were not formatted, relative to the package.
    pub changed: Vec<PathBuf>,
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

    /// Finds everything. Starts no process.
    ///
    /// # Errors
    /// Node.js or npm is not on PATH, or the tools folder is not there.
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
    /// Node.js or npm is not on PATH, or the tools folder is not there.
    pub fn locate() -> Result<Self, Error> {
        Self::builder().locate()
    }

    /// Finds the tools with settings of your own.
    pub fn builder() -> ToolchainBuilder {
        ToolchainBuilder::default()
    }

    /// Installs the pinned Node packages unless they are installed. Everything else does so by itself when it needs them.
    ///
    /// # Errors
    /// Node.js is too old, or `npm ci` failed.
    pub fn install(&self) -> Result<(), Error> {
        self.node.prepare(Packages::Tools, &self.observer).map(drop)
    }

    /// A command that runs Node.js in the tools folder, after the packages that only the project's tests need are
    /// installed there, too.
    ///
    /// # Errors
    /// Node.js is too old, or `npm ci` failed.
    pub fn node_command(&self) -> Result<Command, Error> {
        self.node.prepare(Packages::All, &self.observer)?;
        Ok(self.node.node_command())
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
                lint: false,
            });
            let dump: Dump = self.ask(&request, NAME, COMPILE_LIMIT)?;
            Ok(Framework::from_modules(dump.into_package(NAME)?.modules)?.to_blobs())
        })?;
        Framework::from_blobs(blobs)
    }

    /// Compiles `package` for publication, against the addresses at which the local packages it depends on are
    /// published. Each of them, direct or not, needs one.
    ///
    /// # Errors
    /// The package does not compile, a dependency has no address, or the tools could not be installed or run.
    pub fn build(
        &self,
        package: &Path,
        dependencies: &[PublishedDependency],
    ) -> Result<CompiledPackage, Error> {
        let mut graph = PackageGraph::read(package, Scope::Sources)?;
        graph.publish_dependencies(dependencies)?;
        self.compile(&graph, Lint::Default)
    }

    /// Compiles `package` to see whether it compiles, its dependencies published or not.
    ///
    /// # Errors
    /// The package does not compile, or the tools could not be installed or run.
    pub fn check(&self, package: &Path) -> Result<Check, Error> {
        let graph = PackageGraph::read(package, Scope::Sources)?;
        self.compile(&graph, Lint::Default).map(Check::from)
    }

    /// Compiles `package` with every lint of the compiler.
    ///
    /// # Errors
    /// The package does not compile, or the tools could not be installed or run.
    pub fn lint(&self, package: &Path) -> Result<Check, Error> {
        let graph = PackageGraph::read(package, Scope::Sources)?;
        self.compile(&graph, Lint::All).map(Check::from)
    }

    /// Runs the unit tests of `package`, always anew.
    ///
    /// # Errors
    /// The package or its tests do not compile, the tests do not end, or the tools could not be installed or run. A
    /// failed test is no error but a number in the report.
    pub fn test(&self, package: &Path) -> Result<TestReport, Error> {
        let graph = PackageGraph::read(package, Scope::Tests)?;
        let framework = FrameworkSources::locate(&self.tools)?;
        let request = Request::Test(Sources::new(&graph, &framework, Lint::Default));
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

    fn compile(&self, graph: &PackageGraph, lint: Lint) -> Result<CompiledPackage, Error> {
        let sources = serde_json::to_vec(&(&graph.files, &graph.locals)).map_err(unencodable)?;
        let key = self
            .key()?
            .with(lint.name())
            .with(sources)
            .finish("package");
        let blobs = self.cached(&key, &graph.name, || {
            let framework = FrameworkSources::locate(&self.tools)?;
            let request = Request::Dump(Sources::new(graph, &framework, lint));
            let dump: Dump = self.ask(&request, &graph.name, COMPILE_LIMIT)?;
            Ok(dump.into_package(&graph.name)?.to_blobs())
        })?;
        CompiledPackage::from_blobs(blobs).ok_or_else(|| Error::Tool {
            what: format!("reading {}", self.cache.path(&key).display()),
            detail: "its content is not a package; delete the file and try again".into(),
        })
    }

    /// What every result depends on: the tools and the framework's sources.
    fn key(&self) -> Result<KeyHasher, Error> {
        let mut hasher = KeyHasher::default().with(framework::identity(&self.tools)?);
        for file in SCRIPTS.iter().chain(&["package-lock.json"]) {
            let path = self.tools.join(file);
            hasher = hasher.with(fs::read(&path).map_err(Error::io(&path))?);
        }
        Ok(hasher)
    }

    fn cached(
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
    fn ask<T: DeserializeOwned>(
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
                    Request::Test(_) => ": does a test loop forever?",
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
                detail: format!("{status}\n{}", process::tail(&stderr)),
            }),
        }
    }
}

impl CompiledPackage {
    fn to_blobs(&self) -> Blobs {
        let modules = self.modules.iter().map(|bytes| ("module", bytes.clone()));
        let dependencies = self
            .dependencies
            .iter()
            .map(|id| ("dependency", id.as_bytes().to_vec()));
        let rest = [
            ("digest", self.digest.to_vec()),
            ("warnings", self.warnings.clone().into_bytes()),
        ];
        modules
            .chain(dependencies)
            .chain(rest)
            .map(|(name, content)| (name.to_owned(), content))
            .collect()
    }

    fn from_blobs(blobs: Blobs) -> Option<Self> {
        let mut package = Self {
            modules: Vec::new(),
            dependencies: Vec::new(),
            digest: [0; 32],
            warnings: String::new(),
        };
        for (name, content) in blobs {
            match name.as_str() {
                "module" => package.modules.push(content),
                "dependency" => package
                    .dependencies
                    .push(Address::from_bytes(content).ok()?),
                "digest" => package.digest = content.try_into().ok()?,
                "warnings" => package.warnings = String::from_utf8(content).ok()?,
                _ => return None,
            }
        }
        Some(package)
    }
}

impl From<CompiledPackage> for Check {
    fn from(package: CompiledPackage) -> Self {
        Self {
            modules: package.modules.len(),
            warnings: package.warnings,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lint {
    Default,
    All,
}

impl Lint {
    fn name(self) -> &'static str {
        match self {
            Self::Default => "default lints",
            Self::All => "all lints",
        }
    }
}

/// What the script is asked; see its first lines.
#[derive(Serialize)]
#[serde(tag = "op", rename_all = "lowercase")]
enum Request<'a> {
    Dump(Sources<'a>),
    Test(Sources<'a>),
    Format { root: &'a Path, files: &'a Files },
}

#[derive(Serialize)]
struct Sources<'a> {
    package: &'a Files,
    locals: &'a BTreeMap<String, LocalPackage>,
    framework: Option<&'a FrameworkSources>,
    lint: bool,
}

impl<'a> Sources<'a> {
    fn new(graph: &'a PackageGraph, framework: &'a FrameworkSources, lint: Lint) -> Self {
        Self {
            package: &graph.files,
            locals: &graph.locals,
            framework: Some(framework),
            lint: lint == Lint::All,
        }
    }
}

impl Request<'_> {
    fn verb(&self) -> &'static str {
        match self {
            Self::Dump(_) => "compiling",
            Self::Test(_) => "running the tests of",
            Self::Format { .. } => "formatting",
        }
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Answer<T> {
    Refused { category: String, message: String },
    Done(T),
}

#[derive(Deserialize)]
struct Dump {
    modules: Vec<String>,
    dependencies: Vec<String>,
    digest: String,
    warnings: String,
}

#[derive(Deserialize)]
struct Tested {
    passed: u64,
    failed: u64,
    output: String,
}

#[derive(Deserialize)]
struct Formatted {
    formatted: Files,
}

impl Dump {
    fn into_package(self, package: &str) -> Result<CompiledPackage, Error> {
        let decode = || {
            let modules = self
                .modules
                .iter()
                .map(hex::decode)
                .collect::<Result<_, _>>();
            let dependencies = self.dependencies.iter().map(|id| id.parse());
            let mut digest = [0; 32];
            hex::decode_to_slice(&self.digest, &mut digest).ok()?;
            Some(CompiledPackage {
                modules: modules.ok()?,
                dependencies: dependencies.collect::<Result<_, _>>().ok()?,
                digest,
                warnings: self.warnings.clone(),
            })
        };
        decode().ok_or_else(|| Error::Tool {
            what: format!("compiling {package}"),
            detail: "unreadable bytecode in the answer".into(),
        })
    }
}

fn refusal(category: &str, message: String, package: &str, what: &str) -> Error {
    let package = package.to_owned();
    match category {
        "compile" | "compiler_output" | "dependency_resolution" | "input_validation" => {
            Error::Compile {
                package,
                diagnostics: message,
            }
        }
        "format" => Error::Format {
            package,
            detail: message,
        },
        _ => Error::Tool {
            what: what.to_owned(),
            detail: format!("{category}: {message}"),
        },
    }
}

fn unencodable(error: serde_json::Error) -> Error {
    Error::Tool {
        what: "writing a request".into(),
        detail: error.to_string(),
    }
}
