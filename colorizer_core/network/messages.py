"""Protobuf messages declared as tables instead of in generated files: only the few fields that are needed.

Fields that are not declared are passed over by the parsers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

_Field = descriptor_pb2.FieldDescriptorProto
_ONE, _MANY = _Field.LABEL_OPTIONAL, _Field.LABEL_REPEATED
_KINDS = {
    "string": _Field.TYPE_STRING,
    "bytes": _Field.TYPE_BYTES,
    "int32": _Field.TYPE_INT32,
    "int64": _Field.TYPE_INT64,
    "uint32": _Field.TYPE_UINT32,
}

Messages = Mapping[str, Sequence[tuple[int, str, str, bool]]]
"""Each message's fields: (number, name, kind or message, repeated)."""


def declare(package: str, messages: Messages, root: str) -> Any:
    """The class of the message `root`; the others are reached through its fields.

    Args:
        package: of its own for every format, so that two messages of one name never meet.
        messages: all that `root` is made of, itself included.
        root: the name of the message that a whole file is.
    """
    file = descriptor_pb2.FileDescriptorProto(name=f"colorizer/{package}.proto", package=package, syntax="proto2")
    for name, fields in messages.items():
        message = file.message_type.add(name=name)
        for number, field, kind, repeated in fields:
            declared = message.field.add(name=field, number=number, label=_MANY if repeated else _ONE)
            if kind in _KINDS:
                declared.type = _KINDS[kind]
            else:
                declared.type, declared.type_name = _Field.TYPE_MESSAGE, f".{package}.{kind}"
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{package}.{root}"))
