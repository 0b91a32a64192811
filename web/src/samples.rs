//! Five alerts to try the page on. Names and addresses are reserved for documentation.

/// A built-in alert.
pub(crate) struct Sample {
    /// What its button says.
    pub(crate) label: &'static str,
    /// The alert.
    pub(crate) text: &'static str,
}

/// In the order of their buttons.
pub(crate) const SAMPLES: [Sample; 5] = [
    Sample {
        label: "Encoded PowerShell",
        text: include_str!("samples/powershell.txt"),
    },
    Sample {
        label: "LSASS access",
        text: include_str!("samples/lsass.json"),
    },
    Sample {
        label: "SSH brute force",
        text: include_str!("samples/sshd.log"),
    },
    Sample {
        label: "MFA fatigue",
        text: include_str!("samples/mfa.json"),
    },
    Sample {
        label: "Shadow copies deleted",
        text: include_str!("samples/shadow_copies.txt"),
    },
];
