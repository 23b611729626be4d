"""The network as a document: layers, Caffe's two files, and the exact fast form. No runtime here."""
