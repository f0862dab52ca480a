//! P1 to P5: how fast it goes, and what an event and a message cost. Each part measures the bare client too, in the same minutes.

use std::{path::Path, sync::Arc, time::Duration};

use anyhow::Context as _;
use serde_json::{Value as Json, json};
use tokio::{
    sync::Semaphore,
    task::JoinSet,
    time::{Instant, sleep},
};

use super::{
    load::{Crowd, Pace},
    process::finish,
    report::{Report, ms, percentile},
    runs::{ARRIVE_WITHIN, LINES, MEGABYTE, Scale, arrived, latencies, median, people, whole_message},
    syncs::Syncs,
    world::World,
};
use crate::cli::client::Client;

/// Webhooks of one turn of [`storm`].
const STORM: u64 = 90;
/// Turns of [`storm`] that may be under way: some 6,000 events.
const UNDER_WAY_TURNS: usize = 64;
/// Chats of each bot of the messenger.
const TELEGRAM_CHATS: usize = 15;

/// What the bare client gives in a run.
struct Bare {
    /// Milliseconds of CPU a request.
    cpu: f64,
    /// Requests a second.
    rate: f64,
}

impl Bare {
    async fn measure(world: &World, scale: &Scale, report: &mut Report) -> anyhow::Result<Self> {
        let requests = scale.bare_requests.to_string();
        let done = finish(&["bench", "bare", "--address", &world.receiver_address, "--requests", &requests]).await?;
        world.arrivals().await?;
        let number = |name: &str| done[name].as_f64().context("the bare client said nothing");
        let (cpu, rate) = (number("cpu_ms")? / number("requests")?, number("requests")? / number("seconds")?);
        report.fact("bare hyper client to the same receiver", format!("{rate:.0}/s, {:.1} µs CPU each", cpu * 1_000.0));
        Ok(Self { cpu, rate })
    }

    /// A cost, also in times of the bare client's.
    fn times(&self, cpu: f64) -> String {
        format!("{cpu:.3} ms, {:.1} × the bare client's", cpu / self.cpu)
    }
}

/// A flow that sends 90 webhooks in one turn.
fn storm(hook: &str) -> (Json, Json) {
    let sends: Vec<Json> =
        (0..30).map(|number| json!({"kind": "send_webhook", "name": format!("event {number}"), "url": hook})).collect();
    let elements: Vec<Json> =
        ["a", "b", "c"].iter().map(|id| json!({"id": id, "type": "action", "actions": sends})).collect();
    (json!(elements), json!([{"from": "a", "output": "next", "to": "b"}, {"from": "b", "output": "next", "to": "c"}]))
}

/// P1 and P2: events that are delivered.
pub(super) async fn events(dir: &Path, scale: &Scale, report: &mut Report) -> anyhow::Result<()> {
    let world = World::new(dir).await?;
    let bare = Bare::measure(&world, scale, report).await?;
    deliveries(&world, scale, &bare, report).await?;
    world.end().await
}

