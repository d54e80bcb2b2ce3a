"""How each family of samples is given to `cix`, and what its manifests mean in our words."""
import datetime
import json
import os
import re
import shutil

ACCEPTED, DENIED = {'accepted'}, {'denied'}
NOT_AUTHENTIC = {'unauthentic', 'malformed'}
REFUSED = NOT_AUTHENTIC | DENIED


class Sample:
    def __init__(self, folder, work):
        self.folder, self.work = folder, work
        self.manifest = json.load(open(self.file('manifest.json')))
        self.id = self.manifest['id']
        self.expected = self.manifest['expected']
        self.claims = self.manifest.get('claims') or {}
        self.is_positive = self.manifest['kind'] == 'positive'

    def file(self, name):
        return os.path.join(self.folder, name)

    def has(self, name):
        return os.path.exists(self.file(name))

    def at(self):
        time = (self.manifest.get('verification_time') or {}).get('at')
        return ['--at', time] if time else []

    def copy(self, to):
        shutil.rmtree(to, ignore_errors=True)
        shutil.copytree(self.folder, to)
        return Sample(to, self.work)


def flat(claims, prefix=''):
    for name, value in claims.items():
        if isinstance(value, dict):
            yield from flat(value, f'{prefix}{name}.')
        else:
            yield prefix + name, value


# E4
class Family:
    """One file of evidence, its endorsements in the same folder."""
    evidence = 'evidence.bin'
    trust = None   # the file with the root that only the sample's test PKI has
    names = {}     # the manifest's name of a claim: ours, or None where it is no claim; both may end in *
    platform = None

    def endorsements(self, sample):
        return ['--endorsements', sample.folder]

    def given(self, sample):
        return [*self.endorsements(sample), *sample.at()]

    def trusting(self, sample):
        return ['--trust', sample.file(self.trust)] if self.trust and sample.has(self.trust) else []

    def name(self, theirs):
        if theirs in self.names:
            return self.names[theirs]
        for pattern, ours in self.names.items():
            if pattern.endswith('*') and theirs.startswith(pattern[:-1]):
                return ours and ours[:-1] + theirs[len(pattern) - 1:]
        return theirs

    def value(self, theirs, value):
        return value

    def claims(self, sample):
        for theirs, value in flat(sample.claims):
            ours = self.name(theirs)
            if ours:
                yield ours, self.value(theirs, value)

    def plain(self, sample):
        """The verdicts that are right without a policy."""
        return ACCEPTED if sample.is_positive else None

    def strict(self, sample):
        """The verdicts that are right under the strict policy; None: that depends on what we do not know."""
        return None if sample.is_positive else REFUSED

    def judge(self, tool, sample):
        evidence, given = sample.file(self.evidence), self.given(sample)
        trusting = self.trusting(sample)
        if trusting:
            tool.expect_verdict('without its root', tool.verify('without its root', evidence, *given), NOT_AUTHENTIC)
        answer = tool.verify('verify', evidence, *given, *trusting)
        if self.plain(sample):
            tool.expect_verdict('verify', answer, self.plain(sample))
        strict = tool.verify('strict', evidence, '--policy', 'strict', *given, *trusting)
        if self.strict(sample):
            tool.expect_verdict('strict', strict, self.strict(sample))
        if sample.is_positive:
            bare = tool.verify('bare', evidence, *sample.at())
            self.judge_bare(tool, bare)
            tool.expect(answer.get('platform') == self.platform, f'platform is {answer.get("platform")}')
        if answer.get('verdict') != 'malformed':
            tool.expect_claims('verify', answer.get('claims', {}), self.claims(sample))
        self.judge_more(tool, sample, answer)

    def judge_bare(self, tool, bare):
        tool.expect_verdict('without endorsements', bare, NOT_AUTHENTIC)

    def judge_more(self, tool, sample, answer):
        pass

    def expect_refusal(self, tool, sample, what, reason):
        evidence = sample.file(self.evidence)
        answer = tool.verify(what, evidence, *self.given(sample), *self.trusting(sample))
        if self.is_for_policy(reason):
            answer = tool.verify(what, evidence, '--policy', 'strict', *self.given(sample), *self.trusting(sample))
            tool.expect_verdict(what, answer, REFUSED)
        else:
            tool.expect_verdict(what, answer, NOT_AUTHENTIC)

    def is_for_policy(self, reason):
        return False


