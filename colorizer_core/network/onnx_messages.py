"""The few protobuf messages of ONNX that a graph of convolutions needs. Field numbers are those of ONNX's `onnx.proto`."""

from __future__ import annotations

from typing import Any

from colorizer_core.network.messages import Messages, declare

FLOAT = 1
"""TensorProto.DataType."""
INT, INTS = 2, 7
"""AttributeProto.AttributeType."""

_MESSAGES: Messages = {
    "AttributeProto": (
        (1, "name", "string", False),
        (3, "i", "int64", False),
        (8, "ints", "int64", True),
        (20, "type", "int32", False),
    ),
    "NodeProto": (
        (1, "input", "string", True),
        (2, "output", "string", True),
        (3, "name", "string", False),
        (4, "op_type", "string", False),
        (5, "attribute", "AttributeProto", True),
    ),
    "TensorProto": (
        (1, "dims", "int64", True),
        (2, "data_type", "int32", False),
        (8, "name", "string", False),
        (9, "raw_data", "bytes", False),
    ),
    "Dimension": ((1, "dim_value", "int64", False), (2, "dim_param", "string", False)),
    "TensorShapeProto": ((1, "dim", "Dimension", True),),
    "Tensor": ((1, "elem_type", "int32", False), (2, "shape", "TensorShapeProto", False)),
    "TypeProto": ((1, "tensor_type", "Tensor", False),),
    "ValueInfoProto": (
        (1, "name", "string", False),
        (2, "type", "TypeProto", False),
        (3, "doc_string", "string", False),
    ),
    "GraphProto": (
        (1, "node", "NodeProto", True),
        (2, "name", "string", False),
        (5, "initializer", "TensorProto", True),
        (11, "input", "ValueInfoProto", True),
        (12, "output", "ValueInfoProto", True),
    ),
    "OperatorSetIdProto": ((1, "domain", "string", False), (2, "version", "int64", False)),
    "ModelProto": (
        (1, "ir_version", "int64", False),
        (2, "producer_name", "string", False),
        (7, "graph", "GraphProto", False),
        (8, "opset_import", "OperatorSetIdProto", True),
    ),
}

ModelProto: Any = declare("colorizer.onnx", _MESSAGES, "ModelProto")
"""The message class of an ONNX file."""
