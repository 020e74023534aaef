//! Asks a language model for a summary of a version's quotations, and keeps what our checks leave of the answer.
//!
//! Invariant: the model is asked at most once for each run, without a connection held, after the tokens were set aside;
//! what it answers is data until a person confirms it. Without a configured model nothing is asked.

use std::time::Duration;

use atlas_db::draft::{DraftEnd, draft_end, draft_reserve, draft_waiting};
use atlas_db::finding::{Finding, findings_of_version};
use atlas_domain::jobs::DraftSummary;
use atlas_domain::{DraftId, Severity};
use atlas_fetch::post_json;
use atlas_jobs::Outcome;
use atlas_reading::drafting::{Passage, ground, prompt_sha256, request};
use secrecy::SecretString;
use serde::Deserialize;

use crate::{Error, Services};

/// The most bytes of an answer.
const LONGEST_ANSWER: usize = 256 * 1024;
/// Bytes that are counted as one token: fewer than a token of English text has, so that the estimate is no lower.
const BYTES_A_TOKEN: usize = 3;

/// Which model is asked, and how much of it.
#[derive(Debug, Clone)]
pub struct Drafting {
    /// Where its API begins, without a slash at the end: `/chat/completions` is added.
    pub base_url: String,
    /// Its name there.
    pub model: String,
    /// The key, if the service wants one.
    pub key: Option<SecretString>,
    /// Tokens a day (UTC), questions and answers.
    pub daily_tokens: u32,
    /// Tokens for one document, question and answer.
    pub document_tokens: u32,
    /// How long one answer may take.
    pub timeout: Duration,
}

/// The envelope of an answer, as far as it is looked at.
#[derive(Deserialize)]
struct Completion {
    choices: Vec<Choice>,
    #[serde(default)]
    usage: Usage,
}

#[derive(Deserialize)]
struct Choice {
    message: Message,
}

#[derive(Deserialize)]
struct Message {
    content: String,
}

#[derive(Default, Deserialize)]
struct Usage {
    #[serde(default)]
    total_tokens: u32,
}

/// How asking ended.
struct End {
    state: &'static str,
    fault: String,
    raw: Option<String>,
    checked: Option<serde_json::Value>,
    cost: i64,
}

impl End {
    fn without_answer(state: &'static str, fault: impl Into<String>) -> Self {
        Self {
            state,
            fault: fault.into(),
            raw: None,
            checked: None,
            cost: 0,
        }
    }
}

/// Drafts one summary.
pub(crate) async fn run(services: &Services, job: DraftSummary) -> Result<Outcome, Error> {
    let id = job.draft_id;
    let (waiting, findings) = {
        let mut connection = services.pool.acquire().await?;
        let Some(waiting) = draft_waiting(&mut connection, id).await? else {
            return Ok(Outcome::Done);
        };
        let findings = findings_of_version(&mut connection, waiting.version_id).await?;
        (waiting, findings)
    };
    let Some(drafting) = &services.settings.drafting else {
        let end = End::without_answer("failed", "No model is configured (LLM_BASE_URL).");
        return finish(services, id, None, None, end).await;
    };
    let answer_tokens = (drafting.document_tokens / 3).clamp(1, 4_000);
    let mut passages = passages(&findings);
    let body = loop {
        if passages.is_empty() {
            let end = End::without_answer(
                "failed",
                "The version has no quotation that fits into the cap of one document.",
            );
            return finish(services, id, Some(drafting), None, end).await;
        }
        let body = request(
            &drafting.model,
            &waiting.platform_name,
            &waiting.document_title,
            &passages,
            answer_tokens,
        );
        if estimate(&body, answer_tokens) <= i64::from(drafting.document_tokens) {
            break body;
        }
        passages.pop();
    };
    let prompt = prompt_sha256(&body);
    let reserved = estimate(&body, answer_tokens);
    let budget = i64::from(drafting.daily_tokens);
    let mut transaction = services.pool.begin().await?;
    let set_aside = draft_reserve(&mut transaction, id, reserved, budget, services.now()).await?;
    transaction.commit().await?;
    if !set_aside.fits {
        let fault = format!(
            "The budget of the day is {budget} tokens; {} are spent, and this draft may cost {reserved}.",
            set_aside.spent
        );
        return finish(
            services,
            id,
            Some(drafting),
            Some(prompt),
            End::without_answer("refused", fault),
        )
        .await;
    }
    let url = format!("{}/chat/completions", drafting.base_url);
    let answered = post_json(&url, drafting.key.as_ref(), &body, drafting.timeout, LONGEST_ANSWER).await;
    let names = [waiting.platform_name.as_str(), waiting.document_title.as_str()];
    let mut end = match answered {
        Err(fault) => End::without_answer("failed", format!("No answer of use: {fault}.")),
        Ok(raw) => judge(&raw, &passages, &names),
    };
    // A service that says it cost less than what was sent and received is not believed.
    end.cost = (end.cost - reserved).max(0);
    finish(services, id, Some(drafting), Some(prompt), end).await
}

