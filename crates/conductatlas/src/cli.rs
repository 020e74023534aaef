//! The command line: verbs and their arguments.
//!
//! Invariant: the verbs of the core (`extract`, `compare`, `detect`) need neither a database nor a configuration,
//! and their output and exit status are stable (docs/command-line.md).

mod sentences;

use std::path::PathBuf;

use atlas_domain::Plan;
use clap::{Args, Parser, Subcommand};

pub use sentences::{Classify, EvaluateReadings, EvaluateSentences, LabelledData, Train, TrainProvisions};

/// Follows the terms of platforms, keeps every version, and tells people the same day what changed.
#[derive(Debug, Parser)]
#[command(name = "conductatlas", version, about, disable_help_subcommand = true)]
pub struct Cli {
    /// What to do; without a verb, `up`.
    #[command(subcommand)]
    pub verb: Option<Verb>,
    /// Leave out the sample platforms (with `up`).
    #[arg(long, global = true)]
    pub no_demo: bool,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Everything for one machine: private database, catalogue, web and worker; prints the address to open.
    Up,
    /// The web server alone.
    Serve,
    /// The worker alone.
    Work,
    /// Bring the database's schema up to date and load the catalogue.
    Migrate,
    /// Print the effective configuration, secrets hidden, and every fault at once.
    CheckConfig,
    /// Can I reach database, archive and mail?
    Doctor {
        /// Only: does the web server of this machine answer? (for a health check)
        #[arg(long)]
        alive: bool,
    },
    /// Take over versions or sources from elsewhere.
    #[command(subcommand)]
    Import(Import),
    /// Look after an instance.
    #[command(subcommand)]
    Admin(Admin),
    /// Make something happen on a sample platform.
    #[command(subcommand)]
    Demo(Demo),
    /// Time whole flows.
    #[command(subcommand)]
    Bench(Bench),
    /// Print the text of a policy as Markdown, or its blocks with offsets.
    Extract(Extract),
    /// Print the judged difference between two policies.
    Compare(Compare),
    /// Print what a policy says on the questions that are asked.
    Detect(Detect),
    /// Say for each sentence on which provision type it speaks, and how.
    Classify(Classify),
    /// Train a model of sentences; the same rows and seed give the same file, byte for byte.
    Train(Train),
    /// Train the model of provisions, which the detector and `classify` use.
    TrainProvisions(TrainProvisions),
    /// Judge the core on folders of pairs whose answer is known.
    #[command(subcommand)]
    Evaluate(Evaluate),
}

/// What to judge.
#[derive(Debug, Subcommand)]
pub enum Evaluate {
    /// Changes: how often an alert would be about nothing, and how often something would be missed.
    Changes(EvaluateChanges),
    /// Sentences: how well a trained model labels them.
    Sentences(EvaluateSentences),
    /// Readings: how well the model of provisions tells types and stances, and what the detector makes of whole policies.
    Readings(EvaluateReadings),
}

/// Pairs whose answer is known.
#[derive(Debug, Args)]
pub struct EvaluateChanges {
    /// A folder with `pairs.jsonl`, `memo-pairs`, `material`, `cosmetic`, `refused` or `change_pairs*.jsonl`; or one such
    /// file of lines.
    pub folder: PathBuf,
    /// Every trial, not only the misses.
    #[arg(long)]
    pub verbose: bool,
    /// One JSON object instead of a table.
    #[arg(long)]
    pub json: bool,
}

/// What to take over.
#[derive(Debug, Subcommand)]
pub enum Import {
    /// A folder `platform/document/<time>.md` or `.html.gz`: every version passes through the same jobs at its time.
    Policies {
        /// The folder.
        folder: PathBuf,
        /// Send alerts for these changes too.
        #[arg(long)]
        alert: bool,
    },
    /// A file or folder of Open Terms Archive declarations: platforms, documents and sources.
    Declarations {
        /// The file or folder.
        path: PathBuf,
    },
}

/// Look after an instance.
#[derive(Debug, Subcommand)]
pub enum Admin {
    /// Put an account's organization on a plan.
    Plan {
        /// The account's address.
        email: String,
        /// free, watcher, professional or team.
        #[arg(value_parser = plan)]
        plan: Plan,
    },
    /// Let an account into the staff area, or take it out.
    Staff {
        /// The account's address.
        email: String,
        /// Take it out.
        #[arg(long)]
        remove: bool,
    },
    /// Confirm an account's address without the mailed link.
    Confirm {
        /// The account's address.
        email: String,
    },
    /// Delete an account and everything that is its own.
    Erase {
        /// The account's address.
        email: String,
    },
    /// Poll every document of a platform now.
    Poll {
        /// The platform's slug.
        platform: String,
    },
    /// Stop following a document of a platform, or all of them; what is held stays.
    Retire {
        /// The platform's slug.
        platform: String,
        /// The document's slug; without it, all documents.
        document: Option<String>,
        /// Follow again what was retired.
        #[arg(long)]
        undo: bool,
    },
    /// Write and send an account's weekly digest now.
    Digest {
        /// The account's address.
        email: String,
    },
    /// Read stored pages again with today's extractor and rules; differences become technical upgrades, nobody is told.
    #[command(group = clap::ArgGroup::new("choice").required(true).multiple(true).args(["platform", "all"]))]
    Reextract {
        /// Only this platform's documents, by its slug.
        #[arg(long, conflicts_with = "all")]
        platform: Option<String>,
        /// Only this document of the platform, by its slug.
        #[arg(long, requires = "platform")]
        document: Option<String>,
        /// Every document.
        #[arg(long)]
        all: bool,
        /// Older versions too: how they read today is noted, their history stays as it is.
        #[arg(long)]
        history: bool,
        /// Say what would differ, and write nothing.
        #[arg(long)]
        dry_run: bool,
    },
    /// Propose a selector for each followed page that has none, read from what is stored.
    Selectors {
        /// Only this platform's documents, by its slug.
        platform: Option<String>,
    },
    /// List the open notes to the curators, or close one.
    Notes {
        /// The note to close, by the id that the list shows.
        #[arg(long)]
        resolve: Option<uuid::Uuid>,
    },
    /// Print what reviewers rejected and edited as rows for `train-provisions`, one JSON object a line.
    ExportRows,
    /// List jobs that were given up, with their last error.
    Jobs,
    /// Put a given-up job back into the queue.
    Requeue {
        /// The job's number, as `admin jobs` prints it.
        job: i64,
    },
}

