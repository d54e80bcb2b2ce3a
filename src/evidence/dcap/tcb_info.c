/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/dcap/tcb_info.h"

#include "codec/text.h"

#include <stdio.h>
#include <string.h>

void tcb_info_clear(struct tcb_info *info)
{
    signed_document_clear(&info->document);
    memset(info, 0, sizeof *info);
}

static status read_components(const json_t *tcb, const char *key, uint16_t out[TCB_COMPONENTS])
{
    json_t *components;
    TRY(json_array_member(tcb, key, TCB_COMPONENTS, &components));
    if (json_array_size(components) != TCB_COMPONENTS)
        return FAIL(MALFORMED, "a TCB level has not 16 components");
    for (size_t i = 0; i < TCB_COMPONENTS; i++) {
        uint64_t svn;
        TRY(json_number(json_array_get(components, i), "svn", UINT16_MAX, &svn));
        out[i] = (uint16_t)svn;
    }
    return OK;
}

/* Version 2 numbers them: "sgxtcbcomp01svn". */
static status read_numbered_components(const json_t *tcb, uint16_t out[TCB_COMPONENTS])
{
    for (unsigned i = 0; i < TCB_COMPONENTS; i++) {
        char key[sizeof "sgxtcbcomp00svn"];
        uint64_t svn;
        snprintf(key, sizeof key, "sgxtcbcomp%02usvn", (i + 1) % 100);
        TRY(json_number(tcb, key, UINT16_MAX, &svn));
        out[i] = (uint16_t)svn;
    }
    return OK;
}

static status read_level(const json_t *object, const struct tcb_info *info, struct tcb_level *out)
{
    json_t *tcb;
    uint64_t pcesvn;
    TRY(json_object_member(object, "tcb", &tcb));
    TRY(info->document.version == 2 ? read_numbered_components(tcb, out->sgx)
                                    : read_components(tcb, "sgxtcbcomponents", out->sgx));
    if (info->kind == TCB_INFO_TDX)
        TRY(read_components(tcb, "tdxtcbcomponents", out->tdx));
    TRY(json_number(tcb, "pcesvn", UINT16_MAX, &pcesvn));
    out->pcesvn = (uint16_t)pcesvn;
    return document_verdict(object, &out->verdict);
}

static status read_levels(const json_t *body, struct tcb_info *info)
{
    json_t *levels;
    TRY(json_array_member(body, "tcbLevels", TCB_LEVELS_MAX, &levels));
    if (json_array_size(levels) == 0)
        return FAIL(MALFORMED, "there is no TCB level");
    for (size_t i = 0; i < json_array_size(levels); i++)
        TRY(read_level(json_array_get(levels, i), info, &info->levels[i]));
    info->level_count = json_array_size(levels);
    return OK;
}

static status read_module(const json_t *object, struct tdx_module *out)
{
    TRY(document_bytes(object, "mrsigner", out->mrsigner, sizeof out->mrsigner));
    TRY(document_bytes(object, "attributes", out->attributes, sizeof out->attributes));
    return document_bytes(object, "attributesMask", out->attributes_mask,
                          sizeof out->attributes_mask);
}

/* "TDX_01": the module's major version in two hexadecimal digits. */
static status read_module_id(const json_t *object, uint8_t *out)
{
    static const char prefix[] = "TDX_";
    enum { PREFIX = sizeof prefix - 1 };
    slice id;
    TRY(json_text(object, "id", &id));
    if (id.size != PREFIX + 2 || !slice_equal((slice){id.data, PREFIX}, slice_of_text(prefix)))
        return FAIL(MALFORMED, "a TDX module identity has no id like TDX_01");
    return hex_read_exactly((slice){id.data + PREFIX, 2}, out, 1);
}

static status read_numbered_module(const json_t *object, struct tdx_module *out)
{
    TRY(read_module_id(object, &out->major));
    TRY(read_module(object, out));
    return document_svn_levels(object, out->levels, &out->level_count);
}

static status read_modules(const json_t *body, struct tcb_info *info)
{
    json_t *module;
    json_t *modules;
    TRY(json_object_member(body, "tdxModule", &module));
    TRY(read_module(module, &info->module));
    if (!json_object_get(body, "tdxModuleIdentities"))
        return OK; /* before TDX 1.5 there were none */
    TRY(json_array_member(body, "tdxModuleIdentities", TDX_MODULES_MAX, &modules));
    for (size_t i = 0; i < json_array_size(modules); i++) {
        struct tdx_module *const next = &info->modules[i];
        TRY(read_numbered_module(json_array_get(modules, i), next));
        if (tcb_info_module(info, next->major))
            return FAIL(MALFORMED, "a TDX module identity is listed twice");
        info->module_count++;
    }
    return OK;
}

static status read_id(const json_t *body, enum tcb_info_kind *out)
{
    slice id;
    TRY(json_text(body, "id", &id));
    *out = slice_equal(id, slice_of_text("TDX"))   ? TCB_INFO_TDX
           : slice_equal(id, slice_of_text("SGX")) ? TCB_INFO_SGX
                                                   : TCB_INFO_NONE;
    return *out == TCB_INFO_NONE ? FAIL(UNSUPPORTED, "the TCB info is of neither SGX nor TDX") : OK;
}

/* Version 2 was there before TDX, and has no id. */
static status read_kind(const json_t *body, uint64_t version, enum tcb_info_kind *out)
{
    uint64_t tcb_type;
    TRY(json_number(body, "tcbType", UINT32_MAX, &tcb_type));
    if (tcb_type != 0)
        return FAIL(UNSUPPORTED, "the TCB info has an unknown tcbType");
    if (version != 2)
        return read_id(body, out);
    *out = TCB_INFO_SGX;
    return OK;
}

static status read_info(slice text, struct tcb_info *info)
{
    TRY(signed_document_read(text, "tcbInfo", &info->document));
    const json_t *const body = info->document.body;
    if (info->document.version != 2 && info->document.version != 3)
        return FAIL(UNSUPPORTED, "the TCB info is neither of version 2 nor of version 3");
    TRY(read_kind(body, info->document.version, &info->kind));
    TRY(document_bytes(body, "fmspc", info->fmspc, sizeof info->fmspc));
    TRY(document_bytes(body, "pceId", info->pceid, sizeof info->pceid));
    if (info->kind == TCB_INFO_TDX)
        TRY(read_modules(body, info));
    return read_levels(body, info);
}

status tcb_info_read(slice text, struct tcb_info *out)
{
    memset(out, 0, sizeof *out);
    const status result = read_info(text, out);
    if (result.fault)
        tcb_info_clear(out);
    return result;
}

const struct tdx_module *tcb_info_module(const struct tcb_info *info, uint8_t major)
{
    for (size_t i = 0; i < info->module_count; i++)
        if (info->modules[i].major == major)
            return &info->modules[i];
    return NULL;
}
