//! Measures the writer: turns with one delivery, then the attempts that end them, with 64 callers at once. CPU time of the whole process.
//!
//! `cargo run --release -p recado-store --example store_bench [items]`

use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use recado_model::{
    Account, AccountId, Attempt, BotId, Contact, ContentFormat, DeliveryId, Direction, ElementId, EventId, EventKind,
    FlowId, Message, MessageId, MessageStatus, Outcome, Part, Plan, RichText, Run, Timing, UnixMs, VersionId, Wait,
    WebhookId,
    entropy::Seeded,
    inbound::DedupKind,
    run::{Timer, TimerKey},
};
use recado_store::{
    Catalog, Deliveries, Records, Turns,
    deliveries::AttemptCommit,
    sqlite::{Options, SqliteStore},
    turns::{NewDelivery, NewEvent, TurnCommit},
};
use serde_json::Value as Json;
use tokio::{task::JoinSet, time::Instant};

const NOW: UnixMs = UnixMs(1_700_000_000_000);
const CALLERS: usize = 64;
/// Turns that were made.
static TURNS: AtomicI64 = AtomicI64::new(0);

/// (User, system) time of this process in microseconds, from `/proc/self/stat` (ticks of 10 ms).
fn cpu_us() -> [u64; 2] {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let mut ticks = after_name.split_whitespace().skip(11).map(|ticks| ticks.parse::<u64>().unwrap_or(0) * 10_000);
    [ticks.next().unwrap_or(0), ticks.next().unwrap_or(0)]
}

fn report(what: &str, items: usize, before: [u64; 2], started: Instant) {
    let wall = started.elapsed().as_secs_f64();
    let after = cpu_us();
    let [user, system] = [0, 1].map(|kind| (after[kind] - before[kind]) as f64 / items as f64);
    println!("{what:<24} {user:>7.1} µs user {system:>7.1} µs system each {:>9.0} a second", items as f64 / wall);
}

fn message(contact: &Contact, direction: Direction, status: MessageStatus, now: UnixMs, rng: &mut Seeded) -> Message {
    let part = Part::Text {
        text: RichText::plain("You are visitor number 7. What is next?"),
        buttons: Vec::new(),
        quick_replies: Vec::new(),
        share: None,
        expects: None,
    };
    Message {
        id: MessageId::new(now, rng),
        bot_id: contact.bot_id,
        contact_id: contact.id,
        direction,
        status,
        part,
        external_id: None,
        at: NOW,
        not_before: NOW,
        offer: None,
        sent_by: None,
        error: None,
    }
}

fn turn(contact: &Contact, revision: i64, hook: WebhookId, rng: &mut Seeded) -> TurnCommit {
    // Ids sort by their time, as in the product: a burst of 6 turns a millisecond.
    let now = NOW + TURNS.fetch_add(1, Ordering::Relaxed) / 6;
    let event = |kind, deliveries, rng: &mut Seeded| NewEvent {
        id: EventId::new(now, rng),
        kind,
        title: "order".to_owned(),
        at: NOW,
        data: vec![b'x'; 900].into(),
        encodings: Vec::new(),
        deliveries,
    };
    let delivery = NewDelivery {
        id: DeliveryId::new(now, rng),
        webhook_id: hook,
        lanes_id: hook,
        ordered: true,
        url: None,
        encoding: 0,
        skipped: false,
    };
    let mut turn = TurnCommit::of(contact.clone(), Some(revision));
    turn.dedup = Some((DedupKind::Update, MessageId::new(now, rng).to_string()));
    turn.messages = vec![
        message(contact, Direction::In, MessageStatus::Received, now, rng),
        message(contact, Direction::Out, MessageStatus::Queued, now, rng),
    ];
    turn.events =
        vec![event(EventKind::IncomingMessage, Vec::new(), rng), event(EventKind::FlowWebhook, vec![delivery], rng)];
    turn
}

/// The answer to a delivery.
fn attempt(delivery_seq: i64, lanes_id: WebhookId) -> AttemptCommit {
    let headers = vec![("webhook-id".to_owned(), "x".repeat(36)), ("webhook-signature".to_owned(), "v1,…".to_owned())];
    let attempt = Attempt {
        number: 1,
        started_at: NOW,
        url: "https://example.org/hook".to_owned(),
        format: ContentFormat::Json,
        request_headers: headers.clone(),
        status: Some(204),
        response_headers: headers,
        response_body: String::new(),
        response_cut: false,
        timing: Timing::default(),
        remote_ip: Some("192.0.2.1".to_owned()),
        failure: None,
        error: None,
    };
    AttemptCommit { delivery_seq, lanes_id, attempt, outcome: Outcome::Delivered, next: None }
}

async fn turns(
    store: &Arc<SqliteStore>,
    contacts: &[Contact],
    items: usize,
    hook: WebhookId,
) -> Result<(), Box<dyn std::error::Error>> {
    let (cpu, started) = (cpu_us(), Instant::now());
    let mut callers = JoinSet::new();
    for (caller, mine) in contacts.chunks(contacts.len().div_ceil(CALLERS)).enumerate() {
        let (store, mine) = (Arc::clone(store), mine.to_vec());
        callers.spawn(async move {
            let mut rng = Seeded::new(caller as u64 + 100);
            for round in 0..items / contacts_of(mine.len()) {
                for contact in &mine {
                    store.commit_turn(turn(contact, round as i64 + 1, hook, &mut rng)).await?;
                }
            }
            Ok::<(), recado_store::StoreError>(())
        });
    }
    while let Some(done) = callers.join_next().await {
        done??;
    }
    let made = store.last_event_seq().await? as usize / 2;
    report("commit_turn", made, cpu, started);
    Ok(())
}