/// Sample platforms.
#[derive(Debug, Subcommand)]
pub enum Demo {
    /// Let the next change happen, and poll it.
    Step {
        /// Only on this platform.
        #[arg(requires = "document")]
        platform: Option<String>,
        /// Only in this document.
        document: Option<String>,
    },
}

/// Whole flows.
#[derive(Debug, Subcommand)]
pub enum Bench {
    /// Replay a folder of policies into a throw-away database: documents, versions, changes, seconds, memory.
    Replay {
        /// The folder, as for `import policies`.
        folder: PathBuf,
    },
    /// Poll pages without a new word over loopback: processor milliseconds a poll.
    Polls {
        /// The folder, as for `import policies`; its `.html.gz` files are the pages.
        folder: PathBuf,
        /// Polls of each page.
        #[arg(long, default_value_t = 20)]
        rounds: u32,
        /// Other bytes with the same words each time, as pages with nonces have.
        #[arg(long)]
        nonces: bool,
    },
    /// One policy read and stored, and its page rendered: milliseconds.
    Reading {
        /// The policy, Markdown.
        policy: PathBuf,
    },
    /// From a changed sample page to the mail accepted by a local relay: p50 and p99.
    Alerts {
        /// Changes to make.
        #[arg(long, default_value_t = 100)]
        changes: u32,
    },
    /// Read and compare inputs that were made to hurt, each in a process of its own: seconds and peak memory.
    Hostile {
        /// Only inputs whose name holds this word.
        only: Option<String>,
    },
    /// Serve a plain "hello" on a free port, to measure pages against.
    Hello,
}

/// A policy to read.
#[derive(Debug, Args)]
pub struct Extract {
    /// HTML, Markdown, plain text or PDF; `-` reads standard input.
    pub file: PathBuf,
    /// Where the page came from, to make its links absolute.
    #[arg(long)]
    pub url: Option<url::Url>,
    /// The language that the text has to be in, such as `de`; without one, any language will do.
    #[arg(long)]
    pub locale: Option<String>,
    /// CSS selector of content to keep; can be repeated.
    #[arg(long)]
    pub select: Vec<String>,
    /// CSS selector of content to drop; can be repeated.
    #[arg(long)]
    pub remove: Vec<String>,
    /// Blocks with byte offsets instead of Markdown.
    #[arg(long)]
    pub json: bool,
}

/// Two policies to compare.
#[derive(Debug, Args)]
pub struct Compare {
    /// The earlier text: HTML, Markdown, plain text or PDF.
    pub old: PathBuf,
    /// The later text.
    pub new: PathBuf,
    /// The language that the text has to be in, such as `de`; without one, any language will do.
    #[arg(long)]
    pub locale: Option<String>,
    /// CSS selector of content to keep, on both sides; can be repeated.
    #[arg(long)]
    pub select: Vec<String>,
    /// CSS selector of content to drop, on both sides; can be repeated.
    #[arg(long)]
    pub remove: Vec<String>,
    /// Compare a later page that has less than half the words of the earlier one: without this it is taken for a
    /// broken page, as a poll takes it.
    #[arg(long)]
    pub accept_shorter: bool,
    /// One JSON object instead of text for people.
    #[arg(long)]
    pub json: bool,
}

/// A policy to question.
#[derive(Debug, Args)]
pub struct Detect {
    /// HTML, Markdown, plain text or PDF; `-` reads standard input.
    pub file: PathBuf,
    /// The language that the text has to be in, such as `de`; without one, any language will do.
    #[arg(long)]
    pub locale: Option<String>,
    /// CSS selector of content to keep; can be repeated.
    #[arg(long)]
    pub select: Vec<String>,
    /// CSS selector of content to drop; can be repeated.
    #[arg(long)]
    pub remove: Vec<String>,
    /// One JSON object instead of text for people.
    #[arg(long)]
    pub json: bool,
}

fn plan(word: &str) -> Result<Plan, String> {
    word.parse().map_err(|_| {
        let all: Vec<_> = Plan::ALL.iter().map(|plan| plan.as_str()).collect();
        format!("expected one of {}", all.join(", "))
    })
}
