//! Writes webhooks and the deliveries they had into a data folder, through the store: what a server has after a long time.

use std::{path::PathBuf, sync::Arc};

use bytes::Bytes;
use recado_model::{
    BotId, Contact, ContactId, ContentFormat, DateUnit, DeliveryId, EventId, EventKind, PayloadProfile, Webhook,
    WebhookId, WebhookKind, WebhookState,
};
use recado_store::{
    Catalog as _, Turns as _,
    catalog::StoredWebhook,
    sqlite::{Options, SqliteStore},
    turns::{NewDelivery, NewEvent, TurnCommit},
};
use tokio::task::JoinSet;

use super::seed::quiet_bot;
use crate::clock::{Clock as _, SystemClock, SystemEntropy};

/// Turns that wait for their commit together.
const TOGETHER: usize = 256;
/// Webhooks of one bot, and deliveries of one event.
const WEBHOOKS_OF_A_BOT: usize = 100;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The data folder, with one account
    #[arg(long)]
    data: PathBuf,
    /// How many webhooks, 100 of each bot
    #[arg(long)]
    webhooks: usize,
    /// How many deliveries, each of them over
    #[arg(long)]
    deliveries: usize,
}

pub(super) async fn run(args: Args) -> anyhow::Result<()> {
    let store = SqliteStore::open(args.data.join("recado.db"), Options::default())?;
    let accounts = store.accounts().await?;
    let account = accounts.first().ok_or_else(|| anyhow::anyhow!("the data folder has no account"))?;
    let mut bots = Vec::new();
    let mut left = args.webhooks;
    while left > 0 {
        let bot = quiet_bot(account.id, "Old");
        let bot_id = bot.bot.id;
        store.create_bot(bot).await?;
        let mut hooks = Vec::new();
        for number in 0..left.min(WEBHOOKS_OF_A_BOT) {
            let webhook = webhook(bot_id, number);
            hooks.push(webhook.webhook.id);
            store.create_webhook(webhook).await?;
        }
        left -= hooks.len();
        bots.push((bot_id, Arc::<[WebhookId]>::from(hooks)));
    }
    let mut tasks = JoinSet::new();
    let (mut made, mut turns) = (0, 0);
    while made < args.deliveries {
        if tasks.len() >= TOGETHER
            && let Some(done) = tasks.join_next().await
        {
            done??;
        }
        let (bot_id, hooks) = &bots[turns % bots.len()];
        let (store, bot_id, hooks, number) = (Arc::clone(&store), *bot_id, Arc::clone(hooks), turns);
        made += hooks.len();
        turns += 1;
        tasks.spawn(async move { store.commit_turn(turn(bot_id, &hooks, number)).await });
    }
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    println!("{}", serde_json::json!({"deliveries": made}));
    Ok(())
}

fn webhook(bot_id: BotId, number: usize) -> StoredWebhook {
    let now = SystemClock.now();
    let id = WebhookId::new(now, &mut SystemEntropy);
    let webhook = Webhook {
        id,
        bot_id,
        lanes_id: id,
        kind: WebhookKind::Global,
        url: format!("http://127.0.0.1:9/{number}"),
        state: WebhookState::On,
        events: vec![EventKind::IncomingMessage],
        format: ContentFormat::Json,
        profile: PayloadProfile::Recado,
        date_unit: DateUnit::Milliseconds,
        ordered: true,
        concurrency: 16,
        rate_per_s: None,
        timeout_ms: 10_000,
        schedule_ms: None,
        failing_since: None,
        held_until: None,
        created_at: now,
    };
    StoredWebhook { webhook, sealed: Vec::new() }
}

/// Somebody says something, and each webhook has a delivery of it that is over.
fn turn(bot_id: BotId, hooks: &[WebhookId], number: usize) -> TurnCommit {
    let now = SystemClock.now();
    let id = ContactId::new(now, &mut SystemEntropy);
    let deliveries = hooks.iter().map(|hook| NewDelivery {
        id: DeliveryId::new(now, &mut SystemEntropy),
        webhook_id: *hook,
        lanes_id: *hook,
        ordered: true,
        url: None,
        encoding: 0,
        skipped: true,
    });
    let event = NewEvent {
        id: EventId::new(now, &mut SystemEntropy),
        kind: EventKind::IncomingMessage,
        title: EventKind::IncomingMessage.as_str().to_owned(),
        at: now,
        data: Bytes::from(format!(r#"{{"said":"{}"}}"#, "x".repeat(800))),
        encodings: Vec::new(),
        deliveries: deliveries.collect(),
    };
    let mut commit = TurnCommit::of(Contact::first_seen(id, bot_id, format!("visitor-{number:08}"), now), None);
    commit.events = vec![event];
    commit
}
