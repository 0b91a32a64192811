//! Which language a text is written in: by its label or fence, otherwise by its form.

use std::sync::LazyLock;

use regex::Regex;

use super::QueryLanguage::{self, Esql, Kql, Sigma, Spl};
use super::schema;
use super::words::{KQL_OPERATORS, SPL_COMMANDS, SPL_GENERATING, SPL_UNSAFE, holds};

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("the pattern is a constant that tests compile")
}

/// `KQL (Sentinel):`, `**Splunk SPL**:` and the like.
static LABEL: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?ix)^[\s*\#_>-]*(?:\d{1,2}[.)]\s*)?[*_]*
        (?<name>splunk(?:\ spl)?|spl|(?:(?:microsoft|azure)\ )?(?:sentinel|defender(?:\ xdr)?)(?:\ kql)?|kql|kusto
            |(?:elastic(?:search)?\ )?es\|?ql|elastic|sigma)
        (?:\ (?:query|search|rule|terms?))?(?:\ ?\([^)\n]{0,60}\))?[*_\s]*:[*_]*(?:\s|$)",
    )
});

/// The opening line of a code fence.
static FENCE: LazyLock<Regex> = LazyLock::new(|| pattern(r"^```(?<name>[A-Za-z|]*)[ \t]*\r?\n"));

/// Comments and settings before a query.
static LEAD: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?s)^(?:\s+|//[^\n]*(?:\n|$)|/\*.*?\*/)+"));

static ESQL: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"(?isx)^(?:set\s+\w+\s*=[^;|]{0,200};\s*)?(?:
            (?:from|ts)\s+(?:\(\s*from\b|"?[\w.<{][^\s|]*(?:\s*,\s*[^\s|,]+)*(?:\s|//[^\n]*\n|/\*.*?\*/)*(?:\||\bmetadata\b|$))
            |row\s+[\w.`]+\s*=|show\s+info\b)"#,
    )
});

static SIGMA: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"(?x)^(?:---\s*\n)?\s*(?:\#[^\n]*\n\s*)*(?:
            (?:logsource|detection|condition|timeframe|selection\w*|filter\w*|keywords?\w*)\s*:
            |(?:title|id|status|description)\s*:[^\n]*\n(?s:.*?)\n\s*detection\s*:
            |-?\s*['"]?[\w.-]*(?:\|[a-z0-9]{1,14})+['"]?\s*:)"#,
    )
});

static SPL: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"(?x)^(?:(?i:search)\s+[^|\n]*[=|"*]
            |[(\s]*(?:NOT\s+)?[A-Za-z_][\w.]*\s*=\s*[^=~\s]
            |[(\s]*(?i:index|sourcetype|source|host|eventtype|tag)\s*(?:!=|(?i:in)\s*\()
            |`[^`\n]+`)"#,
    )
});

static KQL: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?x)^(?:let\s+[\w\[]|declare\s+(?:query_parameters|pattern)|set\s+\w+\s*(?:=|;)
            |\.(?:drop|set|set-or-append|set-or-replace|append|alter|alter-merge|create|create-or-alter|create-merge|delete|purge|ingest|move|rename|replace|execute|show|export|clear)\b
            |(?:union|find)\s+[^|]*\||(?:datatable|externaldata)\s*\()",
    )
});

/// What only KQL writes, for steps that Splunk has too.
static KUSTO_MARKS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"=~|!~|\bin~|\bhas(?:_any|_all)?\b|\bago\s*\(|\bkind\s*=\s*\w+\s*\(")
});

/// The first step of a pipeline where it is one name or call, and the word behind the pipe.
static NAME_PIPE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^\(?\s*(?<name>[A-Za-z_]\w*)(?:\([^|]*\))?(?:\.\w+)?\s*(?://[^\n]*\s*)*\|\s*(?<next>[\w-]+)",
    )
});

