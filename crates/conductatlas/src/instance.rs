//! An instance on this machine: its data folder, its database, its secret.
//!
//! Invariant: one `up` at a time works in a data folder; other verbs adopt the database that it runs. Everything that
//! is opened here is closed by [`Instance::close`], the database last.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::Write as _,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context as _, Result, bail};
use atlas_archive::Archive;
use atlas_db::Role;
use atlas_domain::{Clock, SystemClock};
use atlas_mail::Transport;
use atlas_postgres::{PostgresOptions, PrivatePostgres};
use secrecy::{ExposeSecret as _, SecretString};
use sqlx::PgPool;

use crate::{
    config::{Config, Mode},
    say,
};

/// An instance whose database answers.
#[derive(Debug)]
pub struct Instance {
    /// The configuration.
    pub config: Config,
    /// The clock of the instance.
    pub clock: Arc<dyn Clock>,
    database: SecretString,
    private: Option<PrivatePostgres>,
    _lock: Option<File>,
}

impl Instance {
    /// Starts or adopts the database. `alone` takes the data folder for oneself, which only one `up` can have.
    ///
    /// Must be called on the main thread, before any other (see [`PrivatePostgres::start`]).
    pub fn open(config: Config, alone: bool) -> Result<Self> {
        let lock = if alone { Some(lock(&config.data)?) } else { None };
        let private = if config.database_url.is_none() {
            Some(private_server(&config)?)
        } else {
            None
        };
        let database = config
            .database_url
            .clone()
            .or_else(|| private.as_ref().map(|server| SecretString::from(server.url())))
            .context("no database")?;
        Ok(Self {
            config,
            clock: Arc::new(SystemClock),
            database,
            private,
            _lock: lock,
        })
    }

    /// A pool under a role.
    pub async fn pool(&self, role: Role) -> Result<PgPool> {
        let connections = self.config.database_connections;
        atlas_db::connect(self.database.expose_secret(), role, connections)
            .await
            .with_context(|| {
                format!(
                    "cannot reach the database ({})",
                    if self.private.is_some() {
                        "private"
                    } else {
                        "DATABASE_URL"
                    }
                )
            })
    }

    /// The database's address.
    pub fn database_url(&self) -> &str {
        self.database.expose_secret()
    }

    /// Brings the schema and the queue's schema up to date.
    pub async fn migrate(&self) -> Result<()> {
        atlas_db::migrate(self.database.expose_secret())
            .await
            .context("cannot bring the schema up to date")?;
        let owner = atlas_db::connect(self.database.expose_secret(), Role::Owner, 2).await?;
        atlas_jobs::migrate(&owner)
            .await
            .context("cannot bring the queue's schema up to date")?;
        owner.close().await;
        Ok(())
    }

    /// The archive of raw snapshots.
    pub fn archive(&self) -> Result<Archive> {
        let folder = self.config.data.join("archive");
        fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
        Archive::local(&folder).with_context(|| format!("cannot open the archive in {}", folder.display()))
    }

    /// The folder of the local outbox; `None` where mails go to a relay.
    pub fn outbox(&self) -> Option<PathBuf> {
        self.config.smtp_url.is_none().then(|| self.config.data.join("outbox"))
    }

    /// Where mails go.
    pub fn transport(&self) -> Result<Transport> {
        match (&self.config.smtp_url, self.outbox()) {
            (Some(url), _) => Transport::smtp(url.expose_secret()).context("SMTP_URL"),
            (None, Some(folder)) => Ok(Transport::outbox(folder)),
            (None, None) => bail!("neither a relay nor an outbox"),
        }
    }

    /// The key that signs links in mails: the configured one, else one made once and kept in the data folder.
    pub fn secret(&self) -> Result<SecretString> {
        if let Some(secret) = &self.config.secret_key {
            return Ok(secret.clone());
        }
        if self.config.mode == Mode::Production {
            bail!("SECRET_KEY: production needs its own secret");
        }
        kept_secret(&self.config.data)
    }

    /// Stops the database if this instance started it.
    pub fn close(mut self) {
        if let Some(server) = &mut self.private {
            server.stop();
        }
    }
}

fn private_server(config: &Config) -> Result<PrivatePostgres> {
    let server = PrivatePostgres::start(&PostgresOptions {
        folder: config.data.join("pg"),
        durable: true,
        binaries: config.postgres_binaries.clone(),
        max_connections: 200,
    })?;
    let what = match (server.created(), server.adopted()) {
        (true, _) => "created",
        (_, true) => "found running",
        _ => "started",
    };
    say(format!("private PostgreSQL {} {what}", server.major()));
    Ok(server)
}

fn lock(data: &Path) -> Result<File> {
    fs::create_dir_all(data).with_context(|| format!("cannot create {}", data.display()))?;
    let path = data.join("instance.lock");
    let file = File::create(&path).with_context(|| format!("cannot create {}", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => bail!(
            "already running: another instance works in {}; stop it, or set CONDUCTATLAS_DATA to another folder",
            data.display()
        ),
        Err(TryLockError::Error(error)) => Err(error).with_context(|| format!("cannot lock {}", path.display())),
    }
}

fn kept_secret(data: &Path) -> Result<SecretString> {
    let path = data.join("secret.key");
    if let Ok(text) = fs::read_to_string(&path)
        && text.trim().len() >= 32
    {
        return Ok(SecretString::from(text.trim()));
    }
    fs::create_dir_all(data).with_context(|| format!("cannot create {}", data.display()))?;
    let secret = hex::encode(rand::random::<[u8; 32]>());
    let fresh = data.join("secret.key.new");
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&fresh)?;
    file.write_all(secret.as_bytes())?;
    file.sync_all()?;
    fs::rename(&fresh, &path).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(SecretString::from(secret))
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::{kept_secret, lock};

    #[test]
    fn a_second_instance_in_one_folder_is_told_so() {
        let folder = tempfile::tempdir().unwrap();
        let _held = lock(folder.path()).unwrap();
        assert!(lock(folder.path()).unwrap_err().to_string().contains("already running"));
    }

    #[test]
    fn the_kept_secret_is_made_once() {
        let folder = tempfile::tempdir().unwrap();
        let first = kept_secret(folder.path()).unwrap();
        assert_eq!(first.expose_secret().len(), 64);
        assert_eq!(
            kept_secret(folder.path()).unwrap().expose_secret(),
            first.expose_secret()
        );
    }
}
