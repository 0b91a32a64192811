//! The Elastic Common Schema: field sets, what is nested in them, and closed lists of values.

/// Field sets with their own fields; a set in [`NESTED`] may stand below any of them.
const SETS: &[(&str, &str)] = &[
    ("agent", "build.original ephemeral_id id name type version"),
    ("client", ENDPOINT),
    ("source", ENDPOINT),
    ("destination", ENDPOINT),
    ("server", ENDPOINT),
    (
        "cloud",
        "account.id account.name availability_zone instance.id instance.name machine.type \
        project.id project.name provider region service.name",
    ),
    (
        "container",
        "id image.name image.tag image.hash.all labels name runtime",
    ),
    ("data_stream", "dataset namespace type"),
    (
        "device",
        "id manufacturer model.identifier model.name serial_number product.id product.name \
        vendor.id vendor.name file_system_type volume.device_name type",
    ),
    ("dll", "name path origin_referrer_url origin_url"),
    (
        "dns",
        "answers answers.class answers.data answers.name answers.ttl answers.type header_flags \
        id op_code question.class question.name question.registered_domain question.subdomain \
        question.top_level_domain question.type resolved_ip response_code type",
    ),
    ("ecs", "version"),
    (
        "email",
        "attachments attachments.file.name attachments.file.extension attachments.file.hash.sha256 \
        attachments.file.size attachments.file.mime_type bcc.address cc.address content_type \
        delivery_timestamp direction from.address local_id message_id origination_timestamp \
        reply_to.address sender.address subject to.address x_mailer",
    ),
    ("error", "code id message stack_trace type"),
    (
        "event",
        "action agent_id_status category code created dataset duration end hash id ingested \
        kind module original outcome provider reason reference risk_score risk_score_norm sequence \
        severity start timezone type url",
    ),
    (
        "file",
        "accessed attributes created ctime device directory drive_letter extension \
        fork_name gid group inode mime_type mode mtime name owner path size target_path type uid \
        origin_url origin_referrer_url original.path original.name",
    ),
    ("group", "domain id name"),
    (
        "host",
        "architecture boot.id cpu.usage domain hostname id ip mac name pid_ns_ino type uptime \
        os.Ext.variant",
    ),
    (
        "http",
        "request.body.bytes request.body.content request.bytes request.id request.method \
        request.mime_type request.referrer response.body.bytes response.body.content response.bytes \
        response.mime_type response.status_code version",
    ),
    (
        "log",
        "file.path level logger origin.file.name syslog.facility.name syslog.priority \
        syslog.severity.name syslog.appname syslog.hostname",
    ),
    (
        "network",
        "application bytes community_id direction forwarded_ip iana_number name packets \
        protocol transport type vlan.id vlan.name inner",
    ),
    (
        "observer",
        "egress.interface.name hostname ingress.interface.name ip mac name product \
        serial_number type vendor version egress.zone ingress.zone",
    ),
    (
        "orchestrator",
        "api_version cluster.id cluster.name cluster.url namespace organization \
        resource.id resource.ip resource.name resource.parent.type resource.type type",
    ),
    ("organization", "id name"),
    ("package", "name version type path size checksum installed"),
    ("process", PROCESS),
    (
        "registry",
        "data.bytes data.strings data.type hive key path value",
    ),
    ("related", "hash hosts ip user"),
    (
        "rule",
        "author category description id license name reference ruleset uuid version",
    ),
    (
        "service",
        "address environment ephemeral_id id name node.name state type version",
    ),
    (
        "threat",
        "enrichments feed.name framework group.id group.name indicator.ip indicator.type \
        indicator.file.hash.sha256 indicator.url.full indicator.provider indicator.confidence \
        indicator.description indicator.first_seen indicator.last_seen indicator.name \
        software.id software.name tactic.id tactic.name technique.id technique.name \
        technique.subtechnique.id technique.subtechnique.name",
    ),
    (
        "tls",
        "cipher client.certificate client.hash.sha256 client.issuer client.ja3 \
        client.server_name client.subject established next_protocol resumed server.hash.sha256 \
        server.issuer server.ja3s server.subject version version_protocol server.x509.subject.common_name \
        client.x509.subject.common_name",
    ),
    (
        "url",
        "domain extension fragment full original password path port query registered_domain \
        scheme subdomain top_level_domain username",
    ),
    ("user", "domain email full_name hash id name roles"),
    ("user_agent", "device.name name original version"),
    (
        "vulnerability",
        "category classification description enumeration id reference report_id \
        scanner.vendor score.base score.version severity",
    ),
    (
        "winlog",
        "activity_id api channel computer_name event_id keywords level opcode process.pid \
        process.thread.id provider_guid provider_name record_id related_activity_id task user.domain \
        user.identifier user.name user.type version logon.id logon.type logon.failure.reason \
        logon.failure.status logon.failure.sub_status",
    ),
    (
        "powershell",
        "file.script_block_text file.script_block_id file.script_block_length command.name \
        command.path command.value command.type command.invocation_details engine.version sequence total \
        process.executable_version pipeline_id runspace_id",
    ),
    (
        "Target",
        "process.name process.executable process.pid process.entity_id process.path",
    ),
];

const ENDPOINT: &str = "address bytes domain ip mac nat.ip nat.port packets port registered_domain \
    subdomain top_level_domain";

