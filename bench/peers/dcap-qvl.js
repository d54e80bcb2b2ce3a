// SPDX-License-Identifier: Apache-2.0
//
// How many TDX quotes npm's @phala/dcap-qvl verifies in a second of processor time, collateral in memory.
// usage: node dcap-qvl.js SAMPLE-FOLDER COLLATERAL-SET UNIX-TIME
const fs = require('fs');
const path = require('path');
const { QuoteVerifier } = require('@phala/dcap-qvl');

const SECONDS = 4;
const [folder, set, at] = process.argv.slice(2);
const read = (name) => fs.readFileSync(path.join(folder, set, name));

// The body as received, and its signature.
function signedPart(file, member) {
    const match = read(file).toString('utf8').match(
        new RegExp(`^\\s*\\{"${member}":(\\{.*\\}),"signature":"([0-9a-fA-F]+)"\\}\\s*$`, 's'));
    return { body: match[1], signature: match[2] };
}

const info = signedPart('tcb_info.json', 'tcbInfo');
const identity = signedPart('qe_identity.json', 'enclaveIdentity');
const chain = read('tcb_signing_chain.pem').toString('latin1');
const collateral = {
    tcb_info: info.body, tcb_info_signature: info.signature, tcb_info_issuer_chain: chain,
    qe_identity: identity.body, qe_identity_signature: identity.signature, qe_identity_issuer_chain: chain,
    root_ca_crl: read('root_ca_crl.der'), pck_crl: read('pck_crl.der'),
};
const quote = new Uint8Array(fs.readFileSync(path.join(folder, 'evidence.bin')));
const verifier = new QuoteVerifier();
const verify = () => verifier.verify(quote, collateral, Number(at));

for (let i = 0; i < 20; i++)
    verify(); // warm
const began = process.cpuUsage();
let count = 0, taken = 0;
do {
    verify();
    count++;
    const used = process.cpuUsage(began);
    taken = (used.user + used.system) / 1e6;
} while (taken < SECONDS);
console.log((count / taken).toFixed(1));
