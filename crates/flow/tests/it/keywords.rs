use jiff::tz::TimeZone;
use proptest::prelude::*;
use recado_flow::{
    keywords::{TriggerSet, UNSUBSCRIBE_WORDS},
    normalise::{contains_words, normalise},
};
use recado_model::{
    BotId, FlowId, Trigger, TriggerId, TriggerKind, UnixMs,
    trigger::{Hours, KeywordMatch},
};

use crate::stage::NOW;

fn trigger(age: u8, kind: TriggerKind) -> Trigger {
    Trigger {
        id: TriggerId::from_bytes([age; 16]),
        bot_id: BotId::from_bytes([1; 16]),
        flow_id: FlowId::from_bytes([age; 16]),
        name: format!("trigger {age}"),
        active: true,
        kind,
        hours: None,
        interrupts: false,
        created_at: UnixMs(i64::from(age)),
    }
}

fn keyword(age: u8, matching: KeywordMatch, keywords: &[&str]) -> Trigger {
    trigger(age, TriggerKind::Keyword { matching, keywords: keywords.iter().map(|&word| word.to_owned()).collect() })
}

fn started(set: &TriggerSet, text: &str) -> Option<u8> {
    set.keyword(text, NOW, &TimeZone::UTC).map(|trigger| trigger.created_at.0 as u8)
}

#[test]
fn texts_are_compared_without_case_accents_and_edge_punctuation() {
    for (text, same) in [
        ("¡Sí!", "si"),
        ("  HOLA\t  Mundo... ", "hola mundo"),
        ("ＦＵＬＬ", "full"),
        ("Straße", "strasse"),
        ("ΟΔΟΣ", "οδοσ"),
        ("İPTAL", "iptal"),
        ("ещё", "еще"),
        ("«Да»", "да"),
        ("/start", "start"),
        ("C++", "c++"),
        ("?!", "?!"),
        ("👍🏽", "👍🏽"),
        ("हिन्दी", "हिन्दी"),
        ("", ""),
    ] {
        assert_eq!(normalise(text), normalise(same), "{text}");
        assert!(text.is_empty() || !normalise(text).is_empty());
    }
}

#[test]
fn contains_matches_whole_words() {
    assert!(contains_words("what is the price please", "price"));
    assert!(contains_words("what is the price please", "the price"));
    assert!(!contains_words("priceless", "price"));
    assert!(!contains_words("enterprice", "price"));
    assert!(contains_words("price, please", "price"));
    assert!(contains_words("priceless price", "price"));
    assert!(contains_words("i like c++ a lot", "c++"));
    assert!(!contains_words("anything", ""));
}

#[test]
fn is_wins_over_contains_over_regex() {
    let (set, problems) = TriggerSet::compile(vec![
        keyword(1, KeywordMatch::Regex, &["pri.e"]),
        keyword(2, KeywordMatch::Contains, &["price"]),
        keyword(3, KeywordMatch::Is, &["Price"]),
    ]);
    assert!(problems.is_empty());
    assert_eq!(started(&set, "PRICE?"), Some(3));
    assert_eq!(started(&set, "the price"), Some(2));
    assert_eq!(started(&set, "prizes"), Some(1));
    assert_eq!(started(&set, "hello"), None);
}

#[test]
fn the_longest_keyword_wins_and_then_the_oldest_trigger() {
    let (set, _) = TriggerSet::compile(vec![
        keyword(3, KeywordMatch::Contains, &["price list"]),
        keyword(2, KeywordMatch::Contains, &["price"]),
        keyword(1, KeywordMatch::Contains, &["list"]),
        keyword(4, KeywordMatch::Contains, &["price list"]),
        keyword(6, KeywordMatch::Is, &["hi"]),
        keyword(5, KeywordMatch::Is, &["Hi!"]),
    ]);
    assert_eq!(started(&set, "your price list please"), Some(3));
    assert_eq!(started(&set, "a list and a price"), Some(2));
    assert_eq!(started(&set, "hi"), Some(5));
}

#[test]
fn a_trigger_outside_its_hours_leaves_the_text_to_the_next() {
    let mut night = keyword(1, KeywordMatch::Is, &["hi"]);
    night.hours = Some(Hours { from_min: 0, to_min: 360, weekdays: vec![] });
    let mut off = keyword(2, KeywordMatch::Is, &["hi"]);
    off.active = false;
    let (set, _) = TriggerSet::compile(vec![night, off, keyword(3, KeywordMatch::Contains, &["hi"])]);
    assert_eq!(started(&set, "hi"), Some(3));
    let night = UnixMs(NOW.0 - 6 * 3_600_000);
    assert_eq!(set.keyword("hi", night, &TimeZone::UTC).map(|trigger| trigger.created_at.0), Some(1));
}

#[test]
fn a_caller_may_admit_only_some_triggers() {
    let mut interrupting = keyword(2, KeywordMatch::Contains, &["help"]);
    interrupting.interrupts = true;
    let (set, _) = TriggerSet::compile(vec![keyword(1, KeywordMatch::Is, &["help"]), interrupting]);
    let found = set.keyword_where("help", NOW, &TimeZone::UTC, |trigger| trigger.interrupts);
    assert_eq!(found.map(|trigger| trigger.created_at.0), Some(2));
}

