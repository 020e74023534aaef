//! A published change as a list shows it.

use atlas_db::view::change_list::ChangeCard;
use atlas_domain::{Direction, Severity, Stance, urls};
use time::OffsetDateTime;

use super::{
    diff_view::{Piece, PieceKind, hunk_pieces},
    words,
};

/// One entry of a list of changes.
#[derive(Debug, Clone)]
pub(super) struct ChangeItem {
    /// Detection, for machines.
    pub iso: String,
    /// Detection, for people.
    pub day: String,
    /// What is at stake.
    pub severity: Severity,
    /// Whom it favours.
    pub direction: Direction,
    /// Kind of change and document.
    pub about: String,
    /// Whether the platform is fictitious.
    pub is_sample: bool,
    /// The change record.
    pub href: String,
    /// Platform and what happened.
    pub headline: String,
    /// The passage that stands for the change, shortened.
    pub pieces: Vec<Piece>,
    /// A sentence for a change without a passage; may be empty.
    pub note: String,
    /// The stance before and after, if one moved.
    pub transition: Option<(Stance, Stance)>,
}

/// Longest passage in a list, in characters.
const LONGEST_PASSAGE: usize = 420;
/// Equal words kept on either side of a difference, in characters.
const CONTEXT: usize = 90;

impl ChangeItem {
    /// The entry for a change; days of the present year are written without it.
    pub(super) fn new(card: &ChangeCard, now: OffsetDateTime) -> Self {
        let label = card
            .labels
            .first()
            .map_or_else(|| card.materiality.label().to_owned(), |label| label.label());
        Self {
            iso: words::iso(card.detected_at),
            day: words::short_day(card.detected_at, now),
            severity: card.severity,
            direction: card.direction,
            about: format!("{label}, {}", card.document_title),
            is_sample: card.is_sample,
            href: urls::change(
                card.detected_at.date(),
                &card.platform_slug,
                &card.document_slug,
                &card.public_id,
            ),
            headline: headline(&card.platform_name, &card.headline),
            pieces: card
                .passage
                .as_ref()
                .map(hunk_pieces)
                .map(shortened)
                .unwrap_or_default(),
            note: card.summary.first().map(|line| line.text.clone()).unwrap_or_default(),
            transition: card
                .transition
                .map(|(old, new)| (old.unwrap_or(Stance::Silent), new.unwrap_or(Stance::Silent))),
        }
    }
}

/// The headline with the platform's name, which is not said twice.
pub(super) fn headline(platform: &str, headline: &str) -> String {
    if headline.starts_with(platform) {
        headline.to_owned()
    } else {
        format!("{platform}: {headline}")
    }
}

/// The pieces with long unchanged stretches and an overlong end left out, each marked by an ellipsis.
pub(super) fn shortened(pieces: Vec<Piece>) -> Vec<Piece> {
    let last = pieces.len().saturating_sub(1);
    let mut room = LONGEST_PASSAGE;
    let mut kept = Vec::with_capacity(pieces.len());
    for (index, piece) in pieces.into_iter().enumerate() {
        if room == 0 {
            break;
        }
        let mut text = piece.text;
        let letters = text.chars().count();
        if piece.kind == PieceKind::Equal && letters > 2 * CONTEXT {
            let head: String = text.chars().take(CONTEXT).collect();
            let tail: String = text.chars().skip(letters - CONTEXT).collect();
            text = match index {
                0 => format!("… {}", tail.trim_start()),
                index if index == last => format!("{} …", head.trim_end()),
                _ => format!("{} … {}", head.trim_end(), tail.trim_start()),
            };
        }
        let letters = text.chars().count();
        if letters > room {
            text = words::clipped(&text, room.max(20));
            room = 0;
        } else {
            room -= letters;
        }
        kept.push(Piece { kind: piece.kind, text });
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::{headline, shortened};
    use crate::pages::diff_view::{Piece, PieceKind};

    #[test]
    fn the_platform_is_named_once() {
        assert_eq!(
            headline("Halden AI", "Halden AI moves training"),
            "Halden AI moves training"
        );
        assert_eq!(headline("Halden AI", "retention cut"), "Halden AI: retention cut");
    }

    #[test]
    fn a_long_passage_keeps_its_differences() {
        let pieces = shortened(vec![
            Piece {
                kind: PieceKind::Equal,
                text: "a ".repeat(400),
            },
            Piece {
                kind: PieceKind::Removed,
                text: "ninety".to_owned(),
            },
            Piece {
                kind: PieceKind::Added,
                text: "thirty".to_owned(),
            },
            Piece {
                kind: PieceKind::Equal,
                text: "b ".repeat(400),
            },
        ]);
        let all: String = pieces.iter().map(|piece| piece.text.as_str()).collect();
        assert!(all.contains("ninetythirty") && all.chars().count() < 460, "{all}");
        assert!(all.starts_with('…') && all.ends_with('…'));
    }
}
