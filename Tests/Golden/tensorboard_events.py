"""Writes fixtures/events.tfevents with TensorBoard's own messages and record framing.

    pip install tensorboard==2.21.0
    python tensorboard_events.py
"""

import pathlib

from tensorboard.compat.proto import event_pb2, summary_pb2
from tensorboard.summary.writer.record_writer import RecordWriter

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108020000009077"
    "53de0000000c4944415408d763f8cfc0000003010100c9fe92ef0000000049454e44ae426082"
)


def events():
    yield event_pb2.Event(wall_time=1000.5, file_version="brain.Event:2")
    started = event_pb2.SessionLog(status=event_pb2.SessionLog.START)
    yield event_pb2.Event(wall_time=1000.5, step=301, session_log=started)
    scalars = [
        summary_pb2.Summary.Value(tag="loss", simple_value=0.1),
        summary_pb2.Summary.Value(tag="validation/loss_own", simple_value=-2.5),
    ]
    yield event_pb2.Event(wall_time=1000.5, step=301, summary=summary_pb2.Summary(value=scalars))
    image = summary_pb2.Summary.Image(height=1, width=1, colorspace=3, encoded_image_string=PNG)
    pictures = [summary_pb2.Summary.Value(tag="samples", image=image)]
    yield event_pb2.Event(wall_time=1000.5, step=302, summary=summary_pb2.Summary(value=pictures))


path = pathlib.Path(__file__).parent / "fixtures" / "events.tfevents"
with path.open("wb") as file:
    writer = RecordWriter(file)
    for event in events():
        writer.write(event.SerializeToString())
    writer.flush()
