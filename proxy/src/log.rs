//! One line per request: when, which, how it ended and how long it took. Never its content.

use std::collections::hash_map::RandomState;
use std::fmt::Write as _;
use std::hash::{BuildHasher as _, Hasher as _};
use std::io::Write as _;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use axum::body::{Body, Bytes, HttpBody};
use axum::http::{Method, StatusCode};
use hyper::body::{Frame, SizeHint};
use triage_core::wire::{ProxyCode, StopReason, Usage};

/// Where lines go.
#[derive(Clone)]
pub struct Log(Arc<dyn Fn(&str) + Send + Sync>);

impl Log {
    /// A log that gives each line to `sink`.
    pub fn new(sink: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self(Arc::new(sink))
    }

    /// A log on standard error.
    pub fn stderr() -> Self {
        Self::new(|line| {
            // A closed standard error must not stop the service.
            let _ = writeln!(std::io::stderr().lock(), "{line}");
        })
    }

    /// Writes one line, with the time before it.
    pub fn write(&self, line: &str) {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        (self.0)(&format!(
            "{} {line}",
            utc(now.as_secs(), now.subsec_millis())
        ));
    }
}

/// A name for one request, the same in the log, the `x-request-id` header and the error body.
pub(crate) fn new_request_id() -> String {
    // Each `RandomState` has its own keys, drawn from the system's randomness at first.
    format!("req_{:016x}", RandomState::new().build_hasher().finish())
}

/// What the handler learns about the model's part.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) model: Option<String>,
    pub(crate) stop_reason: Option<StopReason>,
    pub(crate) usage: Usage,
    pub(crate) failure: Option<ProxyCode>,
    pub(crate) upstream_id: Option<String>,
}

/// An [`Outcome`] that the handler writes and the log reads.
#[derive(Debug, Clone, Default)]
pub(crate) struct SharedOutcome(Arc<Mutex<Outcome>>);

impl SharedOutcome {
    pub(crate) fn update(&self, change: impl FnOnce(&mut Outcome)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// One request, from its head to its last byte. Its line is written when it is dropped.
pub(crate) struct Record {
    pub(crate) log: Log,
    pub(crate) id: String,
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) outcome: SharedOutcome,
    pub(crate) started: Instant,
    /// `None` as long as there is no answer: the client left before.
    pub(crate) status: Option<StatusCode>,
    pub(crate) first_byte: Option<Instant>,
    /// How many bytes the answer still has, where its head says so: hyper does not ask a body
    /// for its end once that many are there.
    pub(crate) left: Option<u64>,
    pub(crate) is_complete: bool,
}

impl Record {
    fn line(&self) -> String {
        let millis = |until: Instant| until.duration_since(self.started).as_millis();
        let status = self.status.map_or(499, |status| status.as_u16());
        let path: String = self
            .path
            .chars()
            .take(100)
            .flat_map(char::escape_default)
            .collect();
        let mut line = format!("id={} {} {path} {status}", self.id, self.method);
        let add = |line: &mut String, name, value: &dyn std::fmt::Display| {
            write!(line, " {name}={value}").expect("writing to a string");
        };
        self.outcome.update(|outcome| {
            if let Some(model) = &outcome.model {
                add(&mut line, "model", model);
            }
            if let Some(reason) = &outcome.stop_reason {
                add(&mut line, "stop", &reason.name());
            }
            if outcome.usage != Usage::default() {
                add(&mut line, "in", &outcome.usage.total_input());
                add(&mut line, "cached", &outcome.usage.cache_read_input_tokens);
                add(&mut line, "out", &outcome.usage.output_tokens);
            }
            if let Some(code) = outcome.failure {
                add(&mut line, "code", &code.name());
            }
            if let Some(id) = &outcome.upstream_id {
                add(&mut line, "upstream_id", id);
            }
        });
        if !self.is_complete {
            add(&mut line, "end", &"client_left");
        }
        if let Some(first) = self.first_byte {
            add(&mut line, "first_ms", &millis(first));
        }
        add(&mut line, "total_ms", &millis(Instant::now()));
        line
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        self.log.write(&self.line());
    }
}

/// A body that tells its [`Record`] when it begins and when it is whole.
pub(crate) struct RecordedBody {
    pub(crate) inner: Body,
    pub(crate) record: Record,
}

impl HttpBody for RecordedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let polled = Pin::new(&mut self.inner).poll_frame(context);
        match &polled {
            Poll::Ready(Some(Ok(frame))) => {
                self.record.first_byte.get_or_insert_with(Instant::now);
                let size = frame.data_ref().map_or(0, |data| data.len() as u64);
                self.record.left = self.record.left.map(|left| left.saturating_sub(size));
                self.record.is_complete = self.record.left == Some(0) || self.inner.is_end_stream();
            }
            Poll::Ready(None) => self.record.is_complete = true,
            Poll::Ready(Some(Err(_))) | Poll::Pending => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

/// RFC 3339 in UTC. The date by the algorithm of Howard Hinnant, "chrono-Compatible Low-Level
/// Date Algorithms", `civil_from_days`.
fn utc(seconds: u64, millis: u32) -> String {
    let (days, rest) = (seconds / 86_400 + 719_468, seconds % 86_400);
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_rfc_3339() {
        assert_eq!(utc(0, 0), "1970-01-01T00:00:00.000Z");
        assert_eq!(utc(951_782_399, 7), "2000-02-28T23:59:59.007Z");
        assert_eq!(utc(951_782_400, 0), "2000-02-29T00:00:00.000Z");
        assert_eq!(utc(1_795_348_800, 0), "2026-11-22T12:00:00.000Z");
    }
}
