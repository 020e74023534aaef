//! Reading a body within its limits.
//!
//! Invariant: at no time are more bytes held than the limits allow, whatever the server says of the length, and a body
//! that was cut short is an error, never a shorter body.

use std::io::{self, Write};

use atlas_domain::CaptureOutcome;
use bytes::Bytes;
use flate2::write::MultiGzDecoder;
use http::{HeaderMap, header};
use zstd::stream::raw::{DParameter, Decoder as RawZstd, Operation as _};

use crate::outcome::Failure;

/// After decompression, this many times the bytes on the wire.
const DECODED_TIMES: usize = 4;
/// From here on, the ratio counts.
const RATIO_FROM: usize = 1024 * 1024;
const MAX_RATIO: usize = 200;
/// 8 MiB of window, as RFC 9659 allows on the web.
const ZSTD_WINDOW_LOG: u32 = 23;
const ZSTD_STEP: usize = 64 * 1024;

/// What we ask for. Brotli is left out: it has no decoder here whose output can be stopped.
pub(crate) const ACCEPT_ENCODING: &str = "gzip, zstd";

/// How much of a body is taken.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    wire: usize,
    decoded: usize,
    /// Beyond the limit the body ends silently (robots.txt) instead of being an error.
    cut: bool,
}

impl Limits {
    pub(crate) const fn whole(wire: usize) -> Self {
        Self {
            wire,
            decoded: wire.saturating_mul(DECODED_TIMES),
            cut: false,
        }
    }
    pub(crate) const fn first(bytes: usize) -> Self {
        Self {
            wire: bytes,
            decoded: bytes,
            cut: true,
        }
    }
}

/// A buffer that refuses to grow beyond its limit.
struct Bounded {
    bytes: Vec<u8>,
    limit: usize,
}

impl Write for Bounded {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        let room = self.limit - self.bytes.len();
        if room == 0 && !piece.is_empty() {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let taken = piece.get(..room).unwrap_or(piece);
        self.bytes.extend_from_slice(taken);
        Ok(taken.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

enum Decoder {
    Identity(Bounded),
    Gzip(Box<MultiGzDecoder<Bounded>>),
    Zstd {
        raw: RawZstd<'static>,
        out: Bounded,
        frame_ended: bool,
    },
}

impl Decoder {
    fn new(encoding: &str, out: Bounded) -> Result<Self, Failure> {
        match encoding {
            "" | "identity" => Ok(Self::Identity(out)),
            "gzip" | "x-gzip" => Ok(Self::Gzip(Box::new(MultiGzDecoder::new(out)))),
            "zstd" => {
                let mut raw = RawZstd::new().map_err(|error| broken(&error))?;
                raw.set_parameter(DParameter::WindowLogMax(ZSTD_WINDOW_LOG))
                    .map_err(|error| broken(&error))?;
                Ok(Self::Zstd {
                    raw,
                    out,
                    frame_ended: true,
                })
            }
            _ => Err(Failure::new(
                CaptureOutcome::ServerError,
                "the answer is in an encoding that was not asked for",
            )),
        }
    }

    fn write(&mut self, piece: &[u8]) -> io::Result<()> {
        match self {
            Self::Identity(out) => out.write_all(piece),
            Self::Gzip(gzip) => gzip.write_all(piece),
            Self::Zstd { raw, out, frame_ended } => {
                let mut rest = piece;
                let mut step = vec![0; ZSTD_STEP];
                loop {
                    let status = raw.run_on_buffers(rest, &mut step)?;
                    out.write_all(step.get(..status.bytes_written).unwrap_or_default())?;
                    rest = rest.get(status.bytes_read..).unwrap_or_default();
                    *frame_ended = status.remaining == 0;
                    // A full step may leave decoded bytes inside; anything less means that more input is wanted.
                    if rest.is_empty() && status.bytes_written < ZSTD_STEP {
                        return Ok(());
                    }
                    if status.bytes_read == 0 && status.bytes_written == 0 && !rest.is_empty() {
                        return Err(io::ErrorKind::InvalidData.into());
                    }
                }
            }
        }
    }

    fn decoded(&self) -> usize {
        match self {
            Self::Identity(out) | Self::Zstd { out, .. } => out.bytes.len(),
            Self::Gzip(gzip) => gzip.get_ref().bytes.len(),
        }
    }

    fn finish(self) -> io::Result<Vec<u8>> {
        match self {
            Self::Gzip(gzip) => gzip.finish().map(|out| out.bytes),
            Self::Zstd { frame_ended: false, .. } => Err(io::ErrorKind::UnexpectedEof.into()),
            Self::Identity(out) | Self::Zstd { out, .. } => Ok(out.bytes),
        }
    }

    fn so_far(self) -> Vec<u8> {
        match self {
            Self::Identity(out) | Self::Zstd { out, .. } => out.bytes,
            Self::Gzip(mut gzip) => std::mem::take(&mut gzip.get_mut().bytes),
        }
    }
}

/// Reads the body of an answer, decompressed.
pub(crate) async fn read(mut response: reqwest::Response, limits: Limits) -> Result<Bytes, Failure> {
    let announced = response.content_length().unwrap_or_default();
    if !limits.cut && usize::try_from(announced).is_ok_and(|length| length > limits.wire) {
        return Err(too_large(&format!("{announced} bytes were announced")));
    }
    let out = Bounded {
        bytes: Vec::new(),
        limit: limits.decoded,
    };
    let mut decoder = Decoder::new(&encoding_of(response.headers()), out)?;
    let mut wire = 0_usize;
    while let Some(piece) = response.chunk().await.map_err(|error| Failure::of_request(&error))? {
        wire = wire.saturating_add(piece.len());
        let written = decoder.write(&piece);
        let is_full = wire > limits.wire
            || written
                .as_ref()
                .is_err_and(|error| error.kind() == io::ErrorKind::FileTooLarge);
        if is_full && limits.cut {
            return Ok(decoder.so_far().into());
        }
        if is_full {
            return Err(too_large("the page goes on beyond the limit"));
        }
        written.map_err(|error| broken(&error))?;
        if decoder.decoded() > RATIO_FROM && decoder.decoded() / MAX_RATIO > wire {
            return Err(too_large("the page grows beyond reason when decompressed"));
        }
    }
    decoder.finish().map(Bytes::from).map_err(|error| broken(&error))
}

fn encoding_of(headers: &HeaderMap) -> String {
    let values: Vec<_> = headers
        .get_all(header::CONTENT_ENCODING)
        .iter()
        .map(|value| String::from_utf8_lossy(value.as_bytes()).trim().to_ascii_lowercase())
        .collect();
    // Two layers join to a word that no decoder is named by.
    values.join(",")
}

fn too_large(detail: &str) -> Failure {
    Failure::new(CaptureOutcome::TooLarge, detail)
}

fn broken(error: &io::Error) -> Failure {
    Failure::new(
        CaptureOutcome::ServerError,
        format!("the compressed answer is broken: {error}"),
    )
}
