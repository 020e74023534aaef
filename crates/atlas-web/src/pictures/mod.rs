//! The pictures that stand for a page where it is shared: drawn from words, kept by their content.
//!
//! Invariant: a picture says nothing but what its page says. Drawing is bounded: at most `AT_ONCE` at a time, each on
//! a thread of its own, of a fixed size, with texts cut to a length before they are set; finished pictures share a
//! fixed room in memory.

mod lettering;

use std::sync::Arc;

use bytes::Bytes;
use moka::future::Cache;
use sha2::{Digest as _, Sha256};
use skrifa::FontRef;
use tiny_skia::{Color, Path, PathBuilder, Pixmap, Rect};
use tokio::sync::Semaphore;

use lettering::{Lettering, fill};

/// Width in pixels, as OpenGraph asks for.
pub const WIDTH: u16 = 1200;
/// Height in pixels.
pub const HEIGHT: u16 = 630;
/// Pictures that are drawn at the same time; one takes 3 MB while it is drawn.
const AT_ONCE: usize = 2;
/// Room for finished pictures, in bytes.
const ROOM: u64 = 16 * 1024 * 1024;
/// Longest text that is set, in characters: more never fits.
const LONGEST: usize = 400;

const SERIF: &[u8] = include_bytes!("../../fonts/source-serif-4-latin-600.ttf");
const SANS: &[u8] = include_bytes!("../../fonts/public-sans-latin-500.ttf");

/// What a picture says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Picture {
    /// What kind of record it is, with its public id: stands at the top right.
    pub kind: String,
    /// The title, set large.
    pub title: String,
    /// The line under the title: platform and document.
    pub about: String,
    /// Short facts, each in a frame: stance, severity.
    pub facts: Vec<String>,
    /// The day of the content, in words.
    pub day: String,
    /// The record is fictitious, and the picture says so.
    pub is_sample: bool,
}

/// Why a picture could not be drawn.
#[derive(Debug, Clone, thiserror::Error)]
pub enum PictureError {
    /// A font of ours could not be read.
    #[error("a font for pictures cannot be read: {0}")]
    Font(String),
    /// The canvas could not be made.
    #[error("no canvas of {WIDTH} by {HEIGHT} pixels")]
    Canvas,
    /// The bytes could not be written.
    #[error("the picture cannot be written as PNG: {0}")]
    Png(String),
    /// The thread that drew it was lost.
    #[error("the drawing thread ended: {0}")]
    Thread(String),
}

/// Draws pictures and keeps them by their content.
#[derive(Clone)]
pub struct Pictures {
    kept: Cache<[u8; 32], Bytes>,
    turns: Arc<Semaphore>,
}

impl std::fmt::Debug for Pictures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Pictures").field(&self.kept.entry_count()).finish()
    }
}

impl Default for Pictures {
    fn default() -> Self {
        Self {
            kept: Cache::builder()
                .max_capacity(ROOM)
                .weigher(|_, bytes: &Bytes| u32::try_from(bytes.len() + 128).unwrap_or(u32::MAX))
                .build(),
            turns: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }
}

impl Pictures {
    /// The picture as PNG, drawn once however many ask for it.
    pub async fn png(&self, picture: Picture) -> Result<Bytes, Arc<PictureError>> {
        let turns = Arc::clone(&self.turns);
        self.kept
            .try_get_with(picture.key(), async move {
                let turn = turns
                    .acquire_owned()
                    .await
                    .map_err(|error| PictureError::Thread(error.to_string()))?;
                let drawn = tokio::task::spawn_blocking(move || {
                    // The turn ends with the drawing, not with whoever waited for it.
                    let _turn = turn;
                    picture.draw()
                });
                let bytes = drawn.await.map_err(|error| PictureError::Thread(error.to_string()))??;
                Ok(Bytes::from(bytes))
            })
            .await
    }
}

impl Picture {
    /// Names the content.
    fn key(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        for text in [&self.kind, &self.title, &self.about, &self.day]
            .into_iter()
            .chain(&self.facts)
        {
            hash.update(text.as_bytes());
            hash.update([0]);
        }
        hash.update([u8::from(self.is_sample)]);
        hash.finalize().into()
    }

