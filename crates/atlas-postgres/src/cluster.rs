//! One private cluster: made once, started or adopted, stopped by whoever started it.

use std::{
    fs::{self, File, OpenOptions, Permissions},
    io::{Read as _, Seek as _, SeekFrom},
    os::unix::{
        fs::{PermissionsExt as _, chown},
        net::UnixStream,
    },
    path::{Path, PathBuf},
    process::Child,
    thread,
    time::{Duration, Instant},
};

use rustix::process::Signal;

use super::{
    PostgresError, PostgresOptions,
    binaries::{self, Binaries, ServerUser},
    io,
    process::{command, is_postgres, signal, tie_to_us},
};

/// The longest socket folder that still leaves room for the socket's name (the kernel allows 107 bytes).
const LONGEST_SOCKET_FOLDER: usize = 85;
const READY_WITHIN: Duration = Duration::from_mins(2);

/// A running private server.
#[derive(Debug)]
pub struct PrivatePostgres {
    url: String,
    major: u32,
    created: bool,
    server: Option<Child>,
}

/// The first and the eighth line of `postmaster.pid`: process and state.
struct Postmaster {
    pid: i32,
    ready: bool,
}

impl PrivatePostgres {
    /// Finds the binaries, makes the cluster if there is none, and starts or adopts the server.
    ///
    /// Must be called on the main thread: on Linux the server ends with the thread that started it.
    pub fn start(options: &PostgresOptions) -> Result<Self, PostgresError> {
        let user = binaries::server_user()?;
        let folder = private_folder(&options.folder, user)?;
        // Held until the server is ready: two starts at once make one cluster.
        let lock = File::create(folder.join("lock")).map_err(io("create the lock file"))?;
        lock.lock().map_err(io("wait for another start"))?;

        let data = folder.join("data");
        let data_major = fs::read_to_string(data.join("PG_VERSION"))
            .ok()
            .and_then(|text| text.trim().parse().ok());
        let binaries = binaries::choose(options.binaries.as_deref(), data_major, user)?;
        let socket = socket_folder(&folder, user)?;
        let url = url_of(&socket);
        if adoptable(&data, &socket) {
            return Ok(Self {
                url,
                major: binaries.major,
                created: false,
                server: None,
            });
        }
        let created = data_major.is_none();
        if created {
            create(&folder, &data, &binaries, user, options.durable)?;
        }
        let server = start(&folder, &data, &socket, &binaries, user, options)?;
        Ok(Self {
            url,
            major: binaries.major,
            created,
            server: Some(server),
        })
    }

    /// The address of the server's `postgres` database, for its superuser.
    pub fn url(&self) -> &str {
        &self.url
    }
    /// The server's major version.
    pub fn major(&self) -> u32 {
        self.major
    }
    /// Whether the cluster was made by this start.
    pub fn created(&self) -> bool {
        self.created
    }
    /// Whether the server was already running, for somebody else.
    pub fn adopted(&self) -> bool {
        self.server.is_none()
    }

    /// Stops the server if this start started it: fast shutdown, immediate after 30 s.
    pub fn stop(&mut self) {
        let Some(mut server) = self.server.take() else { return };
        let Ok(pid) = i32::try_from(server.id()) else { return };
        signal(pid, Signal::INT);
        let asked = Instant::now();
        while asked.elapsed() < Duration::from_secs(30) {
            if matches!(server.try_wait(), Ok(Some(_)) | Err(_)) {
                return;
            }
            thread::sleep(Duration::from_millis(5));
        }
        signal(pid, Signal::QUIT);
        let _ = server.wait();
    }
}

impl Drop for PrivatePostgres {
    fn drop(&mut self) {
        self.stop();
    }
}

fn private_folder(wanted: &Path, user: Option<ServerUser>) -> Result<PathBuf, PostgresError> {
    fs::create_dir_all(wanted).map_err(io(format!("create {}", wanted.display())))?;
    let folder = wanted
        .canonicalize()
        .map_err(io(format!("find {}", wanted.display())))?;
    if let Some(user) = user {
        if folder.parent().is_some_and(|parent| !binaries::can_enter(parent, user)) {
            return Err(PostgresError::Unreachable { uid: user.uid, folder });
        }
        chown(&folder, Some(user.uid), Some(user.gid)).map_err(io("give the folder to the server's user"))?;
    }
    fs::set_permissions(&folder, Permissions::from_mode(0o700)).map_err(io("close the folder to others"))?;
    Ok(folder)
}

/// A folder for the socket that only the server's user and we can enter.
fn socket_folder(folder: &Path, user: Option<ServerUser>) -> Result<PathBuf, PostgresError> {
    let mut socket = folder.join("s");
    if socket.as_os_str().len() > LONGEST_SOCKET_FOLDER {
        // FNV-1a over the path: a name that is the same at each start and differs between instances.
        let digest = folder
            .as_os_str()
            .as_encoded_bytes()
            .iter()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
                (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
            });
        socket = std::env::temp_dir().join(format!("conductatlas-{digest:x}"));
    }
    let wanted = user.map_or_else(|| rustix::process::geteuid().as_raw(), |user| user.uid);
    match fs::symlink_metadata(&socket) {
        Ok(found) => {
            use std::os::unix::fs::MetadataExt as _;
            if !found.is_dir() || (found.uid() != wanted && found.uid() != rustix::process::geteuid().as_raw()) {
                let foreign = std::io::Error::other("it belongs to somebody else");
                return Err(io(format!("use {} for the socket", socket.display()))(foreign));
            }
        }
        Err(_) => fs::create_dir(&socket).map_err(io(format!("create {}", socket.display())))?,
    }
    if let Some(user) = user {
        chown(&socket, Some(user.uid), Some(user.gid)).map_err(io("give the socket folder to the server's user"))?;
    }
    fs::set_permissions(&socket, Permissions::from_mode(0o700)).map_err(io("close the socket folder to others"))?;
    Ok(socket)
}

