//! ES|QL queries, right and wrong.

use super::*;

pub(super) const VALID: &[&str] = &[
    "FROM logs-* METADATA _id | WHERE host.name == \"CORP-WS-042\" | STATS c = COUNT(*) BY host.name | SORT c DESC | LIMIT 10",
    "from logs-endpoint.events.process-*, winlogbeat-* metadata _id, _index\n| where @timestamp > now() - 7 days and process.name in (\"powershell.exe\", \"pwsh.exe\")\n| keep @timestamp, host.name, user.name, process.command_line\n| limit 50",
    "FROM logs-* | WHERE process.command_line LIKE \"*-enc*\" AND NOT user.name LIKE \"svc_*\" | STATS COUNT(*) BY user.name",
    "FROM logs-* | WHERE process.command_line RLIKE \"\"\".*-e(nc)?\\s+[A-Za-z0-9+/=]{20,}.*\"\"\" | SORT @timestamp DESC NULLS LAST | LIMIT 100",
    "FROM logs-network* | WHERE CIDR_MATCH(source.ip, \"10.0.0.0/8\", \"172.16.0.0/12\") AND destination.ip == \"203.0.113.5\"::ip | STATS bytes = SUM(source.bytes), last = MAX(@timestamp) BY source.ip | WHERE bytes > 1000000",
    "FROM logs-* | WHERE source.ip IS NOT NULL AND user.name == \"jsmith\" | EVAL hour = DATE_TRUNC(1 hour, @timestamp), is_ext = CASE(CIDR_MATCH(source.ip, \"10.0.0.0/8\"), false, true) | STATS n = COUNT(*), hosts = COUNT_DISTINCT(host.name) BY hour, is_ext",
    "FROM logs-* | DISSECT message \"%{date} %{level} user=%{who} %{?rest}\" | WHERE who == \"jsmith\" | KEEP date, level, who",
    "FROM logs-* | GROK message \"%{IP:client} %{WORD:verb} %{NUMBER:took:int}\" | STATS m = AVG(took) BY client, verb",
    "FROM logs-* | RENAME source.ip AS src, user.name AS who | EVAL pair = CONCAT(TO_STRING(src), \"-\", who) | DROP message | MV_EXPAND pair | LIMIT 5",
    "FROM logs-* | ENRICH assets ON host.name WITH owner, site = location | WHERE owner == \"finance\"",
    "FROM logs-* | LOOKUP JOIN threat_list ON source.ip | WHERE threat.indicator.type IS NULL",
    "ROW a = 1, b = \"two\" | EVAL c = a + 2 * (3 - a)",
    "FROM logs-system.auth-* // failed logons\n| WHERE event.outcome == \"failure\" AND event.category == \"authentication\" /* of anybody */\n| STATS fails = COUNT(*) WHERE user.name == \"jsmith\", total = COUNT(*) BY source.ip\n| EVAL share = fails::double / total",
    "FROM logs-* | WHERE MATCH(message, \"encoded command\") OR KQL(\"user.name : jsmith\") | INLINESTATS total = COUNT(*) BY host.name | LIMIT 10",
    "FROM logs-* | WHERE file.hash.sha256 == \"aaaaaaaabbbbbbbbccccccccddddddddeeeeeeeeffffffff0000000011111111\" OR process.parent.hash.sha256 : \"aaaaaaaabbbbbbbbccccccccddddddddeeeeeeeeffffffff0000000011111111\" | STATS VALUES(file.path) BY host.name",
    "FROM logs-aws.cloudtrail* | WHERE event.provider == \"iam.amazonaws.com\" AND aws.cloudtrail.user_identity.type == \"Root\" | STATS c = COUNT(*) BY source.`as`.organization.name, `user.name`",
    "FROM logs-windows.* | WHERE winlog.event_id == 4625 AND winlog.event_data.TargetUserName == \"jsmith\" AND ENDS_WITH(dns.question.name, \"evil-updates.com\")",
    "FROM logs-* | FORK (WHERE user.name == \"jsmith\" | LIMIT 5) (WHERE host.name == \"CORP-WS-042\" | LIMIT 5) | SORT _fork",
];

#[test]
fn queries_as_analysts_write_them() {
    check_valid(Esql, VALID);
}

