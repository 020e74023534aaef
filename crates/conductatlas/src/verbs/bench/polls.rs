//! Polls of pages without a new word over loopback: processor time of the program and of the database for each.

use std::{
    collections::HashMap,
    fs,
    io::Read as _,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use anyhow::{Context as _, Result, ensure};
use atlas_domain::{ExtractRules, FetchMode, Location, jobs::Tick};
use atlas_jobs::{Enqueue, enqueue};
use atlas_worker::{
    Services,
    catalogue::{self, DocumentSpec, PlatformSpec},
};
use axum::{Router, extract, http::header, response::IntoResponse, routing::get};
use flate2::read::GzDecoder;
use tokio::net::TcpListener;

use super::{figure, usage};
use crate::{assembly, instance::Instance};

type Pages = HashMap<String, Vec<u8>>;

/// What is served.
struct Site {
    pages: Pages,
    /// Answers so far, where each has a nonce of its own.
    nonce: Option<AtomicU64>,
}

pub(super) async fn run(instance: &mut Instance, folder: &Path, rounds: u32, nonces: bool) -> Result<()> {
    let pages = pages(folder)?;
    ensure!(
        !pages.is_empty(),
        "{} holds no platform/document/*.html.gz",
        folder.display()
    );
    let bytes: usize = pages.values().map(Vec::len).sum();
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    let site = Router::new().route("/{name}", get(page)).with_state(Arc::new(Site {
        pages: pages.clone(),
        nonce: nonces.then(AtomicU64::default),
    }));
    let serving = tokio::spawn(async move { axum::serve(listener, site).await });

    let services = assembly::services(instance, Some(address)).await?;
    let platform = PlatformSpec {
        slug: "bench".to_owned(),
        name: "Bench".to_owned(),
        operator: None,
        category: "other".to_owned(),
        website: None,
        description: String::new(),
        former_slugs: Vec::new(),
        is_sample: true,
        overwrite: true,
        documents: pages
            .keys()
            .map(|name| document(name, &format!("http://{address}/{name}")))
            .collect(),
    };
    catalogue::load(
        &services.pool,
        &*services.clock,
        &[platform],
        services.taxonomy,
        &mut |_| {},
    )
    .await?;
    // The first round records, the others find nothing new.
    round(&services).await?;
    let (ours, theirs) = (usage::processor_seconds(), usage::processor_seconds_of_all("postgres"));
    let started = Instant::now();
    for _ in 0..rounds {
        round(&services).await?;
    }
    let polls = f64::from(u32::try_from(pages.len())?) * f64::from(rounds);
    let each = |seconds: f64| format!("{:.2}", seconds * 1e3 / polls);
    figure(
        "pages / bytes on average",
        format!("{} / {}", pages.len(), bytes / pages.len()),
    );
    figure("polls", polls);
    figure("wall ms a poll", each(started.elapsed().as_secs_f64()));
    figure(
        "processor ms a poll, program and site",
        each(usage::processor_seconds() - ours),
    );
    figure(
        "processor ms a poll, database",
        each(usage::processor_seconds_of_all("postgres") - theirs),
    );
    figure("peak memory, MiB", usage::peak_memory_mib());
    serving.abort();
    Ok(())
}

async fn round(services: &Arc<Services>) -> Result<()> {
    let mut transaction = services.pool.begin().await?;
    atlas_db::source::sources_make_due(&mut transaction, "bench", None, services.clock.now()).await?;
    enqueue(&mut transaction, &Tick {}, Enqueue::default()).await?;
    transaction.commit().await?;
    atlas_worker::run_due(services).await.context("a poll failed")
}

/// No validators, so that every poll has to hash the bytes; where they differ each time, it has to read them too.
async fn page(
    extract::State(site): extract::State<Arc<Site>>,
    extract::Path(name): extract::Path<String>,
) -> impl IntoResponse {
    let mut bytes = site.pages.get(&name).cloned().unwrap_or_default();
    if let Some(nonce) = &site.nonce {
        let number = nonce.fetch_add(1, Ordering::Relaxed);
        bytes.extend(format!("<script nonce=\"{number}\"></script>").into_bytes());
    }
    ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], bytes)
}

fn document(name: &str, url: &str) -> DocumentSpec {
    DocumentSpec {
        slug: name.to_owned(),
        document_type: "Terms of Service".to_owned(),
        title: name.to_owned(),
        locale: None,
        jurisdiction: None,
        plan: None,
        poll_seconds: 3_600,
        polled: true,
        locations: vec![Location {
            url: url.to_owned(),
            rules: ExtractRules::default(),
            fetch: FetchMode::Plain,
        }],
        former_rules: Vec::new(),
        rules_since: None,
    }
}

/// The last page of each document, by `platform-document`.
fn pages(folder: &Path) -> Result<HashMap<String, Vec<u8>>> {
    let mut pages = HashMap::new();
    for platform in folders(folder)? {
        for document in folders(&platform)? {
            let mut files: Vec<_> = fs::read_dir(&document)?.flatten().map(|entry| entry.path()).collect();
            files.retain(|path| path.to_string_lossy().ends_with(".html.gz"));
            files.sort();
            let Some(last) = files.last() else { continue };
            let mut bytes = Vec::new();
            GzDecoder::new(fs::File::open(last)?).read_to_end(&mut bytes)?;
            let name = |path: &Path| path.file_name().map(|name| name.to_string_lossy().replace('.', "-"));
            if let (Some(platform), Some(document)) = (name(&platform), name(&document)) {
                pages.insert(format!("{platform}-{document}"), bytes);
            }
        }
    }
    Ok(pages)
}

fn folders(parent: &Path) -> Result<Vec<std::path::PathBuf>> {
    let entries = fs::read_dir(parent).with_context(|| format!("cannot read {}", parent.display()))?;
    Ok(entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.is_dir())
        .collect())
}
