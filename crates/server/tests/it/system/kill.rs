//! R1: the process is killed again and again, and nothing that was acknowledged is lost.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use recado_testkit::{
    receiver::{Behaviour, Receiver},
    telegram::FakeTelegram,
};
use tempfile::TempDir;
use tokio::task::JoinSet;

use super::{
    api::{Api, text},
    company::{self, Writers},
    counting,
    harness::{Dice, Server, Start, asked, free_port},
    visitor::Visitor,
};

/// People who write at the same time.
const PEOPLE: usize = 200;
/// Answers that are prepared ahead.
const TROUBLES: usize = 400;

/// People whose flow asks another system and waits for a moment.
const TRAVELLERS: usize = 20;
/// People on Telegram.
const WRITERS: i64 = 10;

/// What stands before the first kill.
struct Stage {
    receiver: Receiver,
    telegram: Arc<FakeTelegram>,
    counter: String,
    count_flow: String,
    paused: String,
    travel: String,
    messenger: String,
}

impl Stage {
    async fn set(server: &Server, receiver: Receiver, telegram: FakeTelegram) -> Self {
        let api = Api::of(server);
        let counter = counting::bot(server, &receiver).await;
        let flows = api.client.get(&format!("/api/v1/flows?bot_id={counter}")).await.expect(200).json();
        Self {
            paused: counting::paused(&api, &receiver, &counter).await,
            travel: company::travel_bot(&api, &receiver).await,
            messenger: company::telegram_bot(&api).await,
            count_flow: text(&flows["items"][0], "id"),
            counter,
            receiver,
            telegram: Arc::new(telegram),
        }
    }
}

/// `RECADO_KILLS` kills more often than 20 times, `RECADO_SEED` chooses other moments and other trouble.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_by_kills_at_random_moments() {
    let (kills, seed) = (asked("RECADO_KILLS", 20), asked("RECADO_SEED", 1));
    println!("RECADO_KILLS={kills} RECADO_SEED={seed}");
    let dir = TempDir::new().expect("a temporary folder");
    let (receiver, telegram) = (Receiver::start().await, FakeTelegram::start().await.expect("a port on loopback"));
    let start = Start::new(&dir).port(free_port()).allow(receiver.address());
    let mut server = start.env("RECADO_TELEGRAM_BASE_URL", &telegram.url()).demo().await;
    let stage = Stage::set(&server, receiver, telegram).await;
    let mut dice = Dice::new(seed);
    let enough = Arc::new(AtomicBool::new(false));
    let (mut people, mut travellers) = (JoinSet::new(), JoinSet::new());
    for number in 0..PEOPLE {
        let person = Visitor::open(&server, &stage.counter).await;
        people.spawn(keep_writing(person, Arc::clone(&enough), Dice::new(seed ^ (number as u64) << 32)));
    }
    for number in 0..TRAVELLERS {
        let person = Visitor::open(&server, &stage.travel).await;
        let dice = Dice::new(seed ^ (number as u64) << 48);
        travellers.spawn(company::keep_travelling(person, Arc::clone(&enough), dice));
    }
    let mut writers = JoinSet::new();
    writers.spawn(company::keep_texting(Arc::clone(&stage.telegram), WRITERS, Arc::clone(&enough)));
    let mut prepared = 0;
    for _ in 0..kills {
        let wanted = (stage.receiver.count() + TROUBLES).saturating_sub(prepared);
        stage.receiver.next((0..wanted).map(|_| trouble(&mut dice)));
        prepared += wanted;
        let client = Api::of(&server).client;
        let mut meddling = JoinSet::new();
        meddling.spawn(company::meddle(client, stage.count_flow.clone(), stage.paused.clone()));
        // The moment of the kill is what is random here; nothing waits for this time to pass.
        tokio::time::sleep(Duration::from_millis(dice.below(900))).await;
        let start = server.kill().await;
        meddling.join_all().await;
        server = restarted(start).await;
    }
    enough.store(true, Ordering::Relaxed);
    let (people, travellers) = (people.join_all().await, travellers.join_all().await);
    let writers = writers.join_all().await.swap_remove(0);
    check(&server, &stage, kills, &people, &travellers, &writers).await;
}

async fn check(
    server: &Server,
    stage: &Stage,
    kills: u64,
    people: &[Visitor],
    travellers: &[Visitor],
    writers: &Writers,
) {
    let total: u32 = people.iter().map(Visitor::sent).sum();
    let journeys: u32 = travellers.iter().map(Visitor::sent).sum();
    println!("{total} messages were acknowledged, and {journeys} journeys made, over {kills} kills");
    assert!(u64::from(total) > kills * 20, "there was load while the process was killed");
    assert!(journeys as usize > TRAVELLERS, "journeys were made while the process was killed");
    let api = Api::of(server);
    company::resume(&api, &stage.paused).await;
    counting::check(server, &stage.receiver, &stage.counter, people, Duration::from_mins(1)).await;
    company::check_travellers(&api, &stage.receiver, travellers).await;
    company::check_writers(&api, &stage.telegram, &stage.messenger, writers).await;
    // Per message three events to each global webhook and one to the flow's; per person a new subscriber to each global one.
    let deliveries = 7 * total as usize + 2 * PEOPLE + journeys as usize;
    let requests = stage.receiver.count();
    assert!(requests > deliveries, "the receiver made trouble: {requests} requests");
}

/// A start that was refused because the old socket is still about is tried again.
async fn restarted(start: Start) -> Server {
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
