"""What schemathesis cannot know of the coordinator that it tries: how a CAR is sent, and what is there."""

import os
import zlib

import hypothesis
import schemathesis
from hypothesis import strategies

# Schemathesis lets Hypothesis climb towards requests that are accepted. What it tries on the way is mostly dropped by a filter,
# so that for hours no request is sent. `map_case` below comes to the same.
hypothesis.target = lambda *_, **__: None

# Bytes that are no CAR, and the shortest one that is: a header with one root, and no block.
EMPTY_CAR = bytes.fromhex("38a265726f6f747381d82a58250001551220") + bytes(32) + bytes.fromhex("6776657273696f6e01")
schemathesis.openapi.media_type("application/vnd.ipld.car", strategies.binary() | strategies.just(EMPTY_CAR))

JOB, WEBHOOK, ACCOUNT = (os.environ["VERIFRAME_" + name] for name in ("JOB", "WEBHOOK", "ACCOUNT"))


def what_is_there(path, name):
    if name == "id":
        return WEBHOOK if "/webhooks/" in path else JOB
    return {"address": ACCOUNT, "task": "t1"}.get(name)


@schemathesis.hook
def map_case(context, case):
    """Three of four well-formed requests are about something that exists, so that they come further than a 404."""
    if case.meta is None or case.meta.generation.mode.is_negative or not case.path_parameters:
        return case
    # Of the request alone, so that it is made the same when it is tried again.
    drawn = repr((case.path_parameters, case.query, case.headers, case.body))
    if zlib.crc32(drawn.encode("utf-8", "replace")) % 4:
        for name in case.path_parameters:
            case.path_parameters[name] = what_is_there(case.operation.path, name) or case.path_parameters[name]
    return case
