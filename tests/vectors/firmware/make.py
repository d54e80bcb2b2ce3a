#!/usr/bin/env python3
"""Writes a page that says about itself what OVMF built for SEV says at its end, and is nothing else."""
import struct
import sys
import uuid


def entry(guid, data):
    return data + struct.pack('<H', len(data) + 18) + uuid.UUID(guid).bytes_le


SECTIONS = [(0x800000, 0x9000, 1), (0x80a000, 0x3000, 1), (0x80d000, 0x1000, 2), (0x80e000, 0x1000, 3),
            (0x810000, 0x10000, 1), (0x80f000, 0x1000, 0x10)]
metadata = b'ASEV' + struct.pack('<III', 16 + 12 * len(SECTIONS), 1, len(SECTIONS))
metadata += b''.join(struct.pack('<III', *section) for section in SECTIONS)

METADATA_AT, SIZE = 0x400, 4096
table = entry('dc886566-984a-4798-a75e-5585a7bf67cc', struct.pack('<I', SIZE - METADATA_AT))
table += entry('7255371f-3a3b-4b04-927b-1da6efa8d454', struct.pack('<II', 0x80f000, 0x400))
table += entry('00f771de-1a7e-4fcb-890e-68c77e2fb44e', struct.pack('<I', 0x80b004))
table += struct.pack('<H', len(table) + 18) + uuid.UUID('96b582de-1fb2-45f7-baea-a366c55a082d').bytes_le

page = bytearray(SIZE)
page[METADATA_AT:METADATA_AT + len(metadata)] = metadata
page[SIZE - 32 - len(table):SIZE - 32] = table
sys.stdout.buffer.write(page)
