/* SPDX-License-Identifier: Apache-2.0 */

/* Pieces of a message, and what acknowledges and asks for them, from anybody. */

#include "spdm_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static spdm_again *const agains[] = {spdm_again_chunk_send, spdm_again_chunk_send_ack,
                                         spdm_again_chunk_get, spdm_again_chunk_response, NULL};
    return spdm_fuzz(data, size, agains);
}
