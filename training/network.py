"""The network to train, built from the layer table that also writes the prototxt."""

from __future__ import annotations

import torch
from torch import nn

PROVISIONAL = []  # switched below
def _table():
    t = []
    def block(n, convs):
        prev = None
        for name, i, o, s, d in convs: t.append((name, "Convolution", i, o, 3, s, d)); t.append(("relu"+name.split("conv")[1], "ReLU", 0,0,0,0,0))
    c = [("conv1",[("bw_conv1_1",1,64,1,1),("conv1_2",64,64,2,1)],64,"conv1_2norm"),
         ("conv2",[("conv2_1",64,128,1,1),("conv2_2",128,128,2,1)],128,"conv2_2norm"),
         ("conv3",[("conv3_1",128,256,1,1),("conv3_2",256,256,1,1),("conv3_3",256,256,2,1)],256,"conv3_3norm")]
    for k,d in ((4,1),(5,2),(6,2),(7,1)):
        c.append((f"conv{k}",[(f"conv{k}_1",256 if k==4 else 512,512,1,d),(f"conv{k}_2",512,512,1,d),(f"conv{k}_3",512,512,1,d)],512,f"conv{k}_3norm"))
    for n, convs, o, bn in c:
        block(n, convs); t.append((bn,"BatchNorm",o,o,0,0,0))
    t.append(("conv8_1","Deconvolution",512,256,4,2,1)); t.append(("relu8_1","ReLU",0,0,0,0,0))
    block("conv8",[("conv8_2",256,256,1,1),("conv8_3",256,256,1,1)])
    t.append(("conv8_313","Convolution",256,313,1,1,1))
    return t

class Network(nn.Module):
    def __init__(self, width, bins=313):
        super().__init__()
        f = lambda n: n if n in (1, 313) else int(n * width)
        self.layers = nn.Sequential()
        for name, kind, i, o, k, s, d in _table():
            if kind == "ReLU": m = nn.ReLU(inplace=True)
            elif kind == "BatchNorm": m = nn.BatchNorm2d(f(o), eps=1e-5, momentum=0.02, affine=False)
            elif kind == "Convolution": m = nn.Conv2d(f(i), f(o), k, s, padding=d * (k // 2), dilation=d)
            else: m = nn.ConvTranspose2d(f(i), f(o), k, s, padding=1)
            if hasattr(m, "weight") and m.weight is not None:
                nn.init.kaiming_normal_(m.weight, mode="fan_in", nonlinearity="relu")
                if kind == "Deconvolution": m.weight.data.normal_(0, (2 / (i * width * 4)) ** .5)
                nn.init.zeros_(m.bias)
            self.layers.add_module(name, m)
        last = self.layers.conv8_313
        nn.init.normal_(last.weight, 0, 0.01)
    def forward(self, x): return self.layers(x / 50)
    def expect(self, distribution):
        with torch.no_grad():
            self.layers.conv8_313.bias.copy_(distribution.log())
