// SPDX-License-Identifier: Apache-2.0

// Compares our verdicts on SGX and TDX quotes with those of @phala/dcap-qvl: on every shared sample
// with each of its collateral sets, and on mutants of them that a seed decides. Where the two may differ
// by design, a named rule says why and checks that this is why; any other difference fails.
//
// usage: node compare.js OUR_VERDICTS_PROGRAM SHARED_EVIDENCE_FOLDER [MUTANTS]

'use strict';

const fs = require('fs');
const path = require('path');
const { spawn } = require('child_process');
const { QuoteVerifier, Quote, TcbInfo, utils } = require('@phala/dcap-qvl');

const { extractCerts } = utils;

const SEED = 0x5eed;
const [program, evidence, mutantCount = '1000'] = process.argv.slice(2);

// --- what both are given ---

const PARTS = ['quote', 'tcb_info', 'qe_identity', 'tcb_signing_chain', 'root_ca_crl', 'pck_crl'];
const FAMILIES = ['sgx', 'tdx'];
const FILES = {
    tcb_info: 'tcb_info.json',
    qe_identity: 'qe_identity.json',
    tcb_signing_chain: 'tcb_signing_chain.pem',
    root_ca_crl: 'root_ca_crl.der',
    pck_crl: 'pck_crl.der',
};

function loadSets() {
    const sets = [];
    const names = FAMILIES.flatMap((family) =>
        fs.readdirSync(path.join(evidence, family)).sort().map((name) => path.join(family, name)));
    for (const name of names) {
        const folder = path.join(evidence, name);
        const manifest = JSON.parse(fs.readFileSync(path.join(folder, 'manifest.json')));
        for (const set of manifest.collateral_sets || []) {
            const made = { name: `${name} ${set.dir}`, at: Date.parse(set.verify_at) / 1000 };
            made.quote = fs.readFileSync(path.join(folder, 'evidence.bin'));
            for (const [part, file] of Object.entries(FILES))
                made[part] = fs.readFileSync(path.join(folder, set.dir, file));
            sets.push(made);
        }
    }
    return sets;
}

// Vectors under throw-away roots, which have what reality lacks: every status, every mismatch.
function loadSynthetic() {
    const family = path.join(evidence, 'synthetic-dcap');
    return fs.readdirSync(family).sort().map((name) => {
        const folder = path.join(family, name);
        const manifest = JSON.parse(fs.readFileSync(path.join(folder, 'manifest.json')));
        const made = { name, at: Date.parse(manifest.verification_time.at) / 1000 };
        made.quote = fs.readFileSync(path.join(folder, 'evidence.bin'));
        made.trust = fs.readFileSync(path.join(folder, 'trustedRootCaCert.pem'));
        for (const [part, file] of Object.entries(FILES))
            made[part] = fs.readFileSync(path.join(folder, 'collateral-1', file));
        return made;
    });
}

// Samples that come without collateral in the usual form.
function loadOthers(sets) {
    const own = path.join(evidence, 'tdx', 'intel-sample-own-root');
    const read = (name) => fs.readFileSync(path.join(own, name));
    const ownRoot = {
        name: 'intel-sample-own-root',
        at: Date.parse('2024-06-01T00:00:00Z') / 1000,
        quote: read('evidence.bin'),
        tcb_info: read('tcbInfo.json'),
        qe_identity: read('qeIdentity.json'),
        tcb_signing_chain: read('tcbSignChain.pem'),
        root_ca_crl: read('rootCaCrl.der'),
        pck_crl: read('intermediateCaCrl.der'),
    };
    const bare = FAMILIES.flatMap((family) => {
        const collateral = sets.find((set) => set.name.startsWith(family));
        return fs.readdirSync(path.join(evidence, family))
            .map((name) => path.join(family, name))
            .filter((name) => !sets.some((set) => set.name.startsWith(name + ' ')))
            .map((name) => ({
                ...collateral, name, quote: fs.readFileSync(path.join(evidence, name, 'evidence.bin')),
            }));
    });
    return [
        ownRoot,
        { ...ownRoot, name: ownRoot.name + ', root trusted', trust: read('trustedRootCaCert.pem') },
        ...bare,
    ];
}

// --- their verdict ---

