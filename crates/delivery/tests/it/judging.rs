//! What an attempt means.

use recado_delivery::{
    outcome::{Answer, Health, Judgement, Standing, judge, retry_after_ms},
    retry::{InvalidSchedule, Schedule},
};
use recado_model::{FailureKind, Outcome, UnixMs, entropy::Seeded, time::HOUR_MS};

const NOW: UnixMs = UnixMs(784_111_777_000);

fn standing(attempts: u32) -> Standing {
    Standing { attempts, probe: false, single_attempt: false, probe_again_at: NOW + 30_000 }
}

fn status(code: u16) -> Answer<'static> {
    Answer::Status { code, retry_after: None }
}

fn say(answer: Answer<'_>, standing: Standing) -> Judgement {
    judge(answer, standing, &Schedule::default(), NOW, &mut Seeded::new(3))
}

fn delay(judgement: Judgement) -> Option<i64> {
    match judgement.outcome {
        Outcome::Retry { at } => Some(at - NOW),
        Outcome::Delivered | Outcome::Failed | Outcome::Probed { .. } => None,
    }
}

#[test]
fn any_2xx_is_delivered() {
    for code in [200, 204, 299] {
        assert_eq!(say(status(code), standing(9)).outcome, Outcome::Delivered);
    }
}

#[test]
fn a_500_is_retried_on_the_schedule_with_a_fifth_of_jitter_and_fails_after_ten() {
    let delays = [5, 30, 120, 600, 1_800, 7_200, 18_000, 36_000, 36_000];
    for (attempts, seconds) in delays.into_iter().enumerate() {
        let got = delay(say(status(500), standing(attempts as u32))).unwrap();
        assert!((seconds * 800..=seconds * 1_200).contains(&got), "{attempts}: {got}");
    }
    assert_eq!(say(status(500), standing(9)).outcome, Outcome::Failed);
}

#[test]
fn a_refused_event_gets_four_attempts_in_about_three_minutes() {
    let total: i64 = (0..3).map(|attempts| delay(say(status(404), standing(attempts))).unwrap()).sum();
    assert!((120_000..=190_000).contains(&total), "{total}");
    assert_eq!(say(status(404), standing(3)).outcome, Outcome::Failed);
    for code in [408, 409, 425, 429] {
        assert!(delay(say(status(code), standing(5))).is_some(), "{code} is no refusal");
    }
}

#[test]
fn a_redirect_is_a_failure_and_410_is_the_end() {
    assert!(delay(say(status(302), standing(0))).is_some());
    let gone = say(status(410), standing(0));
    assert_eq!((gone.outcome, gone.gone), (Outcome::Failed, true));
}

#[test]
fn retry_after_holds_the_whole_webhook_for_the_longer_of_it_and_the_step() {
    let long = say(Answer::Status { code: 429, retry_after: Some("3600") }, standing(0));
    assert_eq!((long.hold_until, delay(long)), (Some(NOW + HOUR_MS), Some(HOUR_MS)));
    let short = say(Answer::Status { code: 503, retry_after: Some("1") }, standing(3));
    assert!(delay(short).unwrap() >= 480_000 && short.hold_until.is_some());
    assert_eq!(say(Answer::Status { code: 500, retry_after: Some("9") }, standing(0)).hold_until, None);
}

#[test]
fn retry_after_is_seconds_or_any_http_date_and_at_most_a_day() {
    for date in ["Sun, 06 Nov 1994 08:49:38 GMT", "Sunday, 06-Nov-94 08:49:38 GMT", "Sun Nov  6 08:49:38 1994"] {
        assert_eq!(retry_after_ms(date, NOW), Some(1_000), "{date}");
    }
    assert_eq!(retry_after_ms("Sun, 06 Nov 1984 08:49:38 GMT", NOW), Some(0));
    assert_eq!(retry_after_ms("99999999999999999999999", NOW), Some(86_400_000));
    for nonsense in ["", "soon", "-5", "1.5"] {
        assert_eq!(retry_after_ms(nonsense, NOW), None, "{nonsense}");
    }
}

#[test]
fn after_a_failed_head_one_attempt_is_all_but_a_busy_receiver_is_asked_again() {
    let single = Standing { single_attempt: true, ..standing(0) };
    assert_eq!(say(status(500), single).outcome, Outcome::Failed);
    assert!(delay(say(status(429), single)).is_some());
}

#[test]
fn a_failed_probe_uses_up_no_attempt_and_a_refusal_of_one_does() {
    let probe = Standing { probe: true, ..standing(9) };
    assert_eq!(say(Answer::None(FailureKind::Timeout), probe).outcome, Outcome::Probed { at: NOW + 30_000 });
    assert_eq!(say(status(404), probe).outcome, Outcome::Failed);
}

#[test]
fn health_tells_the_receivers_trouble_from_ours() {
    for (answer, health) in [
        (status(200), Health::Well),
        (status(404), Health::Answers),
        (status(502), Health::Unwell),
        (Answer::None(FailureKind::Connect), Health::Unwell),
        (Answer::None(FailureKind::Refused), Health::NotAsked),
    ] {
        assert_eq!(say(answer, standing(0)).health, health);
    }
}

#[test]
fn an_own_schedule_keeps_its_limits() {
    assert_eq!(Schedule::new(vec![1; 21]), Err(InvalidSchedule::TooMany));
    assert_eq!(Schedule::new(vec![86_400_001]), Err(InvalidSchedule::TooLong));
    let once = Schedule::new(Vec::new()).unwrap();
    assert_eq!(judge(status(500), standing(0), &once, NOW, &mut Seeded::new(1)).outcome, Outcome::Failed);
}
