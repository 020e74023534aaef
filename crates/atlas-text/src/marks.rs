//! The words of pages that come in the place of a policy: browser checks, refusals, missing pages, failures, walls.
//!
//! Invariant: data only; each mark was seen on such pages, and none on a stored policy of the length that it counts for.

use atlas_domain::CaptureOutcome;

/// What one kind of stand-in says.
pub struct Marks {
    /// What it is.
    pub outcome: CaptureOutcome,
    /// In the title or a heading.
    pub title: &'static str,
    /// Anywhere in the words.
    pub words: &'static str,
    /// Words of the page up to which `words` count.
    pub at_most: usize,
}

/// Stand-ins, the most telling first.
pub const MARKS: &[Marks] = &[
    Marks {
        outcome: CaptureOutcome::Challenge,
        title: r"(?i)^(?:just a moment|attention required|please wait|one more step|security (?:check|verification|checkpoint)|verify(?:ing)? (?:that )?you are (?:a )?human|are you (?:a )?(?:robot|human)|human verification|pardon our interruption|checking your browser|access to this page has been denied|bot verification|ddos-guard|vercel security checkpoint|captcha|robot check|client challenge|bot (?:check|challenge)|making sure you(?:'|’)re not a bot|let(?:'|’)s confirm you are human|validating (?:your )?(?:request|browser)|browser check|un instant|einen moment)(?-u:\b)",
        words: r"(?i)checking (?:if the site connection is secure|your browser before)|verify(?:ing)? (?:that )?you(?:'|’)?(?: a)?re (?:not a robot|(?:a )?human)|needs to review the security of your connection|enable javascript and cookies to continue|complete the (?:security check|captcha)|unusual traffic from your computer|please (?:solve|complete) (?:this|the) (?:captcha|challenge|puzzle)|i(?:'|’)m not a robot|confirm you are human|performing security verification|incapsula incident|press (?:and|&) hold|making sure you(?:'|’)re not a bot|(?:we|our systems) (?:have )?detected (?:unusual|suspicious|automated) (?:activity|traffic|behaviou?r)|slide (?:right )?to (?:complete|verify|secure)|you (?:may|might) be a (?:ro)?bot|confirm (?:that )?you(?:'|’)?(?: a)?re (?:not a robot|(?:a )?human)|something about your browser made us think you (?:were|are|might be) a bot|ray id:? [0-9a-f]{12,}|javascript is disabled(?s:.){0,80}(?:verify|robot)|browser integrity check|(?:enable|allow) js(?-u:\b)(?s:.){0,40}ad ?blocker|protected by (?:anubis|datadome|perimeterx|sucuri|ddos-guard)|we need to (?:make sure|verify|validate)(?s:.){0,60}(?:human|robot|browser)",
        at_most: 200,
    },
    Marks {
        outcome: CaptureOutcome::Blocked,
        title: r"(?i)^(?:access denied|403(?-u:\b)|forbidden|error 403|sorry, you have been blocked|request (?:blocked|rejected)|blocked(?-u:\b)|401(?-u:\b)|unauthorized|request rejected|(?:web )?application firewall|unavailable in your (?:country|region)|451(?-u:\b)|(?:unsupported|outdated) browser|your browser is (?:not supported|out of date)|age (?:verification|check)|are you (?:over|at least) \d\d)",
        words: r"(?i)you don(?:'|’)t have permission to access|sorry, you have been blocked|your (?:ip|request) (?:address )?(?:has been|was) blocked|request unsuccessful|the request could not be satisfied|not available in your (?:country|region|location)|the requested url was rejected|your support id is|the request is blocked|sucuri website firewall|this request was blocked by (?:the|our) (?:security|firewall)|access to this (?:page|resource|site)(?s:.){0,20}(?:denied|forbidden)|reference (?:#|&#35;)[0-9a-f.]{8,}|you have been (?:blocked|banned)|error 1020|unavailable for legal reasons|to enter this (?:site|website)|(?:upgrade|switch) to a (?:newer|supported|modern) (?:version|browser)",
        at_most: 150,
    },
    Marks {
        outcome: CaptureOutcome::Gone,
        title: r"(?i)^(?:(?:error\W+)?404(?-u:\b)|(?:the |this )?page (?:was |is |could |can )?(?:not|no longer|n(?:'|’)t)(?-u:\b)|(?:page )?not found|(?:oops|uh[- ]oh|sorry|whoops)(?-u:\b).*(?:page|find|found|lost)|we can(?:'|’)t find|we couldn(?:'|’)t find|nothing (?:was )?found|(?:this )?page (?:doesn|isn)(?:'|’)t(?-u:\b)|410 gone|nothing to see here|this (?:page|document|article) (?:has been|was) (?:removed|deleted|moved)|we(?:'|’)ve (?:moved|lost)|lost\?|(?:page|content) (?:unavailable|missing)|dead end|p[áa]gina no encontrada|pagina non trovata|seite nicht gefunden|page introuvable|search results|(?:this )?domain (?:is )?for sale)|(?-u:\b)404(?-u:\b).{0,30}not found|page not found",
        words: r"(?i)(?-u:\b)404(?-u:\b).{0,40}(?:error|not found|page)|(?:the|this) (?:page|content|url|article) (?:you(?:'|’)re looking for|you requested|you are looking for|requested)(?-u:\b).{0,60}(?:not|n(?:'|’)t|no longer|moved|gone|removed)|couldn(?:'|’)t find (?:the|that|this) page|page (?:could not|cannot|can(?:'|’)t) be found|(?:page|link|address) (?:you followed )?(?:may|might) (?:be broken|have (?:moved|been (?:removed|moved|deleted)))|nothing (?:was |has been )?found at this (?:location|address)|no longer (?:exists|available)(?s:.){0,60}(?:home ?page|search)|check the (?:url|address|link|spelling)|(?-u:\b)(?:0|no) results (?:found )?for(?-u:\b)|(?:this |the )?domain(?s:.){0,40}is (?:for sale|parked)|buy this domain",
        at_most: 150,
    },
    Marks {
        outcome: CaptureOutcome::ServerError,
        title: r"(?i)^(?:(?:error\W+)?50[0234](?-u:\b)|internal server error|bad gateway|service (?:temporarily )?unavailable|gateway time-?out|something went wrong|application error|temporarily (?:down|unavailable)|(?:error )?5(?:2[0-7]|30)(?-u:\b)|site (?:is )?(?:under|down for) maintenance|under maintenance|too many requests|429(?-u:\b)|an error (?:has )?occurred|we(?:'|’)ll be (?:right )?back)",
        words: r"(?i)^\W*(?:internal server error|bad gateway|service unavailable|too many requests|upstream connect error|an unexpected error|application error|error establishing a database connection|origin is unreachable|web server is down)|something went wrong|try again later|(?:scheduled|planned|undergoing) maintenance|back (?:online )?(?:soon|shortly)|error code:? 5\d\d|exceeded (?:a|the|your) (?:secondary )?rate limit|failed to (?:load|fetch)(?s:.){0,60}(?:retry|try again|reload|refresh)",
        at_most: 80,
    },
    Marks {
        outcome: CaptureOutcome::LoginWall,
        title: r"(?i)^(?:log ?in|sign ?in|login required|sign up|authentication required|single sign-on|anmelden|se connecter)(?-u:\b).{0,60}$",
        words: r"(?i)(?:please |you (?:must|need to|have to) )(?:be logged in|log ?in|sign ?in)(?-u:\b)|(?:log|sign) ?in to (?:continue|view|access|your account)|forgot (?:your )?password|session has (?:expired|timed out|ended)",
        at_most: 150,
    },
    Marks {
        outcome: CaptureOutcome::ConsentWall,
        title: r"(?i)^(?:before you continue|we value your privacy|we care about your privacy|cookie (?:consent|settings|preferences)|your privacy choices|consent required|your consent|manage (?:your )?(?:consent|cookies)|datenschutzeinstellungen|votre vie privée|zustimmung)(?-u:\b)",
        words: r"(?i)before you continue to|accept all (?:cookies)?(?s:.){0,200}(?:reject|manage|decline|settings)|we (?:and our (?:\d+ )?partners|use cookies)(?s:.){0,400}(?:accept|agree|consent)(?s:.){0,100}(?:reject|manage|decline|settings|options|continue)",
        at_most: 160,
    },
];

