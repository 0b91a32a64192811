//! Sigma rules and terms, right and wrong.

use super::*;

pub(super) const VALID: &[&str] = &[
    "logsource:\n  product: windows\n  category: process_creation\ndetection:\n  selection:\n    ParentImage|endswith: '\\WINWORD.EXE'\n    Image|endswith:\n      - '\\powershell.exe'\n      - '\\pwsh.exe'\n  condition: selection",
    "title: Encoded PowerShell\nid: 00000000-0000-0000-0000-000000000000\nstatus: test\nlogsource:\n    category: process_creation\n    product: windows\ndetection:\n    selection_img:\n        - Image|endswith: '\\powershell.exe'\n        - OriginalFileName: 'PowerShell.EXE'\n    selection_cli:\n        CommandLine|contains|windash: ' -enc '\n    filter_main_system:\n        User|contains: 'SYSTEM'\n    condition: all of selection_* and not 1 of filter_main_*\nlevel: high",
    "detection:\n  selection:\n    EventID: 4625\n    TargetUserName: jsmith\n  timeframe: 24h\n  condition: selection",
    "detection:\n  a:\n    CommandLine|contains|all:\n      - '-w hidden'\n      - \"IEX\"\n  b:\n    CommandLine|re: '(?i)-e(nc)?\\s+[A-Za-z0-9+/=]{20,}'\n  condition: (a or b) and not (a and b)",
    "detection:\n  keywords:\n    - 'EncodedCommand'\n    - 'FromBase64String'\n  condition: keywords",
    "selection:\n  DestinationIp|cidr: '203.0.113.0/24'\n  Initiated: 'true'\ncondition: selection",
    "Image|endswith: '\\powershell.exe'\nParentImage|endswith: '\\WINWORD.EXE'",
    "CommandLine|contains: ['-enc', '-EncodedCommand', 'FromBase64String']",
    "detection:\n  sel:\n    dst_ip: 203.0.113.5\n    dst_port|gte: 1024\n  condition: sel",
    "detection:\n    selection:\n        QueryName|endswith: 'cdn.evil-updates.com'\n    condition: 1 of them",
    "detection:\n    sel:\n        Hashes|contains: 'SHA256=aaaaaaaabbbbbbbbccccccccddddddddeeeeeeeeffffffff0000000011111111'\n    filter:\n        SourceUser|exists: true\n    condition: sel and not filter",
    "detection:\n    selection:\n        ScriptBlockText|base64offset|contains:\n            - 'http://'\n            - 'https://'\n        ScriptBlockText|wide|base64offset|contains: 'Invoke-'\n    condition: selection",
    "detection:\n    sel:\n        TargetObject|contains: '\\CurrentVersion\\Run'   # persistence\n        Details: null\n    condition: sel",
    "detection:\n    sel:\n        EventID:\n            - 4624 # SECURITY: logon\n            - 4625\n        TargetUserName|fieldref: SubjectUserName\n    condition: sel | count() by src_ip > 10",
    "detection:\n    selection:\n        eventName: ConsoleLogin\n        userIdentity.type: Root\n    condition:\n        selection and\n        not 1 of filter*\n    filter_a:\n        additionalEventData|contains: 'MFAUsed: Yes'",
    "detection:\n    sel:\n        custom_score|gt: 80\n    condition: sel",
    "---\ntitle: x\nlogsource:\n    product: windows\ndetection:\n    sel:\n        Image|expand: '%tools%'\n        User|startswith|cased: 'ACME\\'\n    condition: sel\nfalsepositives:\n    - Administrators: they do it too",
];

#[test]
fn rules_as_analysts_write_them() {
    check_valid(Sigma, VALID);
}

#[test]
fn faults_of_form() {
    let block = |body: &str| format!("detection:\n  sel:\n    EventID: 1\n{body}");
    let cases: &[(String, &str)] = &[
        (block("  condition: sel and"), "nothing follows `and`"),
        (block("  condition: or sel"), "nothing stands before `or`"),
        (
            block("  condition: sel selection"),
            "no `and` or `or` stands before",
        ),
        (
            block("  condition: selection"),
            "`selection` is no selection here",
        ),
        (block("  condition: (sel"), "`(` is never closed"),
        (block("  condition: sel)"), "`)` closes nothing"),
        (
            block("  condition: 1 of filter_*"),
            "`filter_*` is no selection here",
        ),
        (block("  condition: some of them"), "`some of` is no amount"),
        (block("  condition: all of"), "nothing follows `all of`"),
        (block("  condition: sel | where x"), "holds a pipe"),
        (block("  condition:"), "the condition is empty"),
        (block(""), "has no condition"),
        (
            block("  sel:\n    EventID: 2\n  condition: sel"),
            "stands twice",
        ),
        (block("    EventID: 2\n  condition: sel"), "stands twice"),
        (
            block("    Image|endwith: 'x'\n  condition: sel"),
            "`endwith` is no modifier",
        ),
        (block("    Image: 'x\n  condition: sel"), "never closed"),
        (
            block("    Image: 'it's'\n  condition: sel"),
            "behind a quoted value",
        ),
        (
            block("    DestinationIp|cidr: '10.0.0.0/99'\n  condition: sel"),
            "is no network",
        ),
        (
            block("    ProcessId|gt: 'many'\n  condition: sel"),
            "is no number",
        ),
        (
            block("    Image|exists: 'maybe'\n  condition: sel"),
            "neither true nor false",
        ),
        (
            block("    Image: [a, b\n  condition: sel"),
            "the list is never closed",
        ),
        (block("\tImage: x\n  condition: sel"), "a tab indents"),
        (
            format!("{}\nfilters: x", block("  condition: sel")),
            "`filters` is no key",
        ),
        ("detection:\n  condition: sel".into(), "has no selection"),
    ];
    for (text, message) in cases {
        let found = check_as(Sigma, text, &known()).problems;
        let hit = found
            .iter()
            .any(|p| p.kind == P::Syntax && p.message.contains(message));
        assert!(hit && found.len() <= 2, "{text} {found:?}");
    }
}

#[test]
fn invented_names_and_values() {
    check(
        Sigma,
        "ImagePathName|endswith: '\\cmd.exe'",
        &[(P::Field, "`ImagePathName`")],
    );
    check(
        Sigma,
        "TargetUserName|contains: 'x'\nUser: 'mallory'",
        &[(P::Value, "`mallory`")],
    );
    check(
        Sigma,
        "DestinationIp|contains: '198.51.100.9'",
        &[(P::Value, "`198.51.100.9`")],
    );
    check(
        Sigma,
        "Image|endswith: '\\zxupd.exe'",
        &[(P::Value, "zxupd.exe")],
    );
    check(
        Sigma,
        "detection:\n  s:\n    Computer:\n      - 'CORP-WS-042'\n      - 'SRV-9'\n  condition: s",
        &[(P::Value, "`SRV-9`")],
    );
    check(
        Sigma,
        "Image|endswith: ['\\cmd.exe', '\\evilupd.exe']",
        &[(P::Value, "evilupd.exe")],
    );
    check(
        Sigma,
        "User|contains: 'svc'\nCommandLine|re: '.*198\\.51\\.100\\.9.*'",
        &[],
    );
}
