/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/message/summary.h"

status spdm_summary_check(uint8_t field)
{
    if (field != SPDM_SUMMARY_NONE && field != SPDM_SUMMARY_TCB && field != SPDM_SUMMARY_ALL)
        return FAIL(MALFORMED, "SPDM message wants a summary of measurements that there is not");
    return OK;
}
