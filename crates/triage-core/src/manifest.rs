//! The manifest of an assets folder: what is in it, made from what, and the hash of each file.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::digest::sha256_hex;

/// The layout version this build reads and writes.
pub const SCHEMA_VERSION: u32 = 3;

/// The manifest's own file name in an assets folder.
pub const FILE_NAME: &str = "manifest.json";

/// What an assets folder holds. The browser trusts a file only when its hash stands here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// [`SCHEMA_VERSION`] of the program that wrote it.
    pub schema_version: u32,
    /// SHA-256 over everything else, 64 hexadecimal digits: one identifier for the whole index.
    pub index_id: String,
    /// ATT&CK version of the techniques, such as `18.1`.
    pub attack_version: String,
    /// SHA-256 of the STIX bundle the techniques were read from.
    pub attack_sha256: String,
    /// How many techniques are indexed.
    pub techniques: usize,
    /// The embedding model.
    pub model: Model,
    /// How the graph of passages was built; the same numbers build the same bytes.
    pub graph: Graph,
    /// The labelled alerts the ranker was taught by; absent where it was built without.
    pub examples: Option<Examples>,
    /// The files, each named once.
    pub files: Files,
}

/// The embedding model an index was made with. Vectors of another model do not compare.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// `sentence-transformers/all-MiniLM-L6-v2`.
    pub name: String,
    /// Values per vector.
    pub dimensions: usize,
    /// Word pieces read of each text, the two markers included.
    pub max_tokens: usize,
}

/// The example bank that was built into a ranker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Examples {
    /// SHA-256 of the bank's file.
    pub sha256: String,
    /// How many labelled alerts it was learned from.
    pub alerts: u32,
    /// How many techniques they are about.
    pub techniques: usize,
}

/// Parameters of the instant-distance graph.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Graph {
    /// Seed of the layer assignment.
    pub seed: u64,
    /// Candidates kept while building.
    pub ef_construction: usize,
    /// Candidates kept while searching.
    pub ef_search: usize,
}

/// The files of an assets folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Files {
    /// The model's weights, packed: what browsers embed with.
    pub weights: File,
    /// The weights as published: what the command line embeds with. Browsers do not load them.
    pub exact_weights: File,
    /// Tokenizer description.
    pub tokenizer: File,
    /// The ranker: words, meanings and what examples taught.
    pub ranker: File,
    /// The ranker from ATT&CK's texts alone, for measuring what the rest is worth. Browsers do
    /// not load it.
    pub plain_ranker: File,
    /// The techniques as a [`crate::attack::Catalog`] in JSON.
    pub catalog: File,
    /// The graph over passages with their vectors.
    pub passages: File,
    /// The texts of the passages as a [`crate::evidence::EvidenceBook`] in JSON.
    pub evidence: File,
}

impl Files {
    /// What an engine needs before it can rank, in the order it should be loaded: small ones
    /// first.
    pub fn first(&self) -> [&File; 4] {
        [&self.catalog, &self.tokenizer, &self.ranker, &self.weights]
    }

    /// What can follow while the engine already ranks.
    pub fn later(&self) -> [&File; 2] {
        [&self.evidence, &self.passages]
    }

    /// Every file.
    pub fn all(&self) -> [&File; 8] {
        let [catalog, tokenizer, ranker, weights] = self.first();
        let [evidence, passages] = self.later();
        let (plain, exact) = (&self.plain_ranker, &self.exact_weights);
        [
            catalog, tokenizer, ranker, plain, evidence, passages, weights, exact,
        ]
    }
}

/// One file: its name in the folder, its size and its hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// File name without folders.
    pub name: String,
    /// Size in bytes.
    pub bytes: u64,
    /// SHA-256, 64 lower-case hexadecimal digits.
    pub sha256: String,
}

impl File {
    /// Describes `contents` under `name`.
    pub fn describe(name: &str, contents: &[u8]) -> Self {
        Self {
            name: name.to_owned(),
            bytes: contents.len() as u64,
            sha256: sha256_hex(contents),
        }
    }

    /// Checks size and hash of `contents`.
    ///
    /// # Errors
    ///
    /// [`ManifestError::File`] with the file's name where either differs.
    pub fn verify(&self, contents: &[u8]) -> Result<(), ManifestError> {
        self.verify_digest(contents.len() as u64, &sha256_hex(contents))
    }

    /// Checks a size and hash that were computed while the file arrived.
    ///
    /// # Errors
    ///
    /// [`ManifestError::File`] with the file's name where either differs.
    pub fn verify_digest(&self, bytes: u64, sha256: &str) -> Result<(), ManifestError> {
        let fault = if bytes != self.bytes {
            format!("has {bytes} bytes instead of {}", self.bytes)
        } else if sha256 != self.sha256 {
            "does not have the content the manifest names (SHA-256 differs)".to_owned()
        } else {
            return Ok(());
        };
        Err(ManifestError::File {
            name: self.name.clone(),
            fault,
        })
    }
}

/// Why a manifest or a file it names cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ManifestError {
    /// The manifest is not JSON of the expected form.
    Unreadable(String),
    /// The manifest has another layout version.
    Version {
        /// The version found.
        found: u64,
    },
    /// The manifest's own identifier does not match its contents.
    Identifier,
    /// A value is out of range or a name is unsafe.
    Invalid(&'static str),
    /// A file differs from what the manifest says.
    File {
        /// The file's name.
        name: String,
        /// What is wrong with it.
        fault: String,
    },
}

