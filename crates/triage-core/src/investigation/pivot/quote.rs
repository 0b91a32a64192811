//! Values as literals of each language, so that nothing in a value can end its literal.

/// A value in double quotes for Splunk. Wildcards act inside quotes of search terms, so a value
/// with one must be compared in `where` instead.
pub(super) fn spl(value: &str) -> String {
    format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
}

/// A value in double quotes for KQL and ES|QL, whose literals end with the line.
pub(super) fn lined(value: &str) -> String {
    format!("\"{}\"", with_letters(value))
}

/// A value as Sigma reads it from YAML: wildcards escaped, then quoted.
pub(super) fn sigma(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len() + 8);
    let mut characters = value.chars().peekable();
    while let Some(next) = characters.next() {
        // A backslash stands for itself unless it could escape what follows.
        let must = match next {
            '*' | '?' => true,
            '\\' => matches!(characters.peek(), Some('*' | '?' | '\\')),
            _ => false,
        };
        if must {
            escaped.push('\\');
        }
        escaped.push(next);
    }
    if escaped.contains(char::is_control) {
        format!("\"{}\"", with_letters(&escaped))
    } else {
        format!("'{}'", escaped.replace('\'', "''"))
    }
}

fn with_letters(value: &str) -> String {
    value
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
        .replace('\r', "\\r")
        .replace('\t', "\\t")
}