async fn deliveries(world: &World, scale: &Scale, bare: &Bare, report: &mut Report) -> anyhow::Result<()> {
    let (elements, edges) = storm(&world.hook());
    let bot = world.bot(elements, edges).await?;
    let (mut cpu, mut rates) = (Vec::new(), Vec::new());
    for _ in 0..scale.repeats {
        let crowd = Crowd::gather(&world.address, &bot, scale.storm_turns.max(LINES)).await?;
        world.arrivals().await?;
        let (before, started) = (world.server.cpu_ms()?, Instant::now());
        let permits = Arc::new(Semaphore::new(UNDER_WAY_TURNS));
        let mut speaking = JoinSet::new();
        let (given, turns) = (Arc::clone(&permits), scale.storm_turns);
        speaking.spawn(async move { crowd.speak("go", turns, LINES, Pace::Permits(given)).await });
        let wanted = scale.storm_turns as u64 * STORM;
        let mut count = 0;
        let until = started + ARRIVE_WITHIN;
        while count < wanted {
            anyhow::ensure!(Instant::now() < until, "only {count} of {wanted} webhooks arrived in two minutes");
            sleep(Duration::from_millis(5)).await;
            let turns_before = count / STORM;
            count += world.arrivals().await?.0;
            permits.add_permits((count / STORM - turns_before) as usize);
        }
        let spoken = speaking.join_next().await.context("nobody spoke")???;
        anyhow::ensure!(spoken.accepted * STORM == wanted, "some of the load was refused");
        rates.push(wanted as f64 / started.elapsed().as_secs_f64());
        sleep(Duration::from_millis(500)).await;
        cpu.push((world.server.cpu_ms()? - before) / wanted as f64);
    }
    let behind = backlog(world, scale, &bot).await?;
    let (cpu, rate) = (median(cpu), median(rates));
    report.fact("webhooks delivered (event → 2xx)", format!("{rate:.0}/s"));
    report.fact(
        format!("CPU per event delivered, {} at once behind each other", scale.storm_turns as u64 * STORM),
        format!("{behind:.3} ms"),
    );
    report.figure(
        "P1",
        "CPU per event delivered, its 90th of a turn included",
        format!("{cpu:.3} ms"),
        "≤ 0.08 ms",
        cpu <= 0.08,
    );
    report.figure(
        "P2",
        "its CPU against the bare client",
        format!("{:.1} ×", cpu / bare.cpu),
        "≤ 11 ×",
        cpu <= 11.0 * bare.cpu,
    );
    report.figure(
        "P2",
        "its rate against the bare client",
        format!("1/{:.1}", bare.rate / rate),
        "≥ 1/8",
        rate * 8.0 >= bare.rate,
    );
    Ok(())
}

/// CPU per event when all are there at once, and most wait on disk for their turn.
async fn backlog(world: &World, scale: &Scale, bot: &str) -> anyhow::Result<f64> {
    let crowd = Crowd::gather(&world.address, bot, scale.storm_turns.max(LINES)).await?;
    world.arrivals().await?;
    let before = world.server.cpu_ms()?;
    let spoken = crowd.speak("go", scale.storm_turns, LINES, Pace::Free).await?;
    let events = spoken.accepted * STORM;
    arrived(world, events).await?;
    sleep(Duration::from_millis(500)).await;
    Ok((world.server.cpu_ms()? - before) / events as f64)
}

/// P4, P5, and P3 over the web chat.
pub(super) async fn chat(dir: &Path, scale: &Scale, report: &mut Report) -> anyhow::Result<()> {
    let world = World::new(dir).await?;
    let bare = Bare::measure(&world, scale, report).await?;
    let (elements, edges) = whole_message(&world.hook());
    let bot = world.bot(elements, edges).await?;
    let rate = messages(&world, &bot, scale, &bare, report).await?;
    at_half_rate(dir, &world, &bot, scale, rate, report).await?;
    let memory = world.server.memory_bytes()? as f64 / MEGABYTE;
    report.fact("memory after the load", format!("{memory:.1} MB"));
    world.end().await
}

/// What a message costs, and how many a second there can be.
async fn messages(world: &World, bot: &str, scale: &Scale, bare: &Bare, report: &mut Report) -> anyhow::Result<f64> {
    let (mut cpu, mut rates) = (Vec::new(), Vec::new());
    for _ in 0..scale.repeats {
        let crowd = Crowd::gather(&world.address, bot, people(scale.messages)).await?;
        world.arrivals().await?;
        let before = world.server.cpu_ms()?;
        let spoken = crowd.speak("go", scale.messages, LINES, Pace::Free).await?;
        arrived(world, spoken.accepted).await?;
        sleep(Duration::from_millis(500)).await;
        cpu.push((world.server.cpu_ms()? - before) / spoken.accepted as f64);
        rates.push(spoken.rate());
    }
    let (cpu, rate) = (median(cpu), median(rates));
    report.fact("turns (web chat in → commit)", format!("{rate:.0}/s"));
    report.fact("CPU per whole message over the web chat", bare.times(cpu));
    Ok(rate)
}