impl fmt::Display for ManifestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const REMEDY: &str = "build the assets again with `triage index build` or `scripts/serve`";
        match self {
            Self::Unreadable(fault) => write!(f, "{FILE_NAME} cannot be read ({fault}); {REMEDY}"),
            Self::Version { found } => write!(
                f,
                "{FILE_NAME} has layout version {found}, this program reads {SCHEMA_VERSION}; {REMEDY}"
            ),
            Self::Identifier => {
                write!(f, "{FILE_NAME} was changed after it was written; {REMEDY}")
            }
            Self::Invalid(what) => write!(f, "{FILE_NAME} is not valid: {what}; {REMEDY}"),
            Self::File { name, fault } => write!(f, "{name} {fault}; {REMEDY}"),
        }
    }
}

impl std::error::Error for ManifestError {}

impl Manifest {
    /// Reads and checks a manifest.
    ///
    /// # Errors
    ///
    /// [`ManifestError`] for anything but the current layout with its own identifier intact.
    pub fn from_json(json: &[u8]) -> Result<Self, ManifestError> {
        #[derive(Deserialize)]
        struct Version {
            schema_version: u64,
        }
        let unreadable = |error: serde_json::Error| ManifestError::Unreadable(error.to_string());
        let Version {
            schema_version: found,
        } = serde_json::from_slice(json).map_err(unreadable)?;
        if found != u64::from(SCHEMA_VERSION) {
            return Err(ManifestError::Version { found });
        }
        let manifest: Self = serde_json::from_slice(json).map_err(unreadable)?;
        if manifest.index_id != manifest.compute_id() {
            return Err(ManifestError::Identifier);
        }
        let names = manifest.files.all().map(|file| file.name.as_str());
        let plain = |name: &&str| {
            !name.is_empty()
                && !name.starts_with('.')
                && name
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
        };
        if !names.iter().all(plain) {
            return Err(ManifestError::Invalid("a file name is not a plain name"));
        }
        if manifest.model.dimensions == 0 || manifest.techniques == 0 {
            return Err(ManifestError::Invalid("it describes an empty index"));
        }
        Ok(manifest)
    }

    /// The manifest as JSON, two spaces deep, with a final line break.
    pub fn to_json(&self) -> String {
        let mut json = serde_json::to_string_pretty(self)
            .expect("a manifest has only strings and numbers, which JSON can hold");
        json.push('\n');
        json
    }

    /// Sets [`Manifest::index_id`] from everything else.
    pub fn seal(mut self) -> Self {
        self.index_id = self.compute_id();
        self
    }

    fn compute_id(&self) -> String {
        let unsealed = Self {
            index_id: String::new(),
            ..self.clone()
        };
        sha256_hex(unsealed.to_json().as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> Manifest {
        let file = |name: &str| File::describe(name, name.as_bytes());
        Manifest {
            schema_version: SCHEMA_VERSION,
            index_id: String::new(),
            attack_version: "18.1".into(),
            attack_sha256: sha256_hex(b"bundle"),
            techniques: 3,
            model: Model {
                name: "m".into(),
                dimensions: 384,
                max_tokens: 256,
            },
            graph: Graph {
                seed: 1,
                ef_construction: 100,
                ef_search: 100,
            },
            examples: None,
            files: Files {
                weights: file("model.bin"),
                exact_weights: file("model.safetensors"),
                tokenizer: file("tokenizer.json"),
                ranker: file("ranker.bin"),
                plain_ranker: file("ranker-plain.bin"),
                passages: file("passages.bin"),
                evidence: file("evidence.json"),
                catalog: file("techniques.json"),
            },
        }
        .seal()
    }

    #[test]
    fn what_is_written_is_read() {
        let manifest = example();
        assert_eq!(
            Manifest::from_json(manifest.to_json().as_bytes()),
            Ok(manifest)
        );
    }

    #[test]
    fn a_change_is_noticed() {
        let json = example().to_json().replace("18.1", "18.2");
        assert_eq!(
            Manifest::from_json(json.as_bytes()),
            Err(ManifestError::Identifier)
        );
        let newer = example()
            .to_json()
            .replace("\"schema_version\": 3", "\"schema_version\": 9");
        assert_eq!(
            Manifest::from_json(newer.as_bytes()),
            Err(ManifestError::Version { found: 9 })
        );
    }

    #[test]
    fn a_name_cannot_leave_the_folder() {
        for name in ["../secret", "a/b", "", ".hidden", "a b"] {
            let mut manifest = example();
            manifest.files.ranker.name = name.into();
            let json = manifest.seal().to_json();
            assert!(matches!(
                Manifest::from_json(json.as_bytes()),
                Err(ManifestError::Invalid(_))
            ));
        }
    }

    #[test]
    fn files_are_told_apart() {
        let file = File::describe("ranker.bin", b"abc");
        assert_eq!(file.verify(b"abc"), Ok(()));
        for other in [&b"abd"[..], b"ab", b"abcd"] {
            let message = file.verify(other).unwrap_err().to_string();
            assert!(message.starts_with("ranker.bin "), "{message}");
        }
    }
}
