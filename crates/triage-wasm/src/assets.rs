//! From the address of an assets folder to an engine: fetch or find, check, open, keep.

mod download;

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use js_sys::Uint8Array;
use triage_core::manifest::{FILE_NAME, File, Manifest, ManifestError};
use triage_core::protocol::{ErrorCode, Kept, Progress, TriageError};
use triage_engine::{AssetBytes, Engine, EngineError, EvidenceBytes, Library, Weights};
use wasm_bindgen_futures::spawn_local;
use web_sys::{AbortSignal, Headers, RequestCache, RequestInit, Response, Url};

use crate::cache::{AssetCache, NotKept};
use crate::fetch::{Asked, Body, ask, fetch};
use crate::host;
use crate::meter::Meter;
use download::Download;

/// No manifest is as large as this, whatever a server sends in its place.
const MAX_MANIFEST_BYTES: u64 = 1 << 20;

/// Statuses by which something between here and the server says that it cannot be reached.
const GATEWAY: [u16; 3] = [502, 503, 504];

type Result<T> = std::result::Result<T, TriageError>;

/// Files of so many bytes are hashed by the browser.
const LARGE: u64 = 1 << 20;

/// Between two looks at whether something is written.
const LOOK_MS: i32 = 50;

/// An assets folder that an engine was loaded from, for what is fetched from it later.
pub(crate) struct Folder {
    /// Without a slash at its end.
    url: String,
    cache: AssetCache,
    kept: Cell<Kept>,
}

/// What came from the network and was found to be right, outside this program's memory, which
/// never shrinks.
struct Fetched {
    url: String,
    bytes: Uint8Array,
}

/// Loads what an engine needs before it can rank from the folder at `assets_url`. What comes from
/// the network is kept once the engine has checked it, but nobody waits for that; what was kept
/// and does not check is fetched again, once.
pub(crate) async fn load(
    assets_url: &str,
    stop: &AbortSignal,
    progress: &dyn Fn(Progress),
) -> Result<(Engine, Rc<Folder>)> {
    let folder = Rc::new(Folder {
        url: folder_url(assets_url)?,
        cache: AssetCache::open().await,
        kept: Cell::default(),
    });
    let manifest = folder.manifest(stop).await?;
    let visit = Visit {
        folder: &folder,
        stop,
        progress,
    };
    let (engine, fetched) = visit
        .fetch_and_open(&manifest.files.first(), |contents, hash_of| {
            let mut contents = contents.into_iter();
            // In the order of `Files::first`.
            let mut next = || contents.next().unwrap_or_default();
            let bytes = AssetBytes {
                catalog: next(),
                tokenizer: next(),
                ranker: next(),
                weights: Weights::Packed(next()),
                weights_sha256: hash_of(&manifest.files.weights),
            };
            Engine::open(manifest.clone(), bytes)
        })
        .await?;
    spawn_local(keep(Rc::clone(&folder), fetched, manifest));
    Ok((engine, folder))
}

/// Loads what can follow while the engine already ranks.
pub(crate) async fn load_evidence(
    folder: &Rc<Folder>,
    manifest: &Manifest,
    stop: &AbortSignal,
) -> Result<Library> {
    let visit = Visit {
        folder,
        stop,
        progress: &|_| {},
    };
    let (library, fetched) = visit
        .fetch_and_open(&manifest.files.later(), |contents, _| {
            let mut contents = contents.into_iter();
            // In the order of `Files::later`.
            let mut next = || contents.next().unwrap_or_default();
            let bytes = EvidenceBytes {
                evidence: next(),
                passages: next(),
            };
            Library::open(manifest, &bytes)
        })
        .await?;
    spawn_local(keep_more(Rc::clone(folder), fetched, manifest.clone()));
    Ok(library)
}

/// Keeps what followed, where what came first is kept.
async fn keep_more(folder: Rc<Folder>, fetched: Vec<Fetched>, manifest: Manifest) {
    folder.written().await;
    if folder.kept() == Kept::Kept {
        keep(folder, fetched, manifest).await;
    }
}

/// Keeps files for the next visit, and then their manifest, so that no kept manifest names a file
/// that never was there. Lets go of what older indexes left, first where there is no room beside.
async fn keep(folder: Rc<Folder>, fetched: Vec<Fetched>, manifest: Manifest) {
    folder.kept.set(Kept::Writing);
    let mut kept = folder.put_all(&fetched, &manifest).await;
    if matches!(kept, Err(NotKept::NoRoom)) {
        folder.forget_others(&manifest).await;
        kept = folder.put_all(&fetched, &manifest).await;
    }
    folder.kept.set(match kept {
        Ok(()) => {
            folder.forget_others(&manifest).await;
            Kept::Kept
        }
        Err(NotKept::NoRoom) => Kept::NoRoom,
        Err(NotKept::NoStorage) => Kept::NoStorage,
    });
}

/// One load of some files of a folder.
struct Visit<'a> {
    folder: &'a Folder,
    stop: &'a AbortSignal,
    progress: &'a dyn Fn(Progress),
}

/// A file on its way.
struct Arriving<'a> {
    file: &'a File,
    url: String,
    answer: Answer,
}

enum Answer {
    Kept(Response),
    Asked(Asked),
}

