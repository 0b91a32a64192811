//! The page's files and the assets: content types, caching and the content security policy.

use std::path::Path;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};
use tower::ServiceExt as _;
use tower_http::services::ServeDir;
use triage_core::wire::ProxyCode;

use crate::app::AppState;
use crate::error::Failure;

/// What `/` says while there is no page.
const NO_PAGE: &str = "There is no page here yet. Run scripts/serve, which builds it and starts this program, \
    or set SOC_PAGE_DIR to the folder that holds index.html and start it again.\n";

const IMMUTABLE: &str = "public, max-age=31536000, immutable";

pub(crate) struct Page {
    files: ServeDir,
    assets: ServeDir,
    /// The content security policy, with the hashes of the page's own inline scripts.
    pub(crate) policy: HeaderValue,
}

impl Page {
    pub(crate) fn new(page_dir: &Path, assets_dir: &Path) -> Self {
        let index = std::fs::read_to_string(page_dir.join("index.html")).unwrap_or_default();
        Self {
            files: folder(page_dir),
            assets: folder(assets_dir),
            policy: HeaderValue::from_str(&policy(&index))
                .expect("a policy of fixed text and base64 is a header value"),
        }
    }
}

fn folder(dir: &Path) -> ServeDir {
    ServeDir::new(dir)
        .precompressed_br()
        .precompressed_gzip()
        .append_index_html_on_directories(false)
        .redirect_to_trailing_slash(false)
}

pub(crate) async fn index(
    State(app): State<Arc<AppState>>,
    mut request: Request,
) -> Result<Response, Failure> {
    *request.uri_mut() = Uri::from_static("/index.html");
    match serve(&app.page.files, request).await {
        Err(failure) if failure.code == ProxyCode::NotFound => {
            let headers = [
                (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
                (header::CACHE_CONTROL, "no-store"),
            ];
            Ok((StatusCode::SERVICE_UNAVAILABLE, headers, NO_PAGE).into_response())
        }
        other => other,
    }
}

pub(crate) async fn file(
    State(app): State<Arc<AppState>>,
    request: Request,
) -> Result<Response, Failure> {
    serve(&app.page.files, request).await
}

pub(crate) async fn asset(
    State(app): State<Arc<AppState>>,
    mut request: Request,
) -> Result<Response, Failure> {
    let target = request
        .uri()
        .path_and_query()
        .map_or("", axum::http::uri::PathAndQuery::as_str);
    let inside = target.strip_prefix("/assets").unwrap_or(target);
    *request.uri_mut() = inside.parse().map_err(|_| ProxyCode::NotFound)?;
    serve(&app.page.assets, request).await
}

async fn serve(dir: &ServeDir, request: Request) -> Result<Response, Failure> {
    let path = request.uri().path().to_owned();
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    // Files that begin with a dot are never part of a page. Encoded dots are not worth decoding:
    // no build makes such a name.
    let is_hidden = path
        .split('/')
        .any(|part| part.starts_with('.') || part.starts_with("%2e") || part.starts_with("%2E"));
    if !is_read || is_hidden {
        return Err(ProxyCode::NotFound.into());
    }
    let caching = caching(&path, request.uri().query().unwrap_or_default());
    let response = match dir.clone().oneshot(request).await {
        Ok(response) => response.map(Body::new),
        Err(never) => match never {},
    };
    if response.status() == StatusCode::NOT_FOUND {
        return Err(ProxyCode::NotFound.into());
    }
    let mut response = response;
    let is_file = response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED;
    let headers = response.headers_mut();
    if is_file {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    }
    let media_type = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    if let Some(media_type) = media_type
        .filter(|media_type| media_type.starts_with("text/") && !media_type.contains("charset"))
        && let Ok(value) = HeaderValue::from_str(&format!("{media_type}; charset=utf-8"))
    {
        headers.insert(header::CONTENT_TYPE, value);
    }
    Ok(response)
}

/// A file whose address changes with its content is kept for good; any other is asked for anew,
/// which costs little since it has an `ETag`.
fn caching(path: &str, query: &str) -> &'static str {
    let name = path.rsplit('/').next().unwrap_or_default();
    let is_named_by_query = query.split('&').any(|part| part.starts_with("sha256="));
    let is_hashed = name.split(['-', '_', '.']).any(|part| {
        (15..=64).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_hexdigit())
    });
    if name != "manifest.json" && (is_named_by_query || is_hashed) {
        IMMUTABLE
    } else {
        "no-cache"
    }
}

/// Nothing but the page's own files; of inline scripts only those that stand in `index`.
fn policy(index: &str) -> String {
    let mut hashes = String::new();
    for script in inline_scripts(index) {
        hashes.push_str(" 'sha256-");
        STANDARD.encode_string(Sha256::digest(script), &mut hashes);
        hashes.push('\'');
    }
    format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'{hashes}; style-src 'self'; \
         img-src 'self' data:; font-src 'self'; connect-src 'self'; worker-src 'self'; \
         manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
         object-src 'none'"
    )
}

/// The text of each `script` element without `src`, exactly as it stands in the file.
fn inline_scripts(html: &str) -> Vec<&str> {
    // ASCII case folding keeps every byte offset.
    let lower = html.to_ascii_lowercase();
    let mut scripts = Vec::new();
    let mut from = 0;
    while let Some(start) = lower.get(from..).and_then(|rest| rest.find("<script")) {
        let tag = from + start;
        let Some(tag_end) = lower
            .get(tag..)
            .and_then(|rest| rest.find('>'))
            .map(|end| tag + end + 1)
        else {
            break;
        };
        let Some(end) = lower
            .get(tag_end..)
            .and_then(|rest| rest.find("</script"))
            .map(|end| tag_end + end)
        else {
            break;
        };
        let attributes = lower.get(tag..tag_end).unwrap_or_default();
        if !attributes
            .split_ascii_whitespace()
            .any(|part| part.starts_with("src="))
        {
            scripts.extend(html.get(tag_end..end).filter(|script| !script.is_empty()));
        }
        from = end;
    }
    scripts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_without_src_are_found() {
        let html = "<SCRIPT type=\"module\">\nimport \u{e9};\n</SCRIPT><script src=\"/a.js\"></script>\
            <script defer>b()</script><script></script><script>open";
        assert_eq!(inline_scripts(html), ["\nimport \u{e9};\n", "b()"]);
    }

    #[test]
    fn the_policy_names_their_hashes() {
        let policy = policy("<script>alert(1)</script>");
        // The hash as `openssl dgst -sha256 -binary | base64` gives it.
        assert!(
            policy.contains(
                "'wasm-unsafe-eval' 'sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI=';"
            ),
            "{policy}"
        );
    }

    #[test]
    fn caching_follows_the_address() {
        for path in [
            "/web-0123456789abcdef.js",
            "/web-0123456789abcdef_bg.wasm",
            "/style-0123456789abcde.css",
        ] {
            assert_eq!(caching(path, ""), IMMUTABLE, "{path}");
        }
        for path in [
            "/index.html",
            "/sw.js",
            "/worker.js",
            "/worker_bg.wasm",
            "/manifest.json",
        ] {
            assert_eq!(caching(path, "x=1"), "no-cache", "{path}");
        }
        assert_eq!(caching("/model.safetensors", "sha256=00"), IMMUTABLE);
        assert_eq!(caching("/manifest.json", "sha256=00"), "no-cache");
    }
}
