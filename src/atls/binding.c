/* SPDX-License-Identifier: Apache-2.0 */
#include "atls/binding.h"

#include "codec/writer.h"
#include "crypto/hash.h"

#include <string.h>

#define BINDING_LABEL "cix evidence binding 1"

/* Label, names and counts of the other fields, with room to spare. */
enum { FIELDS_SIZE_MAX = 512 };

static void write_field(struct writer *writer, slice bytes)
{
    const size_t begin = write_begin_be16(writer);
    write_bytes(writer, bytes);
    write_end_be16(writer, begin);
}

static void write_round(struct writer *writer, uint32_t round)
{
    const size_t begin = write_begin_be16(writer);
    write_be32(writer, round);
    write_end_be16(writer, begin);
}

static status may_bind(const struct binding_input *input)
{
    if (input->prover != ROLE_CLIENT && input->prover != ROLE_SERVER)
        return FAIL(INTERNAL, "a binding needs the prover's role");
    if (!input->round)
        return FAIL(INTERNAL, "rounds count from one");
    if (!input->channel_kind || !*input->channel_kind || !input->platform || !*input->platform)
        return FAIL(INTERNAL, "a binding names the kind of channel and the platform");
    return OK;
}

/* T, in the protocol's order. */
static status write_fields(const struct binding_input *input, struct writer *writer, slice *out)
{
    const uint8_t role = (uint8_t)input->prover;
    struct digest claims;
    TRY(digest_of(HASH_SHA384, input->side_claims, &claims));
    write_field(writer, slice_of_text(BINDING_LABEL));
    write_field(writer, (slice){&role, 1});
    write_field(writer, slice_of_text(input->channel_kind));
    write_round(writer, input->round);
    write_field(writer, SLICE(input->nonce));
    write_field(writer, SLICE(input->exporter));
    write_field(writer, SLICE(input->prover_spki));
    write_field(writer, SLICE(input->verifier_spki));
    write_field(writer, slice_of_text(input->platform));
    write_field(writer, (slice){claims.data, claims.size});
    return writer_finish(writer, out);
}

status binding_compute(const struct binding_input *input, uint8_t out[BINDING_SIZE])
{
    uint8_t space[FIELDS_SIZE_MAX];
    struct writer writer = writer_over(space, sizeof space);
    struct digest binding;
    slice fields;
    TRY(may_bind(input));
    status computed = write_fields(input, &writer, &fields);
    if (!computed.fault)
        computed = digest_of(HASH_SHA512, fields, &binding);
    wipe(space, sizeof space); /* the exporter's value is nobody else's, whatever happened */
    TRY(computed);
    memcpy(out, binding.data, BINDING_SIZE);
    return OK;
}
