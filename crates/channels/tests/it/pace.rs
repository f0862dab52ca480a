//! How fast a bot may speak.

use recado_channels::pace::{Limits, Pace, Priority};
use recado_model::UnixMs;

const NOW: UnixMs = UnixMs(1_790_000_000_000);

#[test]
fn a_chat_takes_a_burst_and_then_one_a_second() {
    let mut pace = Pace::new(Limits::TELEGRAM, NOW);
    for _ in 0..5 {
        assert_eq!(pace.take("7", Priority::Reply, NOW), Ok(()));
    }
    assert_eq!(pace.take("7", Priority::Reply, NOW), Err(NOW + 1_000));
    assert_eq!(pace.take("8", Priority::Reply, NOW), Ok(()));
    assert_eq!(pace.take("7", Priority::Reply, NOW + 1_000), Ok(()));
    assert_eq!(pace.take("7", Priority::Reply, NOW + 1_000), Err(NOW + 2_000));
}

#[test]
fn a_bot_says_thirty_a_second_in_all() {
    let mut pace = Pace::new(Limits::TELEGRAM, NOW);
    let mut now = NOW;
    let mut said = 0;
    for chat in 0..10_000 {
        while let Err(at) = pace.take(&chat.to_string(), Priority::Reply, now) {
            assert!(at > now, "asking again makes progress");
            now = at;
        }
        said += 1;
    }
    let seconds = (now - NOW) as f64 / 1_000.0;
    assert!(f64::from(said) <= 30.0 * (seconds + 1.0) + 1.0, "{said} in {seconds} s");
    assert!(seconds < 340.0, "{seconds} s");
}

#[test]
fn a_reply_never_stands_behind_a_broadcast() {
    let mut pace = Pace::new(Limits::TELEGRAM, NOW);
    let broadcast = (0..100).filter(|chat| pace.take(&chat.to_string(), Priority::Broadcast, NOW).is_ok()).count();
    assert_eq!(broadcast, 20);
    for chat in 200..210 {
        assert_eq!(pace.take(&chat.to_string(), Priority::Reply, NOW), Ok(()));
    }
    assert!(pace.take("300", Priority::Reply, NOW).is_err());
}

#[test]
fn a_429_holds_the_bot_or_the_chat() {
    let mut pace = Pace::new(Limits::TELEGRAM, NOW);
    pace.hold_chat("7", NOW + 5_000, NOW);
    assert_eq!(pace.take("7", Priority::Reply, NOW), Err(NOW + 5_000));
    assert_eq!(pace.take("8", Priority::Reply, NOW), Ok(()));
    pace.hold(NOW + 9_000);
    assert_eq!(pace.take("8", Priority::Reply, NOW), Err(NOW + 9_000));
    assert_eq!(pace.take("7", Priority::Reply, NOW + 9_000), Ok(()));
}

#[test]
fn a_clock_that_goes_back_stops_nothing() {
    let mut pace = Pace::new(Limits::TELEGRAM, NOW);
    assert_eq!(pace.take("7", Priority::Reply, NOW), Ok(()));
    let back = NOW + -86_400_000;
    assert_eq!(pace.take("8", Priority::Reply, UnixMs(NOW.0 + 1)), Ok(()));
    // A new bot's hold is the moment it was made; the wait is never longer than the jump.
    if let Err(at) = pace.take("7", Priority::Reply, back) {
        assert!(at - back <= 86_400_000);
    }
}

#[test]
fn a_clock_that_is_set_back_a_day_takes_the_holds_with_it() {
    const DAY_MS: i64 = 24 * 3_600_000;
    let mut pace = Pace::new(Limits::TELEGRAM, NOW + DAY_MS);
    assert_eq!(pace.take("7", Priority::Reply, NOW + DAY_MS), Ok(()));
    pace.hold(NOW + DAY_MS + 3_000);
    pace.hold_chat("8", NOW + DAY_MS + 9_000, NOW + DAY_MS);
    assert_eq!(pace.take("7", Priority::Reply, NOW), Err(NOW + 3_000));
    assert_eq!(pace.take("8", Priority::Reply, NOW + 3_000), Err(NOW + 9_000));
    assert_eq!(pace.take("7", Priority::Reply, NOW + 3_000), Ok(()));
}