class Snp(Family):
    platform = 'snp'

    def strict(self, sample):
        if sample.expected.get('debug') or sample.claims.get('vmpl'):
            return DENIED
        return ACCEPTED | DENIED if sample.is_positive else REFUSED

    def judge(self, tool, sample):
        if sample.has(self.evidence):
            super().judge(tool, sample)
        else:
            self.judge_revocation(tool, sample)

    def judge_revocation(self, tool, sample):
        """An intermediate that AMD took back: any report of a Genoa chip, with that chain and the CRL."""
        folder = os.path.join(os.path.dirname(sample.folder), 'genoa-v3-vcek-tsm-report')
        for name, wanted in ('ask_revoked.der', NOT_AUTHENTIC), ('ask_current.der', None):
            answer = tool.verify(name, os.path.join(folder, 'evidence.bin'),
                                 *[a for f in ('vcek.der', 'vcek.pem') if os.path.exists(os.path.join(folder, f))
                                   for a in ('--endorsements', os.path.join(folder, f))],
                                 *[a for f in (name, 'ark.der', 'crl_genoa.der') if sample.has(f)
                                   for a in ('--endorsements', sample.file(f))], *sample.at())
            revoked = any('REVOKED' in reason for reason in answer.get('reasons', []))
            tool.expect(revoked == (wanted is not None) or name == 'ask_revoked.der' and
                        answer.get('verdict') == 'unauthentic', f'{name}: {answer.get("reasons")}')


# Vendor samples whose collateral is of another QE and TDX module than the quote: Intel's sample files were never made
# to fit together (MRSIGNER of the QE report and of the identity beside it differ; compare them with any JSON reader).
OTHER_COLLATERAL = {'tdx/intel-sample-own-root'}


class Dcap(Family):
    trust = 'trustedRootCaCert.pem'

    def judge(self, tool, sample):
        sets = sample.manifest.get('collateral_sets') or []
        if sample.is_positive and sets and not sample.has(self.trust):
            for collateral in sets:
                self.judge_set(tool, sample, collateral)
        else:
            self.judge_alone(tool, sample)

    def judge_set(self, tool, sample, collateral):
        what, evidence = collateral['dir'], sample.file(self.evidence)
        given = ['--endorsements', sample.file(collateral['dir']), '--at', collateral['verify_at']]
        status = collateral['expected']['final']
        answer = tool.verify(what, evidence, *given)
        tool.expect_verdict(what, answer, ACCEPTED)
        tool.expect(answer.get('claims', {}).get('tcb_status') == status,
                    f'{what}: TCB status is {answer.get("claims", {}).get("tcb_status")}, not {status}')
        tool.expect_claims(what, answer.get('claims', {}), self.claims(sample))
        good = status == 'UpToDate' and not sample.claims.get('debug')
        strict = tool.verify(what, evidence, '--policy', 'strict', *given)
        tool.expect_verdict(what + ' strict', strict, ACCEPTED if good else DENIED)
        bare = tool.verify('bare', evidence, '--at', collateral['verify_at'])
        tool.expect_verdict('without endorsements', bare, NOT_AUTHENTIC)

    def judge_alone(self, tool, sample):
        """Without a usable set of collateral: the quote's own signatures and chain, and the root."""
        answer = tool.verify('verify', sample.file(self.evidence), *self.given(sample), *self.trusting(sample))
        checks = {check['check']: check['result'] for check in answer.get('checks', [])}
        whole = sample.is_positive and sample.has(self.trust) and sample.id not in OTHER_COLLATERAL
        tool.expect_verdict('verify', answer, ACCEPTED if whole else NOT_AUTHENTIC)
        tool.expect_claims('verify', answer.get('claims', {}), self.claims(sample))
        if sample.is_positive:
            tool.expect(checks.get('signature') == 'pass' and checks.get('chain') == 'pass', f'checks are {checks}')
        if sample.has(self.trust):
            answer = tool.verify('without its root', sample.file(self.evidence), *self.given(sample))
            tool.expect(any('ROOT_UNTRUSTED' in reason for reason in answer.get('reasons', [])),
                        f'without its root: {answer.get("reasons")}')

    def expect_refusal(self, tool, sample, what, reason):
        collateral = sample.manifest['collateral_sets'][0]
        answer = tool.verify(what, sample.file(self.evidence), '--endorsements', sample.file(collateral['dir']),
                             '--at', collateral['verify_at'])
        tool.expect_verdict(what, answer, NOT_AUTHENTIC)


    def value(self, theirs, value):
        return value.lower() if theirs == 'tcb_info.fmspc' else value # a document may write it in either case