fn url_of(socket: &Path) -> String {
    use std::fmt::Write as _;
    let mut host = String::new();
    for byte in socket.as_os_str().as_encoded_bytes() {
        if byte.is_ascii_alphanumeric() || b"-._".contains(byte) {
            host.push(char::from(*byte));
        } else {
            let _ = write!(host, "%{byte:02X}");
        }
    }
    format!("postgres://postgres@{host}/postgres")
}

fn postmaster(data: &Path) -> Option<Postmaster> {
    let text = fs::read_to_string(data.join("postmaster.pid")).ok()?;
    let mut lines = text.lines();
    let pid = lines.next()?.trim().parse().ok()?;
    Some(Postmaster {
        pid,
        ready: lines.nth(6).is_some_and(|state| state.trim() == "ready"),
    })
}

/// Whether a live server serves this data already. A server that is still stopping is waited for, and what a
/// dead one left behind is cleared away, because PostgreSQL itself refuses to start beside it.
fn adoptable(data: &Path, socket: &Path) -> bool {
    let Some(found) = postmaster(data) else { return false };
    if found.ready && is_postgres(found.pid) && UnixStream::connect(socket.join(".s.PGSQL.5432")).is_ok() {
        return true;
    }
    let since = Instant::now();
    while is_postgres(found.pid) && since.elapsed() < Duration::from_mins(1) {
        thread::sleep(Duration::from_millis(20));
    }
    if !is_postgres(found.pid) {
        let _ = fs::remove_file(data.join("postmaster.pid"));
        let _ = fs::remove_file(socket.join(".s.PGSQL.5432.lock"));
    }
    false
}

/// `initdb` into a side folder, then a rename: an interrupted run leaves nothing half-made.
fn create(
    folder: &Path,
    data: &Path,
    binaries: &Binaries,
    user: Option<ServerUser>,
    durable: bool,
) -> Result<(), PostgresError> {
    let fresh = folder.join("data.new");
    let _ = fs::remove_dir_all(&fresh);
    let mut initdb = command(binaries.folder.join("initdb"), user);
    initdb
        .arg("-D")
        .arg(&fresh)
        .args(["-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-instructions"]);
    // The same collation and the same lower-casing of letters on every machine.
    if binaries.major >= 17 {
        initdb.args(["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]);
    } else {
        initdb.args(["--locale=C", "--lc-ctype=C.UTF-8"]);
    }
    if !durable {
        initdb.arg("--no-sync");
    }
    let output = initdb.output().map_err(io("run initdb"))?;
    if !output.status.success() {
        return Err(PostgresError::Initdb(
            String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        ));
    }
    fs::rename(&fresh, data).map_err(io("put the new cluster in place"))
}

fn start(
    folder: &Path,
    data: &Path,
    socket: &Path,
    binaries: &Binaries,
    user: Option<ServerUser>,
    options: &PostgresOptions,
) -> Result<Child, PostgresError> {
    let log_path = folder.join("postgres.log");
    let log = OpenOptions::new()
        .create(true)
        .append(true)
        .open(&log_path)
        .map_err(io("open the server's log"))?;
    let log_start = log.metadata().map_err(io("read the server's log"))?.len();
    let mut postgres = command(binaries.folder.join("postgres"), user);
    postgres
        .arg("-D")
        .arg(data)
        .arg("-k")
        .arg(socket)
        .args(["-c", "listen_addresses=", "-c", "shared_buffers=64MB"]);
    postgres
        .arg("-c")
        .arg(format!("max_connections={}", options.max_connections));
    if !options.durable {
        for setting in [
            "fsync=off",
            "synchronous_commit=off",
            "full_page_writes=off",
            "wal_level=minimal",
            "max_wal_senders=0",
        ] {
            postgres.args(["-c", setting]);
        }
    }
    postgres
        .stdout(log.try_clone().map_err(io("share the server's log"))?)
        .stderr(log);
    tie_to_us(&mut postgres);
    let mut server = postgres.spawn().map_err(io("start postgres"))?;
    let since = Instant::now();
    loop {
        if postmaster(data).is_some_and(|found| found.ready && u32::try_from(found.pid) == Ok(server.id())) {
            return Ok(server);
        }
        if server.try_wait().map_err(io("wait for postgres"))?.is_some() {
            return Err(PostgresError::Exited(tail(&log_path, log_start)));
        }
        if since.elapsed() > READY_WITHIN {
            return Err(PostgresError::Slow {
                after: READY_WITHIN,
                log: log_path,
            });
        }
        thread::sleep(Duration::from_millis(5));
    }
}

/// What was written to the log since a start.
fn tail(log: &Path, from: u64) -> String {
    let mut text = String::new();
    if let Ok(mut file) = File::open(log)
        && file.seek(SeekFrom::Start(from)).is_ok()
    {
        let _ = file.read_to_string(&mut text);
    }
    text.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::url_of;

    #[test]
    fn a_socket_folder_becomes_a_host() {
        assert_eq!(
            url_of(Path::new("/srv/my data/s")),
            "postgres://postgres@%2Fsrv%2Fmy%20data%2Fs/postgres"
        );
    }
}
