//! A small PDF, written by hand: one font, one text object for each line.
//!
//! Invariant: valid without a repair; plain ASCII, so that a test can hold it as a string.

use std::fmt::Write as _;

/// A PDF whose pages have these lines. `# ` and `## ` are set larger, an empty line is a gap; each page has a running
/// header and says its number.
pub(crate) fn pdf(pages: &[&str]) -> String {
    let kids: Vec<String> = (0..pages.len()).map(|at| format!("{} 0 R", 4 + 2 * at)).collect();
    let mut objects = vec![
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        format!("<< /Type /Pages /Kids [{}] /Count {} >>", kids.join(" "), pages.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>".to_owned(),
    ];
    for (at, lines) in pages.iter().enumerate() {
        let content = content(lines, at + 1, pages.len());
        objects.push(format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >> /Contents {} 0 R >>",
            5 + 2 * at
        ));
        objects.push(format!("<< /Length {} >>\nstream\n{content}endstream", content.len()));
    }
    let mut file = "%PDF-1.4\n".to_owned();
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (at, object) in objects.iter().enumerate() {
        let _ = writeln!(table, "{:010} 00000 n ", file.len());
        let _ = write!(file, "{} 0 obj\n{object}\nendobj\n", at + 1);
    }
    let start = file.len();
    let size = objects.len() + 1;
    let _ = write!(
        file,
        "{table}trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n"
    );
    file
}

fn content(lines: &str, number: usize, of: usize) -> String {
    let mut content = String::new();
    let mut put = |x: i32, y: i32, size: i32, words: &str| {
        let words = words.replace('\\', "\\\\").replace('(', "\\(").replace(')', "\\)");
        let _ = writeln!(content, "BT /F1 {size} Tf {x} {y} Td ({words}) Tj ET");
    };
    put(72, 800, 9, "Halden AI Ltd - Terms of Service");
    put(280, 40, 9, &format!("Page {number} of {of}"));
    let mut y = 750;
    for line in lines.lines() {
        let (size, words) = match (line.strip_prefix("# "), line.strip_prefix("## ")) {
            (Some(words), _) => (18, words),
            (_, Some(words)) => (13, words),
            _ => (11, line),
        };
        if !words.is_empty() {
            put(72, y, size, words);
        }
        y -= 14;
    }
    content
}

/// The pages of a policy: a word and a sentence that go over the end of a line and of a page.
pub(crate) const PAGES: [&str; 2] = [
    "# Terms of Service\n\nThese terms are an agreement between you and Halden AI Ltd about the use of\nthe service, of \
     our websites and of all the text, pictures and other docu-\nments that you find there.\n\n## 1. Your content\n\nWe \
     may use your content to train our models unless you opt out of that in\nyour account settings. We keep:\n- logs of \
     your visits\n- mail addresses\n\nYou may stop using the service at any time, and we delete your content\nwithin 30 \
     days after the account was closed, unless the law asks us to",
    "keep it for longer. Nothing in these terms limits a right of yours that the law\ngives you.\n\n## 2. Law\n\nThese \
     terms are governed by the law of Norway, and disputes go to its courts.",
];
