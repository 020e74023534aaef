//! A small SMTP server for tests: records what it accepts, and fails where it is told to.
//!
//! Invariant: a mail is recorded exactly when the server took responsibility for it, whether or not its client heard so.

use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
    sync::Notify,
    time::{Instant, sleep, timeout},
};

/// What the server does instead of accepting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mishap {
    /// Says this on connecting, instead of `220`, and hangs up.
    Greeting(String),
    /// Answers AUTH with this reply line, for example `535 5.7.8 wrong password`.
    Auth(String),
    /// Answers MAIL FROM with this.
    MailFrom(String),
    /// Answers RCPT TO with this.
    RcptTo(String),
    /// Answers DATA with this.
    Data(String),
    /// Answers the final dot with this; the mail is not recorded.
    Content(String),
    /// Hangs up after RCPT TO was accepted.
    DropBeforeData,
    /// Hangs up when the text has begun, before its final dot.
    DropDuringContent,
    /// Takes the whole mail, records it, and hangs up without a word.
    DropAfterAccepting,
    /// Takes the whole mail, forgets it, and hangs up without a word.
    DropAfterLosing,
    /// Accepts and records, but says so only after this time.
    SlowReply(Duration),
}

/// A mail that the server took responsibility for.
#[derive(Debug, Clone)]
pub struct AcceptedMail {
    /// Envelope sender.
    pub from: String,
    /// Envelope recipients.
    pub to: Vec<String>,
    /// The message as sent, dots unstuffed, lines ended by CRLF.
    pub bytes: Vec<u8>,
    /// When the final dot was read.
    pub at: Instant,
}

impl AcceptedMail {
    /// The message as text; it is ASCII.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
    /// The decoded value of the first header of a name.
    pub fn header(&self, name: &str) -> Option<String> {
        use mailparse::MailHeaderMap as _;
        let (headers, _) = mailparse::parse_headers(&self.bytes).ok()?;
        headers.get_first_value(name)
    }
}

#[derive(Debug, Default)]
struct State {
    accepted: Vec<AcceptedMail>,
    mishaps: VecDeque<Mishap>,
    always: Option<Mishap>,
    connections: usize,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Notify,
}

/// A running SMTP server on loopback; it stops when dropped.
#[derive(Debug)]
pub struct SmtpSink {
    address: SocketAddr,
    shared: Arc<Shared>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for SmtpSink {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl SmtpSink {
    /// Starts a server on a free port of 127.0.0.1.
    pub async fn start() -> std::io::Result<Self> {
        Self::start_on(SocketAddr::from(([127, 0, 0, 1], 0))).await
    }

    /// Starts a server on a given address.
    pub async fn start_on(address: SocketAddr) -> std::io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared::default());
        let serving = Arc::clone(&shared);
        let task = tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let shared = Arc::clone(&serving);
                tokio::spawn(async move {
                    shared.state().connections += 1;
                    // A client that hangs up ends its own conversation only.
                    let _ = Conversation::new(socket, shared).run().await;
                });
            }
        });
        Ok(Self { address, shared, task })
    }

    /// The value for `SMTP_URL`.
    pub fn url(&self) -> String {
        format!("smtp://{}?tls=none", self.address)
    }
    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }
    /// Everything it took responsibility for, in order.
    pub fn accepted(&self) -> Vec<AcceptedMail> {
        self.shared.state().accepted.clone()
    }
    /// Forgets what it accepted.
    pub fn clear(&self) {
        self.shared.state().accepted.clear();
    }
    /// Connections made to it so far.
    pub fn connections(&self) -> usize {
        self.shared.state().connections
    }
    /// This happens to the next mail (or connection) that comes to the point; several calls queue up.
    pub fn next(&self, mishap: Mishap) {
        self.shared.state().mishaps.push_back(mishap);
    }
    /// This happens to every mail, once the queue of [`Self::next`] is empty; `None` ends it.
    pub fn always(&self, mishap: Option<Mishap>) {
        self.shared.state().always = mishap;
    }
    /// Waits until at least so many mails were accepted; `false` if that takes longer than the patience.
    pub async fn wait_for(&self, count: usize, patience: Duration) -> bool {
        let waiting = async {
            loop {
                let changed = self.shared.changed.notified();
                if self.shared.state().accepted.len() >= count {
                    return;
                }
                changed.await;
            }
        };
        timeout(patience, waiting).await.is_ok()
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
    /// The mishap that is due, if it is one of this point of the conversation.
    fn due(&self, here: impl Fn(&Mishap) -> bool) -> Option<Mishap> {
        let mut state = self.state();
        match state.mishaps.front() {
            Some(next) if here(next) => state.mishaps.pop_front(),
            Some(_) => None,
            None => state.always.clone().filter(here),
        }
    }
    fn record(&self, mail: AcceptedMail) {
        self.state().accepted.push(mail);
        self.changed.notify_waiters();
    }
}

