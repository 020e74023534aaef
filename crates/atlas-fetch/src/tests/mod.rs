//! A fetcher against servers on loopback that behave well, badly and viciously.

mod guarding;
mod hostile;
mod pdf;
mod polite;
mod rendering;
mod rendering_guard;
mod sample_pdf;
mod server;
