//! What a fresh tab is told before it is sent anywhere.

use serde_json::{Value, json};

use super::link::Link;

/// Runs in every frame before the page's own scripts.
const PRELUDE: &str = include_str!("prelude.js");
/// Other scripts of ours run in a world of their own, where the page can't change what they use.
const WORLD: &str = "conductatlas";

/// One tab.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    link: Link,
    id: String,
    frame: String,
}

impl Session {
    /// Opens a tab; `session` and `frame` come back through the events.
    pub(crate) async fn open(link: Link) -> Result<Self, String> {
        let made = link
            .ask(None, "Target.createTarget", &json!({ "url": "about:blank" }))
            .await?;
        let frame = text(&made, "targetId")?;
        let attached = json!({ "targetId": frame, "flatten": true });
        let attached = link.ask(None, "Target.attachToTarget", &attached).await?;
        let id = text(&attached, "sessionId")?;
        Ok(Self { link, id, frame })
    }

    pub(crate) fn id(&self) -> &str {
        &self.id
    }
    /// The main frame, which has the target's name.
    pub(crate) fn frame(&self) -> &str {
        &self.frame
    }
    pub(crate) fn link(&self) -> &Link {
        &self.link
    }

    /// Gives a command to the tab.
    pub(crate) async fn ask(&self, method: &str, params: &Value) -> Result<Value, String> {
        self.link.ask(Some(&self.id), method, params).await
    }

    /// Pins what a page may learn of us, and takes what it has no need of.
    pub(crate) async fn prepare(&self, user_agent: &str, language: &str) -> Result<(), String> {
        let downloads = json!({ "behavior": "deny", "eventsEnabled": true });
        self.link.ask(None, "Browser.setDownloadBehavior", &downloads).await?;
        // Any further target (a window, a service worker) stops at its start, and nobody wakes it.
        let attach = json!({ "autoAttach": true, "waitForDebuggerOnStart": true, "flatten": true });
        self.link.ask(None, "Target.setAutoAttach", &attach).await?;
        let everything = json!({ "patterns": [{ "urlPattern": "*", "requestStage": "Request" }] });
        let agent = json!({ "userAgent": user_agent, "acceptLanguage": accept_language(language) });
        let screen = json!({ "width": 1280, "height": 1024, "deviceScaleFactor": 1, "mobile": false });
        let none = json!({});
        for (method, params) in [
            ("Page.enable", &none),
            ("Inspector.enable", &none),
            ("Network.enable", &none),
            ("Network.setBypassServiceWorker", &json!({ "bypass": true })),
            ("Fetch.enable", &everything),
            ("Emulation.setUserAgentOverride", &agent),
            ("Emulation.setTimezoneOverride", &json!({ "timezoneId": "UTC" })),
            ("Emulation.setLocaleOverride", &json!({ "locale": language })),
            ("Emulation.setDeviceMetricsOverride", &screen),
            ("Page.addScriptToEvaluateOnNewDocument", &json!({ "source": PRELUDE })),
        ] {
            self.ask(method, params).await?;
        }
        Ok(())
    }

    /// Calls a function of ours on the page.
    pub(crate) async fn call(&self, function: &str, argument: &Value) -> Result<Value, String> {
        let world = json!({ "frameId": self.frame, "worldName": WORLD });
        let world = self.ask("Page.createIsolatedWorld", &world).await?;
        let call = json!({
            "expression": format!("({})({argument})", without_comment(function)),
            "contextId": world.get("executionContextId"),
            "returnByValue": true,
        });
        let mut answer = self.ask("Runtime.evaluate", &call).await?;
        if answer.get("exceptionDetails").is_some() {
            return Err("a script of ours failed on the page".to_owned());
        }
        Ok(answer.pointer_mut("/result/value").map(Value::take).unwrap_or_default())
    }
}

fn text(answer: &Value, field: &str) -> Result<String, String> {
    let text = answer.get(field).and_then(Value::as_str);
    text.map(str::to_owned)
        .ok_or_else(|| format!("the browser named no {field}"))
}

/// The function without the comment lines above it.
fn without_comment(function: &str) -> &str {
    function
        .find("\n(")
        .map_or(function, |at| function.get(at..).unwrap_or_default())
        .trim()
}

/// The language first, then its language without the region.
pub(crate) fn accept_language(language: &str) -> String {
    match language.split_once('-') {
        Some((base, _)) => format!("{language},{base}"),
        None => language.to_owned(),
    }
}
