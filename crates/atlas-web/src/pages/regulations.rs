//! The laws that provision types refer to: the list, a law with its articles, and one article.
//!
//! Invariant: every sentence on a law is our own and carries the day on which a curator compared it with the law, or
//! "to be confirmed"; a pinpoint says where a question touches a law, never that the law applies.

use askama::Template;
use atlas_db::view::{
    position::{self, StanceCount},
    regulation::{self, Touching},
};
use atlas_domain::{Article, ProvisionType, Regulation, RegulatoryReference, Stance, urls};
use axum::{
    extract::{Path, State},
    response::Response,
};
use serde_json::json;

use super::{meta::Meta, words};
use crate::{CachePolicy, Chrome, Error, WebState, render};

/// Passages that are listed on one page.
const LISTED: i64 = 40;

#[derive(Template)]
#[template(path = "pages/regulations.html")]
struct Overview {
    chrome: Chrome,
    meta: Meta,
    places: Vec<Place>,
    laws: usize,
    entered: String,
}

/// The laws of one jurisdiction.
struct Place {
    name: &'static str,
    laws: Vec<LawRow>,
}

struct LawRow {
    law: &'static Regulation,
    href: String,
    types: usize,
    /// Platforms with a passage on the question that most of them answer.
    platforms: i64,
}

pub(super) async fn overview(State(state): State<WebState>, chrome: Chrome) -> Result<Response, Error> {
    let mut conn = state.pool.acquire().await?;
    let counts = position::stance_counts(&mut conn, None).await?;
    drop(conn);
    let taxonomy = atlas_catalog::taxonomy();
    let mut places: Vec<Place> = Vec::new();
    for law in &taxonomy.regulations {
        let types = types_of(law);
        let row = LawRow {
            law,
            href: urls::regulation(&law.slug),
            types: types.len(),
            platforms: types
                .iter()
                .map(|kind| speaking(&counts, &kind.slug).0)
                .max()
                .unwrap_or_default(),
        };
        match places.iter_mut().find(|place| place.name == law.jurisdiction) {
            Some(place) => place.laws.push(row),
            None => places.push(Place {
                name: &law.jurisdiction,
                laws: vec![row],
            }),
        }
    }
    let page = Overview {
        meta: Meta::new(
            &chrome.base_url,
            urls::REGULATIONS,
            "Laws that policies touch",
            "The laws that the questions asked here refer to, in plain words, with their articles and the provisions that touch them.",
        )
        .here("Regulations"),
        places,
        laws: taxonomy.regulations.len(),
        entered: entered(),
        chrome,
    };
    render::html(&page, CachePolicy::Public)
}

#[derive(Template)]
#[template(path = "pages/regulation.html")]
struct Page {
    chrome: Chrome,
    meta: Meta,
    law: &'static Regulation,
    article: Option<&'static Article>,
    articles: Vec<ArticleRow>,
    questions: Vec<Question>,
    touching: Touching,
    /// The day on which a sentence without a check was written down.
    entered: String,
    feed: String,
}

/// Title of a provision type.
fn title(slug: &str) -> &'static str {
    atlas_catalog::taxonomy()
        .provision_type(slug)
        .map_or("", |kind| kind.title.as_str())
}

/// An article of a law with the questions that name it.
struct ArticleRow {
    article: &'static Article,
    href: String,
    questions: usize,
}

/// A question that a law touches.
struct Question {
    kind: &'static ProvisionType,
    href: String,
    references: Vec<&'static RegulatoryReference>,
    /// Platforms with a passage.
    speaking: i64,
    /// Platforms in whose documents an answer was looked for.
    asked: i64,
}

pub(super) async fn page(state: State<WebState>, chrome: Chrome, Path(slug): Path<String>) -> Result<Response, Error> {
    show(state, chrome, &slug, None).await
}

pub(super) async fn article(
    state: State<WebState>,
    chrome: Chrome,
    Path((slug, article)): Path<(String, String)>,
) -> Result<Response, Error> {
    show(state, chrome, &slug, Some(&article)).await
}

async fn show(
    State(state): State<WebState>,
    chrome: Chrome,
    slug: &str,
    article: Option<&str>,
) -> Result<Response, Error> {
    let law = atlas_catalog::taxonomy().regulation(slug).ok_or(Error::NotFound)?;
    let article = match article {
        Some(wanted) => Some(law.article(wanted).ok_or(Error::NotFound)?),
        None => None,
    };
    let mut conn = state.pool.acquire().await?;
    let counts = position::stance_counts(&mut conn, None).await?;
    let questions: Vec<Question> = types_of(law)
        .into_iter()
        .filter_map(|kind| question(law, kind, article, &counts))
        .collect();
    let slugs: Vec<String> = questions.iter().map(|question| question.kind.slug.clone()).collect();
    let touching = regulation::touching_provisions(&mut conn, &slugs, LISTED).await?;
    drop(conn);
    let page = Page {
        meta: meta(&chrome, law, article, &questions, &touching),
        articles: law.articles.iter().map(|article| article_row(law, article)).collect(),
        feed: feed_path(slug),
        entered: entered(),
        law,
        article,
        questions,
        touching,
        chrome,
    };
    render::html(&page, CachePolicy::Public)
}

