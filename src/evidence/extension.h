/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Our own endorsements and, for one verification, those that came with the evidence: a host's
 * certificate table, collateral. They are untrusted like any, so they must not stay; but a peer
 * sends the same ones each time, and to read them and follow their chains is most of the work.
 * So our own endorsements remember the extensions under which evidence was accepted, together with
 * what verification found out about their chains. Strangers cannot push those out.
 */

#include "evidence/endorsements.h"

enum { EXTENSIONS_REMEMBERED_MAX = 64 };

struct extension;

/*
 * What cannot be read among `files` is left out: if it was needed, verification says what is
 * missing. `base` may be NULL, and must outlive the extension and stay as it is. Callable from
 * several threads at once. EXHAUSTED without memory.
 */
status extension_acquire(const struct endorsements *base, const slice *files, size_t file_count,
                         struct extension **out);

/* What to verify with: `base` itself when the files added nothing. */
const struct endorsements *extension_endorsements(const struct extension *extension);

/* Evidence was accepted under it: remember it. */
void extension_remember(struct extension *extension);
void extension_release(struct extension *extension);

/* Forgets all; for endorsements_clear(). */
struct extension_memory;
void extension_memory_free(struct extension_memory *memory);