class Tdx(Dcap):
    platform = 'tdx'


# E9, E10, E17, E18, E20, E21, E22, E23, E25, E26, E27, E28, E29
class Synthetic(Family):
    """Valid but for one thing, under a root of its own."""

    def judge(self, tool, sample):
        evidence, given = sample.file(self.evidence), self.given(sample)
        tool.expect_verdict('without its root', tool.verify('without its root', evidence, *given), NOT_AUTHENTIC)
        given += ['--trust', sample.file(self.trust)]
        answer = tool.verify('verify', evidence, *given)
        strict = tool.verify('strict', evidence, '--policy', 'strict', *given)
        self.judge_verdicts(tool, sample, answer, strict)
        if answer.get('verdict') not in (None, 'malformed') and not self.is_edited(sample):
            tool.expect_claims('verify', answer.get('claims', {}), self.claims(sample))

    def is_edited(self, sample):
        """The manifest has the claims from before a byte was changed, or an extension left out."""
        return re.search('edited|no-sgx-ext', sample.id)

    def judge_verdicts(self, tool, sample, answer, strict):
        verdict = sample.expected['verdict']
        if verdict in ('accept', 'policy'):
            tool.expect_verdict('verify', answer, ACCEPTED)
        if verdict == 'accept':
            tool.expect_verdict('strict', strict, ACCEPTED | DENIED)
        if verdict not in ('accept', 'policy'):
            tool.expect_verdict('strict', strict, REFUSED)


class SyntheticSnp(Synthetic):
    trust = 'ark.der'
    names = {'reported_tcb_components.bl': 'reported_tcb.bootloader',
             'reported_tcb_components.uc': 'reported_tcb.microcode',
             'reported_tcb_components.*': 'reported_tcb.*'}

    def claims(self, sample):
        """The manifests say what the report was made from: only Turin's encoding has the FMC level, and where the
        report's CPUID is of another product on purpose, the certificate's is meant."""
        other = 'cpuid product' in (sample.expected.get('failing_checks') or [])
        for ours, value in super().claims(sample):
            if ours == 'reported_tcb.fmc' and (sample.claims['product'] != 'Turin' or other):
                continue
            if ours == 'product' and other:
                continue
            yield ours, value


class SyntheticDcap(Synthetic):
    trust = 'trustedRootCaCert.pem'
    names = {'case': None}
    statuses = {'UpToDate', 'OutOfDate', 'NotSupported', 'TDRelaunchAdvised', 'SWHardeningNeeded',
                'OutOfDateConfigurationNeeded', 'ConfigurationAndSWHardeningNeeded'}

    def endorsements(self, sample):
        return ['--endorsements', sample.file('collateral-1')]

    def judge_verdicts(self, tool, sample, answer, strict):
        verdict = sample.expected['verdict']
        if verdict not in self.statuses:
            super().judge_verdicts(tool, sample, answer, strict)
            if verdict == 'Revoked':
                tool.expect_verdict('revoked', answer, {'unauthentic'})
            return
        tool.expect_verdict('verify', answer, ACCEPTED)
        tool.expect(answer.get('claims', {}).get('tcb_status') == verdict,
                    f'TCB status is {answer.get("claims", {}).get("tcb_status")}, not {verdict}')
        good = verdict == 'UpToDate' and not sample.expected['strict_verdict']
        tool.expect_verdict('strict', strict, ACCEPTED if good else DENIED)


class Azure(Family):
    """In Trustee's JSON; the hardware's own roots lie beside it, or collateral with the TDX sample named here."""
    evidence = 'evidence.json'
    names = {'pcrs.*': 'pcrs.sha256.*', 'report_type': 'hcl_report_type', 'hash_type': 'hcl_hash_type',
             'user_data': 'hcl_user_data', 'vm_configuration.vmUniqueId': 'vm_configuration.vm_unique_id',
             'snp.version': 'report_version', 'snp.policy': 'policy.raw', 'snp.report_data': 'hardware_report_data',
             'snp.reported_tcb': None, 'snp.*': '*', 'tdx.mrtd': 'measurement', 'tdx.report_data': 'hardware_report_data',
             'tdx.*': 'body.*', 'tpm.extra': 'report_data', 'tpm.reset': 'reset_count', 'tpm.restart': 'restart_count',
             'tpm.digest': 'pcr_digest', 'tpm.qualified_signer': 'qualified_signer', 'tpm.clock': 'clock', 'tpm.*': None}

    def __init__(self, platform):
        self.platform = platform

    def name(self, theirs):
        ours = super().name(theirs)
        return ours.replace('-', '_') if ours and ours.startswith('vm_configuration.') else ours


