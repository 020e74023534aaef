//! Any declaration, with any history beside it, is read or refused with one line.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let (declaration, history) = match text.split_once('\u{1}') {
        Some((declaration, history)) => (declaration, Some(history)),
        None => (&*text, None),
    };
    if let Err(line) = atlas_worker::declarations::parse("Name of a service", declaration, history) {
        assert!(!line.is_empty());
    }
    if let Ok(value) = serde_json::from_str(declaration) {
        let _ = atlas_worker::declarations::selectors(&value);
    }
    let slug = atlas_worker::declarations::slug(&text);
    assert!(
        slug.bytes()
            .all(|byte| byte == b'-' || byte.is_ascii_lowercase() || byte.is_ascii_digit())
    );
});
