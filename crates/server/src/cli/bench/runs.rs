//! The parts of the bench, each on a data folder of its own.

use std::{collections::HashMap, path::Path, time::Duration};

use anyhow::Context as _;
use serde_json::{Value as Json, json};
use tokio::time::{Instant, sleep};

use super::{
    load::{Crowd, MESSAGES_A_PERSON, Pace, Spoken},
    process::{Process, finish},
    report::{Report, ms, percentile},
    world::{World, token_in},
};

pub(super) const MEGABYTE: f64 = 1_000_000.0;
/// Connections of the load generator.
pub(super) const LINES: usize = 64;
/// What is late this long is lost.
pub(super) const ARRIVE_WITHIN: Duration = Duration::from_mins(2);

/// How much is done.
#[derive(Debug)]
pub(super) struct Scale {
    pub(super) messages: usize,
    pub(super) storm_turns: usize,
    pub(super) bare_requests: usize,
    bad_webhooks: usize,
    waiting: u32,
    webhooks: usize,
    deliveries: usize,
    resuming: u32,
    pub(super) repeats: usize,
    pub(super) telegram_bots: usize,
}

impl Scale {
    pub(super) const FULL: Self = Self {
        messages: 20_000,
        storm_turns: 1_000,
        bare_requests: 400_000,
        bad_webhooks: 1_000,
        waiting: 1_000_000,
        webhooks: 10_000,
        deliveries: 10_000_000,
        resuming: 100_000,
        repeats: 5,
        telegram_bots: 100,
    };
    pub(super) const QUICK: Self = Self {
        messages: 400,
        storm_turns: 20,
        bare_requests: 4_000,
        bad_webhooks: 30,
        waiting: 2_000,
        webhooks: 200,
        deliveries: 2_000,
        resuming: 500,
        repeats: 1,
        telegram_bots: 3,
    };
}

pub(super) fn people(messages: usize) -> usize {
    messages.div_ceil(MESSAGES_A_PERSON).max(LINES)
}

pub(super) fn median(mut samples: Vec<f64>) -> f64 {
    samples.sort_by(f64::total_cmp);
    samples.get(samples.len() / 2).copied().unwrap_or_default()
}

/// The flow of a whole message: a count, a message with a template and two buttons, one webhook.
pub(super) fn whole_message(hook: &str) -> (Json, Json) {
    let buttons = json!([{"id": "a", "label": "Again"}, {"id": "b", "label": "Enough"}]);
    let elements = json!([
        {"id": "count", "type": "action", "actions": [
            {"kind": "set_variable", "variable": "count", "value_type": "number", "to": {"set": "add", "amount": "1"}},
            {"kind": "send_webhook", "name": "counted", "url": hook, "fields": [{"name": "said", "value": "{{$last_message}}"}]},
        ]},
        {"id": "say", "type": "message", "parts": [{"kind": "text", "text": "That was message {{count}}.", "buttons": buttons}]},
    ]);
    (elements, json!([{"from": "count", "output": "next", "to": "say"}]))
}

/// Waits until so many requests arrived in all since the last look, and returns their marks.
pub(super) async fn arrived(world: &World, wanted: u64) -> anyhow::Result<Vec<(u64, u64)>> {
    let until = Instant::now() + ARRIVE_WITHIN;
    let (mut count, mut marks) = (0, Vec::new());
    while count < wanted {
        anyhow::ensure!(Instant::now() < until, "only {count} of {wanted} webhooks arrived in two minutes");
        let (more, new) = world.arrivals().await?;
        count += more;
        marks.extend(new);
        if more == 0 {
            sleep(Duration::from_millis(20)).await;
        }
    }
    Ok(marks)
}

/// Microseconds from each 202 to the arrival of its webhook; 0 when the webhook was first.
pub(super) fn latencies(spoken: &Spoken, marks: &[(u64, u64)]) -> Vec<u64> {
    let accepted: HashMap<u64, u64> = spoken.marks.iter().copied().collect();
    marks.iter().filter_map(|(mark, at)| Some(at.saturating_sub(*accepted.get(mark)?))).collect()
}

/// P11: what it weighs.
pub(super) async fn size(dir: &Path, report: &mut Report) -> anyhow::Result<()> {
    let binary = std::fs::metadata(std::env::current_exe()?)?.len() as f64 / MEGABYTE;
    token_in(dir).await?;
    let mut starts = Vec::new();
    let mut memory = 0.0_f64;
    for _ in 0..5 {
        let server = Process::serve(dir, "127.0.0.1").await?;
        starts.push(server.start_up.as_secs_f64() * 1_000.0);
        sleep(Duration::from_secs(1)).await;
        memory = memory.max(server.memory_bytes()? as f64 / MEGABYTE);
        server.stop().await?;
    }
    let start = median(starts);
    report.figure("P11", "binary", format!("{binary:.1} MB"), "≤ 40 MB", binary <= 40.0);
    report.figure("P11", "start to ready", format!("{start:.0} ms"), "≤ 150 ms", start <= 150.0);
    report.figure("P11", "memory, idle", format!("{memory:.1} MB"), "≤ 40 MB", memory <= 40.0);
    Ok(())
}

