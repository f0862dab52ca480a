//! Variables and tags get other names, or none.

use recado_model::{Contact, Named, Value, ValueType, VersionId};
use recado_store::{
    Store, StoreError,
    catalog::{FlowRecord, Publish, Rename, VariableRecord},
    records::{ContactFilter, Retention},
    team::{Kept, KeptKind},
    turns::TurnCommit,
};
use serde_json::json;

use super::Harness;
use crate::make::{NOW, World, is_conflict, is_not_found, is_taken};

fn rename(world: &World, what: Named, from: &str, to: Option<&str>) -> Rename {
    Rename {
        bot_id: world.bot,
        what,
        from: from.to_owned(),
        to: to.map(str::to_owned),
        read: None,
        drafts: Vec::new(),
        versions: Vec::new(),
        webhook_urls: Vec::new(),
        segments: Vec::new(),
        at: NOW,
    }
}

/// A contact that knows a city and has a tag.
async fn marked(world: &mut World, store: &dyn Store, identity: &str, tag: &str) -> Contact {
    let mut contact = world.new_contact(identity);
    contact.variables.insert("city".to_owned(), Value::Text(identity.to_owned()));
    contact.tags = vec![tag.to_owned()];
    let mut turn = TurnCommit::of(contact.clone(), None);
    turn.names = store.load_bot(world.bot).await.unwrap().unwrap().names;
    turn.tags_added = vec![tag.to_owned()];
    store.commit_turn(turn).await.unwrap();
    contact
}

/// The next turn of a contact as the server has it: on what is stored, with its names.
async fn next_turn(store: &dyn Store, contact: &Contact) -> TurnCommit {
    let loaded = store.load_contact(contact.id).await.unwrap().unwrap();
    let mut turn = TurnCommit::of(loaded.contact.clone(), Some(loaded.revision));
    turn.names = loaded.names;
    turn
}

async fn who_has(store: &dyn Store, world: &World, tag: &str) -> usize {
    let filter = ContactFilter { tag: Some(tag.to_owned()), ..ContactFilter::default() };
    store.contacts(world.bot, filter, None, 50).await.unwrap().items.len()
}

pub(crate) async fn a_variable_has_its_new_name_with_every_contact_at_once(harness: &mut dyn Harness) {
    let store = harness.store();
    let mut world = World::begin(&*store).await;
    let declared = VariableRecord { name: "city".to_owned(), kind: ValueType::Text, created_at: NOW };
    store.declare_variable(world.bot, declared.clone()).await.unwrap();
    let ana = marked(&mut world, &*store, "ana", "vip").await;
    let begun = next_turn(&*store, &ana).await;
    store.rename(rename(&world, Named::ContactVariable, "city", Some("town"))).await.unwrap();
    assert!(is_conflict(store.commit_turn(begun).await), "it would write the old name back");
    let bundle = store.load_bot(world.bot).await.unwrap().unwrap();
    assert_eq!(bundle.declared, [VariableRecord { name: "town".to_owned(), ..declared }]);
    harness.reopen();
    let store = harness.store();
    let town = Value::Text("ana".to_owned());
    let loaded = store.load_contact(ana.id).await.unwrap().unwrap();
    assert_eq!((loaded.contact.variables.get("town"), loaded.contact.variables.get("city")), (Some(&town), None));
    assert_eq!(loaded.names, bundle.names);
    let filter = ContactFilter { variable: Some(("town".to_owned(), None)), ..ContactFilter::default() };
    assert_eq!(store.contacts(world.bot, filter, None, 5).await.unwrap().items[0].variables.get("town"), Some(&town));

    // A new variable of the old name is another one.
    let mut turn = next_turn(&*store, &ana).await;
    let mut contact = Contact::clone(&turn.contact);
    contact.variables.insert("city".to_owned(), Value::Number(1.0));
    turn.contact = contact.into();
    store.commit_turn(turn).await.unwrap();
    store.rename(rename(&world, Named::ContactVariable, "town", Some("place"))).await.unwrap();
    let variables = &store.load_contact(ana.id).await.unwrap().unwrap().contact.variables;
    assert_eq!((variables.get("place"), variables.get("city")), (Some(&town), Some(&Value::Number(1.0))));
    store.rename(rename(&world, Named::ContactVariable, "place", None)).await.unwrap();
    let variables = &store.load_contact(ana.id).await.unwrap().unwrap().contact.variables;
    assert_eq!(variables.keys().collect::<Vec<_>>(), ["city"], "what is deleted reads empty");
    assert!(store.load_bot(world.bot).await.unwrap().unwrap().declared.is_empty());
}

