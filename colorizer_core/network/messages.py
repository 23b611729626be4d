"""The few protobuf messages of Caffe that its files need, declared here instead of in a generated file.

Field numbers are those of BVLC Caffe's `caffe.proto`; fields that are not declared are passed over by the parsers.
"""

from __future__ import annotations

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

# A message's fields: (number, name, kind or message, repeated).
_MESSAGES: dict[str, tuple[tuple[int, str, str, bool], ...]] = {
    "BlobShape": ((1, "dim", "int64", True),),
    "BlobProto": (
        (1, "num", "int32", False),
        (2, "channels", "int32", False),
        (3, "height", "int32", False),
        (4, "width", "int32", False),
        # On the wire packed floats are bytes with a length. Declared as bytes, 32 million weights are one buffer.
        (5, "data", "bytes", False),
        (7, "shape", "BlobShape", False),
    ),
    "ConvolutionParameter": (
        (1, "num_output", "uint32", False),
        (3, "pad", "uint32", True),
        (4, "kernel_size", "uint32", True),
        (6, "stride", "uint32", True),
        (18, "dilation", "uint32", True),
    ),
    "InputParameter": ((1, "shape", "BlobShape", True),),
    "LayerParameter": (
        (1, "name", "string", False),
        (2, "type", "string", False),
        (3, "bottom", "string", True),
        (4, "top", "string", True),
        (7, "blobs", "BlobProto", True),
        (106, "convolution_param", "ConvolutionParameter", False),
        (143, "input_param", "InputParameter", False),
    ),
    "NetParameter": ((1, "name", "string", False), (100, "layer", "LayerParameter", True)),
}


def _declare() -> Any:
    file = descriptor_pb2.FileDescriptorProto(name="colorizer/caffe.proto", package="colorizer.caffe", syntax="proto2")
    for name, fields in _MESSAGES.items():
        message = file.message_type.add(name=name)
        for number, field, kind, repeated in fields:
            declared = message.field.add(name=field, number=number, label=_MANY if repeated else _ONE)
            if kind in _KINDS:
                declared.type = _KINDS[kind]
            else:
                declared.type, declared.type_name = _Field.TYPE_MESSAGE, f".colorizer.caffe.{kind}"
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("colorizer.caffe.NetParameter"))


NetParameter: Any = _declare()
"""The message class of both files: a prototxt is its text form, a caffemodel its wire form."""
