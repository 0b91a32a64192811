//! The connections: how many, how slow, and how they end.
//!
//! `axum::serve` 0.8 gives hyper no timer, so its limit on slow request heads never fires, and
//! it has no limit on connections. Hence hyper itself, for HTTP/1.1 only: browsers speak HTTP/2
//! only over TLS, which a front server would end.

use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};

use crate::app::app;
use crate::config::Config;
use crate::log::Log;
use crate::upstream::UpstreamError;

mod stall;

use stall::StallGuard;

/// How far the program is on its way out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// All is served.
    Running,
    /// No new request to the model; those under way may finish.
    Draining,
    /// What is still under way ends now.
    Cutting,
}

/// Why the server does not start.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address is taken or not ours.
    #[error("SOC_LISTEN must be a free address of this machine: {0}")]
    Listen(io::Error),
    /// The call to the model cannot be set up.
    #[error(transparent)]
    Upstream(#[from] UpstreamError),
}

/// A server that listens but does not yet answer.
pub struct Server {
    listener: TcpListener,
    router: Router,
    config: Arc<Config>,
    phase: watch::Sender<Phase>,
}

impl Server {
    /// Listens where `config` says.
    ///
    /// # Errors
    ///
    /// [`ServeError`] when the address or the upstream cannot be had.
    pub async fn bind(mut config: Config, log: Log) -> Result<Self, ServeError> {
        let listener = TcpListener::bind(config.listen)
            .await
            .map_err(ServeError::Listen)?;
        config.listen = listener.local_addr().map_err(ServeError::Listen)?;
        let config = Arc::new(config);
        let (phase, phase_seen) = watch::channel(Phase::Running);
        Ok(Self {
            listener,
            router: app(Arc::clone(&config), log, phase_seen)?,
            config,
            phase,
        })
    }

    /// The settings in force, with the real port.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Answers until `stop` is ready, then lets requests finish for a while.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let config = &self.config;
        let slots = Arc::new(Semaphore::new(config.max_connections));
        let connections = GracefulShutdown::new();
        let accept = async {
            loop {
                let Ok(slot) = Arc::clone(&slots).acquire_owned().await else {
                    return;
                };
                let Ok((stream, _)) = self.listener.accept().await else {
                    // Out of file descriptors, mostly: give those in use time to be closed.
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                };
                // Events are small and must not wait for each other. If it fails they do.
                let _ = stream.set_nodelay(true);
                let io = TokioIo::new(StallGuard::new(stream, config.timeouts.write_stall));
                let connection = http1::Builder::new()
                    .timer(TokioTimer::new())
                    .header_read_timeout(config.timeouts.header_read)
                    .max_buf_size(64 * 1024)
                    .serve_connection(io, TowerToHyperService::new(self.router.clone()));
                let connection = connections.watch(connection);
                tokio::spawn(async move {
                    // Broken connections are the client's business.
                    let _ = connection.await;
                    drop(slot);
                });
            }
        };
        tokio::select! {
            () = accept => {}
            () = stop => {}
        }
        drop(self.listener);
        self.phase.send_replace(Phase::Draining);
        let wait = config.timeouts.stop;
        let mut drained = std::pin::pin!(connections.shutdown());
        if tokio::time::timeout(wait, &mut drained).await.is_err() {
            self.phase.send_replace(Phase::Cutting);
            // Time for the last events to be written; whoever does not read them is left.
            let _ = tokio::time::timeout(Duration::from_secs(1), drained).await;
        }
    }
}
