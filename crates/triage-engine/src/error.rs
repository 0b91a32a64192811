//! Why the engine could not be opened or did not answer.

use std::fmt;

use triage_core::manifest::ManifestError;
use triage_core::protocol::{ErrorCode, TriageError};

/// Why the engine could not be opened or did not answer.
#[derive(Debug)]
pub enum EngineError {
    /// The manifest or a file it names is not what it should be.
    Assets(ManifestError),
    /// A file has the right hash but not the content this program needs.
    Content {
        /// The file's name.
        file: String,
        /// What is wrong with it.
        fault: String,
    },
    /// Tokenizer or model failed on a text.
    Embed(String),
    /// An argument is out of its range.
    Argument(String),
}

impl EngineError {
    pub(crate) fn content(file: &str, fault: impl fmt::Display) -> Self {
        Self::Content {
            file: file.to_owned(),
            fault: fault.to_string(),
        }
    }

    pub(crate) fn embed(fault: impl fmt::Display) -> Self {
        Self::Embed(fault.to_string())
    }
}

impl fmt::Display for EngineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Assets(error) => error.fmt(f),
            Self::Content { file, fault } => write!(
                f,
                "{file} cannot be used ({fault}); build the assets again with `triage index build` \
                 or `scripts/serve`"
            ),
            Self::Embed(fault) => write!(f, "the text could not be embedded ({fault})"),
            Self::Argument(fault) => f.write_str(fault),
        }
    }
}

impl std::error::Error for EngineError {}

impl From<ManifestError> for EngineError {
    fn from(error: ManifestError) -> Self {
        Self::Assets(error)
    }
}

impl From<EngineError> for TriageError {
    fn from(error: EngineError) -> Self {
        let code = match &error {
            EngineError::Assets(_) | EngineError::Content { .. } => ErrorCode::AssetMismatch,
            EngineError::Embed(_) => ErrorCode::Engine,
            EngineError::Argument(_) => ErrorCode::InvalidArgument,
        };
        Self::new(code, error.to_string())
    }
}