// The exact bytes of the signed member, as the service returned them.
function signedPart(bytes, member) {
    const text = bytes.toString('latin1');
    const match = text.match(
        new RegExp(`^\\s*\\{\\s*"${member}"\\s*:\\s*(\\{[^]*\\})\\s*,\\s*"signature"\\s*:\\s*"([^"]*)"\\s*\\}\\s*$`));
    if (!match)
        throw new Error(`the document is not {"${member}": ..., "signature": ...}`);
    return { body: Buffer.from(match[1], 'latin1').toString('utf8'), signature: match[2] };
}

function theirs(given) {
    try {
        const info = signedPart(given.tcb_info, 'tcbInfo');
        const identity = signedPart(given.qe_identity, 'enclaveIdentity');
        const chain = given.tcb_signing_chain.toString('latin1');
        const root = given.trust ? extractCerts(given.trust)[0] : undefined;
        const report = new QuoteVerifier(root).verify(new Uint8Array(given.quote), {
            tcb_info: info.body,
            tcb_info_signature: info.signature,
            tcb_info_issuer_chain: chain,
            qe_identity: identity.body,
            qe_identity_signature: identity.signature,
            qe_identity_issuer_chain: chain,
            root_ca_crl: given.root_ca_crl,
            pck_crl: given.pck_crl,
        }, given.at);
        return { accepted: true, status: report.status, advisories: report.advisory_ids };
    } catch (error) {
        const causes = [];
        for (let cause = error; cause; cause = cause.cause)
            causes.push(cause.message);
        return { accepted: false, error: causes.join(': ') };
    }
}

// --- our verdict ---

const ours = (() => {
    const child = spawn(program, { stdio: ['pipe', 'pipe', 'inherit'] });
    const waiting = [];
    let text = '';
    child.stdout.on('data', (data) => {
        text += data;
        for (let end; (end = text.indexOf('\n')) >= 0; text = text.slice(end + 1))
            waiting.shift().resolve(JSON.parse(text.slice(0, end)));
    });
    child.on('exit', (code) => waiting.forEach((w) => w.reject(new Error(`it exited with ${code}`))));
    const ask = (given) => new Promise((resolve, reject) => {
        waiting.push({ resolve, reject });
        child.stdin.write(JSON.stringify({
            quote: given.quote.toString('hex'),
            endorsements: PARTS.slice(1).map((part) => given[part].toString('hex')),
            trust: given.trust ? [given.trust.toString('hex')] : [],
            at_s: given.at,
        }) + '\n');
    });
    return { ask, end: () => child.stdin.end() };
})();

// --- when two verdicts are the same ---

const asSet = (list) => JSON.stringify([...new Set(list || [])].sort());

// A quote that no TCB level fits is authentic for us, with that status; for them it is an error.
function noLevel(mine, their) {
    return mine.authentic && mine.claims.tcb_status === 'NotSupported' &&
        /No matching TCB level found|QE ISVSVN \d+ is below minimum/.test(their.error);
}

function agree(mine, their) {
    if (!mine.authentic || !their.accepted)
        return mine.authentic === their.accepted || noLevel(mine, their);
    return mine.claims.tcb_status === their.status &&
        asSet(mine.claims.advisory_ids) === asSet(their.advisories);
}

// --- where they may differ, and how we know that this is why ---

const certificatesIn = (quote) => extractCerts(Quote.parse(quote).innerCertData());
const samePckAndCa = (a, b) =>
    [0, 1].every((i) => Buffer.from(certificatesIn(a)[i]).equals(Buffer.from(certificatesIn(b)[i])));

const bodyOf = (given) => given.quote.subarray(given.quote.readUInt16LE(0) === 5 ? 54 : 48);
const isSgx = (given) => given.quote.readUInt32LE(4) === 0;
const isDebug = (given) =>
    (isSgx(given) ? (bodyOf(given)[48] & 2) !== 0 : bodyOf(given)[120] !== 0);
const moduleMajor = (given) => (isSgx(given) ? 0 : bodyOf(given)[1]);

function pceIdOf(given) {
    const id = utils.findExtension(['1.2.840.113741.1.13.1.3'],
        utils.getIntelExtension(certificatesIn(given.quote)[0]));
    return Buffer.from(id).toString('hex');
}

// The platform level that all 16 TDX components reach, module or not: what they look for.
function levelOfSixteen(given) {
    const info = TcbInfo.fromJSON(signedPart(given.tcb_info, 'tcbInfo').body);
    const extension = utils.getIntelExtension(certificatesIn(given.quote)[0]);
    const cpu = utils.getCpuSvn(extension);
    const pce = utils.getPceSvn(extension);
    return info.tcbLevels.find((level) => pce >= level.tcb.pcesvn &&
        level.tcb.sgxtcbcomponents.every((c, i) => cpu[i] >= c.svn) &&
        level.tcb.tdxtcbcomponents.every((c, i) => bodyOf(given)[i] >= c.svn));
}

