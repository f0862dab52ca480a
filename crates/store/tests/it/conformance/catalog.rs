//! What users set up.

use recado_model::{TokenId, Trigger, TriggerId, TriggerKind, VersionId, trigger::KeywordMatch};
use recado_store::{
    catalog::{IdempotentAnswer, Publish, TokenRecord},
    records::Retention,
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
    let stranger = recado_model::AccountId::new(NOW, &mut world.rng);
    assert!(is_not_found(store.delete_bot(stranger, world.bot).await));
    assert!(is_not_found(store.bot(stranger, world.bot).await));
    assert_eq!(store.load_bot(world.bot).await.unwrap().unwrap().webhooks.len(), 1);
    store.delete_bot(world.account, world.bot).await.unwrap();
    assert!(store.load_bot(world.bot).await.unwrap().is_none());
    assert!(store.all_bot_ids().await.unwrap().is_empty());
    assert_eq!(store.delivery(delivery).await.unwrap().status.as_str(), "cancelled");
    let keep = Retention { log_before: NOW, dedup_before: NOW, idempotency_before: NOW };
    while store.make_room(keep).await.unwrap() {}
    assert!(is_not_found(store.delivery(delivery).await));
    assert_eq!(store.load_contact(ana.id).await.unwrap(), None);
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
        at: NOW,
    };
    let stale = Publish { draft_revision: 1, ..publish.clone() };
    assert!(is_conflict(store.publish_flow(stale).await));
    let version = store.publish_flow(publish).await.unwrap();
    assert_eq!(version.number, 1);
    let bundle = store.load_bot(world.bot).await.unwrap().unwrap();
    assert_eq!((bundle.versions.len(), bundle.webhooks.len(), bundle.flows[0].has_changes), (1, 1, false));
    assert_eq!(store.bot_of_flow(flow.id).await.unwrap(), world.bot);
    store.delete_flow(world.bot, flow.id).await.unwrap();
    assert!(is_not_found(store.flow(world.bot, flow.id).await));
    assert_eq!(store.version(version.id).await.unwrap(), Some(version));
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
    store.delete_flow(flow.bot_id, flow.id).await.unwrap();
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
