//! The command line `triage`: builds and verifies indexes, retrieves and evaluates headless.

mod assets;
mod eval;
mod retrieve;
mod score;

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Finds MITRE ATT&CK techniques for security alerts, locally.
#[derive(Parser)]
#[command(version, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build or verify an assets folder.
    #[command(subcommand)]
    Index(Index),
    /// Rank techniques for alerts: `{"id","alert"}` lines in, `{"id","ranked"}` lines out.
    Retrieve {
        /// The assets folder.
        #[arg(long)]
        assets: PathBuf,
        /// How many techniques for each alert, 1 to 50.
        #[arg(long, default_value_t = 10)]
        top_k: usize,
    },
    /// Score the ranking on labelled alerts: `{"id","alert","techniques"}` lines.
    Eval {
        /// The assets folder.
        #[arg(long)]
        assets: PathBuf,
        /// Print one JSON document instead of a table.
        #[arg(long)]
        json: bool,
        /// The field that holds the alert's text.
        #[arg(long, default_value = "alert")]
        field: String,
        /// Bootstrap samples for the 95% intervals.
        #[arg(long, default_value_t = 1000)]
        boot: usize,
        /// Seed of the bootstrap.
        #[arg(long, default_value_t = 1)]
        seed: u32,
        /// Labelled sets.
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
}

#[derive(Subcommand)]
enum Index {
    /// Read a STIX bundle, embed its techniques and write index, techniques and manifest.
    Build {
        /// MITRE's enterprise-attack bundle, STIX 2.0 or 2.1.
        #[arg(long)]
        attack: PathBuf,
        /// The folder with `model.safetensors` and `tokenizer.json`.
        #[arg(long)]
        model: PathBuf,
        /// The folder to write; created if missing.
        #[arg(long)]
        out: PathBuf,
        /// ATT&CK version, for bundles that do not state it; else read from the file's name.
        #[arg(long)]
        attack_version: Option<String>,
    },
    /// Check every hash and every range of an assets folder.
    Verify {
        /// The assets folder.
        dir: PathBuf,
    },
}

/// What ended a command, in one sentence for people.
type Failure = String;

fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // Nothing can be done about a closed stderr.
            let _ = writeln!(io::stderr(), "triage: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Index(Index::Build {
            attack,
            model,
            out,
            attack_version,
        }) => assets::build(&attack, &model, &out, attack_version.as_deref()),
        Command::Index(Index::Verify { dir }) => assets::verify(&dir),
        Command::Retrieve { assets, top_k } => {
            let engine = assets::open(&assets)?;
            retrieve::run(&engine, top_k, io::stdin().lock(), io::stdout().lock())
        }
        Command::Eval {
            assets,
            json,
            field,
            boot,
            seed,
            files,
        } => {
            let engine = assets::open(&assets)?;
            let sampling = score::Sampling { boot, seed };
            eval::run(&engine, &files, &field, sampling, json, io::stdout().lock())
        }
    }
}
