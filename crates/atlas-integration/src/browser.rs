//! A browser without scripts: follows links and redirects, fills forms in, keeps its cookies.
//!
//! Invariant: it sends what a page's own forms hold, so a field or a button that is missing on a page fails the test.

use std::collections::BTreeMap;

use dom_query::{Document, Selection};
use reqwest::{Client, Method, RequestBuilder, Response, header, redirect::Policy};
use url::Url;

/// A browser with a cookie jar.
#[derive(Debug, Clone)]
pub struct Browser {
    base: Url,
    client: Client,
    cookies: BTreeMap<String, String>,
}

/// A page that came back, after redirects.
#[derive(Debug, Clone)]
pub struct Page {
    /// Path and query under which it was found.
    pub path: String,
    /// The status.
    pub status: u16,
    /// The headers, names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The HTML.
    pub body: String,
}

/// A form of a page, with what it would send.
#[derive(Debug, Clone)]
pub struct Form {
    action: String,
    method: Method,
    fields: Vec<(String, String)>,
}

impl Browser {
    /// A browser at a site, which is an origin without a path.
    pub fn at(base_url: &str) -> Self {
        // The client has no TLS stack of its own; a second call finds it installed, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self {
            base: Url::parse(base_url).unwrap(),
            client: Client::builder().redirect(Policy::none()).build().unwrap(),
            cookies: BTreeMap::new(),
        }
    }

    /// Opens a path.
    pub async fn get(&mut self, path: &str) -> Page {
        let request = self.client.get(self.base.join(path).unwrap());
        self.follow(request).await
    }

    /// Sends a form of a page.
    pub async fn submit(&mut self, form: Form) -> Page {
        let target = self.base.join(&form.action).unwrap();
        if form.method == Method::GET {
            let mut target = target;
            target.query_pairs_mut().clear().extend_pairs(&form.fields);
            return self.get(target.as_str()).await;
        }
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&form.fields)
            .finish();
        let request = self
            .client
            .post(target)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ORIGIN, self.base.origin().ascii_serialization())
            .body(body);
        self.follow(request).await
    }

    /// Sends a request as a program does that knows no page: no cookie, no origin, nothing followed.
    pub async fn bare(&self, method: Method, path: &str, body: &'static str) -> (u16, String) {
        let request = self
            .client
            .request(method, self.base.join(path).unwrap())
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(body);
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    }

    async fn follow(&mut self, request: RequestBuilder) -> Page {
        let mut response = self.send(request).await;
        for _ in 0..5 {
            let Some(location) = response.headers().get(header::LOCATION).cloned() else {
                break;
            };
            let target = response.url().join(location.to_str().unwrap()).unwrap();
            assert_eq!(target.origin(), self.base.origin(), "a page leads away from the site");
            let next = self.client.get(target);
            response = self.send(next).await;
        }
        let url = response.url().clone();
        let text = |value: &header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        Page {
            path: url
                .query()
                .map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path())),
            status: response.status().as_u16(),
            headers: response
                .headers()
                .iter()
                .map(|(name, value)| (name.to_string(), text(value)))
                .collect(),
            body: response.text().await.unwrap(),
        }
    }

    async fn send(&mut self, request: RequestBuilder) -> Response {
        let jar: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let request = request
            .header("sec-fetch-site", "same-origin")
            .header(header::COOKIE, jar.join("; "));
        let response = request.send().await.expect("the server does not answer");
        for cookie in response.headers().get_all(header::SET_COOKIE) {
            let first = cookie.to_str().unwrap().split(';').next().unwrap_or_default();
            let (name, value) = first.split_once('=').unwrap();
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        response
    }
}

