//! One policy from bytes to pages: read, stored, and its document page rendered from an empty cache.

use std::{fs, path::Path, time::Instant};

use anyhow::{Context as _, Result, ensure};
use atlas_worker::import::ImportOptions;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};
use tokio_util::sync::CancellationToken;

use super::figure;
use crate::{assembly, instance::Instance, verbs::import};

/// Rounds after a first one that warms connections and tables.
const ROUNDS: usize = 5;

pub(super) async fn run(instance: &mut Instance, policy: &Path, scratch: &Path) -> Result<()> {
    let bytes = fs::read(policy).with_context(|| policy.display().to_string())?;
    let sentences: usize = std::str::from_utf8(&bytes)
        .map(atlas_text::parse_markdown)
        .context("the policy is not UTF-8")?
        .blocks
        .iter()
        .map(|block| block.sentences.len())
        .sum();
    let services = assembly::services(instance, None).await?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let shutdown = CancellationToken::new();
    let router = atlas_web::router(assembly::web_state(instance).await?);
    let limits = assembly::serve_limits(instance);
    let serving = tokio::spawn(atlas_web::serve_with(listener, router, limits, shutdown.clone()));
    let (mut read, mut rendered) = (Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        let folder = scratch.join(format!("round-{round}"));
        let document = folder.join(format!("platform-{round}/terms-of-service"));
        fs::create_dir_all(&document)?;
        fs::write(document.join("2026-01-05T00-00-00Z.md"), &bytes)?;
        let started = Instant::now();
        let report = import::policies(&services, &folder, ImportOptions::default()).await?;
        let stored = started.elapsed().as_secs_f64();
        ensure!(report.counts.versions() == 1, "the policy became no version");
        let page = Instant::now();
        let size = get(
            address,
            &atlas_domain::urls::document(&format!("platform-{round}"), "terms-of-service"),
        )
        .await?;
        let seconds = page.elapsed().as_secs_f64();
        if round == 0 {
            figure("sentences", sentences);
            figure("page, bytes", size);
        } else {
            read.push(stored);
            rendered.push(seconds);
        }
    }
    shutdown.cancel();
    let _ = serving.await;
    for (name, mut seconds) in [("read and stored, ms", read), ("page rendered, ms", rendered)] {
        seconds.sort_by(f64::total_cmp);
        let middle = seconds.get(ROUNDS / 2).copied().unwrap_or_default();
        figure(name, format!("{:.1}", middle * 1e3));
    }
    Ok(())
}

/// Size of a page that has to be there.
async fn get(address: std::net::SocketAddr, path: &str) -> Result<usize> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    ensure!(answer.starts_with(b"HTTP/1.1 200"), "{path} is not there");
    Ok(answer.len())
}
