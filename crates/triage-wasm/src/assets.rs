//! From the address of an assets folder to an engine: fetch or find, check, open, keep.

use std::collections::BTreeSet;

use triage_core::manifest::{FILE_NAME, File, Manifest, ManifestError};
use triage_core::protocol::{ErrorCode, Progress, TriageError};
use triage_engine::{AssetBytes, Engine, EngineError, EvidenceBytes, Library, Weights};
use web_sys::{AbortSignal, RequestCache, RequestInit, Response, Url};

use crate::cache::AssetCache;
use crate::fetch::{Body, fetch};
use crate::host;
use crate::meter::Meter;

/// No manifest is as large as this, whatever a server sends in its place.
const MAX_MANIFEST_BYTES: u64 = 1 << 20;

/// Statuses by which something between here and the server says that it cannot be reached.
const GATEWAY: [u16; 3] = [502, 503, 504];

type Result<T> = std::result::Result<T, TriageError>;

/// An assets folder that an engine was loaded from, for what is fetched from it later.
pub(crate) struct Folder {
    /// Without a slash at its end.
    url: String,
    cache: AssetCache,
}

/// Loads what an engine needs before it can rank from the folder at `assets_url`. What comes from
/// the network is kept once the engine has checked it; what was kept and does not check is
/// fetched again, once.
pub(crate) async fn load(
    assets_url: &str,
    stop: &AbortSignal,
    progress: &dyn Fn(Progress),
) -> Result<(Engine, Folder)> {
    let folder = Folder {
        url: folder_url(assets_url)?,
        cache: AssetCache::open().await,
    };
    let manifest = folder.manifest(stop).await?;
    let visit = Visit {
        folder: &folder,
        stop,
        progress,
    };
    let engine = visit
        .fetch_and_open(&manifest.files.first(), |contents| {
            let mut contents = contents.into_iter();
            // In the order of `Files::first`.
            let mut next = || contents.next().unwrap_or_default();
            let bytes = AssetBytes {
                catalog: next(),
                tokenizer: next(),
                ranker: next(),
                weights: Weights::Packed(next()),
            };
            Engine::open(manifest.clone(), bytes)
        })
        .await?;
    folder.keep_manifest(&manifest).await;
    Ok((engine, folder))
}

/// Loads what can follow while the engine already ranks.
pub(crate) async fn load_evidence(
    folder: &Folder,
    manifest: &Manifest,
    stop: &AbortSignal,
) -> Result<Library> {
    let visit = Visit {
        folder,
        stop,
        progress: &|_| {},
    };
    visit
        .fetch_and_open(&manifest.files.later(), |contents| {
            let mut contents = contents.into_iter();
            // In the order of `Files::later`.
            let mut next = || contents.next().unwrap_or_default();
            let bytes = EvidenceBytes {
                evidence: next(),
                passages: next(),
            };
            Library::open(manifest, &bytes)
        })
        .await
}

/// One load of some files of a folder.
struct Visit<'a> {
    folder: &'a Folder,
    stop: &'a AbortSignal,
    progress: &'a dyn Fn(Progress),
}

