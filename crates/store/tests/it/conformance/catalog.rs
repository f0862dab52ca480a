//! What users set up.

use recado_model::{
    BotId, ConnectionLost, ElementId, NoteId, TokenId, Trigger, TriggerId, TriggerKind, UnixMs, Value, ValueType,
    VersionId, trigger::KeywordMatch,
};
use recado_store::{
    StoreError,
    catalog::{
        BOTS_MAX, FlowRecord, FlowSettings, IdempotentAnswer, LinkRecord, ListedVersion, Publish, StoredBot,
        TokenRecord, VariableRecord, WEBHOOKS_MAX,
    },
    records::{Page, Retention},
    team::{Kept, KeptKind, NoteRecord},
    turns::TurnCommit,
};
use serde_json::json;

use super::Harness;
use crate::make::{NOW, World, is_conflict, is_not_found, is_taken};

pub(crate) async fn a_deleted_bot_is_gone_at_once_and_its_rows_later(harness: &mut dyn Harness) {
    let store = harness.store();
    let mut world = World::begin(&*store).await;
    let hook = world.webhook(&*store).await;
    let ana = world.contact(&*store, "ana").await;
    let delivery = world.say(&*store, &ana, hook).await;
    store.keep(world.bot, KeptKind::Reply, Kept { name: "Hello".to_owned(), doc: json!("hello") }).await.unwrap();
    let note = NoteRecord {
        id: NoteId::new(NOW, &mut world.rng),
        contact_id: ana.id,
        at: NOW,
        written_by: None,
        text: "a note".to_owned(),
    };
    store.add_note(note).await.unwrap();
    let mut turn = TurnCommit::of(world.new_contact("eva"), None);
    turn.messages = vec![world.message(&turn.contact, "hello")];
    store.commit_turn(turn).await.unwrap();
    assert_eq!(store.traffic(world.bot, 0).await.unwrap().len(), 1);
    let stranger = recado_model::AccountId::new(NOW, &mut world.rng);
    assert!(is_not_found(store.delete_bot(stranger, world.bot).await));
    assert!(is_not_found(store.bot(stranger, world.bot).await));
    assert_eq!(store.load_bot(world.bot).await.unwrap().unwrap().webhooks.len(), 1);
    store.delete_bot(world.account, world.bot).await.unwrap();
    assert!(store.load_bot(world.bot).await.unwrap().is_none());
    assert!(store.all_bot_ids().await.unwrap().is_empty());
    assert_eq!(store.ready_of(hook, 9).await.unwrap(), []);
    while store.cancel_deleted().await.unwrap().is_some() {}
    assert_eq!(store.delivery(delivery).await.unwrap().status.as_str(), "cancelled");
    assert_eq!(store.backlog(hook).await.unwrap(), 0);
    let keep = Retention {
        now: NOW + 1,
        log_before: NOW,
        pending_before: UnixMs(0),
        dedup_before: NOW,
        idempotency_before: NOW,
    };
    while store.make_room(keep).await.unwrap() {}
    assert!(is_not_found(store.delivery(delivery).await));
    assert_eq!(store.load_contact(ana.id).await.unwrap(), None);
    assert_eq!(store.totals().await.unwrap().messages_queued, 0);
    assert!(store.notes(ana.id).await.unwrap().is_empty());
    assert!(store.kept(world.bot, KeptKind::Reply).await.unwrap().is_empty());
    assert!(store.traffic(world.bot, 0).await.unwrap().is_empty());
}

pub(crate) async fn a_flow_is_drafted_published_and_deleted(harness: &mut dyn Harness) {
    let store = harness.store();
    let mut world = World::begin(&*store).await;
    let flow = world.new_flow("Welcome");
    store.create_flow(flow.clone(), json!({"v": 1})).await.unwrap();
    let twin = world.new_flow("Welcome");
    assert!(is_taken(store.create_flow(twin, json!({})).await));
    let saved = store.save_draft(flow.id, 1, json!({"v": 2}), NOW).await.unwrap();
    assert_eq!(saved.draft_revision, 2);
    assert!(is_conflict(store.save_draft(flow.id, 1, json!({}), NOW).await));
    let publish = Publish {
        flow_id: flow.id,
        version_id: VersionId::new(NOW, &mut world.rng),
        document: json!({"v": 2}),
        draft_revision: 2,
        webhooks: vec![world.new_webhook("https://example.org/flow")],
        tell: None,
        at: NOW,
    };
    let stale = Publish { draft_revision: 1, ..publish.clone() };
    assert!(is_conflict(store.publish_flow(stale).await));
    let version = store.publish_flow(publish).await.unwrap();
    assert_eq!(version.number, 1);
    let bundle = store.load_bot(world.bot).await.unwrap().unwrap();
    assert_eq!((bundle.versions.len(), bundle.webhooks.len(), bundle.flows[0].has_changes), (1, 1, false));
    assert_eq!(store.bot_of_flow(flow.id).await.unwrap(), world.bot);
    store.delete_flow(world.bot, flow.id, json!(null)).await.unwrap();
    assert!(is_not_found(store.flow(world.bot, flow.id).await));
    assert_eq!(store.version(version.id).await.unwrap(), Some(version));
}

