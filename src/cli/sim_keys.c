/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/sim.h"

#include "codec/text.h"

static status make_key(enum curve curve, struct buffer *out)
{
    SCOPED(private_key) key = {0};
    TRY(private_key_generate(curve, &key));
    return private_key_write_pem(&key, out);
}

static status make_p256(struct buffer *out)
{
    return make_key(CURVE_P256, out);
}

static status make_p384(struct buffer *out)
{
    return make_key(CURVE_P384, out);
}

status sim_kept_key(const struct sim_home *home, const char *name, enum curve curve,
                    struct private_key *out)
{
    SCOPED(buffer) kept = {0};
    TRY(sim_folder_keep(home->path, name, curve == CURVE_P256 ? make_p256 : make_p384, &kept));
    return private_key_read_pem(buffer_view(&kept), out);
}

status sim_publish_key(const struct sim_home *home, const char *file, const struct private_key *key)
{
    SCOPED(public_key) public = {0};
    SCOPED(buffer) spki = {0};
    SCOPED(buffer) pem = {0};
    TRY(private_key_public(key, &public));
    TRY(public_key_spki(&public, &spki));
    TRY(pem_write("PUBLIC KEY", buffer_view(&spki), &pem));
    return sim_folder_publish(home->path, "trust", file, buffer_view(&pem));
}
