//! Where an alert happened, as far as it says: the platforms whose techniques can be meant.

use std::sync::LazyLock;

use regex::RegexSet;
use serde::{Deserialize, Serialize};

/// A set of platforms, one bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Platforms(u8);

impl Platforms {
    /// None: an alert that says nothing about where it happened.
    pub const NONE: Self = Self(0);
    /// Microsoft Windows.
    pub const WINDOWS: Self = Self(1);
    /// Linux.
    pub const LINUX: Self = Self(2);
    /// macOS.
    pub const MACOS: Self = Self(4);
    /// Infrastructure, software, identities and offices that somebody else runs.
    pub const CLOUD: Self = Self(8);
    /// Containers and what orchestrates them.
    pub const CONTAINERS: Self = Self(16);
    /// Routers, switches, firewalls.
    pub const NETWORK: Self = Self(32);
    /// Hypervisors.
    pub const ESXI: Self = Self(64);
    /// Before anything is attacked: reconnaissance and preparation.
    pub const BEFORE: Self = Self(128);

    /// The set for ATT&CK's names. A name that no version known here has counts for all.
    pub fn of_technique<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        names
            .into_iter()
            .map(|name| match name {
                "Windows" => Self::WINDOWS,
                "Linux" => Self::LINUX,
                "macOS" => Self::MACOS,
                "IaaS" | "SaaS" | "Identity Provider" | "Office Suite" | "Office 365"
                | "Azure AD" | "Google Workspace" => Self::CLOUD,
                "Containers" => Self::CONTAINERS,
                "Network Devices" | "Network" => Self::NETWORK,
                "ESXi" => Self::ESXI,
                "PRE" => Self::BEFORE,
                _ => Self(u8::MAX),
            })
            .fold(Self::NONE, Self::with)
    }

    /// The set an alert's text speaks of. Empty where it names nothing that only one has.
    pub fn of_alert(text: &str) -> Self {
        let found = SIGNALS.1.matches(text);
        SIGNALS
            .0
            .iter()
            .zip(0..)
            .filter(|(_, place)| found.matched(*place))
            .map(|(platforms, _)| *platforms)
            .fold(Self::NONE, Self::with)
    }

    /// Both sets together.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether the sets have a platform in common.
    pub fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether there is none.
    pub fn is_none(self) -> bool {
        self.0 == 0
    }

    /// The set as its bits, for files.
    pub(super) fn bits(self) -> u8 {
        self.0
    }

    /// The set with these bits.
    pub(super) fn from_bits(bits: u8) -> Self {
        Self(bits)
    }

    /// The names of its members, for people.
    pub fn names(self) -> Vec<&'static str> {
        [
            (Self::WINDOWS, "Windows"),
            (Self::LINUX, "Linux"),
            (Self::MACOS, "macOS"),
            (Self::CLOUD, "cloud"),
            (Self::CONTAINERS, "containers"),
            (Self::NETWORK, "network devices"),
            (Self::ESXI, "ESXi"),
        ]
        .into_iter()
        .filter(|(platform, _)| self.meets(*platform))
        .map(|(_, name)| name)
        .collect()
    }
}

/// What in a text speaks of which platforms.
static SIGNALS: LazyLock<(Vec<Platforms>, RegexSet)> = LazyLock::new(|| {
    use Platforms as P;
    let signals = [
        (
            P::WINDOWS,
            r"(?i)\b(?:windows|win32|sysmon|powershell|ntds|lsass)\b|\b[a-z]:\\|\bHK(?:LM|CU|CR|U|EY_[A-Z_]+)\b|\\\\[a-z0-9._-]+\\|\.exe\b|\.dll\b",
        ),
        (
            P::MACOS,
            r"(?i)\b(?:macos|os ?x|darwin|osascript|launchctl|plutil|dscl|plist|tccd?\.db)\b|/Library/|/Applications/|\.app/Contents/",
        ),
        (
            P::LINUX,
            r"(?i)\b(?:linux|auditd|systemd|systemctl|journald|apt-get|yum|dpkg|ubuntu|debian|centos|sshd|crontab|iptables)\b|/proc/",
        ),
        // What every Unix has.
        (
            Platforms(P::LINUX.0 | P::MACOS.0 | P::ESXI.0),
            r"(?:^|[\s=:])/(?:bin|usr|etc|var|tmp|home|opt|root)/|\b(?:sudo|chmod|chown)\b|\b(?:ba|z)?sh -c\b",
        ),
        (
            P::CLOUD,
            r"(?i)\b(?:aws|cloudtrail|azure|entra|gcp|okta|duo|o365|m365|office ?365|exchange online|sharepoint|onedrive|google ?workspace|gsuite|github|gitlab|salesforce|snowflake|iam|s3|ec2|guardduty|bigquery|auth0|onelogin|oauth)\b|amazonaws\.com|googleapis\.com|microsoftonline|windowsazure",
        ),
        (
            Platforms(P::CONTAINERS.0 | P::LINUX.0),
            r"(?i)\b(?:kubernetes|kubectl|k8s|docker|containerd?|pods?|kubelet|helm|falco)\b",
        ),
        (
            P::NETWORK,
            r"(?i)\b(?:cisco|ios-xe|junos|fortigate|fortinet|pan-os|mikrotik|snmp|tftp|bgp)\b",
        ),
        (
            P::ESXI,
            r"(?i)\b(?:esxi|esxcli|vmkernel|vcenter|vim-cmd|hostd)\b",
        ),
    ];
    let patterns = RegexSet::new(signals.iter().map(|(_, pattern)| *pattern))
        .expect("the patterns are constants that tests compile");
    (signals.map(|(platforms, _)| platforms).to_vec(), patterns)
});

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        assert_eq!(Platforms::of_alert(text).names(), expected, "{text}");
    }

    #[test]
    fn what_alerts_speak_of() {
        check("Image: C:\\Temp\\a.exe", &["Windows"]);
        check("sh -c cat /etc/passwd", &["Linux", "macOS", "ESXi"]);
        check("osascript -e beep", &["macOS"]);
        check("eventSource: iam.amazonaws.com", &["cloud"]);
        check("kubectl exec pod", &["Linux", "containers"]);
        check("Failed logon for bob", &[]);
    }

    #[test]
    fn techniques_meet_alerts() {
        let windows = Platforms::of_alert("powershell.exe");
        assert!(Platforms::of_technique(["Linux", "Windows"]).meets(windows));
        assert!(!Platforms::of_technique(["IaaS", "SaaS"]).meets(windows));
        // A platform of a later version rules nothing out.
        assert!(Platforms::of_technique(["Quantum"]).meets(windows));
    }
}