const PROCESS: &str = "args args_count command_line end entity_id env_vars executable exit_code \
    group_leader.entity_id interactive io.text name pgid pid same_as_process start thread.id \
    thread.name thread.capabilities.effective thread.capabilities.permitted title tty tty.char_device.major uptime vpid working_directory \
    integrity_level command_line.text executable.text caseless env supplemental_groups.name";

/// Sets that stand below others: `process.parent.hash.sha256`, `source.geo.country_name`.
const NESTED: &[(&str, &str)] = &[
    ("as", "number organization.name"),
    (
        "code_signature",
        "digest_algorithm exists signing_id status subject_name team_id timestamp \
        trusted valid thumbprint_sha256",
    ),
    ("elf", "architecture import_hash sections"),
    ("entry_leader", PROCESS),
    (
        "geo",
        "city_name continent_code continent_name country_iso_code country_name location name \
        postal_code region_iso_code region_name timezone",
    ),
    ("group", "domain id name"),
    ("group_leader", PROCESS),
    ("hash", "md5 sha1 sha256 sha384 sha512 ssdeep tlsh imphash"),
    ("os", "family full kernel name platform type version"),
    ("parent", PROCESS),
    (
        "pe",
        "architecture company description file_version imphash original_file_name product",
    ),
    ("session_leader", PROCESS),
    ("user", "domain email full_name hash id name roles"),
    ("real_user", "id name"),
    ("saved_user", "id name"),
    ("effective", "domain email full_name hash id name roles"),
    ("target", "domain email full_name hash id name roles"),
    ("changes", "domain email full_name hash id name roles"),
    (
        "x509",
        "issuer.common_name subject.common_name serial_number not_after not_before",
    ),
    ("previous", "args args_count executable"),
    ("entity", "id name type"),
];

/// Fields that stand alone.
const ALONE: &str = "@timestamp message tags labels _id _index _version _source _score _tsid _ignored \
    _fork _index_mode host user process file source destination";

/// Whose fields come from an integration; no list of them is complete.
const INTEGRATIONS: &str = "aws azure gcp google_workspace o365 okta kubernetes github gitlab auth0 \
    cloudflare cloudflare_logpush crowdstrike m365_defender microsoft_defender_endpoint microsoft_sentinel \
    sentinel_one sentinel_one_cloud_funnel panw fortinet fortinet_fortigate cisco cisco_asa cisco_meraki cisco_umbrella \
    checkpoint zeek suricata zscaler zscaler_zia zscaler_zpa netskope proofpoint_tap mimecast sophos \
    sonicwall_firewall jamf_protect osquery osquery_manager auditd system sysmon iis nginx apache \
    mysql postgresql haproxy traefik netflow dhcpv4 kibana signal labels aws_bedrock aws_bedrock_agentcore \
    gen_ai azure_openai ti_abusech ti_otx ti_misp slack zoom box onepassword bitwarden entityanalytics_okta \
    entityanalytics_ad wiz snyk tenable_io qualys_vmdr carbon_black_cloud trend_micro_vision_one infoblox_nios \
    f5 barracuda atlassian_jira atlassian_bitbucket teleport hashicorp_vault mongodb Events Endpoint \
    Persistence Memory_protection Ransomware cyberarkpas ping_one duo 1password lastpass salesforce snowflake mysql network_traffic Tcc Effective_process influencers \
    admin_event kolide winlogbeat unifi squid bluecoat vectra_detect darktrace corelight stormshield";

/// Whether the schema, or an integration that adds to it, has this field.
pub(super) fn has_field(field: &str) -> bool {
    let Some((root, rest)) = field.split_once('.') else {
        return super::super::words::holds(ALONE, field);
    };
    if super::super::words::holds(INTEGRATIONS, root) || rest.contains("Ext.") {
        return true;
    }
    if root == "winlog" {
        let data = rest
            .strip_prefix("event_data.")
            .or_else(|| rest.strip_prefix("user_data."));
        if let Some(name) = data {
            return super::is_windows(name);
        }
    }
    let Some((_, own)) = SETS.iter().find(|(set, _)| *set == root) else {
        return false;
    };
    below(own, rest)
}

/// Whether a path is one of a set's own fields, or one of a set nested below it.
fn below(own: &str, path: &str) -> bool {
    let path = ["text", "keyword", "caseless"]
        .iter()
        .find_map(|kind| path.strip_suffix(kind)?.strip_suffix('.'))
        .unwrap_or(path);
    let mut own = own;
    let mut rest = path;
    loop {
        if own.split_whitespace().any(|field| field == rest) {
            return true;
        }
        let Some((set, deeper)) = rest.split_once('.') else {
            return false;
        };
        let Some((_, nested)) = NESTED.iter().find(|(name, _)| *name == set) else {
            return false;
        };
        own = nested;
        rest = deeper;
    }
}

/// The values of a categorisation field, parted by spaces.
pub(super) fn closed_values(field: &str) -> Option<&'static str> {
    match field {
        "event.outcome" => Some("failure success unknown"),
        "event.kind" => Some("alert asset enrichment event metric state pipeline_error signal"),
        "event.category" => Some(
            "api authentication configuration database driver email file host iam \
             intrusion_detection library malware network network_traffic package process registry session threat \
             vulnerability web",
        ),
        "event.type" => Some(
            "access admin allowed change connection creation deletion denied device end error \
             group indicator info installation protocol start user",
        ),
        _ => None,
    }
}
