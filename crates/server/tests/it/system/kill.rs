//! R1: the process is killed again and again, and nothing that was acknowledged is lost.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use recado_testkit::receiver::{Behaviour, Receiver};
use tempfile::TempDir;
use tokio::task::JoinSet;

use super::{
    counting,
    harness::{Dice, Start, asked, free_port},
    visitor::Visitor,
};

/// People who write at the same time.
const PEOPLE: usize = 200;
/// Answers that are prepared ahead.
const TROUBLES: usize = 400;

/// `RECADO_KILLS` kills more often than 20 times, `RECADO_SEED` chooses other moments and other trouble.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_by_kills_at_random_moments() {
    let (kills, seed) = (asked("RECADO_KILLS", 20), asked("RECADO_SEED", 1));
    println!("RECADO_KILLS={kills} RECADO_SEED={seed}");
    let dir = TempDir::new().expect("a temporary folder");
    let receiver = Receiver::start().await;
    let mut server = Start::new(&dir).port(free_port()).allow(receiver.address()).demo().await;
    let bot = counting::bot(&server, &receiver).await;
    let mut dice = Dice::new(seed);
    let enough = Arc::new(AtomicBool::new(false));
    let mut people = JoinSet::new();
    for number in 0..PEOPLE {
        let person = Visitor::open(&server, &bot).await;
        people.spawn(keep_writing(person, Arc::clone(&enough), Dice::new(seed ^ (number as u64) << 32)));
    }
    let mut prepared = 0;
    for _ in 0..kills {
        let wanted = (receiver.count() + TROUBLES).saturating_sub(prepared);
        receiver.next((0..wanted).map(|_| trouble(&mut dice)));
        prepared += wanted;
        // The moment of the kill is what is random here; nothing waits for this time to pass.
        tokio::time::sleep(Duration::from_millis(dice.below(1_200))).await;
        server = restarted(server.kill().await).await;
    }
    enough.store(true, Ordering::Relaxed);
    let people = people.join_all().await;
    let total: u32 = people.iter().map(Visitor::sent).sum();
    println!("{total} messages were acknowledged over {kills} kills");
    assert!(u64::from(total) > kills * 20, "there was load while the process was killed");
    counting::check(&server, &receiver, &bot, &people, Duration::from_mins(1)).await;
    let deliveries = 4 * total as usize + PEOPLE;
    assert!(receiver.count() > deliveries, "the receiver made trouble: {} requests", receiver.count());
}

/// A start that was refused because the old socket is still about is tried again.
async fn restarted(start: Start) -> super::harness::Server {
    let mut last = String::new();
    for _ in 0..5 {
        match start.clone().try_demo().await {
            Ok(server) => return server,
            Err(words) => last = words,
        }
    }
    panic!("recado did not start again: {last}");
}

async fn keep_writing(mut person: Visitor, enough: Arc<AtomicBool>, mut dice: Dice) -> Visitor {
    while !enough.load(Ordering::Relaxed) {
        person.writes("add").await;
        // People think between their messages: this shapes the load.
        tokio::time::sleep(Duration::from_millis(500 + dice.below(3_000))).await;
    }
    person
}

/// One answer in five is trouble. No `Retry-After`, and no 4xx: those change what "could go" means.
fn trouble(dice: &mut Dice) -> Behaviour {
    match dice.below(40) {
        0 | 1 => Behaviour::status(500),
        2 => Behaviour::status(503),
        3 => Behaviour::Silence,
        4 => Behaviour::Reset,
        5 => Behaviour::Close,
        6 => Behaviour::Raw(Bytes::from_static(b"HTTP/1.1 20")),
        7 => Behaviour::ResetInBody,
        _ => Behaviour::default(),
    }
}