    /// Draws it as PNG.
    pub fn draw(&self) -> Result<Vec<u8>, PictureError> {
        let serif = FontRef::new(SERIF).map_err(|error| PictureError::Font(error.to_string()))?;
        let sans = FontRef::new(SANS).map_err(|error| PictureError::Font(error.to_string()))?;
        let (width, height) = (f32::from(WIDTH), f32::from(HEIGHT));
        let mut canvas = Pixmap::new(u32::from(WIDTH), u32::from(HEIGHT)).ok_or(PictureError::Canvas)?;
        canvas.fill(rgb(0xfc_fcfb));
        let (ink, ink_2, line, mark) = (rgb(0x14_202b), rgb(0x47_545e), rgb(0xae_b8bc), rgb(0xdc_b400));
        let (left, right) = (76.0, width - 72.0);
        let room = right - left;

        rect(&mut canvas, 0.0, 0.0, 14.0, height, mark);
        logo(&mut canvas, left, 52.0, ink, mark);
        Lettering::new(&sans, 34.0).draw(&mut canvas, "ConductAtlas", left + 58.0, 94.0, ink);
        let small = Lettering::new(&sans, 25.0);
        let kind = small.clipped(&limited(&self.kind), room - 330.0);
        small.draw(&mut canvas, &kind, right - small.width(&kind), 93.0, ink_2);
        rect(&mut canvas, left, 136.0, room, 2.0, line);

        // The largest size at which the whole title has room, else the smallest with an ellipsis.
        let title = limited(&self.title);
        let mut y = 176.0;
        for (size, most) in [(72.0, 2), (60.0, 3), (50.0, 4)] {
            let letters = Lettering::new(&serif, size);
            let (lines, whole) = letters.wrapped(&title, room, most);
            if whole || most == 4 {
                for words in &lines {
                    y += size * 1.16;
                    letters.draw(&mut canvas, words, left, y - size * 0.24, ink);
                }
                break;
            }
        }
        let about = Lettering::new(&sans, 32.0);
        let words = about.clipped(&limited(&self.about), room);
        about.draw(&mut canvas, &words, left, y + 46.0, ink_2);

        let base = 566.0;
        let fact = Lettering::new(&sans, 28.0);
        let day = limited(&self.day);
        let day_width = fact.width(&day);
        let mut x = left;
        let sample = self.is_sample.then_some("Sample text");
        for words in sample.into_iter().chain(self.facts.iter().map(String::as_str)) {
            let space = right - day_width - 60.0 - x;
            if space < 120.0 {
                break;
            }
            let words = fact.clipped(&limited(words), space);
            let frame = fact.width(&words) + 44.0;
            rect(&mut canvas, x, base - 42.0, frame, 60.0, line);
            rect(&mut canvas, x + 2.0, base - 40.0, frame - 4.0, 56.0, rgb(0xff_ffff));
            fact.draw(&mut canvas, &words, x + 22.0, base - 2.0, ink);
            x += frame + 18.0;
        }
        fact.draw(&mut canvas, &day, right - day_width, base - 2.0, ink_2);
        canvas
            .encode_png()
            .map_err(|error| PictureError::Png(error.to_string()))
    }
}

/// A text without what can never be shown.
fn limited(text: &str) -> String {
    text.chars().take(LONGEST).collect()
}

fn rgb(hex: u32) -> Color {
    let [_, red, green, blue] = hex.to_be_bytes();
    Color::from_rgba8(red, green, blue, 255)
}

fn rect(canvas: &mut Pixmap, x: f32, y: f32, width: f32, height: f32, color: Color) {
    if let Some(rect) = Rect::from_xywh(x, y, width, height) {
        fill(canvas, &PathBuilder::from_rect(rect), color);
    }
}

/// The mark of the site: a sheet with one line struck in yellow.
fn logo(canvas: &mut Pixmap, x: f32, y: f32, ink: Color, mark: Color) {
    let sheet = |inset: f32| -> Option<Path> {
        let mut path = PathBuilder::new();
        path.move_to(x + inset, y + inset);
        path.line_to(x + 30.0 - inset * 0.6, y + inset);
        path.line_to(x + 40.0 - inset, y + 10.0 + inset * 0.6);
        path.line_to(x + 40.0 - inset, y + 50.0 - inset);
        path.line_to(x + inset, y + 50.0 - inset);
        path.close();
        path.finish()
    };
    for (inset, color) in [(0.0, ink), (4.0, rgb(0xff_ffff))] {
        if let Some(path) = sheet(inset) {
            fill(canvas, &path, color);
        }
    }
    rect(canvas, x + 8.0, y + 13.0, 14.0, 3.0, ink);
    rect(canvas, x + 8.0, y + 22.0, 24.0, 9.0, mark);
    rect(canvas, x + 8.0, y + 37.0, 22.0, 3.0, ink);
}

#[cfg(test)]
mod tests {
    use tiny_skia::Pixmap;

