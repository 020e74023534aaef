//! What words are about: groups of words that policies use for one thing. Invariant: a group says what a word is
//! about, never what a sentence says of it; a word may be in several groups.
//!
//! Few rows teach a model what "kids" and "minors" have in common; these groups do. A trailing `*` stands for any
//! ending.

use std::collections::HashMap;

/// The groups; a group's place in the list is its number in stored models, so new ones go to the end.
const GROUPS: [&str; 74] = [
    "we us our ours ourselves provider company vendor licensor operator",
    "you your yours yourself user* customer* client* subscriber* member* consumer* visitor* buyer* account holder*",
    "content* data file* document* prompt* input* message* chat* conversation* photo* image* video* recording* text* post posts upload* material* submission* submit* code manuscript* mail audio voice transcript* snippet* picture* song* drawing* writ* typed query queries keystroke*",
    "personal private identif* privacy",
    "information detail* record records history log logs profile*",
    "train* teach* taught learn* pretrain* tun* tune* retrain* finetun* smarter corpus corpora dataset*",
    "model* ai artificial intelligence neural network* algorithm* machine llm* generative foundation",
    "improv* enhanc* develop* better refin* perfect* research test testing debug* quality",
    "human* reviewer* employee* staff personnel contractor* annotator* team technician* moderator* nobody someone anyone engineer* worker* people person specialist* linguist*",
    "read reads reading review* look* listen* view* see sees seen inspect* examin* check* label* annotat* watch* glance* hear heard",
    "keep* kept retain* retention stor* sav* hold held holds preserv* archiv* backup*",
    "delet* eras* destroy* purg* wip* discard* scrub* gone",
    "day* week* month* year* hour* indefinite* forever period* expir* duration permanent* perpetual* 00 0 000 thirty ten sixty ninety",
    "shar* disclos* give gives given giving pass* provid* transmit* hand* reveal* suppl* exchang*",
    "third party parties partner* affiliate* companies vendor* supplier* organization* outside* stranger* advertiser* business firms",
    "sell* sale* sold buy* bought rent* trad* broker* monetiz* purchas* money profit* valuable consideration",
    "ad ads advert* market* promot* personalize* personaliz* target* banner* cookie* retarget* sponsor* tailored relevant",
    "sub subprocessor* processor* subcontract* hosting cloud infrastructure engage*",
    "transfer* move* moving send sends sent flow* travel* host* locat* resid* server* stay* datacenter* center*",
    "country countries abroad eu eea europ* states germany region* border* overseas international* territor* continent* domestic california london ireland irish french english america* england swiss japan canada",
    "own owns owned owning title belong* property proprietary assign* vest* ownership copyright",
    "output* result* generat* creat* produc* draw* respons* answer* deliverable*",
    "license* grant* royalt* sublicens* irrevocab* worldwide transferable",
    "publish* adapt* distribut* display* reproduc* perform* quot* copy copies broadcast* republish*",
    "compet* rival* similar substitut* distil* benchmark* clone* imitat* competitor*",
    "arbitrat* mediat* adr tribunal aaa jams arbiter",
    "court* judge* jury suit* sue sues sued suing lawsuit* litigat* claim* dispute* proceeding* trial venue forum",
    "class classes collective* representative* mass group* jointly consolidat* together behalf",
    "law laws govern governs governed legislat* statut* jurisdict* construed",
    "liab* responsib* damag* loss* consequential indirect aggregate exceed* cap capped limit limits limited compensat* negligence injury",
    "warrant* guarante* assur* fitness merchantab* accura* correct error* reliab* uninterrupted flawless truth* complete*",
    "indemn* harmless defend* reimburs* cover covers",
    "chang* amend* modif* updat* revis* alter* rewrit* vary varied",
    "term terms agreement* polic* condition conditions contract* rules",
    "notice* notif* inform informs informed tell tells told announc* warn* alert* email* emails advance know mail",
    "terminat* suspend* clos* ban bans banned block* revok* deactivat* shut cut expel* kick*",
    "account* access membership* profile login",
    "renew* recurring rolling roll rolls extend* subscription* continu* anniversary",
    "price* pric* fee fees charg* rate rates cost* tariff* bill* invoice* payment*",
    "rais* increas* higher hike* adjust* lock locked fixed",
    "refund* credit* reimburs* repaid repay return*",
    "moderat* monitor* scan* filter* takedown taken flag* censor* screen* remov* hide hidden appeal*",
    "child* kid* minor* teen* age ages aged old older parent* guardian* school* young* adult* birth* eighteen thirteen sixteen",
    "breach* incident* compromis* hack* leak* unauthorized intrusion* intruder* stolen exposed",
    "government* police authorit* enforcement agenc* subpoena* order* regulator* official* investigat* prosecutor*",
    "automat* solely decision* decid* scor* approv* reject* determin* eligib* computer*",
    "opt out disabl* toggle* turn off object* declin* withdraw* unsubscrib* setting* refuse* switch* preference*",
    "consent* agree* permission* allow* enabl* authoriz* accept* opt in",
    "not no never none neither nor nobody nothing without",
    "only solely except unless other save if where provided when",
    "right rights request* correct* rectif* portab* copy copies ask",
    "export* download* portab* migrat* switch* format* egress takeaway",
    "encrypt* safeguard* protect* secur* certif* soc iso technical measure*",
    "confidential* secret* nda",
    "audit* verif* report* assess* questionnaire*",
    "dpa processing addendum controller* processor* instruction*",
    "feedback suggestion* rating* thumbs idea* comment*",
    "aggregat* anonym* deidentif* identified statistic* pseudonym*",
    "biometric* health* racial religio* genetic* sensitive fingerprint* face* medical political ethnic* sexual",
    "collect* gather* obtain* receiv* telemetry device* location* ip contacts browser*",
    "basis bases legitimate* interest* lawful* purpose* necessary compatib*",
    "infring* patent* trademark* intellectual",
    "retir* deprecat* sunset* discontinu* phase* legacy version*",
    "watermark* label* mark marked disclos* synthetic interacting",
    "medical legal financial advice diagnos* employment credit hiring lawyer* doctor* professional* insurance",
    "illegal harass* hate* spam* malware fraud* weapon* violen* unlawful prohibited misuse harmful abus*",
    "scrap* crawl* bot bots robot* spider* harvest* extract* reverse decompil*",
    "openai anthropic google azure upstream underlying",
    "may might could can able reserve* entitled discretion free",
    "must shall required obliged duty need* oblig*",
    "default automatically enabled",
    "free paid enterprise business plan* tier* pro premium team workspace*",
    "service* site website* app apps platform product* software tool*",
    "feature* usage analytics diagnostics performance crash*",
];

