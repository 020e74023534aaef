//! The model file. Invariant: a file is read whole or refused with the part that is wrong; the same model is always the
//! same bytes.
//!
//! Layout, numbers little-endian: 8 bytes of magic, version (u32), length of the header (u32), the header as JSON, then
//! for each head: a bit for each feature that is used, the rarity of each used feature (f32), its weights (i8, one for
//! each label); at the end the SHA-256 of everything before.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::features::{Extractor, FeatureSpec};
use super::head::{Choice, Head};
use super::platt::Sigmoid;

const MAGIC: &[u8; 8] = b"ATLASMDL";
/// The version that this program writes, and the only one that it reads.
pub const FORMAT_VERSION: u32 = 2;
const DIGEST: usize = 32;
/// More labels than any taxonomy has: a wrong header must not make the reader claim memory.
const MOST_LABELS: usize = 4_096;

/// Why a file is no model.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// It does not begin as a model does.
    #[error("not a model file: it does not begin with `ATLASMDL`")]
    Magic,
    /// It was written by another version of the program.
    #[error("model format {found}, and this program reads format {FORMAT_VERSION}")]
    Version {
        /// The file's format.
        found: u32,
    },
    /// It ends too early.
    #[error("the model file ends within its {part}")]
    Short {
        /// What is cut.
        part: &'static str,
    },
    /// Its digest does not fit its bytes.
    #[error("the model file is damaged or cut short: its digest does not fit")]
    Digest,
    /// Its header is not what a header is.
    #[error("the model file's header is wrong: {0}")]
    Header(#[source] serde_json::Error),
    /// Some part contradicts another.
    #[error("the model's {what} are not usable")]
    Shape {
        /// What is wrong.
        what: &'static str,
    },
    /// It is a model of something else.
    #[error("the model has no head `{name}`, so it is not one of provisions")]
    Head {
        /// The head that is missing.
        name: &'static str,
    },
}

