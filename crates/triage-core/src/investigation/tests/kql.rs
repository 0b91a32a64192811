//! KQL queries, right and wrong.

use super::*;

pub(super) const VALID: &[&str] = &[
    "SigninLogs | where UserPrincipalName =~ \"jsmith@acme.com\" | take 50",
    "DeviceProcessEvents | where TimeGenerated > ago(7d) | where FileName in~ (\"powershell.exe\", \"pwsh.exe\") and ProcessCommandLine has_any (\"-enc\", \"-EncodedCommand\") | project TimeGenerated, DeviceName, AccountName, ProcessCommandLine",
    "SecurityEvent\n| where EventID == 4625 and TargetUserName == \"jsmith\"\n| summarize Failures = count(), Sources = make_set(IpAddress, 10) by Computer, bin(TimeGenerated, 1h)\n| order by Failures desc",
    "let ip = \"203.0.113.5\";\nlet window = 24h;\nDeviceNetworkEvents\n| where Timestamp > ago(window) and (RemoteIP == ip or RemoteUrl has \"cdn.evil-updates.com\")\n| summarize count() by DeviceName, InitiatingProcessFileName\n| sort by count_ desc nulls last",
    "DeviceLogonEvents | where AccountName == \"jsmith\" | join kind=inner (DeviceInfo | where isnotempty(OSPlatform) | summarize arg_max(Timestamp, *) by DeviceId) on DeviceId | project DeviceName, OSPlatform, LogonType",
    "union isfuzzy=true DeviceFileEvents, DeviceProcessEvents | where SHA256 == \"aaaaaaaabbbbbbbbccccccccddddddddeeeeeeeeffffffff0000000011111111\" | summarize dcount(DeviceName) by FileName, FolderPath",
    "CommonSecurityLog\n| where DestinationIP == '203.0.113.5' // the address of the alert\n| extend Mb = round(todouble(SentBytes) / 1024 / 1024, 2), SentBytes = 1\n| top 10 by Mb desc",
    "let suspicious = datatable(Name:string, Weight:int)[\"powershell.exe\", 3, \"mshta.exe\", 5];\nDeviceProcessEvents | join kind=leftouter suspicious on $left.FileName == $right.Name | where Weight > 3",
    "AuditLogs | where OperationName has \"Add member to role\" | mv-expand TargetResources | extend Target = tostring(TargetResources.userPrincipalName), Actor = tostring(parse_json(tostring(InitiatedBy.user)).userPrincipalName) | where Actor contains \"jsmith\"",
    "OfficeActivity | where UserId startswith \"jsmith\" and Operation in (\"New-InboxRule\", \"Set-InboxRule\") | extend p = parse_json(Parameters) | mv-apply p on (where p.Name == \"ForwardTo\" | project Forward = p.Value) | distinct UserId, tostring(Forward)",
    "Syslog | where SyslogMessage matches regex @\"Failed password for (invalid user )?\\w+\" | parse SyslogMessage with * \"from \" Ip \" port \" Port:int * | summarize Tries = count() by Ip, HostName",
    "search in (SecurityEvent, SigninLogs) \"jsmith\" | where TimeGenerated between (ago(2d) .. now()) | count",
    "DeviceEvents | where ActionType == \"AmsiScriptDetection\" and not(InitiatingProcessFileName has_cs \"svchost\") | extend F = parse_json(AdditionalFields) | extend D = F.[\"Description\"], E = F['x y'] | getschema",
    "IdentityLogonEvents | where Timestamp > ago(1h) | summarize Fails = countif(ActionType == \"LogonFailed\"), Ok = countif(ActionType == \"LogonSuccess\") by AccountUpn, IPAddress | where Fails > 10 and Ok > 0",
    "let lookback = 14d; let hosts = toscalar(DeviceInfo | summarize make_set(DeviceName)); DeviceNetworkEvents | where DeviceName in (hosts) and ipv4_is_private(RemoteIP) == false | make-series c = count() default=0 on Timestamp from ago(lookback) to now() step 1d by DeviceName | render timechart",
    "SecurityAlert | where TimeGenerated > ago(30d) | extend Host = tostring(parse_json(Entities)[0].HostName) | evaluate bag_unpack(Host) | project-away Type, TenantId | project-rename Machine = CompromisedEntity",
    "let f = (who:string) { SigninLogs | where Identity has who | project IPAddress, Location }; f(\"jsmith\") | summarize by IPAddress",
    "AzureActivity | where CallerIpAddress !in (\"10.1.2.3\") and Caller !contains \"svc\" and -1 < 0 | project TimeGenerated, OperationNameValue, Caller | sort by TimeGenerated asc",
    "_Im_Dns(starttime=ago(1d), domain_has_any=dynamic([\"cdn.evil-updates.com\"])) | summarize count() by SrcIpAddr, DnsQuery",
    "AlertInfo | join kind=leftouter (AlertEvidence) on $left. AlertId == $right. AlertId | take 5",
    "DeviceProcessEvents | where ProcessCommandLine has @\"C:\\Users\\Public\" | invoke FileProfile(SHA1, 1000) | where GlobalPrevalence < 100",
];

#[test]
fn queries_as_analysts_write_them() {
    check_valid(Kql, VALID);
}

