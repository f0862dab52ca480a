//! Removes the bytes of files that no row names any more: their contact was erased or their bot deleted, or the process died before the row.
//!
//! No file loses its bytes by it. Bytes get their place and their row commits under `App::placing`, shared; here the rows are read and the bytes removed under the
//! same lock, alone. So whoever uploads the same bytes either has its row, and they stay, or has yet to put its own copy of them into the place.
//! One process serves a data folder, so a lock in memory is enough.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::{Duration, UNIX_EPOCH},
};

use recado_model::{
    UnixMs,
    time::{DAY_MS, HOUR_MS},
};
use recado_store::StoreError;

use super::media::path_of;
use crate::state::App;

/// Between two sweeps, and before the first: who put another database beside the files has as long to see it.
const EVERY: Duration = Duration::from_hours(1);
/// How old bytes without a row must be.
const ORPHAN_MS: i64 = DAY_MS;
/// How old a file on its way must be to be of a process that died.
const PART_MS: i64 = HOUR_MS;
/// Files that are looked at in one step.
const STEP: usize = 64;
/// Between two steps, so that uploads and readers go first.
const PAUSE: Duration = Duration::from_millis(20);

/// Why a sweep stopped before its end.
#[derive(Debug, thiserror::Error)]
pub enum SweepError {
    /// The rows can not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The folder can not be read.
    #[error("the folder of files can not be read: {0}")]
    Folder(#[from] io::Error),
}

/// Runs until the stop.
pub async fn run(app: App) {
    loop {
        tokio::select! {
            () = app.stopping.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
        match sweep(&app).await {
            Ok(0) => {}
            Ok(removed) => tracing::info!(removed, "files that nothing names any more were removed"),
            Err(error) => tracing::warn!(%error, "files that nothing names any more can not be removed now"),
        }
    }
}

/// Looks at all files once. Returns how many were removed.
pub async fn sweep(app: &App) -> Result<usize, SweepError> {
    let mut removed = 0;
    let folder = app.settings.files_dir.clone();
    for folder in off_workers(move || folders(&folder)).await? {
        let (root, now) = (app.settings.files_dir.clone(), app.now());
        let found = off_workers(move || look(&root, &folder, now)).await?;
        removed += found.parts;
        for step in found.old.chunks(STEP) {
            if app.stopping.is_cancelled() {
                return Ok(removed);
            }
            let orphans = app.store.hashes_of_no_file(step.to_vec()).await?;
            if !orphans.is_empty() {
                removed += remove(app, orphans).await?;
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
    Ok(removed)
}

/// Removes the bytes of those of these hashes that no row names. Returns how many.
pub async fn remove(app: &App, hashes: Vec<[u8; 32]>) -> Result<usize, SweepError> {
    let _alone = app.placing.write().await;
    let orphans = app.store.hashes_of_no_file(hashes).await?;
    let folder = app.settings.files_dir.clone();
    let paths = orphans.into_iter().map(move |hash| path_of(&folder, &hash));
    off_workers(move || Ok(paths.filter(|path| is_removed(path)).count())).await.map_err(Into::into)
}

async fn off_workers<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}

fn is_removed(path: &Path) -> bool {
    match fs::remove_file(path) {
        Ok(()) => true,
        Err(error) if error.kind() == io::ErrorKind::NotFound => false,
        Err(error) => {
            tracing::warn!(%error, path = %path.display(), "a file that nothing names any more stays");
            false
        }
    }
}

/// The folder of files, and those in it.
fn folders(root: &Path) -> io::Result<Vec<PathBuf>> {
    let mut folders = vec![root.to_owned()];
    for entry in fs::read_dir(root)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            folders.push(entry.path());
        }
    }
    Ok(folders)
}

/// What a folder holds.
#[derive(Default)]
struct Found {
    /// Hashes of files that are old enough to go if no row names them.
    old: Vec<[u8; 32]>,
    /// Old files on their way, which were removed.
    parts: usize,
}

/// Looks through a folder. What is not a file of ours is left alone.
fn look(root: &Path, folder: &Path, now: UnixMs) -> io::Result<Found> {
    let mut found = Found::default();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let hash = hash_of(name).filter(|hash| path_of(root, hash) == path);
        let is_part = name.starts_with('.') && path.extension().is_some_and(|end| end == "part");
        if hash.is_none() && !is_part {
            continue;
        }
        // It may be gone since.
        let Ok(metadata) = fs::symlink_metadata(&path) else { continue };
        let changed = metadata.modified()?.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64);
        // A file of a time to come was written by a clock that was wrong.
        let age = now.0.abs_diff(changed);
        match hash {
            Some(hash) if age >= ORPHAN_MS as u64 => found.old.push(hash),
            None if age >= PART_MS as u64 => found.parts += usize::from(is_removed(&path)),
            Some(_) | None => {}
        }
    }
    Ok(found)
}

/// The hash that a file is named by.
fn hash_of(name: &str) -> Option<[u8; 32]> {
    let digits: Vec<u8> = name.chars().map(|c| c.to_digit(16).map(|digit| digit as u8)).collect::<Option<_>>()?;
    let bytes: Vec<u8> = digits.chunks(2).map(|pair| pair[0] << 4 | pair.get(1).copied().unwrap_or(0)).collect();
    bytes.try_into().ok().filter(|_| digits.len() == 64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_known_by_its_path_and_nothing_else_is() {
        let hash = [0xa7; 32];
        let path = path_of(Path::new("/files"), &hash);
        let name = path.file_name().and_then(|name| name.to_str()).unwrap();
        assert_eq!(hash_of(name), Some(hash));
        for other in ["", "notes.txt", &name[1..], &format!("{name}0"), &name.replace('a', "g")] {
            assert_eq!(hash_of(other), None, "{other}");
        }
    }
}