const EHLO_REPLY: &str = "250-sink.example\r\n250-8BITMIME\r\n250 AUTH PLAIN LOGIN";

struct Conversation {
    socket: BufReader<TcpStream>,
    shared: Arc<Shared>,
    from: String,
    to: Vec<String>,
}

/// The conversation is over.
struct HungUp;

impl From<std::io::Error> for HungUp {
    fn from(_: std::io::Error) -> Self {
        Self
    }
}

impl Conversation {
    fn new(socket: TcpStream, shared: Arc<Shared>) -> Self {
        Self {
            socket: BufReader::new(socket),
            shared,
            from: String::new(),
            to: Vec::new(),
        }
    }

    async fn say(&mut self, line: &str) -> Result<(), HungUp> {
        self.socket
            .get_mut()
            .write_all(format!("{line}\r\n").as_bytes())
            .await?;
        Ok(())
    }

    async fn line(&mut self) -> Result<Vec<u8>, HungUp> {
        let mut line = Vec::new();
        if self.socket.read_until(b'\n', &mut line).await? == 0 {
            return Err(HungUp);
        }
        Ok(line)
    }

    async fn run(mut self) -> Result<(), HungUp> {
        if let Some(Mishap::Greeting(reply)) = self.shared.due(|mishap| matches!(mishap, Mishap::Greeting(_))) {
            return self.say(&reply).await;
        }
        self.say("220 sink.example ESMTP").await?;
        loop {
            let line = String::from_utf8_lossy(&self.line().await?).trim_end().to_owned();
            let verb = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
            match verb.as_str() {
                "EHLO" => self.say(EHLO_REPLY).await?,
                "HELO" | "RSET" | "NOOP" => self.say("250 ok").await?,
                "AUTH" => {
                    let reply = match self.shared.due(|mishap| matches!(mishap, Mishap::Auth(_))) {
                        Some(Mishap::Auth(reply)) => reply,
                        _ => "235 2.7.0 welcome".to_owned(),
                    };
                    self.say(&reply).await?;
                }
                "MAIL" => self.mail_from(&line).await?,
                "RCPT" => self.rcpt_to(&line).await?,
                "DATA" => self.data().await?,
                "QUIT" => return self.say("221 bye").await,
                _ => self.say("500 what?").await?,
            }
        }
    }

    async fn mail_from(&mut self, line: &str) -> Result<(), HungUp> {
        if let Some(Mishap::MailFrom(reply)) = self.shared.due(|mishap| matches!(mishap, Mishap::MailFrom(_))) {
            return self.say(&reply).await;
        }
        self.from = path(line);
        self.to.clear();
        self.say("250 2.1.0 ok").await
    }

    async fn rcpt_to(&mut self, line: &str) -> Result<(), HungUp> {
        if let Some(Mishap::RcptTo(reply)) = self.shared.due(|mishap| matches!(mishap, Mishap::RcptTo(_))) {
            return self.say(&reply).await;
        }
        self.to.push(path(line));
        self.say("250 2.1.5 ok").await
    }

    async fn data(&mut self) -> Result<(), HungUp> {
        match self
            .shared
            .due(|mishap| matches!(mishap, Mishap::Data(_) | Mishap::DropBeforeData))
        {
            Some(Mishap::Data(reply)) => return self.say(&reply).await,
            Some(_) => return Err(HungUp),
            None => {}
        }
        if self.to.is_empty() {
            return self.say("503 5.5.1 who is it for?").await;
        }
        self.say("354 go ahead").await?;
        if self.shared.due(|mishap| *mishap == Mishap::DropDuringContent).is_some() {
            self.line().await?;
            return Err(HungUp);
        }
        let mut bytes = Vec::new();
        loop {
            let line = self.line().await?;
            if line == b".\r\n" {
                break;
            }
            bytes.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
        }
        let mail = AcceptedMail {
            from: std::mem::take(&mut self.from),
            to: std::mem::take(&mut self.to),
            bytes,
            at: Instant::now(),
        };
        match self.shared.due(|mishap| {
            use Mishap::{Content, DropAfterAccepting, DropAfterLosing, SlowReply};
            matches!(mishap, Content(_) | DropAfterAccepting | DropAfterLosing | SlowReply(_))
        }) {
            Some(Mishap::Content(reply)) => return self.say(&reply).await,
            Some(Mishap::DropAfterLosing) => return Err(HungUp),
            Some(Mishap::DropAfterAccepting) => {
                self.shared.record(mail);
                return Err(HungUp);
            }
            Some(Mishap::SlowReply(wait)) => {
                self.shared.record(mail);
                sleep(wait).await;
            }
            _ => self.shared.record(mail),
        }
        self.say("250 2.0.0 taken").await
    }
}

/// What stands between the angle brackets of a command.
fn path(line: &str) -> String {
    let inside = line.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    inside.map_or_else(String::new, |(path, _)| path.to_owned())
}