class AzureSnp(Azure):
    def judge_more(self, tool, sample, answer):
        nonce = sample.claims['tpm']['extra']
        given = [sample.file(self.evidence), *self.given(sample)]
        tool.expect_verdict('bound', tool.verify('bound', *given, '--report-data', nonce), ACCEPTED)
        tool.expect_verdict('bound otherwise', tool.verify('bound otherwise', *given, '--report-data', nonce[2:]),
                            {'unauthentic'})


class AzureTdx(Azure):
    """The collateral of the time of a sample is nowhere to be had: each is judged by some of another time."""
    collateral = {'azure-tdx/trustee-v1': ('v4-gcp-cos113-ccel/collateral-1', '2024-12-07T12:16:52Z'),
                  'azure-tdx/with-ak-chain-2026': ('v5-gotdx-uptodate/collateral-2', '2026-07-02T08:12:19Z')}

    # Of the YAML file, and of the AK's chain, about which there are checks and no claims.
    names = Azure.names | {'yaml_members': None, 'ak_*': None}

    def judge_more(self, tool, sample, answer):
        results = {check['check']: check['result'] for check in answer.get('checks', [])}
        if sample.claims.get('ak_cert_key_equals_HCLAkPub'):
            for name in ('ak_key', 'ak_chain', 'ak_certificate', 'ak_validity'):
                tool.expect(results.get(name) == 'pass', f'{name}: {results.get(name)}')

    def judge(self, tool, sample):
        self.tdx = os.path.join(sample.folder, '../../tdx')
        if not sample.has(self.evidence):
            sample = self.put_together(sample)
        super().judge(tool, sample)

    def given(self, sample):
        folder, at = self.collateral[sample.id]
        root = sample.file('azure-virtual-tpm-root-2023.pem')
        return [*(['--endorsements', root] if os.path.exists(root) else []), '--endorsements',
                os.path.join(self.tdx, folder), '--at', at]

    def put_together(self, sample):
        """A folder of files as tpm2-tools write them, from the lists of numbers in the YAML."""
        quote = open(sample.file('evidence.yaml')).read().split('\n    signature:\n', 1)[1]
        parts = re.split(r'\n    (?:message|pcrs):\n', quote)
        copy = sample.copy(os.path.join(sample.work, 'azure'))
        folder = os.path.join(sample.work, 'azure-parts')
        shutil.rmtree(folder, ignore_errors=True)
        os.mkdir(folder)
        for name in os.listdir(copy.folder):
            if name.endswith(('.der', '.bin')):
                shutil.copy(copy.file(name), folder)
        for name, part in zip(('tpm_quote.sig', 'tpm_quote.msg', 'pcrs_sha256.bin'), parts):
            numbers = re.findall(r'- (\d+)$', re.split(r'\n +\w+:', part)[0], re.M)
            open(os.path.join(folder, name), 'wb').write(bytes(map(int, numbers)))
        copy.file = lambda name: folder if name == self.evidence else os.path.join(copy.folder, name)
        return copy


class EventLog(Family):
    """A log is no evidence: it is shown beside some, as a TEE's among the endorsements or as a TPM's in its folder.
    What the registers hold after it is samples_test.c's to compare."""

    def judge(self, tool, sample):
        root, log = os.path.join(sample.folder, '../..'), sample.file('event_log.bin')
        if not sample.claims:
            code, _ = tool.run('inspect', os.path.join(root, 'snp/milan-v2-vcek-virtee/evidence.bin'), '--json',
                               '--endorsements', log)
            tool.expect(code == 64, f'ends with {code}: a log that is none is taken')
            return
        if 'sha1' in sample.claims['algorithms']:
            folder = os.path.join(sample.work, 'tpm')
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(os.path.join(root, 'tpm2/gce-cos-85-nonce9009'), folder)
            os.chmod(os.path.join(folder, 'event_log.bin'), 0o644)
            shutil.copy(log, os.path.join(folder, 'event_log.bin'))
            code, answer = tool.run('inspect', folder, '--json')
        else:
            code, answer = tool.run('inspect', os.path.join(root, 'snp/milan-v2-vcek-virtee/evidence.bin'), '--json',
                                    '--endorsements', log)
        tool.expect(code == 0, f'ends with {code}')
        tool.expect(len(answer.get('events', [])) == sample.claims['events'],
                    f'{len(answer.get("events", []))} events, not {sample.claims["events"]}')


