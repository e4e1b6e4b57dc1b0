// node -e THIS -- REGISTRY PACKAGE VERSION FOLDER: prints what the registry says of a version, what vouches
// for it, and what this runtime calls itself; and of what is in FOLDER/package-lock.json, what npm was told at the installation.
const fs = require('fs');
const [registry, name, version, folder] = process.argv.slice(1);
const base = registry.endsWith('/') ? registry : registry + '/';
const headers = { accept: 'application/json' };
const LONGEST = 1 << 20;

// The token for the nearest place above the registry, as npm chooses it.
try {
  let nearest = 0;
  for (const line of fs.readFileSync('/run/secrets/npmrc', 'utf8').split('\n')) {
    const [place, token] = line.split(':_authToken=');
    const isAbove = token && base.replace(/^https?:/, '').startsWith(place.endsWith('/') ? place : place + '/');
    if (isAbove && place.length > nearest) {
      nearest = place.length;
      headers.authorization = 'Bearer ' + token;
    }
  }
} catch {}

async function get(path) {
  try {
    const answer = await fetch(base + path, { headers, redirect: 'error', signal: AbortSignal.timeout(20000) });
    let body = '';
    const decoder = new TextDecoder();
    for await (const chunk of answer.status === 200 ? answer.body : []) {
      body += decoder.decode(chunk, { stream: true });
      if (body.length > LONGEST) throw new Error('the answer is too long');
    }
    return { status: answer.status, body };
  } catch (error) {
    return { error: String(error.cause ?? error) };
  }
}

// The registries' signatures of the packages that were installed with it, by NAME@VERSION, out of npm's cache (cacache: the
// last line of an index file says where the bytes are).
function signatures(cache) {
  const said = {};
  const within = (place) => fs.readdirSync(place).map((name) => `${place}/${name}`);
  const { packages } = JSON.parse(fs.readFileSync(`${folder}/package-lock.json`, 'utf8'));
  const wanted = new Map();
  for (const [place, about] of Object.entries(packages)) {
    const name = about.name ?? place.split('node_modules/').pop();
    wanted.set(name, [...(wanted.get(name) ?? []), about.version]);
  }
  let left = 1 << 20;
  for (const file of within(`${cache}/index-v5`).flatMap(within).flatMap(within)) {
    try {
      const line = fs.readFileSync(file, 'utf8').trimEnd().split('\n').pop();
      const [kind, digest] = JSON.parse(line.slice(line.indexOf('\t') + 1)).integrity.split('-');
      const hex = Buffer.from(digest, 'base64').toString('hex');
      const bytes = fs.readFileSync([cache, 'content-v2', kind, hex.slice(0, 2), hex.slice(2, 4), hex.slice(4)].join('/'));
      if (bytes[0] !== 0x7b) continue; // No JSON: an artifact.
      const about = JSON.parse(bytes);
      for (const version of wanted.get(about.name) ?? []) {
        const signatures = about.versions?.[version]?.dist?.signatures;
        left -= signatures ? JSON.stringify(signatures).length : 0;
        if (signatures && left > 0) said[`${about.name}@${version}`] = signatures;
      }
    } catch {}
  }
  return said;
}

(async () => {
  const path = name.replace('/', '%2f');
  const said = { runtime: process.versions.node, about: await get(`${path}/${version}`) };
  let dist = {};
  try {
    dist = JSON.parse(said.about.body).dist ?? {};
  } catch {}
  try {
    said.needs = signatures(`${process.env.TMPDIR}/npm/_cacache`);
  } catch {}
  if (dist.signatures || Object.keys(said.needs ?? {}).length) said.keys = await get('-/npm/v1/keys');
  if (dist.attestations) said.attestations = await get(`-/npm/v1/attestations/${path}@${version}`);
  process.stdout.write(JSON.stringify(said), () => process.exit(0));
})();
