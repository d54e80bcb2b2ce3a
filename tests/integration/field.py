#!/usr/bin/env python3
"""field.py FILE NAME.NAME VALUE: succeeds when the JSON in FILE has exactly VALUE there."""
import json
import sys

path, name, wanted = sys.argv[1:]
try:
    value = json.load(open(path))
except ValueError:
    sys.exit('    no JSON was written')
for part in name.split('.'):
    value = (value[int(part)] if isinstance(value, list)
             else value.get(part) if isinstance(value, dict) else None)
wanted = json.loads(wanted)
if type(value) is type(wanted) and value == wanted:
    sys.exit(0)
print(f'    {name} is {json.dumps(value)}')
sys.exit(1)
