#!/usr/bin/env bash
# A reader's enum default is what lets a topic gain a symbol: an old reader takes an unknown symbol
# as the default (Avro specification since 1.9). Apache's own avro package for Python raises instead;
# fastavro, and Avro for Java, take the default.
#
# Versions: avro 1.12.2, fastavro 1.13.1.
# Seen: avro SchemaResolutionException "Symbol z not present in Reader's Schema"; fastavro "a".
source "$(dirname "$0")/lib/python.sh" avro==1.12.2 fastavro==1.13.1
"$python" - <<'PYTHON'
import io
import json

import avro.errors
import avro.io
import avro.schema
import fastavro

writer = {"type": "enum", "name": "Color", "symbols": ["a", "b", "z"]}
reader = {"type": "enum", "name": "Color", "symbols": ["a", "b"], "default": "a"}
file = io.BytesIO()
fastavro.schemaless_writer(file, writer, "z")
data = file.getvalue()

seen = fastavro.schemaless_reader(io.BytesIO(data), writer, reader)
print("fastavro:", seen)
assert seen == "a"
parsed = [avro.schema.parse(json.dumps(schema)) for schema in (writer, reader)]
try:
    avro.io.DatumReader(*parsed).read(avro.io.BinaryDecoder(io.BytesIO(data)))
except avro.errors.SchemaResolutionException as error:
    print("avro:", str(error).splitlines()[0])
else:
    raise SystemExit("avro took the default")
PYTHON
