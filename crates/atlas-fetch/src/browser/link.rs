//! The `DevTools` protocol over the browser's own pipe: JSON messages, each ended by a NUL byte.
//!
//! Invariant: no message beyond the limit is held, and a question whose browser is gone gets an answer.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    process::{ChildStdin, ChildStdout},
    sync::{mpsc, oneshot},
};

use super::process::Process;

type Answer = Result<Value, String>;
type Waiting = Arc<Mutex<HashMap<u64, oneshot::Sender<Answer>>>>;

/// Something that the browser told by itself.
#[derive(Debug)]
pub(crate) struct Event {
    pub(crate) method: String,
    pub(crate) session: Option<String>,
    pub(crate) params: Value,
}

impl Event {
    /// A text inside the event, by its JSON pointer.
    pub(crate) fn text(&self, pointer: &str) -> Option<&str> {
        self.params.pointer(pointer).and_then(Value::as_str)
    }
}

/// Where commands are given. Cloning is cheap.
#[derive(Debug, Clone)]
pub(crate) struct Link {
    out: mpsc::UnboundedSender<Vec<u8>>,
    waiting: Waiting,
    last_id: Arc<AtomicU64>,
}

/// Moves the messages; nothing happens on the link unless this runs.
pub(crate) struct Pump {
    input: BufReader<ChildStdout>,
    output: ChildStdin,
    outgoing: mpsc::UnboundedReceiver<Vec<u8>>,
    waiting: Waiting,
    limit: usize,
}

impl Link {
    /// The link to a browser.
    pub(crate) fn new(process: &mut Process, limit: usize) -> Result<(Self, Pump), String> {
        let (output, input) = process.take_pipe().ok_or("the browser has no pipe")?;
        let (out, outgoing) = mpsc::unbounded_channel();
        let waiting = Waiting::default();
        let pump = Pump {
            input: BufReader::with_capacity(64 * 1024, input),
            output,
            outgoing,
            waiting: Arc::clone(&waiting),
            limit,
        };
        let link = Self {
            out,
            waiting,
            last_id: Arc::default(),
        };
        Ok((link, pump))
    }

    fn send(&self, session: Option<&str>, method: &str, params: &Value, answer: Option<oneshot::Sender<Answer>>) {
        let id = self.last_id.fetch_add(1, Ordering::Relaxed) + 1;
        let mut message = json!({ "id": id, "method": method, "params": params });
        if let (Some(session), Some(fields)) = (session, message.as_object_mut()) {
            fields.insert("sessionId".to_owned(), session.into());
        }
        if let Some(answer) = answer {
            lock(&self.waiting).insert(id, answer);
        }
        let mut bytes = message.to_string().into_bytes();
        bytes.push(0);
        if self.out.send(bytes).is_err() {
            lock(&self.waiting).remove(&id);
        }
    }

    /// Gives a command whose answer nobody waits for.
    pub(crate) fn tell(&self, session: Option<&str>, method: &str, params: &Value) {
        self.send(session, method, params, None);
    }

    /// Gives a command and waits for its answer.
    pub(crate) async fn ask(&self, session: Option<&str>, method: &str, params: &Value) -> Answer {
        let (answer, answered) = oneshot::channel();
        self.send(session, method, params, Some(answer));
        answered.await.unwrap_or_else(|_| Err("the browser ended".to_owned()))
    }

    /// The browser's name and version.
    pub(crate) async fn version(&self) -> Result<String, String> {
        let version = self.ask(None, "Browser.getVersion", &json!({})).await?;
        let product = version.get("product").and_then(Value::as_str).unwrap_or_default();
        Ok(product.to_owned())
    }
}

impl Pump {
    /// Moves messages until the browser is gone or says something beyond the limit.
    pub(crate) async fn run(&mut self, mut on_event: impl FnMut(Event)) {
        let Self {
            input,
            output,
            outgoing,
            waiting,
            limit,
        } = self;
        let write = async {
            while let Some(bytes) = outgoing.recv().await {
                if output.write_all(&bytes).await.is_err() {
                    break;
                }
            }
        };
        let read = async {
            while let Some(message) = next_message(input, *limit).await {
                dispatch(&message, waiting, &mut on_event);
            }
        };
        tokio::select! {
            () = write => {}
            () = read => {}
        }
        outgoing.close();
        lock(waiting).clear();
    }
}

async fn next_message(input: &mut BufReader<ChildStdout>, limit: usize) -> Option<Vec<u8>> {
    let mut message = Vec::new();
    loop {
        let piece = input.fill_buf().await.ok().filter(|piece| !piece.is_empty())?;
        let end = piece.iter().position(|byte| *byte == 0);
        message.extend_from_slice(piece.get(..end.unwrap_or(piece.len()))?);
        let used = end.map_or(piece.len(), |end| end + 1);
        input.consume(used);
        if end.is_some() {
            return Some(message);
        }
        if message.len() > limit {
            return None;
        }
    }
}

fn dispatch(message: &[u8], waiting: &Waiting, on_event: &mut impl FnMut(Event)) {
    let Ok(Value::Object(mut fields)) = serde_json::from_slice(message) else {
        return;
    };
    if let Some(id) = fields.get("id").and_then(Value::as_u64) {
        let answer = match fields.remove("error") {
            Some(error) => Err(error
                .get("message")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()),
            None => Ok(fields.remove("result").unwrap_or_default()),
        };
        if let Some(sender) = lock(waiting).remove(&id) {
            // Whoever asked may have stopped waiting.
            let _ = sender.send(answer);
        }
    } else if let Some(Value::String(method)) = fields.remove("method") {
        on_event(Event {
            method,
            session: fields.get("sessionId").and_then(Value::as_str).map(str::to_owned),
            params: fields.remove("params").unwrap_or_default(),
        });
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
