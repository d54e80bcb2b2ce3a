#!/bin/bash
# Samples of real hardware and vectors with one defect each, as other tools judged them.
. "$(dirname "$0")/lib.sh"

if [ ! -d "$shared/evidence" ]; then
    skip 1 "no shared samples"
    finish
    exit
fi
python3 "$here/samples.py" "$CIX" "$shared" "$work"
