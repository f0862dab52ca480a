//! The sending loops' part.

use recado_model::{EventKind, MessageStatus};
use recado_store::{
    outbox::{SendCommit, SendResult},
    turns::TurnCommit,
};

use super::Harness;
use crate::make::{NOW, World};

pub(crate) async fn queued_messages_leave_in_order_and_sends_are_remembered(harness: &mut dyn Harness) {
    let store = harness.store();
    let mut world = World::begin(&*store).await;
    let ana = world.contact(&*store, "ana").await;
    let mut turn = TurnCommit::of(ana.clone(), Some(1));
    turn.messages = (0..4).map(|number| world.message(&ana, &number.to_string())).collect();
    let sent = turn.messages.clone();
    store.commit_turn(turn).await.unwrap();
    drop(store);
    harness.reopen();
    let store = harness.store();
    let queued = store.queued_messages(0, 10).await.unwrap();
    assert_eq!(queued.iter().map(|one| one.message.clone()).collect::<Vec<_>>(), sent);
    assert_eq!(queued[0].identity, "ana");
    assert_eq!(store.queued_messages_of(world.bot, queued[1].seq, 1).await.unwrap()[0].seq, queued[2].seq);
    let results = [
        SendResult::Sent { external_id: Some("m1".to_owned()), at: NOW },
        SendResult::Failed { error: "chat not found".to_owned() },
        SendResult::Later { at: NOW + 60 },
    ];
    let sends = queued.iter().zip(results).map(|(one, result)| SendCommit {
        seq: one.seq,
        message_id: one.message.id,
        bot_id: world.bot,
        contact_id: ana.id,
        result,
        events: Vec::new(),
    });
    assert!(!store.commit_sends(sends.collect()).await.unwrap());
    let left = store.queued_messages(0, 10).await.unwrap();
    assert_eq!((left[0].tries, left[0].message.not_before, left[1].tries), (1, NOW + 60, 0));
    let all = store.messages(ana.id, Some(0), None, 10).await.unwrap().items;
    assert_eq!(
        all.iter().map(|one| one.message.status).collect::<Vec<_>>(),
        [MessageStatus::Sent, MessageStatus::Failed, MessageStatus::Queued, MessageStatus::Queued]
    );
    assert_eq!(all[0].message.external_id.as_deref(), Some("m1"));
}

pub(crate) async fn a_cancelled_message_stays_cancelled_but_its_events_are_kept(harness: &mut dyn Harness) {
    let store = harness.store();
    let mut world = World::begin(&*store).await;
    let hook = world.webhook(&*store).await;
    let ana = world.contact(&*store, "ana").await;
    let mut turn = TurnCommit::of(ana.clone(), Some(1));
    turn.messages = vec![world.message(&ana, "one")];
    store.commit_turn(turn).await.unwrap();
    let queued = store.queued_messages(0, 1).await.unwrap().remove(0);
    assert!(store.is_queued(queued.seq).await.unwrap());
    let mut turn = TurnCommit::of(ana.clone(), Some(2));
    turn.cancel_queued = true;
    turn.messages = vec![world.message(&ana, "two")];
    store.commit_turn(turn).await.unwrap();
    assert!(!store.is_queued(queued.seq).await.unwrap());
    assert_eq!(store.queued_messages(0, 9).await.unwrap().len(), 1, "the turn's own message stays");
    let delivery = world.delivery(hook);
    let event = world.event(EventKind::OutgoingMessage, vec![delivery]);
    let send = SendCommit {
        seq: queued.seq,
        message_id: queued.message.id,
        bot_id: world.bot,
        contact_id: ana.id,
        result: SendResult::Sent { external_id: None, at: NOW },
        events: vec![event.clone()],
    };
    assert!(store.commit_sends(vec![send]).await.unwrap());
    assert_eq!(store.event(event.id).await.unwrap().data, event.data);
    let all = store.messages(ana.id, Some(0), None, 10).await.unwrap().items;
    assert_eq!(all[0].message.status, MessageStatus::Cancelled);
}

pub(crate) async fn answers_are_found_among_many_and_what_was_sent_before(harness: &mut dyn Harness) {
    let store = harness.store();
    let mut world = World::begin(&*store).await;
    let (ana, ben) = (world.contact(&*store, "ana").await, world.contact(&*store, "ben").await);
    for (contact, revision, bulk) in [(&ana, 1, true), (&ben, 1, false), (&ana, 2, false)] {
        let mut turn = TurnCommit::of(contact.clone(), Some(revision));
        turn.bulk = bulk;
        turn.messages = (0..2).map(|number| world.message(contact, &format!("{bulk} {number}"))).collect();
        store.commit_turn(turn).await.unwrap();
    }
    let queued = store.queued_messages(0, 10).await.unwrap();
    assert_eq!(queued.iter().map(|one| one.bulk).collect::<Vec<_>>(), [true, true, false, false, false, false]);
    assert_eq!(store.queued_answers_of(world.bot, 0, 10).await.unwrap(), queued[2..]);
    assert_eq!(store.queued_answers_of(world.bot, queued[2].seq, 2).await.unwrap(), queued[3..5]);
    let to_ana: Vec<_> = [0, 1, 4, 5].map(|at: usize| queued[at].clone()).into();
    assert_eq!(store.queued_messages_to(ana.id, 0, 10).await.unwrap(), to_ana);
    let cleo = world.contact(&*store, "cleo").await;
    assert!(store.has_queued(ana.id).await.unwrap() && !store.has_queued(cleo.id).await.unwrap());
    assert_eq!(store.queued_messages_to(ana.id, queued[1].seq, 1).await.unwrap(), to_ana[2..3]);
    let results = [
        SendResult::Sent { external_id: None, at: NOW },
        SendResult::Failed { error: "chat not found".to_owned() },
        SendResult::Sent { external_id: None, at: NOW },
    ];
    let sends = to_ana.iter().zip(results).map(|(one, result)| SendCommit {
        seq: one.seq,
        message_id: one.message.id,
        bot_id: world.bot,
        contact_id: ana.id,
        result,
        events: Vec::new(),
    });
    store.commit_sends(sends.collect()).await.unwrap();
    let sent = store.sent_before(ana.id, queued[5].seq, 10).await.unwrap();
    assert_eq!(sent, [to_ana[2].message.part.clone(), to_ana[0].message.part.clone()], "the newest first");
    assert_eq!(store.sent_before(ana.id, queued[5].seq, 1).await.unwrap().len(), 1);
    assert!(store.sent_before(ana.id, queued[0].seq, 10).await.unwrap().is_empty());
}
