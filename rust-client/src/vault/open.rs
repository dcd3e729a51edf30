//! Making a vault, and opening it again.

use std::{fs, path::Path, sync::Arc};

use zeroize::Zeroizing;

use super::{
    Lock, Vault, VaultError,
    contents::{Contents, Phase, Record},
};
use crate::{
    Account, Durability, Error, Pin, SealCost, SealError, SessionKey,
    journal::FileJournal,
    key::{
        file,
        seal::{self, Kind, Sealer},
    },
};

/// How a vault is kept.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct VaultOptions {
    cost: SealCost,
    durability: Durability,
    is_without_lost_journal: bool,
}

impl VaultOptions {
    /// Sealed at the standard cost; what is in flight survives the end of the process, however it ends.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets what one attempt at the PIN costs. Counts when the vault is created.
    pub fn with_cost(mut self, cost: SealCost) -> Self {
        self.cost = cost;
        self
    }

    /// Sets how much the notes of what is in flight survive.
    pub fn with_durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// Opens a vault whose journal is damaged or missing, with an empty one. Which of the latest actions came through, nobody
    /// can say then.
    pub fn without_lost_journal(mut self) -> Self {
        self.is_without_lost_journal = true;
        self
    }
}

impl Vault {
    /// Creates a vault with a fresh key for an account, in a folder that has none. The folder is made if need be.
    ///
    /// Takes some tenths of a second, by design; on an async executor, call it on a thread where that does no harm.
    ///
    /// # Errors
    /// [`VaultError::Exists`], [`VaultError::InUse`] or [`VaultError::Io`] inside [`Error::Vault`]; [`Error::Sealed`] when the
    /// PIN is empty; [`Error::Entropy`].
    pub fn create(folder: impl AsRef<Path>, pin: &Pin, account: &Account) -> Result<Self, Error> {
        Self::create_with(folder, pin, account, VaultOptions::new())
    }

    /// [`create`](Self::create) with options.
    ///
    /// # Errors
    /// As [`create`](Self::create).
    pub fn create_with(
        folder: impl AsRef<Path>,
        pin: &Pin,
        account: &Account,
        options: VaultOptions,
    ) -> Result<Self, Error> {
        let folder = folder.as_ref().to_owned();
        make_folder(&folder)?;
        let lock = Arc::new(Lock::take(&folder)?);
        let path = folder.join(Self::FILE);
        // Looked at before the PIN is worked through, and again when it is written.
        if fs::symlink_metadata(&path).is_ok() {
            return Err(VaultError::Exists { path }.into());
        }
        let sealer = Sealer::new(pin, options.cost)?;
        let key = SessionKey::generate()?;
        let mut journal_key = Zeroizing::new([0; 32]);
        seal::fill(journal_key.as_mut())?;
        let contents = Contents {
            seed: key.seed().clone(),
            next: None,
            journal_key,
            record: Record {
                deployment: account.valet().deployment().clone(),
                owner: account.owner(),
                phase: Phase::Pending,
            },
        };
        // The journal first: the vault is there once its key is.
        let journal = FileJournal::create(
            folder.join(Self::JOURNAL),
            &contents.journal_key,
            options.durability,
            lock,
        )?;
        file::create(&path, &sealer.seal(Kind::Vault, &contents.encode()?)?)?;
        tracing::info!(key = %key.address(), folder = %folder.display(), "created a vault");
        Ok(Self::of(folder, sealer, contents, journal))
    }

    /// Opens a vault. Nothing of it is changed when it does not open.
    ///
    /// Takes some tenths of a second, by design; on an async executor, call it on a thread where that does no harm.
    ///
    /// # Errors
    /// [`Error::Vault`] with the reason: [`VaultError::Missing`] when there is none (after a logout, too),
    /// [`VaultError::InUse`], [`VaultError::Sealed`], [`VaultError::JournalDamaged`], [`VaultError::Exposed`],
    /// [`VaultError::NotAFile`], [`VaultError::TooLarge`] or [`VaultError::Io`].
    pub fn open(folder: impl AsRef<Path>, pin: &Pin) -> Result<Self, Error> {
        Self::open_with(folder, pin, VaultOptions::new())
    }

    /// [`open`](Self::open) with options.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_with(
        folder: impl AsRef<Path>,
        pin: &Pin,
        options: VaultOptions,
    ) -> Result<Self, Error> {
        let folder = folder.as_ref().to_owned();
        let path = folder.join(Self::FILE);
        file::check(&path)?;
        let lock = Arc::new(Lock::take(&folder)?);
        let sealed = file::read(&path, seal::MOST_BYTES)?;
        let does_not_open = |reason: SealError| VaultError::Sealed {
            path: path.clone(),
            reason,
        };
        let (sealer, plain) = seal::unseal(Kind::Vault, &sealed, pin).map_err(does_not_open)?;
        let contents = Contents::decode(&plain).map_err(does_not_open)?;
        let at = folder.join(Self::JOURNAL);
        let opened = FileJournal::open(
            at.clone(),
            &contents.journal_key,
            options.durability,
            Arc::clone(&lock),
        );
        let journal = match opened {
            Err(Error::Vault(error))
                if options.is_without_lost_journal
                    && matches!(*error, VaultError::JournalDamaged { .. }) =>
            {
                tracing::warn!(%error, "going on without the journal");
                FileJournal::create(at, &contents.journal_key, options.durability, lock)?
            }
            other => other?,
        };
        file::sweep_temporaries(&path);
        file::sweep_temporaries(journal.path());
        if matches!(contents.record.phase, Phase::Ending(_)) {
            journal.close();
        }
        Ok(Self::of(folder, sealer, contents, journal))
    }
}

/// A folder that only its owner may look into; one that exists stays as it is.
fn make_folder(folder: &Path) -> Result<(), VaultError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder
        .create(folder)
        .map_err(file::failed(folder, "create"))
}
