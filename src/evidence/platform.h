/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a TEE must bring to join: one `struct platform`, named <folder>_platform. */

#include "evidence/claim_names.h"
#include "evidence/endorsements.h"
#include "evidence/facts.h"

enum { EVIDENCE_SIZE_MAX = 256 << 10, BINDING_SIZE = 64 };

struct verification {
    slice evidence;
    slice binding; /* what the evidence must carry: 64 bytes on a link, fewer from a command line;
                    * empty: nothing to compare with */
    const struct endorsements *endorsements;
    int64_t now_s; /* Unix time at which certificates, CRLs and TCB info must hold */
};

struct collection {
    const char *tsm_root; /* configfs-tsm's report folder; NULL: /sys/kernel/config/tsm/report */
    slice binding;        /* 64 bytes */
    const char *tcti;     /* where a TPM is, as tpm2-tss writes it; NULL: its default */
    const char *qgs; /* a TDX host's quoting service (evidence/tdx/qgs.h); NULL: as configured */
    const char *spdm_device; /* over PCI DOE (evidence/spdm/collect.h); NULL: there is none */
};

struct platform {
    const char *name;  /* as in configuration files: "tdx" */
    const char *title; /* for people, what its evidence is of: "an Intel TDX trust domain" */

    /* Every claim that inspect and verify can make, with what appraisal must know about it. */
    const struct claim_name *claims;
    /* How the names of claims begin some of which a policy must pin beside the measurement, where
     * that is not of the guest; NULL: nothing. */
    const char *also_pinned;

    /* Told by content alone, from the first bytes: cheap, allocates nothing. */
    bool (*recognises)(slice evidence);

    /* The report data that it says it carries, which nobody vouches for yet. Cheap: a verifier that
     * asked for other bytes need not look further. Borrowed from `evidence`. NULL: it carries
     * nothing that its guest chose, and no link can rest on it. */
    status (*report_data)(slice evidence, slice *out);
    /* Whether that carries the binding; NULL: as binding_is() says. */
    bool (*is_bound)(slice report_data, slice binding);
    const char *binding_mismatch; /* the stable code for that: "TDX_BINDING_MISMATCH" */

    /* Decodes without judging. MALFORMED, TRUNCATED or UNSUPPORTED when it is not this evidence. */
    status (*inspect)(slice evidence, const struct endorsements *endorsements, struct facts *out);

    /*
     * As inspect, and every check. Fails only when the evidence cannot be decoded; whatever else is
     * wrong is a failed check in `out`. Says what is so, never whether it is acceptable.
     */
    status (*verify)(const struct verification *request, struct facts *out);

    /* Attester side; NULL where this build cannot collect, or must be told where to look (is_here).
     * `out_endorsements` may stay empty. */
    bool (*is_here)(const struct collection *where);
    status (*collect)(const struct collection *request, struct buffer *out_evidence,
                      struct buffer *out_endorsements);
};

/* What a platform's verify begins with: `verify` is called with endorsements, empty if need be. */
status verification_endorsed(const struct verification *request,
                             status (*verify)(const struct verification *, struct facts *),
                             struct facts *out);

/*
 * True when a field of fixed size carries the binding, followed by nothing but zeros. In constant
 * time, for fields in which a nonce must not be guessed byte by byte.
 */
bool binding_is(slice field, slice binding);

/* The same of report data, in the way that this platform carries a binding. */
bool platform_carries(const struct platform *platform, slice report_data, slice binding);

/*
 * Before any signature, for evidence that is bound to something else should cost little: false, and
 * a failed check in `out`, when the report data that it says it carries are not the binding. Of
 * what cannot be read, verification says better why.
 */
bool platform_may_be_bound(const struct platform *platform, const struct verification *request,
                           struct facts *out);

/* False: its evidence can be appraised, but no link can rest on it. */
bool platform_can_bind(const struct platform *platform);

const struct platform *platform_named(const char *name);
const struct platform *platform_of(slice evidence); /* NULL when nobody recognises it */
const struct platform *platform_here(const struct collection *where);

/* Calls for each platform in the table, in order; for help texts and tests. */
const struct platform *platform_at(size_t index); /* NULL past the last */

/*
 * Unwraps evidence written as hex, base64, PEM or CMW (docs/evidence-forms.md) to the vendor's raw
 * bytes. Raw bytes pass through. `out_type` is the media type of a CMW, else empty.
 */
status evidence_unwrap(slice file, struct buffer *out_evidence, char out_type[64]);

/* The stable reason code for evidence that could not be read: "EVIDENCE_TRUNCATED". */
const char *evidence_unread_reason(status failed);