/// How late messages are at half that rate.
async fn at_half_rate(
    dir: &Path,
    world: &World,
    bot: &str,
    scale: &Scale,
    rate: f64,
    report: &mut Report,
) -> anyhow::Result<()> {
    let half = (rate / 2.0).max(1.0);
    let wanted = ((half * 10.0) as usize).clamp(100, scale.messages * 2);
    let crowd = Crowd::gather(&world.address, bot, people(wanted)).await?;
    world.arrivals().await?;
    let syncs = Syncs::begin(dir)?;
    let mut spoken = crowd.speak("go", wanted, LINES, Pace::Rate(half)).await?;
    let mut syncs = syncs.end()?;
    let marks = arrived(world, spoken.accepted).await?;
    let mut late = latencies(&spoken, &marks);
    let (p50, p99) = (percentile(&mut late, 50), percentile(&mut late, 99));
    let met = p50 <= 3_000 && p99 <= 15_000;
    report.figure(
        "P4",
        format!("202 → receiver at {half:.0}/s, p50 / p99"),
        format!("{} / {}", ms(p50), ms(p99)),
        "≤ 3 / 15 ms",
        met,
    );
    let (w50, w99) = (percentile(&mut spoken.waits, 50), percentile(&mut spoken.waits, 99));
    report.figure(
        "P5",
        format!("message → 202 at {half:.0}/s, p50 / p99"),
        format!("{} / {}", ms(w50), ms(w99)),
        "p99 ≤ 10 ms",
        w99 <= 10_000,
    );
    let (s50, s99) = (percentile(&mut syncs, 50), percentile(&mut syncs, 99));
    report.figure(
        "P5",
        format!("its p99 in syncs of the disk beside it ({} / {})", ms(s50), ms(s99)),
        format!("{:.1}", w99 as f64 / s99.max(1) as f64),
        "≤ 3",
        w99 <= 3 * s99,
    );
    Ok(())
}

/// P3: bots that poll a messenger, each at the pace that Telegram allows.
pub(super) async fn telegram(dir: &Path, scale: &Scale, report: &mut Report) -> anyhow::Result<()> {
    let (world, messenger) = World::with_messenger(dir).await?;
    let bare = Bare::measure(&world, scale, report).await?;
    let (elements, edges) = whole_message(&world.hook());
    for number in 1..=scale.telegram_bots {
        world.telegram_bot(number, elements.clone(), edges.clone()).await?;
    }
    let address = messenger.ready["address"].as_str().context("a messenger without an address")?;
    let client = Client::new(&format!("http://{address}"), None)?;
    // Everybody writes once to become a contact; a chat may then be answered four times more at once.
    let mut costs = Vec::new();
    for (round, messages) in std::iter::once(1).chain(vec![4; scale.repeats]).enumerate() {
        let wanted = (scale.telegram_bots * TELEGRAM_CHATS * messages) as u64;
        let before = world.server.cpu_ms()?;
        let answered = client.get("/said").await?["answers"].as_u64().unwrap_or_default();
        let say = format!("/say?bots={}&chats={TELEGRAM_CHATS}&messages={messages}", scale.telegram_bots);
        client.post(&say, &json!({})).await?;
        arrived(&world, wanted).await?;
        while client.get("/said").await?["answers"].as_u64().unwrap_or_default() < answered + wanted {
            sleep(Duration::from_millis(50)).await;
        }
        sleep(Duration::from_millis(500)).await;
        if round > 0 {
            costs.push((world.server.cpu_ms()? - before) / wanted as f64);
        }
        // Until every chat may be answered four times at once again.
        sleep(Duration::from_secs(4)).await;
    }
    let cpu = median(costs);
    report.figure("P3", "CPU per whole message over Telegram", bare.times(cpu), "≤ 0.15 ms", cpu <= 0.15);
    messenger.stop().await?;
    world.end().await
}
