/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/shape.h"

struct spdm_shape spdm_shape_reversed(const struct spdm_shape *shape)
{
    struct spdm_shape reversed = *shape;
    reversed.signature_size = shape->requester_signature_size;
    reversed.requester_signature_size = shape->signature_size;
    reversed.responder_is_multi_key = shape->requester_is_multi_key;
    reversed.requester_is_multi_key = shape->responder_is_multi_key;
    return reversed;
}
