//! A public page asks the database a few questions, however much it shows.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    instrument::WithSubscriber as _,
    span,
};

use super::{record::Record, reviewed::review_all};
use crate::harness::Instance;

/// Counts the statements that the driver reports.
#[derive(Clone, Default)]
struct Statements(Arc<AtomicUsize>);

/// The start of a statement.
#[derive(Default)]
struct Summary(String);

impl Visit for Summary {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        if field.name() == "summary" {
            self.0 = format!("{value:?}").replace('"', "");
        }
    }
}

impl Subscriber for Statements {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "sqlx::query"
    }
    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }
    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn event(&self, event: &Event<'_>) {
        let mut summary = Summary::default();
        event.record(&mut summary);
        // A connection that the pool opens just now takes its role first; that is no question of the page.
        if !summary.0.to_ascii_uppercase().starts_with("SET ") {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

#[tokio::test]
async fn no_public_page_asks_more_than_its_share() {
    let instance = Instance::with(|settings| settings.page_cache_ttl = std::time::Duration::ZERO).await;
    Record::standard(&instance).await;
    review_all(&instance, time::macros::datetime!(2026-11-20 09:00 UTC)).await;
    let change = "/change/2026-11-19-halden-ai-privacy-policy-ca-c-000001";
    let mut counted = 0;
    for (path, most) in [
        ("/", 5),
        ("/platforms", 2),
        ("/platform/halden-ai", 5),
        ("/platform/halden-ai/privacy-policy", 5),
        ("/platform/halden-ai/privacy-policy/versions/2", 5),
        ("/platform/halden-ai/privacy-policy/diff/1..2", 3),
        ("/platform/halden-ai/privacy-policy/model-training-use", 6),
        (change, 3),
        ("/changes", 2),
        ("/provisions", 2),
        ("/provisions/model-training-use", 4),
        ("/provisions/model-training-use/feed.atom", 2),
        ("/regulations", 1),
        ("/regulations/gdpr", 2),
        ("/regulations/gdpr/art-22", 2),
        ("/regulations/gdpr/feed.atom", 2),
        ("/compare", 2),
        ("/compare/user-data-for-model-training", 2),
        ("/coverage", 3),
        ("/corrections", 1),
        ("/corrections/feed.atom", 1),
        ("/methodology", 0),
        ("/methodology/rubric/1", 0),
        ("/search?q=a+few+words", 6),
        ("/compare?type=arbitration&platforms=acme,haldn-ai", 3),
        ("/category/ai-assistants", 4),
        ("/category/ai-assistants/feed.atom", 2),
        ("/registry?platform=acme&q=train", 3),
        ("/feed.atom", 2),
        ("/platform/halden-ai/feed.atom", 3),
        ("/sitemap.xml", 2),
        ("/sitemaps/provisions-1.xml", 1),
        ("/sitemaps/pages-1.xml", 1),
        ("/llms.txt", 0),
        ("/og/default.png", 0),
        ("/og/platform/halden-ai.png", 1),
        ("/og/change/CA-C-000001.png", 1),
        ("/cite/CA-C-000001.bib", 1),
        ("/verify", 0),
        ("/verify?quote=submit+to+train", 1),
        ("/robots.txt", 0),
    ] {
        let statements = Statements::default();
        let mut browser = instance.browser();
        let answer = browser.get(path).with_subscriber(statements.clone()).await;
        assert!(answer.status.is_success(), "{path}");
        let asked = statements.0.load(Ordering::Relaxed);
        assert!(asked <= most, "{path} asked {asked} questions, {most} are its share");
        counted += asked;
    }
    assert!(counted > 20, "statements are not counted");
}
