//! How long content stays. Invariant: account inactivity, cookies, payment cards and rights that "are retained" are
//! not retention of content.

use atlas_domain::Stance;

use crate::cues::Cue;
use crate::rules::{Rule, TypeRules};
use crate::stance::{Judgement, Position};

pub(crate) static RETENTION_DELETION: TypeRules = TypeRules {
    slug: "retention-deletion",
    stems: &["retain", "retention", "delet", "store", "storing", "keep", "kept", "eras", "purg", "remain", "log", "held", "hold"],
    veto: r"\bcookies?\b|\b(?:credit|debit|payment) card|\bretain(?:s|ed|ing)? (?:all |the |your |any |full |sole |exclusive )*(?:right|title|ownership|counsel|control|copyright|intellectual)|\breserve|\bhold harmless\b|\byou (?:must|agree|shall|will|are required|undertake|are responsible)\b{..60}\b(?:retain|keep|store|delet|maintain)|\bkeep{..30}(?:confidential|secure|safe|up[- ]to[- ]date|accurate|secret|informed)|\bpasswords?\b|\bapplicants?|recruit|candidates?\b|\bcontact us\b{..30}questions|\bon our behalf\b|\bright to\b|\byou (?:may|can) (?:request|ask|choose to)\b|\bcaller|\bwarrant|\bbackups? of (?:your|the)\b{..30}responsib|\bretain records of\b|\bheld (?:liable|responsible|accountable)|\binactive\b|\binactivity\b|\brestore\b|\bcounter-?notice|\b(?:.|:) means\b|\bto activate\b|\bas part of this request\b",
    gap_veto: r"\b(?:notice|notify|fee|payment|refund|respond|invoice)\b",
    rules: &[
        Rule::polar(
            "kept-without-limit",
            r"\b(?:retain|store|keep|kept|stored|retained|held|hold|maintain|preserve)\b{..100}\b(?:indefinitely|forever|perpetually|in perpetuity|without (?:any )?(?:time )?limit|permanently)\b|\b(?:retain|keep|store|hold)\b{..80}\bas long as (?:we|it)\b{..20}(?:business need|see fit|deem|choose|wish|like|want|consider|believe)",
        )
        .also(r"\b{data}\b"),
        Rule::polar(
            "kept-for-a-period",
            r"\b(?:retain|retains|retaining|store|stores|keep|keeps|kept|stored|retained|held|remain|remains|hold)\b(?P<gap>{..140}){period}|\b(?:retention|storage) period\b{..40}{period}",
        )
        .also(r"\b(?:{data}|logs?|accounts?|copies|copy|them|it)\b"),
        Rule::affirms(
            "deleted-after-a-period",
            r"\b(?:delet(?:e|es|ed|ing)|deletion|remov(?:e|es|ed)|purg(?:e|es|ed)|eras(?:e|es|ed)|destroy(?:s|ed)?|anonymi[sz](?:e|es|ed))\b(?P<gap>{..120})\b(?:within|after|every|in|for|following|once){..15}{period}|\b(?:within|after)\b{..10}{period}{..60}\b(?:delet\w+|purg\w+|eras\w+|destroy\w*)\b",
        )
        .also(r"\b(?:{data}|logs?|history|copies|them|it|account)\b"),
        Rule::denies(
            "content-not-stored",
            r"\b(?:we|our|{we}|service|systems?)\b{..20}\b(?:do not|don't|does not|never|will not|won't)\b{..20}\b(?:store|retain|keep|log|save|record)\b{..50}\b{content}\b|\bno\b{..15}\blogs?\b{..40}\b(?:kept|stored|retained)\b|\b{content}\b{..20}\b(?:is|are) (?:not|never)\b{..12}\b(?:stored|retained|kept|logged|saved)\b",
        ),
        Rule::conditional("zero-retention-mode", r"\bzero[- ](?:data )?retention\b"),
        Rule::affirms(
            "kept-as-long-as-needed",
            r"\b(?:retain|retains|store|stores|keep|keeps|kept|stored|retained|hold|held|maintain)\b{..120}\b(?:as long as|for the (?:period|duration|time|length)|no longer than|only (?:as|for)\b{..12}long|for so long as|for only as long|until)\b",
        )
        .also(r"\b(?:{data}|logs?|records)\b"),
        Rule::affirms(
            "kept-after-deletion",
            r"\b(?:after|even if|even after|following|once)\b{..60}\b(?:delet\w+|terminat\w+|clos\w+|cancel\w*|deactivat\w+)\b{..120}\b(?:we|us|provider)?\b{..20}\b(?:retain|keep|remain|persist|continue to store)\b|\b(?:retain|keep|remain)\b{..60}\b(?:after|even if|even after|following)\b{..40}\b(?:delet\w+|terminat\w+|clos\w+|cancel\w*|deactivat\w+)",
        )
        .also(r"\b{data}\b"),
        Rule::conditional(
            "deleted-at-the-end",
            r"\bwe (?:will |shall )?(?:promptly |securely |permanently )?(?:delete|erase|destroy|return or delete|purge)\b{..60}\b{data}\b{..60}\b(?:upon|when|after|at|following)\b{..40}\b(?:terminat\w+|request|expir\w+|clos\w+|end of)\b",
        ),
        Rule::opt_out("history-kept-by-default", r"\bhistory\b{..20}\b(?:saved|stored|kept)\b{..30}\bby default\b"),
    ],
    judge: retention_stance,
};

fn retention_stance(passage: &Judgement) -> Option<Stance> {
    let bounded = passage.days.is_some();
    Some(match passage.position {
        Position::Denied if passage.any(&[Cue::Exception, Cue::OptOut, Cue::Plan, Cue::Limited]) => Stance::Conditional,
        Position::Denied => Stance::Commits,
        Position::Affirmed if bounded && passage.any(&[Cue::Exception, Cue::Legal, Cue::Plan, Cue::OptOut]) => {
            Stance::Conditional
        }
        Position::Affirmed if bounded => Stance::Commits,
        Position::Affirmed if passage.any(&[Cue::AsNeeded, Cue::Legal, Cue::Limited]) => Stance::Conditional,
        Position::Affirmed => Stance::Permits,
        Position::Conditional | Position::OptOut => Stance::Conditional,
    })
}