pub(crate) async fn versions_are_listed_by_page_without_their_documents(harness: &mut dyn Harness) {
    let store = harness.store();
    let mut world = World::begin(&*store).await;
    let flow = world.new_flow("Welcome");
    store.create_flow(flow.clone(), json!({})).await.unwrap();
    for number in 1..=3 {
        let publish = Publish {
            flow_id: flow.id,
            version_id: VersionId::new(NOW, &mut world.rng),
            document: json!({"v": number}),
            draft_revision: 1,
            webhooks: Vec::new(),
            tell: None,
            at: NOW,
        };
        store.publish_flow(publish).await.unwrap();
    }
    let numbers = |page: &Page<ListedVersion>| page.items.iter().map(|version| version.number).collect::<Vec<_>>();
    let newest = store.versions(flow.id, None, 2).await.unwrap();
    assert_eq!(numbers(&newest), [3, 2]);
    let rest = store.versions(flow.id, newest.next.clone(), 2).await.unwrap();
    assert_eq!((numbers(&rest), rest.next), (vec![1], None));
    assert_eq!(store.versions(flow.id, None, 3).await.unwrap().next, None);
    let second = store.numbered_version(flow.id, 2).await.unwrap();
    assert_eq!((second.id, second.document), (newest.items[1].id, json!({"v": 2})));
    assert!(is_not_found(store.numbered_version(flow.id, 4).await));
}

pub(crate) async fn an_account_has_so_many_bots_and_a_bot_so_many_webhooks(harness: &mut dyn Harness) {
    let store = harness.store();
    let mut world = World::begin(&*store).await;
    let mut bots = vec![world.bot];
    for _ in 1..BOTS_MAX {
        let id = BotId::new(NOW, &mut world.rng);
        store.create_bot(world.new_bot(id)).await.unwrap();
        bots.push(id);
    }
    let another = BotId::new(NOW, &mut world.rng);
    let another = world.new_bot(another);
    let refused = store.create_bot(another.clone()).await;
    assert_eq!(refused, Err(StoreError::TooMany { what: "bot", max: BOTS_MAX }));
    store.delete_bot(world.account, bots[1]).await.unwrap();
    store.create_bot(another).await.unwrap();

    for number in 1..WEBHOOKS_MAX {
        let webhook = world.new_webhook(&format!("https://example.org/{number}"));
        store.create_webhook(webhook).await.unwrap();
    }
    let flow = world.new_flow("Welcome");
    store.create_flow(flow.clone(), json!({})).await.unwrap();
    let mut publish = Publish {
        flow_id: flow.id,
        version_id: VersionId::new(NOW, &mut world.rng),
        document: json!({}),
        draft_revision: 1,
        webhooks: vec![world.new_webhook("https://example.org/a"), world.new_webhook("https://example.org/b")],
        tell: Some(json!({})),
        at: NOW,
    };
    let too_many = StoreError::TooMany { what: "webhook", max: WEBHOOKS_MAX };
    assert_eq!(store.publish_flow(publish.clone()).await, Err(too_many.clone()));
    assert_eq!(store.webhooks(world.bot).await.unwrap().len(), WEBHOOKS_MAX - 1, "nothing of it is kept");
    assert!(store.versions(flow.id, None, 1).await.unwrap().items.is_empty());
    publish.webhooks.pop();
    store.publish_flow(publish).await.unwrap();
    assert_eq!(store.create_webhook(world.new_webhook("https://example.org/c")).await, Err(too_many));
}

pub(crate) async fn a_system_trigger_stands_once_and_goes_with_its_flow(harness: &mut dyn Harness) {
    let store = harness.store();
    let mut world = World::begin(&*store).await;
    let flow = world.new_flow("Welcome");
    store.create_flow(flow.clone(), json!({})).await.unwrap();
    let mut trigger = |kind| Trigger {
        id: TriggerId::new(NOW, &mut world.rng),
        bot_id: flow.bot_id,
        flow_id: flow.id,
        name: "t".to_owned(),
        active: true,
        kind,
        hours: None,
        interrupts: false,
        created_at: NOW,
    };
    let keyword = TriggerKind::Keyword { matching: KeywordMatch::Is, keywords: vec!["hola".to_owned()] };
    store.create_trigger(trigger(TriggerKind::Subscription)).await.unwrap();
    assert!(is_taken(store.create_trigger(trigger(TriggerKind::Subscription)).await));
    store.create_trigger(trigger(keyword.clone())).await.unwrap();
    store.create_trigger(trigger(keyword)).await.unwrap();
    assert_eq!(store.load_bot(flow.bot_id).await.unwrap().unwrap().triggers.len(), 3);
    store.delete_flow(flow.bot_id, flow.id, json!(null)).await.unwrap();
    assert!(store.load_bot(flow.bot_id).await.unwrap().unwrap().triggers.is_empty());
}

