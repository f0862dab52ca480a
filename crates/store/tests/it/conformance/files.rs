//! Uploaded files: their rows, and how many bytes may be kept.

use recado_model::{BotId, ContactId, FileId};
use recado_store::{
    StoreError,
    catalog::{FileRecord, FileRoom, RoomOf},
    records::Retention,
};

use super::Harness;
use crate::make::{NOW, World, is_not_found, is_taken};

const PLENTY: FileRoom = FileRoom { of_a_contact: 1 << 40, of_a_bot: 1 << 40, of_an_account: 1 << 40 };

fn file(world: &mut World, contact_id: Option<ContactId>, bytes: u64) -> FileRecord {
    FileRecord {
        id: FileId::new(NOW, &mut world.rng),
        bot_id: world.bot,
        contact_id,
        hash: [7; 32],
        bytes,
        mime: "image/png".to_owned(),
        name: "cat.png".to_owned(),
        created_at: NOW,
    }
}

pub(crate) async fn files_are_kept_and_their_bytes_summed(harness: &mut dyn Harness) {
    let store = harness.store();
    let mut world = World::begin(&*store).await;
    let ana = world.contact(&*store, "ana").await;
    let sent = file(&mut world, Some(ana.id), 1_000);
    let logo = FileRecord { hash: [8; 32], ..file(&mut world, None, 24) };
    for file in [&sent, &logo] {
        store.create_file(file.clone(), PLENTY).await.unwrap();
        assert_eq!(store.file(file.id).await.unwrap().as_ref(), Some(file));
    }
    assert!(is_taken(store.create_file(logo.clone(), PLENTY).await));
    assert_eq!(store.file_bytes_of(world.bot).await.unwrap(), 1_024);
    let asked = vec![[8; 32], [9; 32], [7; 32]];
    assert_eq!(store.hashes_of_no_file(asked.clone()).await.unwrap(), [[9; 32]]);
    store.erase_contact(world.bot, ana.id, NOW).await.unwrap();
    assert_eq!((store.file(sent.id).await.unwrap(), store.file_bytes_of(world.bot).await.unwrap()), (None, 24));
    assert_eq!(store.hashes_of_no_file(asked.clone()).await.unwrap(), [[9; 32], [7; 32]]);
    store.delete_bot(world.account, world.bot).await.unwrap();
    while store
        .make_room(Retention {
            now: NOW + 1,
            log_before: NOW,
            pending_before: NOW,
            dedup_before: NOW,
            idempotency_before: NOW,
        })
        .await
        .unwrap()
    {}
    assert_eq!(store.hashes_of_no_file(asked.clone()).await.unwrap(), asked);
    assert_eq!(store.file_bytes_of(world.bot).await.unwrap(), 0);
}

pub(crate) async fn files_are_kept_up_to_the_room_of_contact_bot_and_account(harness: &mut dyn Harness) {
    let store = harness.store();
    let mut world = World::begin(&*store).await;
    let (ana, eva) = (world.contact(&*store, "ana").await, world.contact(&*store, "eva").await);
    let room = FileRoom { of_a_contact: 10, of_a_bot: 16, of_an_account: 20 };
    // To the last byte, and not one more.
    for (contact, bytes, full) in [
        (Some(ana.id), 11, Some((RoomOf::Contact, 10))),
        (Some(ana.id), 4, None),
        (Some(ana.id), 7, Some((RoomOf::Contact, 10))),
        (Some(ana.id), 6, None),
        (Some(ana.id), 1, Some((RoomOf::Contact, 10))),
        (Some(eva.id), 7, Some((RoomOf::Bot, 16))),
        (Some(eva.id), 4, None),
        (None, 3, Some((RoomOf::Bot, 16))),
        (None, 2, None),
        (None, 1, Some((RoomOf::Bot, 16))),
    ] {
        let file = file(&mut world, contact, bytes);
        let wanted = full.map_or(Ok(()), |(of, max)| Err(StoreError::NoRoom { of, max }));
        assert_eq!(store.has_file_room(world.bot, contact, bytes, room).await, wanted, "{bytes} of {contact:?}");
        assert_eq!(store.create_file(file.clone(), room).await, wanted, "{bytes} of {contact:?}");
        assert_eq!(store.file(file.id).await.unwrap().is_some(), full.is_none());
    }
    let second = BotId::new(NOW, &mut world.rng);
    store.create_bot(world.new_bot(second)).await.unwrap();
    let of_second = |file: FileRecord| FileRecord { bot_id: second, ..file };
    let full = Err(StoreError::NoRoom { of: RoomOf::Account, max: 20 });
    assert_eq!(store.create_file(of_second(file(&mut world, None, 5)), room).await, full);
    store.create_file(of_second(file(&mut world, None, 4)), room).await.unwrap();
    assert_eq!(store.create_file(of_second(file(&mut world, None, 1)), room).await, full);
    let mut stranger = World::begin_again(&*store).await;
    store.create_file(file(&mut stranger, None, 16), room).await.unwrap();
    store.delete_bot(world.account, world.bot).await.unwrap();
    store.create_file(of_second(file(&mut world, None, 12)), room).await.unwrap();
    assert_eq!(store.file_bytes_of(second).await.unwrap(), 16, "what a deleted bot keeps counts no more");
}

pub(crate) async fn a_file_of_who_is_gone_is_not_kept(harness: &mut dyn Harness) {
    let store = harness.store();
    let mut world = World::begin(&*store).await;
    let ana = world.contact(&*store, "ana").await;
    store.erase_contact(world.bot, ana.id, NOW).await.unwrap();
    let sent = file(&mut world, Some(ana.id), 1);
    assert!(is_not_found(store.create_file(sent, PLENTY).await));
    store.delete_bot(world.account, world.bot).await.unwrap();
    let logo = file(&mut world, None, 1);
    assert!(is_not_found(store.create_file(logo, PLENTY).await));
    assert_eq!(store.hashes_of_no_file(vec![[7; 32]]).await.unwrap(), [[7; 32]]);
}
