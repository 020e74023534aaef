//! The list of settings: the one place that knows their names.

/// One setting.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// Name in a configuration file.
    pub key: &'static str,
    /// Name in the environment; a secret is also read from the file that `<variable>_FILE` names.
    pub variable: &'static str,
    /// Never printed.
    pub secret: bool,
}

const fn open(key: &'static str, variable: &'static str) -> Setting {
    Setting {
        key,
        variable,
        secret: false,
    }
}
const fn secret(key: &'static str, variable: &'static str) -> Setting {
    Setting {
        key,
        variable,
        secret: true,
    }
}

/// Every setting. `.env.example` and `config/default.toml` list the same ones; a test holds them together.
pub const SETTINGS: &[Setting] = &[
    open("mode", "CONDUCTATLAS_MODE"),
    open("listen", "CONDUCTATLAS_LISTEN"),
    open("data", "CONDUCTATLAS_DATA"),
    open("base_url", "BASE_URL"),
    secret("database_url", "DATABASE_URL"),
    open("database_connections", "CONDUCTATLAS_DATABASE_CONNECTIONS"),
    open("postgres_binaries", "CONDUCTATLAS_PG_BIN"),
    secret("smtp_url", "SMTP_URL"),
    open("smtp_relay_class", "SMTP_RELAY_CLASS"),
    open("mail_from_alerts", "MAIL_FROM_ALERTS"),
    open("mail_from_account", "MAIL_FROM_ACCOUNT"),
    open("mail_footer", "MAIL_FOOTER"),
    open("corrections_address", "CORRECTIONS_ADDRESS"),
    secret("secret_key", "SECRET_KEY"),
    open("user_agent", "CONDUCTATLAS_USER_AGENT"),
    open("poll", "CONDUCTATLAS_POLL"),
    open("host_pause_seconds", "CONDUCTATLAS_HOST_PAUSE_SECONDS"),
    open("private_sources", "CONDUCTATLAS_PRIVATE_SOURCES"),
    open("browser", "CONDUCTATLAS_BROWSER"),
    open("worker_concurrency", "CONDUCTATLAS_WORKER_CONCURRENCY"),
    open("poll_concurrency", "CONDUCTATLAS_POLL_CONCURRENCY"),
    open("confirm_after_seconds", "CONDUCTATLAS_CONFIRM_AFTER_SECONDS"),
    open(
        "confirm_samples_after_seconds",
        "CONDUCTATLAS_CONFIRM_SAMPLES_AFTER_SECONDS",
    ),
    open("variant_returns", "CONDUCTATLAS_VARIANT_RETURNS"),
    open("variant_window_days", "CONDUCTATLAS_VARIANT_WINDOW_DAYS"),
    open("variant_settle_hours", "CONDUCTATLAS_VARIANT_SETTLE_HOURS"),
    open("review_publish", "CONDUCTATLAS_REVIEW_PUBLISH"),
    open("review_auto_from", "CONDUCTATLAS_REVIEW_AUTO_FROM"),
    open("review_queue_from", "CONDUCTATLAS_REVIEW_QUEUE_FROM"),
    open("llm_base_url", "LLM_BASE_URL"),
    open("llm_model", "LLM_MODEL"),
    secret("llm_api_key", "LLM_API_KEY"),
    open("llm_daily_tokens", "LLM_DAILY_TOKENS"),
    open("llm_document_tokens", "LLM_DOCUMENT_TOKENS"),
    open("llm_timeout_seconds", "LLM_TIMEOUT_SECONDS"),
    open("page_cache_seconds", "CONDUCTATLAS_PAGE_CACHE_SECONDS"),
    open("client_address_header", "CONDUCTATLAS_CLIENT_ADDRESS_HEADER"),
    open("log", "CONDUCTATLAS_LOG"),
    open("log_format", "CONDUCTATLAS_LOG_FORMAT"),
];

/// Names with our prefix that are not settings: where the file is, what `./run` builds, what `./test` leaves out, where
/// tests stop a worker.
pub(super) const OTHER_VARIABLES: &[&str] = &[
    "CONDUCTATLAS_CONFIG",
    "CONDUCTATLAS_PROFILE",
    "CONDUCTATLAS_SKIP_BROWSER",
    "CONDUCTATLAS_FAILPOINT",
];
