//! The program `soc-proxy`: reads the environment, starts the server, stops on a signal.

use std::io::{self, Write as _};
use std::process::ExitCode;

use proxy::config::Config;
use proxy::log::Log;
use proxy::serve::{ServeError, Server};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nothing is left to do if even this cannot be written.
            let _ = writeln!(io::stderr(), "soc-proxy: {error}");
            ExitCode::FAILURE
        }
    }
}

#[derive(Debug, thiserror::Error)]
enum StartError {
    #[error(transparent)]
    Config(#[from] proxy::config::ConfigError),
    #[error(transparent)]
    Serve(#[from] ServeError),
    #[error("the runtime does not start: {0}")]
    Runtime(io::Error),
    #[error("the start-up line cannot be written: {0}")]
    Output(io::Error),
}

fn run() -> Result<(), StartError> {
    let config = Config::from_vars(std::env::vars_os())?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(StartError::Runtime)?;
    runtime.block_on(async {
        let log = Log::stderr();
        let server = Server::bind(config, log.clone()).await?;
        for line in server.config().describe() {
            log.write(&line);
        }
        announce(&server).map_err(StartError::Output)?;
        server.run(stop_signal()).await;
        Ok(())
    })
}

/// The one line on standard output: whoever started the program waits for it.
fn announce(server: &Server) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "listening on http://{}", server.config().listen)?;
    out.flush()
}

#[cfg(unix)]
async fn stop_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
        }
        Err(_) => {
            let _ = tokio::signal::ctrl_c().await;
        }
    }
}

#[cfg(not(unix))]
async fn stop_signal() {
    let _ = tokio::signal::ctrl_c().await;
}