    use super::{HEIGHT, Picture, WIDTH};

    fn picture(title: &str) -> Picture {
        Picture {
            kind: "Provision CA-P-000001".to_owned(),
            title: title.to_owned(),
            about: "Halden AI, Privacy policy".to_owned(),
            facts: vec!["Permits, opt-out".to_owned(), "High severity".to_owned()],
            day: "19 November 2026".to_owned(),
            is_sample: true,
        }
    }

    #[test]
    fn any_text_in_any_script_is_drawn_within_the_frame() {
        let plain = picture("").draw().unwrap();
        for title in [
            "Model training use".to_owned(),
            "a".repeat(100_000),
            "many words that go on and on ".repeat(500),
            "プライバシーポリシー سياسة الخصوصية 🙂 \u{0}\u{7}\u{202e}\u{200b}".repeat(9),
            "\n\t ".to_owned(),
        ] {
            let picture = Picture {
                about: title.clone(),
                day: title.chars().take(20).collect(),
                ..picture(&title)
            };
            let drawn = Pixmap::decode_png(&picture.draw().unwrap()).unwrap();
            assert_eq!((drawn.width(), drawn.height()), (u32::from(WIDTH), u32::from(HEIGHT)));
            // Nothing runs over the right margin.
            for y in 0..u32::from(HEIGHT) {
                for x in u32::from(WIDTH) - 60..u32::from(WIDTH) {
                    let pixel = drawn.pixel(x, y).unwrap();
                    assert_eq!(
                        (pixel.red(), pixel.green(), pixel.blue()),
                        (0xfc, 0xfc, 0xfb),
                        "{x} {y}"
                    );
                }
            }
        }
        assert_ne!(plain, picture("Model training use").draw().unwrap());
    }

    #[test]
    fn a_title_that_does_not_fit_ends_in_an_ellipsis_on_its_last_line() {
        let font = skrifa::FontRef::new(super::SERIF).unwrap();
        let letters = super::Lettering::new(&font, 50.0);
        let (lines, whole) = letters.wrapped(&"word ".repeat(200), 600.0, 3);
        assert!(!whole && lines.len() == 3 && lines[2].ends_with('…'), "{lines:?}");
        assert!(lines.iter().all(|line| letters.width(line) <= 600.0));
        assert_eq!(
            letters.wrapped("two words", 600.0, 3),
            (vec!["two words".to_owned()], true)
        );
    }

    #[tokio::test]
    async fn equal_content_is_drawn_once_and_other_content_anew() {
        let pictures = super::Pictures::default();
        let first = pictures.png(picture("One")).await.unwrap();
        let again = pictures.png(picture("One")).await.unwrap();
        assert_eq!(first.as_ptr(), again.as_ptr(), "handed out from memory");
        let other = pictures
            .png(Picture {
                is_sample: false,
                ..picture("One")
            })
            .await
            .unwrap();
        assert_ne!(first, other);
    }
}
