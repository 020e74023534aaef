//! What becomes of a page: one small page for each trap.
//!
//! Invariant: the expected text is what a person who reads the page in a browser would copy.
#![cfg(test)]

use std::fmt::Write as _;

use atlas_domain::{BlockKind, CaptureOutcome, ExtractRules, PolicyText, RangeBound, Selector};
use atlas_text::{TextError, extract, extract_html, parse_markdown};

fn page(body: &str) -> PolicyText {
    extract_html(
        body.as_bytes(),
        Some("text/html; charset=utf-8"),
        None,
        &ExtractRules::default(),
    )
    .unwrap()
}

fn css(selector: &str) -> Selector {
    Selector::Css(selector.to_owned())
}

fn rules(select: Vec<Selector>, remove: Vec<Selector>) -> ExtractRules {
    ExtractRules { select, remove }
}

fn with(body: &str, rules: &ExtractRules) -> Result<PolicyText, TextError> {
    extract_html(body.as_bytes(), None, None, rules)
}

/// A page's blocks as the files in `tests/pages` write them: kind and level, headings above, what introduces it, words.
fn outline(text: &PolicyText) -> String {
    let mut out = String::new();
    for block in &text.blocks {
        let mut path = Vec::new();
        let mut above = block.heading;
        while let Some(heading) = above.and_then(|index| text.blocks.get(index)) {
            path.insert(0, text.block_text(heading).to_owned());
            above = heading.heading;
        }
        let stem = block.stem.and_then(|index| text.blocks.get(index));
        let stem = stem.map_or(String::new(), |stem| format!(" <- {}", text.block_text(stem)));
        let kind = serde_json::to_value(block.kind).unwrap();
        writeln!(
            out,
            "{} {} [{}]{stem}\n    {}",
            kind.as_str().unwrap(),
            block.level,
            path.join(" > "),
            text.block_text(block).replace('\n', "\n    ")
        )
        .unwrap();
    }
    out
}

#[test]
fn each_page_in_the_folder_reads_as_its_file_says() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pages");
    let write = std::env::var_os("ATLAS_WRITE_PAGES").is_some();
    let mut seen = 0;
    let mut wrong = Vec::new();
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    for path in paths
        .iter()
        .filter(|path| path.extension().is_some_and(|ending| ending == "html"))
    {
        seen += 1;
        let text = extract(
            &std::fs::read(path).unwrap(),
            Some("text/html"),
            None,
            &ExtractRules::default(),
        );
        let found = text.map_or_else(|error| format!("{}: {error}\n", error.outcome()), |text| outline(&text));
        let beside = path.with_extension("txt");
        if write {
            std::fs::write(&beside, &found).unwrap();
        }
        let expected = std::fs::read_to_string(&beside).unwrap_or_default();
        if found != expected {
            wrong.push(format!(
                "{}\n--- expected\n{expected}--- found\n{found}",
                path.display()
            ));
        }
    }
    assert!(seen > 20, "{seen}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn each_trap_of_real_pages_reads_as_a_browser_shows_it() {
    let table: &[(&str, &str, &str)] = &[
        (
            "paragraphs and entities",
            "<p>Fish &amp; chips&nbsp;now</p><p>co\u{ad}operate\u{200b}</p>",
            "Fish & chips now\n\ncooperate",
        ),
        (
            "headings",
            "<h1>Terms</h1><h3>Use <em>it</em></h3><p>x1</p>",
            "# Terms\n\n### Use it\n\nx1",
        ),
        (
            "inline marks vanish",
            "<p>We <b>will</b> <i>not</i> <u>ever</u> sell.</p>",
            "We will not ever sell.",
        ),
        (
            "nested lists",
            "<ul><li>one<ul><li>two</li></ul></li><li>three</li></ul>",
            "- one\n  - two\n- three",
        ),
        (
            "unclosed items",
            "<ul><li>one<li>two</ul><p>three",
            "- one\n- two\n\nthree",
        ),
        ("item without a list", "<div><li>one</li></div>", "- one"),
        (
            "data table",
            "<table><tr><th>Name</th><th>Place</th></tr><tr><td>Acme</td><td>EU</td></tr></table>",
            "| Name | Place |\n| Acme | EU |",
        ),
        (
            "list in a cell",
            "<table><tr><td>Acme</td><td><ul><li>logs</li><li>mail</li></ul></td></tr></table>",
            "| Acme | logs mail |",
        ),
        (
            "layout table",
            "<table><tr><td><h2>Legal</h2><p>We may.</p></td><td><p>Short: yes.</p></td></tr></table>",
            "## Legal\n\nWe may.\n\nShort: yes.",
        ),
        (
            "nested table",
            "<table><tr><td><table><tr><td>a1</td><td>b1</td></tr></table></td></tr></table>",
            "| a1 | b1 |",
        ),
        (
            "definition list",
            "<dl><dt>Log</dt><dd>A file.</dd></dl>",
            "Log\n\n- A file.",
        ),
        (
            "details",
            "<details><summary>More</summary><p>Hidden until opened.</p></details>",
            "More\n\nHidden until opened.",
        ),
        (
            "quote",
            "<blockquote><p>They said so.</p></blockquote>",
            "> They said so.",
        ),
        (
            "line breaks",
            "<p>Acme<br>12 High Street<br><br>Phone</p>",
            "Acme\n12 High Street\n\nPhone",
        ),
        (
            "hidden text",
            "<p>a1</p><p hidden>no</p><p style='display: none'>no</p><p>b1</p>",
            "a1\n\nb1",
        ),
        (
            "collapsed text",
            "<button aria-controls='x'>Open the panel that says what we do with your data here</button><div id='x' hidden><p>Kept.</p></div>",
            "Open the panel that says what we do with your data here\n\nKept.",
        ),
        (
            "scripts and frames",
            "<p>a1</p><script>var p='<p>no</p>'</script><noscript><p>no</p></noscript><style>p{}</style><svg><text>no</text></svg><p>b1</p>",
            "a1\n\nb1",
        ),
        ("self-closed frame", "<iframe src='x' /><p>still here</p>", "still here"),
        (
            "frame inside noscript",
            "<noscript><iframe src=x></noscript><p>still here</p>",
            "still here",
        ),
        (
            "bold line as heading",
            "<p><strong>Your rights</strong></p><p>You may ask.</p>",
            "## Your rights\n\nYou may ask.",
        ),
        (
            "bullets by hand",
            "<p>We keep:</p><p>• logs</p><p>• mail</p>",
            "We keep:\n\n- logs\n- mail",
        ),
        ("glued blocks", "<div>one</div><div>two</div>", "one\n\ntwo"),
        ("plain ruby and images", "<p>a<img alt='no'>b</p>", "ab"),
    ];
    for (name, html, expected) in table {
        assert_eq!(&page(html).text, expected, "{name}");
    }
}

