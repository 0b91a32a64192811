//! `triage eval`: ranks labelled alerts and prints how often a label is found.

mod table;

use std::io::Write;

use serde_json::{Map, json};
use triage_core::rank::{Example, ExampleBank, Parts, Ranker};
use triage_core::score::{DEPTH, LabelledAlert, Row, Sampling, Score, score};
use triage_engine::{Embedding, Engine, Settings};

use crate::labelled::{self, Asked, Set};
use crate::{Failure, Part, Teaching};

/// What to measure.
pub(crate) struct Plan {
    /// The labelled sets, as they are ranked.
    pub(crate) sets: Vec<Set>,
    /// The same sets as they teach: always with their titles.
    pub(crate) teaching_sets: Vec<Set>,
    pub(crate) field: String,
    pub(crate) without: Vec<Part>,
    pub(crate) teaching: Option<Teaching>,
    pub(crate) sampling: Sampling,
    pub(crate) as_json: bool,
}

/// Scores each set and prints a table or one JSON document.
pub(crate) fn run(
    engine: &mut Engine,
    untaught: Option<Ranker>,
    plan: &Plan,
    mut output: impl Write,
) -> Result<(), Failure> {
    let settings = settings(&plan.without);
    engine.set_settings(settings);
    let ranked = match (&plan.teaching, untaught) {
        (Some(teaching), Some(untaught)) => {
            taught(engine, &untaught, plan, *teaching, settings.parts)?
        }
        (_, Some(untaught)) => {
            engine.set_ranker(untaught);
            as_built(engine, plan, settings.parts)?
        }
        (_, None) => as_built(engine, plan, settings.parts)?,
    };
    let scores: Vec<(String, Score)> = ranked
        .into_iter()
        .map(|(name, rows)| {
            let found = score(&rows, plan.sampling);
            let found = found.ok_or_else(|| format!("{name} has no row to score"))?;
            Ok((name, found))
        })
        .collect::<Result<_, Failure>>()?;
    let text = if plan.as_json {
        let manifest = engine.manifest();
        let sets: Map<_, _> = scores
            .iter()
            .map(|(name, score)| (name.clone(), json!(score)))
            .collect();
        let document = json!({
            "attack_version": manifest.attack_version,
            "index_id": manifest.index_id,
            "field": plan.field,
            "without": plan.without.iter().map(|part| part.name()).collect::<Vec<_>>(),
            "sets": sets,
        });
        format!("{document:#}\n")
    } else {
        table::write(&scores)
    };
    output
        .write_all(text.as_bytes())
        .map_err(|error| format!("standard output: {error}"))
}

fn settings(without: &[Part]) -> Settings {
    let on = |part: Part| !without.contains(&part);
    let mut settings = Settings::ALL;
    settings.preparation.clean = on(Part::Preparation);
    settings.preparation.title = on(Part::Title);
    settings.preparation.shells = on(Part::Shells);
    settings.decoding = on(Part::Decoding);
    settings.parts = Parts {
        words: on(Part::Words),
        meaning: on(Part::Meaning),
        examples: on(Part::Examples),
        known: on(Part::Known),
        platform: on(Part::Platform),
        named: true,
    };
    settings
}

type Ranked = Vec<(String, Vec<Row>)>;

/// By the ranker of the assets folder.
fn as_built(engine: &Engine, plan: &Plan, parts: Parts) -> Result<Ranked, Failure> {
    plan.sets
        .iter()
        .map(|set| {
            let rows = set
                .alerts
                .iter()
                .map(|alert| {
                    let asked = labelled::ask(engine, alert)?;
                    Ok(row(engine, engine.ranker(), alert, &asked, parts))
                })
                .collect::<Result<_, Failure>>()?;
            Ok((set.name.clone(), rows))
        })
        .collect()
}

/// An alert that can teach and be ranked.
struct Lesson<'a> {
    set: usize,
    /// Its place in the set.
    number: usize,
    alert: &'a LabelledAlert,
    asked: Asked,
    example: Example,
}

impl Lesson<'_> {
    /// Whether the numbers of all its techniques are even (0) or odd (1).
    fn is_all(&self, parity: u16) -> bool {
        let labels = &self.alert.techniques;
        labels.iter().all(|id| id.number() % 2 == parity)
    }
}

/// By rankers that were taught by other alerts than they rank.
fn taught(
    engine: &Engine,
    untaught: &Ranker,
    plan: &Plan,
    teaching: Teaching,
    parts: Parts,
) -> Result<Ranked, Failure> {
    let vocabulary = engine.vocabulary().clone();
    let mut lessons = Vec::new();
    for (place, (set, teaching)) in plan.sets.iter().zip(&plan.teaching_sets).enumerate() {
        for (number, (alert, teacher)) in set.alerts.iter().zip(&teaching.alerts).enumerate() {
            lessons.push(Lesson {
                set: place,
                number,
                alert,
                asked: labelled::ask(engine, alert)?,
                example: labelled::example(engine, &vocabulary, teacher)?,
            });
        }
    }
    let teach = |teaches: &dyn Fn(&Lesson<'_>) -> bool| {
        let examples = lessons.iter().filter(|lesson| teaches(lesson));
        let examples: Vec<Example> = examples.map(|lesson| lesson.example.clone()).collect();
        untaught.with_examples(&ExampleBank::learn(&examples), &vocabulary)
    };
    let rank = |ranker: &Ranker, lesson: &Lesson<'_>| {
        row(engine, ranker, lesson.alert, &lesson.asked, parts)
    };
    let names = plan.sets.iter().map(|set| set.name.clone());
    match teaching {
        Teaching::Folds(folds) => {
            let mut rows_of: Ranked = names.map(|name| (name, Vec::new())).collect();
            for fold in 0..folds {
                let ranker = teach(&|lesson| lesson.number % folds != fold);
                for lesson in lessons.iter().filter(|l| l.number % folds == fold) {
                    if let Some((_, rows)) = rows_of.get_mut(lesson.set) {
                        rows.push(rank(&ranker, lesson));
                    }
                }
            }
            Ok(rows_of)
        }
        Teaching::Halves => {
            let names: Vec<String> = names.collect();
            let titled = |what: &str| -> Ranked {
                let names = names.iter();
                names
                    .map(|name| (format!("{name}, {what}"), Vec::new()))
                    .collect()
            };
            let (mut before, mut after) = (titled("nothing taught"), titled("other half taught"));
            for parity in [0, 1] {
                let ranker = teach(&|lesson| lesson.is_all(1 - parity));
                for lesson in lessons.iter().filter(|lesson| lesson.is_all(parity)) {
                    for (ranker, ranked) in [(untaught, &mut before), (&ranker, &mut after)] {
                        if let Some((_, rows)) = ranked.get_mut(lesson.set) {
                            rows.push(rank(ranker, lesson));
                        }
                    }
                }
            }
            before.append(&mut after);
            Ok(before)
        }
    }
}

fn row(
    engine: &Engine,
    ranker: &Ranker,
    alert: &LabelledAlert,
    asked: &Asked,
    parts: Parts,
) -> Row {
    let meaning = asked.meaning.as_ref().map(Embedding::as_slice);
    let scores = ranker.score(&asked.query, meaning, parts);
    let techniques = &engine.catalog().techniques;
    let best = scores.best(DEPTH).into_iter();
    Row {
        labels: alert.techniques.clone(),
        ranked: best
            .filter_map(|place| Some(techniques.get(place)?.id))
            .collect(),
    }
}
