//! How much of the assets has arrived, told often enough to watch and seldom enough to cost nothing.

use std::cell::Cell;

use triage_core::manifest::File;
use triage_core::protocol::Progress;

use crate::host;

/// At most ten progress messages a second.
const PROGRESS_MS: f64 = 100.0;

/// Bytes that have arrived, reported now and then.
pub(crate) struct Meter<'a> {
    progress: &'a dyn Fn(Progress),
    bytes_in_all: u64,
    before: Cell<u64>,
    reported: Cell<f64>,
}

impl<'a> Meter<'a> {
    pub(crate) fn new(files: &[&File], progress: &'a dyn Fn(Progress)) -> Self {
        let bytes_in_all = files.iter().map(|file| file.bytes).sum();
        Self {
            progress,
            bytes_in_all,
            before: Cell::new(0),
            reported: Cell::new(f64::NEG_INFINITY),
        }
    }

    /// Says how much of a file has arrived, unless it was said a moment ago.
    pub(crate) fn report(&self, file: &File, received: u64, cached: bool) {
        let now = host::milliseconds();
        if now - self.reported.get() >= PROGRESS_MS && received < file.bytes {
            self.reported.set(now);
            self.send(file, received, cached);
        }
    }

    /// Says that a file has arrived, and counts the next from there.
    pub(crate) fn complete(&self, file: &File, received: u64, cached: bool) {
        self.send(file, received, cached);
        self.before.set(self.before.get() + received);
    }

    fn send(&self, file: &File, received: u64, cached: bool) {
        (self.progress)(Progress::Download {
            file: file.name.clone(),
            received,
            bytes: file.bytes,
            received_in_all: self.before.get() + received,
            bytes_in_all: self.bytes_in_all,
            cached,
        });
    }
}