#[test]
fn navigation_banners_and_footers_are_not_content_when_we_find_it_ourselves() {
    let html = "<html><body><header class='site-header'><a href=/>Home</a></header><nav><a href=/a>Pricing</a></nav>\
        <div id='onetrust-banner'><p>We use cookies. Accept all.</p></div>\
        <div class=wrap><h1>Terms</h1><p>You agree to these terms of use by using the service, every day of the year.</p></div>\
        <footer><p>© 2026 Acme</p></footer></body></html>";
    assert_eq!(
        page(html).text,
        "# Terms\n\nYou agree to these terms of use by using the service, every day of the year."
    );
}

#[test]
fn a_list_item_knows_what_introduces_it_and_a_row_its_header() {
    let text = page(
        "<h2>Limits</h2><p>We do not:</p><ul><li>sell data</li><li>share it</li></ul><table><tr><th>A</th><th>B</th></tr><tr><td>1</td><td>2</td></tr></table>",
    );
    let items: Vec<_> = text
        .blocks
        .iter()
        .filter(|block| block.kind == BlockKind::ListItem)
        .collect();
    assert_eq!(items.len(), 2);
    assert!(
        items
            .iter()
            .all(|item| text.block_text(&text.blocks[item.stem.unwrap()]) == "We do not:")
    );
    assert_eq!(text.heading_text(items[0]), "Limits");
    let row = text.blocks.last().unwrap();
    assert_eq!(text.block_text(&text.blocks[row.stem.unwrap()]), "A | B");
}

#[test]
fn links_are_kept_beside_the_words_and_made_absolute() {
    let url = url::Url::parse("https://acme.example/legal/terms").unwrap();
    let html = b"<p>See the <a href='../privacy?x=1'>privacy <b>policy</b></a>.</p>";
    let text = extract_html(html, None, Some(&url), &ExtractRules::default()).unwrap();
    assert_eq!(text.text, "See the privacy policy.");
    assert_eq!(text.slice(text.links[0].start, text.links[0].end), "privacy policy");
    assert_eq!(text.links[0].href, "https://acme.example/privacy?x=1");
}

#[test]
fn a_sources_selectors_and_ranges_are_obeyed() {
    let html = "<div class=a><h1>Top</h1><p>one</p><h2 id=x>Mid</h2><p>two</p><p class=z>three</p><h2 id=y>End</h2><p>four</p></div>";
    assert_eq!(
        with(html, &rules(vec![css("p")], vec![css(".z")])).unwrap().text,
        "one\n\ntwo\n\nfour"
    );
    let range = |start, end| Selector::Range { start, end };
    let before = |selector: &str| RangeBound::Before(selector.to_owned());
    let after = |selector: &str| RangeBound::After(selector.to_owned());
    assert_eq!(
        with(html, &rules(vec![range(before("#x"), before("#y"))], vec![]))
            .unwrap()
            .text,
        "## Mid\n\ntwo\n\nthree"
    );
    assert_eq!(
        with(html, &rules(vec![range(after("#x"), after("#y"))], vec![]))
            .unwrap()
            .text,
        "two\n\nthree\n\n## End"
    );
    let removed = rules(vec![css(".a")], vec![range(before("#x"), before("#y"))]);
    assert_eq!(with(html, &removed).unwrap().text, "# Top\n\none\n\n## End\n\nfour");
    let missing = with(html, &rules(vec![css(".nowhere")], vec![])).unwrap_err();
    assert_eq!(missing.outcome(), CaptureOutcome::Empty);
    assert!(missing.to_string().contains(".nowhere"));
    assert!(matches!(
        with(html, &rules(vec![css("p[")], vec![])),
        Err(TextError::InvalidSelector { .. })
    ));
}

#[test]
fn html_and_markdown_of_one_policy_come_out_alike() {
    let html = "<h1>Terms</h1><p>We <b>may</b> change <a href='/x'>these terms</a>.</p><ul><li>one</li><li>two</li></ul>\
        <table><thead><tr><th>A</th><th>B</th></tr></thead><tbody><tr><td>1</td><td>2</td></tr></tbody></table>";
    let markdown = "Terms\n=====\n\nWe **may** change [these terms](/x).\n\n*   one\n*   two\n\n| A | B |\n| --- | --- |\n| 1 | 2 |\n";
    assert_eq!(page(html).text, parse_markdown(markdown).text);
    assert_eq!(
        atlas_text::normal_sha256(&page(html)),
        atlas_text::normal_sha256(&parse_markdown(markdown))
    );
}
