//! The grammar of Splunk searches: pipes, search terms, and the arguments of the usual commands.

mod stats;
mod terms;

use std::borrow::Cow;

use super::checker::{Checker, shown};
use super::expression::Assignment;
use super::token::{Kind, Token, find, inside, split};
use super::words::{SPL_COMMANDS, SPL_GENERATING, SPL_UNSAFE, holds};

/// Where a pipeline stands, which decides how it may begin.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// The query itself: it begins with search terms or a pipe.
    Whole,
    /// In square brackets: it begins with a command.
    Inner,
}

impl Checker {
    /// Checks a whole Splunk search.
    pub fn spl(&mut self, tokens: &[Token<'_>]) {
        self.spl_pipeline(tokens, Place::Whole, 0);
    }

    /// Checks a search in square brackets.
    pub fn spl_subsearch(&mut self, tokens: &[Token<'_>], at: usize) {
        self.spl_pipeline(tokens, Place::Inner, at);
    }

    fn spl_pipeline(&mut self, tokens: &[Token<'_>], place: Place, at: usize) {
        let stages = split(tokens, |token| token.kind == Kind::Pipe);
        let count = stages.len();
        for (number, (start, stage)) in stages.into_iter().enumerate() {
            let Some(first) = stage.first() else {
                if number > 0 || count == 1 {
                    let at = if count == 1 { at } else { start };
                    self.syntax(at, "a step is empty", "write a command or remove the pipe");
                }
                continue;
            };
            let is_command = first.kind == Kind::Word && is_command(&first.text);
            let implicit = number == 0 && !first.is_word("search");
            if implicit && (place == Place::Whole || !is_command) {
                if first.kind == Kind::Word && holds(SPL_GENERATING, &first.text) {
                    let what = format!("`{}` begins the search without a pipe", first.text);
                    self.syntax(first.at, what, "write `|` before it");
                }
                self.spl_terms(stage);
            } else if first.kind == Kind::Macro {
                self.spl_macros(stage);
            } else {
                self.spl_command(stage);
            }
        }
    }

    /// A step that begins with a macro; nobody here knows what it stands for.
    fn spl_macros(&mut self, stage: &[Token<'_>]) {
        self.spl_brackets(stage);
    }

    /// Checks the searches in square brackets among a command's arguments.
    fn spl_brackets(&mut self, tokens: &[Token<'_>]) {
        let mut place = 0;
        while let Some(token) = tokens.get(place) {
            if token.is(Kind::Open, "[") {
                self.spl_subsearch(inside(tokens, place), token.at);
            }
            place += 1 + token.close;
        }
    }

    fn spl_command(&mut self, stage: &[Token<'_>]) {
        let Some((command, arguments)) = stage.split_first() else {
            return;
        };
        let name = command.text.to_ascii_lowercase();
        if command.kind != Kind::Word || !is_command(&name) {
            self.unknown_command(command);
            return;
        }
        if holds(SPL_UNSAFE, &name) {
            self.forbid(command.at, &name);
            return;
        }
        let needs_arguments = !holds(
            "abstract addinfo addtotals addcoltotals anomalies append appendcols appendpipe \
             diff extract kv fieldsummary multikv filldown fillnull head history localop \
             makeresults metasearch outlier reverse spath tail transpose typer uniq xmlkv \
             eventcount typelearner iconify highlight tags transaction kmeans cluster \
             fromjson tojson outputtext relevancy analyzefields dbinspect walklex findtypes \
             associate correlate contingency anomalydetection anomalousvalue \
             timewrap thru expand flatten mpreview mcatalog summary",
            &name,
        );
        if arguments.is_empty() && needs_arguments {
            let what = format!("nothing follows the command `{name}`");
            self.syntax(command.at, what, "complete or remove it");
            return;
        }
        let ends_in_comma = arguments.last().filter(|token| token.kind == Kind::Comma);
        // Splunk forgives the comma behind a list of new names.
        if let Some(comma) = ends_in_comma.filter(|_| name != "rename") {
            self.syntax(comma.at, "nothing follows `,`", "complete or remove it");
            return;
        }
        self.spl_arguments(&name, command.at, arguments);
    }

    fn spl_arguments(&mut self, name: &str, at: usize, arguments: &[Token<'_>]) {
        match name {
            "search" => self.spl_terms(arguments),
            "where" => {
                let tokens = operators_apart(arguments);
                self.expression(&tokens, at, Assignment::Refused, None);
            }
            "eval" => self.spl_eval(arguments),
            "stats" | "eventstats" | "streamstats" | "sistats" | "chart" | "sichart"
            | "timechart" | "sitimechart" | "geostats" => {
                self.spl_stats(at, arguments);
            }
            "tstats" | "mstats" => self.spl_tstats(at, arguments),
            "top" | "rare" | "sitop" | "sirare" => {
                self.define("count");
                self.define("percent");
                self.spl_field_list(arguments);
            }
            "table" | "fields" | "dedup" | "sort" | "mvexpand" | "fillnull" | "makemv" | "nomv"
            | "mvcombine" | "filldown" | "regex" => self.spl_field_list(arguments),
            "rename" => self.spl_rename(arguments),
            "rex" => self.spl_rex(at, arguments),
            "lookup" => self.spl_lookup(arguments),
            "bin" | "bucket" => self.spl_renamed(arguments),
            "join" => self.spl_join(at, arguments),
            "spath" | "xpath" => self.spl_spath(arguments),
            "iplocation" => {
                for name in [
                    "City",
                    "Country",
                    "Region",
                    "Continent",
                    "lat",
                    "lon",
                    "Timezone",
                ] {
                    self.define(name);
                }
                self.spl_brackets(arguments);
            }
            "transaction" | "addtotals" | "addinfo" | "strcat" | "delta" | "accum" | "rangemap"
            | "fieldformat" | "convert" | "makeresults" | "eventcount" | "replace" => {
                self.spl_makers(arguments);
            }
            "inputlookup" | "dbxquery" | "rest" | "savedsearch" | "loadjob" | "inputcsv"
            | "from" | "datamodel" | "metadata" | "extract" | "kv" | "xmlkv" | "multikv"
            | "apply" | "fit" | "fromjson" | "transpose" | "xyseries" | "untable" | "foreach"
            | "cyberchef" | "kvform" | "pivot" | "mcatalog" | "typeahead" | "anomalydetection"
            | "outlier" | "cluster" | "kmeans" | "predict" | "fieldsummary" | "erex" | "expand"
            | "flatten" | "timewrap" | "whois" | "dnslookup" | "contingency" | "associate"
            | "correlate" | "gentimes" => {
                self.open = true;
                self.spl_brackets(arguments);
            }
            _ => {
                self.literals_of(arguments);
                self.spl_brackets(arguments);
            }
        }
    }

    fn spl_eval(&mut self, arguments: &[Token<'_>]) {
        let tokens = operators_apart(arguments);
        for (at, part) in split(&tokens, |token| token.kind == Kind::Comma) {
            let assigns = part
                .get(1)
                .is_some_and(|token| token.is(Kind::Operator, "="));
            if assigns || part.iter().any(|token| token.kind == Kind::Macro) {
                self.expression(part, at, Assignment::Allowed, None);
            } else if part.iter().any(|token| token.text.contains(['<', '{'])) {
                // A name made from another: `eval {field}=value`.
                self.open = true;
            } else {
                let what = "`eval` gives no name to this value";
                self.syntax(at, what, "write `eval name=expression`");
            }
        }
    }

    /// Names parted by spaces or commas, among options `name=value`.
    fn spl_field_list(&mut self, arguments: &[Token<'_>]) {
        let mut place = 0;
        while let Some(token) = arguments.get(place) {
            let next = arguments.get(place + 1);
            let is_option = next.is_some_and(|next| next.kind == Kind::Operator);
            if is_option && token.kind != Kind::Operator {
                // The value of `regex field="..."`; other options hold no names of the alert.
                if arguments.get(place + 2).is_none() {
                    let what = format!("nothing follows `{}`", shown(&token.text));
                    self.syntax(token.at, what, "complete or remove it");
                    return;
                }
                place += 3;
                continue;
            }
            let name = token.text.trim_start_matches(['+', '-']);
            let is_keyword = token.is_word("by") || token.is_word("sortby") || token.is_word("d");
            if matches!(token.kind, Kind::Word | Kind::Name)
                && !is_keyword
                && !name.starts_with(|c: char| c.is_ascii_digit())
            {
                self.field(name, token.at);
            }
            place += 1 + token.close;
        }
    }

    /// `old AS new`, as often as one likes.
    fn spl_rename(&mut self, arguments: &[Token<'_>]) {
        if find(arguments, |token| {
            token.is_word("as") || token.kind == Kind::Macro
        })
        .is_none()
        {
            let at = arguments.first().map_or(0, |token| token.at);
            self.syntax(
                at,
                "`rename` gives no new name",
                "write `rename old AS new`",
            );
            return;
        }
        self.spl_renamed(arguments);
    }

    /// Defines every name behind `AS` and reads the name before it.
    fn spl_renamed(&mut self, arguments: &[Token<'_>]) {
        for (place, token) in arguments.iter().enumerate() {
            if !token.is_word("as") {
                continue;
            }
            let before = place
                .checked_sub(1)
                .and_then(|before| arguments.get(before));
            match (before, arguments.get(place + 1)) {
                (Some(old), Some(new)) if new.kind != Kind::Comma => {
                    if matches!(old.kind, Kind::Word | Kind::Name | Kind::Text) {
                        self.field(&old.text, old.at);
                    }
                    self.define(&new.text);
                    // `rename a.* AS *` brings names nobody has listed.
                    self.open |= new.text.contains('*') && !old.text.contains('.');
                }
                _ => self.syntax(
                    token.at,
                    format!("`{}` lacks a name", token.text),
                    "write `old AS new`",
                ),
            }
        }
    }

    fn spl_rex(&mut self, at: usize, arguments: &[Token<'_>]) {
        let texts: Vec<&Token<'_>> = arguments
            .iter()
            .filter(|token| token.kind == Kind::Text)
            .collect();
        if texts.is_empty() && !arguments.iter().any(|token| token.kind == Kind::Macro) {
            self.syntax(
                at,
                "`rex` has no quoted pattern",
                "write `rex field=name \"...\"`",
            );
        }
        for text in texts {
            for opening in ["(?<", "(?P<", "(?'"] {
                for rest in text.text.split(opening).skip(1) {
                    self.define(rest.split(['>', '\'']).next().unwrap_or_default());
                }
            }
        }
        if let Some([field, _, name]) = arguments.first_chunk::<3>()
            && field.is_word("field")
        {
            self.field(&name.text, name.at);
        }
    }

    fn spl_lookup(&mut self, arguments: &[Token<'_>]) {
        let output = arguments
            .iter()
            .position(|token| token.is_word("output") || token.is_word("outputnew"));
        let Some(output) = output else {
            self.open = true;
            return;
        };
        for token in arguments.get(output + 1..).unwrap_or_default() {
            self.define(&token.text);
        }
    }

    fn spl_join(&mut self, at: usize, arguments: &[Token<'_>]) {
        if !arguments.iter().any(|token| token.is(Kind::Open, "[")) {
            self.syntax(
                at,
                "`join` joins nothing",
                "write a search in square brackets",
            );
        }
        let fields = find(arguments, |token| token.is(Kind::Open, "["));
        self.spl_field_list(
            arguments
                .get(..fields.unwrap_or_default())
                .unwrap_or_default(),
        );
        self.spl_brackets(arguments);
    }

    fn spl_spath(&mut self, arguments: &[Token<'_>]) {
        self.open |= arguments.is_empty();
        let mut named = false;
        for window in arguments.windows(3) {
            if let [option, _, value] = window
                && (option.is_word("output") || option.is_word("outfield"))
            {
                self.define(&value.text);
                named = true;
            }
        }
        self.open |= !named;
    }

    /// Commands whose arguments hold new names.
    fn spl_makers(&mut self, arguments: &[Token<'_>]) {
        for name in [
            "duration",
            "eventcount",
            "Total",
            "range",
            "info_min_time",
            "info_max_time",
            "_time",
        ] {
            self.define(name);
        }
        for token in arguments {
            self.define(&token.text);
        }
    }
}

fn is_command(word: &str) -> bool {
    holds(SPL_COMMANDS, word) || holds(SPL_GENERATING, word) || holds(SPL_UNSAFE, word)
}

/// The same tokens with arithmetic apart: in search terms `a-b` is one value, in `eval` it is two
/// names and an operator.
fn operators_apart<'a>(tokens: &[Token<'a>]) -> Vec<Token<'a>> {
    let mut apart = Vec::new();
    // Positions change, so brackets must be paired anew.
    let mut open: Vec<usize> = Vec::new();
    for token in tokens {
        let made_here = token.text.contains(['<', '{', '$']);
        if token.kind == Kind::Word && !made_here && !is_number(&token.text) {
            apart.extend(arithmetic(token));
            continue;
        }
        if token.kind == Kind::Close
            && let Some(start) = open.pop()
        {
            let close = apart.len() - start;
            if let Some(opening) = apart.get_mut(start) {
                let opening: &mut Token<'_> = opening;
                opening.close = close;
            }
        }
        if token.kind == Kind::Open {
            open.push(apart.len());
        }
        apart.push(token.clone());
    }
    apart
}

fn is_number(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_digit()) && word.parse::<f64>().is_ok()
}

/// The names, numbers and operators of one word.
fn arithmetic<'a>(token: &Token<'a>) -> Vec<Token<'a>> {
    let mut parts = Vec::new();
    let mut start = 0;
    let text = token.text.as_ref();
    let mut add = |from: usize, to: usize, kind: Kind| {
        let part = text.get(from..to).unwrap_or_default();
        if !part.is_empty() {
            parts.push(Token {
                kind,
                text: Cow::Owned(part.to_owned()),
                at: token.at + from,
                end: token.at + to,
                close: 0,
            });
        }
    };
    for (at, c) in text.char_indices() {
        // A dot joins texts at the edge of a word; within one it belongs to the name.
        let edge = at == 0 || at + 1 == text.len();
        let decimal = c == '.' && text.get(at + 1..).is_some_and(is_number);
        if matches!(c, '+' | '-' | '*' | '/' | '%') || (c == '.' && edge && !decimal) {
            add(start, at, Kind::Word);
            add(at, at + 1, Kind::Operator);
            start = at + 1;
        }
    }
    add(start, text.len(), Kind::Word);
    parts
}