const bodyType = (given) =>
    (given.quote.readUInt16LE(0) === 5 ? given.quote.readUInt16LE(48) : isSgx(given) ? 1 : 2);

const RULES = [
    {
        name: 'they know enclaves in version 3 only; Intel\'s library takes 4 and 5 too',
        holds: (given, mine, their) => mine.read && isSgx(given) &&
            given.quote.readUInt16LE(0) > 3 && their.error === 'SGX TEE quote must have version 3',
    },
    {
        name: 'they do not look at who made the quoting enclave; Intel\'s library knows itself only',
        holds: (given, mine, their) => their.accepted && mine.read &&
            mine.reasons.join() === 'QE_VENDOR_UNKNOWN',
    },
    {
        name: 'they do not read TCB info of version 2',
        holds: (given, mine, their) => mine.authentic && !their.accepted && isSgx(given) &&
            JSON.parse(given.tcb_info).tcbInfo.version === 2,
    },
    {
        name: 'they do not know the extended TD report, body type 4',
        holds: (given, mine, their) => mine.read && bodyType(given) === 4 &&
            /Unsupported body type/.test(their.error),
    },
    {
        name: 'they do not look at the size that stands before a body',
        holds: (given, mine, their) => their.accepted && !mine.read &&
            /size is not that of its type/.test(mine.why) && bodyType(given) > 1 &&
            given.quote.readUInt32LE(50) !== [0, 0, 584, 648][bodyType(given)],
    },
    {
        name: 'they do not compare the PCE id of the TCB info with the PCK certificate',
        holds: (given, mine, their) => their.accepted && mine.read &&
            mine.reasons.join() === 'TCB_INFO_MISMATCH' &&
            JSON.parse(given.tcb_info).tcbInfo.pceId !== pceIdOf(given),
    },
    {
        name: 'they always refuse a debug TEE; for us that is a claim, and policy decides',
        holds: (given, mine, their) => mine.authentic && isDebug(given) &&
            their.error === 'Debug mode is enabled',
    },
    {
        name: 'they always require SEPT_VE_DISABLE; for us it is a claim',
        holds: (given, mine, their) => mine.authentic && !mine.claims.sept_ve_disable &&
            their.error === 'SEPT_VE_DISABLE is not enabled',
    },
    {
        name: 'they always refuse a service TD; for us MRSERVICETD is a claim',
        holds: (given, mine, their) => mine.authentic &&
            bodyOf(given).subarray(600, 648).some((byte) => byte !== 0) &&
            their.error === 'Invalid mr service td',
    },
    {
        name: 'they compare all 16 TDX components also where the module has an identity',
        holds: (given, mine, their) => {
            if (!mine.authentic || moduleMajor(given) === 0)
                return false;
            const level = levelOfSixteen(given);
            return level ? their.status === level.tcbStatus : /No matching TCB/.test(their.error);
        },
    },
    {
        name: 'they know no TDX module identity and no relaunch advice',
        holds: (given, mine, their) => moduleMajor(given) > 0 && their.accepted &&
            (mine.authentic
                ? mine.claims.platform_status === their.status &&
                  (mine.claims.tdx_module_status !== 'UpToDate' ||
                   mine.claims.tcb_status.startsWith('TDRelaunch'))
                : mine.read && mine.reasons.every((reason) => reason === 'MODULE_MISMATCH' ||
                                                 reason === 'TCB_REVOKED')),
    },
    {
        name: 'they do not check who signed a CRL, or when, or that it can be read at all',
        holds: (given, mine, their) => their.accepted && mine.read && mine.reasons.length > 0 &&
            mine.reasons.every((reason) => reason.startsWith('CRL_')),
    },
    {
        name: 'they let anything follow a quote; we let only zeros',
        holds: (given, mine, their) => their.accepted && mine.read &&
            mine.reasons.join() === 'TRAILING_BYTES',
    },
    {
        name: 'they forgive damage to the text of the chain; we read three certificates or none',
        holds: (given, mine, their) => their.accepted && mine.read && given.original &&
            mine.reasons.includes('CHAIN_MALFORMED') &&
            mine.reasons.every((r) => r === 'CHAIN_MALFORMED' || r === 'TRAILING_BYTES') &&
            samePckAndCa(given.quote, given.original.quote),
    },
    {
        name: 'they refuse what begins later than now; for us that is a claim, as for Intel',
        holds: (given, mine, their) => mine.authentic && mine.claims.collateral_not_yet_valid &&
            /issue date is in the future|expired or not yet valid/.test(their.error),
    },
    {
        name: 'they want the root beside the TCB signer; we take the one in the quote',
        holds: (given, mine, their) => mine.authentic && given.mutated === 'tcb_signing_chain' &&
            !their.accepted,
    },
];