/// Markup of services that check browsers. Many serve real pages too, so it says something only where words are few.
pub const CHECKERS: &[&str] = &[
    "/cdn-cgi/challenge-platform/h/",
    "challenges.cloudflare.com/turnstile",
    "_incapsula_resource",
    "captcha-delivery.com",
    "px-captcha",
    "perimeterx",
    "awswaf.com",
    "awswafcookiedomainlist",
    "gokuprops",
    "kpsdk",
    "hcaptcha.com",
    "g-recaptcha",
    "recaptcha/api",
    "ddos-guard",
    "sucuri_cloudproxy",
    "x-vercel-challenge",
    "/.within.website/x/cmd/anubis",
    "distil_r_captcha",
    "akamai-bm-telemetry",
    "sec-cpt",
    "arkoselabs",
    "geetest",
];

/// Words on the buttons of a wall that asks for consent.
pub const CONSENT_BUTTON: &str = r"(?i)^(?:accept|agree|i (?:accept|agree|consent)|allow|consent|reject|decline|deny|refuse|got it|continue without|manage|customi[sz]e|more options|options|save (?:and|&) exit|alle akzeptieren|ablehnen|tout (?:accepter|refuser)|aceptar|rechazar)(?-u:\b)";

/// What a wall that asks for consent says, beside its buttons.
pub const CONSENT_WORDS: &str = r"(?i)we and (?:our|selected) (?:(?:up to )?[\d,.]+ )?(?:third[- ]party )?(?:partners|vendors)|we use (?:cookies|technologies)|(?:store|access)(?s:.){0,30}information on (?:a|your) device|cookies and (?:similar|data)|your (?:choices|consent|privacy) (?:matter|at any time|preferences)|legitimate interest|wir (?:und unsere|verwenden)|nous (?:et nos|utilisons)|nosotros y nuestros";
