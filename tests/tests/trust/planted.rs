//! Identities and secrets to plant, and the alerts they are planted in.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::dice::Dice;

const LETTERS: &str = "abcdefghijklmnopqrstuvwxyz";
const DIGITS: &str = "0123456789";
const BASE62: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const HEX: &str = "0123456789abcdef";

/// What is planted.
pub const KINDS: [&str; 16] = [
    "user",
    "host",
    "fqdn",
    "ipv4",
    "ipv6",
    "mail",
    "sid",
    "mac",
    "share",
    "own",
    "aws-key",
    "github-token",
    "password",
    "bearer",
    "jwt",
    "url-password",
];

/// How it stands in the alert's message beside its own field.
pub const FORMS: [&str; 12] = [
    "plain",
    "upper",
    "lower",
    "quoted",
    "path",
    "query",
    "percent",
    "defanged",
    "encoded-command",
    "escaped",
    "punctuated",
    "twice",
];

/// Which alert it is planted in.
pub const SHAPES: [&str; 12] = [
    "prose",
    "pairs",
    "ecs",
    "nested",
    "wazuh",
    "windows-xml",
    "cef",
    "leef",
    "syslog",
    "suricata",
    "defender",
    "email",
];

/// One identity or secret.
pub struct Planted {
    /// Its kind.
    pub kind: &'static str,
    /// The text that must not leave.
    pub value: String,
    /// The text with what tells of it, as a log would have it: `password=...`.
    pub told: String,
}

