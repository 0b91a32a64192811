//! Who may talk to the proxy: the names it answers to and the pages it listens to.
//!
//! The `Host` list stops DNS rebinding, where a foreign page looks like the same origin to the
//! browser. `Origin` and `Sec-Fetch-Site` stop a foreign page that sends requests across sites.
//! Programs send neither header and are let through: they could send any.

use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use triage_core::wire::ProxyCode;

/// The names and origins that are accepted, compared byte for byte.
pub(crate) struct Guard {
    hosts: Vec<String>,
    origins: Vec<String>,
}

impl Guard {
    pub(crate) fn new(hosts: Vec<String>) -> Self {
        let origins = hosts
            .iter()
            .flat_map(|host| [format!("http://{host}"), format!("https://{host}")])
            .collect();
        Self { hosts, origins }
    }

    pub(crate) fn check(&self, request: &Parts) -> Result<(), ProxyCode> {
        self.check_host(request)?;
        self.check_origin(&request.headers)?;
        check_fetch(&request.method, &request.headers)
    }

    fn check_host(&self, request: &Parts) -> Result<(), ProxyCode> {
        let host = only(&request.headers, header::HOST.as_str());
        let target = request
            .uri
            .authority()
            .map(axum::http::uri::Authority::as_str);
        let is_ours = |name: &str| self.hosts.iter().any(|host| host == name);
        // A target in absolute form overrules Host, so it has to pass as well.
        match (host, target) {
            (One(host), None) if is_ours(host) => Ok(()),
            (One(host), Some(target)) if host == target && is_ours(host) => Ok(()),
            _ => Err(ProxyCode::HostRejected),
        }
    }

    fn check_origin(&self, headers: &HeaderMap) -> Result<(), ProxyCode> {
        match only(headers, header::ORIGIN.as_str()) {
            Absent => Ok(()),
            One(origin) if self.origins.iter().any(|ours| ours == origin) => Ok(()),
            One(_) | Unclear => Err(ProxyCode::OriginRejected),
        }
    }
}

fn check_fetch(method: &Method, headers: &HeaderMap) -> Result<(), ProxyCode> {
    match only(headers, "sec-fetch-site") {
        Absent | One("same-origin" | "none") => Ok(()),
        // A link on another site may open the page, but only as a page of its own.
        One("same-site" | "cross-site")
            if matches!(*method, Method::GET | Method::HEAD)
                && only(headers, "sec-fetch-mode") == One("navigate")
                && only(headers, "sec-fetch-dest") == One("document") =>
        {
            Ok(())
        }
        One(_) | Unclear => Err(ProxyCode::OriginRejected),
    }
}

use Single::{Absent, One, Unclear};

/// A header that should come once.
#[derive(PartialEq)]
enum Single<'a> {
    Absent,
    One(&'a str),
    /// Twice, or not text.
    Unclear,
}

fn only<'a>(headers: &'a HeaderMap, name: &str) -> Single<'a> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Absent,
        (Some(value), None) => value.to_str().map_or(Unclear, One),
        (Some(_), Some(_)) => Unclear,
    }
}