/// A stored model: its heads and where it came from.
#[derive(Debug)]
pub struct ModelFile {
    /// SHA-256 of the training rows, in hexadecimal.
    pub training_sha256: String,
    /// How many rows it was trained on.
    pub training_rows: usize,
    /// How it was trained, for people.
    pub recipe: serde_json::Value,
    /// The heads, by name.
    pub heads: Vec<(String, Head)>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    training_sha256: String,
    training_rows: usize,
    recipe: serde_json::Value,
    heads: Vec<HeadHeader>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct HeadHeader {
    name: String,
    single: bool,
    features: FeatureSpec,
    labels: Vec<LabelHeader>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LabelHeader {
    name: String,
    scale: f32,
    bias: f32,
    slope: f64,
    offset: f64,
    threshold: f64,
}

impl ModelFile {
    /// The model as bytes.
    pub fn to_bytes(&self) -> Result<Vec<u8>, ModelError> {
        let header = Header {
            training_sha256: self.training_sha256.clone(),
            training_rows: self.training_rows,
            recipe: self.recipe.clone(),
            heads: self.heads.iter().map(|(name, head)| header_of(name, head)).collect(),
        };
        let header = serde_json::to_vec(&header).map_err(ModelError::Header)?;
        let length = u32::try_from(header.len()).map_err(|_| ModelError::Shape { what: "labels" })?;
        let mut bytes = MAGIC.to_vec();
        bytes.extend(FORMAT_VERSION.to_le_bytes());
        bytes.extend(length.to_le_bytes());
        bytes.extend(header);
        for (_, head) in &self.heads {
            let count = head.labels.len().max(1);
            let used: Vec<bool> = head
                .rarity
                .iter()
                .zip(head.weights.chunks(count))
                .map(|(rarity, weights)| *rarity > 0.0 && weights.iter().any(|weight| *weight != 0))
                .collect();
            bytes.extend(used.chunks(8).map(|bits| {
                bits.iter()
                    .enumerate()
                    .fold(0_u8, |byte, (at, used)| byte | (u8::from(*used) << at))
            }));
            let kept = |at: usize| used.get(at).copied().unwrap_or_default();
            let rarities = head.rarity.iter().enumerate().filter(|(at, _)| kept(*at));
            bytes.extend(rarities.flat_map(|(_, rarity)| rarity.to_le_bytes()));
            let weights = head.weights.chunks(count).enumerate().filter(|(at, _)| kept(*at));
            bytes.extend(weights.flat_map(|(_, row)| row.iter().flat_map(|weight| weight.to_le_bytes())));
        }
        let digest = Sha256::digest(&bytes);
        bytes.extend_from_slice(&digest);
        Ok(bytes)
    }

    /// Reads a model, checking every part.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ModelError> {
        let mut rest = bytes;
        if take(&mut rest, MAGIC.len(), "beginning").ok() != Some(MAGIC.as_slice()) {
            return Err(ModelError::Magic);
        }
        let found = number(&mut rest, "version")?;
        if found != FORMAT_VERSION {
            return Err(ModelError::Version { found });
        }
        // Before anything is believed that the file says of itself.
        let body = rest
            .len()
            .checked_sub(DIGEST)
            .ok_or(ModelError::Short { part: "digest" })?;
        let (before, digest) = bytes.split_at(bytes.len() - DIGEST);
        if Sha256::digest(before).as_slice() != digest {
            return Err(ModelError::Digest);
        }
        rest = rest.get(..body).unwrap_or_default();
        let length = number(&mut rest, "header's length")?;
        let length = usize::try_from(length).map_err(|_| ModelError::Short { part: "header" })?;
        let header = take(&mut rest, length, "header")?;
        let header: Header = serde_json::from_slice(header).map_err(ModelError::Header)?;
        let mut heads = Vec::new();
        for head in header.heads {
            heads.push((head.name.clone(), read_head(head, &mut rest)?));
        }
        if !rest.is_empty() {
            return Err(ModelError::Shape { what: "last bytes" });
        }
        Ok(Self {
            training_sha256: header.training_sha256,
            training_rows: header.training_rows,
            recipe: header.recipe,
            heads,
        })
    }
}

fn header_of(name: &str, head: &Head) -> HeadHeader {
    let figures = head
        .scales
        .iter()
        .zip(&head.biases)
        .zip(&head.sigmoids)
        .zip(&head.thresholds);
    HeadHeader {
        name: name.to_owned(),
        single: head.choice == Choice::One,
        features: *head.spec(),
        labels: head
            .labels
            .iter()
            .zip(figures)
            .map(|(name, (((scale, bias), sigmoid), threshold))| LabelHeader {
                name: name.clone(),
                scale: *scale,
                bias: *bias,
                slope: sigmoid.slope,
                offset: sigmoid.offset,
                threshold: *threshold,
            })
            .collect(),
    }
}

fn read_head(header: HeadHeader, rest: &mut &[u8]) -> Result<Head, ModelError> {
    let count = header.labels.len();
    if count == 0 || count > MOST_LABELS {
        return Err(ModelError::Shape { what: "labels" });
    }
    if !header.features.is_sound() {
        return Err(ModelError::Shape { what: "features" });
    }
    let figures = |label: &LabelHeader| {
        label.scale.is_finite()
            && label.bias.is_finite()
            && label.slope.is_finite()
            && label.offset.is_finite()
            && label.threshold.is_finite()
    };
    if !header.labels.iter().all(figures) {
        return Err(ModelError::Shape { what: "figures" });
    }
    let dimension = header.features.dimension();
    let bits = take(rest, dimension.div_ceil(8), "features")?;
    let used: Vec<bool> = bits
        .iter()
        .flat_map(|byte| (0..8).map(move |at| byte >> at & 1 == 1))
        .take(dimension)
        .collect();
    let kept = used.iter().filter(|used| **used).count();
    let mut rarities = take(rest, kept * 4, "rarities")?
        .chunks_exact(4)
        .map(|four| f32::from_le_bytes(four.try_into().unwrap_or_default()));
    let mut packed = take(rest, kept * count, "weights")?.chunks_exact(count);
    let mut rarity = vec![0.0; dimension];
    let mut weights = vec![0_i8; dimension * count];
    for ((used, rarity), row) in used.iter().zip(&mut rarity).zip(weights.chunks_exact_mut(count)) {
        if *used {
            *rarity = rarities.next().unwrap_or_default();
            for (weight, byte) in row.iter_mut().zip(packed.next().unwrap_or_default()) {
                *weight = i8::from_le_bytes([*byte]);
            }
        }
    }
    if !rarity.iter().all(|rarity| rarity.is_finite()) {
        return Err(ModelError::Shape { what: "rarities" });
    }
    let labels = &header.labels;
    Ok(Head {
        extractor: Extractor::new(header.features).map_err(|_| ModelError::Shape { what: "patterns" })?,
        choice: if header.single { Choice::One } else { Choice::Any },
        rarity,
        weights,
        scales: labels.iter().map(|label| label.scale).collect(),
        biases: labels.iter().map(|label| label.bias).collect(),
        sigmoids: labels
            .iter()
            .map(|label| Sigmoid {
                slope: label.slope,
                offset: label.offset,
            })
            .collect(),
        thresholds: labels.iter().map(|label| label.threshold).collect(),
        labels: header.labels.into_iter().map(|label| label.name).collect(),
    })
}

fn take<'a>(rest: &mut &'a [u8], length: usize, part: &'static str) -> Result<&'a [u8], ModelError> {
    let (own, after) = rest.split_at_checked(length).ok_or(ModelError::Short { part })?;
    *rest = after;
    Ok(own)
}

fn number(rest: &mut &[u8], part: &'static str) -> Result<u32, ModelError> {
    let bytes = take(rest, 4, part)?;
    Ok(u32::from_le_bytes(bytes.try_into().unwrap_or_default()))
}
