//! Splunk searches, right and wrong.

use super::*;

pub(super) const VALID: &[&str] = &[
    "index=* user=jsmith earliest=-24h",
    "index=wineventlog EventCode=4625 user=\"ACME\\\\jsmith\" | stats count by src_ip, host",
    r#"index=* sourcetype="WinEventLog:Security" (EventCode=4624 OR EventCode=4625) user=jsmith
| stats count AS logons dc(host) AS hosts values(src_ip) AS sources BY user, Logon_Type
| where logons > 10 AND hosts >= 2
| sort - logons"#,
    "search index=proxy dest_ip=203.0.113.5 NOT action=blocked | table _time, src_ip, url, user | head 100",
    r#"| tstats summariesonly=true count min(_time) as firstTime from datamodel=Endpoint.Processes where Processes.process_name=powershell.exe Processes.process="*-enc*" by Processes.dest Processes.user Processes.process
| `drop_dm_object_name(Processes)` | convert ctime(firstTime)"#,
    r#"index=edr process_name IN ("powershell.exe", "cmd.exe", pwsh.exe) parent_process_name=WINWORD.EXE | dedup host, process"#,
    r#"index=* [search index=mail subject="*invoice*" recipient=jsmith@acme.com | fields sender | rename sender AS src_user] | timechart span=1h count by action"#,
    r#"index=edr host=CORP-WS-042 | eval short=lower(process_name), is_enc=if(match(process, "(?i)-e(nc)?\s"), 1, 0)
| where is_enc=1 AND isnotnull(short) | stats latest(_time) AS last BY short | eval last=strftime(last, "%F %T")"#,
    r#"index=web | rex field=url "https?://(?<site>[^/]+)/(?<rest>.*)" | stats count by site | where site="cdn.evil-updates.com""#,
    "index=vpn user=jsmith | transaction user maxspan=30m | where duration>600 | table user duration eventcount",
    "index=auth | join type=inner user [search index=hr earliest=-7d | fields user, title] | stats count by user title",
    r#"index=dns query="cdn.evil-updates.com" | lookup assets ip AS src OUTPUT owner, bunit | stats count by owner bunit"#,
    "`sysmon` EventCode=1 Image=\"*\\\\powershell.exe\" ParentImage=\"*\\\\WINWORD.EXE\" | stats count min(_time) as firstTime by Computer User CommandLine",
    "index=* dest_ip=203.0.113.5 | iplocation dest_ip | stats sum(bytes_out) AS out p95(bytes_out) AS p95 by Country, src_ip | eval mb=round(out/1024/1024, 2) | sort 10 - mb",
    "| inputlookup assets.csv | search owner=* | append [| makeresults | eval note=\"none\"] | table owner note",
    "index=* user=jsmith OR user=\"jsmith@acme.com\" action!=success | eventstats avg(duration) as mean, stdev(duration) as sd by user | eval z=(duration-mean)/sd | where z>3",
    "index=fw (src_ip=10.1.2.3 OR src_ip=10.0.0.0/8) dest_port IN (445, 3389) | bin _time span=5m | stats dc(dest_ip) as targets by _time, src_ip | where targets>20",
    "index=cloud eventName=ConsoleLogin userIdentity.type=Root | spath output=mfa path=additionalEventData.MFAUsed | search mfa=\"No\" | top limit=20 sourceIPAddress by userAgent",
    "index=* TERM(203.0.113.5) | stats count by index, sourcetype",
    "index=* \"EncodedCommand\" | stats count by host ```hosts with the word```",
    "custom_score>80 index=alerts | fields - _raw | chart count over host by action",
    "index=x user=jsmith | where cidrmatch(\"10.0.0.0/8\", src_ip) AND NOT like(url, \"%.corp.local%\") | streamstats count AS n BY user | eval label=user.\"-\".n",
];

#[test]
fn searches_as_analysts_write_them() {
    check_valid(Spl, VALID);
}