#[test]
fn faults_of_form() {
    let cases: &[(&str, &str)] = &[
        ("SigninLogs | where (UserId == \"x\"", "`(` is never closed"),
        ("SigninLogs | where UserId == \"x", "is never closed"),
        ("SigninLogs | where UserId = \"x\"", "write `==`"),
        (
            "SigninLogs | where UserId == \"x\" and",
            "nothing follows `and`",
        ),
        (
            "SigninLogs | where and UserId == \"x\"",
            "nothing stands before `and`",
        ),
        ("SigninLogs | where UserId == ", "nothing follows `==`"),
        (
            "SigninLogs | where UserId \"x\"",
            "no operator stands before",
        ),
        (
            "SigninLogs | where UserId == \"x\" && Type == \"y\"",
            "write `and`",
        ),
        ("SigninLogs | | take 5", "a step is empty"),
        ("SigninLogs |", "a step is empty"),
        ("SigninLogs | take", "nothing follows the operator `take`"),
        (
            "SigninLogs | filterr UserId == \"x\"",
            "is no command of KQL",
        ),
        (
            "SigninLogs where UserId == \"x\"",
            "no pipe stands before `where`",
        ),
        ("where UserId == \"x\" | take 5", "names no table"),
        ("SigninLogs | summarize count() by", "nothing follows `by`"),
        ("SigninLogs | sort UserId desc", "`by` is missing"),
        ("SigninLogs | top 5 UserId", "`by` is missing"),
        ("SigninLogs | join (DeviceInfo)", "has no `on`"),
        ("SigninLogs | join kind=inner on UserId", "joins nothing"),
        ("SigninLogs | extend x = tolower(UserId", "is never closed"),
        ("SigninLogs | extend x = , y = 1", "nothing follows `=`"),
        (
            "SigninLogs | project UserId, , Type",
            "an expression is missing",
        ),
        ("let x = 5;", "asks for no rows"),
        ("let x; SigninLogs | take 5", "`let` is not complete"),
        ("SigninLogs | parse UserId \"a\"", "has no `with`"),
        ("SigninLogs | where UserId in ()", "the brackets are empty"),
    ];
    for (text, message) in cases {
        let found = check_as(Kql, text, &known()).problems;
        let syntax: Vec<_> = found.iter().filter(|p| p.kind == P::Syntax).collect();
        assert!(
            syntax.len() == 1 && syntax[0].message.contains(message),
            "{text} {found:?}"
        );
    }
}

#[test]
fn invented_names_and_values() {
    check(
        Kql,
        "SigninLogs | where UserMailId == \"x\"",
        &[(P::Field, "field `UserMailId`")],
    );
    check(
        Kql,
        "UserLogonTable | take 5",
        &[(P::Field, "`UserLogonTable`")],
    );
    check(
        Kql,
        "SigninLogs | extend a = lowercase(UserId)",
        &[(P::Field, "`lowercase`")],
    );
    check(
        Kql,
        "SigninLogs | summarize count() by Contry",
        &[(P::Field, "`Contry`")],
    );
    check(
        Kql,
        "DeviceInfo | where DeviceName == \"srv-db-01\"",
        &[(P::Value, "`srv-db-01`")],
    );
    check(
        Kql,
        "DeviceNetworkEvents | where RemoteIP in (\"203.0.113.5\", \"198.51.100.9\")",
        &[(P::Value, "`198.51.100.9`")],
    );
    check(
        Kql,
        "SigninLogs | where UserPrincipalName =~ \"mallory@acme.com\"",
        &[(P::Value, "`mallory@acme.com`")],
    );
    check(
        Kql,
        "DeviceFileEvents | where FolderPath startswith @\"C:\\Users\\mallory\\Downloads\\\"",
        &[(P::Value, "mallory")],
    );
    check(
        Kql,
        "SecurityEvent | where TargetUserSid == \"S-1-5-21-1-2-3456-500\"",
        &[(P::Value, "S-1-5-21")],
    );
    check(
        Kql,
        "SecurityEvent | where TargetUserSid == \"S-1-5-18\" and AccountName !in (\"SYSTEM\", \"LOCAL SERVICE\")",
        &[],
    );
    check(
        Kql,
        "let d = dynamic([\"bad-site.top\"]); DeviceNetworkEvents | where RemoteUrl has_any (d)",
        &[(P::Value, "bad-site.top")],
    );
    check(
        Kql,
        "Custom_CL | where field_s == \"x\" and custom_score > 4",
        &[],
    );
    check(Kql, "SigninLogs | where custom_score > 4", &[]);
}

#[test]
fn what_changes_or_sends() {
    for text in [
        ".drop table SigninLogs",
        ".set Copy <| SigninLogs",
        ".show tables",
        "SigninLogs | evaluate http_request(\"https://cdn.evil-updates.com\")",
        "externaldata(x:string)[\"https://cdn.evil-updates.com/x\"] | take 5",
        "let t = externaldata(x:string)[@\"https://cdn.evil-updates.com/x\"]; SigninLogs | where UserId in (t)",
        "SigninLogs | where UserId in ((externaldata(x:string)[\"https://a.b\"] | project x))",
        "SigninLogs | evaluate python(typeof(*), \"x\")",
    ] {
        let found = check_query(text, &known());
        assert_eq!(found.language, Some(Kql), "{text}");
        assert!(
            found
                .problems
                .iter()
                .any(|problem| problem.kind == P::Unsafe),
            "{text} {found:?}"
        );
    }
}
