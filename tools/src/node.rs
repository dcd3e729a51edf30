//! Node.js and npm: found on PATH when first needed, checked, and given the pinned packages once.

use std::{
    env,
    ffi::{OsStr, OsString},
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
    time::Duration,
};

use crate::{
    cache::KeyHasher,
    error::Error,
    event::{Event, Observer},
    process::{self, Outcome},
};

/// The oldest major version of Node.js that the Move compiler runs on.
pub(crate) const NODE_MAJOR: u32 = 20;

/// `npm ci` of four small packages takes seconds; this is for a registry that does not answer.
const INSTALL_LIMIT: Duration = Duration::from_secs(600);

const VERSION_LIMIT: Duration = Duration::from_secs(30);

/// Written last into node_modules, so that an interrupted install is seen as none.
const STAMP: &str = "node_modules/.valet-installed";

/// Held shared by whoever runs a script and exclusively by whoever installs.
const LOCK: &str = ".npm-install.lock";

/// Which of the pinned packages are needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Packages {
    /// Those that the scripts need.
    Tools,
    /// These and what the project's tests need.
    All,
}

impl Packages {
    /// Whether what was installed, by the mark it left, is what is wanted or more.
    fn are_in(self, mark: &str, fingerprint: &str) -> bool {
        mark == Self::All.mark(fingerprint) || mark == self.mark(fingerprint)
    }

    fn mark(self, fingerprint: &str) -> String {
        match self {
            Self::Tools => format!("{fingerprint} tools"),
            Self::All => format!("{fingerprint} all"),
        }
    }
}

/// The programs, and the folder with the scripts they run.
#[derive(Debug)]
pub(crate) struct Node {
    directory: PathBuf,
    search_path: OsString,
    /// Looked for when the first script runs: what is in the cache needs neither.
    programs: OnceLock<Programs>,
    version_checked: OnceLock<()>,
}

/// Where the programs are.
#[derive(Debug)]
struct Programs {
    node: PathBuf,
    npm: PathBuf,
}

impl Node {
    /// Remembers where to look. The programs may be missing as long as nobody runs a script.
    pub(crate) fn locate(directory: PathBuf, search_path: OsString) -> Result<Self, Error> {
        if !directory.join("package-lock.json").is_file() {
            return Err(Error::ToolsMissing { path: directory });
        }
        Ok(Self {
            directory,
            search_path,
            programs: OnceLock::new(),
            version_checked: OnceLock::new(),
        })
    }

    /// Says now whether both programs are there.
    pub(crate) fn find(&self) -> Result<(), Error> {
        self.programs().map(drop)
    }

    /// Finds both programs without starting either.
    fn programs(&self) -> Result<&Programs, Error> {
        if let Some(programs) = self.programs.get() {
            return Ok(programs);
        }
        let needed = NODE_MAJOR;
        let node = find("node", &self.search_path).ok_or(Error::NodeMissing { needed })?;
        let npm = find("npm", &self.search_path).ok_or(Error::NpmMissing { needed })?;
        Ok(self.programs.get_or_init(|| Programs { node, npm }))
    }

    /// Runs one of the scripts, after the packages are there.
    pub(crate) fn run(
        &self,
        script: &str,
        request: Vec<u8>,
        limit: Duration,
        observer: &Observer,
    ) -> Result<Outcome, Error> {
        let _installed = self.prepare(Packages::Tools, observer)?;
        let mut command = self.node_command()?;
        command.arg(self.directory.join(script));
        process::run(&mut command, request, limit).map_err(Error::io(&self.programs()?.node))
    }

    /// Makes everything ready to run scripts, which stays so while the returned lock is held.
    pub(crate) fn prepare(&self, packages: Packages, observer: &Observer) -> Result<File, Error> {
        self.check_version()?;
        self.install(packages, observer)
    }

    /// A command that runs Node.js in the folder of the scripts.
    pub(crate) fn node_command(&self) -> Result<Command, Error> {
        Ok(self.command(&self.programs()?.node))
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        // npm is a script that looks for node on PATH by itself.
        command
            .current_dir(&self.directory)
            .env("PATH", &self.search_path);
        command
    }

