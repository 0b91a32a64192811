//! The command line `triage`: builds and verifies indexes, retrieves and evaluates headless.

mod assets;
mod eval;
mod labelled;
mod learn;
mod recall;
mod retrieve;

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};
use triage_core::score::Sampling;

use assets::{ExampleSource, Form};

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
    /// Prepare the embedding model.
    #[command(subcommand)]
    Model(Model),
    /// Rank techniques for alerts: `{"id","alert"}` lines in, `{"id","ranked"}` lines out.
    Retrieve {
        /// The assets folder.
        #[arg(long)]
        assets: PathBuf,
        /// How many techniques for each alert, 1 to 50.
        #[arg(long, default_value_t = 10)]
        top_k: usize,
        /// Give each technique's share too.
        #[arg(long)]
        shares: bool,
        /// Which form of the model embeds the alerts.
        #[arg(long, value_enum, default_value = "exact")]
        model: Form,
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
        /// Leave a part of the ranking out, to see what it is worth; may be given several times.
        #[arg(long, value_enum)]
        without: Vec<Part>,
        /// Teach by the sets themselves, in this many folds: each alert is ranked by an index that
        /// was taught by the other folds.
        #[arg(long, value_name = "K", value_parser = clap::value_parser!(u16).range(2..=100), conflicts_with = "halves")]
        folds: Option<u16>,
        /// Teach by techniques with even numbers and rank alerts of odd ones, and the reverse: what
        /// examples do to techniques that have none.
        #[arg(long)]
        halves: bool,
        /// Which form of the model embeds the alerts.
        #[arg(long, value_enum, default_value = "exact")]
        model: Form,
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
enum Model {
    /// Pack the published weights into the 8-bit file that browsers load; `index build` does it too.
    Pack {
        /// The folder with `model.safetensors` and `tokenizer.json`.
        #[arg(long)]
        model: PathBuf,
        /// The file to write.
        #[arg(long)]
        out: PathBuf,
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
        /// What labelled alerts taught: `own` (the bank in this program), `none`, or a file that
        /// `index learn` made.
        #[arg(long, default_value = "own")]
        examples: ExampleSource,
    },
    /// Make an example bank of labelled alerts: `{"id","alert","techniques"}` lines.
    Learn {
        /// An assets folder, for its model and its techniques.
        #[arg(long)]
        assets: PathBuf,
        /// The file to write.
        #[arg(long)]
        out: PathBuf,
        /// Labelled sets.
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Measure the passage index: its size, and how much of exact search it finds.
    Recall {
        /// The assets folder.
        #[arg(long)]
        assets: PathBuf,
        /// Labelled sets, for their alerts.
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Check every hash and every range of an assets folder.
    Verify {
        /// The assets folder.
        dir: PathBuf,
    },
}

/// A part of the ranking that can be left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Words in common with ATT&CK's texts (BM25).
    Words,
    /// Nearness of embeddings.
    Meaning,
    /// What labelled alerts taught.
    Examples,
    /// How often a technique is seen in use.
    Known,
    /// The alert's platform.
    Platform,
    /// Leaving out what only identifies.
    Preparation,
    /// Giving the title more weight, and embedding it alone.
    Title,
    /// Counting the shell that carried a command for little.
    Shells,
    /// Decoding.
    Decoding,
}

impl Part {
    fn name(self) -> String {
        format!("{self:?}").to_lowercase()
    }
}

/// How a ranker is taught by the very sets it is measured on.
#[derive(Clone, Copy, Debug)]
enum Teaching {
    /// By all folds but the one that is ranked.
    Folds(usize),
    /// By techniques with even numbers for odd ones, and the reverse.
    Halves,
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
            examples,
        }) => assets::build(&assets::Plan {
            attack: &attack,
            model: &model,
            out: &out,
            attack_version: attack_version.as_deref(),
            examples: &examples,
        }),
        Command::Model(Model::Pack { model, out }) => assets::pack(&model, &out),
        Command::Index(Index::Verify { dir }) => assets::verify(&dir),
        Command::Index(Index::Learn { assets, out, files }) => {
            learn::run(&assets::open(&assets, Form::Exact)?, &files, &out)
        }
        Command::Index(Index::Recall { assets, files }) => {
            let engine = assets::open(&assets, Form::Exact)?;
            let library = assets::open_library(&assets, engine.manifest())?;
            recall::run(&engine, &library, &files, io::stdout().lock())
        }
        Command::Retrieve {
            assets,
            top_k,
            shares,
            model,
        } => {
            let engine = assets::open(&assets, model)?;
            let (input, output) = (io::stdin().lock(), io::stdout().lock());
            retrieve::run(&engine, top_k, shares, input, output)
        }
        Command::Eval {
            assets,
            json,
            field,
            without,
            folds,
            halves,
            model,
            boot,
            seed,
            files,
        } => {
            let teaching = match (folds, halves) {
                (Some(folds), _) => Some(Teaching::Folds(usize::from(folds))),
                (None, true) => Some(Teaching::Halves),
                (None, false) => None,
            };
            let wants_plain = teaching.is_some() || without.contains(&Part::Examples);
            let untaught = wants_plain.then(|| assets::open_plain_ranker(&assets));
            let plan = eval::Plan {
                sets: labelled::read(&files, &field)?,
                teaching_sets: labelled::read(&files, "alert")?,
                field,
                without,
                teaching,
                sampling: Sampling { boot, seed },
                as_json: json,
            };
            let mut engine = assets::open(&assets, model)?;
            eval::run(
                &mut engine,
                untaught.transpose()?,
                &plan,
                io::stdout().lock(),
            )
        }
    }
}