pub(crate) async fn tokens_settings_and_answers_are_kept(harness: &mut dyn Harness) {
    let store = harness.store();
    let mut world = World::begin(&*store).await;
    let token = TokenRecord {
        id: TokenId::new(NOW, &mut world.rng),
        account_id: world.account,
        name: "ci".to_owned(),
        hash: [7; 32],
        created_at: NOW,
    };
    store.create_token(token.clone()).await.unwrap();
    store.set_setting("key", vec![1]).await.unwrap();
    store.set_setting("key", vec![2]).await.unwrap();
    let answer = IdempotentAnswer { request: [1; 32], status: 201, body: b"{}".to_vec() };
    store.keep_idempotent_answer(world.account, "k".to_owned(), answer.clone(), NOW).await.unwrap();
    drop(store);
    harness.reopen();
    let store = harness.store();
    assert_eq!(store.token_by_hash([7; 32]).await.unwrap(), Some(token.clone()));
    assert_eq!(store.setting("key").await.unwrap(), Some(vec![2]));
    assert_eq!(store.idempotent_answer(world.account, "k").await.unwrap(), Some(answer));
    store.delete_token(world.account, token.id).await.unwrap();
    assert!(is_not_found(store.delete_token(world.account, token.id).await));
}

pub(crate) async fn links_are_kept_until_their_contact_is_erased(harness: &mut dyn Harness) {
    let store = harness.store();
    let mut world = World::begin(&*store).await;
    let ana = world.contact(&*store, "ana").await;
    let link = LinkRecord {
        token: "t0k3n".to_owned(),
        bot_id: world.bot,
        contact_id: ana.id,
        url: "https://example.org/?q=1".to_owned(),
        text: "Shop".to_owned(),
        flow_id: world.flow_id(),
        element: ElementId::new("say"),
        created_at: NOW,
    };
    store.create_links(vec![link.clone()]).await.unwrap();
    let fresh = LinkRecord { token: "fresh".to_owned(), ..link.clone() };
    assert!(is_taken(store.create_links(vec![fresh, link.clone()]).await));
    assert_eq!(store.link("t0k3n").await.unwrap(), Some(link));
    assert_eq!(store.link("fresh").await.unwrap(), None, "all of a call or nothing");
    store.erase_contact(world.bot, ana.id, NOW).await.unwrap();
    assert_eq!(store.link("t0k3n").await.unwrap(), None);
}

pub(crate) async fn variables_are_declared_set_and_deleted(harness: &mut dyn Harness) {
    let store = harness.store();
    let world = World::begin(&*store).await;
    let declared = VariableRecord { name: "city".to_owned(), kind: ValueType::Text, created_at: NOW };
    store.declare_variable(world.bot, declared.clone()).await.unwrap();
    assert_eq!(store.load_bot(world.bot).await.unwrap().unwrap().declared, [declared]);
    store.set_bot_variable(world.bot, "open".to_owned(), Some(Value::Boolean(true))).await.unwrap();
    assert_eq!(store.load_bot(world.bot).await.unwrap().unwrap().variables.get("open"), Some(&Value::Boolean(true)));
    store.set_bot_variable(world.bot, "open".to_owned(), None).await.unwrap();
    assert!(!store.load_bot(world.bot).await.unwrap().unwrap().variables.contains_key("open"));
}

