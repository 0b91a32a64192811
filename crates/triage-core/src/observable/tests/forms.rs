//! The forms of each kind in running text, and what only looks like them.

use super::*;

/// What stands in `raw`, of any kind, in the order of the text.
fn values(raw: &str) -> Vec<String> {
    let found = extract_observables(&parse_alert(raw), &[]);
    found
        .into_iter()
        .map(|observable| observable.value)
        .collect()
}

fn check_values(raw: &str, expected: &[&str]) {
    assert_eq!(values(raw), expected, "{raw}");
}

#[test]
fn addresses() {
    check_values(
        "from 10.0.0.5:443, 10.0.0.6/53 and [8.8.8.8].",
        &["10.0.0.5", "10.0.0.6", "8.8.8.8"],
    );
    check_values(
        "route 10.0.0.0/8 and 192.0.2.7/24",
        &["10.0.0.0/8", "192.0.2.7"],
    );
    check_values(
        "[2001:db8::1]:443 fe80::2%eth0 ::1 64:ff9b::1",
        &["2001:db8::1", "fe80::2", "::1", "64:ff9b::1"],
    );
    check_values(
        "mapped ::ffff:1.2.3.4, full 2001:db8:0:0:8:800:200C:417A",
        &["::ffff:1.2.3.4", "2001:db8:0:0:8:800:200C:417A"],
    );
    check_values(
        "net 2001:db8::/32 [IPv6:2001:db8::9] src:2001:db8::8",
        &["2001:db8::/32", "2001:db8::9", "2001:db8::8"],
    );
    check_values(
        "by 2001[:]db8[:][:]7 and 203[.]0[.]113(.)9",
        &["2001:db8::7", "203.0.113.9"],
    );
    check_values("std::vector a::b 12:30:45 3:2::1 ::", &[]);
    check_values(
        "10.0.19041.1 v1.2.3.4 Version: 4.7.2.0 Chrome/120.0.0.0 1.2.3.4.5 0.0.0.0 255.255.255.0",
        &[],
    );
    check_values(
        "inside/10.0.0.9 outside/198.51.100.9(443)",
        &["10.0.0.9", "198.51.100.9"],
    );
    check_values("wmic /node:10.0.0.9 on registry/app:1.2.3.4", &["10.0.0.9"]);
    check_values(
        "00:15:5d:01:02:03 00-15-5D-01-02-04 0015.5d01.0205",
        &["00:15:5d:01:02:03", "00-15-5D-01-02-04", "0015.5d01.0205"],
    );
    check_values(
        "ff:ff:ff:ff:ff:ff aa:bb:cc:dd:ee:01:02:03 a23eae89-bd56-5903-0000-0010e9d95e00",
        &[],
    );
}

#[test]
fn names_are_domains_or_files_or_neither() {
    check_values(
        "a.evil.top, dc1.corp.local. xn--pple-43d.com and _ldap._tcp.acme.de",
        &[
            "a.evil.top",
            "dc1.corp.local",
            "xn--pple-43d.com",
            "_ldap._tcp.acme.de",
        ],
    );
    check_values(
        "svchost.exe a.ps1 report.py lib.so libssl.so.3 x.zip x.tar.gz",
        &[
            "svchost.exe",
            "a.ps1",
            "report.py",
            "lib.so",
            "libssl.so.3",
            "x.zip",
            "x.tar.gz",
        ],
    );
    check_values("query x.zip and y[.]zip", &["x.zip", "y.zip"]);
    check_values(
        "System.Net.WebClient System.IO java.net com.example.app kibana.alert.rule.name process.command_line host.id",
        &[],
    );
    check_values(
        r#"{"evil.com":"x","q":"foo.to(1) $a.in Node.js failed.In"}"#,
        &[],
    );
}

