//! The behaviours as data: name, severity, techniques and the patterns that tell them.

use super::Behaviour;
use crate::alert::Severity::{Critical, High};

/// What a shell needs to run what was fetched.
macro_rules! shell {
    () => {
        r"(?:sudo )?(?:/\S{0,20}/)?(?:ba|da|z|k)?sh\b"
    };
}

/// The accounts that web servers run under.
macro_rules! web_user {
    () => {
        r"(?:www-data|apache2?|nginx|httpd|tomcat\d{0,2}|wwwrun|iis apppool|nobody)"
    };
}

/// Every behaviour, in the order of the report.
pub(super) const BEHAVIOURS: &[Behaviour] = &[
    Behaviour {
        id: "lsass-dump",
        name: "The memory of LSASS, which holds credentials, was dumped",
        severity: Critical,
        techniques: &["T1003.001"],
        patterns: &[
            r"comsvcs(?:\.dll)? (?:minidump\w?|#(?:\+0{0,4})?24)\b",
            r"procdump(?:64a?)?(?:\.exe)?\b[^\r\n|&]{0,120}\blsass(?:\.exe)?\b",
            r"\blsass(?:\.exe)?[^\r\n\s]{0,40}\.dmp\b",
            r"\blsass\.exe\b[^\r\n]{0,200}\bcomsvcs\.dll\b",
            r"\b(?:nanodump|handlekatz|lsassy|dumpert|out-minidump|pypykatz)\b",
            r"\bsqldumper(?:\.exe)? \d+ 0 0x0?1100?\b",
            r"\brdrleakdiag(?:\.exe)?\b[^\r\n]{0,80}/fullmemdmp",
        ],
    },
    Behaviour {
        id: "mimikatz",
        name: "Mimikatz, a tool that steals credentials, or one of its commands was used",
        severity: Critical,
        techniques: &["T1003", "T1003.001"],
        patterns: &[
            r"mimikatz|\bsekurlsa::|\bmimidrv\b|\bmimilib\b|\blsadump::(?:sam|secrets|lsa|cache|trust)|\bprivilege::debug\b|\bkerberos::(?:ptt|list)|\btoken::elevate\b|\bvault::cred\b|\bdpapi::(?:cred|masterkey|chrome)",
        ],
    },
    Behaviour {
        id: "credential-store-copy",
        name: "A store of credentials (SAM, SECURITY or NTDS.dit) was copied",
        severity: Critical,
        techniques: &["T1003.002", "T1003.003"],
        patterns: &[
            r"\breg(?:\.exe)? (?:save|export) (?:hklm|hkey_local_machine)\\+(?:sam|security)\b",
            r"\bntdsutil\b[^\r\n]{0,200}(?:\bifm\b|\bcreate full\b)",
            r"(?:harddiskvolumeshadowcopy\d*|\b(?:esentutl|xcopy|copy|robocopy|copy-item|ninjacopy|diskshadow|wbadmin|vssadmin|certutil)\b)[^\r\n]{0,200}\bntds\.dit\b",
            r"harddiskvolumeshadowcopy\d*\\+windows\\+system32\\+config\\+(?:sam|security)\b",
            r"\b(?:impacket-)?secretsdump\b",
        ],
    },
    Behaviour {
        id: "dcsync",
        name: "Directory replication was asked for, as DCSync does to read every password hash",
        severity: High,
        techniques: &["T1003.006"],
        patterns: &[
            r"\blsadump::dcsync\b|\bdcsync\b|\bds-replication-get-changes\b|\bgetchanges-?all\b",
            r"\b1131f6a[ad]-9c07-11d1-f79f-00c04fc2dcd2\b|\b89e95b76-444d-4c62-991a-0facbeda640c\b",
        ],
    },
    Behaviour {
        id: "kerberos-attack",
        name: "A tool or method that attacks Kerberos tickets was used",
        severity: High,
        techniques: &["T1558", "T1558.001", "T1558.003"],
        patterns: &[
            r"\brubeus\b|\b(?:invoke-)?kerberoast(?:ing|able)?\b|\bgetuserspns\b|\bgetnpusers\b|\basrep-?roast(?:ing|able)?\b|\bkerberos::golden\b|\b(?:golden|silver)[ _-]?tickets?\b",
        ],
    },
    Behaviour {
        id: "backup-deletion",
        name: "Shadow copies, backups or recovery were deleted or switched off",
        severity: Critical,
        techniques: &["T1490"],
        patterns: &[
            r"\bvssadmin(?:\.exe)? (?:delete shadows|resize shadowstorage)\b",
            r"\bwmic(?:\.exe)?\b[^\r\n|&]{0,60}\bshadowcopy\b[^\r\n|&]{0,60}\bdelete\b",
            r"\bwbadmin(?:\.exe)? delete (?:catalog|systemstatebackup|backup)\b",
            r"\bbcdedit(?:\.exe)?\b[^\r\n|&]{0,80}(?:\brecoveryenabled (?:no|off|false|0)\b|\bbootstatuspolicy ignoreallfailures\b)",
            r"\bwin32_shadowcopy\b[^\r\n]{0,160}(?:\bdelete\b|\bremove-(?:wmiobject|ciminstance)\b)",
            r"\b(?:get-wmiobject|gwmi|get-ciminstance)\b[^\r\n|]{0,60}\bshadowcopy\b[^\r\n]{0,80}\bdelete\b",
        ],
    },
    Behaviour {
        id: "ransom-note",
        name: "Words or a file name of a ransom note were seen",
        severity: Critical,
        techniques: &["T1486"],
        patterns: &[
            r"\b(?:how[ _-]{1,3}to[ _-]{1,3}(?:decrypt|recover|restore|unlock|back)|(?:read_?me|help|instructions?)[ _-]{1,3}(?:for|to)?[ _-]{0,3}(?:decrypt|restore|recover|unlock)|(?:decrypt|restore|recover|unlock)[ _-]{1,3}(?:my|your|our|all)?[ _-]{0,3}(?:files|data|instructions?))[\w -]{0,30}\.(?:txt|hta|html?|rtf|png|bmp)\b",
            r"\byour (?:\w+ ){0,2}(?:files|documents|network|data)(?: \w+){0,3} (?:have|has|are|were|is)(?: been)? encrypted\b",
        ],
    },
    Behaviour {
        id: "ransomware-rule",
        name: "The alert's own rule speaks of ransomware",
        severity: High,
        techniques: &["T1486"],
        patterns: &[],
    },
    Behaviour {
        id: "reverse-shell",
        name: "A shell was connected to another machine",
        severity: Critical,
        techniques: &["T1059", "T1095"],
        patterns: &[
            r"(?:\bsh -i\b[^\r\n]{0,40}|[<>](?:&|\\u0026)?\s?|\\u003[ce](?:&|\\u0026)?\s?)/dev/(?:tcp|udp)/[\w.$-]{3,80}/[\w$]{1,12}[^\r\n]{0,60}(?:0(?:>|\\u003e)(?:&|\\u0026)1|(?:<|\\u003c)(?:&|\\u0026)\d)",
            r"\bexec \d{1,3}(?:<>|\\u003c\\u003e)\s?/dev/(?:tcp|udp)/",
            r"\b(?:ba|z|da|k)?sh -i (?:[0-9]?(?:>|\\u003e)(?:&|\\u0026)|<&)",
            r"\b(?:nc|ncat|netcat|nc\.traditional)(?:64)?(?:\.exe)?\b[^\r\n|;&]{0,80} -[a-z]{0,6}[ec] ?(?:/(?:usr/)?bin/)?(?:cmd|powershell|pwsh|(?:ba|z|da|k)?sh)\b",
            r"\bmkfifo\b[^\r\n]{0,160}\|[^\r\n]{0,80}\b(?:nc|ncat|netcat|telnet|openssl)\b",
            r"\bsocat\b[^\r\n]{0,120}\bexec:[^\r\n]{0,40}(?:sh|cmd|powershell)\b",
            r"\bsocket\.socket\b[^\r\n]{0,300}(?:\bdup2\b|\bpty\.spawn\b|\bsubprocess\.(?:call|run|popen)\b)",
            r"\bnet\.sockets\.tcpclient\b[^\r\n]{0,400}\bgetstream\b[^\r\n]{0,600}\b(?:iex|invoke-expression)\b",
        ],
    },
    Behaviour {
        id: "web-shell",
        name: "A web server started a shell, as through a web shell",
        severity: High,
        techniques: &["T1505.003"],
        patterns: &[
            r"\b(?:w3wp|httpd|apache2?|nginx|tomcat\d{0,2}|php-cgi|php-fpm)(?:\.exe)? (?:process )?(?:spawned|started|launched|created|executed|ran)[^\r\n.]{0,40}\b(?:cmd|powershell|pwsh|whoami|bash|/bin/sh)\b",
        ],
    },
    Behaviour {
        id: "office-child",
        name: "An office program started a shell or a script host",
        severity: High,
        techniques: &["T1204.002", "T1059"],
        patterns: &[
            r"\b(?:winword|excel|powerpnt|onenote|mspub|eqnedt32|outlook)(?:\.exe)? (?:process )?(?:spawned|started|launched|created|executed|ran)[^\r\n.]{0,40}\b(?:cmd|powershell|pwsh|wscript|cscript|mshta|regsvr32)\b",
        ],
    },
    Behaviour {
        id: "c2-framework",
        name: "A framework for controlling hacked machines was named, or a pipe of its kind was used",
        severity: Critical,
        techniques: &["T1071", "T1559"],
        patterns: &[
            r"\bcobalt[ _-]?strike\b|\bmeterpreter\b|\bbrute[ _-]?ratel\b|\bsliver (?:c2|implant|beacon|framework|server|session|payload)|\bsliver-(?:server|client)\b|\bhavoc (?:c2|demon|framework)|\bmythic (?:c2|agent|framework)",
            r"\\+(?:msagent_[0-9a-f]{1,4}|mse-?\d{2,5}-server|msse-[0-9a-f]{2,5}-server|postex_(?:ssh_)?[0-9a-f]{2,6}|status_[0-9a-f]{1,4}|mojo\.5688\.8052\.[0-9a-f]{6,}|wkssvc_?[0-9a-f]{2,4}|ntsvcs_?[0-9a-f]{2,4}|dserNamepipe\w{1,6}|searchtextharvester\w{0,6}|meterpreter\w{0,8})\b",
        ],
    },
    Behaviour {
        id: "download-execute",
        name: "PowerShell ran what it had just downloaded",
        severity: High,
        techniques: &["T1059.001", "T1105"],
        patterns: &[
            r"\b(?:iex|invoke-expression)\b[^\r\n]{0,120}(?:\bdownload(?:string|data)\b|\b(?:invoke-webrequest|iwr|invoke-restmethod|irm|curl|wget)\b[^\r\n]{0,20}[\s(]|\bnet\.webclient\b)",
            r"(?:\bdownload(?:string|data)\b|\b(?:invoke-webrequest|iwr|invoke-restmethod|irm)\b)[^\r\n|]{0,200}\|\s{0,4}(?:iex|invoke-expression)\b",
        ],
    },
    Behaviour {
        id: "mshta-remote",
        name: "Mshta ran a script from the network or from its command line",
        severity: High,
        techniques: &["T1218.005"],
        patterns: &[r"\bmshta(?:\.exe)? (?:https?|ftp|javascript|vbscript|about)(?::|%3a)"],
    },
    Behaviour {
        id: "regsvr32-scriptlet",
        name: "Regsvr32 ran a scriptlet",
        severity: High,
        techniques: &["T1218.010"],
        patterns: &[
            r"\bregsvr32(?:\.exe)?\b[^\r\n|&]{0,80}/i: ?(?:https?|ftp):",
            r"\bregsvr32(?:\.exe)?\b[^\r\n|&]{0,200}\bscrobj(?:\.dll)?\b",
        ],
    },
    Behaviour {
        id: "certutil-download",
        name: "Certutil fetched a file from the network",
        severity: High,
        techniques: &["T1105"],
        patterns: &[
            r"\bcertutil(?:\.exe)?\b[^\r\n|&]{0,80}[-/](?:urlcache|verifyctl|url)\b[^\r\n|&]{0,100}\b(?:https?|ftp)://",
        ],
    },
    Behaviour {
        id: "bitsadmin-download",
        name: "Bitsadmin fetched a program or a script",
        severity: High,
        techniques: &["T1197", "T1105"],
        patterns: &[
            r"\bbitsadmin(?:\.exe)?\b[^\r\n]{0,80}/(?:transfer|addfile)\b[^\r\n]{0,200}\bhttps?://[^\r\n]{0,200}\.(?:exe|dll|ps1|bat|cmd|vbs|js|hta|scr|msi|sct)\b",
        ],
    },
    Behaviour {
        id: "defender-tampering",
        name: "Microsoft Defender was switched off or weakened",
        severity: High,
        techniques: &["T1562.001"],
        patterns: &[
            r"\bset-mppreference\b[^\r\n|;]{0,120}-disable\w{4,40}(?: ?:| ) ?(?:\$?true|1)\b",
            r"\bwindows defender\b[^\r\n]{0,120}\bdisable(?:antispyware|antivirus|realtimemonitoring|behaviormonitoring|ioavprotection)\b[^\r\n]{0,60}\b(?:0x0*1|1)\b",
            r"\b(?:sc(?:\.exe)? (?:stop|delete|config)|net1?(?:\.exe)? stop|stop-service(?: -\w+)?) (?:windefend|wdnissvc|sense)\b",
            r"\bmpcmdrun(?:\.exe)?\b[^\r\n|&]{0,40}-removedefinitions\b",
        ],
    },
    Behaviour {
        id: "amsi-bypass",
        name: "The script scanner of Windows (AMSI) was bypassed",
        severity: High,
        techniques: &["T1562.001"],
        patterns: &[r"\bamsiinitfailed\b|\bamsiscanbuffer\b|\bamsi\.?bypass\b|\bamsiutils\b"],
    },
    Behaviour {
        id: "log-clearing",
        name: "An event log was cleared",
        severity: High,
        techniques: &["T1070.001"],
        patterns: &[
            r"\bwevtutil(?:\.exe)? (?:cl|clear-log)\b",
            r"\b(?:clear|remove)-eventlog\b",
            r"\bthe audit log was cleared\b",
            r"\.clear-?log\(|\bnteventlogfile\b[^\r\n]{0,120}\bcleareventlog\b",
        ],
    },
    Behaviour {
        id: "psexec-service",
        name: "PsExec ran a program on another machine",
        severity: High,
        techniques: &["T1569.002", "T1021.002"],
        patterns: &[
            r"\bpsexesvc\b",
            r"\bpsexec(?:64)?(?:\.exe)?\b(?: [-/](?:accepteula|nobanner|[hsdxie]))* \\{2,8}[\w.$-]",
        ],
    },
    Behaviour {
        id: "remote-output",
        name: "A command was run remotely with its output sent to an administrative share",
        severity: High,
        techniques: &["T1047", "T1021.002"],
        patterns: &[r"\\{2,8}(?:127\.0\.0\.1|localhost)\\{1,4}(?:admin|c)\$\\{1,4}__?\d{6,}"],
    },
    Behaviour {
        id: "admin-added",
        name: "An account was put into a group of administrators",
        severity: High,
        techniques: &["T1098.007"],
        patterns: &[
            r"\bnet1?(?:\.exe)? (?:local)?group (?:administrators|administratoren|administrateurs|domain admins|enterprise admins|schema admins|remote desktop users) [^\r\n|&]{1,80}/add\b",
            r"\badd-localgroupmember\b[^\r\n|;]{0,80}\badministrators\b",
            r"\badd-adgroupmember\b[^\r\n|;]{0,80}\b(?:domain|enterprise|schema) admins\b",
        ],
    },
    Behaviour {
        id: "accessibility-backdoor",
        name: "A helper of the logon screen was replaced by another program",
        severity: High,
        techniques: &["T1546.008", "T1546.012"],
        patterns: &[
            r"image file execution options\\+(?:sethc|utilman|osk|magnify|narrator|displayswitch|atbroker)\.exe\b[^\r\n]{0,60}\bdebugger\b",
            r"\b(?:copy|copy-item|move|ren)\b[^\r\n|]{0,120}\b(?:cmd|powershell)\.exe [^\r\n|]{0,80}\b(?:sethc|utilman|osk|magnify|narrator)\.exe\b",
        ],
    },
    Behaviour {
        id: "aws-root-login",
        name: "The root user signed in to the AWS console without a second factor",
        severity: High,
        techniques: &["T1078.004"],
        patterns: &[
            r"\broot\b[^\r\n]{0,60}\b(?:log(?:in|ged in)|sign(?:-?in|ed in))\b[^\r\n]{0,60}\bwithout (?:mfa|multi-?factor|a second factor)\b",
        ],
    },
    Behaviour {
        id: "cloudtrail-off",
        name: "The AWS audit log (CloudTrail) was stopped or deleted",
        severity: High,
        techniques: &["T1562.008"],
        patterns: &[
            r"\bevent_?name\W{1,12}(?:stoplogging|deletetrail)\b",
            r"\bcloudtrail (?:stop-logging|delete-trail)\b|\bcloudtrail(?:\.amazonaws\.com)?[:/](?:stoplogging|deletetrail)\b",
        ],
    },
    Behaviour {
        id: "crypto-miner",
        name: "A program that mines crypto currency was used",
        severity: High,
        techniques: &["T1496.001"],
        patterns: &[
            r"\bxmrig\b|\bstratum(?:\+|2\+)?(?:tcp|ssl|tls)?:/{2}|\bnbminer\b|\bminerd\b|\bt-rex\.exe\b|\bphoenixminer\b|--donate-level\b|\b(?:supportxmr|minexmr|moneroocean|nanopool|hashvault)\.",
        ],
    },
    Behaviour {
        id: "ssh-key-planted",
        name: "The account of a web server wrote to the keys that may sign in",
        severity: High,
        techniques: &["T1098.004"],
        patterns: &[
            concat!(
                r"(?s)\b",
                web_user!(),
                r"\b.{0,400}(?:>>?|\\u003e|\btee(?: -a)?|\b(?:write|written|created|modified|creation|open)\b).{0,120}\bauthorized_keys\b"
            ),
            concat!(
                r"(?s)(?:>>?|\\u003e|\btee(?: -a)?)\s{0,3}\S{0,80}\bauthorized_keys\b.{0,400}\b",
                web_user!(),
                r"\b"
            ),
            r"/var/www/(?:\S{0,40}/)?\.ssh/authorized_keys\b",
        ],
    },
    Behaviour {
        id: "cron-download",
        name: "A timed job was planted that fetches and runs a script",
        severity: High,
        techniques: &["T1053.003", "T1105"],
        patterns: &[
            concat!(
                r"(?:\bcrontab\b|/etc/cron|/var/spool/cron|\bcron\.d\b)[^\r\n]{0,200}\b(?:curl|wget)\b[^\r\n|]{0,160}\|\s{0,4}",
                shell!()
            ),
            concat!(
                r"(?:@reboot|@hourly|(?:(?:\*/?|\d)[\d,/-]{0,8}[ \t]{1,4}){4}\*)[^\r\n]{0,80}\b(?:curl|wget)\b[^\r\n|]{0,160}\|\s{0,4}",
                shell!()
            ),
            concat!(
                r"\b(?:curl|wget)\b[^\r\n|]{0,160}\|\s{0,4}",
                shell!(),
                r"[^\r\n]{0,120}(?:\|\s{0,4}crontab\b|>>?\s{0,3}/(?:etc|var/spool)/cron)"
            ),
        ],
    },
    Behaviour {
        id: "setuid-shell",
        name: "A shell was made to run as its owner for everybody (setuid)",
        severity: Critical,
        techniques: &["T1548.001"],
        patterns: &[
            r"\bchmod (?:[ugoa]{0,4}[+=][rwx]{0,3}s[rwxs]{0,3}|0?[4567][0-7]{3}) \S{0,80}(?:\b|/\.?)(?:ba|da|z|k)?sh\b",
            r"\bcp (?:-\w{1,4} )?/(?:usr/)?bin/(?:ba|da|z|k)?sh [^\r\n]{1,120}\bchmod (?:[ugoa]{0,4}[+=][rwx]{0,3}s|0?[4567][0-7]{3})",
        ],
    },
    Behaviour {
        id: "malware-left",
        name: "Malware was found and could not be removed",
        severity: High,
        techniques: &["T1204.002"],
        patterns: &[
            r"\b(?:malware|threat|virus|trojan|ransomware|backdoor)\b[^\r\n]{0,120}\b(?:not (?:been )?(?:remediated|quarantined|cleaned|removed|blocked|deleted)|(?:remediation|quarantine|clean(?:ing)?|cleanup|removal|deletion) failed|failed to (?:quarantine|clean|remove|remediate|delete|block)|left alone|no action taken)\b",
        ],
    },
    Behaviour {
        id: "rclone-exfiltration",
        name: "Rclone copied data to a place outside",
        severity: High,
        techniques: &["T1567.002"],
        patterns: &[
            r"\brclone(?:\.exe)?\b[^\r\n|;&]{0,120}\b(?:copy|sync|move|copyto|moveto)\b[^\r\n|;&]{0,200}[\s\x22'][a-z][\w-]{1,30}:(?:[^\s\\/:]|[\s\x22'\\]|$)",
        ],
    },
];