/// The path of a law's feed.
pub(super) fn feed_path(slug: &str) -> String {
    format!("{}/feed.atom", urls::regulation(slug))
}

/// The types that refer to a law, in their order.
pub(super) fn types_of(law: &Regulation) -> Vec<&'static ProvisionType> {
    let refers = |kind: &&ProvisionType| kind.references.iter().any(|reference| reference.regulation == law.slug);
    atlas_catalog::taxonomy().types.iter().filter(refers).collect()
}

/// The pages of laws and articles that name a question which is answered.
pub(super) fn paths(is_answered: impl Fn(&str) -> bool) -> Vec<String> {
    let named = |law: &Regulation, article: Option<&Article>| {
        types_of(law)
            .into_iter()
            .any(|kind| is_answered(&kind.slug) && question(law, kind, article, &[]).is_some())
    };
    let mut paths = Vec::new();
    for law in &atlas_catalog::taxonomy().regulations {
        if named(law, None) {
            paths.push(urls::regulation(&law.slug));
        }
        let articles = law.articles.iter().filter(|article| named(law, Some(article)));
        paths.extend(articles.map(|article| urls::regulation_article(&law.slug, &article.slug())));
    }
    paths
}

/// Platforms with a passage on a type, and platforms that were asked.
fn speaking(counts: &[StanceCount], slug: &str) -> (i64, i64) {
    counts
        .iter()
        .filter(|count| count.provision_type == slug)
        .fold((0, 0), |(speaking, asked), count| {
            let says = if count.stance == Stance::Silent {
                0
            } else {
                count.platforms
            };
            (speaking + says, asked + count.platforms)
        })
}

fn question(
    law: &Regulation,
    kind: &'static ProvisionType,
    article: Option<&Article>,
    counts: &[StanceCount],
) -> Option<Question> {
    let references: Vec<_> = kind
        .references
        .iter()
        .filter(|reference| reference.regulation == law.slug)
        .filter(|reference| {
            article.is_none_or(|wanted| {
                law.touched(&reference.pinpoint)
                    .iter()
                    .any(|article| article.cite == wanted.cite)
            })
        })
        .collect();
    let (speaking, asked) = speaking(counts, &kind.slug);
    (!references.is_empty()).then(|| Question {
        href: urls::provision_type(&kind.slug),
        kind,
        references,
        speaking,
        asked,
    })
}

fn article_row(law: &Regulation, article: &'static Article) -> ArticleRow {
    ArticleRow {
        href: urls::regulation_article(&law.slug, &article.slug()),
        questions: types_of(law)
            .into_iter()
            .filter(|kind| question(law, kind, Some(article), &[]).is_some())
            .count(),
        article,
    }
}

fn entered() -> String {
    words::day_of(&atlas_catalog::taxonomy().laws_entered_at)
}

fn meta(
    chrome: &Chrome,
    law: &Regulation,
    article: Option<&Article>,
    questions: &[Question],
    touching: &Touching,
) -> Meta {
    let asked = words::counted(questions.len(), "question", "questions");
    let (path, title, description, name) = match article {
        None => (
            urls::regulation(&law.slug),
            format!("{} and what policies say", law.name),
            format!("{} {asked} asked of policies refer to it.", law.summary),
            law.title.clone(),
        ),
        Some(article) => (
            urls::regulation_article(&law.slug, &article.slug()),
            format!("{} {}: {}", law.name, article.cite, article.title.to_lowercase()),
            format!("{} {asked} asked of policies refer to {}.", article.says, article.cite),
            format!("{}, {}", law.name, article.cite),
        ),
    };
    let items: Vec<_> = questions
        .iter()
        .enumerate()
        .map(|(place, question)| {
            json!({"@type": "ListItem", "position": place + 1, "name": question.kind.title,
                "url": chrome.absolute(&question.href)})
        })
        .collect();
    let meta = Meta::new(&chrome.base_url, &path, &title, &description).under("Regulations", urls::REGULATIONS);
    let meta = match article {
        None => meta.here(&law.name),
        Some(article) => meta.under(&law.name, urls::regulation(&law.slug)).here(&article.cite),
    };
    meta.unlisted_if(touching.provisions.iter().all(|row| row.is_sample))
        .feed(feed_path(&law.slug), format!("Changes that touch {}", law.name))
        .states(
            &json!({"@context": "https://schema.org", "@type": "Legislation", "name": name,
            "jurisdiction": law.jurisdiction, "url": chrome.absolute(&path)}),
        )
        .states(&json!({"@context": "https://schema.org", "@type": "ItemList", "itemListElement": items}))
}