/// Finds the groups of words.
#[derive(Debug, Clone)]
pub(super) struct Concepts {
    whole: HashMap<&'static str, Vec<u16>>,
    beginnings: HashMap<&'static str, Vec<u16>>,
}

impl Concepts {
    pub(super) fn new() -> Self {
        let mut concepts = Self {
            whole: HashMap::new(),
            beginnings: HashMap::new(),
        };
        for (number, group) in (0_u16..).zip(GROUPS) {
            for word in group.split(' ') {
                match word.strip_suffix('*') {
                    Some(beginning) => concepts.beginnings.entry(beginning).or_default().push(number),
                    None => concepts.whole.entry(word).or_default().push(number),
                }
            }
        }
        concepts
    }

    /// The groups of a word, in the order of their numbers.
    pub(super) fn of(&self, word: &str, found: &mut Vec<u16>) {
        found.clear();
        found.extend(self.whole.get(word).into_iter().flatten());
        for (end, _) in word.char_indices().skip(2).chain([(word.len(), ' ')]) {
            let beginning = word.get(..end).and_then(|beginning| self.beginnings.get(beginning));
            found.extend(beginning.into_iter().flatten());
        }
        found.sort_unstable();
        found.dedup();
    }
}

#[cfg(test)]
mod tests {
    use super::Concepts;

    #[test]
    fn a_word_and_its_paraphrase_share_a_group() {
        let concepts = Concepts::new();
        let groups = |word: &str| {
            let mut found = Vec::new();
            concepts.of(word, &mut found);
            found
        };
        assert_eq!(groups("kids"), groups("minors"));
        assert!(!groups("teaching").is_empty());
        assert!(groups("zebra").is_empty());
    }
}