pub(crate) async fn accounts_bots_and_flows_are_changed_and_unknown_ones_are_not_found(harness: &mut dyn Harness) {
    let store = harness.store();
    let mut world = World::begin(&*store).await;
    let mut account = store.accounts().await.unwrap().remove(0);
    "Zapatería".clone_into(&mut account.name);
    store.update_account(account.clone()).await.unwrap();
    assert_eq!(store.accounts().await.unwrap(), [account]);
    let read = store.bot(world.account, world.bot).await.unwrap();
    let mut bot = read.clone();
    "Pepe".clone_into(&mut bot.bot.name);
    bot.sealed = vec![4];
    store.update_bot(read.clone(), bot.clone()).await.unwrap();
    assert!(is_conflict(store.update_bot(read, world.new_bot(world.bot)).await), "it would undo the change");
    assert_eq!(store.bots(world.account).await.unwrap(), [bot]);
    let unknown = recado_model::BotId::new(NOW, &mut world.rng);
    let unknown = world.new_bot(unknown);
    assert!(is_not_found(store.update_bot(unknown.clone(), unknown).await));
    let flow = world.new_flow("Welcome");
    store.create_flow(flow.clone(), json!({})).await.unwrap();
    let settings = FlowSettings { name: "Hello".to_owned(), active: false, folder: Some("Sales".to_owned()) };
    let changed = store.update_flow(flow.id, settings.clone(), NOW + 1).await.unwrap();
    let FlowRecord { name, active, folder, .. } = changed.clone();
    assert_eq!(FlowSettings { name, active, folder }, settings);
    assert_eq!(store.flow(world.bot, flow.id).await.unwrap().0, changed);
    store.rename_folder(world.bot, "Sales".to_owned(), Some("Old".to_owned())).await.unwrap();
    assert!(is_not_found(store.rename_folder(world.bot, "Sales".to_owned(), None).await));
    assert_eq!(
        store.flow(world.bot, flow.id).await.unwrap().0,
        FlowRecord { folder: Some("Old".to_owned()), ..changed }
    );
    store.rename_folder(world.bot, "Old".to_owned(), None).await.unwrap();
    assert_eq!(store.flow(world.bot, flow.id).await.unwrap().0.folder, None);
    let nothing = world.flow_id();
    assert!(is_not_found(store.update_flow(nothing, settings, NOW).await));
    let nobody = world.new_webhook("https://example.org/none");
    assert!(is_not_found(store.update_webhook(nobody.clone(), nobody, NOW).await));
    let hook = world.webhook(&*store).await;
    let read = store.webhook(hook).await.unwrap();
    let mut webhook = read.clone();
    webhook.webhook.concurrency = 3;
    store.update_webhook(read, webhook.clone(), NOW).await.unwrap();
    assert_eq!(store.webhook(hook).await.unwrap(), webhook);
}

pub(crate) async fn a_webhook_changes_only_if_it_is_what_was_read(harness: &mut dyn Harness) {
    let store = harness.store();
    let mut world = World::begin(&*store).await;
    let hook = world.webhook(&*store).await;
    let read = store.webhook(hook).await.unwrap();
    let mut rotated = read.clone();
    rotated.sealed = vec![4, 5];
    store.update_webhook(read.clone(), rotated.clone(), NOW).await.unwrap();
    let mut slower = read.clone();
    slower.webhook.concurrency = 3;
    assert!(is_conflict(store.update_webhook(read, slower.clone(), NOW).await), "it would undo the rotation");
    assert_eq!(store.webhook(hook).await.unwrap(), rotated);
    slower.sealed.clone_from(&rotated.sealed);
    store.update_webhook(rotated.clone(), slower.clone(), NOW).await.unwrap();
    let mut again = rotated.clone();
    again.sealed = vec![6];
    assert!(is_conflict(store.update_webhook(rotated, again, NOW).await), "it would undo the setting");
    assert_eq!(store.webhook(hook).await.unwrap(), slower);
}

pub(crate) async fn a_lost_connection_is_kept_until_the_credentials_change(harness: &mut dyn Harness) {
    let store = harness.store();
    let world = World::begin(&*store).await;
    let lost = |words: &str| ConnectionLost { since: NOW, words: words.to_owned() };
    let bot = store.bot(world.account, world.bot).await.unwrap();
    assert!(!store.lose_connection(world.bot, vec![9], lost("other")).await.unwrap(), "these are not its credentials");
    assert!(store.lose_connection(world.bot, bot.sealed.clone(), lost("Unauthorized")).await.unwrap());
    assert!(!store.lose_connection(world.bot, bot.sealed.clone(), lost("again")).await.unwrap(), "it is known");
    drop(store);
    harness.reopen();
    let store = harness.store();
    let read = store.bot(world.account, world.bot).await.unwrap();
    assert_eq!(read.lost, Some(lost("Unauthorized")));
    assert_eq!(store.load_bot(world.bot).await.unwrap().unwrap().bot, read);
    let mut bot = read.clone();
    "Another name".clone_into(&mut bot.bot.name);
    bot.lost = None;
    store.update_bot(read, bot.clone()).await.unwrap();
    assert_eq!(store.bots(world.account).await.unwrap()[0].lost, Some(lost("Unauthorized")), "a name connects nothing");
    store.update_bot(bot.clone(), StoredBot { sealed: vec![4], ..bot }).await.unwrap();
    assert_eq!(store.bot(world.account, world.bot).await.unwrap().lost, None);
}