class Tpm(Family):
    """The folder itself: files of several tools, packed. GCE's roots are pinned, other keys are the caller's."""
    platform = 'tpm'
    evidence = '.'
    names = {'attest.extra': 'report_data', 'attest.reset': 'reset_count', 'attest.restart': 'restart_count',
             'attest.safe': 'clock_safe', 'attest.fw': 'firmware_version', 'attest.digest': 'pcr_digest',
             'attest.qualified_signer': 'qualified_signer', 'attest.clock': 'clock', 'attest.*': None,
             'ak.attr': 'ak.attributes', 'ak.namealg': 'ak.name_algorithm', 'quotes': None,
             'event_log_algorithms': 'event_log.algorithms', 'event_count': 'event_log.event_count'}
    banks = {'0x4': 'sha1', '0xb': 'sha256', '0xc': 'sha384'}

    def value(self, theirs, value):
        if theirs == 'attest.safe':
            return bool(value)
        return int(value, 16) if theirs in ('attest.fw', 'ak.scheme', 'ak.attr', 'ak.namealg') else value

    def endorsements(self, sample):
        return ['--endorsements', sample.file('ca')] if sample.has('ca') else []

    def trusting(self, sample):
        if sample.has('ca'):
            return []
        return ['--trust', sample.file('ak_pub.pem' if sample.has('ak_pub.pem') else 'ak_pub.der')]

    def strict(self, sample):
        return ACCEPTED

    def judge_more(self, tool, sample, answer):
        attest = sample.claims.get('attest')
        quotes = [attest] if attest else sample.claims['quotes']
        selections = attest['sel'] if attest else [quote['sel'] for quote in quotes]
        pcrs = answer.get('claims', {}).get('pcrs', {})
        for bank, numbers in selections:
            found = sorted(int(number) for number in pcrs.get(self.banks[bank], {}))
            tool.expect(found == numbers, f'PCRs of {bank} are {found}')
        given = [sample.folder, *self.given(sample), *self.trusting(sample)]
        nonce = quotes[0]['extra']
        tool.expect_verdict('bound', tool.verify('bound', *given, '--report-data', nonce), ACCEPTED)
        other = f'{int(nonce[:2], 16) ^ 1:02x}{nonce[2:]}'
        tool.expect_verdict('bound otherwise', tool.verify('bound otherwise', *given, '--report-data', other),
                            {'unauthentic'})
        if sample.has('evidence.json'):
            packed = tool.verify('JSON', sample.file('evidence.json'), *self.trusting(sample))
            tool.expect(packed.get('claims') == answer.get('claims'), 'JSON and folder claim different things')


class Sgx(Dcap):
    platform = 'sgx'

    def judge(self, tool, sample):
        if sample.is_positive and not sample.has(self.trust) and not sample.manifest.get('collateral_sets'):
            return self.judge_alone(tool, sample)
        return super().judge(tool, sample)


class Csv(Family):
    platform = 'csv'
    names = {'measure': 'measurement'}

    def plain(self, sample):
        return NOT_AUTHENTIC if 'chain incomplete' in sample.expected['verdict'] else super().plain(sample)

    def endorsements(self, sample):
        return [a for name in ('hsk_cek.cert', 'hrk.cert') if sample.has(name)
                for a in ('--endorsements', sample.file(name))]


class SyntheticCsv(Synthetic):
    trust = 'hrk.cert'
    names = {'measure': 'measurement', 'policy': 'policy.raw'}
    endorsements = Csv.endorsements

    def given(self, sample):
        """An extended report's registers are those of the one SM3 log there is."""
        log = os.path.join(sample.folder, '../../eventlog/ccel-csv-sm3/event_log.bin')
        given = ['--endorsements', log] if 'rtmr' in sample.id or 'v2-valid' in sample.id else []
        return [*self.endorsements(sample), *given, *sample.at()]


