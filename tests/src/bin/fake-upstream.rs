//! The stand-in for Claude as a program, for tests in a browser and for trying the page without
//! a key: `ANTHROPIC_BASE_URL` of the proxy is the address it prints.

use std::io::{self, Write as _};

use tests::fake_upstream;

#[tokio::main]
async fn main() -> io::Result<()> {
    let (address, _handle) = fake_upstream::start().await?;
    let mut out = io::stdout();
    writeln!(out, "listening on http://{address}")?;
    out.flush()?;
    tokio::signal::ctrl_c().await
}