/// P8: dead and slow webhooks beside a healthy one.
pub(super) async fn neighbours(dir: &Path, scale: &Scale, report: &mut Report) -> anyhow::Result<()> {
    let world = World::new(dir).await?;
    let (elements, edges) = whole_message(&world.hook());
    let healthy = world.bot(elements, edges).await?;
    let quiet = json!([{"id": "tag", "type": "action", "actions": [{"kind": "add_tag", "tag": "bad"}]}]);
    let bad = world.bot(quiet, json!([])).await?;
    for number in 0..scale.bad_webhooks {
        let url = match number % 3 {
            0 => format!("http://{}/silent?{number}", world.bad_address),
            1 => format!("http://{}/500?{number}", world.bad_address),
            _ => format!("http://{}/?{number}", world.drip_address),
        };
        world.global_webhook(&bad, &url).await?;
    }
    let rate = 200.0;
    let messages = (scale.messages / 10).max(100);
    let (alone, mut late_alone) = at_rate(&world, &healthy, messages, rate).await?;
    // Each message to the bad bot makes a delivery for each of its webhooks.
    let noise = Crowd::gather(&world.address, &bad, LINES).await?;
    noise.speak("noise", 40, 4, Pace::Free).await?;
    let (beside, mut late) = at_rate(&world, &healthy, messages, rate).await?;
    let lost = (1.0 - beside / alone) * 100.0;
    let what = format!("a healthy webhook beside {} bad ones: what it loses", scale.bad_webhooks);
    report.figure("P8", what, format!("{:.1} %", lost.max(0.0)), "≤ 5 %", lost <= 5.0);
    let (p99_alone, p99) = (percentile(&mut late_alone, 99), percentile(&mut late, 99));
    report.figure("P8", format!("its p99 (alone {})", ms(p99_alone)), ms(p99), "≤ 100 ms", p99 <= 100_000);
    world.end().await
}

/// Webhooks a second that arrived of messages said at a rate, and how late each was.
async fn at_rate(world: &World, bot: &str, messages: usize, rate: f64) -> anyhow::Result<(f64, Vec<u64>)> {
    let crowd = Crowd::gather(&world.address, bot, people(messages)).await?;
    world.arrivals().await?;
    let started = Instant::now();
    let spoken = crowd.speak("go", messages, LINES, Pace::Rate(rate)).await?;
    let marks = arrived(world, spoken.accepted).await?;
    Ok((marks.len() as f64 / started.elapsed().as_secs_f64(), latencies(&spoken, &marks)))
}

/// Writes contacts into a folder; gives the token and what the seed said.
async fn seeded(dir: &Path, contacts: u32, due_in_s: Option<u32>) -> anyhow::Result<(String, Json)> {
    let token = token_in(dir).await?;
    let (data, contacts) = (dir.display().to_string(), contacts.to_string());
    let due = due_in_s.map(|seconds| seconds.to_string());
    let mut arguments = vec!["bench", "seed", "--data", &data, "--contacts", &contacts];
    if let Some(due) = &due {
        arguments.extend(["--due-in-s", due]);
    }
    let said = finish(&arguments).await?;
    Ok((token, said))
}

fn bytes_in(dir: &Path) -> anyhow::Result<u64> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(dir)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with("recado.db") {
            bytes += entry.metadata()?.len();
        }
    }
    Ok(bytes)
}

/// P6: many contacts that wait.
pub(super) async fn waiting(dir: &Path, scale: &Scale, report: &mut Report) -> anyhow::Result<()> {
    let (idle, wait) = (dir.join("idle"), dir.join("wait"));
    seeded(&idle, scale.waiting, None).await?;
    seeded(&wait, scale.waiting, Some(30 * 86_400)).await?;
    let a_wait = bytes_in(&wait)?.saturating_sub(bytes_in(&idle)?) as f64 / f64::from(scale.waiting);
    let server = Process::serve(&wait, "127.0.0.1").await?;
    let start = server.start_up.as_secs_f64();
    sleep(Duration::from_secs(5)).await;
    let memory = server.memory_bytes()? as f64 / MEGABYTE;
    server.stop().await?;
    let contacts = scale.waiting;
    report.figure(
        "P6",
        format!("memory with {contacts} contacts waiting"),
        format!("{memory:.0} MB"),
        "≤ 300 MB",
        memory <= 300.0,
    );
    report.figure("P6", "start to ready with them", format!("{start:.2} s"), "≤ 3 s", start <= 3.0);
    report.figure("P6", "bytes on disk that a wait adds", format!("{a_wait:.0} B"), "≤ 400 B", a_wait <= 400.0);
    std::fs::remove_dir_all(dir)?;
    Ok(())
}

