//! Arguments of the verbs that work on sentences: `classify`, `train`, `evaluate sentences`, `evaluate readings`.
//!
//! Invariant: nothing here touches a database.

use std::path::PathBuf;

use clap::Args;

/// Labelled sentences, and how they are written down.
#[derive(Debug, Args)]
pub struct LabelledData {
    /// Lines of JSON.
    #[arg(long)]
    pub data: PathBuf,
    /// The field with the sentence.
    #[arg(long, default_value = "text")]
    pub text: String,
    /// The field with its labels: an array of strings, or one string or null.
    #[arg(long, default_value = "labels")]
    pub labels: String,
    /// The field with the part that a row belongs to; rows without it belong to `train`.
    #[arg(long, default_value = "split")]
    pub split: String,
}

/// Sentences to classify.
#[derive(Debug, Args)]
pub struct Classify {
    /// Lines `{"id", "text"}` in, lines `{"id", "type", "stance", "proposition_stance", "score", "scores"}` out; the one
    /// form that there is.
    #[arg(long, required = true)]
    pub jsonl: bool,
    /// The file to read; without it, standard input.
    pub file: Option<PathBuf>,
    /// A model that `train-provisions` wrote; without it, the one that ships.
    #[arg(long)]
    pub model: Option<PathBuf>,
}

/// What the model of provisions is trained on.
#[derive(Debug, Args)]
pub struct TrainProvisions {
    /// Files of lines of JSON, or folders of them: own rows, ToS;DR quotations, UNFAIR-ToS.
    #[arg(required = true)]
    pub rows: Vec<PathBuf>,
    /// The file to write.
    #[arg(long)]
    pub out: PathBuf,
    /// Where all randomness comes from.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

/// Sentences from which a model is trained: those of the parts `train` and `validation`.
#[derive(Debug, Args)]
pub struct Train {
    /// The sentences.
    #[command(flatten)]
    pub data: LabelledData,
    /// The file to write.
    #[arg(long)]
    pub out: PathBuf,
    /// Where all randomness comes from.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

/// Labelled sentences, and the model that is judged by them.
#[derive(Debug, Args)]
pub struct EvaluateSentences {
    /// The file that `train` wrote.
    #[arg(long)]
    pub model: PathBuf,
    /// The sentences.
    #[command(flatten)]
    pub data: LabelledData,
    /// Only the rows of this part; without it, all.
    #[arg(long)]
    pub part: Option<String>,
    /// One JSON object instead of a table.
    #[arg(long)]
    pub json: bool,
}

/// Sentences on provisions whose answer is known, and policies to read.
#[derive(Debug, Args)]
pub struct EvaluateReadings {
    /// Lines of JSON with `text`, `provision`, `near`, `stance`, or folders of such files.
    pub rows: Vec<PathBuf>,
    /// Folders of policies (`.md`): how much the detector finds in them, and whether every quotation is exact.
    #[arg(long)]
    pub policies: Vec<PathBuf>,
    /// A model that `train-provisions` wrote; without it, the one that ships.
    #[arg(long)]
    pub model: Option<PathBuf>,
    /// Every wrong answer, not only the counts.
    #[arg(long)]
    pub verbose: bool,
    /// One JSON object instead of a table.
    #[arg(long)]
    pub json: bool,
}
