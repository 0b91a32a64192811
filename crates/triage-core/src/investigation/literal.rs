//! Which literal values name somebody or something, so that a query must not invent them.

use std::net::IpAddr;
use std::sync::LazyLock;

use regex::Regex;

use super::known::plain_name;
use super::words::holds;

/// Whole values that name one thing.
static NAMED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?x)^(?:
            (?i:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{128})                # hashes
          | (?i:\{?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\}?)  # identifiers
          | S-1-(?:5-21|12-1)-\d[\d-]{4,}
          | (?i:(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2})                                   # network cards
          | [A-Za-z0-9][A-Za-z0-9._%+-]*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+           # mail
          | (?i:h(?:tt|xx)ps?|ftp)://[^\s*]{4,}
          | (?i:(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)+(?:com|net|org|io|info|biz|co|ru|cn|de|uk|fr|nl|eu|us|xyz|top|site|online|club|app|dev|cloud|me|tv|cc|pw|su|in|jp|br|it|es|pl|ua|ir|kr|onion|local|lan|corp|internal|test|example|invalid))
          | (?:USER|HOST|IP|DOMAIN|MAIL|MAC|ACCOUNT)-\d{1,4}                         # pseudonyms left over
          | \[SECRET-\d+\]
          | (?:DESKTOP|LAPTOP|WIN)-[A-Z0-9]{5,}
          | (?:AKIA|ASIA)[A-Z0-9]{16}
          | arn:aws[a-z-]*:[^*]*:\d{12}:[^*]+
          | <[A-Za-z][A-Za-z0-9 _-]{1,40}>                                           # place holders
          | (?i:your[_-][a-z_-]+|x\.x\.x\.x)
        )$",
    )
    .expect("the pattern is a constant that tests compile")
});

