//! Writes webhooks and the deliveries they had into a data folder, through the store: what a server has after a long time.

use std::path::PathBuf;

use bytes::Bytes;
use recado_model::{BotId, Contact, ContactId, DeliveryId, EventId, EventKind, Webhook, WebhookId, WebhookKind};
use recado_store::{
    Catalog as _,
    catalog::StoredWebhook,
    sqlite::{Options, SqliteStore},
    turns::{NewDelivery, NewEvent, TurnCommit},
};

use super::seed::{commit_all, quiet_bot};
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
        bots.push((bot_id, hooks));
    }
    anyhow::ensure!(!bots.is_empty(), "there is no webhook to deliver to");
    let turns = args.deliveries.div_ceil(WEBHOOKS_OF_A_BOT);
    let said =
        bots.iter().cycle().take(turns).enumerate().map(|(number, (bot_id, hooks))| turn(*bot_id, hooks, number));
    commit_all(&store, said, TOGETHER).await?;
    println!("{}", serde_json::json!({"turns": turns}));
    Ok(())
}

fn webhook(bot_id: BotId, number: usize) -> StoredWebhook {
    let now = SystemClock.now();
    let id = WebhookId::new(now, &mut SystemEntropy);
    let url = format!("http://127.0.0.1:9/{number}");
    let mut webhook = Webhook::new(id, bot_id, WebhookKind::Global, url, now);
    webhook.events = vec![EventKind::IncomingMessage];
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