#[test]
fn broken_triggers_are_told_and_take_no_part() {
    let mut hours = keyword(3, KeywordMatch::Is, &["x"]);
    hours.hours = Some(Hours { from_min: 1_440, to_min: 0, weekdays: vec![8] });
    let long = "a".repeat(33);
    let (set, problems) = TriggerSet::compile(vec![
        keyword(1, KeywordMatch::Regex, &["("]),
        keyword(2, KeywordMatch::Is, &["ok", &long, " "]),
        hours,
        trigger(4, TriggerKind::Ref { payload: "a b".to_owned() }),
        trigger(5, TriggerKind::Inactivity { after_min: 0 }),
        keyword(6, KeywordMatch::Is, &[]),
    ]);
    let fields: Vec<_> = problems.iter().map(|problem| problem.field.as_str()).collect();
    assert_eq!(
        fields,
        ["keywords[0]", "keywords[1]", "keywords[2]", "hours", "hours.weekdays", "ref", "minutes", "keywords"]
    );
    assert_eq!(started(&set, "ok"), None);
    assert_eq!(set.inactivity().count(), 0);
}

#[test]
fn other_kinds_are_found_by_what_they_wait_for() {
    let (set, _) = TriggerSet::compile(vec![
        trigger(1, TriggerKind::Subscription),
        trigger(2, TriggerKind::StandardReply),
        trigger(3, TriggerKind::Unsubscription),
        trigger(4, TriggerKind::AfterSubscription { delay_min: 60 }),
        trigger(5, TriggerKind::Event),
        trigger(6, TriggerKind::Ref { payload: "spring".to_owned() }),
        trigger(7, TriggerKind::Inactivity { after_min: 30 }),
        keyword(8, KeywordMatch::Is, &["hi"]),
    ]);
    let utc = TimeZone::UTC;
    let age = |trigger: Option<&Trigger>| trigger.map(|trigger| trigger.created_at.0);
    assert_eq!(age(set.subscription(NOW, &utc)), Some(1));
    assert_eq!(age(set.standard_reply(NOW, &utc)), Some(2));
    assert_eq!(age(set.unsubscription(NOW, &utc)), Some(3));
    assert_eq!(
        set.after_subscription().map(|(trigger, delay)| (trigger.created_at.0, delay)).collect::<Vec<_>>(),
        [(4, 60)]
    );
    assert!(set.lets_event_start(FlowId::from_bytes([5; 16]), NOW, &utc));
    assert_eq!(age(set.link("spring", NOW, &utc)), Some(6));
    assert_eq!(age(set.link("Spring", NOW, &utc)), None);
    assert_eq!(set.inactivity().map(|(trigger, after)| (trigger.created_at.0, after)).collect::<Vec<_>>(), [(7, 30)]);
    assert_eq!(age(set.would_start("hi", &[], NOW, &utc)), Some(8));
    assert_eq!(age(set.would_start("stop", &[], NOW, &utc)), Some(3));
    assert_eq!(age(set.would_start("what?", &[], NOW, &utc)), Some(2));
}

#[test]
fn unsubscribe_words_of_every_language_work_as_whole_messages() {
    let (set, _) = TriggerSet::compile(Vec::new());
    let languages: Vec<_> = UNSUBSCRIBE_WORDS.iter().map(|(language, _)| *language).collect();
    assert_eq!(languages, ["en", "es", "pt", "fr", "de", "it", "ru", "uk", "pl", "tr"]);
    for (_, words) in UNSUBSCRIBE_WORDS {
        for word in *words {
            assert!(set.is_unsubscribe(&format!(" {}! ", word.to_uppercase()), &[]), "{word}");
        }
    }
    for text in ["/stop", "/stop@best_bot", "/Unsubscribe", "/stop please", "STOP"] {
        assert!(set.is_unsubscribe(text, &[]), "{text}");
    }
    for text in ["do not stop", "/stopped", "", "no", "start"] {
        assert!(!set.is_unsubscribe(text, &[]), "{text}");
    }
    assert!(set.is_unsubscribe("Adiós", &["adios".to_owned(), String::new()]));
    assert!(!set.is_unsubscribe("...", &[String::new()]));
}

proptest! {
    #[test]
    fn normalising_twice_changes_nothing(text in "\\PC{0,40}") {
        let once = normalise(&text);
        prop_assert_eq!(normalise(&once), once);
    }

    #[test]
    fn no_text_makes_matching_panic(text in any::<String>(), word in "[a-cé+!]{1,6}") {
        let (set, _) = TriggerSet::compile(vec![keyword(1, KeywordMatch::Contains, &[&word]), keyword(2, KeywordMatch::Regex, &["(a|b)+c"])]);
        let _ = started(&set, &text);
        let _ = set.is_unsubscribe(&text, &[word]);
    }
}
