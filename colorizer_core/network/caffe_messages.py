"""The few protobuf messages of Caffe that its files need. Field numbers are those of BVLC Caffe's `caffe.proto`."""

from __future__ import annotations

from typing import Any

from colorizer_core.network.messages import Messages, declare

_MESSAGES: Messages = {
    "BlobShape": ((1, "dim", "int64", True),),
    "BlobProto": (
        (1, "num", "int32", False),
        (2, "channels", "int32", False),
        (3, "height", "int32", False),
        (4, "width", "int32", False),
        # On the wire packed floats are bytes with a length. Declared as bytes, 32 million weights are one buffer.
        (5, "data", "bytes", False),
        (7, "shape", "BlobShape", False),
        # Half precision, as NVIDIA's Caffe wrote it and OpenCV reads it.
        (10, "raw_data_type", "int32", False),
        (12, "raw_data", "bytes", False),
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

FLOAT16 = 2
"""The `raw_data_type` of half precision."""

NetParameter: Any = declare("colorizer.caffe", _MESSAGES, "NetParameter")
"""The message class of both files: a prototxt is its text form, a caffemodel its wire form."""
