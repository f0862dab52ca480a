//! How fast a bot may speak.

use proptest::prelude::*;
use recado_channels::pace::{Limits, Pace, Priority, REFUSALS_WITHIN_MS, REFUSED_CHATS_MAX};
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
fn a_429_of_one_chat_holds_that_chat_only() {
    let mut pace = Pace::new(Limits::TELEGRAM, NOW);
    for second in 0..5 {
        pace.refused("7", NOW + 5_000, NOW + second * 1_000);
    }
    assert_eq!(pace.take("7", Priority::Reply, NOW + 4_000), Err(NOW + 5_000));
    assert_eq!(pace.take("8", Priority::Reply, NOW + 4_000), Ok(()));
    assert_eq!(pace.take("7", Priority::Reply, NOW + 5_000), Ok(()));
}

#[test]
fn a_429_of_several_chats_within_a_short_time_holds_the_bot() {
    let mut pace = Pace::new(Limits::TELEGRAM, NOW);
    pace.refused("1", NOW + 3_000, NOW);
    pace.refused("2", NOW + 4_000, NOW + 1);
    assert_eq!(pace.take("8", Priority::Reply, NOW + 1), Ok(()), "two chats may be a coincidence");
    pace.refused("3", NOW + 9_000, NOW + 2);
    assert_eq!(pace.take("8", Priority::Reply, NOW + 2), Err(NOW + 9_000));
    assert_eq!(pace.take("8", Priority::Reply, NOW + 9_000), Ok(()));
}

#[test]
fn refusals_that_lie_apart_do_not_hold_the_bot() {
    let mut pace = Pace::new(Limits::TELEGRAM, NOW);
    for chat in 0..20 {
        let now = NOW + chat * REFUSALS_WITHIN_MS / 2;
        pace.refused(&chat.to_string(), now + 60_000, now);
        assert_eq!(pace.take("somebody else", Priority::Reply, now), Ok(()));
    }
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
    pace.refused("8", NOW + DAY_MS + 9_000, NOW + DAY_MS);
    assert_eq!(pace.take("8", Priority::Reply, NOW), Err(NOW + 9_000));
    assert_eq!(pace.take("8", Priority::Reply, NOW + 9_000), Ok(()));
    for chat in 0..3 {
        pace.refused(&chat.to_string(), NOW + DAY_MS + 3_000, NOW + DAY_MS);
    }
    assert!(pace.take("9", Priority::Reply, NOW + DAY_MS).is_err());
    assert_eq!(pace.take("9", Priority::Reply, NOW), Err(NOW + 3_000));
    assert_eq!(pace.take("9", Priority::Reply, NOW + 3_000), Ok(()));
}

/// What happens to a bot: somebody wants to send, or the messenger refuses a chat, so many milliseconds after the last thing.
#[derive(Debug, Clone, Copy)]
enum Step {
    Take { chat: u8, priority: Priority },
    Refused { chat: u8, for_ms: i64 },
}

fn steps() -> impl Strategy<Value = Vec<(i64, Step)>> {
    let chat = 0..6_u8;
    let priority = prop_oneof![Just(Priority::Reply), Just(Priority::Broadcast)];
    let step = prop_oneof![
        8 => (chat.clone(), priority).prop_map(|(chat, priority)| Step::Take { chat, priority }),
        1 => (chat, 1_000..40_000_i64).prop_map(|(chat, for_ms)| Step::Refused { chat, for_ms }),
    ];
    proptest::collection::vec((0..900_i64, step), 1..300)
}

proptest! {
    /// A refused chat is never written to before its time, an asker who waits as told gets through, and nobody is held who was not refused,
    /// unless several were.
    #[test]
    fn a_hold_is_obeyed_ends_and_hits_only_whom_it_should(steps in steps()) {
        let mut pace = Pace::new(Limits::TELEGRAM, NOW);
        let mut now = NOW;
        let mut held = [NOW; 6];
        let mut refusals: Vec<(u8, UnixMs)> = Vec::new();
        for (later, step) in steps {
            now = now + later;
            match step {
                Step::Refused { chat, for_ms } => {
                    pace.refused(&chat.to_string(), now + for_ms, now);
                    held[usize::from(chat)] = held[usize::from(chat)].max(now + for_ms);
                    refusals.push((chat, now));
                }
                Step::Take { chat, priority } => match pace.take(&chat.to_string(), priority, now) {
                    Ok(()) => prop_assert!(now >= held[usize::from(chat)], "chat {chat} is held"),
                    Err(at) => {
                        prop_assert!(at > now && at <= now + 41_000, "a wait ends: {} ms", at - now);
                        let chats: std::collections::BTreeSet<u8> = refusals.iter().map(|(chat, _)| *chat).collect();
                        if chats.len() < REFUSED_CHATS_MAX && now >= held[usize::from(chat)] {
                            prop_assert!(at <= now + 1_000, "only the pace holds chat {chat}: {} ms", at - now);
                        }
                    }
                },
            }
        }
    }

    /// However many broadcasts there are, a reply to a rested chat leaves at once.
    #[test]
    fn a_reply_to_a_rested_chat_never_waits_behind_broadcasts(gaps in proptest::collection::vec(0..50_i64, 1..400)) {
        let mut pace = Pace::new(Limits::TELEGRAM, NOW);
        let mut now = NOW;
        for (number, gap) in gaps.into_iter().enumerate() {
            now = now + gap;
            let _ = pace.take(&format!("bulk {number}"), Priority::Broadcast, now);
            if number % 20 == 0 {
                prop_assert_eq!(pace.take(&format!("reply {number}"), Priority::Reply, now), Ok(()));
            }
        }
    }
}