#[test]
fn urls_end_where_people_end_them() {
    check_values(
        "(https://a.test/x_(1)), \"http://b.test\" <ws://c.test/?q=1>",
        &["https://a.test/x_(1)", "http://b.test", "ws://c.test/?q=1"],
    );
    check_values(
        "hxxp[:]//d[.]test/a.exe hXXps://u:p@e.test:8443/ ftp://[2001:db8::1]/f",
        &[
            "http://d.test/a.exe",
            "https://u:p@e.test:8443/",
            "ftp://[2001:db8::1]/f",
        ],
    );
    check_values(
        r#"{"u":"https:\/\/f.test\/x","v":"see https://g.test/y\nnext"}"#,
        &["https://f.test/x", "https://g.test/y"],
    );
    check_values(
        "https://m\u{fc}nchen.test/\u{201d} http://$ip/x",
        &["https://m\u{fc}nchen.test/"],
    );
    check_values(
        r#"<a xmlns="http://schemas.test/x">10.0.0.1</a>"#,
        &["10.0.0.1"],
    );
}

#[test]
fn what_closes_no_bracket_is_dropped_in_one_pass() {
    check_values(&format!("http://a{}", ")".repeat(200_000)), &["http://a"]);
}

#[test]
fn paths_and_keys_are_whole() {
    check_values(
        r#"run "C:\Program Files\A b\c d.exe" -x and C:\Program Files (x86)\E\f.dll"#,
        &[
            r"C:\Program Files\A b\c d.exe",
            r"C:\Program Files (x86)\E\f.dll",
        ],
    );
    check_values(
        r"\\NAS-1\pub\x \\10.0.0.9\c$ %TEMP%\a.vbs \Device\HarddiskVolume2\b",
        &[
            "NAS-1",
            r"\\NAS-1\pub\x",
            "10.0.0.9",
            r"\\10.0.0.9\c$",
            r"%TEMP%\a.vbs",
            r"\Device\HarddiskVolume2\b",
        ],
    );
    check_values(
        r#"{"p":"C:\\Windows\\a.exe","q":"D:\\\\x\\\\b.dll"}"#,
        &[r"C:\Windows\a.exe", r"D:\x\b.dll"],
    );
    check_values(
        "cat /etc/passwd>/tmp/a; ls ~/.ssh/id_rsa 2>/dev/null",
        &["/etc/passwd", "/tmp/a", "~/.ssh/id_rsa"],
    );
    check_values(
        r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion, HKCU:\Run and \REGISTRY\MACHINE\x",
        &[
            r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion",
            r"HKCU:\Run",
            r"\REGISTRY\MACHINE\x",
        ],
    );
}

#[test]
fn numbers_that_are_hashes() {
    let md5 = "d41d8cd98f00b204e9800998ecf8427e";
    check_values(
        &format!("Hashes: MD5={md5},IMPHASH={}", "ab".repeat(16)),
        &[md5, &"ab".repeat(16)],
    );
    check_values(&"0f".repeat(64), &[&"0f".repeat(64)]);
    check_values(
        &format!(
            "commit {} trace_id={md5} {}",
            "0a".repeat(20),
            "1".repeat(32)
        ),
        &[],
    );
    check_values(
        &format!(r#"{{"DeviceId":"{md5}","ja3":{{"hash":"{md5}"}}}}"#),
        &[],
    );
    check_values(
        "cve-2021-44228 attack.t1558.003 T1000 T2050",
        &["CVE-2021-44228", "T1558.003"],
    );
}

#[test]
fn accounts_that_text_names() {
    check_values(
        "net user eve P4ss /add & net localgroup \"Remote Desktop Users\" mal /add",
        &["eve", "mal"],
    );
    check_values(
        "Failed password for invalid user oracle from 10.0.0.1 port 2",
        &["oracle", "10.0.0.1"],
    );
    check_values(
        "runas /user:ACME\\ann x; session opened for user bob(uid=1)",
        &["ACME\\ann", "bob"],
    );
    check_values(
        "the user account of root, user mode, for user input on screen",
        &[],
    );
    check_values(
        "S-1-5-18 S-1-5-32-544 S-1-5-21-1-2-3-1104 S-1-12-1-1-2-3-4",
        &["S-1-5-21-1-2-3-1104", "S-1-12-1-1-2-3-4"],
    );
    check_values(
        "arn:aws:iam::123456789012:user/team/eve",
        &["123456789012", "eve"],
    );
}
