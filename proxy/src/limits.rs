//! How much of the model the page may use: requests at once and requests a minute.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use triage_core::wire::ProxyCode;

use crate::error::Failure;

const WINDOW: Duration = Duration::from_mins(1);

/// Counts for the whole program: on one's own machine there are no callers to tell apart.
pub(crate) struct Limits {
    slots: Arc<Semaphore>,
    per_minute: usize,
    /// When the last requests were let through, oldest first, `per_minute` at most.
    passed: Mutex<VecDeque<Instant>>,
}

impl Limits {
    pub(crate) fn new(at_once: usize, per_minute: u32) -> Self {
        Self {
            slots: Arc::new(Semaphore::new(at_once)),
            per_minute: usize::try_from(per_minute).unwrap_or(usize::MAX),
            passed: Mutex::new(VecDeque::new()),
        }
    }

    /// A place among the requests that run at once, given back when dropped. Never waits.
    pub(crate) fn slot(&self) -> Result<OwnedSemaphorePermit, Failure> {
        let slot = Arc::clone(&self.slots).try_acquire_owned();
        slot.map_err(|_| Failure::after(ProxyCode::Busy, 1))
    }

    /// Counts one request at `now`, or says how long to wait.
    pub(crate) fn count(&self, now: Instant) -> Result<(), Failure> {
        let mut passed = self.passed.lock().unwrap_or_else(PoisonError::into_inner);
        if passed.len() >= self.per_minute {
            let age = passed
                .front()
                .map_or(WINDOW, |first| now.saturating_duration_since(*first));
            if let Some(left) = WINDOW.checked_sub(age).filter(|left| !left.is_zero()) {
                let seconds = left.as_secs() + u64::from(left.subsec_nanos() > 0);
                return Err(Failure::after(ProxyCode::RateLimited, seconds));
            }
            passed.pop_front();
        }
        passed.push_back(now);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_holds_exactly_its_number() {
        let limits = Limits::new(1, 2);
        let start = Instant::now();
        let at = |seconds| {
            limits
                .count(start + Duration::from_secs(seconds))
                .map_err(|failure| failure.retry_after)
        };
        assert_eq!(at(0), Ok(()));
        assert_eq!(at(10), Ok(()));
        assert_eq!(at(11), Err(Some(49)));
        assert_eq!(at(59), Err(Some(1)));
        assert_eq!(at(60), Ok(()));
        assert_eq!(at(61), Err(Some(9)));
        assert_eq!(at(70), Ok(()));
    }

    #[test]
    fn a_slot_comes_back() {
        let limits = Limits::new(1, 1);
        let slot = limits.slot().expect("free");
        assert_eq!(limits.slot().expect_err("taken").code, ProxyCode::Busy);
        drop(slot);
        assert!(limits.slot().is_ok());
    }
}
