//! Broken platform files are refused with the file and the key.

use super::*;

fn faults(text: &str) -> String {
    let category = Category {
        slug: "ai-assistants".to_owned(),
        title: "AI assistants".to_owned(),
        description: String::new(),
        poll_hours: 6,
    };
    let kind = DocumentType {
        slug: "privacy-policy".to_owned(),
        title: "Privacy Policy".to_owned(),
        about: String::new(),
    };
    match parse_platform("platforms/sample.toml", text, &[category], &[kind]) {
        Ok(platform) => format!("no fault: {platform:?}"),
        Err(faults) => faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
    }
}

const HEAD: &str = "name = \"Sample\"\noperator = \"Sample\"\ncategory = \"ai-assistants\"\n\
    website = \"https://sample.example\"\ndescription = \"A sample.\"\n";

fn with_document(document: &str) -> String {
    format!("{HEAD}\n[[document]]\n{document}\n")
}

#[track_caller]
fn check(text: &str, expected: &str) {
    assert_eq!(faults(text), expected);
}

#[test]
fn a_missing_key_is_named_with_its_file() {
    check(
        &HEAD.replace("operator = \"Sample\"\n", ""),
        "catalog/platforms/sample.toml, line 1, `operator`: missing field `operator`",
    );
}

#[test]
fn a_misspelt_key_is_named_with_its_line() {
    let found = faults(&with_document(
        "type = \"Privacy Policy\"\ntitle = \"P\"\nurI = \"https://sample.example/p\"",
    ));
    assert!(
        found.starts_with("catalog/platforms/sample.toml, line 10, `urI`: unknown field `urI`"),
        "{found}"
    );
}

#[test]
fn a_value_of_the_wrong_kind_is_named_by_its_key() {
    check(
        &HEAD.replace("name = \"Sample\"", "name = 5"),
        "catalog/platforms/sample.toml, line 1, `name`: invalid type: integer `5`, expected a string",
    );
}

#[test]
fn text_that_is_not_toml_is_named_by_its_line() {
    let found = faults(&format!("{HEAD}\nnot toml at all\n"));
    assert!(
        found.starts_with("catalog/platforms/sample.toml, line 7, `not toml at all`: "),
        "{found}"
    );
}

#[test]
fn every_broken_rule_of_a_file_is_listed() {
    let text = HEAD.replace("ai-assistants", "robots").replace("https://", "http://")
        + "\n[[document]]\ntype = \"Rules\"\ntitle = \"\"\nurl = \"/rules\"\npoll_hours = 0\n";
    check(
        &text,
        "catalog/platforms/sample.toml, `website`: `http://sample.example` is not an absolute https address\n\
         catalog/platforms/sample.toml, `category`: `robots` is not in catalog/categories.toml\n\
         catalog/platforms/sample.toml, `document[0].type`: `Rules` is not in catalog/document-types.toml\n\
         catalog/platforms/sample.toml, `document[0].title`: is empty\n\
         catalog/platforms/sample.toml, `document[0].poll_hours`: must be 1 or more\n\
         catalog/platforms/sample.toml, `document[0].location[0].url`: `/rules` is not an absolute https address",
    );
}

#[test]
fn a_document_needs_an_address_and_one_way_to_give_it() {
    let text = with_document(
        "type = \"Privacy Policy\"\ntitle = \"P\"\n[[document]]\ntype = \"Privacy Policy\"\ntitle = \"Q\"\n\
         url = \"https://sample.example/q\"\n[[document.location]]\nurl = \"https://sample.example/q2\"",
    );
    check(
        &text,
        "catalog/platforms/sample.toml, `document[0].url`: a document has at least one address\n\
         catalog/platforms/sample.toml, `document[1].url`: give either `url` or `[[document.location]]`, not both\n\
         catalog/platforms/sample.toml, `document[1].slug`: `privacy-policy` stands twice on this platform",
    );
}

#[test]
fn locations_take_over_what_the_document_says_unless_they_say_otherwise() {
    let category = [Category {
        slug: "ai-assistants".to_owned(),
        title: "AI assistants".to_owned(),
        description: String::new(),
        poll_hours: 6,
    }];
    let kind = [DocumentType {
        slug: "privacy-policy".to_owned(),
        title: "Privacy Policy".to_owned(),
        about: String::new(),
    }];
    let text = with_document(
        "type = \"Privacy Policy\"\ntitle = \"P\"\nselect = [\"main\"]\nremove = [\"nav\"]\nfetch = \"browser\"\n\
         [[document.location]]\nurl = \"https://sample.example/1\"\n\
         [[document.location]]\nurl = \"https://sample.example/2\"\nfetch = \"plain\"\nremove = []\n\
         select = [{ start = { before = \"h1\" }, end = { after = \"footer\" } }]",
    );
    let platform = parse_platform("platforms/sample.toml", &text, &category, &kind).unwrap();
    let document = &platform.documents[0];
    assert_eq!((document.slug.as_str(), document.poll_hours), ("privacy-policy", 6));
    assert_eq!(
        document.locations,
        vec![
            Location {
                url: "https://sample.example/1".to_owned(),
                rules: ExtractRules {
                    select: vec![Selector::Css("main".to_owned())],
                    remove: vec![Selector::Css("nav".to_owned())],
                },
                fetch: FetchMode::Browser,
            },
            Location {
                url: "https://sample.example/2".to_owned(),
                rules: ExtractRules {
                    select: vec![Selector::Range {
                        start: atlas_domain::RangeBound::Before("h1".to_owned()),
                        end: atlas_domain::RangeBound::After("footer".to_owned()),
                    }],
                    remove: Vec::new(),
                },
                fetch: FetchMode::Plain,
            },
        ]
    );
}

#[test]
fn a_slug_of_another_platform_is_not_taken_over() {
    let platform = |slug: &str, former: &[&str]| CataloguePlatform {
        slug: slug.to_owned(),
        name: slug.to_owned(),
        operator: slug.to_owned(),
        category: "ai-assistants".to_owned(),
        website: "https://sample.example".to_owned(),
        description: String::new(),
        former_slugs: former.iter().map(|&word| word.to_owned()).collect(),
        documents: Vec::new(),
    };
    let faults = reused_slugs(&[platform("one", &["two"]), platform("two", &["old"])]);
    assert_eq!(
        faults.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["catalog/platforms/one.toml, `former_slugs[0]`: `two` belongs to another platform"]
    );
}