impl Visit<'_> {
    /// Fetches files, or finds them kept, and opens them together.
    async fn fetch_and_open<T>(
        &self,
        files: &[&File],
        open: impl Fn(Vec<Vec<u8>>) -> std::result::Result<T, EngineError>,
    ) -> Result<T> {
        let Self {
            folder,
            stop,
            progress,
        } = *self;
        let cache = &folder.cache;
        let mut damaged = BTreeSet::new();
        loop {
            let meter = Meter::new(files, progress);
            let (mut cached, mut fetched) = (BTreeSet::new(), Vec::new());
            let mut contents = Vec::new();
            for file in files {
                let url = folder.file_url(file);
                let kept = if damaged.contains(&file.name) {
                    None
                } else {
                    cache.get(&url).await
                };
                let is_kept = kept.is_some();
                let response = match kept {
                    Some(response) => response,
                    None => folder.fetch(file, &url, stop).await?,
                };
                if is_kept {
                    cached.insert(file.name.clone());
                } else if let (true, Ok(copy)) = (cache.is_there(), response.clone()) {
                    // The copy stays outside this program's memory, which never shrinks.
                    fetched.push((url, copy));
                }
                contents.push(folder.read(file, &response, is_kept, &meter, stop).await?);
            }
            progress(Progress::Opening);
            host::pause(stop).await?;
            match open(contents) {
                Ok(opened) => {
                    for (url, response) in &fetched {
                        cache.put(url, response).await;
                    }
                    host::check(stop)?;
                    return Ok(opened);
                }
                Err(EngineError::Assets(ManifestError::File { name, .. }))
                    if cached.contains(&name) =>
                {
                    for file in files.iter().filter(|file| file.name == name) {
                        cache.delete(&folder.file_url(file)).await;
                    }
                    damaged.insert(name);
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
}

impl Folder {
    fn manifest_url(&self) -> String {
        format!("{}/{FILE_NAME}", self.url)
    }

    /// The hash in the address makes every version of a file an address of its own.
    fn file_url(&self, file: &File) -> String {
        format!("{}/{}?sha256={}", self.url, file.name, file.sha256)
    }

    /// The server's manifest; the one kept with the last assets where no server can be reached.
    async fn manifest(&self, stop: &AbortSignal) -> Result<Manifest> {
        let url = self.manifest_url();
        let response = fetch(&url, &request(RequestCache::NoCache, stop)).await;
        host::check(stop)?;
        let response = match response {
            Ok(response) if response.ok() => response,
            Ok(response) if !GATEWAY.contains(&response.status()) => {
                return Err(self.refused(FILE_NAME, &response));
            }
            unreached => match (self.cache.get(&url).await, unreached) {
                (Some(kept), _) => kept,
                (None, Ok(response)) => return Err(self.refused(FILE_NAME, &response)),
                (None, Err(_)) => return Err(self.unreachable(FILE_NAME)),
            },
        };
        let mut json = Vec::new();
        let body = Body::of(&response);
        while let Some(piece) = body.next().await.map_err(|_| self.unreachable(FILE_NAME))? {
            if json.len() as u64 + u64::from(piece.length()) > MAX_MANIFEST_BYTES {
                body.cancel().await;
                return Err(ManifestError::Unreadable("it is too large".to_owned()).into());
            }
            json.extend(piece.to_vec());
        }
        Ok(Manifest::from_json(&json)?)
    }

    async fn fetch(&self, file: &File, url: &str, stop: &AbortSignal) -> Result<Response> {
        // One copy on this disk is enough.
        let store = if self.cache.is_there() {
            RequestCache::NoStore
        } else {
            RequestCache::Default
        };
        let response = fetch(url, &request(store, stop)).await;
        host::check(stop)?;
        match response {
            Ok(response) if response.ok() => Ok(response),
            Ok(response) => Err(self.refused(&file.name, &response)),
            Err(_) => Err(self.unreachable(&file.name)),
        }
    }

    /// Reads exactly one file's bytes into memory of exactly its size.
    async fn read(
        &self,
        file: &File,
        response: &Response,
        is_kept: bool,
        meter: &Meter<'_>,
        stop: &AbortSignal,
    ) -> Result<Vec<u8>> {
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
        let body = Body::of(response);
        loop {
            let piece = match body.next().await {
                Ok(Some(piece)) => piece,
                Ok(None) => break,
                Err(_) => {
                    host::check(stop)?;
                    return Err(self.unavailable(
                        &file.name,
                        &format!("the connection broke after {} bytes", contents.len()),
                    ));
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

    /// Keeps the manifest for the time without a network, and lets go of what older indexes left.
    async fn keep_manifest(&self, manifest: &Manifest) {
        if let Ok(response) = Response::new_with_opt_str(Some(&manifest.to_json())) {
            self.cache.put(&self.manifest_url(), &response).await;
        }
        let mut wanted: BTreeSet<String> = manifest
            .files
            .all()
            .into_iter()
            .map(|file| self.file_url(file))
            .collect();
        wanted.insert(self.manifest_url());
        self.cache
            .keep_only(&format!("{}/", self.url), &wanted)
            .await;
    }

    fn refused(&self, name: &str, response: &Response) -> TriageError {
        self.unavailable(
            name,
            &format!("the server answered with status {}", response.status()),
        )
    }

    fn unreachable(&self, name: &str) -> TriageError {
        self.unavailable(name, "the server cannot be reached")
    }

    fn unavailable(&self, name: &str, reason: &str) -> TriageError {
        TriageError::new(
            ErrorCode::AssetUnavailable,
            format!(
                "{name} could not be fetched from {} ({reason}); check the network and that the \
                 folder was built with `triage index build` or `scripts/serve`, then load again",
                self.url
            ),
        )
    }
}

fn folder_url(assets_url: &str) -> Result<String> {
    let invalid = || {
        let fault = "assets_url must be the absolute http or https address of a folder";
        TriageError::new(ErrorCode::InvalidArgument, fault)
    };
    let url = Url::new(assets_url).map_err(|_| invalid())?;
    if !["http:", "https:"].contains(&url.protocol().as_str()) {
        return Err(invalid());
    }
    url.set_search("");
    url.set_hash("");
    Ok(url.href().trim_end_matches('/').to_owned())
}

fn request(store: RequestCache, stop: &AbortSignal) -> RequestInit {
    let options = RequestInit::new();
    options.set_cache(store);
    options.set_signal(Some(stop));
    options
}