/// A profile folder of one user.
static PROFILE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)(?:\\|/)(?:users|home)(?:\\|/)+(?<user>[^\\/*%]+)(?:\\|/)")
        .expect("the pattern is a constant that tests compile")
});

/// Programs and scripts by their ending.
static PROGRAM: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)^[a-z0-9_][a-z0-9_.-]*\.(?:exe|dll|sys|ps1|bat|cmd|vbs|hta|scr|jse|wsf)$")
        .expect("the pattern is a constant that tests compile")
});

/// Plain names of fields that hold one account or machine.
const OWNERS: &str = "user username accountname account targetusername subjectusername srcuser \
    destuser targetaccount initiatingprocessaccountname accountupn userprincipalname useremail \
    initiatingprocessaccountupn host hostname computer computername devicename workstationname \
    workstation dvc dest src suser duser processesuser authenticationuser authenticationdest \
    processesdest logonaccount useridentityusername sourceuser hostnameshort relateduser \
    relatedhosts agentname agenthostname usertargetname sourceuserprincipalname";

/// Accounts and machines that name nobody.
const NOBODY: &str = "system root administrator admin guest anonymous localsystem unknown none null \
    n/a na - nobody www-data daemon krbtgt localhost local network service everyone true false \
    success failure apache nginx httpd tomcat mysql postgres sshd ubuntu user";

/// Identifiers that are the same everywhere: rights to replicate a directory, local accounts.
const EVERYWHERE: &str = "1131f6aa-9c07-11d1-f79f-00c04fc2dcd2 1131f6ad-9c07-11d1-f79f-00c04fc2dcd2 \
    89e95b76-444d-4c62-991a-0facbeda640c 00000000-0000-0000-0000-000000000000 \
    00000003-0000-0000-c000-000000000000 00000002-0000-0000-c000-000000000000 \
    19195a5b-6da0-11d0-afd3-00c04fd930c9 d41d8cd98f00b204e9800998ecf8427e \
    da39a3ee5e6b4b0d3255bfef95601890afd80709 \
    e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 \
    127.0.0.1 0.0.0.0 255.255.255.255 ::1 :: ff:ff:ff:ff:ff:ff \
    169.254.169.254";

/// Networks that queries leave out or look for, whatever the alert.
const NETWORKS: &str = "10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 127.0.0.0/8 169.254.0.0/16 \
    100.64.0.0/10 224.0.0.0/4 224.0.0.0/24 239.0.0.0/8 240.0.0.0/4 0.0.0.0/8 192.0.0.0/24 \
    192.0.2.0/24 198.51.100.0/24 203.0.113.0/24 198.18.0.0/15 192.88.99.0/24 255.255.255.255/32 \
    ::1/128 ::/0 0.0.0.0/0 fe80::/10 fc00::/7 fd00::/8 ff00::/8 2001:db8::/32 127.0.0.1/32 \
    192.0.0.0/29 192.0.0.8/32 192.0.0.9/32 192.0.0.10/32 192.0.0.170/32 192.0.0.171/32 \
    192.31.196.0/24 192.52.193.0/24 192.175.48.0/24";

/// Domains whose names stand for services everybody uses.
const SERVICES: &str = "microsoft.com windows.com windows.net windowsupdate.com office.com \
    office365.com live.com microsoftonline.com azure.com sharepoint.com outlook.com google.com \
    googleapis.com amazonaws.com github.com githubusercontent.com telegram.org pastebin.com \
    discord.com discordapp.com dropbox.com ngrok.io ngrok-free.app trycloudflare.com apple.com \
    mozilla.org akamai.net cloudfront.net cloudflare.com slack.com okta.com onmicrosoft.com \
    workers.dev firebaseapp.com anydesk.com teamviewer.com mega.nz gmail.com yahoo.com \
    hotmail.com protonmail.com icloud.com bing.com gitlab.com bitbucket.org transfer.sh ipify.org \
    ipinfo.io ifconfig.me icanhazip.com myip.com docker.io npmjs.org pypi.org duckdns.org no-ip.com anonfiles.com bashupload.com chunk.io ddns.net dropboxusercontent.com \
    ghostbin.co glitch.me gofile.io hastebin.com mediafire.com onrender.com pages.dev sendspace.com storjshare.io \
    pixeldrain.com azureedge.net elastic.co k8s.io azurewebsites.net herokuapp.com netlify.app vercel.app";

/// Programs that machines have or attackers are known to bring; any other name is an invention
/// unless the alert has it.
const PROGRAMS: &str = "3cxdesktopapp.exe 7z.exe 7za.exe acccheckconsole.exe accesschk.exe accesschk64.exe accessenum.exe acrord32.exe addinprocess.exe addinutil.exe \
    adexplorer.exe adexplorer64.exe adexplorer64a.exe adfind.exe adinsight.exe adinsight64.exe adplus.exe adrestore.exe adrestore64.exe advapi32.dll \
    advpack.dll agentexecutor.exe amsi.dll anydesk.exe appcmd.exe appinstaller.exe appvlp.exe arp.exe aspnet_compiler.exe at.exe atbroker.exe attrib.exe \
    auditpol.exe autoit3.exe autologon.exe autologon64.exe autoruns.exe autoruns64.exe autorunsc.exe autorunsc64.exe bash.exe bcdedit.exe bginfo.exe \
    bginfo64.exe bitsadmin.exe bloodhound.exe brave.exe browser_broker.exe cacheset.exe cacheset64.exe cacls.exe calc.exe cdb.exe certoc.exe certreq.exe \
    certutil.exe chrome.exe cipher.exe clip.exe clockres.exe clockres64.exe clr.dll cmd.exe cmdkey.exe cmdl32.exe cmstp.exe code.exe compattelrunner.exe \
    comsvcs.dll configsecuritypolicy.exe conhost.exe consent.exe contig.exe contig64.exe control.exe coregen.exe coreinfo.exe coreinfo64.exe \
    createdump.exe cryptdll.dll csc.exe cscript.exe csi.exe csrss.exe csscript.exe ctrl2cap.exe curl.exe customshellhost.exe cvtres.exe datasvcutil.exe \
    davclnt.dll dbgcore.dll dbghelp.dll dbgview.exe dbgview64.exe desktopimgdownldr.exe desktops.exe desktops64.exe devicecredentialdeployment.exe \
    devinit.exe dfshim.dll dfsvc.exe diantz.exe discord.exe disk2vhd.exe disk2vhd64.exe diskext.exe diskext64.exe diskmon.exe diskmon64.exe diskshadow.exe \
    diskview.exe diskview64.exe dism.exe dismhost.exe displayswitch.exe dllhost.exe dns.exe dnscmd.exe dropbox.exe dsac.exe dsquery.exe du.exe du64.exe \
    dxcap.exe dxdiag.exe efsdump.exe eqnedt32.exe esentutl.exe eventvwr.exe excel.exe expand.exe explorer.exe extexport.exe extrac32.exe fc.exe find.exe \
    findlinks.exe findlinks64.exe findstr.exe finger.exe firefox.exe fltlib.dll fltmc.exe fodhelper.exe forfiles.exe format.com fsutil.exe ftp.exe \
    gfxdownloadwrapper.exe googleupdate.exe gpg.exe gpg2.exe gpresult.exe gpscript.exe gpupdate.exe graph.exe gup.exe handle.exe handle64.exe \
    handle64a.exe hex2dec.exe hex2dec64.exe hh.exe hostname.exe httpd.exe icacls.exe ie4uinit.exe ieadvpack.dll ieexec.exe ieframe.dll iexplore.exe \
    ilasm.exe imewdbld.exe infdefaultinstall.exe installutil.exe integrator.exe invoke-mimikatz.ps1 ipconfig.exe java.exe javaw.exe jsc.exe jscript.dll \
    junction.exe junction64.exe kernel32.dll kernelbase.dll keybase.exe klist.exe lazagne.exe ldifde.exe ldmdump.exe listdlls.exe listdlls64.exe \
    livekd.exe livekd64.exe loadord.exe loadord64.exe loadordc.exe loadordc64.exe logman.exe logonsessions.exe logonsessions64.exe logonui.exe lsasrv.dll \
    lsass.exe magnify.exe makecab.exe mavinject.exe maxthon.exe mbaminstallerservice.exe mftrace.exe microsoft.tri.sensor.exe \
    microsoft.workflow.compiler.exe microsoftedge.exe mimikatz.exe mmc.exe mobsync.exe movefile.exe movefile64.exe mpcmdrun.exe mpcopyaccelerator.exe \
    msaccess.exe msbuild.exe msconfig.exe mscoree.dll mscorsvw.exe msdt.exe msedge.exe msedgewebview2.exe mshta.exe mshtml.dll msiexec.exe msmpeng.exe \
    mspaint.exe mspub.exe msra.exe mssense.exe mstsc.exe msxsl.exe narrator.exe nbtstat.exe net.exe net1.exe netapi32.dll netscan.exe netsh.exe \
    netstat.exe ngen.exe nginx.exe node.exe notepad.exe notmyfault.exe notmyfault64.exe notmyfaultc.exe notmyfaultc64.exe nslookup.exe ntdll.dll ntdll.sys \
    ntdsapi.dll ntdsutil.exe ntfsinfo.exe ntfsinfo64.exe ntoskrnl.exe nxc.exe oci.dll odbcconf.exe officeclicktorun.exe offlinescannershell.exe \
    onedrive.exe onedrivesetup.exe onedrivestandaloneupdater.exe onenote.exe onenoteim.exe onenotem.exe onenoteviewer.exe openconsole.exe opera.exe \
    osk.exe outlook.exe pcalua.exe pcwrun.exe pcwutl.dll pendmoves.exe pendmoves64.exe php-cgi.exe ping.exe pipelist.exe pipelist64.exe pktmon.exe \
    plink.exe pnputil.exe poqexec.exe portmon.exe powerpnt.exe powershell.exe powershell_ise.exe powerup.ps1 powerview.ps1 presentationhost.exe print.exe \
    printbrm.exe procdump.exe procdump64.exe procdump64a.exe procexp.exe procexp64.exe procexp64a.exe procmon.exe procmon64.exe procmon64a.exe psexec.exe \
    psexec64.exe psexesvc.exe psfile.exe psfile64.exe psgetsid.exe psgetsid64.exe psinfo.exe psinfo64.exe pskill.exe pskill64.exe pslist.exe pslist64.exe \
    psloggedon.exe psloggedon64.exe psloglist.exe psloglist64.exe pspasswd.exe pspasswd64.exe psping.exe psping64.exe psr.exe psservice.exe \
    psservice64.exe psshutdown.exe psshutdown64.exe pssuspend.exe pssuspend64.exe pwsh.dll pwsh.exe python.exe pythonw.exe qprocess.exe query.exe \
    quser.exe qwinsta.exe rammap.exe rammap64.exe rar.exe rasautou.exe rasphone.exe rclone.exe rdcman.exe rdrleakdiag.exe reg.exe regasm.exe \
    regdelnull.exe regdelnull64.exe regedit.exe regini.exe register-cimprovider.exe regjump.exe regsvcs.exe regsvr32.exe remcom.exe replace.exe \
    robocopy.exe route.exe rpcping.exe ru.exe ru64.exe rubeus.exe rundll32.exe runexehelper.exe runonce.exe runscripthelper.exe runtimebroker.exe \
    safari.exe samlib.dll samsrv.dll sc.exe schtasks.exe scrcons.exe screenconnect.exe screenconnect.service.exe scriptrunner.exe scrobj.dll sdbinst.exe \
    sdclt.exe sdelete.exe sdelete64.exe sdiagnhost.exe seamonkey.exe searchfilterhost.exe searchindexer.exe searchprotocolhost.exe seatbelt.exe \
    secedit.exe sensendr.exe services.exe sethc.exe setres.exe setspn.exe settingsynchost.exe setup.exe setupapi.dll sh.exe shareenum.exe shareenum64.exe \
    sharphound.exe sharphound.ps1 sharpup.exe shdocvw.dll shell32.dll shellrunas.exe shutdown.exe sigcheck.exe sigcheck64.exe sihost.exe slack.exe \
    slimbrowser.exe smss.exe spoolsv.exe sqlcmd.exe sqlps.exe sqlservr.exe ssh.exe stordiag.exe streams.exe streams64.exe strings.exe strings64.exe \
    svchost.exe sync.exe sync64.exe syncappvpublishingserver.exe sysmon.exe sysmon64.exe sysmon64a.exe syssetup.dll system.exe \
    system.management.automation.dll systeminfo.exe systemsettings.exe takeown.exe tar.exe taskeng.exe taskhost.exe taskhostw.exe taskkill.exe \
    tasklist.exe taskmgr.exe taskschd.dll tcpvcon.exe tcpvcon64.exe tcpview.exe tcpview64.exe teams.exe teamviewer.exe tftp.exe tiworker.exe tracert.exe \
    tscon.exe ttdinject.exe tttracer.exe unregmp2.exe update.exe url.dll urlmon.dll user32.dll userinit.exe utilman.exe vaultcli.dll vbc.exe vbscript.dll \
    verclsid.exe version.dll visio.exe vivaldi.exe vmmap.exe vmmap64.exe vmtoolsd.exe volumeid.exe volumeid64.exe vssadmin.exe vssvc.exe w32tm.exe \
    w3wp.exe wab.exe wbadmin.exe wbemcomn.dll webexhost.exe werfault.exe werfaultsecure.exe wermgr.exe wevtutil.exe wget.exe whale.exe where.exe \
    whoami.exe whois.exe whois64.exe winget.exe winhttp.dll wininet.dll wininit.exe winlogon.exe winobj.exe winobj64.exe winpeas.exe winproj.exe \
    winrar.exe winrm.exe winrs.exe winscp.exe winword.exe wldap32.dll wlrmdr.exe wmic.exe wmiprvse.exe wmiutils.dll wordpad.exe wordview.exe \
    workfolders.exe write.exe ws2_32.dll ws_tomcatservice.exe wscript.exe wsl.exe wslhost.exe wsmprovhost.exe wsreset.exe wt.exe wuauclt.exe \
    wuaucltcore.exe wusa.exe xcacls.exe xcopy.exe xwizard.exe zipfldr.dll zoomit.exe zoomit64.exe";

/// Whether a value names an address, account, machine, file or the like that an alert would have
/// to hold. Wildcards at its ends do not count. `field` is the field it must equal, if any.
pub(super) fn names_something(field: Option<&str>, value: &str) -> bool {
    let core = value.trim().trim_matches(['*', '%']);
    if core.is_empty() || holds(EVERYWHERE, core.trim_matches(['{', '}'])) || holds(NETWORKS, core)
    {
        return false;
    }
    let whole = core.len() == value.trim().len();
    names_owner(field.filter(|_| whole), core)
        || names_address(core)
        || names_profile(core)
        || (NAMED.is_match(core) && !is_service(core))
        || names_program(core)
}

/// A value of a field that holds accounts or machines.
fn names_owner(field: Option<&str>, value: &str) -> bool {
    let Some(field) = field else { return false };
    let last = field.rsplit('.').next().unwrap_or(field);
    let owns = holds(OWNERS, &plain_name(field))
        || holds(OWNERS, &plain_name(last))
        || field.eq_ignore_ascii_case("user.name")
        || field.eq_ignore_ascii_case("host.name");
    let name = value.rsplit('\\').next().unwrap_or(value);
    let is_window = name.starts_with("DWM-") || name.starts_with("UMFD-");
    // Several words are a class of accounts, such as `LOCAL SERVICE`; `*` and `%` stand for many.
    owns && name.len() > 1
        && !is_window
        && !name.contains([' ', '*', '?', '%', '(', '$', '/', ':'])
        && !name.chars().all(|c| c.is_ascii_digit())
        && !holds(NOBODY, name)
}

fn names_address(value: &str) -> bool {
    let (address, length) = value.split_once('/').unwrap_or((value, ""));
    let is_length = length.chars().all(|c| c.is_ascii_digit());
    is_length
        && address.parse::<IpAddr>().is_ok_and(|address| {
            !address.is_loopback() && !address.is_multicast() && !address.is_unspecified()
        })
}

fn names_profile(path: &str) -> bool {
    PROFILE.captures(path).is_some_and(|found| {
        !holds(
            "public user default all alluser ubuntu ec2-user .+ .* [^ shared",
            &found["user"],
        ) && !found["user"].contains(['[', '.', '+', '(', '$', ' '])
    })
}

fn is_service(value: &str) -> bool {
    let host = value.split("//").nth(1).unwrap_or(value);
    let host = host.split(['/', ':', '?']).next().unwrap_or(host);
    let host = host.rsplit('@').next().unwrap_or(host).to_ascii_lowercase();
    SERVICES.split_whitespace().any(|service| {
        host == service
            || host
                .strip_suffix(service)
                .is_some_and(|sub| sub.ends_with('.'))
    })
}

fn names_program(path: &str) -> bool {
    let name = path.rsplit(['\\', '/']).next().unwrap_or(path);
    PROGRAM.is_match(name) && !is_common_program(name)
}

/// Whether many machines have a program of this name, so that it tells nothing.
pub(super) fn is_common_program(name: &str) -> bool {
    holds(PROGRAMS, name)
}
