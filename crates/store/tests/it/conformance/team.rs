//! What a team keeps.

use recado_model::{ContactId, NoteId};
use recado_store::{
    StoreError,
    team::{KEPT_MAX, Kept, KeptKind, NOTES_MAX, NoteRecord},
};
use serde_json::json;

use super::Harness;
use crate::make::{NOW, World, is_not_found, is_taken};

pub(crate) async fn what_is_kept_has_a_name_of_its_own_in_its_kind_and_bot(harness: &mut dyn Harness) {
    let store = harness.store();
    let world = World::begin(&*store).await;
    let kept = |name: &str, doc| Kept { name: name.to_owned(), doc };
    for kind in [KeptKind::Reply, KeptKind::Segment] {
        store.keep(world.bot, kind, kept("a", json!("one"))).await.unwrap();
        assert!(is_taken(store.keep(world.bot, kind, kept("a", json!("two"))).await));
    }
    store.keep(world.bot, KeptKind::Reply, kept("b", json!("two"))).await.unwrap();
    let replace = async |from: &str, to: &str| {
        store.replace_kept(world.bot, KeptKind::Reply, from.to_owned(), kept(to, json!("three"))).await
    };
    assert!(is_taken(replace("a", "b").await));
    replace("a", "a").await.unwrap();
    replace("a", "c").await.unwrap();
    assert!(is_not_found(replace("a", "d").await));
    drop(store);
    harness.reopen();
    let store = harness.store();
    let both = [kept("b", json!("two")), kept("c", json!("three"))];
    assert_eq!(store.kept(world.bot, KeptKind::Reply).await.unwrap(), both);
    assert_eq!(store.kept(world.bot, KeptKind::Segment).await.unwrap(), [kept("a", json!("one"))]);
    store.forget_kept(world.bot, KeptKind::Segment, "a".to_owned()).await.unwrap();
    assert!(is_not_found(store.forget_kept(world.bot, KeptKind::Segment, "a".to_owned()).await));
    for number in 2..KEPT_MAX {
        store.keep(world.bot, KeptKind::Reply, kept(&number.to_string(), json!(""))).await.unwrap();
    }
    let full = store.keep(world.bot, KeptKind::Reply, kept("more", json!(""))).await;
    assert_eq!(full, Err(StoreError::TooMany { what: "reply", max: KEPT_MAX }));
    store.keep(world.bot, KeptKind::Segment, kept("more", json!(""))).await.unwrap();
    store.delete_bot(world.account, world.bot).await.unwrap();
    assert!(is_not_found(store.keep(world.bot, KeptKind::Segment, kept("late", json!(""))).await));
}

pub(crate) async fn notes_are_of_their_contact_and_go_with_it(harness: &mut dyn Harness) {
    let store = harness.store();
    let mut world = World::begin(&*store).await;
    let (ana, bob) = (world.contact(&*store, "ana").await, world.contact(&*store, "bob").await);
    let mut note = |contact_id: ContactId, number: i64| NoteRecord {
        id: NoteId::new(NOW + number, &mut world.rng),
        contact_id,
        at: NOW + number,
        written_by: (number % 2 == 0).then(|| "Eva".to_owned()),
        text: format!("note {number}"),
    };
    let notes: Vec<NoteRecord> = (0..NOTES_MAX as i64).map(|number| note(ana.id, number)).collect();
    let (other, late) = (note(bob.id, 0), note(ana.id, 500));
    for one in notes.iter().chain([&other]) {
        store.add_note(one.clone()).await.unwrap();
    }
    assert_eq!(store.add_note(late.clone()).await, Err(StoreError::TooMany { what: "note", max: NOTES_MAX }));
    let newest_first: Vec<NoteRecord> = notes.iter().rev().cloned().collect();
    assert_eq!(store.notes(ana.id).await.unwrap(), newest_first);
    let changed = store.change_note(ana.id, notes[3].id, "otherwise".to_owned()).await.unwrap();
    assert_eq!(changed, NoteRecord { text: "otherwise".to_owned(), ..notes[3].clone() });
    assert!(is_not_found(store.change_note(bob.id, notes[3].id, "x".to_owned()).await), "another's note");
    assert!(is_not_found(store.delete_note(bob.id, notes[3].id).await));
    store.delete_note(ana.id, notes[3].id).await.unwrap();
    store.erase_contact(world.bot, ana.id, NOW).await.unwrap();
    assert_eq!(store.notes(ana.id).await.unwrap(), []);
    assert!(is_not_found(store.add_note(late).await));
    assert_eq!(store.notes(bob.id).await.unwrap(), [other]);
}