/// P7: many pauses due in the same second, and somebody else who writes meanwhile.
pub(super) async fn resuming(dir: &Path, scale: &Scale, report: &mut Report) -> anyhow::Result<()> {
    let lead_s = 30 + scale.resuming / 5_000;
    let (token, said) = seeded(dir, scale.resuming, Some(lead_s)).await?;
    let flow_id = said["flow_id"].as_str().context("the seed named no flow")?.to_owned();
    let due_us = said["due_ms"].as_u64().context("the seed named no time")? * 1_000;
    let world = World::on(dir, token).await?;
    let (elements, edges) = whole_message(&world.hook());
    let bot = world.bot(elements, edges).await?;
    let crowd = Crowd::gather(&world.address, &bot, 400).await?;
    let ahead = due_us.saturating_sub(super::micros());
    anyhow::ensure!(ahead > 0, "the seed took so long that the pauses were due before the server ran");
    sleep(Duration::from_micros(ahead)).await;
    let others = crowd.speak("go", 2_000, 16, Pace::Rate(100.0));
    let resumed = async {
        while world.waiting(&flow_id).await? > 0 {
            anyhow::ensure!(super::micros() < due_us + 300_000_000, "the pauses were not worked off in five minutes");
            sleep(Duration::from_millis(200)).await;
        }
        anyhow::Ok(super::micros() - due_us)
    };
    let (others, took) = tokio::join!(others, resumed);
    let mut others = others?;
    let rate = f64::from(scale.resuming) / (took? as f64 / 1_000_000.0);
    report.figure(
        "P7",
        format!("{} pauses due in one second: resumed", scale.resuming),
        format!("{rate:.0}/s"),
        "≥ 5,000/s",
        rate >= 5_000.0,
    );
    let p99 = percentile(&mut others.waits, 99);
    report.figure("P7", "p99 of others' messages meanwhile", ms(p99), "≤ 50 ms", p99 <= 50_000);
    world.end().await
}

/// P9: what a message costs as flows and contacts grow.
pub(super) async fn growth(dir: &Path, scale: &Scale, report: &mut Report) -> anyhow::Result<()> {
    let small = dir.join("small");
    let world = World::new(&small).await?;
    let few = cost_with_elements(&world, scale, 10).await?;
    let many = cost_with_elements(&world, scale, 500).await?;
    report.figure(
        "P9",
        "a message in a flow of 500 elements against one of 10",
        format!("{:.2} ×", many / few),
        "≤ 1.3 ×",
        many <= 1.3 * few,
    );
    world.end().await?;
    let big = dir.join("big");
    let (token, _) = seeded(&big, scale.waiting, None).await?;
    let world = World::on(&big, token).await?;
    let crowded = cost_with_elements(&world, scale, 10).await?;
    let what = format!("a message beside {} contacts against none", scale.waiting);
    report.figure("P9", what, format!("{:.2} ×", crowded / few), "≤ 1.3 ×", crowded <= 1.3 * few);
    world.end().await
}

/// P9: what a message costs beside many webhooks and a long log of deliveries.
pub(super) async fn log(dir: &Path, scale: &Scale, report: &mut Report) -> anyhow::Result<()> {
    let world = World::new(&dir.join("new")).await?;
    let new = cost_with_elements(&world, scale, 10).await?;
    world.end().await?;
    let old = dir.join("old");
    let token = token_in(&old).await?;
    let (data, webhooks, deliveries) =
        (old.display().to_string(), scale.webhooks.to_string(), scale.deliveries.to_string());
    finish(&["bench", "seed-log", "--data", &data, "--webhooks", &webhooks, "--deliveries", &deliveries]).await?;
    let world = World::on(&old, token).await?;
    let cost = cost_with_elements(&world, scale, 10).await?;
    let what = format!("a message beside {webhooks} webhooks and {deliveries} deliveries against none");
    report.figure("P9", what, format!("{:.2} ×", cost / new), "≤ 1.3 ×", cost <= 1.3 * new);
    world.end().await
}

/// Milliseconds of CPU of a whole message in a flow of so many elements.
async fn cost_with_elements(world: &World, scale: &Scale, elements: usize) -> anyhow::Result<f64> {
    let (mut list, edges) = whole_message(&world.hook());
    if let Some(list) = list.as_array_mut() {
        for number in list.len()..elements {
            list.push(json!({"id": format!("e{number}"), "type": "message", "parts": [{"kind": "text", "text": "{{count}}"}]}));
        }
    }
    let bot = world.bot(list, edges).await?;
    let messages = scale.messages / 2;
    let mut costs = Vec::new();
    for _ in 0..scale.repeats.min(3) {
        let crowd = Crowd::gather(&world.address, &bot, people(messages)).await?;
        world.arrivals().await?;
        let before = world.server.cpu_ms()?;
        let spoken = crowd.speak("go", messages, LINES, Pace::Free).await?;
        arrived(world, spoken.accepted).await?;
        sleep(Duration::from_millis(500)).await;
        costs.push((world.server.cpu_ms()? - before) / spoken.accepted as f64);
    }
    Ok(median(costs))
}
