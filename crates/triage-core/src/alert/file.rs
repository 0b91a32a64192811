//! A dropped or named file as alert text: text, JSON, or the first line of NDJSON.

use std::fmt;

use super::MAX_ALERT_BYTES;

/// The largest file that is read at all.
const MAX_FILE_BYTES: usize = 16 * MAX_ALERT_BYTES;

/// Why a file cannot be an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileError {
    /// The file has no bytes, or only white space.
    Empty,
    /// The file is larger than 16 MiB.
    TooLarge {
        /// Its size in bytes.
        bytes: usize,
    },
    /// The bytes are not text.
    Binary,
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => write!(f, "the file is empty: choose one that holds an alert"),
            Self::TooLarge { bytes } => write!(
                f,
                "the file has {bytes} bytes, more than {MAX_FILE_BYTES}: \
                 save the one alert you want to triage and drop that"
            ),
            Self::Binary => write!(
                f,
                "the file is not text (UTF-8 or UTF-16): export the alert as JSON or text"
            ),
        }
    }
}

impl std::error::Error for FileError {}

/// The alert text in a file: UTF-8 or UTF-16 with a byte order mark; of NDJSON the first line.
///
/// # Errors
///
/// [`FileError`] where the file is empty, too large or not text.
///
/// ```
/// use triage_core::alert::{FileError, read_alert_file};
/// assert_eq!(read_alert_file(b"{\"a\":1}\n{\"a\":2}\n").unwrap(), "{\"a\":1}");
/// assert_eq!(read_alert_file(&[0x7f, b'E', b'L', b'F', 0, 0]), Err(FileError::Binary));
/// ```
pub fn read_alert_file(bytes: &[u8]) -> Result<String, FileError> {
    if bytes.len() > MAX_FILE_BYTES {
        return Err(FileError::TooLarge { bytes: bytes.len() });
    }
    let text = decode_text(bytes).ok_or(FileError::Binary)?;
    if text.trim().is_empty() {
        return Err(FileError::Empty);
    }
    Ok(first_ndjson_line(&text).unwrap_or(&text).to_owned())
}

fn decode_text(bytes: &[u8]) -> Option<String> {
    let utf16 = |rest: &[u8], unit: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = rest
            .as_chunks::<2>()
            .0
            .iter()
            .map(|pair| unit(*pair))
            .collect();
        String::from_utf16(&units).ok()
    };
    match bytes {
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8(rest.to_vec()).ok(),
        // A NUL never stands in a text log; it does in nearly every binary.
        _ if bytes.contains(&0) => None,
        _ => String::from_utf8(bytes.to_vec()).ok(),
    }
}

/// The first line, where every one of the first two non-blank lines is a JSON object.
fn first_ndjson_line(text: &str) -> Option<&str> {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let (first, second) = (lines.next()?, lines.next()?);
    let is_object = |line: &str| {
        line.starts_with('{') && serde_json::from_str::<serde_json::Value>(line).is_ok()
    };
    (is_object(first) && is_object(second)).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_in_its_usual_encodings() {
        let check = |bytes: &[u8]| assert_eq!(read_alert_file(bytes).as_deref(), Ok("hé"));
        check("hé".as_bytes());
        check(b"\xef\xbb\xbfh\xc3\xa9");
        check(b"\xff\xfeh\0\xe9\0");
        check(b"\xfe\xff\0h\0\xe9");
    }

    #[test]
    fn what_is_not_an_alert_is_refused() {
        assert_eq!(read_alert_file(b""), Err(FileError::Empty));
        assert_eq!(read_alert_file(b" \n"), Err(FileError::Empty));
        assert_eq!(
            read_alert_file(b"\x89PNG\x0d\x0a\0\0"),
            Err(FileError::Binary)
        );
        assert_eq!(read_alert_file(&[0xff, 0x00, 0xd8]), Err(FileError::Binary));
        let huge = vec![b'a'; MAX_FILE_BYTES + 1];
        assert!(matches!(
            read_alert_file(&huge),
            Err(FileError::TooLarge { .. })
        ));
    }
}
