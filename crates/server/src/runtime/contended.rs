//! Turns of different contacts that change the same bot variable.
//!
//! Turns run side by side, and the store refuses one that saw an older value. A refused turn stands in line with the others of its bot, and as long as
//! somebody stands there new turns of that bot join the line: so each has its turn after few refusals, however many come. Without refusals nobody
//! waits. Nothing here outlives the process.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::Arc,
};

use parking_lot::Mutex;
use recado_model::BotId;
use tokio::sync::{Mutex as Line, OwnedMutexGuard};

/// The lines of bots that have one.
#[derive(Debug, Default)]
pub struct Contended {
    lines: Arc<Lines>,
}

type Lines = Mutex<HashMap<BotId, Arc<Line<()>>>>;

/// The place of the turn that runs; the next one's comes when it is dropped.
#[derive(Debug)]
pub struct Place {
    lines: Arc<Lines>,
    bot_id: BotId,
    guard: Option<OwnedMutexGuard<()>>,
}

impl Contended {
    /// Stands in line if there is one.
    pub async fn wait(&self, bot_id: BotId) -> Option<Place> {
        let line = self.lines.lock().get(&bot_id).map(Arc::clone)?;
        Some(self.stand(bot_id, line).await)
    }

    /// Stands in line.
    pub async fn queue(&self, bot_id: BotId) -> Place {
        let line = Arc::clone(self.lines.lock().entry(bot_id).or_default());
        self.stand(bot_id, line).await
    }

    async fn stand(&self, bot_id: BotId, line: Arc<Line<()>>) -> Place {
        let guard = line.lock_owned().await;
        Place { lines: Arc::clone(&self.lines), bot_id, guard: Some(guard) }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut lines = self.lines.lock();
        self.guard = None;
        // The map's own handle is the last one when nobody stands in line.
        if let Entry::Occupied(line) = lines.entry(self.bot_id)
            && Arc::strong_count(line.get()) == 1
        {
            line.remove();
        }
    }
}

#[cfg(test)]
mod tests {
    use recado_model::{UnixMs, entropy::Seeded};

    use super::*;

    #[tokio::test]
    async fn a_line_is_there_while_somebody_stands_in_it() {
        let contended = Contended::default();
        let bot = BotId::new(UnixMs(1), &mut Seeded::new(1));
        assert!(contended.wait(bot).await.is_none(), "nobody waits without a line");
        let first = contended.queue(bot).await;
        let (mut second, mut third) = (Box::pin(contended.queue(bot)), Box::pin(contended.wait(bot)));
        assert!(futures_util::poll!(&mut second).is_pending());
        assert!(futures_util::poll!(&mut third).is_pending());
        drop(first);
        drop(second.await);
        drop(third.await);
        assert!(contended.wait(bot).await.is_none());
    }
}
