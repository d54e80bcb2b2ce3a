/* SPDX-License-Identifier: Apache-2.0 */

/* TCB infos are read before their signature is checked. What is read keeps the limits and matches
 * levels without looking outside them. */

#include "evidence/dcap/tcb_info.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_verdict(const struct tcb_verdict *verdict)
{
    assert(verdict->status >= TCB_REVOKED && verdict->status <= TCB_UP_TO_DATE);
    assert(json_array_size(verdict->advisory_ids) <= ADVISORIES_MAX);
}

static void check_module(const struct tdx_module *module)
{
    assert(module->level_count > 0 && module->level_count <= SVN_LEVELS_MAX);
    for (size_t i = 0; i < module->level_count; i++)
        check_verdict(&module->levels[i].verdict);
    svn_level_match(module->levels, module->level_count, 7);
}

static void check_info(const struct tcb_info *info, slice text)
{
    static const uint8_t svns[TCB_COMPONENTS] = {3, 1, 2};
    const struct tcb_svns have = {svns, info->kind == TCB_INFO_TDX ? svns : NULL, 13};
    const slice body = info->document.signed_bytes;
    assert(body.size > 1 && body.data >= text.data);
    assert(body.data + body.size <= text.data + text.size);
    assert(body.data[0] == '{' && body.data[body.size - 1] == '}');
    assert(info->level_count > 0 && info->level_count <= TCB_LEVELS_MAX);
    assert(info->module_count <= TDX_MODULES_MAX);
    for (size_t i = 0; i < info->level_count; i++)
        check_verdict(&info->levels[i].verdict);
    for (size_t i = 0; i < info->module_count; i++)
        check_module(&info->modules[i]);
    tcb_level_match(info->levels, info->level_count, &have);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct tcb_info info, again;
    const slice text = {data, size};
    if (tcb_info_read(text, &info).fault)
        return 0;
    check_info(&info, text);
    /* What was signed says the same alone. */
    json_t *const body = json_loadb((const char *)info.document.signed_bytes.data,
                                    info.document.signed_bytes.size, JSON_REJECT_DUPLICATES, NULL);
    assert(body && json_equal(body, info.document.body));
    json_decref(body);
    const status second = tcb_info_read(text, &again);
    assert(!second.fault && again.level_count == info.level_count);
    tcb_info_clear(&again);
    tcb_info_clear(&info);
    return 0;
}
