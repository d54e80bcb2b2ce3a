/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The four messages about key pairs from anybody. Bits of post-quantum algorithms may come in any
 * number of bytes and are written in four, so it is the second writing that must be as the first.
 */

#include "spdm_again_sessions.h"
#include "spdm_fuzz.h"

static void normalise(spdm_again *again, const struct spdm_scene *scene, slice message)
{
    static uint8_t space[SPDM_FUZZ_SIZE_MAX];
    struct reader reader = reader_of(message);
    struct writer writer = writer_over(space, sizeof space);
    slice written;
    if (again(&reader, scene, &writer).fault)
        return;
    assert(!writer_finish(&writer, &written).fault);
    spdm_fuzz_again(again, scene, written);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static spdm_again *const agains[] = {spdm_again_get_key_pair_info, spdm_again_key_pair_info,
                                         spdm_again_set_key_pair_info,
                                         spdm_again_set_key_pair_info_ack};
    if (size < 2 || size > SPDM_FUZZ_SIZE_MAX / 2)
        return 0;
    const struct spdm_scene scene = spdm_fuzz_scene(data[0], data[1]);
    for (size_t i = 0; i < sizeof agains / sizeof *agains; i++)
        normalise(agains[i], &scene, (slice){data + 2, size - 2});
    return 0;
}