/// The quotations that are sent, the gravest first.
fn passages(findings: &[Finding]) -> Vec<Passage> {
    let mut quoted: Vec<&Finding> = findings
        .iter()
        .filter(|finding| finding.position == 0 && finding.excerpt.is_some())
        .collect();
    quoted.sort_by_key(|finding| match finding.severity {
        Severity::High => 0,
        Severity::Medium => 1,
        Severity::Low => 2,
    });
    let passages = quoted.into_iter().zip(1..).filter_map(|(finding, number)| {
        let excerpt = finding.excerpt.as_ref()?;
        Some(Passage {
            id: format!("s{number}"),
            text: excerpt.text.clone(),
            start: excerpt.start,
            provision_type: finding.provision_type.clone(),
            stance: finding.stance,
        })
    });
    passages.collect()
}

/// No fewer tokens than a question and its answer cost.
fn estimate(body: &serde_json::Value, answer_tokens: u32) -> i64 {
    let asked = body.to_string().len().div_ceil(BYTES_A_TOKEN);
    i64::try_from(asked)
        .unwrap_or(i64::MAX)
        .saturating_add(i64::from(answer_tokens))
}

/// What the checks leave of an answer.
fn judge(raw: &str, passages: &[Passage], names: &[&str]) -> End {
    // The database keeps no NUL.
    let raw = raw.replace('\0', "\u{fffd}");
    let completion: Option<Completion> = serde_json::from_str(&raw).ok();
    let cost = completion
        .as_ref()
        .map_or(0, |completion| i64::from(completion.usage.total_tokens));
    let content = completion.and_then(|completion| completion.choices.into_iter().next());
    let Some(content) = content.map(|choice| choice.message.content) else {
        return End {
            cost,
            raw: Some(raw),
            ..End::without_answer("failed", "The answer is no completion.")
        };
    };
    match ground(&content, passages, names) {
        Ok(draft) => match serde_json::to_value(draft) {
            Ok(checked) => End {
                state: "grounded",
                fault: String::new(),
                raw: Some(raw),
                checked: Some(checked),
                cost,
            },
            Err(fault) => End::without_answer("failed", fault.to_string()),
        },
        Err(fault) => End {
            cost,
            raw: Some(raw),
            ..End::without_answer("refused", format!("{fault}."))
        },
    }
}

async fn finish(
    services: &Services,
    id: DraftId,
    drafting: Option<&Drafting>,
    prompt: Option<atlas_domain::Sha256>,
    end: End,
) -> Result<Outcome, Error> {
    let mut connection = services.pool.acquire().await?;
    let fault: String = end.fault.replace('\0', "").chars().take(2_000).collect();
    let written = DraftEnd {
        state: end.state,
        model: drafting.map(|drafting| drafting.model.as_str()),
        prompt,
        raw_answer: end.raw.as_deref(),
        checked: end.checked.as_ref(),
        fault: &fault,
        more_tokens: end.cost,
    };
    draft_end(&mut connection, id, written, services.now()).await?;
    Ok(Outcome::Done)
}
