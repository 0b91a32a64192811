//! What the names of fields mean, in the spellings of vendors.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::Meaning;

/// Names in lower case without `_`, `-` and spaces; with a dot, the last two parts of the path.
/// Sources: Elastic ECS, OCSF, Splunk CIM, Sentinel and Defender tables, `CrowdStrike` events, Wazuh,
/// Suricata, Windows events, Sysmon, auditd, CEF and LEEF, Okta, AWS, GCP and Azure logs.
const NAMES: &[(Meaning, &str)] = &[
    (
        Meaning::User,
        "user username user.name user.username user.fullname user.userprincipalname \
         effective.name target.name changes.name account accountname account.name targetusername \
         subjectusername targetuser sourceuser subjectuser parentuser owner owner.name logonuser \
         logonname userid.name accountupn userprincipalname upn initiatingprocessaccountname \
         initiatingprocessaccountupn targetaccountupn requestaccountname remoteaccountname \
         principalemail principalname identity.username useridentity.username samaccountname \
         loggedonuser lastuser usrname loginname ruser auser auditusername related.user \
         compromisedentity alternateid actor.displayname user.displayname actor.user caller \
         callername initiatedby user.email userdisplayname serverprincipalname winloguser \
         userlogin accountdisplayname",
    ),
    (
        Meaning::Party,
        "suser duser srcuser dstuser destuser dstuser.name fromuser touser sourceusername \
         destinationusername srcusername dstusername login acct",
    ),
    (
        Meaning::Host,
        "host hostname host.name host.hostname computer computername computer.name devicename \
         device.name device.hostname devicehostname device.displayname workstation \
         workstationname machine machinename machine.name shost srchost sourcehost srchostname \
         sourcehostname identhostname endpoint endpointname agent.name agent.hostname agentname \
         manager.name observer.hostname observer.name predecoder.hostname dvchost dvc dvchostname \
         devname sensorname clientname clienthostname systemname asset assetname hostidentifier \
         node.name nodename reporter dst.hostname related.hosts affectedhost targetcomputername \
         sourcecomputername actorhostname srvname",
    ),
    (
        Meaning::Peer,
        "dhost dsthost dest desthost destinationhost dsthostname destinationhostname destname \
         remotehost remotehostname remotename remotedevicename servername srcendpoint.hostname \
         dstendpoint.hostname src dst source.domain destination.domain client.domain \
         server.domain source.address destination.address targetserver targetservername \
         targethost targethostname rhost srcname dstname",
    ),
    (
        Meaning::Domain,
        "question.name dns.rrname rrname query queryname dnsquery dnsname domainname \
         query.hostname answers.name answers.data url.domain url.hostname url.host http.hostname \
         http.host request.host httphost tls.sni sni servernameindication dnsdomain \
         registereddomain registerddomain destdomain dstdomain destinationdomain desthostdomain \
         destinationdnsdomain sourcednsdomain remotedomain remoteurldomain fqdn ssl.servername \
         tls.servername client.servername urldomain",
    ),
    (
        Meaning::UserDomain,
        "user.domain host.domain effective.domain target.domain targetdomainname \
         subjectdomainname accountdomain userdomain logondomain machinedomain device.domain \
         initiatingprocessaccountdomain sntdom dntdom ntdomain upnsuffix targetaccountdomain \
         srcntdomain srcdomain adomain account.domain dnsdomainname entities.ntdomain",
    ),
    (
        Meaning::Process,
        "image parentimage sourceimage targetimage process.name process.executable process.path \
         parent.name parent.executable processname newprocessname parentprocessname processpath \
         parentprocesspath parentprocess processexecutable parent sourceprocess targetprocess \
         initiatingprocessfilename initiatingprocessparentfilename initiatingprocessfolderpath \
         contextbasefilename parentbasefilename grandparentbasefilename imagefilename \
         parentimagefilename imagepath servicefilename exe comm callerprocessname applicationname \
         processimage parentprocessimage initiatingprocess sprocname dproc sproc \
         destinationprocessname sourceprocessname actorprocess audit.exe parentprocessexec \
         processexec grandparent.name parentprocess.name grandparentprocess processimagepath \
         parentfilename childprocess",
    ),
    (Meaning::Run, "process cmdorprocess command processcreated"),
    (
        Meaning::CommandLine,
        "commandline process.commandline parent.commandline parentcommandline processcommandline \
         parentprocesscommandline initiatingprocesscommandline initiatingprocessparentcommandline \
         cmdline process.cmdline parent.cmdline cmd processcmdline parentcmdline proctitle \
         targetprocesscommandline parentprocesscmdline commandlinetext newprocesscommandline \
         fullcommandline processcmd",
    ),
    (Meaning::Program, "filename"),
    (
        Meaning::Path,
        "file.path file.name filepath targetfilename folderpath fname targetpath file.targetpath \
         fileinfo.filename syscheck.path imageloaded objectpath quarantinedpath oldfilepath \
         filefullpath relativetargetname dll.path dll.name file.fullpath attachmentfilename \
         threatfilepath originalpath attachment attachmentname attachments.name workingdirectory \
         currentdirectory process.workingdirectory",
    ),
    (
        Meaning::Registry,
        "registry.path registry.key registrykey registrypath registrykeyname targetobject regkey \
         regobjectname registrykeypath objectname previousregistrykey keypath",
    ),
    (
        Meaning::Account,
        "accountid account.id account.uid recipientaccountid owneraccountid awsaccountid \
         subscriptionid subscription.id tenantid tenant.id azuretenantid aadtenantid \
         accounttenantid resourcetenantid hometenantid directoryid organizationid organization.id \
         objectid accountobjectid aaduserid userobjectid accountaadid targetobjectid \
         azuresubscriptionid cid customerid customeridstring azureaduserid aadobjectid \
         principalid initiatingprocessaccountobjectid identityobjectid userid user.id user.uid \
         serviceprincipalid tenant",
    ),
    (
        Meaning::Project,
        "projectid project.id gcpprojectid labels.projectid project gcpproject",
    ),
    (
        Meaning::Mac,
        "mac macaddress host.mac srcmac dstmac destmac smac dmac sourcemacaddress \
         destinationmacaddress clientmac callingstationid observer.mac source.mac destination.mac \
         hwaddr lladdr devicemac mastersrcmac",
    ),
    (
        Meaning::Version,
        "useragent useragent.original httpuseragent rawuseragent ua useragentstring \
         requestclientapplication",
    ),
    (
        Meaning::Identifier,
        "fingerprint ja3 ja3s ja3.hash ja3s.hash ja3hash ja3shash ja4 hassh hasshserver \
         client.ja3 server.ja3s thumbprint certificatethumbprint token sessiontoken etag \
         traceparent nonce cookie session session.uid apikey communityid serial serialnumber aid \
         guid uid uuid metadata.uid",
    ),
];

