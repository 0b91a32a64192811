//! Loading the real assets: progress, the cache, damage, cancelling.

use triage_core::manifest::Manifest;
use triage_core::protocol::{Call, ErrorCode, Instructions, Outcome, Progress};
use wasm_bindgen::JsCast as _;
use wasm_bindgen::prelude::JsValue;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Cache, Response, WorkerGlobalScope};

use crate::desk::{Desk, assets_url, sleep};

fn scope() -> WorkerGlobalScope {
    js_sys::global().unchecked_into()
}

async fn cache() -> Cache {
    let caches = scope().caches().expect("Chromium keeps caches");
    JsFuture::from(caches.open("soc-copilot-assets"))
        .await
        .unwrap()
        .unchecked_into()
}

/// Whether the bytes of each file came from the cache.
fn sources(desk: &Desk, id: u32) -> Vec<(String, bool)> {
    let mut sources = Vec::new();
    for progress in desk.progress(id) {
        if let Progress::Download {
            file,
            received,
            bytes,
            cached,
            ..
        } = progress
            && received == bytes
        {
            sources.push((file, cached));
        }
    }
    sources
}

async fn manifest(url: &str) -> Manifest {
    let json = crate::desk::text_at(&format!("{url}/manifest.json")).await;
    Manifest::from_json(json.as_bytes()).expect("a manifest")
}

async fn keep(url: &str, content: &str) {
    let response = Response::new_with_opt_str(Some(content)).unwrap();
    JsFuture::from(cache().await.put_with_str(url, &response))
        .await
        .unwrap();
}

#[wasm_bindgen_test]
async fn a_second_load_comes_from_the_cache_and_damage_is_repaired() {
    let Some(url) = assets_url() else { return };
    let desk = Desk::loaded(&url).await;
    let progress = desk.progress(1);
    assert_eq!(progress.last(), Some(&Progress::Opening));
    assert!(
        matches!(progress[..], [.., Progress::Download { received_in_all, bytes_in_all, .. }, Progress::Opening]
        if received_in_all == bytes_in_all)
    );

    let manifest = manifest(&url).await;
    let address = |name: &str, sha256: &str| format!("{url}/{name}?sha256={sha256}");
    let index = &manifest.files.ranker;
    keep(&address(&index.name, &index.sha256), "damaged").await;
    let old = address("ranker.bin", "0000");
    keep(&old, "of an older index").await;
    let elsewhere = "http://127.0.0.1:9/ranker.bin?sha256=0000";
    keep(elsewhere, "of another folder").await;

    let Ok(Outcome::Loaded { info }) = desk
        .call(
            2,
            Call::Load {
                assets_url: format!("{url}/"),
                instructions: Instructions::Fastest,
                workers: None,
            },
        )
        .await
    else {
        panic!("the damaged file is fetched again")
    };
    desk.written(2_000_000).await;
    assert_eq!(info.index_id, manifest.index_id);
    assert_eq!(
        (info.dimensions, info.technique_ids.len()),
        (384, manifest.techniques)
    );
    assert!(
        info.memory_bytes > 23_000_000 && info.load_ms > 0.0,
        "{info:?}"
    );
    let weights = manifest.files.weights.name.clone();
    assert!(
        sources(&desk, 2).contains(&(weights, true)),
        "an intact file is not fetched again"
    );
    assert!(
        sources(&desk, 2).contains(&(index.name.clone(), false)),
        "a damaged one is"
    );
    let is_kept = async |url: &str| {
        JsFuture::from(cache().await.match_with_str(url))
            .await
            .is_ok_and(|found| !found.is_undefined())
    };
    assert!(is_kept(&address(&index.name, &index.sha256)).await);
    assert!(!is_kept(&old).await, "what no manifest names is let go");
    assert!(is_kept(elsewhere).await, "other folders are left alone");
    JsFuture::from(cache().await.delete_with_str(elsewhere))
        .await
        .unwrap();
}

#[wasm_bindgen_test]
async fn without_a_network_the_kept_manifest_serves() {
    let Some(url) = assets_url() else { return };
    // A folder that is not there, of which everything is kept.
    let gone = "http://127.0.0.1:9/assets";
    drop(Desk::loaded(&url).await);
    let manifest = manifest(&url).await;
    let cache = cache().await;
    for file in manifest.files.first() {
        let name = format!("{}?sha256={}", file.name, file.sha256);
        let kept = JsFuture::from(cache.match_with_str(&format!("{url}/{name}")))
            .await
            .unwrap();
        JsFuture::from(cache.put_with_str(&format!("{gone}/{name}"), &kept.unchecked_into()))
            .await
            .unwrap();
    }
    keep(&format!("{gone}/manifest.json"), &manifest.to_json()).await;
    let desk = Desk::loaded(gone).await;
    assert!(sources(&desk, 1).iter().all(|(_, cached)| *cached));

    // Neither kept nor reachable: the file is named, and what was loaded stays.
    let index = &manifest.files.ranker;
    let lost = format!("{gone}/{}?sha256={}", index.name, index.sha256);
    JsFuture::from(cache.delete_with_str(&lost)).await.unwrap();
    let error = desk
        .call(
            2,
            Call::Load {
                assets_url: gone.to_owned(),
                instructions: Instructions::Fastest,
                workers: None,
            },
        )
        .await
        .unwrap_err();
    assert_eq!(error.code, ErrorCode::AssetUnavailable);
    assert!(error.message.starts_with(&index.name), "{}", error.message);
    assert!(
        desk.call(
            3,
            Call::Retrieve {
                alert: "alert".into(),
                top_k: 1
            }
        )
        .await
        .is_ok()
    );

    let kept = JsFuture::from(cache.keys())
        .await
        .unwrap()
        .unchecked_into::<js_sys::Array>();
    for request in kept.iter().map(JsValue::unchecked_into::<web_sys::Request>) {
        if request.url().starts_with(gone) {
            JsFuture::from(cache.delete_with_request(&request))
                .await
                .unwrap();
        }
    }
}

#[wasm_bindgen_test]
async fn a_load_can_be_given_up() {
    let Some(url) = assets_url() else { return };
    let desk = Desk::new();
    desk.send(
        1,
        Call::Load {
            assets_url: url,
            instructions: Instructions::Widened,
            workers: None,
        },
    );
    while desk.progress(1).is_empty() {
        sleep(1).await;
    }
    desk.send(0, Call::Cancel { target: 1 });
    assert_eq!(desk.answer(1).await.unwrap_err().code, ErrorCode::Cancelled);
    assert_eq!(desk.answers(1), 1);
    assert_eq!(
        desk.code(2, Call::Embed { texts: vec![] }).await,
        Some(ErrorCode::NotLoaded)
    );
}