/// The text without label, fence and inline quotes, and its language if it is a query.
pub(super) fn read(text: &str) -> (Option<QueryLanguage>, &str) {
    let mut body = text.trim();
    let mut said = None;
    let mut labelled = false;
    for _ in 0..2 {
        if let Some(found) = LABEL.captures(body) {
            said = said.or(by_name(&found["name"]));
            labelled = true;
            body = body.get(found[0].len()..).unwrap_or_default().trim();
        }
        if let Some(found) = FENCE.captures(body)
            && let Some(fenced) = body.get(found[0].len()..)
        {
            said = said.or(by_name(&found["name"]));
            body = fenced.strip_suffix("```").unwrap_or(fenced).trim();
        }
    }
    let inline = body
        .strip_prefix('`')
        .and_then(|rest| rest.strip_suffix('`'))
        .filter(|inner| inner.contains(' ') && !inner.contains('`'));
    let body = inline.unwrap_or(body).trim();
    if body.is_empty() {
        return (None, text.trim());
    }
    // Of Sigma's terms the label alone tells that `User: bob` is no sentence.
    let is_term =
        said == Some(Sigma) && body.split(' ').next().is_some_and(|key| key.ends_with(':'));
    if is_prose(body) && !is_term {
        // A label before advice belongs to the advice.
        return (None, if labelled { text.trim() } else { body });
    }
    (said.or_else(|| by_form(body)), body)
}

fn by_name(name: &str) -> Option<QueryLanguage> {
    let name = name.to_ascii_lowercase();
    if name.ends_with("esql") || name.ends_with("es|ql") {
        Some(Esql)
    } else if name.contains("spl") {
        Some(Spl)
    } else if ["kql", "kusto", "sentinel", "defender"]
        .iter()
        .any(|known| name.contains(known))
    {
        Some(Kql)
    } else if name == "sigma" {
        Some(Sigma)
    } else {
        None
    }
}

/// Whether a text is sentences: several words, and nothing that queries are made of.
fn is_prose(text: &str) -> bool {
    let marks = ['|', '=', '<', '>', '{', '[', '*', '`', '~'];
    let words = text.split_whitespace().count();
    let sigma = text.contains(":\n") || text.contains(": '") || text.contains(": \"");
    words >= 4 && !text.contains(marks) && !sigma
}

/// The language whose form a text has; `None` for prose and other languages.
fn by_form(text: &str) -> Option<QueryLanguage> {
    let lead = LEAD.find(text).map_or(0, |lead| lead.end());
    let body = text.get(lead..).unwrap_or(text);
    if SIGMA.is_match(text) {
        return Some(Sigma);
    }
    if ESQL.is_match(body) {
        return Some(Esql);
    }
    if KQL.is_match(body) {
        return Some(Kql);
    }
    if let Some(found) = NAME_PIPE.captures(body) {
        let is_table = schema::is_table(&found["name"]);
        let splunk = is_splunk(&found["next"]) && !holds(KQL_OPERATORS, &found["next"]);
        let votes = steps(body).filter(|word| is_splunk(word)).count()
            > steps(body)
                .filter(|word| holds(KQL_OPERATORS, word))
                .count();
        return Some(if is_table || !(splunk || votes) {
            Kql
        } else {
            Spl
        });
    }
    if SPL.is_match(body) {
        // Both languages have `search`.
        let shared = first_word(body).eq_ignore_ascii_case("search");
        return by_steps(body).filter(|_| shared).or(Some(Spl));
    }
    by_steps(body)
}

/// The language most of the steps behind pipes belong to.
fn by_steps(text: &str) -> Option<QueryLanguage> {
    let spl = steps(text).filter(|word| is_splunk(word)).count();
    let kql = steps(text)
        .filter(|word| holds(KQL_OPERATORS, word))
        .count();
    if spl == 0 && kql == 0 {
        None
    } else if kql > spl || (kql == spl && KUSTO_MARKS.is_match(text)) {
        Some(Kql)
    } else {
        Some(Spl)
    }
}

/// The first word of each step behind a pipe.
fn steps(text: &str) -> impl Iterator<Item = &str> {
    text.split('|').skip(1).map(first_word)
}

fn first_word(step: &str) -> &str {
    let step = step.trim_start();
    let end = step
        .find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-')))
        .unwrap_or(step.len());
    step.get(..end).unwrap_or_default()
}

fn is_splunk(word: &str) -> bool {
    holds(SPL_COMMANDS, word) || holds(SPL_GENERATING, word) || holds(SPL_UNSAFE, word)
}