impl Visit<'_> {
    /// Fetches files, or finds them kept, and opens them together. Gives what was fetched, too.
    async fn fetch_and_open<T>(
        &self,
        files: &[&File],
        open: impl Fn(
            Vec<Vec<u8>>,
            &dyn Fn(&File) -> Option<String>,
        ) -> std::result::Result<T, EngineError>,
    ) -> Result<(T, Vec<Fetched>)> {
        let Self {
            folder,
            stop,
            progress,
        } = *self;
        let mut damaged = BTreeSet::new();
        loop {
            let meter = Meter::new(files, progress);
            let (mut cached, mut fetched) = (BTreeSet::new(), Vec::new());
            let mut contents = Vec::new();
            let mut hashes = BTreeMap::new();
            for Arriving { file, url, answer } in self.ask(files, &damaged).await {
                let is_kept = matches!(answer, Answer::Kept(_));
                let response = match answer {
                    Answer::Kept(response) => response,
                    Answer::Asked(asked) => folder.answer(file, asked, stop).await?,
                };
                let download = Download {
                    folder,
                    file,
                    url: &url,
                    is_kept,
                };
                let bytes = download.read(&response, &meter, stop).await?;
                if is_kept {
                    cached.insert(file.name.clone());
                } else if folder.cache.is_there() {
                    let bytes = Uint8Array::from(bytes.as_slice());
                    fetched.push(Fetched { url, bytes });
                }
                // The browser's own code is some ten times faster at it.
                if file.bytes >= LARGE
                    && let Some(sha256) = host::sha256(&bytes).await
                {
                    hashes.insert(file.name.as_str(), sha256);
                }
                contents.push(bytes);
            }
            progress(Progress::Opening);
            host::pause(stop).await?;
            match open(contents, &|file| hashes.get(file.name.as_str()).cloned()) {
                Ok(opened) => return Ok((opened, fetched)),
                Err(EngineError::Assets(ManifestError::File { name, .. }))
                    if cached.contains(&name) =>
                {
                    for file in files.iter().filter(|file| file.name == name) {
                        folder.cache.delete(&folder.file_url(file)).await;
                    }
                    damaged.insert(name);
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Asks for all files at once, so that the way to the server is gone once and not once a file.
    async fn ask<'a>(&self, files: &[&'a File], damaged: &BTreeSet<String>) -> Vec<Arriving<'a>> {
        let Self { folder, stop, .. } = *self;
        let mut arriving = Vec::new();
        for &file in files {
            let url = folder.file_url(file);
            let kept = if damaged.contains(&file.name) {
                None
            } else {
                folder.cache.get(&url).await
            };
            let answer = match kept {
                Some(response) => Answer::Kept(response),
                None => Answer::Asked(folder.ask(&url, stop, None)),
            };
            arriving.push(Arriving { file, url, answer });
        }
        arriving
    }
}

impl Folder {
    /// Whether what was fetched is kept for the next visit.
    pub(crate) fn kept(&self) -> Kept {
        self.kept.get()
    }

    /// Waits until all that has arrived is written, or refused.
    pub(crate) async fn written(&self) {
        while self.kept() == Kept::Writing {
            host::sleep(LOOK_MS).await;
        }
    }

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

    /// Sends a request for a file, from `start` where it is to be taken up again.
    fn ask(&self, url: &str, stop: &AbortSignal, start: Option<usize>) -> Asked {
        // One copy on this disk is enough.
        let store = if self.cache.is_there() {
            RequestCache::NoStore
        } else {
            RequestCache::Default
        };
        let options = request(store, stop);
        if let Some(start) = start
            && let Ok(headers) = Headers::new()
            && headers.set("range", &format!("bytes={start}-")).is_ok()
        {
            options.set_headers(&headers);
        }
        ask(url, &options)
    }

    async fn answer(&self, file: &File, asked: Asked, stop: &AbortSignal) -> Result<Response> {
        let response = asked.answer().await;
        host::check(stop)?;
        match response {
            Ok(response) if response.ok() => Ok(response),
            Ok(response) => Err(self.refused(&file.name, &response)),
            Err(_) => Err(self.unreachable(&file.name)),
        }
    }

    async fn put_all(
        &self,
        fetched: &[Fetched],
        manifest: &Manifest,
    ) -> std::result::Result<(), NotKept> {
        for Fetched { url, bytes } in fetched {
            let response = Response::new_with_opt_js_u8_array(Some(bytes));
            let response = response.map_err(|_| NotKept::NoStorage)?;
            self.cache.put(url, &response).await?;
        }
        let response = Response::new_with_opt_str(Some(&manifest.to_json()));
        let response = response.map_err(|_| NotKept::NoStorage)?;
        self.cache.put(&self.manifest_url(), &response).await
    }

    /// Lets go of what the folder's older indexes left.
    async fn forget_others(&self, manifest: &Manifest) {
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
        let reason = if self.cache.is_there() {
            "the server cannot be reached, and this browser keeps no copy: it has none yet, or has \
             cleared it to free disk space"
        } else {
            "the server cannot be reached, and this browser keeps no copies: in a private window, \
             or by its settings"
        };
        self.unavailable(name, reason)
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
