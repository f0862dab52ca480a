//! What a sync of this disk takes, measured beside a load: an append of a page and its `fdatasync`, again and again, on a thread of its own.

use std::{
    fs::File,
    io::Write as _,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{JoinHandle, sleep},
    time::Duration,
};

use super::micros;

const PAGE: [u8; 4_096] = [7; 4_096];
/// Between two syncs: so few that they cost the load nothing to speak of.
const PAUSE: Duration = Duration::from_millis(20);

/// The thread that syncs.
pub(super) struct Syncs {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<std::io::Result<Vec<u64>>>,
}

impl Syncs {
    /// Begins, in a file beside the data.
    pub(super) fn begin(dir: &Path) -> std::io::Result<Self> {
        let mut file = File::create(dir.join("syncs"))?;
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            let mut took = Vec::new();
            while !stopped.load(Ordering::Relaxed) {
                let began = micros();
                file.write_all(&PAGE)?;
                file.sync_data()?;
                took.push(micros().saturating_sub(began));
                sleep(PAUSE);
            }
            Ok(took)
        });
        Ok(Self { stop, thread })
    }

    /// Ends, and tells the microseconds of each sync.
    pub(super) fn end(self) -> anyhow::Result<Vec<u64>> {
        self.stop.store(true, Ordering::Relaxed);
        let took = self.thread.join().map_err(|_| anyhow::anyhow!("the thread that syncs ended with a panic"))?;
        Ok(took?)
    }
}
