//! Words as filled outlines: measured, wrapped, clipped and drawn with a font of ours.
//!
//! Invariant: any text can be set. A character that the font does not hold is drawn as the font's own box, control
//! characters take no room, and no more lines are set than were asked for, each within its width.

use skrifa::{
    FontRef, GlyphId, MetadataProvider as _,
    charmap::Charmap,
    instance::{LocationRef, Size},
    metrics::GlyphMetrics,
    outline::{DrawSettings, OutlineGlyphCollection, OutlinePen},
};
use tiny_skia::{Color, FillRule, Paint, Path, PathBuilder, Pixmap, Transform};

/// A font at one size, in pixels.
pub(super) struct Lettering<'a> {
    letters: Charmap<'a>,
    widths: GlyphMetrics<'a>,
    outlines: OutlineGlyphCollection<'a>,
    size: f32,
}

impl<'a> Lettering<'a> {
    /// The font at `size` pixels to the em.
    pub(super) fn new(font: &FontRef<'a>, size: f32) -> Self {
        Self {
            letters: font.charmap(),
            widths: font.glyph_metrics(Size::new(size), LocationRef::default()),
            outlines: font.outline_glyphs(),
            size,
        }
    }

    fn glyph(&self, letter: char) -> Option<GlyphId> {
        let ignored =
            letter.is_control() || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{feff}');
        (!ignored).then(|| self.letters.map(letter).unwrap_or(GlyphId::NOTDEF))
    }

    fn advance(&self, letter: char) -> f32 {
        self.glyph(letter)
            .and_then(|glyph| self.widths.advance_width(glyph))
            .unwrap_or_default()
    }

    /// The width of a line, in pixels.
    pub(super) fn width(&self, line: &str) -> f32 {
        line.chars().map(|letter| self.advance(letter)).sum()
    }

    /// The words in at most `most` lines of `width` pixels, and whether all of them found room; else the last line
    /// ends in an ellipsis. Scripts without spaces, and words too long for a line, break between characters.
    pub(super) fn wrapped(&self, words: &str, width: f32, most: usize) -> (Vec<String>, bool) {
        let mut lines: Vec<String> = Vec::new();
        let mut line = String::new();
        for word in words.split_whitespace() {
            let joined = if line.is_empty() {
                word.to_owned()
            } else {
                format!("{line} {word}")
            };
            if self.width(&joined) <= width {
                line = joined;
                continue;
            }
            if !line.is_empty() {
                lines.push(std::mem::take(&mut line));
            }
            if lines.len() > most {
                break;
            }
            for letter in word.chars() {
                if !line.is_empty() && self.width(&line) + self.advance(letter) > width {
                    lines.push(std::mem::take(&mut line));
                    if lines.len() > most {
                        break;
                    }
                }
                line.push(letter);
            }
        }
        if !line.is_empty() {
            lines.push(line);
        }
        let whole = lines.len() <= most;
        if !whole {
            lines.truncate(most);
            if let Some(last) = lines.last_mut() {
                *last = self.clipped(&format!("{last}…"), width);
            }
        }
        (lines, whole)
    }

    /// The line, cut with an ellipsis where it is wider than `width` pixels.
    pub(super) fn clipped(&self, line: &str, width: f32) -> String {
        if self.width(line) <= width {
            return line.to_owned();
        }
        let room = width - self.advance('…');
        let mut used = 0.0;
        let mut kept: String = line
            .chars()
            .take_while(|letter| {
                used += self.advance(*letter);
                used <= room
            })
            .collect();
        kept.truncate(kept.trim_end_matches([' ', '…', ',', ';', ':']).len());
        kept.push('…');
        kept
    }

    /// Draws a line with its left end at `x` and its base line at `y`; answers where it ended.
    pub(super) fn draw(&self, onto: &mut Pixmap, line: &str, x: f32, y: f32, color: Color) -> f32 {
        let mut pen = Pen {
            path: PathBuilder::new(),
            x,
            y,
        };
        for letter in line.chars() {
            let Some(glyph) = self.glyph(letter) else { continue };
            if let Some(outline) = self.outlines.get(glyph) {
                let settings = DrawSettings::unhinted(Size::new(self.size), LocationRef::default());
                // A glyph that cannot be drawn leaves its room empty.
                let _ = outline.draw(settings, &mut pen);
            }
            pen.x += self.widths.advance_width(glyph).unwrap_or_default();
        }
        let end = pen.x;
        if let Some(path) = pen.path.finish() {
            fill(onto, &path, color);
        }
        end
    }
}

/// Fills an outline.
pub(super) fn fill(onto: &mut Pixmap, path: &Path, color: Color) {
    let mut paint = Paint::default();
    paint.set_color(color);
    paint.anti_alias = true;
    onto.fill_path(path, &paint, FillRule::Winding, Transform::identity(), None);
}

/// Takes outlines, whose vertical axis points up, to their place on the picture, whose axis points down.
struct Pen {
    path: PathBuilder,
    x: f32,
    y: f32,
}

impl OutlinePen for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        self.path.move_to(self.x + x, self.y - y);
    }
    fn line_to(&mut self, x: f32, y: f32) {
        self.path.line_to(self.x + x, self.y - y);
    }
    fn quad_to(&mut self, cx: f32, cy: f32, x: f32, y: f32) {
        self.path.quad_to(self.x + cx, self.y - cy, self.x + x, self.y - y);
    }
    fn curve_to(&mut self, ax: f32, ay: f32, bx: f32, by: f32, x: f32, y: f32) {
        self.path.cubic_to(
            self.x + ax,
            self.y - ay,
            self.x + bx,
            self.y - by,
            self.x + x,
            self.y - y,
        );
    }
    fn close(&mut self) {
        self.path.close();
    }
}
