#!/usr/bin/env bash
# ClickHouse has no nullable arrays: an Avro union of null and array is read as Array, and null comes
# back as []. A nullable string stays null. Where "no list" and "an empty list" differ (an answer that failed
# and an answer without a find), that difference is gone without a word.
#
# Versions: chdb 4.4.0 (ClickHouse 26.9), fastavro 1.13.1.
# Seen: rows null, [], [1] -> [], [], [1]; the string column -> null, "", "x".
# Cure: tell the two apart by another field.
source "$(dirname "$0")/lib/python.sh" chdb==4.4.0 fastavro==1.13.1
"$python" - <<'PYTHON'
import json

import chdb
import fastavro

schema = {
    "type": "record",
    "name": "Answer",
    "fields": [
        {"name": "n", "type": "int"},
        {"name": "result", "type": ["null", {"type": "array", "items": "int"}]},
        {"name": "note", "type": ["null", "string"]},
    ],
}
rows = [
    {"n": 0, "result": None, "note": None},
    {"n": 1, "result": [], "note": ""},
    {"n": 2, "result": [1], "note": "x"},
]
with open("answers.avro", "wb") as file:
    fastavro.writer(file, schema, rows)
answer = chdb.query("SELECT * FROM file('answers.avro', 'Avro') ORDER BY n", "JSONCompact")
seen = json.loads(answer.bytes().decode())
print([column["type"] for column in seen["meta"]], seen["data"])
assert seen["meta"][1]["type"] == "Array(Int32)"
assert [row[1] for row in seen["data"]] == [[], [], [1]]
assert [row[2] for row in seen["data"]] == [None, "", "x"]
PYTHON