/// Contacts of all callers when each has so many.
const fn contacts_of(each: usize) -> usize {
    each * CALLERS
}

async fn attempts(store: &Arc<SqliteStore>, hook: WebhookId) -> Result<(), Box<dyn std::error::Error>> {
    let (cpu, started) = (cpu_us(), Instant::now());
    let mut heads: Vec<i64> = store.ready_of(hook, 1_000_000).await?.iter().map(|ready| ready.delivery.seq).collect();
    let mut made = 0;
    while !heads.is_empty() {
        let mut callers = JoinSet::new();
        for batch in heads.chunks(16) {
            let (store, commits) = (Arc::clone(store), batch.iter().map(|seq| attempt(*seq, hook)).collect::<Vec<_>>());
            callers.spawn(async move { store.commit_attempts(&commits, &[]).await });
        }
        made += heads.len();
        heads.clear();
        while let Some(next) = callers.join_next().await {
            heads.extend(next??.iter().map(|ready| ready.delivery.seq));
        }
    }
    report("commit_attempts, by 16", made, cpu, started);
    Ok(())
}

async fn waits(store: &Arc<SqliteStore>, contacts: &[Contact]) -> Result<(), Box<dyn std::error::Error>> {
    let before = store.totals().await?.bytes;
    let mut rng = Seeded::new(3);
    let (flow_id, version_id) = (FlowId::new(NOW, &mut rng), VersionId::new(NOW, &mut rng));
    let mut callers = JoinSet::new();
    for contact in contacts {
        let store = Arc::clone(store);
        let until = NOW + 1_000;
        let run = Run {
            number: 0,
            flow_id,
            version_id,
            element: ElementId::new("pause-element-0001"),
            wait: Wait::Pause { until, if_inactive: false },
            stack: Vec::new(),
            data: Json::Null,
            response: Json::Null,
            start: Json::Null,
            started_at: NOW,
        };
        let contact = contact.clone();
        callers.spawn(async move {
            let revision = store.load_contact(contact.id).await?.map(|loaded| loaded.revision);
            let timer =
                Timer { bot_id: contact.bot_id, contact_id: contact.id, key: TimerKey::Run { number: 0 }, due: until };
            let mut turn = TurnCommit::of(contact, revision);
            turn.runs_put = vec![run];
            turn.timers_set = vec![timer];
            store.commit_turn(turn).await
        });
    }
    while let Some(done) = callers.join_next().await {
        done??;
    }
    let bytes = store.totals().await?.bytes - before;
    println!("{:<28} {:>8.1} bytes", "a wait on disk", bytes as f64 / contacts.len() as f64);
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let items: usize = std::env::args().nth(1).map_or(Ok(50_000), |text| text.parse())?;
    let folder = tempfile::tempdir()?;
    let store = SqliteStore::open(folder.path().join("bench.db"), Options::default())?;
    let mut rng = Seeded::new(1);
    let (account, bot, hook) =
        (AccountId::new(NOW, &mut rng), BotId::new(NOW, &mut rng), WebhookId::new(NOW, &mut rng));
    store
        .create_account(Account {
            id: account,
            name: "a".to_owned(),
            plan: Plan::Paid,
            time_zone: "UTC".to_owned(),
            created_at: NOW,
        })
        .await?;
    let contacts: Vec<Contact> = (0..6_400)
        .map(|number| Contact::first_seen(recado_model::ContactId::new(NOW, &mut rng), bot, number.to_string(), NOW))
        .collect();
    let mut callers = JoinSet::new();
    for contact in contacts.clone() {
        let store = Arc::clone(&store);
        callers.spawn(async move { store.commit_turn(TurnCommit::of(contact, None)).await });
    }
    while let Some(done) = callers.join_next().await {
        done??;
    }
    webhook(&store, account, bot, hook).await?;
    turns(&store, &contacts, items, hook).await?;
    attempts(&store, hook).await?;
    waits(&store, &contacts).await?;
    Ok(())
}

async fn webhook(
    store: &SqliteStore,
    account_id: AccountId,
    bot_id: BotId,
    id: WebhookId,
) -> Result<(), Box<dyn std::error::Error>> {
    let bot = recado_model::Bot {
        id: bot_id,
        account_id,
        service: recado_model::Service::Livechat,
        name: "bench".to_owned(),
        external_id: "bench".to_owned(),
        url: String::new(),
        photo: None,
        active: true,
        settings: recado_model::BotSettings::default(),
        created_at: NOW,
    };
    store.create_bot(recado_store::catalog::StoredBot { bot, sealed: Vec::new(), lost: None }).await?;
    let url = "https://example.org/hook".to_owned();
    let webhook = recado_model::Webhook::new(id, bot_id, recado_model::WebhookKind::Global, url, NOW);
    store.create_webhook(recado_store::catalog::StoredWebhook { webhook, sealed: Vec::new() }).await?;
    Ok(())
}
