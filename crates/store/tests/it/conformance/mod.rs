//! What every database must keep to. Each test gets a fresh store; `reopen` is a crash and a new start.

use std::sync::Arc;

use recado_store::Store;

pub(crate) mod catalog;
pub(crate) mod catching_up;
pub(crate) mod chats;
pub(crate) mod deliveries;
pub(crate) mod files;
pub(crate) mod history;
pub(crate) mod kept;
pub(crate) mod members;
pub(crate) mod moving;
pub(crate) mod names;
pub(crate) mod outbox;
pub(crate) mod records;
pub(crate) mod team;
pub(crate) mod turns;
pub(crate) mod waiting;

/// Opens stores for tests.
pub(crate) trait Harness {
    /// The store as it is now.
    fn store(&self) -> Arc<dyn Store>;
    /// The store after a stop and a start.
    fn reopen(&mut self);
    /// The same, with so many deliveries of a webhook that may be pending.
    fn reopen_with_pending_max(&mut self, max: u64);
}

/// Runs every conformance test on a harness.
macro_rules! conformance {
    ($open:expr; $($area:ident: $($test:ident),+ $(,)?;)+) => {$(
        mod $area {
            $(
                #[tokio::test]
                async fn $test() {
                    let mut harness = $open;
                    crate::conformance::$area::$test(&mut harness).await;
                }
            )+
        }
    )+};
}
pub(crate) use conformance;