pub(crate) async fn a_tag_has_its_new_name_with_every_contact(harness: &mut dyn Harness) {
    let store = harness.store();
    let mut world = World::begin(&*store).await;
    let ana = marked(&mut world, &*store, "ana", "vip").await;
    for number in 0..200 {
        marked(&mut world, &*store, &format!("c{number}"), if number % 2 == 0 { "vip" } else { "VIP" }).await;
    }
    marked(&mut world, &*store, "bob", "cold").await;
    assert!(is_taken(store.rename(rename(&world, Named::Tag, "vip", Some("Cold"))).await));
    store.rename(rename(&world, Named::Tag, "Vip", Some("gold"))).await.unwrap();
    assert_eq!(store.tags(world.bot).await.unwrap(), [("cold".to_owned(), 1), ("gold".to_owned(), 201)]);
    assert_eq!((who_has(&*store, &world, "gold").await, who_has(&*store, &world, "vip").await), (50, 0));
    assert_eq!(store.load_contact(ana.id).await.unwrap().unwrap().contact.tags, ["gold"]);

    // The tag is taken off a contact under its new name.
    let mut turn = next_turn(&*store, &ana).await;
    let mut contact = Contact::clone(&turn.contact);
    contact.tags.clear();
    turn.contact = contact.into();
    turn.tags_removed = vec!["gold".to_owned()];
    store.commit_turn(turn).await.unwrap();
    assert_eq!(store.tags(world.bot).await.unwrap(), [("cold".to_owned(), 1), ("gold".to_owned(), 200)]);
    store.rename(rename(&world, Named::Tag, "gold", None)).await.unwrap();
    assert_eq!(store.tags(world.bot).await.unwrap(), [("cold".to_owned(), 1)]);
    assert_eq!(who_has(&*store, &world, "gold").await, 0);
    // Nothing is left to be moved.
    let retention =
        Retention { now: NOW + 1, log_before: NOW, pending_before: NOW, dedup_before: NOW, idempotency_before: NOW };
    while store.make_room(retention).await.unwrap() {}
    assert_eq!(store.tags(world.bot).await.unwrap(), [("cold".to_owned(), 1)]);
}

pub(crate) async fn documents_change_with_the_name_in_one_commit(harness: &mut dyn Harness) {
    let store = harness.store();
    let mut world = World::begin(&*store).await;
    store.set_bot_variable(world.bot, "shop".to_owned(), Some(Value::Text("a".to_owned()))).await.unwrap();
    store.set_bot_variable(world.bot, "open".to_owned(), Some(Value::Boolean(true))).await.unwrap();
    let flow = world.new_flow("Welcome");
    store.create_flow(flow.clone(), json!({"text": "{{$shop}}"})).await.unwrap();
    let version_id = VersionId::new(NOW, &mut world.rng);
    let mut hook = world.new_webhook("https://example.org/{{$shop}}");
    hook.webhook.kind = recado_model::WebhookKind::Flow;
    let publish = Publish {
        flow_id: flow.id,
        version_id,
        document: json!({"text": "{{$shop}}"}),
        draft_revision: 1,
        webhooks: vec![hook.clone()],
        tell: None,
        at: NOW,
    };
    store.publish_flow(publish).await.unwrap();
    store.keep(world.bot, KeptKind::Segment, Kept { name: "s".to_owned(), doc: json!({"tag": "a"}) }).await.unwrap();

    let read = |flow: &FlowRecord| Some(vec![(flow.id, flow.draft_revision, flow.published)]);
    let change = |read| Rename {
        read,
        drafts: vec![(flow.id, json!({"text": "{{$store}}"}))],
        versions: vec![(version_id, json!({"text": "{{$store}}"}))],
        webhook_urls: vec![(hook.webhook.id, "https://example.org/{{$store}}".to_owned())],
        segments: vec![Kept { name: "s".to_owned(), doc: json!({"tag": "b"}) }],
        ..rename(&world, Named::BotVariable, "shop", Some("store"))
    };
    assert!(is_conflict(store.rename(change(read(&flow))).await), "it was published since");
    let (published, draft) = store.flow(world.bot, flow.id).await.unwrap();
    assert_eq!(draft, json!({"text": "{{$shop}}"}));
    let taken = Rename { to: Some("open".to_owned()), ..change(read(&published)) };
    assert!(is_taken(store.rename(taken).await));
    store.rename(change(read(&published))).await.unwrap();
    let (after, draft) = store.flow(world.bot, flow.id).await.unwrap();
    assert_eq!((after.draft_revision, draft), (published.draft_revision + 1, json!({"text": "{{$store}}"})));
    assert_eq!(after.has_changes, published.has_changes);
    assert_eq!(store.version(version_id).await.unwrap().unwrap().document, json!({"text": "{{$store}}"}));
    assert_eq!(store.webhook(hook.webhook.id).await.unwrap().webhook.url, "https://example.org/{{$store}}");
    assert_eq!(store.kept(world.bot, KeptKind::Segment).await.unwrap()[0].doc, json!({"tag": "b"}));
    let variables = store.bot_variables(world.bot).await.unwrap();
    assert_eq!(variables.keys().collect::<Vec<_>>(), ["open", "store"]);
    assert!(is_not_found(store.rename(rename(&world, Named::BotVariable, "shop", Some("x"))).await));
    let nobody = world.another(9).new_bot(recado_model::BotId::new(NOW, &mut world.rng)).bot.id;
    let elsewhere = Rename { bot_id: nobody, ..rename(&world, Named::Tag, "a", Some("b")) };
    assert!(matches!(store.rename(elsewhere).await, Err(StoreError::NotFound { .. })));
}