impl Page {
    /// Asserts the status and hands the page on.
    #[expect(
        clippy::return_self_not_must_use,
        reason = "asserting the status can be all that is wanted"
    )]
    pub fn expect_status(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}:\n{}", self.path, self.words());
        self
    }

    /// The words of the page's main part (of the whole page if it has none) as they are seen, runs of spaces as one.
    pub fn words(&self) -> String {
        self.words_without(".sr")
    }

    /// The words of a page that shows a difference as they read after it: without what was removed.
    pub fn words_after(&self) -> String {
        self.words_without(".sr, del")
    }

    fn words_without(&self, selector: &str) -> String {
        // What stands in blocks of its own does not run together.
        let spaced = [
            "</p>", "</li>", "</dt>", "</dd>", "</th>", "</td>", "</h1>", "</h2>", "</h3>", "</div>", "<br>",
        ]
        .iter()
        .fold(self.body.clone(), |html, tag| html.replace(tag, &format!("{tag} ")));
        let document = Document::from(spaced.as_str());
        document.select(selector).remove();
        let main = document.select("main");
        let text = if main.is_empty() { document.text() } else { main.text() };
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// The words of the first element that a selector matches; empty if there is none.
    pub fn text_of(&self, selector: &str) -> String {
        let text = Document::from(self.body.as_str()).select_single(selector).text();
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// Asserts that the main part holds these words.
    pub fn assert_says(&self, words: &str) {
        assert!(
            self.words().contains(words),
            "`{words}` is not on {}:\n{}",
            self.path,
            self.words()
        );
    }

    /// The targets of all links of the main part that start with a prefix, in order.
    pub fn links(&self, prefix: &str) -> Vec<String> {
        let document = Document::from(self.body.as_str());
        let links = document.select("main a[href]");
        links
            .iter()
            .filter_map(|link| link.attr("href"))
            .map(|href| href.to_string())
            .filter(|href| href.starts_with(prefix))
            .collect()
    }

    /// The first form that sends to an action; its first button is the one pressed.
    pub fn form(&self, action: &str) -> Form {
        self.form_with(action, |_| true)
    }

    /// The form to an action that holds a hidden field of a name and value.
    pub fn form_for(&self, action: &str, name: &str, value: &str) -> Form {
        self.form_with(action, |form| {
            form.fields.iter().any(|(key, held)| key == name && held == value)
        })
    }

    fn form_with(&self, action: &str, wanted: impl Fn(&Form) -> bool) -> Form {
        let document = Document::from(self.body.as_str());
        let forms = document.select("form");
        let all: Vec<Form> = forms.iter().map(|form| Form::read(&form)).collect();
        let found = all.iter().find(|form| form.action == action && wanted(form));
        let actions: Vec<&str> = all.iter().map(|form| form.action.as_str()).collect();
        found
            .cloned()
            .unwrap_or_else(|| panic!("{} has no such form to {action}, only {actions:?}", self.path))
    }
}

impl Form {
    fn read(form: &Selection<'_>) -> Self {
        let attribute = |part: &Selection<'_>, name: &str| part.attr(name).map(|value| value.to_string());
        let mut fields = Vec::new();
        for input in &form.select("input[name], select[name]") {
            let kind = attribute(&input, "type").unwrap_or_default();
            let is_box = matches!(kind.as_str(), "checkbox" | "radio");
            if is_box && !input.has_attr("checked") {
                continue;
            }
            let chosen = input.select("option[selected]");
            let value = attribute(&input, "value")
                .or_else(|| (!chosen.is_empty()).then(|| chosen.text().to_string()))
                .unwrap_or_else(|| if is_box { "on".to_owned() } else { String::new() });
            fields.extend(attribute(&input, "name").map(|name| (name, value)));
        }
        let button = form.select_single("button:not([disabled])");
        if let (Some(name), Some(value)) = (attribute(&button, "name"), attribute(&button, "value")) {
            fields.push((name, value));
        }
        let method = attribute(form, "method").unwrap_or_default();
        Self {
            action: attribute(form, "action").unwrap_or_default(),
            method: if method.eq_ignore_ascii_case("post") {
                Method::POST
            } else {
                Method::GET
            },
            fields,
        }
    }

    /// Fills a field in, which the page need not show as filled (a box that is not ticked).
    #[must_use]
    pub fn fill(mut self, name: &str, value: &str) -> Self {
        self.fields.retain(|(key, _)| key != name);
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The value of a field as it stands.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.fields
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }
}
