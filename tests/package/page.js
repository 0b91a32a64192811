// How another console embeds the package: no bundler, a strict policy, files served as they are.

const description = await (await fetch('soc-copilot/package.json')).json();
const entry = description.exports['.'].default ?? description.exports['.'].import ?? description.exports['.'];
const fetchedBefore = performance.getEntriesByType('resource').length;
const { Triage } = await import(`./soc-copilot/${entry}`);

const alert =
  'Suspicious PowerShell execution detected. Process: powershell.exe -EncodedCommand SQBFAFgA. Parent: winword.exe. User: jsmith. Host: CORP-WS-042.';
const failure = async (promise) => {
  try {
    await promise;
    return null;
  } catch (error) {
    return { isError: error instanceof Error, name: error.name, code: error.code, message: error.message };
  }
};

// Many texts shared among workers, whether all live or not.
async function pool() {
  const texts = Array.from({ length: 300 }, (_, place) => `process ${place} started by user ${place % 7}`);
  const written = (vectors) => vectors.map((vector) => vector.join());
  const alone = await Triage.load({ assetsUrl: 'assets/', workers: 1 });
  const expected = written(await alone.embedMany(texts));
  const found = { alone: await alone.state(), tooMany: await failure(Triage.load({ assetsUrl: 'assets/', workers: 17 })) };
  alone.free();

  const shared = await Triage.load({ assetsUrl: 'assets/', workers: 3 });
  const done = [];
  const onProgress = (progress) => done.push(progress.done);
  found.isSame = written(await shared.embedMany(texts, { onProgress })).every((vector, place) => vector === expected[place]);
  found.isRising = done.every((one, place) => place === 0 || one > done[place - 1]) && done.at(-1) === texts.length;
  found.shared = await shared.state();
  const controller = new AbortController();
  found.givenUp = await failure(shared.embedMany(texts, { signal: controller.signal, onProgress: () => controller.abort() }));
  found.isSameAfterwards = written(await shared.embedMany(texts)).every((vector, place) => vector === expected[place]);
  const one = await shared.retrieve(alert, { topK: 3 });
  const many = await shared.retrieveMany(Array(60).fill(alert), { topK: 3 });
  found.retrieved = many.length === 60 && many.every((each) => JSON.stringify(each) === JSON.stringify(one));
  found.wrong = await failure(shared.retrieveMany(texts, { topK: 0 }));
  found.none = (await shared.embedMany([])).length;
  shared.free();

  found.withoutHelp = [];
  for (const workerUrl of ['dying_helper.js', 'dying_helper.js?silent']) {
    const dying = await Triage.load({ assetsUrl: 'assets/', workerUrl, workers: 2 });
    const isSame = written(await dying.embedMany(texts)).every((vector, place) => vector === expected[place]);
    const { workers, lost_workers: lost } = await dying.state();
    found.withoutHelp.push([isSame, workers.length, lost]);
    dying.free();
  }
  return found;
}

// The model's download breaks off twice, and each time goes on where it stopped.
async function resumed() {
  const received = [];
  const triage = await Triage.load({
    assetsUrl: 'breaking-assets/',
    onProgress: (progress) => {
      if (progress.file === 'model.bin') received.push(progress.received);
    },
  });
  const vector = await triage.embed(alert);
  triage.free();
  return { isRising: received.every((bytes, place) => place === 0 || bytes >= received[place - 1]), norm: Math.hypot(...vector) };
}

async function run() {
  const found = {};
  found.fetchedByImport = performance
    .getEntriesByType('resource')
    .slice(fetchedBefore)
    .map((entry) => new URL(entry.name).pathname);
  const controller = new AbortController();
  controller.abort();
  found.aborted = await failure(Triage.load({ assetsUrl: 'assets/', signal: controller.signal }));
  found.missing = await failure(Triage.load({ assetsUrl: 'nowhere/' }));

  let steps = 0;
  const triage = await Triage.load({
    assetsUrl: 'assets/',
    onProgress: () => {
      steps += 1;
    },
  });
  found.steps = steps;
  const one = await triage.embed(alert);
  const [first, second] = await triage.embedMany([alert, 'another text that is longer than the first one']);
  found.vector = {
    kind: one.constructor.name,
    length: one.length,
    norm: Math.hypot(...one),
    difference: Math.max(...one.map((value, place) => Math.abs(value - first[place]))),
    second: second.length,
  };
  found.retrieved = await triage.retrieve(alert, { topK: 10 });
  found.prepared = JSON.stringify(await triage.prepare(alert, { topK: 10 }));
  found.wrong = await failure(triage.retrieve(alert, { topK: 0 }));
  found.accuracy = await triage.feedback.accuracy();
  found.exported = await triage.feedback.exportJson();
  found.refused = await failure(triage.feedback.importJson('{}'));
  const judgement = {
    triage_id: 'triage-1',
    alert_text: alert,
    agent_verdict: 'HIGH',
    analyst_verdict: 'LOW',
    confidence: 1,
    model: 'model',
    attack_version: triage.info.attack_version,
  };
  const recorded = await triage.feedback.record(judgement);
  await triage.feedback.record(recorded);
  const importedAgain = await triage.feedback.importJson(await triage.feedback.exportJson());
  found.feedback = {
    recorded,
    listed: await triage.feedback.list(),
    importedAgain,
    wrong: await failure(triage.feedback.record({ ...judgement, confidence: 2 })),
  };
  const events = [];
  const onEvent = (event) => events.push(event.stage === 'sent' ? 'sent' : event.event.kind);
  found.triaged = await triage.triage(alert, { endpoint: '/', topK: 10, onEvent }).then(
    (verdict) => ({ verdict, events }),
    (error) => ({ code: error.code, message: error.message, events }),
  );
  found.version = JSON.stringify(await triage.version());
  found.engine = triage.engine();
  triage.free();
  found.unknownInstructions = await failure(Triage.load({ assetsUrl: 'assets/', instructions: 'fast' }));
  // Texts of all remainders by the four tokens that are calculated together.
  const texts = ['', 'shell', 'shell process', 'shell process user', 'shell process user file', alert];
  found.vectors = {};
  const ways = [{ instructions: 'relaxed-dot' }, { instructions: 'widened' }, { workerUrl: 'plain_worker.js' }];
  for (const [place, way] of ways.entries()) {
    const forced = await Triage.load({ assetsUrl: 'assets/', ...way });
    found.vectors[`${place} ${forced.engine().name}`] = (await forced.embedMany(texts)).map((vector) => vector.join());
    forced.free();
  }
  found.freed = await failure(triage.embed('x'));
  found.pool = await pool();
  found.resumed = await resumed();

  const fragile = await Triage.load({ assetsUrl: 'assets/', workerUrl: 'fragile_worker.js' });
  const underWay = failure(fragile.embedMany(Array(50).fill(alert)));
  found.crashed = [await failure(fragile.embed('crash now')), await underWay];
  const afterCrash = await fragile.embed(alert);
  found.sameAfterCrash = afterCrash.every((value, place) => value === one[place]);
  const controlled = new AbortController();
  found.givenUp = await failure(
    fragile.embedMany(Array(500).fill(alert), { signal: controlled.signal, onProgress: () => controlled.abort() }),
  );
  found.afterGivenUp = (await fragile.retrieve(alert, { topK: 3 })).techniques.length;
  fragile.free();
  return found;
}

globalThis.run = run;
document.getElementById('state').textContent = 'Ready to run';
