//! One file on its way: read into memory of exactly its size, and taken up again where the
//! connection broke.

use triage_core::manifest::{File, ManifestError};
use triage_core::protocol::{ErrorCode, TriageError};
use web_sys::{AbortSignal, Response};

use super::{Folder, Result};
use crate::fetch::Body;
use crate::host;
use crate::meter::Meter;

/// How often a download that broke off is taken up again where it stopped.
const RESUMED: usize = 3;

/// Before it is taken up again; twice as long each time.
const PAUSE_MS: i32 = 500;

/// The status of an answer that holds the part that was asked for.
const PARTIAL: u16 = 206;

/// One file on its way, from the network or the cache.
pub(super) struct Download<'a> {
    pub(super) folder: &'a Folder,
    pub(super) file: &'a File,
    pub(super) url: &'a str,
    pub(super) is_kept: bool,
}

impl Download<'_> {
    /// Reads exactly one file's bytes into memory of exactly its size. A connection that breaks is
    /// taken up again where it broke.
    pub(super) async fn read(
        &self,
        response: &Response,
        meter: &Meter<'_>,
        stop: &AbortSignal,
    ) -> Result<Vec<u8>> {
        let Self {
            folder,
            file,
            is_kept,
            ..
        } = *self;
        let too_large = || {
            let fault = format!(
                "the browser has no memory for {} ({} bytes); close other tabs",
                file.name, file.bytes
            );
            TriageError::new(ErrorCode::Engine, fault)
        };
        let size = usize::try_from(file.bytes).map_err(|_| too_large())?;
        let mut contents = Vec::new();
        contents.try_reserve_exact(size).map_err(|_| too_large())?;
        let mut body = Body::of(response);
        let mut pauses = (0..RESUMED).map(|turn| PAUSE_MS << turn);
        loop {
            let piece = match body.next().await {
                Ok(Some(piece)) => piece,
                Ok(None) => break,
                Err(_) => {
                    host::check(stop)?;
                    let rest = self.resume(contents.len(), &mut pauses, stop).await?;
                    let Some(rest) = rest else {
                        let fault = format!("the connection broke after {} bytes", contents.len());
                        return Err(folder.unavailable(&file.name, &fault));
                    };
                    // A server that knows no ranges begins anew.
                    if rest.status() != PARTIAL {
                        contents.clear();
                    }
                    body = Body::of(&rest);
                    continue;
                }
            };
            host::check(stop)?;
            let start = contents.len();
            let end = start + piece.length() as usize;
            if end > size {
                body.cancel().await;
                let fault = format!("has more than the {size} bytes of the manifest");
                return Err(ManifestError::File {
                    name: file.name.clone(),
                    fault,
                }
                .into());
            }
            contents.resize(end, 0);
            if let Some(place) = contents.get_mut(start..) {
                piece.copy_to(place);
            }
            meter.report(file, end as u64, is_kept);
        }
        meter.complete(file, contents.len() as u64, is_kept);
        Ok(contents)
    }

    /// The rest of a file; all of it from a server that knows no ranges. Nothing once there is no
    /// pause left to try after.
    async fn resume(
        &self,
        start: usize,
        pauses: &mut impl Iterator<Item = i32>,
        stop: &AbortSignal,
    ) -> Result<Option<Response>> {
        if self.is_kept {
            return Ok(None);
        }
        for pause in pauses {
            host::sleep(pause).await;
            host::check(stop)?;
            let answer = self.folder.ask(self.url, stop, Some(start)).answer().await;
            if let Some(response) = answer.ok().filter(Response::ok) {
                return Ok(Some(response));
            }
        }
        Ok(None)
    }
}