impl Planted {
    /// One of a kind.
    pub fn of(kind: &'static str, dice: &mut Dice) -> Self {
        let name = format!("{}{}", dice.word(LETTERS, 6), dice.word(DIGITS, 2));
        let value = match kind {
            "host" => format!(
                "{}-{}",
                dice.pick(&["FIN-LT", "SRV-DB", "acme-ws"]),
                dice.word(DIGITS, 4)
            ),
            "fqdn" => format!("{name}.{}.corp.local", dice.pick(&["emea", "prod", "dc"])),
            "ipv4" => format!(
                "10.{}.{}.{}",
                1 + dice.below(250),
                dice.below(250),
                1 + dice.below(250)
            ),
            "ipv6" => format!(
                "fd{}:{}::{}",
                dice.word(HEX, 2),
                dice.word("123456789", 4),
                dice.word("123456789", 3)
            ),
            "mail" => format!("{name}@acme-corp.example"),
            "sid" => format!(
                "S-1-5-21-{}-{}-{}-{}",
                dice.word("123456789", 10),
                dice.word("123456789", 9),
                dice.word("123456789", 9),
                dice.word("123456789", 4)
            ),
            "mac" => (0..6)
                .map(|_| dice.word(HEX, 2))
                .collect::<Vec<_>>()
                .join(":"),
            "share" => format!(r"\\FS{}\{name}$", dice.word(DIGITS, 3)),
            "own" => format!("FALCON-{}", dice.word(DIGITS, 6)),
            "aws-key" => format!("AKIA{}", dice.word("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16)),
            "github-token" => format!("ghp_{}", dice.word(BASE62, 36)),
            "password" => format!(
                "{}{}!{}",
                dice.word(LETTERS, 5),
                dice.word(DIGITS, 3),
                dice.word(BASE62, 4)
            ),
            "bearer" => dice.word(BASE62, 40),
            "jwt" => format!(
                "eyJhbGciOiJIUzI1NiJ9.eyJ{}.{}",
                dice.word(BASE62, 24),
                dice.word(BASE62, 43)
            ),
            "url-password" => format!("{}{}", dice.word(BASE62, 9), dice.word(DIGITS, 3)),
            _ => name,
        };
        let told = match kind {
            "password" => format!("password={value}"),
            "bearer" => format!("Authorization: Bearer {value}"),
            "url-password" => format!("https://deploy:{value}@git.example.org/repo"),
            _ => value.clone(),
        };
        Self { kind, value, told }
    }

    /// The text in one of the forms; `None` where that form makes no sense for this kind.
    pub fn in_form(&self, form: &str) -> Option<String> {
        let told = &self.told;
        let is_secret = KINDS[10..].contains(&self.kind);
        let is_net = ["ipv4", "fqdn", "mail"].contains(&self.kind);
        Some(match form {
            "plain" => format!("seen {told} again"),
            "upper" if !is_secret => format!("seen {} again", told.to_uppercase()),
            "lower" if !is_secret => format!("seen {} again", told.to_lowercase()),
            "quoted" => format!("seen '{told}' again"),
            "path" if self.kind == "user" => {
                format!(r"C:\Users\{told}\AppData\x.exe and /home/{told}/.ssh")
            }
            "query" if !told.contains([' ', '\\', ':', '@']) => {
                format!("GET https://cdn.example.net/p?id={told}&x=1")
            }
            "percent" if !told.contains([' ', '\\']) && self.kind != "url-password" => {
                let encoded: String = told
                    .bytes()
                    .map(|byte| {
                        if byte.is_ascii_alphanumeric() {
                            char::from(byte).to_string()
                        } else {
                            format!("%{byte:02X}")
                        }
                    })
                    .collect();
                format!("GET https://cdn.example.net/p?id={encoded}&x=1")
            }
            "defanged" if is_net => format!(
                "seen {} again",
                told.replace('.', "[.]").replace('@', "[at]")
            ),
            "encoded-command" => {
                let command = format!("Write-Host connecting as {told} to the server");
                let bytes: Vec<u8> = command.encode_utf16().flat_map(u16::to_le_bytes).collect();
                format!(
                    "powershell.exe -nop -EncodedCommand {}",
                    STANDARD.encode(bytes)
                )
            }
            "escaped" => format!("seen {told} again \u{e9}"),
            "punctuated" => format!("seen ({told}), again"),
            "twice" => format!("{told} {told}"),
            _ => return None,
        })
    }

    /// Whether it has a field of its own.
    fn field(&self, kind: &str) -> String {
        if self.kind == kind {
            self.value.clone()
        } else {
            default(kind).to_owned()
        }
    }
}

/// What stands in a field where nothing is planted.
fn default(kind: &str) -> &'static str {
    match kind {
        "user" => "SYSTEM",
        "host" => "ws-0",
        "ipv4" => "8.8.8.8",
        "mail" => "noreply@vendor.example",
        "sid" => "S-1-5-18",
        "mac" => "ff:ff:ff:ff:ff:ff",
        _ => "-",
    }
}

/// An alert of a shape with `planted` in its own field, where the shape has one, and `message` as
/// its free text.
pub fn alert(shape: &str, planted: &Planted, message: &str) -> String {
    let field = |kind: &str| planted.field(kind);
    let (user, host, ip) = (field("user"), field("host"), field("ipv4"));
    let (fqdn, mail, sid, mac) = (field("fqdn"), field("mail"), field("sid"), field("mac"));
    let (ip6, folder) = (field("ipv6"), field("share"));
    let xml = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;");
    let cef = |text: &str| text.replace('\\', "\\\\").replace('=', "\\=");
    match shape {
        "prose" => format!(
            "Suspicious logon detected. User: {user}. Host: {host}. Domain: {fqdn}. SourceIp: {ip}. \
             Sender: {mail}. Sid: {sid}. Mac: {mac}. Target: {ip6}. Share: {folder}. Message: {message}"
        ),
        "pairs" => format!(
            "fw01 deny user={user} host={host} fqdn={fqdn} src={ip} src6={ip6} mail={mail} sid={sid} \
             mac={mac} share={folder} msg=\"{message}\""
        ),
        "ecs" => json!({
            "@timestamp": "2026-11-25T10:00:00Z", "kibana.alert.rule.name": "Suspicious logon",
            "user.name": user, "user.id": sid, "host.name": host, "host.hostname": fqdn, "source.ip": ip,
            "destination.ip": ip6, "host.mac": mac, "email.from.address": mail, "file.path": folder,
            "message": message,
        })
        .to_string(),
        "nested" => json!({"alert": {"name": "Suspicious logon", "actor": {"user": {"name": user, "uid": sid, "email": mail}},
            "device": {"hostname": host, "name": fqdn, "ip": ip, "ip6": ip6, "mac": mac}, "share": folder, "details": [{"text": message}]}})
        .to_string(),
        "wazuh" => json!({"rule": {"level": 10, "description": "Suspicious logon", "id": "5710"}, "agent": {"id": "007", "name": host, "ip": ip},
            "data": {"srcuser": user, "dstip": ip6, "win": {"eventdata": {"targetUserSid": sid, "shareName": folder, "workstationName": fqdn}}},
            "mac": mac, "mail": mail, "full_log": message})
        .to_string(),
        "windows-xml" => format!(
            "<Event xmlns=\"http://schemas.microsoft.com/win/2004/08/events/event\"><System><Provider Name=\"Microsoft-Windows-Security-Auditing\"/>\
             <EventID>4624</EventID><Computer>{}</Computer></System><EventData><Data Name=\"TargetUserName\">{}</Data><Data Name=\"TargetUserSid\">{}</Data>\
             <Data Name=\"WorkstationName\">{}</Data><Data Name=\"IpAddress\">{}</Data><Data Name=\"Ip6\">{}</Data><Data Name=\"ShareName\">{}</Data>\
             <Data Name=\"Mac\">{}</Data><Data Name=\"Mail\">{}</Data><Data Name=\"CommandLine\">{}</Data></EventData></Event>",
            xml(&host), xml(&user), xml(&sid), xml(&fqdn), xml(&ip), xml(&ip6), xml(&folder), xml(&mac), xml(&mail), xml(message)
        ),
        "cef" => format!(
            "CEF:0|Vendor|Product|1.0|100|Suspicious logon|8|suser={} shost={} dhost={} src={} c6a2={} smac={} fname={} cs1Label=sid cs1={} cs2Label=mail cs2={} msg={}",
            cef(&user), cef(&host), cef(&fqdn), ip, ip6, mac, cef(&folder), cef(&sid), cef(&mail), cef(message)
        ),
        "leef" => format!(
            "LEEF:1.0|Vendor|Product|1.0|100|usrName={user}\tidentHostName={host}\tdomain={fqdn}\tsrc={ip}\tdst={ip6}\tsrcMAC={mac}\tresource={folder}\tsid={sid}\tmail={mail}\tmsg={message}"
        ),
        "syslog" => format!(
            "<38>Nov 25 10:00:00 {host} sshd[99]: Failed password for user {user} from {ip} port 22 ssh2; peer {ip6} {fqdn} {mac} {sid} {mail} {folder}: {message}"
        ),
        "suricata" => json!({"timestamp": "2026-11-25T10:00:00.000000+0000", "event_type": "alert", "src_ip": ip, "dest_ip": ip6,
            "ether": {"src_mac": mac}, "host": host, "alert": {"signature": "ET INFO Suspicious", "severity": 1, "signature_id": 2000},
            "http": {"hostname": fqdn, "http_user_agent": message}, "smtp": {"mail_from": mail}, "smb": {"share": folder, "user": user, "sid": sid}})
        .to_string(),
        "defender" => json!({"@odata.type": "#microsoft.graph.security.alert", "title": "Suspicious logon", "severity": "high",
            "evidence": [{"@odata.type": "#microsoft.graph.security.userEvidence", "userAccount": {"accountName": user, "userSid": sid, "userPrincipalName": mail}},
            {"@odata.type": "#microsoft.graph.security.deviceEvidence", "deviceDnsName": fqdn, "hostName": host, "ipInterfaces": [ip, ip6], "mac": mac},
            {"fileDetails": {"filePath": folder}, "processCommandLine": message}]})
        .to_string(),
        _ => format!(
            "From: {mail}\r\nTo: soc@vendor.example\r\nSubject: Suspicious logon\r\nReceived: from {fqdn} ([{ip}]) by mx\r\n\r\n\
             User: {user}\r\nHost: {host}\r\nSid: {sid}\r\nMac: {mac}\r\nIp: {ip6}\r\nShare: {folder}\r\n{message}\r\n"
        ),
    }
}