// --- mutants ---

function generator(seed) { // mulberry32
    let state = seed;
    const next = () => {
        state = (state + 0x6d2b79f5) | 0;
        let t = Math.imul(state ^ (state >>> 15), 1 | state);
        t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
        return (t ^ (t >>> 14)) >>> 0;
    };
    return { below: (limit) => next() % limit };
}

const EDITS = [
    function flip(bytes, dice) {
        const copy = Buffer.from(bytes);
        copy[dice.below(copy.length)] ^= 1 << dice.below(8);
        return copy;
    },
    function set(bytes, dice) {
        const copy = Buffer.from(bytes);
        copy[dice.below(copy.length)] = dice.below(256);
        return copy;
    },
    function remove(bytes, dice) {
        const at = dice.below(bytes.length);
        return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + dice.below(8))]);
    },
    function insert(bytes, dice) {
        const at = dice.below(bytes.length + 1);
        const extra = Buffer.alloc(1 + dice.below(8), dice.below(256));
        return Buffer.concat([bytes.subarray(0, at), extra, bytes.subarray(at)]);
    },
    function zero(bytes, dice) {
        const copy = Buffer.from(bytes);
        const at = dice.below(copy.length);
        return copy.fill(0, at, Math.min(copy.length, at + 1 + dice.below(64)));
    },
    function cut(bytes, dice) {
        return bytes.subarray(0, dice.below(bytes.length));
    },
    function append(bytes, dice) {
        return Buffer.concat([bytes, Buffer.alloc(1 + dice.below(100), dice.below(2) * dice.below(256))]);
    },
];

function mutant(sets, dice, number) {
    const base = sets[dice.below(sets.length)];
    const kind = dice.below(10);
    const part = PARTS[kind < 5 ? 0 : 1 + dice.below(PARTS.length - 1)];
    if (kind === 8) {
        const other = sets[dice.below(sets.length)];
        const swapped = PARTS[1 + dice.below(PARTS.length - 1)];
        return { ...base, [swapped]: other[swapped], mutated: swapped, original: base,
                 name: `${number}: ${base.name} with ${swapped} of ${other.name}` };
    }
    if (kind === 9) {
        const days = dice.below(121) - 60;
        return { ...base, at: base.at + days * 86400, mutated: 'time', original: base,
                 name: `${number}: ${base.name} ${days} days later` };
    }
    const edit = EDITS[dice.below(EDITS.length)];
    return { ...base, [part]: edit(base[part], dice), mutated: part, original: base,
             name: `${number}: ${base.name}, ${edit.name} in ${part}` };
}

// --- the comparison ---

async function main() {
    const sets = loadSets();
    const dice = generator(SEED);
    const cases = [...sets, ...loadOthers(sets), ...loadSynthetic()];
    for (let number = 1; number <= Number(mutantCount); number++)
        cases.push(mutant(sets, dice, number));

    const used = new Map(RULES.map((rule) => [rule, 0]));
    let equal = 0, accepted = 0, failed = 0;
    for (const given of cases) {
        const their = theirs(given);
        const mine = await ours.ask(given);
        accepted += mine.authentic;
        const rule = agree(mine, their) ? null : RULES.find((r) => r.holds(given, mine, their));
        if (rule === null) {
            equal++;
        } else if (rule) {
            used.set(rule, used.get(rule) + 1);
        } else {
            failed++;
            console.log(`FAIL ${given.name}\n  ours:   ${JSON.stringify(mine)}\n  theirs: ${JSON.stringify(their)}`);
        }
    }
    ours.end();
    console.log(`ok   ${equal} verdicts equal (${accepted} of ${cases.length} quotes authentic)`);
    for (const [rule, count] of used)
        console.log(`ok   ${count} differ by rule: ${rule.name}`);
    console.log(`${cases.length - failed} passed, ${failed} failed, 0 skipped`);
    process.exitCode = failed ? 1 : 0;
}

main();
