//! Who signs in, and what agents see.

use recado_model::{Account, AccountId, MemberId, Plan, time::DAY_MS};
use recado_store::members::{MemberProfile, MemberRecord, SESSIONS_MAX, SessionRecord};

use super::Harness;
use crate::make::{NOW, World, is_conflict, is_not_found, is_taken};

const HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0$aGFzaA";

fn account(world: &mut World) -> Account {
    let id = AccountId::new(NOW, &mut world.rng);
    Account { id, name: "Acme".to_owned(), plan: Plan::Paid, time_zone: "UTC".to_owned(), created_at: NOW }
}

fn owner(world: &mut World, account_id: AccountId, email: &str) -> MemberRecord {
    MemberRecord {
        id: MemberId::new(NOW, &mut world.rng),
        account_id,
        email: email.to_owned(),
        password: HASH.to_owned(),
        created_at: NOW,
        profile: MemberProfile { name: "Ada".to_owned(), language: "es".to_owned() },
    }
}

pub(crate) async fn the_first_owner_is_made_once_and_gets_the_first_account(harness: &mut dyn Harness) {
    let store = harness.store();
    let mut world = World::begin(&*store).await;
    assert!(store.has_no_member().await.unwrap());
    let account = account(&mut world);
    let wanted = owner(&mut world, account.id, "ada@example.org");
    let made = store.set_up(account.clone(), wanted.clone()).await.unwrap();
    assert_eq!(made, MemberRecord { account_id: world.account, ..wanted });
    let accounts = store.accounts().await.unwrap();
    assert_eq!((accounts.len(), accounts[0].id, accounts[0].name.as_str()), (1, world.account, "Acme"));
    let second = owner(&mut world, account.id, "bob@example.org");
    assert!(is_taken(store.set_up(account, second).await));
    harness.reopen();
    let store = harness.store();
    assert!(!store.has_no_member().await.unwrap());
    assert_eq!(store.member_by_email("ada@example.org").await.unwrap(), Some(made.clone()));
    assert_eq!(store.member_by_email("bob@example.org").await.unwrap(), None);
    assert_eq!(store.members(world.account).await.unwrap(), [made]);
}

pub(crate) async fn a_session_ends_at_its_time_or_before(harness: &mut dyn Harness) {
    let store = harness.store();
    let mut world = World::begin(&*store).await;
    let account = account(&mut world);
    let wanted = owner(&mut world, account.id, "ada@example.org");
    let ada = store.set_up(account, wanted).await.unwrap();
    let session = |hash: u8| SessionRecord {
        hash: [hash; 32],
        member_id: ada.id,
        expires_at: NOW + DAY_MS,
        created_at: NOW + i64::from(hash),
        agent: format!("Browser {hash}"),
    };
    for hash in 1..=3 {
        store.open_session(session(hash), HASH.to_owned(), NOW).await.unwrap();
    }
    harness.reopen();
    let store = harness.store();
    assert_eq!(store.session([1; 32], NOW).await.unwrap(), Some((session(1), ada.clone())));
    assert_eq!(store.session([1; 32], NOW + DAY_MS).await.unwrap(), None);
    assert_eq!(store.session([9; 32], NOW).await.unwrap(), None);
    assert_eq!(store.sessions(ada.id, NOW).await.unwrap(), [session(3), session(2), session(1)]);
    assert_eq!(store.sessions(ada.id, NOW + DAY_MS).await.unwrap(), []);
    store.close_session([1; 32]).await.unwrap();
    assert_eq!(store.session([1; 32], NOW).await.unwrap(), None);
    store.renew_session([1; 32], NOW + 2 * DAY_MS).await.unwrap();
    assert_eq!(store.session([1; 32], NOW).await.unwrap(), None, "what was closed does not come back");
    store.renew_session([2; 32], NOW + 2 * DAY_MS).await.unwrap();
    assert!(store.session([2; 32], NOW + DAY_MS).await.unwrap().is_some());
    let profile = MemberProfile { name: "Ada King".to_owned(), language: "en".to_owned() };
    store.update_profile(ada.id, profile.clone()).await.unwrap();
    assert_eq!(store.member_by_email("ada@example.org").await.unwrap().unwrap().profile, profile);
    let to = HASH.replace("aGFz", "aGFa");
    store.change_password(ada.id, HASH.to_owned(), to.clone(), Some([3; 32])).await.unwrap();
    assert_eq!(store.session([2; 32], NOW).await.unwrap(), None);
    assert!(store.session([3; 32], NOW).await.unwrap().is_some());
    assert!(
        is_conflict(store.change_password(ada.id, HASH.to_owned(), to.clone(), None).await),
        "it was changed before"
    );
    assert!(is_conflict(store.open_session(session(4), HASH.to_owned(), NOW).await), "the old password opens nothing");
    for hash in 10..10 + SESSIONS_MAX as u8 {
        let later = SessionRecord { expires_at: NOW + 2 * DAY_MS, ..session(hash) };
        store.open_session(later, to.clone(), NOW).await.unwrap();
    }
    assert!(store.session([3; 32], NOW).await.unwrap().is_none(), "the oldest goes when there are too many");
    let last = 10 + SESSIONS_MAX as u8 - 1;
    assert!(store.session([last; 32], NOW).await.unwrap().is_some());
    store.close_other_sessions(ada.id, [last; 32]).await.unwrap();
    let left = store.sessions(ada.id, NOW).await.unwrap();
    assert_eq!((left.len(), left[0].hash), (1, [last; 32]));
    let nobody = MemberId::new(NOW, &mut world.rng);
    store.close_other_sessions(nobody, [0; 32]).await.unwrap();
    assert_eq!(store.sessions(ada.id, NOW).await.unwrap(), left, "a member ends its own");
    assert!(is_not_found(store.update_profile(nobody, profile).await));
}
