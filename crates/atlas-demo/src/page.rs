//! Whole pages of the sample site, with everything around the words that real sites put there.
//!
//! Invariant: the policy's words stand inside `<main><article>` and nothing else does; that the platform is made up
//! is said in the header and the footer, outside the article; only the nonce makes two pages of one text differ.

use std::fmt::Write as _;

use crate::{
    DemoDocument, DemoPlatform,
    markdown::{escape, render},
    platforms,
};

/// The CSS selector of the policy's words on every page of the sample site.
pub const CONTENT_SELECTOR: &str = "main article";

/// What every page says about itself.
const SAMPLE: &str = "Sample site. This platform is fictitious and its documents are made up for demonstration.";

/// The page that a platform shows for a document whose words are `markdown`. `nonce` changes bytes, never words.
pub fn page_html(platform: &DemoPlatform, document: &DemoDocument, markdown: &str, nonce: u64) -> String {
    let text = render(markdown);
    let mut sections = String::new();
    for (id, words) in &text.sections {
        let _ = writeln!(sections, "<li><a href=\"#{id}\">{}</a></li>", escape(words));
    }
    let article = text.html;
    let slug = escape(&document.slug);
    let contents = format!("<nav class=\"toc\" aria-label=\"On this page\"><ul>\n{sections}</ul></nav>");
    let article =
        format!("<article id=\"{slug}\" class=\"legal-body\" data-render=\"{nonce:016x}\">\n{article}</article>");
    // Some sites put their contents list inside the main part, some beside it.
    let main = if platform.etag {
        format!("{contents}\n<main id=\"main\">\n{article}\n</main>")
    } else {
        format!("<main id=\"main\">\n{contents}\n{article}\n</main>")
    };
    shell(Some(platform), &document.title, &main, nonce)
}

/// The list of a platform's documents.
pub fn platform_html(platform: &DemoPlatform, nonce: u64) -> String {
    let main = format!(
        "<main id=\"main\"><h1>{}</h1><p>{}</p><ul>{}</ul></main>",
        escape(&platform.name),
        escape(&platform.description),
        document_links(platform)
    );
    shell(Some(platform), &platform.name, &main, nonce)
}

/// The list of all platforms.
pub fn home_html(nonce: u64) -> String {
    let mut items = String::new();
    for platform in platforms() {
        let _ = writeln!(
            items,
            "<li>{}<ul>{}</ul></li>",
            escape(&platform.name),
            document_links(platform)
        );
    }
    let main = format!("<main id=\"main\"><h1>Sample platforms</h1><p>{SAMPLE}</p><ul>{items}</ul></main>");
    shell(None, "Sample platforms", &main, nonce)
}

/// The page for an address that does not exist.
pub fn not_found_html() -> String {
    let main = "<main id=\"main\"><h1>Page not found</h1><p>There is nothing at this address. \
                <a href=\"/\">See all sample platforms</a>.</p></main>";
    shell(None, "Page not found", main, 0)
}

fn document_links(platform: &DemoPlatform) -> String {
    let link = |document: &DemoDocument| {
        let (platform, slug) = (escape(&platform.slug), escape(&document.slug));
        format!(
            "<li><a href=\"/{platform}/{slug}\">{}</a></li>",
            escape(&document.title)
        )
    };
    platform.documents.iter().map(link).collect()
}

/// The page around a main part: head, banner, header, footer and the scripts that every site carries.
fn shell(platform: Option<&DemoPlatform>, title: &str, main: &str, nonce: u64) -> String {
    let title = escape(title);
    let name = platform.map_or_else(|| "Sample platforms".to_owned(), |it| escape(&it.name));
    let operator = platform.map_or_else(String::new, |it| escape(&it.operator));
    let home = platform.map_or_else(|| "/".to_owned(), |it| format!("/{}", escape(&it.slug)));
    let legal = platform.map_or_else(String::new, document_links);
    // Three unlike-looking tokens from one number, as a template engine would print them.
    let script_nonce = format!("{nonce:016x}");
    let token = format!("{:016x}{:016x}", nonce.rotate_left(23), nonce ^ 0xA5A5_5A5A_C3C3_3C3C);
    let visit = nonce.rotate_right(11);
    format!(
        r##"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} | {name}</title>
<meta name="robots" content="noindex">
<meta name="csrf-token" content="{token}">
<style nonce="{script_nonce}">
:root{{color-scheme:light dark;font:17px/1.6 Georgia,serif}}
body{{margin:0 auto;max-width:62rem;padding:0 1.25rem}}
header,footer,.cookie-banner,.toc{{font:15px/1.5 system-ui,sans-serif}}
.sample-note{{border:2px solid;padding:.4rem .8rem;font-weight:600}}
article{{max-width:42rem}}table{{border-collapse:collapse}}td,th{{border:1px solid;padding:.3rem .6rem;text-align:left}}
.table-scroll{{overflow-x:auto}}
</style>
<script nonce="{script_nonce}">window.pageVisit={{id:"{visit:x}",view:"legal",sampled:true}};</script>
</head>
<body class="page-{visit:x}">
<a class="skip" href="#main">Skip to content</a>
<div class="cookie-banner" role="region" aria-label="Cookies" hidden>
<p>We use cookies to keep you signed in and to understand how our site is used. You can change your choice at any time.</p>
<button type="button">Accept all</button> <button type="button">Only necessary</button>
</div>
<header class="site-header">
<p class="sample-note">{SAMPLE}</p>
<a class="brand" href="{home}">{name}</a>
<nav aria-label="Main"><ul>
<li><a href="{home}">Product</a></li><li><a href="{home}">Pricing</a></li><li><a href="{home}">Help</a></li>
<li><a href="/account/login?r={visit:x}">Log in</a></li>
</ul></nav>
</header>
{main}
<footer class="site-footer">
<p>Was this page helpful? <button type="button">Yes</button> <button type="button">No</button></p>
<ul>{legal}<li><a href="{home}">About us</a></li><li><a href="{home}">Careers</a></li></ul>
<p>&copy; {operator}</p>
<p class="sample-note">{SAMPLE}</p>
</footer>
<img src="/pixel.gif?v={visit:x}" alt="" width="1" height="1" hidden>
<script nonce="{script_nonce}" type="application/json" id="boot">{{"token":"{token}","flags":["new-footer"]}}</script>
</body>
</html>
"##
    )
}
