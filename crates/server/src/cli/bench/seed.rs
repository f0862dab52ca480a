//! Writes contacts into a data folder, waiting in a pause or not waiting at all: through the store, as the turns that would have made them.

use std::{path::PathBuf, sync::Arc};

use recado_flow::document::FlowDocument;
use recado_model::{
    AccountId, Bot, BotId, BotSettings, Contact, ContactId, ContactStatus, ElementId, FlowId, Run, Service, UnixMs,
    VersionId, Wait,
    run::{Timer, TimerKey},
};
use recado_store::{
    Catalog as _, Turns as _,
    catalog::{FlowRecord, Publish, StoredBot},
    sqlite::{Options, SqliteStore},
    turns::TurnCommit,
};
use serde_json::json;
use tokio::task::JoinSet;

use crate::clock::{Clock as _, SystemClock, SystemEntropy};

/// Turns that wait for their commit together.
const TOGETHER: usize = 1_024;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The data folder, with one account
    #[arg(long)]
    data: PathBuf,
    /// How many contacts
    #[arg(long)]
    contacts: u32,
    /// They wait in a pause that ends in so many seconds; without it they do not wait
    #[arg(long)]
    due_in_s: Option<i64>,
}

/// Where the contacts wait.
#[derive(Clone, Copy)]
struct Place {
    bot_id: BotId,
    flow_id: FlowId,
    version_id: VersionId,
    due: Option<UnixMs>,
}

pub(super) async fn run(args: Args) -> anyhow::Result<()> {
    let store = SqliteStore::open(args.data.join("recado.db"), Options::default())?;
    let due = args.due_in_s.map(|seconds| SystemClock.now() + seconds * 1_000);
    let place = place(&store, due).await?;
    commit_all(&store, (0..args.contacts).map(|number| turn(place, number)), TOGETHER).await?;
    println!("{}", json!({"bot_id": place.bot_id, "flow_id": place.flow_id, "due_ms": place.due.map(|due| due.0)}));
    Ok(())
}

/// Commits turns, so many at once.
pub(super) async fn commit_all(
    store: &Arc<SqliteStore>,
    turns: impl Iterator<Item = TurnCommit>,
    together: usize,
) -> anyhow::Result<()> {
    let mut tasks = JoinSet::new();
    for turn in turns {
        if tasks.len() >= together
            && let Some(done) = tasks.join_next().await
        {
            done??;
        }
        let store = Arc::clone(store);
        tasks.spawn(async move { store.commit_turn(turn).await });
    }
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    Ok(())
}

/// A bot that nobody writes to.
pub(super) fn quiet_bot(account_id: AccountId, name: &str) -> StoredBot {
    let now = SystemClock.now();
    let id = BotId::new(now, &mut SystemEntropy);
    let bot = Bot {
        id,
        account_id,
        service: Service::Livechat,
        name: name.to_owned(),
        external_id: id.to_string(),
        url: String::new(),
        photo: None,
        active: true,
        settings: BotSettings::default(),
        created_at: now,
    };
    StoredBot { bot, sealed: Vec::new(), lost: None }
}

async fn place(store: &SqliteStore, due: Option<UnixMs>) -> anyhow::Result<Place> {
    let now = SystemClock.now();
    let accounts = store.accounts().await?;
    let account = accounts.first().ok_or_else(|| anyhow::anyhow!("the data folder has no account"))?;
    let bot = quiet_bot(account.id, "Waiting");
    let bot_id = bot.bot.id;
    store.create_bot(bot).await?;
    let document = json!({
        "version": 1, "name": "Wait", "start": "wait",
        "elements": [
            {"id": "wait", "type": "pause", "until": {"kind": "period", "amount": 30, "unit": "days"}},
            {"id": "tag", "type": "action", "actions": [{"kind": "add_tag", "tag": "resumed"}]},
        ],
        "edges": [{"from": "wait", "output": "next", "to": "tag"}],
    });
    serde_json::from_value::<FlowDocument>(document.clone())?;
    let (flow_id, version_id) = (FlowId::new(now, &mut SystemEntropy), VersionId::new(now, &mut SystemEntropy));
    let flow = FlowRecord {
        id: flow_id,
        bot_id,
        name: "Wait".to_owned(),
        active: true,
        published: None,
        draft_revision: 1,
        has_changes: true,
        created_at: now,
        updated_at: now,
        folder: None,
    };
    store.create_flow(flow, document.clone()).await?;
    store
        .publish_flow(Publish {
            flow_id,
            version_id,
            document,
            draft_revision: 1,
            webhooks: Vec::new(),
            tell: None,
            at: now,
        })
        .await?;
    Ok(Place { bot_id, flow_id, version_id, due })
}

fn turn(place: Place, number: u32) -> TurnCommit {
    let now = SystemClock.now();
    let id = ContactId::new(now, &mut SystemEntropy);
    let mut contact = Contact::first_seen(id, place.bot_id, format!("visitor-{number:08}"), now);
    contact.status = Some(ContactStatus::Active);
    contact.subscribed_at = Some(now);
    contact.active_at = Some(now);
    contact.next_run = 1;
    let mut commit = TurnCommit::of(contact, None);
    if let Some(due) = place.due {
        commit.runs_put.push(Run {
            number: 0,
            flow_id: place.flow_id,
            version_id: place.version_id,
            element: ElementId::new("wait"),
            wait: Wait::Pause { until: due, if_inactive: false },
            stack: Vec::new(),
            data: serde_json::Value::Null,
            response: serde_json::Value::Null,
            start: serde_json::Value::Null,
            started_at: now,
        });
        commit.timers_set.push(Timer { bot_id: place.bot_id, contact_id: id, key: TimerKey::Run { number: 0 }, due });
    }
    commit
}