#[test]
fn faults_of_form() {
    let cases: &[(&str, &str)] = &[
        ("index=* (user=jsmith OR host=*", "`(` is never closed"),
        ("index=* user=jsmith) | stats count", "`)` closes nothing"),
        ("index=* user=\"jsmith | stats count", "is never closed"),
        ("index=* user=jsmith | | stats count", "a step is empty"),
        ("index=* user=jsmith |", "a step is empty"),
        ("index=* user=jsmith AND", "nothing follows `AND`"),
        ("index=* OR | stats count", "nothing follows `OR`"),
        ("index=* user= | stats count", "nothing follows `user=`"),
        ("index=* | statz count by user", "`statz` is no command"),
        ("index=* | stats count by", "nothing follows `by`"),
        ("index=* | stats by user", "an aggregation is missing"),
        ("index=* | stats countt(user)", "no aggregation"),
        ("index=* | stats user", "no aggregation"),
        ("index=* | where action=", "nothing follows `=`"),
        (
            "index=* | where action=\"a\" action=\"b\"",
            "no operator stands before",
        ),
        ("index=* | where count > 5 AND", "nothing follows `AND`"),
        ("index=* | eval lower(user)", "gives no name"),
        (
            "index=* | eval x=lowercase(user)",
            "`lowercase` is no function",
        ),
        ("index=* | rename user", "gives no new name"),
        ("index=* | rex field=url", "no quoted pattern"),
        ("index=* | table user, host,", "nothing follows `,`"),
        ("index=* | join user", "joins nothing"),
        (
            "index=* | head 5 | sort",
            "nothing follows the command `sort`",
        ),
        (
            "tstats count from datamodel=Web by Web.user",
            "without a pipe",
        ),
        (
            "index=* [search index=x | bogus] | stats count",
            "`bogus` is no command",
        ),
        ("index=* | where match(url, \"x\"", "is never closed"),
    ];
    for (text, message) in cases {
        let found = check_as(Spl, text, &known()).problems;
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
        Spl,
        "index=* usr_nam=x | table user",
        &[(P::Field, "field `usr_nam`")],
    );
    check(
        Spl,
        "index=* | stats dc(hostt) by user",
        &[(P::Field, "field `hostt`")],
    );
    check(
        Spl,
        "index=* | where riskiness > 5",
        &[(P::Field, "field `riskiness`")],
    );
    check(
        Spl,
        "index=* user=mallory",
        &[(P::Value, "value `mallory`")],
    );
    check(
        Spl,
        "index=* host=\"SRV-DB-01\"",
        &[(P::Value, "value `SRV-DB-01`")],
    );
    check(
        Spl,
        "index=* dest_ip=198.51.100.77",
        &[(P::Value, "value `198.51.100.77`")],
    );
    check(
        Spl,
        "index=* 203.0.113.55",
        &[(P::Value, "value `203.0.113.55`")],
    );
    check(
        Spl,
        "index=* process_name=zxupd.exe",
        &[(P::Value, "value `zxupd.exe`")],
    );
    check(Spl, "index=* user=USER-7", &[(P::Value, "value `USER-7`")]);
    check(
        Spl,
        "index=* user=\"<username>\"",
        &[(P::Value, "value `<username>`")],
    );
    check(
        Spl,
        "index=* file_hash=d3b07384d113edec49eaa6238ad5ff00",
        &[(P::Value, "value `d3b0")],
    );
    check(
        Spl,
        "index=* user IN (jsmith, mallory)",
        &[(P::Value, "value `mallory`")],
    );
    check(
        Spl,
        "index=* url=\"*paste-evil.top*\"",
        &[(P::Value, "paste-evil.top")],
    );
    check(
        Spl,
        "index=* query=login.microsoftonline.com user=* host=WS*",
        &[],
    );
    check(Spl, "index=* user=\"*smith\" dest_ip=203.0.113.*", &[]);
}

#[test]
fn commands_that_change_or_send() {
    for command in [
        "delete",
        "outputlookup users.csv",
        "sendemail to=\"a@b.c\"",
        "script python x",
        "collect index=summary",
        "map search=\"search index=x\"",
    ] {
        let text = format!("index=* user=jsmith | {command}");
        let found = check_as(Spl, &text, &known()).problems;
        assert!(
            found.iter().any(|problem| problem.kind == P::Unsafe),
            "{text} {found:?}"
        );
        let text = format!("index=* [search index=x | {command}]");
        let found = check_as(Spl, &text, &known()).problems;
        assert!(
            found.iter().any(|problem| problem.kind == P::Unsafe),
            "{text} {found:?}"
        );
    }
}