class Sev(Family):
    """The platform's own certificate is the evidence where there is no report of a guest."""
    platform = 'sev'
    evidence = 'pdh.cert'

    def endorsements(self, sample):
        return [a for name in ('ask', 'ark', 'cek', 'oca', 'pek')
                for a in ('--endorsements', sample.file(name + '.cert'))]


class SyntheticSev(Synthetic):
    trust = 'ark.cert'
    names = {'policy': 'policy.raw', 'launch_digest': 'measurement'}
    endorsements = Sev.endorsements


COMPONENT = {'1': 'type', '2': 'measurement', '4': 'version', '5': 'signer_id', '6': 'hash_alg'}


def components(value):
    """Arm's software components: a list of maps with numbers for names."""
    for i, component in enumerate(value):
        for number, member in component.items():
            yield f'components.{i}.{COMPONENT[number]}', member


class Cca(Family):
    platform = 'cca'
    trust = 'cpak_pub.pem'
    names = {'realm.265': 'realm_profile', 'realm.10': 'report_data', 'realm.256': 'realm_instance_id',
             'realm.44236': 'realm_hash_algorithm', 'realm.44240': 'rak_hash_algorithm',
             'realm.44235': 'personalisation_value', 'realm.44237': 'rak', 'realm.44238': 'measurement',
             'realm.44243': 'realm_claim_44243', 'platform.265': 'profile', 'platform.10': 'platform_challenge',
             'platform.2396': 'implementation_id', 'platform.256': 'instance_id', 'platform.2401': 'configuration',
             'platform.2395': 'lifecycle', 'platform.2402': 'hash_algorithm', 'platform.2400': 'verification_service',
             # how the token is written, not what it claims
             'rak_form': None, 'realm_protected': None, 'platform_protected': None}

    def claims(self, sample):
        for name, value in super().claims(sample):
            if name == 'realm.44239':
                yield from ((f'rem{i}', register) for i, register in enumerate(value))
            elif name == 'platform.2399':
                yield from components(value)
            else:
                yield name, value

    def endorsements(self, sample):
        return []


class Psa(Family):
    platform = 'psa'
    trust = 'iak_pub.pem'
    names = {'265': 'profile', '10': 'report_data', '2397': 'boot_seed', '256': 'instance_id',
             '2396': 'implementation_id', '2394': 'client_id', '2395': 'lifecycle', '2400': 'verification_service',
             '2398': 'certification_reference', '-75000': 'profile', '-75001': 'client_id', '-75002': 'lifecycle',
             '-75003': 'implementation_id', '-75004': 'boot_seed', '-75005': 'certification_reference',
             '-75008': 'report_data', '-75009': 'instance_id', '-75010': 'verification_service'}

    def claims(self, sample):
        for name, value in super().claims(sample) if sample.is_positive else []:
            if name in ('2399', '-75006'):
                yield from components(value)
            else:
                yield name, str(value) if name == 'client_id' else value # signed, and ours are not

    def endorsements(self, sample):
        return []


class Nitro(Family):
    platform = 'nitro'
    names = {'module': 'module_id', 'time': 'timestamp', 'pcr0': 'measurement', 'user_data': 'report_data',
             'npcr': None, 'pcr8': None} # how many there are, and the beginning of one

    def endorsements(self, sample):
        return []

    def claims(self, sample):
        for name, value in super().claims(sample):
            if name == 'timestamp':
                value = round(datetime.datetime.fromisoformat(value).timestamp() * 1000)
            if value != '' or name not in ('report_data', 'nonce', 'public_key'): # absent ones are no claims
                yield name, value

    def strict(self, sample):
        if not sample.is_positive:
            return REFUSED
        return DENIED if sample.claims['debug'] else ACCEPTED

    def judge_bare(self, tool, bare):
        tool.expect_verdict('by itself', bare, ACCEPTED) # its chain comes with it


KEY_DESCRIPTION = {'attestationVersion': 'attestation_version', 'keyMintVersion': 'keymint_version',
                   'attestationSecurityLevel': 'attestation_security_level', 'uniqueId': 'unique_id',
                   'keyMintSecurityLevel': 'keymint_security_level', 'attestationChallenge': 'report_data',
                   'provisioning_info_ext_in_cert': 'provisioning.certificate',
                   'provisioning_info_hex': 'provisioning.info',
                   'hardwareEnforced.703': 'hardware_enforced.rollback_resistant', # tags that the decoder there left
                   'hardwareEnforced.11': 'hardware_enforced.ml_dsa_variant'}