    fn check_version(&self) -> Result<(), Error> {
        if self.version_checked.get().is_some() {
            return Ok(());
        }
        let node = &self.programs()?.node;
        let mut command = self.node_command()?;
        command.arg("--version");
        let outcome =
            process::run(&mut command, Vec::new(), VERSION_LIMIT).map_err(Error::io(node))?;
        let found = match outcome {
            Outcome::Finished { stdout, .. } => String::from_utf8_lossy(&stdout).trim().to_owned(),
            Outcome::TimedOut => String::new(),
        };
        match major(&found) {
            Some(major) if major >= NODE_MAJOR => {
                self.version_checked.get_or_init(|| ());
                Ok(())
            }
            Some(_) => Err(Error::NodeTooOld {
                path: node.clone(),
                found,
                needed: NODE_MAJOR,
            }),
            None => Err(Error::Tool {
                what: format!("{} --version", node.display()),
                detail: format!("no version in its answer: {found:?}"),
            }),
        }
    }

    /// Installs the pinned packages unless these very ones are installed, and returns the shared lock that keeps them
    /// in place.
    fn install(&self, packages: Packages, observer: &Observer) -> Result<File, Error> {
        let fingerprint = self.fingerprint()?;
        let stamp = self.directory.join(STAMP);
        let installed =
            || fs::read_to_string(&stamp).is_ok_and(|mark| packages.are_in(&mark, &fingerprint));
        loop {
            let lock = self.lock_file()?;
            lock.lock_shared().map_err(Error::io(LOCK))?;
            if installed() {
                return Ok(lock);
            }
            lock.unlock().map_err(Error::io(LOCK))?;

            lock.lock().map_err(Error::io(LOCK))?;
            if !installed() {
                observer.notify(&Event::InstallingTools);
                self.npm_ci(packages)?;
                fs::write(&stamp, packages.mark(&fingerprint)).map_err(Error::io(&stamp))?;
            }
            // Back to the shared lock, and to the check: another lock file may have been checked out meanwhile.
        }
    }

    fn lock_file(&self) -> Result<File, Error> {
        let path = self.directory.join(LOCK);
        File::create(&path).map_err(Error::io(&path))
    }

    /// Names what `npm ci` would install.
    fn fingerprint(&self) -> Result<String, Error> {
        let mut hasher = KeyHasher::default();
        for name in ["package.json", "package-lock.json"] {
            let path = self.directory.join(name);
            hasher = hasher.with(fs::read(&path).map_err(Error::io(&path))?);
        }
        Ok(hasher.finish("npm").to_string())
    }

    fn npm_ci(&self, packages: Packages) -> Result<(), Error> {
        let npm = &self.programs()?.npm;
        let mut command = self.command(npm);
        // None of the pinned packages has an install script; one that gains it should be looked at first.
        command.args([
            "ci",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--loglevel=error",
        ]);
        if packages == Packages::Tools {
            command.arg("--omit=dev");
        }
        match process::run(&mut command, Vec::new(), INSTALL_LIMIT).map_err(Error::io(npm))? {
            Outcome::Finished { status, .. } if status.success() => Ok(()),
            Outcome::Finished { stderr, .. } => Err(Error::Install {
                path: self.directory.clone(),
                detail: process::tail(&stderr),
            }),
            Outcome::TimedOut => Err(Error::TimedOut {
                what: "`npm ci`".into(),
                limit_secs: INSTALL_LIMIT.as_secs(),
                hint: ": does the npm registry answer?",
            }),
        }
    }
}

fn find(program: &str, search_path: &OsStr) -> Option<PathBuf> {
    let suffixes: &[&str] = if cfg!(windows) {
        &[".exe", ".cmd"]
    } else {
        &[""]
    };
    env::split_paths(search_path)
        .flat_map(|directory| {
            let candidate = move |suffix: &&str| directory.join(format!("{program}{suffix}"));
            suffixes.iter().map(candidate)
        })
        .find(|candidate| is_program(candidate))
}

#[cfg(unix)]
fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(path: &Path) -> bool {
    path.is_file()
}

/// The major version in `v20.20.2`.
fn major(version: &str) -> Option<u32> {
    version.strip_prefix('v')?.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_read() {
        assert_eq!(major("v20.20.2"), Some(20));
        assert_eq!(major("v9.0.0-rc.1"), Some(9));
        assert_eq!(major("20.1"), None);
        assert_eq!(major(""), None);
    }

    #[test]
    fn nothing_is_found_on_an_empty_path() {
        assert_eq!(find("node", OsStr::new("")), None);
    }
}
