// SPDX-License-Identifier: Apache-2.0

// Compares our verdicts on Nitro documents with those of @0xsequence/tee-verifier: on every shared
// sample at the edges of its certificates' dates, and on mutants that a seed decides.
//
// usage: node compare.mjs PACKAGES OUR_VERDICTS_PROGRAM SHARED_EVIDENCE_FOLDER MUTANTS

import fs from 'node:fs';
import path from 'node:path';
import { execFileSync } from 'node:child_process';
import { pathToFileURL } from 'node:url';

// One of their helpers asks a browser for its cryptography.
globalThis.self = globalThis;
globalThis.window = { crypto: globalThis.crypto };

const [packages, program, evidence, mutantCount] = process.argv.slice(2);
const { SignedAttestation } = await import(
    pathToFileURL(path.join(packages, 'node_modules/@0xsequence/tee-verifier/dist/index.js')));

const AWS_ROOT = '641a0321a3e244efe456463195d606317ed7cdcc3c1756e09893f3c68f79bb5b';

// A small generator, so that every run has the same mutants.
let state = 0x5eed;
const random = (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
};

function loadSamples() {
    const family = path.join(evidence, 'nitro');
    return fs.readdirSync(family).sort().flatMap((name) => {
        const folder = path.join(family, name);
        const { verification_time: times, kind } =
            JSON.parse(fs.readFileSync(path.join(folder, 'manifest.json')));
        const document = fs.readFileSync(path.join(folder, 'evidence.bin'));
        const seconds = (text) => Date.parse(text) / 1000;
        if (!times.at)
            return [{ name, document, at: seconds('2021-09-09T10:19:20Z'), kind }];
        const from = seconds(times.valid_from), until = seconds(times.valid_until);
        return [[seconds(times.at), ''], [from, ', from'], [until, ', until'],
            [from - 1, ', before'], [until + 1, ', after']]
            .map(([at, what]) => ({ name: name + what, document, at, kind }));
    });
}

function makeMutants(samples) {
    const good = samples.filter((sample) => sample.kind === 'positive' && !sample.name.includes(','));
    return Array.from({ length: Number(mutantCount) }, (_, index) => {
        const sample = good[random(good.length)];
        const document = Buffer.from(sample.document);
        const at = random(document.length);
        document[at] ^= 1 << random(8);
        return { name: `mutant ${index} of ${sample.name}, byte ${at}`, document, at: sample.at };
    });
}

async function theirs({ document, at }) {
    try {
        const attestation = SignedAttestation.fromDocument(document.toString('base64'));
        return await attestation.verifySignature() &&
            await attestation.verifyRootOfTrust(new Date(at * 1000)) &&
            await attestation.rootCertFingerprint() === AWS_ROOT;
    } catch {
        return false;
    }
}

const cases = loadSamples();
cases.push(...makeMutants(cases));
const answers = execFileSync(program, {
    input: cases.map(({ document, at }) => `${document.toString('hex')} ${at}\n`).join(''),
    maxBuffer: 1 << 26,
}).toString().trimEnd().split('\n');

let passed = 0, failed = 0, accepted = 0;
for (const [index, given] of cases.entries()) {
    const mine = answers[index];
    const their = await theirs(given);
    accepted += mine === 'accepted';
    if ((mine === 'accepted') === their) {
        passed++;
    } else {
        failed++;
        console.log(`FAIL ${given.name}: ours ${mine}, theirs ${their ? 'accepted' : 'refused'}`);
    }
}
console.log(`${cases.length} compared, ${accepted} accepted by both`);
console.log(`${passed} passed, ${failed} failed, 0 skipped`);
process.exit(failed ? 1 : 0);