#[test]
fn faults_of_form() {
    let cases: &[(&str, &str)] = &[
        (
            "FROM logs-* | WHERE (user.name == \"x\"",
            "`(` is never closed",
        ),
        ("FROM logs-* | WHERE user.name == \"x", "is never closed"),
        ("FROM logs-* | WHERE user.name == 'x'", "double quotes"),
        ("FROM logs-* | WHERE user.name = \"x\"", "write `==`"),
        (
            "FROM logs-* | WHERE user.name == \"x\" AND",
            "nothing follows `AND`",
        ),
        (
            "FROM logs-* | WHERE user.name == \"x\" OR OR host.name == \"y\"",
            "nothing stands before `OR`",
        ),
        (
            "FROM logs-* | WHERE user.name \"x\"",
            "no operator stands before",
        ),
        ("FROM logs-* | WHERE", "nothing follows the command `WHERE`"),
        ("FROM logs-* | | LIMIT 5", "a step is empty"),
        ("FROM logs-* | FILTER user.name == \"x\"", "write `WHERE`"),
        (
            "FROM logs-* | STATS c = COUNT(*) BY",
            "nothing follows `BY`",
        ),
        (
            "FROM logs-* | STATS c = COUNTS(*)",
            "`COUNTS` is no function",
        ),
        ("FROM logs-* | LIMIT ten", "takes one whole number"),
        (
            "FROM logs-* | SORT @timestamp DSC",
            "no operator stands before `DSC`",
        ),
        (
            "FROM logs-* | KEEP user.name host.name",
            "no comma stands before `host.name`",
        ),
        ("FROM logs-* | RENAME user.name", "gives no new name"),
        ("FROM logs-* | DISSECT message", "no quoted pattern"),
        ("FROM logs-* | LOOKUP JOIN x", "is not complete"),
        (
            "FROM logs-* WHERE user.name == \"x\"",
            "no pipe stands before",
        ),
        (
            "WHERE user.name == \"x\" | LIMIT 5",
            "begin with `FROM index`",
        ),
        (
            "FROM logs-* | EVAL a = STARTS_WITH(user.name, \"x\"",
            "is never closed",
        ),
        (
            "FROM logs-* | WHERE user.name IN (\"x\",)",
            "an expression is missing",
        ),
    ];
    for (text, message) in cases {
        let found = check_as(Esql, text, &known()).problems;
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
        Esql,
        "FROM logs-* | WHERE process.nme == \"x\"",
        &[(P::Field, "`process.nme`")],
    );
    check(
        Esql,
        "FROM logs-* | KEEP source.adress, host.name",
        &[(P::Field, "`source.adress`")],
    );
    check(
        Esql,
        "FROM logs-* | STATS COUNT(*) BY username_full",
        &[(P::Field, "`username_full`")],
    );
    check(
        Esql,
        "FROM logs-* | WHERE event.outcome == \"failed\"",
        &[(P::Value, "use one of failure success unknown")],
    );
    check(
        Esql,
        "FROM logs-* | WHERE event.category IN (\"process\", \"logon\")",
        &[(P::Value, "`logon`")],
    );
    check(
        Esql,
        "FROM logs-* | WHERE user.name == \"mallory\"",
        &[(P::Value, "`mallory`")],
    );
    check(
        Esql,
        "FROM logs-* | WHERE host.name == \"SRV-9\"",
        &[(P::Value, "`SRV-9`")],
    );
    check(
        Esql,
        "FROM logs-* | WHERE CIDR_MATCH(source.ip, \"198.51.77.0/24\")",
        &[(P::Value, "198.51.77.0/24")],
    );
    check(
        Esql,
        "FROM logs-* | WHERE CIDR_MATCH(destination.ip, \"203.0.113.0/28\")",
        &[],
    );
    check(
        Esql,
        "FROM logs-* | WHERE custom_score > 5 AND process_name == \"powershell.exe\"",
        &[],
    );
}

#[test]
fn what_sends() {
    check(
        Esql,
        "FROM logs-* | COMPLETION answer = message WITH {\"inference_id\": \"x\"}",
        &[(P::Unsafe, "completion")],
    );
}