static MEANINGS: LazyLock<HashMap<&str, Meaning>> = LazyLock::new(|| {
    let words = |(meaning, names): &(Meaning, &'static str)| {
        let meaning = *meaning;
        names.split_whitespace().map(move |name| (name, meaning))
    };
    NAMES.iter().flat_map(words).collect()
});

/// What a field of this name holds; `None` where the name does not say.
pub(super) fn meaning(name: &str) -> Option<Meaning> {
    let mut parts = name.rsplit(['.', '/', ':']).map(plain);
    let mut named = parts
        .by_ref()
        .filter(|part| part.contains(|c: char| !c.is_ascii_digit()));
    let last = named.next()?;
    let parent = named.next().unwrap_or_default();
    let pair = format!("{parent}.{last}");
    let known = MEANINGS.get(pair.as_str()).or_else(|| {
        // `process.hash.name` and `rule.user`: the words alone mean more than their parents.
        MEANINGS
            .get(last.as_str())
            .filter(|_| !is_elsewhere(&parent, &last))
    });
    known.copied().or_else(|| {
        if last.ends_with("version") || last.ends_with("useragent") {
            Some(Meaning::Version)
        } else if last.ends_with("id") || parent.starts_with("ja3") || parent.starts_with("ja4") {
            Some(Meaning::Identifier)
        } else {
            None
        }
    })
}

/// Whether a word that alone would name something is a part of something else below this parent:
/// `rule.source`, `event.action.command`, `http.hostname` have entries of their own.
fn is_elsewhere(parent: &str, last: &str) -> bool {
    let is_about_rule = matches!(
        parent,
        "rule"
            | "event"
            | "alert"
            | "metadata"
            | "log"
            | "signal"
            | "threat"
            | "vulnerability"
            | "labels"
    );
    is_about_rule
        && matches!(
            last,
            "source"
                | "target"
                | "owner"
                | "parent"
                | "process"
                | "command"
                | "project"
                | "session"
                | "account"
        )
}

/// A part of a name in lower case, letters and digits only.
fn plain(part: &str) -> String {
    part.chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect()
}