class Android(Family):
    platform = 'android'
    evidence = 'evidence.pem'
    names = KEY_DESCRIPTION
    keys = {'RSAPublicKey': 'RSA', 'ECPublicKey': 'EC', 'MLDSA65PublicKey': 'ML-DSA-65'}

    def name(self, theirs):
        """softwareEnforced.osVersion: software_enforced.os_version"""
        return KEY_DESCRIPTION.get(theirs) or re.sub('[A-Z]', lambda letter: '_' + letter.group().lower(), theirs)

    def claims(self, sample):
        for name, value in super().claims(sample):
            if name.endswith('attestation_application_id'):
                yield name + '.digest', value.removeprefix('sha256:')
            elif name == 'leaf_key':
                yield name, self.keys.get(value, value)
            else:
                yield name, value

    def endorsements(self, sample):
        return []

    def strict(self, sample):
        if not sample.is_positive:
            return REFUSED
        return ACCEPTED if sample.expected['default_policy'].startswith('accept') else DENIED

    def judge_bare(self, tool, bare):
        tool.expect_verdict('by itself', bare, ACCEPTED) # its chain comes with it


class Nvidia(Family):
    platform = 'nvidia'
    names = {'request_nonce': 'report_data', 'vbios_raw': 'opaque.vbios_version'}
    opaque = {3: 'driver_version', 4: 'gpu_info', 5: 'sku', 6: 'vbios_version', 11: 'nvdec0_status', 12: 'msrscnt',
              13: 'cprinfo', 14: 'board_id', 15: 'chip_sku', 16: 'chip_sku_mod', 17: 'project', 18: 'project_sku',
              19: 'project_sku_mod', 20: 'fwid', 21: 'protected_pcie_status', 22: 'switch_pdi', 23: 'floorswept_ports',
              24: 'position_id', 25: 'lock_switch_status', 26: 'field_26', 32: 'gpu_link_conn',
              33: 'sys_enable_status', 34: 'opaque_data_version', 35: 'chip_info', 36: 'feature_flag'}

    def name(self, theirs):
        if theirs.startswith('opaque_fields.'):
            return 'opaque.' + self.opaque[int(theirs.split('.')[1])]
        return super().name(theirs)

    def value(self, theirs, value):
        if value and '..' in str(value): # "00ab..256": how it begins, and its size
            begin, size = value.split('..')
            return lambda found: found is not None and found.startswith(begin) and len(found) == 2 * int(size)
        return value.replace('2.5.4.5=', 'serialNumber=') if theirs == 'leaf_subject' else value


class LaunchDigest:
    """No evidence, but what evidence will say: the digests that another tool computed of the same files."""
    modes = {'sev': 'sev', 'seves': 'sev-es', 'snp': 'snp'}

    def judge(self, tool, sample):
        for vector in json.load(open(sample.file('vectors.json'))):
            arguments = ['measure', self.modes[vector['mode']], '--firmware', sample.file('ovmf_AmdSev_suffix.bin'),
                         '--vcpus', str(vector['vcpus']), '--vcpu-type', vector['vcpu_type'], '--vmm', vector['vmm'],
                         '--guest-features', vector['guest_features'].removeprefix('0x'), '--json']
            for name, option in (('kernel', '--kernel'), ('initrd', '--initrd')):
                arguments += [option, sample.file(vector[name])] if vector[name] else []
            arguments += ['--append', vector['cmdline']] if vector['cmdline'] else []
            code, answer = tool.run(*arguments)
            tool.expect(code == 0 and answer.get('measurement') == vector['launch_digest'],
                        f'{" ".join(arguments[1:])}: {answer}, not {vector["launch_digest"]}')


FAMILIES = {
    'android-key': Android(),
    'azure-snp': AzureSnp('azure_snp'),
    'azure-tdx': AzureTdx('azure_tdx'),
    'eventlog': EventLog(),
    'cca': Cca(),
    'hygon-csv': Csv(),
    'launch-digest': LaunchDigest(),
    'nitro': Nitro(),
    'nvidia-gpu': Nvidia(),
    'psa': Psa(),
    'sev': Sev(),
    'sgx': Sgx(),
    'snp': Snp(),
    'tdx': Tdx(),
    'tpm2': Tpm(),
    'synthetic-csv': SyntheticCsv(),
    'synthetic-dcap': SyntheticDcap(),
    'synthetic-sev': SyntheticSev(),
    'synthetic-snp': SyntheticSnp(),
}
