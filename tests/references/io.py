#!/usr/bin/env python3
"""Files as NumPy and safetensors write them: io.py FOLDER (tests/references/files). io.py FOLDER --check reads attune's.

Python 3 with NumPy and safetensors (2.4.6 and 0.8.0 when the committed files were made).
Every array holds `values(type)` in the shape [2, 3] unless said otherwise.
--check reads round.safetensors, round.npy, round.npz and round_compressed.npz written by the test case
`written_for_python` of tests/core/npy_test.cpp with ATTUNE_WRITE_FOLDER=FOLDER.
"""
import sys

import numpy as np
from safetensors import safe_open
from safetensors.numpy import save_file

TYPES = {"f32": np.float32, "f64": np.float64, "i64": np.int64, "i32": np.int32, "u8": np.uint8, "bool": np.bool_}


def values(name):
    if name == "bool":
        return np.array([[1, 0, 0], [1, 1, 0]], dtype=np.bool_)
    if name == "u8":
        return np.array([[0, 1, 2], [253, 254, 255]], dtype=np.uint8)
    return np.array([[-3, -2, -1], [0, 1, 100000]]).astype(TYPES[name])


def write(folder):
    arrays = {name: values(name) for name in TYPES}
    arrays["number"] = np.array(2.5)
    arrays["empty"] = np.zeros((0, 4), np.float32)
    save_file(arrays, f"{folder}/python.safetensors", {"format": "np", "note": 'äöü "quoted"'})
    np.savez(f"{folder}/python.npz", **arrays)
    np.savez_compressed(f"{folder}/python_compressed.npz", long=np.arange(10000, dtype=np.int64), **arrays)
    for version in (1, 2, 3):
        with open(f"{folder}/version{version}.npy", "wb") as f:
            np.lib.format.write_array(f, values("f32"), version=(version, 0))
    np.save(f"{folder}/fortran.npy", np.asfortranarray(values("f64")))
    np.save(f"{folder}/half.npy", np.zeros((2, 3), np.float16))
    np.save(f"{folder}/big_endian.npy", values("f32").astype(">f4"))
    np.save(f"{folder}/records.npy", np.zeros(2, dtype=[("a", "<f4"), ("b", "<i4")]))


def check(folder):
    with safe_open(f"{folder}/round.safetensors", "np") as f:
        assert f.metadata() == {"note": "äöü"}, f.metadata()
        found = {"safetensors": {key: f.get_tensor(key) for key in f.keys()}}
    found["npz"] = dict(np.load(f"{folder}/round.npz"))
    found["npz compressed"] = dict(np.load(f"{folder}/round_compressed.npz"))
    found["npy"] = {"f32": np.load(f"{folder}/round.npy")}
    for file, arrays in found.items():
        for name, array in arrays.items():
            expected = {"number": np.array(2.5), "empty": np.zeros((0, 4), np.float32)}.get(name)
            expected = values(name) if expected is None else expected
            assert array.dtype == expected.dtype and array.shape == expected.shape, (file, name)
            assert np.array_equal(array, expected), (file, name, array)
        print(f"{file}: {', '.join(arrays)}")


if __name__ == "__main__":
    (check if "--check" in sys.argv else write)(sys.argv[1])
